import json
from collections import Counter

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from chalicelib.matching import document
from chalicelib.matching.__main__ import main
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


def largest_unit(world):
    """How many people must stay together."""
    units = document.units_of({one["id"]: one.get("with", []) for one in world["attendees"]})
    return max(Counter(units.values()).values())


def effects(world, found):
    """Each effect told, and the change it is of."""
    for one in found["slots"]:
        yield one["anywhere"], lambda event, s=one["slot"]: offer(event, s, None)
        for place, effect in one["at"].items():
            yield effect, lambda event, s=one["slot"], p=place: offer(event, s, p)
    for one in found["places"]:
        for name, field in (("room", "rooms"), ("seat", "seats")):

            def grow(event, one=one, field=field):
                place = next(place for place in event["places"] if place["id"] == one["place"])
                if place.get(field) is not None:
                    place[field] += 1

            yield one[name], grow
    size = world["event"]["group_size"]
    for name, low, high in (
        ("smaller_min", -1, 0),
        ("larger_min", 1, 0),
        ("smaller_max", 0, -1),
        ("larger_max", 0, 1),
    ):
        new = {"min": size["min"] + low, "max": size["max"] + high}
        if max(1, new["min"], largest_unit(world)) <= new["max"] and new["min"]:
            yield found["size"][name], lambda event, new=new: event.update(group_size=new)
        else:
            assert found["size"][name] is None


def assert_true(world, every=1):
    """Compare with coverage from scratch; returns the share of effects that are exact."""
    for place in world["event"]["places"]:
        # A place without a list of slots is open in all of them, an empty list in none.
        if place.get("slots") is None:
            place["slots"] = [slot["id"] for slot in world["event"]["slots"]]
    found = ask(world)
    now = found["placed"]
    assert now <= placeable(read(world)) <= found["placeable"]
    assert len(found["out"]) == len(world["attendees"]) - now
    considered = [slot for slot in world["event"]["slots"] if not slot.get("offered", True)]
    considered.sort(key=lambda slot: (slot["start"], slot["end"], slot["id"]))
    assert [one["slot"] for one in found["slots"]] == [slot["id"] for slot in considered]
    told = list(effects(world, found))
    for effect, change in told[::every]:
        truth = with_change(world, change) - now
        assert effect["more"] <= truth <= effect["at_most"]
    return sum(effect["more"] == effect["at_most"] for effect, _ in told) / max(1, len(told))


@pytest.mark.slow
@SOME
@given(world=small_worlds())
def test_every_number_is_that_of_the_event_with_that_one_change(world):
    """Slots at each place, rooms, seats and sizes of small events, all exact, against coverage from scratch."""
    assert assert_true(world) == 1


@pytest.mark.slow
@settings(SOME, max_examples=12)
@given(world=small_worlds(pairs=True))
def test_nothing_false_is_claimed_where_people_stay_together_or_apart(world):
    """With pair rules what is found and what is proven may differ, and the truth is between them."""
    assert_true(world)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [{"places": True}, {"tight": True}], ids=["places", "tight"])
def test_numbers_of_a_larger_event_hold_too(kind):
    """Sixty people, rooms scarce, six sessions merely considered; some of the effects compared."""
    assert assert_true(Case(60, seed=3, **kind).instance(), every=15) > 0.5


def test_the_command_line_writes_a_forecast(tmp_path):
    """The file holds what the function tells."""
    world = planted(30, 1)
    (tmp_path / "instance.json").write_text(json.dumps(world))
    assert main([str(tmp_path / "instance.json"), str(tmp_path / "out.json"), "--forecast"]) == 0
    assert json.loads((tmp_path / "out.json").read_text()) == ask(world)


@pytest.mark.parametrize(
    "option", [["--seed", "0"], ["--moves", "3"], ["--seconds", "1"], ["--from", "old.json"], ["--locks", "l.json"]]
)
def test_a_forecast_goes_with_no_other_option(tmp_path, capsys, option):
    """One sentence, exit code 2, and nothing written."""
    (tmp_path / "instance.json").write_text(json.dumps(planted(30, 1)))
    assert main([str(tmp_path / "instance.json"), str(tmp_path / "out.json"), "--forecast", *option]) == 2
    assert capsys.readouterr().err == "A forecast is of the event as it is; --forecast goes with no other option.\n"
    assert not (tmp_path / "out.json").exists()


def test_who_is_out_hears_why():
    """The reasons are those of a plan."""
    world = planted(30, 1)
    world["attendees"][0]["free"] = []
    out = {one["id"]: one["reason"] for one in ask(world)["out"]}
    assert out["a0000000"].startswith("No time was marked")
