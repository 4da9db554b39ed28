"""What becomes of letters and people when the mail provider says something of a letter later."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.adapters.memory import Fault
from chalicelib.domain.attendee import NO_MAIL, NOT_WANTED, SEAT_FREED, AttendeeState
from chalicelib.domain.errors import Conflict, NotReady
from chalicelib.domain.event import State
from chalicelib.domain.letter import ORGANIZER, RETURNED, Kind, Letter, LetterKey, LetterState, sending
from chalicelib.flow import change_seat, delivery, erase, feedback, respond, steer
from chalicelib.flow.signup import _with_link
from tests.flow.lives import lives
from tests.flow.provider import DETAILS, WHEN, hear, notification, said, said_by_identity
from tests.flow.test_deaths import finish, gathered
from tests.flow.test_repair import FIRST, MENDED, SECOND, meeting, published, told, uid
from tests.flow.world import World, Wrapped, address_of, once, subjects

SENT, UNKNOWN, BOUNCED, FAILED = LetterState.SENT, LetterState.UNKNOWN, LetterState.BOUNCED, LetterState.FAILED
SUPPRESSED, PENDING = LetterState.SUPPRESSED, LetterState.PENDING


def one_letter(fault: Fault | None = None) -> World:
    """Ana has signed up, and the letter with her link has met this on its way."""
    world = World()
    world.open()
    world.run_jobs()
    if fault is not None:
        world.post.fail_for(address_of("ana"), fault)
    world.sign_up("ana")
    world.run_jobs()
    world.post.fail_for(address_of("ana"), None)
    return world


def hers(world: World) -> Letter:
    (letter,) = world.letters_to("ana", Kind.CONFIRM)
    return letter


def seat_letter(world: World, name: str) -> Letter:
    return world.letters_to(name, Kind.SEAT)[-1]


def reminders_of_trouble(world: World) -> list[Letter]:
    return world.letters(Kind.TROUBLE)


@pytest.mark.parametrize("kind", ["Send", "Delivery", "DeliveryDelay", "Complaint"])
@pytest.mark.parametrize("form", [said, said_by_identity])
def test_a_letter_of_unknown_fate_is_settled_by_what_the_provider_says_of_it(kind: str, form: Any) -> None:
    """It was taken, so nobody sends it again; its tags name it, or in the older form its own Message-ID."""
    world = one_letter(Fault.ANSWER_LOST)
    assert hers(world).state is UNKNOWN
    hear(world, form(kind, hers(world), "0100-abc"))
    assert (hers(world).state, hers(world).message_id) == (SENT, "0100-abc")
    world.pass_time(minutes=3)
    assert len(world.mails("ana")) == 1


def test_the_provider_gives_back_the_tags_that_the_sender_set() -> None:
    """Those of the very letter, of characters that SES takes."""
    world = one_letter()
    (mail,) = (mail for mail in world.post.sent if mail.recipient == address_of("ana"))
    assert set(mail.tags) == {"event", "person", "kind", "sequence"}
    assert all(value.replace("-", "").replace("_", "").isalnum() for value in mail.tags.values())
    assert said("Send", hers(world))["mail"]["tags"].items() >= {name: [one] for name, one in mail.tags.items()}.items()


def expected(kinds: set[str]) -> tuple[LetterState, str]:
    """What a letter and its reader come to after all of that was said, in whatever order."""
    rejected = bool(kinds & {"Reject", "Rendering Failure"})
    state = BOUNCED if "Bounce" in kinds else FAILED if rejected else UNKNOWN if "Transient" in kinds else SENT
    return state, NOT_WANTED if "Complaint" in kinds else NO_MAIL if "Bounce" in kinds else ""


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(
    kinds=st.lists(st.sampled_from(sorted(DETAILS)), min_size=1, max_size=8),
    begun=st.sampled_from(["pending", "sending", "unknown", "sent"]),
    apart=st.booleans(),
)
def test_order_and_repetition_change_nothing(kinds: list[str], begun: str, *, apart: bool) -> None:
    """Whatever the row said when the first news came, even that nothing had been sent yet."""
    world = one_letter({"unknown": Fault.LOST, "pending": Fault.THROTTLED}.get(begun))
    if begun == "sending":
        letter = world.memory.letter(hers(world).key)
        claimed = sending(replace(letter, message_id="", state=PENDING), b"a message", (), world.clock.now())
        world.memory.commit(claimed)
    news = [said(kind, hers(world)) for kind in kinds]
    for message in news if apart else [news]:
        hear(world, *([message] if apart else message))
    assert (hers(world).state, world.person("ana").unreachable) == expected(set(kinds))
    before = list(world.memory.letters(world.event_id)), world.people()
    hear(world, *reversed(news))
    assert (list(world.memory.letters(world.event_id)), world.people()) == before


@pytest.mark.slow
def test_a_sender_killed_at_any_act_leaves_nothing_unknown_that_the_provider_knows_of() -> None:
    """News of what it took come before or after the row is given up: one copy each, and each is known to be sent."""
    world = gathered()
    world.tick()
    world.match()
    world.jobs.matches.clear()
    world.jobs.sends = 0
    for number, one in enumerate(lives(world, World.send)):
        if number % 2:
            hear(one, *(said("Send", key_of(mail), mail.id) for mail in one.post.sent))
        finish(one)
        hear(one, *(said("Delivery", key_of(mail), mail.id) for mail in one.post.sent))
        taken = {key_of(mail) for mail in one.post.sent}
        assert len(taken) == len(one.post.sent), "one copy each"
        states = {letter.key: letter.state for letter in one.letters()}
        assert {key for key, state in states.items() if state is SENT} == taken
        assert sum(state is UNKNOWN for state in states.values()) == len(states) - len(taken) <= 1


def key_of(mail: Any) -> LetterKey:
    tags = mail.tags
    return LetterKey(tags["event"], tags["person"], Kind(tags["kind"]), int(tags["sequence"]))


def test_news_that_overtake_the_sender_stand() -> None:
    """They come between the hand-over and the note that it was made."""
    world = one_letter(Fault.THROTTLED)
    world.clock.advance(timedelta(minutes=1))
    early = once("send", lambda: hear(world, said("Bounce", hers(world), f"mail-{len(world.post.sent) - 1}")))
    world.mailer = Wrapped(world.post, after=early)
    world.send()
    assert hers(world).state is BOUNCED
    assert world.person("ana").unreachable == NO_MAIL


def test_of_a_letter_that_came_back_for_a_reason_that_may_pass_somebody_has_to_find_out() -> None:
    """The mailbox was full, or an automatic answer came back; its reader stays in reach, and the organizer is told."""
    world = one_letter()
    news = said("Transient", hers(world))
    hear(world, news, news)
    assert (hers(world).state, hers(world).reason) == (UNKNOWN, RETURNED)
    assert world.person("ana").unreachable == ""
    assert len(reminders_of_trouble(world)) == 1
    delivery.send_again(world.memory, world.jobs, hers(world).key, hers(world).version, world.clock.now())
    world.run_jobs()
    hear(world, news)
    assert hers(world).state is SENT
    assert len(world.mails("ana")) == 2


def test_a_letter_taken_out_of_the_spam_is_no_complaint() -> None:
    """SES reports that, too, as a complaint of another type."""
    world = one_letter()
    hear(world, said("Complaint", hers(world), complaintFeedbackType="not-spam"))
    assert world.person("ana").unreachable == ""


def test_whoever_cannot_be_reached_gives_up_their_seat_and_the_group_is_mended() -> None:
    """In one transaction; they are told nothing, and whoever takes the seat gets one letter."""
    world = published((FIRST, "ana bob cem"), (SECOND, "eve fay gil hal"), late="uma")
    world.confirm("uma")
    count = len(world.mails("cem"))
    hear(world, said("Bounce", seat_letter(world, "cem")))
    cem = world.person("cem")
    assert (cem.seat, cem.unplaced, cem.unreachable) == (None, SEAT_FREED, NO_MAIL)
    assert world.event.mend_at is not None
    world.pass_time(minutes=MENDED)
    assert meeting(world, "ana", "bob", "uma", "cem") == [FIRST, FIRST, FIRST, ""]
    assert len(world.mails("cem")) == count
    assert [len(told(world, name)) for name in ("ana", "bob", "uma")] == [1, 1, 1]


def test_a_complaint_frees_the_seat_and_leaves_the_letter_sent() -> None:
    """It did arrive."""
    world = published((FIRST, "ana bob cem dan"))
    hear(world, said("Complaint", seat_letter(world, "dan")))
    assert seat_letter(world, "dan").state is SENT
    assert (world.person("dan").seat, world.person("dan").unreachable) == (None, NOT_WANTED)


def test_nothing_else_goes_to_an_address_that_bounces() -> None:
    """What was decided for it is suppressed, and says why; no reminder is decided at all."""
    world = one_letter()
    world.confirm("ana")
    hear(world, said("Bounce", hers(world)))
    world.join("bob", "cem", "dan")
    world.run_jobs()
    steer.cancel(world.memory, world.event_id, world.clock.now())
    world.pass_time(minutes=3)
    (off,) = world.letters_to("ana", Kind.CANCELLED)
    assert (off.state, off.reason) == (SUPPRESSED, NO_MAIL)
    assert len(world.mails("ana")) == 1
    assert [len(world.mails(name)) for name in ("bob", "cem", "dan")] == [2, 2, 2]


def test_whoever_cannot_be_reached_is_seated_in_no_plan() -> None:
    """There would be an empty chair, and nobody who knows of it."""
    world = one_letter()
    world.confirm("ana")
    world.join("bob", "cem", "dan")
    world.run_jobs()
    hear(world, said("Bounce", hers(world)))
    world.publish()
    (group,) = world.memory.sub_events(world.event_id)
    assert set(group.members) == {world.person(name).id for name in ("bob", "cem", "dan")}
    assert world.letters_to("ana", Kind.SEAT, Kind.NO_GROUP) == []


def test_a_draft_with_somebody_who_cannot_be_reached_is_made_again() -> None:
    """As when somebody withdraws who is in it."""
    world = World()
    world.open(review=True)
    world.join("ana", "bob", "cem", "dan")
    world.run_jobs()
    world.close()
    world.pass_time(minutes=2)
    assert world.state is State.DRAFT
    hear(world, said("Bounce", world.letters_to("ana", Kind.CONFIRM)[0]))
    with pytest.raises(Conflict, match="a new plan is being made"):
        steer.publish(world.memory, world.event_id, world.clock.now())
    world.pass_time(minutes=2)
    plan = world.memory.plan(world.event_id, world.event.plan)
    assert world.person("ana").id not in {member for group in plan.groups for member in group.members}


def test_a_bounce_while_the_groups_go_out_is_seen_when_they_have() -> None:
    """The last look after publishing mends the group."""
    world = gathered()
    world.tick()
    bounced = once("sub_events", lambda: hear(world, said("Bounce", world.letters_to("ana", Kind.CONFIRM)[0])))
    world.match(store=Wrapped(world.memory, before=bounced))
    world.run_jobs()
    world.pass_time(minutes=4)
    assert world.event.asked is not None, "two people are left, and their organizer says what becomes of them"
    assert world.person("ana").seat is None
    assert all(world.person("ana").id not in one.members for one in world.memory.sub_events(world.event_id))


def test_a_group_that_has_met_stays_as_it_was() -> None:
    """Who sat in it is no plan any more."""
    world = published((FIRST, "ana bob cem"))
    letter = seat_letter(world, "cem")
    world.clock.set(next(world.memory.sub_events(world.event_id)).slot.start)
    hear(world, said("Bounce", letter))
    assert world.person("cem").unreachable == NO_MAIL
    assert world.person("cem").seat is not None


def test_whoever_confirms_again_counts_again_and_hears_what_they_missed() -> None:
    """Their calendar forgets the seat that they lost, and they get a free one, as a new entry."""
    world = published((FIRST, "ana bob cem dan"))
    hear(world, said("Bounce", seat_letter(world, "dan")))
    world.confirm("dan")
    assert world.person("dan").unreachable == ""
    world.run_jobs()
    world.pass_time(minutes=MENDED)
    assert meeting(world, "dan") == [FIRST]
    calendars = told(world, "dan")
    assert [(method, number) for method, number, _ in calendars] == [("REQUEST", 0), ("CANCEL", 1), ("REQUEST", 2)]
    assert calendars[0][2] == calendars[1][2] != calendars[2][2]
    assert "Your seat was freed: Letterpress" in subjects(world, "dan")


def test_old_news_do_not_put_anybody_out_of_reach_again() -> None:
    """The same news twice, or of another letter but from before they acted."""
    world = published((FIRST, "ana bob cem dan"))
    first, second = world.letters_to("dan", Kind.CONFIRM)[0], seat_letter(world, "dan")
    news, late = said("Bounce", second), said("Bounce", first, "another", timestamp=WHEN)
    hear(world, news)
    world.clock.advance(timedelta(minutes=1))
    world.confirm("dan")
    world.clock.advance(timedelta(minutes=1))
    hear(world, news, late)
    assert world.person("dan").unreachable == ""
    hear(world, said("Bounce", first, "a third"))
    assert world.person("dan").unreachable == NO_MAIL, "what happens from now on is news"


def test_asking_for_the_link_brings_it_and_the_button_in_it_makes_one_count() -> None:
    """Anybody can type an address, so it takes the link, which came by mail, to seat its owner again."""
    world = one_letter()
    world.confirm("ana")
    hear(world, said("Bounce", hers(world)))
    world.clock.advance(timedelta(minutes=11))
    world.mail_link("ana", "0123456789abcdef-again")
    world.run_jobs()
    assert len(world.mails("ana")) == 2
    assert world.person("ana").unreachable == NO_MAIL
    world.confirm("ana")
    assert world.person("ana").counts


def test_signing_up_again_after_a_bounce_starts_anew() -> None:
    """Nobody has confirmed yet, so the reminder to do so goes out, too."""
    world = one_letter()
    hear(world, said("Bounce", hers(world)))
    world.sign_up("ana", token="0123456789abcdef-again")
    assert world.person("ana").unreachable == ""


def chosen(world: World) -> None:
    """Dan chooses a group on his page."""
    group = next(world.memory.sub_events(world.event_id)).id
    change_seat.join(world.memory, world.jobs, world.event, world.person("dan"), group, world.clock.now())


def taken_back(world: World) -> None:
    """Dan withdraws, and takes that back."""
    respond.withdraw(world.memory, world.jobs, world.event, world.person("dan"), world.clock.now())
    respond.take_back(world.memory, world.event, world.person("dan"), world.clock.now())


def confirmed_anew(world: World) -> None:
    """Dan withdraws, signs up once more while that is open, and presses the button in the letter."""
    respond.withdraw(world.memory, world.jobs, world.event, world.person("dan"), world.clock.now())
    dan = world.person("dan")
    wanted = replace(dan, state=AttendeeState.UNCONFIRMED, confirmed_at=None)
    world.memory.commit(*_with_link(wanted, world.clock.now()))
    world.run_jobs()
    world.confirm("dan")


def pressed(world: World) -> None:
    """Dan presses the button of an earlier letter."""
    world.confirm("dan")


def vouched_for(world: World) -> None:
    """The organizer says that letters reach Dan."""
    delivery.works_again(world.memory, world.jobs, world.event, world.person("dan").id, world.clock.now())


@pytest.mark.parametrize("back", [chosen, taken_back, confirmed_anew, pressed, vouched_for])
def test_whoever_comes_back_hears_that_the_freed_seat_is_gone_and_which_one_is_theirs(
    back: Callable[[World], None],
) -> None:
    """Their calendar forgets the one and learns of the other, in whatever way they came back."""
    world = published((FIRST, "ana bob cem dan"))
    hear(world, said("Bounce", seat_letter(world, "dan")))
    back(world)
    world.run_jobs()
    world.pass_time(minutes=MENDED)
    assert world.person("dan").counts
    assert seat_letter(world, "dan").state is SENT
    old, seat = uid(world, "dan"), world.person("dan").seat
    assert seat is not None
    assert seat.uid != old
    # The last two leave at the same time, and are about different entries, so either may come first.
    assert sorted(told(world, "dan")) == [("CANCEL", 1, old), ("REQUEST", 0, old), ("REQUEST", 2, seat.uid)]
    freed = next(mail for mail in world.mails("dan") if mail["Subject"].startswith("Your seat was freed"))
    assert "did not arrive for a while" in " ".join(freed.get_body(("plain",)).get_content().split())


def test_letters_to_the_organizer_have_no_attendee() -> None:
    """Such a letter has come back, and that is all."""
    world = one_letter()
    (opening,) = world.letters(Kind.OPEN)
    hear(world, said("Bounce", opening), said("Complaint", opening))
    assert world.letters(Kind.OPEN)[0].state is BOUNCED
    assert reminders_of_trouble(world) == [], "it would go to the same address"


def test_letters_of_another_site_or_of_somebody_erased_are_nobodys() -> None:
    """Nothing changes, nothing fails, and the next record is heard."""
    world = one_letter()
    letter = hers(world)
    strange = [
        LetterKey("another", letter.person, letter.kind),
        LetterKey(letter.event_id, "nobody", letter.kind),
        LetterKey(letter.event_id, letter.person, Kind.SEAT, 7),
    ]
    hear(world, *(said("Bounce", key) for key in strange), said("Transient", letter))
    assert hers(world).reason == RETURNED
    erase.erase(world.memory, world.event_id, letter.person, world.new_run, world.clock.now())
    hear(world, said("Bounce", letter))


KEY = LetterKey("e", "p", Kind.SEAT)
HOSTILE: list[Any] = [
    "",
    "null",
    "[]",
    "{",
    "[" * 100_000,
    '{"eventType": "Bounce"}',
    '{"eventType": "Bounce", "mail": null}',
    '{"eventType": "Bounce", "mail": {"tags": {"event": "x"}}}',
    '{"eventType": {"$ne": 1}, "mail": {}}',
    '{"mail": {"tags": {"event": ["ana@example.com"], "person": ["../x"], "kind": ["seat"], "sequence": ["1"]}}}',
    "ana@example.com\\ud800",
    "ana@example.com\ud800",
    {"eventType": "Bounce", "mail": {"messageId": 7, "tags": []}},
    {**said("Bounce", KEY), "bounce": ["ana@example.com"]},
    {**said("Bounce", KEY), "bounce": {"bounceType": "Permanent", "timestamp": "ana@example.com"}},
    said("Bounce", KEY, "ana@example.com\r\nBcc: x" * 1000),
]


@pytest.mark.parametrize("message", HOSTILE, ids=range(len(HOSTILE)))
def test_what_cannot_be_read_stops_nobody_and_shows_no_address(message: Any, caplog: pytest.LogCaptureFixture) -> None:
    """The records before and behind it are acted on, and the log holds nothing of it."""
    world = one_letter(Fault.ANSWER_LOST)
    with caplog.at_level(logging.DEBUG):
        hear(world, message, said("Send", hers(world)), message)
    assert hers(world).state is SENT
    assert "@" not in caplog.text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["Records", "Sns", "Message", "mail", "tags", "eventType", "bounce"]), inner)
    ),
)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(notified=JSON, message=JSON)
def test_no_notification_of_any_shape_fails(notified: Any, message: Any) -> None:
    """A function that fails is called again with the same, to fail again."""
    world = World()
    feedback.hear(world.memory, world.clock, notified)
    feedback.hear(world.memory, world.clock, notification(message))


def test_a_store_that_is_busy_has_the_notification_come_again() -> None:
    """The records that could be acted on are, and nothing is lost."""
    world = one_letter(Fault.ANSWER_LOST)
    world.sign_up("bob")
    world.run_jobs()
    (other,) = world.letters_to("bob", Kind.CONFIRM)

    def busy(name: str, *args: Any) -> None:
        if name == "letter" and args[0] == hers(world).key:
            raise NotReady("Covey is very busy.")

    both = notification(said("Send", hers(world)), said("Transient", other))
    with pytest.raises(ExceptionGroup):
        feedback.hear(Wrapped(world.memory, before=busy), world.clock, both)
    assert [hers(world).state, *(one.reason for one in world.letters_to("bob"))] == [UNKNOWN, RETURNED]
    feedback.hear(world.memory, world.clock, both)
    assert hers(world).state is SENT


def test_a_function_killed_at_any_act_leaves_all_or_nothing() -> None:
    """The letter, the person, their group and the event's look at it are one transaction; SNS tells it again."""
    world = published((FIRST, "ana bob cem dan"))
    news = notification(said("Bounce", seat_letter(world, "dan")))
    killed = 0
    for one in lives(world, lambda one: feedback.hear(one.store, one.clock, news), acts=0):
        done = seat_letter(one, "dan").state is BOUNCED
        assert [one.person("dan").seat is None, bool(one.event.mend_at)] == [done, done]
        feedback.hear(one.memory, one.clock, news)
        assert [one.person("dan").seat is None, bool(one.event.mend_at)] == [True, True]
        killed += 1
    assert killed == 2


