import copy
import json
import random

import msgspec
import pytest

from chalicelib.domain.errors import Invalid
from chalicelib.domain.plan import Plan
from chalicelib.domain.rematch import Locks
from chalicelib.matching import __main__ as command
from chalicelib.matching import document
from chalicelib.matching.rematch import rematch
from tests.matching.fewest import fewest_changes, small_change
from tests.matching.rules import broken_rules
from tests.matching.worlds import planted


def again(world, plan, locks=None, **options):
    """The new plan and its changes as plain JSON."""
    instance = document.read(json.dumps(world).encode())
    found = rematch(instance, msgspec.convert(plan, Plan), msgspec.convert(locks or {}, Locks), **options)
    return json.loads(msgspec.json.encode(found))


def meetings(plan):
    return {name: (group["id"], group["slot"], group["place"]) for group in plan["groups"] for name in group["members"]}


def differing(world, old, new):
    """Who had a seat and has not the same any more."""
    before, after = meetings(old), meetings(new)
    return {
        one["id"] for one in world["attendees"] if one["id"] in before and before[one["id"]] != after.get(one["id"])
    }


def assert_fewest(seed):
    world, plan, locks = small_change(random.Random(seed))
    best = fewest_changes(world, plan, locks)
    if best is None:
        with pytest.raises(Invalid):
            again(world, plan, locks)
        return
    found = again(world, plan, locks)
    new = found["plan"]
    assert broken_rules(world, new) == []
    assert (new["placed"], found["changed"]) == best
    assert (new["placeable"], found["least"]) == best
    assert len(differing(world, plan, new)) == found["changed"]
    assert {move["id"] for move in found["moves"] if move["from"]} == differing(world, plan, new)
    assert all(move["why"].strip() for move in found["moves"])
    after = meetings(new)
    for name, group in locks["people"].items():
        assert name.startswith("gone") or after[name][0] == group


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, 200, 10))
def test_no_plan_that_seats_as_many_and_keeps_the_locks_changes_fewer(start):
    """Ten small worlds each, with places, rooms, pair rules and locks, against trying every plan there is."""
    for seed in range(start, start + 10):
        assert_fewest(seed)


@pytest.mark.slow
@pytest.mark.parametrize("start", range(1000, 2500, 100))
def test_no_plan_changes_fewer_many_times_over(start):
    """The same with many more worlds."""
    for seed in range(start, start + 100):
        assert_fewest(seed)


@pytest.mark.slow
@pytest.mark.parametrize("start", range(3000, 3200, 20))
def test_guests_help_out_where_they_can_and_nobody_moves_for_their_sake(start):
    """Twenty small worlds each: no plan that seats as many of the others changes the meetings of fewer."""
    for seed in range(start, start + 20):
        world, plan, _ = small_change(random.Random(seed))
        seated = {name for group in plan["groups"] for name in group["members"]}
        guests = frozenset(one["id"] for one in world["attendees"] if one["id"] not in seated)
        best = fewest_changes(world, plan, {}, guests)
        found = again(world, plan, guests=guests)
        assert broken_rules(world, found["plan"]) == []
        others = set(meetings(found["plan"])) - guests
        assert (len(others), found["changed"]) == best
        assert found["changed"] == len(differing(world, plan, found["plan"]))


@pytest.fixture(scope="module")
def matched(plan_of):
    world = planted(60, 3)
    return world, plan_of(world, moves=20_000)


def test_without_changes_and_locks_the_plan_stays_as_it_is(matched):
    """Not a byte differs, and nobody moves."""
    world, plan = matched
    found = again(world, plan)
    assert found["plan"] == plan
    assert (found["moves"], found["changed"], found["least"]) == ([], 0, 0)


def test_a_group_that_can_spare_one_is_left_alone_when_one_leaves(evening, plan_of):
    """Seven people, at least six: nobody else notices."""
    evening["attendees"].append({"id": "z", "goal": "Proving community ROI", "free": ["tue"]})
    plan = plan_of(evening)
    evening["attendees"].pop(0)
    found = again(evening, plan)
    assert (found["changed"], found["moves"], found["plan"]["placed"]) == (0, [], 6)


