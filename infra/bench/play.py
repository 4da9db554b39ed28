"""What one fresh process of the contest does, in the environment of the peers.

    python -m infra.bench.play prepare FOLDER PLAN.json            what the judge needs to know of a case
    python -m infra.bench.play plan FOLDER CONTESTANT PLAN.json    one contestant's plan
    python -m infra.bench.play judge FOLDER PLAN.json…             verdicts as JSON

A folder holds a case: instance.json, and once prepared facts.json and vectors.npz.
"""

import argparse
import inspect
import json
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import msgspec
import numpy as np

from chalicelib.matching import document, features
from chalicelib.matching.plan import match
from infra.bench import judge, peers
from infra.bench.arena import Json, arena_of
from infra.bench.judge import Likeness
from infra.bench.names import CPSAT, ON_JUDGE, ON_PLAIN


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line asks; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.bench.play")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("prepare", "plan", "judge"):
        command = commands.add_parser(name)
        command.add_argument("folder", type=Path)
        if name == "plan":
            command.add_argument("contestant")
            command.add_argument("--seed", type=int, default=0)
            command.add_argument("--seconds", type=float, default=60)
        command.add_argument("plans", type=Path, nargs="+" if name == "judge" else 1)
    given = parser.parse_args(arguments)
    instance = json.loads((given.folder / "instance.json").read_bytes())
    if given.command == "prepare":
        prepare(given.folder, instance, given.plans[0])
    elif given.command == "judge":
        print(json.dumps(judged(given.folder, instance, given.plans)))
    else:
        plan = planned(given.folder, instance, given.contestant, given.seed, given.seconds)
        given.plans[0].write_text(json.dumps(plan), encoding="utf-8")
    return 0


def prepare(folder: Path, instance: Json, plan: Path) -> None:
    """Compute everybody's vectors by both measures, and the bounds, for as many as that plan says can be seated."""
    arena = arena_of(instance)
    placeable = json.loads(plan.read_bytes())["placeable"]
    ours, theirs = covey_likeness(instance), judge.independent(instance["attendees"])
    np.savez(folder / "vectors.npz", ours=ours.x, signs=ours.signs, judge=theirs.x)
    facts = {
        "placeable": placeable,
        "bound": judge.bound(arena, ours, placeable),
        "judge_bound": judge.bound(arena, theirs, placeable),
    }
    (folder / "facts.json").write_text(json.dumps(facts), encoding="utf-8")


def judged(folder: Path, instance: Json, plans: list[Path]) -> list[Json]:
    """What each plan is worth."""
    arena = arena_of(instance)
    ours, theirs = _likenesses(folder)
    themes = folder / "themes.json"
    planted = np.array(json.loads(themes.read_bytes())) if themes.exists() else None
    verdicts = []
    for path in plans:
        plan = json.loads(path.read_bytes())
        groups = judge.rows_of(arena, plan)
        mine, independent = judge.verdict(groups, ours), judge.verdict(groups, theirs)
        verdicts.append(
            {
                "placed": sum(len(rows) for rows in groups),
                "groups": len(groups),
                "broken": judge.broken(instance, plan),
                "relevance": mine.relevance,
                "judged": independent.relevance,
                "worst": independent.worst,
                "theme": None if planted is None else judge.same_theme(groups, planted),
            }
        )
    return verdicts


def planned(folder: Path, instance: Json, contestant: str, seed: int, seconds: float) -> Json:
    """A contestant's plan; of the peers' only the seats."""
    if contestant in {ON_PLAIN, ON_JUDGE}:
        return _searched(folder, instance, contestant, seed)
    arena = arena_of(instance)
    if contestant == CPSAT:
        from infra.bench import exact

        x, signs = _likenesses(folder)[0]
        placeable = json.loads((folder / "facts.json").read_bytes())["placeable"]
        return exact.solve(arena, (x * signs) @ x.T, placeable, seconds, seed).plan()
    peers.SECONDS = seconds
    return peers.PEERS[contestant](instance["attendees"], arena, np.random.default_rng(seed)).plan()


def covey_likeness(instance: Json) -> Likeness:
    """Covey's own vectors of the people, in the order of the document."""
    read = document.read(json.dumps(instance).encode())
    x, signs = _parts(features.vectors(*_asked(read)))
    return Likeness(x / features.SCALE, signs)


def _asked(read: Any) -> tuple[Any, ...]:
    takes = len(inspect.signature(features.vectors).parameters)
    return (read.attendees, read.event.wishes)[:takes]


def _parts(found: Any) -> Likeness:
    x, signs = found if isinstance(found, tuple) else (found, np.ones(found.shape[1]))
    return Likeness(x, signs)


def _searched(folder: Path, instance: Json, contestant: str, seed: int) -> Json:
    """Covey's plan, had it these vectors; whole-numbered like its own."""
    people = instance["attendees"]
    vectors = peers.plain_vectors(people) if contestant == ON_PLAIN else _likenesses(folder)[1].x
    row_of = {person["id"]: row for row, person in enumerate(people)}
    own: Any = features.vectors

    def other(candidates: Any, *rest: Any) -> Any:
        whole = np.rint(features.SCALE * vectors[[row_of[person.id] for person in candidates]])
        like = own(candidates[:2], *rest)
        if not isinstance(like, tuple):
            return whole
        return whole.astype(like[0].dtype), np.ones(whole.shape[1], dtype=like[1].dtype)

    with mock.patch.object(features, "vectors", other):
        found = match(document.read(json.dumps(instance).encode()), seed=seed)
    plan: Json = json.loads(msgspec.json.encode(found))
    return plan


def _likenesses(folder: Path) -> tuple[Likeness, Likeness]:
    with np.load(folder / "vectors.npz") as stored:
        theirs = stored["judge"]
        return Likeness(stored["ours"], stored["signs"]), Likeness(theirs, np.ones(theirs.shape[1]))


if __name__ == "__main__":
    sys.exit(main())
