"""CP-SAT: the same problem written down whole for a general solver, to see what there is to be found at all.

It first looks who could meet when, which is easy, and goes on from there to who meets whom. It gets Covey's
own measure of likeness, since the question is how good the search is and not how good the vectors are, and
maximises the same relevance.
"""

import itertools
import time
from typing import Any

import numpy as np
from ortools.sat.python import cp_model

from infra.bench.arena import Arena, Floats, Hall

FOUND = {cp_model.OPTIMAL, cp_model.FEASIBLE}

SCALE = 100_000
"""Likenesses become whole numbers of this size."""


def solve(arena: Arena, likeness: Floats, placeable: int, seconds: float, seed: int) -> Hall:
    """The best plan that CP-SAT finds; an empty one when it finds none.

    Args:
        likeness: of any two people, shape (P, P).
        placeable: how many people must have a seat.
        seconds: when it stops.
    """
    end = time.monotonic() + seconds
    begun = _seated(arena, placeable, seconds, seed)
    program = _Program(arena, placeable)
    program.begin_with(begun)
    program.maximise(likeness)
    solver = _solver(max(1.0, end - time.monotonic()), seed)
    return program.hall(solver) if solver.solve(program.model) in FOUND else begun


def _seated(arena: Arena, placeable: int, seconds: float, seed: int) -> Hall:
    """A plan that seats so many, unless pair rules stand against it, whoever meets whom."""
    hall = Hall(arena)
    units, columns = range(len(arena.units)), range(len(arena.columns))
    model = cp_model.CpModel()
    goes = {(u, c): model.new_bool_var("") for u in units for c in np.flatnonzero(hall.can[u]).tolist()}
    groups = [model.new_int_var(0, len(arena.people) // arena.low, "") for _ in columns]
    size = hall.size.tolist()
    for u in units:
        model.add_at_most_one(goes[u, c] for c in columns if (u, c) in goes)
    for c in columns:
        people = sum(size[u] * goes[u, c] for u in units if (u, c) in goes)
        model.add(people >= arena.low * groups[c])
        model.add(people <= int(arena.cap[c]) * groups[c])
    for rooms, busy in arena.rooms:
        model.add(sum(groups[c] for c in busy) <= rooms)
    seats = sum(size[u] * seat for (u, _), seat in goes.items())
    model.add(seats <= placeable)
    model.maximize(seats)
    solver = _solver(seconds / 4, seed)
    if solver.solve(model) in FOUND:
        for c in reversed(columns):
            here = [u for u in units if (u, c) in goes and solver.value(goes[u, c])]
            for n in range(count := solver.value(groups[c])):
                hall.begin(c, here[n::count])
    return hall


def _solver(seconds: float, seed: int) -> Any:
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.random_seed = seed
    return solver


class _Program:
    """Variables: who sits in which group, in which column it meets, and how many members it has."""

    def __init__(self, arena: Arena, placeable: int) -> None:
        self.arena = arena
        self.model = model = cp_model.CpModel()
        viable = arena.can & (arena.can.sum(axis=0) >= arena.low)
        self.people = np.flatnonzero(viable.any(axis=1)).tolist()
        self.groups = range(min(len(self.people), placeable) // arena.low)
        self.sizes = range(arena.low, int(arena.cap.max()) + 1)
        columns = range(len(arena.columns))
        self.sits: dict[Any, Any] = {(p, g): model.new_bool_var("") for p in self.people for g in self.groups}
        self.meets: dict[Any, Any] = {(g, c): model.new_bool_var("") for g in self.groups for c in columns}
        self.has: dict[Any, Any] = {(g, n): model.new_bool_var("") for g in self.groups for n in self.sizes}
        for p in self.people:
            model.add_at_most_one(self.sits[p, g] for g in self.groups)
            able = np.flatnonzero(arena.can[p]).tolist()
            for g in self.groups:
                model.add_bool_or([self.sits[p, g].negated(), *(self.meets[g, c] for c in able)])
        for g in self.groups:
            self._shape(g)
        for rooms, busy in arena.rooms:
            model.add(sum(self.meets[g, c] for g in self.groups for c in busy) <= rooms)
        self._keep_pairs()
        model.add(sum(self.sits.values()) == placeable)

    def _shape(self, g: int) -> None:
        """A group that meets has a column and a size that its seats allow; one that does not has nobody."""
        model, arena = self.model, self.arena
        columns = range(len(arena.columns))
        model.add_at_most_one(self.meets[g, c] for c in columns)
        model.add(sum(self.has[g, n] for n in self.sizes) == sum(self.meets[g, c] for c in columns))
        model.add(sum(self.sits[p, g] for p in self.people) == sum(n * self.has[g, n] for n in self.sizes))
        for n in self.sizes:
            large = [self.meets[g, c] for c in columns if arena.cap[c] >= n]
            model.add_bool_or([self.has[g, n].negated(), *large])
        if g:
            # Groups are alike, so they may be numbered by their columns; those that do not meet come last.
            later = sum((c + 1) * self.meets[g, c] for c in columns)
            model.add(sum((c + 1) * self.meets[g - 1, c] for c in columns) >= later)

    def _keep_pairs(self) -> None:
        model, arena, sits = self.model, self.arena, self.sits
        for unit in arena.units:
            for one, other in itertools.pairwise(unit):
                for g in self.groups:
                    model.add(sits.get((one, g), 0) == sits.get((other, g), 0))
        for unit_number, others in arena.enemies.items():
            for other_number, g in itertools.product(others, self.groups):
                ends = [(arena.units[n][0], g) for n in (unit_number, other_number)]
                if unit_number < other_number and all(end in sits for end in ends):
                    model.add_at_most_one(sits[end] for end in ends)

    def hall(self, solver: Any) -> Hall:
        """The plan that the solver found."""
        hall = Hall(self.arena)
        unit_of = {row: n for n, unit in enumerate(self.arena.units) for row in unit}
        for (g, c), meets in self.meets.items():
            if solver.value(meets):
                members = {unit_of[p] for p in self.people if solver.value(self.sits[p, g])}
                hall.begin(c, sorted(members))
        return hall

    def begin_with(self, hall: Hall) -> None:
        """Hint at a plan whose groups are in falling order of their columns."""
        self._group_of = {p: g for g, (_, units) in enumerate(hall.groups) for u in units for p in self.arena.units[u]}
        self._size_of = dict(enumerate(hall.seated))
        column_of = {g: c for g, (c, _) in enumerate(hall.groups)}
        for (p, g), sits in self.sits.items():
            self.model.add_hint(sits, self._group_of.get(p) == g)
        for (g, c), meets in self.meets.items():
            self.model.add_hint(meets, column_of.get(g) == c)
        for (g, n), has in self.has.items():
            self.model.add_hint(has, self._size_of.get(g) == n)

    def maximise(self, likeness: Floats) -> None:
        """Ask for the largest sum over members of their mean likeness to the others of their group."""
        model, sits, group_of, size_of = self.model, self.sits, self._group_of, self._size_of
        sized: dict[Any, Any] = {(p, n): model.new_bool_var("") for p in self.people for n in self.sizes}
        for (p, n), variable in sized.items():
            model.add_hint(variable, p in group_of and size_of[group_of[p]] == n)
        for p in self.people:
            model.add(sum(sized[p, n] for n in self.sizes) == sum(sits[p, g] for g in self.groups))
            for g, n in itertools.product(self.groups, self.sizes):
                model.add_bool_or(sits[p, g].negated(), self.has[g, n].negated(), sized[p, n])
        terms = []
        for one, other in itertools.combinations(self.people, 2):
            together = [model.new_bool_var("") for _ in self.sizes]
            both = sum(together)
            model.add_at_most_one(together)
            model.add(both <= sum(sits[one, g] for g in self.groups))
            for g in self.groups:
                model.add(sits[one, g] + sits[other, g] - 1 <= both)
                model.add(both <= 1 - sits[one, g] + sits[other, g])
                model.add(both <= 1 + sits[one, g] - sits[other, g])
            met = one in group_of and group_of[one] == group_of.get(other)
            for n, pair in zip(self.sizes, together, strict=True):
                model.add_implication(pair, sized[one, n])
                model.add_implication(pair, sized[other, n])
                model.add_hint(pair, met and size_of[group_of[one]] == n)
                terms.append(round(2 * SCALE * float(likeness[one, other]) / max(1, n - 1)) * pair)
        model.maximize(sum(terms))