def test_a_late_sign_up_takes_a_free_seat_and_nobody_moves(evening, plan_of):
    """The newcomer is told of their seat; the group keeps its id and its title."""
    plan = plan_of(evening)
    evening["attendees"].append({"id": "z", "goal": "Proving community ROI", "free": ["tue"]})
    found = again(evening, plan)
    (move,) = found["moves"]
    assert (move["id"], move["from"], move["to"], move["retimed"]) == ("z", None, "g001", False)
    assert "has a seat for you with six others, Tue 12 Jan, 16:00" in move["why"]
    assert found["changed"] == 0
    assert found["plan"]["groups"][0]["title"] == plan["groups"][0]["title"]


def two_evenings(evening):
    """Two groups of six on two evenings; the last three people could come on either."""
    evening["event"]["slots"].append({"id": "wed", "start": "2027-01-13T15:00:00Z", "end": "2027-01-13T17:00:00Z"})
    evening["attendees"] += [
        {"id": f"b{n}", "goal": "Grow basil on a balcony", "free": ["wed", "tue"] if n > 3 else ["wed"]}
        for n in range(7)
    ]
    return evening


def test_a_group_that_is_one_short_is_helped_out_by_a_group_that_can_spare_one(evening, plan_of):
    """One person moves, and is told why."""
    world = two_evenings(evening)
    plan = plan_of(world)
    world["attendees"].pop(0)
    found = again(world, plan)
    (move,) = found["moves"]
    assert move["id"] in {"b4", "b5", "b6"}
    assert move["why"].startswith("A group was short of one person to be six, and you can make its time; ")
    assert (found["changed"], found["least"], found["plan"]["placed"]) == (1, 1, 12)


def test_whoever_cannot_come_any_more_makes_room_for_whoever_waits(evening, plan_of):
    """The person who moves away was the cause, and the reason says so."""
    world = two_evenings(evening)
    plan = plan_of(world)
    world["attendees"][-1]["free"] = ["tue"]
    found = again(world, plan)
    (move,) = found["moves"]
    assert move["id"] == "b6"
    assert move["why"].startswith("Your group’s time or place does not suit you any more; ")


def test_a_group_whose_time_is_withdrawn_goes_on_together_under_its_id(evening, plan_of):
    """All of them can make the other evening: one group, one id, another time."""
    plan = plan_of(evening)
    evening["event"]["slots"].append({"id": "wed", "start": "2027-01-13T15:00:00Z", "end": "2027-01-13T17:00:00Z"})
    evening["event"]["slots"][0]["offered"] = False
    for person in evening["attendees"]:
        person["free"] = ["tue", "wed"]
    found = again(evening, plan)
    (group,) = found["plan"]["groups"]
    assert (group["id"], group["slot"]) == ("g001", "wed")
    assert all(move["retimed"] for move in found["moves"])
    assert found["moves"][0]["why"] == (
        "The time and place of your group are not on offer any more; your group now meets Wed 13 Jan, 16:00."
    )


def test_an_id_is_never_given_twice(evening, plan_of):
    """A group comes, goes and another comes: g001, nothing, g002."""
    plan = plan_of(evening)
    first, second = evening, copy.deepcopy(evening)
    for person in first["attendees"]:
        person["free"] = []
    empty = again(first, plan)["plan"]
    assert (empty["groups"], empty["made"]) == ([], 1)
    refilled = again(second, empty)["plan"]
    assert [group["id"] for group in refilled["groups"]] == ["g002"]


def test_a_title_goes_when_those_who_bore_it_out_are_gone(evening, plan_of):
    """Most of the group is new and about something else."""
    plan = plan_of(evening)
    assert "ommunity" in plan["groups"][0]["title"]
    evening["attendees"] = [
        *evening["attendees"][3:],
        *({"id": f"b{n}", "goal": "Grow basil on a balcony", "free": ["tue"]} for n in range(4)),
    ]
    group = again(evening, plan)["plan"]["groups"][0]
    assert "asil" in group["title"]
    assert set(group["why"]) == set(group["members"])


