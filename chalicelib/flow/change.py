"""Change an event or people: read, decide, save, and again when somebody else saved in between."""

import contextlib
import itertools
from collections.abc import Callable, Iterable
from typing import cast

from chalicelib.domain.attendee import Attendee
from chalicelib.domain.errors import Conflict, NotFound, Stale
from chalicelib.domain.event import Event
from chalicelib.domain.ports import MOST_IN_ONE_COMMIT, Record, Store

TRIES = 6


def change_event(store: Store, event_id: str, decide: Callable[[Event], Event], *others: Record) -> Event:
    """Save what `decide` makes of the event, together with the other records; nothing when that is nothing new.

    Args:
        decide: a transition of the domain; called again on every fresh reading.

    Raises:
        Conflict: the event's state does not allow it.
        NotFound: there is no such event.
    """
    for tries_left in reversed(range(TRIES)):
        event = store.event(event_id)
        decided = decide(event)
        if decided == event and not others:
            return event
        try:
            return cast(Event, store.commit(decided, *others)[0])
        except Stale:
            if not tries_left:
                raise
    raise AssertionError("the loop above returns or raises")


class Reconsider(Exception):
    """The organizer has said otherwise since the event was read."""


def as_judged(fresh: Event, judged: Event) -> Event:
    """The fresh event, if its organizer still wants of it what they wanted when it was judged.

    Raises:
        Reconsider: they do not.
    """
    if (fresh.review, fresh.repairs, fresh.small, fresh.asked) != (
        judged.review,
        judged.repairs,
        judged.small,
        judged.asked,
    ):
        raise Reconsider
    return fresh


def require_held(store: Store, event_id: str, run: str) -> None:
    """Raises Conflict when the event is another run's by now, or nobody's.

    For what a run is about to write without such a condition, in which people may be named who were erased after it
    had read them.
    """
    if store.event(event_id).run != run:
        raise Conflict("Another run has taken this event over.")


def change_attendee(store: Store, attendee: Attendee, decide: Callable[[Attendee], tuple[Record, ...]]) -> Attendee:
    """Save what is decided for a person: the record of theirs first, others behind it.

    Args:
        attendee: as they were read last.
        decide: what to save, nothing when all is well as it is; called again on every fresh reading.

    Returns:
        The attendee as saved, or as found when there was nothing to save.
    """
    for tries_left in reversed(range(TRIES)):
        records = decide(attendee)
        if not records:
            return attendee
        try:
            return cast(Attendee, store.commit(*records)[0])
        except Stale:
            if not tries_left:
                raise
            attendee = store.attendee(attendee.event_id, attendee.id)
    raise AssertionError("the loop above returns or raises")


def change_attendees(
    store: Store, people: Iterable[Attendee], decide: Callable[[Attendee], tuple[Record, ...]]
) -> None:
    """Save what is decided for each person, at most two records: many at once, one by one where somebody changed."""
    for chunk in itertools.batched(people, MOST_IN_ONE_COMMIT // 2, strict=False):
        records = [record for one in chunk for record in decide(one)]
        if not records:
            continue
        try:
            store.commit(*records)
        except Stale:
            for one in chunk:
                with contextlib.suppress(NotFound):  # Whoever was erased meanwhile needs nothing.
                    change_attendee(store, store.attendee(one.event_id, one.id), decide)


def save(store: Store, decide: Callable[[], tuple[Record, ...]]) -> None:
    """Save what is decided, nothing when it is nothing.

    Args:
        decide: reads and decides; called again when somebody else saved in between.
    """
    for tries_left in reversed(range(TRIES)):
        records = decide()
        try:
            if records:
                store.commit(*records)
        except Stale:
            if not tries_left:
                raise
        else:
            return
