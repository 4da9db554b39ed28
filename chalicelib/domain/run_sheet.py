"""The run sheet: how a group spends its time together, minute by minute, with or without a host and answers.

It is made from how many people there are and from what those told of themselves who agreed to be shown.
Nothing of anybody else is so much as handed in.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Literal, Protocol

import msgspec

from chalicelib.domain import words
from chalicelib.domain.attendee import Attendee
from chalicelib.domain.event import Event
from chalicelib.domain.sub_event import SubEvent

LONGEST_QUESTION = 300
"""Characters of one person's words that are read at the table."""

SPANS = (300, 240, 180, 120, 90, 60, 45, 30)
"""Seconds that each person may have in the round."""

ROUND_SHARE = 0.35
"""Share of the session that the round may take."""

LONGEST_ROUND = 30
"""Minutes after which nobody listens to a round any more."""

SENTENCE = 15
"""Seconds that one sentence to the whole group takes, with the pause before it."""

SHORT, MIDDLING, LONG, VERY_LONG = 20, 45, 90, 150
"""Minutes from which on a session has more time for its parts; from the last on it has breaks."""

FEWEST, ENOUGH, PLENTY = 3, 10, 15
"""Minutes for a question: the least it gets, what is enough if there are many, and more than it needs."""

HANDFUL = 6
"""Questions that a session has time for, unless it is very short or long."""

FALLBACKS = 8
"""Questions in the message file that always work."""

NEAR = 0.8
"""Share of their telling words from which on two questions are one."""

TYPO = 5
"""Letters from which on words that differ by one are one word."""


class Item(msgspec.Struct, frozen=True):
    """Something to talk about, and the first names of those who brought it; empty when nobody did."""

    text: str
    by: str = ""


class Part(msgspec.Struct, frozen=True):
    """A stretch of the session.

    Args:
        minutes: how long it lasts; 0 for what is only there if time is left.
        text: what to do, in a few sentences.
    """

    kind: Literal["opener", "round", "questions", "closing"]
    minutes: int
    title: str
    text: str
    items: tuple[Item, ...] = ()


class RunSheet(msgspec.Struct, frozen=True):
    """The whole session; the minutes of its parts add up to its own."""

    minutes: int
    parts: tuple[Part, ...]


class Voice(msgspec.Struct, frozen=True):
    """What a member who agreed to be shown brought along."""

    first_name: str
    warm_up: str
    goal: str


class Gathering(msgspec.Struct, frozen=True, kw_only=True):
    """What a run sheet is made from.

    Args:
        minutes: how long the session lasts.
        people: how many members there are.
        sign: the group's bird in words.
        question: the organizer's warm-up question; empty for the usual one.
        voices: of those members who agreed to be shown, in an order that favours nobody.
        host: the host's first name, if there is one who agreed to be shown; else empty.
        guest: there is a guest from a neighbouring theme who agreed to be shown.
        levels: what the organizer wishes of people's experience within a group.
    """

    minutes: int
    people: int
    online: bool
    sign: str
    question: str = ""
    voices: tuple[Voice, ...] = ()
    host: str = ""
    guest: bool = False
    levels: str | None = None


class Say(Protocol):
    """The message of a key with its placeholders filled; `count` also chooses the plural."""

    def __call__(self, key: str, /, **values: str | int) -> str: ...


