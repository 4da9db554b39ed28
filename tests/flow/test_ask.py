"""Repairs that wait for the organizer's word: asked once, done or left as said, made by themselves in the end."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.adapters.memory import Fault
from chalicelib.domain.errors import Conflict
from chalicelib.domain.event import ANSWERABLE, ASKED_UNTIL, BURST, LEASE, UNANSWERED, Asked, State
from chalicelib.domain.letter import ORGANIZER, Kind, LetterState
from chalicelib.flow import erase, steer
from chalicelib.flow.ask import question_of
from tests.flow.lives import lives
from tests.flow.test_repair import FIRST, MENDED, SECOND, THIRD, assert_sound, meeting, published, told
from tests.flow.world import RESULTS, World, Wrapped, once

UNTIL_SUNDAY = (
    "Without your answer by Sunday 17 January 2027, 17:00 (Europe/Berlin), "
    "Covey does the first of these by itself, so that nobody sits alone."
)
DECIDED = 3
"""Minutes by which what the organizer decided is done, and everybody told."""


def asking(*groups: tuple[str, str], late: str = "", **also: str) -> World:
    """Groups that have gone out, of an organizer who wants to be asked."""
    world = published(*groups, late=late, **also)
    steer.keep_up(world.memory, world.event_id, "ask", None, world.clock.now())
    world.pass_time(minutes=DECIDED)
    assert world.event.due is None
    return world


def helped_out(late: str = "") -> World:
    """A group that fell below three, and one that could spare Hal for it."""
    world = asking((FIRST, "ana bob cem"), (SECOND, "eve fay gil hal"), late=late, hal=FIRST)
    world.withdraw("cem")
    return world


def question(world: World) -> Asked:
    assert world.event.asked is not None
    return world.event.asked


def sentences(world: World) -> tuple[str, ...]:
    """What the organizer reads: what happened, each choice, and what happens by itself."""
    held = question_of(world.memory, world.event, world.clock.now(), names=True)
    assert held is not None
    return held.sentence, *(choice.sentence for choice in held.choices), held.otherwise


def mend(world: World) -> None:
    steer.mend(world.memory, world.event_id, question(world).plan, world.clock.now())


def leave(world: World) -> None:
    steer.leave(world.memory, world.event_id, question(world).plan, world.clock.now())


def letters(world: World) -> list[str]:
    """The subjects of the letters that asked the organizer."""
    return [subject for mail in world.mails(ORGANIZER) if (subject := mail["Subject"]).startswith("A group needs")]


@pytest.mark.slow
def test_nobody_moves_before_the_organizer_has_said_so() -> None:
    """They get one letter, and read what happened and what each way out would lead to."""
    world = helped_out()
    world.pass_time(minutes=MENDED)
    assert meeting(world, "ana", "bob", "hal") == [FIRST, FIRST, SECOND]
    assert letters(world) == ["A group needs your word: Letterpress"]
    assert sentences(world) == (
        "One person left “Posters 1”; it has 2 of at least 3.",
        "Do this: hal moves to “Posters 1”, Monday 18 January 2027, 17:00 (Europe/Berlin). 1 person gets a letter.",
        "Leave it as it is: “Posters 1” meets with 2 people. Nobody gets a letter.",
        UNTIL_SUNDAY,
    )
    assert world.event.due == question(world).until == world.event.slot(FIRST).start - ASKED_UNTIL
    world.pass_time(minutes=30)
    assert len(letters(world)) == 1


def test_the_letter_says_the_same_and_names_nobody() -> None:
    """What is kept of it need not be changed when somebody has their data erased."""
    world = helped_out()
    world.pass_time(minutes=MENDED)
    (mail,) = [mail for mail in world.mails(ORGANIZER) if "needs your word" in mail["Subject"]]
    for part in (mail.get_body(("plain",)), mail.get_body(("html",))):
        text = " ".join(part.get_content().split())
        assert "Do this: 1 person moves to “Posters 1”" in text
        assert "hal" not in text.replace("that", "").replace("shall", "")
        assert "Without your answer by Sunday 17 January 2027" in text
        assert "/watch#" in text


def test_what_the_organizer_wants_done_is_done_and_told_once() -> None:
    """Pressing twice is harmless."""
    world = helped_out()
    world.pass_time(minutes=MENDED)
    mend(world)
    mend(world)
    world.pass_time(minutes=DECIDED)
    assert meeting(world, "ana", "bob", "hal") == [FIRST] * 3
    assert len(told(world, "hal")) == 2
    assert (world.event.asked, len(letters(world))) == (None, 1)
    assert_sound(world)
    with pytest.raises(Conflict, match="nothing to decide"):
        steer.mend(world.memory, world.event_id, "p", world.clock.now())


def test_what_is_left_as_it_is_stays_so_until_somebody_else_leaves() -> None:
    """A small group that its organizer accepted is not asked about again, nor is it filled up by force."""
    world = helped_out()
    world.pass_time(minutes=MENDED)
    leave(world)
    world.pass_time(minutes=DECIDED)
    assert (world.event.asked, world.event.due, len(letters(world))) == (None, None, 1)
    world.withdraw("gil")
    world.pass_time(minutes=MENDED)
    assert (world.event.asked, len(letters(world))) == (None, 1), "the other group has enough people without Gil"
    world.withdraw("bob")
    world.pass_time(minutes=MENDED)
    assert len(letters(world)) == 2
    assert sentences(world)[0] == "2 people left “Posters 1”; it has 1 of at least 3."


def test_somebody_new_makes_an_accepted_group_whole_without_a_question() -> None:
    """It changes nothing for those who are in it."""
    world = helped_out(late="uma")
    world.pass_time(minutes=MENDED)
    leave(world)
    world.confirm("uma")
    world.pass_time(minutes=MENDED)
    assert meeting(world, "ana", "bob", "uma", "hal") == [FIRST, FIRST, FIRST, SECOND]
    assert world.event.asked is None
    assert_sound(world)


def test_a_free_seat_goes_to_whoever_comes_late_without_a_question() -> None:
    """Also while a question waits; no seat is kept back for it."""
    world = asking((FIRST, "eve fay gil"), (SECOND, "ana bob cem"), late="uma")
    world.withdraw("cem")
    world.pass_time(minutes=MENDED)
    before = question(world)
    world.confirm("uma")
    world.pass_time(minutes=MENDED)
    assert meeting(world, "uma", "ana", "bob") == [FIRST, SECOND, SECOND]
    assert question(world).plan != before.plan
    assert question(world).number == before.number
    assert len(letters(world)) == 1


@pytest.mark.parametrize("answer", [mend, leave])
def test_whom_a_question_would_seat_hears_when_it_is_decided(answer: Callable[[World], None]) -> None:
    """Nobody is told that there is no seat for them while one may come; where it does not, there may be another."""
    groups = ((FIRST, "ana bob cem"), (SECOND, "eve fay gil hal"), (THIRD, "ida jon kim"))
    world = asking(*groups, late="uma", hal=FIRST, uma=THIRD)
    world.withdraw("bob")
    world.withdraw("cem")
    world.confirm("uma")
    world.pass_time(minutes=MENDED)
    assert world.person("uma").id in world.memory.plan(world.event_id, question(world).plan).changes
    assert not world.letters_to("uma", *RESULTS)
    answer(world)
    world.pass_time(minutes=DECIDED)
    assert meeting(world, "uma", "hal") == ([FIRST, FIRST] if answer is mend else [THIRD, SECOND])
    assert [letter.kind for letter in world.letters_to("uma", *RESULTS)] == [Kind.SEAT]
    assert world.event.due is None


def test_leaving_while_a_question_waits_joins_it() -> None:
    """One letter, and the page says what is so now; what was said before cannot be agreed to any more."""
    world = asking((FIRST, "ana bob cem"), (SECOND, "eve fay gil hal"), hal=FIRST, gil=FIRST)
    world.withdraw("cem")
    world.pass_time(minutes=MENDED)
    first = question(world)
    world.withdraw("bob")
    with pytest.raises(Conflict, match="worked out anew"):
        mend(world)
    world.pass_time(minutes=MENDED)
    assert question(world).plan != first.plan
    assert len(letters(world)) == 1
    with pytest.raises(Conflict, match="worked out anew"):
        steer.leave(world.memory, world.event_id, first.plan, world.clock.now())
    assert sentences(world)[0] == "2 people left “Posters 1”; it has 1 of at least 3."
    mend(world)
    world.pass_time(minutes=DECIDED)
    assert_sound(world)


def test_a_question_that_settles_itself_is_asked_no_more() -> None:
    """Somebody new makes the group whole, so there is nothing to decide."""
    world = helped_out(late="uma")
    world.pass_time(minutes=MENDED)
    world.confirm("uma")
    world.pass_time(minutes=MENDED)
    assert meeting(world, "ana", "bob", "uma") == [FIRST] * 3
    assert (world.event.asked, world.event.due) == (None, None)
    assert_sound(world)


def test_a_letter_that_waits_is_not_sent_when_the_organizer_has_decided_already() -> None:
    """They opened the page by themselves."""
    world = helped_out()
    world.clock.set(world.event.mend_at or world.clock.now())
    world.tick()
    world.match(world.jobs.matches.pop()[1])
    leave(world)
    world.run_jobs()
    assert [one.state for one in world.letters(Kind.DANGER)] == [LetterState.SUPPRESSED]


def test_an_agreed_repair_that_fits_no_more_is_asked_about_anew() -> None:
    """Somebody leaves after the organizer has agreed, before it is done; the second letter says so."""
    world = asking((FIRST, "ana bob cem"), (SECOND, "eve fay gil hal"), hal=FIRST, gil=FIRST)
    world.withdraw("cem")
    world.pass_time(minutes=MENDED)
    mend(world)
    world.withdraw("bob")
    world.pass_time(minutes=MENDED)
    assert meeting(world, "ana", "hal", "gil") == [FIRST, SECOND, SECOND]
    assert len(letters(world)) == 2
    assert sentences(world)[0].startswith("Somebody left or came after you had decided, so nothing was done")
    mend(world)
    world.pass_time(minutes=DECIDED)
    assert_sound(world)


def test_without_an_answer_it_is_done_a_day_before_the_first_session_that_it_concerns() -> None:
    """Not a minute sooner."""
    world = helped_out()
    world.pass_time(minutes=MENDED)
    world.clock.set(question(world).until - timedelta(minutes=2))
    world.tick()
    world.run_jobs()
    assert meeting(world, "hal") == [SECOND]
    world.pass_time(minutes=4)
    assert meeting(world, "ana", "bob", "hal") == [FIRST] * 3
    assert len(letters(world)) == 1
    assert_sound(world)


@pytest.mark.parametrize(("before", "asked"), [(timedelta(hours=20), True), (UNANSWERED + BURST, False)])
def test_near_the_session_there_are_two_hours_to_answer_or_none(before: timedelta, *, asked: bool) -> None:
    """Where nobody could answer in time it is done at once: three in a room made for eight helps nobody."""
    world = asking((FIRST, "ana bob cem"), (SECOND, "eve fay gil hal"), hal=FIRST)
    world.clock.set(world.event.slot(FIRST).start - before)
    world.withdraw("cem")
    world.pass_time(minutes=MENDED)
    if asked:
        assert question(world).until == question(world).since + ANSWERABLE
        world.pass_time(hours=2)
    assert meeting(world, "ana", "bob", "hal") == [FIRST] * 3
    assert_sound(world)


def test_automatic_repairs_take_nobodys_seat_without_asking() -> None:
    """Whom another group can take in is moved at once; only the group that nobody can save is asked about."""
    world = published((FIRST, "ana bob cem"), (SECOND, "eve fay gil hal"), (THIRD, "ida jon kim"), hal=FIRST)
    world.withdraw("cem")
    world.withdraw("kim")
    world.pass_time(minutes=MENDED)
    assert meeting(world, "ana", "bob", "hal") == [FIRST] * 3
    assert meeting(world, "ida", "jon") == [THIRD, THIRD]
    happened, dissolve, keep, otherwise = sentences(world)
    assert happened == "“Posters 3” has 2 of at least 3."
    assert dissolve == (
        "Dissolve it and tell its people: “Posters 3” dissolves. "
        "ida and jon have no seat any more, hear why, and are offered what is free. 2 people get a letter."
    )
    assert keep == "Keep it and let it meet small: “Posters 3” meets with 2 people. Nobody gets a letter."
    assert "empty table" in otherwise
    assert len(letters(world)) == 1


@pytest.mark.parametrize("keep", [True, False])
def test_a_group_that_nobody_can_save_is_kept_or_dissolved(*, keep: bool) -> None:
    """As the organizer says; whoever loses their seat hears why, and their calendar forgets it."""
    world = published((FIRST, "ana bob cem"), (SECOND, "eve fay gil"))
    world.withdraw("cem")
    world.pass_time(minutes=MENDED)
    (leave if keep else mend)(world)
    world.pass_time(minutes=DECIDED)
    assert meeting(world, "ana", "bob") == ([FIRST, FIRST] if keep else ["", ""])
    assert [method for method, _, _ in told(world, "ana")] == (["REQUEST"] if keep else ["REQUEST", "CANCEL"])
    assert world.event.due is None
    if not keep:
        assert "one short of a group of 3" in world.person("ana").unplaced
        assert_sound(world)


def test_whoever_chooses_automatic_repairs_is_asked_no_more() -> None:
    """What waited is done at once, as it takes nobody's seat."""
    world = helped_out()
    world.pass_time(minutes=MENDED)
    steer.keep_up(world.memory, world.event_id, "auto", None, world.clock.now())
    world.pass_time(minutes=DECIDED)
    assert meeting(world, "ana", "bob", "hal") == [FIRST] * 3
    assert world.event.asked is None
    assert_sound(world)


