"""Run every scenario on real engines and write docs/reliability.md; fail when a count is not as it must be.

python -m infra.faults                     all of them
python -m infra.faults lost-answers ...    these alone; the document stays as it is
python -m infra.faults --quick             as small as the test suite runs them; the document stays as it is
"""

import argparse
import logging
import sys
import time
from typing import NamedTuple

from infra.bench import report
from infra.faults import engines
from infra.faults.count import Count
from infra.faults.engines import Engines
from infra.faults.proxy import ProxyError
from infra.faults.scenarios import SCENARIOS, Scenario
from infra.local.cloud import LOCAL, ROOT, CloudError
from infra.local.dynamodb import EngineError

DOCUMENT = ROOT / "docs" / "reliability.md"
FOLDER = LOCAL / "faults"
PART = "make faults"

SMALL_SOAK = 100
"""People of a quick soak, which happens only when it is asked for by name."""

HEAD = ("scenario", "engine and fault", "size", "faults", "copies", "losses", "unknown", "leaks", "seconds")


class Outcome(NamedTuple):
    """What came of a scenario."""

    scenario: Scenario
    found: Count
    seconds: float


def main(arguments: list[str] | None = None) -> int:
    """Run the scenarios; the exit code is 1 when one of them failed.

    Args:
        arguments: the command line's; None for those this process was started with.
    """
    parser = argparse.ArgumentParser(prog="python -m infra.faults", description="Inject faults and count the cost.")
    parser.add_argument(
        "names", nargs="*", metavar="SCENARIO", help=f"one of {', '.join(one.name for one in SCENARIOS)}"
    )
    parser.add_argument("--quick", action="store_true", help="as small as the test suite runs them")
    parser.add_argument("--size", type=int, help="as large as this; the document stays as it is")
    given = parser.parse_args(arguments)
    chosen = [one for one in SCENARIOS if (one.name in given.names if given.names else one.quick or not given.quick)]
    if set(given.names) - {one.name for one in chosen}:
        parser.error("there is no scenario of that name")
    logging.disable()  # what Covey logs about the faults is part of the plan
    since = time.monotonic()
    try:
        with engines.started(FOLDER) as here:
            outcomes = [
                told(here, one, given.size or ((one.quick or SMALL_SOAK) if given.quick else one.full))
                for one in chosen
            ]
    except (CloudError, EngineError, ProxyError) as problem:
        print(f"make: {problem}", file=sys.stderr)
        return 1
    if not (given.quick or given.names or given.size):
        report.replace_part(DOCUMENT, PART, written(outcomes, time.monotonic() - since))
        print(f"→ {DOCUMENT.relative_to(ROOT)}")
    return 0 if all(one.found.is_good for one in outcomes) else 1


def told(here: Engines, scenario: Scenario, size: int) -> Outcome:
    """Run one and print its line."""
    since = time.monotonic()
    try:
        count = scenario.run(here, size)
    except Exception as problem:  # noqa: BLE001 the others still have something to tell
        count = Count(size=f"{size:,}", wrong=[f"it broke off: {problem!r}"])
    here.calm()
    if not count.faults:
        count.wrong.append("no fault happened")
    outcome = Outcome(scenario, count, time.monotonic() - since)
    mark = "ok" if count.is_good else "WRONG"
    print(f"{mark:6}{scenario.name:20}{', '.join(cells(outcome)[2:])}", flush=True)
    for sentence in (*count.notes, *count.wrong):
        print(f"      {sentence}", flush=True)
    return outcome


def cells(outcome: Outcome) -> tuple[str, ...]:
    """Return one row of the table."""
    count = outcome.found
    figures = (count.faults, count.copies, count.losses, count.unknown, count.leaks)
    return (
        outcome.scenario.what,
        outcome.scenario.fault,
        count.size,
        *(f"{figure:,} {name}" for figure, name in zip(figures, HEAD[3:8], strict=True)),
        f"{outcome.seconds:.0f} s",
    )


def written(outcomes: list[Outcome], seconds: float) -> str:
    """Return the table and what else there is to tell."""
    rows = [HEAD, ("---", "---", "---", *["--:"] * 6)]
    for one in outcomes:
        what, fault, size, *figures, took = cells(one)
        rows.append((what, fault, size, *(figure.partition(" ")[0] for figure in figures), took.removesuffix(" s")))
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    notes = "\n".join(f"- {one.scenario.what}: {note}." for one in outcomes for note in one.found.notes)
    wrong = "\n".join(f"- **{one.scenario.what}: {sentence}.**" for one in outcomes for sentence in one.found.wrong)
    return f"{report.circumstances()} All of it took {seconds / 60:.0f} minutes.\n\n{table}\n\n{notes}\n{wrong}"


if __name__ == "__main__":
    sys.exit(main())
