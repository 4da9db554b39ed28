"""Signing up: once however often it is sent, the same answer for everybody, few letters to those who did not ask."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.attendee import Answers, AttendeeState, Level
from chalicelib.domain.errors import Conflict, Invalid, NotFound, TooMany
from chalicelib.domain.event import State
from chalicelib.domain.letter import Kind
from chalicelib.flow import respond, signup, steer
from chalicelib.flow.signup import LINK_PAUSE, Limits
from infra.faults.site import LIMITS
from tests.flow.provider import hear, said
from tests.flow.world import RESULTS, World, Wrapped, once

OTHER = "another-0123456789"
THIRD = "third-0123456789"


@pytest.fixture
def world() -> World:
    """An open event."""
    world = World()
    world.open()
    return world


def confirm_letters(world: World, name: str) -> int:
    return len(world.letters_to(name, Kind.CONFIRM))


def test_one_sign_up_is_one_person_and_one_letter(world: World) -> None:
    """The person waits for their own confirmation, and a sender is woken."""
    world.jobs.sends = 0
    receipt = world.sign_up("ana", goal="Posters\r\n!")
    ana = world.person("ana")
    assert (ana.state, ana.answers.goal) == (AttendeeState.UNCONFIRMED, "Posters !")
    assert confirm_letters(world, "ana") == 1
    assert (receipt.message, receipt.email) == ("signedUp", "ana@example.com")
    assert world.jobs.sends == 1


def test_the_same_request_again_changes_nothing_and_answers_the_same(world: World) -> None:
    """Also much later, and after its person has gone on."""
    receipt = world.sign_up("ana")
    before = world.person("ana")
    world.clock.advance(timedelta(days=1))
    assert world.sign_up("ana", goal="Sent with the same token") == receipt
    assert world.person("ana") == before
    world.confirm("ana")
    confirmed = world.person("ana")
    assert world.sign_up("ana") == receipt
    assert world.person("ana") == confirmed
    assert confirm_letters(world, "ana") == 1


def test_a_request_whose_answer_was_lost_succeeds_when_it_is_sent_again(world: World) -> None:
    """It was kept already, so the second one finds itself."""

    def lose() -> None:
        raise ConnectionError("The answer never came.")

    with pytest.raises(ConnectionError):
        world.sign_up("ana", store=Wrapped(world.memory, after=once("commit", lose)))
    assert world.sign_up("ana").email == "ana@example.com"
    assert len(world.people()) == confirm_letters(world, "ana") == 1


def test_before_confirming_the_newest_answers_count(world: World) -> None:
    """Whoever made a mistake fills the form in once more, and gets one more letter; then no more."""
    world.sign_up("ana", goal="First")
    world.sign_up("ana", goal="Second", token=OTHER)
    world.sign_up("ana", goal="Third", token=THIRD)
    assert len(world.people()) == 1
    assert world.person("ana").answers.goal == "Third"
    assert confirm_letters(world, "ana") == LIMITS.letters == 2


def test_after_confirming_only_the_private_page_changes_answers(world: World) -> None:
    """Anybody may type in an address; its owner's answers stay, and they get their link once in a while."""
    world.join("ana", goal="Mine")
    for number in range(5):
        world.sign_up("ana", goal="Not mine", token=f"{OTHER}-{number}")
    ana = world.person("ana")
    assert (ana.answers.goal, ana.state) == ("Mine", AttendeeState.CONFIRMED)
    assert confirm_letters(world, "ana") == 1
    world.clock.advance(LINK_PAUSE)
    world.sign_up("ana", token=OTHER)
    world.sign_up("ana", token=THIRD)
    assert confirm_letters(world, "ana") == 2


def test_whoever_withdrew_may_sign_up_again(world: World) -> None:
    """As somebody who has yet to confirm, by a letter."""
    world.join("ana")
    world.withdraw("ana")
    world.clock.advance(LINK_PAUSE)
    world.sign_up("ana", token=OTHER, goal="New")
    ana = world.person("ana")
    assert (ana.state, ana.answers.goal, ana.confirmed_at) == (AttendeeState.UNCONFIRMED, "New", None)
    assert confirm_letters(world, "ana") == 2
    assert world.confirm("ana").state is AttendeeState.CONFIRMED


