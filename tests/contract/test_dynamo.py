"""What only the real store can get wrong: lost answers, busy tables, half a plan, half a table."""

import secrets
import threading
import time

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError, ReadTimeoutError
from msgspec.structs import replace
from pynamodb.exceptions import PynamoDBException

from chalicelib.adapters import dynamo as adapter
from chalicelib.adapters import table as table_module
from chalicelib.adapters.dynamo import DynamoStore
from chalicelib.domain.attendee import AttendeeState, address_key
from chalicelib.domain.errors import AddressTaken, NotFound, NotReady, Stale
from chalicelib.domain.letter import Kind, LetterKey
from tests.contract import records
from tests.contract.records import MINUTE, NOW

pytestmark = pytest.mark.engine

URL = "http://dynamodb.invalid"
LOST = [
    ConnectionClosedError(endpoint_url=URL),
    ReadTimeoutError(endpoint_url=URL),
    ClientError({"Error": {"Code": "InternalServerError", "Message": "?"}}, "PutItem"),
    ClientError({"Error": {"Code": "503", "Message": "?"}}, "PutItem"),
]


def refusal(code, operation="PutItem"):
    return ClientError({"Error": {"Code": code, "Message": "not now"}}, operation)


class Line:
    """The line to DynamoDB, between the store's client and the network, and what goes wrong on it."""

    def __init__(self, store):
        self.client = store._connection.client
        self.through = self.client._make_api_call
        self.client._make_api_call = self.call
        self.calls = []
        self.before = []
        self.after = []
        self.lock = threading.Lock()

    def call(self, operation, arguments):
        with self.lock:
            self.calls.append(operation)
            before = self.before.pop(0) if self.before else None
            after = self.after.pop(0) if self.after else None
        if before is not None:
            raise before
        answer = self.through(operation, arguments)
        if after is not None:
            raise after
        return answer


@pytest.fixture
def line(dynamo):
    """The line of the store named dynamo."""
    return Line(dynamo)


@pytest.fixture
def client(table):
    """Somebody else's access to the same engine."""
    return boto3.client("dynamodb")


@pytest.mark.parametrize("loss", LOST, ids=lambda loss: type(loss).__name__)
@pytest.mark.parametrize("new", [[records.event()], [records.attendee()], [records.sub_event(), records.letter()]])
def test_a_commit_whose_answer_was_lost_is_done_once(dynamo, line, loss, new):
    """The client asks again, finds its own commit, and is told that it succeeded."""
    line.after = [loss]
    saved = dynamo.commit(*new)
    assert len(line.calls) == 2
    assert {one.version for one in saved} == {1}
    line.after = [loss, loss]
    again = dynamo.commit(*saved)
    assert {one.version for one in again} == {2}
    assert len(list(dynamo.attendees("e"))) + len(list(dynamo.letters("e"))) <= 1


def test_a_sign_up_whose_answer_was_lost_holds_its_own_address(dynamo, line):
    """It is not told that somebody else took it."""
    line.after = [LOST[0], LOST[1]]
    (saved,) = dynamo.commit(records.attendee())
    assert dynamo.attendee_at("e", "a@example.org") == saved
    with pytest.raises(AddressTaken):
        dynamo.commit(records.attendee("b", email="a@example.org"))


def overtaken(line, by):
    """Lose the next answer, and let somebody else go first before it is asked for again."""

    def call(operation, arguments):
        line.through(operation, arguments)
        line.client._make_api_call = line.through
        by()
        raise LOST[0]

    line.client._make_api_call = call


def test_a_commit_that_was_lost_and_overtaken_is_stale(dynamo, line):
    """Its caller reads again and finds both changes in order."""
    (event,) = dynamo.commit(records.event())
    overtaken(line, lambda: dynamo.commit(replace(dynamo.event("e"), run="the other")))
    with pytest.raises(Stale):
        dynamo.commit(replace(event, run="mine"))
    assert (dynamo.event("e").version, dynamo.event("e").run) == (3, "the other")


