"""Full events: as many as the organizer lets in have confirmed; nobody is let in on top, and nobody put out."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.domain.attendee import AttendeeState
from chalicelib.domain.errors import Conflict, Invalid
from chalicelib.domain.proposal import GroupSizeProposal
from chalicelib.flow import respond, signup, steer
from tests.flow.world import World, Wrapped, once

OTHER = "another-0123456789"


def full(*waiting: str) -> World:
    """An event for three people that is full, and people who signed up before it was."""
    world = World()
    world.open(most=3)
    for name in waiting:
        world.sign_up(name)
    world.join("ana", "bob", "cem")
    world.run_jobs()
    return world


def take_back(world: World, name: str) -> None:
    respond.take_back(world.memory, world.event, world.person(name), world.clock.now())


def test_people_are_let_in_until_the_event_is_full() -> None:
    """Signing up fills no place; confirming does."""
    world = World()
    world.open(most=3)
    for name in ("ugo", "uma", "una"):
        world.sign_up(name)
    world.join("ana", "bob")
    assert not signup.full(world.memory, world.event)
    world.join("cem")
    assert signup.full(world.memory, world.event)


def test_an_event_without_a_number_is_never_full() -> None:
    """Nobody is even counted."""
    world = World()
    world.open()
    world.join("ana", "bob", "cem")
    counted: list[str] = []
    assert not signup.full(Wrapped(world.memory, before=lambda name, *_: counted.append(name)), world.event)
    assert not counted


def test_signing_up_for_a_full_event_is_refused_with_what_to_do() -> None:
    """Nothing is kept and nobody is mailed, known or not; the sentence is the same for everybody."""
    world = full("ugo")
    people, letters = world.people(), len(world.letters())
    sentences = set()
    for name in ("new", "ugo", "ana"):
        with pytest.raises(Conflict) as refused:
            world.sign_up(name, token=OTHER)
        sentences.add(str(refused.value))
    assert sentences == {
        (
            "All 3 places are taken, so nobody else can sign up right now; "
            "if one of them is yours, have your link mailed to you again."
        )
    }
    assert (world.people(), len(world.letters())) == (people, letters)


@pytest.mark.parametrize("name", ["new", "ugo", "ana"])
def test_being_refused_takes_the_same_work_for_everybody(name: str) -> None:
    """Nobody learns from it whether an address is signed up."""
    world = full("ugo")
    calls: list[str] = []
    with pytest.raises(Conflict):
        world.sign_up(name, token=OTHER, store=Wrapped(world.memory, before=lambda one, *_: calls.append(one)))
    assert calls == ["at_the_door", "admit", "admit", "confirmed"]


def test_a_sign_up_whose_answer_was_lost_succeeds_although_the_last_place_went_since() -> None:
    """It was taken before, and says so again."""
    world = full("ugo")
    assert world.sign_up("ugo").message == "signedUp"


def test_whoever_presses_too_late_hears_that_the_place_may_come_free() -> None:
    """And when it does, the same button lets them in."""
    world = full("ugo", "uma")
    with pytest.raises(Conflict, match="if somebody withdraws, this same button lets you in"):
        world.confirm("ugo")
    assert world.person("ugo").state is AttendeeState.UNCONFIRMED
    world.withdraw("ana")
    assert world.confirm("ugo").state is AttendeeState.CONFIRMED
    with pytest.raises(Conflict):
        world.confirm("uma")


def test_whoever_is_in_stays_in_and_may_press_again() -> None:
    """The last one, too."""
    world = full()
    for name in ("ana", "bob", "cem"):
        assert world.confirm(name).state is AttendeeState.CONFIRMED


def test_a_withdrawal_is_taken_back_only_while_there_is_a_place() -> None:
    """Whoever has it by now keeps it."""
    world = full("ugo")
    world.withdraw("ana")
    take_back(world, "ana")
    assert world.person("ana").state is AttendeeState.CONFIRMED
    world.withdraw("ana")
    world.confirm("ugo")
    with pytest.raises(Conflict, match="The last place is taken"):
        take_back(world, "ana")
    world.withdraw("ugo")
    take_back(world, "ana")
    assert world.person("ana").state is AttendeeState.CONFIRMED


def test_an_unconfirmed_withdrawal_is_taken_back_from_a_full_event() -> None:
    """They had no place, and take none."""
    world = full("ugo")
    world.withdraw("ugo")
    take_back(world, "ugo")
    assert world.person("ugo").state is AttendeeState.UNCONFIRMED


def test_all_who_press_for_one_last_place_at_once_are_let_in_and_stay() -> None:
    """Each was counted before the other was there; the event holds one more, and is full for the next."""
    world = World()
    world.open(most=3)
    for name in ("ugo", "uma", "una"):
        world.sign_up(name)
    world.join("ana", "bob")
    meanwhile: Callable[..., None] = once("confirmed", lambda: world.confirm("uma"))
    world.confirm("ugo", Wrapped(world.memory, after=meanwhile))
    assert world.memory.confirmed(world.event_id, 10) == 4
    with pytest.raises(Conflict):
        world.confirm("una")
    world.publish()
    assert sum(one.seat is not None for one in world.people()) == 4


@pytest.mark.parametrize("event", [{"most": 2}, {"most": 3, "group_size": {"min": 4, "max": 6}}])
def test_an_event_has_room_for_a_group(event: dict[str, Any]) -> None:
    """Otherwise nobody could ever meet."""
    with pytest.raises(Invalid, match="let more in, or make groups smaller") as refused:
        World().propose(**event)
    assert refused.value.field == "most"


def test_groups_cannot_grow_beyond_the_number_of_people() -> None:
    """The organizer may make them smaller, or larger up to it."""
    world = World()
    world.open(most=4)
    now = world.clock.now()
    with pytest.raises(Invalid, match="At most 4 people cannot fill a group of at least 5"):
        steer.change(world.memory, world.event_id, GroupSizeProposal(min=5, max=8), (), now)
    assert steer.change(world.memory, world.event_id, GroupSizeProposal(min=4, max=8), (), now).group_size.min == 4