def test_calling_off_ends_the_question() -> None:
    """There is nothing left to decide, and the letter that had not left stays."""
    world = helped_out()
    world.pass_time(minutes=MENDED)
    steer.cancel(world.memory, world.event_id, world.clock.now())
    world.pass_time(minutes=DECIDED)
    assert (world.state, world.event.asked, world.event.due) == (State.CANCELLED, None, None)
    with pytest.raises(Conflict, match="is off"):
        steer.keep_up(world.memory, world.event_id, "auto", None, world.clock.now())


def claimed(world: World) -> World:
    """A worker has been started for what is due now."""
    assert world.event.due is not None
    world.clock.set(max(world.clock.now(), world.event.due))
    world.tick()
    world.jobs.matches.clear()
    return world


def settle(world: World) -> None:
    """What was started goes on; it must not take long."""
    world.run_jobs()
    world.pass_time(minutes=4)
    assert (world.state, world.event.run, world.event.mending) == (State.PUBLISHED, "", "")


@pytest.mark.slow
def test_a_worker_killed_while_it_asks_is_followed_by_one_that_asks_once() -> None:
    """Before the plan is written, between plan and question, or after: one question, one letter."""
    for world in lives(claimed(helped_out()), World.match):
        settle(world)
        assert len(world.letters(Kind.DANGER)) == len(letters(world)) == 1
        assert world.event.due == question(world).until
        assert meeting(world, "hal") == [SECOND]
        mend(world)
        settle(world)
        assert_sound(world)