def test_a_commit_of_several_that_was_lost_and_overtaken_is_done(dynamo, line):
    """DynamoDB itself remembers a transaction for ten minutes, so a newcomer is not told that they are taken."""
    overtaken(line, lambda: dynamo.commit(replace(dynamo.attendee("e", "a"), links_sent=1)))
    assert dynamo.commit(records.attendee()) == (replace(records.attendee(), version=1),)
    assert (dynamo.attendee("e", "a").version, dynamo.attendee("e", "a").links_sent) == (2, 1)


def test_admission_and_leases_survive_lost_answers(dynamo, line):
    """Asking again takes no second place, and does not lose the lease to oneself."""
    line.after = [LOST[0]]
    assert dynamo.admit("s", "a", 2, NOW)
    line.after = [LOST[1]]
    assert dynamo.admit("s", "b", 2, NOW)
    assert not dynamo.admit("s", "c", 2, NOW)
    line.after = [LOST[0]]
    assert dynamo.hold("l", "r", NOW, NOW + MINUTE)
    line.after = [LOST[0]]
    dynamo.release("l", "r")
    assert dynamo.hold("l", "other", NOW, NOW + MINUTE)


@pytest.mark.parametrize(
    "trouble",
    [
        refusal("ProvisionedThroughputExceededException"),
        refusal("ThrottlingException"),
        refusal("RequestLimitExceeded"),
        refusal("TransactionConflictException"),
        refusal("InternalServerError"),
        EndpointConnectionError(endpoint_url=URL),
    ],
    ids=str,
)
def test_trouble_that_passes_is_not_noticed(dynamo, line, trouble):
    """Throttling, conflicts and lost connections are met with another attempt, in reads and in writes."""
    line.before = [trouble] * 3
    dynamo.commit(records.event(due=NOW))
    line.before = [trouble] * 3
    assert dynamo.event("e").id == "e"
    line.before = [trouble] * 3
    assert list(dynamo.due_events(NOW)) == ["e"]
    line.before = [trouble] * 3
    dynamo.write_plan("e", "p", records.plan())
    assert dynamo.plan("e", "p") == records.plan()
    dynamo.commit(replace(records.attendee(), state=AttendeeState.CONFIRMED))
    line.before = [trouble] * 3
    assert dynamo.confirmed("e", 9) == 1


def test_the_door_and_a_commit_take_the_same_calls_whoever_comes(dynamo, line):
    """Of the same kind, in the same order, with as many items; known, new, or with nothing to save."""
    (event, person) = dynamo.commit(records.event(), records.attendee())
    seen = []
    through, line.through = line.through, lambda *asked: seen.append(weighed(*asked)) or through(*asked)
    for address, kept in (
        (person.email, [replace(person, links_sent=1), records.letter()]),
        (person.email, [replace(person, links_sent=2, version=2)]),
        ("x@example.org", [records.attendee("x", email="x@example.org"), records.letter("x")]),
        ("y@example.org", []),
    ):
        assert dynamo.at_the_door("e", address)[0] == event
        dynamo.commit(*kept, items=3)
    assert seen == [("BatchGetItem", 2), ("GetItem", 1), ("TransactWriteItems", 3)] * 4


def weighed(operation, arguments):
    """A call, and how many items it is about."""
    batch = arguments.get("RequestItems", {"": {"Keys": [0]}})
    return operation, len(arguments.get("TransactItems") or next(iter(batch.values()))["Keys"])


def test_half_an_answer_is_asked_for_again(dynamo, line):
    """A busy table may answer for some of the keys only."""
    (event, person) = dynamo.commit(records.event(), records.attendee())
    halves = [{"Responses": {}, "UnprocessedKeys": {"covey": {}}}] * 2
    through, line.through = line.through, lambda *asked: halves.pop() if halves else through(*asked)
    assert dynamo.at_the_door("e", person.email) == (event, person)
    assert line.calls[-4:] == ["BatchGetItem"] * 3 + ["GetItem"]


def test_a_count_brings_nobodys_answers_and_ends_with_the_page_that_is_enough(dynamo, line):
    """Hundreds of people with long goals are counted in a few bytes, and no further than was asked."""
    words = replace(records.attendee().answers, goal="g" * 4000)
    people = [replace(records.attendee(f"p{n:03}"), state=AttendeeState.CONFIRMED, answers=words) for n in range(360)]
    for start in range(0, 360, 45):
        dynamo.commit(*people[start : start + 45])
    answers = []
    through, line.through = line.through, lambda *asked: answers.append(through(*asked)) or answers[-1]
    assert dynamo.confirmed("e", 360) == 360
    whole = len(answers)
    assert whole > 1
    assert dynamo.confirmed("e", 9) == 9
    assert len(answers) == whole + 1
    assert not any("Items" in one for one in answers)


