"""Coverage: how many people could be seated at all, proven, and a plan that seats them.

People with the same availability are merged into *kinds*. Let x be how many of a kind sit in a column
and y how many groups meet there; then

    maximise  sum x   where  sum x over a kind's columns  <= its people
                             low * y <= sum x over a column <= cap * y
                             sum y over a room limit        <= its rooms

with only y integer: for fixed y what is left is a transportation problem, whose vertices are integral.
The optimum is found by HiGHS, unless it is too large to write down.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, linprog, milp
from scipy.sparse import coo_array, csr_array, vstack

from chalicelib.domain.instance import Instance
from chalicelib.matching.problem import Bools, Bytes, Groups, Ints, Limit, Problem, problem_of

LARGEST_PROGRAM = 3_000_000
"""Variables; beyond it the program is not worth writing down and the first-come plan has to do."""

LARGEST_ONE_BY_ONE = 10_000
"""Variables of the program in which every group is a column of its own."""


@dataclass(frozen=True, eq=False)
class Coverage:
    """A plan that seats as many people as any could, as far as is known.

    Args:
        placeable: no plan can seat more people than this.
        groups: the column and the items of each group.
    """

    placeable: int
    groups: Groups


@dataclass(frozen=True, eq=False)
class _Kinds:
    """Items that are alike in all that coverage cares about; shapes (K,) and (K, C)."""

    items: tuple[Ints, ...]
    count: Ints
    size: Ints
    whole: Bools
    fit: Bools
    reluctant: Bytes
    apart: tuple[tuple[int, int], ...]


@dataclass(frozen=True, eq=False)
class _Solution:
    """How many of each kind sit in each column, as far as found, and a proven bound on the objective."""

    seated: Ints
    groups: Ints
    bound: float


def placeable(instance: Instance) -> int:
    """The most people that any plan could seat; exact without pair rules, and never too low.

    Ask it about another instance to learn what a smaller minimum or one more slot would do.
    """
    problem = problem_of(instance)
    kinds = _kinds(problem)
    return cover(problem).placeable if kinds.whole.any() else _most(problem, kinds)[0]


def cover(problem: Problem, at_hand: Groups = ()) -> Coverage:
    """A plan that seats as many people as possible and asks as few as possible to come only if need be.

    A plan at hand that seats everybody whom enough others can join, at times that suit, proves itself.
    """
    kinds = _kinds(problem)
    everyone = int(kinds.size @ kinds.count)
    seats = [(column, item) for column, items in at_hand for item in items]
    if int(problem.size[[item for _, item in seats]].sum()) == everyone and not any(
        problem.reluctant[item, column] for column, item in seats
    ):
        return Coverage(everyone, at_hand)
    most, solution = _most(problem, kinds)
    if solution is None:
        return Coverage(most, _first_come(problem))
    solution = _gentlest(problem, kinds, solution)
    found = Coverage(most, _groups(problem, kinds, solution))
    if kinds.whole.any() and _seated(problem, found) < most:
        found = _one_by_one(problem, found, solution)
    return found


def _seated(problem: Problem, found: Coverage) -> int:
    return int(problem.size[[item for _, items in found.groups for item in items]].sum())


def _gentlest(problem: Problem, kinds: _Kinds, solution: _Solution, copy_of: Ints | None = None) -> _Solution:
    """A solution that seats as many and asks the fewest to come only if need be."""
    if not np.any(kinds.reluctant[solution.seated > 0]):
        return solution
    seated = int(kinds.size @ solution.seated.sum(axis=1))
    return _solve(problem, kinds, kinds.fit, at_least=seated, copy_of=copy_of) or solution


def _one_by_one(problem: Problem, found: Coverage, solution: _Solution) -> Coverage:
    """The better of a plan and one in which every group is a column of its own, so that pair rules hold exactly.

    With all the groups there could be, the bound is exact, too; an instance too large for that gets as many
    groups a column as the solution has.
    """
    most = np.where(problem.viable, problem.size @ problem.fit // problem.low, 0)
    for limit in problem.limits:
        most[limit.columns] = np.minimum(most[limit.columns], limit.rooms)
    complete = int((problem.fit.sum(axis=0) * most).sum()) <= LARGEST_ONE_BY_ONE
    copy_of = np.repeat(np.arange(len(most)), most if complete else np.minimum(most, solution.groups))
    if not len(copy_of) or int(problem.fit[:, copy_of].sum()) > 4 * LARGEST_ONE_BY_ONE:
        return found
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
    kinds = _kinds(apiece)
    bound, better = _most(apiece, kinds, copy_of)
    if better is None:
        return found
    groups = _groups(apiece, kinds, _gentlest(apiece, kinds, better, copy_of), copy_of)
    bound = min(found.placeable, bound) if complete else found.placeable
    plan = Coverage(bound, tuple((int(copy_of[column]), items) for column, items in groups))
    return plan if _seated(problem, plan) > _seated(problem, found) else Coverage(bound, found.groups)


def _most(problem: Problem, kinds: _Kinds, copy_of: Ints | None = None) -> tuple[int, _Solution | None]:
    """The bound, and a solution that attains it unless the program is too large."""
    everyone = int(kinds.size @ kinds.count)
    if not len(kinds.items):
        return 0, _Solution(np.zeros(kinds.fit.shape, np.int64), np.zeros(kinds.fit.shape[1], np.int64), 0)
    if np.count_nonzero(kinds.fit) > LARGEST_PROGRAM:
        return everyone, None
    if kinds.reluctant.any():
        willing = _solve(problem, kinds, kinds.fit & (kinds.reluctant == 0), copy_of=copy_of)
        if willing and int(kinds.size @ willing.seated.sum(axis=1)) == everyone:
            return everyone, willing
    solution = _solve(problem, kinds, kinds.fit, copy_of=copy_of)
    if solution is None:
        return everyone, None
    return min(everyone, int(np.floor(solution.bound + 1e-6))), solution


def _kinds(problem: Problem) -> _Kinds:
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
    return _Kinds(
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


def _solve(
    problem: Problem, kinds: _Kinds, fit: Bools, *, at_least: int | None = None, copy_of: Ints | None = None
) -> _Solution | None:
    """Seat as many as possible, or, seating at least so many, as few as possible who come only if need be.

    Where columns are copies, each holds one group, and the first copies are used first.
    """
    kind, column = np.nonzero(fit)
    x, c = len(kind), len(problem.cap)
    weight = kinds.size[kind].astype(float)
    here = np.arange(x)
    ones = np.ones(x)
    most_groups = np.floor((kinds.size * kinds.count) @ fit / problem.low)
    seats = csr_array((weight, (column, here)), shape=(c, x + c))
    groups = csr_array((np.ones(c), (np.arange(c), x + np.arange(c))), shape=(c, x + c))
    rules = [
        (csr_array((ones, (kind, here)), shape=(len(kinds.items), x + c)), kinds.count.astype(float)),
        (seats - groups * problem.cap[:, None], np.zeros(c)),
        (groups * problem.low - seats, np.zeros(c)),
    ]
    rules += [
        (csr_array(groups[limit.columns].sum(axis=0)[None, :]), np.array([float(limit.rooms)]))
        for limit in problem.limits
    ]
    rules += _pair_rules(problem, kinds, fit, kind, column)
    if copy_of is not None:
        most_groups = np.minimum(most_groups, 1)
        later = np.flatnonzero(copy_of[1:] == copy_of[:-1]) + 1
        rules.append((csr_array(groups[later] - groups[later - 1]), np.zeros(len(later))))
    objective = np.zeros(x + c)
    if at_least is None:
        objective[:x] = -weight
    else:
        objective[:x] = kinds.reluctant[kind, column]
        rules.append((csr_array(-np.concatenate([weight, np.zeros(c)])[None, :]), np.array([-float(at_least)])))
    matrix = csr_array(vstack([rule for rule, _ in rules]))
    upper = np.concatenate([right for _, right in rules])
    bounds = Bounds(np.zeros(x + c), np.concatenate([kinds.count[kind].astype(float), most_groups]))
    result = milp(
        objective,
        integrality=np.concatenate([kinds.whole[kind], np.ones(c)]),
        bounds=bounds,
        constraints=LinearConstraint(matrix, -np.inf, upper),
        # The objective counts people, so a bound less than one above it proves it.
        options={"mip_rel_gap": 0.99 / float(kinds.size @ kinds.count), "node_limit": 20_000},
    )
    if result.x is None:
        return None
    seated = _integral(result, objective, matrix, upper, bounds, kinds.whole[kind])
    if seated is None:
        return None
    table = np.zeros(fit.shape, dtype=np.int64)
    table[kind, column] = seated
    bound = result.mip_dual_bound if result.mip_dual_bound is not None else result.fun
    return _Solution(table, np.rint(result.x[x:]).astype(np.int64), -float(bound))


def _pair_rules(
    problem: Problem, kinds: _Kinds, fit: Bools, kind: Ints, column: Ints
) -> list[tuple[csr_array, NDArray[np.float64]]]:
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


def _integral(
    result: OptimizeResult,
    objective: NDArray[np.float64],
    matrix: csr_array,
    upper: NDArray[np.float64],
    bounds: Bounds,
    whole: Bools,
) -> Ints | None:
    """Whole people: the solver's answer if it is whole, else a vertex of what is left with the groups fixed."""
    x = len(whole)
    seated = np.rint(result.x[:x])
    if np.abs(result.x[:x] - seated).max(initial=0) < 1e-6:
        return np.asarray(seated, dtype=np.int64)
    groups = np.rint(result.x[x:])
    low, high = bounds.lb.copy(), bounds.ub.copy()
    low[x:] = high[x:] = groups
    low[:x][whole] = high[:x][whole] = seated[whole]
    vertex = linprog(objective, A_ub=matrix, b_ub=upper, bounds=np.stack([low, high], axis=1), method="highs-ds")
    if vertex.x is None or np.abs(vertex.x[:x] - np.rint(vertex.x[:x])).max(initial=0) > 1e-6:
        return None
    return np.asarray(np.rint(vertex.x[:x]), dtype=np.int64)


