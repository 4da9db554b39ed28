"""The program: coverage as integers, for problems small enough to be written down.

People with the same availability are merged into *kinds*. Let x be how many of a kind sit in a column
and y how many groups meet there; then

    maximise  sum x   where  sum x over a kind's columns  <= its people
                             low * y <= sum x over a column <= cap * y
                             x <= y * the people of its kind
                             sum y over a room limit        <= its rooms

with only y integer: for fixed y what is left is a transportation problem, whose vertices are integral.
Units and people with enemies are whole, too, and obey a few cuts. HiGHS solves it.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import coo_array, csr_array, vstack

from chalicelib.matching.packing import pack
from chalicelib.matching.problem import Bools, Bytes, Groups, Ints, Limit, Problem

LARGEST_ONE_BY_ONE = 10_000
"""Variables of the program in which every group is a column of its own."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Kinds:
    """Items that are alike in all that coverage cares about; shapes (K,) and (K, C)."""

    items: tuple[Ints, ...]
    count: Ints
    size: Ints
    whole: Bools
    fit: Bools
    reluctant: Bytes
    apart: tuple[tuple[int, int], ...]


@dataclass(frozen=True, eq=False)
class Solution:
    """How many of each kind sit in each column, as far as found."""

    seated: Ints
    groups: Ints


