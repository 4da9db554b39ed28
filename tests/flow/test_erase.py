"""Erasing a person: whenever they press, however often, and whatever dies meanwhile, nothing of them is left."""

import zlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.adapters.memory import Fault
from chalicelib.domain import event as road
from chalicelib.domain.attendee import Attendee, AttendeeState, Friend
from chalicelib.domain.errors import Conflict
from chalicelib.domain.event import State
from chalicelib.domain.letter import Kind, Letter, LetterState
from chalicelib.domain.plan import Plan, Unplaced
from chalicelib.flow import erase as erasing
from chalicelib.flow import respond, send, steer, watch
from chalicelib.flow.change import change_event
from chalicelib.web.views import plan_view
from tests.flow.lives import lives
from tests.flow.world import RESULTS, World, Wrapped, address_of, assert_everybody_was_told_once, once, read_mail

WORDS = {"goal": "Zora wants quokka taxidermy for posters", "topics": ["zeppelins"], "warm_up": "Why do quokkas smile?"}
"""What she says, of which nobody else says anything but that she wants posters."""

OTHERS = ("ana", "bob", "cem", "dora")


def erase(world: World, who: Attendee) -> None:
    """She presses the button."""
    erasing.erase(world.store, world.event_id, who.id, world.new_run, world.clock.now())


def kept(world: World) -> str:
    """Everything that the store holds, in one text; messages as people read them."""
    store = world.memory
    records = [msgspec.json.encode(one).decode() for one in store._records.values()]
    letters = [one for one in store._records.values() if isinstance(one, Letter) and one.message]
    messages = [said(read_mail(zlib.decompress(one.message))) for one in letters]
    plans = [zlib.decompress(one).decode() for one in store._plans.values()]
    keys = [str(store._addresses), str(list(store._records)), str(list(store._plans))]
    return "\n".join([*records, *messages, *plans, *keys]).lower()


def said(mail: Any) -> str:
    """All that a mail says, in its headers and its parts, decoded."""
    parts = [part.get_payload(decode=True).decode() for part in mail.walk() if not part.is_multipart()]
    return "\n".join([str(mail.items()), *parts])


def assert_gone(world: World, who: Attendee) -> None:
    """Nothing of her is left: no id, no name, no address, no word of hers."""
    left = kept(world)
    assert [trace for trace in (who.id, "zora", "quokka", "taxidermy", "zeppelin") if trace in left] == []
    assert world.memory.attendee_at(world.event_id, address_of("zora")) is None


def signed_up() -> World:
    """Sign-up is open; she has not confirmed, and her letter is not even sent."""
    world = World()
    world.open()
    world.join(*OTHERS)
    world.sign_up("zora", shares=True, **WORDS)
    return world


def confirmed(**event: Any) -> World:
    """She is in, and two others name her as a friend, each in their own spelling."""
    world = World()
    world.open(**event)
    world.join("ana", friends=[Friend("Zora@Example.com")], shares=True)
    world.join("bob", friends=[Friend("zora@example.com", only=True), Friend("cem@example.com")], shares=True)
    world.join("cem", "dora", shares=True)
    world.join("zora", shares=True, friends=[Friend("ana@example.com")], **WORDS)
    world.run_jobs()
    return world


def withdrawn() -> World:
    """She has left again."""
    world = confirmed()
    world.withdraw("zora")
    return world


def confirming() -> World:
    """Sign-up is over, and late confirmations still count."""
    world = confirmed(confirm_minutes=60)
    world.close()
    world.pass_time(minutes=2)
    assert world.state is State.CLOSED
    return world


def waiting() -> World:
    """A plan with her in it waits for its organizer."""
    world = confirmed(review=True)
    world.close()
    world.pass_time(minutes=3)
    assert world.state is State.HELD or road.is_waiting(world.event)
    assert_in_plan(world)
    return world


def made_again() -> World:
    """The plan that waits is the second one; the first lies there still."""
    world = waiting()
    steer.change(world.memory, world.event_id, None, ["s000"], world.clock.now())
    world.pass_time(minutes=3)
    assert len(world.memory._plans) == 2
    return world


def reopened() -> World:
    """There was a plan, and sign-up is open once more."""
    world = waiting()
    steer.move_deadline(world.memory, world.event_id, world.clock.now() + timedelta(days=1), world.clock.now())
    assert (world.state, world.event.plan != "") == (State.OPEN, True)
    return world


