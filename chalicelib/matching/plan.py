"""The matching step by step: coverage, relevance, guests if they are wished for, names, reasons."""

import functools
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from threadpoolctl import ThreadpoolController

from chalicelib.domain.instance import Instance
from chalicelib.domain.plan import Group, Hello, Plan, Unplaced
from chalicelib.matching import features, naming, reasons, wildcard, wording
from chalicelib.matching.coverage import cover
from chalicelib.matching.document import checked
from chalicelib.matching.neighbours import Crowd
from chalicelib.matching.problem import Problem, problem_of
from chalicelib.matching.relevance import Arrangement, Budget, arrange, relevance_of, starts
from chalicelib.matching.talk import Circle, Talk


def match(
    instance: Instance,
    *,
    seed: int = 0,
    moves: int | None = None,
    seconds: float | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Plan:
    """The plan of an instance: as many people seated as possible, and among those plans a relevant one.

    The same instance, seed and moves give the same plan; a deadline in seconds may end the search
    earlier, and the plan says so. However few the moves, the plan keeps every rule and seats as many; with
    less time it keeps every rule, and how many more might have been seated is its gap.

    Args:
        seed: any integer.
        moves: how many moves the search may try; None lets it finish.
        seconds: how long coverage and search may go on; None for as long as it takes.
        clock: seconds that pass; only read when `seconds` is given.

    Raises:
        Invalid: the instance breaks a rule.
    """
    problem = problem_of(checked(instance))
    # More threads only add overhead to products this small.
    with _threads().limit(limits=1):
        budget = Budget(moves, seconds, clock)
        wishes = instance.event.wishes
        vectors, signs = features.vectors(problem.people, wishes)
        formed = starts(problem, vectors, seed, signs)
        coverage = cover(problem, at_hand=formed[0], left=budget.seconds_left)
        begun = [coverage.groups, *formed]
        found = arrange(problem, vectors, begun, seed=seed, budget=budget, signs=signs, fairness=wishes.fairness)
        talk = Talk(problem.people, instance.event.title)
        guests: dict[int, int] = {}
        if wishes.wildcard:
            traded, guests = wildcard.invite(problem, vectors, signs, found.groups, talk)
            found = replace(found, groups=traded, relevance=relevance_of(problem, vectors, traded, signs))
        return _plan(instance, problem, vectors, signs, found, guests, talk, coverage.placeable, seed)


@functools.cache
def _threads() -> ThreadpoolController:
    """The libraries that start threads; all are loaded by now, and looking for them takes a while."""
    return ThreadpoolController()


def _plan(
    instance: Instance,
    problem: Problem,
    vectors: features.Whole,
    signs: features.Ints,
    found: Arrangement,
    guests: dict[int, int],
    talk: Talk,
    placeable: int,
    seed: int,
) -> Plan:
    zone = instance.event.timezone
    groups = sorted(
        (column, sorted(row for item in items for row in problem.members[item])) for column, items in found.groups
    )
    starts_at = [wording.time(slot, zone) for slot in problem.slots]
    times = [starts_at[problem.column_slot[column]] for column, _ in groups]
    members = [rows for _, rows in groups]
    near = naming.nearness(vectors, signs, members)
    considered, words = [], []
    crowd = Crowd(talk)
    for rows in members:
        circle = Circle(talk, rows)
        crowd.add(circle)
        considered.append(naming.consider(near, circle))
        words.append(reasons.heard(circle))
    names = naming.assign(considered, members, times)
    seat = {row: n for n, (_, rows) in enumerate(groups) for row in rows}
    group = np.full(len(problem.people), -1, dtype=np.int64)
    group[list(seat)] = list(seat.values())
    hello = {
        row: Hello(problem.people[other].id, phrase)
        for row, (other, phrase) in crowd.neighbours(problem, vectors, signs, group).items()
    }
    guest_of = {seat[row]: (row, names[seat[other]].theme) for row, other in guests.items()}
    left = [row for row in range(len(problem.people)) if row not in seat]
    told = reasons.unplaced(problem, left, groups, zone, proven=len(seat) == placeable)
    return Plan(
        groups=tuple(
            _group(
                problem,
                n,
                column,
                rows,
                names[n],
                reasons.why(problem, rows, column, times[n], names[n], words[n], vectors, signs, guest_of.get(n)),
                problem.people[guest_of[n][0]].id if n in guest_of else None,
                {problem.people[row].id: hello[row] for row in rows if row in hello},
            )
            for n, (column, rows) in enumerate(groups)
        ),
        unplaced=tuple(Unplaced(name, why) for name, why in told.items()),
        placed=len(seat),
        placeable=placeable,
        gap=placeable - len(seat),
        relevance=round(found.relevance, 6),
        seed=seed,
        stopped=found.stopped,
    )


def _group(
    problem: Problem,
    number: int,
    column: int,
    rows: list[int],
    name: naming.Name,
    why: dict[str, str],
    guest: str | None,
    hello: dict[str, Hello],
) -> Group:
    place = problem.places[problem.column_place[column]]
    return Group(
        id=f"g{number + 1:03}",
        slot=problem.slots[problem.column_slot[column]].id,
        place=place.id if place else None,
        members=tuple(problem.people[row].id for row in rows),
        host=next((problem.people[row].id for row in rows if problem.people[row].host), None),
        title=name.title,
        subtitle=name.subtitle,
        keywords=name.keywords,
        why=why,
        weak=name.weak,
        wildcard=guest,
        hello=hello,
    )
