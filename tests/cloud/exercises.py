"""For each policy what its function does with it, all of it, tried on a deployed Covey where anybody would see it fail.

An exercise sets the stage with every right there is, has the one function do its work, and looks at what came of it:
what a person gets to see, what a mailbox holds, or what the function's caller is told.
"""

import json
import os
import signal
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from msgspec.structs import replace

from chalicelib.adapters.aws import SsmSecrets
from chalicelib.adapters.dynamo import DynamoStore
from chalicelib.domain import links
from chalicelib.domain.attendee import Attendee, AttendeeState, Seat
from chalicelib.domain.event import LEASE, Asked, Event, Organizer, Slot, State
from chalicelib.domain.letter import ORGANIZER, Kind, LetterState, decided, sent
from chalicelib.domain.plan import Group, Plan
from chalicelib.domain.sub_event import sub_event_of
from chalicelib.flow.send import SENDER
from infra.demo import DemoError
from infra.demo.client import Client, RefusedError
from infra.local.cloud import CREDENTIALS, FUNCTIONS, Cloud
from infra.local.workers import workers_of
from tests.cloud.visitor import Visitor, wait_for
from tests.contract import records
from tests.flow.provider import notification, said

SOON = 8.0
"""Seconds within which what is done at once is done, a function's cold start included."""

TABLE, KEY = "covey", "/covey/link-key"


class Failed(Exception):
    """The work was not done; the text is what somebody sees of that."""


