import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.matching.rules import broken_rules, most_placeable
from tests.matching.worlds import planted, small_worlds

ROOT = Path(__file__).parents[2]
FEW = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MANY = settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def assert_right(plan_of, world):
    plan = plan_of(world)
    assert broken_rules(world, plan) == []
    assert plan["placed"] == plan["placeable"] == most_placeable(world)


@FEW
@given(world=small_worlds())
def test_as_many_are_seated_as_by_trying_every_plan(plan_of, world):
    """Places, rooms, seats, overlapping slots and merely considered ones: no plan whatever seats more."""
    assert_right(plan_of, world)


@FEW
@given(world=small_worlds(pairs=True))
def test_pair_rules_are_kept_and_cost_no_more_seats_than_they_must(plan_of, world):
    """With people who stay together or apart, small plans are still the best there are."""
    assert_right(plan_of, world)


@pytest.mark.slow
@MANY
@given(world=small_worlds())
def test_as_many_are_seated_as_by_trying_every_plan_many_times_over(plan_of, world):
    """The same with many more worlds."""
    assert_right(plan_of, world)


@pytest.mark.slow
@MANY
@given(world=small_worlds(pairs=True))
def test_pair_rules_are_kept_many_times_over(plan_of, world):
    """The same with many more worlds."""
    assert_right(plan_of, world)


@FEW
@given(world=small_worlds())
def test_nobody_is_asked_to_come_if_need_be_unless_it_saves_a_seat(plan_of, world):
    """Without a single "if need be" in use fewer would sit, or none is in use."""
    plan = plan_of(world)
    people = {person["id"]: person for person in world["attendees"]}
    asked = [
        member for group in plan["groups"] for member in group["members"] if group["slot"] not in people[member]["free"]
    ]
    if asked:
        for person in world["attendees"]:
            person["if_need_be"] = []
        assert plan_of(world)["placed"] < plan["placed"]


@pytest.mark.parametrize(
    "kind",
    [{}, {"places": 3, "rooms": 2}, {"pairs": 0.3}, {"places": 2, "rooms": 1, "pairs": 0.2}],
    ids=["plain", "rooms", "pairs", "rooms and pairs"],
)
def test_a_planted_world_is_covered_by_the_rules(plan_of, kind):
    """Sixty people with themes, scarce in time: every rule is kept and the certificate closes."""
    world = planted(60, 3, **kind)
    plan = plan_of(world)
    assert broken_rules(world, plan) == []
    assert plan["placed"] == plan["placeable"]


def test_people_of_a_theme_meet(plan_of):
    """With everybody free all week, groups of planted themes are nearly pure."""
    world = planted(80, 1)
    for person in world["attendees"]:
        person["free"] = [slot["id"] for slot in world["event"]["slots"]]
        person["goal"] = person["goal"] or "anything"
    plan = plan_of(world)
    goals = {person["id"]: set(person["goal"].split()) for person in world["attendees"]}
    shared = [
        len(goals[one] & goals[other] - {"I", "hope", "to"}) > 0
        for group in plan["groups"]
        for one in group["members"]
        for other in group["members"]
        if one < other
    ]
    assert plan["placed"] == 80
    assert sum(shared) > 0.5 * len(shared)


def test_the_order_of_sign_ups_slots_and_places_changes_nothing(plan_of):
    """Whoever signed up first has no advantage."""
    world = planted(50, 2, places=2, rooms=1, pairs=0.1)
    shuffled = {"event": dict(world["event"]), "attendees": list(world["attendees"])}
    rng = random.Random(5)
    rng.shuffle(shuffled["attendees"])
    shuffled["event"]["slots"] = rng.sample(world["event"]["slots"], 84)
    shuffled["event"]["places"] = rng.sample(world["event"]["places"], 2)
    assert plan_of(shuffled) == plan_of(world)


def test_the_same_input_seed_and_moves_give_the_same_bytes_on_any_number_of_threads(tmp_path):
    """Two processes that differ in threads, hash seed and processor kernels write the same file."""
    instance = tmp_path / "instance.json"
    instance.write_text(json.dumps(planted(40, 4)))
    written = []
    for number, environment in enumerate(
        (
            {"OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "1", "OPENBLAS_CORETYPE": "Nehalem"},
            {"OPENBLAS_NUM_THREADS": "4", "PYTHONHASHSEED": "2"},
        )
    ):
        plan = tmp_path / f"{number}.json"
        subprocess.run(
            [sys.executable, "-m", "chalicelib.matching", instance, plan, "--seed", "7"],
            cwd=ROOT,
            env=os.environ | environment,
            check=True,
            capture_output=True,
        )
        written.append(plan.read_bytes())
    assert written[0] == written[1]


def test_another_seed_keeps_the_rules_and_the_coverage(plan_of):
    """The seed steers the search, negative and huge ones included, never the number of seats."""
    world = planted(40, 6)
    plans = [plan_of(world, seed=seed) for seed in (0, -1, 2**70)]
    assert [broken_rules(world, plan) for plan in plans] == [[], [], []]
    assert len({plan["placed"] for plan in plans}) == 1
    assert [plan["seed"] for plan in plans] == [0, -1, 2**70]


def test_without_moves_the_plan_is_valid_and_says_what_stopped_it(plan_of):
    """Coverage does not depend on the budget."""
    world = planted(60, 3)
    plan = plan_of(world, moves=0)
    assert broken_rules(world, plan) == []
    assert plan["placed"] == plan["placeable"]
    assert plan["stopped"] == "moves"
    assert plan_of(world)["stopped"] is None


def test_more_moves_make_no_plan_worse(plan_of):
    """Relevance grows with the budget."""
    world = planted(60, 3)
    relevance = [plan_of(world, moves=moves)["relevance"] for moves in (0, 2_000, None)]
    assert relevance == sorted(relevance)
    assert relevance[0] < relevance[-1]


def test_a_deadline_stops_the_search_and_says_so(plan_of):
    """The clock is asked only when there is a deadline."""
    world = planted(60, 3)
    ticks = iter(range(10_000))
    plan = plan_of(world, seconds=20, clock=lambda: next(ticks))
    assert plan["stopped"] == "time"
    assert broken_rules(world, plan) == []
    assert plan_of(world, clock=lambda: pytest.fail("asked the clock"))["stopped"] is None


def test_a_host_is_chosen_among_the_willing_and_spread_over_groups(plan_of, evening):
    """Two groups, two willing people: each group gets one, and nobody loses a seat."""
    evening["event"]["group_size"] = {"min": 3, "max": 3}
    for n, person in enumerate(evening["attendees"]):
        person["goal"] = ""
        person["host"] = n in {0, 1}
    plan = plan_of(evening)
    assert [group["host"] in {"a0", "a1"} for group in plan["groups"]] == [True, True]
    assert plan["placed"] == 6


def test_the_real_roster_is_seated_completely(plan_of, real):
    """Seventeen people marked no time; all the others have a seat."""
    plan = plan_of(real)
    assert broken_rules(real, plan) == []
    assert (plan["placed"], plan["placeable"], len(plan["unplaced"])) == (103, 103, 17)
    assert all("No time was marked" in one["reason"] for one in plan["unplaced"])
    assert plan["relevance"] > 0.35


@pytest.mark.slow
def test_a_thousand_people_take_seconds(plan_of):
    """A larger world keeps the rules, closes the certificate and is done in reasonable time."""
    world = planted(1000, 0, places=2, rooms=4)
    plan = plan_of(world)
    assert broken_rules(world, plan) == []
    assert plan["placed"] == plan["placeable"]
