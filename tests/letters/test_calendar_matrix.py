"""Calendars in forty zones around every change of clocks: four readers agree, and any order of arrival ends right."""

import calendar
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from chalicelib.domain.attendee import Meeting, Seat
from chalicelib.domain.event import Place, Slot, State
from chalicelib.domain.letter import Facts, Kind
from chalicelib.letters.compose import compose
from tests.letters.examples import EVENT, LINK, SEATED, SENDER, SUB_EVENT, TOKEN, facts, living_in
from tests.letters.readers import by_icalendar, by_vobject, milliseconds, node_readers
from tests.letters.reading import Read, parsed

pytestmark = pytest.mark.slow

ZONES = (
    "UTC",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Africa/Johannesburg",
    "Africa/Lagos",
    "Africa/Nairobi",
    "America/Anchorage",
    "America/Argentina/Buenos_Aires",
    "America/Bogota",
    "America/Havana",
    "America/Los_Angeles",
    "America/Mexico_City",
    "America/New_York",
    "America/Nuuk",
    "America/Phoenix",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Jerusalem",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Asia/Tehran",
    "Asia/Tokyo",
    "Atlantic/Azores",
    "Australia/Adelaide",
    "Australia/Eucla",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Europe/Chisinau",
    "Europe/Dublin",
    "Europe/London",
    "Pacific/Apia",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Easter",
    "Pacific/Kiritimati",
)

YEAR = datetime(2027, 1, 1, tzinfo=UTC)
"""From here on a year is looked at."""

ACTS = ("create", "move", "rename", "cancel")


def clock_changes(zone: str) -> list[datetime]:
    """The instants within the year at which clocks in a zone are put forward or back."""
    here = ZoneInfo(zone)
    hours = [YEAR + timedelta(hours=n) for n in range(365 * 24 + 1)]
    changed = (late for early, late in itertools.pairwise(hours) if offset(early, here) != offset(late, here))
    return [_first(late - timedelta(hours=1), late, here) for late in changed]


def _first(early: datetime, late: datetime, here: ZoneInfo) -> datetime:
    """The first minute with the offset of the later instant."""
    minutes = (early + timedelta(minutes=n) for n in range(1, 61))
    return next(one for one in minutes if offset(one, here) == offset(late, here))


def offset(moment: datetime, here: ZoneInfo) -> timedelta:
    ahead = moment.astimezone(here).utcoffset()
    assert ahead is not None
    return ahead


def sessions(zone: str) -> list[tuple[Slot, Slot]]:
    """Pairs of sessions, the second being where the first is moved to, in the weeks around each change of clocks.

    They lie an ordinary evening days before and after, just before the change, over it, and just after it, when
    clocks show an hour that they have shown already or come from one that they never showed.
    """
    changes = clock_changes(zone) or [datetime(2027, 6, 16, 17, tzinfo=UTC)]
    found = []
    for n, change in enumerate(changes):
        starts = [change + timedelta(hours=hours) for hours in (-75.5, -1.5, -0.5, 0, 0.5, 66)]
        slots = [
            Slot(f"s{n}{m}", start, start + timedelta(minutes=90 if m % 2 else 60)) for m, start in enumerate(starts)
        ]
        found += list(zip(slots, [*slots[1:], slots[0]], strict=True))
    return found


@dataclass(frozen=True)
class Case:
    """One letter about one seat, and what every calendar should take from it."""

    zone: str
    act: str
    facts: Facts
    read: Read

    @property
    def expected(self) -> dict[str, object]:
        """What all four readers should say, words left out."""
        letter = self.facts
        assert letter.attendee is not None
        assert letter.attendee.seat is not None
        assert letter.sub_event is not None
        return {
            "method": "CANCEL" if self.act == "cancel" else "REQUEST",
            "events": 1,
            "uid": letter.attendee.seat.uid,
            "sequence": ACTS.index(self.act),
            "start": milliseconds(letter.sub_event.slot.start),
            "end": milliseconds(letter.sub_event.slot.end),
            "stamp": milliseconds(letter.letter.decided_at.replace(microsecond=0)),
            "status": "CANCELLED" if self.act == "cancel" else "CONFIRMED",
            "attendees": [letter.attendee.email],
            "organizer": SENDER,
        }


