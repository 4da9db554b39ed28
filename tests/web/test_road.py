"""The road from a proposal to published groups, walked through the front door, with every turn an event can take."""

from datetime import timedelta
from typing import Any

import icalendar
import pytest

from chalicelib.adapters.memory import Fault
from chalicelib.domain import times
from tests.web.in_memory import App, sign_up_body

pytestmark = pytest.mark.slow

OLGA = "olga@example.org"
ONE_EVENING = ["s000"]


def address(number: int) -> str:
    return f"person{number}@example.com"


def gathered(count: int = 3, **event: Any) -> tuple[App, str, str, list[str]]:
    """An open event with so many people confirmed: the app, its id, the organizer's token, and theirs."""
    app = App()
    event_id, organizer = app.open_event(**{"confirm_minutes": 0, **event})
    return app, event_id, organizer, [app.confirmed(event_id, n, free=ONE_EVENING) for n in range(count)]


def published(count: int = 3, **event: Any) -> tuple[App, str, str, list[str]]:
    """The same with the groups out and everybody told."""
    app, event_id, organizer, people = gathered(count, **event)
    app.close(organizer)
    assert app.watch(organizer)["event"]["state"] == "published"
    return app, event_id, organizer, people


def calendar_of(mail: Any) -> icalendar.Event:
    """The one entry of the invite in a mail."""
    part = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
    (entry,) = icalendar.Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")
    return entry


def refusal(app: App, method: str, path: str, body: Any, token: str) -> str:
    """The sentence with which something is refused because of where the event stands."""
    response = app.call(method, path, body, token)
    assert response.status_code == 409, response.body
    return str(response.json_body["detail"])


def test_the_road_from_a_proposal_to_published_groups() -> None:
    """Create, open by mail, sign up, confirm by mail, close by itself, match, publish, tell everybody."""
    app = App()
    app.tick()
    created = app.ask("POST", "/api/events", app.proposal(least_share=75))
    event_id = created["id"]
    assert created["message"].startswith("One step left: press the button in the mail we sent to olga@example.org")
    seen = app.ask("GET", f"/api/events/{event_id}")
    assert (seen["state"], seen["accepts_sign_ups"]) == ("unconfirmed", False)
    app.work()
    organizer = app.token(OLGA)
    opened = app.ask("POST", "/api/organizer/open", token=organizer)
    assert opened["event"]["state"] == "open"
    assert opened["sign_up_link"] == f"https://covey.example.org/covey/e/{event_id}"

    people = [app.confirmed(event_id, n, free=ONE_EVENING, shares=n != 1) for n in range(3)]
    never = app.confirmed(event_id, 3, free=[])
    app.sign_up(event_id, 4)
    app.work()
    page = app.ask("GET", "/api/me", token=people[0])
    assert (page["state"], page["editable"], page["sub_event"]) == ("confirmed", True, None)
    assert app.ask("GET", "/api/me", token=never)["meaning"].startswith("You marked no time")

    app.clock.set(times.instant(seen["closes_at"]))
    app.tick()
    assert app.watch(organizer)["event"]["state"] == "closed"
    assert app.watch(organizer)["match_at"] == times.iso(times.instant(seen["confirm_until"]) + timedelta(seconds=15))
    app.clock.advance(timedelta(hours=2))
    app.pass_time(minutes=2)

    watch = app.watch(organizer)
    assert watch["event"]["state"] == "published"
    assert watch["counts"] == {
        "confirmed": 4,
        "unconfirmed": 1,
        "withdrawn": 0,
        "placed": 3,
        "unplaced": 1,
        "coming": 0,
        "unreachable": 0,
    }
    assert {state: count for state, count in watch["letters"].items() if count} == {"sent": 1 + 5 + 4}

    seat = app.ask("GET", "/api/me", token=people[0])["sub_event"]
    assert seat["start"] == seen["slots"][0]["start"]
    assert [one["first_name"] for one in seat["companions"]] == ["Person2"]
    assert seat["others"] == 2
    assert seat["why"].endswith(".")
    invite = app.call("GET", "/api/me/invite.ics", token=people[0])
    assert invite.headers["Content-Type"].startswith("text/calendar")
    assert str(calendar_of(app.mails(address(0))[-1])["UID"]) == seat["uid"]
    assert f"UID:{seat['uid']}" in invite.body.decode().replace("\r\n ", "")
    page = app.ask("GET", "/api/me", token=never)
    assert (page["sub_event"], page["editable"]) == (None, False)
    assert page["unplaced"].startswith("No time was marked")
    assert [len(app.mails(address(n))) for n in range(5)] == [2, 2, 2, 2, 1]

    plan = app.ask("GET", "/api/organizer/plan", token=organizer)
    assert (plan["published"], plan["placed"], plan["placeable"]) == (True, 3, 3)
    assert [len(group["members"]) for group in plan["groups"]] == [3]
    assert [one["name"] for one in plan["unplaced"]] == ["Person3 Family3"]


