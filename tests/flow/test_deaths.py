"""Processes that are killed, at every act they do: the next ones finish the work, and nobody hears twice or never."""

from collections import Counter
from datetime import timedelta

import pytest

from chalicelib.domain import event as road
from chalicelib.domain.attendee import AttendeeState
from chalicelib.domain.errors import Conflict
from chalicelib.domain.event import LEASE, REMINDER, State
from chalicelib.domain.letter import Kind, LetterState
from chalicelib.domain.plan import Group, Plan, Unplaced
from chalicelib.flow import publish, steer
from chalicelib.flow.change import change_event
from chalicelib.flow.send import SENDER, SENDER_LEASE
from tests.flow.lives import lives
from tests.flow.world import RESULTS, World, Wrapped, assert_everybody_was_told_once, once, read_mail

SOON = timedelta(seconds=90)
"""Another process has taken over by then."""


def cut(world: World) -> set[str]:
    """Persons whose letter was being handed over when the process died."""
    return {one.person for one in world.letters() if one.state is LetterState.SENDING}


def finish(world: World, state: State = State.PUBLISHED) -> None:
    """What was started goes on, tick follows tick, until nothing is left to do; it must not take long."""
    died = world.clock.now()
    world.run_jobs()
    world.pass_time(minutes=4)
    assert (world.state, world.event.due, world.event.run) == (state, None, "")
    assert world.memory.reached(state) <= died + SOON


def gathered(*free: str) -> World:
    """An event at its deadline: three people for one group, one without a time, one who never confirmed."""
    world = World()
    world.open()
    world.join("ana", "bob", "cem")
    world.join("dora", free=[])
    world.sign_up("ugo")
    world.run_jobs()
    world.close()
    return world


def put_out(world: World, plan: Plan) -> None:
    """The plan has been drafted by a worker, who has begun to publish it."""
    now = world.clock.now()
    world.memory.write_plan(world.event_id, "p", plan)
    for step in (
        lambda event: road.closed(event, now),
        lambda event: road.claimed(event, "first", now),
        lambda event: road.drafted(event, "first", "p"),
        lambda event: road.publishing(event, "first"),
    ):
        change_event(world.memory, world.event_id, step)


def planned() -> World:
    """An event that a worker has begun to publish: two groups, two people without one, and one who confirmed late."""
    world = World()
    world.open()
    names = ["ana", "bob", "cem", "dora", "eve", "fay", "gil", "hal"]
    world.join(*names[:6])
    world.join(*names[6:], free=[])
    world.sign_up("ugo", free=[])
    world.run_jobs()
    world.close()
    ids = [world.person(name).id for name in names]
    groups = tuple(
        Group(id=f"g{n}", slot="s000", place=None, members=members, host=None, title="Posters", subtitle="",
              keywords=(), why=dict.fromkeys(members, "You all want posters."))
        for n, members in enumerate((tuple(ids[:3]), tuple(ids[3:6])))
    )  # fmt: skip
    unplaced = tuple(Unplaced(one, "No time that you marked had room.") for one in ids[6:])
    plan = Plan(groups=groups, unplaced=unplaced, placed=6, placeable=6, relevance=0.5, seed=0)
    put_out(world, plan)
    world.confirm("ugo")
    return world


@pytest.mark.slow
def test_a_tick_killed_at_any_act_delays_and_doubles_nothing() -> None:
    """While it sets up, closes the event, waits for the matching to fall due, claims it and starts the worker."""
    for world in lives(gathered(), World.tick):
        finish(world)
        assert_everybody_was_told_once(world)


@pytest.mark.slow
def test_a_matching_worker_killed_at_any_act_is_replaced_by_another() -> None:
    """While it writes the plan, moves the event on and publishes: in the end one plan is out."""
    world = gathered()
    world.tick()
    world.jobs.matches.clear()
    for one in lives(world, World.match):
        finish(one)
        assert_everybody_was_told_once(one)


@pytest.mark.slow
@pytest.mark.parametrize("retried", [False, True])
def test_a_publishing_worker_killed_at_any_act_is_finished_by_another(*, retried: bool) -> None:
    """Groups, seats and letters that are there already stay as they are; the platform may also start it once more."""
    for world in lives(planned(), World.match):
        if retried:
            world.match("first")
        finish(world)
        assert_everybody_was_told_once(world)
        assert len(list(world.memory.sub_events(world.event_id))) == 2


def test_a_worker_that_was_taken_for_dead_does_not_get_in_the_way() -> None:
    """It wakes up and writes a group that the next worker was about to write; that one goes on with the others."""
    world = planned()
    first = world.event
    plan = world.memory.plan(world.event_id, first.plan)
    world.clock.set(first.due)
    world.memory.commit(road.claimed(first, "second", world.clock.now()))

    def wake_up() -> None:
        publish.publish_groups(world.memory, first, plan, world.key, world.clock)

    world.match("second", Wrapped(world.memory, after=once("sub_events", wake_up)))
    assert world.state is State.PUBLISHED
    finish(world)
    assert_everybody_was_told_once(world)


def test_a_worker_that_comes_after_another_has_taken_over_touches_nothing() -> None:
    """The platform may start it again much later."""
    world = planned()
    world.memory.commit(road.claimed(world.event, "second", world.clock.now()))
    written: list[str] = []
    world.match("first", Wrapped(world.memory, before=lambda name, *_: written.append(name)))
    assert written == ["event"]


