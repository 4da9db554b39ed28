"""Somebody worth a hello: named on a page only while they sit elsewhere and agree to be shown."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from chalicelib.adapters.memory import MemoryStore
from chalicelib.domain.attendee import Attendee, AttendeeState, Seat
from chalicelib.domain.plan import Hello
from chalicelib.flow.respond import neighbour_of
from tests.contract import records

EVENT = records.event()
WORDS = "salt glazes"


def seated(name: str, group: str, *, shares: bool = True) -> Attendee:
    one = records.attendee(name)
    answers = replace(one.answers, name=f"{name.title()} Ek", shares=shares)
    return replace(one, answers=answers, state=AttendeeState.CONFIRMED, seat=Seat(group, f"{name}@e.covey"))


def named(change: Callable[[Attendee], Attendee] = lambda one: one) -> tuple[str, str, str] | None:
    """Whom ana is told of, once something has changed about ben: first name, group and words."""
    store = MemoryStore()
    store.create()
    here = replace(records.sub_event("g1"), members=("ana",), hello={"ana": Hello("ben", WORDS)})
    there = replace(records.sub_event("g2"), members=("ben",), title="Kilns")
    ana, ben = seated("ana", "g1", shares=False), change(seated("ben", "g2"))
    store.commit(EVENT, here, there, ana, *([ben] if ben.id == "ben" else []))
    found = neighbour_of(store, EVENT, store.attendee("e", "ana"), store.sub_event("e", "g1"))
    return None if found is None else (found.person.first_name, found.group.title, found.words)


def test_a_neighbour_is_named_with_their_group_and_the_words() -> None:
    """To somebody who ticked nothing themselves, too."""
    assert named() == ("Ben", "Kilns", WORDS)


@pytest.mark.parametrize(
    "change",
    [
        lambda one: replace(one, state=AttendeeState.WITHDRAWN),
        lambda one: replace(one, answers=replace(one.answers, shares=False)),
        lambda one: replace(one, seat=None),
        lambda one: replace(one, seat=Seat("g1", "ben@e.covey")),
        lambda one: replace(one, id="somebody-else"),
    ],
    ids=["withdrawn", "no longer shown", "without a seat", "in the same group by now", "erased"],
)
def test_somebody_who_left_is_not_named(change: Callable[[Attendee], Attendee]) -> None:
    """Whatever a plan said when it was made."""
    assert named(change) is None


def test_whoever_has_no_neighbour_is_told_nothing() -> None:
    """A group whose plan named nobody."""
    store = MemoryStore()
    store.create()
    store.commit(EVENT, replace(records.sub_event("g1"), members=("ana",)), seated("ana", "g1"))
    assert neighbour_of(store, EVENT, store.attendee("e", "ana"), store.sub_event("e", "g1")) is None
