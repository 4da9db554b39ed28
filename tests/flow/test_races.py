"""Two or twenty at once, and writes that land late: conditions settle every race the same way."""

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.attendee import AttendeeState
from chalicelib.domain.errors import Conflict, Stale
from chalicelib.domain.event import BURST, State
from chalicelib.domain.letter import Kind
from chalicelib.flow import respond, signup, steer
from tests.flow.world import RESULTS, World, Wrapped, assert_everybody_was_told_once, once

pytestmark = pytest.mark.slow

MANY = 20

SLOWEST_WRITE = timedelta(seconds=8)
"""How long a request may take from what it read to what it wrote."""


def world_of(*names: str, **event: Any) -> World:
    """An open event with these people confirmed and their first letters sent."""
    world = World()
    world.open(**event)
    world.join(*names)
    world.run_jobs()
    return world


def in_step(world: World, method: str, parties: int = MANY) -> None:
    """The next so many calls of a store's method wait for one another."""
    barrier, calls = threading.Barrier(parties, timeout=10), itertools.count()

    def meet(name: str, *_: Any) -> None:
        if name == method and next(calls) < parties:
            barrier.wait()

    world.store = Wrapped(world.memory, after=meet)


def at_once(act: Callable[[], None], parties: int = MANY) -> None:
    """Do it in as many threads; whatever one of them raises is raised."""
    with ThreadPoolExecutor(parties) as pool:
        for done in [pool.submit(act) for _ in range(parties)]:
            done.result()


def test_twenty_ticks_at_the_deadline_close_the_event_once() -> None:
    """They all read it open; one closes it, and the others find that it is taken care of."""
    world = world_of("ana", "bob", "cem", confirm_minutes=60)
    world.close()
    before = world.event.version
    in_step(world, "event")
    at_once(world.tick)
    assert (world.state, world.event.version) == (State.CLOSED, before + 1)
    assert not world.jobs.matches


def test_twenty_ticks_start_one_worker_and_all_is_told_once() -> None:
    """One plan, one row an attendee, however many ticks, workers and senders there are at once."""
    world = world_of("ana", "bob", "cem", "dora", confirm_minutes=60)
    world.close()
    world.tick()
    world.clock.set(world.event.due)
    in_step(world, "event")
    at_once(world.tick)
    assert len(world.jobs.matches) == 1
    in_step(world, "event", 4)
    at_once(world.match, 4)
    in_step(world, "hold")
    at_once(world.send)
    world.unwrap()
    world.pass_time(minutes=3)
    assert_everybody_was_told_once(world)


def test_a_worker_started_twice_publishes_one_plan() -> None:
    """The platform may start a background function twice; somebody may confirm between the two readings."""
    world = world_of("ana", "bob", "cem")
    world.sign_up("late")
    world.close()
    world.tick()
    ((_, run),) = world.jobs.matches
    world.jobs.matches.clear()

    def meanwhile() -> None:
        world.confirm("late")
        world.match(run, world.memory)

    world.match(run, Wrapped(world.memory, before=once("write_plan", meanwhile)))
    world.run_jobs()
    world.pass_time(minutes=3)
    assert_everybody_was_told_once(world)


def test_two_workers_that_call_off_an_event_tell_each_person_once() -> None:
    """Also those with a seat, whose calendars hear of it by a number that rises."""
    world = world_of("ana", "bob", "cem", "dora")
    world.publish()
    steer.cancel(world.memory, world.event_id, world.clock.now())
    world.clock.set(world.event.due)
    world.tick()
    run = world.event.run
    world.jobs.matches.clear()
    world.match(run, Wrapped(world.memory, after=once("attendees", lambda: world.match(run, world.memory))))
    world.run_jobs()
    assert len(world.letters(Kind.CANCELLED)) == 4
    assert {one.seat.sequence for one in world.people() if one.seat} == {1}


