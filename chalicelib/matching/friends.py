"""Friends: people who would like to meet brought together, along chains that cost nobody a seat or a good time.

A circle of friends is put into one group of a column that suits all of them; whoever is one too many there
moves on, and others move up to where the friends have left, as in transport.py. Where somebody would lose their seat,
all stays as it was.
"""

import itertools
from collections.abc import Iterator

import numpy as np

from chalicelib.matching.problem import Bools, Groups, Ints, Problem
from chalicelib.matching.seating import POOL
from chalicelib.matching.transport import Transport

CLOSED = -1
"""The column of a row that holds no group."""

INSTEAD = 6
"""Groups that may close so that another one opens."""

TRIES, FEWEST_AND_MOST = 20_000, (6, 60)
"""Ways to bring friends together that are tried for all of them, and the fewest and the most for two."""

PASSES = 3
"""How often those who are still apart are looked at."""


def unite(problem: Problem, groups: Groups) -> Groups:
    """The groups with more friends in one, and as many people seated as before.

    Units, people whom somebody must not meet, and those who come only if need be stay where they are.
    """
    if not problem.near or not groups:
        return groups
    tables = _Tables(problem, groups)
    return tables.groups() if tables.gathered() else groups


def met(problem: Problem, group: Ints) -> int:
    """How many of those who would like to meet do.

    Args:
        group: of each item or POOL, shape (N,).
    """
    return sum(
        count
        for item, others in problem.near.items()
        for other, count in others.items()
        if item < other and group[item] == group[other] != POOL
    )