def test_words_that_may_not_be_shown_any_more_leave_the_plan(evening, plan_of):
    """Nobody moves, but the title is made anew once its words may not be quoted."""
    plan = plan_of(evening)
    for person in evening["attendees"]:
        person["quotable"] = False
    group = again(evening, plan)["plan"]["groups"][0]
    assert "ommunity" not in group["title"]
    assert group["subtitle"] == ""


def test_keywords_go_once_their_words_may_not_be_shown(evening, plan_of):
    """The title's words are everybody's, a keyword's only those of two; one of them takes the consent back."""
    for person in evening["attendees"]:
        person["goal"] = "Prove community ROI"
    for person in evening["attendees"][:2]:
        person["goal"] += ", grow basil"
    plan = plan_of(evening)
    plan["groups"][0]["keywords"] = ["community ROI", "basil"]
    evening["attendees"][0]["quotable"] = False
    assert "basil" not in again(evening, plan)["plan"]["groups"][0]["keywords"]


def test_thanks_for_hosting_go_to_whoever_hosts_now(evening, plan_of):
    """One takes the offer back and another makes it; nothing else of the group changes."""
    for person in evening["attendees"]:
        person["host"] = person["id"] == "a1"
    plan = plan_of(evening)
    for person in evening["attendees"]:
        person["host"] = person["id"] == "a2"
    handed = again(evening, plan)["plan"]
    group = handed["groups"][0]
    assert group["host"] == "a2"
    assert [name for name, why in group["why"].items() if "Thank you for offering to host." in why] == ["a2"]
    evening["attendees"][0]["host"] = True
    evening["attendees"].append({"id": "z", "free": ["tue"]})
    grown = again(evening, handed)["plan"]["groups"][0]
    assert grown["host"] == "a2"
    assert [name for name, why in grown["why"].items() if "Thank you for offering to host." in why] == ["a2"]


def test_a_locked_person_sits_in_their_group_even_when_that_costs_seats(evening, plan_of):
    """The organizer may ask for what is not best."""
    world = two_evenings(evening)
    plan = plan_of(world)
    tuesday = next(group["id"] for group in plan["groups"] if group["slot"] == "tue")
    found = again(world, plan, {"people": {"b4": tuesday, "b5": tuesday}})
    assert {"b4", "b5"} <= set(next(one["members"] for one in found["plan"]["groups"] if one["id"] == tuesday))
    assert (found["plan"]["placed"], found["plan"]["placeable"]) == (8, 8)
    assert all(move["why"].startswith("The organizer chose") for move in found["moves"] if move["to"] == tuesday)


def test_a_locked_group_takes_nobody_in(evening, plan_of):
    """A newcomer stays without a seat."""
    plan = plan_of(evening)
    evening["attendees"].append({"id": "z", "goal": "Proving community ROI", "free": ["tue"]})
    found = again(evening, plan, {"groups": ["g001"]})
    assert found["plan"]["groups"] == plan["groups"]
    assert found["plan"]["placed"] == found["plan"]["placeable"] == 6


def test_a_lock_on_whoever_left_is_void_and_told(evening, plan_of):
    """There is nobody to keep where they were."""
    evening["attendees"].append({"id": "z", "free": ["tue"]})
    plan = plan_of(evening)
    evening["attendees"].pop()
    found = again(evening, plan, {"people": {"z": "g001"}, "groups": ["g001"]})
    assert len(found["released"]) == 2
    assert all("“z”" in sentence for sentence in found["released"])


BROKEN = {
    "an unknown group": ({"times": ["g009"]}, "which the plan does not have"),
    "an unknown person": ({"people": {"nobody": "g001"}}, "names nobody"),
    "a person who cannot come": ({"people": {"a0": "g001"}}, "“a0” is locked into group g001 but cannot make"),
    "a group with one who cannot come": ({"groups": ["g001"]}, "“a0” is locked into group g001 but cannot make"),
}