def test_a_cancelled_transaction_is_tried_again_when_only_others_were_in_the_way(dynamo, line):
    """A conflict says nothing about the records."""
    conflict = refusal("TransactionCanceledException", "TransactWriteItems")
    conflict.response["CancellationReasons"] = [{"Code": "None"}, {"Code": "TransactionConflict", "Message": "?"}]
    line.before = [conflict, conflict]
    dynamo.commit(records.attendee())
    assert line.calls == ["TransactWriteItems"] * 3


def test_an_attendee_beside_a_taken_address_is_told_of_the_address(dynamo, line):
    """Of several reasons, the one that the person can do something about."""
    dynamo.commit(records.attendee(), records.event())
    with pytest.raises(AddressTaken):
        dynamo.commit(records.attendee(), records.event())
    assert line.calls[-1:] == ["TransactWriteItems"]


@pytest.mark.parametrize("trouble", [refusal("ThrottlingException"), LOST[0]], ids=["throttled", "lost"])
def test_a_busy_table_is_given_up_on_in_time(table, trouble):
    """The caller gets one sentence before it would be cut off itself."""
    store = DynamoStore(table, patience=adapter.CONNECT + adapter.READ + 0.5)
    store.create()
    line = Line(store)
    line.before = [trouble] * 1000
    began = time.monotonic()
    with pytest.raises(NotReady, match="busy"):
        store.commit(records.event())
    assert time.monotonic() - began < 1
    assert len(line.calls) > 2


def test_a_mistake_of_ours_is_not_tried_again(dynamo, line):
    """What would fail again fails at once, with its own name."""
    line.before = [refusal("AccessDeniedException")]
    with pytest.raises(Exception, match="AccessDenied"):
        dynamo.commit(records.event())
    assert len(line.calls) == 1


@pytest.mark.slow
def test_of_sign_ups_in_a_storm_each_accepted_one_is_stored_once(table, at_once):
    """A third of the calls are throttled, and a tenth of the answers are lost."""
    store = DynamoStore(table)
    store.create()
    line, count = Line(store), iter(range(10**6))

    def stormy(operation, arguments):
        number = next(count)
        if number % 3 == 0:
            raise refusal("ProvisionedThroughputExceededException", operation)
        answer = line.through(operation, arguments)
        if number % 10 == 1:
            raise LOST[number % 2]
        return answer

    line.client._make_api_call = stormy
    people = [records.attendee(f"p{n:03}", email=f"p{n % 80}@example.org") for n in range(100)]
    outcomes = [one for start in range(0, 100, 20) for one in at_once(store.commit, people[start : start + 20])]
    line.client._make_api_call = line.through
    accepted = [one[0] for one in outcomes if isinstance(one, tuple)]
    assert [type(one) for one in outcomes if not isinstance(one, tuple)] == [AddressTaken] * 20
    assert sorted(accepted, key=lambda one: one.id) == list(store.attendees("e"))
    assert len({one.email for one in accepted}) == 80


def kept(client, table):
    """The keys of everything in the table."""
    return {(item["pk"]["S"], item["sk"]["S"]) for item in client.scan(TableName=table)["Items"]}


def erasable(dynamo):
    """A person, a, with three letters, two old plans that may name them, and another person with a letter."""
    person, other = dynamo.commit(records.attendee(), records.attendee("b"))
    dynamo.commit(*[records.letter("a", kind=kind) for kind in (Kind.CONFIRM, Kind.SEAT, Kind.CANCELLED)])
    dynamo.commit(records.letter("b"))
    for name in ("old", "older"):
        dynamo.write_plan("e", name, records.plan())
    return person, other


