"""Send the letters that are due: one sender at a time, at the account's own pace, each letter once."""

import functools
import logging
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import cast

import msgspec
from msgspec.structs import replace

from chalicelib.domain import links
from chalicelib.domain.attendee import Attendee, AttendeeState
from chalicelib.domain.errors import Conflict, NotFound, NotReady
from chalicelib.domain.event import LATEST_NOTICE, SOONEST, Event, State, freed_at, is_waiting
from chalicelib.domain.letter import (
    ABOUT_A_SEAT,
    ORGANIZER,
    WITH_COMPANIONS,
    Companion,
    Facts,
    Kind,
    Letter,
    LetterKey,
    LetterState,
    ended,
    erased,
    failed,
    name_of,
    postponed,
    sending,
    sent,
    tags_of,
    unknown,
)
from chalicelib.domain.ports import Clock, Mailer, Quota, Refused, Store, Throttled
from chalicelib.domain.run_sheet import RunSheet
from chalicelib.domain.sub_event import SubEvent
from chalicelib.flow.ask import question_of
from chalicelib.flow.people import people_of
from chalicelib.flow.sheets import sheet_of
from chalicelib.flow.trouble import Trouble, commit_troubled, trouble_of

SENDER = "sender"
"""The name of the lease that makes the sender the only one."""

SENDER_LEASE = timedelta(seconds=30)
"""Short enough that the tick after a sender's death finds the lease free within 90 s."""

SENDER_HEARTBEAT = timedelta(seconds=8)

SHIFT = timedelta(seconds=240)
"""How long one sender works, inside the function's five minutes; the next tick starts the next sender."""

AT_ONCE = 16
"""Letters under way at the same time; enough for SES's highest usual rates at its usual latency."""

LINGER = 1.0
"""Seconds between the last letter and the last look, since the index is a little behind the table."""

FRESH = timedelta(seconds=1)
"""How long what a letter says may be known before it is handed over; after that it is looked at again."""

LONGEST_WAIT = timedelta(minutes=15)

STUMBLED = "Covey stumbled over this letter and tries it again by itself; its log says why."

log = logging.getLogger(__name__)


def send_due(store: Store, mailer: Mailer, clock: Clock, *, key: bytes, sender: str, language: str, run: str) -> None:
    """Send what is due until nothing is, the shift is over, or the day's quota is used up; a tick starts the next.

    Args:
        key: signs the links in the letters.
        sender: the address that mail leaves from.
        language: what letters are written in.
        run: a random name for this sender.
    """
    if not sender:
        log.error("COVEY_SENDER is not set, so letters wait; set it to a verified address and deploy again.")
        return
    if not _held(store, clock, run):
        # The other sender may have looked for the last time just before the letter that woke this one.
        clock.sleep(LINGER)
        if not _held(store, clock, run):
            return
    try:
        pace = _Pace(store, clock, mailer.quota(), run)
        _work_through(store, mailer, clock, pace, _Post(key, sender, language))
    finally:
        store.release(SENDER, run)


def _held(store: Store, clock: Clock, run: str) -> bool:
    now = clock.now()
    return store.hold(SENDER, run, now, now + SENDER_LEASE)


def _work_through(store: Store, mailer: Mailer, clock: Clock, pace: "_Pace", post: "_Post") -> None:
    """Deliver round after round until two looks in a row, a moment apart, find nothing to do."""
    looked_again = False
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while pace.on:
            writer = _Writer(store, post)
            keys = list(store.due_letters(clock.now()))
            steps = list(pool.map(functools.partial(deliver, store, mailer, clock, pace, writer), keys))
            # What the index still names although it is done, or cannot be done, is no reason to look again at once.
            if any(steps):
                looked_again = False
            elif looked_again:
                return
            else:
                looked_again = True
                pace.renew()
                clock.sleep(LINGER)


