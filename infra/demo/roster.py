"""Rosters: a CSV file of people, and the JSON file beside it if there is one, become requests to Covey.

Nothing is sent from here. Whatever could be refused later is refused here first, by the same rules the
server uses, with the line it stands on; so a roster is taken whole or not at all.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.domain import times, words
from chalicelib.domain.attendee import AnswersForm, checked, normalised
from chalicelib.domain.errors import Invalid
from chalicelib.domain.event import MOST_SLOTS, Event, GroupSize
from chalicelib.domain.proposal import Proposal, event_of
from infra.demo import DemoError
from infra.demo.weeks import moved, weeks_until

BUILT_IN = Path(__file__).with_name("roster.csv")

COLUMNS = ("name", "email", "level", "goal", "free")
"""What a roster must have."""

CHOICES = ("topics", "timezone", "places", "host", "shares")
"""What it may have; every other column is left alone."""

LEAD = timedelta(hours=24)
"""How far ahead the first session must lie; nearer ones are moved by whole weeks."""

SIGN_UP = timedelta(hours=1)
"""How long sign-up would stay open if the demo did not close it."""

SESSION = timedelta(hours=1)
"""How long a session is when the roster names only its start."""

_YES = {"yes", "y", "true", "1", "x"}
_NO = {"no", "n", "false", "0", ""}


class Person(NamedTuple):
    """One sign-up: the address, and the answers as the API takes them."""

    email: str
    answers: dict[str, Any]


class Roster(NamedTuple):
    """All that the demo asks of Covey.

    Args:
        event: the body of `POST api/events`, but for the token and the organizer.
        people: who signs up, in the order of the file.
        no_time: how many of them marked no time at all.
        weeks: by how many weeks the dates were moved.
        assumed: what was taken for granted, as sentences for the person at the terminal.
    """

    event: dict[str, Any]
    people: tuple[Person, ...]
    no_time: int
    weeks: int
    assumed: tuple[str, ...]


class Row(NamedTuple):
    """A line of the CSV file, its cells by column and stripped."""

    line: int
    cells: dict[str, str]


class SlotGiven(msgspec.Struct, frozen=True):
    """A slot of the JSON file."""

    id: str
    start: datetime
    end: datetime
    offered: bool = True


class PlaceGiven(msgspec.Struct, frozen=True, omit_defaults=True):
    """A place of the JSON file."""

    id: str
    name: str
    rooms: int | None = None
    seats: int | None = None
    slots: tuple[str, ...] | None = None
    address: str = ""
    link: str = ""


class EventGiven(msgspec.Struct, frozen=True):
    """The event of the JSON file: the matching's instance form, with words for the page where there are any."""

    title: str
    timezone: str
    group_size: GroupSize
    slots: tuple[SlotGiven, ...]
    places: tuple[PlaceGiven, ...] = ()
    topics: tuple[str, ...] = ()
    description: str = ""


class FileGiven(msgspec.Struct, frozen=True):
    """The JSON file; what else it holds is left alone."""

    event: EventGiven