@pytest.mark.parametrize("spelling", ["Ana@Example.COM", "  ana@example.com", "ANA@example.com "])
def test_one_address_is_one_person_however_it_is_spelt(world: World, spelling: str) -> None:
    """The letter goes to the address as its owner first wrote it."""
    world.sign_up("ana")
    signup.sign_up(
        world.memory, world.jobs, world.event_id, spelling, Answers(name="Ana", level=Level.NEW),
        token=OTHER, source="", limits=LIMITS, key=world.key, now=world.clock.now(),
    )  # fmt: skip
    (ana,) = world.people()
    assert ana.email == "ana@example.com"


def unknown(_: World) -> None:
    """Nobody has used the address."""


def unconfirmed(world: World) -> None:
    """Signed up, not confirmed."""
    world.sign_up("ana")


def at_the_limit(world: World) -> None:
    """Signed up, not confirmed, and mailed as often as may be."""
    world.sign_up("ana")
    world.sign_up("ana", token=OTHER)


def confirmed(world: World) -> None:
    """Confirmed long ago."""
    world.join("ana")
    world.clock.advance(LINK_PAUSE)


def just_mailed(world: World) -> None:
    """Confirmed, and mailed a moment ago."""
    world.join("ana")


def withdrawn(world: World) -> None:
    """Confirmed, then withdrawn."""
    world.join("ana")
    world.withdraw("ana")
    world.clock.advance(LINK_PAUSE)


def out_of_reach(world: World) -> None:
    """Confirmed, then reported as spam, and mailed as often as may be."""
    world.join("ana")
    world.run_jobs()
    hear(world, said("Complaint", world.letters_to("ana")[0]))
    for number in range(2):
        world.mail_link("ana", f"{OTHER}-{number}")
    world.clock.advance(LINK_PAUSE)


KNOWN = [unknown, unconfirmed, at_the_limit, confirmed, just_mailed, withdrawn, out_of_reach]


def answered(world: World) -> None:
    """Signed up by the very same request."""
    world.sign_up("ana", token=THIRD)


type Seen = tuple[signup.Receipt, list[tuple[str, int]], int]


def seen(world: World, act: Callable[[Any], signup.Receipt]) -> Seen:
    """What an onlooker could learn: the answer, the store's calls with the items they write, whether a sender woke."""
    calls: list[tuple[str, int]] = []

    def note(name: str, *arguments: Any) -> None:
        calls.append((name, arguments[-1] if name == "commit" else 0))

    world.jobs.sends = 0
    receipt = act(Wrapped(world.memory, before=note))
    return receipt, calls, world.jobs.sends


@pytest.mark.parametrize("known", [*KNOWN, answered])
def test_signing_up_tells_nobody_whether_an_address_is_known(known: Callable[[World], None]) -> None:
    """The same answer after the same work, whoever holds the address and in whatever state."""
    other, world = World(), World()
    for one in (other, world):
        one.open()
    known(world)
    expected = seen(other, lambda store: other.sign_up("ana", token=THIRD, store=store))
    assert seen(world, lambda store: world.sign_up("ana", token=THIRD, store=store)) == expected


@pytest.mark.parametrize("known", KNOWN)
def test_asking_for_the_link_tells_nobody_whether_an_address_is_known(known: Callable[[World], None]) -> None:
    """The answer is the same, the same is read to find it, and as much is written."""
    other, world = World(), World()
    for one in (other, world):
        one.open()
    known(world)
    expected = seen(other, lambda store: other.mail_link("ana", THIRD, store))
    assert seen(world, lambda store: world.mail_link("ana", THIRD, store)) == expected


def test_a_lost_link_is_mailed_again_within_the_limits(world: World) -> None:
    """Twice before its owner acts, afterwards once in ten minutes, also to somebody who left and may come back."""
    world.sign_up("ana")
    for number in range(4):
        world.mail_link("ana", f"{OTHER}-{number}")
    assert confirm_letters(world, "ana") == 2
    world.confirm("ana")
    world.mail_link("ana", OTHER)
    assert confirm_letters(world, "ana") == 2
    world.clock.advance(LINK_PAUSE)
    world.mail_link("ana", OTHER)
    world.mail_link("ana", THIRD)
    assert confirm_letters(world, "ana") == 3
    world.withdraw("ana")
    world.clock.advance(LINK_PAUSE)
    world.mail_link("ana", THIRD)
    assert confirm_letters(world, "ana") == 4


def test_before_its_owner_acts_an_address_gets_two_letters_by_whatever_way(world: World) -> None:
    """Sign-ups and requests for the link count together."""
    world.sign_up("ana")
    world.mail_link("ana", OTHER)
    world.sign_up("ana", token=THIRD)
    world.mail_link("ana", f"{THIRD}-2")
    world.run_jobs()
    assert len(world.mails("ana")) == 2


