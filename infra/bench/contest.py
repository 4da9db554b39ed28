"""The contest: Covey and its peers on the same cases, each run in a fresh process, judged by the same measures.

This process only starts others and stays small, since a child's peak memory counts from its parent's.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.bench import samples
from infra.bench.cases import Case
from infra.bench.names import CPSAT, ON_JUDGE, ON_PLAIN, PEERS, TEAMS
from infra.local.cloud import LOCAL, ROOT

Json = dict[str, Any]

VENV = LOCAL / "bench-venv"
"""The environment of the peers and of the judge (requirements-bench.txt)."""

FOLDER = LOCAL / "bench" / "contest"
REAL = ROOT.parent / "shared" / "data" / "real120.json"
"""A roster of real people that is not part of this repository; the contest is held without it where it is missing."""

COVEY = "Covey"
UNSEARCHED = "Covey, no search"
SLOW = (CPSAT, TEAMS)
"""They use every core and all the time they are given, so they run alone and once."""

SEEDS = (0, 1, 2)
MOST_REPEATED = 300
"""People up to whom each contestant runs once a seed; the spread tells how much of a difference is luck."""

LONG = 20.0
"""Seconds after which a run is not repeated."""

MOST_SOLVED, MOST_IN_TEAMS, MOST_JUDGED, MOST_SEARCHED_ELSEWHERE, MOST_CLUSTERED = 60, 120, 1_000, 10_000, 10_000
"""People up to whom CP-SAT, team-formation, the search on other vectors and k-means take part."""

MOVES = (0, 10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, None)
"""Budgets of the anytime curve; None lets the search finish."""


@dataclass(frozen=True)
class Scale:
    """How much is measured.

    Args:
        cases: which planted cases.
        solver: seconds that CP-SAT and team-formation have.
        limit: seconds after which a run is given up.
    """

    cases: tuple[Case, ...]
    solver: float
    limit: float


QUICK = Scale(
    cases=(
        Case(60),
        Case(200, places=True, pairs=0.1),
        Case(200, seed=2, tight=True),
        Case(1_000, places=True),
        Case(10_000),
    ),
    solver=30,
    limit=120,
)
FULL = Scale(
    cases=(
        Case(40, low=4, high=6),
        Case(50, seed=2, low=4, high=6),
        Case(60),
        Case(60, seed=3, tight=True),
        Case(3_000, places=True, pairs=0.1),
        Case(10_000, places=True, pairs=0.05),
        Case(10_000, tight=True),
        Case(30_000),
        Case(100_000),
        Case(100_000, places=True, pairs=0.05),
        Case(100_000, tight=True),
        Case(1_000_000),
    ),
    solver=600,
    limit=1_800,
)


@dataclass
class Cost:
    """What one run took.

    Args:
        wall, processor: seconds, start-up, reading and writing included.
        peak: most memory at any moment, in MB.
    """

    wall: float
    processor: float
    peak: float


@dataclass
class Row:
    """What came of one contestant on one case: a cost and a verdict for each seed, or why there is none."""

    case: str
    people: int
    who: str
    costs: list[Cost] = field(default_factory=list)
    verdicts: list[Json] = field(default_factory=list)
    facts: Json = field(default_factory=dict)
    trouble: str = ""


class TooLongError(Exception):
    """A run was given up."""


def measured(command: list[str], limit: float, *, threads: int | None = 1) -> tuple[Cost, str]:
    """Run a command to its end; return its cost and what it printed.

    Raises:
        TooLongError: it took longer than the limit.
        subprocess.CalledProcessError: it failed.
    """
    environment = dict(os.environ)
    if threads is not None:
        environment |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(threads))
    start = time.monotonic()
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        given_up = threading.Event()

        def give_up() -> None:
            given_up.set()
            child.kill()

        watch = threading.Timer(limit, give_up)
        watch.start()
        said, complaint = child.stdout, child.stderr
        errors: list[str] = []
        listener = threading.Thread(target=lambda: errors.append(complaint.read() if complaint else ""))
        listener.start()
        text = said.read() if said else ""
        listener.join()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        watch.cancel()
    if given_up.is_set():
        raise TooLongError
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command, text, "".join(errors)[-2000:])
    wall = time.monotonic() - start
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024), text


def covey(folder: Path, plan: Path, *options: str) -> list[str]:
    """The command that matches a case as anybody would."""
    return [sys.executable, "-m", "chalicelib.matching", str(folder / "instance.json"), str(plan), *options]


def play(*arguments: str) -> list[str]:
    """A command in the environment of the peers."""
    return [str(VENV / "bin" / "python"), "-W", "ignore", "-m", "infra.bench.play", *arguments]


def held(scale: Scale) -> Iterator[list[Row]]:
    """Hold the contest; yield the rows of one case after the other."""
    for name, folder, people in _cases(scale):
        yield list(_contest(name, folder, people, scale))


def _cases(scale: Scale) -> Iterator[tuple[str, Path, int]]:
    """Write one case after the other into a folder of its own, real rosters first, and clear it away afterwards."""
    known: list[tuple[str, bytes]] = [("demo", samples.demo())]
    if REAL.exists():
        known.insert(0, ("real", REAL.read_bytes()))
    for name, document in known:
        folder = _folder(name)
        (folder / "instance.json").write_bytes(document)
        yield name, folder, len(json.loads(document)["attendees"])
    for case in scale.cases:
        yield case.name, planted(case), case.people


def planted(case: Case) -> Path:
    """A folder with a planted case."""
    folder = _folder(case.name)
    case.write(folder / "instance.json")
    (folder / "themes.json").write_text(json.dumps(case.themes()), encoding="utf-8")
    return folder


def _folder(name: str) -> Path:
    folder = FOLDER / re.sub(r"[ ,]+", "-", name)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _contest(name: str, folder: Path, people: int, scale: Scale) -> Iterator[Row]:
    """Covey first and alone, since the others' bounds come from its certificate; then two at a time."""
    seeds = SEEDS if people <= MOST_REPEATED else SEEDS[:1]
    own = Row(name, people, COVEY)
    plans = {COVEY: _run(own, seeds, scale, lambda plan, seed: covey(folder, plan, "--seed", str(seed)), folder)}
    if not plans[COVEY]:
        yield own
        return
    measured(play("prepare", str(folder), str(plans[COVEY][0])), 10 * scale.limit)
    rows = [own, *(Row(name, people, who) for who in _contestants(people))]

    def compete(row: Row) -> list[Path]:
        def command(plan: Path, seed: int) -> list[str]:
            if row.who == UNSEARCHED:
                return covey(folder, plan, "--seed", str(seed), "--moves", "0")
            options = ("--seed", str(seed), "--seconds", str(scale.solver))
            return play("plan", str(folder), row.who, str(plan), *options)

        once = row.who in {*SLOW, ON_JUDGE}
        return _run(row, seeds[:1] if once else seeds, scale, command, folder)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        quick = [row for row in rows[1:] if row.who not in SLOW]
        plans |= dict(zip([row.who for row in quick], pool.map(compete, quick), strict=True))
    plans |= {row.who: compete(row) for row in rows[1:] if row.who in SLOW}
    every = [str(plan) for row in rows for plan in plans[row.who]]
    verdicts = iter(json.loads(measured(play("judge", str(folder), *every), 10 * scale.limit)[1]))
    facts = json.loads((folder / "facts.json").read_bytes())
    for row in rows:
        row.verdicts = [next(verdicts) for _ in plans[row.who]]
        row.facts = facts
    shutil.rmtree(folder)
    yield from rows


