"""Remind whoever has not confirmed, before it is too late, and whoever has a seat, before their group meets."""

import contextlib
import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec.structs import replace

from chalicelib.domain.attendee import Attendee, AttendeeState
from chalicelib.domain.errors import Stale
from chalicelib.domain.event import NOTICE, Event, freed_at
from chalicelib.domain.letter import Kind, Letter, LetterState, decided
from chalicelib.domain.ports import MOST_IN_ONE_COMMIT, Clock, Record, Store
from chalicelib.flow.change import change_attendees
from chalicelib.flow.signup import full

DAY_BEFORE = timedelta(hours=24)
"""How long before a group meets its members are reminded."""

SOON_BEFORE = timedelta(hours=1)
"""How long before an online group meets they get its link once more."""

NEWS = timedelta(hours=2)
"""A seat that somebody heard of so shortly before needs no reminder yet."""


def remind_unconfirmed(store: Store, event: Event, clock: Clock) -> None:
    """Decide a letter to everybody who has not confirmed now, unless they had one before.

    While the event is full nobody is: their button would let them in no more.
    """
    if not full(store, event):
        change_attendees(store, store.attendees(event.id), lambda one: _reminder(one, clock.now()))


def _reminder(attendee: Attendee, now: datetime) -> tuple[Record, ...]:
    if attendee.state is not AttendeeState.UNCONFIRMED or attendee.reminded or attendee.unreachable:
        return ()
    return replace(attendee, reminded=True), decided(attendee.event_id, attendee.id, Kind.CONFIRM_REMINDER, now)


def remind_seated(store: Store, event: Event, clock: Clock) -> None:
    """Decide the reminders of everybody's present seat; they fall due before the group meets.

    Doing it again decides nothing new; a seat that changes makes its reminders obsolete, and has its own. One that is
    still to be looked at comes when it is due by the rules of now.
    """
    known = {letter.key: letter for letter in store.letters(event.id)}
    seats = {one.id: one.seat for one in store.attendees(event.id) if one.seat is not None}
    now = clock.now()
    letters = (
        letter
        for group in store.sub_events(event.id)
        for member in group.members
        if (seat := seats.get(member)) is not None
        for wanted in _reminders(event, member, seat.sequence, group.slot.start, now, online=bool(group.join_link))
        if (letter := _as_due(known.get(wanted.key), wanted)) is not None
    )
    for chunk in itertools.batched(letters, MOST_IN_ONE_COMMIT, strict=False):
        try:
            store.commit(*chunk)
        except Stale:
            # Another run is deciding the same, so what is missing is decided one by one.
            for letter in chunk:
                with contextlib.suppress(Stale):
                    store.commit(letter)


def _as_due(before: Letter | None, wanted: Letter) -> Letter | None:
    """The letter to save; None when it is as it should be, or on its way."""
    if before is None:
        return wanted
    untouched = before.state is LetterState.PENDING and not before.attempts
    return replace(wanted, version=before.version) if untouched and before.due != wanted.due else None


def _reminders(
    event: Event, person: str, sequence: int, start: datetime, now: datetime, *, online: bool
) -> Iterator[Letter]:
    free_at = freed_at(event, start)
    if free_at is not None and free_at - NOTICE >= now:
        yield decided(event.id, person, Kind.RELEASE_NOTICE, now, sequence, free_at - NOTICE)
    due = start - DAY_BEFORE
    if due >= now + NEWS:
        yield decided(event.id, person, Kind.REMINDER, now, sequence, due)
    due = start - SOON_BEFORE
    if online and due >= now + NEWS:
        yield decided(event.id, person, Kind.REMINDER_SOON, now, sequence, due)
