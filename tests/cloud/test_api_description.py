"""The API does what its description says, as schemathesis sees it from outside."""

import json
import os
import subprocess
import sys
import urllib.request
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from chalicelib.domain.attendee import Attendee
from chalicelib.domain.event import Asked, Event, Slot, State
from infra.local.cloud import Cloud
from tests.cloud.exercises import Stage, on_stage, plan_of

pytestmark = pytest.mark.cloud

# Which data make sense is said by sentences (422), not by the schema alone; some things come later (404).
# A method that no route lists is answered by the gateway, AWS's and the local one each in its own way.
CONFIG = """
hooks = "{hooks}"

[parameters]
"path.event_id" = "{event_id}"

[auth.openapi.attendee]
bearer = "{attendee}"

[auth.openapi.organizer]
bearer = "{organizer}"

[checks.positive_data_acceptance]
expected-statuses = {expected}

[checks.unsupported_method]
enabled = false
"""

SOON = datetime.now(UTC).replace(microsecond=0) + timedelta(days=14)


class Situation(NamedTuple):
    """An event at which some operations can be done, and, with luck, again and again.

    Args:
        made: sets it up; gives the event and one of its attendees.
        operations: their ids; none for all that need no other situation.
        likely: by an operation's id, what of its body makes sense there.
        ends_the_link: whoever does it once has no link any more.
    """

    made: Callable[[Stage], tuple[Event, Attendee]]
    operations: tuple[str, ...]
    likely: dict[str, dict[str, Any]]
    ends_the_link: bool = False


def open_event(stage: Stage) -> tuple[Event, Attendee]:
    """Sign-up is open; one session is only considered."""
    slots = tuple(Slot(f"s{n}", SOON + n * HOUR, SOON + (n + 1) * HOUR, offered=n < 2) for n in range(3))
    event = stage.event(slots=slots)
    return event, stage.person(event)


def planned_event(stage: Stage) -> tuple[Event, Attendee]:
    """A plan waits for the organizer."""
    event = stage.event(state=State.DRAFT, plan="p", review=True)
    people = [stage.person(event) for _ in range(3)]
    stage.store.write_plan(event.id, "p", plan_of(("s1", people)))
    return event, people[0]


def published_event(stage: Stage) -> tuple[Event, Attendee]:
    """Two groups have gone out, both with room."""
    event = stage.event(state=State.PUBLISHED, plan="p")
    groups = [("s1", [stage.person(event) for _ in range(3)]) for _ in range(2)]
    stage.publish(event, *groups)
    return event, stage.store.attendee(event.id, groups[0][1][0].id)


def asked_event(stage: Stage) -> tuple[Event, Attendee]:
    """A repair of two groups waits for its organizer's word."""
    event, attendee = published_event(stage)
    stage.store.write_plan(event.id, "q", stage.store.plan(event.id, event.plan))
    now = datetime.now(UTC)
    stage.store.commit(replace(event, asked=Asked(plan="q", world="w", since=now, until=now + 24 * HOUR, number=1)))
    return event, attendee


HOUR = timedelta(hours=1)
ANSWERS = {"timezone": "Europe/Berlin", "free": ["s0"], "if_need_be": ["s1"], "places": [], "friends": []}
PROPOSAL = {
    "organizer_email": "olga@example.org",
    "title": "Letterpress",
    "organizer_name": "Olga",
    "timezone": "Europe/Berlin",
    "group_size": {"min": 3, "max": 5},
    "closes_at": (SOON - timedelta(days=7)).isoformat(),
    "first_day": None,
    "last_day": None,
    "slots": [{"id": "s0", "start": SOON.isoformat(), "end": (SOON + HOUR).isoformat()}],
    "places": [],
    "confirm_minutes": 30,
}

