"""Sending: each letter once, at the account's pace, whatever the provider answers."""

import itertools
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.adapters.memory import Fault
from chalicelib.domain.attendee import Seat
from chalicelib.domain.errors import NotReady
from chalicelib.domain.letter import SENDING_LEASE, Kind, Letter, LetterKey, LetterState, decided
from chalicelib.domain.ports import Quota
from chalicelib.flow import respond, send, steer
from chalicelib.flow.send import SENDER, SENDER_LEASE, SHIFT
from tests.flow.world import World, Wrapped, address_of, once, subjects

MINUTE = timedelta(minutes=1)


def waiting(count: int, rate: float = 1000.0, left: int = 50_000) -> World:
    """A world in which so many letters are due and no other."""
    world = World(rate, left)
    world.open()
    world.send()
    world.post.sent.clear()
    for number in range(count):
        world.sign_up(f"p{number}")
    world.jobs.sends = 0
    return world


def timed(world: World) -> list[datetime]:
    """The instants at which letters are handed over, from now on."""
    moments: list[datetime] = []
    world.mailer = Wrapped(world.post, before=lambda name, *_: name == "send" and moments.append(world.clock.now()))
    return moments


def the_letter(world: World, name: str = "p0") -> Letter:
    """The one letter to somebody, with its message."""
    (found,) = world.letters_to(name)
    return world.memory.letter(found.key)


def test_every_letter_goes_out_once_and_its_row_says_so() -> None:
    """With the provider's name for it; the message, which never goes out again, is gone with the private link in it."""
    world = waiting(20)
    world.send()
    assert Counter(mail.recipient for mail in world.post.sent) == {address_of(f"p{n}"): 1 for n in range(20)}
    letter, mail = the_letter(world), next(one for one in world.post.sent if one.recipient == address_of("p0"))
    assert (letter.state, letter.message_id) == (LetterState.SENT, mail.id)
    assert (letter.message, letter.names, letter.due) == (b"", (), None)
    assert letter.sent_at is not None
    assert timedelta(0) <= world.clock.now() - letter.sent_at < timedelta(seconds=30)
    assert mail.sender == "covey@example.org"


def test_nothing_due_is_found_out_quickly_and_costs_no_attempt() -> None:
    """A sender that is woken for nothing looks twice and goes."""
    world = waiting(0)
    before = world.clock.now()
    world.send()
    assert world.post.attempts == 1
    assert world.clock.now() - before <= timedelta(seconds=5)


def assert_never_above(rate: float, begin: datetime, moments: list[datetime]) -> None:
    """At any instant no more letters had gone than the rate allows since the sender began, over all threads."""
    early = [n for n, moment in enumerate(sorted(moments)) if (moment - begin).total_seconds() < n / rate - 1e-3]
    assert not early


@pytest.mark.parametrize("rate", [1.0, 14.0, 0.5])
def test_the_rate_is_never_above_the_accounts(rate: float) -> None:
    """However many threads there are; and it does not dawdle either."""
    world = waiting(40, rate=rate)
    moments, begin = timed(world), world.clock.now()
    world.send()
    assert len(moments) == 40
    assert_never_above(rate, begin, moments)
    assert (max(moments) - begin).total_seconds() <= 40 / rate


def test_a_shift_ends_and_the_next_sender_takes_over() -> None:
    """No function runs longer than it may; the next tick starts the next sender."""
    world = waiting(300, rate=1.0)
    world.send()
    assert abs(len(world.post.sent) - SHIFT.total_seconds()) <= 1
    world.pass_time(minutes=2)
    assert len(world.post.sent) == 300
    assert len({mail.recipient for mail in world.post.sent}) == 300


def test_when_the_days_quota_is_used_up_letters_wait_until_it_is_not() -> None:
    """None is lost, none fails, and not one attempt goes beyond the quota."""
    world = waiting(10, left=6)
    world.send()
    world.pass_time(minutes=5)
    assert (len(world.post.sent), world.post.attempts - 1) == (6, 6)
    assert world.states() == {"sent": 7, "pending": 4}
    world.post._left = 100
    world.pass_time(minutes=1)
    assert world.states() == {"sent": 11}


def test_a_minute_of_throttling_then_a_quota_drains_the_backlog() -> None:
    """Definite refusals are tried again, later each time; everybody gets exactly one letter in the end."""
    world = waiting(12, rate=14.0, left=8)
    until = world.clock.now() + MINUTE

    class Throttling:
        def send(self, *mail: Any) -> str:
            if world.clock.now() < until:
                world.post.fail(Fault.THROTTLED)
            return world.post.send(*mail)

        def quota(self) -> Quota:
            return world.post.quota()

    world.mailer = Throttling()
    world.send()
    while world.clock.now() < until:
        world.next_minute()
    assert world.states()["unknown"] == world.states()["failed"] == 0
    world.pass_time(minutes=3)
    assert len(world.post.sent) == 8
    world.post._left = 100
    world.pass_time(minutes=15)
    assert Counter(mail.recipient for mail in world.post.sent) == {address_of(f"p{n}"): 1 for n in range(12)}
    assert world.states() == {"sent": 13}


