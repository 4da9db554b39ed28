import json

import pytest

from chalicelib.matching import document
from chalicelib.matching.coverage import cover, placeable
from chalicelib.matching.problem import problem_of
from infra.bench.cases import Case
from tests.matching.worlds import planted


def ask(world):
    return placeable(document.read(json.dumps(world).encode()))


def test_the_organizer_learns_what_a_smaller_group_would_do(evening):
    """Five people and a minimum of six: nobody; a minimum of five: everybody."""
    evening["attendees"].pop()
    assert ask(evening) == 0
    evening["event"]["group_size"]["min"] = 5
    assert ask(evening) == 5


def test_the_organizer_learns_what_one_more_slot_would_do(evening):
    """A slot that is merely considered seats nobody until it is offered."""
    evening["event"]["slots"].append(
        {"id": "wed", "start": "2027-01-13T15:00:00Z", "end": "2027-01-13T17:00:00Z", "offered": False}
    )
    for person in evening["attendees"]:
        person["free"] = ["wed"]
    assert ask(evening) == 0
    evening["event"]["slots"][-1]["offered"] = True
    assert ask(evening) == 6


def test_overlapping_slots_share_the_rooms_of_a_place(evening):
    """Ten to twelve and eleven to one cannot both have the only room; ten to twelve and twelve to two can."""
    slots = evening["event"]["slots"]
    slots.append({"id": "later", "start": "2027-01-12T16:00:00Z", "end": "2027-01-12T18:00:00Z"})
    evening["event"]["places"] = [{"id": "cafe", "name": "Café", "rooms": 1}]
    evening["attendees"] += [{"id": f"b{n}", "free": ["later"]} for n in range(6)]
    assert ask(evening) == 6
    slots[-1] |= {"start": "2027-01-12T17:00:00Z", "end": "2027-01-12T19:00:00Z"}
    assert ask(evening) == 12


def test_a_place_with_fewer_seats_than_the_minimum_seats_nobody(evening):
    """A table for four is no use to a group of six."""
    evening["event"]["places"] = [{"id": "cafe", "name": "Café", "seats": 4}]
    assert ask(evening) == 0


def test_a_scarce_world_is_solved_exactly():
    """More than forty-five could meet enough others, but no plan seats more than that at once."""
    assert ask(planted(60, 1)) == 45


@pytest.mark.parametrize("seed", range(4))
def test_rooms_that_are_exactly_what_a_plan_needs_seat_everybody(seed):
    """Three hundred people in planted groups whose rooms are all taken at the busiest time."""
    case = Case(300, seed=seed, tight=True)
    found = cover(problem_of(document.read(json.dumps(case.instance()).encode())))
    assert found.placeable == case.placeable == sum(len(items) for _, items in found.groups)


@pytest.mark.slow
def test_pair_rules_cost_a_large_plan_next_to_nothing():
    """A thousand people of whom a third have a pair rule: within one in a hundred of the bound."""
    problem = problem_of(document.read(json.dumps(Case(1000, places=True, pairs=0.3).instance()).encode()))
    found = cover(problem)
    seated = [item for _, items in found.groups for item in items]
    assert len(seated) == len(set(seated))
    assert 0.99 * found.placeable <= problem.size[seated].sum() <= found.placeable
    assert not any(set(problem.apart.get(item, ())) & set(items) for _, items in found.groups for item in items)


def test_without_time_the_plan_is_valid_and_the_bound_is_not_too_low():
    """What was found by then has to do."""
    problem = problem_of(document.read(json.dumps(planted(60, 1)).encode()))
    found = cover(problem, left=lambda: -1.0)
    assert sum(len(items) for _, items in found.groups) <= 45 <= found.placeable
    assert all(problem.low <= len(items) <= problem.cap[column] for column, items in found.groups)
