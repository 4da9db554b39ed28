"""Letters that are not so any more when their turn comes: they stay, and what is so now goes out instead."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.adapters.memory import Fault, MemoryClock
from chalicelib.domain.attendee import AttendeeState, Seat
from chalicelib.domain.event import State
from chalicelib.domain.letter import Kind, Letter, LetterState
from chalicelib.domain.proposal import GroupSizeProposal
from chalicelib.flow import respond, steer
from chalicelib.flow.send import AT_ONCE
from chalicelib.flow.signup import LINK_PAUSE
from tests.flow.world import World, address_of, read_mail

NAMES = [f"p{number}" for number in range(2 * AT_ONCE)]


class Waiting(MemoryClock):
    """A clock on which no time passes while a letter whose turn came is still on its way to the provider."""

    def __init__(self, world: World) -> None:
        super().__init__(world.clock.now())
        self.post = world.post
        self._turns = self.post.attempts + 1
        self._ready = threading.Condition()

    def sleep(self, seconds: float) -> None:
        with self._ready:
            assert self._ready.wait_for(lambda: self.post.attempts >= self._turns, timeout=10)
            self._turns += 1
        super().sleep(seconds)

    def handed_over(self) -> None:
        """A letter is with the provider; after a call-off no more are waited for."""
        with self._ready:
            self._ready.notify_all()

    def free(self) -> None:
        """From now on time passes as it likes."""
        with self._ready:
            self._turns = -(10**9)
            self._ready.notify_all()


def invited(seats_out: int, act: Callable[[World], None]) -> World:
    """Seat letters go out, one a second; something happens while the provider takes the last of so many."""
    world = World()
    world.open(group_size={"min": 2, "max": 4})
    world.join(*NAMES)
    world.run_jobs()
    world.close()
    world.tick()
    world.match()
    world.jobs.matches.clear()
    world.post._rate = 1.0
    world.post.sent.clear()
    clock = Waiting(world)
    world.clock = clock
    begun = world.post.attempts

    class Provider:
        """The account; each letter is taken before the next one's turn, as it is at a letter a second."""

        def quota(self) -> Any:
            return world.post.quota()

        def send(self, *mail: Any) -> str:
            if world.post.attempts + 1 == begun + seats_out:
                act(world)
                clock.free()
            taken = world.post.send(*mail)
            clock.handed_over()
            return taken

    world.mailer = Provider()
    world.send()
    return world


def off(world: World) -> None:
    steer.cancel(world.memory, world.event_id, world.clock.now())


def calendars(world: World, name: str) -> list[tuple[str, int]]:
    """METHOD and SEQUENCE of every invite that somebody got, in order."""
    found = []
    for mail in world.mails(name):
        for part in mail.walk():
            if part.get_content_type() == "text/calendar":
                lines = dict(line.split(":", 1) for line in part.get_content().splitlines() if ":" in line)
                found.append((lines["METHOD"], int(lines["SEQUENCE"])))
    return found


def test_once_an_event_is_off_no_invite_goes_out_however_slow_the_account() -> None:
    """Those that were written already and only waited for their turn stay, too."""
    world = invited(5, off)
    assert len(world.post.sent) == 5
    seats = world.letters(Kind.SEAT)
    assert len(seats) == len(NAMES)
    assert sum(one.state is LetterState.SENT for one in seats) == 5
    assert {one.reason for one in seats if one.state is LetterState.SUPPRESSED} == {"The event is off."}


def test_everybody_with_a_seat_hears_once_that_it_is_off_by_a_number_that_has_risen() -> None:
    """Whether their invite went out or not; no calendar gets anything after the cancellation."""
    world = invited(5, off)
    world.unwrap()
    world.post._rate = 1000.0
    world.pass_time(minutes=3)
    assert world.state is State.CANCELLED
    seen = [calendars(world, name) for name in NAMES]
    assert sorted(seen) == sorted([[("REQUEST", 0), ("CANCEL", 1)]] * 5 + [[("CANCEL", 1)]] * (len(NAMES) - 5))
    assert {one.state for one in world.letters()} == {LetterState.SENT, LetterState.SUPPRESSED}


def test_an_invite_whose_owner_gave_the_seat_back_while_it_waited_stays() -> None:
    """They get the cancellation alone, and the others their invites."""
    told: set[str] = set()

    def some_leave(world: World) -> None:
        told.update(name for name in NAMES if calendars(world, name))
        for name in NAMES[::3]:
            world.withdraw(name)

    world = invited(5, some_leave)
    world.unwrap()
    world.pass_time(minutes=3)
    on_its_way = [name for name in NAMES[::3] if name not in told and len(calendars(world, name)) > 1]
    assert len(on_its_way) <= 1, "the one that the provider is just taking"
    for name in NAMES:
        gone = world.person(name).state is AttendeeState.WITHDRAWN
        assert calendars(world, name)[-1] == (("CANCEL", 1) if gone else ("REQUEST", 0))