def published() -> World:
    """She sits in a group, and all letters are sent."""
    world = confirmed()
    world.publish()
    assert world.person("zora").seat is not None
    assert "zora" in kept(world)
    return world


def unsent() -> World:
    """She sits in a group; the letters wait, some after they were composed and refused for the moment."""
    world = confirmed()
    world.close()
    world.tick()
    world.match()
    assert world.states()["pending"] >= 5
    for one in world.letters_to("ana", Kind.SEAT):
        written = msgspec.structs.replace(
            world.memory.letter(one.key), message=zlib.compress(b"Subject: hi\n\nwith Zora"), attempts=1
        )
        world.memory.commit(written)
    return world


def mended() -> World:
    """Her group fell apart, and she was moved to another one; letters of unknown fate, which are kept, tell of her."""
    world = World()
    world.open(group_size={"min": 3, "max": 5})
    world.join(*OTHERS, shares=True)
    world.join("eve", "fay", shares=True, free=["s001"])
    world.join("zora", shares=True, free=["s000", "s001"], **WORDS)
    for name in ("eve", "fay"):
        world.post.fail_for(address_of(name), Fault.LOST)
    world.publish()
    for name in ("eve", "fay"):
        world.withdraw(name)
    world.pass_time(minutes=15)
    seat = world.person("zora").seat
    assert seat is not None
    assert seat.was is not None
    zora = world.person("zora").id
    named = {one.person for one in world.letters() if zora in one.names}
    assert named == {world.person(name).id for name in ("eve", "fay")}
    return world


def left_group() -> World:
    """She gave her seat back after the letters were sent."""
    world = published()
    world.withdraw("zora")
    world.run_jobs()
    return world


def unplaced() -> World:
    """The groups are out, and she has none."""
    world = World()
    world.open()
    world.join(*OTHERS)
    world.join("zora", free=[], shares=True, **WORDS)
    world.publish()
    assert world.person("zora").unplaced
    return world


def called_off() -> World:
    """The groups were out when the event was called off, and all have heard so."""
    world = published()
    steer.cancel(world.memory, world.event_id, world.clock.now())
    world.pass_time(minutes=2)
    return world


def assert_in_plan(world: World) -> None:
    plan = world.memory.plan(world.event_id, world.event.plan)
    assert any(world.person("zora").id in group.members for group in plan.groups)


ROADS: list[Callable[[], World]] = [
    signed_up,
    confirmed,
    withdrawn,
    confirming,
    waiting,
    made_again,
    reopened,
    published,
    unsent,
    mended,
    left_group,
    unplaced,
    called_off,
]


@pytest.mark.slow
@pytest.mark.parametrize("road_to", ROADS)
def test_wherever_the_event_stands_nothing_of_her_is_left(road_to: Callable[[], World]) -> None:
    """Pressing again is harmless, the address is free, and no letter reaches it any more."""
    world = road_to()
    zora = world.person("zora")
    got = len(world.mails("zora"))
    erase(world, zora)
    assert_gone(world, zora)
    erase(world, zora)
    world.pass_time(minutes=3)
    assert_gone(world, zora)
    assert len(world.mails("zora")) == got
    assert {one.person for one in world.letters()} & {zora.id} == set()


@pytest.mark.slow
@pytest.mark.parametrize("road_to", ROADS)
def test_whatever_dies_half_way_pressing_again_finishes_it(road_to: Callable[[], World]) -> None:
    """Before each write and after it, up to the very last her link still leads to her record."""
    world = road_to()
    zora = world.person("zora")
    for one in lives(world, lambda mortal: erase(mortal, zora), acts=1):
        there = {person.id for person in one.people()}
        if zora.id not in there:
            assert_gone(one, zora)
        erase(one, zora)
        assert_gone(one, zora)
        others = [person for person in one.people() if person.state is AttendeeState.CONFIRMED]
        assert len(others) == 4
        watch.overview(one.memory, one.event, one.clock.now())
        for other in others:
            respond.seat_of(one.memory, one.event, other)


