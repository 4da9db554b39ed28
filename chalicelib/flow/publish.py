"""Publish a plan: groups, seats and letters, each group in one transaction, so that doing it again only finishes it."""

from collections.abc import Callable

from msgspec.structs import replace

from chalicelib.domain import links
from chalicelib.domain.attendee import Attendee, AttendeeState, changed, first_seat
from chalicelib.domain.errors import NotFound, Stale
from chalicelib.domain.event import Event
from chalicelib.domain.letter import Kind, LetterKey, cancelling, decided
from chalicelib.domain.plan import Group, Plan
from chalicelib.domain.ports import Clock, Record, Store
from chalicelib.domain.sub_event import SubEvent, sub_event_of
from chalicelib.flow.change import TRIES, change_attendees
from chalicelib.flow.people import people_of
from chalicelib.flow.signup import told_late


def publish_groups(store: Store, event: Event, plan: Plan, key: bytes, clock: Clock) -> None:
    """Write every group with its members' seats and letters, then the letters of those without a seat.

    Whoever withdrew at the last moment is left out of the group.
    """
    there = {one.id for one in store.sub_events(event.id)}
    for bird, group in enumerate(plan.groups):
        if group.id not in there:
            _publish_group(store, event, group, bird, key, clock)
    reasons = {one.id: one.reason for one in plan.unplaced}
    people = (one for one in store.attendees(event.id) if one.id in reasons)
    change_attendees(store, people, lambda one: _unseated(one, reasons[one.id], clock))


def tell_latecomers(store: Store, event: Event, clock: Clock) -> None:
    """Whoever came when the groups were made already, and got no free seat, hears so.

    But for those who get one in the repair that waits for the organizer: they hear once that is decided.
    """
    asked = event.asked
    hoping = store.plan(event.id, asked.plan).changes if asked is not None and asked.plan else {}
    people = (one for one in store.attendees(event.id) if one.id not in hoping)
    change_attendees(store, people, lambda one: told_late(one, clock.now()) if _untold(one) else ())


def tell_cancelled(store: Store, event: Event, clock: Clock) -> None:
    """Everybody who confirmed and whose group has not met hears that the event is off, and it leaves their calendar."""
    met = {one.id for one in store.sub_events(event.id) if one.slot.start <= clock.now()}
    people = (one for one in store.attendees(event.id) if one.seat is None or one.seat.sub_event not in met)
    change_attendees(store, people, lambda one: _off(store, one, clock))


def _publish_group(store: Store, event: Event, group: Group, bird: int, key: bytes, clock: Clock) -> None:
    sub_event = sub_event_of(event, group, bird, links.room(key, event.id, group.id))
    for tries_left in reversed(range(TRIES)):
        staying = [one for one in people_of(store, event.id, group.members) if one.counts]
        records = [_staying(sub_event, staying), *(record for one in staying for record in _seated(one, group, clock))]
        try:
            store.commit(*records)
        except Stale:
            if _exists(lambda: store.sub_event(event.id, group.id)):
                return
            if not tries_left:
                raise
        else:
            return


def _staying(sub_event: SubEvent, staying: list[Attendee]) -> SubEvent:
    ids = {one.id for one in staying}
    return replace(
        sub_event,
        members=tuple(member for member in sub_event.members if member in ids),
        host=sub_event.host if sub_event.host in ids else None,
        wildcard=sub_event.wildcard if sub_event.wildcard in ids else None,
    )


def _exists(read: Callable[[], Record]) -> bool:
    try:
        read()
    except NotFound:
        return False
    return True


def _seated(attendee: Attendee, group: Group, clock: Clock) -> tuple[Record, ...]:
    seat = first_seat(attendee, group.id)
    letter = decided(attendee.event_id, attendee.id, Kind.SEAT, clock.now(), seat.sequence)
    return replace(attendee, seat=seat, unplaced=""), letter


def _unseated(attendee: Attendee, reason: str, clock: Clock) -> tuple[Record, ...]:
    if not _untold(attendee):
        return ()
    return (
        replace(attendee, unplaced=reason),
        decided(attendee.event_id, attendee.id, Kind.NO_GROUP, clock.now(), attendee.seats),
    )


def _off(store: Store, attendee: Attendee, clock: Clock) -> tuple[Record, ...]:
    sequence = attendee.seat.sequence if attendee.seat is not None else 0
    told = LetterKey(attendee.event_id, attendee.id, Kind.CANCELLED, sequence)
    if attendee.state is not AttendeeState.CONFIRMED or _exists(lambda: store.letter(told)):
        return ()
    if attendee.seat is not None:
        attendee = replace(attendee, seat=changed(attendee.seat))
    return attendee, cancelling(attendee, attendee.seat, clock.now())


def _untold(attendee: Attendee) -> bool:
    return attendee.counts and attendee.seat is None and not attendee.unplaced