class _Pace:
    """Gives the sender's threads their turns: at the account's rate, within its quota and within the shift."""

    def __init__(self, store: Store, clock: Clock, quota: Quota, run: str) -> None:
        self._store, self._clock, self._run = store, clock, run
        self._gap = timedelta(seconds=1 / max(quota.rate, 0.1))
        self._left = quota.left
        self._next = self._renewed = clock.now()
        self._ends = clock.now() + SHIFT
        self._lock = threading.Lock()
        self.on = self._enough()

    def turn(self) -> bool:
        """Wait for one's turn to send a letter; False when it has to wait for another sender."""
        with self._lock:
            now = self._clock.now()
            self.renew()
            self.on = self.on and now < self._ends and self._enough()
            if not self.on:
                return False
            start = max(self._next, now)
            self._next = start + self._gap
            self._left -= 1
            # Waiting inside the lock keeps the order and costs nothing: no other turn could come sooner.
            if start > now:
                self._clock.sleep((start - now).total_seconds())
            return True

    def _enough(self) -> bool:
        if self._left <= 0:
            log.warning("The day's sending quota is used up; the letters wait until it is not.")
        return self._left > 0

    def renew(self) -> None:
        """Keep the lease; without it there are no more turns."""
        now = self._clock.now()
        if now >= self._renewed + SENDER_HEARTBEAT:
            self.on = self.on and self._store.hold(SENDER, self._run, now, now + SENDER_LEASE)
            self._renewed = now


def deliver(store: Store, mailer: Mailer, clock: Clock, pace: _Pace, writer: "_Writer", letter_key: LetterKey) -> bool:
    """Take one letter one step further in its life; False when there was no step to take.

    The message is stored with the claim, before it is handed over, so that whatever happens next
    nobody composes it a second time. A claim whose outcome was never written stays unknown: the
    provider may have taken it, and a second copy is worse than asking.

    A letter that meets an error nobody thought of is put off, so that the others go on.
    """
    if not pace.on:
        return False
    try:
        return _step(store, mailer, clock, pace, writer, letter_key)
    except (Conflict, NotFound):
        return False  # Another sender has it, or the index was behind.
    except Exception:
        log.exception("Letter %s could not be taken further now.", name_of(letter_key))
        return _put_off(store, clock, pace, letter_key)


def _step(store: Store, mailer: Mailer, clock: Clock, pace: _Pace, writer: "_Writer", letter_key: LetterKey) -> bool:
    letter, now = store.letter(letter_key), clock.now()
    if letter.due is None or letter.due > now:
        return False
    if letter.state is LetterState.SENDING:
        commit_troubled(store, unknown(letter, "The sender stopped before it learned the outcome.", now), now)
    elif letter.state is LetterState.PENDING:
        _hand_over(store, mailer, clock, pace, writer, letter)
    else:
        store.commit(erased(letter))
    return True


def _put_off(store: Store, clock: Clock, pace: _Pace, letter_key: LetterKey) -> bool:
    """Try the letter later, unless it may have left already; False when that cannot be written down either.

    A sender that cannot reach the store stops, and the next tick starts another.
    """
    try:
        letter = store.letter(letter_key)
        if letter.state is not LetterState.PENDING:
            return False  # A claimed one may have been taken, and becomes unknown when its time is up.
        store.commit(postponed(letter, clock.now() + _wait_of(letter), STUMBLED))
    except (Conflict, NotFound):
        return False
    except NotReady:
        pace.on = False
        return False
    except Exception:
        log.exception("Letter %s could not be put off either.", name_of(letter_key))
        return False
    return True


def _wait_of(letter: Letter) -> timedelta:
    """How long a letter waits after one more attempt that came to nothing: twice as long each time, to a limit."""
    return min(timedelta(seconds=2 << min(letter.attempts, 10)), LONGEST_WAIT)


class Obsolete(Exception):
    """What the letter was to say is not so any more; the text says why."""


class Unwritable(Exception):
    """This letter cannot be composed, which is a mistake of ours and must not stop the others."""