def read(path: Path, now: datetime) -> Roster:
    """Read a roster and check it to its last line.

    Raises:
        DemoError: it cannot be used; the sentence names the file, the line and what to do.
    """
    rows = list(_rows(path))
    if not rows:
        raise DemoError(f"{path.name} has a header and no people; add a line for each person.")
    beside = path.with_suffix(".json")
    given = _event_beside(beside) if beside.exists() else None
    free_of: Callable[[Row], list[str]]
    if given is None:
        given, free_of = _event_from_times(path, rows)
    else:
        known = {slot.id for slot in given.slots}
        free_of = lambda row: _free_ids(path, row, known, beside)  # noqa: E731 -- two readings of one column
    source = beside if beside.exists() else path
    body, weeks = _request(source, given, now)
    event = _checked_event(source, body, now)
    people = tuple(_people(path, rows, event, free_of))
    timed = sum(bool(person.answers["free"]) for person in people)
    if timed < event.group_size.min:
        raise DemoError(
            f"{path.name}: only {timed} of {len(people)} people marked a time, and a group needs "
            f"{event.group_size.min}; add times or people."
        )
    assumed: tuple[str, ...] = ()
    if "shares" not in rows[0].cells:
        assumed = (f"{path.name} has no column “shares”, so everybody counts as having agreed to be quoted.",)
    return Roster(body, people, len(people) - timed, weeks, assumed)


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise DemoError(f"There is no file {path}; check the name.") from None
    except OSError as problem:
        raise DemoError(f"{path} cannot be read ({problem.strerror}); name a CSV file.") from None
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise DemoError(f"{path.name} is a workbook, not CSV; in the spreadsheet choose “Save as”, then “CSV UTF-8”.")
    # Excel writes UTF-16 for “Unicode text” and a byte order mark for “CSV UTF-8”; both say what they are.
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1 if encoding != "utf-16" else 1
        raise DemoError(f"{path.name}, line {line}: this is not UTF-8 text; save the file as “CSV UTF-8”.") from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DemoError(f"{path.name}, line {line}: this is not text; save the file as “CSV UTF-8”.")
    if not text.strip():
        raise DemoError(f"{path.name} is empty; it needs the columns {_listed(COLUMNS)}.")
    return text


def _rows(path: Path) -> Iterator[Row]:
    text = _text(path)
    skipped, delimiter = 0, ""
    told = re.match(r"sep=([,;|\t])\r?\n", text, re.IGNORECASE)
    if told:
        # Excel's own way of naming the delimiter.
        skipped, delimiter, text = 1, told[1], text[told.end() :]
    header_line = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = delimiter or max(",;\t", key=header_line.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] = []
    line = skipped + 1
    while True:
        try:
            fields = next(lines, None)
        except csv.Error:
            raise DemoError(
                f"{path.name}, line {line}: a quotation mark is not closed or stands inside a text; "
                "write two of them there, and one at each end of the text."
            ) from None
        if fields is None:
            break
        cells = [field.strip() for field in fields]
        if any(cells):
            if not header:
                header = _header(path, line, cells)
            else:
                yield Row(line, _cells(path, line, header, cells))
        line = skipped + lines.line_num + 1
    if not header:
        raise DemoError(f"{path.name} is empty; it needs the columns {_listed(COLUMNS)}.")


def _header(path: Path, line: int, cells: list[str]) -> list[str]:
    header = [cell.casefold() for cell in cells]
    for column in COLUMNS:
        if column not in header:
            raise DemoError(
                f"{path.name}, line {line}: there is no column “{column}”; a roster needs {_listed(COLUMNS)}."
            )
    twice = next((column for column in (*COLUMNS, *CHOICES) if header.count(column) > 1), None)
    if twice:
        raise DemoError(f"{path.name}, line {line}: there are two columns “{twice}”; remove one.")
    return header


def _cells(path: Path, line: int, header: list[str], cells: list[str]) -> dict[str, str]:
    while len(cells) > len(header) and not cells[-1]:
        cells.pop()
    if len(cells) != len(header):
        raise DemoError(
            f"{path.name}, line {line}: there are {len(cells)} fields where the header has {len(header)}; "
            "put texts that contain the separator between quotation marks."
        )
    return {column: cell for column, cell in zip(header, cells, strict=True) if column in (*COLUMNS, *CHOICES)}


def _event_beside(path: Path) -> EventGiven:
    try:
        event = msgspec.json.decode(path.read_bytes().removeprefix(b"\xef\xbb\xbf"), type=FileGiven).event
    except OSError as problem:
        raise DemoError(f"{path} cannot be read ({problem.strerror}).") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise DemoError(f"{path.name} does not describe an event: {_plain(problem)}.") from None
    for slot in event.slots:
        if slot.start.tzinfo is None or slot.end.tzinfo is None:
            raise DemoError(
                f"{path.name}: slot “{slot.id}” has a time without its zone; write it like 2027-01-11T14:00:00Z."
            )
    if not event.slots:
        raise DemoError(f"{path.name} has no slots; list the times to choose from.")
    return event


