"""Read people by their ids; whoever was erased meanwhile is simply not there."""

import contextlib
from collections.abc import Iterable

from chalicelib.domain.attendee import Attendee
from chalicelib.domain.errors import NotFound
from chalicelib.domain.ports import Store


def people_of(store: Store, event_id: str, ids: Iterable[str]) -> list[Attendee]:
    """The attendees of these ids, in that order."""
    found = []
    for one in ids:
        with contextlib.suppress(NotFound):
            found.append(store.attendee(event_id, one))
    return found