def test_creating_with_the_same_token_again_is_the_same_event() -> None:
    """A lost answer makes no second event and no second letter; another token or address makes another event."""
    app = App()
    app.tick()
    first, again = (app.ask("POST", "/api/events", app.proposal()) for _ in range(2))
    assert first == again
    other = app.ask("POST", "/api/events", app.proposal(token="another-0123456789"))
    third = app.ask("POST", "/api/events", app.proposal(organizer_email="oleg@example.org"))
    assert len({first["id"], other["id"], third["id"]}) == 3
    app.work()
    assert len(app.mails(OLGA)) == 2
    assert len(app.mails("oleg@example.org")) == 1


def test_only_those_who_may_create_events_and_only_where_mail_can_leave() -> None:
    """403 for a foreign address, 503 while there is no sender; nothing is kept either way."""
    app = App()
    app.tick()
    response = app.call("POST", "/api/events", app.proposal(organizer_email="olga@elsewhere.example"))
    assert (response.status_code, response.json_body["title"]) == (403, "Forbidden")
    app = App(sender="")
    app.tick()
    response = app.call("POST", "/api/events", app.proposal())
    assert (response.status_code, response.headers["Retry-After"]) == (503, "3600")
    assert "COVEY_SENDER" in response.json_body["detail"]
    assert not app.store._records


def test_nobody_is_flooded_with_letters_about_events_they_did_not_create() -> None:
    """So many a day to one address, whoever asks; the same request again is none of them, nor is another address."""
    app = App(limit_events_a_day=2)
    app.tick()
    proposals = [app.proposal(token=f"0123456789abcdef-{number}") for number in range(3)]
    assert [app.call("POST", "/api/events", one).status_code for one in proposals] == [202, 202, 429]
    assert app.call("POST", "/api/events", proposals[0]).status_code == 202
    response = app.call("POST", "/api/events", proposals[2])
    assert response.headers["Retry-After"] == "3600"
    assert response.json_body["detail"].startswith("Too many events were created with this address today")
    other = app.proposal(token="0123456789abcdef-9", organizer_email="oleg@example.org")
    assert app.call("POST", "/api/events", other).status_code == 202
    app.work()
    assert len(app.mails(OLGA)) == 2
    app.clock.advance(timedelta(days=1))
    tomorrow = app.proposal(token="next-0123456789abcdef")
    assert app.call("POST", "/api/events", tomorrow).status_code == 202


def test_opening_twice_is_harmless_and_opening_too_late_says_what_to_do() -> None:
    """The button stays in the mail for good."""
    app, _, organizer, _ = gathered(0)
    assert app.ask("POST", "/api/organizer/open", token=organizer)["event"]["state"] == "open"
    app = App()
    app.tick()
    app.ask("POST", "/api/events", app.proposal())
    app.work()
    organizer = app.token(OLGA)
    app.clock.advance(timedelta(days=8))
    assert "move it first" in refusal(app, "POST", "/api/organizer/open", None, organizer)
    later = times.iso(app.clock.now() + timedelta(days=1))
    app.ask("POST", "/api/organizer/deadline", {"closes_at": later}, organizer)
    assert app.ask("POST", "/api/organizer/open", token=organizer)["event"]["accepts_sign_ups"]