def _event_from_times(path: Path, rows: list[Row]) -> tuple[EventGiven, Callable[[Row], list[str]]]:
    """The event that a CSV file alone describes: a slot for each distinct time in its column `free`."""
    spans: dict[tuple[datetime, datetime], str] = {}
    free: dict[int, list[str]] = {}
    for row in rows:
        ids = []
        for word in _several(row.cells["free"]):
            start, end = _span(path, row, word)
            name = f"{start:%Y%m%dT%H%M%SZ}" + ("" if end == start + SESSION else f"-{end:%Y%m%dT%H%M%SZ}")
            ids.append(spans.setdefault((start, end), name))
        free[row.line] = list(dict.fromkeys(ids))
    if not spans:
        raise DemoError(f"{path.name}: nobody marked a time in the column “free”, so there is nothing to match.")
    if len(spans) > MOST_SLOTS:
        raise DemoError(f"{path.name} names {len(spans)} different times; an event can have {MOST_SLOTS}.")
    zones = Counter(row.cells["timezone"] for row in rows if row.cells.get("timezone"))
    event = EventGiven(
        title=words.line(path.stem.replace("_", " ").replace("-", " "))[:120].capitalize() or "People",
        timezone=zones.most_common(1)[0][0] if zones else "UTC",
        group_size=GroupSize(6, 8) if len(rows) >= 12 else GroupSize(2, 4),
        slots=tuple(SlotGiven(name, start, end) for (start, end), name in sorted(spans.items())),
    )
    return event, lambda row: free[row.line]


def _span(path: Path, row: Row, word: str) -> tuple[datetime, datetime]:
    first, slash, last = word.partition("/")
    try:
        start = times.instant(first)
        end = times.instant(last) if slash else start + SESSION
    except (Invalid, OverflowError):
        raise DemoError(
            f"{path.name}, line {row.line}: “{words.line(word)[:40]}” is not a time with its zone; write free times "
            "like 2027-01-11T14:00:00Z, or put the event with its slots into "
            f"{path.with_suffix('.json').name} beside it."
        ) from None
    if not timedelta(0) < end - start <= timedelta(days=1):
        raise DemoError(
            f"{path.name}, line {row.line}: “{words.line(word)[:60]}” does not end within a day after its start."
        )
    return start, end


def _free_ids(path: Path, row: Row, known: set[str], beside: Path) -> list[str]:
    found = list(dict.fromkeys(_several(row.cells["free"])))
    for slot in found:
        if slot not in known:
            raise DemoError(
                f"{path.name}, line {row.line}: “{words.line(slot)[:40]}” is not a slot of {beside.name}; "
                "use the ids written there."
            )
    return found


def _request(source: Path, given: EventGiven, now: datetime) -> tuple[dict[str, Any], int]:
    """The body of the request that creates the event, its dates moved into the future."""
    zone = _zone(given.timezone, f"{source.name}: ")
    try:
        weeks = weeks_until((slot.start for slot in given.slots), zone, now + LEAD)
        slots = [_moved(slot, weeks, zone) for slot in given.slots]
    except OverflowError:
        raise DemoError(f"{source.name}: a time is so far away that no calendar holds it; check the years.") from None
    body = {
        "title": given.title,
        "description": given.description,
        "timezone": given.timezone,
        "group_size": {"min": given.group_size.min, "max": given.group_size.max},
        "closes_at": times.iso(now + SIGN_UP),
        "slots": slots,
        "places": msgspec.to_builtins(given.places),
        "topics": list(given.topics),
    }
    return body, weeks


def _moved(slot: SlotGiven, weeks: int, zone: ZoneInfo) -> dict[str, Any]:
    # The length is kept to the minute, whatever clocks do during the session.
    start = moved(slot.start, weeks, zone)
    length = slot.end.astimezone(UTC) - slot.start.astimezone(UTC)
    return {"id": slot.id, "start": times.iso(start), "end": times.iso(start + length), "offered": slot.offered}


