"""Sessions that are over, or nearly: nobody is invited to one, and an event without any left comes to an end."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.errors import Conflict, Invalid
from chalicelib.domain.event import SOONEST, Event, State
from chalicelib.domain.letter import Kind
from chalicelib.domain.plan import Plan
from chalicelib.flow import steer
from tests.flow.world import RESULTS, World, assert_everybody_was_told_once, subjects

HOUR = timedelta(hours=1)

EARLY_AND_LATE = {
    "slots": [
        {"id": "early", "start": "2027-01-18T16:00:00Z", "end": "2027-01-18T17:00:00Z"},
        {"id": "late", "start": "2027-01-19T16:00:00Z", "end": "2027-01-19T17:00:00Z"},
    ],
    "first_day": None,
    "last_day": None,
    "closes_at": "2027-01-18T09:00:00Z",
    "least_share": 100,
    "places": [
        {"name": "Café", "address": "Here", "slots": ["early"]},
        {"name": "Library", "address": "There", "slots": ["early", "late"]},
    ],
}


def waiting(**event: Any) -> World:
    """A plan for the early session that waits: three can make it, of whom all could come later; one can never."""
    world = World()
    world.open(**{**EARLY_AND_LATE, **event})
    world.join("ana", "bob", "cem", free=["early"], if_need_be=["late"])
    world.join("dora", free=[])
    world.run_jobs()
    world.close()
    world.pass_time(minutes=2)
    assert world.state is State.HELD
    assert slots_of(plan_of(world)) == ["early"]
    return world


def plan_of(world: World) -> Plan:
    return world.memory.plan(world.event_id, world.event.plan)


def slots_of(plan: Plan) -> list[str]:
    return [group.slot for group in plan.groups]


def seats_given_too_late(world: World) -> list[str]:
    """Groups that went out when their session had begun or people could not get there any more."""
    out = world.memory.reached(State.PUBLISHED)
    return [group.id for group in world.memory.sub_events(world.event_id) if group.slot.start < out + SOONEST]


def without_ticks(world: World, until: timedelta) -> None:
    """No tick runs until so long before the early session, as when the account is switched off for a while."""
    world.clock.set(world.event.first_start - until)


def test_a_held_plan_waits_only_until_its_first_session_is_near() -> None:
    """Less than the day that it would have otherwise, and the organizer reads by when."""
    world = waiting()
    assert world.event.due is not None
    assert world.event.due < world.event.slot("early").start - SOONEST
    assert world.event.held is not None
    assert world.event.held.otherwise.endswith("the plan goes out as it is.")
    world.clock.set(world.event.due)
    world.pass_time(minutes=2)
    assert world.state is State.PUBLISHED
    assert not seats_given_too_late(world)
    assert_everybody_was_told_once(world)


@pytest.mark.slow
@pytest.mark.parametrize("hours", [1.5, 1.2, 1, 0.5, 0, -0.5, -3, -22, -22.9])
def test_whenever_the_ticks_come_back_nobody_is_invited_to_what_is_over(hours: float) -> None:
    """The plan is made again from the sessions still to come, and goes out or is called off by itself."""
    world = waiting()
    without_ticks(world, hours * HOUR)
    world.pass_time(minutes=3)
    if hours > 1:
        assert slots_of(plan_of(world)) == ["early"]
    else:
        assert set(slots_of(plan_of(world))) <= {"late"}
    world.pass_time(hours=26)
    assert world.state in {State.PUBLISHED, State.CANCELLED}
    assert world.state is State.CANCELLED or not seats_given_too_late(world)
    assert_everybody_was_told_once(world)


@pytest.mark.slow
@pytest.mark.parametrize("review", [True, False])
def test_publishing_a_plan_whose_session_is_over_makes_another_one_from_those_to_come(*, review: bool) -> None:
    """The organizer is told so, looks at the new plan, and publishes that."""
    world = waiting(review=review)
    without_ticks(world, timedelta(0))
    old = world.event.plan
    with pytest.raises(Conflict, match=r"^A session of this plan is over .*, so a new plan is being made; look again"):
        steer.publish(world.memory, world.event_id, world.clock.now())
    world.pass_time(minutes=2)
    assert world.state is State.HELD
    assert world.event.plan != old
    assert slots_of(plan_of(world)) == ["late"]
    assert [group.place for group in plan_of(world).groups] == [world.event.places[1].id]
    steer.publish(world.memory, world.event_id, world.clock.now())
    world.pass_time(minutes=2)
    assert not seats_given_too_late(world)
    assert_everybody_was_told_once(world)


def test_a_held_event_whose_first_session_is_over_can_be_extended_until_its_last() -> None:
    """Confirming has to be over when that one starts."""
    world = waiting(review=True)
    without_ticks(world, -HOUR)
    last = world.event.last_start
    with pytest.raises(Invalid, match="There is a session starting Tuesday 19 January 2027, 17:00"):
        steer.move_deadline(world.memory, world.event_id, last, world.clock.now())
    until = last - timedelta(hours=6)
    assert steer.move_deadline(world.memory, world.event_id, until, world.clock.now()).state is State.OPEN
    world.join("eve", free=["late"])
    steer.move_deadline(world.memory, world.event_id, until + HOUR, world.clock.now())
    world.close()
    world.pass_time(minutes=2)
    steer.publish(world.memory, world.event_id, world.clock.now())
    world.pass_time(minutes=2)
    (group,) = world.memory.sub_events(world.event_id)
    assert (group.slot.id, len(group.members)) == ("late", 4)
    assert_everybody_was_told_once(world)


def test_an_extended_event_can_be_closed_now_although_its_first_session_is_over() -> None:
    """And what is left of it takes its course."""
    world = waiting(review=True)
    without_ticks(world, -HOUR)
    steer.move_deadline(world.memory, world.event_id, world.event.last_start - 6 * HOUR, world.clock.now())
    steer.close_now(world.memory, world.event_id, 0, world.clock.now())
    world.pass_time(minutes=2)
    assert slots_of(plan_of(world)) == ["late"]


def after_the_last(event: Event) -> timedelta:
    return event.first_start - event.last_start - HOUR


@pytest.mark.parametrize("held", [True, False])
def test_an_event_whose_sessions_are_all_over_is_called_off_and_everybody_is_told_once(*, held: bool) -> None:
    """Whether its plan waited too long or nothing ran while it should have been made."""
    world = waiting() if held else World()
    if not held:
        world.open(**EARLY_AND_LATE)
        world.join("ana", "bob", "cem", free=["early"])
        world.run_jobs()
    without_ticks(world, after_the_last(world.event))
    world.pass_time(minutes=3)
    assert world.state is State.HELD
    assert world.event.held is not None
    assert [choice.act for choice in world.event.held.choices] == ["cancel"]
    assert not world.letters(*RESULTS)
    world.pass_time(hours=25)
    assert (world.state, world.event.due, world.event.run) == (State.CANCELLED, None, "")
    assert {letter.kind for letter in world.letters(*RESULTS)} == {Kind.CANCELLED}
    assert_everybody_was_told_once(world)
    assert [subject.startswith("Cancelled") for subject in subjects(world, "ana")] == [False, True]


def test_a_plan_to_review_whose_sessions_are_all_over_can_only_be_called_off() -> None:
    """Publishing makes a plan without groups, which says why to each person, and which is no more publishable."""
    world = waiting(review=True)
    without_ticks(world, after_the_last(world.event))
    with pytest.raises(Conflict, match="so a new plan is being made"):
        steer.publish(world.memory, world.event_id, world.clock.now())
    world.pass_time(hours=30)
    assert world.state is State.HELD
    assert {one.reason for one in plan_of(world).unplaced} == {
        "Every session was over, or about to begin, before groups could be made."
    }
    assert len(plan_of(world).unplaced) == 4
    with pytest.raises(Conflict, match="no group"):
        steer.publish(world.memory, world.event_id, world.clock.now())
    steer.cancel(world.memory, world.event_id, world.clock.now())
    world.pass_time(minutes=2)
    assert_everybody_was_told_once(world)


def test_a_held_plan_on_which_hold_is_pressed_says_and_does_nothing_by_itself() -> None:
    """The day that ran is over and forgotten; the reason and the choices stay."""
    world = waiting()
    before = world.event.held
    assert before is not None
    steer.hold(world.memory, world.event_id)
    after = world.event.held
    assert after is not None
    assert (after.sentence, after.choices, after.otherwise) == (before.sentence, before.choices, "")
    world.pass_time(hours=26)
    assert (world.state, world.event.due) == (State.HELD, None)
    assert not world.letters(*RESULTS)
