"""“I'll be there”: said once or ten times it is the same, and it is said of one seat only."""

from datetime import timedelta

import pytest

from chalicelib.domain.attendee import Attendee
from chalicelib.domain.errors import Conflict
from chalicelib.flow import respond, steer, watch
from tests.flow.world import World, Wrapped, once


def seated() -> World:
    """Three people with seats, one without, one unconfirmed."""
    world = World()
    world.open()
    world.join("ana", "bob", "cem")
    world.join("dora", free=[])
    world.sign_up("ugo")
    world.publish()
    return world


def reply(world: World, name: str, *, coming: bool = True) -> Attendee:
    person = world.person(name)
    return respond.reply(world.memory, world.event, person, coming=coming, now=world.clock.now())


def coming(world: World) -> int:
    """How many the organizer counts on."""
    return watch.overview(world.memory, world.event, world.clock.now()).counts.coming


def test_whoever_says_so_is_counted_once() -> None:
    """Twice is harmless and saves nothing; it can be unsaid."""
    world = seated()
    assert coming(world) == 0
    first = reply(world, "ana")
    assert reply(world, "ana") == first == world.person("ana")
    reply(world, "bob")
    assert coming(world) == 2
    reply(world, "ana", coming=False)
    assert coming(world) == 1


@pytest.mark.parametrize("name", ["dora", "ugo"])
def test_without_a_seat_there_is_nothing_to_say(name: str) -> None:
    """In one sentence, and nothing is kept."""
    world = seated()
    before = world.person(name)
    with pytest.raises(Conflict, match="You have no seat in a group"):
        reply(world, name)
    assert world.person(name) == before


def test_it_can_be_said_until_the_session_is_over() -> None:
    """Also while it goes on, by whoever is on the way."""
    world = seated()
    seat = world.person("ana").seat
    assert seat is not None
    end = world.memory.sub_event(world.event_id, seat.sub_event).slot.end
    world.clock.set(end - timedelta(seconds=1))
    reply(world, "ana")
    world.clock.set(end)
    with pytest.raises(Conflict, match="has met already"):
        reply(world, "bob")
    assert coming(world) == 1


def test_whoever_gives_their_seat_back_does_not_come() -> None:
    """Whatever they said before."""
    world = seated()
    reply(world, "ana")
    world.withdraw("ana")
    assert coming(world) == 0
    with pytest.raises(Conflict, match="You have no seat"):
        reply(world, "ana")


def test_after_a_call_off_nobody_comes() -> None:
    """The word was for a meeting that does not take place."""
    world = seated()
    reply(world, "ana")
    steer.cancel(world.memory, world.event_id, world.clock.now())
    with pytest.raises(Conflict, match="You have no seat"):
        reply(world, "bob")
    world.pass_time(minutes=2)
    seat = world.person("ana").seat
    assert seat is not None
    assert not seat.coming


def test_two_presses_at_once_are_one() -> None:
    """Neither is told to look again."""
    world = seated()
    person = world.person("ana")
    slow = Wrapped(world.memory, before=once("commit", lambda: reply(world, "ana") and None))
    respond.reply(slow, world.event, person, coming=True, now=world.clock.now())
    assert coming(world) == 1


def test_a_seat_given_back_at_the_same_moment_stays_given_back() -> None:
    """The word that came too late is refused."""
    world = seated()
    person = world.person("ana")
    slow = Wrapped(world.memory, before=once("commit", lambda: world.withdraw("ana") and None))
    with pytest.raises(Conflict, match="You have no seat"):
        respond.reply(slow, world.event, person, coming=True, now=world.clock.now())
    assert coming(world) == 0