def test_a_throttled_letter_waits_longer_each_time_but_never_longer_than_a_quarter_of_an_hour() -> None:
    """And it is the same bytes each time."""
    world = waiting(1)
    world.post.fail_for(address_of("p0"), Fault.THROTTLED)
    waits: list[float] = []
    messages: set[bytes] = set()

    def note(name: str, *records: Any) -> None:
        if name == "commit" and records[0].attempts and records[0].state is LetterState.PENDING:
            waits.append((records[0].due - world.clock.now()).total_seconds())
            messages.add(records[0].message)

    world.store = Wrapped(world.memory, after=note)
    while len(waits) < 12:
        world.send()
        world.clock.set(the_letter(world).due or world.clock.now())
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]
    assert len(messages) == 1


@pytest.mark.parametrize(
    ("fault", "state", "copies"),
    [(Fault.REFUSED, "failed", 0), (Fault.LOST, "unknown", 0), (Fault.ANSWER_LOST, "unknown", 1)],
)
def test_what_is_not_a_definite_not_now_is_never_tried_again(fault: Fault, state: str, copies: int) -> None:
    """Refused for good is failed; nobody knows is unknown; a second copy is worse than asking."""
    world = waiting(3)
    world.post.fail_for(address_of("p1"), fault)
    world.send()
    world.post.fail_for(address_of("p1"), None)
    world.pass_time(minutes=60)
    assert world.states() == {"sent": 4, state: 1}, "with the word to the organizer that there is trouble"
    assert len(world.mails("p1")) == copies
    letter = the_letter(world, "p1")
    assert letter.reason.endswith(".")
    assert bool(letter.message) is (state == "unknown")


def test_what_nobody_knows_of_keeps_its_message_for_a_week() -> None:
    """Whoever finds out what became of it can look; then the private link in it is gone."""
    world = waiting(1)
    world.post.fail_for(address_of("p0"), Fault.LOST)
    world.send()
    letter = the_letter(world)
    assert letter.due is not None
    assert timedelta(0) <= letter.due - world.clock.now() - timedelta(days=7) + timedelta(seconds=5)
    assert letter.message
    world.clock.set(letter.due)
    world.next_minute()
    erased = the_letter(world)
    assert (erased.message, erased.state, erased.due) == (b"", LetterState.UNKNOWN, None)


def test_a_throttled_letter_says_why_it_waits_until_it_is_sent() -> None:
    """The organizer sees the provider's words as long as they matter."""
    world = waiting(1)
    world.post.fail(Fault.THROTTLED)
    reasons: list[str] = []

    def note(name: str, *records: Any) -> None:
        if name == "commit":
            reasons.append(records[0].reason)

    world.store = Wrapped(world.memory, after=note)
    world.send()
    world.pass_time(minutes=1)
    assert "Maximum sending rate exceeded." in reasons
    assert (the_letter(world).state, the_letter(world).reason) == (LetterState.SENT, "")


def test_without_a_sender_letters_wait_and_the_log_says_what_to_set(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is tried, and nothing fails."""
    world = waiting(1)
    send.send_due(world.store, world.mailer, world.clock, key=world.key, sender="", language="en", run="run")
    assert "COVEY_SENDER" in caplog.text
    assert (world.states()["pending"], world.post.attempts) == (1, 1)


def test_a_letter_that_cannot_be_written_stops_no_other() -> None:
    """A mistake of ours fails its one letter, and says so."""
    world = waiting(3)
    person = world.person("p1")
    world.memory.commit(replace(person, email="not an address"))
    world.send()
    assert world.states() == {"sent": 3, "failed": 1}
    assert "log" in the_letter_of(world, person.id).reason


def the_letter_of(world: World, person: str) -> Letter:
    return next(one for one in world.letters() if one.person == person)


def test_a_row_without_its_person_stops_nobody_and_no_sender() -> None:
    """What cannot be acted on is left alone, and the sender goes home all the same."""
    world = waiting(2)
    world.memory.commit(decided(world.event_id, "nobody", Kind.CONFIRM, world.clock.now()))
    world.send()
    assert world.states() == {"sent": 3, "pending": 1}


def test_an_index_that_is_behind_sends_nothing_twice_and_keeps_no_sender_up() -> None:
    """It may go on naming letters that are long sent."""
    world = waiting(3)
    keys = [one.key for one in world.letters()]

    class Behind(Wrapped):
        def due_letters(self, _: datetime) -> list[LetterKey]:
            return keys

    world.store = Behind(world.memory)
    before = world.clock.now()
    world.send()
    world.send()
    assert len(world.post.sent) == 3
    assert world.clock.now() - before < timedelta(seconds=10)


def test_two_senders_at_once_are_one() -> None:
    """Whoever does not get the lease goes home; each letter is sent once, at one account's pace."""
    world = waiting(20, rate=10.0)
    moments, begin = timed(world), world.clock.now()
    barrier = threading.Barrier(2, timeout=10)
    met = threading.local()

    def meet(name: str, *_: Any) -> None:
        if name == "hold" and not getattr(met, "done", False):
            met.done = True
            barrier.wait()

    world.store = Wrapped(world.memory, before=meet)
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(world.send) for _ in range(2)]:
            done.result()
    assert Counter(mail.recipient for mail in world.post.sent) == {address_of(f"p{n}"): 1 for n in range(20)}
    assert_never_above(10, begin, moments)