def _hand_over(store: Store, mailer: Mailer, clock: Clock, pace: _Pace, writer: "_Writer", letter: Letter) -> None:
    looked = clock.now()
    try:
        letter, recipient, message, names = writer.write(letter, looked)
        if not pace.turn():
            return
        if clock.now() >= looked + FRESH:
            # At a slow account the turn is long in coming, and the event may have been called off meanwhile.
            writer.look(letter)
    except Obsolete as why:
        store.commit(ended(letter, LetterState.SUPPRESSED, str(why)))
        return
    except Unwritable:
        log.exception("A letter of kind %s could not be written.", letter.kind)
        why_not = "Covey could not write this letter; its log says why."
        commit_troubled(store, failed(letter, why_not, clock.now()), clock.now())
        return
    claimed = cast(Letter, store.commit(sending(letter, zlib.compress(message), names, clock.now()))[0])
    try:
        message_id = mailer.send(writer.sender, recipient, message, tags_of(letter.key))
    except Throttled as why:
        store.commit(postponed(claimed, clock.now() + _wait_of(letter), str(why)))
    except Refused as why:
        commit_troubled(store, failed(claimed, str(why), clock.now()), clock.now())
    except Exception:
        log.exception("Nobody knows whether a letter of kind %s was taken.", letter.kind)
        lost = unknown(claimed, "The connection was lost before the provider answered.", clock.now())
        commit_troubled(store, lost, clock.now())
    else:
        store.commit(sent(claimed, message_id, clock.now()))


class _Post(msgspec.Struct, frozen=True):
    """What all letters have in common: the key of their links, the address they leave from, their language."""

    key: bytes
    sender: str
    language: str


class _Writer:
    """Writes letters, remembering for one round what many of them share."""

    def __init__(self, store: Store, post: _Post) -> None:
        self._store, self.sender = store, post.sender
        self._key, self._language = post.key, post.language
        self._companions: dict[tuple[str, str], Companion | None] = {}
        self._sheets: dict[tuple[str, str, int], RunSheet] = {}

    def write(self, letter: Letter, now: datetime) -> tuple[Letter, str, bytes, tuple[str, ...]]:
        """The letter with what it promises, the recipient's address, the whole message, and whom else it names.

        The message is the stored one where there is one.

        Raises:
            Obsolete: it should not be sent any more.
            Unwritable: it cannot be composed.
        """
        event, attendee = self.look(letter)
        if letter.kind is Kind.CANCELLED and attendee is not None:
            # Calendars forget the entry by the number it had, and its owner may have another by now.
            attendee = replace(attendee, seat=letter.seat)
        if letter.kind is Kind.SMALL and letter.decided_at + SOONEST <= now:
            raise Obsolete("The group has met.")
        if attendee is None:
            facts = Facts(
                letter=letter,
                event=event,
                sender=self.sender,
                link=links.to_watch_page(self._key, event),
                language=self._language,
                trouble=self._trouble(letter),
                asked=question_of(self._store, event, now, names=False) if letter.kind is Kind.DANGER else None,
            )
            return letter, event.organizer.email, _message(facts), ()
        sub_event, companions = self._group(letter, attendee)
        if letter.kind in ABOUT_A_SEAT and sub_event is not None and sub_event.slot.start <= now:
            raise Obsolete("The session has begun.")
        if letter.kind is Kind.RELEASE_NOTICE and sub_event is not None:
            letter = _promising(letter, event, attendee, sub_event, now)
        facts = Facts(
            letter=letter,
            event=event,
            sender=self.sender,
            link=links.to_own_page(self._key, event, attendee),
            language=self._language,
            attendee=attendee,
            sub_event=sub_event,
            companions=companions,
            sheet=self._sheet(event, sub_event) if letter.kind is Kind.REMINDER else None,
        )
        names = letter.names if letter.message else tuple(one.id for one in companions if one.id)
        return letter, attendee.email, _message(facts), names

    def look(self, letter: Letter) -> tuple[Event, Attendee | None]:
        """The letter's event and its attendee, None for the organizer, as they are now.

        Raises:
            Obsolete: it should not be sent any more.
        """
        event = self._store.event(letter.event_id)
        if letter.person == ORGANIZER:
            _still_asked(letter, event)
            return event, None
        attendee = self._store.attendee(event.id, letter.person)
        _still_so(letter, event, attendee)
        return event, attendee

    def _trouble(self, letter: Letter) -> Trouble:
        if letter.kind is not Kind.TROUBLE or letter.message:
            return {}
        found = trouble_of(self._store, letter.event_id)
        if not found:
            raise Obsolete("Every letter has been settled since.")
        return found

    def _group(self, letter: Letter, attendee: Attendee) -> tuple[SubEvent | None, tuple[Companion, ...]]:
        if letter.kind not in WITH_COMPANIONS or attendee.seat is None:
            return None, ()
        sub_event = self._store.sub_event(attendee.event_id, attendee.seat.sub_event)
        others = (member for member in sub_event.members if member != attendee.id)
        return sub_event, tuple(found for member in others if (found := self._companion(attendee.event_id, member)))

    def _sheet(self, event: Event, sub_event: SubEvent | None) -> RunSheet | None:
        if sub_event is None:
            return None
        # Whoever leaves the group, or is erased, changes its version, and is in the next sheet no more.
        known = (event.id, sub_event.id, sub_event.version)
        if known not in self._sheets:
            members = people_of(self._store, event.id, sub_event.members)
            self._sheets[known] = sheet_of(event, sub_event, members, self._language)
        return self._sheets[known]

    def _companion(self, event_id: str, member: str) -> Companion | None:
        known = (event_id, member)
        if known not in self._companions:
            found = people_of(self._store, event_id, [member])
            self._companions[known] = companion_of(found[0]) if found else None
        return self._companions[known]


