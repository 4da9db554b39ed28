"""Forming: groups made around what people have in common, and people without a seat squeezed in."""

import numpy as np

from chalicelib.matching.problem import Bools, Ints
from chalicelib.matching.seating import POOL, Floats, Seating
from chalicelib.matching.table import Table

SAMPLE = 400
"""Items looked at when the next group needs its first member."""


def form(seating: Seating, items: list[int], rng: np.random.Generator) -> None:
    """Make groups of pool items around what they have in common, at times that suit all of their members.

    Those with the fewest chances choose first.
    """
    problem = seating.problem
    left = np.array(sorted(items), dtype=np.int64)
    fit, size = problem.glad[left], problem.size[left]
    vector = seating.vector[left]
    free = np.ones(len(left), dtype=np.bool_)
    reach = size @ fit
    while free.any():
        columns = seating.open_columns() & (reach >= problem.low)
        candidates = np.flatnonzero(free)
        if len(candidates) > SAMPLE:
            candidates = np.sort(rng.choice(candidates, SAMPLE, replace=False))
        chances = fit[candidates] @ columns.astype(np.int64)
        able = chances > 0
        if not able.any():
            hopeless = candidates
            if len(hopeless) == int(free.sum()):
                return
            free[hopeless] = False
            reach -= size[hopeless] @ fit[hopeless]
            continue
        luck = rng.uniform(0.5, 1.5, size=len(candidates))
        seed = int(candidates[np.argmin(np.where(able, chances * luck, np.inf))])
        alike = vector @ vector[seed]
        column = _column(problem.low, fit, size, alike / seating.scale, free, seed, columns, rng)
        chosen = _gather(seating, left, fit[:, column] & free, vector, size, seed, column)
        if chosen is None:
            chosen = [seed]
        else:
            seating.open(column, left[chosen].tolist())
        free[chosen] = False
        reach -= size[chosen] @ fit[chosen]


def _column(
    low: int,
    fit: Bools,
    size: Ints,
    alike: Floats,
    free: Bools,
    seed: int,
    columns: Bools,
    rng: np.random.Generator,
) -> int:
    """The column at which those most like the seed can come, with some luck."""
    options = np.flatnonzero(columns & fit[seed])
    others = np.flatnonzero(free)
    others = others[others != seed]
    order = others[np.argsort(-alike[others], kind="stable")]
    here = fit[np.ix_(order, options)]
    nearest = here & (np.cumsum(size[order, None] * here, axis=0) + size[seed] <= low)
    draw = (nearest * alike[order, None]).sum(axis=0) / low + rng.gumbel(size=len(options)) * 0.03
    return int(options[np.argmax(draw)])


def _gather(
    seating: Seating,
    left: Ints,
    able: Bools,
    vector: Floats,
    size: Ints,
    seed: int,
    column: int,
) -> list[int] | None:
    """The seed and those nearest to it and to each other who can make the column, just enough for a group."""
    problem = seating.problem
    options = np.flatnonzero(able)
    options = options[options != seed]
    chosen, people, total = [seed], int(size[seed]), vector[seed].copy()
    while people < problem.low:
        options = options[size[options] <= problem.cap[column] - people]
        barred = problem.apart.get(int(left[chosen[-1]]), ()) if problem.apart else ()
        if barred:
            options = options[~np.isin(left[options], barred)]
        if not len(options):
            return None
        place = int(np.argmax((vector[options] @ total) / size[options]))
        nearest = int(options[place])
        options = np.delete(options, place)
        chosen.append(nearest)
        people += int(size[nearest])
        total += vector[nearest]
    return chosen


def squeeze(seating: Seating, items: list[int]) -> None:
    """Seat those of the items that have no seat, if need be by chains of others who each move on to another group.

    Finds the shortest such chains between the groups as they are; leaves units and people with enemies alone.
    """
    problem = seating.problem
    for fit in (problem.glad, problem.fit) if problem.reluctant.any() else (problem.fit,):
        full: set[int] = set()
        for item in items:
            if seating.group[item] == POOL and problem.size[item] == 1 and item not in problem.apart:
                _squeeze(seating, item, fit, full)


def _squeeze(seating: Seating, item: int, fit: Table[np.bool_], full: set[int]) -> None:
    """Look for a chain, breadth first; `full` are groups from which none leads to a free seat, now or later."""
    problem = seating.problem
    rows = seating.rows()
    columns = seating.column[rows]
    came_from = {row: (item, POOL) for row in rows[fit[item, columns]].tolist() if row not in full}
    edge = list(came_from)
    for row in edge:
        if seating.people[row] < problem.cap[seating.column[row]]:
            target = row
            while target != POOL:
                mover, origin = came_from[target]
                seating.shift(mover, target)
                target = origin
            return
        for member in seating.items(row):
            if problem.size[member] == 1 and member not in problem.apart:
                for further in rows[fit[member, columns]].tolist():
                    if further not in came_from and further not in full:
                        came_from[further] = (member, row)
                        edge.append(further)
    full.update(came_from)
