import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.matching import document
from chalicelib.matching.plan import match
from tests.matching.test_naming import akin, words
from tests.matching.worlds import planted

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")


def counted(why, form):
    """The number and the phrase in a sentence of that form, or nothing."""
    if found := re.search(form, why):
        return NUMBERS.index(found[1].lower()), found[2]
    return None


def mentions(person, phrase):
    """Whether somebody wrote all that says something in a phrase, in any form."""
    said = words(" ".join([person["goal"], *person["topics"]]))
    return all(any(akin(word, other) for other in said) for word in words(phrase) - {"of", "in", "with", "for", "and"})


GOALS = st.lists(
    st.sampled_from(["prove community ROI", "proving ROI", "git for data", "data analysis in R", "garden birds", ""]),
    min_size=1,
    max_size=2,
).map(", ".join)


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    people=st.lists(
        st.tuples(GOALS, st.lists(st.sampled_from(["Proving ROI", "Maps"]), max_size=1), st.booleans(), st.booleans()),
        min_size=6,
        max_size=8,
    )
)
def test_numbers_in_reasons_are_those_of_the_members(plan_of, evening, people):
    """Who shares what, who is new and who has done it is counted once more, from the answers themselves."""
    instance = {"event": evening["event"]}
    instance["attendees"] = [
        {"id": f"a{n}", "goal": goal, "topics": topics, "level": 1 + 2 * new, "quotable": quotable, "free": ["tue"]}
        for n, (goal, topics, quotable, new) in enumerate(people)
    ]
    members = {person["id"]: person for person in instance["attendees"]}
    (group,) = plan_of(instance)["groups"]
    for name, why in group["why"].items():
        me, others = members[name], [person for other, person in members.items() if other != name]
        shown = [person for person in others if person["quotable"]]
        if said := counted(why, r"You and (\w+) others? here bring up “(.*?)”"):
            assert said[0] == sum(mentions(person, said[1]) for person in shown), why
            assert mentions(me, said[1])
        if said := counted(why, r"You and (\w+) others? here chose “(.*?)”"):
            assert said[0] == sum(said[1] in person["topics"] for person in shown), why
        if said := counted(why, r"With (\w+) others? you share “(.*?)”"):
            assert said[0] == sum(mentions(person, said[1]) for person in shown), why
            assert mentions(me, said[1])
        if found := re.search(r"Everybody here brings up “(.*?)”", why):
            assert all(mentions(person, found[1]) and person["quotable"] for person in others), why
        if said := counted(why, r"(\w+) others? (?:here )?(?:is|are) (new) to this"):
            assert me["level"] == 1
            assert said[0] == sum(person["level"] == 1 for person in others), why
        if said := counted(why, r"one of (\w+) (who) have done it"):
            assert said[0] == sum(person["level"] == 3 for person in members.values()), why
        if found := re.search(r"the one who brings up “(.*?)”", why):
            assert mentions(me, found[1])
            assert not any(mentions(person, found[1]) for person in others), why


def test_reasons_tell_more_than_the_time(plan_of, evening):
    """Whoever shares anything, or left the goal open, is told so."""
    (group,) = plan_of(evening)["groups"]
    assert all("works for you" not in why for why in group["why"].values())
    assert group["why"]["a5"].startswith("You left your goal open; this group is about “Prove community ROI”")


def reason(plan_of, instance, who):
    return next(one["reason"] for one in plan_of(instance)["unplaced"] if one["id"] == who)


def test_whoever_marked_no_time_learns_which_groups_have_room(plan_of, evening):
    """The reason names the cause and one thing that would help."""
    evening["attendees"].append({"id": "z"})
    told = reason(plan_of, evening, "z")
    assert told.startswith("No time was marked")
    assert told.endswith("Groups with a free seat: Tue 12 Jan, 16:00.")


def test_times_that_are_merely_considered_are_called_so(plan_of, evening):
    """Such a time may still be offered."""
    evening["event"]["slots"].append(
        {"id": "wed", "start": "2027-01-13T15:00:00Z", "end": "2027-01-13T17:00:00Z", "offered": False}
    )
    evening["attendees"].append({"id": "z", "free": ["wed"]})
    assert "only being considered" in reason(plan_of, evening, "z")


def test_a_group_that_falls_short_says_by_how_many(plan_of, evening):
    """Four others share the time: five in all, one short of six; times are the event's own."""
    evening["attendees"].pop()
    for person in evening["attendees"]:
        assert reason(plan_of, evening, person["id"]).startswith(
            "Four others can make Tue 12 Jan, 16:00, one short of a group of 6."
        )


def test_whoever_is_alone_at_their_time_is_told_kindly(plan_of, evening):
    """Nobody is blamed for being early or late."""
    evening["event"]["slots"].append({"id": "wed", "start": "2027-01-13T15:00:00Z", "end": "2027-01-13T17:00:00Z"})
    evening["attendees"].append({"id": "z", "free": ["wed"]})
    told = reason(plan_of, evening, "z")
    assert told.startswith("Nobody else can make Wed 13 Jan, 16:00 yet")
    assert "Tue 12 Jan, 16:00" in told


