"""Relevance: among the plans that seat the most people, one whose groups have much in common.

A group of n people with vectors x is worth (|sum x|^2 - sum |x|^2) / (n - 1): the sum over its members
of their mean similarity to the others. What a move gains follows from the sums of the groups it
touches. The search anneals: it takes an item at a time and lets it stay, move to a group with room or
trade places with somebody, the better the likelier; groups change their column when all members can;
and a few related groups at a time are taken apart and formed anew.

The same objective guards coverage: an empty seat that somebody could have had costs more than any
relevance could repay, and asking somebody to come at a bad time costs more than all but that.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chalicelib.matching.problem import Bools, Ints, Problem

Floats = NDArray[np.float64]

SEAT, WILLING, HOST = 1e6, 1e3, 0.15
"""What a seat, a seat at a good time, and a group's host are worth; a perfect pair is worth 2."""

NEAREST = 48
"""Groups that an item considers in one move."""

POOL = -1

HOT, COLD = 0.15, 0.01
"""Temperatures at which annealing begins and ends."""


@dataclass(frozen=True, eq=False)
class Arrangement:
    """Groups of items with their columns, what they are worth, and what ended the search early."""

    groups: tuple[tuple[int, tuple[int, ...]], ...]
    relevance: float
    stopped: str | None


class Budget:
    """Counts moves, and asks the clock now and then if there is a deadline."""

    def __init__(self, moves: int | None, seconds: float | None, clock: Callable[[], float]) -> None:
        self.left = moves
        self.stopped: str | None = None
        self._clock = clock
        self._deadline = None if seconds is None else clock() + seconds
        self._until_look = 0

    def spend(self, moves: int = 1) -> bool:
        """Take so many moves from the budget; False when it, or the time, is used up."""
        if self.stopped:
            return False
        if self.left is not None:
            if self.left < moves:
                self.stopped = "moves"
                return False
            self.left -= moves
        if self._deadline is not None:
            self._until_look -= moves
            if self._until_look <= 0:
                self._until_look = 16
                if self._clock() >= self._deadline:
                    self.stopped = "time"
                    return False
        return True


