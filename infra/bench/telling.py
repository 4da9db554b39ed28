"""Whether the time that an answer takes tells if an address is known: known and unknown ones, asked in turn."""

import itertools
import math
import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from infra.demo.client import Client

ASKED = 200
"""How many known and how many unknown addresses are tried in each way."""

CERTAIN = 1.96
"""Standard errors on either side that hold the true chance in 95 of 100 such measurements."""


class Chance(NamedTuple):
    """How well the time tells known from unknown: the chance that of one of each, the known one took longer.

    Args:
        value: a half when the time tells nothing.
        error: how far from a half it may be by accident, in 95 of 100 measurements of times that tell nothing.
    """

    value: float
    error: float


def measured(client: Client, event_id: str, body: Callable[[str], dict[str, Any]]) -> str:
    """Ask in both ways for known and unknown addresses in turn; return what came of it, as Markdown.

    Args:
        body: a sign-up for an address.
    """
    known = [f"known{number}@example.org" for number in range(ASKED)]
    path = f"api/events/{event_id}"

    def sign_up(address: str) -> None:
        client.post(f"{path}/attendees", body(address))

    def ask_for_link(address: str) -> None:
        client.post(f"{path}/links", {"email": address})

    for address in known:
        sign_up(address)
    rows = [("signing up", sign_up, "new"), ("asking for the link", ask_for_link, "nobody")]
    lines = ["| | known, ms | unknown, ms | chance that known takes longer |", "| --- | --: | --: | --: |"]
    for way, act, name in rows:
        times: tuple[list[float], list[float]] = ([], [])
        strangers = (f"{name}{number}@example.org" for number in itertools.count())
        for address, stranger in zip(known, strangers, strict=False):
            for taken, asked in zip(times, (address, stranger), strict=True):
                since = time.perf_counter()
                act(asked)
                taken.append(1000 * (time.perf_counter() - since))
        chance = told_apart(*times)
        middles = " | ".join(f"{min(taken):.1f} **{statistics.median(taken):.1f}** {max(taken):.1f}" for taken in times)
        lines.append(f"| {way} | {middles} | {chance.value:.2f} (0.50 ± {chance.error:.2f} by accident) |")
    return "\n".join(lines)


def told_apart(known: list[float], unknown: list[float]) -> Chance:
    """How often a known address took longer than an unknown one, of all pairs; ties count half."""
    pairs = len(known) * len(unknown)
    longer = sum((one > other) + (one == other) / 2 for one in known for other in unknown)
    return Chance(longer / pairs, CERTAIN * math.sqrt((len(known) + len(unknown) + 1) / (12 * pairs)))
