"""The Store on DynamoDB: one table, one index, and conditions instead of locks.

| what              | pk                      | sk                            | besides the keys                      |
|-------------------|-------------------------|-------------------------------|---------------------------------------|
| event             | event#ID                | event                         | record, version, commit; work, due    |
| attendee          | event#ID                | attendee#ID                   | record, version, commit; state        |
| address           | event#ID                | address#FINGERPRINT           | holder (an attendee's id), commit     |
| sub-event         | event#ID                | subevent#ID                   | record, version, commit               |
| plan, cut up      | event#ID                | plan#NAME#NUMBER              | chunk; the last one also chunks       |
| letter            | outbox#EVENT            | PERSON#KIND#SEQUENCE          | as event, and message                 |
| lease             | lease#NAME              | lease                         | run, until, expires                   |
| admission limit   | limit#FINGERPRINT#NUMBER| limit                         | tokens, expires                       |
| nothing           | nothing#COMMIT          | a number                      | commit, expires                       |

Letters and leases have partitions of their own, so that the sender's policy can name them by their leading keys.
Nothing is deleted here but by its own expiry and, for a person who wishes so, by `erase`.

`record` is the whole record (see kept.py); `version`, `state`, `work` and `due` repeat what conditions, counts and
the index need; the state of somebody who confirmed and whom no letter reaches is `unreachable`.
`commit` is a random token of the commit that wrote the item: a client that lost the answer and asks again finds
its own token and is told yes, not that somebody else was faster.

`work` and `due` are there only while something falls due, so the index over them holds nothing but work. `work`
is a kind and one of 16 shards, so that no part of the index takes all the load.
"""

