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
