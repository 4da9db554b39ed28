"""Reasons: for everybody with a seat why it is theirs, for everybody without one why, and what would help."""

from collections.abc import Sequence

import numpy as np

from chalicelib.matching import wording
from chalicelib.matching.naming import Said, strength
from chalicelib.matching.problem import FREE, IF_NEED_BE, NO, Problem

LONGEST = 60
"""Letters of a phrase that a sentence repeats."""


def why(problem: Problem, group: Sequence[int], column: int, time: str, talk: Said) -> dict[str, str]:
    """One true sentence for each member; it counts only people who let their words be shown."""
    speakers = [row for row in group if problem.people[row].quotable]
    return {problem.people[row].id: _why(problem, group, row, column, time, talk, speakers) for row in group}


def _why(
    problem: Problem, group: Sequence[int], row: int, column: int, time: str, talk: Said, speakers: list[int]
) -> str:
    company = len(group) - 1
    if not company:
        return wording.say("why", "alone", time=time)
    person = problem.people[row]
    slot = problem.column_slot[column]
    if problem.when[row, slot] == IF_NEED_BE:
        return wording.say("why", "reluctant", others=wording.others(company), time=time)
    unit = len(problem.members[problem.item_of[row]]) - 1
    if unit:
        return wording.say("why", "together", others=wording.others(unit), time=time)
    phrase, sharing = _shared(row, talk, speakers)
    if sharing:
        return wording.say("why", "shares", others=wording.others(sharing), phrase=phrase, time=time)
    alike = sum(problem.people[other].level == person.level for other in group) - 1
    if alike and 3 * alike >= company:
        return wording.say("why", "level", others=wording.others(alike), level=wording.level(person.level), time=time)
    return wording.say("why", "time", others=wording.others(company), time=time)


def _shared(row: int, talk: Said, speakers: list[int]) -> tuple[str, int]:
    """The phrase of a person's own that says most of what they share with others, and with how many of them."""
    found = []
    for keys, phrase in talk.phrases[row].items():
        sharing = sum(keys in talk.phrases[other] for other in speakers if other != row)
        rarity = float(np.log(1 + len(talk.phrases) / talk.spread[keys]))
        value = round(sharing * rarity * strength(keys, talk, set()), 9)
        if value > 0 and len(phrase) <= LONGEST:
            found.append((-value, keys, phrase, sharing))
    return min(found)[2:] if found else ("", 0)


def unplaced(
    problem: Problem, rows: Sequence[int], groups: Sequence[tuple[int, Sequence[int]]], timezone: str
) -> dict[str, str]:
    """For each person without a seat the sentence that says why, and what would have got them one."""
    spare = sorted({int(problem.column_slot[column]) for column, group in groups if len(group) < problem.cap[column]})
    return {problem.people[row].id: _unplaced(problem, row, groups, spare, timezone) for row in rows}


def _unplaced(
    problem: Problem, row: int, groups: Sequence[tuple[int, Sequence[int]]], spare: list[int], timezone: str
) -> str:
    reason = _obstacle(problem, row) or _scarcity(problem, row, groups, timezone)
    return f"{reason} {_where_room_is(problem, row, spare, timezone)}".strip()


def _obstacle(problem: Problem, row: int) -> str:
    """What keeps a person from every column, whoever else may come; empty if nothing does."""
    item = int(problem.item_of[row])
    marked = problem.when[row] != NO
    open_to = (problem.when[row, problem.column_slot] != NO) & problem.where[row, problem.column_place]
    name = ""
    if not marked.any():
        name = "no_time"
    elif not any(problem.slots[slot].offered for slot in np.flatnonzero(marked)):
        name = "considered"
    elif not open_to.any():
        name = "no_place"
    elif not problem.fit[item].any():
        name = "unit"
    return wording.say("unplaced", name) if name else ""


def _scarcity(problem: Problem, row: int, groups: Sequence[tuple[int, Sequence[int]]], timezone: str) -> str:
    """Who and what there was too little of at the time that most others could make."""
    item = int(problem.item_of[row])
    columns = np.flatnonzero(problem.fit[item])
    company = problem.reach[columns] - 1
    gladly = problem.when[row, problem.column_slot[columns]] == FREE
    best = int(np.lexsort((columns, ~gladly, -company))[0])
    count = int(company[best])
    time = _moment(problem, int(columns[best]), timezone)
    if not count:
        return wording.say("unplaced", "nobody", time=time, low=problem.low)
    if count + 1 < problem.low:
        short = wording.number(problem.low - count - 1)
        return wording.say("unplaced", "too_few", others=wording.others(count), time=time, short=short, low=problem.low)
    used = np.bincount([column for column, _ in groups], minlength=len(problem.cap))
    if all(
        any(used[problem.limits[n].columns].sum() >= problem.limits[n].rooms for n in problem.limits_of[column])
        for column in columns[problem.viable[columns]]
    ):
        return wording.say("unplaced", "rooms")
    return wording.say("unplaced", "elsewhere", others=wording.others(count), time=time)


def _moment(problem: Problem, column: int, timezone: str) -> str:
    """When, and where if there is more than one place."""
    time = wording.time(problem.slots[problem.column_slot[column]], timezone)
    place = problem.places[problem.column_place[column]]
    return time if place is None or len(problem.places) == 1 else wording.at(time, place.name)


def _where_room_is(problem: Problem, row: int, spare: list[int], timezone: str) -> str:
    """Up to three times at which a group has a free seat and which this person has not marked."""
    open_times = [slot for slot in spare if problem.when[row, slot] == NO][:3]
    if not open_times:
        return ""
    times = [wording.time(problem.slots[slot], timezone) for slot in open_times]
    return wording.say("unplaced", "room", times=wording.listed(times))
