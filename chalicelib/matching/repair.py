"""Repair: among the arrangements that seat the most, one that leaves as many people as possible where they are.

What changed leaves some people without a seat and some groups too small, too large or without a room.
Around those an integer program decides who sits where: each *bin* is a group that goes on at its column,
a locked group at one of the columns it may have, or new groups at a column. Groups that nothing happened
to only offer their free seats. Unless the outcome meets a lower bound, more groups are let into the
program, up to all of them, where the outcome is exact.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from chalicelib.matching.coverage import cover
from chalicelib.matching.problem import Bools, Ints, Problem
from chalicelib.matching.seating import Floats

COMPLETE = 12_000
"""Variables up to which the program is solved with all groups and all people in it, so that it is exact."""

LARGEST = 60_000
"""Variables beyond which no more groups are let in."""

NEAREST = 12
"""Groups with a free seat that somebody chooses among, as long as not all groups are in the program."""

DONORS = 6
"""People who may help out a group that is too small, as long as not all groups are in the program."""

ROUGH, TOLERANCE = 20_000, 0.06
"""Variables from which on a program is solved only up to this share of the changes that are needed anyway."""

EFFORT = 2_000_000
"""Branches times variables after which the solver's best answer has to do; the same everywhere, unlike seconds."""

NOBODY = -1


@dataclass(frozen=True, eq=False)
class Standing:
    """An earlier plan as it stands today.

    Args:
        column: the column of each group, NOBODY when there is none any more, shape (G,).
        was: the group of each person, NOBODY when they had none, shape (P,).
        pinned: for an item the group that it must be in.
        whole: groups whose members and column stay as they are.
        lasting: for groups that must go on, the columns that they may have.
        guests: people who may help out a group but for whose own sake nothing is done; that they have no seat
            counts for nothing.
    """

    column: Ints
    was: Ints
    pinned: dict[int, int] = field(default_factory=dict)
    whole: frozenset[int] = frozenset()
    lasting: dict[int, Ints] = field(default_factory=dict)
    guests: frozenset[int] = frozenset()


@dataclass(frozen=True, eq=False)
class Seats:
    """Who sits where: for each group its number in the earlier plan, or NOBODY, its column and its items.

    Args:
        placed: how many people have a seat, guests left aside.
        changed: how many people who had a seat have another or none.
        placeable: no arrangement that keeps the locks seats more.
        least: none that seats as many changes fewer.
        complete: everything there is was in the program, and the program was solved.
    """

    groups: tuple[tuple[int, int, tuple[int, ...]], ...]
    placed: int
    changed: int
    placeable: int
    least: int
    complete: bool = False


@dataclass(frozen=True, eq=False)
class _Region:
    """What is in the program.

    Args:
        groups: groups whose members may go anywhere.
        donors: items that may leave their group for a troubled one, and for nothing else.
        reach: how many groups with free seats each item may choose among; None for all.
        copies: how many new groups of one column people with pair rules may choose among; None for all.
    """

    groups: frozenset[int]
    donors: tuple[int, ...] = ()
    reach: int | None = NEAREST
    copies: int | None = 2


@dataclass(frozen=True, eq=False)
class _Bins:
    """Groups that may be, shape (B,).

    Args:
        group: the earlier group that this is; NOBODY for new ones.
        kept: it is at the earlier group's column, so that those who stay do not notice anything.
        fixed: it goes on whatever happens.
        most: how many groups it may stand for.
        base: how many people sit there whatever happens.
    """

    group: Ints
    column: Ints
    kept: Bools
    fixed: Bools
    most: Ints
    base: Ints


@dataclass(frozen=True, eq=False)
class _Program:
    """Items, bins, and which item may join which bin at what cost; the first three shapes are (I,), (B,), (J,)."""

    items: Ints
    bins: _Bins
    joins: tuple[Ints, Ints]
    cost: Floats
    rooms: tuple[tuple[Ints, int], ...]
    free: frozenset[int]