def _checked_event(source: Path, body: dict[str, Any], now: datetime) -> Event:
    """The event that the server would make of the request."""
    whole = {**body, "token": "0" * 16, "organizer_name": "Organizer", "organizer_email": "organizer@example.org"}
    try:
        return event_of(msgspec.convert(whole, Proposal), "event", "", now)
    except (Invalid, msgspec.ValidationError) as problem:
        raise DemoError(f"{source.name}: {_plain(problem)}.") from None


def _people(path: Path, rows: list[Row], event: Event, free_of: Callable[[Row], list[str]]) -> Iterator[Person]:
    lines: dict[str, int] = {}
    for row in rows:
        where = f"{path.name}, line {row.line}: "
        email = row.cells["email"]
        try:
            words.address(email)
        except Invalid as problem:
            raise DemoError(f"{where}{_plain(problem)}.") from None
        first = lines.setdefault(normalised(email), row.line)
        if first != row.line:
            raise DemoError(f"{where}{email} is on line {first} already; every person needs an address of their own.")
        yield Person(email, _answers(where, row, event, free_of(row)))


def _answers(where: str, row: Row, event: Event, free: list[str]) -> dict[str, Any]:
    cells = row.cells
    if cells["level"] not in {"1", "2", "3"}:
        raise DemoError(
            f"{where}“{words.line(cells['level'])[:40]}” is not a level; "
            "write 1 (new to it), 2 (some experience) or 3 (experienced)."
        )
    answers: dict[str, Any] = {
        "name": cells["name"],
        "level": int(cells["level"]),
        "goal": cells["goal"],
        "topics": _several(cells.get("topics", ""), r"[;,|]"),
        "free": free,
        "if_need_be": [],
        "places": _several(cells.get("places", "")),
        "host": _ticked(where, "host", cells.get("host", "")),
        "timezone": cells.get("timezone") or event.timezone,
        "shares": _ticked(where, "shares", cells.get("shares", "yes")),
    }
    _zone(answers["timezone"], where)
    try:
        checked(msgspec.convert(answers, AnswersForm), event, "")
    except Invalid as problem:
        raise DemoError(f"{where}{_of_a_file(problem)}.") from None
    except msgspec.ValidationError as problem:
        raise DemoError(f"{where}{_too_long(problem)}.") from None
    return answers


def _several(cell: str, separator: str = r"[\s,;|]+") -> list[str]:
    return [word.strip() for word in re.split(separator, cell) if word.strip()]


def _ticked(where: str, column: str, cell: str) -> bool:
    if cell.casefold() not in _YES | _NO:
        raise DemoError(f"{where}“{words.line(cell)[:40]}” in the column “{column}” is neither yes nor no.")
    return cell.casefold() in _YES


def _zone(name: str, where: str) -> ZoneInfo:
    try:
        return times.zone(name)
    except Invalid as problem:
        raise DemoError(f"{where}{_plain(problem)}.") from None


def _of_a_file(problem: Invalid) -> str:
    """The server's sentence without its advice for people in front of a page."""
    return str(problem).split("; reload")[0].rstrip(".")


def _too_long(problem: msgspec.ValidationError) -> str:
    """What of a person's answers has the wrong length, the only thing the types leave to be wrong here."""
    found = re.search(r"`(str|array)` of length (<=|>=) (\d+) - at `\$\.(\w+)", str(problem))
    if found is None:
        return _plain(problem)
    kind, bound, limit, column = found.groups()
    if bound == ">=":
        return f"the column “{column}” is empty; fill it in"
    unit = "characters" if kind == "str" else "entries"
    return f"the column “{column}” holds more than {limit} {unit}; shorten it"


def _plain(problem: Exception) -> str:
    return str(problem).rstrip(".")


def _listed(columns: tuple[str, ...]) -> str:
    return f"{', '.join(columns[:-1])} and {columns[-1]}"