def test_nobody_withdraws_while_the_groups_go_out() -> None:
    """They are asked to try again in a minute, and then it works."""
    world = planned()
    with pytest.raises(Conflict, match="try again in a minute"):
        world.withdraw("ana")
    finish(world)
    assert world.withdraw("ana").state is AttendeeState.WITHDRAWN


def test_the_last_look_after_publishing_survives_its_worker() -> None:
    """Whoever confirmed while the groups went out hears so, once, whichever worker comes to it."""
    world = planned()
    world.match()
    world.clock.set(world.event.due)
    world.tick()
    world.jobs.matches.clear()
    assert not world.letters_to("ugo", *RESULTS)
    for one in lives(world, World.match):
        finish(one)
        assert len(one.letters_to("ugo", *RESULTS)) == 1
        assert_everybody_was_told_once(one)


def test_calling_off_survives_its_worker() -> None:
    """Everybody who confirmed hears it once, and each calendar is told once."""
    world = planned()
    world.match()
    world.run_jobs()
    steer.cancel(world.memory, world.event_id, world.clock.now())
    world.clock.set(world.event.due)
    world.tick()
    world.jobs.matches.clear()
    for one in lives(world, World.match):
        finish(one, State.CANCELLED)
        confirmed = [person.id for person in one.people() if person.state is AttendeeState.CONFIRMED]
        assert sorted(letter.person for letter in one.letters(Kind.CANCELLED)) == sorted(confirmed)
        assert one.states() == {"sent": len(one.letters())}


def unconfirmed(number: int = 100) -> World:
    """An event a day before its deadline, with more people to remind than fit into one commit."""
    world = World()
    world.open()
    world.join("ana")
    for n in range(number):
        world.sign_up(f"u{n}")
    world.run_jobs()
    world.clock.set(world.event.closes_at - REMINDER)
    return world


def assert_reminded_once(world: World, unknown: set[str] | frozenset[str] = frozenset()) -> None:
    """What was started goes on; each unconfirmed person gets one reminder, and the event waits for its deadline."""
    world.run_jobs()
    world.pass_time(minutes=4)
    assert (world.state, world.event.due, world.event.run) == (State.OPEN, world.event.closes_at, "")
    waiting = [one.id for one in world.people() if one.state is AttendeeState.UNCONFIRMED]
    letters = world.letters(Kind.CONFIRM_REMINDER)
    assert sorted(one.person for one in letters) == sorted(waiting)
    assert {one.person for one in letters if one.state is not LetterState.SENT} == unknown
    assert max(Counter(read_mail(mail.message)["Message-ID"] for mail in world.post.sent).values()) == 1


def test_a_tick_killed_at_any_act_reminds_everybody_once() -> None:
    """While it claims the event and starts the worker."""
    for world in lives(unconfirmed(3), World.tick):
        assert_reminded_once(world)


@pytest.mark.slow
def test_a_worker_killed_while_reminding_is_replaced_by_another() -> None:
    """Between two commits, before the first or after the last: nobody is left out, and nobody reminded twice."""
    world = unconfirmed()
    world.tick()
    world.jobs.matches.clear()
    for one in lives(world, World.match):
        assert_reminded_once(one)


def test_a_sender_killed_while_reminding_loses_and_doubles_no_letter() -> None:
    """As with every other letter."""
    world = unconfirmed(3)
    world.tick()
    world.match(world.jobs.matches.pop()[1])
    world.jobs.sends = 0
    for one in lives(world, World.send):
        assert_reminded_once(one, cut(one))


@pytest.mark.slow
def test_a_sender_killed_at_any_act_loses_and_doubles_no_letter() -> None:
    """Only letters that were being handed over at that moment are unknown; they are not sent again."""
    world = gathered()
    world.tick()
    world.match()
    world.jobs.matches.clear()
    world.jobs.sends = 0
    assert world.states()["pending"] == 4
    for one in lives(world, World.send):
        unknown = cut(one)
        finish(one)
        assert {letter.person for letter in one.letters() if letter.state is LetterState.UNKNOWN} == unknown
        assert_everybody_was_told_once(one, unknown)


@pytest.mark.slow
def test_whenever_a_worker_dies_another_has_claimed_the_event_within_90_seconds() -> None:
    """Ticks come each minute; whatever second the last sign of life fell on, the look-ahead finds the lease's end."""
    for second in range(60):
        world = planned()
        world.clock.advance(timedelta(seconds=second))
        died = world.clock.now()
        world.memory.commit(road.alive(world.event, "first", died))
        while not world.jobs.matches:
            world.clock.set(world.clock.now().replace(second=0) + timedelta(minutes=1))
            world.tick()
        assert LEASE <= world.clock.now() - died <= SOON


def test_whenever_a_sender_dies_another_takes_its_letters_within_90_seconds() -> None:
    """Its lease is short enough for the second tick after its death, at the latest."""
    published = planned()
    published.match()
    for second in range(0, 60, 7):
        world = published.copied()
        world.clock.set(world.clock.now().replace(second=0) + timedelta(seconds=second))
        assert world.memory.hold(SENDER, "dead", world.clock.now(), world.clock.now() + SENDER_LEASE)
        died = world.clock.now()
        while world.states()["pending"]:
            world.next_minute()
        assert world.clock.now() - died <= SOON
