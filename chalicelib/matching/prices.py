"""Prices: a bound on coverage that can be had again in no time when the event is a little different.

Let every person and every room have a price of 0 or more. A plan seats no more people than
the prices of everybody and of all rooms together, plus what each column gains at best: one less the price
for each of its people, less the price of its rooms. This holds for any prices (Lagrange), so prices that
are good for an event are tried on the same event with another slot, room or seat.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, vstack

from chalicelib.matching.problem import Bools, Ints, Problem

Floats = NDArray[np.float64]

ROUNDING = 1e-4
"""What sums may be wrong by."""


@dataclass(frozen=True, eq=False)
class Prices:
    """Prices of people and rooms.

    Args:
        people: shape (N,).
        rooms: of each limit, shape (L,).
        gain: what the people of each column who gain most gain together, by their number, shape (C, most + 1).
        peak: for how many people that is the most, shape (C,).
    """

    people: Floats
    rooms: Floats
    gain: Floats
    peak: Ints

    def bound(self, problem: Problem, some: Bools) -> int:
        """The most people that any plan of a problem can seat.

        Args:
            some: who has a viable column, shape (N,).
        """
        return math.floor(self._bound(problem, some)[0] + ROUNDING)

    def useful(self, problem: Problem, some: Bools, seated: int) -> Bools:
        """The columns that a plan which seats so many people may use, shape (C,)."""
        total, first = self._bound(problem, some)
        return np.asarray(total + np.minimum(first, 0) >= seated - ROUNDING)

    def _bound(self, problem: Problem, some: Bools) -> tuple[float, Floats]:
        """A bound, and what the first group in each column gains, shape (C,)."""
        low, cap = problem.low, problem.cap
        most = np.where(problem.viable, problem.reach // low, 0)
        cost = np.zeros(len(cap))
        total = float(self.people[some].sum())
        for price, limit in zip(self.rooms.tolist(), problem.limits, strict=True):
            most[limit.columns] = np.minimum(most[limit.columns], limit.rooms)
            if price:
                cost[limit.columns] += price
                total += price * limit.rooms
        columns = np.flatnonzero(most)
        first = np.full(len(cap), -np.inf)
        before, groups = np.zeros(len(columns)), 0
        # What another group gains gets less and less.
        while len(columns):
            groups += 1
            people = np.clip(self.peak[columns], low * groups, np.minimum(cap * groups, problem.reach)[columns])
            now = self.gain[columns, people]
            more = now - before - cost[columns]
            if groups == 1:
                first[columns] = more
            total += float(more[more > 0].sum())
            going = (more > 0) & (most[columns] > groups)
            columns, before = columns[going], now[going]
        return total, first


def prices(fit: Bools, people: Floats, rooms: Floats) -> Prices:
    """Prices made ready to be asked.

    Args:
        fit: who can make which column, all columns open, shape (N, C).
    """
    gains = np.where(fit, 1 - people[:, None], -np.inf)
    gains = -np.sort(-gains, axis=0)[: int(fit.sum(axis=0).max(initial=0))]
    total = np.zeros((fit.shape[1], len(gains) + 1))
    total[:, 1:] = np.cumsum(gains, axis=0).T
    return Prices(people, rooms, total, np.asarray((gains > 0).sum(axis=0)))


def of_cuts(fit: Bools, cuts: list[tuple[Bools, int]], weights: Floats) -> Floats:
    """Prices of people, shape (N,), that say what cuts of these weights say; see bounds.py.

    Args:
        fit: who can make which column that is open, shape (N, C).
    """
    people = np.ones(len(fit))
    for (columns, _), weight in zip(cuts, weights.tolist(), strict=True):
        if weight > 0:
            people[~(fit & ~columns).any(axis=1)] -= weight
    return np.maximum(people, 0)


class Model:
    """The integer program of single people, of which only the numbers of groups are asked; see program.py.

    Args:
        problem: whatever it is about.
        fit: who can make which open and viable column, shape (N, C).
        some: whose seats are looked at, shape (N,); everybody else is seated at any rate, and may besides help
            as many groups as they can make to have enough members.
    """

    def __init__(self, problem: Problem, fit: Bools, some: Bools) -> None:
        others = fit[~some].sum(axis=0)
        fit = fit & some[:, None]
        self.rows = np.flatnonzero(fit.any(axis=1))
        alike, self.kind_of, count = np.unique(
            np.packbits(fit[self.rows], axis=1), axis=0, return_inverse=True, return_counts=True
        )
        self.columns = np.flatnonzero(fit.any(axis=0))
        table = np.unpackbits(alike, axis=1, count=fit.shape[1])[:, self.columns]
        kind, column = np.nonzero(table)
        x, c, kinds = len(kind), len(self.columns), len(count)
        here, cap = np.arange(x), problem.cap[self.columns].astype(float)
        groups = csr_array((np.ones(c), (np.arange(c), x + np.arange(c))), shape=(c, x + c))
        seats = csr_array((np.ones(x), (column, here)), shape=(c, x + c))
        own = np.minimum(count[kind], cap[column])
        shares = np.zeros((len(problem.limits), len(problem.cap)))
        for n, limit in enumerate(problem.limits):
            shares[n, limit.columns] = 1
        helpers = others[self.columns]
        most = np.floor((count @ table + helpers) / problem.low)
        self.wanted = np.zeros(0)
        self.kinds, self.limits, self.x, self.width = kinds, len(shares), x, len(problem.cap)
        self.rules = csr_array(
            vstack(
                [
                    csr_array((np.ones(x), (kind, here)), shape=(kinds, x + c)),
                    csr_array(shares[:, self.columns]) @ groups,
                    seats - groups * cap[:, None],
                    groups * np.maximum(0.0, problem.low - helpers)[:, None] - seats,
                    csr_array(
                        (
                            np.concatenate([np.ones(x), -own]),
                            (np.tile(here, 2), np.concatenate([here, x + column])),
                        ),
                        shape=(x, x + c),
                    ),
                ]
            )
        )
        rooms = [limit.rooms for limit in problem.limits]
        self.right = np.concatenate([count, rooms, np.zeros(2 * c + x)]).astype(float)
        self.upper = np.concatenate([count[kind], most]).astype(float)
        self.seats = np.concatenate([np.ones(x), np.zeros(c)])

    def duals(self, people: int) -> tuple[Floats, Floats]:
        """Prices of people, shape (N,), and of rooms, shape (L,), that the program without whole numbers sets."""
        prices, rooms = np.ones(people), np.zeros(self.limits)
        if self.x:
            bounds = np.stack([np.zeros(len(self.upper)), np.full(len(self.upper), np.inf)], axis=1)
            found = linprog(-self.seats, A_ub=self.rules, b_ub=self.right, bounds=bounds, method="highs-ds")
            if found.x is not None:
                self.wanted = found.x[self.x :]
                dual = -found.ineqlin.marginals
                prices[self.rows] = np.maximum(dual[: self.kinds], 0)[self.kind_of]
                rooms = np.maximum(dual[self.kinds : self.kinds + self.limits], 0)
        return prices, rooms

    def more_than(self, seated: int, nodes: int) -> tuple[int | None, Ints | None]:
        """A bound if one was found, and numbers of groups that seat more than so many people, shape (C,), if any do.

        Args:
            nodes: how many nodes of the search tree are looked at.
        """
        if len(self.rows) <= seated:
            return seated, None
        found = milp(
            -self.seats,
            integrality=1 - self.seats,
            bounds=Bounds(np.zeros(len(self.upper)), self.upper),
            constraints=LinearConstraint(
                csr_array(vstack([self.rules, csr_array(-self.seats[None, :])])),
                -np.inf,
                np.append(self.right, -float(seated + 1)),
            ),
            options={"node_limit": nodes, "mip_rel_gap": 0.99 / len(self.rows)},
        )
        if found.status == 2:
            return seated, None
        bound = None if found.mip_dual_bound is None else math.floor(-float(found.mip_dual_bound) + ROUNDING)
        if found.x is None:
            return bound, None
        groups = np.zeros(self.width, dtype=np.int64)
        groups[self.columns] = np.rint(found.x[self.x :])
        return bound, groups
