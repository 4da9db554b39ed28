import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.matching import __main__ as command
from chalicelib.matching import document, relevance
from chalicelib.matching.plan import match
from tests.matching.rules import broken_rules, most_placeable
from tests.matching.worlds import planted, small_worlds

ROOT = Path(__file__).parents[2]
FEW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MANY = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
BUDGETS = st.sampled_from([0, 200, None])


def assert_right(plan_of, world, moves):
    plan = plan_of(world, moves=moves)
    assert broken_rules(world, plan) == []
    assert plan["placed"] == plan["placeable"] == most_placeable(world)


@pytest.mark.slow
@FEW
@given(world=small_worlds(), moves=BUDGETS)
def test_as_many_are_seated_as_by_trying_every_plan(plan_of, world, moves):
    """Places, rooms, seats, overlapping slots and merely considered ones: no plan whatever seats more."""
    assert_right(plan_of, world, moves)


@pytest.mark.slow
@FEW
@given(world=small_worlds(pairs=True), moves=BUDGETS)
def test_pair_rules_are_kept_and_cost_no_more_seats_than_they_must(plan_of, world, moves):
    """With people who stay together or apart, small plans are still the best there are."""
    assert_right(plan_of, world, moves)


@pytest.mark.slow
@MANY
@given(world=small_worlds(most=12), moves=BUDGETS)
def test_as_many_are_seated_as_by_trying_every_plan_many_times_over(plan_of, world, moves):
    """The same with many more worlds, and more people in them."""
    assert_right(plan_of, world, moves)


@pytest.mark.slow
@MANY
@given(world=small_worlds(pairs=True, most=12), moves=BUDGETS)
def test_pair_rules_are_kept_many_times_over(plan_of, world, moves):
    """The same with many more worlds, and more people in them."""
    assert_right(plan_of, world, moves)


@pytest.mark.slow
@FEW
@given(world=small_worlds())
def test_nobody_is_asked_to_come_if_need_be_unless_it_saves_a_seat(plan_of, world):
    """Without a single "if need be" in use fewer would sit, or none is in use."""
    plan = plan_of(world, moves=200)
    people = {person["id"]: person for person in world["attendees"]}
    asked = [
        member for group in plan["groups"] for member in group["members"] if group["slot"] not in people[member]["free"]
    ]
    if asked:
        for person in world["attendees"]:
            person["if_need_be"] = []
        assert plan_of(world, moves=0)["placed"] < plan["placed"]


@pytest.mark.slow
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


@pytest.mark.slow
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


def shuffled(world, seed):
    rng = random.Random(seed)
    copy = json.loads(json.dumps(world))
    for listed in (copy["attendees"], copy["event"]["slots"], copy["event"].get("places", [])):
        rng.shuffle(listed)
    for person in copy["attendees"]:
        for name in ("free", "if_need_be", "places", "with", "apart"):
            rng.shuffle(person[name])
    return copy


@pytest.mark.slow
def test_the_order_of_sign_ups_slots_and_places_changes_nothing(plan_of):
    """Whoever signed up first has no advantage."""
    world = planted(50, 2, places=2, rooms=1, pairs=0.1)
    assert plan_of(shuffled(world, 5), moves=5000) == plan_of(world, moves=5000)


@pytest.mark.slow
@FEW
@given(world=small_worlds(pairs=True), seed=st.integers(0, 99))
def test_no_order_changes_anything_in_any_small_world(plan_of, world, seed):
    """Overlapping slots, scarce rooms and pair rules leave many ties; none is broken by who came first."""
    for person in world["attendees"]:
        person.setdefault("with", [])
        person.setdefault("apart", [])
    assert plan_of(shuffled(world, seed), moves=200) == plan_of(world, moves=200)


def more_given(draw, world):
    """The same world with one more thing in it that can only help: a mark, a slot, a room, a seat, a place to go."""
    more = json.loads(json.dumps(world))
    event, people = more["event"], more["attendees"]
    act = draw(st.sampled_from(["mark", "offer", "rooms", "seats", "open", "anywhere", "smaller", "larger"]))
    place = draw(st.sampled_from(event["places"])) if event["places"] else {"rooms": None, "seats": None, "slots": None}
    person = draw(st.sampled_from(people))
    if act == "mark":
        person["free"].append(draw(st.sampled_from(event["slots"]))["id"])
    elif act == "offer":
        draw(st.sampled_from(event["slots"]))["offered"] = True
    elif act in {"rooms", "seats"}:
        place[act] = None if place[act] is None else place[act] + 1
    elif act == "open":
        place["slots"] = None
    elif act == "anywhere":
        person["places"] = []
    elif act == "smaller":
        event["group_size"]["min"] = max(1, event["group_size"]["min"] - 1)
    else:
        event["group_size"]["max"] += 1
    return more