def lives(zone: str) -> Iterator[list[Facts]]:
    """The four letters of each seat: made, moved to another time and place, renamed, called off."""
    # Every other seat belongs to somebody who lives far from where the event is.
    for n, (first, second) in enumerate(sessions(zone)):
        event = replace(EVENT, timezone=zone if n % 2 else "Europe/Berlin", slots=(first, second))
        here = Place("p", "Reading room", address="1 Harbour Road")
        there = Place("q", "Café Anna", address="Torstraße 8")
        groups = [
            replace(SUB_EVENT, slot=first, place=here if n % 3 else None, join_link="" if n % 3 else "https://x.org/1"),
            replace(SUB_EVENT, slot=second, place=there, join_link=""),
            replace(SUB_EVENT, slot=second, place=there, join_link="", title="Pressing letters by hand"),
        ]
        told = [Meeting("g1", one.title, one.slot, one.place, one.join_link) for one in groups]
        decided = first.start - timedelta(days=9)
        yield [
            facts(
                Kind.CANCELLED if act == "cancel" else Kind.SEAT,
                event=replace(event, state=State.CANCELLED if act == "cancel" else State.PUBLISHED),
                attendee=replace(
                    living_in(zone, SEATED),
                    seat=Seat("g1", f"p{n}@{zone.lower().replace('/', '.')}.covey", sequence, was=was),
                ),
                sub_event=groups[min(sequence, 2)],
                sequence=sequence,
                now=decided + timedelta(days=sequence, microseconds=250_000),
            )
            for sequence, (act, was) in enumerate(zip(ACTS, [None, *told], strict=True))
        ]


@pytest.fixture(scope="module")
def matrix() -> list[list[Case]]:
    """Every seat's letters, in the order in which they were written."""
    return [
        [Case(zone, act, letter, parsed(compose(letter))) for act, letter in zip(ACTS, life, strict=True)]
        for zone in ZONES
        for life in lives(zone)
    ]


@pytest.fixture(scope="module")
def cases(matrix: list[list[Case]]) -> list[Case]:
    return [case for life in matrix for case in life]


@pytest.fixture(scope="module")
def readings(cases: list[Case]) -> dict[str, list[dict[str, Any]]]:
    """What each of the four readers makes of each letter's invite."""
    invites = [case.read.invite for case in cases]
    with node_readers() as asked:
        in_node = asked(invites)
    return {
        "icalendar": [by_icalendar(one) for one in invites],
        "vobject": [by_vobject(one) for one in invites],
        "ical.js": [one["ical.js"] for one in in_node],
        "node-ical": [one["node-ical"] for one in in_node],
    }


def test_the_matrix_has_forty_zones_and_every_change_of_their_clocks() -> None:
    """Forward and back, by an hour, by half of one and by two, and zones that never change."""
    assert len(set(ZONES)) == 40
    changes = {zone: clock_changes(zone) for zone in ZONES}
    assert sum(len(found) >= 2 for found in changes.values()) >= 20
    assert sum(not found for found in changes.values()) >= 10
    steps = set()
    for zone, found in changes.items():
        here, minute = ZoneInfo(zone), timedelta(minutes=1)
        steps |= {offset(one, here) - offset(one - minute, here) for one in found}
    half, whole = timedelta(minutes=30), timedelta(hours=1)
    assert steps >= {half, -half, whole, -whole, 2 * whole, -2 * whole}


@pytest.mark.engine
@pytest.mark.parametrize("reader", ["icalendar", "vobject", "ical.js", "node-ical"])
def test_each_reader_takes_from_every_letter_what_was_meant(
    reader: str, cases: list[Case], readings: dict[str, list[dict[str, Any]]]
) -> None:
    """UID, both instants, the one attendee, method, SEQUENCE, status, DTSTAMP, organizer: so all four agree."""
    for case, found in zip(cases, readings[reader], strict=True):
        assert {**found, **case.expected} == found, (case.zone, case.act)


@pytest.mark.engine
@pytest.mark.parametrize("reader", ["icalendar", "vobject", "ical.js", "node-ical"])
def test_in_whatever_order_they_arrive_a_calendar_ends_with_the_last_word(
    reader: str, matrix: list[list[Case]], readings: dict[str, list[dict[str, Any]]]
) -> None:
    """Every order of every run of letters, each letter twice: the highest SEQUENCE wins (RFC 5546, 2.1.5)."""
    rest = iter(readings[reader])
    for life in matrix:
        said = [next(rest) for _ in life]
        assert len({one["uid"] for one in said}) == 1
        for count in range(1, len(said) + 1):
            last = said[count - 1]
            for order in itertools.permutations(said[:count]):
                assert replayed([*order, *order]) == {last["uid"]: last}, life[0].zone


