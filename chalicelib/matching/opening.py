"""Opening: how many groups each column should hold so that as many people as possible find a seat.

For fixed numbers of groups the best seats follow (see transport.py), so only these numbers are searched: a
group is opened where somebody waits; where it needs a room, or people who already sit elsewhere, another
one closes; everybody is seated anew along chains. What seats fewer people is taken back, though not always.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chalicelib.matching.problem import Bools, Ints, Problem
from chalicelib.matching.transport import Transport

BLOCK = 150
"""Trials after which the search changes how readily it accepts fewer seats."""

COOL, HOT = (0.04, 0.15), (0.45, 0.6)
"""How likely one person fewer is accepted, and again for each further one; in turn, a block each.

Where most columns can still hold a group cool trials find more; where every room is taken hot ones do.
"""

CLOSED_FOR_ONE = 4
"""Groups that may close so that another one has enough members."""


@dataclass(frozen=True, eq=False)
class Terms:
    """What the numbers of groups have to keep.

    Args:
        low: the fewest members of a group.
        cap: the most members of a group in each column, shape (C,).
        most: the most groups in each column, shape (C,).
        rooms: of each limit, shape (L,).
        shares: which columns a limit is about, shape (L, C).
        lacking: how many more members groups that stay open need in each column, shape (C,).
        spare: how many more members such groups have seats for, shape (C,).
    """

    low: int
    cap: Ints
    most: Ints
    rooms: Ints
    shares: Bools
    lacking: Ints
    spare: Ints

    def fewest(self, groups: Ints) -> Ints:
        """The fewest people of each column if so many groups are opened, shape (C,)."""
        return self.lacking + self.low * groups

    def seats(self, groups: Ints) -> Ints:
        """The most people of each column if so many groups are opened, shape (C,)."""
        return self.spare + self.cap * groups


def terms_of(problem: Problem) -> Terms:
    """The terms of a problem's columns; a column that is not viable holds no group."""
    rooms = np.array([limit.rooms for limit in problem.limits], dtype=np.int64)
    shares = np.zeros((len(rooms), len(problem.cap)), dtype=np.bool_)
    most = problem.reach // problem.low
    for n, limit in enumerate(problem.limits):
        shares[n, limit.columns] = True
        most[limit.columns] = np.minimum(most[limit.columns], limit.rooms)
    none = np.zeros_like(most)
    return Terms(low=problem.low, cap=problem.cap, most=most, rooms=rooms, shares=shares, lacking=none, spare=none)


class Opening:
    """A plan by numbers: who sits in which column, in as few groups as that takes.

    Args:
        seats: who sits where; changed in place.
        terms: what must be kept, and is kept by what sits already.
    """

    def __init__(self, seats: Transport, terms: Terms) -> None:
        self.seats = seats
        self.terms = terms
        self.reached = seats.fill(terms.seats(self.groups()))
        self._limits = [np.flatnonzero(terms.shares[:, column]) for column in range(seats.pool)]

    def groups(self) -> Ints:
        """The fewest groups that hold everybody who sits in a column, shape (C,)."""
        return np.asarray(np.maximum(0, -(-(self.seats.count - self.terms.spare) // self.terms.cap)))

    def begin(self) -> None:
        """Open groups where most people wait, as long as there is a column with enough of them."""
        terms, seats = self.terms, self.seats
        groups = self.groups()
        left = terms.rooms - terms.shares @ groups
        while True:
            room = terms.most - groups
            for limit, shares in zip(left, terms.shares, strict=True):
                room[shares] = np.minimum(room[shares], limit)
            waiting = np.where(room > 0, seats.reach[seats.pool], 0)
            column = int(waiting.argmax())
            if waiting[column] < terms.low:
                break
            more = max(1, min(int(waiting[column] // terms.cap[column]), int(room[column])))
            groups[column] += more
            left -= more * terms.shares[:, column]
            seats.hop(seats.pool, column, int(min(waiting[column], more * terms.cap[column])))
        self.reached = seats.fill(terms.seats(groups))

    def search(
        self,
        target: int,
        patience: int,
        rng: np.random.Generator,
        left: Callable[[], float] = lambda: math.inf,
        ready: tuple[float, ...] = COOL,
    ) -> None:
        """Look for better numbers until so many people sit, or so many trials in a row have not helped.

        Args:
            left: how many seconds are left.
            ready: how readily it accepts fewer seats, block by block.
        """
        seats = self.seats
        now = best = seats.seated
        kept, reached, idle, trials = list(seats.members), self.reached, 0, 0
        while best < target and idle < patience and self.terms.most.any() and left() > 0:
            readiness = ready[trials // BLOCK % len(ready)]
            trials += 1
            idle += 1
            seats.mark()
            found = self._try(rng)
            total = seats.seated
            if found is None or total < now - _loss(readiness, rng):
                seats.take_back()
                continue
            self.reached, now = found, total
            if total > best:
                best, idle = total, 0
                kept, reached = list(seats.members), found
        if now < best:
            seats.become(kept)
            self.reached = reached

    def _try(self, rng: np.random.Generator) -> Bools | None:
        """Open a group somewhere; None when that cannot be, and the seats are then in disorder."""
        terms, seats = self.terms, self.seats
        groups = self.groups()
        column = self._somewhere(groups, rng)
        if column < 0:
            return None
        over = np.maximum(0, seats.count - terms.seats(groups - 1))
        groups[column] += 1
        for limit in self._limits[column]:
            shares = terms.shares[limit]
            if groups[shares].sum() > terms.rooms[limit]:
                closing = np.flatnonzero(shares & (groups > 0))
                closing = closing[closing != column]
                if not len(closing):
                    return None
                groups[_least(closing, over, rng)] -= 1
        seats.eject(terms.seats(groups))
        for _ in range(CLOSED_FOR_ONE):
            lacking = seats.supply(terms.fewest(groups))
            if lacking is None:
                return seats.fill(terms.seats(groups))
            closing = np.flatnonzero(lacking & (groups > 0))
            closing = closing[closing != column]
            if not len(closing):
                return None
            if (near := seats.reach[closing, column] > 0).any():
                closing = closing[near]
            groups[_least(closing, seats.count - terms.seats(groups - 1), rng)] -= 1
            seats.eject(terms.seats(groups))
        return None

    def _somewhere(self, groups: Ints, rng: np.random.Generator) -> int:
        """A column for one more group that would let somebody in, one with a room if luck will have it; -1 for none."""
        terms, seats = self.terms, self.seats
        wanted = self.reached if rng.random() < 0.3 else seats.reach[seats.pool] > 0
        options = np.flatnonzero(wanted & (groups < terms.most))
        if not len(options):
            options = np.flatnonzero(groups < terms.most)
        if not len(options):
            return -1
        if rng.random() < 0.5:
            full = terms.shares @ groups >= terms.rooms
            if len(free := options[~terms.shares[full][:, options].any(axis=0)]):
                options = free
        return int(options[rng.integers(len(options))])


def _least(columns: Ints, cost: Ints, rng: np.random.Generator) -> int:
    """One of the columns of least cost, with some luck."""
    return int(columns[np.argmin(cost[columns] + rng.integers(0, 6, size=len(columns)))])


def _loss(readiness: float, rng: np.random.Generator) -> int:
    """How many people fewer are accepted."""
    loss = 0
    while rng.random() < readiness:
        loss += 1
    return loss