@pytest.mark.parametrize("done", [False, True])
def test_an_erasure_that_ends_at_any_call_is_finished_by_doing_it_again(dynamo, line, client, table, done):
    """Whether that call came through or not; the person's own record goes last, so that they can press again."""
    call, died = 0, True
    while died:
        person, other = erasable(dynamo)
        end = [None] * call + [refusal("AccessDeniedException")]
        line.before, line.after = ([], end) if done else (end, [])
        try:
            dynamo.erase(person, ["old", "older"])
            died = False
        except PynamoDBException:
            died = True
        line.before, line.after = [], []
        if ("event#e", f"attendee#{person.id}") in kept(client, table):
            assert dynamo.attendee_at("e", person.email) == person
            dynamo.erase(person, ["old", "older"])
        assert kept(client, table) == {
            ("event#e", "attendee#b"),
            ("event#e", f"address#{address_key(other.email)}"),
            ("outbox#e", "b#seat#000000"),
        }
        dynamo.erase(other, ())
        call += 1
    assert call > 6


def test_an_erasure_whose_last_answer_was_lost_is_done(dynamo, line):
    """It is told yes when it asks again."""
    person, _ = erasable(dynamo)
    line.after = [None] * 3 + [LOST[0]]
    dynamo.erase(person, ())
    assert line.calls.count("TransactWriteItems") >= 1
    assert dynamo.attendee_at("e", person.email) is None


def test_somebody_erased_between_two_reads_is_nobody(dynamo, line):
    """The address was still held when it was asked for, and its holder gone right after."""
    person, _ = erasable(dynamo)
    through, reads = line.through, []

    def meanwhile(operation, arguments):
        if operation == "GetItem" and arguments["Key"]["sk"]["S"].startswith("attendee#") and not reads:
            reads.append(operation)
            dynamo.erase(person, ())
        return through(operation, arguments)

    line.through = meanwhile
    assert dynamo.attendee_at("e", person.email) is None
    assert reads


def test_a_plan_larger_than_an_item_lies_in_several(dynamo, client, table):
    """Each below the limit, and the last says how many there are."""
    plan = records.plan(3000)
    plan = replace(plan, groups=tuple(replace(one, subtitle=secrets.token_hex(1500)) for one in plan.groups))
    dynamo.write_plan("e", "run", plan)
    rows = client.query(
        TableName=table,
        KeyConditionExpression="pk = :pk and begins_with(sk, :sk)",
        ExpressionAttributeValues={":pk": {"S": "event#e"}, ":sk": {"S": "plan#run#"}},
    )["Items"]
    assert len(rows) > 1
    assert [row.get("chunks", {}).get("N") for row in rows] == [None] * (len(rows) - 1) + [str(len(rows))]
    assert dynamo.plan("e", "run") == plan


