"""Forming: groups made around what people have in common, and people without a seat squeezed in."""

from collections.abc import Callable, Iterable
from typing import Protocol

import numpy as np

from chalicelib.matching.district import District
from chalicelib.matching.likeness import Floats, Likeness
from chalicelib.matching.problem import Bools, Ints, Problem
from chalicelib.matching.seating import POOL
from chalicelib.matching.table import Table

SAMPLE = 400
"""Items looked at when the next group needs its first member."""


class Arranged(Protocol):
    """What squeezing needs to know of an arrangement."""

    problem: Problem
    cap: Ints
    column: Ints
    group: Ints
    people: Ints
    loose: Bools

    def rows(self) -> Ints: ...
    def shift(self, item: int, row: int) -> None: ...


class Lot:
    """Many items without groups yet, among whom groups look for members.

    Args:
        rooms: how many groups it may hold under each limit of the problem.
    """

    def __init__(self, likeness: Likeness, items: Ints, rooms: Ints) -> None:
        self.problem, self.scale = likeness.problem, likeness.scale
        self.glad: Bools = self.problem.glad[items] & self.problem.viable
        self.size = self.problem.size[items]
        self.apart = likeness.apart(items)
        self.column: list[int] = []
        self.group = np.full(len(items), POOL, dtype=np.int64)
        self._vector = likeness.vectors(items)
        self._signs = likeness.signs
        self._rooms = rooms.copy()

    def open_columns(self) -> Bools:
        """Which columns could take one more group, shape (C,)."""
        room = np.ones(len(self.problem.cap), dtype=np.bool_)
        for limit in np.flatnonzero(self._rooms <= 0):
            room[self.problem.limits[limit].columns] = False
        return room

    def open(self, column: int, items: list[int]) -> int:
        """Make a group; returns its number."""
        self.group[items] = len(self.column)
        self.column.append(column)
        for limit in self.problem.limits_of[column]:
            self._rooms[limit] -= 1
        return len(self.column) - 1

    def alike(self, items: Ints) -> Callable[[int], Floats]:
        """A function that tells what an item has in common with each of these."""
        vector = self._vector[items] * self._signs
        return lambda item: np.asarray(vector @ self._vector[item])


def form(lot: Lot | District, items: Iterable[int], rng: np.random.Generator) -> None:
    """Make groups of items without a seat around what they have in common, at times that suit all of their members.

    Those with the fewest chances choose first.
    """
    low = lot.problem.low
    left = np.array(sorted(items), dtype=np.int64)
    fit, size = lot.glad[left], lot.size[left]
    alike = lot.alike(left)
    free = np.ones(len(left), dtype=np.bool_)
    reach = size @ fit
    columns = lot.open_columns()
    while free.any():
        if lot.problem.limits:
            columns = lot.open_columns()
        possible = columns & (reach >= low)
        candidates = np.flatnonzero(free)
        if len(candidates) > SAMPLE:
            candidates = np.sort(rng.choice(candidates, SAMPLE, replace=False))
        chances = fit[candidates] @ possible.astype(np.float32)
        able = chances > 0
        if not able.any():
            if len(candidates) == int(free.sum()):
                return
            free[candidates] = False
            reach -= size[candidates] @ fit[candidates]
            continue
        luck = rng.uniform(0.5, 1.5, size=len(candidates))
        seed = int(candidates[np.argmin(np.where(able, chances * luck, np.inf))])
        near = np.where(free, alike(int(left[seed])) / lot.scale, -np.inf)
        near[seed] = -np.inf
        column = _column(low, fit, size, near, seed, possible, rng)
        options = np.flatnonzero(fit[:, column] & free)
        chosen = _gather(lot, left[options], int(left[seed]), column)
        if chosen is None:
            gone = np.array([seed])
        else:
            lot.open(column, chosen)
            gone = np.searchsorted(left, chosen)
        free[gone] = False
        reach -= size[gone] @ fit[gone]


def _column(low: int, fit: Bools, size: Ints, near: Floats, seed: int, columns: Bools, rng: np.random.Generator) -> int:
    """The column at which those most like the seed can come, with some luck."""
    options = np.flatnonzero(columns & fit[seed])
    others = np.flatnonzero(near > -np.inf)
    if len(others) > SAMPLE:
        others = others[near[others] >= np.partition(near[others], -SAMPLE)[-SAMPLE]]
    order = others[np.argsort(-near[others], kind="stable")]
    here = fit[np.ix_(order, options)]
    nearest = here & (np.cumsum(size[order, None] * here, axis=0) + size[seed] <= low)
    draw = (nearest * near[order, None]).sum(axis=0) / low + rng.gumbel(size=len(options)) * 0.03
    return int(options[np.argmax(draw)])