def _message(facts: Facts) -> bytes:
    if facts.letter.message:
        return zlib.decompress(facts.letter.message)
    from chalicelib.letters.compose import compose

    try:
        return compose(facts)
    except Exception as error:
        raise Unwritable from error


def companion_of(attendee: Attendee) -> Companion:
    """What a group may see of a member: nothing unless they ticked that."""
    if not attendee.answers.shares:
        return Companion("", "")
    coming = attendee.seat is not None and attendee.seat.coming
    return Companion(attendee.first_name, attendee.answers.goal, attendee.id, coming)


def _still_asked(letter: Letter, event: Event) -> None:
    """Raises Obsolete when the organizer has done already what the letter asks for."""
    if letter.kind is Kind.HELD and not is_waiting(event):
        raise Obsolete("The plan does not wait any more.")
    if letter.kind is Kind.SMALL and event.state is State.CANCELLED:
        raise Obsolete("The event is off.")
    if letter.kind is Kind.DANGER:
        asked = event.asked
        if asked is None or asked.agreed or asked.number != letter.sequence:
            raise Obsolete("The organizer has decided, or there is nothing to decide any more.")


def _still_so(letter: Letter, event: Event, attendee: Attendee) -> None:
    """Raises Obsolete when what the letter says to an attendee is not so any more."""
    if attendee.unreachable and letter.kind is not Kind.CONFIRM:
        # Whoever asks for their link gets it; it is how they can be reached again.
        raise Obsolete(attendee.unreachable)
    if letter.kind is Kind.CANCELLED:
        return
    if event.state is State.CANCELLED:
        raise Obsolete("The event is off.")
    if attendee.state is AttendeeState.WITHDRAWN and letter.kind is not Kind.CONFIRM:
        raise Obsolete("The person has withdrawn.")
    if letter.kind is Kind.NO_GROUP and attendee.seat is not None:
        raise Obsolete("The person has a seat by now.")
    if letter.kind is Kind.CONFIRM_REMINDER:
        _still_missing(event, attendee)
    if letter.kind in ABOUT_A_SEAT and (attendee.seat is None or attendee.seat.sequence != letter.sequence):
        raise Obsolete("The seat has changed since; a newer letter says how.")


def _promising(letter: Letter, event: Event, attendee: Attendee, sub_event: SubEvent, now: datetime) -> Letter:
    """The notice with the instant until which it keeps the seat, never sooner than a copy before it said.

    Raises:
        Obsolete: nobody waits for the person's answer any more, or it is too late to say so.
    """
    free_at = freed_at(event, sub_event.slot.start)
    if attendee.seat is not None and attendee.seat.coming:
        raise Obsolete("The person has said that they will be there.")
    if free_at is None:
        raise Obsolete("Seats are not freed any more.")
    if letter.promised is not None:
        free_at = letter.promised if letter.message else max(letter.promised, free_at)
    if free_at < now + LATEST_NOTICE:
        raise Obsolete("It is too late for a notice, so this seat is not freed.")
    return replace(letter, promised=free_at)


def _still_missing(event: Event, attendee: Attendee) -> None:
    """Raises Obsolete when the reminded person has confirmed, or could not any more."""
    if attendee.state is not AttendeeState.UNCONFIRMED:
        raise Obsolete("The person has confirmed since.")
    if event.state not in {State.OPEN, State.CLOSED}:
        raise Obsolete("The groups are being made.")