@pytest.mark.slow
def test_a_worker_killed_while_it_does_what_was_agreed_is_finished_by_another() -> None:
    """Nobody hears twice, and nothing is asked twice."""
    world = helped_out()
    world.pass_time(minutes=MENDED)
    mend(world)
    for one in lives(claimed(world), World.match):
        settle(one)
        assert meeting(one, "ana", "bob", "hal") == [FIRST] * 3
        assert len(told(one, "hal")) == 2
        assert len(one.letters(Kind.DANGER)) == 1
        assert_sound(one)


@pytest.mark.slow
def test_a_worker_killed_while_it_mends_one_group_and_asks_about_another_is_finished_by_another() -> None:
    """Both, once each."""
    world = published((FIRST, "ana bob cem"), (SECOND, "eve fay gil hal"), (THIRD, "ida jon kim"), hal=FIRST)
    world.withdraw("cem")
    world.withdraw("kim")
    for one in lives(claimed(world), World.match, acts=6):
        settle(one)
        assert meeting(one, "ana", "bob", "hal", "ida") == [FIRST, FIRST, FIRST, THIRD]
        assert len(told(one, "hal")) == 2
        assert len(letters(one)) == 1
        mend(one)
        settle(one)
        assert_sound(one)


@pytest.mark.parametrize(
    ("answer", "moment"),
    [(mend, "sub_events"), (mend, "plan"), (leave, "sub_events"), (leave, "plan"), (leave, "write_plan")],
)
def test_an_answer_at_the_last_moment_counts(answer: Callable[[World], None], moment: str) -> None:
    """The worker has read the question, and is about to dissolve the group, when the organizer says what they want."""
    world = asking((FIRST, "ana bob cem"))
    world.withdraw("cem")
    world.pass_time(minutes=MENDED)
    world.clock.set(question(world).until)
    world.store = Wrapped(world.memory, after=once(moment, lambda: answer(world)))
    if moment == "write_plan":
        # The groups are not those any more that were asked about, so another plan is made of them.
        world.memory.commit(replace(world.event, asked=replace(question(world), world="others")))
    world.tick()
    world.run_jobs()
    world.unwrap()
    settle(world)
    assert meeting(world, "ana", "bob") == ([FIRST, FIRST] if answer is leave else ["", ""])
    assert len(told(world, "ana")) == (1 if answer is leave else 2)
    assert world.event.asked is None