def test_a_sender_that_lost_its_lease_stops_and_the_other_finishes() -> None:
    """It stood still for longer than the lease; what it held in its hands is unknown, all else goes out once."""
    world = waiting(30, rate=10.0)

    def stand_still() -> None:
        world.clock.advance(max(SENDER_LEASE, SENDING_LEASE) + timedelta(seconds=1))
        world.unwrap()
        world.send()

    world.mailer = Wrapped(world.post, after=once("send", stand_still))
    world.send()
    world.pass_time(minutes=2)
    copies = Counter(mail.recipient for mail in world.post.sent)
    assert copies == {address_of(f"p{n}"): 1 for n in range(30)}
    assert world.states()["unknown"] >= 1
    assert world.states()["sent"] + world.states()["unknown"] == 31


def test_while_the_lease_is_held_nobody_else_sends() -> None:
    """Until it runs out, and not a second longer."""
    world = waiting(1)
    now = world.clock.now()
    assert world.memory.hold(SENDER, "other", now, now + SENDER_LEASE)
    world.send()
    assert not world.post.sent
    world.clock.set(now + SENDER_LEASE)
    world.send()
    assert len(world.post.sent) == 1


def test_nobody_is_asked_to_confirm_an_event_that_is_off() -> None:
    """The letter is not sent, and its row says why."""
    world = waiting(1)
    steer.cancel(world.memory, world.event_id, world.clock.now())
    world.send()
    assert (the_letter(world).state, the_letter(world).reason) == (LetterState.SUPPRESSED, "The event is off.")
    assert not world.post.sent


OVERTAKEN: list[tuple[str, Callable[[World], Any]]] = [
    ("The person has withdrawn.", lambda world: world.withdraw("ana")),
    ("The event is off.", lambda world: steer.cancel(world.memory, world.event_id, world.clock.now())),
]


@pytest.mark.parametrize(("reason", "happens"), OVERTAKEN)
def test_an_invite_that_was_overtaken_is_not_sent(reason: str, happens: Callable[[World], Any]) -> None:
    """Somebody who left, or an event that is off, before the letter went: only the news is sent."""
    world = gathered()
    world.match()
    happens(world)
    world.send()
    world.pass_time(minutes=2)
    (invite,) = world.letters_to("ana", Kind.SEAT)
    assert (invite.state, invite.reason) == (LetterState.SUPPRESSED, reason)
    assert not [subject for subject in subjects(world, "ana") if "with 2 others" in subject]
    assert len(world.mails("ana")) == 2


def test_a_letter_about_a_plan_that_waits_no_more_is_not_sent() -> None:
    """The organizer has answered already."""
    world = gathered(review=True)
    world.match()
    steer.publish(world.memory, world.event_id, world.clock.now())
    world.send()
    (letter,) = world.letters(Kind.HELD)
    assert (letter.state, letter.reason) == (LetterState.SUPPRESSED, "The plan does not wait any more.")


def gathered(**event: Any) -> World:
    """Three people for one group, claimed by a worker, their first letters sent."""
    world = World()
    world.open(**event)
    world.join("ana", "bob", "cem")
    world.run_jobs()
    world.close()
    world.tick()
    world.jobs.matches.clear()
    return world


def test_a_letter_goes_to_its_owner_alone_with_that_owners_link() -> None:
    """No two letters hold the same private link, and no letter that of somebody else."""
    world = waiting(5)
    world.send()
    links = {}
    for number in range(5):
        (mail,) = world.mails(f"p{number}")
        text = mail.get_body(("plain",)).get_content()
        links[number] = text[text.index("/me#") :].split()[0]
        assert world.person(f"p{number}").id in links[number]
        assert mail["To"].addresses[0].addr_spec == address_of(f"p{number}")
    assert len(set(links.values())) == 5


