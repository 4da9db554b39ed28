"""An instance as arrays for the peers and the judge, read from plain JSON: no mistake of the matching is shared."""

import itertools
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

Json = dict[str, Any]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Arena:
    """Who can sit where.

    Args:
        people: ids, shape (P,).
        columns: the slot and place id of each column, a slot at a place where a group could meet, shape (C,).
        cap: most members of a group in each column, shape (C,).
        low: fewest members of a group.
        can: who can make which column, shape (P, C).
        rooms: at most so many groups in those columns together.
        units: rows of people who must stay together, or of one person.
        enemies: for a unit, those it must not meet.
    """

    people: list[str]
    columns: list[tuple[str, str | None]]
    cap: Ints
    low: int
    can: Bools
    rooms: list[tuple[int, list[int]]]
    units: list[list[int]]
    enemies: dict[int, set[int]]

    @property
    def middle(self) -> float:
        """The middle of the group sizes."""
        return (self.low + int(self.cap.max(initial=self.low))) / 2


def arena_of(instance: Json) -> Arena:
    """Read an instance document; people are in the order of the document."""
    event, people = instance["event"], instance["attendees"]
    size = event["group_size"]
    places: list[Any] = event.get("places") or [None]
    columns, caps = [], []
    for slot, place in itertools.product(event["slots"], places):
        seats = size["max"] if place is None or place.get("seats") is None else min(size["max"], place["seats"])
        shut = place is not None and place.get("slots") is not None and slot["id"] not in place["slots"]
        if slot.get("offered", True) and not shut and seats >= size["min"]:
            columns.append((slot["id"], place and place["id"]))
            caps.append(seats)
    units, enemies = _units(people)
    return Arena(
        people=[person["id"] for person in people],
        columns=columns,
        cap=np.array(caps, dtype=np.int64),
        low=size["min"],
        can=_can(people, columns),
        rooms=_rooms(event, columns),
        units=units,
        enemies=enemies,
    )


def _can(people: list[Json], columns: list[tuple[str, str | None]]) -> Bools:
    at = defaultdict(list)
    for n, (slot, _) in enumerate(columns):
        at[slot].append(n)
    names = sorted({place for _, place in columns if place is not None})
    of_place = {name: np.array([place == name for _, place in columns]) for name in names}
    can = np.zeros((len(people), len(columns)), dtype=np.bool_)
    for row, person in enumerate(people):
        for slot in {*person.get("free", []), *person.get("if_need_be", [])}:
            can[row, at[slot]] = True
        if person.get("places") and names:
            can[row] &= np.logical_or.reduce([of_place[name] for name in person["places"]])
    return can


def _rooms(event: Json, columns: list[tuple[str, str | None]]) -> list[tuple[int, list[int]]]:
    spans = {
        slot["id"]: (datetime.fromisoformat(slot["start"]), datetime.fromisoformat(slot["end"]))
        for slot in event["slots"]
    }
    limits = []
    for place in event.get("places", []):
        if place.get("rooms") is None:
            continue
        here = [n for n, (_, name) in enumerate(columns) if name == place["id"]]
        moments = {spans[columns[n][0]][0] for n in here}
        at_once = {
            tuple(n for n in here if spans[columns[n][0]][0] <= moment < spans[columns[n][0]][1]) for moment in moments
        }
        limits += [(place["rooms"], list(busy)) for busy in sorted(at_once)]
    return limits


def _units(people: list[Json]) -> tuple[list[list[int]], dict[int, set[int]]]:
    if not any(person.get("with") or person.get("apart") for person in people):
        return [[row] for row in range(len(people))], {}
    row_of = {person["id"]: row for row, person in enumerate(people)}
    unit_of: dict[int, int] = {}
    units: list[list[int]] = []
    for first in range(len(people)):
        if first in unit_of:
            continue
        edge, unit = [first], [first]
        unit_of[first] = len(units)
        while edge:
            for name in people[edge.pop()].get("with", []):
                if row_of[name] not in unit_of:
                    unit_of[row_of[name]] = len(units)
                    unit.append(row_of[name])
                    edge.append(row_of[name])
        units.append(sorted(unit))
    enemies: dict[int, set[int]] = defaultdict(set)
    for row, person in enumerate(people):
        for name in person.get("apart", []):
            one, other = unit_of[row], unit_of[row_of[name]]
            enemies[one].add(other)
            enemies[other].add(one)
    return units, dict(enemies)