def test_a_sign_up_without_a_fitting_time_hears_what_can_happen() -> None:
    """At once, and on the private page."""
    app, event_id, _, _ = gathered(0, considered_end="23:00")
    path = f"/api/events/{event_id}/attendees"
    assert app.ask("POST", path, sign_up_body(1, free=[]))["meaning"].startswith("You marked no time")
    considered = next(one["id"] for one in app.ask("GET", f"/api/events/{event_id}")["slots"] if not one["offered"])
    assert "only being considered" in app.ask("POST", path, sign_up_body(2, free=[considered]))["meaning"]
    assert app.ask("POST", path, sign_up_body(3))["meaning"] == ""


def test_answers_change_until_the_groups_are_made() -> None:
    """While sign-up is open and while late confirmations count; afterwards they stay, and the page says so."""
    app, _, organizer, (ana, *_) = gathered()
    answers = app.ask("GET", "/api/me", token=ana)["answers"]
    assert app.ask("PUT", "/api/me", {**answers, "goal": "Other"}, ana)["answers"]["goal"] == "Other"
    app.ask("POST", "/api/organizer/close", {"confirm_minutes": 10}, organizer)
    assert app.ask("PUT", "/api/me", {**answers, "goal": "Last"}, ana)["answers"]["goal"] == "Last"
    app.clock.advance(timedelta(minutes=10))
    assert not app.ask("GET", "/api/me", token=ana)["editable"]
    assert "cannot change any more" in refusal(app, "PUT", "/api/me", answers, ana)
    app.pass_time(minutes=2)
    assert "cannot change any more" in refusal(app, "PUT", "/api/me", answers, ana)
    assert app.ask("GET", "/api/me", token=ana)["answers"]["goal"] == "Last"


def test_withdrawing_can_be_taken_back() -> None:
    """Twice is harmless, answers do not change meanwhile, and whoever stays out hears nothing more."""
    app, _, organizer, (ana, bob, *_) = gathered(5)
    for token in (ana, ana, bob):
        page = app.ask("POST", "/api/me/withdraw", token=token)
        assert (page["state"], page["editable"]) == ("withdrawn", False)
    assert "take that back first" in refusal(app, "PUT", "/api/me", page["answers"], bob)
    assert "take that back first" in refusal(app, "POST", "/api/me/confirm", None, bob)
    for _ in range(2):
        assert app.ask("POST", "/api/me/return", token=ana)["state"] == "confirmed"
    app.close(organizer)
    counts = app.watch(organizer)["counts"]
    assert (counts["confirmed"], counts["withdrawn"], counts["placed"]) == (4, 1, 4)
    assert len(app.mails(address(1))) == 1


def test_giving_a_seat_back_frees_it_and_takes_it_off_the_calendar() -> None:
    """The group is one smaller, its host is gone if it was them, and one cancellation goes out."""
    app, _, organizer, people = published(4)
    ana = people[0]
    before = app.ask("GET", "/api/me", token=ana)["sub_event"]
    app.ask("POST", "/api/me/withdraw", token=ana)
    page = app.ask("POST", "/api/me/withdraw", token=ana)
    assert (page["state"], page["sub_event"]) == ("withdrawn", None)
    app.work()
    app.pass_time(minutes=2)
    invite, cancellation = (calendar_of(mail) for mail in app.mails(address(0))[1:])
    assert str(invite["UID"]) == str(cancellation["UID"]) == before["uid"]
    assert (int(invite["SEQUENCE"]), int(cancellation["SEQUENCE"])) == (0, 1)
    assert str(cancellation["STATUS"]) == "CANCELLED"
    assert app.ask("GET", "/api/me", token=people[1])["sub_event"]["others"] == 2
    (group,) = app.ask("GET", "/api/organizer/plan", token=organizer)["groups"]
    assert len(group["members"]) == 3
    assert app.call("GET", "/api/me/invite.ics", token=ana).status_code == 404


def test_a_host_who_leaves_is_no_host_any_more() -> None:
    """The page of the others does not name somebody who will not be there."""
    app, event_id, organizer, people = gathered(3)
    host = app.confirmed(event_id, 9, free=ONE_EVENING, host=True)
    app.close(organizer)
    assert app.ask("GET", "/api/me", token=people[0])["sub_event"]["host"] == "Person9"
    app.ask("POST", "/api/me/withdraw", token=host)
    assert app.ask("GET", "/api/me", token=people[0])["sub_event"]["host"] is None
    (group,) = app.ask("GET", "/api/organizer/plan", token=organizer)["groups"]
    assert group["host"] is None


