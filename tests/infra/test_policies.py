"""Who may do what: each function has its own policy, and none has more than its work takes."""

import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CONFIG = json.loads((ROOT / ".chalice" / "config.json").read_text())
FUNCTIONS = {"api_handler": "api", "tick": "tick", "match": "match", "send": "send", "feedback": "feedback"}
RECORDS = {"dynamodb:GetItem", "dynamodb:PutItem"}
TABLE = "arn:aws:dynamodb:*:*:table/covey"
LOGS = "arn:aws:logs:*:*:log-group:/aws/lambda/covey-*"


def statements(name: str) -> list[dict[str, Any]]:
    return json.loads((ROOT / "infra" / "policies" / f"{name}.json").read_text())["Statement"]


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def actions(name: str) -> set[str]:
    return {action for statement in statements(name) for action in listed(statement["Action"])}


def test_every_function_has_a_policy_file_of_its_own() -> None:
    """Chalice gives each a role of its own then."""
    files = {name: options["iam_policy_file"] for name, options in CONFIG["lambda_functions"].items()}
    assert files == {name: f"../infra/policies/{policy}.json" for name, policy in FUNCTIONS.items()}
    assert CONFIG["autogen_policy"] is False


def test_a_function_without_a_policy_may_do_nothing() -> None:
    """One that is added and forgotten here fails at its first call, not in an audit."""
    assert CONFIG["iam_policy_file"] == "../infra/policies/none.json"
    assert statements("none") == [
        {"Sid": "NothingUnlessAFunctionHasItsOwn", "Effect": "Deny", "Action": "*", "Resource": "*"}
    ]


@pytest.mark.parametrize("name", FUNCTIONS.values())
def test_no_policy_has_a_wildcard_action_or_may_delete_a_table(name: str) -> None:
    """Every right is spelled out."""
    assert not any("*" in action for action in actions(name))
    assert "dynamodb:DeleteTable" not in actions(name)


@pytest.mark.parametrize("name", FUNCTIONS.values())
def test_a_policy_reaches_our_table_our_key_and_our_functions_alone(name: str) -> None:
    """Anything else in the account is none of Covey's business."""
    ours = (
        TABLE,
        f"{TABLE}/index/work",
        "arn:aws:ssm:*:*:parameter/covey/link-key",
        "arn:aws:lambda:*:*:function:covey-*-send",
        "arn:aws:lambda:*:*:function:covey-*-match",
        LOGS,
    )
    for statement in statements(name):
        mail = {action.partition(":")[0] for action in listed(statement["Action"])} == {"ses"}
        assert mail or set(listed(statement["Resource"])) <= set(ours)


@pytest.mark.parametrize("action", ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"])
@pytest.mark.parametrize("name", FUNCTIONS.values())
def test_a_function_may_write_its_own_log(name: str, action: str) -> None:
    """Lambda does it under the function's role, and needs these three; the emulator needs no leave for it."""
    (found,) = (one for one in statements(name) if action in listed(one["Action"]))
    assert len(listed(found["Action"])) == 3
    assert found["Resource"] == LOGS


@pytest.mark.parametrize("name", FUNCTIONS.values())
def test_nothing_but_the_api_may_delete_and_only_what_a_person_may_have_erased(name: str) -> None:
    """Records of events and of the outbox: a row's key decides."""
    deleting = [one for one in statements(name) if any("Delete" in action for action in listed(one["Action"]))]
    assert len(deleting) == (name == "api")
    for statement in deleting:
        assert statement["Action"] == ["dynamodb:DeleteItem"]
        assert statement["Resource"] == TABLE
        assert statement["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["event#*", "outbox#*"]}}


@pytest.mark.parametrize("name", ["api", "tick", "match", "feedback"])
def test_only_the_sender_may_send_mail(name: str) -> None:
    """A hole in the API must not become a hole in the mail."""
    assert not any(action.startswith("ses:") for action in actions(name))


@pytest.mark.parametrize("name", ["api", "match", "send", "feedback"])
def test_only_the_tick_makes_the_table_and_the_key(name: str) -> None:
    """Nobody else can change what all stand on."""
    making = {"dynamodb:CreateTable", "dynamodb:UpdateTable", "dynamodb:UpdateTimeToLive", "ssm:PutParameter"}
    assert not making & actions(name)
    assert making <= actions("tick")


def test_the_sender_writes_nothing_but_the_outbox() -> None:
    """A row's key decides."""
    writing = [s for s in statements("send") if {"dynamodb:PutItem", "dynamodb:UpdateItem"} & set(listed(s["Action"]))]
    assert len(writing) == 1
    assert writing[0]["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"] == ["outbox#*", "lease#*"]


def test_the_feedback_reaches_nothing_but_records_of_events_and_letters() -> None:
    """It reads no key of private links, starts nothing and lists nothing; a forged notification finds little to do."""
    assert actions("feedback") == {*(action for action in actions("send") if action.startswith("logs:")), *RECORDS}
    keyed = [one for one in statements("feedback") if set(listed(one["Action"])) & RECORDS]
    found = {tuple(one["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]) for one in keyed}
    assert found == {("event#*", "outbox#*")}