class Stage:
    """A deployed Covey, whose table and key an exercise may set up as it likes; its schedule stands still.

    Args:
        client: speaks with its site, and takes the first answer for the last.
    """

    def __init__(self, cloud: Cloud, client: Client) -> None:
        self.cloud, self.client = cloud, client
        self.store = DynamoStore(TABLE)
        self._visitor = Visitor(cloud, client)

    @property
    def key(self) -> bytes:
        return SsmSecrets(KEY).link_key()

    def event(self, **changes: Any) -> Event:
        """A new event of one session in two weeks."""
        now, name = datetime.now(UTC), self._new_id()
        start = now.replace(microsecond=0) + timedelta(days=14)
        known = replace(
            records.event(name),
            base_url=self.cloud.site.rstrip("/"),
            created_at=now,
            closes_at=now + timedelta(days=7),
            slots=(Slot("s1", start, start + timedelta(hours=1)),),
        )
        event = replace(known, **changes)
        self.store.commit(event)
        return self.store.event(name)

    def person(
        self, event: Event, state: AttendeeState = AttendeeState.CONFIRMED, free: tuple[str, ...] = ("s1",)
    ) -> Attendee:
        """Somebody new at the event, free at its first session unless it is said when."""
        name = self._new_id()
        known = records.attendee(name, event.id, f"{name}@example.com")
        self.store.commit(replace(known, state=state, answers=replace(known.answers, free=free)))
        return self.store.attendee(event.id, name)

    def publish(self, event: Event, *groups: tuple[str, list[Attendee]]) -> None:
        """Let groups of these people go out, each with the id of its session, and all letters be sent."""
        now = datetime.now(UTC)
        plan = plan_of(*groups)
        self.store.write_plan(event.id, event.plan, plan)
        for bird, (group, (_, people)) in enumerate(zip(plan.groups, groups, strict=True)):
            seated = [replace(one, seat=Seat(group.id, f"{one.id}@{event.id}.covey")) for one in people]
            letters = [sent(decided(event.id, one.id, Kind.SEAT, now), one.id, now) for one in people]
            self.store.commit(sub_event_of(event, group, bird, "room"), *seated, *letters)

    def _new_id(self) -> str:
        return links.identity(b"", uuid.uuid4().hex)

    def invite_to_confirm(self) -> Attendee:
        """Somebody whose letter is due."""
        someone = self.person(self.event(), AttendeeState.UNCONFIRMED)
        self.store.commit(decided(someone.event_id, someone.id, Kind.CONFIRM, datetime.now(UTC)))
        return someone

    def require_mail(self, address: str) -> Any:
        """The mail that arrived there. Raises Failed."""
        found = self.soon(lambda: self._visitor.mails(address), f"{address} got no letter")
        return found[-1]

    def soon[T](self, look: Callable[[], T], otherwise: str) -> T:
        """What a look finds before long. Raises Failed with that sentence."""
        try:
            return wait_for(look, otherwise, SOON)
        except TimeoutError:
            raise Failed(otherwise) from None

    def token(self, event: Event, attendee: Attendee | None = None) -> str:
        """The token of somebody's private link, the organizer's without anybody."""
        link = links.to_own_page(self.key, event, attendee) if attendee else links.to_watch_page(self.key, event)
        return link.partition("#")[2]

    def invoke(self, function: str, payload: dict[str, Any]) -> None:
        """Have a background function do its work. Raises Failed with what its caller is told."""
        answer = self.cloud.client("lambda").invoke(FunctionName=name_of(function), Payload=json.dumps(payload))
        said = answer["Payload"].read().decode()
        if "FunctionError" in answer:
            raise Failed(said)

    def restart(self, function: str) -> None:
        """Let the function start cold, so that it remembers nothing."""
        ended = workers_of(self.cloud, name_of(function)).alive()
        for pid in ended:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_for(lambda: all(_is_dead(pid) for pid in ended), "the workers to end", SOON)

    def log(self, function: str) -> str:
        """What the function has logged; of its last call there may be more to come with the next."""
        return self.cloud.function_log(function.removesuffix("_handler"))

    def nudge(self, function: str) -> None:
        """Call the function for nothing."""
        if function == "api_handler":
            self.client.get("openapi.json")
        else:
            self.cloud.client("lambda").invoke(FunctionName=name_of(function), Payload=b"{}")

    def await_no_sender(self) -> None:
        """Wait until no sender is at work any more, who would do what is asked of the next one."""

        def idle() -> bool:
            now = datetime.now(UTC)
            return self.store.hold(SENDER, "nobody", now, now)

        wait_for(idle, "the sender to end", 60)

    @contextmanager
    def without(self, function: str, document: dict[str, Any]) -> Iterator[None]:
        """The function under another policy."""
        iam, role = self.cloud.client("iam"), f"{FUNCTIONS}-{function}"
        whole = iam.get_role_policy(RoleName=role, PolicyName=role)["PolicyDocument"]
        iam.put_role_policy(RoleName=role, PolicyName=role, PolicyDocument=json.dumps(document))
        try:
            yield
        finally:
            iam.put_role_policy(RoleName=role, PolicyName=role, PolicyDocument=json.dumps(whole))


def _is_dead(pid: int) -> bool:
    """Whether the process is over, for its parent too."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in {"Z", "X"}
    except OSError:
        return True


@contextmanager
def on_stage(cloud: Cloud) -> Iterator[Stage]:
    """The stage of a deployed Covey; the store reaches its table as boto3 does, by the environment."""
    with pytest.MonkeyPatch.context() as patch, Client(cloud.site, patience=0) as client:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": cloud.endpoint}.items():
            patch.setenv(name, value)
        yield Stage(cloud, client)


def plan_of(*groups: tuple[str, list[Attendee]]) -> Plan:
    """A plan of groups of these people, each with the id of its session."""
    made = tuple(
        Group(id=f"g{n:03}", slot=slot, place=None, members=tuple(one.id for one in people), host=None,
              title=f"Posters {n}", subtitle="", keywords=(), why={one.id: "You all want posters." for one in people})
        for n, (slot, people) in enumerate(groups, start=1)
    )  # fmt: skip
    count = sum(len(people) for _, people in groups)
    return Plan(groups=made, unplaced=(), placed=count, placeable=count, relevance=0.5, seed=0)


def name_of(function: str) -> str:
    """The whole name of a deployed function; the API's is that of the app."""
    return FUNCTIONS if function == "api_handler" else f"{FUNCTIONS}-{function}"