def test_the_deadline_moves_both_ways_while_it_can() -> None:
    """An event closes at the deadline it has then; a closed one opens again."""
    app, event_id, organizer, _ = gathered(3)
    soon = app.clock.now() + timedelta(hours=1)
    app.ask("POST", "/api/organizer/deadline", {"closes_at": times.iso(soon)}, organizer)
    app.clock.set(soon)
    assert not app.ask("GET", f"/api/events/{event_id}")["accepts_sign_ups"]
    app.ask("POST", "/api/organizer/close", {"confirm_minutes": 60}, organizer)
    later = soon + timedelta(hours=1)
    moved = app.ask("POST", "/api/organizer/deadline", {"closes_at": times.iso(later)}, organizer)
    assert (moved["event"]["state"], moved["match_at"]) == ("open", None)
    app.confirmed(event_id, 7, free=ONE_EVENING)
    app.clock.set(later)
    app.tick()
    app.pass_time(minutes=2)
    assert app.watch(organizer)["counts"]["placed"] == 4
    for body in ({"closes_at": times.iso(later + timedelta(hours=1))}, {"closes_at": times.iso(soon)}):
        assert "cannot move any more" in refusal(app, "POST", "/api/organizer/deadline", body, organizer)


@pytest.mark.parametrize("days", [-1, 0, 14, 800])
def test_a_deadline_that_cannot_be_is_refused_and_the_old_one_stays(days: int) -> None:
    """In the past, now, or after the first session."""
    app, _, organizer, _ = gathered(0)
    before = app.watch(organizer)
    body = {"closes_at": times.iso(app.clock.now() + timedelta(days=days, hours=8 if days == 14 else 0))}
    response = app.call("POST", "/api/organizer/deadline", body, organizer)
    assert (response.status_code, response.json_body["field"]) == (422, "closes_at")
    assert app.watch(organizer) == before


def test_closing_now_leaves_time_to_confirm_and_not_to_sign_up() -> None:
    """Whoever signed up has the minutes that the organizer gives them."""
    app, event_id, organizer, _ = gathered(2)
    late = app.sign_up(event_id, 5, free=ONE_EVENING)
    app.work()
    closed = app.ask("POST", "/api/organizer/close", {"confirm_minutes": 30}, organizer)
    assert closed["event"]["confirm_until"] == times.iso(app.clock.now() + timedelta(minutes=30))
    assert "Sign-up closed" in refusal(app, "POST", f"/api/events/{event_id}/attendees", sign_up_body(6), "")
    app.pass_time(minutes=29)
    app.ask("POST", "/api/me/confirm", token=app.token(late))
    app.pass_time(minutes=3)
    assert app.watch(organizer)["counts"]["placed"] == 3
    assert "cannot be closed" in refusal(app, "POST", "/api/organizer/close", {}, organizer)


def test_closing_now_leaves_time_to_match_before_the_first_session() -> None:
    """A wait that would reach into the event is refused, and sign-up stays open."""
    app, _, organizer, _ = gathered(0)
    app.ask("POST", "/api/organizer/deadline", {"closes_at": "2027-01-17T09:00:00Z"}, organizer)
    app.clock.advance(timedelta(days=12))
    response = app.call("POST", "/api/organizer/close", {"confirm_minutes": 3 * 24 * 60}, organizer)
    assert (response.status_code, response.json_body["field"]) == (422, "confirm_minutes")
    assert app.watch(organizer)["event"]["accepts_sign_ups"]
    app.ask("POST", "/api/organizer/close", {"confirm_minutes": 24 * 60}, organizer)