class Hall:
    """A plan in the making: whoever fills it can only add groups and people that keep every rule."""

    def __init__(self, arena: Arena) -> None:
        self.arena = arena
        self.size = np.array([len(unit) for unit in arena.units], dtype=np.int64)
        if len(arena.units) == len(arena.people):
            self.can = arena.can
        else:
            self.can = np.array([arena.can[unit].all(axis=0) for unit in arena.units])
        self.can = self.can & (self.size[:, None] <= arena.cap)
        self.taken = np.zeros(len(arena.units), dtype=np.bool_)
        self.ready = self.size @ self.can
        """How many people without a seat can make each column."""
        self.groups: list[tuple[int, list[int]]] = []
        self.seated: list[int] = []
        """How many people each group has."""
        self._used = [0] * len(arena.rooms)
        self._limits: list[list[int]] = [[] for _ in arena.columns]
        for number, (_, columns) in enumerate(arena.rooms):
            for column in columns:
                self._limits[column].append(number)
        self._full = np.zeros(len(arena.columns), dtype=np.bool_)
        self._close(range(len(arena.rooms)))

    def room_left(self, column: int) -> int:
        """How many more groups the rooms allow there."""
        left = (self.arena.rooms[n][0] - self._used[n] for n in self._limits[column])
        return min(left, default=len(self.arena.people))

    def open(self) -> Bools:
        """Where one more group could meet, shape (C,)."""
        return np.asarray((self.ready >= self.arena.low) & ~self._full)

    def begin(self, column: int, units: list[int]) -> bool:
        """Open a group with as many of these as the rules allow, first come first; False when they are too few."""
        if self._full[column]:
            return False
        chosen: list[int] = []
        people = 0
        for unit in units:
            if people + self.size[unit] <= self.arena.cap[column] and self._may(unit, column, chosen):
                chosen.append(unit)
                people += int(self.size[unit])
        if people < self.arena.low:
            return False
        self.groups.append((column, chosen))
        self.seated.append(people)
        self._take(chosen)
        for n in self._limits[column]:
            self._used[n] += 1
        self._close(self._limits[column])
        return True

    def join(self, unit: int, group: int) -> bool:
        """Add somebody to a group; False when a rule forbids it."""
        column, others = self.groups[group]
        fits = self.seated[group] + self.size[unit] <= self.arena.cap[column]
        if not fits or not self._may(unit, column, others):
            return False
        others.append(unit)
        self.seated[group] += int(self.size[unit])
        self._take([unit])
        return True

    def plan(self) -> Json:
        """The plan document, as far as seats go."""
        arena = self.arena
        return {
            "groups": [
                {
                    "slot": arena.columns[column][0],
                    "place": arena.columns[column][1],
                    "members": [arena.people[row] for unit in units for row in arena.units[unit]],
                }
                for column, units in self.groups
            ]
        }

    def _may(self, unit: int, column: int, others: list[int]) -> bool:
        enemies = self.arena.enemies.get(unit)
        return bool(self.can[unit, column]) and not self.taken[unit] and (not enemies or enemies.isdisjoint(others))

    def _take(self, units: list[int]) -> None:
        self.taken[units] = True
        self.ready = self.ready - self.size[units] @ self.can[units]

    def _close(self, limits: Any) -> None:
        for n in limits:
            if self._used[n] >= self.arena.rooms[n][0]:
                self._full[self.arena.rooms[n][1]] = True
