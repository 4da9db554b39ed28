"""Answers as they are kept, and what they mean for getting a seat."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from chalicelib.domain.attendee import (
    Answers,
    AnswersForm,
    Attendee,
    AttendeeState,
    Confirmation,
    Friend,
    Seat,
    changed,
    checked,
    completed,
    left_out,
    meaning,
    mutual,
)
from chalicelib.domain.errors import Invalid
from chalicelib.domain.event import SOONEST, Place, Wishes
from chalicelib.domain.instance import instance_of
from chalicelib.domain.plan import Group, Plan, outdated
from chalicelib.domain.sub_event import SubEvent, sub_event_of
from tests.domain.examples import ANSWERS, EVENT, FIRST, NOW, PERSON


def kept(**changes: Any) -> Answers:
    """The answers, with some changed, as they are kept."""
    return checked(replace(ANSWERS, **changes), EVENT, "ana@example.org")


def test_answers_are_kept_tidy_and_in_their_order() -> None:
    """Words on one line, and everything that was chosen once."""
    answers = kept(
        name=" Ana\r\nLama ",
        goal="Prove\tROI\u202e",
        topics=("ROI", "roi ", "", "Mail"),
        free=("s2", "s1", "s2"),
        places=("web", "cafe", "web"),
    )
    assert (answers.name, answers.goal) == ("Ana Lama", "Prove ROI")
    assert answers.topics == ("ROI", "Mail")
    assert answers.free == ("s2", "s1")
    assert answers.places == ("web", "cafe")


def test_a_time_marked_both_ways_is_a_free_one() -> None:
    """Nobody is asked to come at a bad time that is a good one."""
    answers = kept(free=("s1",), if_need_be=("s2", "s1"))
    assert (answers.free, answers.if_need_be) == (("s1",), ("s2",))


def test_tidying_twice_changes_nothing() -> None:
    """Answers can be read, shown and sent back."""
    answers = kept(name=" Ana ", topics=("a", "A"), if_need_be=("s3", "s1"))
    assert checked(answers, EVENT, "ana@example.org") == answers


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("name", {"name": "\x00 \u202e"}),
        ("free", {"free": ("s9",)}),
        ("free", {"free": ("s1", "\u202es1")}),
        ("if_need_be", {"if_need_be": ("",)}),
        ("places", {"places": ("cafe\n",)}),
        ("places", {"places": ("x" * 100_000,)}),
        ("timezone", {"timezone": "Europe/Atlantis"}),
    ],
)
def test_what_the_event_does_not_have_is_refused(field: str, changes: dict[str, Any]) -> None:
    """With the field, and in a sentence that stays short and on one line whatever was sent."""
    with pytest.raises(Invalid) as refused:
        kept(**changes)
    assert refused.value.field == field
    assert len(str(refused.value)) < 200
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "sent",
    [
        {"level": 0},
        {"level": 4},
        {"level": "2"},
        {"level": True},
        {"level": 2.5},
        {"name": ""},
        {"name": "x" * 101},
        {"goal": "x" * 1001},
        {"topics": ["x"] * 21},
        {"topics": ["x" * 61]},
        {"free": ["s1"] * 401},
        {"places": ["cafe"] * 51},
        {"host": "yes"},
        {"shares": 1},
        {"free": "s1"},
        {"warm_up": "x" * 301},
        {"friends": [{"email": f"f{n}@example.org"} for n in range(4)]},
        {"friends": [{"email": "bo"}]},
        {"friends": [{"email": "bo@example.org", "only": 1}]},
        {"friends": [{"email": "bo@example.org", "name": "Bo"}]},
        {"surprise": 1},
    ],
    ids=str,
)
def test_answers_of_another_shape_are_none(sent: dict[str, Any]) -> None:
    """Lengths, kinds and names are checked before anything reads them."""
    whole = {"name": "Ana", "level": 2, **sent}
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode(whole), type=AnswersForm)


@pytest.mark.parametrize(
    ("free", "if_need_be", "words"),
    [
        ((), (), "noTime"),
        (("s3",), (), "onlyConsidered"),
        ((), ("s3",), "onlyConsidered"),
        (("s1",), (), ""),
        ((), ("s2",), ""),
        (("s3",), ("s1",), ""),
    ],
)
def test_an_availability_that_may_lead_nowhere_says_so(
    free: tuple[str, ...], if_need_be: tuple[str, ...], words: str
) -> None:
    """No fitting time is allowed; what can happen then is said. One offered time is enough to say nothing."""
    assert meaning(kept(free=free, if_need_be=if_need_be), EVENT) == words


def test_a_warm_up_is_one_tidy_line() -> None:
    """It is read aloud at a table."""
    assert kept(warm_up=" Which\r\npress\u202e first? ").warm_up == "Which press first?"


def test_friends_are_kept_once_each_without_oneself() -> None:
    """In the order given; of two lines for one person the first counts."""
    named = (
        Friend(" bo@example.org", only=True),
        Friend("ANA@example.org"),
        Friend("Bo@Example.org"),
        Friend("cy@example.org"),
    )
    assert kept(friends=named).friends == (Friend("bo@example.org", only=True), Friend("cy@example.org"))


@pytest.mark.parametrize("address", ["bo", "bo@", "bo@example", "bo@example.org\r\nBcc: x@example.org", "", " "])
def test_a_friend_has_the_address_of_somebody(address: str) -> None:
    """With the field, and in a sentence that shows how to write one."""
    with pytest.raises(Invalid, match=r"write it like ana@example\.org") as refused:
        kept(friends=(Friend(address),))
    assert refused.value.field == "friends"


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ((), ""),
        (("bo@example.org", "cy@example.org"), ""),
        (("ana@example.org ",), "ownAddress"),
        (("bo@example.org", "BO@example.org"), "namedTwice"),
    ],
)
def test_what_of_the_friends_is_not_kept_is_said(named: tuple[str, ...], said: str) -> None:
    """In one sentence, or none."""
    answers = replace(ANSWERS, friends=tuple(Friend(one) for one in named))
    assert left_out(answers, "ana@example.org") == said


def test_what_is_added_on_confirming_replaces_only_what_was_said() -> None:
    """Everything else stays as it was at sign-up."""
    before = replace(ANSWERS, warm_up="First", host=True)
    assert completed(before, Confirmation()) == before
    assert completed(before, Confirmation(warm_up=" New\n", shares=True)) == replace(before, warm_up="New", shares=True)
    assert completed(before, Confirmation(warm_up="", host=False)) == replace(before, warm_up="", host=False)


def pair(*, mine: bool | None, theirs: bool | None) -> tuple[Attendee, Attendee]:
    """Two people who have confirmed; each names the other as so strict a friend, or not at all when None."""
    a, b = (replace(PERSON, id=name, email=f"{name}@example.org", state=AttendeeState.CONFIRMED) for name in ("a", "b"))
    named = [
        () if only is None else (Friend(f"{whom}@EXAMPLE.org", only),) for only, whom in ((mine, "b"), (theirs, "a"))
    ]
    one, other = (
        replace(person, answers=replace(ANSWERS, friends=friends))
        for person, friends in zip((a, b), named, strict=True)
    )
    return one, other


@pytest.mark.parametrize(
    ("mine", "theirs", "tie"),
    [
        (None, None, ""),
        (True, None, ""),
        (None, False, ""),
        (False, False, "near"),
        (True, False, "near"),
        (False, True, "near"),
        (True, True, "together"),
    ],
)
def test_friends_are_tied_when_both_say_so(*, mine: bool | None, theirs: bool | None, tie: str) -> None:
    """Hard only when both say “only together”, soft when either says less, and not at all when one is silent."""
    instance = instance_of(EVENT, list(pair(mine=mine, theirs=theirs)), NOW)
    for one, other in zip(instance.attendees, reversed(instance.attendees), strict=True):
        assert one.together == ((other.id,) if tie == "together" else ())
        assert one.near == ((other.id,) if tie == "near" else ())


@pytest.mark.parametrize("state", [AttendeeState.UNCONFIRMED, AttendeeState.WITHDRAWN])
def test_friends_know_of_each_other_while_both_are_confirmed(state: AttendeeState) -> None:
    """Either way round."""
    one, other = pair(mine=False, theirs=True)
    assert mutual(one, other)
    assert mutual(other, one)
    gone = replace(other, state=state)
    assert not mutual(one, gone)
    assert not mutual(gone, one)
    assert not mutual(*pair(mine=True, theirs=None))


def test_a_changed_seat_is_another_one_to_come_to() -> None:
    """The calendar hears of it by a higher number, and who said they would be there is asked anew."""
    assert changed(Seat("g", "u", 3, coming=True)) == Seat("g", "u", 4)


@pytest.mark.parametrize(("name", "first"), [("Ana Lama", "Ana"), ("Ana", "Ana"), ("李 小龙", "李")])
def test_a_group_may_see_the_first_word_of_a_name(name: str, first: str) -> None:
    """And no more of it."""
    assert replace(PERSON, answers=replace(ANSWERS, name=name)).first_name == first


def test_the_matching_is_told_no_names_and_no_addresses() -> None:
    """It gets what it matches by, in the order of ids, whatever order people came in."""
    people = [replace(PERSON, id=name) for name in ("c", "a", "b")]
    instance = instance_of(EVENT, people, NOW)
    assert [one.id for one in instance.attendees] == ["a", "b", "c"]
    told = msgspec.json.encode(instance).decode()
    assert "Ana" not in told
    assert "@" not in told


def test_the_matching_is_told_what_the_organizer_wishes() -> None:
    """Wishes come from the event, the same that the proposal asked for."""
    wishes = Wishes(levels="mixed", topics=0.5, fairness=0.25, wildcard=True)
    assert instance_of(replace(EVENT, wishes=wishes), [PERSON], NOW).event.wishes == wishes


def test_sessions_that_begin_too_soon_are_left_out_of_the_matching() -> None:
    """From the event, from what people marked, and from what places are open for; an hour before is soon enough."""
    event = replace(EVENT, places=(Place("cafe", "Café", slots=("s1", "s2")), Place("web", "Online")))
    person = replace(PERSON, answers=replace(ANSWERS, free=("s2", "s1"), if_need_be=("s1", "s3")))
    just = instance_of(event, [person], FIRST - SOONEST)
    assert [slot.id for slot in just.event.slots] == ["s1", "s2", "s3"]
    late = instance_of(event, [person], FIRST - SOONEST + timedelta(seconds=1))
    assert [slot.id for slot in late.event.slots] == ["s2", "s3"]
    assert [place.slots for place in late.event.places] == [("s2",), None]
    assert (late.attendees[0].free, late.attendees[0].if_need_be) == (("s2",), ("s3",))


@pytest.mark.parametrize(
    ("confirmed", "before", "why"),
    [
        ({"a", "b"}, SOONEST, ""),
        ({"a", "b"}, SOONEST - timedelta(seconds=1), "A session of this plan is over or about to begin"),
        ({"a"}, SOONEST, "Somebody in this plan has withdrawn or cannot be reached"),
        ({"a", "b", "c"}, 2 * SOONEST, ""),
    ],
)
def test_a_plan_is_outdated_when_its_people_or_its_sessions_are_gone(
    confirmed: set[str], before: timedelta, why: str
) -> None:
    """It is made again then, and never goes out as it is."""
    found = replace(GROUP, members=("a", "b"))
    plan = Plan(groups=(found,), unplaced=(), placed=2, placeable=2, relevance=0.0, seed=0)
    assert outdated(plan, EVENT, confirmed, FIRST - before) == why


GROUP = Group(id="g1", slot="s1", place=None, members=("a",), host=None, title="T", subtitle="", keywords=(), why={})


def group(place: str | None) -> SubEvent:
    """The sub-event of a group that meets at a place."""
    return sub_event_of(EVENT, replace(GROUP, place=place), 0, "covey-room")


@pytest.mark.parametrize(
    ("place", "link"),
    [
        (None, "https://meet.jit.si/covey-room"),
        ("room", "https://meet.jit.si/covey-room"),
        ("web", "https://meet.example.org/reading"),
        ("cafe", ""),
    ],
)
def test_a_group_meets_at_an_address_or_behind_a_link(place: str | None, link: str) -> None:
    """The organizer's own link where there is one; an address needs none."""
    assert group(place).join_link == link