@pytest.mark.parametrize("asked", ["at creation", "while open"])
def test_a_plan_that_is_to_be_reviewed_waits_however_long_it_takes(asked: str) -> None:
    """The organizer gets a letter and sees the plan; nobody else hears anything before they publish."""
    app, _, organizer, people = gathered(3, review=asked == "at creation")
    if asked == "while open":
        assert app.ask("POST", "/api/organizer/hold", token=organizer)["review"]
    app.close(organizer, hours=30)
    watch = app.watch(organizer)
    assert (watch["event"]["state"], watch["held"]) == ("draft", None)
    assert not app.ask("GET", "/api/organizer/plan", token=organizer)["published"]
    assert app.ask("GET", "/api/me", token=people[0])["sub_event"] is None
    assert [len(app.mails(address(n))) for n in range(3)] == [1, 1, 1]
    assert len(app.mails(OLGA)) == 2
    app.ask("POST", "/api/organizer/publish", token=organizer)
    app.pass_time(minutes=2)
    assert app.watch(organizer)["event"]["state"] == "published"
    assert [len(app.mails(address(n))) for n in range(3)] == [2, 2, 2]
    assert len(app.mails(OLGA)) == 2


def held(**event: Any) -> tuple[App, str, str, list[str]]:
    """A plan that seats three of five, so it waits."""
    app, event_id, organizer, people = gathered(3, **event)
    people += [app.confirmed(event_id, n, free=["s001"]) for n in (3, 4)]
    app.sign_up(event_id, 5)
    app.close(organizer)
    return app, event_id, organizer, people


def test_a_plan_that_seats_too_few_is_held_and_says_what_could_be_done() -> None:
    """The organizer gets the reason and the choices with their effects; attendees get nothing yet."""
    app, _, organizer, _ = held()
    watch = app.watch(organizer)
    assert watch["event"]["state"] == "held"
    assert watch["held"]["sentence"] == "Only 3 of 5 people who confirmed get a group."
    assert watch["held"]["otherwise"].startswith("Without your answer by ")
    assert watch["held"]["otherwise"].endswith("the plan goes out as it is.")
    choices = {one["act"]: one for one in watch["held"]["choices"]}
    assert choices.keys() == {"extend", "smaller", "publish", "cancel"}
    assert choices["smaller"]["value"] == "2"
    assert "5 of 5 people get one" in choices["smaller"]["sentence"]
    assert "1 person signed up without confirming" in choices["extend"]["sentence"]
    assert "1 group for 3 people; 2 people are told why not" in choices["publish"]["sentence"]
    assert [len(app.mails(address(n))) for n in range(6)] == [1] * 6
    letter = app.mails(OLGA)[-1].get_body(("plain",)).get_content()
    unfolded = " ".join(letter.split())
    for sentence in (
        watch["held"]["sentence"],
        watch["held"]["otherwise"],
        *(one["sentence"] for one in choices.values()),
    ):
        assert sentence in unfolded


def test_a_held_plan_goes_out_after_a_day_without_an_answer() -> None:
    """Nobody waits for an organizer who is away; those without a group hear why."""
    app, _, organizer, people = held()
    app.pass_time(hours=23, minutes=50)
    assert app.watch(organizer)["event"]["state"] == "held"
    app.pass_time(minutes=20)
    assert app.watch(organizer)["event"]["state"] == "published"
    assert [len(app.mails(address(n))) for n in range(6)] == [2] * 5 + [1]
    assert app.ask("GET", "/api/me", token=people[4])["unplaced"]
    assert len(app.mails(OLGA)) == 2


def test_a_held_plan_that_is_to_be_reviewed_never_goes_out_by_itself() -> None:
    """Whether that was said before or while it waited."""
    for review in (True, False):
        app, _, organizer, _ = held(review=review)
        if not review:
            app.ask("POST", "/api/organizer/hold", token=organizer)
        app.pass_time(hours=25)
        assert app.watch(organizer)["event"]["state"] == "held"
        assert len(app.mails(address(0))) == 1


def test_a_held_plan_that_the_organizer_publishes_goes_out_at_once() -> None:
    """Within the next tick."""
    app, _, organizer, _ = held()
    app.ask("POST", "/api/organizer/publish", token=organizer)
    app.pass_time(minutes=2)
    assert app.watch(organizer)["event"]["state"] == "published"
    assert app.watch(organizer)["held"] is None


