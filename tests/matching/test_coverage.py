import json

from chalicelib.matching import document
from chalicelib.matching.coverage import placeable
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