def test_two_sign_ups_for_one_address_at_once_make_one_person_and_one_answer() -> None:
    """Neither hears that the address is known."""
    world = world_of()
    alone = world.sign_up("bob")
    slow = Wrapped(world.memory, after=once("at_the_door", lambda: world.sign_up("ana", token="first-0123456789")))
    receipt = world.sign_up("ana", token="second-0123456789", store=slow, goal="The newest answers count")
    assert receipt == replace(alone, email="ana@example.com")
    assert len(world.people()) == 2
    assert world.person("ana").answers.goal == "The newest answers count"


def test_one_request_that_arrives_twice_at_once_is_one_sign_up() -> None:
    """A client that lost the answer sends it again before the first one is through."""
    world = world_of()
    slow = Wrapped(world.memory, after=once("at_the_door", lambda: world.sign_up("ana")))
    world.sign_up("ana", store=slow)
    assert len(world.letters_to("ana")) == 1


@pytest.mark.parametrize("reached", [State.CLOSED, State.MATCHING, State.PUBLISHED])
def test_a_confirmation_that_lands_late_is_placed_or_told(reached: State) -> None:
    """It was let in, so it counts or is told why not, wherever the event has got to when its write lands."""
    world = world_of("ana", "bob", "cem", confirm_minutes=0)
    world.sign_up("late", free=["s000"])
    world.run_jobs()
    world.close()
    if reached is not State.CLOSED:
        world.tick()
    if reached is State.PUBLISHED:
        world.jobs.matches, matches = [], world.jobs.matches

    def meanwhile() -> None:
        if reached is State.CLOSED:
            world.clock.advance(SLOWEST_WRITE)
            world.tick()
        elif reached is State.PUBLISHED:
            world.jobs.matches += matches
            world.run_jobs()
            assert world.state is State.PUBLISHED
            world.clock.advance(SLOWEST_WRITE)

    world.confirm("late", Wrapped(world.memory, before=once("commit", meanwhile)))
    assert world.person("late").state is AttendeeState.CONFIRMED
    world.run_jobs()
    world.pass_time(minutes=3)
    assert_everybody_was_told_once(world)


def test_a_sign_up_that_was_let_in_at_the_last_moment_can_still_be_confirmed_and_counts() -> None:
    """Its write lands after the event has closed; its owner then has the time that everybody has."""
    world = world_of("ana", "bob", "cem", confirm_minutes=60)
    world.clock.set(world.event.closes_at - timedelta(seconds=1))

    def meanwhile() -> None:
        world.clock.advance(SLOWEST_WRITE)
        world.tick()
        assert world.state is State.CLOSED

    world.sign_up("late", store=Wrapped(world.memory, before=once("commit", meanwhile)))
    world.confirm("late")
    world.clock.set(world.event.due)
    world.pass_time(minutes=3)
    assert world.person("late").seat is not None
    assert_everybody_was_told_once(world)


