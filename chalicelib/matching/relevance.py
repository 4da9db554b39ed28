"""Relevance: among the plans that seat the most people, one whose groups have much in common.

The search anneals: in each round everybody names the best move they see, to a group with room or by
trading places, with some luck added; those moves that do not touch the same groups happen. Groups
change their column whenever all members can. Then a few related groups at a time are taken apart and
formed anew. What a move gains follows from the sums of the groups it touches, so a round is a few
products of matrices.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chalicelib.matching.forming import form, squeeze
from chalicelib.matching.problem import Bools, Groups, Ints, Problem
from chalicelib.matching.seating import HOST, POOL, SEAT, WILLING, Floats, Seating

HOT, COLD = 0.15, 0.02
"""Temperatures at which annealing begins and ends."""

LENIENT = 0.1
"""How much worse, on average and at first, groups formed anew may be and still replace the old ones."""

DISTRICT = 1000
"""Items that look for moves among themselves in one round."""

FORMED_AT_ONCE = 5000
"""Items among whom a group looks for its members when all groups are formed."""

PATIENCE = 100
"""Attempts to seat one more person before it is left to the solver."""

AROUND = 150
"""Items that settle down together after a few of their groups were formed anew."""


@dataclass(frozen=True, eq=False)
class Arrangement:
    """Groups of items with their columns, what they are worth, and what ended the search early."""

    groups: Groups
    relevance: float
    stopped: str | None


class Budget:
    """Counts moves that were looked at, and asks the clock if there is a deadline."""

    def __init__(self, moves: int | None, seconds: float | None, clock: Callable[[], float]) -> None:
        self.left = moves
        self.stopped: str | None = None
        self._clock = clock
        self._deadline = None if seconds is None else clock() + seconds

    def spend(self, moves: int) -> bool:
        """Take so many moves from the budget; False when it, or the time, is used up."""
        if self.stopped is None and self.left is not None:
            if self.left < moves:
                self.stopped = "moves"
            self.left -= moves
        if self.stopped is None and self._deadline is not None and self._clock() >= self._deadline:
            self.stopped = "time"
        return self.stopped is None


class Luck:
    """Noise for choosing among moves, drawn once and then read from random places."""

    def __init__(self, rng: np.random.Generator, longest: int) -> None:
        self._rng = rng
        self._drawn = rng.gumbel(size=longest + 65_536)

    def draw(self, *shape: int) -> Floats:
        """Gumbel noise of that shape."""
        size = int(np.prod(shape))
        first = int(self._rng.integers(len(self._drawn) - size + 1))
        return self._drawn[first : first + size].reshape(shape)


class District:
    """Some groups and the pool items near them, whose members look for moves among themselves."""

    def __init__(self, seating: Seating, rows: Ints, waiting: list[int]) -> None:
        self.seating = seating
        self.rows = rows
        seated = [item for row in rows for item in seating.items(int(row))]
        self.items = np.array(sorted([*seated, *waiting]), dtype=np.int64)
        self.vector = seating.vector[self.items]
        self.common = self.vector @ self.vector.T
        problem = seating.problem
        self.fit = problem.fit[self.items]
        self.size = problem.size[self.items]
        self.bare = bool((self.size == 1).all())
        self.reluctant = problem.reluctant[self.items] if problem.reluctant.any() else None
        self.hosts = problem.hosts[self.items] if problem.hosts.any() else None
        self.enemies = self._enemies() if problem.apart else None
        self._place = np.full(len(seating.column), len(rows), dtype=np.int64)
        self._place[rows] = np.arange(len(rows))

    def _enemies(self) -> Bools:
        apart = self.seating.problem.apart
        here = {item: n for n, item in enumerate(self.items.tolist())}
        table = np.zeros((len(here), len(here)), dtype=np.bool_)
        for item, one in here.items():
            if item in apart:
                table[one, [here[other] for other in apart[item] if other in here]] = True
        return table

    def round(self, luck: Luck | None, heat: float, rng: np.random.Generator) -> int:
        """Let everybody name a move and make those that do not disturb each other; returns how many.

        Without luck only moves that gain are made, the best first.
        """
        home = self._place[self.seating.group[self.items]]
        allowed_at, gain_at = self._joining(home)
        trades = self._trading(home, allowed_at)
        joins = np.where(allowed_at[:, :-1], gain_at, -np.inf)
        stay = np.full(len(home), 1e-9)
        if luck is not None:
            trades = trades + heat * luck.draw(*trades.shape)
            joins = joins + heat * luck.draw(*joins.shape)
            stay = stay + heat * luck.draw(len(home))
        partner = trades.argmax(axis=1)
        target = joins.argmax(axis=1)
        each = np.arange(len(home))
        by_trade, by_join = trades[each, partner], joins[each, target]
        best = np.maximum(by_trade, by_join)
        wishing = np.flatnonzero(best > stay)
        wishing = wishing[np.argsort(-best[wishing], kind="stable")] if luck is None else rng.permutation(wishing)
        busy = np.zeros(len(self.rows) + 1, dtype=np.bool_)
        gone = np.zeros(len(home), dtype=np.bool_)
        made = 0
        for one in wishing:
            trade = by_trade[one] >= by_join[one]
            other = int(partner[one])
            there = int(home[other] if trade else target[one])
            if busy[home[one]] or busy[there] or gone[one] or (trade and gone[other]):
                continue
            if trade:
                self.seating.trade(int(self.items[one]), int(self.items[other]))
                gone[other] = True
            else:
                self.seating.shift(int(self.items[one]), int(self.rows[there]))
            gone[one] = True
            busy[[home[one], there]] = True
            busy[-1] = False
            made += 1
        return made

    def _joining(self, home: Ints) -> tuple[Bools, Floats]:
        """Who may come to which group, the pool last, shape (M, R + 1), and what moving there gains, shape (M, R)."""
        seating, rows = self.seating, self.rows
        column = seating.column[rows]
        towards = self.vector @ seating.total[rows].T
        self._towards = np.hstack([towards, np.zeros((len(home), 1))])
        self._own = self._towards[np.arange(len(home)), home]
        able = np.hstack([self.fit[:, column], np.ones((len(home), 1), dtype=np.bool_)])
        joined = seating.people[rows] + self.size[:, None]
        surplus = seating.square[rows] - seating.inner[rows]
        norm, own = seating.norm[self.items], seating.own[self.items]
        gain = (surplus + 2 * towards + (norm - own)[:, None]) / (
            seating.scale * np.maximum(joined - 1, 1)
        ) - seating.worth(rows)
        gain += self._leaving(home)[:, None]
        gain[joined > seating.problem.cap[column]] = -np.inf
        gain[np.arange(len(home))[home < len(rows)], home[home < len(rows)]] = -np.inf
        if self.reluctant is not None:
            gain -= WILLING * self.reluctant[:, column]
        if self.hosts is not None:
            gain += HOST * ((self.hosts[:, None] > 0) & (seating.hosts[rows] == 0))
        if self.enemies is not None:
            self._met = np.zeros((len(home), len(rows) + 1), dtype=np.int64)
            one, other = np.nonzero(self.enemies)
            np.add.at(self._met, (one, home[other]), 1)
            self._met[:, -1] = 0
            gain[self._met[:, :-1] > 0] = -np.inf
        return able, gain

    def _leaving(self, home: Ints) -> Floats:
        """What one's group gains when one leaves it, shape (M,); minus infinity where it would be too small."""
        seating = self.seating
        rows = np.append(self.rows, -1)[home]
        rest = seating.people[rows] - self.size
        norm, own = seating.norm[self.items], seating.own[self.items]
        surplus = seating.square[rows] - seating.inner[rows] - 2 * self._own + norm + own
        gain = surplus / (seating.scale * np.maximum(rest - 1, 1)) - seating.worth(rows)
        if self.reluctant is not None:
            gain += WILLING * self.reluctant[np.arange(len(home)), seating.column[rows]]
        if self.hosts is not None:
            gain -= HOST * ((seating.hosts[rows] > 0) & (seating.hosts[rows] == self.hosts))
        gain[rest < seating.problem.low] = -np.inf
        waiting = home == len(self.rows)
        gain[waiting] = SEAT * self.size[waiting]
        return np.asarray(gain)

    def _trading(self, home: Ints, able: Bools) -> Floats:
        """What each pair gains by trading places, shape (M, M); minus infinity where they may not."""
        replaced = self._replacing(home)
        may = able.take(home, axis=1)
        may = may & may.T
        may &= home[:, None] != home
        if self.enemies is not None:
            meets = (self._met[:, home] - self.enemies) > 0
            may &= ~(meets | meets.T)
        gain: Floats = np.where(may, replaced + replaced.T, -np.inf)
        return gain

    def _replacing(self, home: Ints) -> Floats:
        """What the second one's group gains when the first one takes the second one's seat, shape (M, M)."""
        seating = self.seating
        rows = np.append(self.rows, -1)[home]
        people = seating.people[rows]
        norm, own = seating.norm[self.items], seating.own[self.items]
        gain = self._towards.take(home, axis=1)
        gain -= self.common
        waiting = home == len(self.rows)
        if self.bare:
            gain += norm - self._own
            gain *= np.where(waiting, 0.0, 2 / (seating.scale * np.maximum(people - 1, 1)))
        else:
            after = people - self.size + self.size[:, None]
            surplus = seating.square[rows] - seating.inner[rows] - 2 * self._own + norm + own
            gain = (surplus + 2 * gain + (norm - own)[:, None]) / (seating.scale * np.maximum(after - 1, 1))
            gain -= seating.worth(rows)
            gain[(after < seating.problem.low) | (after > seating.problem.cap[seating.column[rows]])] = -np.inf
            gain[:, waiting] = SEAT * (self.size[waiting] - self.size[:, None])
        if self.reluctant is not None:
            asked = self.reluctant[:, seating.column[rows]].astype(np.float64)
            gain -= WILLING * np.where(waiting, 0.0, asked - asked.diagonal())
        if self.hosts is not None:
            before = seating.hosts[rows] > 0
            without = np.where(waiting, 0.0, (seating.hosts[rows] > self.hosts).astype(np.float64) - before)
            with_one = np.where(waiting, 0.0, 1.0 - before)
            gain += HOST * without
            gain[self.hosts > 0] += HOST * (with_one - without)
        return gain