def test_whoever_changes_the_person_at_the_same_moment_is_not_overrun() -> None:
    """Both are so in the end."""
    world = one_letter()
    letter = hers(world)
    meanwhile = once("attendee", lambda: world.confirm("ana"))
    feedback.hear(Wrapped(world.memory, after=meanwhile), world.clock, notification(said("Bounce", letter)))
    ana = world.person("ana")
    assert (ana.confirmed_at is not None, ana.unreachable) == (True, NO_MAIL)


def test_the_organizer_hears_of_trouble_once_a_day_at_most() -> None:
    """One letter for all of a day's, after a while in which some of it settles; what comes later waits for the next."""
    world = World()
    world.open()
    names = [f"p{number}" for number in range(6)]
    for name in names:
        world.sign_up(name)
    world.run_jobs()
    letters = [world.letters_to(name)[0] for name in names]
    hear(world, *(said("Bounce", one) for one in letters[:3]))
    assert [one.state for one in reminders_of_trouble(world)] == [PENDING]
    world.pass_time(minutes=20)
    (mail,) = (mail for mail in world.mails(ORGANIZER) if "need you" in mail["Subject"])
    assert "3 letters came back." in mail.get_body(("plain",)).get_content()

    hear(world, *(said("Bounce", one) for one in letters[3:5]))
    hear(world, said("Reject", letters[5]))
    world.pass_time(hours=2)
    assert sum("need you" in subject for subject in subjects(world, ORGANIZER)) == 1
    world.clock.advance(timedelta(days=1))
    world.pass_time(minutes=20)
    mail = [mail for mail in world.mails(ORGANIZER) if "need you" in mail["Subject"]][-1]
    said_then = mail.get_body(("plain",)).get_content()
    assert "5 letters came back." in said_then
    assert "1 letter was not taken" in said_then
    world.clock.advance(timedelta(days=1))
    world.pass_time(minutes=20)
    assert sum("need you" in subject for subject in subjects(world, ORGANIZER)) == 2


