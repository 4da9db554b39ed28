import json

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from chalicelib.matching import document
from chalicelib.matching.coverage import placeable
from chalicelib.matching.forecast import forecast
from infra.bench.cases import Case
from tests.matching.worlds import planted, small_worlds

SOME = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read(world):
    return document.read(json.dumps(world).encode())


def ask(world):
    instance = read(world)
    return json.loads(msgspec.json.encode(forecast(instance.event, instance.attendees)))


def with_change(world, change):
    """Coverage from scratch of a world with one change."""
    copy = json.loads(json.dumps(world))
    change(copy["event"])
    return placeable(read(copy))


def offer(event, slot, place):
    """Offer a slot at one place only, or at all of them."""
    next(one for one in event["slots"] if one["id"] == slot)["offered"] = True
    for one in event["places"]:
        if place is not None and one["id"] != place:
            one["slots"] = [name for name in one["slots"] if name != slot]


def assert_exact(world):
    found = ask(world)
    now = found["placed"]
    assert now == placeable(read(world))
    assert len(found["out"]) == len(world["attendees"]) - now
    assert [one["slot"] for one in found["slots"]] == sorted(
        (slot["id"] for slot in world["event"]["slots"] if not slot.get("offered", True)),
        key=lambda name: next(
            (slot["start"], slot["end"], name) for slot in world["event"]["slots"] if slot["id"] == name
        ),
    )
    for one in found["slots"]:
        assert now + one["anywhere"] == with_change(world, lambda event, s=one["slot"]: offer(event, s, None))
        for place, more in one["at"].items():
            assert now + more == with_change(world, lambda event, s=one["slot"], p=place: offer(event, s, p))
    for one in found["places"]:
        for name, field in (("room", "rooms"), ("seat", "seats")):

            def grow(event, one=one, field=field):
                place = next(place for place in event["places"] if place["id"] == one["place"])
                if place.get(field) is not None:
                    place[field] += 1

            assert now + one[name] == with_change(world, grow)
    size = world["event"]["group_size"]
    for name, low, high in (
        ("smaller_min", -1, 0),
        ("larger_min", 1, 0),
        ("smaller_max", 0, -1),
        ("larger_max", 0, 1),
    ):
        new = {"min": size["min"] + low, "max": size["max"] + high}
        if 1 <= new["min"] <= new["max"]:
            assert now + found["size"][name] == with_change(world, lambda event, new=new: event.update(group_size=new))
        else:
            assert found["size"][name] is None


@SOME
@given(world=small_worlds())
def test_every_number_is_that_of_the_event_with_that_one_change(world):
    """Slots at each place, rooms, seats and sizes, each compared with coverage from scratch."""
    for place in world["event"]["places"]:
        # A place without a list of slots is open in all of them, an empty list in none.
        if place["slots"] is None:
            place["slots"] = [slot["id"] for slot in world["event"]["slots"]]
    assert_exact(world)


@pytest.mark.parametrize(
    "kind",
    [pytest.param({"places": True}, marks=pytest.mark.slow), {"tight": True}],
    ids=["places", "tight"],
)
def test_numbers_of_a_larger_event_are_exact_too(kind):
    """Forty people, rooms scarce, six sessions merely considered."""
    world = Case(40, seed=3, **kind).instance()
    for place in world["event"]["places"]:
        place["slots"] = place.get("slots") or [slot["id"] for slot in world["event"]["slots"]]
    assert_exact(world)


def test_who_is_out_hears_why():
    """The reasons are those of a plan."""
    world = planted(30, 1)
    world["attendees"][0]["free"] = []
    out = {one["id"]: one["reason"] for one in ask(world)["out"]}
    assert out["a0000000"].startswith("No time was marked")
