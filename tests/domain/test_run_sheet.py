import functools
import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.run_sheet import Gathering, Part, RunSheet, Voice, run_sheet
from chalicelib.messages import catalog

LENGTHS = (15, 20, 30, 45, 60, 75, 90, 120, 180, 240, 720)
SIZES = range(2, 31)
KINDS = ("opener", "round", "questions", "closing")
say = functools.partial(catalog.text, "en", "run-sheet")

NUMBERS = {"half a minute": 0.5, "a minute and a half": 1.5, "45 seconds": 0.75}


def sheet(minutes: int = 60, people: int = 6, *, online: bool = False, **others: object) -> RunSheet:
    sign = "the blue bird, looking left"
    return run_sheet(Gathering(minutes=minutes, people=people, online=online, sign=sign, **others), say)


def part(found: RunSheet, kind: str) -> Part:
    return next(one for one in found.parts if one.kind == kind)


def span(text: str) -> float:
    """The minutes that a part's text gives each person, or each question."""
    said = re.search(r"half a minute|a minute and a half|45 seconds|(\d+) minutes?", text)
    assert said, text
    return float(said[1]) if said[1] else NUMBERS[said[0]]


def asked(*questions: str) -> tuple[Voice, ...]:
    return tuple(Voice(f"P{n}", question, "") for n, question in enumerate(questions))


def items(*voices: Voice, **others: object) -> list[tuple[str, str]]:
    return [(one.text, one.by) for part in sheet(voices=voices, **others).parts for one in part.items]


def words() -> st.SearchStrategy[str]:
    return st.text(max_size=40) | st.sampled_from(["", "How do I start?", "how to start", "Price {x} %s"])


def voices() -> st.SearchStrategy[tuple[Voice, ...]]:
    return st.lists(st.builds(Voice, st.text(min_size=1, max_size=9), words(), words()), max_size=30).map(tuple)


@settings(deadline=None)
@given(
    st.integers(1, 1440),
    st.integers(1, 30),
    st.sampled_from(["", "online"]),
    voices(),
    st.sampled_from([None, "mixed", "similar"]),
)
def test_the_minutes_of_the_parts_are_those_of_the_session(
    minutes: int, people: int, online: str, brought: tuple[Voice, ...], levels: str | None
) -> None:
    """Whatever the length, the size and the answers; no part is negative, and only what is left over has no time."""
    found = sheet(minutes, people, online=bool(online), voices=brought, levels=levels)
    assert found.minutes == minutes == sum(one.minutes for one in found.parts)
    assert all(one.minutes > 0 or one.items for one in found.parts)
    assert all(one.title and one.text for one in found.parts)
    assert all(item.text.strip() and len(item.text) <= 301 for one in found.parts for item in one.items)


@pytest.mark.parametrize("online", ["", "online"])
@pytest.mark.parametrize("minutes", LENGTHS)
def test_without_answers_and_host_every_group_has_all_parts(minutes: int, online: str) -> None:
    """Opener, round, questions, closing, in this order, and always something to talk about, whatever its size."""
    for people in SIZES:
        found = sheet(minutes, people, online=bool(online))
        assert tuple(one.kind for one in found.parts) == KINDS
        assert part(found, "questions").items
        assert "first name comes first" in part(found, "opener").text


@pytest.mark.parametrize("minutes", LENGTHS)
def test_the_round_has_time_for_everybody(minutes: int) -> None:
    """As many people as speak one after another, times the minutes each of them has, fit into the round."""
    for people in SIZES:
        around = part(sheet(minutes, people), "round")
        speakers = 3 if "twos or threes" in around.text else people
        assert around.minutes - 1 < speakers * span(around.text) <= around.minutes
        assert around.minutes <= max(0.5 * minutes, 3)


@pytest.mark.parametrize("count", [1, 2, 5, 9, 30])
@pytest.mark.parametrize("minutes", LENGTHS)
def test_a_question_has_a_sensible_time_and_none_is_lost(minutes: int, count: int) -> None:
    """Three minutes at least; what does not fit stands under “if time is left”, with its author."""
    found = sheet(minutes, 8, voices=asked(*(f"Question about thing{n}" for n in range(count))))
    timed = part(found, "questions")
    assert span(timed.text) >= 3
    assert len(timed.items) * span(timed.text) <= timed.minutes
    shown = {(item.text, item.by) for one in found.parts for item in one.items}
    assert shown >= {(f"Question about thing{n}", f"P{n}") for n in range(count)}
    assert all(len(one.items) for one in found.parts if one.minutes == 0)


