"""Groups that have gone out and lose or gain people: mended with the least change, told once to those concerned."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.attendee import Attendee, AttendeeState
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.event import BURST, State
from chalicelib.domain.letter import Kind
from chalicelib.domain.plan import Group, Plan
from chalicelib.domain.sub_event import SubEvent
from chalicelib.flow import change_seat, repair, respond, steer
from chalicelib.flow.remind import DAY_BEFORE, SOON_BEFORE
from tests.flow.test_deaths import finish, lives, put_out
from tests.flow.world import RESULTS, World, Wrapped, once, read_mail
from tests.letters.reading import entry

FIRST, SECOND, THIRD = "s000", "s001", "s002"
CALENDAR = b"text/calendar"
SLOW = timedelta(seconds=8)
"""How long a request may take from what it read to what it wrote."""

MENDED = BURST.total_seconds() / 60 + 3


def published(*groups: tuple[str, str], late: str = "", **also: str) -> World:
    """Groups that have gone out, each a session and the names of its people.

    Args:
        late: who has signed up without confirming so far, free at the first session.
        also: another session at which somebody is free.
    """
    world = World()
    world.open(group_size={"min": 3, "max": 4})
    for session, names in groups:
        for name in names.split():
            world.join(name, free=[session, *also.get(name, "").split()])
    for name in late.split():
        world.sign_up(name, free=[FIRST, *also.get(name, "").split()])
    world.run_jobs()
    world.close()
    drafts = tuple(
        Group(id=f"g{n:03}", slot=session, place=None, members=members, host=None, title=f"Posters {n}", subtitle="",
              keywords=(), why=dict.fromkeys(members, "You all want posters."))
        for n, (session, names) in enumerate(groups, start=1)
        for members in [tuple(world.person(name).id for name in names.split())]
    )  # fmt: skip
    seated = sum(len(group.members) for group in drafts)
    plan = Plan(groups=drafts, unplaced=(), placed=seated, placeable=seated, relevance=0.5, seed=0)
    put_out(world, plan)
    world.pass_time(minutes=3)
    assert (world.state, world.event.due) == (State.PUBLISHED, None)
    return world


def group_of(world: World, name: str) -> SubEvent | None:
    seat = world.person(name).seat
    return None if seat is None else world.memory.sub_event(world.event_id, seat.sub_event)


def meeting(world: World, *names: str) -> list[str]:
    """The sessions of these people, “” for whoever has no seat."""
    return [group.slot.id if (group := group_of(world, name)) else "" for name in names]


def unanswered(world: World) -> None:
    """The time comes when a repair is made although its organizer said nothing."""
    assert world.event.asked is not None, "nobody's seat is taken before the organizer had time to say otherwise"
    world.clock.set(world.event.asked.until)
    world.pass_time(minutes=3)


def told(world: World, name: str) -> list[tuple[str, int, str]]:
    """Method, SEQUENCE and UID of every calendar object that somebody got, in the order in which they got them."""
    found = []
    for mail in world.post.sent:
        if mail.recipient == f"{name}@example.com" and CALENDAR in mail.message:
            (part,) = (part for part in read_mail(mail.message).walk() if part.get_content_type() == "text/calendar")
            calendar = entry(part.get_payload(decode=True))
            found.append((calendar["METHOD"], int(calendar["SEQUENCE"]), calendar["UID"]))
    return found


def told_since(world: World, sent: int) -> dict[str, list[tuple[str, int, str]]]:
    """The same for everybody who got any mail after the first so many."""
    names = {mail.recipient.partition("@")[0] for mail in world.post.sent[sent:]}
    before = Counter(mail.recipient.partition("@")[0] for mail in world.post.sent[:sent] if CALENDAR in mail.message)
    return {name: told(world, name)[before[name] :] for name in names}


def uid(world: World, name: str) -> str:
    """The UID of the entry that was made for somebody when the groups went out."""
    return f"{world.person(name).id}@{world.event_id}.covey"


def assert_sound(world: World) -> None:
    """Everybody is in exactly one valid state, every group can meet, and calendars say what the store says."""
    people = {one.id: one for one in world.people()}
    groups = [one for one in world.memory.sub_events(world.event_id) if one.members]
    seats = sorted((member, group.id) for group in groups for member in group.members)
    assert seats == sorted((one.id, one.seat.sub_event) for one in people.values() if one.seat is not None)
    for group in groups:
        assert 3 <= len(group.members) <= 4
        assert set(group.why) == set(group.members)
        assert group.host is None or group.host in group.members
        for member in group.members:
            assert people[member].state is AttendeeState.CONFIRMED
            assert group.slot.id in people[member].answers.free
    for one in people.values():
        if one.state is AttendeeState.CONFIRMED:
            assert (one.seat is None) == bool(one.unplaced)
        calendars = told(world, one.email.partition("@")[0])
        if one.seat is not None:
            assert calendars[-1] == ("REQUEST", one.seat.sequence, one.seat.uid)
        elif calendars:
            assert calendars[-1][0] == "CANCEL"
        sequences = [sequence for _, sequence, _ in calendars]
        assert sequences == sorted(set(sequences)), "the number only rises"
    assert (world.state, world.event.mending, world.event.due) == (State.PUBLISHED, "", None)


def test_a_group_that_can_spare_one_is_left_alone() -> None:
    """Nobody else hears of it."""
    world = published((FIRST, "ana bob cem dan"))
    sent = len(world.post.sent)
    world.withdraw("dan")
    world.pass_time(minutes=MENDED)
    assert meeting(world, "ana", "bob", "cem") == [FIRST] * 3
    assert len(world.post.sent) == sent + 1, "the one who left gets the cancellation, and nobody else a letter"
    assert_sound(world)


def test_whoever_waits_for_a_seat_fills_a_group_that_became_too_small() -> None:
    """They get an invite, whoever left a cancellation; the others stay as they are and get no letter."""
    world = published((FIRST, "ana bob cem"), (SECOND, "eve fay gil hal"), late="uma")
    sent = len(world.post.sent)
    world.confirm("uma")
    world.withdraw("cem")
    world.pass_time(minutes=MENDED)
    assert meeting(world, "ana", "bob", "uma", "eve") == [FIRST, FIRST, FIRST, SECOND]
    assert told_since(world, sent) == {
        "cem": [("CANCEL", 1, uid(world, "cem"))],
        "uma": [("REQUEST", 0, uid(world, "uma"))],
    }
    assert "Ana" not in world.mails("cem")[-1].get_body(("plain",)).get_content()
    assert_sound(world)


def test_a_group_with_people_to_spare_helps_out() -> None:
    """One person moves, hears it in one letter that says what changed, and their calendar's entry moves with them."""
    world = published((FIRST, "ana bob cem"), (SECOND, "eve fay gil hal"), hal=FIRST)
    sent = len(world.post.sent)
    world.withdraw("cem")
    world.pass_time(minutes=MENDED)
    assert meeting(world, "ana", "bob", "hal", "eve") == [FIRST, FIRST, FIRST, SECOND]
    after = world.person("hal").seat
    assert after is not None
    assert after.was is not None
    assert after.was.slot.id == SECOND
    assert told_since(world, sent) == {
        "cem": [("CANCEL", 1, uid(world, "cem"))],
        "hal": [("REQUEST", 1, uid(world, "hal"))],
    }
    text = " ".join(world.mails("hal")[-1].get_body(("plain",)).get_content().split())
    assert "Monday 18 January, 16:00–17:00 (UTC)" in text.partition("When:")[2], "where they sit now"
    assert "- Monday 18 January, 17:00–18:00 (UTC)" in text.partition("When:")[0], "what no longer holds"
    assert_sound(world)


