"""Instants, zones and days, at the ends of the calendar and on both sides of clock changes."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from chalicelib.domain import times
from chalicelib.domain.errors import Invalid

FIRST = datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))
LAST = datetime.max.replace(tzinfo=timezone(timedelta(hours=-12)))


@pytest.mark.parametrize(
    "name",
    ["UTC", "Europe/Berlin", "Asia/Katmandu", "America/Argentina/Ushuaia", "Etc/GMT+5", "America/Port-au-Prince"],
)
def test_zones_and_their_aliases_are_known(name: str) -> None:
    """As browsers name them, old names included."""
    assert times.zone(name) == ZoneInfo(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Mars/Olympus",
        "Europe",
        "Europe/",
        "/Europe/Berlin",
        "../../../etc/passwd",
        "Europe/../Europe/Berlin",
        "Europe/Berlin\x00",
        "Europe/Berlin\n",
        " Europe/Berlin",
        "Europe\\Berlin",
        "C:/zone",
        "zone.tab",
        "+02:00",
        "Ü" * 5,
        "\ud800",
        "A" * 100_000,
        "A/" * 2_000 + "A",
    ],
)
def test_what_is_no_zone_is_refused_without_touching_a_file(name: str) -> None:
    """A zone's name is a file's name somewhere, so its shape is checked first."""
    with pytest.raises(Invalid, match="is not a time zone") as refused:
        times.zone(name)
    assert refused.value.field == "timezone"
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2027-01-11T14:00:00Z", datetime(2027, 1, 11, 14, tzinfo=UTC)),
        ("2027-01-11T14:00:00+05:45", datetime(2027, 1, 11, 8, 15, tzinfo=UTC)),
        ("2027-01-11T14:00-03:30", datetime(2027, 1, 11, 17, 30, tzinfo=UTC)),
        ("20270111T140000Z", datetime(2027, 1, 11, 14, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read_into_utc(text: str, moment: datetime) -> None:
    """From any zone, in any of the ways ISO 8601 allows."""
    assert times.instant(text) == moment
    assert times.instant(text).tzinfo is UTC


@pytest.mark.parametrize("text", ["", "tomorrow", "2027-01-11", "2027-01-11T14:00:00", "2027-13-01T00:00:00Z", "\x00"])
def test_a_time_without_its_zone_is_no_instant(text: str) -> None:
    """The sentence shows how one is written."""
    with pytest.raises(Invalid, match="write it like 2027-01-11T14:00:00Z") as refused:
        times.instant(text, "closes_at")
    assert refused.value.field == "closes_at"


@pytest.mark.parametrize("moment", [FIRST, LAST])
def test_beyond_the_calendar_there_is_no_utc(moment: datetime) -> None:
    """The year 1 in Kiribati was the year 0 in Greenwich."""
    with pytest.raises(Invalid, match="no calendar holds it"):
        times.utc(moment)
    with pytest.raises(Invalid, match="no calendar holds it"):
        times.instant(moment.isoformat())


def test_an_instant_is_written_in_utc_to_the_second() -> None:
    """The one way in which the API writes times."""
    moment = datetime(2027, 1, 11, 14, 0, 0, 999_999, tzinfo=ZoneInfo("Asia/Kathmandu"))
    assert times.iso(moment) == "2027-01-11T08:15:00Z"


def test_a_spoken_time_is_on_the_clocks_of_its_zone() -> None:
    """Day and zone belong to it."""
    moment = datetime(2027, 1, 8, 22, 45, tzinfo=UTC)
    assert times.spoken(moment, "Europe/Berlin") == "Friday 8 January 2027, 23:45 (Europe/Berlin)"
    assert times.spoken(moment, "Asia/Kathmandu") == "Saturday 9 January 2027, 04:30 (Asia/Kathmandu)"


@pytest.mark.parametrize(
    ("zone", "day", "at", "utc"),
    [
        ("Europe/Berlin", date(2027, 3, 28), time(1, 30), "2027-03-28T00:30:00Z"),
        ("Europe/Berlin", date(2027, 3, 28), time(2, 30), "2027-03-28T01:30:00Z"),
        ("Europe/Berlin", date(2027, 3, 28), time(3, 30), "2027-03-28T01:30:00Z"),
        ("Europe/Berlin", date(2027, 10, 31), time(2, 30), "2027-10-31T00:30:00Z"),
        ("Europe/Berlin", date(2027, 10, 31), time(3, 0), "2027-10-31T02:00:00Z"),
        ("Australia/Lord_Howe", date(2027, 10, 3), time(2, 15), "2027-10-02T15:45:00Z"),
        ("Australia/Lord_Howe", date(2027, 4, 4), time(1, 45), "2027-04-03T14:45:00Z"),
        ("America/St_Johns", date(2027, 1, 11), time(9, 0), "2027-01-11T12:30:00Z"),
        ("Pacific/Auckland", date(2027, 1, 11), time(9, 0), "2027-01-10T20:00:00Z"),
        ("Pacific/Apia", date(2011, 12, 30), time(9, 0), "2011-12-30T19:00:00Z"),
    ],
)
def test_a_day_and_a_time_are_one_instant(zone: str, day: date, at: time, utc: str) -> None:
    """What a change skips moves forward by the change; what comes twice is meant the first time."""
    assert times.iso(times.local(day, at, zone)) == utc


def test_days_include_both_ends() -> None:
    """And there are none when the last is before the first."""
    first = date(2028, 2, 28)
    assert times.days(first, date(2028, 3, 1)) == [first, date(2028, 2, 29), date(2028, 3, 1)]
    assert times.days(first, first) == [first]
    assert times.days(first, date(2028, 2, 27)) == []
