"""Reasons: for everybody with a seat why it is theirs, for everybody without one why, and what would help."""

from collections.abc import Sequence

import numpy as np

from chalicelib.matching import language, wording
from chalicelib.matching.naming import Keys, Said
from chalicelib.matching.problem import FREE, IF_NEED_BE, NO, Problem


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
    best: tuple[float, Keys] | None = None
    for keys in talk.phrases[row]:
        if all(language.is_weak(key) for key in keys):
            continue
        sharing = sum(keys in talk.phrases[other] for other in speakers if other != row)
        if sharing:
            value = sharing * float(np.log(1 + len(talk.phrases) / talk.spread[keys])) * (1 + 0.25 * (len(keys) - 1))
            if best is None or (-value, keys) < (-best[0], best[1]):
                best = (value, keys)
    if best:
        keys = best[1]
        sharing = sum(keys in talk.phrases[other] for other in speakers if other != row)
        return wording.say("why", "shares", others=wording.others(sharing), phrase=talk.phrases[row][keys], time=time)
    alike = sum(problem.people[other].level == person.level for other in group) - 1
    if 2 * alike >= company:
        return wording.say("why", "level", others=wording.others(alike), level=wording.level(person.level), time=time)
    return wording.say("why", "time", others=wording.others(company), time=time)


def unplaced(
    problem: Problem, rows: Sequence[int], groups: Sequence[tuple[int, Sequence[int]]], timezone: str
) -> dict[str, str]:
    """For each person without a seat the sentence that says why, and what would have got them one."""
    spare = sorted({int(problem.column_slot[column]) for column, group in groups if len(group) < problem.cap[column]})
    return {problem.people[row].id: _unplaced(problem, row, groups, spare, timezone) for row in rows}


def _unplaced(
    problem: Problem,
    row: int,
    groups: Sequence[tuple[int, Sequence[int]]],
    spare: list[int],
    timezone: str,
) -> str:
    marked = np.flatnonzero(problem.when[row] != NO)
    help_ = _where_room_is(problem, row, spare, timezone)
    if not len(marked):
        return _join(wording.say("unplaced", "no_time"), help_)
    offered = [slot for slot in marked if problem.slots[slot].offered]
    if not offered:
        return _join(wording.say("unplaced", "considered"), help_)
    open_to = (problem.when[row, problem.column_slot] != NO) & problem.where[row, problem.column_place]
    if not open_to.any():
        return _join(wording.say("unplaced", "no_place"), help_)
    item = int(problem.item_of[row])
    if not problem.fit[item].any():
        name = "unit" if len(problem.members[item]) > 1 else "no_place"
        return _join(wording.say("unplaced", name), help_)
    columns = np.flatnonzero(problem.fit[item])
    company = problem.size @ problem.fit[:, columns] - problem.size[item]
    gladly = problem.when[row, problem.column_slot[columns]] == FREE
    best = int(columns[np.lexsort((columns, ~gladly, -company))[0]])
    count = int(company[columns == best][0]) + int(problem.size[item]) - 1
    time = wording.time(problem.slots[problem.column_slot[best]], timezone)
    if count + 1 < problem.low:
        if not count:
            return _join(wording.say("unplaced", "nobody", time=time, low=problem.low), help_)
        short = wording.number(problem.low - count - 1)
        sentence = wording.say(
            "unplaced", "too_few", others=wording.others(count), time=time, short=short, low=problem.low
        )
        return _join(sentence, help_)
    used = np.zeros(len(problem.cap), dtype=np.int64)
    for column, _ in groups:
        used[column] += 1
    full = [
        any(used[problem.limits[n].columns].sum() >= problem.limits[n].rooms for n in problem.limits_of[column])
        for column in columns
        if problem.viable[column]
    ]
    if full and all(full):
        return _join(wording.say("unplaced", "rooms"), help_)
    return _join(wording.say("unplaced", "elsewhere", others=wording.others(count), time=time), help_)


def _where_room_is(problem: Problem, row: int, spare: list[int], timezone: str) -> str:
    """Up to three times at which a group has a free seat and which this person has not marked."""
    open_times = [slot for slot in spare if problem.when[row, slot] == NO][:3]
    if not open_times:
        return ""
    times = [wording.time(problem.slots[slot], timezone) for slot in open_times]
    return wording.say("unplaced", "room", times=wording.listed(times))


def _join(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)
