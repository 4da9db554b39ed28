"""Wording: the sentences of a plan, from one file a language, with numbers and times written out."""

import functools
import tomllib
from importlib import resources
from typing import Any

from chalicelib.domain.event import Slot
from chalicelib.domain.times import zone


@functools.cache
def _words() -> dict[str, Any]:
    return tomllib.loads((resources.files(__package__) / "words" / "en.toml").read_text("utf-8"))


def say(part: str, name: str, **values: object) -> str:
    """The sentence of that name, filled in, beginning with a capital."""
    return capital(str(_words()[part][name]).format(**values))


def capital(text: str) -> str:
    """The text with its first letter raised."""
    return text[:1].upper() + text[1:]


def number(count: int) -> str:
    """A count in words up to twelve."""
    numbers = _words()["count"]["numbers"]
    return str(numbers[count] if count < len(numbers) else count)


def others(count: int) -> str:
    """So many others: "one other", "four others"."""
    counted = _words()["count"]["other" if count == 1 else "others"]
    return str(counted).format(number=number(count))


def level(value: int, count: int) -> str:
    """How many others are of that level, as in "three others here are new to this, as you are"."""
    words = _words()["level"]
    be, have = (words[verb][count > 1] for verb in ("be", "have"))
    return capital(str(words[str(value)]).format(others=others(count), be=be, have=have))


def newcomers(count: int) -> str:
    """How many others are new to this, too."""
    be = _words()["level"]["be"][count > 1]
    return say("bring", "newcomers", others=others(count), be=be)


def sentences(parts: list[str]) -> str:
    """Sentences in a row, each with its full stop."""
    return " ".join(f"{part}." for part in parts if part)


def time(slot: Slot, timezone: str) -> str:
    """When a slot starts, as clocks in that zone show it: "Mon 11 Jan, 10:00"."""
    start = slot.start.astimezone(zone(timezone))
    words = _words()["time"]
    return str(words["slot"]).format(
        day=words["days"][start.weekday()],
        date=start.day,
        month=words["months"][start.month - 1],
        hour=start.hour,
        minute=start.minute,
    )


def at(when: str, place: str) -> str:
    """A time with its place."""
    return str(_words()["time"]["at"]).format(time=when, place=place)


def listed(texts: list[str]) -> str:
    """Several things in a row: "a; b and c", so that commas inside stay readable."""
    if len(texts) < 2:
        return "".join(texts)
    return str(_words()["time"]["and"]).format(first="; ".join(texts[:-1]), last=texts[-1])
