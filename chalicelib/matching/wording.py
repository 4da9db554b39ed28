"""Wording: the sentences of a plan, with numbers and times written out."""

import functools

from chalicelib.domain.event import Slot
from chalicelib.domain.times import zone
from chalicelib.messages import catalog

LANGUAGE = catalog.ENGLISH
"""A plan's titles are made from what people wrote by lists of English words, so its sentences are English, too."""

_said = functools.partial(catalog.text, LANGUAGE, "plan")


def say(part: str, name: str, **values: object) -> str:
    """The sentence of that name, filled in, beginning with a capital."""
    return capital(_said(f"{part}.{name}", **values))


def capital(text: str) -> str:
    """The text with its first letter raised."""
    return text[:1].upper() + text[1:]


def number(count: int) -> str:
    """A count in words up to twelve."""
    return _said(f"numbers.{count}") if count <= 12 else str(count)


def others(count: int) -> str:
    """So many others: "one other", "four others"."""
    return _said("others", count=count, number=number(count))


def people(count: int) -> str:
    """So many people: "one person", "four people"."""
    return _said("people", count=count, number=number(count))


def level(value: int, count: int) -> str:
    """How many others are of that level, as in "three others here are new to this, as you are"."""
    return capital(_said(f"level.{value}", count=count, others=others(count)))


def newcomers(count: int) -> str:
    """How many others are new to this, too."""
    return say("bring", "newcomers", count=count, others=others(count))


def sentences(parts: list[str]) -> str:
    """Sentences in a row, each with its full stop."""
    return " ".join(f"{part}." for part in parts if part)


def time(slot: Slot, timezone: str) -> str:
    """When a slot starts, as clocks in that zone show it: "Mon 11 Jan, 10:00"."""
    start = slot.start.astimezone(zone(timezone))
    day, month = (
        catalog.text(LANGUAGE, "calendar", key)
        for key in (f"days.short.{start.isoweekday()}", f"months.short.{start.month}")
    )
    return _said("slot", day=day, date=start.day, month=month, time=f"{start:%H:%M}")


def at(when: str, place: str) -> str:
    """A time with its place."""
    return _said("at", time=when, place=place)


def listed(texts: list[str]) -> str:
    """Several things in a row: "a; b and c", so that commas inside stay readable."""
    if len(texts) < 2:
        return "".join(texts)
    return _said("and", first="; ".join(texts[:-1]), last=texts[-1])