def test_more_questions_never_get_more_time_each() -> None:
    """An hour of one question gives it more than an hour of nine."""
    times = [
        span(part(sheet(voices=asked(*(f"Question about thing{n}" for n in range(count)))), "questions").text)
        for count in range(1, 15)
    ]
    assert all(first >= second for first, second in pairwise(times))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How do I start testing?", "How to start testing"),
        ("What about code reviews?", "Code review"),
        ("Measure the newsletter’s return on budget", "measure newsletters return on budget!"),
        ("Où commencer avec Python ?", "OÙ COMMENCER AVEC PYTHON"),
        ("如何开始写测试？", "如何开始写测试"),
    ],
)
def test_nearly_the_same_question_is_asked_once(one: str, other: str) -> None:
    """Under both names, and before what only one person asked."""
    found = items(Voice("Cy", "Who pays for it?", ""), Voice("Ana", one, ""), Voice("Ben", other, ""))
    assert found[0] == (max(one, other, key=len), "Ana, Ben")
    assert found[1] == ("Who pays for it?", "Cy")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How do I start testing?", "How do I stop testing?"),
        ("Deploy with tests", "Deploy without tests"),
        ("Moving from Python to Rust", "Moving from Rust to Python"),
        ("Which version, 3.12?", "Which version, 3.13?"),
        ("Why use types?", "Why not use types?"),
        ("Testing", "Testing legacy code in large teams"),
    ],
)
def test_a_different_question_is_not_taken_for_the_same(one: str, other: str) -> None:
    """Better asked twice than lost."""
    assert items(Voice("Ana", one, ""), Voice("Ben", other, ""))[:2] == [(one, "Ana"), (other, "Ben")]


def test_hopes_are_the_questions_when_nobody_wrote_one() -> None:
    """What members hope for and agreed to show, with their names."""
    found = sheet(voices=(Voice("Ana", "", "Run better reviews"), Voice("Ben", " ?! ", "Grow basil")))
    assert part(found, "questions").title == "What you hope for"
    assert [(one.text, one.by) for one in part(found, "questions").items][:2] == [
        ("Run better reviews", "Ana"),
        ("Grow basil", "Ben"),
    ]


def test_hopes_fill_the_time_that_questions_leave() -> None:
    """Only of those who wrote no question; then come questions that always work."""
    found = items(Voice("Ana", "Who pays?", "Earn money"), Voice("Ben", "", "Grow basil"))
    assert found == [("Who pays?", "Ana"), ("Grow basil", "Ben"), (say("fallback_1"), "")]


def test_the_organizers_own_question_is_named() -> None:
    """Above the answers to it; and if there are none, it is the first thing to talk about."""
    answered = sheet(question="Which tool would you keep?", voices=asked("The chisel"))
    assert "“Which tool would you keep?”" in part(answered, "questions").text
    unanswered = sheet(question="Which tool would you keep?")
    assert part(unanswered, "questions").items[0].text == "Which tool would you keep?"


def test_in_person_and_online_differ_where_it_matters() -> None:
    """A phone on the table here, a camera and the chat there; the sign is named in both."""
    there, online = (part(sheet(online=online), "opener").text for online in (False, True))
    assert "table" in there
    assert "camera" in online
    assert all("the blue bird, looking left" in text for text in (there, online))


def test_a_guest_is_welcomed_without_being_named() -> None:
    """So that they can speak up themselves."""
    guest = sheet(guest=True, voices=(Voice("Ana", "", "Grow basil"),))
    assert "neighbouring theme" in part(guest, "opener").text
    assert "Ana" not in part(guest, "opener").text
    assert "neighbouring theme" not in part(sheet(), "opener").text


def test_the_host_begins_where_there_is_one() -> None:
    """By first name, instead of the rule by the alphabet."""
    text = part(sheet(host="Ben"), "opener").text
    assert "Ben hosts" in text
    assert "alphabet" not in text


def test_mixed_experience_is_put_to_use() -> None:
    """Where the organizer wished for it; similar levels need no such order."""
    said = {levels: part(sheet(levels=levels), "questions").text for levels in (None, "mixed", "similar")}
    assert "old hands" in said["mixed"]
    assert "newer" in said[None]
    assert "newer" not in said["similar"]


def test_long_sessions_have_breaks() -> None:
    """Nobody sits for three hours without one, and the questions leave the time for it."""
    long = part(sheet(180), "questions")
    assert "ten minutes off" in long.text
    assert len(long.items) * span(long.text) <= long.minutes - 20
    assert "ten minutes off" not in part(sheet(60), "questions").text
