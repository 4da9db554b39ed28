"""Relevance: among the plans that seat the most people, one whose groups have much in common.

The search anneals: in each round everybody names the best move they see, to a group with room or by
trading places, with some luck added; those moves that do not touch the same groups happen. Groups
change their column whenever all members can. Then a few related groups at a time are taken apart and
formed anew. Many people are searched in districts of some hundred who are alike, or free at the same
times, one after another or at once; then they are cut into districts along other lines.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from chalicelib.matching.cutting import cut, in_line, points
from chalicelib.matching.district import District, Luck, Saved
from chalicelib.matching.fairness import FAIR_ROUNDS, even_out
from chalicelib.matching.forming import Lot, dissolve, form, split_off, squeeze
from chalicelib.matching.friends import met, unite
from chalicelib.matching.likeness import Likeness
from chalicelib.matching.problem import Groups, Ints, Problem
from chalicelib.matching.seating import NEAR, POOL, SEAT, WILLING, Seating
from chalicelib.matching.spread import spread
from chalicelib.matching.table import Table

HOT, COLD = 0.15, 0.02
"""Temperatures at which annealing begins and ends."""

LENIENT = 0.1
"""How much worse, on average and at first, groups formed anew may be and still replace the old ones."""

ALONE = 1500
"""Items that are searched as one district."""

DISTRICT = 1000
"""Items of a district when there are several."""

TOURS = 8
"""How often many people are cut into districts."""

LOT = 5000
"""Items among whom a group looks for its members when all groups are formed."""

PATIENCE = 100
"""Attempts to seat one more person before it is left to the solver."""


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

    def seconds_left(self) -> float:
        """How much time is left; endless without a deadline, and then no clock is read."""
        return math.inf if self._deadline is None else self._deadline - self._clock()

    def spend(self, moves: int) -> bool:
        """Take so many moves from the budget; False when it, or the time, is used up."""
        if self.stopped is None and self.left is not None:
            if self.left < moves:
                self.stopped = "moves"
            self.left -= moves
        if self.stopped is None and self._deadline is not None and self._clock() >= self._deadline:
            self.stopped = "time"
        return self.stopped is None

    def share(self, moves: int, of: int) -> "Budget":
        """A budget for a part of work that costs at most so many moves, the whole of which costs at most `of`."""
        part = Budget(None, None, self._clock)
        part.stopped, part._deadline = self.stopped, self._deadline
        if self.left is not None and self.left < of:
            part.left = max(0, self.left) * moves // of
        return part


@dataclass(frozen=True)
class Effort:
    """How hard a district is searched: rounds of annealing and their first temperature, and groups formed anew.

    With fairness it is not searched but evened out.
    """

    rounds: int
    hot: float
    renewals: int
    fairness: float = 0.0

    def moves(self, district: int) -> int:
        """The most moves this looks at in a district of that many items."""
        if self.fairness:
            return FAIR_ROUNDS * district
        return (self.rounds + 2 * SETTLE) * district + self.renewals * RENEWAL


REGROUP = 5
"""Rounds after which one group more, or one less, is tried."""

REGROUP_HEAT = 4.0
"""How much hotter it is for whole groups than for single moves."""

SETTLE = 30
"""Most rounds in which everybody makes moves that gain."""

RENEWAL = 600
"""Most moves that forming some groups anew looks at."""


@dataclass(eq=False)
class Layout:
    """The column of each group, and the group of each item or POOL."""

    column: Ints
    group: Ints

    @classmethod
    def of(cls, groups: Groups, items: int) -> "Layout":
        group = np.full(items, POOL, dtype=np.int64)
        sizes = np.array([len(members) for _, members in groups], dtype=np.int64)
        order = np.fromiter((item for _, members in groups for item in members), dtype=np.int64, count=sizes.sum())
        group[order] = np.repeat(np.arange(len(groups)), sizes)
        return cls(np.array([column for column, _ in groups], dtype=np.int64), group)

    def groups(self) -> Groups:
        order = np.argsort(self.group, kind="stable")
        order = order[np.searchsorted(self.group[order], 0) :]
        sizes = np.bincount(self.group[order], minlength=len(self.column))
        ends = np.cumsum(sizes)
        items = order.tolist()
        return tuple(
            (column, tuple(items[first:last]))
            for column, first, last in zip(self.column.tolist(), (ends - sizes).tolist(), ends.tolist(), strict=True)
        )


def starts(problem: Problem, vectors: NDArray[np.generic], seed: int, signs: Ints | None = None) -> list[Groups]:
    """Groups formed around what people have in common, coverage repaired as far as that goes; the best first."""
    likeness = Likeness(problem, vectors, signs)
    movable = np.flatnonzero(likeness.fit.any(axis=1))
    if not len(movable):
        return [()]
    rng = np.random.default_rng([seed % 2**63, 0])
    if len(movable) <= ALONE:
        return _small_starts(likeness, movable, rng)
    layout = Layout(np.zeros(0, np.int64), np.full(len(problem.size), POOL, dtype=np.int64))
    for _ in range(2):
        waiting = movable[layout.group[movable] == POOL]
        if not len(waiting):
            break
        lots = [np.sort(waiting[lot]) for lot in cut(points(likeness.vector[waiting]), LOT, rng)]
        rooms = _left(likeness, layout)
        shares = [
            (lot, (rooms * (n + 1)) // len(lots) - (rooms * n) // len(lots), int(rng.integers(2**62)))
            for n, lot in enumerate(lots)
        ]
        for (lot, _, _), (column, group) in zip(shares, spread(partial(_formed, likeness), shares), strict=True):
            layout.group[lot] = np.where(group == POOL, POOL, group + len(layout.column))
            layout.column = np.concatenate([layout.column, column])
    seating = Seating(problem, np.asarray(vectors, dtype=np.float64), layout.groups())
    squeeze(seating, np.flatnonzero(layout.group == POOL).tolist(), _fits(problem))
    return [seating.groups()]


def _fits(problem: Problem) -> tuple[Table[np.bool_], ...]:
    """Who can make which column, gladly first."""
    return (problem.glad, problem.fit) if problem.reluctant.any() else (problem.fit,)


def _left(likeness: Likeness, layout: Layout) -> Ints:
    """How many more groups each limit allows."""
    counts = np.bincount(layout.column, minlength=len(likeness.problem.cap))
    limits = likeness.problem.limits
    return np.array([limit.rooms - counts[limit.columns].sum() for limit in limits], dtype=np.int64)


def _formed(likeness: Likeness, job: tuple[Ints, Ints, int]) -> tuple[Ints, Ints]:
    lot, rooms, seed = job
    among = Lot(likeness, lot, rooms)
    form(among, range(len(lot)), np.random.default_rng(seed))
    return np.array(among.column, dtype=np.int64), among.group


def _compact(district: District) -> tuple[Ints, Ints]:
    """Columns and groups of a district without free rows."""
    rows = district.rows()
    number = np.full(len(district.column), POOL, dtype=np.int64)
    number[rows] = np.arange(len(rows))
    return district.column[rows], number[district.group]


def _small_starts(likeness: Likeness, movable: Ints, rng: np.random.Generator) -> list[Groups]:
    problem = likeness.problem
    rooms = np.array([limit.rooms for limit in problem.limits], dtype=np.int64)
    count = int(np.clip(600 // len(movable), 1, 4))
    nobody = np.full(len(movable), POOL, dtype=np.int64)
    district = District(likeness, movable, np.zeros(0, np.int64), nobody, rooms)
    empty = district.save()
    found: list[tuple[float, int, Saved]] = []
    for _ in range(count):
        district.load(empty)
        form(district, range(len(movable)), rng)
        _squeezed(district, district.waiting().tolist())
        found.append((-district.score(), len(found), district.save()))
    found.sort(key=lambda one: one[:2])
    district.load(found[0][2])
    _repair(district, rng)
    saved = [district.save(), *(state for _, _, state in found[1:])]
    groups = []
    for state in saved:
        district.load(state)
        groups.append(_groups(district))
    return groups


def _groups(district: District) -> Groups:
    return tuple(
        (int(district.column[row]), tuple(district.items[district.members(int(row))].tolist()))
        for row in district.rows()
    )


def _squeezed(district: District, items: list[int]) -> None:
    squeeze(district, items, (district.glad, district.fit) if district.likeness.asks else (district.fit,))


def _repair(district: District, rng: np.random.Generator) -> None:
    """Take groups apart around those without a seat, until all have one or nothing has helped for a while."""
    endless = Budget(None, None, lambda: 0.0)
    patience = PATIENCE
    while len(district.waiting()) and patience and len(district.rows()):
        before, score, out = district.save(), district.score(), len(district.waiting())
        patience -= 1
        if not (_renew_some(district, score, endless, rng) and district.score() >= score):
            district.load(before)
        elif len(district.waiting()) < out:
            patience = PATIENCE


def arrange(
    problem: Problem,
    vectors: NDArray[np.generic],
    begun: list[Groups],
    *,
    seed: int,
    budget: Budget,
    signs: Ints | None = None,
    fairness: float = 0.0,
) -> Arrangement:
    """The most relevant arrangement found that seats as many people as the best start does.

    The best start is searched on: groups made for coverage or groups made for relevance, since neither kind
    is the better one everywhere. Fairness, from 0 to 1, is what comes last, and costs no seat.
    """
    likeness = Likeness(problem, vectors, signs)
    rng = np.random.default_rng([seed % 2**63, 1])
    movable = np.flatnonzero(likeness.fit.any(axis=1))
    if not len(movable):
        return Arrangement((), 0.0, budget.stopped)
    layouts = [Layout.of(groups, len(problem.size)) for groups in begun]
    if len(movable) <= ALONE:
        layout = _search_small(likeness, movable, layouts, fairness, budget, rng)
    else:
        layout = _search_large(likeness, movable, layouts, fairness, budget, rng)
    groups = layout.groups()
    return Arrangement(groups, _relevance(likeness, layout), budget.stopped)


def relevance_of(problem: Problem, vectors: NDArray[np.generic], groups: Groups, signs: Ints | None = None) -> float:
    """Mean over the people in these groups of their mean likeness to the others of their group."""
    return _relevance(Likeness(problem, vectors, signs), Layout.of(groups, len(problem.size)))


def _relevance(likeness: Likeness, layout: Layout) -> float:
    count = len(layout.column)
    seated = np.flatnonzero(layout.group != POOL)
    if not len(seated):
        return 0.0
    at = layout.group[seated]
    total = likeness.totals(layout.group, count)
    people = np.bincount(at, weights=likeness.problem.size[seated], minlength=count)
    inner = np.bincount(at, weights=likeness.own[seated], minlength=count)
    square = np.einsum("rd,rd->r", total * likeness.signs, total)
    worth = (square - inner) / (likeness.scale * np.maximum(people - 1, 1))
    return float(worth.sum()) / float(people.sum())


def _search_small(
    likeness: Likeness,
    movable: Ints,
    layouts: list[Layout],
    fairness: float,
    budget: Budget,
    rng: np.random.Generator,
) -> Layout:
    problem = likeness.problem
    rooms = np.array([limit.rooms for limit in problem.limits], dtype=np.int64)
    begun = [Layout.of(unite(problem, layout.groups()), len(problem.size)) for layout in layouts]
    districts = [District(likeness, movable, layout.column, layout.group[movable], rooms) for layout in begun]
    # One long search finds more than several short ones from different starts.
    best = max(districts, key=District.score)
    rounds = int(np.clip(480_000 // len(movable), 300, 1200))
    improve(best, Effort(rounds, HOT, 200), budget, Luck(rng), rng)
    layout = _whole(best)
    together = unite(problem, layout.groups())
    if together != layout.groups():
        layout = Layout.of(together, len(problem.size))
        best = District(likeness, movable, layout.column, layout.group[movable], rooms)
        settle(best, budget, rng)
    if fairness:
        even_out(best, fairness, budget.spend, rng)
    return _whole(best)


def _whole(district: District) -> Layout:
    """The layout of all items that one district holds."""
    column, group = _compact(district)
    layout = Layout(column, np.full(len(district.problem.size), POOL, dtype=np.int64))
    layout.group[district.items] = group
    return layout


def improve(district: District, effort: Effort, budget: Budget, luck: Luck, rng: np.random.Generator) -> None:
    """Search a district; it is never worse afterwards."""
    if not len(district.rows()):
        return
    settle(district, budget, rng)
    if effort.rounds:
        best, top = district.save(), district.score()
        if not anneal(district, effort, budget, luck, rng) or district.score() < top:
            district.load(best)
    if effort.renewals:
        renew(district, effort.renewals, budget, rng)


def anneal(district: District, effort: Effort, budget: Budget, luck: Luck, rng: np.random.Generator) -> bool:
    """Let everybody look for a better seat, again and again, ever more choosily; False when the budget ends first."""
    for n in range(effort.rounds):
        heat = effort.hot * (COLD / effort.hot) ** (n / max(1, effort.rounds - 1))
        if n % 3 == 0:
            district.wander(rng)
        if not budget.spend(len(district.items)):
            return False
        district.round(luck, heat, rng, district.some(rng))
        if n % REGROUP == 0:
            _regroup(district, heat, rng)
    settle(district, budget, rng)
    return budget.stopped is None


def _regroup(district: District, heat: float, rng: np.random.Generator) -> None:
    """Open one group more, or one less; what is worse may stay while it is hot."""
    before, score = district.save(), district.score()
    change = split_off if rng.random() < 0.5 else dissolve
    if not change(district, rng) or district.score() < score - REGROUP_HEAT * heat * rng.exponential():
        district.load(before)


def settle(district: District, budget: Budget, rng: np.random.Generator) -> None:
    """Make moves that gain until there are none."""
    for _ in range(SETTLE):
        if not budget.spend(len(district.items)):
            return
        who = district.some(rng)
        if not district.round(None, 0.0, rng, who) and who is None:
            return


def renew(district: District, rounds: int, budget: Budget, rng: np.random.Generator) -> None:
    """Take a few related groups apart and form them anew; what is hardly worse replaces what was."""
    if not len(district.rows()):
        return
    best = now = district.save()
    top = score = district.score()
    for n in range(rounds):
        fair = _renew_some(district, score, budget, rng)
        if budget.stopped:
            break
        new = district.score() if fair else -np.inf
        if new >= score - LENIENT * (1 - n / rounds) * rng.exponential():
            now, score = district.save(), new
            if score > top:
                best, top = now, score
        else:
            district.load(now)
    district.load(best)


def _renew_some(district: District, score: float, budget: Budget, rng: np.random.Generator) -> bool:
    """Form a few groups anew and let those around settle down; False when that cost seats."""
    rows = district.rows()
    waiting = district.waiting()
    first = _somewhere(district, rows, waiting, rng)
    near = district.draw(rows, np.flatnonzero(district.group == first)).sum(axis=1) / district.people[rows]
    spread_out = near / (np.abs(near).max() + 1e-9) + 0.5 * rng.gumbel(size=len(rows))
    spread_out[rows == first] = np.inf
    items = waiting.tolist()[:100]
    for row in rows[np.argsort(-spread_out, kind="stable")[: 2 + int(rng.integers(3))]]:
        items += district.close(int(row))
    form(district, items, rng)
    _squeezed(district, items)
    if not budget.spend(len(items)) or district.score() < score - 0.5 * SEAT:
        return False
    touched = sorted({*np.unique(district.group[items]).tolist()} - {POOL})
    for _ in range(8):
        who = np.flatnonzero(np.isin(district.group, touched))
        if not len(who) or not budget.spend(len(who)):
            break
        touched = district.round(None, 0.0, rng, who)
        if not touched:
            break
    return True


def _somewhere(district: District, rows: Ints, waiting: Ints, rng: np.random.Generator) -> int:
    """A group to begin with: any, or one that somebody without a seat could make."""
    if len(waiting) and rng.random() < 0.5:
        item = int(waiting[rng.integers(len(waiting))])
        possible = rows[district.fit[item, district.column[rows]]]
        if len(possible):
            return int(possible[rng.integers(len(possible))])
    return int(rows[rng.integers(len(rows))])


def _search_large(
    likeness: Likeness,
    movable: Ints,
    layouts: list[Layout],
    fairness: float,
    budget: Budget,
    rng: np.random.Generator,
) -> Layout:
    layout = max(layouts, key=partial(_value, likeness))
    layout = max(layout, _regrouped(likeness, layout, rng), key=partial(_value, likeness))
    layout = Layout.of(unite(likeness.problem, layout.groups()), len(likeness.problem.size))
    for effort in _tours(len(movable)):
        layout = _tour(likeness, layout, effort, budget, rng)
        if budget.stopped:
            return layout
    together = unite(likeness.problem, layout.groups())
    if together != layout.groups():
        layout = Layout.of(together, len(likeness.problem.size))
        layout = _tour(likeness, layout, Effort(0, COLD, 0), budget, rng)
    return _tour(likeness, layout, Effort(0, COLD, 0, fairness), budget, rng) if fairness else layout


def _value(likeness: Likeness, layout: Layout) -> float:
    seated = np.flatnonzero(layout.group != POOL)
    value = SEAT * float(likeness.problem.size[seated].sum()) + _relevance(likeness, layout) * len(seated)
    if likeness.asks:
        value -= WILLING * float(likeness.problem.reluctant[seated, layout.column[layout.group[seated]]].sum())
    return value + NEAR * met(likeness.problem, layout.group)


def _tours(items: int) -> list[Effort]:
    """How hard districts are searched, tour by tour: less the more people there are, each tour colder."""
    beyond = max(0.0, float(np.log10(items)) - 4)
    count = round(TOURS - 2.5 * min(beyond, 2))
    rounds, renewals = round(60 - 10 * min(beyond, 2)), round(30 - 10 * min(beyond, 2))
    return [Effort(rounds, HOT * (COLD / HOT) ** (n / count), renewals) for n in range(count)]


def _regrouped(likeness: Likeness, layout: Layout, rng: np.random.Generator) -> Layout:
    """The same seats, dealt anew in each column so that people sit with those who are like them.

    A plan made for coverage knows nothing of likeness. Units and people with enemies stay where they are.
    """
    problem = likeness.problem
    loose = (layout.group != POOL) & (problem.size == 1)
    loose[list(problem.apart)] = False
    who = np.flatnonzero(loose)
    at = layout.column[layout.group[who]]
    group = layout.group.copy()
    for column in np.unique(at):
        people = who[at == column]
        near = people[in_line(points(likeness.vector[people]), rng)]
        group[near] = np.sort(layout.group[people])
    return Layout(layout.column, group)


def _tour(likeness: Likeness, layout: Layout, effort: Effort, budget: Budget, rng: np.random.Generator) -> Layout:
    problem = likeness.problem
    count = len(layout.column)
    order = np.argsort(layout.group, kind="stable")
    first = int(np.searchsorted(layout.group[order], 0))
    waiting, order = order[:first], order[first:]
    waiting = waiting[likeness.fit[waiting].any(axis=1)]
    ends = np.cumsum(np.bincount(layout.group[order], minlength=count))
    begins = np.concatenate([[0], ends[:-1]])
    total = likeness.totals(layout.group, count)
    groups = max(2, DISTRICT * count // max(1, len(order)))
    lots = cut(points(total), groups, rng)
    spare = _left(likeness, layout)
    luck = Luck(np.random.default_rng(int(rng.integers(2**62))))
    jobs = []
    sizes = []
    for n, lot in enumerate(lots):
        rows = np.sort(lot)
        seated = [order[begins[row] : ends[row]] for row in rows]
        local = np.repeat(np.arange(len(rows)), [len(one) for one in seated])
        out = waiting[n :: len(lots)][:DISTRICT]
        items = np.concatenate([*seated, out])
        group = np.concatenate([local, np.full(len(out), POOL)])
        sort = np.argsort(items, kind="stable")
        column = layout.column[rows]
        counts = np.bincount(column, minlength=len(problem.cap))
        rooms = np.array([counts[limit.columns].sum() for limit in problem.limits], dtype=np.int64)
        rooms += (spare * (n + 1)) // len(lots) - (spare * n) // len(lots)
        jobs.append((items[sort], column, group[sort], rooms, int(rng.integers(2**62))))
        sizes.append(effort.moves(len(items)))
    whole = sum(sizes)
    work = partial(_improved, likeness, effort, luck)
    done = spread(work, [(*job, budget.share(size, whole)) for job, size in zip(jobs, sizes, strict=True)])
    found = Layout(np.zeros(0, np.int64), np.full(len(problem.size), POOL, dtype=np.int64))
    columns = []
    at = 0
    for job, (column, group, stopped) in zip(jobs, done, strict=True):
        found.group[job[0]] = np.where(group == POOL, POOL, group + at)
        at += len(column)
        columns.append(column)
        budget.stopped = budget.stopped or stopped
    found.column = np.concatenate(columns)
    if budget.left is not None:
        budget.left -= whole
        if budget.left < 0:
            budget.stopped = budget.stopped or "moves"
    return found


def _improved(
    likeness: Likeness, effort: Effort, luck: Luck, job: tuple[Ints, Ints, Ints, Ints, int, Budget]
) -> tuple[Ints, Ints, str | None]:
    items, column, group, rooms, seed, budget = job
    district = District(likeness, items, column, group, rooms)
    rng = np.random.default_rng(seed)
    if effort.fairness:
        even_out(district, effort.fairness, budget.spend, rng)
    else:
        improve(district, effort, budget, luck, rng)
    return *_compact(district), budget.stopped