def test_a_group_letter_names_only_those_who_agreed() -> None:
    """The others are counted."""
    world = World()
    world.open()
    world.join("Ana", shares=True)
    world.join("Bob", shares=False)
    world.join("Cem", shares=True)
    world.publish()
    (mail,) = [mail for mail in world.mails("Ana") if "others" in mail["Subject"]]
    text = mail.get_body(("plain",)).get_content()
    assert "Cem" in text
    assert "Bob" not in text
    assert "@example.com" not in text


def test_a_store_that_fails_after_the_hand_over_leaves_the_letter_unknown() -> None:
    """The provider has it, the row could not say so: it is asked about, not sent again."""
    world = waiting(1)

    class Failing(Wrapped):
        def commit(self, *records: Any) -> Any:
            if isinstance(records[0], Letter) and records[0].state is LetterState.SENT:
                raise ConnectionError("The table cannot be reached.")
            return world.memory.commit(*records)

    world.store = Failing(world.memory)
    world.send()
    world.unwrap()
    world.pass_time(minutes=2)
    assert the_letter(world).state is LetterState.UNKNOWN
    assert len(subjects(world, "p0")) == 1


def test_a_letter_that_meets_an_unexpected_error_does_not_hold_up_the_others(caplog: pytest.LogCaptureFixture) -> None:
    """It is put off, each time for longer, and goes out once the cause is mended; the log names it without address."""
    world = waiting(401)
    unlucky = world.person("p0").id
    tries = []

    def stumble(name: str, *asked: Any) -> None:
        if name == "attendee" and asked[1] == unlucky:
            tries.append(world.clock.now())
            raise RuntimeError("This row cannot be read.")

    world.store = Wrapped(world.memory, before=stumble)
    world.send()
    assert (len(world.post.sent), len(tries)) == (400, 1)
    assert (the_letter(world).state, the_letter(world).reason) == (LetterState.PENDING, send.STUMBLED)
    assert f"{unlucky}.confirm.0" in caplog.text
    assert "@example.com" not in caplog.text
    world.pass_time(minutes=10)
    pauses = [after - before for before, after in itertools.pairwise(tries)]
    assert len(tries) > 3
    assert pauses[-1] > pauses[0]
    world.unwrap()
    world.pass_time(minutes=16)
    assert (the_letter(world).state, len(subjects(world, "p0"))) == (LetterState.SENT, 1)


@pytest.mark.slow
@pytest.mark.parametrize("error", [NotReady("The table is busy."), RuntimeError("No leave to do this.")])
def test_a_sender_whose_store_answers_nothing_stops_soon(error: Exception) -> None:
    """It does not ask over and over; whoever is started when the store answers again sends each letter once."""
    world = waiting(100)
    asked = []

    def down(name: str, *_: Any) -> None:
        if name in {"letter", "commit"}:
            asked.append(name)
            raise error

    world.store = Wrapped(world.memory, before=down)
    world.send()
    assert (world.post.sent, len(asked) <= 4 * 100) == ([], True)
    if isinstance(error, NotReady):
        assert len(asked) <= 2 * send.AT_ONCE
    world.unwrap()
    world.pass_time(minutes=2)
    assert {len(subjects(world, f"p{n}")) for n in range(100)} == {1}


def test_one_row_that_cannot_be_read_at_all_does_not_hold_up_the_others() -> None:
    """Not even to put it off; it is looked at again by the next sender."""
    world = waiting(50)
    (broken,) = world.letters_to("p0")

    def unreadable(name: str, *asked: Any) -> None:
        if name == "letter" and asked[0] == broken.key:
            raise RuntimeError("This row cannot be read.")

    world.store = Wrapped(world.memory, before=unreadable)
    world.send()
    assert len(world.post.sent) == 49


def test_the_calendar_learns_of_a_lost_seat_by_one_cancellation() -> None:
    """The same UID, a number that has risen, and the seat free for the group."""
    world = World()
    world.open()
    world.join("ana", "bob", "cem", "dora")
    world.publish()
    seat = world.person("ana").seat
    assert isinstance(seat, Seat)
    world.withdraw("ana")
    world.run_jobs()
    assert respond.withdraw(
        world.memory, world.jobs, world.event, world.person("ana"), world.clock.now()
    ) == world.person("ana")
    world.run_jobs()
    calendars = [
        part.get_content()
        for mail in world.mails("ana")
        for part in mail.walk()
        if part.get_content_type() == "text/calendar"
    ]
    assert [("METHOD:CANCEL" in one, seat.uid in one.replace("\r\n ", "")) for one in calendars] == [
        (False, True),
        (True, True),
    ]
    assert "SEQUENCE:1" in calendars[1]