def api(stage: Stage) -> None:
    """Somebody signs up, gets the letter at once, confirms, is seen by the organizer, and is erased.

    Another downloads their seat, and somebody unknown asks for their link.
    """
    event = stage.event()
    address = f"{uuid.uuid4().hex[:10]}@example.com"
    answers = {"name": "Ana", "level": 2, "free": ["s1"], "timezone": "Europe/Berlin", "email": address}
    try:
        stage.client.post(f"api/events/{event.id}/attendees", {"token": uuid.uuid4().hex, **answers})
        stage.require_mail(address)
        someone = stage.store.attendee_at(event.id, address)
        assert someone is not None
        token = stage.token(event, someone)
        stage.client.post("api/me/confirm", None, token)
        counts = stage.client.get("api/organizer", stage.token(event))["counts"]
        assert counts["confirmed"] == 1, counts
        stage.client.post(f"api/events/{event.id}/links", {"email": f"not-{address}"})
        _seat_in_the_calendar(stage)
        stage.client.post("api/me/erase", None, token)
    except DemoError as problem:
        raise Failed(str(problem)) from problem
    with suppress(RefusedError):
        raise AssertionError(stage.client.get("api/me", token))


def _seat_in_the_calendar(stage: Stage) -> None:
    published = stage.event(state=State.PUBLISHED, plan="p")
    people = [stage.person(published) for _ in range(3)]
    stage.publish(published, ("s1", people))
    file = stage.client.call("GET", "api/me/invite.ics", None, stage.token(published, people[0]))
    assert f"UID:{people[0].id}@{published.id}.covey".encode() in file.replace(b"\r\n ", b"")


def match(stage: Stage) -> None:
    """Three people get a group, and their letters at once; a group that became too small gets somebody from another."""
    now = datetime.now(UTC)
    event = stage.event(state=State.MATCHING, closes_at=now - timedelta(minutes=1), run="run", due=now + LEASE)
    people = [stage.person(event) for _ in range(3)]
    stage.invoke("match", {"event_id": event.id, "run": "run"})
    (group,) = stage.store.sub_events(event.id)
    assert set(group.members) == {one.id for one in people}
    for one in people:
        stage.require_mail(one.email)

    first, start = event.slots[0], event.slots[0].end
    slots = (first, Slot("s2", start, start + timedelta(hours=1)))
    held = {"run": "run", "due": now + LEASE, "mend_at": now - timedelta(minutes=1)}
    event = stage.event(state=State.PUBLISHED, plan="p", slots=slots, **held)
    helper = stage.person(event, free=("s1", "s2"))
    others = [stage.person(event, free=("s2",)) for _ in range(3)]
    stage.publish(event, ("s1", [stage.person(event) for _ in range(2)]), ("s2", [*others, helper]))
    stage.invoke("match", {"event_id": event.id, "run": "run"})
    seat = stage.store.attendee(event.id, helper.id).seat
    if seat is None or seat.sub_event != "g001":
        raise Failed(f"The group that became too small still is; {helper.id} sits at {seat}")


def send(stage: Stage) -> None:
    """A letter that is due goes out, and is known to have.

    The organizer hears of one whose fate nobody knows, and is asked about a group that became too small.
    """
    someone = stage.invite_to_confirm()
    stage.invoke("send", {})
    (letter,) = stage.store.letters(someone.event_id)
    if letter.state is not LetterState.SENT:
        raise Failed(f"The letter is {letter.state}: {letter.reason}")
    stage.require_mail(someone.email)

    olga = Organizer("Olga", f"{uuid.uuid4().hex[:10]}@example.com")
    event, now = stage.event(organizer=olga), datetime.now(UTC)
    lost = decided(event.id, stage.person(event).id, Kind.SEAT, now)
    stage.store.commit(replace(lost, state=LetterState.UNKNOWN), decided(event.id, ORGANIZER, Kind.TROUBLE, now))
    stage.invoke("send", {})
    stage.require_mail(olga.email)
    _ask_about_a_group(stage)


