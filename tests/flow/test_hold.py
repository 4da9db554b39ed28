"""Held plans: the choices are those that would help, and say by how much."""

import pytest

from chalicelib.domain.event import State
from chalicelib.flow import steer
from tests.flow.world import World


def held(people: dict[str, list[str]], **event: object) -> dict[str, tuple[str, str]]:
    """Who marked what, and the choices that the organizer gets: sentence and value of each act."""
    world = World()
    world.open(least_share=100, considered_end="23:00", **event)
    for name, free in people.items():
        world.join(name, free=free)
    world.close()
    world.pass_time(minutes=2)
    assert world.state is State.HELD
    assert world.event.held is not None
    return {one.act: (one.sentence, one.value) for one in world.event.held.choices}


THREE = {"ana": ["s000"], "bob": ["s000"], "cem": ["s000"]}


def test_what_would_help_nobody_is_no_choice() -> None:
    """Neither smaller groups nor another time when those without a group marked none."""
    assert held(THREE | {"dora": [], "eve": []}).keys() == {"extend", "publish", "cancel"}


def test_smaller_groups_are_a_choice_when_they_seat_more() -> None:
    """With the new minimum, and how many get a group then."""
    choices = held(THREE | {"dora": ["s001"], "eve": ["s001"]})
    assert choices["smaller"] == ("Allow groups of 2: 5 of 5 people get one.", "2")
    assert "slot" not in choices


def test_groups_are_never_made_smaller_than_two() -> None:
    """One person is no group."""
    choices = held({"ana": ["s000"], "bob": ["s000"], "cem": ["s001"]}, group_size={"min": 2, "max": 4})
    assert choices.keys() == {"extend", "publish", "cancel"}


def test_another_time_is_a_choice_when_it_seats_more_and_the_best_is_named() -> None:
    """Of the times merely considered, the one that seats most; one person alone makes no time worth it."""
    late = {"dora": ["s005"], "eve": ["s005"], "fay": ["s005", "s004"]}
    choices = held(THREE | late)
    assert choices["slot"][1] == "s005"
    assert choices["slot"][0].startswith("Offer Monday 18 January 2027, 22:00 (Europe/Berlin) as well: 6 of 6 people")
    assert "slot" not in held(THREE | {"dora": ["s005"]})


@pytest.mark.parametrize(("count", "words"), [(1, "1 person confirmed, but"), (2, "2 people confirmed, but")])
def test_how_many_is_said_in_words_that_fit(count: int, words: str) -> None:
    """One person is a person."""
    world = World()
    world.open()
    world.join(*["ana", "bob"][:count])
    world.close()
    world.pass_time(minutes=2)
    assert world.event.held is not None
    assert world.event.held.sentence.startswith(words)


def test_taking_each_choice_leads_where_it_says() -> None:
    """Another time, offered, seats as many as the sentence promised."""
    world = World()
    world.open(least_share=100, considered_end="23:00")
    for name, free in (THREE | {"dora": ["s005"], "eve": ["s005"], "fay": ["s005"]}).items():
        world.join(name, free=free)
    world.close()
    world.pass_time(minutes=2)
    steer.change(world.memory, world.event_id, None, ["s005"], world.clock.now())
    world.pass_time(minutes=2)
    assert world.state is State.PUBLISHED
    assert sum(one.seat is not None for one in world.people()) == 6
