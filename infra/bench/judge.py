"""The judge: what a plan is worth, by measures that are the same for all.

Relevance is the mean over seated people of their mean likeness to the others of their group: by Covey's own
vectors, and by an embedding that Covey never sees (WordLlama, with the weights that its package brings).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from infra.bench import rules
from infra.bench.arena import Arena, Floats, Ints, Json

LARGEST_PROGRAM = 1_200
"""People up to whom the bound respects seats and rooms; beyond, everybody is given the session best for them."""

SAMPLED = 1_000
"""People of whom the bound of a larger case is estimated."""

NEAREST = 3_000
"""How many of the people most like somebody are looked at for the bound of a larger case."""


class Likeness(NamedTuple):
    """Vectors, shape (P, D), and signs, shape (D,): the likeness of two people is (x * signs) @ y."""

    x: Floats
    signs: Floats


class Verdict(NamedTuple):
    """What a plan is worth by one measure."""

    relevance: float
    worst: float


def independent(people: list[Json]) -> Likeness:
    """Unit vectors of goals and topics by WordLlama; zeros for people who said nothing."""
    import wordllama

    # Its tokenizer is looked for in a folder of another name than the one it is packed in; the cache's fits.
    home = Path(wordllama.__file__).parent
    model = wordllama.WordLlama.load(cache_dir=home, disable_download=True)
    said = [(person.get("goal", ""), ", ".join(person.get("topics", []))) for person in people]
    texts = [". ".join(part for part in parts if part) for parts in said]
    found = np.zeros((len(texts), 256))
    telling = [row for row, text in enumerate(texts) if text.strip()]
    for first in range(0, len(telling), 10_000):
        rows = telling[first : first + 10_000]
        found[rows] = model.embed([texts[row] for row in rows])
    length = np.linalg.norm(found, axis=1, keepdims=True)
    return Likeness(found / np.where(length > 0, length, 1), np.ones(found.shape[1]))


def verdict(groups: list[Ints], likeness: Likeness) -> Verdict:
    """The relevance of groups, given as rows of people, and that of the worst group."""
    x, signs = likeness
    total = worst = 0.0
    worst = np.inf
    people = 0
    for rows in groups:
        mine = x[rows]
        common = mine.sum(axis=0)
        value = ((common * signs) @ common - ((mine * signs) * mine).sum()) / max(1, len(rows) - 1)
        total += float(value)
        worst = min(worst, float(value) / len(rows))
        people += len(rows)
    return Verdict(total / max(1, people), worst if people else 0.0)


def bound(arena: Arena, likeness: Likeness, placeable: int) -> float:
    """More relevance than this no plan has that seats so many.

    Nobody's mean likeness to their group exceeds that to the min - 1 people most like them among those who can
    make the same session. Up to LARGEST_PROGRAM people, the sum of that is maximised over fractional seatings
    that keep sizes, seats and rooms; of more people everybody takes their best session, estimated by a sample.
    """
    if not placeable:
        return 0.0
    if len(arena.people) <= LARGEST_PROGRAM:
        return _program(arena, _best_company(arena, likeness), placeable)
    best = np.sort(np.array(list(_sampled(arena, likeness))))[::-1]
    return float(best.mean())


def _best_company(arena: Arena, likeness: Likeness) -> Floats:
    """For each person and column the mean likeness to those most like them there, shape (P, C)."""
    most = max(1, arena.low - 1)
    all_pairs = (likeness.x * likeness.signs) @ likeness.x.T
    np.fill_diagonal(all_pairs, -np.inf)
    found = np.full(arena.can.shape, -np.inf)
    for column in range(arena.can.shape[1]):
        rows = np.flatnonzero(arena.can[:, column])
        if len(rows) > max(most, arena.low - 1):
            pairs = all_pairs[np.ix_(rows, rows)]
            found[rows, column] = np.partition(pairs, -most, axis=1)[:, -most:].mean(axis=1)
    return found


def _program(arena: Arena, worth: Floats, placeable: int) -> float:
    row, column = np.nonzero(np.isfinite(worth))
    x, c = len(row), arena.can.shape[1]
    width = x + c
    each, here = np.arange(x), np.arange(c)
    seats = csr_array((np.ones(x), (column, each)), shape=(c, width))
    groups = csr_array((np.ones(c), (here, x + here)), shape=(c, width))
    once = csr_array((np.ones(x), (row, each)), shape=(len(worth), width))
    everybody = csr_array((np.ones(x), (np.zeros(x, dtype=np.int64), each)), shape=(1, width))
    limits = [
        LinearConstraint(once, -np.inf, 1),
        LinearConstraint(seats - groups * arena.cap[:, None], -np.inf, 0),
        LinearConstraint(groups * arena.low - seats, -np.inf, 0),
        LinearConstraint(everybody, placeable, placeable),
    ]
    for rooms, busy in arena.rooms:
        limits.append(LinearConstraint(csr_array(groups[busy].sum(axis=0)[None, :]), -np.inf, rooms))
    objective = -np.concatenate([worth[row, column], np.zeros(c)])
    bounds = Bounds(0, np.concatenate([np.ones(x), np.full(c, np.inf)]))
    found = milp(objective, constraints=limits, bounds=bounds)
    return float(-found.fun / placeable) if found.fun is not None else float("nan")


def _sampled(arena: Arena, likeness: Likeness) -> Iterator[float]:
    most = max(1, arena.low - 1)
    x, signs = likeness
    able = np.flatnonzero((arena.can & (arena.can.sum(axis=0) >= arena.low)).any(axis=1))
    sample = np.random.default_rng(0).choice(able, min(SAMPLED, len(able)), replace=False)
    nearest = min(NEAREST, len(x) - 1)
    for one in sample:
        alike = x @ (x[one] * signs)
        alike[one] = -np.inf
        near = np.argpartition(-alike, nearest - 1)[:nearest]
        near = near[np.argsort(-alike[near], kind="stable")]
        columns = np.flatnonzero(arena.can[one])
        there = arena.can[np.ix_(near, columns)]
        counted = there & (np.cumsum(there, axis=0) <= most)
        missing = most - counted.sum(axis=0)
        yield float(((alike[near] @ counted + missing * alike[near[-1]]) / most).max())


def rows_of(arena: Arena, plan: Json) -> list[Ints]:
    """The members of each group as rows."""
    row_of = {name: row for row, name in enumerate(arena.people)}
    return [np.array([row_of[name] for name in group["members"]], dtype=np.int64) for group in plan["groups"]]


def same_theme(groups: list[Ints], themes: Ints) -> float:
    """The share of people's companions who were planted with the same theme."""
    shares = [
        ((themes[rows][:, None] == themes[rows]).sum(axis=1) - 1) / max(1, len(rows) - 1)
        for rows in groups
        if len(rows)
    ]
    return float(np.concatenate(shares).mean()) if shares else 0.0


def broken(instance: Json, plan: Json) -> int:
    """How many rules a plan breaks."""
    return len(rules.broken_seats(instance, plan))