def test_a_lapsed_worker_that_wakes_up_asks_nothing() -> None:
    """Another has asked meanwhile; the first one's write fails on the event that it does not hold any more."""
    world = claimed(helped_out())
    first = world.event.run
    world.clock.advance(LEASE)
    world.tick()
    world.run_jobs()
    asked = question(world)
    world.match(first)
    assert question(world) == asked
    assert len(world.letters(Kind.DANGER)) == 1


def test_whoever_is_erased_while_a_question_waits_is_in_no_plan_any_more() -> None:
    """What was to be agreed to is gone with them; it is worked out anew, and no second letter says so."""
    world = helped_out(late="uma")
    world.pass_time(minutes=MENDED)
    first = question(world)
    erase.erase(world.memory, world.event_id, world.person("hal").id, world.new_run, world.clock.now())
    assert question(world).plan == ""
    assert first.plan not in world.memory.plans(world.event_id)
    assert question_of(world.memory, world.event, world.clock.now(), names=True) is None
    world.pass_time(minutes=MENDED)
    assert question(world).plan not in {"", first.plan}
    assert len(letters(world)) == 1
    mend(world)
    world.pass_time(minutes=DECIDED)
    assert_sound(world)


def small(world: World) -> list[str]:
    """What the organizer read of groups that became too small when it was too late."""
    mails = [mail for mail in world.mails(ORGANIZER) if mail["Subject"].startswith("A group became small")]
    return [" ".join(mail.get_body(("plain",)).get_content().split()) for mail in mails]


