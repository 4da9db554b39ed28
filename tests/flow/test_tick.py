"""The tick: it sets up what is missing, and one event's trouble is no other's."""

from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.adapters.memory import MemorySecrets, MemoryStore
from chalicelib.domain.errors import NotReady
from chalicelib.domain.event import State
from chalicelib.domain.letter import ORGANIZER, Kind, decided
from tests.flow.world import World, Wrapped


def test_the_first_tick_makes_the_table_and_the_key_and_every_other_finds_them() -> None:
    """Until then everything answers that it is not ready yet."""
    world = World()
    world.memory, world.secrets = MemoryStore(), MemorySecrets()  # type: ignore[assignment]
    world.unwrap()
    with pytest.raises(NotReady):
        world.memory.event("e")
    with pytest.raises(NotReady):
        world.secrets.link_key()
    world.tick()
    key = world.secrets.link_key()
    world.tick()
    assert world.secrets.link_key() == key
    assert not list(world.memory.due_events(world.clock.now()))


def test_a_tick_with_nothing_to_do_takes_no_time_and_wakes_nobody() -> None:
    """There is one each minute, for years."""
    world = World()
    before = world.clock.now()
    world.tick()
    assert (world.clock.now(), world.jobs.matches, world.jobs.sends) == (before, [], 0)


def test_a_tick_wakes_the_sender_when_letters_are_due() -> None:
    """Also when whoever decided them died before they could."""
    world = World()
    world.open()
    world.jobs.sends = 0
    world.tick()
    assert world.jobs.sends == 1


def test_one_events_trouble_keeps_no_other_waiting() -> None:
    """The others are handled; the tick still ends in an error, so that somebody hears of it."""
    world = World()
    world.open()
    event = world.event
    for name in ("bad", "good"):
        world.memory.commit(replace(event, id=name, version=0, closes_at=world.clock.now(), due=world.clock.now()))

    def before(name: str, *args: Any) -> None:
        if name == "event" and args == ("bad",):
            raise RuntimeError("This event cannot be read.")

    world.store = Wrapped(world.memory, before=before)
    with pytest.raises(ExceptionGroup) as trouble:
        world.tick()
    assert [str(one) for one in trouble.value.exceptions] == ["This event cannot be read."]
    assert world.memory.event("good").state is not State.OPEN
    assert world.memory.event("bad").state is State.OPEN


def test_an_event_that_the_index_still_names_is_left_alone() -> None:
    """Whether it is gone, or due only later."""
    world = World()
    world.open()
    world.memory.commit(decided(world.event_id, ORGANIZER, Kind.OPEN, world.clock.now(), 7))

    class Behind(Wrapped):
        def due_events(self, _: Any) -> list[str]:
            return ["gone", world.event_id]

    world.store = Behind(world.memory)
    before = world.event
    world.tick()
    assert world.event == before
