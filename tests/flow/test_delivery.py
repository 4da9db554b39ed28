"""What an organizer sees of letters, and what comes of their deciding by hand."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib.adapters.memory import Fault
from chalicelib.domain.attendee import Attendee
from chalicelib.domain.errors import Conflict, Invalid, NotFound, Stale
from chalicelib.domain.letter import KEPT, Kind, Letter, LetterKey, LetterState, name_of
from chalicelib.flow import delivery, watch
from chalicelib.flow.delivery import PAGE, Delivery
from tests.flow.provider import hear, said
from tests.flow.test_feedback import hers, one_letter, seat_letter
from tests.flow.test_repair import FIRST, MENDED, meeting, published, told
from tests.flow.world import World, Wrapped, address_of, once

SENT, UNKNOWN, BOUNCED, FAILED = LetterState.SENT, LetterState.UNKNOWN, LetterState.BOUNCED, LetterState.FAILED
PENDING = LetterState.PENDING


def seen(world: World, after: str = "") -> Delivery:
    return delivery.delivery_of(world.memory, world.event, world.clock.now(), after)


def lookup(world: World, address: str) -> tuple[Attendee, list[Letter]]:
    return delivery.delivery_to(world.memory, world.event, address, world.clock.now())


def names(found: Delivery) -> list[tuple[str, str]]:
    """First name and state of each letter that needs somebody."""
    return [(person.first_name if person else "", letter.state.value) for letter, person in found.troubled]


def arrived(world: World, letter: Letter) -> None:
    delivery.arrived(world.memory, letter.key, letter.version, world.clock.now())


def again(world: World, letter: Letter) -> None:
    delivery.send_again(world.memory, world.jobs, letter.key, letter.version, world.clock.now())


def works(world: World, name: str) -> None:
    delivery.works_again(world.memory, world.jobs, world.event, world.person(name).id, world.clock.now())


def test_letters_that_need_somebody_are_listed_with_their_people() -> None:
    """Sent ones are counted, and that is all."""
    world = one_letter(Fault.LOST)
    world.post.fail_for(address_of("bob"), Fault.REFUSED)
    for name in ("bob", "cem", "dan"):
        world.sign_up(name)
    world.run_jobs()
    hear(world, said("Bounce", world.letters_to("cem")[0]), said("Complaint", world.letters_to("dan")[0]))
    found = seen(world)
    assert sorted(names(found)) == [("ana", "unknown"), ("bob", "failed")]
    assert {state: count for state, count in found.counts.items() if count} == {
        "sent": 2, "unknown": 1, "failed": 1, "bounced": 1
    }  # fmt: skip
    assert sorted(one.first_name for one in found.unreachable) == ["cem", "dan"]
    assert found.unreachable_count == 2


def test_a_letter_that_came_back_needs_nobody_once_its_reader_is_reached_again() -> None:
    """It is counted, as what became of it."""
    world = one_letter()
    hear(world, said("Bounce", hers(world)))
    world.sign_up("ana", token="0123456789abcdef-again")
    world.run_jobs()
    assert (names(seen(world)), seen(world).counts["bounced"]) == ([], 1)


def test_many_letters_come_in_pages() -> None:
    """Each letter once, whatever is settled between two pages."""
    world = World()
    world.open()
    world.run_jobs()
    count = PAGE + 7
    world.post.fail(Fault.REFUSED, count)
    for number in range(count):
        world.sign_up(f"p{number}")
    world.run_jobs()
    first = seen(world)
    assert (len(first.troubled), first.more) == (PAGE, True)
    second = seen(world, name_of(first.troubled[-1][0].key))
    assert (len(second.troubled), second.more) == (7, False)
    assert len({letter.key for letter, _ in (*first.troubled, *second.troubled)}) == count


def test_letters_that_came_back_hide_no_letter_that_failed() -> None:
    """Their readers are listed apart, so that the first page has room for what needs a decision."""
    world = World()
    world.open()
    people = [f"p{number}" for number in range(PAGE + 20)]
    for name in people:
        world.sign_up(name)
    last = max((world.person(name).id, name) for name in people)[1]
    world.post.fail_for(address_of(last), Fault.REFUSED)
    world.run_jobs()
    for name in people:
        if name != last:
            hear(world, said("Bounce", world.letters_to(name)[0]))
    found = seen(world)
    assert (names(found), found.more) == ([(last, "failed")], False)
    assert (len(found.unreachable), found.unreachable_count) == (PAGE, PAGE + 19)


def test_one_persons_letters_are_found_by_their_address() -> None:
    """However it is written; an address that nobody signed up with is not found."""
    world = one_letter(Fault.LOST)
    person, letters = lookup(world, " ANA@example.com ")
    assert (person.first_name, [one.state for one in letters]) == ("ana", [UNKNOWN])
    with pytest.raises(NotFound, match="check its spelling"):
        lookup(world, "nobody@example.com")
    with pytest.raises(Invalid):
        lookup(world, "ana")


def test_a_letter_that_was_decided_for_later_is_seen_once_its_time_has_come() -> None:
    """Until then nothing waits; from then on it does, by number and by person, though no sender has looked at it."""
    world = World()
    world.open()
    world.join("ana", "bob", "cem")
    world.publish()
    (reminder,) = world.letters_to("ana", Kind.REMINDER)
    world.post._left = 0
    assert reminder.due is not None
    for moment, waiting in ((reminder.due - timedelta(seconds=1), 0), (reminder.due + timedelta(hours=2), 3)):
        world.clock.set(moment)
        world.tick()
        world.run_jobs()
        _, letters = lookup(world, "ana@example.com")
        found = [one.kind for one in letters if one.state is PENDING]
        assert found == [Kind.REMINDER] * bool(waiting)
        overview = watch.overview(world.memory, world.event, world.clock.now())
        assert overview.letters["pending"] == seen(world).counts["pending"] == waiting


def test_a_letter_that_the_organizer_knows_to_have_arrived_counts_as_sent() -> None:
    """Nothing goes out; saying it twice is harmless, and what comes from the provider later is, too."""
    world = one_letter(Fault.LOST)
    letter = hers(world)
    arrived(world, letter)
    arrived(world, letter)
    world.run_jobs()
    assert (hers(world).state, world.mails("ana")) == (SENT, [])
    hear(world, said("Send", letter))
    assert hers(world).state is SENT


def test_the_same_letter_goes_out_again_byte_for_byte() -> None:
    """The one that was stored before the first attempt."""
    world = one_letter(Fault.ANSWER_LOST)
    again(world, hers(world))
    world.run_jobs()
    first, second = (mail.message for mail in world.post.sent if mail.recipient == address_of("ana"))
    assert first == second
    assert hers(world).state is SENT


def test_pressing_twice_sends_once() -> None:
    """Whether the press came again at once, while it goes out, or after."""
    world = one_letter(Fault.LOST)
    letter = hers(world)
    again(world, letter)
    again(world, letter)
    world.run_jobs()
    again(world, letter)
    world.run_jobs()
    assert len(world.mails("ana")) == 1


def test_a_letter_that_is_lost_again_is_not_sent_by_an_older_press() -> None:
    """The organizer has to look at it as it is now."""
    world = one_letter(Fault.ANSWER_LOST)
    letter = hers(world)
    again(world, letter)
    world.post.fail(Fault.ANSWER_LOST)
    world.run_jobs()
    with pytest.raises(Stale, match="look at it again"):
        again(world, letter)
    world.run_jobs()
    assert len(world.mails("ana")) == 2


def test_a_second_copy_that_is_refused_does_not_unmake_the_first() -> None:
    """Its reader may have that one, so no press for all mails another, and the reason says both."""
    world = one_letter(Fault.ANSWER_LOST)
    again(world, hers(world))
    world.post.fail(Fault.REFUSED)
    world.run_jobs()
    letter = hers(world)
    assert letter.state is UNKNOWN
    assert letter.reason.startswith("An earlier copy may have arrived; the last one did not go out: ")
    delivery.try_failed(world.memory, world.jobs, world.event, world.clock.now())
    world.run_jobs()
    assert len(world.mails("ana")) == 1
    again(world, letter)
    world.run_jobs()
    first, second = (mail.message for mail in world.post.sent if mail.recipient == address_of("ana"))
    assert (hers(world).state, first) == (SENT, second)


def test_a_second_copy_that_the_provider_rejects_later_does_not_unmake_the_first() -> None:
    """Its organizer hears of it again; a first copy that is rejected reached nobody."""
    world = one_letter(Fault.ANSWER_LOST)
    again(world, hers(world))
    world.run_jobs()
    world.pass_time(minutes=17)
    assert [letter.state for letter in world.letters(Kind.TROUBLE)] == [LetterState.SUPPRESSED]
    hear(world, said("Reject", hers(world)))
    assert (hers(world).state, hers(world).due) == (UNKNOWN, None)
    world.pass_time(minutes=17)
    assert [letter.state for letter in world.letters(Kind.TROUBLE)] == [SENT]
    world = one_letter(Fault.ANSWER_LOST)
    hear(world, said("Reject", hers(world)))
    assert hers(world).state is FAILED


def test_news_that_come_after_the_press_save_a_second_copy() -> None:
    """The first one had arrived, so the second is not sent if it has not left yet."""
    world = one_letter(Fault.ANSWER_LOST)
    again(world, hers(world))
    hear(world, said("Delivery", hers(world), "the-first"))
    world.run_jobs()
    assert (hers(world).state, len(world.mails("ana"))) == (SENT, 1)


def test_what_was_erased_meanwhile_is_written_anew() -> None:
    """After a week the message itself is gone."""
    world = one_letter(Fault.LOST)
    world.clock.advance(KEPT)
    world.pass_time(minutes=2)
    again(world, hers(world))
    world.run_jobs()
    assert len(world.mails("ana")) == 1


@pytest.mark.parametrize("act", [arrived, again])
def test_what_came_back_is_neither_arrived_nor_sent_again(act: Callable[[World, Letter], None]) -> None:
    """The sentence says what to do instead."""
    world = one_letter()
    hear(world, said("Bounce", hers(world)))
    with pytest.raises(Conflict):
        act(world, hers(world))
    assert hers(world).state is BOUNCED


@pytest.mark.parametrize("act", [arrived, again])
def test_a_letter_that_does_not_exist_is_not_found(act: Callable[[World, Letter], None]) -> None:
    """Like everything that is not this event's."""
    world = one_letter()
    letter = hers(world)
    strange = Letter(event_id=letter.event_id, person="x", kind=Kind.SEAT, decided_at=world.clock.now(), due=None)
    with pytest.raises(NotFound):
        act(world, strange)


