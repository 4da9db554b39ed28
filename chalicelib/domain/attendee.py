"""An attendee: what a person told us, whether they confirmed it, and the seat they got."""

import enum
import hashlib
import unicodedata
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec.structs import replace

from chalicelib.domain import times, words
from chalicelib.domain.errors import Invalid
from chalicelib.domain.event import MOST_PLACES, MOST_SLOTS, Event, Place, Slot

GOAL_LONGEST = 1000
MOST_TOPICS = 20
WARM_UP_LONGEST = 300
MOST_FRIENDS = 3

NO_MAIL = "Mail to this address came back: it does not exist, or takes no mail."
NOT_WANTED = "A letter to this address was reported as spam, so no others go there."
"""Why no letter reaches somebody; the second is said where both are so."""

SEAT_FREED = "Mail to you came back or was reported as spam, so your seat was freed for somebody else."
"""Why somebody whom no letter reaches has no seat any more."""

type Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
type Goal = Annotated[str, msgspec.Meta(max_length=GOAL_LONGEST)]
type Topics = Annotated[tuple[Annotated[str, msgspec.Meta(max_length=60)], ...], msgspec.Meta(max_length=MOST_TOPICS)]
type WarmUp = Annotated[str, msgspec.Meta(max_length=WARM_UP_LONGEST)]
type Address = Annotated[str, msgspec.Meta(min_length=3, max_length=words.ADDRESS_LONGEST)]
type SlotIds = Annotated[tuple[str, ...], msgspec.Meta(max_length=MOST_SLOTS)]
type PlaceIds = Annotated[tuple[str, ...], msgspec.Meta(max_length=MOST_PLACES)]


class Level(enum.IntEnum):
    """How experienced a person is with the event's topic."""

    NEW = 1
    SOME = 2
    EXPERIENCED = 3


class AttendeeState(enum.StrEnum):
    UNCONFIRMED = "unconfirmed"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


class Friend(msgspec.Struct, frozen=True):
    """Somebody whom a person would like to meet with, which counts when that one names them, too.

    Args:
        email: their address.
        only: rather no seat than one apart; False for apart if needed.
    """

    email: str
    only: bool = False


class FriendForm(Friend, frozen=True, forbid_unknown_fields=True):
    """A friend as they come in."""

    email: Address


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """What a person answered at sign-up and may change until matching.

    Args:
        level: 1 new to it, 2 some experience, 3 experienced.
        goal: what they hope for.
        free: ids of the slots they can make.
        if_need_be: ids of the slots they would take only to get a seat.
        places: ids of the places they would go to; none means anywhere.
        timezone: their IANA zone; letters show times in it.
        shares: their group may see their first name, their goal and their warm-up.
        warm_up: their answer to the event's question, for the group's first minutes.
        friends: whom they would like to meet with.
    """

    name: str
    level: Level
    goal: str = ""
    topics: tuple[str, ...] = ()
    free: tuple[str, ...] = ()
    if_need_be: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    host: bool = False
    timezone: str = "UTC"
    shares: bool = False
    warm_up: str = ""
    friends: tuple[Friend, ...] = ()


