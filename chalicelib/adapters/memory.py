"""Twins of the ports in memory: what tests use in place of the cloud."""

import contextlib
import enum
import hashlib
import operator
import threading
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from chalicelib.adapters import kept
from chalicelib.domain.attendee import Attendee, address_key
from chalicelib.domain.event import Event
from chalicelib.domain.letter import Letter, LetterKey
from chalicelib.domain.plan import Plan
from chalicelib.domain.ports import MINUTE, Quota, Record, Refused, Throttled
from chalicelib.domain.sub_event import SubEvent


class MemoryStore:
    """A Store in memory, not ready until `create` is called, as a table is.

    Records go through the encoding of the real store, so that what does not survive it shows here as well.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._ready = False
        self._records: dict[tuple[str, ...], Record] = {}
        self._addresses: dict[tuple[str, str], str] = {}
        self._plans: dict[tuple[str, str], bytes] = {}
        self._admitted: dict[tuple[str, int], set[str]] = {}
        self._leases: dict[str, tuple[str, datetime]] = {}

    def create(self) -> None:
        self._ready = True

    def commit(self, *records: Record, items: int = 0) -> tuple[Record, ...]:  # noqa: ARG002, it takes no time
        kept.check(records)
        addresses = {(one.event_id, address_key(one.email)): one.id for one in kept.newcomers(records)}
        after = tuple(kept.saved(one) for one in records)
        as_kept = {kept.key(one): _as_kept(one) for one in after}
        with self._open():
            if addresses.keys() & self._addresses.keys():
                raise kept.taken()
            for one in records:
                there = self._records.get(kept.key(one))
                if one.version != (there.version if there else 0):
                    raise kept.changed()
            self._addresses |= addresses
            self._records |= as_kept
        return after

    def event(self, event_id: str) -> Event:
        return self._one(Event, event_id)

    def attendee(self, event_id: str, attendee_id: str) -> Attendee:
        return self._one(Attendee, event_id, attendee_id)

    def attendee_at(self, event_id: str, address: str) -> Attendee | None:
        with self._open():
            holder = self._addresses.get((event_id, address_key(address)))
            return None if holder is None else self.attendee(event_id, holder)

    def at_the_door(self, event_id: str, address: str) -> tuple[Event, Attendee | None]:
        return self.event(event_id), self.attendee_at(event_id, address)

    def attendees(self, event_id: str, after: str = "") -> Iterator[Attendee]:
        return (one for one in self._all(Attendee, event_id) if one.id > after)

    def confirmed(self, event_id: str, most: int) -> int:
        return min(most, sum(one.counts for one in self._all(Attendee, event_id)))

    def naming(self, event_id: str, address: str) -> Iterator[Attendee]:
        return (one for one in self._all(Attendee, event_id) if kept.names(one, address))

    def sub_event(self, event_id: str, sub_event_id: str) -> SubEvent:
        return self._one(SubEvent, event_id, sub_event_id)

    def sub_events(self, event_id: str) -> Iterator[SubEvent]:
        return iter(self._all(SubEvent, event_id))

    def write_plan(self, event_id: str, name: str, plan: Plan) -> None:
        with self._open():
            self._plans[event_id, name] = kept.packed(plan)

    def plan(self, event_id: str, name: str) -> Plan:
        with self._open():
            data = self._plans.get((event_id, name))
        if data is None:
            raise kept.nothing_here()
        return kept.unpacked(data)

    def plans(self, event_id: str) -> frozenset[str]:
        with self._open():
            return frozenset(name for of_event, name in self._plans if of_event == event_id)

    def letter(self, key: LetterKey) -> Letter:
        return self._one(Letter, key.event_id, key.person, key.kind, f"{key.sequence:06}")

    def letters(self, event_id: str, person: str = "") -> Iterator[Letter]:
        found = (one for one in self._all(Letter, event_id) if person in {"", one.person})
        return (msgspec.structs.replace(one, message=b"") for one in found)

    def erase(self, attendee: Attendee, plans: Iterable[str]) -> None:
        with self._open():
            for name in plans:
                self._plans.pop((attendee.event_id, name), None)
            for letter in self.letters(attendee.event_id, attendee.id):
                del self._records[kept.key(letter)]
            there = self._records.get(kept.key(attendee))
            if there is None or there.version != attendee.version:
                raise kept.changed()
            del self._records[kept.key(attendee)]
            self._addresses.pop((attendee.event_id, address_key(attendee.email)), None)

    def due_events(self, until: datetime) -> Iterator[str]:
        return (one.id for one in self._due(Event, until))

    def due_letters(self, until: datetime) -> Iterator[LetterKey]:
        return (one.key for one in self._due(Letter, until))

    def admit(self, scope: str, token: str, most: int, now: datetime, window: timedelta = MINUTE) -> bool:
        with self._open():
            among = self._admitted.setdefault((scope, int(now.timestamp() // window.total_seconds())), set())
            if len(among) < most:
                among.add(token)
            return token in among

    def hold(self, lease: str, run: str, now: datetime, until: datetime) -> bool:
        with self._open():
            holder, its_end = self._leases.get(lease, (run, until))
            if holder != run and its_end > now:
                return False
            self._leases[lease] = (run, until)
            return True

    def release(self, lease: str, run: str) -> None:
        with self._open():
            if lease in self._leases and self._leases[lease][0] == run:
                del self._leases[lease]

    @contextlib.contextmanager
    def _open(self) -> Iterator[None]:
        with self._lock:
            if not self._ready:
                raise kept.no_table()
            yield

    def _one[R: Record](self, kind: type[R], *ids: str) -> R:
        with self._open():
            record = self._records.get((kind.__name__, *ids))
        if not isinstance(record, kind):
            raise kept.nothing_here()
        return record

    def _all[R: Record](self, kind: type[R], event_id: str) -> list[R]:
        with self._open():
            of_kind = [(key, one) for key, one in self._records.items() if isinstance(one, kind) and key[1] == event_id]
        return [one for _, one in sorted(of_kind, key=operator.itemgetter(0))]

    def _due[R: Event | Letter](self, kind: type[R], until: datetime) -> list[R]:
        with self._open():
            waiting = [
                (one.due, key, one)
                for key, one in self._records.items()
                if isinstance(one, kind) and one.due is not None and one.due <= until
            ]
        return [one for _, _, one in sorted(waiting, key=operator.itemgetter(0, 1))]


def _as_kept(record: Record) -> Record:
    again = kept.read(kept.written(record), type(record))
    return msgspec.structs.replace(again, message=record.message) if isinstance(record, Letter) else again


class Mail(msgspec.Struct, frozen=True):
    """One letter as the provider took it."""

    id: str
    sender: str
    recipient: str
    message: bytes
    tags: Mapping[str, str] = {}


class Fault(enum.Enum):
    """What may happen to a letter instead of being taken and acknowledged."""

    THROTTLED = "not taken for now"
    REFUSED = "not taken, for good"
    LOST = "not taken, and nobody can tell"
    ANSWER_LOST = "taken, and nobody can tell"


class MemoryMailer:
    """A Mailer that keeps what it takes in `sent`, and meets the faults it is told to meet.

    Args:
        rate: letters a second that it says it takes.
        left: letters that it says it takes in all; not enforced.
    """

    def __init__(self, rate: float = 14.0, left: int = 50_000) -> None:
        self.sent: list[Mail] = []
        self.attempts = 0
        self._rate = rate
        self._left = left
        self._faults: list[Fault] = []
        self._faults_of: dict[str, Fault] = {}
        self._lock = threading.Lock()

    def fail(self, fault: Fault, times: int = 1) -> None:
        """The next attempts meet this fault, after those that were announced before."""
        self._faults += [fault] * times

    def fail_for(self, recipient: str, fault: Fault | None) -> None:
        """Every attempt to this address meets this fault, until told None."""
        if fault is None:
            self._faults_of.pop(recipient, None)
        else:
            self._faults_of[recipient] = fault

    def send(self, sender: str, recipient: str, message: bytes, tags: Mapping[str, str] | None = None) -> str:
        with self._lock:
            self.attempts += 1
            fault = self._faults_of.get(recipient) or (self._faults.pop(0) if self._faults else None)
            if fault is Fault.THROTTLED:
                raise Throttled("Maximum sending rate exceeded.")
            if fault is Fault.REFUSED:
                raise Refused("Email address is not verified.")
            if fault is Fault.LOST:
                raise ConnectionError("The connection was closed before the letter went out.")
            mail = Mail(f"mail-{len(self.sent)}", sender, recipient, message, dict(tags or {}))
            self.sent.append(mail)
            if fault is Fault.ANSWER_LOST:
                raise ConnectionError("The connection was closed before the answer came.")
            return mail.id

    def quota(self) -> Quota:
        return Quota(self._rate, max(0, self._left - len(self.sent)))


class MemoryJobs:
    """Jobs that start nothing and keep what they were asked in `matches` and `sends`."""

    def __init__(self) -> None:
        self.matches: list[tuple[str, str]] = []
        self.sends = 0

    def match(self, event_id: str, run: str) -> None:
        self.matches.append((event_id, run))

    def send(self) -> None:
        self.sends += 1


class MemorySecrets:
    """Secrets whose key, once made, is always the same one."""

    def __init__(self) -> None:
        self._key: bytes | None = None

    def create_link_key(self) -> None:
        self._key = hashlib.sha256(b"a key for tests").digest()

    def link_key(self) -> bytes:
        if self._key is None:
            raise kept.no_table()
        return self._key


class MemoryClock:
    """A Clock that stands still; sleeping moves it on and takes no time."""

    def __init__(self, now: datetime = datetime(2027, 1, 4, 9, tzinfo=UTC)) -> None:
        self._now = now
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        self.advance(timedelta(seconds=seconds))

    def advance(self, by: timedelta) -> None:
        """Move on."""
        with self._lock:
            self._now += by

    def set(self, now: datetime) -> None:
        """Show that instant."""
        self._now = now
