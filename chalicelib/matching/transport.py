"""Transport: seats for people when it is fixed how many groups each column holds.

People are moved between columns along chains: one more comes to a column, and somebody there moves on to
another one. All that matters for finding a chain is how many people of each column could make each other
column, a table with a row and a column per column, so that a million people cost hardly more than a
thousand. When no chain leads from the people who wait to a free seat, the columns that chains do reach are
a minimum cut: they are full of people who can go nowhere else.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from chalicelib.matching.problem import Bools, Groups, Ints
from chalicelib.matching.table import Table

Counts = NDArray[np.int32]


class Transport:
    """Who sits in which column, changed in place; column C is where those without a seat wait.

    Args:
        fit: whether an item can make a column, shape (N, C).
        people: the items to be seated, one person each.
    """

    def __init__(self, fit: Table[np.bool_], people: Ints) -> None:
        self.fit = fit
        self.pool = fit.shape[1]
        self.members = [np.zeros(0, dtype=np.int64) for _ in range(self.pool)] + [people]
        self.reach: Counts = np.zeros((self.pool + 1, self.pool), dtype=np.int32)
        self.reach[self.pool] = fit.among(people)
        self.count = np.zeros(self.pool, dtype=np.int64)
        self._undo: list[tuple[int, Ints, int, Ints, Counts]] = []

    def twin(self) -> Self:
        """A copy that can be changed without changing this one."""
        other = object.__new__(type(self))
        vars(other).update(vars(self))
        other.members, other._undo = list(self.members), []
        other.reach, other.count = self.reach.copy(), self.count.copy()
        return other

    def become(self, members: list[Ints]) -> None:
        """Seat everybody as in a list of each column's people, those who wait last."""
        for column, people in enumerate(members):
            if people is not self.members[column]:
                self.members[column] = people
                self.reach[column] = self.fit.among(people)
        self.count[:] = [len(people) for people in members[:-1]]

    def place(self, groups: Groups) -> None:
        """Seat people who wait as a plan of single people has them."""
        here: list[list[int]] = [[] for _ in range(self.pool)]
        for column, items in groups:
            here[column] += items
        seated = [np.array(sorted(items), dtype=np.int64) for items in here]
        self.become([*seated, np.setdiff1d(self.members[self.pool], np.concatenate([*seated, seated[0][:0]]))])

    def remove(self, column: int, person: int) -> None:
        """Leave somebody out from now on; a mark does not remember it."""
        here = self.members[column]
        self._set(column, here[here != person], -self.fit.among(np.array([person])))

    def add(self, column: int, person: int) -> None:
        """Seat somebody more; a mark does not remember it."""
        self._set(column, np.append(self.members[column], person), self.fit.among(np.array([person])))

    def _set(self, column: int, people: Ints, more: Ints) -> None:
        self.members[column] = people
        self.reach[column] += more.astype(np.int32)
        self.count[column] = len(people)

    @property
    def waiting(self) -> int:
        """How many people have no seat."""
        return len(self.members[self.pool])

    @property
    def seated(self) -> int:
        """How many people have a seat."""
        return int(self.count.sum())

    def mark(self) -> None:
        """Begin anew to remember changes, so that they can be taken back."""
        self._undo.clear()

    def take_back(self) -> None:
        """Undo every change since the mark."""
        while self._undo:
            start, left, end, there, moved = self._undo.pop()
            self.members[start], self.members[end] = left, there
            for column in (start, end):
                if column != self.pool:
                    self.count[column] = len(self.members[column])
            self.reach[start] += moved
            self.reach[end] -= moved

    def hop(self, start: int, end: int, people: int) -> None:
        """Move so many people from one column to another one that they can make, or to where people wait."""
        here = self.members[start]
        chosen = np.arange(len(here) - people, len(here))
        if end != self.pool:
            chosen = np.flatnonzero(self.fit[here, end])[:people]
        moving = here[chosen]
        moved = self.fit.among(moving).astype(np.int32)
        self._undo.append((start, here, end, self.members[end], moved))
        self.members[start] = np.delete(here, chosen)
        self.members[end] = np.concatenate([self.members[end], moving])
        self.reach[start] -= moved
        self.reach[end] += moved
        for column in (start, end):
            if column != self.pool:
                self.count[column] = len(self.members[column])

    def _along(self, path: Sequence[int], people: int) -> None:
        """Move as many people as can go along a chain of columns, each of them one step."""
        steps = list(pairwise(path))
        people = min(people, *(int(self.reach[step]) for step in steps))
        if people > 0:
            for start, end in reversed(steps):
                self.hop(start, end, people)

    def eject(self, upper: Ints) -> None:
        """Let those wait who are too many in a column, shape (C,)."""
        for column in np.flatnonzero(self.count > upper).tolist():
            self.hop(column, self.pool, int(self.count[column] - upper[column]))

    def supply(self, lower: Ints) -> Bools | None:
        """Bring every column to its fewest people, shape (C,), taking from columns that have more and from who waits.

        Returns:
            None when that is done; else columns, shape (C,), which all who can make one of them together cannot
            supply.
        """
        while (lacking := np.flatnonzero(self.count < lower)).size:
            seen = np.zeros(self.pool + 1, dtype=np.bool_)
            seen[lacking] = True
            towards = np.full(self.pool + 1, -1)
            spare = np.append(self.count - lower, self.waiting)
            edge = lacking
            while True:
                able = self.reach[:, edge]
                new = np.flatnonzero((able.max(axis=1) > 0) & ~seen)
                if not len(new):
                    return seen[:-1]
                towards[new] = edge[able[new].argmax(axis=1)]
                seen[new] = True
                edge = new
                if len(sources := new[spare[new] > 0]):
                    break
            for source in sources.tolist():
                path = [source]
                while towards[path[-1]] >= 0:
                    path.append(int(towards[path[-1]]))
                left = self.waiting if source == self.pool else int(self.count[source] - lower[source])
                self._along(path, min(left, int(lower[path[-1]] - self.count[path[-1]])))
        return None

    def fill(self, upper: Ints) -> Bools:
        """Seat as many of those who wait as there can be with so many seats in each column, shape (C,).

        Returns:
            The columns that those who still wait reach, shape (C,); no two of these people and seats fit.
        """
        while True:
            seen = np.zeros(self.pool, dtype=np.bool_)
            origin = np.full(self.pool, self.pool)
            edge = np.array([self.pool])
            while True:
                able = self.reach[edge]
                new = np.flatnonzero((able.max(axis=0) > 0) & ~seen)
                if not len(new):
                    return seen
                origin[new] = edge[able[:, new].argmax(axis=0)]
                seen[new] = True
                edge = new
                if len(free := new[self.count[new] < upper[new]]):
                    break
            for column in free.tolist():
                path = [column]
                while path[-1] != self.pool:
                    path.append(int(origin[path[-1]]))
                self._along(path[::-1], int(upper[column] - self.count[column]))

    def stuck(self, upper: Ints) -> Bools:
        """The columns from which no chain leads to a free seat, shape (C,)."""
        free = self.count < upper
        edge = np.flatnonzero(free)
        while len(edge):
            edge = np.flatnonzero((self.reach[:-1, edge].max(axis=1) > 0) & ~free)
            free[edge] = True
        return ~free
