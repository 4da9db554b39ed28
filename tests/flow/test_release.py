"""Seats of people who never said whether they come: freed after a notice, where nobody who comes loses by it."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.event import LATEST_NOTICE, NOTICE, SURELY_SAVED, State
from chalicelib.domain.letter import Kind, LetterState, Loss
from chalicelib.domain.sub_event import SubEvent
from chalicelib.flow import change_seat, release, respond, steer
from tests.flow.lives import lives
from tests.flow.test_repair import FIRST, SECOND, assert_sound, meeting, published, told
from tests.flow.world import World, Wrapped

HOURS = 48


def ruled(*groups: tuple[str, str], hours: int = HOURS, late: str = "", **also: str) -> World:
    """Groups that have gone out, of an organizer who has unanswered seats freed."""
    world = published(*groups, late=late, **also)
    steer.keep_up(world.memory, world.event_id, None, hours, world.clock.now())
    world.pass_time(minutes=3)
    return world


def comes(world: World, *names: str) -> None:
    for name in names:
        respond.reply(world.memory, world.event, world.person(name), coming=True, now=world.clock.now())


def freed(world: World, *sessions: str) -> None:
    """The notices go out, and the hour comes."""
    starts = [world.event.slot(one).start - timedelta(hours=world.event.release) for one in sessions or (FIRST,)]
    for moment in (*(start - NOTICE for start in starts), *starts):
        world.clock.set(moment - timedelta(minutes=1))
        world.pass_time(minutes=4)


def notices(world: World, name: str) -> list[str]:
    return [mail["Subject"] for mail in world.mails(name) if mail["Subject"].startswith("Please say by")]


def test_whoever_never_answered_loses_their_seat_after_a_notice() -> None:
    """They hear why, kindly, and their calendar forgets it; those who come keep theirs."""
    world = ruled((FIRST, "ana bob cem dan"))
    comes(world, "ana", "bob", "cem")
    freed(world)
    assert [len(notices(world, name)) for name in ("ana", "dan")] == [0, 1]
    assert meeting(world, "ana", "bob", "cem", "dan") == [FIRST, FIRST, FIRST, ""]
    assert [method for method, _, _ in told(world, "dan")] == ["REQUEST", "CANCEL"]
    last = world.mails("dan")[-1]
    assert last["Subject"] == "Your seat is free again: Letterpress"
    text = " ".join(last.get_body(("plain",)).get_content().split())
    assert "We had not heard from you by Saturday 16 January 2027, 17:00 (Europe/Berlin)" in text
    assert "take a seat again" in text
    assert world.event.due is None
    assert_sound(world)


def test_a_freed_seat_may_be_taken_again_and_is_not_given_back_by_itself() -> None:
    """Whoever presses for it comes."""
    world = ruled((FIRST, "ana bob cem dan"))
    comes(world, "ana", "bob", "cem")
    freed(world)
    world.pass_time(minutes=20)
    assert meeting(world, "dan") == [""]
    (group,) = change_seat.open_groups(world.memory, world.event, world.person("dan"), world.clock.now())
    change_seat.join(world.memory, world.jobs, world.event, world.person("dan"), group.id, world.clock.now())
    world.pass_time(minutes=15)
    assert meeting(world, "dan") == [FIRST]
    assert not world.person("dan").released
    assert_sound(world)


def test_a_freed_seat_goes_to_whoever_waits_for_one() -> None:
    """That is what it is freed for."""
    world = ruled((FIRST, "ana bob cem dan"), late="uma")
    world.confirm("uma")
    world.pass_time(minutes=15)
    assert meeting(world, "uma") == [""]
    comes(world, "ana", "bob", "cem")
    freed(world)
    assert meeting(world, "dan", "uma") == ["", FIRST]
    assert_sound(world)


def test_nobody_who_comes_loses_their_group_because_others_were_silent() -> None:
    """A group that would be too small, with nowhere to go, keeps its silent members."""
    world = ruled((FIRST, "ana bob cem dan"))
    comes(world, "ana", "bob")
    freed(world)
    assert meeting(world, "ana", "bob", "cem", "dan") == [FIRST] * 4
    assert world.event.asked is None


def test_where_nobody_has_answered_all_keep_their_seats() -> None:
    """There is nobody whom an empty group would help."""
    world = ruled((FIRST, "ana bob cem dan"))
    freed(world)
    assert meeting(world, "ana", "bob", "cem", "dan") == [FIRST] * 4


def test_two_half_empty_groups_become_one() -> None:
    """All who come have a seat, in one group that is none too small."""
    world = ruled((FIRST, "ana bob cem"), (SECOND, "eve fay gil"), ana=SECOND, bob=SECOND, eve=FIRST, fay=FIRST)
    comes(world, "ana", "bob", "eve", "fay")
    freed(world, FIRST, SECOND)
    assert meeting(world, "cem", "gil") == ["", ""]
    assert len({*meeting(world, "ana", "bob", "eve", "fay")} - {""}) == 1
    assert_sound(world)


@pytest.mark.parametrize("sent", [LetterState.UNKNOWN, LetterState.FAILED, LetterState.PENDING])
def test_whom_no_notice_reached_keeps_their_seat(sent: LetterState) -> None:
    """Or it is not known that it did."""
    world = ruled((FIRST, "ana bob cem dan"))
    comes(world, "ana", "bob", "cem")
    (notice,) = world.letters_to("dan", Kind.RELEASE_NOTICE)
    world.memory.commit(replace(notice, state=sent, due=None))
    freed(world)
    assert meeting(world, "dan") == [FIRST]


def test_a_notice_that_would_come_too_late_is_not_sent() -> None:
    """The sender was held up: nobody's seat is freed by half a notice."""
    world = ruled((FIRST, "ana bob cem dan"))
    comes(world, "ana", "bob", "cem")
    start = world.event.slot(FIRST).start - timedelta(hours=HOURS)
    world.clock.set(start - LATEST_NOTICE + timedelta(minutes=1))
    world.pass_time(minutes=3)
    assert notices(world, "dan") == []
    world.clock.set(start)
    world.pass_time(minutes=3)
    assert meeting(world, "dan") == [FIRST]