class AnswersForm(Answers, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answers as they come in, held to limits; what is kept already stays readable when a limit changes."""

    name: Name
    goal: Goal = ""
    topics: Topics = ()
    free: SlotIds = ()
    if_need_be: SlotIds = ()
    places: PlaceIds = ()
    warm_up: WarmUp = ""
    friends: Annotated[tuple[FriendForm, ...], msgspec.Meta(max_length=MOST_FRIENDS)] = ()


class Confirmation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person may add when they confirm; None leaves what they said at sign-up."""

    warm_up: WarmUp | None = None
    host: bool | None = None
    shares: bool | None = None


class Meeting(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which group meets when and where, as somebody was told it."""

    sub_event: str
    title: str
    slot: Slot
    place: Place | None = None
    join_link: str = ""


class Seat(msgspec.Struct, frozen=True, omit_defaults=True):
    """A place in a published sub-event, as the person's calendar knows it.

    Args:
        sub_event: id of the sub-event.
        uid: the calendar object's UID, one per person and event until a cancellation.
        sequence: rises by one with every change that the calendar must learn of.
        coming: they said that they will be there.
        was: how the meeting was before its last change; None when it never changed.
        change: one sentence that says what the last change was and why.
    """

    sub_event: str
    uid: str
    sequence: int = 0
    coming: bool = False
    was: Meeting | None = None
    change: str = ""


class Attendee(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One person at one event.

    Args:
        token: the random token of the request that wrote them; sending it again changes nothing.
        links_sent: letters with the private link decided so far, which numbers them.
        links_unanswered: those of them since the address's owner last acted or went out of reach, which limits them.
        link_sent_at: when the last of them was decided.
        reminded: the one reminder to confirm was decided.
        seat: where they sit, once published.
        lost: the seat that their calendar was told to forget; None when it never was.
        seats: how many calendar objects they had before the present one, which numbers them.
        unplaced: why they have no seat, once published; empty while undecided or seated.
        unreachable: why no letter reaches them, in one sentence; empty as long as letters do.
        reached_at: when it was last said that letters reach them again; news from before that are old.
        released: their seat was freed since they never answered; they get none by themselves until they ask for one.
        generation: raising it revokes the private link.
        version: how often they were saved.
    """

    id: str
    event_id: str
    email: str
    answers: Answers
    token: str
    signed_up_at: datetime
    state: AttendeeState = AttendeeState.UNCONFIRMED
    confirmed_at: datetime | None = None
    links_sent: int = 0
    links_unanswered: int = 0
    link_sent_at: datetime | None = None
    reminded: bool = False
    seat: Seat | None = None
    lost: Seat | None = None
    seats: int = 0
    unplaced: str = ""
    unreachable: str = ""
    reached_at: datetime | None = None
    released: bool = False
    generation: int = 0
    version: int = 0

    @property
    def counts(self) -> bool:
        """They confirmed and can be told of a seat, so they may have one."""
        return self.state is AttendeeState.CONFIRMED and not self.unreachable

    @property
    def first_name(self) -> str:
        """The part of the name that a group may see."""
        return self.answers.name.split()[0] if self.answers.name.split() else self.answers.name

    def named(self, other: "Attendee") -> Friend | None:
        """The friend as whom this person names the other one."""
        address = normalised(other.email)
        return next((one for one in self.answers.friends if normalised(one.email) == address), None)


def checked(answers: Answers, event: Event, own: str) -> Answers:
    """The answers as they are kept: tidied, never longer than they came, and about slots and places of this event only.

    A slot marked both ways counts as free. A friend named twice is named once, and oneself is no friend.

    Args:
        own: the person's own address.

    Raises:
        Invalid: an answer cannot be kept; nothing else of the answers is lost by saying so.
    """
    free = _known(answers.free, {slot.id for slot in event.slots}, "free", "time")
    if_need_be = _known(answers.if_need_be, {slot.id for slot in event.slots}, "if_need_be", "time")
    times.zone(answers.timezone)
    return Answers(
        level=answers.level,
        host=answers.host,
        timezone=answers.timezone,
        shares=answers.shares,
        name=words.required(answers.name, "name", "your name"),
        goal=words.line(answers.goal),
        topics=words.distinct(answers.topics),
        free=free,
        if_need_be=tuple(slot for slot in if_need_be if slot not in free),
        places=_known(answers.places, {place.id for place in event.places}, "places", "place"),
        warm_up=words.line(answers.warm_up),
        friends=_friends(answers.friends, own),
    )


def completed(answers: Answers, added: Confirmation) -> Answers:
    """The answers with what was added to them on confirming."""
    return replace(
        answers,
        warm_up=answers.warm_up if added.warm_up is None else words.line(added.warm_up),
        host=answers.host if added.host is None else added.host,
        shares=answers.shares if added.shares is None else added.shares,
    )


def left_out(answers: Answers, own: str) -> str:
    """What of the friends in these answers is not kept, as the key of a receipt; empty when all of it is."""
    named = [normalised(friend.email) for friend in answers.friends]
    if normalised(own) in named:
        return "ownAddress"
    if len(set(named)) < len(named):
        return "namedTwice"
    return ""


def mutual(one: Attendee, other: Attendee) -> bool:
    """Whether two people named each other and both have confirmed, so that either may know of the other."""
    confirmed = one.state is other.state is AttendeeState.CONFIRMED
    return confirmed and one.named(other) is not None and other.named(one) is not None


def changed(seat: Seat) -> Seat:
    """The seat after a change that calendars must learn of; who said they would be there meant the one before."""
    return replace(seat, sequence=seat.sequence + 1, coming=False)


def unseated(attendee: Attendee) -> Attendee:
    """The person without their seat, which their calendar is to forget."""
    if attendee.seat is None:
        return attendee
    return replace(attendee, seat=None, lost=changed(attendee.seat), seats=attendee.seats + 1)


def out_of_reach(attendee: Attendee, why: str, at: datetime) -> Attendee:
    """The person after it turned out that letters do not reach them; the same person when that is no news.

    Links that somebody asked for who could be reached do not count against them from now on.

    Args:
        at: when it turned out.
    """
    old = attendee.reached_at is not None and at <= attendee.reached_at
    if old or attendee.unreachable in {why, NOT_WANTED}:
        return attendee
    unanswered = 0 if attendee.counts else attendee.links_unanswered
    return replace(attendee, unreachable=why, links_unanswered=unanswered)


def in_reach(attendee: Attendee, now: datetime) -> Attendee:
    """The person once letters reach them again."""
    return replace(attendee, unreachable="", reached_at=now) if attendee.unreachable else attendee


def first_seat(attendee: Attendee, sub_event: str) -> Seat:
    """The seat of somebody who has none now.

    After a cancellation it is another entry for the calendar, whose number goes on all the same.
    """
    uid = f"{attendee.id}{f'.{attendee.seats}' if attendee.seats else ''}@{attendee.event_id}.covey"
    return Seat(sub_event, uid, attendee.lost.sequence + 1 if attendee.lost else 0)


def meaning(answers: Answers, event: Event) -> str:
    """What an availability means for getting a seat, where that needs saying, as the key of a receipt; else empty."""
    marked = {*answers.free, *answers.if_need_be}
    if not marked:
        return "noTime"
    if not any(slot.offered for slot in event.slots if slot.id in marked):
        return "onlyConsidered"
    return ""


def _known(chosen: tuple[str, ...], known: AbstractSet[str], field: str, what: str) -> tuple[str, ...]:
    for one in chosen:
        if one not in known:
            raise Invalid(
                f"“{words.line(one)[:40]}” is not a {what} of this event; reload the page and choose again.", field
            )
    return tuple(dict.fromkeys(chosen))


def _friends(friends: tuple[Friend, ...], own: str) -> tuple[Friend, ...]:
    kept: dict[str, Friend] = {}
    for friend in friends:
        address = words.address(friend.email, "friends")
        if normalised(address) != normalised(own):
            kept.setdefault(normalised(address), Friend(address, friend.only))
    return tuple(kept.values())


def normalised(address: str) -> str:
    """An address as it is compared: NFKC, lower case, no space around it."""
    return unicodedata.normalize("NFKC", address).strip().lower()


def address_key(address: str) -> str:
    """The 128-bit fingerprint under which an address is held unique; keys and logs never show the address."""
    return hashlib.sha256(normalised(address).encode()).hexdigest()[:32]
