"""What the mail provider says of letters after it took them: sent after all, come back, reported as spam."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from chalicelib.domain import event as road
from chalicelib.domain.attendee import NO_MAIL, NOT_WANTED, SEAT_FREED, Attendee, out_of_reach, unseated
from chalicelib.domain.errors import NotFound, Stale
from chalicelib.domain.event import SURELY_SAVED, Event, State
from chalicelib.domain.letter import ORGANIZER, Letter, LetterKey, LetterState, News, after_news, key_in, named
from chalicelib.domain.ports import Clock, Record, Store
from chalicelib.domain.sub_event import without
from chalicelib.flow.change import TRIES
from chalicelib.flow.trouble import TROUBLED, report

WHY = {News.BOUNCED: NO_MAIL, News.COMPLAINED: NOT_WANTED}
"""News after which no other letter goes to an address, and what is said of it."""

MEANS = {
    "Send": News.TAKEN,
    "Delivery": News.TAKEN,
    "DeliveryDelay": News.TAKEN,
    "Bounce": News.RETURNED,
    "Complaint": News.COMPLAINED,
    "Reject": News.REJECTED,
    "Rendering Failure": News.REJECTED,
}
"""What each kind of notification says of a letter, unless it says more; other kinds say nothing that matters."""

log = logging.getLogger(__name__)


class _Unreadable(Exception):
    """This is nothing that SES publishes."""


class _Header(msgspec.Struct):
    name: str = ""
    value: str = ""


class _Mail(msgspec.Struct, rename="camel"):
    message_id: str = ""
    tags: dict[str, list[str]] | None = None
    headers: list[_Header] | None = None


class _Bounce(msgspec.Struct, rename="camel"):
    bounce_type: str = ""
    timestamp: str = ""


class _Complaint(msgspec.Struct, rename="camel"):
    complaint_feedback_type: str | None = None
    timestamp: str = ""


class _Published(msgspec.Struct, rename="camel"):
    """What SES publishes: `event_type` by a configuration set, `notification_type` by an identity."""

    mail: _Mail
    event_type: str = ""
    notification_type: str = ""
    bounce: _Bounce | None = None
    complaint: _Complaint | None = None


class Told(msgspec.Struct, frozen=True):
    """One piece of news: of which letter, of which copy of it, and since when it is so."""

    key: LetterKey
    news: News
    message_id: str
    at: datetime


def hear(store: Store, clock: Clock, notification: object) -> None:
    """Act on every record of a notification as SNS hands it to a function; twice, late or in any order is all the same.

    What cannot be read, or is about no letter of ours, changes nothing and stops none of the others.

    Raises:
        ExceptionGroup: some records could not be acted on now; the whole notification may come again.
    """
    failed = []
    for record in _records(notification):
        try:
            told = _read(record, clock.now())
        except _Unreadable:
            log.warning("A notification about mail could not be read, so nothing came of it.")
            continue
        if told is None:
            continue
        try:
            _act_on(store, told, clock.now())
        except NotFound:
            continue  # A letter of another site, or one whose recipient was erased.
        except Exception as error:
            # One letter's trouble must not keep the others waiting.
            log.exception("News of a letter could not be acted on; they come again.")
            failed.append(error)
    if failed:
        raise ExceptionGroup("Some news about mail could not be acted on.", failed)


def _records(notification: object) -> Iterator[object]:
    found = notification.get("Records") if isinstance(notification, dict) else None
    yield from found if isinstance(found, list) else [None]


def _read(record: object, now: datetime) -> Told | None:
    """What one record says; None when it is nothing that changes a letter.

    Raises:
        _Unreadable: it is none of SES's.
    """
    text = _text(record)
    try:
        said = msgspec.json.decode(text, type=_Published)
    except (msgspec.DecodeError, UnicodeError, RecursionError, OverflowError):
        # The error itself would show what was written there, addresses too; and the log must hold none.
        raise _Unreadable from None
    news, key = _news(said), _key(said.mail)
    return None if key is None or news is None else Told(key, news, said.mail.message_id[:200], _since(said, now))


def _text(record: object) -> str:
    sns: Any = record.get("Sns") if isinstance(record, dict) else None
    message = sns.get("Message") if isinstance(sns, dict) else None
    if not isinstance(message, str):
        raise _Unreadable
    return message


def _news(said: _Published) -> News | None:
    if said.bounce is not None and said.bounce.bounce_type == "Permanent":
        return News.BOUNCED
    if said.complaint is not None and said.complaint.complaint_feedback_type == "not-spam":
        return News.TAKEN
    return MEANS.get(said.event_type or said.notification_type)


def _key(mail: _Mail) -> LetterKey | None:
    """Which letter it is about: by its tags, or by the name that we gave it, where the mail's headers are told."""
    tags = {name: values[0] for name, values in (mail.tags or {}).items() if values}
    names = (header.value for header in mail.headers or () if header.name.lower() == "message-id")
    return key_in(tags) or next(filter(None, (named(one.strip("<> ").partition("@")[0]) for one in names)), None)


def _since(said: _Published, now: datetime) -> datetime:
    about = said.bounce or said.complaint
    try:
        return min(now, datetime.fromisoformat(about.timestamp if about else "").astimezone(UTC))
    except (ValueError, OverflowError):
        return now


def _act_on(store: Store, told: Told, now: datetime) -> None:
    """Save what the news change: the letter, its recipient, their group and the event, all in one transaction."""
    for tries_left in reversed(range(TRIES)):
        letter = store.letter(told.key)
        heard = after_news(letter, told.news, told.message_id, now)
        if heard == letter:
            return
        try:
            store.commit(heard, *_consequences(store, letter, heard, told, now))
        except Stale:
            if not tries_left:
                raise
        else:
            return


def _consequences(store: Store, letter: Letter, heard: Letter, told: Told, now: datetime) -> Iterator[Record]:
    if heard.state in TROUBLED and letter.state not in {LetterState.BOUNCED, LetterState.FAILED, heard.state}:
        yield from report(store, letter, now)
    if told.news not in WHY or letter.person == ORGANIZER:
        return
    person = store.attendee(letter.event_id, letter.person)
    lost = out_of_reach(person, WHY[told.news], told.at)
    if lost == person:
        return
    if person.seat is None:
        yield lost
    else:
        yield from _leaving(store, lost, person.seat.sub_event, now)


def _leaving(store: Store, person: Attendee, seat: str, now: datetime) -> Iterator[Record]:
    """Somebody whom nobody can reach leaves their group, unless it has met; they are told nothing."""
    event, group = store.event(person.event_id), store.sub_event(person.event_id, seat)
    if event.state not in {State.PUBLISHING, State.PUBLISHED} or group.slot.start <= now:
        yield person
        return
    yield replace(unseated(person), unplaced=SEAT_FREED)
    yield without(group, person.id)
    yield from _disturbing(event, now)


def _disturbing(event: Event, now: datetime) -> Iterator[Record]:
    """The event, which has its groups looked at after this.

    It is saved with what is to be seen then, so that no worker can have looked in between. Where a look is to come
    much later than this is saved, many who leave at the same time need not wait for each other.
    """
    to_come = event.mend_at is not None and event.mend_at > now + SURELY_SAVED
    if not to_come and (disturbed := road.disturbed(event, now)) != event:
        yield disturbed