def _groups(problem: Problem, kinds: _Kinds, solution: _Solution, copy_of: Ints | None = None) -> Groups:
    """Hand out the seats of each kind and split each column's people into its groups."""
    counts = _split_further(problem, kinds, solution) if copy_of is None else solution.groups
    given = np.zeros(len(kinds.items), dtype=np.int64)
    groups: list[tuple[int, tuple[int, ...]]] = []
    for column in np.flatnonzero(counts):
        items: list[int] = []
        for kind in np.flatnonzero(solution.seated[:, column]):
            until = given[kind] + solution.seated[kind, column]
            items.extend(kinds.items[kind][given[kind] : until].tolist())
            given[kind] = until
        cap = int(problem.cap[column])
        groups += [(int(column), group) for group in _pack(problem, items, int(counts[column]), cap)]
    return tuple(groups)


def _split_further(problem: Problem, kinds: _Kinds, solution: _Solution) -> Ints:
    """As many groups as the seated people and the rooms allow: small groups are easier to make relevant."""
    people = kinds.size @ solution.seated
    counts = np.where(people > 0, solution.groups, 0)
    for column in np.flatnonzero(counts):
        room = min(
            (problem.limits[n].rooms - int(counts[problem.limits[n].columns].sum()) for n in problem.limits_of[column]),
            default=len(problem.people),
        )
        counts[column] += max(0, min(room, int(people[column]) // problem.low - int(counts[column])))
    return counts


def _pack(problem: Problem, items: list[int], count: int, cap: int) -> list[tuple[int, ...]]:
    """Split items into groups that keep the pair rules; what cannot be fitted in stays out.

    Large items and those with most enemies choose first, each the emptiest group that it may join.
    """
    bins: list[list[int]] = [[] for _ in range(count)]
    fill = [0] * count
    for item in sorted(items, key=lambda one: (-int(problem.size[one]), -len(problem.apart.get(one, ())), one)):
        enemies = set(problem.apart.get(item, ()))
        size = int(problem.size[item])
        free = [n for n in range(count) if fill[n] + size <= cap and not enemies.intersection(bins[n])]
        if free:
            chosen = min(free, key=lambda n: (fill[n], n))
            bins[chosen].append(item)
            fill[chosen] += size
    return [tuple(group) for group, size in zip(bins, fill, strict=True) if size >= problem.low]


def _first_come(problem: Problem) -> Groups:
    """A valid plan of instances too large for the program: the fullest column first, over and over."""
    left = np.asarray(problem.fit & problem.viable)
    counts = np.zeros(len(problem.cap), dtype=np.int64)
    groups: list[tuple[int, tuple[int, ...]]] = []
    closed = np.zeros(len(problem.cap), dtype=np.bool_)
    while True:
        weight = np.where(closed, 0, problem.size @ left)
        column = int(np.argmax(weight))
        if weight[column] < problem.low:
            return tuple(groups)
        room = min(
            (problem.limits[n].rooms - int(counts[problem.limits[n].columns].sum()) for n in problem.limits_of[column]),
            default=len(problem.people),
        )
        count = min(room, int(weight[column]) // problem.low)
        items = np.flatnonzero(left[:, column])
        kept = items[: count * int(problem.cap[column])] if len(problem.size) == len(problem.people) else items
        packed = _pack(problem, kept.tolist(), count, int(problem.cap[column])) if count > 0 else []
        groups += [(column, group) for group in packed]
        counts[column] += len(packed)
        left[[item for group in packed for item in group]] = False
        closed[column] = True
