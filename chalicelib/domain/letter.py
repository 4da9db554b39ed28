"""A letter: one row of the outbox with its life cycle, and the facts it is written from."""

import enum
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from chalicelib.domain.attendee import Attendee, Seat
from chalicelib.domain.event import Event, Held
from chalicelib.domain.run_sheet import RunSheet
from chalicelib.domain.sub_event import SubEvent

ORGANIZER = "organizer"
"""Stands where an attendee's id would, in letters to the organizer."""

SENDING_LEASE = timedelta(seconds=30)
"""How long a send may take before its outcome counts as unknown."""

KEPT = timedelta(days=7)
"""How long the message of a letter of unknown fate is kept, so that it could be sent again byte for byte."""


class Kind(enum.StrEnum):
    """What a letter says; each is a folder of templates of this name."""

    OPEN = "open"
    HELD = "held"
    CONFIRM = "confirm"
    CONFIRM_REMINDER = "confirm_reminder"
    SEAT = "seat"
    NO_GROUP = "no_group"
    CANCELLED = "cancelled"
    REMINDER = "reminder"
    REMINDER_SOON = "reminder_soon"
    TROUBLE = "trouble"
    RELEASE_NOTICE = "release_notice"
    DANGER = "danger"
    SMALL = "small"


ABOUT_A_SEAT = frozenset({Kind.SEAT, Kind.REMINDER, Kind.REMINDER_SOON, Kind.RELEASE_NOTICE})
"""Letters that are only right as long as the seat is the one that they were decided for."""


WITH_COMPANIONS = ABOUT_A_SEAT | {Kind.CANCELLED}
"""Letters that may name other members of a group."""


