"""Erasing on a deployed Covey, with the leave that its functions really have."""

import zlib
from typing import Any

import pytest

from infra.demo.client import RefusedError
from tests.cloud.visitor import Visitor, wait_for

pytestmark = pytest.mark.cloud


def kept(visitor: Visitor) -> str:
    """Everything in the table, letters and plans unpacked."""
    pages = visitor.cloud.client("dynamodb").get_paginator("scan").paginate(TableName="covey")
    items = [item for page in pages for item in page["Items"]]
    packed = [item[name]["B"] for item in items for name in ("message", "chunk") if name in item]
    return "\n".join([*map(str, items), *(zlib.decompress(one).decode() for one in packed)])


def traces(text: str, *of: str) -> list[str]:
    return [one for one in of if one.lower() in text.lower()]


def test_whoever_is_erased_leaves_nothing_in_the_table_and_nothing_in_the_logs(visitor: Visitor) -> None:
    """After the groups went out: their group has one fewer, and no function wrote down who they are."""
    event_id, organizer = visitor.open_event()
    addresses = [visitor.sign_up(event_id, name="Zora Quist", goal="Learn quokka taxidermy by hand")]
    addresses += [visitor.sign_up(event_id) for _ in range(3)]
    tokens = [visitor.confirm(address) for address in addresses]
    visitor.client.post("api/organizer/close", {"confirm_minutes": 0}, organizer)
    wait_for(lambda: visitor.state(organizer) == "published", "the groups", 150)
    wait_for(lambda: all(len(visitor.mails(one)) == 2 for one in addresses), "the result letters")
    who = (addresses[0], tokens[0].split(".")[2], "Zora", "Quist", "quokka")
    assert traces(kept(visitor), *who) == list(who)
    mine: Any = visitor.client.get("api/me/export", tokens[0])
    assert mine["answers"]["name"] == "Zora Quist"

    def pressed() -> bool:
        try:
            visitor.client.post("api/me/erase", None, tokens[0])
        except RefusedError as refusal:
            if refusal.status != 409:
                raise
            return False
        return True

    wait_for(pressed, "the last look at the groups", 60)
    assert traces(kept(visitor), *who) == []
    assert [visitor.client.get("api/me", token)["sub_event"]["others"] for token in tokens[1:]] == [2, 2, 2]
    for function in ("api", "tick", "match", "send"):
        log = visitor.cloud.function_log(function)
        assert log
        assert traces(log, *who, *addresses, *tokens, organizer) == []
