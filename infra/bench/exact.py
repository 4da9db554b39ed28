"""CP-SAT: the same problem written down whole for a general solver, to see what there is to be found at all.

It gets Covey's own measure of likeness, since the question is how good the search is and not how good the
vectors are; it must seat as many people as can be seated, and maximises the same relevance.
"""

import itertools
from typing import Any

import numpy as np
from ortools.sat.python import cp_model

from infra.bench.arena import Arena, Floats, Hall

SCALE = 100_000
"""Likenesses become whole numbers of this size."""


def solve(arena: Arena, likeness: Floats, placeable: int, seconds: float, seed: int) -> Hall:
    """The best plan that CP-SAT finds; an empty one when it finds none.

    Args:
        likeness: of any two people, shape (P, P).
        placeable: how many people must have a seat.
        seconds: when it stops.
    """
    program = _Program(arena, placeable)
    program.maximise(likeness)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.random_seed = seed
    hall = Hall(arena)
    if solver.solve(program.model) in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        unit_of = {row: n for n, unit in enumerate(arena.units) for row in unit}
        for (g, c), meets in program.meets.items():
            if solver.value(meets):
                members = {unit_of[p] for p in program.people if solver.value(program.sits[p, g])}
                hall.begin(c, sorted(members))
    return hall


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

    def maximise(self, likeness: Floats) -> None:
        """The sum over members of their mean likeness to the others of their group."""
        model, sits = self.model, self.sits
        sized: dict[Any, Any] = {(p, n): model.new_bool_var("") for p in self.people for n in self.sizes}
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
            for n, pair in zip(self.sizes, together, strict=True):
                model.add_implication(pair, sized[one, n])
                model.add_implication(pair, sized[other, n])
                terms.append(round(2 * SCALE * float(likeness[one, other]) / max(1, n - 1)) * pair)
        model.maximize(sum(terms))