def test_trouble_that_settled_itself_is_not_worth_a_letter() -> None:
    """The provider said meanwhile that it has the letter."""
    world = one_letter(Fault.ANSWER_LOST)
    assert len(reminders_of_trouble(world)) == 1
    hear(world, said("Send", hers(world)))
    world.pass_time(minutes=20)
    assert [one.state for one in reminders_of_trouble(world)] == [SUPPRESSED]
    assert not any("need you" in subject for subject in subjects(world, ORGANIZER))


def test_trouble_that_settled_itself_takes_nothing_from_what_comes_later_that_day() -> None:
    """The day's letter was not sent, so it is still to be had."""
    world = one_letter(Fault.ANSWER_LOST)
    hear(world, said("Send", hers(world)))
    world.pass_time(minutes=20)
    world.sign_up("bob")
    world.run_jobs()
    hear(world, said("Bounce", world.letters_to("bob")[0]))
    world.pass_time(minutes=20)
    assert [one.state for one in reminders_of_trouble(world)] == [SENT]
    assert sum("need you" in subject for subject in subjects(world, ORGANIZER)) == 1


def test_two_who_get_into_trouble_at_the_same_moment_are_told_in_one_letter() -> None:
    """Each would write the day's letter; the slower one finds it written, and its own trouble is not lost."""
    world = one_letter()
    world.sign_up("bob")
    world.run_jobs()
    faster = once("commit", lambda: hear(world, said("Bounce", world.letters_to("bob")[0])))
    news = notification(said("Bounce", hers(world)))
    feedback.hear(Wrapped(world.memory, before=faster), world.clock, news)
    assert hers(world).state is BOUNCED
    assert len(reminders_of_trouble(world)) == 1