def test_sign_ups_around_the_deadline_are_refused_or_taken_and_told() -> None:
    """A crowd against a tick: accepted is placed or told why not, and nothing else is kept."""
    world = world_of("ana", "bob", "cem")
    deadline = world.event.closes_at
    world.close()
    numbers, accepted, some = iter(range(MANY)), set[str](), threading.Event()
    world.store = Wrapped(world.memory, before=once("event", lambda: some.wait(10)))

    def arrive() -> None:
        number = next(numbers)
        try:
            world.sign_up(f"p{number}", now=deadline + timedelta(seconds=number - MANY // 2), free=["s001"])
        except Conflict as refused:
            assert "Sign-up closed Monday 11 January 2027, 10:00" in str(refused)  # noqa: PT017
        else:
            accepted.add(f"p{number}")
            some.set()
            world.confirm(f"p{number}")

    with ThreadPoolExecutor(MANY + 1) as pool:
        for done in [pool.submit(world.tick), *(pool.submit(arrive) for _ in range(MANY))]:
            done.result()
    assert accepted
    assert accepted <= {f"p{number}" for number in range(MANY // 2)}
    assert len(world.people()) == len(accepted) + 3
    world.unwrap()
    world.run_jobs()
    world.pass_time(minutes=3)
    assert_everybody_was_told_once(world)


def test_a_confirmation_under_way_while_the_event_is_called_off_is_told() -> None:
    """Everybody whose confirmation was taken hears that it is off."""
    world = world_of("ana", "bob", "cem")
    world.sign_up("late")

    def meanwhile() -> None:
        steer.cancel(world.memory, world.event_id, world.clock.now())
        world.clock.advance(SLOWEST_WRITE)
        if world.event.due <= world.clock.now():
            world.tick()
            world.run_jobs()

    world.confirm("late", Wrapped(world.memory, before=once("commit", meanwhile)))
    world.pass_time(minutes=3)
    assert len(world.letters_to("late", Kind.CANCELLED)) == 1
    assert len(world.letters(Kind.CANCELLED)) == 4


@pytest.mark.parametrize("moment", ["write_plan", "plan"])
def test_calling_off_stops_a_worker_in_the_middle(moment: str) -> None:
    """While it matches and while it judges the plan: everybody hears that it is off, and nothing else."""
    world = world_of("ana", "bob", "cem")
    world.close()
    world.tick()
    off = once(moment, lambda: steer.cancel(world.memory, world.event_id, world.clock.now()))
    world.match(store=Wrapped(world.memory, after=off))
    world.jobs.matches.clear()
    world.pass_time(minutes=3)
    assert world.state is State.CANCELLED
    assert {letter.kind for letter in world.letters(*RESULTS)} == {Kind.CANCELLED}
    assert_everybody_was_told_once(world)


def test_calling_off_waits_until_the_groups_are_out() -> None:
    """While they go out it is refused; a moment later it is taken, and told once more to each."""
    world = world_of("ana", "bob", "cem")
    world.close()
    world.tick()

    def meanwhile() -> None:
        with pytest.raises(Conflict, match="try again in a minute"):
            steer.cancel(world.memory, world.event_id, world.clock.now())

    world.match(store=Wrapped(world.memory, before=once("sub_events", meanwhile)))
    world.run_jobs()
    steer.cancel(world.memory, world.event_id, world.clock.now())
    world.pass_time(minutes=3)
    assert len(world.letters(Kind.SEAT)) == len(world.letters(Kind.CANCELLED)) == 3


def test_an_organizer_who_holds_a_plan_while_it_is_judged_has_it_held() -> None:
    """The answer said that it waits, so it waits."""
    world = world_of("ana", "bob", "cem")
    world.close()
    world.tick()

    def meanwhile() -> None:
        assert world.state is State.DRAFT
        steer.hold(world.memory, world.event_id)

    world.match(store=Wrapped(world.memory, after=once("plan", meanwhile)))
    world.pass_time(minutes=3)
    assert world.state is State.DRAFT
    assert not world.letters(*RESULTS)


def test_an_organizer_who_holds_a_plan_as_its_day_runs_out_has_it_held() -> None:
    """At the end of the 24 hours the worker goes on only if nobody has just said stop."""
    world = world_of("ana", "bob", "cem", "dora", least_share=100)
    world.sign_up("unfit")
    world.join("eve", free=[])
    world.close()
    world.pass_time(minutes=2)
    assert world.state is State.HELD
    world.clock.set(world.event.due)
    world.tick()
    world.match(store=Wrapped(world.memory, after=once("plan", lambda: steer.hold(world.memory, world.event_id))))
    world.pass_time(minutes=3)
    assert world.state is State.HELD
    assert not world.letters(*RESULTS)


def test_a_withdrawal_that_lands_while_groups_are_published_is_out_of_its_group() -> None:
    """The group goes out without them, and without a host if that was them; nobody is told what is not so."""
    world = World()
    world.open()
    world.join("ana", host=True)
    world.join("bob", "cem", "dora")
    world.run_jobs()
    world.close()
    world.tick()
    ana, event = world.person("ana"), world.event
    done: list[AttendeeState] = []

    def meanwhile() -> None:
        done.append(respond.withdraw(world.memory, world.jobs, event, ana, world.clock.now()).state)

    commits = iter(range(100))

    def before(name: str, *records: Any) -> None:
        # The first commits move the event; the one with four people in it publishes their group.
        if name == "commit" and len(records) > 4 and next(commits) == 0:
            meanwhile()

    world.match(store=Wrapped(world.memory, before=before))
    world.run_jobs()
    world.pass_time(minutes=2)
    assert done == [AttendeeState.WITHDRAWN]
    assert not world.letters_to("ana", *RESULTS)
    assert_everybody_was_told_once(world)
    (group,) = world.memory.sub_events(world.event_id)
    assert (len(group.members), group.host) == (3, None)


def test_a_withdrawal_between_matching_and_judging_makes_the_plan_again() -> None:
    """Three minus one is no group of three, so there is none; the organizer is asked, and nobody is told yet."""
    world = world_of("ana", "bob", "cem")
    world.close()
    world.tick()
    world.match(store=Wrapped(world.memory, after=once("write_plan", lambda: world.withdraw("ana"))))
    world.jobs.matches.clear()
    assert world.state is State.CLOSED
    world.pass_time(minutes=2)
    assert world.state is State.HELD
    assert not world.letters(*RESULTS)


def test_an_edit_that_was_overtaken_says_so_and_changes_nothing() -> None:
    """The page shows the sentence, and the newer answers stay."""
    world = world_of("ana")
    old = world.person("ana")
    newer, mine = replace(old.answers, goal="Newer"), replace(old.answers, goal="Mine")
    respond.edit(world.memory, world.event, old, newer, world.clock.now())
    with pytest.raises(Stale, match="look at them again"):
        respond.edit(world.memory, world.event, old, mine, world.clock.now())
    assert world.person("ana").answers == newer


def test_an_edit_that_was_overtaken_by_something_else_is_kept() -> None:
    """The same edit sent twice, or anything that leaves the answers alone, is no reason to refuse."""
    world = world_of()
    world.sign_up("ana")
    old = world.person("ana")
    world.mail_link("ana", "another-0123456789")
    for _ in range(2):
        respond.edit(world.memory, world.event, old, replace(old.answers, goal="Mine"), world.clock.now())
    assert (world.person("ana").answers.goal, world.person("ana").links_sent) == ("Mine", 2)


def test_an_organizers_act_is_repeated_on_the_fresh_event_as_long_as_that_makes_sense() -> None:
    """A heartbeat or another act in between is no reason to refuse; a state in between is."""
    world = world_of()
    now = world.clock.now()
    other = once("event", lambda: steer.hold(world.memory, world.event_id))
    steer.move_deadline(Wrapped(world.memory, after=other), world.event_id, now + timedelta(days=1), now)
    assert (world.event.review, world.event.closes_at) == (True, now + timedelta(days=1))
    other = once("event", lambda: steer.cancel(world.memory, world.event_id, now))
    with pytest.raises(Conflict, match="cannot move any more"):
        steer.move_deadline(Wrapped(world.memory, after=other), world.event_id, now + timedelta(days=2), now)


def test_many_who_leave_at_once_do_not_stand_in_each_others_way() -> None:
    """One of them has the groups looked at; nobody is told that somebody else was faster."""
    world = world_of("ana", "bob", "cem")
    world.publish()
    before = world.event
    in_step(world, "event")
    at_once(lambda: signup.disturb(world.store, before, world.clock.now()))
    assert (world.event.mend_at, world.event.version) == (world.clock.now() + BURST, before.version + 1)
