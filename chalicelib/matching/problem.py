"""The problem as arrays: who can sit where, under which limits.

A *column* is a slot at a place where a group could meet. An *item* is what is seated as a whole: one
person, or all who must stay together. People, slots and places are sorted first, so that a plan does
not depend on the order in which anybody signed up.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from chalicelib.domain.event import Place, Slot
from chalicelib.domain.instance import Candidate, Instance
from chalicelib.matching.document import units_of
from chalicelib.matching.table import Table

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]

Groups = tuple[tuple[int, tuple[int, ...]], ...]
"""The column and the items of each group."""

NO, FREE, IF_NEED_BE = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Limit:
    """At most `rooms` groups in these columns together: they share a place and an instant."""

    rooms: int
    columns: Ints


@dataclass(frozen=True, eq=False)
class Problem:
    """One instance, ready to be computed with.

    Args:
        people: sorted by id, shape (P,).
        slots: sorted by start, all of them, merely considered ones too, shape (S,).
        places: sorted by id; one nameless place without limits when the event has none, shape (L,).
        when: NO, FREE or IF_NEED_BE for each person and slot, shape (P, S).
        where: whether each person would go to each place, shape (P, L).
        column_slot, column_place: indices of a column's slot and place, shape (C,).
        low: the fewest members of a group.
        cap: the most members of a group in each column, shape (C,).
        limits: the rooms.
        item_of: the item of each person, shape (P,).
        members: the people of each item.
        size: how many people an item is, shape (N,).
        fit: whether all of an item can make a column, shape (N, C).
        glad: the same, and none of them only if need be.
        reluctant: how many of an item would come to a column only if need be, shape (N, C).
        apart: for an item, the items it must not meet; only those that have any.
        near: for an item, the items it would like to meet, and in how many of their people; only those that have any.
        hosts: how many of an item offered to host, shape (N,).
    """

    people: tuple[Candidate, ...]
    slots: tuple[Slot, ...]
    places: tuple[Place | None, ...]
    when: Bytes
    where: Bools
    column_slot: Ints
    column_place: Ints
    low: int
    cap: Ints
    limits: tuple[Limit, ...]
    item_of: Ints
    members: tuple[tuple[int, ...], ...]
    size: Ints
    fit: Table[np.bool_]
    glad: Table[np.bool_]
    reluctant: Table[np.uint8]
    apart: dict[int, tuple[int, ...]]
    near: dict[int, dict[int, int]]
    hosts: Ints
    limits_of: tuple[tuple[int, ...], ...] = field(default=())

    @cached_property
    def reach(self) -> Ints:
        """How many people can make a column, shape (C,)."""
        return np.asarray(self.size @ self.fit)

    @cached_property
    def viable(self) -> Bools:
        """Whether enough people for one group can make a column, shape (C,)."""
        return self.reach >= self.low


def problem_of(instance: Instance) -> Problem:
    """The arrays of a checked instance."""
    event = instance.event
    people = tuple(sorted(instance.attendees, key=lambda person: person.id))
    slots = tuple(sorted(event.slots, key=lambda slot: (slot.start, slot.end, slot.id)))
    listed = tuple(sorted(event.places, key=lambda place: place.id))
    places: tuple[Place | None, ...] = listed or (None,)
    when, where = _when(people, slots), _where(people, places)
    column_slot, column_place, cap = _columns(instance, slots, places)
    item_of, members = _items(people)
    size = np.bincount(item_of, minlength=len(members))
    # The cap of a column is that of its place.
    room = np.zeros(len(places), dtype=np.int64)
    room[column_place] = cap
    fit, glad, reluctant = _tables(when, where, item_of, size, room, (column_slot, column_place))
    limits = _limits(slots, places, column_slot, column_place)
    apart = _apart(people, item_of)
    willing = np.fromiter((person.host for person in people), dtype=np.bool_, count=len(people))
    return Problem(
        people=people,
        slots=slots,
        places=places,
        when=when,
        where=where,
        column_slot=column_slot,
        column_place=column_place,
        low=event.group_size.min,
        cap=cap,
        limits=limits,
        item_of=item_of,
        members=members,
        size=size,
        fit=fit,
        glad=glad,
        reluctant=reluctant,
        apart=apart,
        near=_near(people, item_of, apart),
        hosts=np.bincount(item_of[willing], minlength=len(members)),
        limits_of=_limits_of(limits, len(cap)),
    )


def _tables(
    when: Bytes, where: Bools, item_of: Ints, size: Ints, room: Ints, columns: tuple[Ints, Ints]
) -> tuple[Table[np.bool_], Table[np.bool_], Table[np.uint8]]:
    """Who can make a column, who gladly, and how many of an item only if need be."""
    is_asked = bool((when == IF_NEED_BE).any())
    # Without a single "if need be" the bytes are truth values already.
    can = when > NO if is_asked else when.view(np.bool_)
    asked = when == IF_NEED_BE if is_asked else np.broadcast_to(np.False_, when.shape)
    count = asked.view(np.uint8)
    if len(size) < len(when):
        order = np.argsort(item_of, kind="stable")
        starts = np.concatenate([[0], np.cumsum(size)[:-1]])
        can, where = (np.logical_and.reduceat(one[order], starts, axis=0) for one in (can, where))
        # What does not fit into a byte is a unit of hundreds who all would rather not: any large number will do.
        count = np.minimum(np.add.reduceat(count[order], starts, axis=0, dtype=np.uint16), 255).astype(np.uint8) * can
        where &= size[:, None] <= room
    every = np.ones(len(columns[0]), dtype=np.bool_)
    fit = Table(can, where, *columns, every)
    glad = Table(can & (count == 0), where, *columns, every) if is_asked else fit
    return fit, glad, Table(count, where, *columns, every)


def _when(people: Sequence[Candidate], slots: tuple[Slot, ...]) -> Bytes:
    index = {slot.id: n for n, slot in enumerate(slots)}
    when = np.zeros((len(people), len(slots)), dtype=np.uint8)
    if any(person.if_need_be for person in people):
        when[_marked(people, lambda person: person.if_need_be, index)] = IF_NEED_BE
    when[_marked(people, lambda person: person.free, index)] = FREE
    return when


def _where(people: Sequence[Candidate], places: tuple[Place | None, ...]) -> Bools:
    index = {place.id: n for n, place in enumerate(places) if place is not None}
    where = _marked(people, lambda person: person.places, index) if index else np.zeros((len(people), 1), np.bool_)
    where[~where.any(axis=1)] = True
    return where


def _marked(
    people: Sequence[Candidate], answer: Callable[[Candidate], tuple[str, ...]], index: dict[str, int]
) -> Bools:
    """Whether each person named each id, shape (P, len(index)); people with the same answer share the work."""
    known: dict[tuple[str, ...], int] = {}
    of_person = np.fromiter(
        (known.setdefault(answer(person), len(known)) for person in people), dtype=np.int64, count=len(people)
    )
    marked = np.zeros((len(known), len(index)), dtype=np.bool_)
    for row, named in enumerate(known):
        marked[row, [index[one] for one in named]] = True
    return marked[of_person]


def _columns(instance: Instance, slots: tuple[Slot, ...], places: tuple[Place | None, ...]) -> tuple[Ints, Ints, Ints]:
    size = instance.event.group_size
    found: list[tuple[int, int, int]] = []
    for s, slot in enumerate(slots):
        for p, place in enumerate(places):
            open_then = place is None or place.slots is None or slot.id in place.slots
            seats = size.max if place is None or place.seats is None else min(size.max, place.seats)
            if slot.offered and open_then and seats >= size.min and (place is None or place.rooms != 0):
                found.append((s, p, min(seats, len(instance.attendees))))
    table = np.array(found, dtype=np.int64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


def _items(people: tuple[Candidate, ...]) -> tuple[Ints, tuple[tuple[int, ...], ...]]:
    """Everyone alone, except for those who must stay together; items are in the order of their first person."""
    unit = units_of({person.id: person.together for person in people if person.together})
    if not unit:
        return np.arange(len(people)), tuple(zip(range(len(people))))
    number: dict[str, int] = {}
    item_of = np.fromiter(
        (number.setdefault(unit.get(person.id, person.id), len(number)) for person in people), dtype=np.int64
    )
    order = np.argsort(item_of, kind="stable")
    return item_of, tuple(tuple(rows.tolist()) for rows in np.split(order, np.cumsum(np.bincount(item_of))[:-1]))


def _apart(people: tuple[Candidate, ...], item_of: Ints) -> dict[int, tuple[int, ...]]:
    row_of = {person.id: row for row, person in enumerate(people)} if any(p.apart for p in people) else {}
    apart: dict[int, set[int]] = {}
    for row, person in enumerate(people):
        for other in person.apart:
            one, two = int(item_of[row]), int(item_of[row_of[other]])
            apart.setdefault(one, set()).add(two)
            apart.setdefault(two, set()).add(one)
    return {item: tuple(sorted(others)) for item, others in sorted(apart.items())}


def _near(people: tuple[Candidate, ...], item_of: Ints, apart: dict[int, tuple[int, ...]]) -> dict[int, dict[int, int]]:
    row_of = {person.id: row for row, person in enumerate(people)} if any(p.near for p in people) else {}
    near: dict[int, dict[int, int]] = {}
    for row, person in enumerate(people):
        for other in dict.fromkeys(person.near):
            one, two = int(item_of[row]), int(item_of[row_of[other]])
            if one != two and two not in apart.get(one, ()):
                met = near.setdefault(one, {})
                met[two] = met.get(two, 0) + 1
    return {item: dict(sorted(others.items())) for item, others in sorted(near.items())}


def _limits_of(limits: tuple[Limit, ...], columns: int) -> tuple[tuple[int, ...], ...]:
    """For each column the limits that it counts towards."""
    found: list[list[int]] = [[] for _ in range(columns)]
    for n, limit in enumerate(limits):
        for column in limit.columns:
            found[column].append(n)
    return tuple(map(tuple, found))


def _limits(
    slots: tuple[Slot, ...], places: tuple[Place | None, ...], column_slot: Ints, column_place: Ints
) -> tuple[Limit, ...]:
    """One limit for each place and instant at which a set of overlapping slots is complete."""
    limits: list[Limit] = []
    for p, place in enumerate(places):
        if place is None or place.rooms is None:
            continue
        columns = np.flatnonzero(column_place == p)
        spans = [(slots[column_slot[c]].start, slots[column_slot[c]].end) for c in columns]
        sets = {
            frozenset(int(c) for c, (start, end) in zip(columns, spans, strict=True) if start <= moment < end)
            for moment, _ in spans
        }
        complete = [one for one in sorted(sets, key=sorted) if not any(one < other for other in sets)]
        rooms = min(place.rooms, len(slots) * 10**6)
        limits += [Limit(rooms, np.array(sorted(one), dtype=np.int64)) for one in complete]
    return tuple(limits)