class State:
    """An arrangement that can be changed in place.

    Group numbers are rows of arrays; a row without a column is free. Row POOL (the last) holds whoever
    has no seat.

    Args:
        problem: the limits.
        vectors: of the people, whole-numbered, shape (P, D).
        groups: columns and items to begin with.
    """

    def __init__(self, problem: Problem, vectors: Floats, groups: tuple[tuple[int, tuple[int, ...]], ...]) -> None:
        self.problem = problem
        own = np.einsum("pd,pd->p", vectors, vectors)
        if len(problem.members) == len(problem.people):
            self.vector, self.own = vectors, own
        else:
            self.vector = np.array([vectors[list(item)].sum(axis=0) for item in problem.members])
            self.own = np.array([own[list(item)].sum() for item in problem.members])
        self.norm = np.einsum("id,id->i", self.vector, self.vector)
        scale = own.max(initial=0)
        self.scale = float(scale) if scale > 0 else 1.0
        self.any_host = bool(problem.hosts.any())
        self.any_reluctant = bool(problem.reluctant.any())
        self.bare = bool((problem.size == 1).all())
        self.movable = np.flatnonzero((problem.fit & problem.viable).any(axis=1))
        rows = max(len(groups), int(problem.size[self.movable].sum()) // problem.low) + 1
        widest = int(problem.cap.max(initial=1))
        self.column = np.full(rows, -1, dtype=np.int64)
        self.people = np.zeros(rows, dtype=np.int64)
        self.total = np.zeros((rows, self.vector.shape[1]))
        self.square = np.zeros(rows)
        self.inner = np.zeros(rows)
        self.hosts = np.zeros(rows, dtype=np.int64)
        self.seats = np.full((rows, widest), -1, dtype=np.int64)
        self.count = np.zeros(rows, dtype=np.int64)
        self.group = np.full(len(problem.size), POOL, dtype=np.int64)
        self.used = np.zeros(len(problem.limits), dtype=np.int64)
        self.pool: list[int] = self.movable.tolist()
        for column, items in groups:
            self.open(column, list(items))

    # -- elementary changes -------------------------------------------------------------------------

    def open(self, column: int, items: list[int]) -> int:
        """Make a group of items from the pool; returns its row."""
        row = int(np.flatnonzero(self.column[:-1] < 0)[0])
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

    def move_to(self, row: int, column: int) -> None:
        """Give a group another column."""
        for limit in self.problem.limits_of[self.column[row]]:
            self.used[limit] -= 1
        for limit in self.problem.limits_of[column]:
            self.used[limit] += 1
        self.column[row] = column

    def put(self, item: int, row: int) -> None:
        """Seat an item of the pool."""
        self.pool.remove(item)
        self._add(item, row)

    def take(self, item: int) -> None:
        """Send a seated item to the pool."""
        self._remove(item, int(self.group[item]))
        self.pool.append(item)

    def shift(self, item: int, row: int) -> None:
        """Move an item from wherever it is to a group."""
        if self.group[item] == POOL:
            self.put(item, row)
        else:
            self._remove(item, int(self.group[item]))
            self._add(item, row)

    def _add(self, item: int, row: int) -> None:
        self.group[item] = row
        self.seats[row, self.count[row]] = item
        self.count[row] += 1
        self.people[row] += self.problem.size[item]
        self.hosts[row] += self.problem.hosts[item]
        self.total[row] += self.vector[item]
        self.square[row] = self.total[row] @ self.total[row]
        self.inner[row] += self.own[item]

    def _remove(self, item: int, row: int) -> None:
        self.group[item] = POOL
        last = self.count[row] - 1
        seats = self.seats[row]
        seats[np.flatnonzero(seats[: last + 1] == item)[0]] = seats[last]
        seats[last] = -1
        self.count[row] = last
        self.people[row] -= self.problem.size[item]
        self.hosts[row] -= self.problem.hosts[item]
        self.total[row] -= self.vector[item]
        self.square[row] = self.total[row] @ self.total[row]
        self.inner[row] -= self.own[item]

    # -- questions ----------------------------------------------------------------------------------

    def rows(self) -> Ints:
        """The rows in use."""
        return np.flatnonzero(self.column[:-1] >= 0)

    def items(self, row: int) -> list[int]:
        """The items of a group."""
        found: list[int] = self.seats[row, : self.count[row]].tolist()
        return found

    def has_room(self, column: int) -> bool:
        """Whether one more group could meet there."""
        limits = self.problem.limits
        return all(self.used[n] < limits[n].rooms for n in self.problem.limits_of[column])

    def open_columns(self) -> Bools:
        """Which columns could take one more group."""
        room = np.ones(len(self.problem.cap), dtype=np.bool_)
        for used, limit in zip(self.used, self.problem.limits, strict=True):
            if used >= limit.rooms:
                room[limit.columns] = False
        return room

    def worth(self, square: Floats, inner: Floats, people: Ints, hosts: Ints) -> Floats:
        """What groups of these sums are worth."""
        value: Floats = (square - inner) / (self.scale * np.maximum(people - 1, 1))
        if self.any_host:
            value = value + HOST * (hosts > 0)
        return value

    def values(self) -> Floats:
        """What each group is worth, hosts included; zero for free rows and the pool."""
        worth = self.worth(self.square, self.inner, self.people, self.hosts)
        return np.where(self.column >= 0, worth, 0.0)

    def score(self) -> float:
        """The objective."""
        total = float(self.values().sum())
        total -= SEAT * float(self.problem.size[self.pool].sum())
        if self.any_reluctant:
            seated = np.flatnonzero(self.group != POOL)
            total -= WILLING * float(self.problem.reluctant[seated, self.column[self.group[seated]]].sum())
        return total

    def relevance(self) -> float:
        """Mean over seated people of their mean similarity to the others of their group."""
        rows = self.rows()
        seated = int(self.people[rows].sum())
        worth = (self.square[rows] - self.inner[rows]) / (self.scale * np.maximum(self.people[rows] - 1, 1))
        return float(worth.sum() / seated) if seated else 0.0

    def enemies(self, item: int) -> set[int]:
        """The groups that an item must not join."""
        return {int(self.group[other]) for other in self.problem.apart.get(item, ())} - {POOL}

    # -- the move -----------------------------------------------------------------------------------

    def improve(self, item: int, rng: np.random.Generator | None = None, heat: float = 0.0) -> bool:
        """Let an item stay, move or trade places, the better the likelier; False if it stayed.

        Without a generator it is the best that happens, and only if it gains.
        """
        problem = self.problem
        home = int(self.group[item])
        size = problem.size
        towards = self.total @ self.vector[item]
        rows = self._candidates(item, home, towards)
        gains: list[Floats] = []
        home_column = int(self.column[home])
        leaving = SEAT * int(size[item]) if home == POOL else 0.0
        if home == POOL:
            home_now = 0.0
        else:
            home_now = float(self._value(self.square[home], self.inner[home], self.people[home], self.hosts[home]))
            if self.any_reluctant:
                leaving += WILLING * float(problem.reluctant[item, home_column])

        # Move to a group with room.
        column = self.column[rows]
        joined = self.people[rows] + size[item]
        now = self.worth(self.square[rows], self.inner[rows], self.people[rows], self.hosts[rows])
        then = self.worth(
            self.square[rows] + 2 * towards[rows] + self.norm[item],
            self.inner[rows] + self.own[item],
            joined,
            self.hosts[rows] + problem.hosts[item],
        )
        gain = then - now + leaving
        if self.any_reluctant:
            gain -= WILLING * problem.reluctant[item, column]
        allowed = joined <= problem.cap[column]
        if home != POOL:
            rest = int(self.people[home] - size[item])
            if rest < problem.low:
                allowed[:] = False
            else:
                gain += (
                    float(
                        self._value(
                            self.square[home] - 2 * towards[home] + self.norm[item],
                            self.inner[home] - self.own[item],
                            rest,
                            self.hosts[home] - problem.hosts[item],
                        )
                    )
                    - home_now
                )
        gains.append(np.where(allowed, gain, -np.inf))

        # Trade places with somebody in such a group, or in the pool.
        seats = self.seats[rows]
        slot, _ = np.nonzero(seats >= 0)
        other = seats[seats >= 0]
        gains.append(self._trades(item, home, home_now, leaving, towards, rows, slot, other, now, column))
        waiting = np.array(self.pool if home != POOL else [], dtype=np.int64)
        if len(waiting):
            gains.append(self._replacements(item, home, home_now, leaving, towards, waiting))

        flat = np.concatenate(gains)
        if not len(flat):
            return False
        stay = 1e-9
        if rng is not None:
            drawn = heat * rng.gumbel(size=len(flat) + 1)
            flat = flat + drawn[:-1]
            stay += float(drawn[-1])
        best = int(np.argmax(flat))
        if not flat[best] > stay:
            return False
        if best < len(rows):
            self.shift(item, int(rows[best]))
            return True
        best -= len(rows)
        partner = int(other[best]) if best < len(other) else int(waiting[best - len(other)])
        self.trade(item, partner)
        return True

    def trade(self, one: int, other: int) -> None:
        """Let two items change places; one of them may be in the pool."""
        home, there = int(self.group[one]), int(self.group[other])
        for item, row in ((one, home), (other, there)):
            if row != POOL:
                self.take(item)
        for item, row in ((one, there), (other, home)):
            if row != POOL:
                self.put(item, row)

    def _candidates(self, item: int, home: int, towards: Floats) -> Ints:
        """The groups an item could sit in, the nearest if there are many."""
        rows = self.rows()
        rows = rows[(rows != home) & self.problem.fit[item, self.column[rows]]]
        if len(rows) > NEAREST:
            near = towards[rows] / self.people[rows]
            rows = np.sort(rows[np.argsort(-near, kind="stable")[:NEAREST]])
        if self.problem.apart:
            barred = self.enemies(item) - {home}
            if barred:
                rows = rows[~np.isin(rows, list(barred))]
        return rows

    def _value(self, square: float, inner: float, people: int, hosts: int) -> float:
        value = (square - inner) / (self.scale * max(people - 1, 1))
        return value + HOST * (hosts > 0) if self.any_host else value

    def _trades(
        self,
        item: int,
        home: int,
        home_now: float,
        leaving: float,
        towards: Floats,
        rows: Ints,
        slot: Ints,
        other: Ints,
        now: Floats,
        column: Ints,
    ) -> Floats:
        """What trading places with each of the others gains; slot says in which of the rows each one sits."""
        problem = self.problem
        row = rows[slot]
        common = self.vector[other] @ self.vector[item]
        there = np.einsum("od,od->o", self.vector[other], self.total[row])
        after = self.people[row] - problem.size[other] + problem.size[item]
        gain = (
            self.worth(
                self.square[row] - 2 * there + self.norm[other] + 2 * (towards[row] - common) + self.norm[item],
                self.inner[row] - self.own[other] + self.own[item],
                after,
                self.hosts[row] - problem.hosts[other] + problem.hosts[item],
            )
            - now[slot]
            + leaving
        )
        column_there = column[slot]
        allowed = np.ones(len(other), dtype=np.bool_)
        if not self.bare:
            allowed = (after >= problem.low) & (after <= problem.cap[column_there])
        if self.any_reluctant:
            gain += WILLING * problem.reluctant[other, column_there]
            gain -= WILLING * problem.reluctant[item, column_there]
        if home == POOL:
            gain -= SEAT * problem.size[other]
        else:
            gain_home, allowed_home = self._refill(item, home, home_now, towards, other, common)
            gain += gain_home
            allowed &= allowed_home
        return np.where(allowed, gain, -np.inf)

    def _replacements(
        self, item: int, home: int, home_now: float, leaving: float, towards: Floats, waiting: Ints
    ) -> Floats:
        """What giving one's seat to each of those without one gains."""
        common = self.vector[waiting] @ self.vector[item]
        gain, allowed = self._refill(item, home, home_now, towards, waiting, common)
        gain = gain + leaving + SEAT * (self.problem.size[waiting] - self.problem.size[item])
        return np.where(allowed, gain, -np.inf)

    def _refill(
        self, item: int, home: int, home_now: float, towards: Floats, other: Ints, common: Floats
    ) -> tuple[Floats, Bools]:
        """What an item's group gains if one of the others takes the item's seat, and whether they may."""
        problem = self.problem
        column = int(self.column[home])
        after = self.people[home] - problem.size[item] + problem.size[other]
        drawn = self.vector[other] @ self.total[home]
        gain = (
            self.worth(
                self.square[home] - 2 * towards[home] + self.norm[item] + 2 * (drawn - common) + self.norm[other],
                self.inner[home] - self.own[item] + self.own[other],
                after,
                self.hosts[home] - problem.hosts[item] + problem.hosts[other],
            )
            - home_now
        )
        allowed = problem.fit[other, column]
        if not self.bare:
            allowed &= (after >= problem.low) & (after <= problem.cap[column])
        if self.any_reluctant:
            gain -= WILLING * problem.reluctant[other, column]
        if problem.apart:
            members = set(self.items(home)) - {item}
            barred = {enemy for member in members for enemy in problem.apart.get(member, ())}
            if barred:
                allowed &= ~np.isin(other, list(barred))
        return gain, allowed

    # -- larger changes -----------------------------------------------------------------------------

    def wander(self, row: int, rng: np.random.Generator) -> None:
        """Give a group any other column that all its members can make just as gladly."""
        items = self.items(row)
        column = int(self.column[row])
        problem = self.problem
        can = problem.fit[items].all(axis=0) & (problem.cap >= self.people[row])
        if self.any_reluctant:
            asked = problem.reluctant[items].sum(axis=0)
            can &= asked <= asked[column]
        for limit in problem.limits_of[column]:
            self.used[limit] -= 1
        can &= self.open_columns()
        for limit in problem.limits_of[column]:
            self.used[limit] += 1
        options = np.flatnonzero(can)
        if len(options) > 1:
            self.move_to(row, int(options[rng.integers(len(options))]))

    def save(self) -> tuple[object, ...]:
        """All that `restore` needs."""
        return (
            self.column.copy(),
            self.people.copy(),
            self.total.copy(),
            self.square.copy(),
            self.inner.copy(),
            self.hosts.copy(),
            self.seats.copy(),
            self.count.copy(),
            self.group.copy(),
            self.used.copy(),
            list(self.pool),
        )

    def restore(self, saved: tuple[object, ...]) -> None:
        """Go back to what was saved."""
        (
            self.column,
            self.people,
            self.total,
            self.square,
            self.inner,
            self.hosts,
            self.seats,
            self.count,
            self.group,
            self.used,
            self.pool,
        ) = saved  # type: ignore[assignment]


def arrange(
    problem: Problem,
    vectors: Floats,
    start: tuple[tuple[int, tuple[int, ...]], ...],
    *,
    seed: int,
    budget: Budget,
) -> Arrangement:
    """The most relevant arrangement found that seats as many people as the start does.

    Two kinds of start compete, since neither is the better one everywhere: the start given, and groups
    formed around what people have in common, with coverage repaired.
    """
    rng = np.random.default_rng([seed & (2**63 - 1), 1])
    best = State(problem, vectors, start)
    if len(best.movable) and len(best.rows()):
        sweeps = _sweeps(len(best.movable))
        formed = State(problem, vectors, ())
        form(formed, formed.movable.tolist(), rng)
        for item in sorted(formed.pool):
            squeeze(formed, item)
        contenders = [best, formed]
        for state in contenders:
            anneal(state, sweeps, budget, rng)
        best = max(contenders, key=lambda state: state.score())
        renew(best, 4 * sweeps * max(1, len(best.rows()) // 8), budget, rng)
    groups = tuple((int(best.column[row]), tuple(sorted(best.items(row)))) for row in best.rows())
    return Arrangement(groups, best.relevance(), budget.stopped)


def _sweeps(items: int) -> int:
    return int(np.clip(40_000 // items, 3, 60))


def anneal(state: State, sweeps: int, budget: Budget, rng: np.random.Generator) -> None:
    """Let everybody look for a better seat, again and again, ever more choosily."""
    for sweep in range(sweeps):
        heat = HOT * (COLD / HOT) ** (sweep / max(1, sweeps - 1))
        for row in state.rows():
            state.wander(int(row), rng)
        for item in rng.permutation(state.movable):
            if not budget.spend():
                return
            state.improve(int(item), rng, heat)
    settle(state, state.movable.tolist(), budget)


def settle(state: State, items: list[int], budget: Budget, rounds: int = 8) -> None:
    """Make moves that gain until there is none among these items."""
    for _ in range(rounds):
        moved = False
        for item in items:
            if not budget.spend():
                return
            moved |= state.improve(item)
        if not moved:
            return


def renew(state: State, rounds: int, budget: Budget, rng: np.random.Generator) -> None:
    """Take a few related groups apart and form them anew, and keep what is better."""
    score = state.score()
    for _ in range(rounds):
        rows = state.rows()
        if not budget.spend(8):
            return
        saved = state.save()
        first = int(rows[rng.integers(len(rows))])
        near = (state.total[rows] @ state.total[first]) / (state.people[rows] * np.sqrt(state.square[first] + 1))
        near = near / (np.abs(near).max() + 1e-12) + rng.gumbel(size=len(rows)) * 0.5
        near[rows == first] = np.inf
        chosen = rows[np.argsort(-near, kind="stable")[: 2 + int(rng.integers(3))]]
        items: list[int] = []
        for row in chosen:
            items += state.close(int(row))
        form(state, sorted(items), rng)
        for item in sorted(state.pool):
            squeeze(state, item)
        settle(state, items, budget, rounds=2)
        new = state.score()
        if new >= score:
            score = new
        else:
            state.restore(saved)


def form(state: State, items: list[int], rng: np.random.Generator) -> None:
    """Make groups of pool items around what they have in common; those with the fewest chances choose first."""
    problem = state.problem
    left = np.array(items, dtype=np.int64)
    while len(left):
        size, fit = problem.size[left], problem.fit[left]
        columns = np.flatnonzero(state.open_columns() & (size @ fit >= problem.low))
        chances = fit[:, columns].sum(axis=1)
        able = np.flatnonzero(chances)
        if not len(able):
            return
        seed = int(able[np.argmin(chances[able] * rng.uniform(0.5, 1.5, size=len(able)))])
        columns = columns[fit[seed, columns]]
        alike = state.vector[left] @ state.vector[left[seed]] / state.scale
        alike[seed] = np.inf
        order = np.argsort(-alike, kind="stable")
        reach = np.cumsum(size[order, None] * fit[order][:, columns], axis=0) <= problem.low
        reach &= fit[order][:, columns]
        alike[seed] = 0.0
        draw = (np.where(reach, alike[order][:, None], 0.0)).sum(axis=0) + rng.gumbel(size=len(columns)) * 0.1
        column = int(columns[np.argmax(draw)])
        group = _gather(state, left, seed, column)
        if group is None:
            left = np.delete(left, seed)
            continue
        state.open(column, group)
        left = left[~np.isin(left, group)]


def _gather(state: State, left: Ints, seed: int, column: int) -> list[int] | None:
    """The seed and those nearest to it and to each other who can make the column, just enough for a group."""
    problem = state.problem
    open_to = problem.fit[left, column].copy()
    chosen = [int(left[seed])]
    open_to[seed] = False
    people = int(problem.size[chosen[0]])
    total = state.vector[chosen[0]].copy()
    barred = set(problem.apart.get(chosen[0], ()))
    while people < problem.low:
        room = int(problem.cap[column]) - people
        options = np.flatnonzero(open_to & (problem.size[left] <= room))
        if barred:
            options = options[~np.isin(left[options], list(barred))]
        if not len(options):
            return None
        nearest = int(options[np.argmax(state.vector[left[options]] @ total / problem.size[left[options]])])
        item = int(left[nearest])
        open_to[nearest] = False
        chosen.append(item)
        people += int(problem.size[item])
        total += state.vector[item]
        barred.update(problem.apart.get(item, ()))
    return chosen


def squeeze(state: State, item: int) -> bool:
    """Seat an item of the pool, if need be by letting somebody else move on to a group with room."""
    if state.group[item] != POOL:
        return True
    problem = state.problem
    state.improve(item)
    if state.group[item] != POOL or not state.bare or problem.apart:
        return bool(state.group[item] != POOL)
    came_from: dict[int, tuple[int, int]] = {}
    rows = state.rows()
    for row in rows[problem.fit[item, state.column[rows]]]:
        came_from[int(row)] = (item, POOL)
    edge_rows = list(came_from)
    while edge_rows:
        row = edge_rows.pop(0)
        if state.people[row] < problem.cap[state.column[row]]:
            while row != POOL:
                mover, origin = came_from[row]
                state.shift(mover, row)
                row = origin
            return True
        for member in state.items(row):
            for further in rows[problem.fit[member, state.column[rows]]]:
                if int(further) not in came_from:
                    came_from[int(further)] = (member, row)
                    edge_rows.append(int(further))
    return False