class LetterState(enum.StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    UNKNOWN = "unknown"
    BOUNCED = "bounced"


class Loss(enum.StrEnum):
    """Why somebody has not the seat any more that a letter has their calendar forget.

    OUT: they gave it back. LOST: their group could not go on. FREED: letters did not reach them.
    UNANSWERED: they never said that they will be there.
    """

    OUT = "out"
    LOST = "lost"
    FREED = "freed"
    UNANSWERED = "unanswered"


class News(enum.StrEnum):
    """What the provider says of a letter after it was handed over.

    TAKEN: it has it, or has delivered it. RETURNED: it gave up delivering it, for a reason that may pass.
    BOUNCED: the address takes no mail. COMPLAINED: whoever got it calls it spam. REJECTED: it will not deliver it.
    """

    TAKEN = "taken"
    RETURNED = "returned"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    REJECTED = "rejected"


BAD_NEWS = (News.RETURNED, News.BOUNCED, News.COMPLAINED, News.REJECTED)

RETURNED = "The mail service could not deliver it, or an automatic answer came back; the mailbox may be full."
BOUNCED = "It came back: the address does not exist, or takes no mail."
REJECTED = "The mail service would not deliver it, because of what is in it."

MOST_HEARD = 20
"""Pieces of bad news that a letter remembers, of which a copy has at most three."""


class LetterKey(msgspec.Struct, frozen=True):
    """What makes a letter the same letter: deciding twice writes once."""

    event_id: str
    person: str
    kind: Kind
    sequence: int = 0


class Letter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One row of the outbox.

    Args:
        person: attendee id, or ORGANIZER.
        sequence: numbers letters of one kind to one person.
        decided_at: when it was decided; the invite's DTSTAMP, so that composing again gives the same bytes.
        due: when the sender must next look at it; None when nothing is left to do.
        attempts: how often sending was definitely refused for now.
        message: the composed message, deflated, for as long as it may have to go out again.
        names: ids of the other attendees whom the message names.
        sent_at: when the provider took it, as far as that is known.
        message_id: the provider's name for it, once sent.
        reason: why it waits, failed, was suppressed, is unknown or came back.
        seat: what a cancellation has a calendar forget, whatever seat its reader has by the time it goes out.
        loss: how that seat was lost, and `why` in one sentence, as it was when it was decided.
        promised: until when what it offers stands, once it was handed over: a notice's seat is kept until then.
        doubted: a copy before the last one may have arrived.
        heard: the bad news about it that were acted on, each with the provider's name for the copy.
        version: how often it was saved.
    """

    event_id: str
    person: str
    kind: Kind
    decided_at: datetime
    due: datetime | None
    sequence: int = 0
    state: LetterState = LetterState.PENDING
    attempts: int = 0
    message: bytes = b""
    names: tuple[str, ...] = ()
    sent_at: datetime | None = None
    message_id: str = ""
    reason: str = ""
    seat: Seat | None = None
    loss: Loss | None = None
    why: str = ""
    promised: datetime | None = None
    doubted: bool = False
    heard: tuple[str, ...] = ()
    version: int = 0

    def is_for_later(self, now: datetime) -> bool:
        """It was decided for a time that is still to come, and has not been looked at yet."""
        untouched = self.state is LetterState.PENDING and not self.attempts
        return untouched and self.due is not None and self.due > now

    @property
    def key(self) -> LetterKey:
        return LetterKey(self.event_id, self.person, self.kind, self.sequence)


def decided(
    event_id: str, person: str, kind: Kind, now: datetime, sequence: int = 0, due: datetime | None = None
) -> Letter:
    """A new letter, due at once unless it is said when; what it says is what is so then."""
    return Letter(event_id=event_id, person=person, kind=kind, sequence=sequence, decided_at=now, due=due or now)


def forgetting(attendee: Attendee, loss: Loss, now: datetime, why: str = "") -> Letter:
    """The letter by which somebody's calendar forgets the seat that they lost last."""
    if attendee.lost is None:
        raise ValueError("Who lost no seat has nothing to forget.")
    return msgspec.structs.replace(cancelling(attendee, attendee.lost, now), loss=loss, why=why)


def cancelling(attendee: Attendee, seat: Seat | None, now: datetime) -> Letter:
    """The letter by which somebody's calendar forgets a seat, with the number that this change has; None for none."""
    letter = decided(attendee.event_id, attendee.id, Kind.CANCELLED, now, seat.sequence if seat else 0)
    # Words of others, in what the seat was before, are none of its business.
    return msgspec.structs.replace(letter, seat=seat and Seat(seat.sub_event, seat.uid, seat.sequence))


def was_sent_by(letter: Letter, moment: datetime) -> bool:
    """Whether the provider had taken it by then."""
    return letter.state is LetterState.SENT and letter.sent_at is not None and letter.sent_at <= moment


def sending(letter: Letter, message: bytes, names: tuple[str, ...], now: datetime) -> Letter:
    """Composed and about to be handed to the provider."""
    return msgspec.structs.replace(
        letter, state=LetterState.SENDING, message=message, names=names, due=now + SENDING_LEASE
    )


def sent(letter: Letter, message_id: str, now: datetime) -> Letter:
    """The provider took it. It never goes out again, so the message and the links in it go at once."""
    taken = msgspec.structs.replace(letter, state=LetterState.SENT, message_id=message_id, reason="", sent_at=now)
    return erased(taken)


def postponed(letter: Letter, until: datetime, reason: str) -> Letter:
    """The provider definitely refused it for now."""
    return msgspec.structs.replace(
        letter, state=LetterState.PENDING, attempts=letter.attempts + 1, due=until, reason=reason
    )


def unknown(letter: Letter, reason: str, now: datetime) -> Letter:
    """Nobody knows whether the provider took it; the message is kept for whoever finds out, then erased."""
    return msgspec.structs.replace(letter, state=LetterState.UNKNOWN, reason=reason, due=now + KEPT)


def failed(letter: Letter, reason: str, now: datetime) -> Letter:
    """It was refused for good; where an earlier copy may have arrived, nobody knows more than before."""
    if not letter.doubted:
        return ended(letter, LetterState.FAILED, reason)
    doubted = unknown(letter, f"An earlier copy may have arrived; the last one did not go out: {reason}", now)
    return doubted if letter.message else erased(doubted)


def ended(letter: Letter, state: LetterState, reason: str) -> Letter:
    """It will never be sent, so the message and the links in it go at once."""
    return erased(msgspec.structs.replace(letter, state=state, reason=reason))


def erased(letter: Letter) -> Letter:
    """The message, and with it links and names, is gone."""
    return msgspec.structs.replace(letter, message=b"", names=(), due=None)


def unwritten(letter: Letter) -> Letter:
    """Nobody has got it yet, so it is composed anew, of what is so by then."""
    return msgspec.structs.replace(letter, message=b"", names=())


def resumed(letter: Letter, now: datetime) -> Letter:
    """It is to go out once more: the same bytes where they are still kept, else what is so by then."""
    doubted = letter.doubted or letter.state is LetterState.UNKNOWN
    return msgspec.structs.replace(letter, state=LetterState.PENDING, attempts=1, reason="", due=now, doubted=doubted)


def settled(letter: Letter, message_id: str, now: datetime) -> Letter:
    """The provider has it, whatever we made of that."""
    if letter.state in {LetterState.SENT, LetterState.BOUNCED}:
        return letter
    return sent(letter, message_id, now)


def after_news(letter: Letter, news: News, message_id: str, now: datetime) -> Letter:
    """The letter after news of one copy; the same letter when they change nothing.

    News may come twice, in any order, before we wrote that it was sent, or of a copy before the last one.

    Args:
        message_id: the provider's name for the copy.
    """
    mark = f"{news}.{message_id}"
    if mark in letter.heard:
        return letter
    lost = {f"{one}.{message_id}" for one in (News.RETURNED, News.BOUNCED, News.REJECTED)} & set(letter.heard)
    before = letter
    if news in BAD_NEWS:
        letter = msgspec.structs.replace(letter, heard=(*letter.heard, mark)[-MOST_HEARD:])
    match news:
        case News.BOUNCED:
            letter = msgspec.structs.replace(letter, message_id=letter.message_id or message_id)
            letter = ended(letter, LetterState.BOUNCED, BOUNCED)
        case News.RETURNED if lost:
            pass
        case News.REJECTED | News.RETURNED:
            # A letter that came back, or that went out once more since, does not change for the sake of an older copy.
            newer = before.state is LetterState.SENT and before.message_id not in {"", message_id}
            if not newer and before.state is not LetterState.BOUNCED:
                # An automatic answer looks the same as a mailbox that is full, so nobody knows.
                returned = news is News.RETURNED
                letter = erased(unknown(letter, RETURNED, now)) if returned else failed(letter, REJECTED, now)
        case _ if not lost:
            letter = settled(letter, message_id, now)
    return letter


def tags_of(key: LetterKey) -> dict[str, str]:
    """The key as the tags that the provider gives back with its news; made of letters, digits, - and _ alone."""
    return {"event": key.event_id, "person": key.person, "kind": key.kind.value, "sequence": str(key.sequence)}


def key_in(tags: Mapping[str, str]) -> LetterKey | None:
    """The key that stands in these tags; None when none does."""
    said = [tags.get(name, "") for name in ("event", "person", "kind", "sequence")]
    return named(".".join(said))


def name_of(key: LetterKey) -> str:
    """The key as one word that can stand in a mail's header."""
    return ".".join(tags_of(key).values())


def named(name: str) -> LetterKey | None:
    """The key that has this name; None when none has."""
    parts = re.fullmatch(r"([\w-]{1,64})\.([\w-]{1,64})\.([a-z_]{1,32})\.(\d{1,6})", name, re.ASCII)
    if parts is None or parts[3] not in set(Kind):
        return None
    return LetterKey(parts[1], parts[2], Kind(parts[3]), int(parts[4]))


class Companion(msgspec.Struct, frozen=True):
    """Another member of the group, as far as they agreed to be shown; all empty when they did not.

    Args:
        coming: they said that they will be there.
    """

    first_name: str
    goal: str
    id: str = ""
    coming: bool = False


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All that a letter is composed from.

    Args:
        sender: the address that mail leaves from.
        link: the recipient's private link, whole.
        language: what the letter is written in.
        attendee: the recipient; None when it is the organizer.
        sub_event: the recipient's, where the letter is about one.
        companions: the other members of it.
        sheet: how they spend their time; None where the letter does not say.
        trouble: how many letters of the event need somebody, by their state.
        asked: the repair that the organizer is asked about, and the choices; None where the letter asks nothing.
    """

    letter: Letter
    event: Event
    sender: str
    link: str
    language: str
    attendee: Attendee | None = None
    sub_event: SubEvent | None = None
    companions: tuple[Companion, ...] = ()
    sheet: RunSheet | None = None
    trouble: Mapping[LetterState, int] = {}
    asked: Held | None = None