@pytest.mark.parametrize("others", [(), ((THIRD, "ida jon kim"),)], ids=["the last session", "others follow"])
def test_a_group_that_becomes_too_small_when_nothing_can_be_done_any_more_is_told_of(
    others: tuple[tuple[str, str], ...],
) -> None:
    """Once, to the organizer, who may drop by; those in it meet as planned."""
    world = published((FIRST, "ana bob cem"), *others)
    world.clock.set(world.event.slot(FIRST).start - timedelta(minutes=40))
    world.withdraw("cem")
    world.pass_time(minutes=MENDED)
    assert meeting(world, "ana", "bob") == [FIRST] * 2
    (said,) = small(world)
    assert "“Posters 1” has only 2 people left, of at least 3, and meets Monday 18 January 2027, 17:00" in said
    assert "/watch#" in said
    world.clock.set(world.event.slot(FIRST).start - timedelta(minutes=4))
    world.withdraw("bob")
    world.pass_time(minutes=2)
    assert ["has only 1 person left" in one for one in small(world)] == [False, True]
    assert len(told(world, "ana")) == 1


@pytest.mark.parametrize("so_small", ["large enough", "let be", "begun", "off"])
def test_of_a_group_that_is_as_it_should_be_nobody_is_told(so_small: str) -> None:
    """It is large enough, or its organizer lets it meet so small, or it has begun, or the event is off."""
    world = published((FIRST, "ana bob cem" if so_small != "large enough" else "ana bob cem dan"))
    start = world.event.slot(FIRST).start
    if so_small == "let be":
        world.memory.commit(replace(world.event, small={"g001": 2}))
    world.clock.set(start - (timedelta(minutes=-1) if so_small == "begun" else timedelta(minutes=40)))
    world.withdraw("cem")
    if so_small == "off":
        steer.cancel(world.memory, world.event_id, world.clock.now())
    world.pass_time(minutes=MENDED)
    assert small(world) == []


def test_word_of_a_small_group_that_waited_until_it_has_met_goes_to_nobody() -> None:
    """A sender that stood still for an hour does not tell of what is over."""
    world = published((FIRST, "ana bob cem"))
    world.clock.set(world.event.slot(FIRST).start - timedelta(minutes=40))
    world.withdraw("cem")
    olga = world.event.organizer.email
    world.post.fail_for(olga, Fault.THROTTLED)
    world.pass_time(minutes=MENDED)
    assert [one.state for one in world.letters(Kind.SMALL)] == [LetterState.PENDING]
    world.pass_time(minutes=60)
    world.post.fail_for(olga, None)
    world.pass_time(minutes=30)
    assert [one.state for one in world.letters(Kind.SMALL)] == [LetterState.SUPPRESSED]