def test_two_weak_groups_become_one_at_a_time_that_all_can_make() -> None:
    """Two of three left in each of two groups, so four people meet; each hears once, and their entries move."""
    staying = ("ana", "bob", "eve", "fay")
    world = published((FIRST, "ana bob cem"), (SECOND, "eve fay gil"), **dict.fromkeys(staying, THIRD))
    sent = len(world.post.sent)
    world.withdraw("cem")
    world.withdraw("gil")
    world.pass_time(minutes=MENDED)
    assert meeting(world, *staying) == [THIRD] * 4
    assert len({group.id for name in staying if (group := group_of(world, name))}) == 1
    assert told_since(world, sent) == {
        **{name: [("CANCEL", 1, uid(world, name))] for name in ("cem", "gil")},
        **{name: [("REQUEST", 1, uid(world, name))] for name in staying},
    }
    for name, before in (("ana", "16:00–17:00"), ("eve", "17:00–18:00")):
        text = " ".join(world.mails(name)[-1].get_body(("plain",)).get_content().split())
        assert f"- Monday 18 January, {before} (UTC)" in text.partition("When:")[0]
        assert "Monday 18 January, 18:00–19:00 (UTC)" in text.partition("When:")[2]
    assert_sound(world)


def test_whoever_cannot_be_seated_any_more_is_told_why_and_their_calendar_forgets_it() -> None:
    """A group is never left below its least size in silence."""
    world = published((FIRST, "ana bob cem"), (SECOND, "eve fay gil"), bob=SECOND)
    world.withdraw("cem")
    world.pass_time(minutes=MENDED)
    unanswered(world)
    assert meeting(world, "ana", "bob") == ["", SECOND]
    assert world.person("ana").unplaced
    assert [method for method, _, _ in told(world, "ana")] == ["REQUEST", "CANCEL"]
    assert_sound(world)