@pytest.mark.slow
@FEW
@given(data=st.data())
def test_nothing_that_helps_costs_a_seat(plan_of, data):
    """One more free slot, offered slot, room or seat, an open door, a wider group: as many sit as before, or more."""
    world = data.draw(small_worlds())
    more = more_given(data.draw, world)
    assert plan_of(world, moves=0)["placed"] <= plan_of(more, moves=0)["placed"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", [{}, {"places": 3, "rooms": 1}], ids=["plain", "rooms"])
def test_nothing_that_helps_costs_a_seat_in_larger_worlds(plan_of, kind):
    """Two hundred people with few times each: one more mark, slot or room lowers neither the seats nor the proof."""
    world = planted(200, 8, **kind)
    rng = random.Random(1)
    for person in world["attendees"]:
        person["free"] = person["free"][:2]
    for slot in world["event"]["slots"][::3]:
        slot["offered"] = False
    before = plan_of(world, moves=0)
    assert before["placed"] < 200
    for act in ("mark", "offer", "rooms"):
        more = json.loads(json.dumps(world))
        if act == "mark":
            for person in rng.sample(more["attendees"], 10):
                person["free"].append(rng.choice(more["event"]["slots"])["id"])
        elif act == "offer":
            rng.choice(more["event"]["slots"][::3])["offered"] = True
        for place in more["event"]["places"]:
            place["rooms"] += act == "rooms"
        after = plan_of(more, moves=0)
        assert broken_rules(more, after) == []
        assert after["placed"] >= before["placed"]
        assert after["placeable"] >= before["placeable"]


@pytest.mark.slow
def test_a_stranger_who_runs_the_command_gets_the_same_bytes_on_any_number_of_threads(tmp_path):
    """A process with other threads, hash seed and processor kernels writes the file that this one does."""
    (tmp_path / "instance.json").write_text(json.dumps(planted(120, 4)))
    options = ["--seed", "7", "--moves", "20000"]
    done = subprocess.run(
        [sys.executable, "-m", "chalicelib.matching", tmp_path / "instance.json", tmp_path / "theirs.json", *options],
        cwd=ROOT,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "4", "PYTHONHASHSEED": "1", "OPENBLAS_CORETYPE": "Nehalem"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == ""
    assert re.fullmatch(r"118 of 118 placeable people in \d+ groups, relevance [\d.]+, [\d.]+ s\n", done.stderr)
    assert command.main([str(tmp_path / "instance.json"), str(tmp_path / "ours.json"), *options]) == 0
    assert (tmp_path / "theirs.json").read_bytes() == (tmp_path / "ours.json").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"instance.json", "ours.json", "theirs.json"}


@pytest.mark.slow
def test_another_seed_keeps_the_rules_and_the_coverage(plan_of):
    """The seed steers the search, negative and huge ones included, never the number of seats."""
    world = planted(40, 6)
    plans = [plan_of(world, seed=seed) for seed in (0, -1, 2**70)]
    assert [broken_rules(world, plan) for plan in plans] == [[], [], []]
    assert len({plan["placed"] for plan in plans}) == 1
    assert [plan["seed"] for plan in plans] == [0, -1, 2**70]


@pytest.mark.slow
def test_without_moves_the_plan_is_valid_and_says_what_stopped_it(plan_of):
    """Coverage does not depend on the budget."""
    world = planted(60, 3)
    plan = plan_of(world, moves=0)
    assert broken_rules(world, plan) == []
    assert plan["placed"] == plan["placeable"]
    assert plan["stopped"] == "moves"
    assert plan_of(world)["stopped"] is None


@pytest.mark.slow
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


def test_two_people_who_must_not_meet_get_an_empty_plan(plan_of, evening):
    """Enough people can come to a session, but not to one group: nobody sits, everybody learns why."""
    evening["event"]["group_size"] = {"min": 2, "max": 3}
    evening["attendees"] = [{"id": "a", "free": ["tue"], "apart": ["b"]}, {"id": "b", "free": ["tue"]}]
    plan = plan_of(evening)
    assert broken_rules(evening, plan) == []
    assert (plan["placed"], plan["placeable"], plan["groups"]) == (0, 0, [])


def test_a_host_is_chosen_among_the_willing_and_spread_over_groups(plan_of, evening):
    """Two groups, two willing people: each group gets one, and nobody loses a seat."""
    evening["event"]["group_size"] = {"min": 3, "max": 3}
    for n, person in enumerate(evening["attendees"]):
        person["goal"] = ""
        person["host"] = n in {0, 1}
    plan = plan_of(evening)
    assert [group["host"] in {"a0", "a1"} for group in plan["groups"]] == [True, True]
    assert plan["placed"] == 6


@pytest.mark.slow
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


@pytest.mark.slow
def test_one_processor_and_two_give_the_same_bytes(monkeypatch):
    """Districts searched in two processes, or one after another in one: the plan is the same to the last byte."""
    monkeypatch.setattr(relevance, "DISTRICT", 300)
    monkeypatch.setattr(relevance, "LOT", 400)
    instance = document.read(json.dumps(planted(1600, 4)).encode())
    forked, fork = [], os.fork

    def counted():
        forked[-1] += 1
        return fork()

    monkeypatch.setattr(os, "fork", counted)
    plans = []
    for processors in (1, 2):
        monkeypatch.setattr(os, "process_cpu_count", lambda here=processors: here)
        forked.append(0)
        plans.append(msgspec.json.encode(match(instance, moves=60_000)))
    assert forked[0] == 0 < forked[1]
    assert plans[0] == plans[1]
    assert match(instance, moves=0).relevance < json.loads(plans[0])["relevance"]
