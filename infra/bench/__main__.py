"""Run every measurement and print a table a subject; seconds drift with the machine, so the ratios count.

    python -m infra.bench            everything that takes minutes; writes its part of docs/benchmarks.md
    python -m infra.bench --full     larger contests, growth and memory; takes hours, writes the other part

`--only matching` leaves the rest out, `--most N` the cases of more than N people; then nothing is written.
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from infra import fetching, package, setup
from infra.bench import contest, plots, report, samples, signups
from infra.bench.cases import Case
from infra.bench.names import TEAMS
from infra.local.cloud import ROOT

IMPORTS = {
    "Covey": "import app",
    "its libraries": "import chalice, boto3, pynamodb.models",
}
PAIRS = 9
"""How often each import is timed, the two in turn."""

LETTERS = 2_000
START = 100
SES_RATE = 14
"""Letters a second that a new SES account may send."""


SIGN_UPS = ("--people", "200", "--seconds", "30", "--keep")
"""A short run of the sign-ups; `make bench-web` has the long one."""

CURVE = Case(1_000)
"""What the anytime curve is drawn for."""

GROWTH = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
EXPONENT = 1.15
"""What takes longer than this power of the number of people grows too fast."""

FUNCTION = 3_008
"""MB that the deployed function has."""

DOCUMENT = ROOT / "docs" / "benchmarks.md"
REQUIREMENTS = ROOT / "requirements-bench.txt"


class Row(NamedTuple):
    """One line of a table."""

    what: str
    figures: tuple[str, ...]


def main(arguments: list[str] | None = None) -> int:
    """Measure everything; the exit code is that of the sign-ups, which also check that nobody is lost.

    Args:
        arguments: the command line's; None for those this process was started with.
    """
    parser = argparse.ArgumentParser(prog="python -m infra.bench", description="Measure Covey.")
    parser.add_argument("--full", action="store_true", help="larger contests, growth and memory; takes hours")
    parser.add_argument("--only", choices=("matching",), help="leave out package, imports, letters and sign-ups")
    parser.add_argument("--most", type=int, help="leave out cases of more people; then nothing is written")
    given = parser.parse_args(arguments)
    if not (given.full or given.only):
        _tell_small_measurements()
    try:
        set_up_peers()
    except fetching.FetchError as problem:
        print(f"make: {problem}", file=sys.stderr)
        return 1
    scale = contest.FULL if given.full else contest.QUICK
    if given.most:
        scale = replace(scale, cases=tuple(case for case in scale.cases if case.people <= given.most))
    text = _hold(scale)
    if given.full:
        text += _tell_growth(given.most)
    elif not given.most:
        _draw_anytime()
    if not given.most:
        report.replace_part(DOCUMENT, "make bench-full" if given.full else "make bench", text)
    if given.full or given.only:
        return 0
    print("\nSign-ups, beside a bare function", flush=True)
    return signups.main(list(SIGN_UPS))


def set_up_peers() -> None:
    """Make the environment of the peers unless it is there, made from what requirements-bench.txt says now.

    Raises:
        FetchError: pip failed.
    """
    stamp = contest.VENV / "made-from.txt"
    wanted = REQUIREMENTS.read_text(encoding="utf-8")
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    print("peers of the matching → .local/bench-venv", flush=True)
    setup.make_venv(contest.VENV)
    pip = [str(contest.VENV / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check"]
    fetching.run([*pip, "-r", str(REQUIREMENTS)], "pip could not install the peers")
    stamp.write_text(wanted, encoding="utf-8")


def _hold(scale: contest.Scale) -> str:
    """Hold the contest, telling each case when it is through; return it for the document."""
    print("\nMatching, beside its peers", flush=True)
    if not contest.REAL.exists():
        print("  (without the real roster, which is not part of this repository)", flush=True)
    rows: list[contest.Row] = []
    start = time.monotonic()
    for case in contest.held(scale):
        rows += case
        print(f"\n{report.plain(case)}", flush=True)
    minutes = (time.monotonic() - start) / 60
    settings = f"CP-SAT and {TEAMS} had {scale.solver:.0f} s; the contest took {minutes:.0f} minutes."
    return f"{report.circumstances()} {settings}\n\n{report.table(rows)}\n"


def _draw_anytime() -> None:
    print(f"\nAnytime curve, {CURVE.name}: processor seconds and relevance by the independent judge", flush=True)
    points = []
    for point in contest.anytime(CURVE):
        points.append(point)
        print(f"  {point.name:24}{point.cost.processor:>10.1f}{point.judged:>10.3f}", flush=True)
    own = [(point.cost.processor, point.judged) for point in points if point.name == contest.COVEY]
    others = [
        plots.Series(point.name, [(point.cost.processor, point.judged)], colour=1, line=False)
        for point in points
        if point.name != contest.COVEY
    ]
    title = "Relevance by the independent judge, unseated people count 0"
    chart = plots.Chart(
        title, "processor seconds, start-up included", "", [plots.Series("Covey", own), *others], log=False
    )
    _write("bench-quality.svg", [chart])


def _tell_growth(most: int | None) -> str:
    """Measure ever larger cases; return what the document says of them."""
    print("\nGrowth: people, seconds, processor seconds, MB", flush=True)
    points: list[contest.Point] = []
    for point in contest.growth(tuple(size for size in GROWTH if not most or size <= most), contest.FULL.limit):
        points.append(point)
        cost = point.cost
        print(f"  {point.people:>10,}{cost.wall:>10.1f}{cost.processor:>10.1f}{cost.peak:>10,.0f}", flush=True)
    size = contest.largest(points, FUNCTION, contest.FULL.limit)
    print(f"  in {FUNCTION:,} MB: {size:,} people", flush=True)
    times = [(float(point.people), point.cost.processor) for point in points]
    memory = [(float(point.people), point.cost.peak) for point in points]
    first, base = next(((x, y) for x, y in times if x >= 1_000), times[-1])
    line = [(x, base * (x / first) ** EXPONENT) for x, _ in times if x >= first]
    if not most:
        seconds = [plots.Series("Covey", times), plots.Series(f"N^{EXPONENT}", line, colour=2, dashed=True)]
        charts = [
            plots.Chart("Processor seconds by people", "people", "", seconds),
            plots.Chart("Peak memory in MB by people", "people", "", [plots.Series("Covey", memory)]),
        ]
        _write("bench-growth.svg", charts)
    lines = "".join(
        f"| {p.people:,} | {p.cost.wall:.1f} | {p.cost.processor:.1f} | {p.cost.peak:,.0f} |\n" for p in points
    )
    return (
        f"\n| people | seconds | processor | MB |\n| --: | --: | --: | --: |\n{lines}\n"
        f"The largest of these cases that stays within {FUNCTION:,} MB has {size:,} people.\n"
    )


def _write(name: str, charts: list[plots.Chart]) -> None:
    (ROOT / "docs" / name).write_text(plots.svg(charts), encoding="utf-8")


def _tell_small_measurements() -> None:
    sections: list[tuple[str, tuple[str, ...], Callable[[], Iterator[Row]]]] = [
        ("Package, bytes", ("zipped", "unpacked"), _package),
        (f"Import, median of {PAIRS} fresh processes", ("seconds", "peak MB", "ratio"), _imports),
        ("Letters", ("a second", f"times SES's {SES_RATE}/s"), _letters),
        (f"Matching {START} people, median of {PAIRS} fresh processes", ("seconds", "processor", "MB"), _start),
    ]
    for title, columns, measure in sections:
        print(f"\n{title}", flush=True)
        print(_line("", columns), flush=True)
        for row in measure():
            print(_line(row.what, row.figures), flush=True)


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
    from chalicelib.letters.compose import compose  # noqa: PLC0415, only here: children count from this process's memory

    facts = samples.seat_letter()
    compose(facts)
    start = time.process_time()
    for _ in range(LETTERS):
        compose(facts)
    rate = LETTERS / (time.process_time() - start)
    yield Row("with invite, one core", (f"{rate:.0f}", f"{rate / SES_RATE:.0f}"))


def _start() -> Iterator[Row]:
    folder = contest.planted(Case(START))
    costs = [contest.measured(contest.covey(folder, folder / "plan.json"), 60)[0] for _ in range(PAIRS)]
    figures = [[cost.wall for cost in costs], [cost.processor for cost in costs], [cost.peak for cost in costs]]
    wall, processor, peak = (statistics.median(figure) for figure in figures)
    yield Row("with start-up", (f"{wall:.2f}", f"{processor:.2f}", f"{peak:.0f}"))


if __name__ == "__main__":
    sys.exit(main())