class _Tables:
    """Who sits at which table, each a group, changed in place.

    Args:
        problem: the limits.
        groups: columns and items.

    Attributes:
        column: of each row; the last row, and others that are CLOSED, hold no group.
        row: of each item whom no chain moves, POOL without a seat; of others what it was.
        free: who could move.
        still: whom no chain moves.
        bound: how many such people each row has.
        circle: for each friend who may meet another one, those who sit together and move together.
        seats: all others by their columns.
    """

    def __init__(self, problem: Problem, groups: Groups) -> None:
        self.problem = problem
        self.column = np.array([*(column for column, _ in groups), CLOSED], dtype=np.int64)
        self.cap = np.append(problem.cap, 0)
        self.row = np.full(len(problem.size), POOL, dtype=np.int64)
        for row, (_, items) in enumerate(groups):
            self.row[list(items)] = row
        seated = np.flatnonzero(self.row != POOL)
        glad = problem.glad & problem.viable
        self.free = np.zeros(len(problem.size), dtype=np.bool_)
        self.free[seated] = (problem.size[seated] == 1) & np.asarray(
            glad[seated, self.column[self.row[seated]]], dtype=np.bool_
        )
        self.free[list(problem.apart)] = False
        self.glad = {item: np.asarray(glad[item], dtype=np.bool_) for item in problem.near}
        self.hopeful = sorted(
            (int((self._suits(one) & self._suits(other)).sum()), one, other)
            for one, others in problem.near.items()
            for other in others
            if one < other and min(self.row[one], self.row[other]) != POOL
        )
        self.circle = {item: frozenset({item}) for _, *pair in self.hopeful for item in pair}
        self.still = ~self.free
        for _, one, other in self.hopeful:
            if self.row[one] == self.row[other]:
                self._tie(one, other)
        fixed = seated[self.still[seated]]
        self.bound = np.bincount(self.row[fixed], problem.size[fixed], len(self.column)).astype(np.int64)
        self.seats = Transport(glad, np.zeros(0, dtype=np.int64))
        self.seats.place(tuple((column, tuple(n for n in items if not self.still[n])) for column, items in groups))

    def _suits(self, item: int) -> Bools:
        """The columns to which an item can go, shape (C,)."""
        here = np.arange(len(self.problem.cap)) == self.column[self.row[item]]
        return self.glad[item] if self.free[item] else here

    def _tie(self, one: int, other: int) -> None:
        circle = self.circle[one] | self.circle[other]
        self.circle.update(dict.fromkeys(circle, circle))
        self.still[list(circle)] = True

    def gathered(self) -> bool:
        """Bring together whoever can be, those with the fewest columns in common first; False when nothing changed."""
        changed, tries = False, int(np.clip(TRIES // max(1, len(self.hopeful)), *FEWEST_AND_MOST))
        for _ in range(PASSES):
            joined = [self._join(one, other, tries) for common, one, other in self.hopeful if common]
            changed |= any(joined)
            if not any(joined):
                break
        return changed

    def _join(self, one: int, other: int, tries: int) -> bool:
        first, second = self.circle[one], self.circle[other]
        if first == second:
            return False
        both = sorted(first | second)
        suits = np.logical_and.reduce([self._suits(item) for item in both])
        if not suits.any():
            return False
        options = itertools.islice(self._options(one, other, both, suits), tries)
        if any(self._moved(both, *option) for option in options):
            self._tie(one, other)
            return True
        return False

    def _home(self, item: int) -> int:
        """The column in which an item sits now."""
        if self.still[item]:
            return int(self.column[self.row[item]])
        columns = np.flatnonzero(self.glad[item])
        return next(int(column) for column in columns if item in self.seats.members[column])

    def _options(self, one: int, other: int, both: list[int], suits: Bools) -> Iterator[tuple[int, int]]:
        """Rows in which all of these could sit, and their columns.

        Those in which some of them sit come first, then the columns with most room, then columns in which one
        more group opens, or one instead of another.
        """
        held = {int(self.row[item]) for item in both if not self.free[item]}
        if held:
            yield from ((row, int(self.column[row])) for row in held if len(held) == 1)
            return
        own = [int(self.row[item]) for item in (one, other) if self.still[item] and suits[self.column[self.row[item]]]]
        yield from ((row, int(self.column[row])) for row in own)
        homes = [self._home(item) for item in (one, other)]
        room = self._terms(self.bound, self.column)[1] - self.seats.count
        room[homes] += len(self.row)
        columns = np.flatnonzero(suits)
        for column in columns[np.argsort(-room[columns], kind="stable")].tolist():
            rows = np.flatnonzero(self.column == column)
            if len(rows):
                yield int(rows[np.argmin(self.bound[rows])]), column
        rows = np.flatnonzero(self.bound == self._leaving(both))
        rows = rows[np.argsort(~np.isin(self.column[rows], [CLOSED, *homes]), kind="stable")]
        many = self.seats.reach[:-1].sum(axis=0)
        for column in columns[np.argsort(-many[columns], kind="stable")].tolist():
            yield from ((row, column) for row in rows[:INSTEAD].tolist() if self._may_open(column, row))

    def _may_open(self, column: int, row: int) -> bool:
        """Whether there is a room for a group in a column if that in a row closes."""
        after = self.column.copy()
        after[row] = column
        limits = self.problem.limits
        return all(np.isin(after, limits[n].columns).sum() <= limits[n].rooms for n in self.problem.limits_of[column])

    def _leaving(self, items: list[int]) -> Ints:
        """How many of these each row has among those whom no chain moves, shape (rows,)."""
        still = [item for item in items if self.still[item]]
        return np.bincount(self.row[still], self.problem.size[still], len(self.column)).astype(np.int64)

    def _terms(self, bound: Ints, column: Ints) -> tuple[Ints, Ints]:
        """The fewest and the most others that each column takes beside those who are bound, shapes (C,)."""
        count = len(self.cap)
        least = np.bincount(column % count, np.maximum(0, self.problem.low - bound), count)
        most = np.bincount(column % count, self.cap[column] - bound, count)
        return least[:-1].astype(np.int64), most[:-1].astype(np.int64)

    def _moved(self, items: list[int], row: int, column: int) -> bool:
        """Bind these items to a row in a column, if everybody else finds a seat."""
        bound, columns = self.bound - self._leaving(items), self.column.copy()
        bound[row] += self.problem.size[items].sum()
        columns[row] = column
        if bound[row] > self.problem.cap[column]:
            return False
        least, most = self._terms(bound, columns)
        moving = [(self._home(item), item) for item in items if not self.still[item]]
        for home, item in moving:
            self.seats.remove(home, item)
        self.seats.mark()
        self.seats.eject(most)
        if self.seats.supply(least) is None:
            self.seats.fill(most)
            if not self.seats.waiting:
                self.bound, self.column = bound, columns
                self.row[items] = row
                if columns[-1] != CLOSED:
                    self.bound, self.column = np.append(bound, 0), np.append(columns, CLOSED)
                return True
        self.seats.take_back()
        for home, item in moving:
            self.seats.add(home, item)
        return False

    def groups(self) -> Groups:
        """Columns and items of all groups; whoever stays in a column stays in their group as far as that goes."""
        found: list[list[int]] = [[] for _ in self.column]
        for item in np.flatnonzero(self.still & (self.row != POOL)).tolist():
            found[self.row[item]].append(item)
        people = self.bound.copy()
        for column in np.unique(self.column[self.column != CLOSED]).tolist():
            self._deal(
                np.sort(self.seats.members[column]).tolist(), np.flatnonzero(self.column == column), found, people
            )
        return tuple(
            (column, tuple(sorted(items)))
            for column, items in zip(self.column.tolist(), found, strict=True)
            if column != CLOSED
        )

    def _deal(self, items: list[int], rows: Ints, found: list[list[int]], people: Ints) -> None:
        """Give a column's other people their rows."""
        cap, low = int(self.problem.cap[self.column[rows[0]]]), self.problem.low
        others: dict[int, list[int]] = {row: [] for row in rows.tolist()}
        came = []
        for item in items:
            row = int(self.row[item])
            if row in others and people[row] < cap:
                others[row].append(item)
                people[row] += 1
            else:
                came.append(item)
        for item in came:
            row = int(rows[np.argmin(people[rows])])
            others[row].append(item)
            people[row] += 1
        while people[row := int(rows[np.argmin(people[rows])])] < low:
            giver = max((one for one in others if others[one]), key=lambda one: int(people[one]))
            others[row].append(others[giver].pop())
            people[row] += 1
            people[giver] -= 1
        for row, more in others.items():
            found[row] += more
