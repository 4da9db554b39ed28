import copy

import pytest

from tests.matching.rules import broken_rules
from tests.matching.test_naming import timeless
from tests.matching.worlds import planted


def wished(world, **wishes):
    world = copy.deepcopy(world)
    world["event"]["wishes"] = wishes
    return world


@pytest.fixture(scope="module")
def worlds(plan_of):
    """A world of a hundred and twenty in two places, matched without and with guests."""
    world = planted(120, 4, places=2)
    for n, person in enumerate(world["attendees"]):
        person["topics"] = ["Everything" if n % 3 else "Anything"]
        person["free"] = sorted({*person["free"], *(f"s{slot:03}" for slot in range(0, 84, 9))})
    with_guests = wished(world, wildcard=True)
    return world, plan_of(world), with_guests, plan_of(with_guests)


@pytest.mark.slow
def test_guests_cost_no_seat_and_break_no_rule(worlds):
    """Sizes, slots, places and hosts are those of the plan without guests."""
    _, plain, world, plan = worlds
    assert broken_rules(world, plan) == []
    assert plan["placed"] == plain["placed"]
    assert plan["relevance"] <= plain["relevance"]
    assert plan["relevance"] > 0.7 * plain["relevance"]
    assert sorted(len(group["members"]) for group in plan["groups"]) == sorted(
        len(group["members"]) for group in plain["groups"]
    )


@pytest.mark.slow
def test_a_guest_is_one_of_the_group_who_met_others_before(worlds):
    """Each group has one guest at most; guests come in pairs that changed places."""
    _, plain, _, plan = worlds
    before = {member: set(group["members"]) for group in plain["groups"] for member in group["members"]}
    guests = {group["wildcard"]: group for group in plan["groups"] if group["wildcard"]}
    assert len(guests) > 2
    for guest, group in guests.items():
        assert guest in group["members"]
        others = set(group["members"]) - {guest}
        assert not before[guest] & others
        host = group["host"]
        assert host != guest


@pytest.mark.slow
def test_a_guest_is_explained_to_both_sides(worlds):
    """The guest learns where they come from, the others that somebody does, and nobody else hears of guests."""
    titles = {timeless(group["title"]) for group in worlds[3]["groups"]}
    for group in worlds[3]["groups"]:
        for member, why in group["why"].items():
            if member == group["wildcard"]:
                assert why.startswith("You are the guest from a neighbouring theme, “")
                assert why.split("“")[1].split("”")[0] in titles
            else:
                assert ("A guest from a neighbouring theme joins you." in why) == bool(group["wildcard"])


@pytest.mark.slow
def test_guests_meet_several_with_whom_they_share_something(worlds):
    """A word or a topic, with two others at least."""
    people = {person["id"]: person for person in worlds[2]["attendees"]}

    def told(name):
        return {*people[name]["goal"].lower().split(), *people[name]["topics"]} - {"i", "hope", "to"}

    for group in worlds[3]["groups"]:
        if group["wildcard"]:
            others = [member for member in group["members"] if member != group["wildcard"]]
            assert sum(bool(told(group["wildcard"]) & told(other)) for other in others) >= 2


def test_without_the_wish_nobody_is_a_guest(worlds):
    """The field stays empty."""
    assert not any(group["wildcard"] for group in worlds[1]["groups"])


@pytest.mark.slow
def test_those_who_stay_together_or_apart_are_no_guests_against_it(plan_of):
    """Pairs keep, enemies do not meet, and if-need-be times are not used more often."""
    world = planted(80, 2, pairs=0.3)
    for person in world["attendees"]:
        person["if_need_be"] = [slot for slot in ("s001", "s030", "s050") if slot not in person["free"]]
        person["topics"] = ["Everything"]
    world = wished(world, wildcard=True)
    plan = plan_of(world)
    assert broken_rules(world, plan) == []