def test_allowing_smaller_groups_makes_the_plan_again() -> None:
    """With the effect that was promised."""
    app, _, organizer, _ = held()
    changed = app.ask("POST", "/api/organizer/change", {"group_size": {"min": 2, "max": 5}}, organizer)
    assert (changed["event"]["state"], changed["held"]) == ("closed", None)
    app.pass_time(minutes=2)
    counts = app.watch(organizer)["counts"]
    assert (counts["placed"], counts["unplaced"]) == (5, 0)
    assert [len(app.mails(address(n))) for n in range(6)] == [2] * 5 + [1]


def test_offering_a_time_that_was_merely_considered_makes_the_plan_again() -> None:
    """The choice names the slot that would seat most; taking it seats them."""
    app, event_id, organizer, _ = gathered(0, considered_end="23:00")
    late = [one["id"] for one in app.ask("GET", f"/api/events/{event_id}")["slots"] if not one["offered"]]
    for number in range(4):
        app.confirmed(event_id, number, free=late[:1], if_need_be=late[1:2] if number else [])
    app.close(organizer)
    watch = app.watch(organizer)
    assert watch["held"]["sentence"].startswith("4 people confirmed, but no 3 of them share a time and a place.")
    choice = next(one for one in watch["held"]["choices"] if one["act"] == "slot")
    assert choice["value"] == late[0]
    assert "4 of 4 people get a group" in choice["sentence"]
    app.ask("POST", "/api/organizer/change", {"offer": [choice["value"]]}, organizer)
    app.pass_time(minutes=2)
    assert app.watch(organizer)["counts"]["placed"] == 4


def test_extending_the_deadline_opens_a_held_event_again() -> None:
    """New people come in, and the new plan replaces the old one."""
    app, event_id, organizer, _ = held()
    later = app.clock.now() + timedelta(days=1)
    app.ask("POST", "/api/organizer/deadline", {"closes_at": times.iso(later)}, organizer)
    app.confirmed(event_id, 8, free=["s001"])
    app.clock.set(later)
    app.tick()
    app.pass_time(minutes=2)
    assert app.watch(organizer)["counts"]["placed"] == 6
    assert len(app.mails(OLGA)) == 2


def test_where_no_group_forms_everybody_hears_after_a_day_that_it_is_off() -> None:
    """The organizer has the day; publishing nothing is refused."""
    app, event_id, organizer, people = gathered(2)
    app.sign_up(event_id, 7)
    app.close(organizer)
    watch = app.watch(organizer)
    assert watch["held"]["otherwise"].endswith("everybody hears that the event is off.")
    assert {one["act"] for one in watch["held"]["choices"]} == {"extend", "smaller", "cancel"}
    assert "no group" in refusal(app, "POST", "/api/organizer/publish", None, organizer)
    app.pass_time(hours=24, minutes=3)
    assert app.watch(organizer)["event"]["state"] == "cancelled"
    assert [len(app.mails(address(n))) for n in (0, 1, 7)] == [2, 2, 1]
    assert app.ask("GET", "/api/me", token=people[0])["event"]["state"] == "cancelled"


def test_an_event_that_nobody_confirmed_is_held_and_then_off() -> None:
    """There is nobody to tell but the organizer."""
    app, event_id, organizer, _ = gathered(0)
    app.sign_up(event_id, 1)
    app.close(organizer)
    assert app.watch(organizer)["held"]["sentence"].startswith("Nobody has confirmed a sign-up yet")
    app.pass_time(hours=24, minutes=3)
    assert app.watch(organizer)["event"]["state"] == "cancelled"
    assert len(app.mails(address(1))) == 1


def test_a_plan_whose_member_left_is_made_again_instead_of_published() -> None:
    """The organizer is told so, and looks at the new plan."""
    app, _, organizer, people = gathered(4, review=True)
    app.close(organizer)
    app.ask("POST", "/api/me/withdraw", token=people[0])
    assert "a new plan is being made" in refusal(app, "POST", "/api/organizer/publish", None, organizer)
    app.pass_time(minutes=2)
    (group,) = app.ask("GET", "/api/organizer/plan", token=organizer)["groups"]
    assert len(group["members"]) == 3
    app.ask("POST", "/api/organizer/publish", token=organizer)
    app.pass_time(minutes=2)
    assert app.watch(organizer)["counts"]["placed"] == 3
    assert len(app.mails(address(0))) == 1


