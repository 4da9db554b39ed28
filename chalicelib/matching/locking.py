"""Locking: an earlier plan and an organizer's locks, as they stand with the people, times and places of today."""

from collections import defaultdict

import numpy as np

from chalicelib.domain import words
from chalicelib.domain.errors import Invalid
from chalicelib.domain.plan import Group, Plan
from chalicelib.domain.rematch import Locks
from chalicelib.matching.problem import Ints, Problem
from chalicelib.matching.repair import NOBODY, Standing


def standing_of(
    problem: Problem, plan: Plan, locks: Locks, *, settled: bool = True
) -> tuple[Standing, tuple[str, ...]]:
    """The earlier plan as it stands today, and a sentence for each lock that nobody is left to keep.

    Args:
        settled: groups that must go on do so where they are, if all who are locked into them can make that.

    Raises:
        Invalid: a lock names nothing that exists, or cannot be kept; the sentence says why and what helps.
    """
    reading = _Reading(problem, plan, settled=settled)
    for group in dict.fromkeys(locks.groups):
        reading.lock_whole(group)
    for group in dict.fromkeys(locks.times):
        reading.lock_time(group)
    for person, group in sorted(locks.people.items()):
        reading.lock_person(person, group)
    return reading.standing(), tuple(reading.released)


class _Reading:
    def __init__(self, problem: Problem, plan: Plan, *, settled: bool) -> None:
        self.problem, self.settled = problem, settled
        self.groups = plan.groups
        self.number = {group.id: n for n, group in enumerate(plan.groups)}
        self.row = {person.id: row for row, person in enumerate(problem.people)}
        self.gone = {name for group in plan.groups for name in group.members if name not in self.row}
        self.gone |= {one.id for one in plan.unplaced if one.id not in self.row}
        self.column_at = {
            (problem.slots[slot].id, place.id if (place := problem.places[where]) else None): column
            for column, (slot, where) in enumerate(
                zip(problem.column_slot.tolist(), problem.column_place.tolist(), strict=True)
            )
        }
        self.released: list[str] = []
        self.pinned: dict[int, int] = {}
        self.whole: set[int] = set()
        self.timed: set[int] = set()

    def standing(self) -> Standing:
        """What the repair needs to know."""
        was = np.full(len(self.problem.people), NOBODY, dtype=np.int64)
        for n, group in enumerate(self.groups):
            was[[self.row[name] for name in group.members if name in self.row]] = n
        column = [self.column_at.get((group.slot, group.place), NOBODY) for group in self.groups]
        return Standing(
            column=np.array(column, dtype=np.int64),
            was=was,
            pinned=self.pinned,
            whole=frozenset(self.whole),
            lasting=self._lasting(column),
        )

    def lock_whole(self, name: str) -> None:
        """Check that a group can stay exactly as it is."""
        problem, group = self.problem, self._group(name)
        column = self.column_at.get((group.slot, group.place))
        if column is None:
            raise Invalid(f"Group {name} is locked, but its time and place are not on offer any more; release it.")
        rows = [self.row[one] for one in group.members if one in self.row]
        if len(rows) < problem.low:
            raise Invalid(
                f"Group {name} is locked, but {len(rows)} of its members are left and a group needs {problem.low}; "
                "release it so that others can join."
            )
        if len(rows) > problem.cap[column]:
            raise Invalid(
                f"Group {name} is locked with {len(rows)} members, but {problem.cap[column]} fit; release it."
            )
        items = {int(problem.item_of[row]) for row in rows}
        for row in rows:
            item = int(problem.item_of[row])
            if not problem.fit[item][column]:
                raise Invalid(f"{self._called(row)} is locked into group {name} but cannot make its time and place.")
            if not set(problem.members[item]) <= set(rows):
                raise Invalid(f"{self._called(row)} is to stay together with somebody outside locked group {name}.")
            if items.intersection(problem.apart.get(item, ())):
                raise Invalid(f"{self._called(row)} is to be kept apart from somebody in locked group {name}.")
        for one in group.members:
            if one not in self.row:
                self.released.append(f"{_shown(one)} left group {name}; the others stay as they were locked.")
        self.whole.add(self.number[name])

    def lock_time(self, name: str) -> None:
        """Check that a group's slot is still there."""
        group = self._group(name)
        if not any(slot == group.slot for slot, _ in self.column_at):
            raise Invalid(f"Group {name} is to keep its time, but that is not on offer any more; release it.")
        if self.number[name] not in self.whole:
            self.timed.add(self.number[name])

    def lock_person(self, person: str, name: str) -> None:
        """Note that somebody is to sit in a group."""
        group = self._group(name)
        if person not in self.row:
            if person not in self.gone:
                raise Invalid(f"The lock on {_shown(person)} names nobody: neither the event nor the plan knows them.")
            self.released.append(f"{_shown(person)} has left, so there is nobody to lock into group {name}.")
            return
        item = int(self.problem.item_of[self.row[person]])
        number = self.number[name]
        elsewhere = [one for one in self.whole if one != number and person in self.groups[one].members]
        if elsewhere or self.pinned.get(item, number) != number:
            raise Invalid(f"{_shown(person)} is locked into group {name} and, by another lock, into a different one.")
        if number not in self.whole:
            self.pinned[item] = number
        elif person not in group.members:
            raise Invalid(f"{_shown(person)} is locked into group {name}, which is locked against newcomers.")

    def _lasting(self, column: list[int]) -> dict[int, Ints]:
        """For each group that must go on the columns that suit all who are locked into it."""
        problem = self.problem
        members: dict[int, list[int]] = defaultdict(list)
        for item, number in self.pinned.items():
            members[number].append(item)
        found: dict[int, Ints] = {}
        for number in sorted({*members, *self.timed}):
            group = self.groups[number]
            may = np.ones(len(problem.cap), dtype=np.bool_)
            if number in self.timed:
                may &= np.array([problem.slots[slot].id == group.slot for slot in problem.column_slot], dtype=np.bool_)
            for item in members[number]:
                if not (able := np.asarray(problem.fit[item]) & may).any():
                    who = self._called(problem.members[item][0])
                    when = "its time" if number in self.timed else "any time on offer"
                    raise Invalid(f"{who} is locked into group {group.id} but cannot make {when}; release one lock.")
                may = able
            options = np.flatnonzero(may & problem.viable)
            if not len(options):
                raise Invalid(
                    f"Too few people can make any time that the locks on group {group.id} leave; release one."
                )
            here = options == column[number]
            found[number] = options[here] if self.settled and here.any() else options
        return found

    def _group(self, name: str) -> Group:
        if name not in self.number:
            raise Invalid(f"A lock names group {_shown(name)}, which the plan does not have.")
        return self.groups[self.number[name]]

    def _called(self, row: int) -> str:
        return _shown(self.problem.people[row].id)


def _shown(name: str) -> str:
    return f"“{words.line(name[:60])}”"