def test_whoever_cannot_come_along_hears_that_alone() -> None:
    """Their group moves without them: one letter, which takes it off their calendar, and none about the new time."""
    world = published((FIRST, "ana bob cem"), (SECOND, "eve fay gil"), ana=THIRD, eve=THIRD, fay=THIRD)
    sent = len(world.post.sent)
    world.withdraw("cem")
    world.withdraw("gil")
    world.pass_time(minutes=MENDED)
    unanswered(world)
    assert meeting(world, "ana", "bob", "eve", "fay") == [THIRD, "", THIRD, THIRD]
    assert told_since(world, sent)["bob"] == [("CANCEL", 1, uid(world, "bob"))]
    assert [letter.kind for letter in world.letters_to("bob", *RESULTS)] == [Kind.CANCELLED, Kind.SEAT]
    assert_sound(world)


def test_whoever_is_without_a_seat_a_second_time_hears_it_again() -> None:
    """No group, a seat, withdrawn, back, and no seat any more: that letter is another one than the first."""
    world = published((FIRST, "ana bob cem dan"), late="uma vic")
    world.confirm("uma")
    world.pass_time(minutes=MENDED)
    world.withdraw("dan")
    world.pass_time(minutes=MENDED)
    assert meeting(world, "uma") == [FIRST]
    world.withdraw("uma")
    world.confirm("vic")
    world.pass_time(minutes=MENDED)
    assert meeting(world, "vic") == [FIRST]
    respond.take_back(world.memory, world.event, world.person("uma"), world.clock.now())
    world.pass_time(minutes=MENDED)
    assert meeting(world, "uma") == [""]
    assert [mail["Subject"].startswith("No group") for mail in world.mails("uma")] == [False, True, False, False, True]
    assert_sound(world)


def test_a_seat_after_a_cancellation_is_another_entry_in_the_calendar() -> None:
    """Calendars have forgotten the first for good; the number goes on all the same."""
    world = published((FIRST, "ana bob cem dan"))
    world.withdraw("dan")
    world.pass_time(minutes=MENDED)
    respond.take_back(world.memory, world.event, world.person("dan"), world.clock.now())
    world.pass_time(minutes=MENDED)
    assert meeting(world, "dan") == [FIRST]
    (_, first, uid), (_, second, same), (method, third, other) = told(world, "dan")
    assert (first, second, third, method) == (0, 1, 2, "REQUEST")
    assert uid == same != other
    assert_sound(world)


def test_a_burst_of_changes_is_one_letter() -> None:
    """Three leave within ten minutes; whoever has to move hears once."""
    world = published((FIRST, "ana bob cem"), (SECOND, "eve fay gil hal"), hal=FIRST, gil=FIRST)
    for name in ("cem", "bob"):
        world.withdraw(name)
        world.pass_time(minutes=3)
    assert world.event.mend_at is not None
    assert [len(told(world, name)) for name in ("ana", "eve", "fay", "gil", "hal")] == [1] * 5
    world.pass_time(minutes=MENDED)
    for name in ("ana", "eve", "fay", "gil", "hal"):
        assert len(told(world, name)) <= 2
    unanswered(world)
    for name in ("ana", "eve", "fay", "gil", "hal"):
        assert len(told(world, name)) <= 2
    assert_sound(world)


