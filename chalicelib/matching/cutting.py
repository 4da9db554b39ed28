"""Cutting: many points in lots of at most so many that are near each other.

Everything is whole-numbered and short enough for single precision to be exact, so the lots do not depend on
the order in which a machine adds.
"""

import numpy as np
from numpy.typing import NDArray

from chalicelib.matching.problem import Ints

Points = NDArray[np.float32]

LENGTH = 1024
"""How long a point's vector becomes."""

SAMPLE = 4096
"""Points from which a dividing line is found."""

CLUSTERED = 20_000
"""Points that are gathered around centres; more are halved first."""

FEW = 3
"""Points whose order does not matter any more."""

CENTRES = 6
"""Centres a lot."""


def points(vectors: NDArray[np.generic]) -> Points:
    """Whole-numbered vectors of one length, shape (N, D)."""
    found = np.empty(vectors.shape, dtype=np.float32)
    for first in range(0, len(vectors), CLUSTERED):
        some = np.asarray(vectors[first : first + CLUSTERED], dtype=np.float64)
        length = np.sqrt(np.einsum("nd,nd->n", some, some))
        found[first : first + CLUSTERED] = np.rint(LENGTH * some / np.maximum(length, 1)[:, None])
    return found


def cut(where: Points, most: int, rng: np.random.Generator) -> list[Ints]:
    """Lots of about equal numbers, at most so many points each, along lines that differ from call to call."""
    parts, lots = [np.arange(len(where))], []
    while parts:
        part = parts.pop()
        if len(part) <= max(most, CLUSTERED):
            lots += _gathered(where, part, most, rng)
            continue
        pieces = -(-len(part) // most)
        half = len(part) * (pieces // 2) // pieces
        order = np.argsort(where[part] @ _line(where[part[:: -(-len(part) // SAMPLE)]], rng), kind="stable")
        parts += [part[order[half:]], part[order[:half]]]
    return lots


def _line(sample: Points, rng: np.random.Generator) -> Points:
    """The direction between two halves of a sample, each near its own mean."""
    one, other = rng.integers(len(sample), size=2)
    direction = sample[one] - sample[other]
    for _ in range(3):
        order = np.argsort(sample @ direction, kind="stable")
        halves = np.array_split(sample[order], 2)
        means = [np.rint(half.sum(axis=0, dtype=np.float64) / max(1, len(half))) for half in halves]
        direction = (means[1] - means[0]).astype(np.float32)
    return np.asarray(direction)


def _gathered(where: Points, part: Ints, most: int, rng: np.random.Generator) -> list[Ints]:
    """Lots of points around centres, near centres one after another."""
    count = -(-len(part) // most)
    if count == 1:
        return [part]
    here = where[part]
    centres = here[np.sort(rng.choice(len(part), min(len(part), CENTRES * count), replace=False))]
    for _ in range(3):
        nearest = (here @ centres.T).argmax(axis=1)
        total = np.zeros(centres.shape)
        np.add.at(total, nearest, here)
        centres = points(total)
    nearest = (here @ centres.T).argmax(axis=1)
    place = np.empty(len(centres), dtype=np.int64)
    place[in_line(centres, rng)] = np.arange(len(centres))
    order = np.argsort(place[nearest], kind="stable")
    return np.array_split(part[np.roll(order, int(rng.integers(most)))], count)


def in_line(centres: Points, rng: np.random.Generator) -> Ints:
    """An order in which near points follow each other."""
    parts, found = [np.arange(len(centres))], []
    while parts:
        part = parts.pop()
        if len(part) <= FEW:
            found.append(part)
            continue
        order = np.argsort(centres[part] @ _line(centres[part], rng), kind="stable")
        half = len(part) // 2
        parts += [part[order[half:]], part[order[:half]]]
    return np.concatenate(found)
