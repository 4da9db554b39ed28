"""Change an event: read it, decide, save, and again when somebody else saved in between."""

from collections.abc import Callable
from typing import cast

from chalicelib.domain.errors import Stale
from chalicelib.domain.event import Event
from chalicelib.domain.ports import Record, Store

TRIES = 6


def change_event(store: Store, event_id: str, decide: Callable[[Event], Event], *others: Record) -> Event:
    """Save what `decide` makes of the event, together with the other records.

    Args:
        decide: a transition of the domain; called again on every fresh reading.

    Raises:
        Conflict: the event's state does not allow it.
        NotFound: there is no such event.
    """
    for tries_left in reversed(range(TRIES)):
        event = store.event(event_id)
        try:
            return cast(Event, store.commit(decide(event), *others)[0])
        except Stale:
            if not tries_left:
                raise
    raise AssertionError("the loop above returns or raises")
