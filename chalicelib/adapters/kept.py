"""What both stores agree on: how a record is kept, what one commit may hold, and what a failure is called.

A record is kept whole, as the JSON that msgspec makes of it, so a field is added by giving it a default and
removed by deleting it: records kept earlier still read. Only a letter's message stays out, since it is bytes
and since lists of letters do without it.
"""

import zlib
from typing import Any

import msgspec

from chalicelib.domain.attendee import Attendee, address_key, normalised
from chalicelib.domain.errors import AddressTaken, Invalid, NotFound, NotReady, Stale
from chalicelib.domain.event import Event
from chalicelib.domain.letter import Letter
from chalicelib.domain.plan import Plan
from chalicelib.domain.ports import MOST_IN_ONE_COMMIT, Record
from chalicelib.domain.sub_event import SubEvent

LARGEST = 390_000
"""Bytes of a new event; an item may have 400 KB, so that there is room for what happens to it later."""

_READERS: dict[type, msgspec.json.Decoder[Any]] = {
    kind: msgspec.json.Decoder(kind) for kind in (Event, Attendee, SubEvent, Letter)
}
"""Made here, by one thread: msgspec takes a type in when it first meets it, and several at once crash it."""

_READS_PLANS = msgspec.json.Decoder(Plan)


def nothing_here() -> NotFound:
    """One sentence for everything that is not found, so that it tells nothing about what is."""
    return NotFound("There is nothing here (any more); check the link, or ask for a new one on the event's page.")


def no_table() -> NotReady:
    return NotReady("Covey is still setting itself up; try again in a few seconds.", 15)


def busy() -> NotReady:
    return NotReady("Covey is very busy right now; try again in a few seconds.", 5)


def changed() -> Stale:
    return Stale("Somebody else changed this in the meantime; look at it again, then try again.")


def taken() -> AddressTaken:
    return AddressTaken("Somebody has signed up with this address already.")


def saved(record: Record) -> Record:
    """The record as it will be once it is saved."""
    return msgspec.structs.replace(record, version=record.version + 1)


def written(record: Record) -> str:
    """The record as it is kept, a letter without its message.

    Limits on what people type are those of the forms, not of records: what is kept can always be read again.
    """
    if isinstance(record, Letter):
        record = msgspec.structs.replace(record, message=b"")
    return msgspec.json.encode(record).decode()


def read[R: Record](text: str, kind: type[R]) -> R:
    """The record that was written."""
    found: R = _READERS[kind].decode(text)
    return found


def names(attendee: Attendee, address: str) -> bool:
    """Whether the attendee names this address as a friend's."""
    return any(normalised(friend.email) == normalised(address) for friend in attendee.answers.friends)


def newcomers(records: tuple[Record, ...]) -> list[Attendee]:
    """The attendees whose addresses are taken by saving these records."""
    return [record for record in records if isinstance(record, Attendee) and record.version == 0]


def check(records: tuple[Record, ...]) -> None:
    """Refuse what no store could save at once.

    Raises:
        AddressTaken: two new attendees of one event have the same address.
        Invalid: a new event is nearly as large as an item of the table may be.
        ValueError: more items than one commit takes, or one of them twice.
    """
    addresses = [(one.event_id, address_key(one.email)) for one in newcomers(records)]
    if len(set(addresses)) < len(addresses):
        raise taken()
    if len(records) + len(addresses) > MOST_IN_ONE_COMMIT:
        raise ValueError(f"one commit takes {MOST_IN_ONE_COMMIT} items, not {len(records) + len(addresses)}")
    if len({key(record) for record in records}) < len(records):
        raise ValueError("one commit takes a record once")
    for record in records:
        if isinstance(record, Event) and not record.version and len(written(record).encode()) > LARGEST:
            raise Invalid("This is more than one event can hold; use fewer places, slots or words.")


def key(record: Record) -> tuple[str, ...]:
    """What makes two records versions of the same one."""
    match record:
        case Letter():
            return ("Letter", record.event_id, record.person, record.kind, f"{record.sequence:06}")
        case Attendee() | SubEvent():
            return (type(record).__name__, record.event_id, record.id)
        case Event():
            return ("Event", record.id)


def packed(plan: Plan) -> bytes:
    """A plan as it is kept, before it is cut into chunks; the same plan always gives the same bytes."""
    return zlib.compress(msgspec.json.encode(plan))


def unpacked(data: bytes) -> Plan:
    """The plan again."""
    return _READS_PLANS.decode(zlib.decompress(data))