@pytest.mark.parametrize("news", ["Bounce", "Complaint"])
def test_whom_no_letter_reaches_gets_few_letters_until_they_act(world: World, news: str) -> None:
    """Anybody may ask for their link, by either way; what they asked for before is not held against them."""
    world.join("ana")
    for number in range(4):
        world.clock.advance(LINK_PAUSE)
        world.mail_link("ana", f"{OTHER}-{number}")
    world.run_jobs()
    before = len(world.mails("ana"))
    for number in range(4):
        hear(world, said(news, world.letters_to("ana", Kind.CONFIRM)[-1], f"copy-{number}"))
        world.clock.advance(LINK_PAUSE)
        world.mail_link("ana", f"{THIRD}-{number}")
        world.sign_up("ana", token=f"{THIRD}-form-{number}")
        world.run_jobs()
    assert len(world.mails("ana")) == before + LIMITS.letters
    world.confirm("ana")
    world.clock.advance(LINK_PAUSE)
    world.mail_link("ana", THIRD)
    world.run_jobs()
    assert len(world.mails("ana")) == before + LIMITS.letters + 1


def test_asking_for_the_link_of_nobody_writes_nothing(world: World) -> None:
    """No row, no letter, no person."""
    before = len(world.letters())
    world.mail_link("nobody", OTHER)
    assert (len(world.people()), len(world.letters())) == (0, before)


