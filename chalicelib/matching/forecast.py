"""Forecast: what closing sign-up now would lead to, and what each change to the event would do.

Every number is coverage of the event with that one change. Most changes help nobody who is not placed
already, which a bound tells at once; the others begin with the plan as it is.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from msgspec import structs

from chalicelib.domain.event import GroupSize
from chalicelib.domain.forecast import Forecast, PlaceForecast, SizeForecast, SlotForecast
from chalicelib.domain.instance import Candidate, Frame, Instance
from chalicelib.domain.plan import Unplaced
from chalicelib.matching import reasons
from chalicelib.matching.coverage import cover, placeable, placeable_from
from chalicelib.matching.document import checked
from chalicelib.matching.problem import Bools, Groups, Problem, problem_of


def forecast(event: Frame, attendees: Sequence[Candidate]) -> Forecast:
    """The forecast for the people who have signed up so far.

    Raises:
        Invalid: the event or an attendee breaks a rule.
    """
    instance = checked(Instance(event, tuple(attendees)))
    problem = problem_of(instance)
    found = cover(problem)
    rows = [(column, sorted(one for item in items for one in problem.members[item])) for column, items in found.groups]
    seated = {row for _, group in rows for row in group}
    out = [row for row in range(len(problem.people)) if row not in seated]
    why = reasons.unplaced(problem, out, rows, event.timezone)
    # With pair rules a bound is compared with a bound; without, it is what is placed.
    now = found.placeable
    return Forecast(
        placed=len(seated),
        groups=len(rows),
        out=tuple(Unplaced(name, reason) for name, reason in why.items()),
        slots=_slots(instance, problem, found.groups, now),
        places=_places(instance, problem, found.groups, now),
        size=_sizes(instance, now),
    )


def _slots(instance: Instance, problem: Problem, groups: Groups, now: int) -> tuple[SlotForecast, ...]:
    """What each slot that is merely considered would add."""
    event = instance.event
    wide = problem_of(
        Instance(
            structs.replace(event, slots=tuple(structs.replace(slot, offered=True) for slot in event.slots)),
            instance.attendees,
        )
    )
    offered = np.array([slot.offered for slot in problem.slots])[wide.column_slot]
    known = {(int(s), int(p)): n for n, (s, p) in enumerate(zip(wide.column_slot, wide.column_place, strict=True))}
    moved = tuple(
        (known[int(problem.column_slot[column]), int(problem.column_place[column])], items) for column, items in groups
    )

    def more(extra: Bools) -> int:
        return placeable_from(replace(wide, fit=wide.fit & (offered | extra)), moved) - now if extra.any() else 0

    found = []
    for n, slot in enumerate(problem.slots):
        if slot.offered:
            continue
        here = wide.column_slot == n
        at = {place.id: more(here & (wide.column_place == p)) for p, place in enumerate(wide.places) if place}
        # A single place is anywhere, and what helps at no place may still help at several.
        anywhere = next(iter(at.values())) if len(at) == 1 else more(here)
        found.append(SlotForecast(slot=slot.id, anywhere=anywhere, at=at))
    return tuple(found)


def _places(instance: Instance, problem: Problem, groups: Groups, now: int) -> tuple[PlaceForecast, ...]:
    """What one more room, and one more seat, would add."""
    found = []
    for n, place in enumerate(problem.places):
        if place is None:
            continue
        room = seat = 0
        here = np.flatnonzero(problem.column_place == n)
        if place.rooms is not None and len(here):
            limits = tuple(
                replace(one, rooms=one.rooms + 1) if problem.column_place[one.columns[0]] == n else one
                for one in problem.limits
            )
            room = placeable_from(replace(problem, limits=limits), groups) - now
        elif place.rooms is not None:
            room = _changed(instance, place.id, rooms=place.rooms + 1) - now
        if place.seats is not None and place.seats < instance.event.group_size.max:
            seat = _changed(instance, place.id, seats=place.seats + 1) - now
        found.append(PlaceForecast(place=place.id, room=room, seat=seat))
    return tuple(found)


def _changed(instance: Instance, place: str, **change: int) -> int:
    """Coverage with one place changed."""
    event = instance.event
    places = tuple(structs.replace(one, **change) if one.id == place else one for one in event.places)
    return placeable(Instance(structs.replace(event, places=places), instance.attendees))


def _sizes(instance: Instance, now: int) -> SizeForecast:
    """What one member more or fewer at either end of the group size would do."""
    low, high = instance.event.group_size.min, instance.event.group_size.max

    def more(low: int, high: int) -> int | None:
        if not 1 <= low <= high:
            return None
        event = structs.replace(instance.event, group_size=GroupSize(low, high))
        return placeable(Instance(event, instance.attendees)) - now

    return SizeForecast(
        smaller_min=more(low - 1, high),
        larger_min=more(low + 1, high),
        smaller_max=more(low, high - 1),
        larger_max=more(low, high + 1),
    )
