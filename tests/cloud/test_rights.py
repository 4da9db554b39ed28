"""Each function may do what its work takes and nothing else: without any single right its work fails, seen by all."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from infra.local import cloud
from tests.cloud import exercises
from tests.cloud.exercises import EXERCISES, Failed, Stage, on_stage

AMPLE = 60.0
"""Seconds for work that nothing hinders, however busy the machine."""

ROOT = Path(__file__).parents[2]
POLICIES = sorted(path.stem for path in (ROOT / "infra" / "policies").glob("*.json") if path.stem != "none")
CONFIG = json.loads((ROOT / ".chalice" / "config.json").read_text())
FUNCTIONS = {
    Path(options["iam_policy_file"]).stem: function for function, options in CONFIG["lambda_functions"].items()
}
"""The function of each policy."""

# Lambda itself writes logs, under the function's role; the emulator writes them without asking anybody.
ELSEWHERE = {"logs": "tests/infra/test_policies.py"}


class Right(NamedTuple):
    """One action on one resource that a policy allows.

    Args:
        rows: what the partition keys of rows begin with, on which it is allowed; empty where any will do.
    """

    policy: str
    sid: str
    action: str
    resource: str
    rows: str

    def __str__(self) -> str:
        return f"{self.policy}-{self.action}-{self.rows or self.resource.rpartition(':')[2].rpartition('/')[2]}"


def document(policy: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "infra" / "policies" / f"{policy}.json").read_text())
    return found


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def rows_of(statement: dict[str, Any]) -> list[str]:
    """What the keys of rows begin with that a statement is about; nothing where it is about all."""
    found: list[str] = statement.get("Condition", {}).get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys", [])
    return found


def rights() -> list[Right]:
    """Every action on every resource that any policy allows, but for those that are tried elsewhere."""
    return [
        Right(policy, statement["Sid"], action, resource, rows)
        for policy in POLICIES
        for statement in document(policy)["Statement"]
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
        for rows in rows_of(statement) or [""]
        if action.partition(":")[0] not in ELSEWHERE
    ]


def less(right: Right) -> dict[str, Any]:
    """The right's policy without it."""
    whole = copy.deepcopy(document(right.policy))
    (one,) = (statement for statement in whole["Statement"] if statement["Sid"] == right.sid)
    whole["Statement"].remove(one)
    # What is left are the other actions on everything, and this one on the other resources or rows.
    if actions := [action for action in listed(one["Action"]) if action != right.action]:
        whole["Statement"].append({**one, "Action": actions})
    if resources := [resource for resource in listed(one["Resource"]) if resource != right.resource]:
        whole["Statement"].append({**one, "Sid": f"{one['Sid']}2", "Action": [right.action], "Resource": resources})
    if rows := [rows for rows in rows_of(one) if rows != right.rows]:
        only = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": rows}}
        whole["Statement"].append({**one, "Sid": f"{one['Sid']}3", "Action": [right.action], "Condition": only})
    return whole


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A cloud of its own, whose table comes and goes; nothing runs there but what a test starts."""
    folder = tmp_path_factory.mktemp("cloud")
    # A call that failed is not made again by itself, which would be under the next test's policies.
    quiet = {"LAMBDA_ASYNC_RETRY_BASE_SECONDS": "3600", "LAMBDA_ASYNC_RETRY_MAX_SECONDS": "3600"}
    try:
        here = cloud.deploy(cloud.start(folder, port=0, smtp_port=0, environment=quiet))
        for rule in here.client("events").list_rules()["Rules"]:
            here.client("events").disable_rule(Name=rule["Name"])
        with on_stage(here) as stage:
            yield stage
    finally:
        cloud.stop(folder)


def exercise(stage: Stage, policy: str) -> None:
    """Do what the policy's function is for. Raises Failed with what somebody sees of it when that does not work."""
    stage.store.create()
    stage.await_no_sender()
    stage.restart(FUNCTIONS[policy])
    EXERCISES[policy](stage)


@pytest.mark.parametrize("policy", POLICIES)
def test_every_policy_belongs_to_a_function_and_has_an_exercise(policy: str) -> None:
    """A policy that nobody tries might allow anything."""
    assert policy in FUNCTIONS, f"{policy}.json is no function's policy: name it in .chalice/config.json."
    assert policy in EXERCISES, (
        f"{policy}.json has no exercise: write one that needs every action of it into tests/cloud/exercises.py."
    )


@pytest.mark.cloud
@pytest.mark.slow
@pytest.mark.parametrize("policy", [one for one in POLICIES if one in EXERCISES])
def test_with_all_its_rights_a_function_does_all_its_work(
    stage: Stage, policy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that what fails without one fails for want of that one, and not for want of time."""
    monkeypatch.setattr(exercises, "SOON", AMPLE)
    exercise(stage, policy)


@pytest.mark.cloud
@pytest.mark.slow
@pytest.mark.parametrize("right", [one for one in rights() if one.policy in EXERCISES], ids=str)
def test_without_one_right_a_function_fails_where_somebody_sees_it(stage: Stage, right: Right) -> None:
    """A person's request, a letter that does not come, or the caller's answer; and the reason is that right alone."""
    function, reason = FUNCTIONS[right.policy], f"not authorized to perform: {right.action}"
    before = len(stage.log(function))
    with stage.without(function, less(right)), pytest.raises(Failed) as failed:
        exercise(stage, right.policy)

    def told() -> bool:
        if reason in str(failed.value) or reason in stage.log(function)[before:]:
            return True
        stage.nudge(function)
        return False

    stage.soon(told, f"“{failed.value}” was the failure, and nothing says “{reason}”")