@pytest.mark.parametrize("road_to", [signed_up, confirmed, withdrawn, reopened])
def test_her_address_is_free_to_sign_up_again(road_to: Callable[[], World]) -> None:
    """As somebody new, who gets a letter and a link of their own."""
    world = road_to()
    zora = world.person("zora")
    erase(world, zora)
    world.sign_up("zora", token="another-0123456789abcdef")
    again = world.person("zora")
    assert again.id != zora.id
    assert again.state is AttendeeState.UNCONFIRMED
    world.run_jobs()
    assert [one.state for one in world.letters_to("zora", Kind.CONFIRM)] == [LetterState.SENT]


def test_friends_who_named_her_name_others_still() -> None:
    """Only her address goes."""
    world = confirmed()
    erase(world, world.person("zora"))
    assert [world.person(name).answers.friends for name in ("ana", "bob")] == [(), (Friend("cem@example.com"),)]


@pytest.mark.slow
@pytest.mark.parametrize("road_to", [waiting, made_again])
def test_a_waiting_plan_is_made_again_without_her(road_to: Callable[[], World]) -> None:
    """The organizer is asked again, and may then let it go out; the others are told once."""
    world = road_to()
    erase(world, world.person("zora"))
    assert (world.state, world.event.held) == (State.CLOSED, None)
    world.pass_time(minutes=3)
    assert road.is_waiting(world.event)
    assert len(world.letters(Kind.HELD)) == len(set(world.letters(Kind.HELD))) >= 2
    steer.publish(world.memory, world.event_id, world.clock.now())
    world.pass_time(minutes=3)
    assert world.state is State.PUBLISHED
    assert_everybody_was_told_once(world)


def test_whoever_has_no_group_in_a_waiting_plan_changes_nothing_of_it() -> None:
    """The plan stays as it is, but for the sentence about them."""
    world = World()
    world.open(review=True)
    world.join(*OTHERS)
    world.join("zora", free=[], shares=True, **WORDS)
    world.run_jobs()
    world.close()
    world.pass_time(minutes=3)
    before, groups = world.event, world.memory.plan(world.event_id, world.event.plan).groups
    erase(world, world.person("zora"))
    assert msgspec.structs.replace(world.event, plan=before.plan, version=before.version) == before
    assert world.memory.plan(world.event_id, world.event.plan).groups == groups


def test_a_published_group_goes_on_with_one_fewer() -> None:
    """Nobody else hears of it, the organizer's page counts one person fewer, and a later letter does not name her."""
    world = published()
    zora = world.person("zora")
    assert zora.seat is not None
    before = world.memory.sub_event(world.event_id, zora.seat.sub_event)
    letters = world.letters()
    erase(world, zora)
    after = world.memory.sub_event(world.event_id, before.id)
    assert set(before.members) - set(after.members) == {zora.id}
    assert {one.key for one in letters if one.person != zora.id} == {one.key for one in world.letters()}
    groups = watch.groups_of(world.memory, world.event)
    assert zora.id not in groups.people
    assert [len(one.members) for one in groups.sub_events] == [len(after.members)]
    steer.cancel(world.memory, world.event_id, world.clock.now())
    world.pass_time(minutes=2)
    assert all("zora" not in said(mail).lower() for name in OTHERS for mail in world.mails(name)[-1:])


def test_letters_that_wait_are_composed_anew_without_her() -> None:
    """What nobody has got yet says what is so when it is sent."""
    world = unsent()
    erase(world, world.person("zora"))
    world.run_jobs()
    for name in OTHERS:
        (mail,) = [mail for mail in world.mails(name) if mail.get_content_type() == "multipart/mixed"]
        assert "zora" not in said(mail).lower()
    assert_everybody_was_told_once(world)


def test_a_letter_that_was_composed_while_she_left_is_composed_again() -> None:
    """The sender has her name in hand when she presses; it finds that the letter has changed and begins anew."""
    world = unsent()
    zora = world.person("zora")
    world.jobs.sends = 0
    composed: list[str] = []

    def press() -> None:
        erasing.erase(world.memory, world.event_id, zora.id, world.new_run, world.clock.now())
        composed.append("pressed")

    world.store = Wrapped(world.memory, after=once("sub_event", press))
    world.send()
    assert composed
    world.pass_time(minutes=2)
    for name in OTHERS:
        assert "quokka" not in "".join(said(mail) for mail in world.mails(name)).lower()
    assert_gone(world, zora)


