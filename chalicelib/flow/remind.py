"""Remind whoever signed up and has not pressed the button in their mail, once, before it is too late."""

from datetime import datetime

from msgspec.structs import replace

from chalicelib.domain.attendee import Attendee, AttendeeState
from chalicelib.domain.event import Event
from chalicelib.domain.letter import Kind, decided
from chalicelib.domain.ports import Clock, Record, Store
from chalicelib.flow.change import change_attendees
from chalicelib.flow.signup import full


def remind_unconfirmed(store: Store, event: Event, clock: Clock) -> None:
    """Decide a letter to everybody who has not confirmed now, unless they had one before.

    While the event is full nobody is: their button would let them in no more.
    """
    if not full(store, event):
        change_attendees(store, store.attendees(event.id), lambda one: _reminder(one, clock.now()))


def _reminder(attendee: Attendee, now: datetime) -> tuple[Record, ...]:
    if attendee.state is not AttendeeState.UNCONFIRMED or attendee.reminded:
        return ()
    return replace(attendee, reminded=True), decided(attendee.event_id, attendee.id, Kind.CONFIRM_REMINDER, now)