def test_groups_that_are_about_to_meet_are_left_as_they_are() -> None:
    """Nobody is called to another table an hour before."""
    world = published((FIRST, "ana bob cem"), (THIRD, "eve fay gil hal"), hal=FIRST)
    world.clock.set(world.event.slot(FIRST).start)
    world.clock.advance(-BURST)
    world.withdraw("cem")
    world.pass_time(minutes=MENDED)
    assert meeting(world, "ana", "bob", "hal") == [FIRST, FIRST, THIRD]


@pytest.mark.slow
def test_a_worker_killed_at_any_act_of_mending_is_finished_by_another() -> None:
    """Whatever it had changed already stays, and nobody hears twice."""
    world = published((FIRST, "ana bob cem"), (SECOND, "eve fay gil hal"), hal=FIRST)
    world.withdraw("cem")
    assert world.event.mend_at is not None
    world.clock.set(world.event.mend_at)
    world.tick()
    world.jobs.matches.clear()
    for one in lives(world, World.match):
        finish(one)
        assert meeting(one, "ana", "bob", "hal") == [FIRST] * 3
        assert len(told(one, "hal")) == 2
        assert_sound(one)


@pytest.mark.slow
def test_a_worker_killed_while_groups_become_one_is_finished_by_another() -> None:
    """Three move and one cannot come along: each hears once, whenever the worker died."""
    world = published((FIRST, "ana bob cem"), (SECOND, "eve fay gil"), ana=THIRD, eve=THIRD, fay=THIRD)
    world.withdraw("cem")
    world.withdraw("gil")
    world.pass_time(minutes=MENDED)
    assert world.event.asked is not None
    steer.mend(world.memory, world.event_id, world.event.asked.plan, world.clock.now())
    world.tick()
    world.jobs.matches.clear()
    for one in lives(world, World.match):
        finish(one)
        assert meeting(one, "ana", "bob", "eve", "fay") == [THIRD, "", THIRD, THIRD]
        assert [len(told(one, name)) for name in ("ana", "bob", "eve", "fay")] == [2, 2, 2, 2]
        assert_sound(one)


def test_leaving_while_groups_are_mended_is_mended_next() -> None:
    """The plan of the first mending is carried out without them, and the next look puts right what that leaves."""
    world = published((FIRST, "ana bob cem"), (SECOND, "eve fay gil hal"), hal=FIRST, gil=FIRST)
    world.withdraw("cem")
    left: list[Any] = []

    def leave(name: str, *records: Any) -> None:
        if name == "write_plan" and not left:
            left.append(world.withdraw("hal"))

    world.store = Wrapped(world.memory, after=leave)
    world.pass_time(minutes=MENDED)
    world.unwrap()
    world.pass_time(minutes=MENDED)
    assert left
    unanswered(world)
    assert_sound(world)


def test_what_a_plan_leaves_to_do_is_done_by_the_same_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that first ends what another began carries out whatever it begins after that, however often it may plan."""
    monkeypatch.setattr(repair, "ROUNDS", 2)
    world = published((FIRST, "ana bob cem"), (SECOND, "eve fay gil hal"), hal=FIRST)
    world.withdraw("cem")
    world.memory.commit(replace(world.event, mending=world.event.plan))
    world.pass_time(minutes=MENDED)
    assert meeting(world, "ana", "bob", "hal") == [FIRST] * 3
    assert_sound(world)


def choose(world: World, name: str, group: str) -> None:
    change_seat.join(world.memory, world.jobs, world.event, world.person(name), group, world.clock.now())


def offers(world: World, name: str) -> list[str]:
    return [one.id for one in change_seat.open_groups(world.memory, world.event, world.person(name), world.clock.now())]


def test_whoever_cannot_make_it_may_choose_another_group_with_room() -> None:
    """At a time that they marked; their calendar's entry moves, and the group they left is mended if it must be."""
    world = published((FIRST, "ana bob cem dan"), (SECOND, "eve fay gil"), (THIRD, "hal ida jon kim"), dan=SECOND)
    assert offers(world, "dan") == ["g002"]
    assert offers(world, "ana") == []
    choose(world, "dan", "g002")
    choose(world, "dan", "g002")
    world.run_jobs()
    assert meeting(world, "dan", "ana") == [SECOND, FIRST]
    assert [(method, sequence) for method, sequence, _ in told(world, "dan")] == [("REQUEST", 0), ("REQUEST", 1)]
    assert "You chose this group." in world.mails("dan")[-1].get_body().get_content()
    world.pass_time(minutes=MENDED)
    assert [len(told(world, name)) for name in ("ana", "bob", "cem", "eve", "fay", "gil")] == [1] * 6
    assert_sound(world)


