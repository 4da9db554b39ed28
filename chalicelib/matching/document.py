"""Documents: an instance read from JSON and judged, a plan written as JSON, whole or not at all."""

import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from chalicelib.domain import times
from chalicelib.domain.errors import Invalid
from chalicelib.domain.instance import Candidate, Frame, Instance
from chalicelib.domain.plan import Plan


class _Parts(msgspec.Struct):
    event: msgspec.Raw
    attendees: msgspec.Raw


def read(text: bytes) -> Instance:
    """The instance that a JSON document describes, with every rule of the format checked.

    Raises:
        Invalid: the document breaks a rule; the sentence says which one and where.
    """
    try:
        parts = msgspec.json.decode(text, type=_Parts)
        event = msgspec.json.decode(parts.event)
    except msgspec.ValidationError as error:
        raise Invalid(_sentence(str(error), "")) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(f"The instance is not valid JSON: {_short(str(error))}.") from None
    _read_times(event)
    try:
        frame = msgspec.convert(event, Frame)
    except msgspec.ValidationError as error:
        raise Invalid(_sentence(str(error), "event")) from None
    try:
        attendees = msgspec.json.decode(parts.attendees, type=tuple[Candidate, ...])
    except msgspec.ValidationError as error:
        raise Invalid(_sentence(str(error), "attendees")) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(f"The instance is not valid JSON: {_short(str(error))}.") from None
    return checked(Instance(frame, attendees))


def checked(instance: Instance) -> Instance:
    """The same instance, once every rule that its types cannot express has been found kept.

    Raises:
        Invalid: a rule is broken.
    """
    _check_frame(instance.event)
    _check_attendees(instance)
    _check_pairs(instance)
    return instance


def write(plan: Plan, path: Path) -> None:
    """Put the plan's JSON at that path in one step, so that nobody ever reads half of it.

    Raises:
        Invalid: the path cannot be written.
    """
    try:
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            beside.write_bytes(msgspec.json.format(msgspec.json.encode(plan), indent=2) + b"\n")
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise Invalid(f"The plan cannot be written to {path}: {error.strerror}.") from None


def require_writable(path: Path) -> None:
    """Find out before the work, and not after it, that a plan could not be written there.

    Raises:
        Invalid: the path cannot be written.
    """
    if path.is_dir():
        raise Invalid(f"The plan cannot be written to {path}: it is a folder.")
    if not path.parent.is_dir():
        raise Invalid(f"The plan cannot be written to {path}: there is no folder {path.parent}.")
    if not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise Invalid(f"The plan cannot be written to {path}: permission denied.")


def _read_times(event: Any) -> None:
    """Replace the written times of an event's slots by instants; ISO 8601 allows more than RFC 3339 does."""
    slots = event.get("slots") if isinstance(event, dict) else None
    for number, slot in enumerate(slots if isinstance(slots, list) else []):
        for key in ("start", "end"):
            if isinstance(slot, dict) and isinstance(slot.get(key), str):
                try:
                    slot[key] = times.instant(slot[key])
                except Invalid as error:
                    raise Invalid(f"event.slots[{number}].{key}: {error}") from None


def _sentence(message: str, root: str) -> str:
    """One sentence from the decoder's message, such as "Expected `int`, got `str` - at `$[3].level`"."""
    what, _, where = message.partition(" - at ")
    place = (root + where.strip("`").removeprefix("$")).lstrip(".") or "the instance"
    what = what.replace("`", "").strip().rstrip(".")
    return f"{place}: {what[:1].lower()}{what[1:]}."


def _short(message: str) -> str:
    return re.sub(r"[^\x20-\x7e]", "?", message)[:120].strip().rstrip(".")


def _quoted(name: str) -> str:
    """An id as it may stand in a sentence: short, and without anything that could garble a terminal."""
    return "“" + "".join(letter if letter.isprintable() else "?" for letter in name[:60]) + "”"


def _check_frame(event: Frame) -> None:
    times.zone(event.timezone)
    size = event.group_size
    if size.min < 1:
        raise Invalid(f"event.group_size.min is {size.min}; a group needs at least one member.")
    if size.min > size.max:
        raise Invalid(f"event.group_size.min ({size.min}) is larger than max ({size.max}).")
    for name, share in (("topics", event.wishes.topics), ("fairness", event.wishes.fairness)):
        if not 0 <= share <= 1:
            raise Invalid(f"event.wishes.{name} is {share:g}; it must be a number from 0 to 1.")
    if not event.slots:
        raise Invalid("event.slots is empty; a plan needs at least one slot.")
    _distinct("slot", (slot.id for slot in event.slots))
    _distinct("place", (place.id for place in event.places))
    for slot in event.slots:
        _check_span(slot.id, slot.start, slot.end)
    _check_places(event)