def starts(problem: Problem, vectors: Floats, seed: int) -> list[Groups]:
    """Groups formed around what people have in common, coverage repaired as far as that goes; the best first."""
    rng = np.random.default_rng([seed % 2**63, 0])
    count = int(np.clip(600 // max(1, len(problem.people)), 1, 4))
    found = []
    for _ in range(count):
        seating = Seating(problem, vectors)
        for lot in _lots(seating, rng):
            form(seating, lot, rng)
        if len(seating.pool) < len(seating.movable):
            form(seating, sorted(seating.pool), rng)
        squeeze(seating, sorted(seating.pool))
        found.append(seating)
    found.sort(key=lambda seating: -seating.score())
    found[0] = _repaired(found[0], rng)
    return [seating.groups() for seating in found]


def _lots(seating: Seating, rng: np.random.Generator) -> list[list[int]]:
    """Everybody who can be seated, in lots of people who are alike in a random respect."""
    direction = np.rint(rng.normal(size=seating.vector.shape[1]) * 64)
    order = np.argsort(seating.vector[seating.movable] @ direction, kind="stable")
    parts = -(-len(order) // FORMED_AT_ONCE)
    return [seating.movable[lot].tolist() for lot in np.array_split(order, max(1, parts))]


def _repaired(seating: Seating, rng: np.random.Generator) -> Seating:
    """Take groups apart around those without a seat, until all have one or nothing has helped for a while."""
    endless = Budget(None, None, lambda: 0.0)
    patience = PATIENCE
    while seating.pool and patience and len(seating.rows()):
        trial = seating.twin()
        patience -= 1
        score = seating.score()
        if _renew_some(trial, score, endless, rng) and trial.score() >= score:
            if len(trial.pool) < len(seating.pool):
                patience = PATIENCE
            seating = trial
    return seating


def arrange(problem: Problem, vectors: Floats, begun: list[Groups], *, seed: int, budget: Budget) -> Arrangement:
    """The most relevant arrangement found that seats as many people as the best start does.

    Several starts compete: groups made for coverage and groups made for relevance, since neither kind
    is the better one everywhere.
    """
    rng = np.random.default_rng([seed % 2**63, 1])
    seatings = [Seating(problem, vectors, groups) for groups in begun]
    best = max(seatings, key=lambda seating: seating.score())
    if len(best.rows()):
        best = _search(best, [one for one in seatings if one.score() > best.score() - WILLING / 2], budget, rng)
    return Arrangement(best.groups(), best.relevance(), budget.stopped)


def _search(best: Seating, seatings: list[Seating], budget: Budget, rng: np.random.Generator) -> Seating:
    items = len(best.movable)
    luck = Luck(rng, min(items, 2 * DISTRICT) ** 2)
    trials = [seating.twin() for seating in seatings]
    for trial in trials:
        anneal(trial, int(np.clip(60_000 // items, 30, 60)), budget, luck, rng)
    best = max([best, *trials], key=lambda seating: seating.score())
    rounds = min(max(250, items), 8 * len(best.rows()) ** 2, 6000)
    return renew(best, rounds, budget, rng)


def anneal(seating: Seating, rounds: int, budget: Budget, luck: Luck, rng: np.random.Generator) -> None:
    """Let everybody look for a better seat, again and again, ever more choosily."""
    districts: list[District] = []
    for n in range(rounds):
        heat = HOT * (COLD / HOT) ** (n / max(1, rounds - 1))
        if n % 10 == 0:
            districts = _districts(seating, rng)
        if n % 3 == 0:
            wander(seating, rng)
        for district in districts:
            if not budget.spend(len(district.items)):
                return
            district.round(luck, heat, rng)
    for district in districts:
        settle(district, budget, rng)


def _districts(seating: Seating, rng: np.random.Generator) -> list[District]:
    """All groups, in lots small enough for a round: some group, those nearest to it, and so on with what is left."""
    rows = seating.rows()
    waiting = sorted(seating.pool)
    parts = -(-len(seating.movable) // DISTRICT)
    if parts == 1:
        return [District(seating, rows, waiting)]
    centre = seating.total[rows] / np.sqrt(seating.square[rows] + 1)[:, None]
    left = rng.permutation(len(rows))
    lots: list[Ints] = []
    for part in range(parts, 0, -1):
        near = np.argsort(-(centre[left] @ seating.total[rows[left[0]]]), kind="stable")[: -(-len(left) // part)]
        lots.append(rows[np.sort(left[near])])
        left = np.delete(left, near)
    return [District(seating, lot, waiting[n::parts][:DISTRICT]) for n, lot in enumerate(lots)]


def settle(district: District, budget: Budget, rng: np.random.Generator, rounds: int = 30) -> None:
    """Make moves that gain until there are none."""
    for _ in range(rounds):
        if not budget.spend(len(district.items)) or not district.round(None, 0.0, rng):
            return


def wander(seating: Seating, rng: np.random.Generator) -> None:
    """Give each group any of the columns that all its members can make just as gladly."""
    problem = seating.problem
    rows = seating.rows()
    items = seating.seats[rows]
    inside = items >= 0
    starts = np.cumsum(np.concatenate([[0], inside.sum(axis=1)[:-1]]))
    members = items[inside]
    can = np.logical_and.reduceat(problem.fit[members], starts, axis=0)
    can &= seating.people[rows, None] <= problem.cap
    if problem.reluctant.any():
        asked = np.add.reduceat(problem.reluctant[members].astype(np.int64), starts, axis=0)
        can &= asked <= asked[np.arange(len(rows)), seating.column[rows]][:, None]
    draw = rng.random(can.shape) * can
    if not problem.limits:
        seating.column[rows] = draw.argmax(axis=1)
        return
    for n, row in enumerate(rows.tolist()):
        now = int(seating.column[row])
        for limit in problem.limits_of[now]:
            seating.used[limit] -= 1
        options = draw[n] * seating.open_columns()
        for limit in problem.limits_of[now]:
            seating.used[limit] += 1
        seating.move_to(row, int(options.argmax()))


def renew(start: Seating, rounds: int, budget: Budget, rng: np.random.Generator) -> Seating:
    """Take a few related groups apart and form them anew; what is hardly worse replaces what was."""
    now = best = start
    score = top = start.score()
    for n in range(rounds):
        trial = now.twin()
        fair = _renew_some(trial, score, budget, rng)
        if budget.stopped:
            break
        if not fair:
            continue
        new = trial.score()
        if new >= score - LENIENT * (1 - n / rounds) * rng.exponential():
            now, score = trial, new
        if score > top:
            best, top = now, score
    return best


def _renew_some(trial: Seating, score: float, budget: Budget, rng: np.random.Generator) -> bool:
    """Form a few groups anew and let those around settle down; False when that cost seats."""
    rows = trial.rows()
    first = _somewhere(trial, rows, rng)
    near = (trial.total[rows] @ trial.total[first]) / (trial.people[rows] * np.sqrt(trial.square[first] + 1))
    order = rows[np.argsort(-near, kind="stable")]
    spread = near / (np.abs(near).max() + 1e-9) + 0.5 * rng.gumbel(size=len(rows))
    spread[rows == first] = np.inf
    items = sorted(trial.pool)[:AROUND]
    for row in rows[np.argsort(-spread, kind="stable")[: 2 + int(rng.integers(3))]]:
        items += trial.close(int(row))
    form(trial, items, rng)
    squeeze(trial, items)
    if not budget.spend(len(items)) or trial.score() < score - 0.5 * SEAT:
        return False
    formed = [int(row) for row in np.unique(trial.group[items]) if row != POOL]
    others = [int(row) for row in order if trial.column[row] >= 0 and int(row) not in formed]
    lot = np.array([*formed, *others][: max(2, AROUND // trial.problem.low)], dtype=np.int64)
    settle(District(trial, np.sort(lot), sorted(trial.pool)[:AROUND]), budget, rng, rounds=8)
    return True


def _somewhere(seating: Seating, rows: Ints, rng: np.random.Generator) -> int:
    """A group to begin with: any, or one that somebody without a seat could make."""
    if seating.pool and rng.random() < 0.5:
        item = sorted(seating.pool)[int(rng.integers(len(seating.pool)))]
        possible = rows[seating.problem.fit[item, seating.column[rows]]]
        if len(possible):
            return int(possible[rng.integers(len(possible))])
    return int(rows[rng.integers(len(rows))])