def test_the_last_seat_goes_to_one_of_two_who_choose_it() -> None:
    """The other stays where they are and is told to choose again."""
    world = published((FIRST, "ana bob cem dan"), (SECOND, "eve fay gil"), dan=SECOND, cem=SECOND)
    choose(world, "dan", "g002")
    with pytest.raises(Conflict, match="last seat"):
        choose(world, "cem", "g002")
    with pytest.raises(NotFound):
        choose(world, "cem", "g404")
    assert meeting(world, "dan", "cem") == [SECOND, FIRST]


def test_whoever_has_no_group_may_choose_one_that_has_room_by_now() -> None:
    """Somebody withdrew since; the first to choose has the seat."""
    world = published((FIRST, "ana bob cem dan"), late="uma")
    world.confirm("uma")
    world.pass_time(minutes=MENDED)
    assert meeting(world, "uma") == [""]
    world.withdraw("dan")
    choose(world, "uma", "g001")
    world.pass_time(minutes=MENDED)
    assert meeting(world, "uma") == [FIRST]
    assert_sound(world)


def mend_while(world: World, act: Callable[[], None]) -> None:
    """The look is due; between its plan and its first change people do something themselves."""
    world.clock.set(world.event.mend_at or world.clock.now())
    world.store = Wrapped(world.memory, after=once("write_plan", act))
    world.tick()
    world.run_jobs()
    world.unwrap()
    assert (world.event.run, world.event.mending) == ("", "")
    assert world.event.mend_at is not None, "what they did is looked at, too"


def test_whoever_takes_a_free_seat_while_groups_are_mended_keeps_it() -> None:
    """The plan had none for them, as somebody left only after it was made."""
    trio, full = (SECOND, "eve fay gil"), (FIRST, "ana bob cem dan")
    world = published(full, trio, (THIRD, "hal ida jon kim"), late="uma", kim=SECOND)
    world.confirm("uma")
    world.withdraw("gil")

    def act() -> None:
        world.withdraw("dan")
        choose(world, "uma", "g001")

    mend_while(world, act)
    assert meeting(world, "uma", "kim") == [FIRST, SECOND]
    world.pass_time(minutes=MENDED)
    assert [method for method, _, _ in told(world, "uma")] == ["REQUEST"]
    assert_sound(world)


def test_a_seat_that_somebody_took_while_groups_are_mended_is_not_given_twice() -> None:
    """For whom it was meant stays where they are, or hears that there is none."""
    world = published((FIRST, "ana bob cem"), (SECOND, "dan eve fay gil"), late="uma", dan=FIRST)
    world.confirm("uma")
    mend_while(world, lambda: choose(world, "dan", "g001"))
    assert meeting(world, "dan", "uma") == [FIRST, ""]
    assert [letter.kind for letter in world.letters_to("uma", *RESULTS)] == [Kind.NO_GROUP]
    world.pass_time(minutes=MENDED)
    assert len(world.letters_to("uma", *RESULTS)) == 1
    assert_sound(world)


def test_whoever_changes_groups_while_groups_are_mended_stays_in_the_one_they_chose() -> None:
    """They were planned to move elsewhere from the one that they left; another look sees to that group."""
    four = (SECOND, "eve fay gil hal")
    world = published((FIRST, "ana bob cem"), four, (THIRD, "ida jon kim"), hal=f"{FIRST} {THIRD}")
    world.withdraw("cem")

    def act() -> None:
        choose(world, "hal", "g003")
        world.withdraw("kim")

    mend_while(world, act)
    assert meeting(world, "ana", "bob", "hal") == [FIRST, FIRST, THIRD]
    world.pass_time(minutes=MENDED)
    unanswered(world)
    assert meeting(world, "ana", "bob", "hal") == ["", "", THIRD]
    assert [sequence for _, sequence, _ in told(world, "hal")] == [0, 1]
    assert_sound(world)


