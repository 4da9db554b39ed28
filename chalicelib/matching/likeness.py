"""Likeness: how much any two items have in common, whatever their number."""

import numpy as np
from numpy.typing import NDArray

from chalicelib.matching.problem import Ints, Problem

Floats = NDArray[np.float64]

AT_ONCE = 1 << 15
"""Vectors that are multiplied at once."""


class Likeness:
    """The vectors of items under the organizer's wishes, with what a search needs to know of the problem.

    Two people are alike by (x * signs) @ y; what an item has in common with another is the sum over its people.

    Args:
        problem: the limits.
        vectors: of the people, whole-numbered, shape (P, D).
        signs: +1, or -1 for a coordinate in which a group should differ, shape (D,); none means all +1.
    """

    def __init__(self, problem: Problem, vectors: NDArray[np.generic], signs: Ints | None = None) -> None:
        self.problem = problem
        self.signs = np.ones(vectors.shape[1]) if signs is None else np.asarray(signs, dtype=np.float64)
        own, longest = np.empty(len(vectors)), 0.0
        for rows in _lots(len(vectors)):
            some = np.asarray(vectors[rows], dtype=np.float64)
            own[rows] = np.einsum("pd,pd->p", some * self.signs, some)
            longest = max(longest, float(np.einsum("pd,pd->p", some, some).max(initial=0)))
        self.scale = longest or 1.0
        self.vector, self.own = vectors, own
        if len(problem.size) < len(vectors):
            order = np.argsort(problem.item_of, kind="stable")
            starts = np.concatenate([[0], np.cumsum(problem.size)[:-1]])
            self.vector = np.add.reduceat(np.asarray(vectors[order], dtype=np.float64), starts, axis=0)
            self.own = np.add.reduceat(own[order], starts)
        self.fit = problem.fit & problem.viable
        self.asks = problem.reluctant.any()
        self.hosts = bool(problem.hosts.any())

    def vectors(self, items: Ints) -> Floats:
        """The vectors of these items, shape (M, D)."""
        return np.asarray(self.vector[items], dtype=np.float64)

    def common(self, items: Ints) -> Floats:
        """What each two of these items have in common, shape (M, M)."""
        vector = self.vectors(items)
        return np.asarray((vector * self.signs) @ vector.T)

    def apart(self, items: Ints) -> dict[int, tuple[int, ...]]:
        """Whom of these items each must not meet, both by their places among these; only those that have any."""
        apart = self.problem.apart
        if not apart:
            return {}
        here = {item: n for n, item in enumerate(items.tolist())}
        return {
            n: tuple(here[other] for other in apart[item] if other in here) for item, n in here.items() if item in apart
        }

    def near(self, items: Ints) -> Floats | None:
        """How many of their people would like to meet, for each two of these items, shape (M, M); None for nobody."""
        near = self.problem.near
        here = {item: n for n, item in enumerate(items.tolist()) if item in near} if near else {}
        met = [
            (n, here[other], count) for item, n in here.items() for other, count in near[item].items() if other in here
        ]
        if not met:
            return None
        found = np.zeros((len(items), len(items)))
        one, other, count = np.array(met).T
        found[one, other] = count
        return found

    def totals(self, group: Ints, count: int) -> Floats:
        """The sum of each group's vectors, shape (count, D); items whose group is negative are left out."""
        order = np.argsort(group, kind="stable")
        order = order[np.searchsorted(group[order], 0) :]
        total = np.zeros((count, self.vector.shape[1]))
        for rows in _lots(len(order)):
            some = order[rows]
            first = np.flatnonzero(np.diff(group[some], prepend=-1))
            total[group[some[first]]] += np.add.reduceat(np.asarray(self.vector[some], dtype=np.float64), first, axis=0)
        return total


def _lots(count: int) -> list[slice]:
    return [slice(first, first + AT_ONCE) for first in range(0, count, AT_ONCE)]
