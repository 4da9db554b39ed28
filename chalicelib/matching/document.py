"""Documents: an instance read from JSON and judged, a plan written as JSON, whole or not at all."""

import codecs
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from chalicelib.domain import times
from chalicelib.domain.errors import Invalid
from chalicelib.domain.forecast import Forecast
from chalicelib.domain.instance import Candidate, Frame, Instance
from chalicelib.domain.plan import Plan
from chalicelib.domain.rematch import Locks, Rematch

LARGEST = 10**9
"""Nobody means a larger number of people or rooms."""

_AT_ONCE = 1 << 20
"""Bytes that are checked to be text at a time."""

_KEYS = tuple(f'"{field.encode_name}"'.encode() for field in msgspec.structs.fields(Candidate))

_PLAIN = {
    "str": "a string",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "datetime": "a time such as 2027-01-11T14:00:00Z",
}
"""What the decoder's words for kinds of values mean."""

_ALLOWED = {"level": "1, 2 or 3", "levels": "“similar” or “mixed”, or null"}


class _Parts(msgspec.Struct):
    event: msgspec.Raw
    attendees: msgspec.Raw


def read(text: bytes) -> Instance:
    """The instance that a JSON document describes, with every rule of the format checked.

    What people have in common is kept once: a million of them take a few hundred megabytes.

    Raises:
        Invalid: the document breaks a rule; the sentence says which one and where.
    """
    _require_text(text)
    parts = _decoded(text, _Parts, "")
    _require_single_keys(_frame_around(text, parts.event, parts.attendees), "the instance")
    _require_single_keys(bytes(parts.event), "event")
    event = _decoded(parts.event, Any, "event")
    _read_times(event)
    try:
        frame = msgspec.convert(event, Frame)
    except msgspec.ValidationError as error:
        raise Invalid(_sentence(str(error), "event")) from None
    instance = checked(Instance(frame, _attendees(_decoded(parts.attendees, list[msgspec.Raw], "attendees"))))
    _check_circles(instance)
    return instance