@pytest.mark.parametrize(("locks", "said"), BROKEN.values(), ids=BROKEN)
def test_a_lock_that_cannot_be_kept_is_one_clear_sentence(evening, plan_of, locks, said):
    """The organizer learns which lock it is."""
    plan = plan_of(evening)
    evening["attendees"][0]["free"] = []
    with pytest.raises(Invalid, match=said):
        again(evening, plan, locks)


def test_a_lock_on_a_time_that_is_gone_or_a_group_too_small_says_so(evening, plan_of):
    """Nothing is quietly given up."""
    plan = plan_of(evening)
    fewer = copy.deepcopy(evening)
    fewer["attendees"].pop()
    with pytest.raises(Invalid, match="5 of its members are left and a group needs 6"):
        again(fewer, plan, {"groups": ["g001"]})
    evening["event"]["slots"][0]["offered"] = False
    for kind in ("times", "groups"):
        with pytest.raises(Invalid, match="not on offer any more"):
            again(evening, plan, {kind: ["g001"]})


@pytest.mark.slow
def test_a_larger_world_is_repaired_around_what_changed(plan_of):
    """Three hundred people of whom nine leave and nine join: the rules hold, and the least is proven."""
    world = planted(300, 5)
    plan = plan_of(world, moves=0)
    rng = random.Random(1)
    leaving = set(rng.sample(range(300), 9))
    world["attendees"] = [one for n, one in enumerate(world["attendees"]) if n not in leaving]
    world["attendees"] += [rng.choice(world["attendees"]) | {"id": f"n{n}"} for n in range(9)]
    found = again(world, plan)
    assert broken_rules(world, found["plan"]) == []
    assert len(differing(world, plan, found["plan"])) == found["changed"] == found["least"]
    assert found == again(world, plan)


def test_the_command_line_changes_an_earlier_plan(tmp_path, evening, plan_of, capsys):
    """--from, --locks and --changes in one go."""
    files = {name: tmp_path / f"{name}.json" for name in ("instance", "old", "locks", "new", "changes")}
    files["old"].write_text(json.dumps(plan_of(evening)))
    files["locks"].write_text(json.dumps({"times": ["g001"]}))
    evening["attendees"].append({"id": "z", "free": ["tue"]})
    files["instance"].write_text(json.dumps(evening))
    options = ["--from", str(files["old"]), "--locks", str(files["locks"]), "--changes", str(files["changes"])]
    assert command.main([str(files["instance"]), str(files["new"]), *options]) == 0
    assert "0 people meet differently than before, the least there is" in capsys.readouterr().err
    changes = json.loads(files["changes"].read_text())
    assert [move["id"] for move in changes["moves"]] == ["z"]
    assert json.loads(files["new"].read_text())["placed"] == 7
    files["locks"].write_text(json.dumps({"time": ["g001"]}))
    assert command.main([str(files["instance"]), str(files["new"]), *options]) == 2
    assert "time" in capsys.readouterr().err
    assert command.main([str(files["instance"]), str(files["new"]), *options[2:]]) == 2


@pytest.mark.slow
@pytest.mark.parametrize("taken", ["instance", "old", "new"])
def test_changes_overwrite_no_other_file_of_the_command(tmp_path, evening, plan_of, capsys, taken):
    """One sentence and no plan; what is there stays as it was."""
    files = {name: tmp_path / f"{name}.json" for name in ("instance", "old", "new")}
    files["instance"].write_text(json.dumps(evening))
    files["old"].write_text(json.dumps(plan_of(evening)))
    before = {name: path.read_text() for name, path in files.items() if path.exists()}
    options = ["--from", str(files["old"]), "--changes", str(files[taken])]
    assert command.main([str(files["instance"]), str(files["new"]), *options]) == 2
    assert "would overwrite" in capsys.readouterr().err
    assert {name: path.read_text() for name, path in files.items() if path.exists()} == before