def test_reminders_that_follow_in_the_same_round_do_not_name_her(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the sender remembers of a group from the letter before is of no use once somebody has left it."""
    monkeypatch.setattr(send, "AT_ONCE", 1)
    world = published()
    zora = world.person("zora")
    first = min(group.slot.start for group in world.memory.sub_events(world.event_id))
    world.clock.set(first - timedelta(hours=24))
    while not world.letters(Kind.REMINDER):
        world.clock.advance(timedelta(minutes=1))
        world.tick()
        world.jobs.sends = 0
        while world.jobs.matches:
            world.match(world.jobs.matches.pop(0)[1])
    pressed: list[str] = []

    def after(name: str, *records: Any) -> None:
        for one in records if name == "commit" and not pressed else ():
            if isinstance(one, Letter) and (one.kind, one.state) == (Kind.REMINDER, LetterState.SENT):
                pressed.append(one.person)
                erasing.erase(world.memory, world.event_id, zora.id, world.new_run, world.clock.now())

    world.store = Wrapped(world.memory, after=after)
    world.send()
    assert pressed
    assert_gone(world, zora)
    assert {one.state for one in world.letters(Kind.REMINDER)} == {LetterState.SENT}


@pytest.mark.parametrize("state", [State.MATCHING, State.PUBLISHING])
def test_while_groups_are_made_or_go_out_she_is_asked_to_wait(state: State) -> None:
    """One sentence, nothing is touched, and a minute later it works."""
    world = confirmed()
    world.close()
    stages = [lambda event: road.closed(event, world.clock.now())]
    stages += [lambda event: road.claimed(event, "other", world.clock.now())]
    if state is State.PUBLISHING:
        plan = Plan(groups=(), unplaced=(), placed=0, placeable=5, relevance=0.0, seed=0)
        world.memory.write_plan(world.event_id, "p", plan)
        stages += [lambda event: road.drafted(event, "other", "p"), lambda event: road.publishing(event, "other")]
    for stage in stages:
        change_event(world.memory, world.event_id, stage)
    assert world.state is state
    before, zora = kept(world), world.person("zora")
    with pytest.raises(Conflict, match=r"^Groups are being made or going out right now; press again in a minute\.$"):
        erase(world, zora)
    assert kept(world) == before
    world.pass_time(minutes=4)
    assert world.state is State.PUBLISHED
    erase(world, zora)
    assert_gone(world, zora)


def test_a_letter_to_her_group_that_is_being_handed_over_is_waited_for() -> None:
    """Its text is kept until the outcome is known, and would name her."""
    world = published()
    zora = world.person("zora")
    (letter,) = world.letters_to("ana", Kind.SEAT)
    full = world.memory.letter(letter.key)
    held = msgspec.structs.replace(full, state=LetterState.SENDING, names=(zora.id,))
    world.memory.commit(held)
    with pytest.raises(Conflict, match=r"^A letter to your group is going out right now; press again in a minute\.$"):
        erase(world, zora)
    world.memory.commit(msgspec.structs.replace(world.memory.letter(letter.key), state=LetterState.SENT))
    erase(world, zora)
    assert_gone(world, zora)


def test_a_letter_to_her_that_is_being_handed_over_cannot_be_called_back() -> None:
    """It arrives; its row is gone all the same, and comes back no more."""
    world = signed_up()
    zora = world.person("zora")

    def press(name: str, *args: Any) -> None:
        if name == "send" and args[1] == zora.email:
            erasing.erase(world.memory, world.event_id, zora.id, world.new_run, world.clock.now())

    world.mailer = Wrapped(world.post, before=press)
    world.run_jobs()
    assert len(world.mails("zora")) == 1
    assert_gone(world, zora)


def test_a_worker_that_planned_with_her_and_was_overtaken_writes_nothing() -> None:
    """The event was called off while it searched; she was erased; its plan would have brought her back."""
    world = confirmed()
    world.close()
    world.tick()
    world.clock.set(world.event.due or world.clock.now())
    world.tick()
    zora = world.person("zora")

    def meanwhile() -> None:
        steer.cancel(world.memory, world.event_id, world.clock.now())
        erasing.erase(world.memory, world.event_id, zora.id, world.new_run, world.clock.now())

    assert world.state is State.MATCHING
    world.match(store=Wrapped(world.memory, after=once("attendees", meanwhile)))
    assert_gone(world, zora)
    assert not world.memory._plans


@pytest.mark.slow
@pytest.mark.parametrize("road_to", [reopened, published])
@pytest.mark.parametrize("method", ["plans", "plan", "write_plan", "commit", "event", "erase"])
@pytest.mark.parametrize("hook", ["before", "after"])
def test_of_two_who_erase_at_once_both_are_gone_and_the_plan_stays(
    road_to: Callable[[], World], method: str, hook: str
) -> None:
    """Whoever exchanges the plan second starts from the other's, and nobody deletes what another is about to use."""
    world = road_to()
    zora, cem = world.person("zora"), world.person("cem")

    def press() -> None:
        erasing.erase(world.memory, world.event_id, cem.id, world.new_run, world.clock.now())

    store = Wrapped(world.memory, **{hook: once(method, press)})
    erasing.erase(store, world.event_id, zora.id, world.new_run, world.clock.now())
    assert_gone(world, zora)
    left = kept(world)
    assert not [trace for trace in (cem.id, address_of("cem")) if trace in left]
    assert len(world.people()) == 3
    world.memory.plan(world.event_id, world.event.plan)


def test_pages_and_letters_survive_a_member_who_is_not_there() -> None:
    """As when somebody reads a group a moment before it forgets its member, and the member a moment after."""
    world = unsent()
    zora = world.person("zora")
    world.memory.erase(zora, ())
    for name in OTHERS:
        seat = respond.seat_of(world.memory, world.event, world.person(name))
        assert seat is not None
        assert zora.id in seat[0].members
        assert zora.id not in {one.id for one in seat[1]}
    view = plan_view(world.event, watch.groups_of(world.memory, world.event))
    assert [len(group.members) for group in view.groups] == [4]
    world.run_jobs()
    assert [one.state for one in world.letters(Kind.SEAT)] == [LetterState.SENT] * 4


@pytest.mark.parametrize("off", [False, True])
def test_somebody_who_goes_while_all_are_told_holds_nobody_up(*, off: bool) -> None:
    """The others hear what they are to hear, whether groups go out or the event is off."""
    world = planned_without_groups()
    zora = world.person("zora")
    if off:
        world.match()
        steer.cancel(world.memory, world.event_id, world.clock.now())
        world.clock.set(world.event.due or world.clock.now())
        world.tick()

    def go() -> None:
        world.memory.erase(world.person("zora"), ())

    world.match(store=Wrapped(world.memory, after=once("attendees", go)))
    kind = Kind.CANCELLED if off else Kind.NO_GROUP
    told = {one.person for one in world.letters(kind)}
    assert told == {world.person(name).id for name in OTHERS}
    assert zora.id not in {one.id for one in world.people()}


def planned_without_groups() -> World:
    """A plan that seats nobody is going out."""
    world = World()
    world.open(least_share=0)
    world.join(*OTHERS, "zora", free=[])
    world.close()
    now = world.clock.now()
    unplaced = tuple(Unplaced(one.id, "No time.") for one in world.people())
    plan = Plan(groups=(), unplaced=unplaced, placed=0, placeable=0, relevance=0.0, seed=0)
    world.memory.write_plan(world.event_id, "p", plan)
    for stage in (
        lambda event: road.closed(event, now),
        lambda event: road.claimed(event, "first", now),
        lambda event: road.drafted(event, "first", "p"),
        lambda event: road.publishing(event, "first"),
    ):
        change_event(world.memory, world.event_id, stage)
    return world


def test_nobody_else_is_touched() -> None:
    """Records of others stay as they are, to the letter."""
    world = published()
    before = {one.id: one for one in world.people()}
    mails = dict.fromkeys(OTHERS, 0) | {name: len(world.mails(name)) for name in OTHERS}
    erase(world, world.person("zora"))
    after = {one.id: one for one in world.people()}
    friends = {world.person(name).id for name in ("ana", "bob")}
    assert {one: record for one, record in after.items() if one not in friends} == {
        one: record for one, record in before.items() if one in after and one not in friends
    }
    assert {name: len(world.mails(name)) for name in OTHERS} == mails
    assert sorted(one.person for one in world.letters(*RESULTS)) == sorted(after)