def checked(instance: Instance) -> Instance:
    """The same instance, once every rule that its types cannot express has been found kept.

    Friends who are more than a group holds are no mistake here: they may have named each other one by one, and
    the plan tells each of them why they have no seat.

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
    _put(_lines(plan), path)


def read_plan(text: bytes) -> Plan:
    """An earlier plan of the event.

    Raises:
        Invalid: the document is not a plan.
    """
    return _decoded(text, Plan, "The earlier plan")


def read_locks(text: bytes) -> Locks:
    """An organizer's locks on an earlier plan.

    Raises:
        Invalid: the document does not hold locks.
    """
    return _decoded(text, Locks, "The locks")


def write_changes(found: Rematch, path: Path) -> None:
    """Put what a new plan changes at that path in one step.

    Raises:
        Invalid: the path cannot be written.
    """
    told = {name: getattr(found, name) for name in ("changed", "least", "released", "moves")}
    _put([_indented(told, b""), b"\n"], path)


def write_forecast(found: Forecast, path: Path) -> None:
    """Put a forecast at that path in one step.

    Raises:
        Invalid: the path cannot be written.
    """
    _put([_indented(found, b""), b"\n"], path)


def _put(lines: Iterable[bytes], path: Path) -> None:
    with _beside(path) as (beside, target):
        with beside.open("wb") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)


def require_writable(path: Path) -> None:
    """Find out before the work, and not after it, that a plan could not be written there.

    Raises:
        Invalid: the path cannot be written.
    """
    with _beside(path) as (beside, target):
        fault = ""
        if target.is_dir():
            fault = "it is a folder"
        elif target.exists() and not target.is_file():
            fault = "it is not an ordinary file"
        elif not target.parent.is_dir():
            fault = f"there is no folder {target.parent}"
        elif target.exists() and not os.access(target, os.W_OK):
            fault = "permission denied"
        if fault:
            raise Invalid(f"The plan cannot be written to {path}: {fault}.")
        beside.touch()


@contextmanager
def _beside(path: Path) -> Iterator[tuple[Path, Path]]:
    """A file for the time being in the folder of the one that the path leads to, and that one."""
    try:
        target = path.resolve()
        beside = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            yield beside, target
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise Invalid(f"The plan cannot be written to {path}: {error.strerror}.") from None


def _lines(plan: Plan) -> Iterator[bytes]:
    """The plan as indented JSON, a group or person at a time, so that no second copy of it is made."""
    opening = b"{"
    for name in plan.__struct_fields__:
        yield opening + b'\n  "' + name.encode() + b'": '
        value = getattr(plan, name)
        if isinstance(value, tuple) and value:
            for n, one in enumerate(value):
                yield (b",\n    " if n else b"[\n    ") + _indented(one, b"\n    ")
            yield b"\n  ]"
        else:
            yield _indented(value, b"\n  ")
        opening = b","
    yield b"\n}\n"


def _indented(value: Any, margin: bytes) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).replace(b"\n", margin)


def _require_text(text: bytes) -> None:
    if text.startswith(codecs.BOM_UTF8):
        raise Invalid("The instance begins with a byte order mark; save it as UTF-8 without one.")
    if not text or text.isspace():
        raise Invalid("The instance is empty; it must be a JSON document.")
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(text), _AT_ONCE):
        try:
            decoder.decode(text[start : start + _AT_ONCE], final=start + _AT_ONCE >= len(text))
        except UnicodeDecodeError as error:
            line = text.count(b"\n", 0, start + error.start) + 1
            raise Invalid(f"The instance is not UTF-8 text (line {line}); save it as UTF-8.") from None


def _decoded[Kind](text: bytes | msgspec.Raw, kind: type[Kind], root: str) -> Kind:
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.ValidationError as error:
        raise Invalid(_sentence(str(error), root)) from None
    except msgspec.DecodeError as error:
        raise Invalid(f"{root or 'The instance'} is not valid JSON: {_fault(str(error), text)}.") from None
    except RecursionError:
        raise Invalid(f"{root or 'The instance'} is nested too deeply to be an instance.") from None


def _frame_around(text: bytes, *parts: msgspec.Raw) -> bytes:
    """A document with a zero in place of each of these parts, which are views into it."""
    start = _address(text)
    rest, last = [], 0
    for first, part in sorted((_address(part) - start, memoryview(part)) for part in parts):
        rest.append(text[last:first])
        last = first + part.nbytes
    return b"0".join([*rest, text[last:]])


def _address(text: bytes | msgspec.Raw) -> int:
    return np.frombuffer(text, dtype=np.uint8).ctypes.data


def _require_single_keys(text: bytes, root: str) -> None:
    """JSON leaves open which of two values of one key counts, and nobody means to write both."""

    def judged(pairs: list[tuple[str, Any]]) -> None:
        for key, count in Counter(key for key, _ in pairs).items():
            if count > 1:
                raise Invalid(f"{root}: the key {_quoted(key)} is given {count} times; leave one.")

    with suppress(ValueError, RecursionError):
        # What is no JSON at all is told elsewhere.
        json.loads(text, object_pairs_hook=judged, parse_int=len, parse_float=len)


def _attendees(written: list[msgspec.Raw]) -> tuple[Candidate, ...]:
    """Everybody, with one copy of each answer that several gave; takes each piece off the list once it is read."""
    decoder = msgspec.json.Decoder(Candidate)
    shared = _Shared()
    people: list[Candidate] = []
    for n, text in enumerate(written):
        try:
            person = decoder.decode(text)
        except (msgspec.DecodeError, RecursionError):
            _decoded(text, Candidate, f"attendees[{n}]")
            raise
        written_out = bytes(text)
        if b"\\u00" in written_out or any(written_out.count(key) > 1 for key in _KEYS):
            # Only a suspicion: a key may be spelled with escapes, and a topic may be called like one.
            _require_single_keys(written_out, f"attendees[{n}]")
        for name in ("topics", "free", "if_need_be", "places"):
            if given := getattr(person, name):
                # Nobody has seen this attendee yet, so it is still in the making.
                msgspec.structs.force_setattr(person, name, shared[given])
        people.append(person)
    return tuple(people)


class _Shared(dict[tuple[str, ...], tuple[str, ...]]):
    """For each tuple the first one like it, made of the first strings like its own."""

    def __init__(self) -> None:
        super().__init__()
        self._names: dict[str, str] = {}

    def __missing__(self, given: tuple[str, ...]) -> tuple[str, ...]:
        found = tuple([self._names.setdefault(name, name) for name in given])
        self[found] = found
        return found


def _read_times(event: Any) -> None:
    """Replace the written times of an event's slots by instants; ISO 8601 allows more than RFC 3339 does."""
    slots = event.get("slots") if isinstance(event, dict) else None
    for number, slot in enumerate(slots if isinstance(slots, list) else []):
        for key in ("start", "end"):
            if isinstance(slot, dict) and isinstance(slot.get(key), str):
                try:
                    slot[key] = times.instant(slot[key])
                except Invalid as error:
                    raise Invalid(f"event.slots[{number}].{key}: {_small(_printable(str(error)))}") from None