def _contestants(people: int) -> Iterator[str]:
    yield UNSEARCHED
    if people <= MOST_SEARCHED_ELSEWHERE:
        yield ON_PLAIN
    if people <= MOST_JUDGED:
        yield ON_JUDGE
    yield from PEERS if people <= MOST_CLUSTERED else PEERS[:2]
    if people <= MOST_IN_TEAMS:
        yield TEAMS
    if people <= MOST_SOLVED:
        yield CPSAT


def _run(
    row: Row, seeds: tuple[int, ...], scale: Scale, command: Callable[[Path, int], list[str]], folder: Path
) -> list[Path]:
    """Run a contestant once a seed; note the costs, and return the plans."""
    plans = []
    for seed in seeds:
        plan = folder / f"{re.sub('[^a-z]+', '-', row.who.lower())}-{seed}.json"
        try:
            cost, _ = measured(command(plan, seed), scale.limit, threads=None if row.who in SLOW else 1)
        except TooLongError:
            row.trouble = f"over {scale.limit:.0f} s"
            break
        except subprocess.CalledProcessError as problem:
            row.trouble = f"failed: {str(problem.stderr).strip().splitlines()[-1][:60]}"
            break
        row.costs.append(cost)
        plans.append(plan)
        if cost.wall > LONG:
            break
    return plans


@dataclass(frozen=True)
class Point:
    """One point of a curve.

    Args:
        judged: relevance by the independent judge; nothing for whoever could have been seated and was not.
    """

    name: str
    people: int
    cost: Cost
    judged: float


def anytime(case: Case) -> Iterator[Point]:
    """Relevance by the judge for a growing budget of moves, and of each peer; the cost of start-up included."""
    folder = planted(case)
    plan = folder / "plan.json"
    measured(covey(folder, plan, "--moves", "0"), 600)
    measured(play("prepare", str(folder), str(plan)), 600)
    placeable = json.loads((folder / "facts.json").read_bytes())["placeable"]

    def point(name: str, command: list[str]) -> Point:
        cost, _ = measured(command, 600)
        verdict = json.loads(measured(play("judge", str(folder), str(plan)), 600)[1])[0]
        return Point(name, case.people, cost, verdict["judged"] * verdict["placed"] / placeable)

    for moves in MOVES:
        yield point(COVEY, covey(folder, plan, *(("--moves", str(moves)) if moves is not None else ())))
    for who in PEERS:
        yield point(who, play("plan", str(folder), who, str(plan)))
    shutil.rmtree(folder)


def growth(sizes: tuple[int, ...], limit: float) -> Iterator[Point]:
    """What Covey takes for planted cases of growing size."""
    for size in sizes:
        folder = planted(Case(size))
        try:
            cost, _ = measured(covey(folder, folder / "plan.json"), limit)
        except (TooLongError, subprocess.CalledProcessError):
            return
        finally:
            shutil.rmtree(folder)
        yield Point(COVEY, size, cost, 0)


def largest(points: list[Point], megabytes: float, limit: float) -> int:
    """The largest size, in steps of a twentieth, seen to stay within that much memory; 0 when none does.

    Args:
        points: what is known already, in order of size.
    """
    fits = [point.people for point in points if point.cost.peak <= megabytes]
    beyond = [point.people for point in points if point.cost.peak > megabytes]
    low, high = max(fits, default=0), min(beyond, default=0)
    if not low or not high:
        return low
    while high > 1.05 * low:
        middle = int((low * high) ** 0.5)
        at = list(growth((middle,), limit))
        if at and at[0].cost.peak <= megabytes:
            low = middle
        else:
            high = middle
    return low
