"""The problem as arrays: who can sit where, under which limits.

A *column* is a slot at a place where a group could meet. An *item* is what is seated as a whole: one
person, or all who must stay together. People, slots and places are sorted first, so that a plan does
not depend on the order in which anybody signed up.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from chalicelib.domain.event import Place, Slot
from chalicelib.domain.instance import Candidate, Instance
from chalicelib.matching.document import units_of

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
    fit: Bools
    glad: Bools
    reluctant: Bytes
    apart: dict[int, tuple[int, ...]]
    hosts: Ints
    limits_of: tuple[tuple[int, ...], ...] = field(default=())

    @property
    def viable(self) -> Bools:
        """Whether enough people for one group can make a column, shape (C,)."""
        return np.asarray(self.size @ self.fit >= self.low)


def problem_of(instance: Instance) -> Problem:
    """The arrays of a checked instance."""
    event = instance.event
    people = tuple(sorted(instance.attendees, key=lambda person: person.id))
    slots = tuple(sorted(event.slots, key=lambda slot: (slot.start, slot.end, slot.id)))
    listed = tuple(sorted(event.places, key=lambda place: place.id))
    places: tuple[Place | None, ...] = listed or (None,)
    when, where = _answers(people, slots, places)
    column_slot, column_place, cap = _columns(instance, slots, places)
    item_of, members = _items(people)
    size = np.array([len(item) for item in members], dtype=np.int64)
    seats = when[:, column_slot] * where[:, column_place]
    if len(members) == len(people):
        fit, reluctant = seats > NO, (seats == IF_NEED_BE).astype(np.uint8)
    else:
        order = np.concatenate([np.array(item) for item in members])
        starts = np.concatenate([[0], np.cumsum(size)[:-1]])
        fit = np.logical_and.reduceat(seats[order] > NO, starts, axis=0)
        reluctant = np.add.reduceat((seats[order] == IF_NEED_BE).astype(np.uint8), starts, axis=0)
    fit &= size[:, None] <= cap
    limits = _limits(slots, places, column_slot, column_place)
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
        glad=fit & (reluctant == 0),
        reluctant=reluctant * fit,
        apart=_apart(people, item_of),
        hosts=np.array([sum(people[one].host for one in item) for item in members], dtype=np.int64),
        limits_of=_limits_of(limits, len(cap)),
    )


def _answers(
    people: tuple[Candidate, ...], slots: tuple[Slot, ...], places: tuple[Place | None, ...]
) -> tuple[Bytes, Bools]:
    slot_index = {slot.id: n for n, slot in enumerate(slots)}
    place_index = {place.id: n for n, place in enumerate(places) if place is not None}
    when = np.zeros((len(people), len(slots)), dtype=np.uint8)
    where = np.zeros((len(people), len(places)), dtype=np.bool_)
    for row, person in enumerate(people):
        when[row, [slot_index[slot] for slot in person.if_need_be]] = IF_NEED_BE
        when[row, [slot_index[slot] for slot in person.free]] = FREE
        where[row, [place_index[name] for name in person.places] or slice(None)] = True
    return when, where


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
    number: dict[str, int] = {}
    item_of = np.empty(len(people), dtype=np.int64)
    members: list[list[int]] = []
    for row, person in enumerate(people):
        item = number.setdefault(unit.get(person.id, person.id), len(members))
        if item == len(members):
            members.append([])
        members[item].append(row)
        item_of[row] = item
    return item_of, tuple(map(tuple, members))


def _apart(people: tuple[Candidate, ...], item_of: Ints) -> dict[int, tuple[int, ...]]:
    row_of = {person.id: row for row, person in enumerate(people)} if any(p.apart for p in people) else {}
    apart: dict[int, set[int]] = {}
    for row, person in enumerate(people):
        for other in person.apart:
            one, two = int(item_of[row]), int(item_of[row_of[other]])
            apart.setdefault(one, set()).add(two)
            apart.setdefault(two, set()).add(one)
    return {item: tuple(sorted(others)) for item, others in sorted(apart.items())}


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