@pytest.mark.slow
def test_a_worker_killed_while_people_choose_seats_is_finished_by_another() -> None:
    """Whoever chose one after it had begun keeps it, and everybody without one hears so once."""
    world = published((FIRST, "ana bob cem"), (SECOND, "dan eve fay gil"), late="uma", dan=FIRST)
    world.confirm("uma")
    world.clock.set(world.event.mend_at or world.clock.now())
    world.tick()
    world.jobs.matches.clear()
    for one in lives(world, World.match):
        chosen = "g001" in offers(one, "dan")
        if chosen:
            choose(one, "dan", "g001")
        one.pass_time(minutes=2 * MENDED)
        assert meeting(one, "dan", "uma") == ([FIRST, ""] if chosen else [SECOND, FIRST])
        assert len(one.letters_to("uma", *RESULTS)) == 1
        assert_sound(one)


def test_everybody_hears_each_result_once() -> None:
    """One letter for each change of a seat, whatever mending does."""
    world = published((FIRST, "ana bob cem"), (SECOND, "eve fay gil hal"), hal=FIRST)
    world.withdraw("cem")
    world.pass_time(minutes=MENDED)
    keys = [letter.key for letter in world.letters(*RESULTS)]
    assert len(keys) == len(set(keys))
    assert [letter.kind for letter in world.letters_to("cem", *RESULTS)] == [Kind.CANCELLED, Kind.SEAT]


def reminders(world: World, name: str) -> list[str]:
    """The subjects of the reminders that somebody got."""
    told = [mail["Subject"] for mail in world.mails(name)]
    return [subject for subject in told if "who will be there" in subject or subject.startswith("In an hour")]


def test_everybody_is_reminded_the_day_before_and_online_an_hour_before() -> None:
    """Once each, of the seat that they have then; nobody who left, and nobody twice."""
    world = published((FIRST, "ana bob cem"), (SECOND, "eve fay gil hal"), hal=FIRST)
    world.withdraw("cem")
    world.pass_time(minutes=MENDED)
    assert not any(reminders(world, name) for name in ("ana", "cem", "eve", "hal"))
    world.clock.set(world.event.slot(FIRST).start - DAY_BEFORE)
    world.pass_time(hours=2)
    assert [len(reminders(world, name)) for name in ("ana", "cem", "eve", "hal")] == [1, 0, 1, 1]
    assert reminders(world, "hal")[0].startswith("Mon 16:00"), "the group that they sit in now"
    world.clock.set(world.event.slot(FIRST).start - SOON_BEFORE)
    world.pass_time(minutes=30)
    assert [len(reminders(world, name)) for name in ("ana", "cem", "hal")] == [2, 0, 2]


def test_nobody_is_reminded_of_a_meeting_that_is_off() -> None:
    """The organizer called it off in between."""
    world = published((FIRST, "ana bob cem"))
    steer.cancel(world.memory, world.event_id, world.clock.now())
    world.pass_time(minutes=5)
    world.clock.set(world.event.slot(FIRST).start - DAY_BEFORE)
    world.pass_time(minutes=5)
    assert reminders(world, "ana") == []


def test_whoever_leaves_in_the_last_seconds_before_the_look_is_seen_by_one() -> None:
    """What they do lands only when the worker has read their group; it is not left too small for that."""
    world = published((FIRST, "ana bob cem dan"))
    world.withdraw("dan")
    world.clock.set(world.event.mend_at - timedelta(seconds=2))

    def before(name: str, *records: object) -> None:
        if name == "commit" and isinstance(records[0], Attendee) and world.event.due <= world.clock.now() + SLOW:
            world.clock.advance(SLOW)
            world.tick()
            world.run_jobs()

    respond.withdraw(Wrapped(world.memory, before), world.jobs, world.event, world.person("cem"), world.clock.now())
    assert len(group_of(world, "ana").members) == 2
    world.pass_time(minutes=MENDED)
    unanswered(world)
    assert meeting(world, "ana", "bob") == ["", ""]
    assert_sound(world)
