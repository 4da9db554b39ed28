"""Everything that is kept about a person, as one file for them to take along."""

from datetime import datetime

import msgspec

from chalicelib.domain.attendee import Attendee, AttendeeState, Level, Seat
from chalicelib.domain.event import Event
from chalicelib.domain.letter import Kind, Letter, LetterState
from chalicelib.web.views import FriendView, MyPage, PlaceView, SlotView, SubEventView, sign_up_link


class ExportedEvent(msgspec.Struct, frozen=True):
    """Which event it is about."""

    id: str
    title: str
    organizer_name: str
    timezone: str
    sign_up_link: str


class ExportedAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """What the person answered, times and places written out."""

    name: str
    level: Level
    goal: str
    topics: tuple[str, ...]
    free: tuple[SlotView, ...]
    if_need_be: tuple[SlotView, ...]
    places: tuple[PlaceView, ...]
    host: bool
    timezone: str
    shares: bool
    warm_up: str
    friends: tuple[FriendView, ...]


class ExportedLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A letter that was decided for the person.

    Args:
        number: of the letters of this kind, from 0.
        decided_at: when Covey decided to send it.
        looked_at_next: when it will be sent, or what is kept of it erased; None when nothing is left to do.
        attempts: how often the mail provider refused it for the time being.
        reason: why it waits, failed, was given up or is unknown, in the provider's words.
    """

    kind: Kind
    number: int
    state: LetterState
    decided_at: datetime
    looked_at_next: datetime | None
    attempts: int
    reason: str


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is kept about a person, but for the keys by which Covey knows its own writes again.

    Args:
        links_sent: letters with the private link so far.
        seat: their seat in a published group, also after they withdrew.
        sub_event: that group as they see it.
        unplaced: why they have no seat, once that is known.
        unreachable: why no letter reaches them; empty as long as letters do.
        reached_at: when they were last reached again after that.
    """

    made_at: datetime
    event: ExportedEvent
    id: str
    email: str
    state: AttendeeState
    signed_up_at: datetime
    confirmed_at: datetime | None
    answers: ExportedAnswers
    links_sent: int
    link_sent_at: datetime | None
    seat: Seat | None
    sub_event: SubEventView | None
    unplaced: str
    unreachable: str
    reached_at: datetime | None
    letters: tuple[ExportedLetter, ...]


def export(event: Event, attendee: Attendee, page: MyPage, letters: list[Letter], now: datetime) -> Export:
    """The file; `page` is what the person sees, which tells of others no more than that."""
    return Export(
        made_at=now,
        event=ExportedEvent(event.id, event.title, event.organizer.name, event.timezone, sign_up_link(event)),
        id=attendee.id,
        email=attendee.email,
        state=attendee.state,
        signed_up_at=attendee.signed_up_at,
        confirmed_at=attendee.confirmed_at,
        answers=_answers(page),
        links_sent=attendee.links_sent,
        link_sent_at=attendee.link_sent_at,
        seat=attendee.seat,
        sub_event=page.sub_event,
        unplaced=attendee.unplaced,
        unreachable=attendee.unreachable,
        reached_at=attendee.reached_at,
        letters=tuple(_letter(one) for one in letters),
    )


def _answers(page: MyPage) -> ExportedAnswers:
    answers, event = page.answers, page.event
    return ExportedAnswers(
        name=answers.name,
        level=answers.level,
        goal=answers.goal,
        topics=answers.topics,
        free=tuple(slot for slot in event.slots if slot.id in answers.free),
        if_need_be=tuple(slot for slot in event.slots if slot.id in answers.if_need_be),
        places=tuple(place for place in event.places if place.id in answers.places),
        host=answers.host,
        timezone=answers.timezone,
        shares=answers.shares,
        warm_up=answers.warm_up,
        friends=page.friends,
    )


def _letter(letter: Letter) -> ExportedLetter:
    return ExportedLetter(
        kind=letter.kind,
        number=letter.sequence,
        state=letter.state,
        decided_at=letter.decided_at,
        looked_at_next=letter.due,
        attempts=letter.attempts,
        reason=letter.reason,
    )
