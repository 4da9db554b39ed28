"""Reasons: for everybody with a seat why it is theirs, for everybody without one why, and what would help.

Every sentence is true by how it is made: what is counted is counted over the members, and only over those
who let their words be shown when it is words that are counted. People's own words are told to themselves
and to nobody else, but for what a title says.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from chalicelib.domain.attendee import Level
from chalicelib.matching import wording
from chalicelib.matching.naming import Name, Whole
from chalicelib.matching.problem import FREE, IF_NEED_BE, NO, Bools, Ints, Problem
from chalicelib.matching.talk import CONTENT, LONGEST_QUOTE, PLAIN, WEAK, Circle, Span, Talk, quoted, spans

CLOSE = 0.3
"""The cosine from which on two people's goals are called close."""

_CUT = 0.6
"""What a phrase is worth that is cut out of a longer one."""


SILENT, OPEN, TELLING = range(3)
"""Whether somebody wrote nothing, nothing that says what about, or something."""


class Heard(NamedTuple):
    """What a group lets a member hear of their own words.

    Args:
        shared: a sentence on what they share with others; empty when it is nothing.
        also: a sentence on what else they share.
        alone: the phrase that only they bring.
        tells: SILENT, OPEN or TELLING.
    """

    shared: str
    also: str
    alone: str
    tells: int


def heard(circle: Circle) -> list[Heard]:
    """For each member of a group what of their words is shared, and what is theirs alone."""
    return [Heard(*_shared(circle, n), _alone(circle, n), _tells(circle, n)) for n in range(len(circle.group))]


def _tells(circle: Circle, n: int) -> int:
    words = [word for line in circle.lines[n] for word in line.words]
    if circle.chosen[n] or any(word.kind == CONTENT and word.share >= WEAK for word in words):
        return TELLING
    return OPEN if words else SILENT


def why(
    problem: Problem,
    group: Sequence[int],
    column: int,
    time: str,
    name: Name,
    words: Sequence[Heard],
    vectors: Whole,
    signs: Whole | None = None,
    guest: tuple[int, str] | None = None,
) -> dict[str, str]:
    """One or two true sentences for each member, and one more for what is special.

    Args:
        words: what `heard` found for each.
        guest: who of the group came from a neighbouring theme, and the title of the group that has it.
    """
    company = len(group) - 1
    told = {}
    for own, row in zip(words, group, strict=True):
        parts = [_bond(problem, row, company)]
        if company:
            common = own.shared or _kinship(own, row, name, vectors, signs)
            parts += [
                common or _fallback(problem, own, row, group, name, time),
                _brought(problem, own, row, group, levelled=not common),
            ]
        else:
            parts.append(wording.say("why", "alone", time=time))
        if guest and row == guest[0]:
            parts.insert(0, wording.say("why", "guest", title=guest[1]))
        elif guest:
            parts.append(wording.say("why", "guested"))
        if problem.when[row, problem.column_slot[column]] == IF_NEED_BE:
            parts.append(wording.say("why", "reluctant", time=time))
        told[problem.people[row].id] = wording.sentences(parts)
    return told


def _bond(problem: Problem, row: int, company: int) -> str:
    """That those who wished to stay together do."""
    unit = len(problem.members[problem.item_of[row]]) - 1
    return wording.say("why", "together", others=wording.others(unit)) if 0 < unit <= company else ""


class _Common(NamedTuple):
    """Something that a member said and others said, too."""

    value: float
    phrase: str
    sharing: int
    topic: bool
    stems: frozenset[str]


def _shared(circle: Circle, n: int) -> tuple[str, str]:
    """What a member said that most others said, too, and how many of them; and what else, if anything."""
    found = _commons(circle, n)
    if not found:
        return "", ""
    first = max(found, key=lambda one: one.value)
    everybody = first.sharing == len(circle.group) - 1 > 1 and not first.topic
    kind = "everybody" if everybody else "topic" if first.topic else "shares"
    others = wording.others(first.sharing)
    apart = [one for one in found if not one.topic and not one.stems & first.stems]
    also = ""
    if apart:
        second = max(apart, key=lambda one: one.value)
        also = wording.say("bring", "also", others=wording.others(second.sharing), phrase=second.phrase)
    return wording.say("why", kind, others=others, phrase=first.phrase), also


