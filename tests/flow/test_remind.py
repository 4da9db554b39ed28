"""The reminder: once, a day before the deadline, to whoever has not pressed the button, and nothing waits for it."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.attendee import AttendeeState
from chalicelib.domain.event import LEASE, REMINDER, State
from chalicelib.domain.letter import Kind, LetterState
from chalicelib.flow import steer
from tests.flow.world import World, Wrapped, once, subjects

OTHER, THIRD = "another-0123456789", "third-0123456789"
REMINDED = "One step left, by Mon"


def opened(**event: Any) -> World:
    """An open event with one person confirmed, two not, and one who withdrew."""
    world = World()
    world.open(**event)
    world.join("ana", "wim")
    world.sign_up("ugo")
    world.sign_up("uma")
    world.withdraw("wim")
    world.run_jobs()
    return world


def reminders(world: World) -> list[str]:
    """To whom reminders were decided."""
    ids = {one.person for one in world.letters(Kind.CONFIRM_REMINDER)}
    assert len(ids) == len(world.letters(Kind.CONFIRM_REMINDER))
    return sorted(one.answers.name for one in world.people() if one.id in ids)


def test_a_day_before_the_deadline_whoever_has_not_confirmed_is_reminded_once() -> None:
    """Neither a minute sooner, nor again, nor anybody else; the event then closes as it would have."""
    world = opened()
    world.clock.set(world.event.closes_at - REMINDER - timedelta(minutes=2))
    world.next_minute()
    assert reminders(world) == []
    world.pass_time(minutes=2)
    assert reminders(world) == ["ugo", "uma"]
    assert [subject.startswith(REMINDED) for subject in subjects(world, "ugo")] == [False, True]
    assert (world.state, world.event.run, world.event.due) == (State.OPEN, "", world.event.closes_at)
    world.sign_up("late")
    world.pass_time(hours=2)
    world.close()
    world.pass_time(minutes=3)
    assert world.state is not State.OPEN
    assert reminders(world) == ["ugo", "uma"]
    assert len(world.post.sent) == len({(mail.recipient, mail.message) for mail in world.post.sent})


def test_the_button_in_the_reminder_is_that_of_the_first_letter() -> None:
    """Whichever they press lets them in, and the other one does no harm."""
    world = opened()
    world.remind()
    first, reminder = (mail.get_body(("plain",)).get_content() for mail in world.mails("ugo"))
    link = next(word for word in first.split() if "/me#" in word)
    assert link in reminder
    assert world.confirm("ugo").state is AttendeeState.CONFIRMED


@pytest.mark.parametrize(("hours", "expected"), [(24, []), (25, ["ugo", "uma"])])
def test_sign_up_that_is_open_for_a_day_or_less_needs_no_reminder(hours: int, expected: list[str]) -> None:
    """The first letter is hardly a day old then."""
    world = opened(closes_at=(World().clock.now() + timedelta(hours=hours)).isoformat())
    while world.state is State.OPEN:
        world.clock.advance(timedelta(minutes=20))
        world.tick()
        world.run_jobs()
    assert reminders(world) == expected


def test_a_deadline_that_moves_away_takes_the_reminder_along() -> None:
    """It comes a day before the new one, and only then."""
    world = opened()
    later = world.event.closes_at + timedelta(days=2)
    steer.move_deadline(world.memory, world.event_id, later, world.clock.now())
    world.clock.set(later - timedelta(days=3))
    world.next_minute()
    assert reminders(world) == []
    world.remind()
    assert reminders(world) == ["ugo", "uma"]


def test_a_deadline_that_comes_closer_brings_the_reminder_at_once() -> None:
    """Less than a day is left then, and so much more reason to say it."""
    world = opened()
    world.clock.advance(timedelta(days=2))
    soon = world.clock.now() + timedelta(hours=5)
    steer.move_deadline(world.memory, world.event_id, soon, world.clock.now())
    world.next_minute()
    assert reminders(world) == ["ugo", "uma"]
    assert world.event.due == soon


def test_once_it_was_sent_no_new_deadline_brings_another() -> None:
    """Also not to those who signed up since; their first letter is newer."""
    world = opened()
    world.remind()
    world.sign_up("new")
    steer.move_deadline(world.memory, world.event_id, world.clock.now() + timedelta(days=3), world.clock.now())
    world.clock.advance(timedelta(days=2))
    world.pass_time(minutes=2)
    assert reminders(world) == ["ugo", "uma"]


def test_an_address_gets_three_letters_at_most_before_its_owner_acts() -> None:
    """The first, one more that somebody asks for, and the reminder, in whatever order."""
    world = opened()
    world.sign_up("ugo", token=OTHER)
    world.remind()
    for number in range(3):
        world.mail_link("ugo", f"{OTHER}-{number}")
        world.mail_link("uma", f"{OTHER}-{number}")
        world.sign_up("ugo", token=f"{THIRD}-{number}")
    world.run_jobs()
    assert (len(world.mails("ugo")), len(world.mails("uma"))) == (3, 3)


def test_whoever_withdraws_and_signs_up_again_is_not_reminded_a_second_time() -> None:
    """Once for each address, whatever its owner did in between."""
    world = opened()
    world.remind()
    world.withdraw("ugo")
    world.sign_up("ugo", token=OTHER)
    world.sign_up("new")
    world.memory.commit(replace(world.event, reminded=False, due=world.clock.now()))
    world.remind()
    assert reminders(world) == ["new", "ugo", "uma"]
    assert len(world.letters_to("ugo", Kind.CONFIRM_REMINDER)) == 1


def test_nobody_is_sent_to_a_full_house() -> None:
    """Their button would not let them in, so they hear nothing."""
    world = opened(most=3)
    world.join("bob", "cem")
    world.remind()
    assert reminders(world) == []
    assert world.event.due == world.event.closes_at


def test_whoever_confirms_while_reminders_are_decided_gets_none() -> None:
    """The others do."""
    world = opened()
    world.clock.set(world.event.closes_at - REMINDER)
    world.tick()
    world.match(store=Wrapped(world.memory, after=once("attendees", lambda: world.confirm("ugo"))))
    assert reminders(world) == ["uma"]
    assert world.person("ugo").state is AttendeeState.CONFIRMED


def test_a_press_that_meets_the_reminder_half_way_still_counts() -> None:
    """Their record changed after it was read; the press is decided again, and the letter stays unsent."""
    world = opened()
    world.clock.set(world.event.closes_at - REMINDER)
    world.tick()
    world.confirm("ugo", Wrapped(world.memory, before=once("commit", world.match)))
    assert world.person("ugo").state is AttendeeState.CONFIRMED
    world.run_jobs()
    (letter,) = world.letters_to("ugo", Kind.CONFIRM_REMINDER)
    assert (letter.state, letter.reason) == (LetterState.SUPPRESSED, "The person has confirmed since.")
    assert not [subject for subject in subjects(world, "ugo") if subject.startswith(REMINDED)]


@pytest.mark.parametrize("late", [timedelta(minutes=3), timedelta(hours=3)])
def test_a_reminder_whose_turn_comes_late_says_what_is_so_by_then(late: timedelta) -> None:
    """While confirming still counts it says until when; once the groups are being made it stays unsent."""
    world = opened(confirm_minutes=120)
    world.clock.set(world.event.closes_at - REMINDER)
    world.tick()
    world.match()
    world.jobs.sends = 0
    closes = world.event.closes_at
    world.clock.set(closes)
    world.tick()
    world.clock.set(closes + late)
    world.tick()
    world.run_jobs()
    (letter,) = world.letters_to("ugo", Kind.CONFIRM_REMINDER)
    if late < timedelta(hours=2):
        assert letter.state is LetterState.SENT
    else:
        assert letter.state is LetterState.SUPPRESSED


def test_twenty_ticks_start_one_reminding() -> None:
    """However many there are, the event is claimed once."""
    world = opened()
    world.clock.set(world.event.closes_at - REMINDER)
    for _ in range(20):
        world.tick()
    assert len(world.jobs.matches) == 1


def test_a_worker_started_twice_reminds_everybody_once() -> None:
    """Each of the two reads everybody before either writes."""
    world = opened()
    world.clock.set(world.event.closes_at - REMINDER)
    world.tick()
    ((_, run),) = world.jobs.matches
    world.jobs.matches.clear()
    world.match(run, Wrapped(world.memory, after=once("attendees", lambda: world.match(run))))
    world.match(run)
    world.run_jobs()
    assert reminders(world) == ["ugo", "uma"]
    assert (world.event.run, world.event.due) == ("", world.event.closes_at)


def test_a_reminding_that_keeps_dying_closes_nothing_late() -> None:
    """It is tried again and again until the deadline, which comes on the minute."""
    world = opened()
    closes = world.event.closes_at
    world.clock.set(closes - REMINDER)
    world.tick()
    tried = len(world.jobs.matches)
    world.clock.set(closes - timedelta(minutes=3))
    while world.clock.now() < closes:
        world.clock.advance(timedelta(seconds=60))
        world.tick()
    assert len(world.jobs.matches) > tried
    assert world.memory.reached(State.CLOSED) == closes
    assert (world.event.failures, reminders(world)) == (0, [])


def test_a_worker_that_wakes_after_the_deadline_leaves_the_event_alone() -> None:
    """What it decides may still help somebody to confirm; the event goes on as the tick left it."""
    world = opened(confirm_minutes=120)
    world.clock.set(world.event.closes_at - LEASE)
    world.tick()
    run = world.event.run
    assert run

    def meanwhile() -> None:
        world.close()
        world.tick()

    world.match(run, Wrapped(world.memory, after=once("attendees", meanwhile)))
    assert (world.state, world.event.run, world.event.reminded) == (State.CLOSED, "", False)
    assert world.event.due == world.event.closes_at + timedelta(minutes=120, seconds=15)
