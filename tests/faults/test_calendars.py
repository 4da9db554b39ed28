"""Calendars as they stand after mails in any order."""

import itertools
from datetime import UTC, datetime

from infra.faults.calendars import Entry, entry_in, held
from tests.flow.world import World

NINE, TEN = datetime(2027, 1, 18, 9, tzinfo=UTC), datetime(2027, 1, 18, 10, tzinfo=UTC)


def test_the_highest_number_wins_in_whatever_order_they_come() -> None:
    """A move is the same entry, a cancellation takes it off, and what comes after that is another one."""
    first, moved = Entry("a", 0, "REQUEST", NINE), Entry("a", 1, "REQUEST", TEN)
    off, again = Entry("a", 2, "CANCEL", TEN), Entry("a.1", 3, "REQUEST", NINE)
    for order in itertools.permutations([first, moved, first]):
        assert held(order) == [moved]
    for order in itertools.permutations([first, moved, off]):
        assert held(order) == []
    for order in itertools.permutations([first, moved, off, again]):
        assert held(order) == [again]


def test_an_invite_is_read_from_the_mail_that_brings_it() -> None:
    """Other letters bring none."""
    world = World()
    world.open()
    world.join("ana", "bob", "cem")
    world.publish()
    seat = world.person("ana").seat
    group = world.memory.sub_event(world.event_id, seat.sub_event)
    found = [entry_in(mail) for mail in world.mails("ana")]
    assert found == [None, Entry(seat.uid, 0, "REQUEST", group.slot.start)]
