"""Functions killed in the middle of their work on a deployed Covey: ticks finish it, and nobody hears twice."""

import os
import signal
import time
from collections import Counter
from contextlib import suppress

import pytest

from infra.local.workers import workers_of
from tests.cloud.visitor import Visitor, wait_for

pytestmark = [pytest.mark.cloud, pytest.mark.slow]

TAKEOVER = 90
"""Seconds within which somebody else finishes the work of a killed function."""

SLACK = 30
"""Seconds for the work itself, on a machine that runs other tests too."""


def test_a_killed_matching_is_taken_over_and_everybody_hears_once(visitor: Visitor) -> None:
    """The matching function dies while it matches; the plan and each letter are still made once."""
    organizer, addresses = _crowd(visitor, 8)
    # Without a warm worker the matching takes long enough to be met in the middle.
    _kill(visitor, "match")
    visitor.client.post("api/organizer/close", {"confirm_minutes": 0}, organizer)
    wait_for(lambda: visitor.state(organizer) == "matching", "the matching", 120)
    wait_for(lambda: _kill(visitor, "match"), "a worker to kill", 10)
    died = time.monotonic()
    wait_for(lambda: visitor.state(organizer) == "published", "the groups", TAKEOVER + SLACK)
    assert time.monotonic() - died <= TAKEOVER + SLACK
    wait_for(lambda: _results(visitor, addresses).total() == len(addresses), "the letters", TAKEOVER + SLACK)
    assert set(_results(visitor, addresses).values()) == {1}
    assert visitor.client.get("api/organizer", organizer)["counts"]["placed"] == len(addresses)


def test_a_killed_sender_loses_no_letter_and_doubles_none(visitor: Visitor) -> None:
    """The sender dies among the letters; each is sent once, or is known to be one whose outcome nobody knows."""
    organizer, addresses = _crowd(visitor, 40)
    visitor.client.post("api/organizer/close", {"confirm_minutes": 0}, organizer)
    wait_for(lambda: _results(visitor, addresses).total() >= 3, "the first letters", 180)
    _kill(visitor, "send")

    def settled() -> bool:
        letters = visitor.client.get("api/organizer", organizer)["letters"]
        return not letters["pending"] and not letters["sending"]

    wait_for(settled, "the letters to settle", TAKEOVER + SLACK)
    letters = visitor.client.get("api/organizer", organizer)["letters"]
    time.sleep(1)
    copies = _results(visitor, addresses)
    assert not [address for address, count in copies.items() if count > 1]
    missing = len(addresses) - len(copies)
    assert missing <= letters["unknown"] <= 16
    assert letters["failed"] == letters["suppressed"] == 0


def _crowd(visitor: Visitor, number: int) -> tuple[str, list[str]]:
    event_id, organizer = visitor.open_event()
    addresses = [visitor.sign_up(event_id) for _ in range(number)]
    for address in addresses:
        visitor.confirm(address)
    return organizer, addresses


def _results(visitor: Visitor, addresses: list[str]) -> Counter[str]:
    """How many letters each got after the one to confirm."""
    return Counter({one: count - 1 for one in addresses if (count := len(visitor.mails(one))) > 1})


def _kill(visitor: Visitor, function: str) -> list[int]:
    found = workers_of(visitor.cloud, f"covey-local-{function}").alive()
    for pid in found:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return found