class Locked(Exception):
    """No arrangement whatever keeps all locks."""


def repaired(problem: Problem, vectors: Floats, standing: Standing) -> Seats:
    """The arrangement that seats the most and, among those, changes the fewest people's meetings.

    Args:
        vectors: of the people, shape (P, D).

    Raises:
        Locked: the locks contradict each other or the rules.
    """
    repair = _Repair(problem, vectors, standing)
    around = _Region(repair.troubled, repair.donors())
    repair.attempt(around, rough=True)
    if not repair.is_proven():
        repair.least = max(repair.least, repair.lost + repair.forced())
    if not repair.is_proven() and int(repair.hope.sum()) <= COMPLETE:
        groups = frozenset(np.flatnonzero(repair.people).tolist()) | repair.troubled
        repair.attempt(_Region(groups - standing.whole, (), None, None), complete=True)
    if not repair.complete:
        if repair.best is None or repair.best.placed < repair.placeable:
            repair.placeable = min(repair.placeable, cover(problem).placeable)
        for apiece in (0, 3, 12):
            if not repair.is_proven():
                repair.attempt(repair.wider(apiece) if apiece else around, again=not apiece)
    if repair.best is None:
        raise Locked
    return replace(repair.best, placeable=repair.placeable, least=min(repair.least, repair.best.changed))