SITUATIONS = {
    "open": Situation(
        open_event,
        (),
        {
            "createEvent": PROPOSAL,
            "signUp": {**ANSWERS, "email": "ana@example.com", "name": "Ana"},
            "mailLink": {"email": "ana@example.com"},
            "editMe": {**ANSWERS, "name": "Ana"},
            "moveDeadline": {"closes_at": (SOON - timedelta(days=5)).isoformat()},
            "change": {"group_size": {"min": 3, "max": 6}, "offer": ["s2"]},
        },
    ),
    "leaving": Situation(open_event, ("withdrawMe", "returnMe"), {}),
    "closing": Situation(open_event, ("closeNow",), {}),
    "planned": Situation(planned_event, ("showPlan", "publish"), {}),
    "published": Situation(
        published_event, ("groupsForMe", "moveMe", "replyMe", "myInvite"), {"moveMe": {"group": "g002"}}
    ),
    "asked": Situation(asked_event, ("mend",), {"mend": {"plan": "q", "act": "leave"}}),
    "off": Situation(open_event, ("cancel",), {}),
    "erased": Situation(open_event, ("eraseMe",), {}, ends_the_link=True),
}


def operations(site: str) -> dict[str, str]:
    """The id of every operation that the API describes, by method and path."""
    with urllib.request.urlopen(f"{site}openapi.json") as answer:
        paths = json.loads(answer.read())["paths"]
    return {
        f"{method.upper()} {path}": one["operationId"] for path, found in paths.items() for method, one in found.items()
    }


@pytest.fixture(scope="module")
def stage(deployed: Cloud) -> Iterator[Stage]:
    with on_stage(deployed) as stage:
        yield stage


@pytest.mark.parametrize("name", SITUATIONS)
def test_no_request_breaks_the_api_or_its_description(stage: Stage, tmp_path: Path, name: str) -> None:
    """Valid and invalid requests get answers that the description holds, and no operation is left out or never done."""
    situation = SITUATIONS[name]
    known = operations(stage.cloud.site)
    special = {one for other in SITUATIONS.values() for one in other.operations}
    assert special <= set(known.values()), "a situation names an operation that is not there"
    tried = set(situation.operations) or set(known.values()) - special

    event, attendee = situation.made(stage)
    config = tmp_path / "schemathesis.toml"
    config.write_text(
        CONFIG.format(
            hooks=Path(__file__).with_name("likely.py"),
            event_id=event.id,
            expected=["2xx", "404", "409", "422", *(["401"] if situation.ends_the_link else [])],
            organizer=stage.token(event),
            attendee=stage.token(event, attendee),
        )
    )
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        f"--config-file={config}",
        "run",
        f"{stage.cloud.site}openapi.json",
        f"--url={stage.cloud.site}",
        "--max-examples=20",
        "--phases=examples,coverage,fuzzing",
        "--no-color",
        "--seed=1",
        "--report=ndjson",
        f"--report-ndjson-path={tmp_path / 'report.ndjson'}",
        *(f"--include-operation-id={one}" for one in sorted(tried)),
    ]
    likely = {operation: {"token": uuid.uuid4().hex, **body} if operation in WITH_TOKEN else body
              for operation, body in situation.likely.items()}  # fmt: skip
    run = subprocess.run(
        command,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "NO_COLOR": "1", "COVEY_LIKELY": json.dumps(likely)},
    )
    assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-2000:]

    answers = answered(tmp_path / "report.ndjson")
    for label, operation in known.items():
        if operation in tried:
            found = answers[label]
            done = sum(count for (mode, status), count in found.items() if mode == "positive" and status // 100 == 2)
            refused = sum(count for (mode, status), count in found.items() if mode == "negative" and status // 100 == 4)
            assert found.total() >= 5, f"{operation} was asked for {found.total()} times only"
            assert done, f"{operation} was never done: {dict(found)}; say in SITUATIONS where and with what it can be"
            assert refused, f"{operation} got no invalid request that was refused: {dict(found)}"


WITH_TOKEN = {"createEvent", "signUp"}


def answered(report: Path) -> dict[str, Counter[tuple[str, int]]]:
    """By method and path how often which status was the answer to valid (positive) and invalid (negative) requests."""
    found: dict[str, Counter[tuple[str, int]]] = {}
    for line in report.read_text().splitlines():
        recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
        for number, case in recorder.get("cases", {}).items():
            response = recorder["interactions"].get(number, {}).get("response")
            meta = case["value"].get("meta")
            if response and meta:
                answers = found.setdefault(recorder["label"], Counter())
                answers[meta["generation"]["mode"], response["status_code"]] += 1
    return found