def _sentence(message: str, root: str) -> str:
    """One sentence from the decoder's message, such as "Expected `int`, got `str` - at `$[3].level`"."""
    what, _, where = message.partition(" - at ")
    place = (root + where.strip("`").removeprefix("$").replace("[...]", "")).lstrip(".") or "the instance"
    what = re.sub(r"`(\w+)( \| null)?`", lambda found: _PLAIN.get(found[1], found[1]) + (found[2] or ""), what)
    for written, plain in ((" | null", " or null"), (" <= ", " of at most "), (" >= ", " of at least "), ("`", "")):
        what = what.replace(written, plain)
    what = what.replace("got a number", "got a number with a point").strip().rstrip(".")
    if missing := re.fullmatch(r"Object missing required field (\w+)", what):
        what = f"the field “{missing[1]}” is missing"
    elif unknown := re.match(r"Object contains unknown field (.*)", what):
        what = f"there is no field {_quoted(unknown[1])}; correct its name or drop it"
    elif allowed := what.startswith("Invalid enum value") and _ALLOWED.get(place.rpartition(".")[2]):
        what = f"it must be {allowed}"
    return f"{place}: {_small(what)}."


def _small(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _fault(message: str, text: bytes | msgspec.Raw) -> str:
    """What is wrong with a text that is no JSON, and where, from the decoder's message."""
    found = re.fullmatch(r"JSON is malformed: (.+) \(byte (\d+)\)", message)
    if not found:
        return "it, or a character in it, breaks off half-way"
    spot, view = int(found[2]), memoryview(text)
    line = bytes(view[:spot]).count(b"\n") + 1
    return f"{found[1]} in line {line} at {_quoted(str(view[spot : spot + 12], 'utf-8', 'replace'))}"


def _quoted(name: str) -> str:
    """An id as it may stand in a sentence: short, and without anything that could garble a terminal."""
    return f"“{_printable(name[:60])}”"


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _check_frame(event: Frame) -> None:
    try:
        times.zone(event.timezone)
    except Invalid as error:
        raise Invalid(f"event.timezone: {_printable(str(error))}") from None
    size = event.group_size
    _sensible("event.group_size.max", size.max)
    if size.min < 1:
        raise Invalid(f"event.group_size.min is {size.min}; a group needs at least one member.")
    if size.min > size.max:
        raise Invalid(f"event.group_size.min ({size.min}) is larger than max ({size.max}).")
    for name, share in (("topics", event.wishes.topics), ("fairness", event.wishes.fairness)):
        if not 0 <= share <= 1:
            raise Invalid(f"event.wishes.{name} is {share:g}; it must be a number from 0 to 1.")
    if not event.slots:
        raise Invalid("event.slots is empty; a plan needs at least one slot.")
    _distinct("slot", "event.slots", [slot.id for slot in event.slots])
    _distinct("place", "event.places", [place.id for place in event.places])
    for slot in event.slots:
        _check_span(slot.id, slot.start, slot.end, event.timezone)
    _check_places(event)


def _check_places(event: Frame) -> None:
    slots = {slot.id for slot in event.slots}
    for place in event.places:
        for name, value in (("rooms", place.rooms), ("seats", place.seats)):
            if value is not None and value < 0:
                raise Invalid(f"Place {_quoted(place.id)} has {value} {name}; the number cannot be negative.")
            _sensible(f"Place {_quoted(place.id)}: {name}", value or 0)
        for slot_id in place.slots or ():
            if slot_id not in slots:
                raise Invalid(
                    f"Place {_quoted(place.id)} names slot {_quoted(slot_id)}, which does not exist; correct the id."
                )


def _sensible(what: str, number: int) -> None:
    if number > LARGEST:
        raise Invalid(f"{what} is more than {LARGEST}; write a smaller number.")


def _check_span(slot_id: str, start: datetime, end: datetime, timezone: str) -> None:
    for moment in (start, end):
        if moment.tzinfo is None:
            raise Invalid(f"Slot {_quoted(slot_id)} has a time without a zone; write it like 2027-01-11T14:00:00Z.")
        try:
            moment.astimezone(times.zone(timezone))
        except OverflowError:
            raise Invalid(f"Slot {_quoted(slot_id)} has a time that no calendar holds; check the year.") from None
    if end <= start:
        raise Invalid(f"Slot {_quoted(slot_id)} must end after it starts; check its times.")


def _distinct(kind: str, where: str, ids: list[str]) -> None:
    known = set(ids)
    if "" in known:
        raise Invalid(f"{where}[{ids.index('')}].id is empty; every {kind} needs an id of its own.")
    if len(known) < len(ids):
        name, count = Counter(ids).most_common(1)[0]
        raise Invalid(f"The {kind} id {_quoted(name)} stands for {count} {kind}s; ids must be unique.")


def _check_attendees(instance: Instance) -> None:
    if not instance.attendees:
        raise Invalid("The roster is empty; a plan needs at least one attendee.")
    _distinct("attendee", "attendees", [person.id for person in instance.attendees])
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
            and people.issuperset(person.near)
        ):
            raise Invalid(_unknown(person, slots, places, people))
        if person.id in person.together or person.id in person.apart or person.id in person.near:
            raise Invalid(f"Attendee {_quoted(person.id)} has a pair rule with themself; drop it.")