def test_a_place_that_is_closed_then_is_named_as_the_obstacle(plan_of, evening):
    """The chosen place is never open at the chosen time."""
    evening["event"]["places"] = [{"id": "cafe", "name": "Café"}, {"id": "bar", "name": "Bar", "slots": []}]
    evening["attendees"].append({"id": "z", "free": ["tue"], "places": ["bar"]})
    assert "None of the places you chose" in reason(plan_of, evening, "z")


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ({"seats": 5}, "No place that is open to you at the times you marked has room for a group of 6."),
        ({"rooms": 0}, "No place that is open to you at the times you marked has room for a group of 6."),
        ({"slots": []}, "No place is open at the times you marked."),
    ],
)
def test_whoever_would_go_anywhere_is_not_told_of_places_they_chose(plan_of, evening, place, said):
    """It is the only place there is that is too small, has no room, or is closed."""
    evening["event"]["places"] = [{"id": "cafe", "name": "Café", **place}]
    assert reason(plan_of, evening, "a0") == said


def test_people_kept_apart_are_not_said_to_cost_others_a_seat(plan_of, evening):
    """Nobody has a seat, as all six are to be kept apart; whose wish that is stays untold."""
    everybody = [person["id"] for person in evening["attendees"]]
    for person in evening["attendees"]:
        person["apart"] = [name for name in everybody if name != person["id"]]
    assert reason(plan_of, evening, "a0") == (
        "Five others can make Tue 12 Jan, 16:00, "
        "but no group was found there that keeps every rule and costs nobody else their seat."
    )


def test_full_rooms_are_named_as_the_obstacle(plan_of, evening):
    """One room for eight, and nine people."""
    evening["event"]["places"] = [{"id": "cafe", "name": "Café", "rooms": 1}]
    evening["attendees"] += [{"id": f"b{n}", "free": ["tue"]} for n in range(3)]
    (left,) = plan_of(evening)["unplaced"]
    assert left["reason"] == "Every room was taken at the times you marked."


def test_friends_without_a_common_time_both_learn_it(plan_of, evening):
    """A unit that fits nowhere is reported person by person."""
    evening["event"]["slots"].append({"id": "wed", "start": "2027-01-13T15:00:00Z", "end": "2027-01-13T17:00:00Z"})
    evening["attendees"] += [
        {"id": "y", "free": ["tue"], "with": ["z"]},
        {"id": "z", "free": ["wed"], "with": ["y"]},
    ]
    plan = plan_of(evening)
    assert plan["placed"] == 6
    assert {one["id"] for one in plan["unplaced"]} == {"y", "z"}
    assert all("those you are to stay with" in one["reason"] for one in plan["unplaced"])


def test_whoever_comes_if_need_be_is_told_that_it_got_them_a_seat(plan_of, evening):
    """Their reason says why this time of all times."""
    evening["attendees"][5] |= {"free": [], "if_need_be": ["tue"]}
    (group,) = plan_of(evening)["groups"]
    assert "“if need be”" in group["why"]["a5"]


def test_friends_are_told_that_they_stay_together(plan_of, evening):
    """What somebody asked for and got is worth saying."""
    evening["attendees"][0]["with"] = ["a1"]
    evening["attendees"][1]["with"] = ["a0"]
    (group,) = plan_of(evening)["groups"]
    assert group["why"]["a0"].startswith("You stay together with one other as you wished")


def test_a_unit_that_one_of_them_keeps_from_a_time_learns_which(plan_of, evening):
    """Two of three can make Tuesday; the third is told, and so are the two."""
    evening["event"]["slots"].append({"id": "wed", "start": "2027-01-13T15:00:00Z", "end": "2027-01-13T17:00:00Z"})
    evening["attendees"] += [
        {"id": "x", "free": ["tue"], "with": ["y", "z"]},
        {"id": "y", "free": ["tue"], "with": ["x", "z"]},
        {"id": "z", "free": ["wed"], "with": ["x", "y"]},
    ]
    assert "Tue 12 Jan, 16:00 suits everybody you are to stay with, but not you" in reason(plan_of, evening, "z")
    assert "Tue 12 Jan, 16:00 suits you and all but one" in reason(plan_of, evening, "x")


def test_whoever_lacks_a_seat_for_want_of_time_is_not_told_that_none_could_be_had():
    """Without a second for coverage one of 300 is left out who could be placed."""
    instance = document.read(json.dumps(planted(300, 1, places=2, rooms=3)).encode())
    plan = match(instance, seconds=0, clock=lambda: 0.0)
    assert plan.gap > 0
    assert any("no group was found" in one.reason for one in plan.unplaced)
    assert not any("no group could form" in one.reason for one in plan.unplaced)