def _check_places(event: Frame) -> None:
    slots = {slot.id for slot in event.slots}
    for place in event.places:
        for name, value in (("rooms", place.rooms), ("seats", place.seats)):
            if value is not None and value < 0:
                raise Invalid(f"Place {_quoted(place.id)} has {value} {name}; the number cannot be negative.")
        for slot_id in place.slots or ():
            if slot_id not in slots:
                raise Invalid(f"Place {_quoted(place.id)} names slot {_quoted(slot_id)}, which does not exist.")


def _check_span(slot_id: str, start: datetime, end: datetime) -> None:
    for moment in (start, end):
        if moment.tzinfo is None:
            raise Invalid(f"Slot {_quoted(slot_id)} has a time without a zone.")
    if end <= start:
        raise Invalid(f"Slot {_quoted(slot_id)} ends before it starts.")


def _distinct(kind: str, ids: Iterable[str]) -> None:
    counts = Counter(ids)
    if "" in counts:
        raise Invalid(f"There is a {kind} with an empty id.")
    for name, count in counts.items():
        if count > 1:
            raise Invalid(f"The {kind} id {_quoted(name)} stands for {count} {kind}s; ids must be unique.")


def _check_attendees(instance: Instance) -> None:
    if not instance.attendees:
        raise Invalid("The roster is empty; a plan needs at least one attendee.")
    _distinct("attendee", (person.id for person in instance.attendees))
    people = {person.id for person in instance.attendees}
    slots = {slot.id for slot in instance.event.slots}
    places = {place.id for place in instance.event.places}
    for person in instance.attendees:
        if not (
            slots.issuperset(person.free)
            and slots.issuperset(person.if_need_be)
            and places.issuperset(person.places)
            and people.issuperset(person.together)
            and people.issuperset(person.apart)
        ):
            raise Invalid(_unknown(person, slots, places, people))
        if person.id in person.together or person.id in person.apart:
            raise Invalid(f"Attendee {_quoted(person.id)} has a pair rule with themself.")


def _unknown(person: Candidate, slots: set[str], places: set[str], people: set[str]) -> str:
    for kind, field, named, known in (
        ("slot", "free", person.free, slots),
        ("slot", "if_need_be", person.if_need_be, slots),
        ("place", "places", person.places, places),
        ("attendee", "with", person.together, people),
        ("attendee", "apart", person.apart, people),
    ):
        for name in named:
            if name not in known:
                return (
                    f"Attendee {_quoted(person.id)} names {kind} {_quoted(name)} under “{field}”, which does not exist."
                )
    raise AssertionError("every id is known")


def _check_pairs(instance: Instance) -> None:
    """Pair rules must be keepable: mutual, not contradictory, and no circle of friends larger than a group."""
    bound = {person.id: set(person.together) for person in instance.attendees if person.together}
    for one, others in bound.items():
        for other in others:
            if one not in bound.get(other, ()):
                raise Invalid(
                    f"Attendee {_quoted(one)} names {_quoted(other)} under “with” but not the other way round; "
                    "such wishes must be mutual."
                )
    unit = units_of(bound)
    sizes = Counter(unit.values())
    largest = instance.event.group_size.max
    for one, size in sizes.items():
        if size > largest:
            raise Invalid(
                f"Attendee {_quoted(one)} is to stay together with {size - 1} others, "
                f"but a group has at most {largest} members."
            )
    for person in instance.attendees:
        for other in person.apart:
            if unit.get(person.id, person.id) == unit.get(other, other):
                raise Invalid(
                    f"Attendees {_quoted(person.id)} and {_quoted(other)} are to be both together and apart; "
                    "drop one of the two rules."
                )


def units_of(bound: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """For everyone who is bound to somebody, the smallest id among those who must stay together."""
    unit: dict[str, str] = {}
    for first in sorted(bound):
        if first in unit:
            continue
        unit[first] = first
        edge = [first]
        while edge:
            for other in bound.get(edge.pop(), ()):
                if other not in unit:
                    unit[other] = first
                    edge.append(other)
    return unit
