"""Polish: those who have to move anyway trade their new seats until each is where they have most in common."""

from collections.abc import Sequence

import numpy as np

from chalicelib.matching.problem import Ints, Problem
from chalicelib.matching.relevance import Budget
from chalicelib.matching.seating import HOST, NEAR, POOL, WILLING, Floats, Seating

PASSES = 4
"""How often everybody looks for something better."""

OPTIONS = 8
"""Groups that one person looks at, the likest first."""


def polished(
    problem: Problem,
    vectors: Floats,
    groups: Sequence[tuple[int, tuple[int, ...]]],
    movers: dict[int, int],
    closed: Sequence[int],
    budget: Budget,
) -> list[tuple[int, ...]]:
    """The items of each group, once movers have found the best seats that they see.

    No trade seats fewer people, and none touches anybody who is not a mover.

    Args:
        groups: column and items of each.
        movers: items that may be seated elsewhere, and for each what it may be traded for: the same number.
        closed: groups that nobody may enter.
    """
    seating = Seating(problem, vectors, tuple(groups))
    rows = np.setdiff1d(np.arange(len(groups)), np.array(closed, dtype=np.int64))
    for _ in range(PASSES):
        better = False
        for item in movers if len(rows) else ():
            options = _options(seating, item, rows)
            if not budget.spend(len(options)):
                break
            better |= any(_improves(seating, item, row, movers) for row in options)
        if not better or budget.stopped:
            break
    return [tuple(sorted(seating.items(row))) for row in range(len(groups))]


def _options(seating: Seating, item: int, rows: Ints) -> list[int]:
    """Groups that an item could join, those with friends first, then the likest."""
    able = rows[np.asarray(seating.problem.fit[item])[seating.column[rows]] & (rows != seating.group[item])]
    like = (seating.total[able] @ seating.vector[item]) / np.maximum(seating.people[able], 1)
    friends = np.isin(able, [seating.group[friend] for friend in seating.problem.near.get(item, ())])
    found: list[int] = able[np.lexsort((-like, ~friends))[:OPTIONS]].tolist()
    return found


def _improves(seating: Seating, item: int, row: int, movers: dict[int, int]) -> bool:
    """Join the group, or trade seats with another mover in it, if that is worth it."""
    problem = seating.problem
    home = int(seating.group[item])
    if home == row:
        return False
    size = int(problem.size[item])
    if (
        home != POOL
        and seating.people[home] - size >= problem.low
        and seating.people[row] + size <= problem.cap[seating.column[row]]
        and _is_welcome(seating, item, row, POOL)
    ):
        before = _worth(seating, [home, row], [item])
        seating.shift(item, row)
        if _worth(seating, [home, row], [item]) > before + 1e-9:
            return True
        seating.shift(item, home)
    for other in seating.items(row):
        if movers.get(other) == movers[item] and problem.size[other] == size and _may_trade(seating, item, other):
            involved = [one for one in (home, row) if one != POOL]
            before = _worth(seating, involved, [item, other])
            seating.trade(item, other)
            if _worth(seating, involved, [item, other]) > before + 1e-9:
                return True
            seating.trade(other, item)
    return False


def _may_trade(seating: Seating, item: int, other: int) -> bool:
    home, row = int(seating.group[item]), int(seating.group[other])
    if home == POOL:
        return _is_welcome(seating, item, row, other)
    return (
        bool(seating.problem.fit[other][seating.column[home]])
        and _is_welcome(seating, item, row, other)
        and _is_welcome(seating, other, home, item)
    )


def _is_welcome(seating: Seating, item: int, row: int, leaving: int) -> bool:
    """Whether nobody in the group but the one who leaves is to be kept apart from the item."""
    return not any(foe != leaving and seating.group[foe] == row for foe in seating.problem.apart.get(item, ()))


def _worth(seating: Seating, rows: list[int], items: list[int]) -> float:
    at = np.array(rows, dtype=np.int64)
    worth = float(seating.worth(at).sum()) + HOST * int((seating.hosts[at] > 0).sum())
    asked = sum(
        int(np.asarray(seating.problem.reluctant[item])[seating.column[seating.group[item]]])
        for item in items
        if seating.group[item] != POOL
    )
    met = sum(
        count
        for item in items
        for friend, count in seating.problem.near.get(item, {}).items()
        if seating.group[friend] == seating.group[item] != POOL
    )
    return worth - WILLING * asked + NEAR * met
