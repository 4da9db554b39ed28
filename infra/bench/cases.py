"""Planted cases: rosters of any size whose themes, and in tight cases whose best coverage, are known beforehand.

Everybody's answers follow from the case's seed and their own number, so a case of a million people is written
person by person. Ids are dealt out so that neighbours in the roster have nothing to do with each other.

    python -m infra.bench.cases PEOPLE INSTANCE.json [--places] [--pairs SHARE] [--tight] [--seed N]
"""

import argparse
import json
import math
import random
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from functools import cached_property
from pathlib import Path
from typing import Any

Json = dict[str, Any]

TEXTS = tomllib.loads(Path(__file__).with_name("themes.toml").read_text(encoding="utf-8"))

MONDAY = datetime(2027, 1, 11, 9, tzinfo=UTC)
DAYS, HOURS = 7, 12
"""A session of two hours begins every hour, so that each overlaps its neighbours."""

CONSIDERED = (3, 27, 45, 50, 70, 83)
"""Sessions that people were asked about but that are not offered."""

OUTSIDE = 0.03
"""Share of a tight case's people whom no plan could seat."""

BLOCKS = 24
"""Most sessions, each at one place, over which a tight case's plan is spread."""


class _About(IntEnum):
    """What a person's random numbers are for; each has its own, so that more of one does not change another."""

    EVENT, THEME, FREE, PLACES, GOAL, REST, PAIR, GROUP = range(8)


