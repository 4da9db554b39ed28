"""Rosters: what a file may look like, and the one sentence for each way in which it cannot be used."""

import codecs
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.domain.attendee import GOAL_LONGEST
from infra.demo import DemoError, roster

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HEADER = "name,email,level,goal,free\n"
SLOTS = [
    {"id": "mon", "start": "2026-10-19T14:00:00Z", "end": "2026-10-19T15:30:00Z"},
    {"id": "tue", "start": "2026-10-20T14:00:00Z", "end": "2026-10-20T15:30:00Z"},
    {"id": "late", "start": "2026-10-20T18:00:00Z", "end": "2026-10-20T19:30:00Z", "offered": False},
]
EVENT: dict[str, Any] = {
    "title": "Round tables",
    "timezone": "Europe/Berlin",
    "group_size": {"min": 2, "max": 4},
    "slots": SLOTS,
    "places": [{"id": "online", "name": "Online", "rooms": None}],
}
GOOD = "Ana,ana@example.org,1,to learn,mon tue\nBo,bo@example.org,2,,mon\n"


def put(folder: Path, people: str | bytes, event: object = EVENT) -> Path:
    """Write a roster and, unless None, its JSON file; return the roster's path."""
    path = folder / "people.csv"
    path.write_bytes(people.encode() if isinstance(people, str) else people)
    if event is not None:
        path.with_suffix(".json").write_text(event if isinstance(event, str) else json.dumps({"event": event}))
    return path


def sentence(path: Path) -> str:
    """What the demo says about a roster that it refuses."""
    with pytest.raises(DemoError) as refused:
        roster.read(path, NOW)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_a_roster_becomes_sign_ups(tmp_path: Path) -> None:
    """Columns that are not ours are left alone, and nobody is left out."""
    people = (
        "name,email,level,goal,free,topic_label,topics,timezone,places,host,shares\n"
        'Ana,ana@example.org,1,"to ""really"" learn, soon",mon tue mon,x,Events; ROI,Asia/Katmandu,online,yes,yes\n'
        "\n"
        "Bo,bo@example.org,3,,late,,,,,no,\n"
        "Cy,cy@example.org,2,,mon,,,,,,no\n"
    )
    read = roster.read(put(tmp_path, people), NOW)
    assert [person.email for person in read.people] == ["ana@example.org", "bo@example.org", "cy@example.org"]
    assert read.people[0].answers == {
        "name": "Ana",
        "level": 1,
        "goal": 'to "really" learn, soon',
        "topics": ["Events", "ROI"],
        "free": ["mon", "tue"],
        "if_need_be": [],
        "places": ["online"],
        "host": True,
        "timezone": "Asia/Katmandu",
        "shares": True,
    }
    assert read.people[1].answers["timezone"] == "Europe/Berlin"
    assert not read.people[1].answers["shares"]
    assert read.assumed == ()


