"""What a person does on their private page: edit their answers, reply, withdraw, and take that back."""

from datetime import datetime

import msgspec
from msgspec.structs import replace

from chalicelib.domain import links
from chalicelib.domain.attendee import Answers, Attendee, AttendeeState, Friend, checked, mutual, unseated
from chalicelib.domain.errors import BadLink, Conflict, NotFound, Stale
from chalicelib.domain.event import Event, State, accepts_edits, is_over
from chalicelib.domain.letter import Facts, Kind, LetterKey, Loss, forgetting
from chalicelib.domain.links import Purpose
from chalicelib.domain.ports import Jobs, Record, Store
from chalicelib.domain.sub_event import SubEvent, without
from chalicelib.flow.change import change_attendee
from chalicelib.flow.people import people_of
from chalicelib.flow.reach import reached
from chalicelib.flow.signup import LAST_PLACE, disturb, require_room


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
    return sub_event, people_of(store, event.id, (one for one in sub_event.members if one != attendee.id))


class Neighbour(msgspec.Struct, frozen=True):
    """Somebody of another group, and the words that they and the person who is told both wrote."""

    person: Attendee
    group: SubEvent
    words: str


def neighbour_of(store: Store, event: Event, attendee: Attendee, sub_event: SubEvent) -> Neighbour | None:
    """Who of another group is worth a hello; None when there is nobody, or not any more."""
    hello = sub_event.hello.get(attendee.id)
    if hello is None:
        return None
    for other in people_of(store, event.id, [hello.person]):
        there = other.seat.sub_event if other.seat is not None and _seated(event, other) else sub_event.id
        if other.answers.shares and there != sub_event.id:
            return Neighbour(other, store.sub_event(event.id, there), hello.words)
    return None


def edit(store: Store, event: Event, attendee: Attendee, answers: Answers, now: datetime) -> Attendee:
    """Keep other answers.

    Raises:
        Conflict: groups are being made or have gone out, or the person withdrew.
        Stale: other answers were saved since these were read; those stay.
        Invalid: an answer cannot be kept; the old ones stay.
    """

    def decide(one: Attendee) -> tuple[Record, ...]:
        if one.state is AttendeeState.WITHDRAWN:
            raise Conflict("You withdrew; take that back first, then change your answers.")
        if not accepts_edits(event, now):
            raise Conflict("The groups are being made or have gone out, so answers cannot change any more.")
        wanted = checked(answers, event, one.email)
        if one.answers not in (attendee.answers, wanted):
            raise Stale("Your answers were changed from elsewhere in the meantime; look at them again, then save.")
        return (replace(one, answers=wanted),)

    return change_attendee(store, attendee, decide)


def friends_of(store: Store, event: Event, attendee: Attendee) -> list[tuple[Friend, bool]]:
    """The people whom a person named, and whether each named them, too, and both have confirmed.

    Nothing else tells whether an address is signed up, nor does the work of finding out.
    """
    found = []
    for friend in attendee.answers.friends:
        other = store.attendee_at(event.id, friend.email)
        # Whom nobody knows takes as many reads as whom somebody does.
        found.append((friend, mutual(attendee, other or store.attendee(event.id, attendee.id))))
    return found


def reply(store: Store, event: Event, attendee: Attendee, *, coming: bool, now: datetime) -> Attendee:
    """The person says whether they will be there; saying it twice is harmless.

    Raises:
        Conflict: they have no seat, or the session is over.
    """

    def decide(one: Attendee) -> tuple[Record, ...]:
        if one.seat is None or not _seated(event, one):
            raise Conflict(
                "You have no seat in a group, so there is nothing to say here; your page says how things are."
            )
        if store.sub_event(event.id, one.seat.sub_event).slot.end <= now:
            raise Conflict("Your group has met already, so there is nothing to say here any more.")
        return () if one.seat.coming is coming else (replace(one, seat=replace(one.seat, coming=coming)),)

    return change_attendee(store, attendee, decide)


def calendar(store: Store, event: Event, attendee: Attendee, sender: str, language: str) -> bytes:
    """The person's seat as a calendar file, which updates the mailed invite's entry. Raises NotFound without one."""
    if attendee.seat is None or not _seated(event, attendee):
        raise NotFound("You have no seat, so there is nothing for your calendar.")
    from chalicelib.letters.invite import calendar_file

    letter = store.letter(LetterKey(event.id, attendee.id, Kind.SEAT, attendee.seat.sequence))
    sub_event = store.sub_event(event.id, attendee.seat.sub_event)
    return calendar_file(
        Facts(
            letter=letter,
            event=event,
            sender=sender,
            link="",
            language=language,
            attendee=attendee,
            sub_event=sub_event,
        )
    )


def withdraw(store: Store, jobs: Jobs, event: Event, attendee: Attendee, now: datetime) -> Attendee:
    """The person is out; a seat they had is free again and leaves their calendar. Twice is harmless.

    Raises:
        Conflict: the letters are going out at this very moment, or the event is off.
    """

    def decide(one: Attendee) -> tuple[Record, ...]:
        if one.state is AttendeeState.WITHDRAWN:
            return ()
        if event.state is State.CANCELLED:
            raise Conflict("This event is off already, so there is nothing to withdraw from.")
        if event.state is State.PUBLISHING:
            raise Conflict("The groups are going out right now; try again in a minute.")
        gone = replace(one, state=AttendeeState.WITHDRAWN, links_unanswered=0)
        if one.seat is None:
            return (gone,)
        there, gone = store.sub_event(event.id, one.seat.sub_event), unseated(gone)
        return gone, without(there, one.id), forgetting(gone, Loss.OUT, now)

    if attendee.seat is not None:
        disturb(store, event, now)
    gone = change_attendee(store, attendee, decide)
    if gone.lost is not None:
        jobs.send()
    return gone


def take_back(store: Store, event: Event, attendee: Attendee, now: datetime) -> Attendee:
    """The person is in again, as far as they were before withdrawing.

    Raises:
        Conflict: the groups are made already, or somebody else has the last place by now.
    """

    def decide(one: Attendee) -> tuple[Record, ...]:
        if one.state is not AttendeeState.WITHDRAWN:
            return ()
        if not accepts_edits(event, now) and (event.state is not State.PUBLISHED or is_over(event, now)):
            raise Conflict("The groups are made already, so your seat could not be kept; write to the organizer.")
        if one.confirmed_at is None:
            return reached(store, replace(one, state=AttendeeState.UNCONFIRMED), now)
        require_room(store, event, LAST_PLACE)
        return reached(store, replace(one, state=AttendeeState.CONFIRMED, released=False), now)

    disturb(store, event, now)
    return change_attendee(store, attendee, decide)


def _seated(event: Event, attendee: Attendee) -> bool:
    return attendee.state is AttendeeState.CONFIRMED and event.state is not State.CANCELLED