def _commons(circle: Circle, n: int) -> list[_Common]:
    """The topics and phrases of a member's that others share; of phrases in the same words only the best."""
    talk, said = circle.talk, circle.said
    others = circle.speakers & ~(1 << n)
    found: list[_Common] = []
    for chip, text in circle.chosen[n].items():
        count = (circle.topics[chip] & others).bit_count()
        if count and text and len(text) <= LONGEST_QUOTE:
            rarity = float(np.log(1 + len(talk.people) / max(talk.topics[chip], 1)))
            stems = frozenset(word.stem for line in talk.chip(text)[2] for word in line.words)
            found.append(_Common(round(1.5 * rarity * _crowd(count), 6), text, count, topic=True, stems=stems))
    good = {word.stem for line in circle.lines[n] for word in line.words if word.kind == CONTENT}
    good = {stem for stem in good if said[stem] & others}
    best: dict[str, float] = {}
    for line in circle.lines[n] if good else ():
        for span in spans(line, good):
            who = others
            for stem in span.stems:
                who &= said[stem]
            value = _value(span) * _crowd(who.bit_count()) if who else 0.0
            if value <= best.get(span.stems[0], 0.0) or _slight(span, who, len(circle.group)):
                continue
            if (text := quoted(span, talk)) and len(text) <= LONGEST_QUOTE:
                best[span.stems[0]] = value
                found.append(_Common(value, text, who.bit_count(), topic=False, stems=frozenset(span.stems)))
    return found