import functools
import hashlib
import heapq
import itertools
import random
import secrets
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NotConnectedError
from pynamodb.attributes import (
    BinaryAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.exceptions import DoesNotExist, GetError, PynamoDBException, TransactWriteError
from pynamodb.expressions.condition import Condition, size
from pynamodb.expressions.update import Action
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model
from pynamodb.pagination import ResultIterator
from pynamodb.transactions import TransactWrite

from chalicelib.adapters import kept
from chalicelib.adapters.table import INDEX, Table
from chalicelib.domain.attendee import Attendee, AttendeeState, address_key
from chalicelib.domain.errors import NotFound
from chalicelib.domain.event import Event
from chalicelib.domain.letter import Kind, Letter, LetterKey
from chalicelib.domain.plan import Plan
from chalicelib.domain.ports import MINUTE, Record
from chalicelib.domain.sub_event import SubEvent

type Json = dict[str, Any]
type Act = Callable[[TransactWrite], None]

CONNECT = 1.0
READ = 3.0
"""Seconds that one attempt may take; no attempt begins that could outlast the whole call's limit."""

SHARDS = 16
ASKED_TOGETHER = 8
CHUNK = 350_000
"""Bytes of a plan in one item, which may have 400 KB with its keys."""

LONGEST_PK = 2048
LONGEST_SK = 1024
"""Bytes of a key that DynamoDB takes."""

LITTER = timedelta(hours=1)
"""How long after its use an item lies about before it expires; nothing depends on when it really goes."""

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

PASSING = {
    "InternalFailure",
    "InternalServerError",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "Throttling",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
    "500",
    "502",
    "503",
    "504",
}
"""Codes of errors that another attempt may not meet."""

PASSING_REASONS = {"ProvisionedThroughputExceeded", "ThrottlingError", "TransactionConflict"}
"""The same within a cancelled transaction."""


class _Work(GlobalSecondaryIndex["Row"]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = INDEX
        projection = KeysOnlyProjection

    work = UnicodeAttribute(hash_key=True)
    due = UTCDateTimeAttribute(range_key=True)


class Row(Model):
    """One item; see the table above for which has what."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    record = UnicodeAttribute(null=True)
    message = BinaryAttribute(null=True, legacy_encoding=False)
    version = NumberAttribute(null=True)
    state = UnicodeAttribute(null=True)
    commit = UnicodeAttribute(null=True)
    holder = UnicodeAttribute(null=True)
    chunk = BinaryAttribute(null=True, legacy_encoding=False)
    chunks = NumberAttribute(null=True)
    run = UnicodeAttribute(null=True)
    until = UTCDateTimeAttribute(null=True)
    tokens = UnicodeSetAttribute(null=True)
    expires = TTLAttribute(null=True)
    work = UnicodeAttribute(null=True)
    due = UTCDateTimeAttribute(null=True)
    index = _Work()


class DynamoStore:
    """The Store in the table of that name; where DynamoDB is, boto3's own environment says.

    Args:
        table_name: the table; `create` makes it.
        patience: seconds after which a call, all its attempts included, ends in NotReady.
    """

    def __init__(self, table_name: str, patience: float = 8.0) -> None:
        self._table_name = table_name
        self._patience = patience
        self._row = _rows_of(table_name)
        self._table = self._row._get_connection()  # noqa: SLF001 so that all share one client
        self._connection = self._table.connection
        # Left to itself botocore says at length what it is and runs on, and puts that together anew for each call.
        self._connection.session.set_default_client_config(Config(user_agent="Covey"))

    def create(self) -> None:
        Table(self._table_name).create()

    def commit(self, *records: Record, items: int = 0) -> tuple[Record, ...]:
        kept.check(records)
        token = secrets.token_hex(16)
        after = tuple(kept.saved(one) for one in records)
        puts = [
            (self._row_of(now, token), _unchanged(was.version, token)) for was, now in zip(records, after, strict=True)
        ]
        puts += [(self._address_of(one, token), _unchanged(0, token)) for one in kept.newcomers(records)]
        puts += [(self._nothing(token, number), _unchanged(0, token)) for number in range(len(puts), items)]
        if len(puts) == 1:
            row, condition = puts[0]
            if not self._if(lambda: row.save(condition)):
                raise kept.changed()
        elif puts:
            failed = self._transacted([_saving(row, condition) for row, condition in puts], token)
            if any(number >= len(records) for number in failed):
                raise kept.taken()
            if failed:
                raise kept.changed()
        return after

    def event(self, event_id: str) -> Event:
        return self._record(Event, f"event#{event_id}", "event")

    def attendee(self, event_id: str, attendee_id: str) -> Attendee:
        return self._record(Attendee, f"event#{event_id}", f"attendee#{attendee_id}")

    def attendee_at(self, event_id: str, address: str) -> Attendee | None:
        held = self._get(f"event#{event_id}", f"address#{address_key(address)}")
        if held is None:
            return None
        try:
            return self.attendee(event_id, held.holder)
        except NotFound:
            return None  # They were erased just now, and their address with them.

    def at_the_door(self, event_id: str, address: str) -> tuple[Event, Attendee | None]:
        pk = f"event#{event_id}"
        event, held = self._get_both(pk, "event", f"address#{address_key(address)}")
        if event is None:
            raise kept.nothing_here()
        # Somebody is looked for either way, so that the time it takes tells nothing about the address.
        found = self._get(pk, f"attendee#{'nobody' if held is None else held.holder}")
        attendee = None if found is None else kept.read(found.record, Attendee)
        return kept.read(event.record, Event), attendee

    def attendees(self, event_id: str, after: str = "") -> Iterator[Attendee]:
        pk, start = f"event#{event_id}", f"attendee#{after}"
        if not after or not _fits(pk, start):
            return (one for one in self._records(Attendee, pk, "attendee#") if one.id > after)
        # "$" is the character behind "#"; what is asked for reaches from the id itself to the last attendee.
        rows = self._pages(self._row.query(pk, Row.sk.between(start, "attendee$"), consistent_read=True))
        return (kept.read(row.record, Attendee) for row in rows if row.sk > start)

    def confirmed(self, event_id: str, most: int) -> int:
        counted = 0
        after: Json | None = None
        while counted < most:
            page = self._asked(functools.partial(self._confirmed_after, event_id, after))
            counted, after = counted + page["Count"], page.get("LastEvaluatedKey")
            if after is None:
                break
        return min(counted, most)

    def naming(self, event_id: str, address: str) -> Iterator[Attendee]:
        # Few people name anybody, so most of them need not come all the way to be looked at.
        some = Row.record.contains('"friends":[{')
        named = self._records(Attendee, f"event#{event_id}", "attendee#", some)
        return (one for one in named if kept.names(one, address))

    def sub_event(self, event_id: str, sub_event_id: str) -> SubEvent:
        return self._record(SubEvent, f"event#{event_id}", f"subevent#{sub_event_id}")

    def sub_events(self, event_id: str) -> Iterator[SubEvent]:
        return self._records(SubEvent, f"event#{event_id}", "subevent#")

    def write_plan(self, event_id: str, name: str, plan: Plan) -> None:
        data = kept.packed(plan)
        chunks = [data[start : start + CHUNK] for start in range(0, len(data), CHUNK)]
        for number, chunk in enumerate(chunks):
            row = self._row(f"event#{event_id}", f"plan#{name}#{number:04}", chunk=chunk)
            if number == len(chunks) - 1:
                row.chunks = len(chunks)
            self._asked(row.save)

    def plan(self, event_id: str, name: str) -> Plan:
        rows = list(self._rows(f"event#{event_id}", f"plan#{name}#"))
        if not rows or rows[-1].chunks != len(rows):
            raise kept.nothing_here()
        return kept.unpacked(b"".join(row.chunk for row in rows))

    def plans(self, event_id: str) -> frozenset[str]:
        return frozenset(row.sk.split("#")[1] for row in self._rows(f"event#{event_id}", "plan#", ["sk"]))

    def letter(self, key: LetterKey) -> Letter:
        row = self._get(*_keys_of_letter(key))
        if row is None:
            raise kept.nothing_here()
        return msgspec.structs.replace(kept.read(row.record, Letter), message=row.message or b"")

    def letters(self, event_id: str, person: str = "") -> Iterator[Letter]:
        return self._records(Letter, f"outbox#{event_id}", f"{person}#" if person else "")

    def erase(self, attendee: Attendee, plans: Iterable[str]) -> None:
        event, keys = f"event#{attendee.event_id}", ["pk", "sk"]
        for name in plans:
            self._delete(self._rows(event, f"plan#{name}#", keys))
        self._delete(self._rows(f"outbox#{attendee.event_id}", f"{attendee.id}#", keys))
        token = secrets.token_hex(16)
        person, address = self._row(*_keys_of(attendee)), self._address_of(attendee, token)
        last = [
            _deleting(person, Row.version == attendee.version),
            _deleting(address, Row.pk.does_not_exist() | (Row.holder == attendee.id)),
        ]
        if self._transacted(last, token):
            raise kept.changed()

    def due_events(self, until: datetime) -> Iterator[str]:
        for row in self._due("event", until):
            yield row.pk.removeprefix("event#")

    def due_letters(self, until: datetime) -> Iterator[LetterKey]:
        for row in self._due("letter", until):
            person, kind, sequence = row.sk.rsplit("#", 2)
            yield LetterKey(row.pk.removeprefix("outbox#"), person, Kind(kind), int(sequence))

    def admit(self, scope: str, token: str, most: int, now: datetime, window: timedelta = MINUTE) -> bool:
        number = int(now.timestamp() // window.total_seconds())
        short = _fingerprint(token)[:12]
        keys = f"limit#{_fingerprint(scope)}#{number}", "limit"
        actions: list[Action] = [Row.tokens.add({short}), Row.expires.set(now + window + LITTER)]
        fewer: Condition = size(Row.tokens) < most  # type: ignore[no-untyped-call]
        room = Row.tokens.does_not_exist() | fewer | Row.tokens.contains(short)
        # Not by the model, which has the item sent back: all tokens of the minute, with every call.
        return most > 0 and self._if(lambda: self._table.update_item(*keys, actions=actions, condition=room))

    def hold(self, lease: str, run: str, now: datetime, until: datetime) -> bool:
        row = self._row(f"lease#{lease}", "lease", run=run, until=until, expires=until + LITTER)
        return self._if(lambda: row.save(Row.pk.does_not_exist() | (Row.run == run) | (Row.until <= now)))

    def release(self, lease: str, run: str) -> None:
        row = self._row(f"lease#{lease}", "lease", run="", until=LONG_AGO, expires=timedelta())
        self._if(lambda: row.save(Row.run == run))

    def _row_of(self, record: Record, commit: str) -> Row:
        row = self._row(*_keys_of(record), record=kept.written(record), version=record.version, commit=commit)
        if isinstance(record, Letter) and record.message:
            row.message = record.message
        if isinstance(record, Attendee):
            lost = record.state is AttendeeState.CONFIRMED and not record.counts
            row.state = "unreachable" if lost else record.state.value
        if isinstance(record, Event | Letter) and record.due is not None:
            kind = "event" if isinstance(record, Event) else "letter"
            row.work = f"{kind}#{zlib.crc32(f'{row.pk}#{row.sk}'.encode()) % SHARDS}"
            row.due = record.due
        return row

    def _address_of(self, attendee: Attendee, commit: str) -> Row:
        sk = f"address#{address_key(attendee.email)}"
        return self._row(f"event#{attendee.event_id}", sk, holder=attendee.id, commit=commit)

    def _nothing(self, commit: str, number: int) -> Row:
        """An item that only takes its time to write."""
        return self._row(f"nothing#{commit}", str(number), commit=commit, expires=timedelta())

    def _delete(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self._asked(self._row(row.pk, row.sk).delete)

    def _transacted(self, acts: list[Act], token: str) -> list[int]:
        """Do all or none; returns the numbers of those whose condition did not hold."""

        def attempt() -> list[int]:
            try:
                with TransactWrite(connection=self._connection, client_request_token=token) as transaction:
                    for act in acts:
                        act(transaction)
            except TransactWriteError as error:
                reasons = enumerate(error.cancellation_reasons)
                failed = [number for number, why in reasons if why and why.code == "ConditionalCheckFailed"]
                if failed:
                    return failed
                raise
            return []

        return self._asked(attempt)

    def _record[R: Record](self, kind: type[R], pk: str, sk: str) -> R:
        row = self._get(pk, sk)
        if row is None:
            raise kept.nothing_here()
        return kept.read(row.record, kind)

    def _records[R: Record](self, kind: type[R], pk: str, start: str, only_if: Condition | None = None) -> Iterator[R]:
        return (kept.read(row.record, kind) for row in self._rows(pk, start, ["record"], only_if))

    def _get(self, pk: str, sk: str) -> Row | None:
        if not _fits(pk, sk):
            return None
        try:
            return self._asked(lambda: self._row.get(pk, sk, consistent_read=True))
        except DoesNotExist:
            return None

    def _get_both(self, pk: str, *sks: str) -> list[Row | None]:
        """The items of one partition with these two keys, in one call."""
        if not all(_fits(pk, sk) for sk in sks):
            return [None for _ in sks]
        found = {row.sk: row for row in self._asked(lambda: self._batch([(pk, sk) for sk in sks]))}
        return [found.get(sk) for sk in sks]

    def _batch(self, keys: list[tuple[str, str]]) -> list[Row]:
        asked: list[Any] = [{"pk": pk, "sk": sk} for pk, sk in keys]
        answer = self._table.batch_get_item(asked, consistent_read=True)
        if answer["UnprocessedKeys"]:
            raise GetError("half an answer", ClientError({"Error": {"Code": "Throttling"}}, "BatchGetItem"))
        return [self._row.from_raw_data(item) for item in answer["Responses"][self._table_name]]

    def _rows(
        self, pk: str, start: str, only: list[str] | None = None, only_if: Condition | None = None
    ) -> Iterator[Row]:
        condition = Row.sk.startswith(start) if start else None
        return self._pages(self._row.query(pk, condition, only_if, consistent_read=True, attributes_to_get=only))

    def _confirmed_after(self, event_id: str, after: Json | None) -> Json:
        """One page of the count; it carries no items."""
        page: Json = self._table.query(
            f"event#{event_id}",
            Row.sk.startswith("attendee#"),
            Row.state == AttendeeState.CONFIRMED,
            consistent_read=True,
            exclusive_start_key=after,
            select="COUNT",
        )
        return page

    def _due(self, kind: Literal["event", "letter"], until: datetime) -> Iterator[Row]:
        _ = self._connection.client  # made here, or each of the threads would make its own
        parts = [self._pages(self._row.index.query(f"{kind}#{n}", Row.due <= until)) for n in range(SHARDS)]
        # Nearly always each part is one short page, and most of its time is the way there and back.
        with ThreadPoolExecutor(ASKED_TOGETHER) as pool:
            firsts = pool.map(lambda part: next(part, None), parts)
            begun = [itertools.chain([first], rest) for first, rest in zip(firsts, parts, strict=True) if first]
        return heapq.merge(*begun, key=lambda row: row.due)

    def _pages(self, rows: ResultIterator[Row]) -> Iterator[Row]:
        """The rows to the last page; a page that was not answered is asked for again."""
        while (row := self._asked(lambda: next(rows, None))) is not None:
            yield row

    def _if(self, write: Callable[[], object]) -> bool:
        """Whether the write's condition held, so that it was done."""
        try:
            self._asked(write)
        except PynamoDBException as error:
            if _code(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def _asked[T](self, ask: Callable[[], T]) -> T:
        """The answer, asked for again with full jitter while errors may pass and the time limit lets another fit in.

        Every request here may be repeated: a write that was done already finds its token, or itself, and is done.
        """
        end = time.monotonic() + self._patience
        pause = 0.05
        while True:
            try:
                return ask()
            except PynamoDBException as error:
                if _code(error) == "ResourceNotFoundException":
                    raise kept.no_table() from error
                if not _passes(error):
                    raise
                wait = random.uniform(0, pause)
                if time.monotonic() + wait + CONNECT + READ > end:
                    raise kept.busy() from error
                time.sleep(wait)
                pause = min(1.0, 2 * pause)


def _saving(row: Row, condition: Condition) -> Act:
    return lambda transaction: transaction.save(row, condition)


def _deleting(row: Row, condition: Condition) -> Act:
    return lambda transaction: transaction.delete(row, condition)


def _rows_of(name: str) -> type[Row]:
    class BoundRow(Row):
        class Meta:
            table_name = name
            connect_timeout_seconds = CONNECT
            read_timeout_seconds = READ
            max_retry_attempts = 0  # DynamoStore._asked does it, within its time limit
            max_pool_connections = 32

    return BoundRow


def _keys_of(record: Record) -> tuple[str, str]:
    match record:
        case Event():
            return f"event#{record.id}", "event"
        case Attendee():
            return f"event#{record.event_id}", f"attendee#{record.id}"
        case SubEvent():
            return f"event#{record.event_id}", f"subevent#{record.id}"
        case Letter():
            return _keys_of_letter(record.key)


def _keys_of_letter(key: LetterKey) -> tuple[str, str]:
    return f"outbox#{key.event_id}", f"{key.person}#{key.kind}#{key.sequence:06}"


def _unchanged(version: int, commit: str) -> Condition:
    """Whether the item is as the record of that version was read, or as this very commit left it."""
    as_read = Row.version == version if version else Row.pk.does_not_exist()
    condition: Condition = as_read | (Row.commit == commit)
    return condition


def _passes(error: PynamoDBException) -> bool:
    """Whether another attempt may go better."""
    if isinstance(error, TransactWriteError) and _code(error) == "TransactionCanceledException":
        return {why.code for why in error.cancellation_reasons if why} <= PASSING_REASONS
    return isinstance(error.cause, NotConnectedError | HTTPClientError) or _code(error) in PASSING


def _code(error: PynamoDBException) -> str:
    # error.cause_response_code breaks on a lost connection, whose cause has a response that is None.
    return error.cause.response["Error"].get("Code", "") if isinstance(error.cause, ClientError) else ""


def _fits(pk: str, sk: str) -> bool:
    """Whether there can be an item of these keys; they may come from an address that somebody typed."""
    return len(pk.encode(errors="replace")) <= LONGEST_PK and len(sk.encode(errors="replace")) <= LONGEST_SK


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
