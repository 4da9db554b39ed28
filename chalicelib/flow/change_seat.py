"""Change seats: which other groups could take somebody in, and the way there, chosen by the person themselves."""

from datetime import datetime

from msgspec.structs import replace

from chalicelib.domain.attendee import Attendee, AttendeeState
from chalicelib.domain.errors import Conflict
from chalicelib.domain.event import SOONEST, Event, State
from chalicelib.domain.letter import Kind, decided
from chalicelib.domain.ports import Jobs, Record, Store
from chalicelib.domain.sub_event import SubEvent, capacity, without
from chalicelib.flow.change import change_attendee
from chalicelib.flow.reach import reached
from chalicelib.flow.repair import seat_after
from chalicelib.flow.signup import disturb

GONE = "The last seat of that group has just gone; reload the page and choose again."


def open_groups(store: Store, event: Event, attendee: Attendee, now: datetime) -> list[SubEvent]:
    """Published groups with a free seat at a time and place that the person marked, the soonest first."""
    if event.state is not State.PUBLISHED or attendee.state is not AttendeeState.CONFIRMED:
        return []
    found = [one for one in store.sub_events(event.id) if _could_join(one, event, attendee, now)]
    return sorted(found, key=lambda one: (one.slot.start, one.id))


def join(store: Store, jobs: Jobs, event: Event, attendee: Attendee, group: str, now: datetime) -> Attendee:
    """The person gives up their seat, if they have one, for one in that group; the letter and their calendar say so.

    Doing it twice is harmless.

    Raises:
        Conflict: the group has no seat for them any more.
        NotFound: there is no such group.
    """

    def decide(one: Attendee) -> tuple[Record, ...]:
        if one.seat is not None and one.seat.sub_event == group:
            return ()
        to = store.sub_event(event.id, group)
        if event.state is not State.PUBLISHED or one.state is not AttendeeState.CONFIRMED:
            raise Conflict("Groups cannot be changed at the moment; your page says how things are.")
        if not _could_join(to, event, one, now):
            raise Conflict(GONE)
        origin = None if one.seat is None else store.sub_event(event.id, one.seat.sub_event)
        seat = seat_after(store, one, origin, group, "")
        left = () if origin is None else (without(origin, one.id),)
        joined = replace(to, members=(*to.members, one.id), why=to.why | {one.id: ""})
        letter = decided(event.id, one.id, Kind.SEAT, now, seat.sequence)
        there, *missed = reached(store, one, now)
        return replace(there, seat=seat, unplaced="", released=False), joined, *left, *missed, letter

    if not decide(attendee):
        return attendee
    disturb(store, event, now)
    moved = change_attendee(store, attendee, decide)
    jobs.send()
    return moved


def _could_join(group: SubEvent, event: Event, attendee: Attendee, now: datetime) -> bool:
    answers = attendee.answers
    return (
        0 < len(group.members) < capacity(event, group)
        and attendee.id not in group.members
        and group.slot.start >= now + SOONEST
        and group.slot.id in {*answers.free, *answers.if_need_be}
        and (group.place is None or not answers.places or group.place.id in answers.places)
    )
