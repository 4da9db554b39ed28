"""Packing: the people of a column split into its groups, pair rules kept."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from chalicelib.matching.opening import Opening, Terms
from chalicelib.matching.problem import Groups, Ints, Problem
from chalicelib.matching.transport import Transport

PATIENCE = 600
"""Trials without success after which groups around pairs are good enough."""

Bin = tuple[int, list[int]]
"""The column of a group, and its items so far."""


def dealt(problem: Problem, seats: Transport, groups: Ints) -> Groups:
    """The people of each column in that many groups, or in more if there is room: small ones are easier to match."""
    counts = split_further(problem, seats.count, groups)
    found: list[tuple[int, tuple[int, ...]]] = []
    for column in np.flatnonzero(counts).tolist():
        people = np.sort(seats.members[column])
        found += [(column, tuple(people[first :: counts[column]].tolist())) for first in range(int(counts[column]))]
    return tuple(found)


def split_further(problem: Problem, people: Ints, groups: Ints) -> Ints:
    """As many groups as the people of each column and the rooms allow, shape (C,)."""
    counts = np.where(people > 0, groups, 0)
    for column in np.flatnonzero(counts).tolist():
        room = min(
            (problem.limits[n].rooms - int(counts[problem.limits[n].columns].sum()) for n in problem.limits_of[column]),
            default=len(problem.people),
        )
        counts[column] += max(0, min(room, int(people[column]) // problem.low - int(counts[column])))
    return counts


def pack(problem: Problem, items: list[int], count: int, cap: int) -> list[tuple[int, ...]]:
    """Split items into groups that keep the pair rules; what cannot be fitted in stays out.

    Large items and those with most enemies choose first, each the emptiest group that it may join.
    """
    bins: list[list[int]] = [[] for _ in range(count)]
    fill = [0] * count
    for item in _hardest_first(problem, items):
        enemies = set(problem.apart.get(item, ()))
        size = int(problem.size[item])
        free = [n for n in range(count) if fill[n] + size <= cap and not enemies.intersection(bins[n])]
        if free:
            chosen = min(free, key=lambda n: (fill[n], n))
            bins[chosen].append(item)
            fill[chosen] += size
    return [tuple(group) for group, size in zip(bins, fill, strict=True) if size >= problem.low]


def _hardest_first(problem: Problem, items: list[int]) -> list[int]:
    return sorted(items, key=lambda one: (-int(problem.size[one]), -len(problem.apart.get(one, ())), one))


def seated_with_pairs(
    problem: Problem, opening: Opening, target: int, left: Callable[[], float], seed: int = 0
) -> Groups:
    """A plan that keeps the pair rules, made from one that did not: units and people with enemies first.

    They are put into its groups one after the other; all the others are then seated around them, in these
    groups and in new ones.

    Args:
        opening: a plan as if everybody came alone.
        target: as many as can be seated at most.
        left: how many seconds are left.
        seed: of the search for groups around those with pair rules.
    """
    terms = opening.terms
    counts = opening.groups()
    bound = np.union1d(np.flatnonzero(problem.size > 1), np.array(sorted(problem.apart), dtype=np.int64))
    fit = problem.fit & problem.viable
    bound = bound[fit.any(axis=1)[bound]] if len(bound) else bound
    home = _homes(opening.seats, len(problem.size))
    bins: list[list[Bin]] = [[(column, []) for _ in range(count)] for column, count in enumerate(counts.tolist())]
    for item in _hardest_first(problem, bound.tolist()):
        _put(problem, bins, item, int(home[item]), np.flatnonzero(fit[item]))
    begun = [group for column in bins for group in column if group[1]]
    alone = np.setdiff1d(np.flatnonzero(fit.any(axis=1)), bound)
    return _around(problem, terms, begun, alone, target, left, seed)


def _homes(seats: Transport, items: int) -> Ints:
    """The column in which an item, or the first part of it, sits; -1 for none; shape (N,)."""
    home = np.full(items, -1, dtype=np.int64)
    for column in range(seats.pool):
        home[seats.members[column]] = column
    return home


def _put(problem: Problem, bins: list[list[Bin]], item: int, home: int, columns: Ints) -> None:
    """Put an item into a group of its column, or of another one, that has room and no enemy; the fullest such."""
    size, enemies = int(problem.size[item]), set(problem.apart.get(item, ()))
    others = sorted((column for column in columns.tolist() if column != home), key=lambda one: (-len(bins[one]), one))
    for column in [home, *others] if home >= 0 else others:
        best, fullest = None, -1
        for _, group in bins[column]:
            filled = int(problem.size[group].sum()) if group else 0
            free = filled + size <= problem.cap[column] and not enemies.intersection(group)
            # Enemies spread; units fill up what is begun.
            if free and (-filled if enemies else filled) > (fullest if best is not None else -math.inf):
                best, fullest = group, -filled if enemies else filled
        if best is not None:
            best.append(item)
            return


def _around(
    problem: Problem,
    terms: Terms,
    begun: list[Bin],
    alone: Ints,
    target: int,
    left: Callable[[], float],
    seed: int,
) -> Groups:
    """Seat people without pair rules in groups that have begun and in new ones."""
    while True:
        lacking, spare, taken = (np.zeros(len(problem.cap), dtype=np.int64) for _ in range(3))
        for column, group in begun:
            people = int(problem.size[group].sum())
            lacking[column] += max(0, problem.low - people)
            spare[column] += int(problem.cap[column]) - people
            taken[column] += 1
        seats = Transport(problem.fit & problem.viable, alone)
        short = seats.supply(lacking)
        if short is None:
            break
        # The group that lacks most is given up.
        lost = max(
            (n for n, (column, _) in enumerate(begun) if short[column]),
            key=lambda n: (problem.low - int(problem.size[begun[n][1]].sum()), n),
        )
        del begun[lost]
    seats.fill(spare)
    most = np.minimum(terms.most, terms.most - taken)
    kept = replace(
        terms, rooms=terms.rooms - terms.shares @ taken, most=np.maximum(0, most), lacking=lacking, spare=spare
    )
    opening = Opening(seats, kept)
    opening.begin()
    seated = sum(int(problem.size[group].sum()) for _, group in begun)
    opening.search(target - seated, PATIENCE, np.random.default_rng(seed), left)
    return _dealt_around(problem, opening, begun)


def _dealt_around(problem: Problem, opening: Opening, begun: list[Bin]) -> Groups:
    """Split the people of each column into the groups that have begun, the emptiest first, and the new ones."""
    counts = opening.groups()
    found: list[tuple[int, tuple[int, ...]]] = []
    of_column: list[list[list[int]]] = [[] for _ in counts]
    for column, group in begun:
        of_column[column].append(list(group))
    for column, groups in enumerate(of_column):
        groups += [[] for _ in range(int(counts[column]))]
        size = [int(problem.size[group].sum()) if group else 0 for group in groups]
        for person in np.sort(opening.seats.members[column]).tolist():
            emptiest = int(np.argmin(size))
            groups[emptiest].append(person)
            size[emptiest] += 1
        found += [(column, tuple(group)) for group in groups]
    return tuple(found)
