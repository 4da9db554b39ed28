"""Whole weeks: what a move must keep, whatever clocks do in between."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.demo.weeks import moved, weeks_until

ZONES = [
    ZoneInfo(name)
    for name in (
        "Europe/Berlin",
        "America/New_York",
        "America/St_Johns",
        "America/Santiago",
        "Asia/Kathmandu",
        "Africa/Casablanca",
        "Australia/Lord_Howe",
        "Pacific/Auckland",
        "UTC",
    )
]
MOMENTS = st.integers(1_577_836_800, 2_051_222_400).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(MOMENTS, st.integers(0, 120), st.sampled_from(ZONES))
def test_a_move_keeps_weekday_and_wall_clock(moment: datetime, weeks: int, zone: ZoneInfo) -> None:
    """Only a time that clocks skip may differ, and only by being that skip later."""
    before = moment.astimezone(zone).replace(tzinfo=None)
    after = moved(moment, weeks, zone).astimezone(zone).replace(tzinfo=None, fold=0)
    wanted = before.replace(fold=0) + timedelta(weeks=weeks)
    skipped = wanted.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0) != wanted
    assert after == wanted or (skipped and timedelta(0) < after - wanted <= timedelta(hours=1))


@given(MOMENTS, st.sampled_from(ZONES))
def test_no_weeks_change_nothing(moment: datetime, zone: ZoneInfo) -> None:
    """Also within the hour that happens twice."""
    assert moved(moment, 0, zone) == moment


@given(st.lists(MOMENTS, min_size=1, max_size=5), st.integers(0, 60), st.sampled_from(ZONES))
def test_moves_keep_the_order_of_different_days(moments: list[datetime], weeks: int, zone: ZoneInfo) -> None:
    """Times of one night may fall together where clocks skip, days never change places."""
    order = sorted(moments)
    after = [moved(moment, weeks, zone) for moment in order]
    for (left, right), (first, second) in zip(pairwise(order), pairwise(after), strict=True):
        if right - left > timedelta(hours=3):
            assert first < second


@given(st.lists(MOMENTS, min_size=1, max_size=5), MOMENTS, st.sampled_from(ZONES))
def test_the_fewest_weeks_are_taken(moments: list[datetime], earliest: datetime, zone: ZoneInfo) -> None:
    """All starts lie ahead afterwards, and one week less would not do."""
    weeks = weeks_until(moments, zone, earliest)
    assert moved(min(moments), weeks, zone) >= earliest
    assert weeks == 0 or moved(min(moments), weeks - 1, zone) < earliest


@pytest.mark.parametrize(
    ("moment", "weeks", "expected"),
    [
        # Berlin, Tuesday 18:00 in summer and in winter time.
        ("2026-10-20T16:00:00Z", 1, "2026-10-27T17:00:00Z"),
        ("2027-03-23T17:00:00Z", 1, "2027-03-30T16:00:00Z"),
        # Sunday 02:30 does not exist on 28 March 2027: it becomes 03:30.
        ("2027-03-21T01:30:00Z", 1, "2027-03-28T01:30:00Z"),
        # Sunday 02:30 happens twice on 25 October 2026: the first is meant.
        ("2026-10-18T00:30:00Z", 1, "2026-10-25T00:30:00Z"),
    ],
)
def test_clock_changes_in_berlin(moment: str, weeks: int, expected: str) -> None:
    """The four cases of a clock change, by hand."""
    assert moved(datetime.fromisoformat(moment), weeks, ZoneInfo("Europe/Berlin")) == datetime.fromisoformat(expected)


def test_a_second_half_past_two_never_moves_back_before_its_hour() -> None:
    """From the repeated hour of autumn into the skipped one of spring: 03:30, not 01:30."""
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    after = moved(second, 22, ZoneInfo("Europe/Berlin")).astimezone(ZoneInfo("Europe/Berlin"))
    assert (after.date().isoformat(), after.hour, after.minute) == ("2027-03-28", 3, 30)