class _Repair:
    """The earlier plan without those who cannot stay, and the best new one so far.

    Attributes, besides the arguments:
        able: whether an item can make a column at all, shape (N, C).
        hope: whether it can make one at which enough people for a group can come, shape (N, C).
        home: the group in which an item can stay; NOBODY for those who need a seat, shape (N,).
        before: how many of an item had a seat, shape (N,).
        claim: how many of an item are not guests, shape (N,).
        people, stayers, total: how many stay in each group, who, and the sum of their vectors.
        troubled: groups that cannot go on as they are.
        hopeful: how many people have a seat or could meet enough others for a group.
        lost: how many had a seat and can only lose it.
        placeable, least: what is proven so far.
    """

    def __init__(self, problem: Problem, vectors: Floats, standing: Standing) -> None:
        self.problem, self.standing = problem, standing
        self.able = np.asarray(problem.fit[np.arange(len(problem.size))], dtype=np.bool_)
        self.hope = self.able & problem.viable
        self.before = np.zeros(len(problem.size), dtype=np.int64)
        np.add.at(self.before, problem.item_of, standing.was != NOBODY)
        self.claim = problem.size.copy()
        np.subtract.at(self.claim, problem.item_of[sorted(standing.guests)], 1)
        self.home = self._home()
        groups = len(standing.column)
        stayed = np.flatnonzero(self.home != NOBODY)
        self.people = np.zeros(groups, dtype=np.int64)
        np.add.at(self.people, self.home[stayed], problem.size[stayed])
        self.stayers: tuple[list[int], ...] = tuple([] for _ in range(groups))
        for item in stayed.tolist():
            self.stayers[self.home[item]].append(item)
        vectors = vectors.astype(np.float64)
        self.vector = np.zeros((len(problem.size), vectors.shape[1]))
        np.add.at(self.vector, problem.item_of, vectors)
        self.total = np.zeros((groups, vectors.shape[1]))
        np.add.at(self.total, self.home[stayed], self.vector[stayed])
        self.scale = float(np.einsum("pd,pd->p", vectors, vectors).max(initial=0)) or 1.0
        self.troubled = self._troubled()
        self.best: Seats | None = None
        self.complete = False
        hopeless = (self.home == NOBODY) & ~self.hope.any(axis=1)
        self.placeable = self.hopeful = int(self.claim[~hopeless].sum())
        self.lost = int(self.before[hopeless].sum())
        self.least = self.lost + self._counted()

    def _home(self) -> Ints:
        problem, standing = self.problem, self.standing
        first = np.array([rows[0] for rows in problem.members], dtype=np.int64)
        home = standing.was[first]
        as_one = np.ones(len(home), dtype=np.bool_)
        np.logical_and.at(as_one, problem.item_of, standing.was == home[problem.item_of])
        home[~as_one] = NOBODY
        column = np.where(home == NOBODY, NOBODY, standing.column[home] if len(standing.column) else NOBODY)
        # The extra column is that of groups without one.
        able = np.hstack([self.able, np.zeros((len(home), 1), dtype=np.bool_)])
        home[~able[np.arange(len(home)), column]] = NOBODY
        for item, group in standing.pinned.items():
            if home[item] != group:
                home[item] = NOBODY
        torn = [item for item, foes in problem.apart.items() if np.any(home[list(foes)] == home[item])]
        home[torn] = NOBODY
        return home

    def _troubled(self) -> frozenset[int]:
        """Groups too small, too large, among too many for their rooms, or held by a lock that may cost them."""
        problem, standing = self.problem, self.standing
        now = np.flatnonzero(self.people)
        column = standing.column[now]
        bad = (self.people[now] < problem.low) | (self.people[now] > problem.cap[column])
        for limit in problem.limits:
            here = np.isin(column, limit.columns)
            bad |= here & (int(here.sum()) > limit.rooms)
        # Nobody is sure to stay in these, but somebody might: who is now to sit with, or apart from, somebody else.
        unsure = np.flatnonzero((standing.was != NOBODY) & (self.home[problem.item_of] == NOBODY))
        column = standing.column[standing.was[unsure]]
        unsure = unsure[column != NOBODY]
        unsure = unsure[self.able[problem.item_of[unsure], column[column != NOBODY]]]
        empty = [group for group in standing.was[unsure].tolist() if not self.people[group]]
        return frozenset({*now[bad].tolist(), *empty, *standing.lasting} - standing.whole)

    def is_proven(self) -> bool:
        """Nothing can be better than the best so far."""
        best = self.best
        return self.complete or (best is not None and best.placed == self.placeable and best.changed <= self.least)

    # Who is let in.

    def donors(self, apiece: int = DONORS) -> tuple[int, ...]:
        """For each group that is too small a few of those who could help it out, from groups that can spare one."""
        problem, column = self.problem, self.standing.column
        rich = np.isin(np.arange(len(column)), sorted(self.troubled | self.standing.whole), invert=True)
        rich &= self.people > problem.low
        spare = np.flatnonzero((self.home != NOBODY) & np.append(rich, False)[self.home])
        free = ~np.isin(spare, sorted(self.standing.pinned))
        spare = spare[free & (problem.size[spare] <= self.people[self.home[spare]] - problem.low)]
        found: set[int] = set()
        for group in sorted(self.troubled):
            if self.people[group] < problem.low and column[group] != NOBODY:
                able = spare[self.able[spare, column[group]]]
                order = np.argsort(-(self.vector[able] @ self.total[group]), kind="stable")
                found.update(able[order[:apiece]].tolist())
        return tuple(sorted(found))

    def wider(self, apiece: int) -> _Region:
        """With the groups that could help those without a seat, or groups that were given up."""
        column = self.standing.column
        kept = {group for group, _, _ in self.best.groups} if self.best else set[int]()
        seated = {item for _, _, items in self.best.groups for item in items} if self.best else set[int]()
        waiting = [item for item in np.flatnonzero(self.hope.any(axis=1)).tolist() if item not in seated]
        now = np.array([g for g in np.flatnonzero(self.people) if g not in self.standing.whole], dtype=np.int64)
        spare = self.people[now] < self.problem.cap[column[now]]
        vacant = np.zeros(self.able.shape[1], dtype=np.int64)
        np.add.at(vacant, column[now], spare)
        # How many of a group's members could go to a group with a free seat, their own column left aside.
        nimble = np.array(
            [
                int((self.able[self.stayers[g]] @ np.where(np.arange(len(vacant)) == column[g], 0, vacant) > 0).sum())
                for g in now.tolist()
            ],
            dtype=np.int64,
        )
        chosen = set(self.troubled)
        for item in waiting:
            near = self.vector[item] @ self.total[now].T
            rank = np.lexsort((-near, -np.minimum(nimble, 2), ~self.able[item, column[now]]))
            chosen.update(now[rank[:apiece]][self.able[item, column[now[rank[:apiece]]]]].tolist())
        surplus = self.people[now] > self.problem.low
        for group in sorted(self.troubled - kept):
            if column[group] == NOBODY:
                continue
            near = self.total[group] @ self.total[now].T
            helps = np.array([bool(self.able[self.stayers[g], column[group]].any()) for g in now.tolist()], np.bool_)
            rank = np.lexsort((-near, ~surplus, ~helps))
            chosen.update(now[rank[:apiece]].tolist())
        return _Region(frozenset(chosen), self.donors(4 * apiece), 2 * NEAREST)

    # The program.

    def attempt(self, region: _Region, *, complete: bool = False, rough: bool = False, again: bool = False) -> None:
        """Solve the program of a region and keep what is better.

        Args:
            complete: the region is all there is.
            rough: an outcome that is nearly the best will do.
            again: it has been solved roughly before.
        """
        problem = self.problem
        program = self._program(region)
        if len(program.cost) > (COMPLETE if complete else ROUGH if again else LARGEST):
            return
        weight = int(self.before.sum()) + 1
        solved = None
        if complete:
            # Once it is known how many can be seated, the program need not find that out anew.
            self.placeable = min(self.placeable, cover(problem).placeable)
            solved = self._solve(program, 0, waiting=self.hopeful - self.placeable)
        if solved is not None:
            solved = (*solved[:2], solved[2] + weight * (self.hopeful - self.placeable))
        else:
            solved = self._solve(program, weight, rough=rough)
        if solved is None:
            if complete and self.best is None:
                raise Locked
            return
        chosen, opened, bound = solved
        groups = self._groups(program, chosen, opened)
        placed = int(self.claim[[item for _, _, items in groups for item in items]].sum())
        found = Seats(groups, placed, self._changed(groups), 0, 0)
        if self.best is None or (placed, -found.changed) > (self.best.placed, -self.best.changed):
            self.best = found
        if complete:
            self.complete = True
            unseated, changed = divmod(bound, weight)
            self.placeable = min(self.placeable, self.hopeful - unseated)
            if self.placeable == self.best.placed:
                self.least = max(self.least, self.lost + changed)

    def _program(self, region: _Region) -> _Program:
        problem, standing = self.problem, self.standing
        waiting = np.flatnonzero((self.home == NOBODY) & self.hope.any(axis=1)).tolist()
        inside = [item for group in region.groups for item in self.stayers[group]]
        donors = [item for item in region.donors if self.home[item] not in region.groups]
        items = np.array(sorted({*waiting, *inside, *donors, *standing.pinned}), dtype=np.int64)
        fixed = np.setdiff1d(np.arange(len(problem.size)), items)
        fixed = fixed[self.home[fixed] != NOBODY]
        giving = np.isin(items, donors)
        bins = self._bins(region, items[~giving], donors)
        may = self.able[items][:, bins.column]
        may &= problem.size[items, None] + bins.base <= problem.cap[bins.column]
        here = self.home[items, None] == bins.group
        may[giving] &= (here | np.isin(bins.group, sorted(self.troubled)))[giving]
        for pin, group in standing.pinned.items():
            may[np.searchsorted(items, pin)] &= bins.group == group
        self._keep_apart(may, items, fixed, bins)
        came = np.zeros((len(items), len(standing.column) + 1), dtype=np.int64)
        rows = np.flatnonzero(np.isin(problem.item_of, items))
        np.add.at(came, (np.searchsorted(items, problem.item_of[rows]), standing.was[rows]), 1)
        stay = came[:, bins.group] * (bins.kept & (bins.group != NOBODY))
        like = self.vector[items] @ self.total.T / (self.scale * np.maximum(self.people, 1))
        like = np.hstack([like, np.zeros((len(items), 1))])[:, bins.group] * bins.kept
        if region.reach is not None:
            for those in (np.flatnonzero(bins.fixed), np.flatnonzero(~bins.fixed & bins.kept)):
                liking = np.where(may[:, those], like[:, those] + 1e3 * (stay[:, those] > 0), -np.inf)
                rank = np.argsort(np.argsort(-liking, axis=1, kind="stable"), axis=1, kind="stable")
                may[:, those] &= rank < region.reach
        item, bin_ = (np.asarray(one, dtype=np.int64) for one in np.nonzero(may))
        asked = np.asarray(problem.reluctant[items])[:, bins.column][item, bin_]
        mild = 0.1 * asked + 0.05 * (problem.size[items[item]] - like[item, bin_])
        cost = self.before[items[item]] - stay[item, bin_] + mild / max(1, int(problem.size[items].sum()))
        return _Program(items, bins, (item, bin_), cost, self._rooms(region, bins), frozenset(items.tolist()))

    def _bins(self, region: _Region, free: Ints, donors: list[int]) -> _Bins:
        problem, standing = self.problem, self.standing
        found: list[tuple[int, int, bool, bool, int, int]] = []
        lent = np.zeros(len(standing.column), dtype=np.int64)
        np.add.at(lent, self.home[donors], problem.size[donors])
        for group, column in enumerate(standing.column.tolist()):
            if group in standing.lasting:
                found += [(group, c, c == column, False, 1, 0) for c in standing.lasting[group].tolist()]
            elif group in region.groups:
                found.append((group, column, True, False, 1, 0))
            elif group not in standing.whole and (lent[group] or 0 < self.people[group] < problem.cap[column]):
                found.append((group, column, True, True, 1, int(self.people[group] - lent[group])))
        crowd = problem.size[free] @ self.able[free]
        for c in np.flatnonzero(crowd >= problem.low).tolist():
            most = min([int(crowd[c]) // problem.low, *(problem.limits[n].rooms for n in problem.limits_of[c])])
            there = free[self.able[free, c]]
            if np.any(problem.size[there] > 1) or any(item in problem.apart for item in there.tolist()):
                found += [(NOBODY, c, False, False, 1, 0)] * (
                    most if region.copies is None else min(most, region.copies)
                )
            elif most:
                found.append((NOBODY, c, False, False, most, 0))
        table = np.array(found, dtype=np.int64).reshape(-1, 6).T
        return _Bins(table[0], table[1], table[2] > 0, table[3] > 0, table[4], table[5])

    def _keep_apart(self, may: Bools, items: Ints, fixed: Ints, bins: _Bins) -> None:
        """Nobody joins a group in which somebody they must not meet stays."""
        place = {item: n for n, item in enumerate(items.tolist())}
        staying = set(fixed.tolist())
        for item, foes in self.problem.apart.items():
            if item in place:
                for foe in foes:
                    if foe in staying:
                        may[place[item]] &= (bins.group != self.home[foe]) | ~bins.fixed

    def _rooms(self, region: _Region, bins: _Bins) -> tuple[tuple[Ints, int], ...]:
        """For each limit the bins that count towards it and the rooms that are left for them."""
        standing = self.standing
        outside = [
            int(standing.column[group])
            for group in np.flatnonzero(self.people).tolist()
            if group not in region.groups and group not in standing.lasting
        ]
        loose = ~bins.fixed
        return tuple(
            (
                np.flatnonzero(loose & np.isin(bins.column, limit.columns)),
                limit.rooms - int(np.isin(outside, limit.columns).sum()),
            )
            for limit in self.problem.limits
        )

    def forced(self) -> int:
        """How many people's meetings change in any case.

        Counted as if anybody who has to move found a seat, and anybody else could help out a group that is
        too small: no arrangement does with less.
        """
        program = self._program(_Region(self.troubled, (), None))
        kept = np.flatnonzero(program.bins.kept & ~program.bins.fixed)
        place = np.full(len(program.bins.group), NOBODY, dtype=np.int64)
        place[kept] = np.arange(len(kept))
        item, bin_ = program.joins
        inside = place[bin_] != NOBODY
        bins = _Bins(*(getattr(program.bins, name)[kept] for name in _Bins.__dataclass_fields__))
        outside = np.setdiff1d(np.flatnonzero(self.home != NOBODY), program.items)
        relaxed = replace(
            program,
            bins=bins,
            joins=(item[inside], place[bin_[inside]]),
            cost=program.cost[inside],
            rooms=tuple((place[those][place[those] != NOBODY], rooms) for those, rooms in program.rooms),
        )
        if len(relaxed.cost) > ROUGH:
            return 0
        helpers = self.problem.size[outside] @ self.able[outside][:, bins.column]
        solved = self._solve(relaxed, 0, helpers)
        return solved[2] if solved else 0

    def _counted(self) -> int:
        """The same with nothing but numbers: who has to leave, and what groups lack or are given up for.

        Giving up a group of s people costs s changes and saves as many seats to fill as the smallest group has,
        so the smallest groups are given up first.
        """
        problem, standing = self.problem, self.standing
        rows = np.flatnonzero((standing.was != NOBODY) & (self.home[problem.item_of] == NOBODY))
        column = standing.column[standing.was[rows]]
        may_stay = (column != NOBODY) & (self.able[problem.item_of[rows], column] if len(problem.cap) else False)
        hopeful = self.hope.any(axis=1)
        leaving = int((~may_stay & hopeful[problem.item_of[rows]]).sum())
        now = np.array([group for group in sorted(self.troubled) if self.people[group]], dtype=np.int64)
        over = np.maximum(0, self.people[now] - problem.cap[standing.column[now]]).sum()
        small = np.sort(self.people[now][self.people[now] < problem.low])
        waiting = (self.home == NOBODY) & hopeful
        lacking = int((problem.low - small).sum() - problem.size[waiting].sum() - over)
        given_up = np.cumsum([0, *small.tolist()])
        helped = np.maximum(0, lacking - problem.low * np.arange(len(given_up)))
        return leaving + int(over + (given_up + helped).min())

    def _solve(
        self,
        program: _Program,
        weight: int,
        helpers: Ints | None = None,
        waiting: int | None = None,
        *,
        rough: bool = False,
    ) -> tuple[Ints, Ints, int] | None:
        """For each item its bin or NOBODY, how many groups each bin holds, and the least objective there could be.

        The objective is `weight` for each person without a seat plus one for each whose meeting changes; what
        else is desirable stays below one in all. None when the locks leave nothing.

        Args:
            helpers: how many others may join each bin at the price of a change each; locks are then left aside.
        """
        problem, bins = self.problem, program.bins
        size, before = problem.size[program.items], self.before[program.items]
        claim = self.claim[program.items]
        item, bin_ = program.joins
        x, u, y = len(item), len(size), len(bins.group)
        free = helpers is not None
        lent = helpers if helpers is not None else np.zeros(y, dtype=np.int64)
        width = x + u + 2 * y + 1
        cost = np.zeros(width)
        cost[:x] = program.cost
        cost[x : x + u] = weight * claim + before * (1 + 0.2 / max(1, int(size.sum())))
        cost[x + u + y : -1] = 1
        # A constant makes the solver's relative gap an absolute one.
        top = float(weight * claim.sum() + before.sum() + 1)
        cost[-1] = top
        high = np.ones(width)
        high[x + u : x + u + y] = bins.most
        high[x + u + y : -1] = lent
        low = np.zeros(width)
        low[x + u : x + u + y] = bins.fixed
        low[-1] = 1
        if not free:
            high[x + np.flatnonzero(np.isin(program.items, sorted(self.standing.pinned)))] = 0
        rows = _Rows()
        here, groups = np.arange(x), x + u + np.arange(y)
        rows.add(1, np.ones(u), (item, here, 1), (np.arange(u), x + np.arange(u), 1))
        people = ((bin_, here, size[item]), (np.arange(y), groups + y, 1))
        rows.add(-np.inf, -bins.base, *people, (np.arange(y), groups, -problem.cap[bins.column]))
        rows.add(-bins.base, np.full(y, np.inf), *people, (np.arange(y), groups, -problem.low))
        # Nobody joins a group that is not there; a consequence of the others for whole groups, but not for parts.
        loose = np.flatnonzero(~bins.fixed[bin_])
        each = np.arange(len(loose))
        rows.add(-np.inf, np.zeros(len(loose)), (each, here[loose], 1), (each, groups[bin_[loose]], -1))
        whole = self._rules(program, rows, free=free)
        if waiting is not None:
            rows.add(-np.inf, waiting, (0, x + np.arange(u), claim))
        # It ends when less than a person is at stake, or, if that is enough, less than a few in a hundred.
        gap = max(0.45, TOLERANCE * self.least) if rough or width > ROUGH else 0.45
        whole = np.concatenate([whole[item], whole, np.ones(y, dtype=np.bool_), np.zeros(y + 1, dtype=np.bool_)])
        found = _minimum(cost, (low, high), whole, rows.constraint(width), gap / (2 * top))
        if found is None:
            return None
        values, bound = found
        chosen = np.full(u, NOBODY, dtype=np.int64)
        taken = values[:x] > 0.5
        chosen[item[taken]] = bin_[taken]
        opened = np.rint(values[groups]).astype(np.int64)
        return chosen, opened, int(np.ceil(bound - top - 0.2 - 1e-3))

    def _rules(self, program: _Program, rows: "_Rows", *, free: bool) -> Bools:
        """Rooms, locks and pair rules as rows of the program; returns which items must not be split."""
        bins = program.bins
        item, bin_ = program.joins
        first = len(item) + len(program.items)
        for those, rooms in program.rooms:
            rows.add(-np.inf, rooms, (0, first + those, 1))
        new = bins.group == NOBODY
        # Of several new groups at a column the first come first.
        later = np.flatnonzero(new[1:] & new[:-1] & (bins.column[1:] == bins.column[:-1])) + 1
        each = np.arange(len(later))
        rows.add(-np.inf, np.zeros(len(later)), (each, first + later, 1), (each, first + later - 1, -1))
        for group in [] if free else sorted(self.standing.lasting):
            rows.add(1, 1, (0, first + np.flatnonzero(bins.group == group), 1))
        place = {one: n for n, one in enumerate(program.items.tolist())}
        whole = self.problem.size[program.items] > 1
        for one, foes in self.problem.apart.items():
            for foe in foes:
                if one < foe and one in place and foe in place:
                    whole[[place[one], place[foe]]] = True
                    ones, others = (np.flatnonzero(item == place[it]) for it in (one, foe))
                    _, mine, theirs = np.intersect1d(bin_[ones], bin_[others], return_indices=True)
                    pair = np.arange(len(mine))
                    rows.add(-np.inf, np.ones(len(mine)), (pair, ones[mine], 1), (pair, others[theirs], 1))
        return np.asarray(whole)

    # What comes out of it.

    def _groups(self, program: _Program, chosen: Ints, opened: Ints) -> tuple[tuple[int, int, tuple[int, ...]], ...]:
        """All groups, those outside the program included."""
        problem, standing, bins = self.problem, self.standing, program.bins
        joined: list[list[int]] = [[] for _ in range(len(bins.group))]
        for item, bin_ in zip(program.items.tolist(), chosen.tolist(), strict=True):
            if bin_ != NOBODY:
                joined[bin_].append(item)
        found: list[tuple[int, int, tuple[int, ...]]] = []
        added = {int(bins.group[n]): joined[n] for n in np.flatnonzero(bins.fixed)}
        loose = set(bins.group[~bins.fixed].tolist())
        for group in np.flatnonzero(self.people).tolist():
            if group not in loose:
                stay = [item for item in self.stayers[group] if item not in program.free]
                found.append((group, int(standing.column[group]), tuple(sorted([*stay, *added.get(group, [])]))))
        for n in np.flatnonzero(~bins.fixed & (opened > 0)).tolist():
            column = int(bins.column[n])
            for part in self._split(joined[n], int(opened[n])):
                mine = any(standing.was[row] == bins.group[n] for item in part for row in problem.members[item])
                lasts = int(bins.group[n]) in standing.lasting
                found.append((int(bins.group[n]) if mine or lasts else NOBODY, column, tuple(part)))
        return tuple(found)

    def _split(self, items: list[int], count: int) -> list[list[int]]:
        """As many groups of nearly one size, each around whoever comes first."""
        parts, left = [], sorted(items)
        for n in range(count, 0, -1):
            part = [left.pop(0)] if left else []
            while len(part) < -(-(len(left) + len(part)) // n):
                near = self.vector[left] @ self.vector[part].sum(axis=0)
                part.append(left.pop(int(np.argmax(near))))
            parts.append(sorted(part))
        return parts

    def _changed(self, groups: tuple[tuple[int, int, tuple[int, ...]], ...]) -> int:
        """How many people who had a seat do not have it any more."""
        same = sum(
            int(self.standing.was[row] == group)
            for group, column, items in groups
            if group != NOBODY and self.standing.column[group] == column
            for item in items
            for row in self.problem.members[item]
        )
        return int(self.before.sum()) - same


def _minimum(
    cost: Floats, limits: tuple[Floats, Floats], whole: Bools, rows: LinearConstraint, gap: float
) -> tuple[Floats, float] | None:
    """The cheapest values, whole numbers wherever possible, and a bound on their cost; None when there are none."""
    options = {"mip_rel_gap": gap, "node_limit": max(1, EFFORT // len(cost))}
    result = milp(cost, integrality=whole, bounds=Bounds(*limits), constraints=rows, options=options)
    if result.x is None:
        return None
    bound = float(result.fun if result.mip_dual_bound is None else result.mip_dual_bound)
    values = np.asarray(result.x)
    if np.abs(values - np.rint(values)).max(initial=0) < 1e-6:
        return values, bound
    # Once it is settled which groups there are, the cheapest way to seat people one by one is whole.
    low, high = (np.where(whole, np.rint(values), limit) for limit in limits)
    again = milp(cost, integrality=np.ones(len(cost)), bounds=Bounds(low, high), constraints=rows, options=options)
    return None if again.x is None else (np.asarray(again.x), bound)


class _Rows:
    """Rows of a program, collected block by block."""

    def __init__(self) -> None:
        self._terms: list[tuple[Ints, Ints, Floats]] = []
        self._low: list[Floats] = []
        self._high: list[Floats] = []
        self._count = 0

    def add(
        self, low: Ints | Floats | float, high: Ints | Floats | float, *terms: tuple[Ints | int, Ints, Ints | float]
    ) -> None:
        """As many rows as `high` is long; a term gives row, column and value of its entries."""
        upper = np.atleast_1d(np.asarray(high, dtype=np.float64))
        for row, column, value in terms:
            self._terms.append(
                (
                    np.broadcast_to(np.asarray(row) + self._count, column.shape),
                    column,
                    np.broadcast_to(np.asarray(value, dtype=np.float64), column.shape),
                )
            )
        self._low.append(np.broadcast_to(np.asarray(low, dtype=np.float64), upper.shape))
        self._high.append(upper)
        self._count += len(upper)

    def constraint(self, width: int) -> LinearConstraint:
        """All of them, for a program with so many variables."""
        row, column, value = (np.concatenate(parts) for parts in zip(*self._terms, strict=True))
        matrix = csr_array((value, (row, column)), shape=(self._count, width))
        return LinearConstraint(matrix, np.concatenate(self._low), np.concatenate(self._high))