@dataclass(frozen=True)
class Case:
    """What is planted.

    Args:
        people: how many, 40 or more.
        low, high: the group size.
        places: four places with rooms, seats and opening hours beside an unlimited online one, times that suit
            only if need be, and sessions merely considered.
        pairs: share of people who are one of two with a pair rule.
        tight: places whose rooms and seats are exactly those of a planted plan; everybody outside it can be
            seated by no plan, so the planted coverage is the best there is.
    """

    people: int
    seed: int = 1
    low: int = 6
    high: int = 8
    places: bool = False
    pairs: float = 0.0
    tight: bool = False

    def __post_init__(self) -> None:
        if self.people < 40:
            raise ValueError("a planted case has at least 40 people")

    @property
    def name(self) -> str:
        """A short name for a table."""
        marks = [name for name, on in (("places", self.places), ("pairs", self.pairs), ("tight", self.tight)) if on]
        return " ".join([f"planted {self.people:,}", *marks])

    @property
    def placeable(self) -> int | None:
        """The most people that any plan can seat; None where it is not known beforehand."""
        return self._planted if self.tight else None

    def event(self) -> Json:
        """The event of the instance document."""
        return {
            "id": "planted",
            "title": "An open round",
            "timezone": "Europe/Berlin",
            "group_size": {"min": self.low, "max": self.high},
            "slots": [
                {
                    "id": _slot(n),
                    "start": _iso(24 * (n // HOURS) + n % HOURS),
                    "end": _iso(24 * (n // HOURS) + n % HOURS + 2),
                    **({"offered": False} if (self.places or self.tight) and n in CONSIDERED else {}),
                }
                for n in range(DAYS * HOURS)
            ],
            "places": self._tight_places() if self.tight else self._places() if self.places else [],
        }

    def attendees(self) -> Iterator[Json]:
        """Everybody, one after the other in the order of their ids."""
        return (self._attendee(position) for position in range(self.people))

    def themes(self) -> list[int]:
        """The number of everybody's planted theme, in the order of their ids."""
        return [self._theme(self._member(position)) for position in range(self.people)]

    def instance(self) -> Json:
        """The whole instance document."""
        return {"event": self.event(), "attendees": list(self.attendees())}

    def write(self, path: Path) -> None:
        """Write the instance document, a person a line, without ever holding all of it."""
        with path.open("w", encoding="utf-8") as file:
            file.write(f'{{"event": {json.dumps(self.event())},\n"attendees": [')
            for n, attendee in enumerate(self.attendees()):
                file.write(",\n" if n else "\n")
                file.write(json.dumps(attendee, ensure_ascii=False))
            file.write("\n]}\n")

    def _draw(self, about: _About, number: int = 0) -> random.Random:
        return random.Random((self.seed * len(_About) + about) * 2**32 + number)

    # Members are numbered as they were planted; a person's position in the roster says nothing about that.

    @cached_property
    def _step(self) -> int:
        step = int(self.people * (math.sqrt(5) - 1) / 2)
        while math.gcd(step, self.people) > 1:
            step += 1
        return step

    @cached_property
    def _back(self) -> int:
        return pow(self._step, -1, self.people)

    def _member(self, position: int) -> int:
        return position * self._back % self.people

    def _id(self, member: int) -> str:
        return f"p{member * self._step % self.people:07}"

    @cached_property
    def _themes(self) -> tuple[list[int], list[int]]:
        """The themes of this event, neighbouring ones first, and the sums of their weights."""
        draw = self._draw(_About.EVENT)
        domains = sorted({theme["domain"] for theme in TEXTS["theme"]})
        draw.shuffle(domains)
        order = sorted(range(len(TEXTS["theme"])), key=lambda n: (domains.index(TEXTS["theme"][n]["domain"]), n))
        chosen = order[: max(4, min(len(order), self.people // 12))]
        weights = [draw.uniform(1, 4) for _ in chosen]
        return chosen, [int(1000 * sum(weights[: n + 1])) for n in range(len(weights))]

    def _theme(self, member: int) -> int:
        group = self._group(member) if self.tight else None
        draw = self._draw(_About.THEME, self._leader(member))
        if group is not None and draw.random() < 0.85:
            draw = self._draw(_About.GROUP, group)
        themes, sums = self._themes
        return draw.choices(themes, cum_weights=sums)[0]

    def _attendee(self, position: int) -> Json:
        member = self._member(position)
        draw = self._draw(_About.REST, member)
        theme = TEXTS["theme"][self._theme(member)]
        level = draw.choices((1, 2, 3), (4, 4, 3))[0]
        topics = [topic for topic in theme["topics"] if draw.random() < 0.3]
        if draw.random() < 0.08:
            topics.append(draw.choice(TEXTS["theme"][draw.choice(self._themes[0])]["topics"]))
        free, if_need_be = self._times(member)
        together, apart = self._pair(member)
        return {
            "id": self._id(member),
            "goal": _goal(theme, level, self._draw(_About.GOAL, member)),
            "topics": list(dict.fromkeys(topics)),
            "level": level,
            "free": [_slot(n) for n in sorted(free)],
            "if_need_be": [_slot(n) for n in sorted(if_need_be)],
            "places": self._wanted(member),
            "with": together,
            "apart": apart,
            "host": draw.random() < 0.12,
            "quotable": draw.random() < 0.85,
        }

    def _leader(self, member: int) -> int:
        """Two with a pair rule have much in common, so that the rule matters; the first of them decides."""
        return member if self.tight or self._rule(member // 2) is None else member - member % 2

    def _rule(self, pair: int) -> str | None:
        if not self.pairs or 2 * pair + 1 >= self.people:
            return None
        draw = self._draw(_About.PAIR, pair)
        if draw.random() >= self.pairs:
            return None
        if not self.tight:
            return draw.choice(("with", "apart"))
        one, other = self._group(2 * pair), self._group(2 * pair + 1)
        if one is None or other is None:
            return None
        return "with" if one == other else "apart"

    def _pair(self, member: int) -> tuple[list[str], list[str]]:
        rule = self._rule(member // 2)
        other = [self._id(member ^ 1)] if rule else []
        return (other, []) if rule == "with" else ([], other)

    def _times(self, member: int) -> tuple[set[int], set[int]]:
        """The sessions that suit somebody, and those that do if need be."""
        draw = self._draw(_About.FREE, self._leader(member))
        free = _free(draw)
        if self.tight:
            group = self._group(member)
            if group is None:
                return set(draw.sample(CONSIDERED, draw.randint(0, 3))), set()
            free.add(self._block(group)[0])
        if_need_be: set[int] = set()
        if self.places and free and draw.random() < 0.3:
            near = {min(DAYS * HOURS - 1, n + draw.choice((1, 2, HOURS))) for n in free}
            if_need_be = set(draw.sample(sorted(near), min(len(near), draw.randint(1, 5)))) - free
        return free, if_need_be

    def _wanted(self, member: int) -> list[str]:
        draw = self._draw(_About.PLACES, self._leader(member))
        if not self.places and not self.tight:
            return []
        names = self._names
        if draw.random() < 0.35:
            return []
        chosen = set(draw.sample(names, draw.randint(1, 2)))
        group = self._group(member) if self.tight else None
        if group is not None:
            chosen.add(names[self._block(group)[1]])
        return sorted(chosen)

    @cached_property
    def _names(self) -> list[str]:
        return [place["id"] for place in self.event()["places"]]

    def _places(self) -> list[Json]:
        rooms = max(1, self.people // 1500)
        office = [_slot(n) for n in range(5 * HOURS) if n % HOURS < 8]
        evenings = [_slot(n) for n in range(DAYS * HOURS) if n % HOURS >= 7 or n >= 5 * HOURS]
        return [
            {"id": "cafe", "name": "Café Sperling", "rooms": 2 * rooms, "seats": self.low, "slots": evenings},
            {"id": "hall", "name": "Parish hall", "rooms": rooms},
            {"id": "library", "name": "Public library", "rooms": rooms, "seats": self.high, "slots": office},
            {"id": "online", "name": "Online"},
            {"id": "studio", "name": "Studio 5", "rooms": rooms, "seats": (self.low + self.high) // 2},
        ]

    # A tight case's plan: its groups go round and round the blocks, each filling one room to the last seat.

    @cached_property
    def _seats(self) -> tuple[int, ...]:
        return (self.low, (self.low + self.high) // 2, self.high)

    @cached_property
    def _blocks(self) -> list[tuple[int, int]]:
        """The session and place of each block; sessions begin two hours apart, so that blocks do not overlap."""
        draw = self._draw(_About.EVENT, 1)
        sessions = [n for n in range(DAYS * HOURS) if n % 2 == 0 and n not in CONSIDERED]
        favoured = sorted(sessions, key=lambda n: draw.random() * (1 if n % HOURS < 7 and n < 5 * HOURS else 0.4))
        room = int(self.people * (1 - OUTSIDE))
        blocks = [(favoured[n // 2], n % len(self._seats)) for n in range(min(BLOCKS, room // self._seats[1]))]
        counts = range(max(1, len(blocks) // 2), len(blocks) + 1)
        in_a_round = {count: sum(self._seats[place] for _, place in blocks[:count]) for count in counts}
        return blocks[: max(counts, key=lambda count: room // in_a_round[count] * in_a_round[count])]

    @cached_property
    def _ends(self) -> list[int]:
        """How many members the first blocks have together in one round."""
        sizes = [self._seats[place] for _, place in self._blocks]
        return [sum(sizes[: n + 1]) for n in range(len(sizes))]

    @cached_property
    def _rounds(self) -> int:
        return max(1, int(self.people * (1 - OUTSIDE)) // self._ends[-1])

    @property
    def _planted(self) -> int:
        return self._rounds * self._ends[-1]

    def _group(self, member: int) -> int | None:
        """The planted group of a member; None outside the plan."""
        turn, seat = divmod(member, self._ends[-1])
        if turn >= self._rounds:
            return None
        return turn * len(self._ends) + next(n for n, end in enumerate(self._ends) if seat < end)

    def _block(self, group: int) -> tuple[int, int]:
        return self._blocks[group % len(self._blocks)]

    def _tight_places(self) -> list[Json]:
        """Each place is open in its blocks and an hour later; one such session shuts out the other."""
        places = []
        for number, (name, seats) in enumerate(zip(("Attic", "Boat house", "Cellar"), self._seats, strict=True)):
            begins = {session for session, place in self._blocks if place == number}
            later = {n + 1 for n in begins if n % HOURS < HOURS - 1}
            places.append(
                {
                    "id": name.lower().replace(" ", "-"),
                    "name": name,
                    "rooms": self._rounds,
                    "seats": seats,
                    "slots": [_slot(n) for n in sorted(begins | later)],
                }
            )
        return places


def _slot(number: int) -> str:
    return f"s{number:03}"


def _iso(hours: int) -> str:
    return (MONDAY + timedelta(hours=hours)).isoformat().replace("+00:00", "Z")


HABITS: dict[str, tuple[int, tuple[int, int], tuple[int, int, int, int], tuple[int, int]]] = {
    "evenings": (34, (1, 4), (0, 4, 7, 9), (1, 4)),
    "weekend": (16, (1, 2), (5, 6, 0, 7), (2, 6)),
    "school hours": (12, (2, 5), (0, 4, 0, 1), (2, 4)),
    "lunch": (7, (2, 4), (0, 4, 3, 3), (1, 2)),
    "office": (9, (1, 3), (0, 4, 0, 4), (3, 8)),
    "shifts": (10, (2, 4), (0, 6, 0, 10), (1, 4)),
    "nearly always": (5, (5, 7), (0, 6, 0, 3), (6, 12)),
    "once": (5, (1, 1), (0, 6, 5, 10), (1, 2)),
    "never": (2, (0, 0), (0, 6, 0, 0), (1, 1)),
}
"""What share of a hundred people has it, on how many days, between which days and first hours, for how many hours."""


def _free(draw: random.Random) -> set[int]:
    """The sessions that suit somebody."""
    habits = list(HABITS.values())
    _, days, (first, last, early, late), hours = draw.choices(habits, [share for share, *_ in habits])[0]
    several = min(draw.randint(*days), last - first + 1)
    free: set[int] = set()
    for day in draw.sample(range(first, last + 1), several):
        begin = draw.randint(early, late)
        end = min(HOURS, begin + draw.randint(*hours))
        free.update(range(day * HOURS + begin, day * HOURS + end))
    return free


def _goal(theme: Json, level: int, draw: random.Random) -> str:
    """What somebody hopes for, as well or badly as people say it."""
    sentences = TEXTS["sentences"]
    dice = draw.random()
    if dice < 0.04:
        return ""
    if dice < 0.09:
        return str(draw.choice(sentences["vague"]))
    if dice < 0.15:
        return str(draw.choice(theme["short"]))
    if dice < 0.20:
        return str(draw.choice(theme["abroad"]))
    kinds = [*sentences["any"], *sentences[("new", "some", "experienced")[level - 1]]]
    goal = _said(theme, draw.choice(sentences["long"] if dice < 0.23 else kinds), draw)
    if draw.random() < 0.4:
        goal = _otherwise(goal, draw)
    if dice > 0.92:
        goal = _mistyped(goal, draw)
    return goal.lower() if draw.random() < 0.2 else goal


def _said(theme: Json, sentence: str, draw: random.Random) -> str:
    to, to2 = draw.sample(theme["to"], 2)
    about, about2 = draw.sample(theme["about"], 2)
    since = draw.choice(theme["since"])
    said = {"to": to, "to2": to2, "about": about, "about2": about2, "since": since}
    return sentence.format(**said, To=_capital(to), About=_capital(about), Since=_capital(since))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _otherwise(goal: str, draw: random.Random) -> str:
    """The same with other words where there are any."""
    synonyms = TEXTS["synonyms"]
    return " ".join(draw.choice(synonyms[word]) if word in synonyms else word for word in goal.split(" "))


def _mistyped(goal: str, draw: random.Random) -> str:
    """The same with a slip or two of the fingers."""
    letters = list(goal)
    for _ in range(draw.randint(1, 2)):
        n = draw.randrange(max(1, len(letters) - 1))
        slip = draw.randrange(3)
        if slip == 0:
            letters[n : n + 2] = letters[n : n + 2][::-1]
        elif slip == 1:
            letters[n : n + 1] = []
        else:
            letters[n:n] = letters[n : n + 1]
    return "".join(letters)


def main(arguments: list[str] | None = None) -> int:
    """Write a case; return the exit code.

    Args:
        arguments: the command line's; None for those this process was started with.
    """
    parser = argparse.ArgumentParser(prog="python -m infra.bench.cases", description="Write a planted case.")
    parser.add_argument("people", type=int)
    parser.add_argument("instance", type=Path, metavar="INSTANCE.json")
    parser.add_argument("--places", action="store_true")
    parser.add_argument("--pairs", type=float, default=0.0, metavar="SHARE")
    parser.add_argument("--tight", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    case = Case(given.people, given.seed, places=given.places, pairs=given.pairs, tight=given.tight)
    case.write(given.instance)
    if case.placeable is not None:
        print(f"{case.placeable} of {case.people} can be placed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