def test_dates_move_by_whole_weeks_and_keep_the_clock(tmp_path: Path) -> None:
    """Berlin went from summer to winter time in between; Monday 16:00 stays Monday 16:00."""
    read = roster.read(put(tmp_path, HEADER + GOOD), NOW)
    assert read.weeks == 5
    first = datetime.fromisoformat(read.event["slots"][0]["start"])
    assert first == datetime(2026, 11, 23, 16, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    assert read.event["slots"][2]["offered"] is False
    ends = [datetime.fromisoformat(slot["end"]) for slot in read.event["slots"]]
    starts = [datetime.fromisoformat(slot["start"]) for slot in read.event["slots"]]
    assert {end - start for start, end in zip(starts, ends, strict=True)} == {timedelta(minutes=90)}


def test_dates_that_lie_ahead_stay(tmp_path: Path) -> None:
    """Nothing moves that need not."""
    read = roster.read(put(tmp_path, HEADER + GOOD), datetime(2026, 10, 1, tzinfo=UTC))
    assert read.weeks == 0
    assert read.event["slots"][0]["start"] == "2026-10-19T14:00:00Z"


def test_without_a_json_file_the_times_make_the_slots(tmp_path: Path) -> None:
    """One hour each unless an end is given; whoever marked none is counted."""
    people = HEADER + (
        "Ana,ana@example.org,1,,2027-01-11T14:00:00Z 2027-01-12T15:00+01:00\n"
        "Bo,bo@example.org,2,,2027-01-11T15:00:00+01:00\n"
        "Cy,cy@example.org,3,,2027-01-11T14:00Z/2027-01-11T16:00Z\n"
        "Di,di@example.org,3,,\n"
    )
    read = roster.read(put(tmp_path, people, None), NOW)
    assert [(slot["start"], slot["end"]) for slot in read.event["slots"]] == [
        ("2027-01-11T14:00:00Z", "2027-01-11T15:00:00Z"),
        ("2027-01-11T14:00:00Z", "2027-01-11T16:00:00Z"),
        ("2027-01-12T14:00:00Z", "2027-01-12T15:00:00Z"),
    ]
    assert read.people[0].answers["free"][0] == read.people[1].answers["free"][0]
    assert read.event["timezone"] == "UTC"
    assert read.event["title"] == "People"
    assert read.no_time == 1


def test_without_the_column_shares_everybody_shares_and_it_is_said(tmp_path: Path) -> None:
    """Titles need words that may be quoted; the terminal says what was assumed."""
    read = roster.read(put(tmp_path, HEADER + GOOD), NOW)
    assert all(person.answers["shares"] for person in read.people)
    assert read.assumed == ("people.csv has no column “shares”, so everybody counts as having agreed to be quoted.",)


@pytest.mark.parametrize(
    "data",
    [
        codecs.BOM_UTF8 + (HEADER + GOOD).encode(),
        (HEADER + GOOD).encode("utf-16"),
        (HEADER + GOOD).replace(",", ";").encode(),
        ("sep=;\n" + HEADER + GOOD).replace(",", ";").replace("\n", "\r\n").encode(),
        (HEADER + GOOD).replace(",", "\t").encode("utf-16"),
        (HEADER + GOOD).replace("\n", "\r").encode(),
        ("\r\n" + HEADER.upper() + GOOD + ",,,,\r\n").encode(),
        (HEADER + GOOD.replace("tue\n", "tue,,\n")).encode(),
    ],
    ids=["bom", "utf-16", "semicolons", "sep", "tabs", "old mac", "capitals", "trailing cells"],
)
def test_what_spreadsheets_write_is_read(tmp_path: Path, data: bytes) -> None:
    """Marks, delimiters, line ends and encodings of common spreadsheets make no difference."""
    read = roster.read(put(tmp_path, data), NOW)
    assert [person.answers["free"] for person in read.people] == [["mon", "tue"], ["mon"]]


COLUMNS = "name, email, level, goal and free"

BAD: list[tuple[str, str | bytes, str]] = [
    ("empty", "", f"people.csv is empty; it needs the columns {COLUMNS}."),
    ("blank", " \n\t\n", f"people.csv is empty; it needs the columns {COLUMNS}."),
    ("only sep", "sep=;\n", f"people.csv is empty; it needs the columns {COLUMNS}."),
    ("no people", HEADER, "people.csv has a header and no people; add a line for each person."),
    (
        "workbook",
        b"PK\x03\x04\x14\x00",
        "people.csv is a workbook, not CSV; in the spreadsheet choose “Save as”, then “CSV UTF-8”.",
    ),
    (
        "latin-1",
        HEADER.encode() + GOOD.encode() + "Jörg,j@example.org,1,,mon\n".encode("latin-1"),
        "people.csv, line 4: this is not UTF-8 text; save the file as “CSV UTF-8”.",
    ),
    (
        "utf-16 without a mark",
        (HEADER + GOOD).encode("utf-16-le"),
        "people.csv, line 1: this is not text; save the file as “CSV UTF-8”.",
    ),
    (
        "broken utf-16",
        codecs.BOM_UTF16_LE + b"a\x00b",
        "people.csv, line 1: this is not UTF-8 text; save the file as “CSV UTF-8”.",
    ),
    (
        "no column",
        "name,email,level,free\nAna,ana@example.org,1,mon\n",
        f"people.csv, line 1: there is no column “goal”; a roster needs {COLUMNS}.",
    ),
    (
        "prose",
        "\nDear all,\nhere is the list.\n",
        f"people.csv, line 2: there is no column “name”; a roster needs {COLUMNS}.",
    ),
    (
        "column twice",
        "name,email,level,goal,free,Email\n",
        "people.csv, line 1: there are two columns “email”; remove one.",
    ),
    (
        "too many fields",
        HEADER + "Ana,ana@example.org,1,to learn, and more,mon\n",
        (
            "people.csv, line 2: there are 6 fields where the header has 5; "
            "put texts that contain the separator between quotation marks."
        ),
    ),
    (
        "too few fields",
        HEADER + GOOD + "Cy,cy@example.org,1\n",
        (
            "people.csv, line 4: there are 3 fields where the header has 5; "
            "put texts that contain the separator between quotation marks."
        ),
    ),
    (
        "open quotation",
        HEADER + 'Ana,ana@example.org,1,"to\nlearn",mon\nBo,bo@example.org,1,"to learn,mon\n',
        (
            "people.csv, line 4: a quotation mark is not closed or stands inside a text; "
            "write two of them there, and one at each end of the text."
        ),
    ),
    (
        "quotation inside",
        HEADER + 'Ana,ana@example.org,1,"to "really" learn",mon\n',
        (
            "people.csv, line 2: a quotation mark is not closed or stands inside a text; "
            "write two of them there, and one at each end of the text."
        ),
    ),
    (
        "level",
        HEADER + GOOD + "Cy,cy@example.org,expert,,mon\n",
        "people.csv, line 4: “expert” is not a level; write 1 (new to it), 2 (some experience) or 3 (experienced).",
    ),
    (
        "level after a text of three lines",
        HEADER + 'Ana,ana@example.org,1,"a\nb\nc",mon\nCy,cy@example.org,4,,mon\n',
        "people.csv, line 5: “4” is not a level; write 1 (new to it), 2 (some experience) or 3 (experienced).",
    ),
    (
        "unknown slot",
        HEADER + "Ana,ana@example.org,1,,mon s99\n",
        "people.csv, line 2: “s99” is not a slot of people.json; use the ids written there.",
    ),
    (
        "broken address",
        HEADER + "Ana,ana at example.org,1,,mon\n",
        "people.csv, line 2: “ana at example.org” is not a mail address; write it like ana@example.org.",
    ),
    (
        "no address",
        HEADER + "Ana,,1,,mon\n",
        "people.csv, line 2: “” is not a mail address; write it like ana@example.org.",
    ),
    (
        "address twice",
        HEADER + GOOD + "Cy,ANA@example.org,1,,mon\n",
        "people.csv, line 4: ANA@example.org is on line 2 already; every person needs an address of their own.",
    ),
    ("no name", HEADER + ",ana@example.org,1,,mon\n", "people.csv, line 2: the column “name” is empty; fill it in."),
    (
        "long name",
        HEADER + "A" * 101 + ",ana@example.org,1,,mon\n",
        "people.csv, line 2: the column “name” holds more than 100 characters; shorten it.",
    ),
    (
        "long goal",
        HEADER + "Ana,ana@example.org,1," + "a" * (GOAL_LONGEST + 1) + ",mon\n",
        f"people.csv, line 2: the column “goal” holds more than {GOAL_LONGEST} characters; shorten it.",
    ),
    (
        "zone",
        "name,email,level,goal,free,timezone\nAna,ana@example.org,1,,mon,Berlin time\n",
        "people.csv, line 2: “Berlin time” is not a time zone; use a name such as Europe/Berlin.",
    ),
    (
        "place",
        "name,email,level,goal,free,places\nAna,ana@example.org,1,,mon,moon\n",
        "people.csv, line 2: “moon” is not a place of this event.",
    ),
    (
        "host",
        "name,email,level,goal,free,host\nAna,ana@example.org,1,,mon,maybe\n",
        "people.csv, line 2: “maybe” in the column “host” is neither yes nor no.",
    ),
    (
        "many topics",
        "name,email,level,goal,free,topics\nAna,ana@example.org,1,,mon," + ";".join("abcdefghijklmnopqrstu") + "\n",
        "people.csv, line 2: the column “topics” holds more than 20 entries; shorten it.",
    ),
    (
        "long topic",
        "name,email,level,goal,free,topics\nAna,ana@example.org,1,,mon," + "a" * 61 + "\n",
        "people.csv, line 2: the column “topics” holds more than 60 characters; shorten it.",
    ),
    (
        "too few with a time",
        HEADER + "Ana,ana@example.org,1,,mon\nBo,bo@example.org,1,,\n",
        "people.csv: only 1 of 2 people marked a time, and a group needs 2; add times or people.",
    ),
]


@pytest.mark.parametrize(("people", "expected"), [bad[1:] for bad in BAD], ids=[bad[0] for bad in BAD])
def test_a_bad_roster_is_refused_in_one_sentence(tmp_path: Path, people: str | bytes, expected: str) -> None:
    """It names the file, the line and what to do."""
    assert sentence(put(tmp_path, people)) == expected


BAD_TIMES: list[tuple[str, str, str]] = [
    (
        "slot ids",
        "Ana,ana@example.org,1,,s004 s005\n",
        (
            "people.csv, line 2: “s004” is not a time with its zone; write free times like 2027-01-11T14:00:00Z, "
            "or put the event with its slots into people.json beside it."
        ),
    ),
    (
        "no zone",
        "Ana,ana@example.org,1,,2027-01-11T14:00:00\n",
        (
            "people.csv, line 2: “2027-01-11T14:00:00” is not a time with its zone; write free times like "
            "2027-01-11T14:00:00Z, or put the event with its slots into people.json beside it."
        ),
    ),
    (
        "reversed",
        "Ana,ana@example.org,1,,2027-01-11T14:00Z/2027-01-11T13:00Z\n",
        "people.csv, line 2: “2027-01-11T14:00Z/2027-01-11T13:00Z” does not end within a day after its start.",
    ),
    (
        "nobody free",
        "Ana,ana@example.org,1,,\n",
        "people.csv: nobody marked a time in the column “free”, so there is nothing to match.",
    ),
    (
        "end of the calendar",
        "Ana,ana@example.org,1,,9999-12-31T23:30:00Z\n",
        (
            "people.csv, line 2: “9999-12-31T23:30:00Z” is not a time with its zone; write free times like "
            "2027-01-11T14:00:00Z, or put the event with its slots into people.json beside it."
        ),
    ),
    (
        "far away",
        "Ana,ana@example.org,1,,2031-01-11T14:00Z\nBo,bo@example.org,1,,2031-01-11T14:00Z\n",
        "people.csv: A session is more than two years away; check the year.",
    ),
    (
        "too many times",
        "Ana,ana@example.org,1,,"
        + " ".join(f"2027-01-{d:02}T{h:02}:00Z" for d in range(1, 18) for h in range(24))
        + "\n",
        "people.csv names 408 different times; an event can have 400.",
    ),
]


@pytest.mark.parametrize(("people", "expected"), [bad[1:] for bad in BAD_TIMES], ids=[bad[0] for bad in BAD_TIMES])
def test_bad_times_are_refused_in_one_sentence(tmp_path: Path, people: str, expected: str) -> None:
    """Without a JSON file the column `free` holds times."""
    assert sentence(put(tmp_path, HEADER + people, None)) == expected


BAD_EVENTS: list[tuple[str, object, str]] = [
    (
        "not json",
        "{",
        "people.json does not describe an event: Input data was truncated.",
    ),
    (
        "no event",
        "{}",
        "people.json does not describe an event: Object missing required field `event`.",
    ),
    (
        "no slots",
        {**EVENT, "slots": []},
        "people.json has no slots; list the times to choose from.",
    ),
    (
        "slot without zone",
        {**EVENT, "slots": [{"id": "mon", "start": "2026-10-19T14:00:00", "end": "2026-10-19T15:00:00"}]},
        "people.json: slot “mon” has a time without its zone; write it like 2027-01-11T14:00:00Z.",
    ),
    (
        "slot reversed",
        {**EVENT, "slots": [{"id": "mon", "start": "2026-10-19T14:00:00Z", "end": "2026-10-19T13:00:00Z"}]},
        "people.json: Slot mon ends before it starts; swap the two.",
    ),
    (
        "slot twice",
        {**EVENT, "slots": [SLOTS[0], SLOTS[0]]},
        "people.json: Two slots have the same id; give each its own.",
    ),
    (
        "zone",
        {**EVENT, "timezone": "Nowhere/City"},
        "people.json: “Nowhere/City” is not a time zone; use a name such as Europe/Berlin.",
    ),
    (
        "group size",
        {**EVENT, "group_size": {"min": 5, "max": 4}},
        "people.json: A group cannot have at least 5 and at most 4 people; swap the two.",
    ),
    (
        "type",
        {**EVENT, "group_size": {"min": "two", "max": 4}},
        "people.json does not describe an event: Expected `int`, got `str` - at `$.event.group_size.min`.",
    ),
    (
        "year 1",
        {**EVENT, "slots": [{"id": "mon", "start": "0001-01-01T00:00:00+14:00", "end": "0001-01-01T01:00:00+14:00"}]},
        "people.json: a time is so far away that no calendar holds it; check the years.",
    ),
]


@pytest.mark.parametrize(("event", "expected"), [bad[1:] for bad in BAD_EVENTS], ids=[bad[0] for bad in BAD_EVENTS])
def test_a_bad_event_is_refused_in_one_sentence(tmp_path: Path, event: object, expected: str) -> None:
    """The JSON file beside the roster is checked as the server would check it."""
    assert sentence(put(tmp_path, HEADER + GOOD, event)) == expected


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The sentence repeats what was typed."""
    path = tmp_path / "nobody.csv"
    assert sentence(path) == f"There is no file {path}; check the name."


def test_a_folder_is_not_a_roster(tmp_path: Path) -> None:
    """No traceback for what is no file at all."""
    assert sentence(tmp_path) == f"{tmp_path} cannot be read (Is a directory); name a CSV file."
