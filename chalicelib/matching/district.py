"""District: some hundred items and their groups, with all products of their vectors at hand.

What each item would add to each group is kept up to date, so a round in which everybody names the best
move they see is a few passes over a table, and moving somebody adds one row of products to another.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chalicelib.matching.likeness import Floats, Likeness
from chalicelib.matching.problem import Bools, Ints
from chalicelib.matching.seating import HOST, NEAR, POOL, SEAT, WILLING

Saved = tuple[NDArray[np.generic], ...]
"""Copies of all that changes in a district."""

LEAST = 1e-9
"""What a move has to gain when luck has no say."""

NOBODY = -1
"""The partner of who joins a group with room."""

CHECKS = 100_000
"""Pairs of an item and a seat that a round looks at, about."""

DRAWN = 1 << 18
"""How much noise is drawn."""

FRIEND = 4.0
"""How much more than anybody alike draws a group that is being formed somebody whom its members wish to meet."""

_STATE = ("column", "group", "people", "towards", "square", "inner", "hosting", "meeting", "used")


class Luck:
    """Noise for choosing among moves, drawn once and then read from random places."""

    def __init__(self, rng: np.random.Generator) -> None:
        # Rounded, since the last bits of a logarithm differ between machines.
        self._drawn = np.ldexp(np.rint(np.ldexp(rng.gumbel(size=DRAWN), 14)), -14)

    def draw(self, rng: np.random.Generator, count: int) -> Floats:
        """So much Gumbel noise."""
        if count > len(self._drawn):
            return np.concatenate([self._drawn, self.draw(rng, count - len(self._drawn))])
        first = int(rng.integers(len(self._drawn) - count + 1))
        return self._drawn[first : first + count]


@dataclass(frozen=True, eq=False)
class Moves:
    """An item goes to a row, and the partner, if there is one, to the item's; what that gains. Shapes (K,)."""

    item: Ints
    partner: Ints
    row: Ints
    gain: Floats