def test_a_rule_set_when_the_notice_would_be_too_late_frees_nothing() -> None:
    """Nor do groups that go out so late."""
    world = published((FIRST, "ana bob cem dan"))
    comes(world, "ana", "bob", "cem")
    world.clock.set(world.event.slot(FIRST).start - timedelta(hours=HOURS) - NOTICE + timedelta(minutes=5))
    steer.keep_up(world.memory, world.event_id, None, HOURS, world.clock.now())
    world.pass_time(minutes=3)
    assert world.letters(Kind.RELEASE_NOTICE) == []
    world.clock.set(world.event.slot(FIRST).start - timedelta(hours=HOURS))
    world.pass_time(minutes=3)
    assert meeting(world, "dan") == [FIRST]


def test_a_rule_that_is_taken_back_frees_nothing() -> None:
    """Notices that had not left stay."""
    world = ruled((FIRST, "ana bob cem dan"))
    comes(world, "ana", "bob", "cem")
    steer.keep_up(world.memory, world.event_id, None, 0, world.clock.now())
    world.pass_time(minutes=3)
    assert world.event.due is None
    world.clock.set(world.event.slot(FIRST).start - timedelta(hours=HOURS))
    world.pass_time(minutes=3)
    assert notices(world, "dan") == []
    assert meeting(world, "dan") == [FIRST]


@pytest.mark.slow
def test_a_worker_killed_while_it_frees_seats_is_finished_by_another() -> None:
    """Each seat once, each letter once."""
    world = ruled((FIRST, "ana bob cem dan"), late="uma")
    world.confirm("uma")
    world.pass_time(minutes=15)
    comes(world, "ana", "bob", "cem")
    start = world.event.slot(FIRST).start - timedelta(hours=HOURS)
    world.clock.set(start - NOTICE)
    world.pass_time(minutes=3)
    world.clock.set(start)
    world.tick()
    world.jobs.matches.clear()
    for one in lives(world, World.match, acts=4):
        one.run_jobs()
        one.pass_time(minutes=4)
        assert (one.state, one.event.run, one.event.due) == (State.PUBLISHED, "", None)
        assert meeting(one, "dan", "uma") == ["", FIRST]
        assert len(told(one, "dan")) == 2
        assert_sound(one)


@pytest.mark.parametrize("hours", [168, 12])
def test_a_seat_is_kept_as_long_as_the_notice_said_whatever_the_rule_becomes(hours: int) -> None:
    """A longer rule frees it when the notice said, with the same words; a shorter one only later."""
    world = ruled((FIRST, "ana bob cem dan"))
    comes(world, "ana", "bob", "cem")
    start = world.event.slot(FIRST).start
    promised = start - timedelta(hours=HOURS)
    world.clock.set(promised - NOTICE)
    world.pass_time(minutes=3)
    assert len(notices(world, "dan")) == 1
    world.clock.set(start - timedelta(hours=59))
    steer.keep_up(world.memory, world.event_id, None, hours, world.clock.now())
    for moment in (world.clock.now(), promised - timedelta(minutes=5)):
        world.clock.set(moment)
        world.pass_time(minutes=3)
        assert meeting(world, "dan") == [FIRST], "it was promised until later"
    until = max(promised, start - timedelta(hours=hours))
    for moment in (promised, until):
        world.clock.set(max(moment, world.clock.now()))
        world.pass_time(minutes=1)
        assert meeting(world, "dan") == ["" if world.clock.now() >= until else FIRST]
    world.pass_time(minutes=3)
    text = " ".join(world.mails("dan")[-1].get_body(("plain",)).get_content().split())
    assert "We had not heard from you by Saturday 16 January 2027, 17:00 (Europe/Berlin)" in text
    assert world.event.due is None
    assert_sound(world)


