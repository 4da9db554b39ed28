"""A worker that the platform started twice, of which one dies: one plan goes out, and it is the one that is shown."""

import pytest

from chalicelib.domain.event import State
from chalicelib.flow import steer, watch
from tests.flow.world import RESULTS, World, Wrapped, assert_everybody_was_told_once, once


class Gone(BaseException):
    """The process is over; no except of its own keeps it alive."""


def die() -> None:
    raise Gone


def claimed() -> tuple[World, str]:
    """Two groups' worth of people, one who has not confirmed yet, and a worker claimed."""
    world = World()
    world.open(group_size={"min": 3, "max": 3})
    world.join("ana", "bob", "cem", "dora", "eve", "fay")
    world.sign_up("late")
    world.run_jobs()
    world.close()
    world.tick()
    ((_, run),) = world.jobs.matches
    world.jobs.matches.clear()
    return world, run


def dying_while_publishing(world: World, groups: int) -> Wrapped:
    """A store whose process ends after so many groups of several people are out."""
    left = [groups]

    def after(name: str, *records: object) -> None:
        if name == "commit" and len(records) > 4:
            left[0] -= 1
            if not left[0]:
                die()

    return Wrapped(world.memory, after=after)


def assert_shown_is_published(world: World) -> None:
    """The organizer's page shows who sits where, as each of them was told."""
    shown = watch.groups_of(world.memory, world.event)
    seats = {one.id: one.seat.sub_event for one in world.people() if one.seat is not None}
    assert {member: group.id for group in shown.sub_events for member in group.members} == seats
    assert {group.id for group in shown.sub_events} == {one.id for one in world.memory.sub_events(world.event_id)}
    unplaced = {one.id: one.unplaced for one in world.people() if one.unplaced}
    assert shown.reasons == unplaced


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["attendees", "write_plan"])
@pytest.mark.parametrize("groups", [1, 2])
def test_two_starts_of_one_run_with_a_confirmation_in_between_publish_one_plan(moment: str, groups: int) -> None:
    """The other one is matching too, for other people, when the first dies in the middle of publishing its own."""
    world, run = claimed()

    def meanwhile() -> None:
        with pytest.raises(Gone):
            world.match(run, dying_while_publishing(world, groups))
        world.confirm("late")

    world.match(run, Wrapped(world.memory, after=once(moment, meanwhile)))
    world.run_jobs()
    world.pass_time(minutes=4)
    assert (world.state, world.event.due, world.event.run) == (State.PUBLISHED, None, "")
    assert_everybody_was_told_once(world)
    assert_shown_is_published(world)


@pytest.mark.slow
@pytest.mark.parametrize("groups", [1, 2])
def test_a_start_that_comes_late_does_not_write_over_the_plan_that_is_going_out(groups: int) -> None:
    """It has matched one person more, and keeps its plan under a name of its own."""
    world, run = claimed()
    plans: list[object] = []

    def meanwhile() -> None:
        world.confirm("late")
        with pytest.raises(Gone):
            world.match(run, dying_while_publishing(world, groups))
        plans.append(world.memory.plan(world.event_id, world.event.plan))

    world.match(run, Wrapped(world.memory, before=once("write_plan", meanwhile)))
    world.run_jobs()
    world.pass_time(minutes=4)
    assert [world.memory.plan(world.event_id, world.event.plan)] == plans
    assert_everybody_was_told_once(world)
    assert_shown_is_published(world)


@pytest.mark.slow
@pytest.mark.parametrize("groups", [1, 2])
def test_after_a_death_in_the_middle_of_publishing_the_next_worker_publishes_the_same_plan(groups: int) -> None:
    """Somebody confirmed meanwhile; no second plan is made for them, and they hear that they came too late."""
    world, run = claimed()
    with pytest.raises(Gone):
        world.match(run, dying_while_publishing(world, groups))
    assert world.state is State.PUBLISHING
    plan = world.event.plan
    world.confirm("late")
    world.match(run, dying_while_publishing(world, 3))
    world.run_jobs()
    world.pass_time(minutes=4)
    assert (world.state, world.event.plan) == (State.PUBLISHED, plan)
    assert len(world.letters_to("late", *RESULTS)) == 1
    assert_everybody_was_told_once(world)
    assert_shown_is_published(world)


def test_what_was_published_is_shown_after_a_call_off_as_well() -> None:
    """The organizer still sees whom to write to."""
    world, run = claimed()
    world.match(run)
    world.run_jobs()
    world.pass_time(minutes=2)
    before = {one.id: one.members for one in watch.groups_of(world.memory, world.event).sub_events}
    steer.cancel(world.memory, world.event_id, world.clock.now())
    world.pass_time(minutes=2)
    after = {one.id: one.members for one in watch.groups_of(world.memory, world.event).sub_events}
    assert after == before