def test_an_invite_of_another_number_than_the_seats_is_not_sent() -> None:
    """The newer letter says what has changed."""
    world = World()
    world.open()
    world.join("ana", "bob", "cem")
    world.run_jobs()
    world.close()
    world.tick()
    world.match()
    ana = world.person("ana")
    assert isinstance(ana.seat, Seat)
    moved = Seat(ana.seat.sub_event, ana.seat.uid, ana.seat.sequence + 1)
    world.memory.commit(replace(ana, seat=moved))
    world.run_jobs()
    (letter,) = world.letters_to("ana", Kind.SEAT)
    assert (letter.state, letter.reason) == (
        LetterState.SUPPRESSED,
        "The seat has changed since; a newer letter says how.",
    )
    assert not calendars(world, "ana")


def held() -> World:
    """A plan that waits, and the letter about it, which has not gone out yet."""
    world = World()
    world.open(least_share=100, considered_end="23:00")
    world.join("ana", "bob", "cem")
    world.join("dora", free=["s004"])
    world.run_jobs()
    world.close()
    world.tick()
    world.match()
    world.jobs.matches.clear()
    assert world.state is State.HELD
    return world


ACTS: dict[str, Callable[[World], object]] = {
    "published": lambda world: steer.publish(world.memory, world.event_id, world.clock.now()),
    "extended": lambda world: steer.move_deadline(
        world.memory, world.event_id, world.clock.now() + timedelta(days=1), world.clock.now()
    ),
    "changed": lambda world: steer.change(
        world.memory, world.event_id, GroupSizeProposal(2, 5), ["s004"], world.clock.now()
    ),
    "called off": lambda world: steer.cancel(world.memory, world.event_id, world.clock.now()),
}


@pytest.mark.parametrize("act", ACTS)
def test_a_plan_that_the_organizer_dealt_with_asks_for_nothing_any_more(act: str) -> None:
    """The watch page was quicker than the mail."""
    world = held()
    ACTS[act](world)
    world.send()
    (letter,) = world.letters(Kind.HELD)
    assert (letter.state, letter.reason) == (LetterState.SUPPRESSED, "The plan does not wait any more.")
    assert len(world.mails("organizer")) == 1


def test_a_plan_that_waits_all_the_same_is_told() -> None:
    """Pressing hold is no answer to the question, so the letter goes out, without what would happen by itself."""
    world = held()
    steer.hold(world.memory, world.event_id)
    world.send()
    assert [one.state for one in world.letters(Kind.HELD)] == [LetterState.SENT]
    text = world.mails("organizer")[-1].get_body(("plain",)).get_content()
    assert "Without your answer" not in text


def test_a_letter_that_was_written_and_then_not_sent_holds_no_message() -> None:
    """Nor the private link in it, whatever state it ended in."""
    world = World()
    world.open()
    world.sign_up("ana")
    world.post.fail_for(address_of("ana"), Fault.THROTTLED)
    world.run_jobs()

    def stored() -> Letter:
        (found,) = world.letters_to("ana")
        return world.memory.letter(found.key)

    assert (stored().state, bool(stored().message)) == (LetterState.PENDING, True)
    off(world)
    world.post.fail_for(address_of("ana"), None)
    world.pass_time(minutes=1)
    assert (stored().state, stored().message, stored().due) == (LetterState.SUPPRESSED, b"", None)
    assert not world.mails("ana")


def test_whoever_withdrew_and_asks_for_their_link_gets_it_and_can_come_back() -> None:
    """That letter is the one they asked for, so it is not held back."""
    world = World()
    world.open()
    world.join("ana")
    world.run_jobs()
    world.withdraw("ana")
    world.clock.advance(LINK_PAUSE)
    world.mail_link("ana", "another-0123456789")
    world.run_jobs()
    assert [one.state for one in world.letters_to("ana")] == [LetterState.SENT] * 2
    text = read_mail(world.post.sent[-1].message).get_body(("plain",)).get_content()
    token = text[text.index("/me#") + 4 :].split()[0]
    event, ana = respond.bearer(world.memory, world.key, token)
    back = respond.take_back(world.memory, event, ana, world.clock.now())
    assert (back.id, back.state) == (world.person("ana").id, AttendeeState.CONFIRMED)