def test_somebody_who_leaves_while_the_plan_is_held_is_in_no_group() -> None:
    """However the plan goes out, the group is of those who stayed, and only they are told."""
    app, event_id, organizer, people = gathered(4)
    for number in (5, 6):
        app.confirmed(event_id, number, free=["s001"])
    app.close(organizer)
    assert app.watch(organizer)["event"]["state"] == "held"
    app.ask("POST", "/api/me/withdraw", token=people[0])
    app.pass_time(hours=50)
    assert app.watch(organizer)["event"]["state"] == "published"
    assert app.watch(organizer)["counts"]["placed"] == 3
    assert len(app.mails(address(0))) == 1


def test_a_held_group_that_shrank_too_far_is_made_again_instead_of_sent_out() -> None:
    """Nobody is invited to a group smaller than the organizer allows."""
    app, event_id, organizer, people = gathered(3)
    for number in (5, 6):
        app.confirmed(event_id, number, free=["s001"])
    app.close(organizer)
    app.ask("POST", "/api/me/withdraw", token=people[0])
    app.pass_time(hours=24, minutes=2)
    watch = app.watch(organizer)
    assert (watch["event"]["state"], watch["counts"]["placed"]) == ("held", 0)
    assert watch["held"]["sentence"].startswith("4 people confirmed, but no 3 of them share")
    assert [len(app.mails(address(n))) for n in (1, 2, 5, 6)] == [1, 1, 1, 1]


CANCELLED_AT = ["unconfirmed", "open", "closed", "draft", "held", "published"]


@pytest.mark.parametrize("state", CANCELLED_AT)
def test_calling_off_tells_exactly_those_who_confirmed_and_each_once(state: str) -> None:
    """Whenever it happens; whoever had a seat is told so by their calendar as well."""
    app, event_id, organizer, people = gathered(3, review=state == "draft", least_share=80)
    if state == "unconfirmed":
        app = App()
        app.tick()
        app.ask("POST", "/api/events", app.proposal())
        app.work()
        organizer, people = app.token(OLGA), []
    else:
        app.sign_up(event_id, 7)
        gone = app.confirmed(event_id, 8, free=ONE_EVENING)
        app.ask("POST", "/api/me/withdraw", token=gone)
    if state == "held":
        people += [app.confirmed(event_id, n, free=[]) for n in (3, 4)]
    if state == "closed":
        app.ask("POST", "/api/organizer/close", {"confirm_minutes": 60}, organizer)
    elif state in {"draft", "held", "published"}:
        app.close(organizer)
    assert app.watch(organizer)["event"]["state"] == state
    before = {n: len(app.mails(address(n))) for n in range(9)}
    assert app.ask("POST", "/api/organizer/cancel", token=organizer)["event"]["state"] == "cancelled"
    assert refusal(app, "POST", "/api/organizer/cancel", None, organizer) == "This event is already off."
    app.pass_time(minutes=5)
    told = {n for n in range(9) if len(app.mails(address(n))) == before[n] + 1}
    assert told == set(range(len(people)))
    assert {n for n in range(9) if len(app.mails(address(n))) > before[n] + 1} == set()
    if state == "published":
        calendars = [calendar_of(mail) for mail in app.mails(address(0))[1:]]
        assert [int(one["SEQUENCE"]) for one in calendars] == [0, 1]
        assert str(calendars[1]["STATUS"]) == "CANCELLED"