def attempt(world: World, number: int, *, source: str = "192.0.2.1", limits: Limits, event_id: str = "") -> None:
    signup.sign_up(
        world.memory, world.jobs, event_id or world.event_id, f"p{number}@example.com",
        Answers(name="P", level=Level.NEW), token=f"0123456789abcdef-{number}", source=source, limits=limits,
        key=world.key, now=world.clock.now(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("limits", "sources"),
    [(Limits(3, 100, 2), ["192.0.2.1"]), (Limits(100, 3, 2), [f"192.0.2.{n}" for n in range(5)])],
)
def test_a_limit_is_counted_by_source_and_by_event(world: World, limits: Limits, sources: list[str]) -> None:
    """The fourth within the minute waits; whoever is in already may send again; the next minute is another."""
    for number in range(3):
        attempt(world, number, source=sources[number % len(sources)], limits=limits)
    with pytest.raises(TooMany, match="nothing was lost, press again in a minute") as refused:
        attempt(world, 3, source=sources[3 % len(sources)], limits=limits)
    assert refused.value.retry_after == 60
    assert len(world.people()) == 3
    attempt(world, 0, source=sources[0], limits=limits)
    world.clock.advance(timedelta(minutes=1))
    attempt(world, 3, source=sources[3 % len(sources)], limits=limits)
    assert len(world.people()) == 4


def test_one_source_at_its_limit_holds_up_nobody_else(world: World) -> None:
    """Limits are counted apart."""
    attempt(world, 0, limits=Limits(1, 100, 2))
    attempt(world, 1, source="192.0.2.2", limits=Limits(1, 100, 2))
    assert len(world.people()) == 2


def test_asking_for_the_link_counts_towards_the_same_limits(world: World) -> None:
    """Nobody can try out addresses faster that way."""
    ask = {"source": "192.0.2.1", "limits": Limits(2, 100, 2), "key": world.key, "now": world.clock.now()}
    for number in range(2):
        signup.mail_link(world.memory, world.jobs, world.event_id, "a@example.com", token=f"{OTHER}-{number}", **ask)
    with pytest.raises(TooMany):
        signup.mail_link(world.memory, world.jobs, world.event_id, "a@example.com", token=THIRD, **ask)
    with pytest.raises(TooMany):
        attempt(world, 0, limits=Limits(2, 100, 2))


def test_a_source_is_kept_only_as_a_fingerprint(world: World) -> None:
    """What the limit is counted under does not say where somebody was."""
    world.sign_up("ana")
    assert "192.0.2.1" not in repr(world.memory._admitted)


def refused_at(world: World) -> str:
    with pytest.raises(Conflict) as refused:
        world.sign_up("late")
    return str(refused.value)


def test_before_the_organizer_opens_it_nobody_signs_up() -> None:
    """And is told who has to do what."""
    world = World()
    world.propose()
    assert "the organizer has to press the button" in refused_at(world)


def test_from_the_deadline_on_nobody_signs_up_whatever_the_tick_does(world: World) -> None:
    """With the time of the deadline, in the event's zone."""
    world.close()
    assert refused_at(world).startswith("Sign-up closed Monday 11 January 2027, 10:00 (Europe/Berlin)")
    world.tick()
    assert refused_at(world).startswith("Sign-up closed Monday 11 January 2027, 10:00 (Europe/Berlin)")


def test_a_cancelled_event_takes_nobody(world: World) -> None:
    """And says that it is off."""
    steer.cancel(world.memory, world.event_id, world.clock.now())
    assert refused_at(world) == "This event is off, so nobody can sign up any more."


def test_an_event_that_is_not_there_takes_nobody(world: World) -> None:
    """Neither sign-ups nor requests for links."""
    world.event_id = "qqqqqqqqqqqqqqqq"
    with pytest.raises(NotFound):
        world.sign_up("ana")
    with pytest.raises(NotFound):
        world.mail_link("ana", OTHER)


@pytest.mark.parametrize(
    "answers",
    [{"free": ["s999"]}, {"places": ["moon"]}, {"timezone": "Mars/Olympus"}, {"if_need_be": ["s000", "s999"]}],
)
def test_answers_that_cannot_be_kept_leave_nothing_behind(world: World, answers: dict[str, Any]) -> None:
    """No person, no letter, and no use of the limits."""
    before, admitted = len(world.letters()), dict(world.memory._admitted)
    with pytest.raises(Invalid):
        world.sign_up("ana", **answers)
    assert (len(world.people()), len(world.letters()), world.memory._admitted) == (0, before, admitted)


def test_pressing_the_button_twice_is_harmless(world: World) -> None:
    """The second press finds it done."""
    world.sign_up("ana")
    first = world.confirm("ana")
    assert world.confirm("ana") == first == world.person("ana")


def test_whoever_withdrew_takes_that_back_before_confirming(world: World) -> None:
    """One step after the other."""
    world.sign_up("ana")
    world.withdraw("ana")
    with pytest.raises(Conflict, match="take that back first"):
        world.confirm("ana")
    back = respond.take_back(world.memory, world.event, world.person("ana"), world.clock.now())
    assert back.state is AttendeeState.UNCONFIRMED
    assert world.confirm("ana").state is AttendeeState.CONFIRMED


@pytest.mark.parametrize(("free", "told"), [(["s000"], Kind.SEAT), (["s003"], Kind.NO_GROUP)])
def test_whoever_confirms_after_the_groups_went_out_gets_what_seat_is_free(
    world: World, free: list[str], told: Kind
) -> None:
    """With the next mending, or hears that there is none; a second press adds nothing, and nobody else is told."""
    world.join("ana", "bob", "cem")
    world.sign_up("late", free=free)
    world.publish()
    assert world.event.due is None
    world.confirm("late")
    world.confirm("late")
    world.pass_time(minutes=12)
    assert [letter.kind for letter in world.letters_to("late", *RESULTS)] == [told]
    assert len(world.mails("late")) == 2
    assert [len(world.mails(name)) for name in ("ana", "bob", "cem")] == [2, 2, 2]
    assert (world.state, world.event.due) == (State.PUBLISHED, None)


def test_whoever_confirms_when_no_session_is_left_is_told_at_once_and_once(world: World) -> None:
    """Kindly, with their answers kept; a second press adds nothing."""
    world.join("ana", "bob", "cem")
    world.sign_up("late")
    world.publish()
    world.clock.set(world.event.last_start)
    world.jobs.sends = 0
    world.confirm("late")
    assert world.person("late").unplaced.startswith("The groups were made already when you came in")
    assert world.jobs.sends == 1
    world.confirm("late")
    world.run_jobs()
    assert len(world.letters_to("late", *RESULTS)) == 1
    assert len(world.mails("late")) == 2


@pytest.mark.parametrize("moment", ["matching", "draft", "publishing", "published"])
def test_whoever_confirms_while_the_groups_are_made_is_told_once_they_are_out(world: World, moment: str) -> None:
    """Whatever the worker was doing at that very moment."""
    world.join("ana", "bob", "cem")
    world.sign_up("late", free=["s003"])
    world.close()
    world.tick()
    world.jobs.matches.clear()
    at = {
        "matching": once("write_plan", lambda: world.confirm("late")),
        "draft": once("plan", lambda: world.confirm("late")),
        "publishing": once("sub_events", lambda: world.confirm("late")),
        "published": once("nothing", lambda: None),
    }
    world.match(store=Wrapped(world.memory, before=at[moment]))
    if moment == "published":
        assert world.state is State.PUBLISHED
        world.confirm("late")
    world.run_jobs()
    world.pass_time(minutes=13)
    assert len(world.letters_to("late", *RESULTS)) == 1
    assert world.person("late").unplaced