def _ask_about_a_group(stage: Stage) -> None:
    olga = Organizer("Olga", f"{uuid.uuid4().hex[:10]}@example.com")
    event, now = stage.event(organizer=olga, state=State.PUBLISHED, plan="p"), datetime.now(UTC)
    people = [stage.person(event) for _ in range(2)]
    stage.publish(event, ("s1", people))
    stage.store.write_plan(event.id, "q", replace(plan_of(), changes={one.id: "" for one in people}))
    asked = Asked(plan="q", world="w", since=now, until=now + timedelta(days=1), number=1)
    stage.store.commit(replace(event, asked=asked), decided(event.id, ORGANIZER, Kind.DANGER, now, asked.number))
    stage.invoke("send", {})
    stage.require_mail(olga.email)


def feedback(stage: Stage) -> None:
    """A letter comes back: that is known of it, and its recipient counts as unreachable."""
    someone = stage.person(stage.event())
    letter = replace(decided(someone.event_id, someone.id, Kind.CONFIRM, datetime.now(UTC)), state=LetterState.SENT)
    stage.store.commit(letter)
    stage.invoke("feedback", notification(said("Bounce", letter)))
    assert stage.store.letter(letter.key).state is LetterState.BOUNCED
    assert stage.store.attendee(someone.event_id, someone.id).unreachable


def tick(stage: Stage) -> None:
    """What is missing is made, what has changed is put right, due letters are sent, and a closed event is matched."""
    _take_away_table_and_key(stage)
    stage.restart("tick")
    stage.invoke("tick", TICK)
    _require_whole_table(stage)
    assert len(stage.key) == 32
    stage.cloud.client("dynamodb").update_table(TableName=TABLE, DeletionProtectionEnabled=False)
    stage.invoke("tick", TICK)
    _require_whole_table(stage)

    someone = stage.invite_to_confirm()
    stage.invoke("tick", TICK)
    stage.require_mail(someone.email)

    event = stage.event(state=State.CLOSED, due=datetime.now(UTC))
    people = [stage.person(event) for _ in range(3)]
    stage.invoke("tick", TICK)
    stage.soon(
        lambda: stage.store.event(event.id).state is State.PUBLISHED, f"No groups for {len(people)} who wait for them"
    )


TICK = {"version": "0", "id": "0", "detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}
TICK |= {"account": "000000000000", "time": "2027-01-04T09:00:00Z", "region": "us-east-1", "resources": []}


def _take_away_table_and_key(stage: Stage) -> None:
    dynamodb = stage.cloud.client("dynamodb")
    with suppress(dynamodb.exceptions.ResourceNotFoundException):
        dynamodb.update_table(TableName=TABLE, DeletionProtectionEnabled=False)
        dynamodb.delete_table(TableName=TABLE)
    with suppress(ClientError):
        stage.cloud.client("ssm").delete_parameter(Name=KEY)


def _require_whole_table(stage: Stage) -> None:
    dynamodb = stage.cloud.client("dynamodb")
    table = dynamodb.describe_table(TableName=TABLE)["Table"]
    assert table["DeletionProtectionEnabled"]
    assert [one["IndexName"] for one in table["GlobalSecondaryIndexes"]] == ["work"]
    assert dynamodb.describe_time_to_live(TableName=TABLE)["TimeToLiveDescription"]["AttributeName"] == "expires"
    backups = dynamodb.describe_continuous_backups(TableName=TABLE)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


EXERCISES: dict[str, Callable[[Stage], None]] = {
    "api": api,
    "feedback": feedback,
    "match": match,
    "send": send,
    "tick": tick,
}
"""By the name of the policy."""
