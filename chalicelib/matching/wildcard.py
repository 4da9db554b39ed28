"""Wildcards: into each group one guest from a neighbouring theme, by trades that keep every rule and every seat.

Two groups trade one person each, both of whom can make the other time and place just as gladly, share
something with several of those whom they meet there, and are yet less like them than they are like each
other. A trade changes neither sizes nor hosts, and what it may cost in likeness is bounded. Groups are
compared in lots, so that the effort grows with their number and not with its square.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from chalicelib.matching.naming import Whole
from chalicelib.matching.problem import Bools, Groups, Ints, Problem
from chalicelib.matching.seating import Floats
from chalicelib.matching.talk import CONTENT, WEAK, Talk

LOT = 256
"""Groups that are compared with each other."""

NEIGHBOURS = 6
"""The nearest groups of its lot that a group may trade with."""

LEAST, MOST = 0.15, 0.85
"""How like a group its guest is, as a share of how like each other its members are."""

LOSS = 0.12
"""The share of what two groups are worth that a trade may cost."""

SEVERAL = 2
"""Members with whom a guest shares something."""


@dataclass(frozen=True, eq=False)
class _Circle:
    """A group as trades see it: its column, its items, their vectors, and the sum of those."""

    column: int
    items: Ints
    own: Floats
    total: Floats
    worth: float
    people: int


def invite(
    problem: Problem, vectors: Whole, signs: Whole | None, groups: Groups, talk: Talk
) -> tuple[Groups, dict[int, int]]:
    """The groups after the trades, and who came as a guest in exchange for whom.

    Args:
        vectors: of the people, whole-numbered, shape (P, D).
        signs: +1 or -1 for each dimension; None for all +1.
        groups: columns and items.

    Returns:
        groups in the same order, and for each guest's row that of the person they changed places with.
    """
    circles = [_circle(problem, vectors, signs, column, items) for column, items in groups]
    members = [list(items) for _, items in groups]
    guests: dict[int, int] = {}
    for lot in _lots(np.array([circle.total for circle in circles]), np.arange(len(groups))):
        words = {n: _words(problem, talk, members[n]) for n in lot.tolist()}
        hosted: set[int] = set()
        for _, one, other, mine, yours in sorted(_trades(problem, signs, circles, lot)):
            if one in hosted or other in hosted or not _suits(problem, members, one, other, mine, yours):
                continue
            if _shares(words, one, other, mine, yours) and _shares(words, other, one, yours, mine):
                hosted |= {one, other}
                members[one][members[one].index(mine)] = yours
                members[other][members[other].index(yours)] = mine
                first, second = problem.members[mine][0], problem.members[yours][0]
                guests |= {first: second, second: first}
    traded = tuple((column, tuple(sorted(items))) for (column, _), items in zip(groups, members, strict=True))
    return traded, guests


def _circle(problem: Problem, vectors: Whole, signs: Whole | None, column: int, items: tuple[int, ...]) -> _Circle:
    rows = [row for item in items for row in problem.members[item]]
    everybody = vectors[rows].astype(float)
    total = everybody.sum(axis=0)
    sign = 1.0 if signs is None else signs
    inner = float(np.einsum("pd,pd->", everybody, everybody * sign))
    worth = (float(total @ (total * sign)) - inner) / max(len(rows) - 1, 1)
    # Only those who are seated alone, do not host, and sit with nobody whom they wish to meet may be traded.
    free = [
        item
        for item in items
        if problem.size[item] == 1 and not problem.hosts[item] and not problem.near.get(item, {}).keys() & {*items}
    ]
    own = vectors[[problem.members[item][0] for item in free]].astype(float)
    return _Circle(column, np.array(free, dtype=np.int64), own, total, worth, len(rows))


def _lots(centres: Floats, rows: Ints) -> Iterator[Ints]:
    """Groups that lie near each other, LOT of them at most: halved where they differ most."""
    if len(rows) <= LOT:
        if len(rows) > 1:
            yield rows
        return
    spread = centres[rows].max(axis=0) - centres[rows].min(axis=0)
    order = rows[np.argsort(centres[rows, int(np.argmax(spread))], kind="stable")]
    yield from _lots(centres, np.sort(order[: len(order) // 2]))
    yield from _lots(centres, np.sort(order[len(order) // 2 :]))


def _trades(
    problem: Problem, signs: Whole | None, circles: list[_Circle], lot: Ints
) -> Iterator[tuple[float, int, int, int, int]]:
    """Trades between neighbours that lose little and bring in somebody who is near but not alike, with their loss."""
    centres = np.array([circles[n].total for n in lot])
    signed = centres if signs is None else centres * signs
    length = np.sqrt(np.maximum(np.einsum("gd,gd->g", centres, centres), 1))
    near = np.round((centres @ signed.T) / np.outer(length, length), 6)
    np.fill_diagonal(near, -np.inf)
    order = np.argsort(-near, axis=1, kind="stable")[:, :NEIGHBOURS]
    for a, b in sorted({(min(a, b), max(a, b)) for a, row in enumerate(order.tolist()) for b in row}):
        one, other = int(lot[a]), int(lot[b])
        yield from _between(problem, signs, circles, one, other)


def _between(
    problem: Problem, signs: Whole | None, circles: list[_Circle], one: int, other: int
) -> Iterator[tuple[float, int, int, int, int]]:
    here, there = circles[one], circles[other]
    if not len(here.items) or not len(there.items) or here.worth <= 0 or there.worth <= 0:
        return
    mine = np.flatnonzero(_glad(problem, here, there.column))
    yours = np.flatnonzero(_glad(problem, there, here.column))
    if not len(mine) or not len(yours):
        return
    own, theirs = here.own[mine], there.own[yours]
    sign = 1.0 if signs is None else signs
    sizes = here.people, there.people
    cross = (own * sign) @ theirs.T
    my_length, your_length = (np.einsum("pd,pd->p", lot * sign, lot) for lot in (own, theirs))
    leaving, coming = (own * sign) @ here.total, (theirs * sign) @ here.total
    going, staying = (own * sign) @ there.total, (theirs * sign) @ there.total
    lost = 2 * (leaving - my_length)[:, None] - 2 * coming[None, :] + 2 * cross
    paid = 2 * (staying - your_length)[None, :] - 2 * going[:, None] + 2 * cross
    loss = lost / max(sizes[0] - 1, 1) + paid / max(sizes[1] - 1, 1)
    # How like the others of the new group each guest is, against how like each other its members are.
    like_there = (going[:, None] - cross) / max(sizes[1] - 1, 1) / (there.worth / sizes[1])
    like_here = (coming[None, :] - cross) / max(sizes[0] - 1, 1) / (here.worth / sizes[0])
    fair = (loss <= LOSS * (here.worth + there.worth)) & _between_bounds(like_there) & _between_bounds(like_here)
    for m, y in np.argwhere(fair).tolist():
        yield round(float(loss[m, y]), 3), one, other, int(here.items[mine[m]]), int(there.items[yours[y]])


def _between_bounds(like: Floats) -> Bools:
    return np.asarray((like >= LEAST) & (like <= MOST))


def _glad(problem: Problem, circle: _Circle, column: int) -> Bools:
    """Which of a group could come to another column no less gladly."""
    now, then = problem.reluctant[circle.items, circle.column], problem.reluctant[circle.items, column]
    return np.asarray(problem.fit[circle.items, column] & (then <= now))


def _suits(problem: Problem, members: list[list[int]], one: int, other: int, mine: int, yours: int) -> bool:
    """Whether neither meets anybody whom they must not meet."""
    return not (
        set(problem.apart.get(mine, ())) & set(members[other]) - {yours}
        or set(problem.apart.get(yours, ())) & set(members[one]) - {mine}
    )


def _words(problem: Problem, talk: Talk, items: list[int]) -> dict[str, set[int]]:
    """Who of a group says what: word families, and topics as they are compared."""
    said: dict[str, set[int]] = defaultdict(set)
    for item in items:
        for row in problem.members[item]:
            person = talk.people[row]
            for line in talk.lines(person.goal):
                for word in line.words:
                    if word.kind == CONTENT and word.share >= WEAK:
                        said[word.stem].add(item)
            for topic in person.topics:
                said[f"#{talk.chip(topic)[0]}"].add(item)
    return said


def _shares(words: dict[int, dict[str, set[int]]], home: int, there: int, guest: int, leaving: int) -> bool:
    """Whether a guest shares a word or a topic with several of those whom they meet."""
    mine = {word for word, who in words[home].items() if guest in who}
    meeting: set[int] = set()
    for word in mine:
        meeting |= words[there].get(word, set()) - {leaving}
    return len(meeting) >= SEVERAL
