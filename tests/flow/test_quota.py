"""Letters that cannot leave: they wait as they are, cost next to nothing, and go out when they can."""

import logging
from collections import Counter
from typing import Any

import pytest

from chalicelib.flow import send
from tests.flow.world import World, Wrapped, address_of

MANY = 200


def waiting(left: int) -> World:
    """An open event whose first letters are due."""
    world = World(left=left)
    world.open()
    for number in range(MANY):
        world.sign_up(f"p{number}")
    return world


def test_without_quota_nothing_is_composed_and_the_log_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody is read, no row changes, nothing is tried; a tick a minute would otherwise write 200 letters each time."""
    world = waiting(left=0)
    before = world.states()
    read: Counter[str] = Counter()

    def note(name: str, *_: Any) -> None:
        read[name] += 1

    world.store = Wrapped(world.memory, before=note)
    with caplog.at_level(logging.WARNING):
        world.send()
    assert (read["attendee"], read["event"], read["commit"], world.post.attempts) == (0, 0, 0, 0)
    assert [record.message for record in caplog.records] == [
        "The day's sending quota is used up; the letters wait until it is not."
    ]
    assert world.states() == before
    world.post._left = 50_000
    world.unwrap()
    world.pass_time(minutes=2)
    assert world.states() == {"sent": MANY + 1}
    assert len({mail.recipient for mail in world.post.sent}) == MANY + 1


def test_a_quota_that_ends_in_the_middle_is_said_once_and_stops_the_writing(caplog: pytest.LogCaptureFixture) -> None:
    """Only those are written that may go, and the few that were being written beside them."""
    world = waiting(left=5)
    read: Counter[str] = Counter()

    def note(name: str, *_: Any) -> None:
        read[name] += 1

    world.store = Wrapped(world.memory, before=note)
    with caplog.at_level(logging.WARNING):
        world.send()
    assert len(world.post.sent) == 5
    assert read["letter"] <= 5 + 2 * send.AT_ONCE
    assert len(caplog.records) == 1


def test_letters_that_waited_for_a_sender_go_out_once_one_is_set(caplog: pytest.LogCaptureFixture) -> None:
    """The log says which setting it is; nothing failed meanwhile, and nothing went out from nowhere."""
    world = World()
    world.open()
    world.join("ana", "bob")
    for _ in range(3):
        send.send_due(
            world.memory, world.post, world.clock, key=world.key, sender="", language="en", run=world.new_run()
        )
    assert world.states() == {"pending": 3}
    assert not world.post.attempts
    assert "COVEY_SENDER" in caplog.text
    world.pass_time(minutes=1)
    assert world.states() == {"sent": 3}
    copies = Counter(mail.recipient for mail in world.post.sent)
    assert copies == dict.fromkeys(map(address_of, ("ana", "bob", "organizer")), 1)
