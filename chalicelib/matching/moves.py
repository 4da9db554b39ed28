"""Moves: who meets whom, when or where differently in a new plan, and one kind and true sentence why."""

import numpy as np

from chalicelib.domain.instance import Instance
from chalicelib.domain.plan import Group, Plan
from chalicelib.domain.rematch import Locks, Move
from chalicelib.matching import wording
from chalicelib.matching.problem import NO, Problem


def moves_of(instance: Instance, problem: Problem, old: Plan, new: Plan, locks: Locks) -> tuple[Move, ...]:
    """Everybody whose meeting changed and everybody newly seated, by id."""
    before = {name: group for group in old.groups for name in group.members}
    after = {name: group for group in new.groups for name in group.members}
    telling = _Telling(instance, problem, old, new, locks)
    found = []
    for row, person in enumerate(problem.people):
        origin, to = before.get(person.id), after.get(person.id)
        if _meeting(origin) != _meeting(to):
            same = origin is not None and to is not None and origin.id == to.id
            found.append(
                Move(
                    id=person.id,
                    origin=origin.id if origin else None,
                    to=to.id if to else None,
                    retimed=same,
                    why=telling.why(row, origin, to),
                )
            )
    return tuple(found)


def _meeting(group: Group | None) -> tuple[str, str, str | None] | None:
    return None if group is None else (group.id, group.slot, group.place)


class _Telling:
    """What happened to the groups of the earlier plan, put into sentences."""

    def __init__(self, instance: Instance, problem: Problem, old: Plan, new: Plan, locks: Locks) -> None:
        self.problem, self.locks = problem, locks
        self.zone = instance.event.timezone
        self.slots = {slot.id: n for n, slot in enumerate(problem.slots)}
        self.row = {person.id: row for row, person in enumerate(problem.people)}
        self.columns = {
            (problem.slots[slot].id, place.id if (place := problem.places[where]) else None): column
            for column, (slot, where) in enumerate(
                zip(problem.column_slot.tolist(), problem.column_place.tolist(), strict=True)
            )
        }
        self.old = {group.id: group for group in old.groups}
        self.new = {group.id: group for group in new.groups}

    def why(self, row: int, origin: Group | None, to: Group | None) -> str:
        """One sentence: what happened, and where this person sits now."""
        if to is None:
            return wording.say("moves", "lost", cause=self._cause(row, origin, to))
        values = {
            "others": wording.others(len(to.members) - 1),
            "title": to.title,
            "time": wording.time(self.problem.slots[self.slots[to.slot]], self.zone),
        }
        if self.locks.people.get(self.problem.people[row].id) == to.id and (origin is None or origin.id != to.id):
            return wording.say("moves", "chosen", **values)
        if origin is None:
            return wording.say("moves", "seated", **values)
        name = "retimed" if origin.id == to.id else "moved"
        return wording.say("moves", name, cause=self._cause(row, origin, to), **values)

    def _cause(self, row: int, origin: Group | None, to: Group | None) -> str:
        """What brought it about: something of one's own, of one's group, or that another group was in need."""
        if origin is None:
            return ""
        column = self.columns.get((origin.slot, origin.place))
        if column is None:
            return wording.say("cause", "closed")
        return self._own(row, origin, column) or self._of_group(origin, column) or self._of_another(to)

    def _own(self, row: int, origin: Group, column: int) -> str:
        """That a person's own answers or pair rules changed."""
        problem = self.problem
        if problem.when[row, problem.column_slot[column]] == NO or not problem.where[row, problem.column_place[column]]:
            return wording.say("cause", "unable")
        here = [self.row[name] for name in origin.members if name in self.row]
        item = int(problem.item_of[row])
        torn = set(problem.apart.get(item, ())).intersection(problem.item_of[here].tolist())
        return wording.say("cause", "pairs") if torn or not set(problem.members[item]) <= set(here) else ""

    def _of_group(self, origin: Group, column: int) -> str:
        """That a group became too small or too large."""
        staying = self._still_able(origin, column)
        if staying > self.problem.cap[column]:
            return wording.say("cause", "over")
        if staying >= self.problem.low:
            return ""
        missing = len(origin.members) - staying
        low = wording.number(self.problem.low)
        return wording.say("cause", "fell" if missing else "small", low=low, people=wording.people(missing))

    def _of_another(self, to: Group | None) -> str:
        """That another group was short of people, or that it took this to seat as many as possible."""
        needy = self.old.get(to.id) if to else None
        column = self.columns.get((needy.slot, needy.place)) if needy else None
        if needy and to and column is not None and (to.slot, to.place) == (needy.slot, needy.place):
            short = self.problem.low - self._still_able(needy, column)
            if short > 0:
                low = wording.number(self.problem.low)
                return wording.say("cause", "helped", people=wording.people(short), low=low)
        return wording.say("cause", "room")

    def _still_able(self, group: Group, column: int) -> int:
        """How many of a group's members are still there and can make its time and place."""
        rows = np.array([self.row[name] for name in group.members if name in self.row], dtype=np.int64)
        slot, place = self.problem.column_slot[column], self.problem.column_place[column]
        return int(((self.problem.when[rows, slot] != NO) & self.problem.where[rows, place]).sum())
