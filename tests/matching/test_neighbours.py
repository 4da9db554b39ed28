import re
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings

from chalicelib.matching import language
from chalicelib.matching.neighbours import MOST
from tests.matching.worlds import befriended, planted, small_worlds

pytestmark = pytest.mark.slow

TWO = ["s000", "s030"]
"""Slots far apart, each for one group."""


def event_of(*goals: str, **others):
    """Two groups of people whose goals are these, in turn here and there."""
    world = planted(len(goals))
    world["event"]["group_size"] = {"min": 2, "max": 30}
    for n, (person, goal) in enumerate(zip(world["attendees"], goals, strict=True)):
        person.update({"goal": goal, "free": [TWO[n % 2]], "quotable": True, "topics": []} | others)
    return world


def hellos(plan):
    """Who is named to whom, and the words."""
    return {
        name: (hello["person"], hello["words"]) for group in plan["groups"] for name, hello in group["hello"].items()
    }


def told(plan) -> list[str]:
    return sorted(words for _, words in hellos(plan).values())


def plain(text: str) -> str:
    return " ".join(word.casefold() for word in language.written(language.clean(text)))


def says(person, words: str) -> bool:
    """Whether somebody wrote these words side by side, in goal or topic."""
    texts = [person["goal"], *person.get("topics", [])]
    return any(re.search(rf"(?:^| ){re.escape(plain(words))}(?: |$)", plain(text)) for text in texts)


def assert_fair(world, plan) -> None:
    """Each hello is to somebody of another group who agreed and wrote the same words, and nobody is worn out."""
    people = {person["id"]: person for person in world["attendees"]}
    group_of = {name: group["id"] for group in plan["groups"] for name in group["members"]}
    for group in plan["groups"]:
        assert set(group["hello"]) <= set(group["members"])
    for name, (other, words) in hellos(plan).items():
        assert people[other].get("quotable", True)
        assert group_of[other] != group_of[name]
        assert says(people[name], words)
        assert says(people[other], words)
        assert words.casefold() in " ".join([people[name]["goal"], *people[name].get("topics", [])]).casefold()
        known = {key: people[name].get(key, []) for key in ("with", "apart", "near")}
        assert not any(other in ids for ids in known.values())
    assert max(Counter(other for other, _ in hellos(plan).values()).values(), default=0) <= MOST


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(world=small_worlds(pairs=True))
def test_whoever_is_named_agreed_and_wrote_the_same_words(plan_of, world):
    """In small worlds of every kind, with pairs who must or must not meet."""
    assert_fair(world, plan_of(world, moves=200))


@pytest.mark.slow
def test_most_people_of_a_larger_event_hear_of_somebody(plan_of):
    """In a planted world half of the people or more, and the rules hold."""
    world = befriended(planted(120, 2), 30)
    plan = plan_of(world, moves=0)
    assert_fair(world, plan)
    assert 2 * len(hellos(plan)) > plan["placed"]


def test_the_words_are_those_of_the_one_who_is_told(plan_of):
    """Each reads the phrase as they wrote it themselves."""
    plan = plan_of(event_of("Firing salt glazes at home", "how to mix Salt glazes?", "Grow basil", "Grow mint"))
    assert told(plan) == ["Salt glazes", "salt glazes"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "phrase",
    [
        "ana@example.org",
        "+49 170 1234567",
        "www.example.org",
        "meet Zora Quimby",
        "fuck fucking",
        "how and what for",
        "new things",
        "good people",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    ],
)
def test_what_says_nothing_or_should_not_be_told_makes_no_neighbours(plan_of, phrase):
    """No address, no number, no name, no rude word, no words without a theme."""
    assert told(plan_of(event_of(f"I hope for {phrase}", f"I hope for {phrase}", "Grow basil", "Fly kites"))) == []


def test_a_rude_topic_makes_no_neighbours(plan_of):
    """A topic is told only if it could be a phrase; a decent one is."""
    assert told(plan_of(event_of("", "", "Grow basil", "Fly kites", topics=["fucking"]))) == []
    world = event_of("", "", "Grow basil", "Fly kites")
    for person in world["attendees"][:2]:
        person["topics"] = ["Salt glazes"]
    assert told(plan_of(world)) == ["Salt glazes", "Salt glazes"]


def test_whoever_did_not_agree_is_not_named_but_may_hear_of_others(plan_of):
    """The one who ticked nothing reads words of their own, which nobody else is shown."""
    world = event_of("Firing salt glazes", "Mixing salt glazes", "Grow basil", "Fly kites")
    silent, open_one = (person["id"] for person in world["attendees"][:2])
    world["attendees"][0]["quotable"] = False
    assert hellos(plan_of(world)) == {silent: (open_one, "salt glazes")}


def test_what_many_say_makes_no_neighbours(plan_of):
    """A phrase that half of the event uses tells nobody apart."""
    world = event_of(*[f"Salt glazes and {word}" for word in ("basil", "kites", "mint", "chess") * 6])
    assert "salt glazes" not in [words.casefold() for words in told(plan_of(world, moves=0))]


@pytest.mark.parametrize("rule", ["near", "apart"])
def test_nobody_is_named_whom_somebody_knows(plan_of, rule):
    """Neither a friend who sits elsewhere nor somebody whom they must not meet."""
    world = event_of("Firing salt glazes", "Mixing salt glazes", "Grow basil", "Fly kites")
    one, other = world["attendees"][:2]
    one[rule], other[rule] = [other["id"]], [one["id"]]
    assert told(plan_of(world)) == []
