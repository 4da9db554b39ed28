"""Run every measurement and print a table a subject; seconds drift with the machine, so the ratios count."""

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from chalicelib.letters.compose import compose
from chalicelib.matching.plan import match
from infra import package
from infra.bench import crowd, signups

IMPORTS = {
    "Covey": "import app",
    "its libraries": "import chalice, boto3, pynamodb.models",
}
PAIRS = 9
"""How often each import is timed, the two in turn."""

SIZES = (100, 1_000, 10_000)
LETTERS = 2_000
SES_RATE = 14
"""Letters a second that a new SES account may send."""


class Row(NamedTuple):
    """One line of a table."""

    what: str
    figures: tuple[str, ...]


def main() -> int:
    """Measure everything; the exit code is that of the sign-ups, which also check that nobody is lost."""
    sections: list[tuple[str, tuple[str, ...], Callable[[], Iterator[Row]]]] = [
        ("Package, bytes", ("zipped", "unpacked"), _package),
        (f"Import, median of {PAIRS} fresh processes", ("seconds", "peak MB", "ratio"), _imports),
        ("Letters", ("a second", f"times SES's {SES_RATE}/s"), _letters),
        (
            "Matching, beside the same without its search",
            ("seconds", "peak MB", "placed", "relevance", "without search", "ratio"),
            _matching,
        ),
    ]
    for number, (title, columns, measure) in enumerate(sections, 1):
        print(f"\n[{number}/{len(sections) + 1}] {title}", flush=True)
        print(_line("", columns), flush=True)
        for row in measure():
            print(_line(row.what, row.figures), flush=True)
    print(f"\n[{len(sections) + 1}/{len(sections) + 1}] Sign-ups, beside a bare function", flush=True)
    return signups.main([])


def _line(what: str, figures: tuple[str, ...]) -> str:
    return f"  {what:24}" + "".join(f"{figure:>18}" for figure in figures)


def _package() -> Iterator[Row]:
    weights = [package.weigh(artefact) for artefact in package.build()]
    for weight in weights:
        yield Row(weight.name, (f"{weight.zipped:,}", f"{weight.unzipped:,}"))
    yield Row("allowed, each and all", (f"{package.ZIPPED_LIMIT:,}", f"{package.UNZIPPED_LIMIT:,}"))


def _imports() -> Iterator[Row]:
    seconds: dict[str, list[float]] = {what: [] for what in IMPORTS}
    peaks: dict[str, float] = {}
    empty = [_run("pass")[0] for _ in range(PAIRS)]
    for _ in range(PAIRS):
        for what, statement in IMPORTS.items():
            taken, peaks[what] = _run(statement)
            seconds[what].append(taken - statistics.median(empty))
    ratio = statistics.median(
        ours / theirs for ours, theirs in zip(seconds["Covey"], seconds["its libraries"], strict=True)
    )
    for what in IMPORTS:
        shown = f"{ratio:.2f}" if what == "Covey" else ""
        yield Row(what, (f"{statistics.median(seconds[what]):.3f}", f"{peaks[what]:.0f}", shown))


def _run(statement: str) -> tuple[float, float]:
    """Seconds that a fresh interpreter takes for the statement, and its peak memory in MB."""
    asked = f"{statement}\nimport resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    start = time.perf_counter()
    said = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True)
    return time.perf_counter() - start, int(said.stdout) / 1024


def _letters() -> Iterator[Row]:
    facts = crowd.seat_letter()
    compose(facts)
    start = time.process_time()
    for _ in range(LETTERS):
        compose(facts)
    rate = LETTERS / (time.process_time() - start)
    yield Row("with invite, one core", (f"{rate:.0f}", f"{rate / SES_RATE:.0f}"))


def _matching() -> Iterator[Row]:
    for size in SIZES:
        searched, plain = (_in_a_process(size, moves) for moves in ("None", "0"))
        ratio = f"{searched['relevance'] / plain['relevance']:.2f}" if plain["relevance"] > 0 else "-"
        placed = f"{searched['placed']:.0f}/{searched['placeable']:.0f}"
        yield Row(
            f"{size:,} people",
            (
                f"{searched['seconds']:.2f}",
                f"{searched['peak']:.0f}",
                placed,
                f"{searched['relevance']:.3f}",
                f"{plain['relevance']:.3f}",
                ratio,
            ),
        )


def _in_a_process(size: int, moves: str) -> dict[str, float]:
    """Match so many people in a fresh process, so that its peak memory is its own."""
    asked = f"from infra.bench.__main__ import match_crowd; match_crowd({size}, {moves})"
    said = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(said.stdout)
    return found


def match_crowd(size: int, moves: int | None) -> None:
    """Match a crowd and print what came of it as JSON."""
    instance = crowd.instance(size)
    start = time.perf_counter()
    plan = match(instance, moves=moves)
    taken = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {
                "seconds": taken,
                "peak": peak,
                "placed": plan.placed,
                "placeable": plan.placeable,
                "relevance": plan.relevance,
            }
        )
    )


if __name__ == "__main__":
    sys.exit(main())