class Program:
    """The program of a problem.

    Args:
        problem: whatever it is about.
        copy_of: where columns are copies that hold one group each, the column that each is a copy of.
    """

    def __init__(self, problem: Problem, copy_of: Ints | None = None) -> None:
        self.problem = problem
        self.kinds = kinds = kinds_of(problem)
        self.copy_of = copy_of
        self.kind, self.column = np.nonzero(kinds.fit)
        x, c = len(self.kind), len(problem.cap)
        here = np.arange(x)
        self.weight = kinds.size[self.kind].astype(float)
        most_groups = np.floor((kinds.size * kinds.count) @ kinds.fit / problem.low)
        self._groups = csr_array((np.ones(c), (np.arange(c), x + np.arange(c))), shape=(c, x + c))
        seats = csr_array((self.weight, (self.column, here)), shape=(c, x + c))
        own = np.minimum(kinds.count[self.kind], problem.cap[self.column] // kinds.size[self.kind]).astype(float)
        rules = [
            (csr_array((np.ones(x), (self.kind, here)), shape=(len(kinds.items), x + c)), kinds.count.astype(float)),
            (seats - self._groups * problem.cap[:, None], np.zeros(c)),
            (self._groups * problem.low - seats, np.zeros(c)),
            (csr_array(_pairs(here, x + self.column, own, (x, x + c))), np.zeros(x)),
        ]
        rules += [
            (csr_array(self._groups[limit.columns].sum(axis=0)[None, :]), np.array([float(limit.rooms)]))
            for limit in problem.limits
        ]
        rules += _pair_rules(problem, kinds, kinds.fit, self.kind, self.column)
        if copy_of is not None:
            most_groups = np.minimum(most_groups, 1)
            later = np.flatnonzero(copy_of[1:] == copy_of[:-1]) + 1
            rules.append((csr_array(self._groups[later] - self._groups[later - 1]), np.zeros(len(later))))
        self._rules = csr_array(vstack([rule for rule, _ in rules]))
        self._right = np.concatenate([right for _, right in rules])
        self._upper = np.concatenate([kinds.count[self.kind].astype(float), most_groups])

    @property
    def seats(self) -> Floats:
        """How many people each variable stands for."""
        return np.concatenate([self.weight, np.zeros(len(self.problem.cap))])

    def relaxed(self) -> tuple[int, Bools]:
        """A bound on coverage, from fractions of groups, and the columns that hold such groups, shape (C,)."""
        columns = np.zeros(len(self.problem.cap), dtype=np.bool_)
        if not len(self.kind):
            return 0, columns
        found = linprog(
            -self.seats,
            A_ub=self._rules,
            b_ub=self._right,
            bounds=np.stack([np.zeros(len(self._upper)), self._upper], axis=1),
            method="highs-ipm",
        )
        everyone = int(self.kinds.size @ self.kinds.count)
        if found.x is None:
            return everyone, ~columns
        return min(everyone, math.floor(-found.fun + 1e-6)), found.x[len(self.kind) :] > 1e-6

    def more_than(self, seated: int, seconds: float = math.inf) -> tuple[int, Solution | None]:
        """A bound on coverage, and a solution that seats more than so many; none if no plan does or none was found."""
        everyone = int(self.kinds.size @ self.kinds.count)
        if everyone <= seated:
            return everyone, None
        found, bound = self._solve(-self.seats, self._rules, self._right, 0.99 / everyone, seconds)
        more = found is not None and int(self.kinds.size @ found.seated.sum(axis=1)) > seated
        return min(everyone, max(seated, math.floor(bound + 1e-6))), found if more else None

    def gentlest(self, seated: int, seconds: float = math.inf) -> Solution | None:
        """A solution that seats so many and asks the fewest of them to come only if need be; None if none was found."""
        asked = np.concatenate([self.kinds.reluctant[self.kind, self.column], np.zeros(len(self.problem.cap))])
        rules = csr_array(vstack([self._rules, csr_array(-self.seats[None, :])]))
        return self._solve(asked.astype(float), rules, np.append(self._right, -float(seated)), 1e-4, seconds)[0]

    def _solve(
        self, cost: Floats, rules: csr_array, right: Floats, gap: float, seconds: float
    ) -> tuple[Solution | None, float]:
        """A cheapest solution that keeps these rules, and a bound on minus its cost; infinite if unknown."""
        x = len(self.kind)
        limits = {"mip_rel_gap": gap, "node_limit": 20_000} | ({"time_limit": seconds} if seconds < math.inf else {})
        result = milp(
            cost,
            integrality=np.concatenate([self.kinds.whole[self.kind], np.ones(len(self.problem.cap))]),
            bounds=Bounds(np.zeros(len(self._upper)), self._upper),
            constraints=LinearConstraint(rules, -np.inf, right),
            options=limits,
        )
        bound = math.inf if result.mip_dual_bound is None else -float(result.mip_dual_bound)
        if result.x is None:
            return None, bound
        table = self._integral(result.x, cost, rules, right)
        return None if table is None else Solution(table, np.rint(result.x[x:]).astype(np.int64)), bound

    def _integral(self, found: Floats, cost: Floats, rules: csr_array, right: Floats) -> Ints | None:
        """Whole people: the solver's answer if it is whole, else a vertex of what is left with the groups fixed."""
        x, whole = len(self.kind), self.kinds.whole[self.kind]
        if np.abs(found[:x] - np.rint(found[:x])).max(initial=0) > 1e-6:
            low, high = np.zeros(len(found)), self._upper.copy()
            low[x:] = high[x:] = np.rint(found[x:])
            low[:x][whole] = high[:x][whole] = np.rint(found[:x][whole])
            vertex = linprog(cost, A_ub=rules, b_ub=right, bounds=np.stack([low, high], axis=1), method="highs-ds")
            if vertex.x is None or np.abs(vertex.x[:x] - np.rint(vertex.x[:x])).max(initial=0) > 1e-6:
                return None
            found = vertex.x
        table = np.zeros(self.kinds.fit.shape, dtype=np.int64)
        table[self.kind, self.column] = np.rint(found[:x])
        return table

    def groups(self, solution: Solution) -> Groups:
        """Hand out the seats of each kind and split each column's people into its groups."""
        problem, kinds = self.problem, self.kinds
        given = np.zeros(len(kinds.items), dtype=np.int64)
        groups: list[tuple[int, tuple[int, ...]]] = []
        for column in np.flatnonzero(solution.groups):
            items: list[int] = []
            for kind in np.flatnonzero(solution.seated[:, column]):
                until = given[kind] + solution.seated[kind, column]
                items.extend(kinds.items[kind][given[kind] : until].tolist())
                given[kind] = until
            packed = pack(problem, items, int(solution.groups[column]), int(problem.cap[column]))
            where = int(column if self.copy_of is None else self.copy_of[column])
            groups += [(where, group) for group in packed]
        return tuple(groups)


def _pairs(rows: Ints, columns: Ints, weight: Floats, shape: tuple[int, int]) -> coo_array:
    """Rows that say x <= weight * y."""
    return coo_array(
        (np.concatenate([np.ones(len(rows)), -weight]), (np.tile(rows, 2), np.concatenate([rows, columns]))), shape
    )


def kinds_of(problem: Problem) -> Kinds:
    """Merge the items that have a viable column; an item with an enemy stays a kind of its own."""
    fit = problem.fit & problem.viable
    rows = np.flatnonzero(fit.any(axis=1))
    alone = np.zeros(len(problem.size), dtype=np.int64)
    alone[list(problem.apart)] = np.array(list(problem.apart), dtype=np.int64) + 1
    packed = np.concatenate(
        [
            np.packbits(fit[rows], axis=1),
            problem.reluctant[rows] if problem.reluctant.any() else np.zeros((len(rows), 0), np.uint8),
            problem.size[rows, None].astype("<i4").view(np.uint8),
            alone[rows, None].astype("<i4").view(np.uint8),
        ],
        axis=1,
    )
    _, first, kind = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(kind, kind="stable")
    items = np.split(rows[order], np.cumsum(np.bincount(kind, minlength=len(first)))[:-1])
    of_item = dict(zip(rows.tolist(), kind.tolist(), strict=True))
    return Kinds(
        items=tuple(items) if len(rows) else (),
        count=np.bincount(kind, minlength=len(first)).astype(np.int64),
        size=problem.size[rows[first]],
        whole=(problem.size[rows[first]] > 1) | (alone[rows[first]] > 0),
        fit=fit[rows[first]],
        reluctant=problem.reluctant[rows[first]],
        apart=tuple(
            (of_item[one], of_item[other])
            for one, others in problem.apart.items()
            for other in others
            if one < other and one in of_item and other in of_item
        ),
    )


def _pair_rules(problem: Problem, kinds: Kinds, fit: Bools, kind: Ints, column: Ints) -> list[tuple[csr_array, Floats]]:
    """Cuts that every plan obeys: enemies need two groups, and so do units of more than half a group."""
    x, c = len(kind), len(problem.cap)
    at = csr_array((np.arange(1, x + 1), (kind, column)), shape=fit.shape).toarray() if kinds.whole.any() else fit
    terms: list[tuple[list[int], int]] = []
    for one, other in kinds.apart:
        terms += [
            ([int(at[one, col]) - 1, int(at[other, col]) - 1], int(col))
            for col in np.flatnonzero(fit[one] & fit[other])
        ]
    for col in range(c):
        large = fit[:, col] & (2 * kinds.size > problem.cap[col]) & (kinds.size > 1)
        if large.any():
            terms.append(([int(one) - 1 for one in at[large, col]], col))
    if not terms:
        return []
    rows = np.concatenate([np.full(len(those) + 1, n) for n, (those, _) in enumerate(terms)])
    cols = np.concatenate([[*those, x + col] for those, col in terms])
    data = np.concatenate([[*[1.0] * len(those), -1.0] for those, _ in terms])
    return [(csr_array(coo_array((data, (rows, cols)), shape=(len(terms), x + c))), np.zeros(len(terms)))]


def one_by_one(problem: Problem, groups: Ints, seated: int, seconds: float = math.inf) -> tuple[int, Groups]:
    """A bound, and a plan that seats more than so many, from a program in which every group is a column of its own.

    Pair rules hold exactly there. With all the groups there could be, the bound is exact, too; an instance
    too large for that gets as many groups a column as it is given, and tells no bound.

    Args:
        groups: how many groups each column holds in a good plan, shape (C,).
    """
    most = np.where(problem.viable, problem.reach // problem.low, 0)
    for limit in problem.limits:
        most[limit.columns] = np.minimum(most[limit.columns], limit.rooms)
    everyone = int(problem.size.sum())
    complete = int((problem.fit.sum(axis=0) * most).sum()) <= LARGEST_ONE_BY_ONE
    copy_of = np.repeat(np.arange(len(most)), most if complete else np.minimum(most, groups))
    if not len(copy_of) or int(problem.fit.sum(axis=0)[copy_of].sum()) > 4 * LARGEST_ONE_BY_ONE:
        return everyone, ()
    apiece = replace(
        problem,
        column_slot=problem.column_slot[copy_of],
        column_place=problem.column_place[copy_of],
        cap=problem.cap[copy_of],
        limits=tuple(Limit(one.rooms, np.flatnonzero(np.isin(copy_of, one.columns))) for one in problem.limits),
        limits_of=tuple(problem.limits_of[column] for column in copy_of),
        fit=problem.fit.take(copy_of),
        glad=problem.glad.take(copy_of),
        reluctant=problem.reluctant.take(copy_of),
    )
    program = Program(apiece, copy_of)
    bound, better = program.more_than(seated, seconds)
    if better is None:
        return bound if complete else everyone, ()
    gentler = program.gentlest(int(program.kinds.size @ better.seated.sum(axis=1)), seconds) or better
    return bound if complete else everyone, program.groups(gentler)
