"""The roster that `make demo` plays with: a hundred people who could be real, and whose mail goes nowhere."""

import csv
import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.event import GroupSize
from infra.demo import roster

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BUILT_IN = roster.read(roster.BUILT_IN, NOW)
ANSWERS = [person.answers for person in BUILT_IN.people]
OFFERED = {slot["id"] for slot in BUILT_IN.event["slots"] if slot["offered"]}


def test_a_hundred_people_come() -> None:
    """To the event that the demo is named for."""
    assert len(BUILT_IN.people) == 100
    assert BUILT_IN.event["title"] == "AI for B2B Community Builders"
    assert BUILT_IN.assumed == ()


def test_no_letter_could_reach_a_stranger() -> None:
    """Every address is in a domain that is kept free for examples."""
    assert all(re.fullmatch(r"[a-z.0-9]+@example\.(org|com)", person.email) for person in BUILT_IN.people)


def test_nobody_is_a_copy_of_anybody() -> None:
    """Names and sentences all differ, also when looked at sloppily."""
    assert len({answers["name"] for answers in ANSWERS}) == 100
    goals = [re.sub(r"\W+", " ", answers["goal"].casefold()).strip() for answers in ANSWERS]
    written = [goal for goal in goals if goal]
    assert len(set(written)) == len(written) == 98


def test_goals_are_as_uneven_as_people() -> None:
    """One empty, one of pictures only, some of two words, one of more than seven hundred characters."""
    goals = [answers["goal"] for answers in ANSWERS]
    assert goals.count("") == 1
    assert sum(bool(goal) and not re.search(r"\w", goal) for goal in goals) == 1
    assert sum(len(goal.split()) in {1, 2} for goal in goals) >= 5
    assert sum(len(goal) > 700 for goal in goals) == 1


def test_levels_consent_and_zones_vary() -> None:
    """About four in five agreed to be quoted; Berlin has the most people but far from all."""
    levels = Counter(answers["level"] for answers in ANSWERS)
    assert min(levels.values()) >= 20
    assert sum(answers["shares"] for answers in ANSWERS) == 80
    assert 5 <= sum(answers["host"] for answers in ANSWERS) <= 12
    zones = Counter(answers["timezone"] for answers in ANSWERS)
    assert zones.most_common(1)[0][0] == "Europe/Berlin"
    assert len(zones) >= 20


def test_availability_is_uneven() -> None:
    """A few can nearly always, some once or twice, four never when a session is offered."""
    counts = [len(OFFERED & set(answers["free"])) for answers in ANSWERS]
    assert counts.count(0) == 4
    assert sum(count in {1, 2} for count in counts) >= 8
    assert max(counts) > 20
    assert BUILT_IN.no_time == 2
    assert len({tuple(answers["free"]) for answers in ANSWERS}) > 80


def test_sessions_fill_two_weeks_of_a_few_a_day() -> None:
    """Each lasts 75 or 90 minutes."""
    starts = [datetime.fromisoformat(slot["start"]) for slot in BUILT_IN.event["slots"]]
    ends = [datetime.fromisoformat(slot["end"]) for slot in BUILT_IN.event["slots"]]
    assert {end - start for start, end in zip(starts, ends, strict=True)} == {
        timedelta(minutes=75),
        timedelta(minutes=90),
    }
    assert max(starts) - min(starts) < timedelta(days=13)
    assert max(Counter(start.date() for start in starts).values()) <= 5


def test_places_are_bounded_and_chosen() -> None:
    """Two cities with a room or two, and online without limits."""
    places = {place["id"]: place for place in BUILT_IN.event["places"]}
    assert set(places) == {"online", "berlin", "lisbon"}
    chosen = Counter(place for answers in ANSWERS for place in answers["places"])
    assert all(chosen[place] >= 5 for place in places)
    smallest = GroupSize(**BUILT_IN.event["group_size"]).min
    assert all(place.get("seats", smallest) >= smallest for place in places.values())


@pytest.mark.parametrize("day", range(0, 366, 23))
def test_it_can_be_played_on_any_day(day: int) -> None:
    """The dates move ahead by themselves, and the first session is never more than eight days away."""
    now = NOW + timedelta(days=day, hours=day % 24)
    first = min(slot["start"] for slot in roster.read(roster.BUILT_IN, now).event["slots"])
    assert timedelta(days=1) <= datetime.fromisoformat(first) - now <= timedelta(days=8, hours=1)


def test_the_files_stay_readable() -> None:
    """One person a line, and a JSON file that any reader takes."""
    lines = roster.BUILT_IN.read_text(encoding="utf-8").splitlines()
    assert len(list(csv.reader(lines))) == len(lines) == 101
    assert json.loads(roster.BUILT_IN.with_suffix(".json").read_text(encoding="utf-8"))["event"]["id"]