@pytest.mark.parametrize("written", [0, 1, 2])
def test_half_a_plan_is_no_plan(dynamo, line, written):
    """A writer that died on the way leaves nothing that anybody could take for a plan."""
    plan = records.plan(3000)
    plan = replace(plan, groups=tuple(replace(one, subtitle=secrets.token_hex(1500)) for one in plan.groups))
    line.before = [None] * written + [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        dynamo.write_plan("e", "run", plan)
    with pytest.raises(NotFound):
        dynamo.plan("e", "run")
    dynamo.write_plan("e", "run", plan)
    assert dynamo.plan("e", "run") == plan


def test_a_plan_that_lost_a_middle_part_is_no_plan(dynamo, client, table, monkeypatch):
    """Its parts are counted."""
    monkeypatch.setattr(adapter, "CHUNK", 200)
    dynamo.write_plan("e", "run", records.plan(60))
    client.delete_item(TableName=table, Key={"pk": {"S": "event#e"}, "sk": {"S": "plan#run#0001"}})
    with pytest.raises(NotFound):
        dynamo.plan("e", "run")


def test_the_index_holds_nothing_but_work(dynamo, client, table):
    """Whatever is done with leaves it, and it repeats no words."""
    event, letter, *_ = dynamo.commit(records.event(due=NOW), records.letter(), records.sub_event(), records.attendee())
    rows = client.scan(TableName=table, IndexName="work")["Items"]
    assert {frozenset(row) for row in rows} == {frozenset({"pk", "sk", "work", "due"})}
    assert len(rows) == 2
    dynamo.commit(replace(event, due=None), replace(letter, due=None))
    assert client.scan(TableName=table, IndexName="work")["Count"] == 0


def test_letters_and_leases_lie_apart_from_all_else(dynamo, client, table):
    """So that the sender's policy can name what it may write by the start of its keys."""
    dynamo.commit(records.event(due=NOW), records.letter(), records.sub_event(), records.attendee())
    dynamo.write_plan("e", "p", records.plan())
    dynamo.hold("sender", "r", NOW, NOW)
    dynamo.admit("s", "t", 1, NOW)
    starts = [row["pk"]["S"].partition("#")[0] for row in client.scan(TableName=table)["Items"]]
    assert sorted(starts) == ["event"] * 5 + ["lease", "limit", "outbox"]


def test_keys_show_neither_addresses_nor_networks(dynamo, client, table):
    """Keys turn up in logs and in metrics."""
    dynamo.commit(records.attendee(email="bo.ek@example.org"))
    dynamo.admit("source 192.0.2.7", "bo.ek@example.org", 1, NOW)
    for row in client.scan(TableName=table)["Items"]:
        assert "bo.ek" not in row["pk"]["S"] + row["sk"]["S"]
        assert "192.0" not in row["pk"]["S"] + row["sk"]["S"]


def test_what_expires_says_when(dynamo, client, table):
    """Admissions and old leases are swept away by the table itself."""
    dynamo.admit("s", "t", 1, NOW)
    dynamo.hold("l", "r", NOW, NOW + MINUTE)
    for row in client.scan(TableName=table)["Items"]:
        assert int(row["expires"]["N"]) > (NOW + MINUTE).timestamp()
    dynamo.commit(items=2)
    assert sum(int(row["expires"]["N"]) <= time.time() for row in client.scan(TableName=table)["Items"]) == 2


@pytest.mark.usefixtures("dynamo")
def test_the_table_is_made_with_all_it_needs(client, table):
    """On-demand, protected, expiring, with its index."""
    assert_complete(client, table)


def assert_complete(client, table):
    made = client.describe_table(TableName=table)["Table"]
    assert made["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert made["DeletionProtectionEnabled"]
    assert made["GlobalSecondaryIndexes"][0]["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    expiry = client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}


KEYS = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
INDEX_KEYS = [{"AttributeName": "work", "KeyType": "HASH"}, {"AttributeName": "due", "KeyType": "RANGE"}]
INDEX = {"IndexName": "work", "KeySchema": INDEX_KEYS, "Projection": {"ProjectionType": "KEYS_ONLY"}}


def bare(client, table, names, **more):
    client.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=KEYS,
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
        **more,
    )


def test_a_table_without_protection_and_expiry_gets_them(table, client):
    """As one restored from a backup, or one whose maker died half way."""
    bare(client, table, ["pk", "sk", "work", "due"], GlobalSecondaryIndexes=[INDEX])
    DynamoStore(table).create()
    assert_complete(client, table)


def test_a_table_without_its_index_begins_to_get_it(table, client, monkeypatch):
    """Filling one takes minutes, so the tick says that it is not ready and looks again the next time."""
    bare(client, table, ["pk", "sk"])
    monkeypatch.setattr(table_module, "PATIENCE", 0.1)
    for _ in range(2):
        with pytest.raises(NotReady):
            DynamoStore(table).create()
    (index,) = client.describe_table(TableName=table)["Table"]["GlobalSecondaryIndexes"]
    assert (index["IndexName"], index["Projection"]) == ("work", {"ProjectionType": "KEYS_ONLY"})


def test_ticks_that_make_the_table_at_once_do_not_trip_over_each_other(table, client, at_once):
    """Each finds it made in the end."""
    assert at_once(lambda store: store.create(), [DynamoStore(table) for _ in range(4)]) == [None] * 4
    assert_complete(client, table)


def test_a_letter_is_found_by_a_key_from_the_index(dynamo):
    """Also when the person's id has the mark in it that keys are joined with."""
    dynamo.commit(records.letter("a#b"))
    (key,) = dynamo.due_letters(NOW)
    assert key == LetterKey("e", "a#b", records.letter().kind)
    assert dynamo.letter(key).person == "a#b"