@pytest.mark.parametrize("hours", [96, 24])
def test_a_rule_that_changes_before_the_notices_moves_them(hours: int) -> None:
    """They go out a day before the hour that holds by then, and the seats are freed at that hour."""
    world = ruled((FIRST, "ana bob cem dan"))
    comes(world, "ana", "bob", "cem")
    steer.keep_up(world.memory, world.event_id, None, hours, world.clock.now())
    world.pass_time(minutes=3)
    start = world.event.slot(FIRST).start
    due = start - timedelta(hours=hours) - NOTICE
    world.clock.set(due - timedelta(minutes=2))
    world.tick()
    world.run_jobs()
    assert notices(world, "dan") == []
    world.clock.set(due)
    world.pass_time(minutes=3)
    assert len(notices(world, "dan")) == 1
    world.clock.set(start - timedelta(hours=hours))
    world.pass_time(minutes=4)
    assert meeting(world, "dan") == [""]
    assert_sound(world)


def test_calling_off_while_seats_are_being_freed_ends_it_at_the_next_seat() -> None:
    """Nobody else hears that they were too late for something that is off."""
    world = ruled((FIRST, "ana bob cem dan"), (SECOND, "eve fay gil hal"))
    comes(world, "ana", "bob", "cem", "eve", "fay", "gil")
    for moment in (world.event.slot(one).start - timedelta(hours=HOURS) - NOTICE for one in (FIRST, SECOND)):
        world.clock.set(moment)
        world.pass_time(minutes=3)
    world.clock.set(world.event.slot(SECOND).start - timedelta(hours=HOURS))

    def off_with_the_first(name: str, *records: object) -> None:
        if name == "commit" and any(isinstance(one, SubEvent) for one in records) and world.state is State.PUBLISHED:
            steer.cancel(world.memory, world.event_id, world.clock.now())

    world.store = Wrapped(world.memory, after=off_with_the_first)
    world.tick()
    world.run_jobs()
    world.unwrap()
    assert sorted(one.seat is None for one in map(world.person, ("dan", "hal"))) == [False, True]
    world.pass_time(minutes=3)
    assert {one.loss for one in world.letters(Kind.CANCELLED)} == {None, Loss.UNANSWERED}


def test_seats_of_groups_that_could_not_be_decided_in_time_are_kept() -> None:
    """What would become of those who come is not known, so nobody is let go."""
    world = ruled((FIRST, "ana bob cem dan"))
    comes(world, "ana", "bob", "cem")
    start = world.event.slot(FIRST).start - timedelta(hours=HOURS)
    world.clock.set(start - NOTICE)
    world.pass_time(minutes=3)
    world.clock.set(start)

    def long_after(name: str, *_: object) -> None:
        if name == "plan":
            world.clock.advance(release.SPARING)

    world.store = Wrapped(world.memory, after=long_after)
    world.tick()
    world.run_jobs()
    world.unwrap()
    assert meeting(world, "dan") == [FIRST]


def test_a_rule_changed_while_somebody_leaves_lets_them_be_seen() -> None:
    """They saw that a look was to come in minutes, so it must not come before they are out."""
    world = ruled((FIRST, "ana bob cem"), late="uma")
    world.confirm("uma")
    leaving = world.event.mend_at
    assert leaving is not None
    world.clock.advance(timedelta(seconds=5))
    steer.keep_up(world.memory, world.event_id, None, 0, world.clock.now())
    assert world.event.mend_at == world.clock.now() + SURELY_SAVED < leaving
    assert world.event.due == world.event.mend_at


def test_what_falls_due_while_a_burst_of_changes_lasts_starts_no_worker_for_nothing() -> None:
    """It is done when the burst is over."""
    world = ruled((FIRST, "ana bob cem dan"), late="uma")
    world.clock.set(world.event.slot(FIRST).start - timedelta(hours=HOURS, minutes=2))
    world.confirm("uma")
    world.pass_time(minutes=3)
    assert (world.event.run, world.event.due) == ("", world.event.mend_at)