def _gather(lot: Lot | District, options: Ints, seed: int, column: int) -> list[int] | None:
    """The seed and those nearest to it and to each other who can make the column, just enough for a group."""
    low, cap = lot.problem.low, int(lot.problem.cap[column])
    alike, size = lot.alike(options), lot.size[options]
    near = alike(seed).copy()
    near[options == seed] = -np.inf
    chosen, people = [seed], int(lot.size[seed])
    while people < low:
        near[size > cap - people] = -np.inf
        for enemy in lot.apart.get(chosen[-1], ()):
            near[options == enemy] = -np.inf
        best = int(np.argmax(near / size)) if len(near) else 0
        if not len(near) or np.isneginf(near[best]):
            return None
        chosen.append(int(options[best]))
        people += int(size[best])
        near += alike(chosen[-1])
        near[best] = -np.inf
    return chosen


def split_off(district: District, rng: np.random.Generator) -> bool:
    """Open a group of people who are alike and whom their groups can spare; False when there are too few."""
    low = district.problem.low
    spare = np.where(district.people > low, district.people - low, 0)
    spare[POOL] = len(district.items)
    able = district.loose & (spare[district.group] > 0)
    fit = district.glad[able]
    columns = district.open_columns() & (fit.sum(axis=0) >= low)
    who = np.flatnonzero(able)[fit @ columns]
    if not len(who):
        return False
    seed = int(who[rng.integers(len(who))])
    options = np.flatnonzero(columns & district.glad[seed])
    column = int(options[rng.integers(len(options))])
    near = np.where(able & district.glad[:, column], district.pull(seed), -np.inf)
    chosen = [seed]
    while True:
        home = int(district.group[chosen[-1]])
        spare[home] -= 1
        near[chosen[-1]] = -np.inf
        if len(chosen) == low:
            break
        if not spare[home]:
            near[district.group == home] = -np.inf
        nearest = int(np.argmax(near))
        if np.isneginf(near[nearest]):
            return False
        chosen.append(nearest)
        near += district.pull(nearest)
    for item in chosen:
        if district.group[item] != POOL:
            district.shift(item, POOL)
    district.open(column, chosen)
    return True


def dissolve(district: District, rng: np.random.Generator) -> bool:
    """Close a group and seat each member in the likest group with room; False when somebody finds none."""
    rows = district.rows()
    if len(rows) < 2:
        return False
    items = district.close(int(rows[rng.integers(len(rows))]))
    rows = district.rows()
    for item in items:
        able = (district.people[rows] + district.size[item] <= district.cap[district.column[rows]]) & district.glad[
            item, district.column[rows]
        ]
        for enemy in district.apart.get(item, ()):
            able &= rows != district.group[enemy]
        near = np.where(able, district.draw(rows, np.array([item]))[:, 0] / district.people[rows], -np.inf)
        best = int(np.argmax(near))
        if not able[best]:
            return False
        district.shift(item, int(rows[best]))
    return True


def squeeze(seating: Arranged, items: Iterable[int], fits: Iterable[Table[np.bool_] | Bools]) -> None:
    """Seat those of the items that have no seat, if need be by chains of others who each move on to another group.

    Finds the shortest such chains between the columns as they are; leaves units and people with enemies alone.

    Args:
        fits: who can make which column; seats of the first kind are tried first.
    """
    for fit in fits:
        # Columns from which no chain leads to a free seat, now or later.
        full: set[int] = set()
        for item in items:
            if seating.group[item] == POOL and seating.loose[item]:
                _squeeze(seating, item, fit, full)


def _squeeze(seating: Arranged, item: int, fit: Table[np.bool_] | Bools, full: set[int]) -> None:
    """Look for a chain, breadth first."""
    rows = seating.rows()
    has_room = seating.people[rows] < seating.cap[seating.column[rows]]
    count = len(seating.problem.cap)
    used = np.bincount(seating.column[rows], minlength=count) > 0
    roomy = np.bincount(seating.column[rows[has_room]], minlength=count) > 0
    came_from = {column: (item, POOL) for column in np.flatnonzero(fit[item] & used).tolist() if column not in full}
    # Those with room come first, so that most need no further look.
    edge = sorted(came_from, key=lambda column: not roomy[column])
    seated = at = np.zeros(0, dtype=np.int64)
    for column in edge:
        if roomy[column]:
            row = int(rows[has_room][np.argmax(seating.column[rows[has_room]] == column)])
            place = column
            while place != POOL:
                mover, place = came_from[place]
                home = int(seating.group[mover])
                seating.shift(mover, row)
                row = home
            return
        if not len(seated):
            seated = np.flatnonzero(seating.loose & (seating.group != POOL))
            at = seating.column[seating.group[seated]]
        members = seated[at == column]
        if len(members):
            ways = np.asarray(fit[members]) & used
            for further in np.flatnonzero(ways.any(axis=0)).tolist():
                if further not in came_from and further not in full:
                    came_from[further] = (int(members[np.argmax(ways[:, further])]), column)
                    edge.append(further)
    full.update(came_from)