def test_a_sender_that_meets_trouble_while_others_do_loses_none() -> None:
    """Between its looking and its saving somebody else writes the day's letter."""
    world = one_letter()
    world.sign_up("bob")
    world.post.fail_for(address_of("bob"), Fault.REFUSED)

    def others(name: str, *records: Any) -> None:
        if name == "commit" and records[0].state is FAILED and not reminders_of_trouble(world):
            hear(world, said("Bounce", hers(world)))

    world.store = Wrapped(world.memory, before=others)
    world.run_jobs()
    assert [world.letters_to("bob")[0].state, hers(world).state] == [FAILED, BOUNCED]
    assert len(reminders_of_trouble(world)) == 1


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.REFUSED])
def test_a_letter_that_fails_or_stays_unknown_is_trouble(fault: Fault) -> None:
    """The organizer hears of both."""
    world = one_letter(fault)
    world.pass_time(minutes=20)
    assert sum("need you" in subject for subject in subjects(world, ORGANIZER)) == 1


def test_a_sender_killed_at_any_act_forgets_no_trouble() -> None:
    """A letter becomes unknown together with the letter that says so."""
    world = one_letter(Fault.THROTTLED)
    world.clock.advance(timedelta(minutes=5))
    for one in lives(world, World.send):
        cut = hers(one).state is LetterState.SENDING
        one.pass_time(minutes=30)
        assert sum("need you" in subject for subject in subjects(one, ORGANIZER)) == cut
