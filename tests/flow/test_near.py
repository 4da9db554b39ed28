"""Plans close to their sessions: people always have time to get there, and nobody is invited to what is over."""

from datetime import timedelta

import pytest

from chalicelib.domain.errors import Conflict
from chalicelib.domain.event import SOONEST, State
from chalicelib.domain.letter import Kind
from chalicelib.flow import steer
from tests.flow.world import RESULTS, World, assert_everybody_was_told_once

LAG = timedelta(seconds=5)
"""Between a tick that finds an event due and the worker that it starts."""


def held(before: timedelta, **event: object) -> World:
    """A plan for three of five people, made so long before its session, that waits for its organizer."""
    world = World()
    world.open(closes_at="2027-01-18T09:00:00Z", least_share=100, **event)
    world.join("ana", "bob", "cem")
    world.join("dora", "eve", free=[])
    world.run_jobs()
    world.clock.set(world.event.first_start - before)
    steer.close_now(world.memory, world.event_id, 0, world.clock.now())
    world.pass_time(minutes=2)
    assert world.state is State.HELD
    return world


def go_on(world: World) -> None:
    """What the event waits for is over: a tick, and a little later its worker."""
    assert world.event.due is not None
    world.clock.set(world.event.due)
    world.tick()
    world.clock.advance(LAG)
    world.run_jobs()
    world.pass_time(minutes=2)


def test_a_held_plan_goes_out_before_its_session_if_a_day_would_be_too_long() -> None:
    """As the organizer was told; the people in it still have an hour."""
    world = held(timedelta(hours=8))
    assert world.event.held is not None
    assert "Monday 18 January 2027, 1" in world.event.held.otherwise
    assert world.event.due is not None
    assert world.event.due <= world.event.first_start - SOONEST
    go_on(world)
    assert world.state is State.PUBLISHED
    assert len(world.letters(Kind.SEAT)) == 3
    assert world.event.first_start - world.memory.reached(State.PUBLISHED) >= SOONEST
    assert_everybody_was_told_once(world)


def test_a_plan_for_sessions_that_are_over_is_made_again_and_not_published() -> None:
    """An organizer who took too long to review is told so; the new plan has the sessions that are left."""
    world = held(timedelta(hours=8), review=True)
    world.clock.set(world.event.first_start)
    with pytest.raises(Conflict, match="A session of this plan is over or about to begin, so a new plan"):
        steer.publish(world.memory, world.event_id, world.clock.now())
    world.pass_time(minutes=2)
    assert world.state is State.HELD
    assert not world.memory.plan(world.event_id, world.event.plan).groups
    assert not world.letters(*RESULTS)


def test_a_deadline_may_still_move_while_a_session_is_left() -> None:
    """Up to the last one, and people hear how long they can confirm."""
    world = held(timedelta(hours=8))
    assert "extend" in {one.act for one in world.event.held.choices}  # type: ignore[union-attr]
    later = world.event.last_start - timedelta(hours=2)
    assert steer.move_deadline(world.memory, world.event_id, later, world.clock.now()).state is State.OPEN