def replayed(objects: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The calendar of somebody whose program got these objects in this order."""
    kept: dict[str, dict[str, Any]] = {}
    for one in objects:
        known = kept.get(one["uid"])
        if known is None or (known["sequence"], known["stamp"]) < (one["sequence"], one["stamp"]):
            kept[one["uid"]] = one
    return kept


def test_a_letter_composed_again_is_the_same_to_the_byte(cases: list[Case]) -> None:
    """DTSTAMP is the instant at which it was decided, not the one at which it is written."""
    for case in cases:
        assert compose(case.facts) == case.read.raw


def test_mails_and_calendar_objects_are_made_as_calendar_programs_want_them(cases: list[Case]) -> None:
    """Twice the same object, times in UTC, the method of the Content-Type that of the object, no private link."""
    for case in cases:
        found, invite = case.read, case.read.invite.replace(b"\r\n ", b"")
        (part,) = (one for one in found.message.walk() if one.get_content_type() == "text/calendar")
        assert part["Content-Type"].params["method"] == case.expected["method"]
        assert found.attached == found.invite
        assert re.findall(rb"^DT(?:START|END|STAMP)(.*?)\r$", invite, re.MULTILINE) == [
            f":{moment:%Y%m%dT%H%M%SZ}".encode() for moment in _instants(case)
        ]
        assert invite.count(b"\r\nATTENDEE") == 1
        assert LINK.encode() not in invite
        assert TOKEN.encode() not in invite


def _instants(case: Case) -> list[datetime]:
    assert case.facts.sub_event is not None
    slot = case.facts.sub_event.slot
    found = {"DTSTAMP": case.facts.letter.decided_at, "DTSTART": slot.start, "DTEND": slot.end}
    order = re.findall(rb"^(DTSTAMP|DTSTART|DTEND)", case.read.invite, re.MULTILINE)
    return [found[name.decode()].astimezone(UTC) for name in order]


MOMENT = r"[A-Z][a-z]+ (\d+) ([A-Z][a-z]+)(?: (\d{4}))?, (\d\d:\d\d)(?:–(\d\d:\d\d))? \(([^)]+)\)"
"""`Tuesday 12 January, 16:00–18:00 (CET)`."""


@pytest.mark.parametrize("zone", ZONES)
def test_the_day_and_time_that_a_letter_tells_are_the_instants_of_its_calendar(
    zone: str, matrix: list[list[Case]]
) -> None:
    """In the zone that it names, in one reading only, also in the hour that clocks show twice."""
    for case in (case for life in matrix for case in life if case.zone == zone):
        assert case.facts.sub_event is not None
        slot = case.facts.sub_event.slot
        text = " ".join(case.read.text.split())
        told = list(_told(text, case))
        assert told, text
        for start, end in told:
            assert (start, end) == ([slot.start], [slot.end]), text


def _told(text: str, case: Case) -> Iterator[tuple[list[datetime], list[datetime]]]:
    """Each time of the meeting in a letter's text, as all the instants at which clocks there show what it says."""
    if case.act == "cancel":
        found = re.search(rf"on ({MOMENT}(?: to {MOMENT})?)", text)
        assert found
        # Of a place its own clocks are told, in the event's zone.
        yield _meant(found[1], case.facts.event.timezone)
        return
    found = re.search(rf"When: ({MOMENT}(?: to {MOMENT})?) (\S.*?) time", text)
    assert found, text
    yield _meant(found[1], found[found.re.groups].replace(" ", "_"))
    other = re.search(rf"In (\S.*?): ({MOMENT}(?: to {MOMENT})?)", text)
    if other:
        yield _meant(other[2], other[1].replace(" ", "_"))


def _meant(words: str, zone: str) -> tuple[list[datetime], list[datetime]]:
    moments = list(re.finditer(MOMENT, words))
    start = _shown(moments[0], 4, zone)
    end = _shown(moments[-1], 5 if len(moments) == 1 else 4, zone)
    return start, end


def _shown(moment: re.Match[str], clock: int, zone: str) -> list[datetime]:
    """All instants of the year at which clocks in a zone show that day and that time under that name."""
    day, month, year = int(moment[1]), list(calendar.month_name).index(moment[2]), int(moment[3] or 2027)
    hour, minute = map(int, moment[clock].split(":"))
    local = datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone))
    readings = {local.replace(fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(
        one
        for one in readings
        if one.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local.replace(tzinfo=None)
        and _name(one.astimezone(ZoneInfo(zone))) == moment[6]
    )


def _name(local: datetime) -> str:
    """What people call that zone's time: its letters, else its distance from Greenwich."""
    name = local.tzname() or ""
    if name.isalpha():
        return name
    distance = local.strftime("%z")
    hours, minutes = int(distance[1:3]), int(distance[3:5])
    return f"GMT{distance[0]}{hours}" + (f":{minutes:02}" if minutes else "")
