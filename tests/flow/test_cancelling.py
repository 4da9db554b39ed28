"""Cancellations are about the seat that they were decided for, however late they go out; so is calling off."""

from datetime import timedelta

from chalicelib.adapters.memory import Fault
from chalicelib.domain.letter import Kind, LetterState
from chalicelib.flow import change_seat, respond, steer
from tests.flow.test_repair import FIRST, MENDED, THIRD, meeting, published, told, uid
from tests.flow.world import World, address_of


def comes_back(world: World, name: str) -> None:
    """They take their withdrawal back, and a seat in the first group."""
    respond.take_back(world.memory, world.event, world.person(name), world.clock.now())
    change_seat.join(world.memory, world.jobs, world.event, world.person(name), "g001", world.clock.now())


def said_to(world: World, name: str) -> str:
    """What the last mail to them says."""
    text: str = world.mails(name)[-1].get_body(("plain",)).get_content()
    return " ".join(text.split())


def test_a_cancellation_that_waited_is_about_the_seat_that_was_given_back_then() -> None:
    """Whoever has had three seats before the first letter goes out keeps the entry of the last, and of no other."""
    world = published((FIRST, "ana bob cem dan"))
    for _ in range(2):
        world.withdraw("ana")
        comes_back(world, "ana")
    world.pass_time(minutes=MENDED)
    seat = world.person("ana").seat
    assert seat is not None
    assert (seat.uid, seat.sequence) != (uid(world, "ana"), 0)
    said = set(told(world, "ana")) - {("REQUEST", 0, uid(world, "ana"))}
    assert said >= {("CANCEL", 1, uid(world, "ana")), ("REQUEST", seat.sequence, seat.uid)}
    assert {method for method, _, entry in said if entry != seat.uid} == {"CANCEL"}
    assert {method for method, _, entry in said if entry == seat.uid} == {"REQUEST"}


def test_calling_off_tells_whoever_has_no_seat_of_no_group() -> None:
    """Their calendar has forgotten the seat that they gave back, and forgets it once."""
    world = published((FIRST, "ana bob cem dan"))
    world.withdraw("ana")
    world.run_jobs()
    respond.take_back(world.memory, world.event, world.person("ana"), world.clock.now())
    before = told(world, "ana")
    steer.cancel(world.memory, world.event_id, world.clock.now())
    world.pass_time(minutes=2)
    assert told(world, "ana") == before
    assert "will your group" not in said_to(world, "ana")
    assert [method for method, _, _ in told(world, "bob")] == ["REQUEST", "CANCEL"]


def test_calling_off_says_nothing_to_those_who_have_met() -> None:
    """Only to those whose group was still to come."""
    world = published((FIRST, "ana bob cem"), (THIRD, "ida jon kim"))
    world.clock.set(world.event.slot(FIRST).start + timedelta(minutes=20))
    sent = len(world.mails("ana"))
    steer.cancel(world.memory, world.event_id, world.clock.now())
    world.pass_time(minutes=2)
    assert len(world.mails("ana")) == sent
    assert [method for method, _, _ in told(world, "ida")] == ["REQUEST", "CANCEL"]


def test_whoever_has_a_seat_by_now_does_not_hear_that_there_is_none() -> None:
    """The letter waited, and a seat came free meanwhile."""
    world = published((FIRST, "ana bob cem dan"), late="uma")
    world.post.fail_for(address_of("uma"), Fault.THROTTLED)
    world.confirm("uma")
    world.pass_time(minutes=MENDED)
    assert [one.state for one in world.letters_to("uma", Kind.NO_GROUP)] == [LetterState.PENDING]
    world.withdraw("dan")
    world.pass_time(minutes=MENDED)
    assert meeting(world, "uma") == [FIRST]
    world.post.fail_for(address_of("uma"), None)
    world.pass_time(minutes=60)
    assert [one.state for one in world.letters_to("uma", Kind.NO_GROUP)] == [LetterState.SUPPRESSED]
    assert [one.state for one in world.letters_to("uma", Kind.SEAT)] == [LetterState.SENT]
