"""What a person does on their private page: edit their answers, withdraw, and take that back."""

from datetime import datetime
from typing import cast

from msgspec.structs import replace

from chalicelib.domain import links
from chalicelib.domain.attendee import Answers, Attendee, AttendeeState, checked
from chalicelib.domain.errors import BadLink, Conflict, NotFound
from chalicelib.domain.event import Event, State, accepts_edits
from chalicelib.domain.letter import Facts, Kind, LetterKey, decided
from chalicelib.domain.links import Purpose
from chalicelib.domain.ports import Jobs, Store
from chalicelib.domain.sub_event import SubEvent
from chalicelib.flow.signup import save_confirmed


def bearer(store: Store, key: bytes, token: str) -> tuple[Event, Attendee]:
    """Whose link this is. Raises BadLink for every link that does not work, whatever the reason."""
    link = links.read(key, token)
    if link.purpose is not Purpose.ATTENDEE:
        raise BadLink
    try:
        attendee = store.attendee(link.event_id, link.person)
        event = store.event(link.event_id)
    except NotFound:
        raise BadLink from None
    if attendee.generation != link.generation:
        raise BadLink
    return event, attendee


def seat_of(store: Store, event: Event, attendee: Attendee) -> tuple[SubEvent, list[Attendee]] | None:
    """The person's sub-event and its other members; None without a seat, or with one that is gone."""
    if attendee.seat is None or not _seated(event, attendee):
        return None
    sub_event = store.sub_event(attendee.event_id, attendee.seat.sub_event)
    others = [store.attendee(attendee.event_id, one) for one in sub_event.members if one != attendee.id]
    return sub_event, others


def edit(store: Store, event: Event, attendee: Attendee, answers: Answers, now: datetime) -> Attendee:
    """Keep other answers.

    Raises:
        Conflict: groups are being made or have gone out, or the person withdrew.
        Invalid: an answer cannot be kept; the old ones stay.
    """
    if attendee.state is AttendeeState.WITHDRAWN:
        raise Conflict("You withdrew; take that back first, then change your answers.")
    if not accepts_edits(event, now):
        raise Conflict("The groups are being made or have gone out, so answers cannot change any more.")
    return cast(Attendee, store.commit(replace(attendee, answers=checked(answers, event)))[0])


def calendar(store: Store, event: Event, attendee: Attendee, sender: str) -> bytes:
    """The person's seat as a calendar file, which updates the mailed invite's entry. Raises NotFound without one."""
    if attendee.seat is None or not _seated(event, attendee):
        raise NotFound("You have no seat, so there is nothing for your calendar.")
    from chalicelib.letters.invite import calendar_file

    letter = store.letter(LetterKey(event.id, attendee.id, Kind.SEAT, attendee.seat.sequence))
    sub_event = store.sub_event(event.id, attendee.seat.sub_event)
    return calendar_file(
        Facts(letter=letter, event=event, sender=sender, link="", attendee=attendee, sub_event=sub_event)
    )


def withdraw(store: Store, jobs: Jobs, event: Event, attendee: Attendee, now: datetime) -> Attendee:
    """The person is out; a seat they had is free again and leaves their calendar. Twice is harmless.

    Raises:
        Conflict: the letters are going out at this very moment, or the event is off.
    """
    if attendee.state is AttendeeState.WITHDRAWN:
        return attendee
    if event.state is State.CANCELLED:
        raise Conflict("This event is off already, so there is nothing to withdraw from.")
    if event.state is State.PUBLISHING:
        raise Conflict("The groups are going out right now; try again in a minute.")
    gone = replace(attendee, state=AttendeeState.WITHDRAWN, links_unanswered=0)
    if attendee.seat is None:
        return cast(Attendee, store.commit(gone)[0])
    sub_event = store.sub_event(event.id, attendee.seat.sub_event)
    left = replace(sub_event, members=tuple(one for one in sub_event.members if one != attendee.id))
    if left.host == attendee.id:
        left = replace(left, host=None)
    seat = replace(attendee.seat, sequence=attendee.seat.sequence + 1)
    letter = decided(event.id, attendee.id, Kind.CANCELLED, now, seat.sequence)
    saved = store.commit(replace(gone, seat=seat), left, letter)
    jobs.send()
    return cast(Attendee, saved[0])


def take_back(store: Store, jobs: Jobs, event: Event, attendee: Attendee, now: datetime) -> Attendee:
    """The person is in again, as far as they were before withdrawing.

    Raises:
        Conflict: the groups are made already.
    """
    if attendee.state is not AttendeeState.WITHDRAWN:
        return attendee
    if not accepts_edits(event, now):
        raise Conflict("The groups are made already, so your seat could not be kept; write to the organizer.")
    if attendee.confirmed_at is None:
        return cast(Attendee, store.commit(replace(attendee, state=AttendeeState.UNCONFIRMED))[0])
    return save_confirmed(store, jobs, event, replace(attendee, state=AttendeeState.CONFIRMED), now)


def _seated(event: Event, attendee: Attendee) -> bool:
    return attendee.state is AttendeeState.CONFIRMED and event.state is not State.CANCELLED