class District:
    """An arrangement of some items that can be changed.

    Rows of arrays are groups; a row without a column is free, and the last row is the pool of those
    without a seat. Items are numbered within the district, M of them.

    Args:
        likeness: of all items, and the problem.
        items: those of the district, sorted.
        column: of each of its groups.
        group: which of these each item is in, or POOL, shape (M,).
        rooms: how many groups it may hold under each limit of the problem.
    """

    def __init__(self, likeness: Likeness, items: Ints, column: Ints, group: Ints, rooms: Ints) -> None:
        problem = likeness.problem
        self.likeness, self.problem, self.items, self.rooms = likeness, problem, items, rooms
        self.scale = likeness.scale
        self.common = likeness.common(items)
        self.norm = self.common.diagonal().copy()
        self.own = likeness.own[items]
        self.size = problem.size[items]
        self.bare = bool((self.size == 1).all())
        self.each = np.arange(len(items))
        # The share of items that a round can afford to look at.
        self.part = 1.0
        self.fit: Bools = likeness.fit[items]
        self.glad: Bools = problem.glad[items] & problem.viable if likeness.asks else self.fit
        self.hosts = problem.hosts[items] if likeness.hosts else None
        self.apart = likeness.apart(items)
        self.near = likeness.near(items)
        self.enemies = self._enemies()
        self.loose: Bools = self.size == 1
        self.loose[list(self.apart)] = False
        columns = len(problem.cap)
        self.cap = np.append(problem.cap, [0, 0])
        # A row without a column takes nobody, the pool everybody.
        self._can = np.zeros((columns + 2, len(items)), dtype=np.bool_)
        self._can[:columns] = self.fit.T
        self._can[-1] = True
        self._asked = None
        if likeness.asks:
            self._asked = np.zeros((columns + 2, len(items)))
            self._asked[:columns] = WILLING * problem.reluctant[items].T.astype(float)
        self._begin(column, group)

    def _begin(self, column: Ints, group: Ints) -> None:
        rows = max(len(column), int(self.size.sum()) // self.problem.low) + 2
        self.column = np.full(rows, len(self.problem.cap), dtype=np.int64)
        self.column[: len(column)] = column
        self.column[POOL] = len(self.problem.cap) + 1
        self.group = group.copy()
        seated = np.flatnonzero(group != POOL)
        inside = np.zeros((rows, len(self.items)))
        inside[group[seated], seated] = 1
        self.people = np.asarray(np.rint(inside @ self.size), dtype=np.int64)
        self.towards = inside @ self.common
        self.square = np.einsum("rm,rm->r", self.towards, inside)
        self.inner = inside @ self.own
        self.hosting = np.zeros(rows, dtype=np.int64)
        if self.hosts is not None:
            self.hosting = np.asarray(np.rint(inside @ self.hosts), dtype=np.int64)
        # How many of their people each item would like to meet in each row.
        self.meeting = np.zeros((0, 0)) if self.near is None else inside @ self.near
        counts = np.bincount(column, minlength=len(self.problem.cap))
        self.used = np.array([counts[limit.columns].sum() for limit in self.problem.limits], dtype=np.int64)

    def _enemies(self) -> tuple[Ints, Ints] | None:
        """Both sides of each pair that must not meet."""
        pairs = [(one, other) for one, others in self.apart.items() for other in others]
        return (np.array([one for one, _ in pairs]), np.array([other for _, other in pairs])) if pairs else None

    # Questions.

    def save(self) -> Saved:
        """All that changes, to go back to."""
        return tuple(getattr(self, name).copy() for name in _STATE)

    def load(self, saved: Saved) -> None:
        """Go back to what was saved."""
        for name, value in zip(_STATE, saved, strict=True):
            setattr(self, name, value.copy())

    def rows(self) -> Ints:
        """The rows in use."""
        return np.flatnonzero(self.column < len(self.problem.cap))

    def waiting(self) -> Ints:
        """Items without a seat."""
        return np.flatnonzero(self.group == POOL)

    def members(self, row: int) -> list[int]:
        """The items of a group."""
        found: list[int] = np.flatnonzero(self.group == row).tolist()
        return found

    def open_columns(self) -> Bools:
        """Which columns could take one more group, shape (C,)."""
        room = np.ones(len(self.problem.cap), dtype=np.bool_)
        for limit in np.flatnonzero(self.used >= self.rooms):
            room[self.problem.limits[limit].columns] = False
        return room

    def worth(self) -> Floats:
        """What each row is worth, wishes and hosts left aside: the sum of its members' mean similarities."""
        return np.asarray((self.square - self.inner) / (self.scale * np.maximum(self.people - 1, 1)))

    def score(self) -> float:
        """The objective."""
        rows = self.rows()
        score = math.fsum(self.worth()[rows].tolist()) + HOST * int((self.hosting[rows] > 0).sum())
        score -= SEAT * int(self.size[self.group == POOL].sum())
        if self._asked is not None:
            score -= float(self._asked[self.column[self.group], self.each].sum())
        if self.near is not None:
            score += NEAR * float(self.meeting[self.group, self.each].sum()) / 2
        return score

    def alike(self, items: Ints) -> Callable[[int], Floats]:
        """A function that tells how much an item draws each of these."""
        drawn: Floats = self.common[:, items]
        if self.near is not None:
            drawn += FRIEND * self.scale * self.near[:, items]
        return drawn.__getitem__

    def pull(self, item: int) -> Floats:
        """How much an item draws each item."""
        if self.near is None:
            return np.asarray(self.common[item].copy())
        return np.asarray(self.common[item] + FRIEND * self.scale * self.near[item])

    def draw(self, rows: Ints, items: Ints) -> Floats:
        """How much each of these rows draws each of these items, shape (rows, items)."""
        cells = np.ix_(rows, items)
        if self.near is None:
            return np.asarray(self.towards[cells])
        return np.asarray(self.towards[cells] + FRIEND * self.scale * self.meeting[cells])

    # Changes.

    def open(self, column: int, items: list[int]) -> int:
        """Make a group of items from the pool; returns its row."""
        row = int(np.argmax(self.column == len(self.problem.cap)))
        self.column[row] = column
        for limit in self.problem.limits_of[column]:
            self.used[limit] += 1
        self.group[items] = row
        self.people[row] = self.size[items].sum()
        self.towards[row] = self.common[items].sum(axis=0)
        self.square[row] = self.towards[row, items].sum()
        self.inner[row] = self.own[items].sum()
        if self.hosts is not None:
            self.hosting[row] = self.hosts[items].sum()
        if self.near is not None:
            self.meeting[row] = self.near[items].sum(axis=0)
        return row

    def close(self, row: int) -> list[int]:
        """Send a group's members to the pool and free its row; returns them."""
        items = self.members(row)
        self.group[items] = POOL
        for limit in self.problem.limits_of[int(self.column[row])]:
            self.used[limit] -= 1
        self.column[row] = len(self.problem.cap)
        for table in (self.people, self.towards, self.square, self.inner, self.hosting):
            table[row] = 0
        if self.near is not None:
            self.meeting[row] = 0
        return items

    def shift(self, item: int, row: int) -> None:
        """Move an item from wherever it is to a group."""
        self.move(np.array([item]), np.array([row]))

    def move(self, items: Ints, rows: Ints) -> None:
        """Move each item to a row; no row but the pool may be left twice or joined twice."""
        home = self.group[items]
        self.group[items] = rows
        for there, sign in ((home, -1), (rows, 1)):
            if (there == POOL).any():
                kept = there != POOL
                who, row = items[kept], there[kept]
            else:
                who, row = items, there
            self.square[row] += 2 * sign * self.towards[row, who] + self.norm[who]
            self.towards[row] += sign * self.common[who]
            self.people[row] += sign * self.size[who]
            self.inner[row] += sign * self.own[who]
            if self.hosts is not None:
                self.hosting[row] += sign * self.hosts[who]
            if self.near is not None:
                self.meeting[row] += sign * self.near[who]

    def wander(self, rng: np.random.Generator) -> None:
        """Give each group any of the columns that all its members can make just as gladly."""
        rows = self.rows()
        if not len(rows):
            return
        order = np.argsort(self.group, kind="stable")
        order = order[np.searchsorted(self.group[order], 0) :]
        starts = np.searchsorted(self.group[order], rows)
        can = np.logical_and.reduceat(self.fit[order], starts, axis=0)
        can &= self.people[rows, None] <= self.cap[:-2]
        if self._asked is not None:
            asked = np.add.reduceat(self._asked.T[order, :-2], starts, axis=0)
            can &= asked <= asked[np.arange(len(rows)), self.column[rows]][:, None]
        draw = rng.random(can.shape, dtype=np.float32) * can
        if not self.problem.limits:
            self.column[rows] = draw.argmax(axis=1)
            return
        for n in rng.permutation(len(rows))[:12].tolist():
            self._reslot(int(rows[n]), draw[n])

    def _reslot(self, row: int, draw: NDArray[np.float32]) -> None:
        limits_of = self.problem.limits_of
        now = int(self.column[row])
        for limit in limits_of[now]:
            self.used[limit] -= 1
        column = int((draw * self.open_columns()).argmax())
        for limit in limits_of[column]:
            self.used[limit] += 1
        self.column[row] = column

    def round(self, luck: Luck | None, heat: float, rng: np.random.Generator, who: Ints | None = None) -> list[int]:
        """Let everybody, or these, name a move, and make those that do not touch the same groups.

        Without luck only moves that gain are made, the best first.

        Returns:
            The groups that changed.
        """
        moves = self.moves(rng, who)
        gain = moves.gain
        if luck is not None:
            gain = gain + heat * luck.draw(rng, len(gain))
        best = np.full(len(self.group), LEAST)
        if luck is not None:
            best = heat * luck.draw(rng, len(best))
        np.maximum.at(best, moves.item, gain)
        wished = np.flatnonzero(gain == best[moves.item])
        wished = wished[np.argsort(-gain[wished], kind="stable")] if luck is None else rng.permutation(wished)
        return self.make(moves, wished)

    def some(self, rng: np.random.Generator) -> Ints | None:
        """So many items that a round does not look at too much; None for all."""
        if self.part >= 1:
            return None
        return np.sort(rng.choice(len(self.items), max(1, int(self.part * len(self.items))), replace=False))

    def make(self, moves: Moves, order: Ints) -> list[int]:
        """Make the moves in this order, but none that touches a group or somebody touched already.

        Returns:
            The groups that changed.
        """
        items, partners, rows = moves.item[order], moves.partner[order], moves.row[order]
        touched: set[int] = set()
        moved: set[int] = set()
        who: list[int] = []
        where: list[int] = []
        for one, other, home, row in zip(
            items.tolist(), partners.tolist(), self.group[items].tolist(), rows.tolist(), strict=True
        ):
            if home in touched or row in touched or one in moved or other in moved:
                continue
            if other != NOBODY:
                who.append(other)
                where.append(home)
                moved.add(other)
            who.append(one)
            where.append(row)
            moved.add(one)
            touched.update((home, row))
            touched.discard(POOL)
        if who:
            self.move(np.array(who), np.array(where))
        return sorted(touched)

    def moves(self, rng: np.random.Generator, who: Ints | None = None) -> Moves:
        """All moves that keep the rules, and what each gains.

        Of a crowded pool only some take part. Items trade places with items of their size.

        Args:
            who: the items that move, or trade places with anybody; all when left out.
        """
        home, count = self.group, len(self.group)
        can = self._can[self.column]
        if self.enemies is not None:
            one, other = self.enemies
            one, there = one[home[other] != POOL], home[other][home[other] != POOL]
            can[there, one] = False
        can[home, self.each] = False
        ways = np.ascontiguousarray(can.T if who is None else can[:, who].T)
        flat = np.flatnonzero(ways.ravel())
        item = flat // len(can)
        row = flat - item * len(can)
        row[row == len(can) - 1] = POOL
        if who is not None:
            item = who[item]
        share = 2 / (self.scale * np.maximum(self.people - 1, 1))
        share[POOL] = 0
        lose, sole = self._losing(share)
        arrive = self._arriving(item, row, share) - lose[item]

        seats = self.seats(rng)
        other = seats[row]
        if who is None or len(who) == int(self.part * count):
            self.part = min(1.0, CHECKS * len(ways) / (count * max(1, other.size)))
        here = home[item]
        found = np.flatnonzero(can.ravel()[here[:, None] * count + other].ravel() & (other.ravel() != NOBODY))
        pair = found // seats.shape[1]
        other = other.ravel()[found]
        if not self.bare:
            same = self.size[item[pair]] == self.size[other]
            pair, other = pair[same], other[same]
        one, there, back = item[pair], row[pair], here[pair]
        trade = arrive[pair] + self._arriving(other, back, share) - lose[other]
        trade -= (share[there] + share[back]) * self.common[one, other]
        if self.hosts is not None:
            trade += HOST * (sole[other] & (self.hosts[one] > 0))
            trade += HOST * (sole[one] & (self.hosts[other] > 0))
        if self.near is not None:
            trade -= NEAR * self.near[one, other] * ((there != POOL) + (back != POOL).astype(float))
        join, joined = self._joining(item, row, sole)
        return Moves(
            np.concatenate([one, item[join]]),
            np.concatenate([other, np.full(len(join), NOBODY)]),
            np.concatenate([there, row[join]]),
            np.concatenate([trade, joined]),
        )

    def seats(self, rng: np.random.Generator) -> Ints:
        """The items of each row, filled up with nobody; as many of the pool as there is room for."""
        count = np.bincount(self.group[self.group != POOL], minlength=len(self.column))
        seats = np.full((len(self.column), max(1, int(count.max()))), NOBODY)
        order = np.argsort(self.group, kind="stable")
        waiting = len(order) - int(count.sum())
        row = self.group[order[waiting:]]
        seats[row, np.arange(len(row)) - (np.cumsum(count) - count)[row]] = order[waiting:]
        if waiting:
            pool = order[:waiting] if waiting <= seats.shape[1] else rng.permutation(order[:waiting])
            pool = pool[: seats.shape[1]]
            seats[POOL, : len(pool)] = pool
        return seats

    def _losing(self, share: Floats) -> tuple[Floats, Bools]:
        """What each item's group loses without it, when one of its size comes instead; and if it is the only host."""
        home = self.group
        lose = share[home] * (self.towards[home, self.each] - (self.norm + self.own) / 2)
        if self._asked is not None:
            lose -= self._asked[self.column[home], self.each]
        sole = np.zeros(len(home), dtype=np.bool_)
        if self.hosts is not None:
            sole = (self.hosts > 0) & (self.hosting[home] == self.hosts) & (home != POOL)
            lose += HOST * sole
        if self.near is not None:
            lose += NEAR * self.meeting[home, self.each]
        return lose, sole

    def _arriving(self, item: Ints, row: Ints, share: Floats) -> Floats:
        """What each row gains by the item, when one of its size leaves."""
        towards = self.towards[row, item]
        if not self.bare:
            towards += (self.norm[item] - self.own[item]) / 2
        arrive = share[row] * towards
        if self._asked is not None:
            arrive -= self._asked[self.column[row], item]
        if self.hosts is not None:
            arrive += HOST * ((self.hosting[row] == 0) & (self.hosts[item] > 0) & (row != POOL))
        if self.near is not None:
            arrive += NEAR * self.meeting[row, item]
        return np.asarray(arrive)

    def _joining(self, item: Ints, row: Ints, sole: Bools) -> tuple[Ints, Floats]:
        """Which of these items may join these rows without anybody leaving, and what that gains."""
        home = self.group
        may = (self.people[home] - self.size >= self.problem.low) | (home == POOL)
        free = self.cap[self.column] - self.people
        join = np.flatnonzero(may[item] & (free[row] >= self.size[item]))
        item, row = item[join], row[join]
        size, norm, own = self.size[item], self.norm[item], self.own[item]
        surplus, worth = self.square - self.inner, self.worth()
        after = (surplus[row] + 2 * self.towards[row, item] + norm - own) / (
            self.scale * np.maximum(self.people[row] + size - 1, 1)
        )
        gain = after - worth[row]
        here = home[item]
        without = (surplus[here] - 2 * self.towards[here, item] + norm + own) / (
            self.scale * np.maximum(self.people[here] - size - 1, 1)
        )
        gain += np.where(here == POOL, SEAT * size, without - worth[here])
        if self._asked is not None:
            gain += self._asked[self.column[here], item] - self._asked[self.column[row], item]
        if self.hosts is not None:
            gain += HOST * ((self.hosting[row] == 0) & (self.hosts[item] > 0)) - HOST * sole[item]
        if self.near is not None:
            gain += NEAR * (self.meeting[row, item] - self.meeting[here, item])
        return join, gain