def _unknown(person: Candidate, slots: set[str], places: set[str], people: set[str]) -> str:
    for kind, field, named, known in (
        ("slot", "free", person.free, slots),
        ("slot", "if_need_be", person.if_need_be, slots),
        ("place", "places", person.places, places),
        ("attendee", "with", person.together, people),
        ("attendee", "apart", person.apart, people),
        ("attendee", "near", person.near, people),
    ):
        for name in named:
            if name not in known:
                what = f"{kind} {_quoted(name)} under “{field}”, which does not exist"
                return f"Attendee {_quoted(person.id)} names {what}; correct the id."
    raise AssertionError("every id is known")


def _check_pairs(instance: Instance) -> None:
    """Pair rules must be mutual and must not contradict one another."""
    bound = _bound(instance)
    _check_mutual(bound, "with")
    near = {person.id: set(person.near) for person in instance.attendees if person.near}
    _check_mutual(near, "near")
    unit = units_of(bound)
    for person in instance.attendees:
        for other in person.apart:
            if unit.get(person.id, person.id) == unit.get(other, other):
                raise Invalid(
                    f"Attendees {_quoted(person.id)} and {_quoted(other)} are to be both together and apart; "
                    "drop one of the two rules."
                )
            if other in near.get(person.id, ()):
                raise Invalid(
                    f"Attendees {_quoted(person.id)} and {_quoted(other)} are to be both near and apart; "
                    "drop one of the two."
                )


def _check_mutual(wishes: Mapping[str, set[str]], field: str) -> None:
    for one, others in wishes.items():
        for other in sorted(others):
            if one not in wishes.get(other, ()):
                raise Invalid(
                    f"Attendee {_quoted(one)} names {_quoted(other)} under “{field}” but not the other way round; "
                    "such wishes must be mutual."
                )


def _check_circles(instance: Instance) -> None:
    """Whoever writes a document sees its circles of friends, so one larger than a group is a slip of the pen."""
    largest = instance.event.group_size.max
    for one, size in Counter(units_of(_bound(instance)).values()).items():
        if size > largest:
            raise Invalid(
                f"Attendee {_quoted(one)} is to stay together with {size - 1} others, "
                f"but a group has at most {largest} members."
            )


def _bound(instance: Instance) -> dict[str, set[str]]:
    return {person.id: set(person.together) for person in instance.attendees if person.together}


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
