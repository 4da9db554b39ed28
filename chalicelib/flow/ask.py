"""Ask the organizer about a repair: what happened to the groups, and what each way out would lead to."""

import contextlib
import math
from collections.abc import Mapping
from datetime import datetime

from msgspec.structs import replace

from chalicelib.domain import times
from chalicelib.domain.attendee import Attendee
from chalicelib.domain.errors import Stale
from chalicelib.domain.event import LARGEST_GROUP, Asked, Choice, Event, Held
from chalicelib.domain.letter import ORGANIZER, Kind, decided
from chalicelib.domain.plan import Group, Plan
from chalicelib.domain.ports import Store
from chalicelib.domain.sub_event import SubEvent
from chalicelib.flow.repair import Standing, let_be, standing_of
from chalicelib.messages import catalog

MOST_NAMED = 3
"""So many people or groups of one kind are named; the others are counted."""


def question_of(store: Store, event: Event, now: datetime, *, names: bool) -> Held | None:
    """What waits for the organizer's word; None when nothing does, or while it is worked out anew.

    Args:
        names: it is told with the names of people, as long as the groups are those that it was made for. Without
            it is for a letter, which is kept.
    """
    asked = event.asked
    if asked is None or not asked.plan or (names and event.mend_at is not None):
        return None
    plan, before = store.plan(event.id, asked.plan), store.plan(event.id, event.plan)
    standing = standing_of(store, event, now)
    people = {one.id: one for one in standing.people.values()} if names else {}
    telling = _Telling(event, standing, before, plan, people)
    takes = bool(telling.unseated())
    effects, letters = telling.effects()
    done = _said("dissolve" if takes else "mend", effects=effects, letters=_said("letters", count=letters))
    left = _said("keep" if takes else "leave", effects=telling.as_it_is())
    first, other = Choice("dissolve" if takes else "mend", done, asked.plan), Choice("leave", left, asked.plan)
    happened = f"{_said('again')} {telling.happened()}" if asked.again else telling.happened()
    return Held(happened, (first, other), _otherwise(event, asked, takes=takes))


def tell_too_late(store: Store, event: Event, now: datetime) -> None:
    """Tell the organizer of each group that became too small when there was no time left to mend it."""
    for one in standing_of(store, event, now).settled:
        enough = min(event.group_size.min, event.small.get(one.id, math.inf))
        if one.slot.start > now and len(one.members) < enough:
            people, when = _said("people", count=len(one.members)), times.spoken(one.slot.start, event.timezone)
            said = _said("tooLate", title=one.title, people=people, least=event.group_size.min, when=when)
            # Numbered by group and size, so that each fall is told once.
            number = one.bird * (LARGEST_GROUP + 1) + len(one.members)
            letter = replace(decided(event.id, ORGANIZER, Kind.SMALL, now, number), why=said)
            with contextlib.suppress(Stale):  # They have been told already.
                store.commit(letter)


def _otherwise(event: Event, asked: Asked, *, takes: bool) -> str:
    until = times.spoken(asked.until, event.timezone)
    return _said("dissolveOtherwise" if takes else "otherwise", until=until)


class _Telling:
    """A plan beside the groups as they stand, put into sentences."""

    def __init__(
        self, event: Event, standing: Standing, before: Plan, plan: Plan, people: Mapping[str, Attendee]
    ) -> None:
        self._event, self._standing, self._people = event, standing, people
        self._planned = {group.id: group for group in before.groups}
        self._plan = plan
        self._was = {member: one for one in standing.open for member in one.members}
        self._after = {member: group for group in plan.groups for member in group.members}

    def happened(self) -> str:
        """Which groups are too small, and how many left each."""
        groups = self._small()
        said = [self._fell(one) for one in groups[:MOST_NAMED]]
        if len(groups) > MOST_NAMED:
            said.append(_said("more", count=len(groups) - MOST_NAMED))
        return " ".join(said)

    def effects(self) -> tuple[str, int]:
        """What the plan does to whom, and how many people hear of it."""
        changed = [one for one in sorted(self._plan.changes) if one in self._was or one in self._after]
        going_on = {group.id for group in self._plan.groups if group.members}
        known = {one.id: one.title for one in self._standing.open}
        said = [_said("dissolves", title=one.title) for one in self._standing.open if one.id not in going_on]
        for group in self._plan.groups:
            title = known.get(group.id, group.title)
            arriving = [one for one in changed if self._after.get(one) is group]
            there = [one for one in arriving if one in self._was and self._was[one].id == group.id]
            moving = [one for one in arriving if one in self._was and self._was[one].id != group.id]
            new = [one for one in arriving if one not in self._was]
            if there:
                said.append(_said("retimed", title=title, when=self._when(group)))
            if moving:
                key = "moves" if len(moving) == 1 else "move"
                said.append(_said(key, who=self._who(moving), title=title, when=self._when(group)))
            if new:
                said.append(_said("joins" if len(new) == 1 else "join", who=self._who(new), title=title))
        lost = self.unseated()
        if lost:
            said.append(_said("loses" if len(lost) == 1 else "lose", who=self._who(lost)))
        return " ".join(said), len(changed)

    def as_it_is(self) -> str:
        """What happens when nothing is done."""
        said = [
            _said("meetsWith", title=one.title, has=_said("people", count=len(one.members))) for one in self._small()
        ]
        return " ".join(said[:MOST_NAMED])

    def unseated(self) -> list[str]:
        """Who would lose their seat."""
        return sorted(one for one in self._plan.changes if one in self._was and one not in self._after)

    def _small(self) -> list[SubEvent]:
        least, let = self._event.group_size.min, let_be(self._event, self._standing)
        return [one for one in self._standing.open if len(one.members) < least and one.id not in let]

    def _fell(self, one: SubEvent) -> str:
        planned = self._planned.get(one.id)
        left = len({*planned.members} - {*one.members}) if planned is not None else 0
        facts = {"title": one.title, "has": len(one.members), "least": self._event.group_size.min}
        return _said("left", count=left, number=left, **facts) if left else _said("small", **facts)

    def _when(self, group: Group) -> str:
        return times.spoken(self._event.slot(group.slot).start, self._event.timezone)

    def _who(self, people: list[str]) -> str:
        names = sorted(self._people[one].answers.name for one in people if one in self._people)
        return _listed(names) if names else _said("people", count=len(people))


def _listed(names: list[str]) -> str:
    if len(names) > MOST_NAMED:
        return _said("andMore", names=", ".join(names[:MOST_NAMED]), count=len(names) - MOST_NAMED)
    first, last = ", ".join(names[:-1]), names[-1]
    return _said("two", one=first, other=last) if first else last


def _said(key: str, **values: object) -> str:
    # Like those of the plan itself, these sentences are told in one language.
    return catalog.text(catalog.ENGLISH, "proposed", key, **values)
