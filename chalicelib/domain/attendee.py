"""An attendee: what a person told us, whether they confirmed it, and the seat they got."""

import enum
import hashlib
import unicodedata
from datetime import datetime

import msgspec

GOAL_SUGGESTED = 200
GOAL_LONGEST = 1000


class Level(enum.IntEnum):
    """How experienced a person is with the event's topic."""

    NEW = 1
    SOME = 2
    EXPERIENCED = 3


class AttendeeState(enum.StrEnum):
    UNCONFIRMED = "unconfirmed"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


class Answers(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a person answered at sign-up and may change until matching.

    Args:
        level: 1 new to it, 2 some experience, 3 experienced.
        goal: what they hope for.
        free: ids of the slots they can make.
        if_need_be: ids of the slots they would take only to get a seat.
        places: ids of the places they would go to; none means anywhere.
        timezone: their IANA zone; letters show times in it.
        shares: their group may see their first name and their goal.
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


class Seat(msgspec.Struct, frozen=True):
    """A place in a published sub-event, as the person's calendar knows it.

    Args:
        sub_event: id of the sub-event.
        uid: the calendar object's UID, one per person and event until a cancellation.
        sequence: rises by one with every change that the calendar must learn of.
    """

    sub_event: str
    uid: str
    sequence: int = 0


class Attendee(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One person at one event.

    Args:
        token: the random token of the request that wrote them; sending it again changes nothing.
        links_sent: letters with the private link decided so far; numbers them and limits them.
        seat: where they sit, once published.
        unplaced: why they have no seat, once published; empty while undecided or seated.
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
    seat: Seat | None = None
    unplaced: str = ""
    generation: int = 0
    version: int = 0

    @property
    def first_name(self) -> str:
        """The part of the name that a group may see."""
        return self.answers.name.split()[0] if self.answers.name.split() else self.answers.name


def normalised(address: str) -> str:
    """An address as it is compared: NFKC, lower case, no space around it."""
    return unicodedata.normalize("NFKC", address).strip().lower()


def address_key(address: str) -> str:
    """The 128-bit fingerprint under which an address is held unique; keys and logs never show the address."""
    return hashlib.sha256(normalised(address).encode()).hexdigest()[:32]
