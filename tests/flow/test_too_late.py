"""Letters that waited until what they invite to was over."""

from datetime import timedelta

import pytest

from chalicelib.domain.errors import TooMany
from chalicelib.domain.letter import Kind, LetterState
from chalicelib.flow import create
from tests.flow.world import World


def test_an_invite_that_waited_until_its_session_began_is_not_sent() -> None:
    """Nobody is invited to yesterday; the row says why."""
    world = World()
    world.open()
    world.join("ana", "bob", "cem")
    world.run_jobs()
    world.post._left = 0
    world.publish()
    world.clock.set(world.event.last_start + timedelta(days=1))
    world.post._left = 1000
    world.send()
    letters = world.letters(Kind.SEAT)
    assert [(one.state, one.reason) for one in letters] == [(LetterState.SUPPRESSED, "The session has begun.")] * 3


def test_too_many_requests_and_too_many_events_are_told_apart() -> None:
    """A busy network waits a minute, a busy organizer until tomorrow."""
    world = World()
    world.creating = create.Limits(source=10, events=3)
    for number in range(10):
        world.open(token=f"0123456789abcdef-{number}", organizer_email=f"olga{number}@example.org")
    with pytest.raises(TooMany) as busy:
        world.open(token="0123456789abcdef-10", organizer_email="olga10@example.org")
    world.clock.advance(timedelta(minutes=1))
    for number in range(3):
        world.open(token=f"0123456789abcdef-again-{number}")
    with pytest.raises(TooMany) as many:
        world.open(token="0123456789abcdef-again-3")
    assert (busy.value.retry_after, many.value.retry_after) == (60, 3600)
    assert "today" in str(many.value)