def gathering_of(event: Event, sub_event: SubEvent, members: Iterable[Attendee], sign: str) -> Gathering:
    """What a group's run sheet is made from; of members who did not agree to be shown, only that they are there.

    Args:
        sign: the group's bird in words.
    """
    shown = {one.id: one for one in members if one.answers.shares and one.id in sub_event.members}
    slot = sub_event.slot
    return Gathering(
        minutes=max(1, int((slot.end - slot.start).total_seconds() // 60)),
        people=len(sub_event.members),
        online=bool(sub_event.join_link),
        sign=sign,
        question=event.question,
        voices=tuple(
            Voice(shown[one].first_name, shown[one].answers.warm_up, shown[one].answers.goal)
            for one in sub_event.members
            if one in shown
        ),
        host=shown[sub_event.host].first_name if sub_event.host in shown else "",
        guest=sub_event.wildcard in shown,
        levels=event.wishes.levels,
    )


def run_sheet(group: Gathering, say: Say) -> RunSheet:
    """The run sheet of a group; the same group has the same sheet."""
    little = frozenset(say("little_words").split())
    opening = _step(group.minutes, (1, 2, 3, 5, 5, 10))
    closing = _step(group.minutes, (1, 2, 3, 5, 10, 15))
    opening, closing = (part if group.minutes >= 3 else 0 for part in (opening, closing))
    around = _round(group, say, group.minutes - opening - closing - 1)
    left = group.minutes - opening - around.minutes - closing
    parts = [
        Part("opener", opening, say("opener_title"), _opener(group, say)),
        around,
        *_questions(group, left, say, little),
        Part("closing", closing, say("closing_title"), _closing(group, closing, say)),
    ]
    return RunSheet(group.minutes, tuple(part for part in parts if part.minutes or part.items))


def _step(minutes: int, lengths: Sequence[int]) -> int:
    """The length for a session of so many minutes, from the shortest sessions to the longest."""
    return lengths[sum(minutes >= bound for bound in (10, SHORT, MIDDLING, LONG, VERY_LONG))]


def _opener(group: Gathering, say: Say) -> str:
    said = [
        say("find_online" if group.online else "find_table", sign=group.sign),
        say("start_host", host=group.host) if group.host else say("start_anybody"),
    ]
    if group.guest:
        said.append(say("guest"))
    if group.minutes >= SHORT:
        said.append(say("punctual"))
    return " ".join(said)


def _round(group: Gathering, say: Say, most: int) -> Part:
    """Everybody says something, one after another as far as that fits, else side by side."""
    people = max(group.people, 2)
    most = min(most, LONGEST_ROUND)
    wanted = min(group.minutes * ROUND_SHARE, most) * 60
    seconds = next((span for span in SPANS if span * people <= wanted), 0)
    kind = "round_two" if people == 2 else "round_online" if group.online else "round_table"
    if not seconds:
        people, kind = 3, "round_chat" if group.online else "round_neighbours"
        seconds = next((span for span in SPANS if span <= 90 and span * people <= wanted), 0)
    minutes = -(-seconds * people // 60)
    if not seconds or minutes > most:
        return Part("round", 0, "", "")
    return Part("round", minutes, say("round_title"), say(kind, span=_span(seconds, say)))


def _questions(group: Gathering, minutes: int, say: Say, little: frozenset[str]) -> list[Part]:
    """What there is to talk about: as many questions as there is time for, and the others for the time that is left."""
    free = minutes - 10 * (group.minutes // 60 - 1) if group.minutes >= VERY_LONG else minutes
    room = max(1, free // max(FEWEST, min(ENOUGH, free // HANDFUL)))
    wanted = min(room, max(3, free // PLENTY))
    kind, brought = _brought(group, wanted, little)
    always = [Item(say(f"fallback_{number}")) for number in range(1, FALLBACKS + 1)]
    every = [*brought, *always[: max(0, wanted - len(brought))]]
    now, later = every[:room], every[room:]
    question = words.line(group.question) or say("question")
    span = _span(60 * (free // len(now)), say)
    said = [say(kind if len(now) > 1 else f"{kind}_one", question=question, span=span)]
    if any(one.by for one in now) and not all(one.by for one in now):
        said.append(say("nameless"))
    if group.levels != "similar" and group.minutes >= SHORT:
        said.append(say("mixed" if group.levels == "mixed" else "newer_first"))
    if group.minutes >= VERY_LONG:
        said.append(say("break"))
    parts = [Part("questions", minutes, say(f"{kind}_title"), " ".join(said), tuple(now))]
    if later:
        parts.append(Part("questions", 0, say("more_title"), say("more"), tuple(later)))
    return parts


def _brought(group: Gathering, wanted: int, little: frozenset[str]) -> tuple[str, list[Item]]:
    """What the members brought, and whether that is answers, hopes or nothing: hopes fill what answers leave open."""
    asked = _merged([(one.warm_up, one.first_name) for one in group.voices], little)
    silent = [one for one in group.voices if not _says_something(one.warm_up)]
    hopes = _merged([(one.goal, one.first_name) for one in silent], little)
    if asked:
        more = [one for one in hopes if not any(_near(one.text, other.text, little) for other in asked)]
        return "asked", [*asked, *more[: max(0, wanted - len(asked))]]
    if hopes:
        return "hopes", hopes
    question = words.line(group.question)
    return "open", [Item(question)] if question else []


def _closing(group: Gathering, minutes: int, say: Say) -> str:
    if group.people * SENTENCE <= minutes * 60:
        return say("closing")
    return say("closing_chat" if group.online else "closing_neighbours")


def _span(seconds: int, say: Say) -> str:
    if seconds in {30, 90}:
        return say(f"span_{seconds}")
    return say("minutes", count=seconds // 60) if seconds % 60 == 0 else say("seconds", count=seconds)


def _merged(brought: Iterable[tuple[str, str]], little: frozenset[str]) -> list[Item]:
    """Each question once, with all who brought it; those that several brought first, else in the order given."""
    found: list[tuple[str, list[str]]] = []
    for said, name in brought:
        if not _says_something(said):
            continue
        text = _short(words.line(said))
        same = next((n for n, (known, _) in enumerate(found) if _near(text, known, little)), None)
        if same is None:
            found.append((text, [name]))
        else:
            known, names = found[same]
            found[same] = (max(known, text, key=len), [*names, name])
    found.sort(key=lambda one: -len(one[1]))
    return [Item(text, ", ".join(names)) for text, names in found]


def _says_something(text: str) -> bool:
    return re.search(r"\w", text) is not None


def _near(one: str, other: str, little: frozenset[str]) -> bool:
    """Whether two questions are one, but for little words and slips of the pen; words in another order are another."""
    first, second = _telling(one, little), _telling(other, little)
    # Slips are few, so texts with hardly a word in common need no comparing letter by letter.
    longest = max(len(first), len(second))
    if min(len(first), len(second)) < NEAR * longest or 2 * len({*first} & {*second}) + 1 < longest:
        return False
    common = [next((its for its in second if word == its or _slip(word, its)), "") for word in first]
    found = [word for word in common if word]
    in_order = [word for word in second if word in set(found)] == found
    return in_order and len(found) >= NEAR * (len(first) + len(second) - len(found))


def _telling(text: str, little: frozenset[str]) -> list[str]:
    """The distinct words that are not little, in their order; all of them if there are no others."""
    every = list(dict.fromkeys(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())))
    return [word for word in every if word not in little] or every


def _slip(one: str, other: str) -> bool:
    """Whether two longer words are one, with a letter too many or a wrong one; a digit is never a slip."""
    short, long = sorted((one, other), key=len)
    if len(long) < TYPO or len(long) - len(short) > 1 or re.search(r"\d", one + other):
        return False
    start = next((n for n, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    return short[start + (len(short) == len(long)) :] == long[start + 1 :]


def _short(text: str) -> str:
    """The text, cut between two words where it is too long to be read out."""
    if len(text) <= LONGEST_QUESTION:
        return text
    cut = text[:LONGEST_QUESTION]
    return f"{(cut.rpartition(' ')[0] or cut).rstrip(' ,;:.')}…"
