import json
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.matching import document
from chalicelib.matching.coverage import cover
from chalicelib.matching.district import District
from chalicelib.matching.fairness import fair_moves, worst_off
from chalicelib.matching.friends import met, unite
from chalicelib.matching.likeness import Likeness
from chalicelib.matching.problem import problem_of
from chalicelib.matching.relevance import Layout
from tests.matching.fewest import small_change
from tests.matching.rules import broken_rules, most_friends, pairs_near
from tests.matching.test_relevance import formed, some_vectors
from tests.matching.test_relevance import world as peopled
from tests.matching.worlds import befriended, planted


def small(seed: int):
    """A handful of people, of whom some wish to be near each other."""
    rng = random.Random(seed)
    return befriended(small_change(rng)[0], rng.choice([2, 4, 8]), seed)


def problem(world):
    return problem_of(document.read(json.dumps(world).encode()))


def outcome(world, plan) -> tuple[int, int, int]:
    """People seated, people who come only if need be, and pairs of friends who meet."""
    people = world["attendees"]
    number = {person["id"]: n for n, person in enumerate(people)}
    groups = [([number[name] for name in group["members"]], group["slot"]) for group in plan["groups"]]
    asked = sum(slot not in people[n]["free"] for members, slot in groups for n in members)
    return plan["placed"], asked, sum(pairs_near(people, members) for members, _ in groups)


def alone(world):
    """The same world without friends."""
    return world | {"attendees": [person | {"near": []} for person in world["attendees"]]}


def kept(plan_of, seeds) -> tuple[int, int]:
    """How many pairs of friends meet, and how many can, in worlds where every plan has been tried."""
    found = most = 0
    for seed in seeds:
        world = small(seed)
        plan = plan_of(world)
        assert broken_rules(world, plan) == []
        seated, asked, friends = outcome(world, plan)
        best = most_friends(world)
        assert (seated, asked) == best[:2] == outcome(world, plan_of(alone(world)))[:2]
        found, most = found + friends, most + best[2]
    return found, most


@pytest.mark.slow
def test_friends_meet_wherever_no_seat_is_lost(plan_of):
    """Of the pairs who can meet in plans that seat the most, at the best times, nearly all do, found by trying all."""
    found, most = kept(plan_of, range(5))
    assert most > 2
    assert found >= 0.9 * most


@pytest.mark.slow
def test_hardly_two_friends_are_apart_without_need(plan_of):
    """The same in many more worlds."""
    found, most = kept(plan_of, range(100, 150))
    assert most > 30
    assert found >= 0.97 * most


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_bringing_friends_together_costs_nobody_anything(seed):
    """The same people sit, nobody at a worse time, every rule is kept, and no fewer friends meet than before."""
    made = peopled(40, seed)
    likeness = Likeness(made, some_vectors(made, seed))
    district = formed(made, likeness, np.random.default_rng(seed))
    begun = tuple((int(district.column[row]), tuple(district.items[district.members(row)])) for row in district.rows())
    groups = unite(made, begun)
    layouts = [Layout.of(one, len(made.size)) for one in (begun, groups)]
    before, after = (layout.group for layout in layouts)
    assert ((before >= 0) == (after >= 0)).all()
    assert met(made, after) >= met(made, before)
    seated = np.flatnonzero(after >= 0)
    was, now = (made.reluctant[seated, layout.column[layout.group[seated]]] for layout in layouts)
    assert (now <= was).all()
    for column, items in groups:
        assert np.asarray(made.fit[list(items), column]).all()
        assert made.low <= made.size[list(items)].sum() <= made.cap[column]
        assert not any(foe in items for item in items for foe in made.apart.get(item, ()))
    counts = np.bincount([column for column, _ in groups], minlength=len(made.cap))
    assert all(counts[limit.columns].sum() <= limit.rooms for limit in made.limits)


def test_three_friends_sit_at_one_table(plan_of):
    """With two slots of one group each, three who can make both stay together, whatever they have in common."""
    world = planted(12, 3)
    world["event"]["group_size"] = {"min": 6, "max": 6}
    slots = [world["event"]["slots"][n]["id"] for n in (0, 20)]
    for n, person in enumerate(world["attendees"]):
        person["free"] = slots
        person["goal"] = f"I hope to learn {'pottery glazes' if n % 2 else 'chess openings'}"
    names = [world["attendees"][n]["id"] for n in (0, 3, 8)]
    for person in world["attendees"]:
        person["near"] = [name for name in names if name != person["id"]] if person["id"] in names else []
    plan = plan_of(world)
    assert any(set(names) <= set(group["members"]) for group in plan["groups"])
    told = " ".join(why for group in plan["groups"] for name, why in group["why"].items() if name in names)
    assert "together" not in told


@pytest.mark.slow
def test_people_without_friends_are_seated_as_ever(plan_of):
    """A wish that cannot be kept changes nothing about the rules, and is not mentioned."""
    world = planted(40, 5)
    one, other = world["attendees"][:2]
    one["free"], other["free"] = ["s003"], ["s070"]
    one["near"], other["near"] = [other["id"]], [one["id"]]
    plan = plan_of(world)
    assert broken_rules(world, plan) == []
    assert plan["placed"] == plan_of(alone(world))["placed"]


@pytest.mark.slow
@pytest.mark.parametrize("wish", [{"fairness": 1}, {"wildcard": True}])
def test_neither_fairness_nor_guests_part_friends(plan_of, wish):
    """As many friends meet as without the wish."""
    event = befriended(planted(60, 8), 20, 8)
    for person in event["attendees"]:
        person["free"] = [f"s{n:03}" for n in range(0, 84, 12)]
    _, _, plain = outcome(event, plan_of(event))
    event["event"]["wishes"] = wish
    assert outcome(event, plan_of(event))[2] == plain


def test_a_fair_move_leaves_friends_where_they_are():
    """Nobody who sits with a friend moves, or is traded, for the sake of who is worst off."""
    made = problem(befriended(planted(40, 9), 60, 9))
    groups = unite(made, cover(made).groups)
    layout = Layout.of(groups, len(made.size))
    vectors = np.rint(np.random.default_rng(9).normal(size=(40, 5)) * 100)
    items = np.arange(len(made.size))
    district = District(Likeness(made, vectors), items, layout.column, layout.group, np.zeros(0, dtype=np.int64))
    rng = np.random.default_rng(1)
    moves, _ = fair_moves(district, worst_off(district), 1.0, rng, items)
    together = {n for n in items.tolist() if district.meeting[district.group[n], n] > 0 and district.group[n] >= 0}
    assert together
    assert not together & {*moves.item.tolist(), *moves.partner.tolist()}
