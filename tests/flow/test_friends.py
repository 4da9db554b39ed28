"""Friends: it acts when both name each other, binds only when both say so, and tells nobody who is signed up."""

from typing import Any

import pytest

from chalicelib.adapters.memory import MemoryStore
from chalicelib.domain.attendee import Answers, Attendee, AttendeeState, Friend
from chalicelib.domain.event import State
from chalicelib.flow import respond
from tests.flow.world import World, address_of


def friends(*names: str, only: bool = False) -> dict[str, Any]:
    """The answer that names these people."""
    return {"friends": [{"email": address_of(name), "only": only} for name in names]}


def together(world: World, *names: str) -> bool:
    """Whether these people all sit in one group."""
    seats = [world.person(name).seat for name in names]
    return len({seat.sub_event if seat else name for seat, name in zip(seats, names, strict=True)}) == 1


def crowd(world: World, goal: str, *names: str, **answers: Any) -> None:
    """People who want the same thing and are all free at the first session."""
    for name in names:
        world.join(name, goal=goal, **answers)


def mutual(world: World, name: str) -> list[bool]:
    """What a person's page says of each of their friends."""
    return [one for _, one in respond.friends_of(world.memory, world.event, world.person(name))]


def test_two_who_want_to_come_only_together_do() -> None:
    """However little they have in common, and whoever else would suit each of them better."""
    world = World()
    world.open(group_size={"min": 3, "max": 4})
    crowd(world, "Set wood type by hand", "ana", **friends("zoe", only=True))
    crowd(world, "Set wood type by hand", "bob", "cem", "dan")
    crowd(world, "Bake rye bread at home", "zoe", **friends("ana", only=True))
    crowd(world, "Bake rye bread at home", "yan", "xia", "wim")
    world.publish()
    assert together(world, "ana", "zoe")


def test_three_who_name_each_other_in_a_chain_stay_together() -> None:
    """Whoever comes only with somebody who comes only with a third comes with both."""
    world = World()
    world.open(group_size={"min": 3, "max": 4})
    world.join("ana", **friends("bob", only=True))
    world.join("bob", **friends("ana", "cem", only=True))
    world.join("cem", **friends("bob", only=True))
    crowd(world, "Bake rye bread", "p", "q", "r", "s", "t")
    world.publish()
    assert together(world, "ana", "bob", "cem")


@pytest.mark.parametrize(
    "theirs",
    [
        {},
        friends("cem", only=True),
        {"free": ["s001"], **friends("ana")},
    ],
    ids=["names nobody", "names another", "apart if needed"],
)
def test_nobody_is_bound_by_what_another_one_wishes(theirs: dict[str, Any]) -> None:
    """Whoever names somebody in vain, or more strictly than they do, gets a seat like everybody else."""
    world = World()
    world.open(group_size={"min": 3, "max": 4})
    world.join("ana", **friends("bob", only=True))
    world.join("bob", **theirs)
    crowd(world, "Bake rye bread", "cem", "dan")
    world.publish()
    assert world.person("ana").seat is not None
    assert not world.person("ana").unplaced


def test_friends_who_are_more_than_a_group_holds_are_told_what_would_help() -> None:
    """Nobody else loses anything by it, and no run stumbles over it."""
    world = World()
    world.open(group_size={"min": 3, "max": 4}, least_share=0)
    ring = ["ana", "bob", "cem", "dan", "eve"]
    for number, name in enumerate(ring):
        world.join(name, **friends(ring[number - 1], ring[(number + 1) % 5], only=True))
    crowd(world, "Bake rye bread", "p", "q", "r", "s", "t")
    world.publish()
    for name in ring:
        person = world.person(name)
        assert person.seat is None
        assert person.unplaced.startswith("You are to stay together with four others, and no group")
        assert "being apart if need be would help" in person.unplaced
    assert all(world.person(name).seat for name in ("p", "q", "r", "s"))


def test_friends_who_are_too_many_are_in_nobodys_way_when_a_group_is_mended() -> None:
    """They were no seats to fill before, and are none now."""
    world = World()
    world.open(group_size={"min": 3, "max": 3}, least_share=0)
    ring = ["ana", "bob", "cem", "dan"]
    for number, name in enumerate(ring):
        world.join(name, **friends(ring[number - 1], ring[(number + 1) % 4], only=True))
    crowd(world, "Bake rye bread", "p", "q", "r", "s", "t", "u", "v")
    world.publish()
    left = next(name for name in ("p", "q", "r", "s", "t", "u", "v") if world.person(name).seat)
    world.withdraw(left)
    world.pass_time(minutes=40)
    assert (world.state, world.event.run) == (State.PUBLISHED, "")
    assert sum(world.person(name).seat is not None for name in ("p", "q", "r", "s", "t", "u", "v") if name != left) == 6
    assert not any(world.person(name).seat for name in ring)