def _slight(span: Span, who: int, people: int) -> bool:
    """Whether it says too little that a few share a word that is hardly a theme."""
    return len(span.stems) == 1 and span.words[0].share < PLAIN and who.bit_count() < max(2, people // 3)


@functools.cache
def _crowd(people: int) -> float:
    """What it is worth to share something with so many."""
    return float(round(people**0.8, 6))


def _known(span: Span, talk: Talk) -> bool:
    """Whether a word by itself is worth naming: one that others use elsewhere, or a name, and no slip of the pen."""
    (word,) = span.words
    name = span.first > 0 and not span.text.islower()
    return (name or talk.used[word.stem] > 1) and not word.folded.endswith(("ing", "ed"))


def _value(span: Span) -> float:
    """How much a phrase says."""
    if len(span.stems) == 1:
        total = span.words[0].weight
    else:
        weights = sorted([word.weight for word in span.words if word.kind == CONTENT], reverse=True)
        total = sum([weight / (place + 1) for place, weight in enumerate(weights)])
    return round(total * (1 if span.whole[1] else _CUT), 6)


def _kinship(own: Heard, row: int, name: Name, vectors: Whole, signs: Whole | None) -> str:
    """That a goal means what those behind the title want, where the vectors say so."""
    behind = [other for other in name.behind if other != row]
    if own.tells != TELLING or len(behind) < 2:
        return ""
    mine, theirs = vectors[row].astype(float), vectors[behind].astype(float)
    lengths = np.sqrt((mine @ mine) * np.einsum("pd,pd->p", theirs, theirs))
    near = int(np.sum(theirs @ (mine if signs is None else mine * signs) >= CLOSE * np.maximum(lengths, 1)))
    return wording.say("why", "close", others=wording.others(near), title=name.theme) if near > 1 else ""


def _fallback(problem: Problem, own: Heard, row: int, group: Sequence[int], name: Name, time: str) -> str:
    """What else is true: openness, level, the group's theme, the time."""
    people = problem.people
    if own.tells != TELLING and name.behind:
        return wording.say("why", "broad" if own.tells == OPEN else "blank", title=name.theme)
    if own.tells == SILENT:
        return wording.say("why", "open")
    level = people[row].level
    alike = sum(people[other].level == level for other in group) - 1
    if alike:
        return wording.level(int(level), alike)
    others = wording.others(len(group) - 1)
    if name.behind:
        return wording.say("why", "about", title=name.theme, time=time, others=others)
    return wording.say("why", "time", time=time, others=others)


def _brought(problem: Problem, own: Heard, row: int, group: Sequence[int], *, levelled: bool) -> str:
    """What a member brings that few others do, or that others begin where they begin."""
    people = problem.people
    if next((other for other in group if people[other].host), None) == row:
        return wording.say("bring", "host")
    level = people[row].level
    alike = sum(people[other].level == level for other in group)
    if level == Level.EXPERIENCED and 2 * alike <= len(group) and not levelled:
        return (
            wording.say("bring", "once") if alike == 1 else wording.say("bring", "done", number=wording.number(alike))
        )
    new = level == Level.NEW and not levelled
    if new and alike > 2:
        return wording.newcomers(alike - 1)
    if own.alone:
        return wording.say("bring", "phrase", phrase=own.alone)
    return wording.newcomers(1) if new and alike == 2 else own.also


def _alone(circle: Circle, n: int) -> str:
    """The phrase of a member's that says most of what nobody else in the group says."""
    bit = 1 << n
    said = circle.said
    good = {word.stem for line in circle.lines[n] for word in line.words if word.kind == CONTENT}
    good = {stem for stem in good if said[stem] == bit}
    best, phrase = 0.0, ""
    for line in circle.lines[n] if good else ():
        for span in spans(line, good):
            if not all(span.whole) or len(span.stems) > 3 or (value := _value(span)) <= best:
                continue
            words = span.words
            last = words[-1]
            solid = any(word.kind == CONTENT and word.share >= PLAIN for word in words)
            hanging = last.edge or last.verb or last.folded.endswith(("ing", "ed"))
            if not solid or hanging or (len(span.stems) == 1 and not _known(span, circle.talk)):
                continue
            if (text := quoted(span, circle.talk)) and len(text) <= LONGEST_QUOTE:
                best, phrase = value, text
    return phrase


def unplaced(
    problem: Problem,
    rows: Sequence[int],
    groups: Sequence[tuple[int, Sequence[int]]],
    timezone: str,
    *,
    proven: bool,
) -> dict[str, str]:
    """For each person without a seat the sentence that says why, and what would have got them one.

    Args:
        proven: whether no plan seats more.
    """
    if not rows:
        return {}
    used = np.bincount([column for column, _ in groups], minlength=len(problem.cap))
    room = np.zeros(len(problem.cap), dtype=np.int64)
    for column, group in groups:
        room[column] = max(room[column], int(problem.cap[column]) - len(group))
    full = np.zeros(len(problem.cap), dtype=np.bool_)
    for limit in problem.limits:
        full[limit.columns] |= used[limit.columns].sum() >= limit.rooms
    scene = _Scene(problem, room, full, tuple(groups), timezone, proven)
    return {problem.people[row].id: f"{_cause(scene, row)} {_where_room_is(scene, row)}".strip() for row in rows}


@dataclass(frozen=True, eq=False)
class _Scene:
    """What a plan left open.

    Args:
        room: the most free seats of a group in each column, shape (C,).
        full: whether no further group fits into each column, shape (C,).
    """

    problem: Problem
    room: Ints
    full: Bools
    groups: tuple[tuple[int, Sequence[int]], ...]
    timezone: str
    proven: bool


def _cause(scene: _Scene, row: int) -> str:
    return _obstacle(scene, row) or _scarcity(scene, row)


def _obstacle(scene: _Scene, row: int) -> str:
    """What keeps a person from every column, whoever else may come; empty if nothing does."""
    problem = scene.problem
    item = int(problem.item_of[row])
    marked = problem.when[row] != NO
    open_to = (problem.when[row, problem.column_slot] != NO) & problem.where[row, problem.column_place]
    if not marked.any():
        return wording.say("unplaced", "no_time")
    if not any(problem.slots[slot].offered for slot in np.flatnonzero(marked)):
        return wording.say("unplaced", "considered")
    if not open_to.any():
        return _closed(scene, row, marked)
    return "" if problem.fit[item].any() else _parted(scene, row)


def _closed(scene: _Scene, row: int, marked: Bools) -> str:
    """Why no group could meet where and when a person can come: every place is closed then, or too small."""
    problem = scene.problem
    times = {problem.slots[slot].id for slot in np.flatnonzero(marked) if problem.slots[slot].offered}
    chosen = [place for place, goes in zip(problem.places, problem.where[row], strict=True) if place and goes]
    if any(place.slots is None or times.intersection(place.slots) for place in chosen):
        return wording.say("unplaced", "small", low=problem.low)
    return wording.say("unplaced", "nowhere" if len(chosen) == len(problem.places) else "no_place")


def _parted(scene: _Scene, row: int) -> str:
    """What keeps those from every column who are to stay together: one answer too few, or seats."""
    problem = scene.problem
    unit = np.array(problem.members[problem.item_of[row]])
    can = (problem.when[unit][:, problem.column_slot] != NO) & problem.where[unit][:, problem.column_place]
    suits = can.sum(axis=0)
    if (suits == len(unit)).any():
        others = wording.others(len(unit) - 1)
        return wording.say("unplaced", "unit_large", others=others, number=wording.number(len(unit)))
    mine = can[int(np.flatnonzero(unit == row)[0])]
    for name, columns in (("unit_you", ~mine), ("unit_one", mine)):
        near = np.flatnonzero(columns & (suits == len(unit) - 1))
        if len(near) and len(unit) > 2 - (name == "unit_you"):
            return " ".join(
                [wording.say("unplaced", "unit"), wording.say("unplaced", name, time=_moment(scene, int(near[0])))]
            )
    return wording.say("unplaced", "unit")


def _scarcity(scene: _Scene, row: int) -> str:
    """Who and what there was too little of at the time that most others could make."""
    problem = scene.problem
    item = int(problem.item_of[row])
    columns = np.flatnonzero(problem.fit[item])
    company = problem.reach[columns] - 1
    gladly = problem.when[row, problem.column_slot[columns]] == FREE
    best = int(np.lexsort((columns, ~gladly, -company))[0])
    count = int(company[best])
    time = _moment(scene, int(columns[best]))
    if not count:
        return wording.say("unplaced", "nobody", time=time, low=problem.low)
    if count + 1 < problem.low:
        short = wording.number(problem.low - count - 1)
        return wording.say("unplaced", "too_few", others=wording.others(count), time=time, short=short, low=problem.low)
    if scene.full[columns[problem.reach[columns] >= problem.low]].all():
        return wording.say("unplaced", "rooms")
    # Pair rules may be somebody's secret; nobody is told of whom they speak.
    ruled = any(problem.fit[other][columns[best]] for other in problem.apart)
    name = "unfound" if ruled or not scene.proven else "elsewhere"
    return wording.say("unplaced", name, others=wording.others(count), time=time)


def _moment(scene: _Scene, column: int) -> str:
    """When, and where if there is more than one place."""
    problem = scene.problem
    time = wording.time(problem.slots[problem.column_slot[column]], scene.timezone)
    place = problem.places[problem.column_place[column]]
    return time if place is None or len(problem.places) == 1 else wording.at(time, place.name)


def _where_room_is(scene: _Scene, row: int) -> str:
    """Up to three times that this person has not marked, at which a group would have taken them and those with them."""
    problem = scene.problem
    item = int(problem.item_of[row])
    enemies = {person for other in problem.apart.get(item, ()) for person in problem.members[other]}
    unit = np.array(problem.members[item])
    wanted = scene.room >= problem.size[item]
    wanted &= problem.where[unit][:, problem.column_place].all(axis=0)
    wanted &= problem.when[row, problem.column_slot] == NO
    wanted &= (problem.when[unit[unit != row]][:, problem.column_slot] != NO).all(axis=0)
    slots: list[int] = []
    for column in np.flatnonzero(wanted).tolist():
        slot = int(problem.column_slot[column])
        if slot not in slots and (not enemies or _welcome(scene, column, int(problem.size[item]), enemies)):
            slots.append(slot)
        if len(slots) == 3:
            break
    times = [wording.time(problem.slots[slot], scene.timezone) for slot in sorted(slots)]
    return wording.say("unplaced", "room", times=wording.listed(times)) if times else ""


def _welcome(scene: _Scene, column: int, size: int, enemies: set[int]) -> bool:
    """Whether some group in a column has seats for so many and nobody in it whom they must not meet."""
    return any(
        where == column and len(group) + size <= scene.problem.cap[column] and enemies.isdisjoint(group)
        for where, group in scene.groups
    )