def test_all_letters_that_failed_are_tried_again_at_once() -> None:
    """As after the mail account was opened; doing it twice sends each once."""
    world = World()
    world.open()
    world.run_jobs()
    people = [f"p{number}" for number in range(120)]
    world.post.fail(Fault.REFUSED, len(people))
    for name in people:
        world.sign_up(name)
    world.run_jobs()
    assert world.states()["failed"] == len(people)
    for _ in range(2):
        delivery.try_failed(world.memory, world.jobs, world.event, world.clock.now())
    world.run_jobs()
    assert world.states()["failed"] == 0
    assert {len(world.mails(name)) for name in people} == {1}


def test_trying_all_again_goes_on_where_somebody_else_was_faster() -> None:
    """One of them was sent again by itself at the same moment."""
    world = one_letter(Fault.REFUSED)
    world.post.fail(Fault.REFUSED)
    world.sign_up("bob")
    world.run_jobs()
    faster = once("commit", lambda: again(world, hers(world)))
    delivery.try_failed(Wrapped(world.memory, before=faster), world.jobs, world.event, world.clock.now())
    world.run_jobs()
    assert [len(world.mails(name)) for name in ("ana", "bob")] == [1, 1]


def test_an_address_that_works_again_gets_the_letter_that_came_back() -> None:
    """The same bytes, which are still kept."""
    world = one_letter()
    hear(world, said("Bounce", hers(world)))
    works(world, "ana")
    works(world, "ana")
    world.run_jobs()
    first, second = (mail.message for mail in world.post.sent if mail.recipient == address_of("ana"))
    assert first == second
    assert (hers(world).state, world.person("ana").unreachable) == (SENT, "")


@pytest.mark.slow
def test_whoever_is_reached_again_gets_a_seat_again() -> None:
    """Their calendar forgets the old one first; letters that are not so any more are dropped."""
    world = published((FIRST, "ana bob cem dan"))
    hear(world, said("Bounce", seat_letter(world, "dan")))
    works(world, "dan")
    world.run_jobs()
    world.pass_time(minutes=MENDED)
    assert meeting(world, "dan") == [FIRST]
    assert [method for method, _, _ in told(world, "dan")] == ["REQUEST", "CANCEL", "REQUEST"]


def test_somebody_who_is_not_of_this_event_is_not_found() -> None:
    """Nobody else's people can be touched."""
    world = one_letter()
    with pytest.raises(NotFound):
        delivery.works_again(world.memory, world.jobs, world.event, "nobody", world.clock.now())


def test_a_name_of_a_letter_is_read_back() -> None:
    """It is how a page of letters says where it ended."""
    world = one_letter(Fault.LOST)
    behind = LetterKey(world.event_id, "zzzzzzzz", Kind.CONFIRM_REMINDER, 3)
    assert names(seen(world, name_of(behind))) == []
    assert names(seen(world, "nonsense")) == [("ana", "unknown")]
