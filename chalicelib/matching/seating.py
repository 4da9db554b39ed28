"""Seating: groups of items that can be changed in place, with the sums from which their worth follows.

A group of n people with vectors x is worth (|sum x|^2 - sum |x|^2) / (n - 1): the sum over its members
of their mean similarity to the others. The same objective guards coverage: an empty seat that somebody
could have had costs more than any relevance could repay, and asking somebody to come at a bad time
costs more than all but that.
"""

import numpy as np
from numpy.typing import NDArray

from chalicelib.matching.problem import Bools, Groups, Ints, Problem

Floats = NDArray[np.float64]

SEAT, WILLING, NEAR, HOST = 1e6, 1e3, 16.0, 0.15
"""What a seat, a seat at a good time, two people near each other who wish so, and a group's host are worth.

A perfect pair is worth 2.
"""

POOL = -1
"""The group of whoever has no seat."""


class Seating:
    """An arrangement that can be changed.

    Group numbers are rows of arrays; a row without a column is free, and the last row is never used, so
    that it can stand for the pool.

    Args:
        problem: the limits.
        vectors: of the people, whole-numbered, shape (P, D).
        groups: columns and items to begin with.
    """

    def __init__(self, problem: Problem, vectors: Floats, groups: Groups = ()) -> None:
        self.problem = problem
        own = np.einsum("pd,pd->p", vectors, vectors)
        if len(problem.members) == len(problem.people):
            self.vector, self.own = vectors, own
        else:
            self.vector = np.array([vectors[list(item)].sum(axis=0) for item in problem.members])
            self.own = np.array([own[list(item)].sum() for item in problem.members])
        self.norm = np.einsum("id,id->i", self.vector, self.vector)
        self.scale = float(own.max(initial=0)) or 1.0
        self.cap = problem.cap
        self.loose: Bools = problem.size == 1
        self.loose[list(problem.apart)] = False
        self.movable = np.flatnonzero((problem.fit & problem.viable).any(axis=1))
        rows = max(len(groups), int(problem.size[self.movable].sum()) // problem.low) + 1
        self.column = np.full(rows, -1, dtype=np.int64)
        self.people = np.zeros(rows, dtype=np.int64)
        self.total = np.zeros((rows, self.vector.shape[1]))
        self.square = np.zeros(rows)
        self.inner = np.zeros(rows)
        self.hosts = np.zeros(rows, dtype=np.int64)
        self.seats = np.full((rows, int(problem.cap.max(initial=1))), -1, dtype=np.int64)
        self.count = np.zeros(rows, dtype=np.int64)
        self.group = np.full(len(problem.size), POOL, dtype=np.int64)
        self.used = np.zeros(len(problem.limits), dtype=np.int64)
        self._rooms = np.array([limit.rooms for limit in problem.limits], dtype=np.int64)
        self.pool: set[int] = set(self.movable.tolist())
        for column, items in groups:
            self.open(column, items)

    # Changes.

    def open(self, column: int, items: tuple[int, ...] | list[int]) -> int:
        """Make a group of items from the pool; returns its row."""
        row = int(np.argmax(self.column < 0))
        self.column[row] = column
        for limit in self.problem.limits_of[column]:
            self.used[limit] += 1
        for item in items:
            self.put(item, row)
        return row

    def close(self, row: int) -> list[int]:
        """Send a group's members to the pool and free its row; returns them."""
        items = self.items(row)
        for item in items:
            self.take(item)
        for limit in self.problem.limits_of[self.column[row]]:
            self.used[limit] -= 1
        self.column[row] = -1
        return items

    def put(self, item: int, row: int) -> None:
        """Seat an item of the pool."""
        self.pool.remove(item)
        self.group[item] = row
        self.seats[row, self.count[row]] = item
        self.count[row] += 1
        self.people[row] += self.problem.size[item]
        self.hosts[row] += self.problem.hosts[item]
        self.total[row] += self.vector[item]
        self.square[row] = self.total[row] @ self.total[row]
        self.inner[row] += self.own[item]

    def take(self, item: int) -> None:
        """Send a seated item to the pool."""
        row = int(self.group[item])
        self.pool.add(item)
        self.group[item] = POOL
        last = int(self.count[row]) - 1
        seats = self.seats[row]
        seats[np.argmax(seats == item)] = seats[last]
        seats[last] = -1
        self.count[row] = last
        self.people[row] -= self.problem.size[item]
        self.hosts[row] -= self.problem.hosts[item]
        self.total[row] -= self.vector[item]
        self.square[row] = self.total[row] @ self.total[row]
        self.inner[row] -= self.own[item]

    def shift(self, item: int, row: int) -> None:
        """Move an item from wherever it is to a group."""
        if self.group[item] != POOL:
            self.take(item)
        self.put(item, row)

    def trade(self, one: int, other: int) -> None:
        """Let two items change places; one of them may be in the pool."""
        home, there = int(self.group[one]), int(self.group[other])
        for item, row in ((one, home), (other, there)):
            if row != POOL:
                self.take(item)
        for item, row in ((one, there), (other, home)):
            if row != POOL:
                self.put(item, row)

    # Questions.

    def rows(self) -> Ints:
        """The rows in use."""
        return np.flatnonzero(self.column >= 0)

    def items(self, row: int) -> list[int]:
        """The items of a group."""
        found: list[int] = self.seats[row, : self.count[row]].tolist()
        return found

    def groups(self) -> Groups:
        """Columns and items of all groups."""
        return tuple((int(self.column[row]), tuple(sorted(self.items(row)))) for row in self.rows())

    def open_columns(self) -> Bools:
        """Which columns could take one more group, shape (C,)."""
        room = np.ones(len(self.problem.cap), dtype=np.bool_)
        for limit in np.flatnonzero(self.used >= self._rooms):
            room[self.problem.limits[limit].columns] = False
        return room

    def worth(self, rows: Ints) -> Floats:
        """What the groups in these rows are worth, hosts left aside."""
        worth: Floats = (self.square[rows] - self.inner[rows]) / (self.scale * np.maximum(self.people[rows] - 1, 1))
        return worth

    def score(self) -> float:
        """The objective."""
        rows = self.rows()
        score = float(self.worth(rows).sum()) + HOST * int((self.hosts[rows] > 0).sum())
        score -= SEAT * int(self.problem.size[list(self.pool)].sum())
        if self.problem.reluctant.any():
            seated = np.flatnonzero(self.group != POOL)
            score -= WILLING * int(self.problem.reluctant[seated, self.column[self.group[seated]]].sum())
        return score

    def relevance(self) -> float:
        """Mean over seated people of their mean similarity to the others of their group."""
        rows = self.rows()
        seated = int(self.people[rows].sum())
        return float(self.worth(rows).sum()) / seated if seated else 0.0