def test_after_calling_off_nothing_moves_any_more() -> None:
    """No sign-up, no confirming, no change, and no second letter for whoever withdraws on top."""
    app, event_id, organizer, people = published()
    late = app.token(address(0))
    app.ask("POST", "/api/organizer/cancel", token=organizer)
    app.pass_time(minutes=3)
    assert app.ask("GET", "/api/me", token=people[0])["sub_event"] is None
    assert app.call("GET", "/api/me/invite.ics", token=people[0]).status_code == 404
    letters = len(app.mailer.sent)
    for method, path, body, token in (
        ("POST", f"/api/events/{event_id}/attendees", sign_up_body(9), ""),
        ("POST", "/api/me/withdraw", None, people[0]),
        ("PUT", "/api/me", app.ask("GET", "/api/me", token=late)["answers"], late),
        ("POST", "/api/organizer/open", None, organizer),
        ("POST", "/api/organizer/close", {}, organizer),
        ("POST", "/api/organizer/hold", None, organizer),
        ("POST", "/api/organizer/publish", None, organizer),
        ("POST", "/api/organizer/change", {"group_size": {"min": 2, "max": 3}}, organizer),
        ("POST", "/api/organizer/deadline", {"closes_at": times.iso(app.clock.now() + timedelta(1))}, organizer),
    ):
        assert refusal(app, method, path, body, token).endswith(".")
    app.pass_time(minutes=3)
    assert len(app.mailer.sent) == letters


def test_once_the_groups_are_out_the_organizer_can_only_call_it_off() -> None:
    """Everything else is refused, with a sentence."""
    app, _, organizer, _ = published()
    for path, body in (
        ("open", None),
        ("close", {}),
        ("hold", None),
        ("publish", None),
        ("change", {"offer": ["s001"]}),
        ("deadline", {"closes_at": times.iso(app.clock.now() + timedelta(1))}),
    ):
        assert refusal(app, "POST", f"/api/organizer/{path}", body, organizer).endswith(".")


def test_group_sizes_and_slots_that_cannot_be_are_refused() -> None:
    """And nothing of the event has changed; one of its places holds four."""
    app, _, organizer, _ = gathered(0, places=[{"name": "Table", "address": "Here", "seats": 4}])
    before = app.watch(organizer)
    for body, field in (
        ({}, "group_size"),
        ({"group_size": {"min": 5, "max": 3}}, "group_size"),
        ({"offer": ["s999"]}, "offer"),
        ({"offer": ["s000", ""]}, "offer"),
        ({"group_size": {"min": 5, "max": 6}}, "group_size"),
    ):
        response = app.call("POST", "/api/organizer/change", body, organizer)
        assert (response.status_code, response.json_body["field"]) == (422, field)
    assert app.watch(organizer) == before


def test_the_watch_counts_who_is_free_when() -> None:
    """Everybody who has not withdrawn, confirmed or not."""
    app, event_id, organizer, _ = gathered(2)
    app.sign_up(event_id, 7, free=["s001"], if_need_be=["s000"])
    gone = app.confirmed(event_id, 8)
    app.ask("POST", "/api/me/withdraw", token=gone)
    heat = {one["slot"]: (one["free"], one["if_need_be"]) for one in app.watch(organizer)["heatmap"]}
    assert (heat["s000"], heat["s001"], heat["s002"]) == ((2, 1), (1, 0), (0, 0))


def test_the_watch_says_why_letters_wait() -> None:
    """In the provider's own words, until they are through."""
    app, event_id, organizer, _ = gathered(0)
    app.mailer.fail_for(address(1), Fault.THROTTLED)
    app.sign_up(event_id, 1)
    app.work()
    watch = app.watch(organizer)
    assert (watch["letters"]["pending"], watch["trouble"]) == (1, "Maximum sending rate exceeded.")
    app.mailer.fail_for(address(1), None)
    app.pass_time(minutes=2)
    watch = app.watch(organizer)
    assert (watch["letters"]["pending"], watch["trouble"]) == (0, "")


def test_the_list_of_attendees_comes_in_pages_that_miss_and_double_nobody() -> None:
    """By id, page after page, to the end."""
    app, event_id, organizer, _ = gathered(0, group_size={"min": 3, "max": 5})
    for number in range(203):
        app.clock.advance(timedelta(seconds=2))
        app.sign_up(event_id, number)
    first = app.ask("GET", "/api/organizer/attendees", token=organizer)
    second = app.ask("GET", f"/api/organizer/attendees?after={first['next']}", token=organizer)
    assert (len(first["attendees"]), len(second["attendees"]), second["next"]) == (200, 3, None)
    ids = [one["id"] for one in first["attendees"] + second["attendees"]]
    assert ids == sorted(set(ids))
    assert len(ids) == 203