def test_friends_without_a_common_time_are_told_that_one_would_help() -> None:
    """Each of them, with a time that would."""
    world = World()
    world.open(group_size={"min": 3, "max": 4})
    world.join("ana", free=["s000"], **friends("bob", only=True))
    world.join("bob", free=["s001"], **friends("ana", only=True))
    crowd(world, "Bake rye bread", "p", "q", "r")
    world.publish()
    for name in ("ana", "bob"):
        assert world.person(name).unplaced.startswith("No time and place suits both you and those you are to stay with")


def test_friends_the_other_half_of_whom_left_are_seated_alone() -> None:
    """Who withdrew before the groups were made binds nobody."""
    world = World()
    world.open(group_size={"min": 3, "max": 4})
    world.join("ana", **friends("bob", only=True))
    world.join("bob", **friends("ana", only=True))
    crowd(world, "Bake rye bread", "p", "q", "r")
    world.withdraw("bob")
    world.publish()
    assert world.state is State.PUBLISHED
    assert world.person("ana").seat is not None


def test_a_page_says_mutual_once_both_named_each_other_and_have_confirmed() -> None:
    """Not a moment before, and no longer than that."""
    world = World()
    world.open()
    world.join("ana", **friends("bob", "cem"))
    assert mutual(world, "ana") == [False, False]
    world.sign_up("bob", **friends("ana", only=True))
    assert mutual(world, "ana") == [False, False]
    assert mutual(world, "bob") == [False]
    world.confirm("bob")
    assert mutual(world, "ana") == [True, False]
    assert mutual(world, "bob") == [True]
    world.join("cem", **friends("bob"))
    assert mutual(world, "ana") == [True, False]
    world.withdraw("bob")
    assert mutual(world, "ana") == [False, False]


def test_an_unconfirmed_persons_page_tells_nothing_about_anybody() -> None:
    """A stranger who signs up somebody else's address never sees who named it; its owner does once they confirm."""
    world = World()
    world.open()
    world.join("ana", **friends("bob"))
    world.sign_up("bob", **friends("ana"))
    assert mutual(world, "bob") == [False]


class Counting(MemoryStore):
    """A store that counts how often it reads somebody."""

    reads = 0

    def attendee(self, event_id: str, attendee_id: str) -> Attendee:
        self.reads += 1
        return super().attendee(event_id, attendee_id)


@pytest.mark.parametrize("known", ["nobody", "unconfirmed", "confirmed", "withdrawn", "names them back"])
def test_naming_a_friend_takes_the_same_work_whoever_they_are(known: str) -> None:
    """Nobody learns from the time it takes whether an address is signed up."""
    world = World()
    counting = Counting()
    counting.create()
    world.memory = counting  # type: ignore[assignment]
    world.open()
    world.join("ana", **friends("bob"))
    if known == "unconfirmed":
        world.sign_up("bob")
    elif known != "nobody":
        world.join("bob", **(friends("ana") if known == "names them back" else {}))
    if known == "withdrawn":
        world.withdraw("bob")
    ana = world.person("ana")
    counting.reads = 0
    respond.friends_of(counting, world.event, ana)
    assert counting.reads == 1


def test_names_of_friends_are_compared_as_addresses_are() -> None:
    """Capitals and a trailing space are no other person."""
    world = World()
    world.open()
    world.join("ana", friends=[{"email": " BOB@Example.com "}])
    world.join("bob", friends=[{"email": "ANA@example.com"}])
    assert mutual(world, "ana") == [True]


def test_oneself_and_a_friend_named_twice_are_left_out_and_that_is_said() -> None:
    """At sign-up beside what the times mean; the rest is kept."""
    world = World()
    world.open()
    receipt = world.sign_up("ana", **friends("ana", "bob"))
    assert receipt.notes[0] == "ownAddress"
    assert world.person("ana").answers.friends == (Friend(address_of("bob")),)
    receipt = world.sign_up("eve", free=[], **friends("bob", "bob"))
    assert receipt.notes == ("namedTwice", "noTime")
    assert world.person("eve").answers.friends == (Friend(address_of("bob")),)


def test_whoever_comes_back_finds_all_they_ever_said() -> None:
    """Withdrawing and taking it back changes nothing else, confirmed or not."""
    said = {
        **friends("bob", only=True),
        "warm_up": "Which press first?",
        "host": True,
        "shares": True,
        "if_need_be": ["s001"],
    }
    world = World()
    world.open()
    world.join("ana", **said)
    world.sign_up("ugo", **said)
    for name, state in (("ana", AttendeeState.CONFIRMED), ("ugo", AttendeeState.UNCONFIRMED)):
        before = world.person(name)
        world.withdraw(name)
        world.withdraw(name)
        respond.take_back(world.memory, world.event, world.person(name), world.clock.now())
        back = respond.take_back(world.memory, world.event, world.person(name), world.clock.now())
        assert back.state is state
        assert isinstance(back.answers, Answers)
        changed = {"version", "links_unanswered"}
        assert {one for one in back.__struct_fields__ if getattr(back, one) != getattr(before, one)} <= changed
