"""What an attendee does through the front door besides the road itself: confirm with an answer, name friends, reply."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.web.in_memory import App, sign_up_body
from tests.web.test_road import ONE_EVENING, address, gathered, published, refusal

BO = {"email": address(1), "only": True}


def signed_up(**event: Any) -> tuple[App, str, str]:
    """An open event and somebody who has not pressed the button yet: the app, the event's id and their token."""
    app, event_id, _, _ = gathered(0, **event)
    mailed = app.sign_up(event_id, 0, goal="Posters", host=False)
    app.work()
    return app, event_id, app.token(mailed)


def test_an_event_asks_its_own_question_or_the_usual_one() -> None:
    """The organizer's words on one line; nothing means the usual question."""
    app, event_id, _, _ = gathered(0, question=" Which\n press? ")
    assert app.ask("GET", f"/api/events/{event_id}")["question"] == "Which press?"
    app, event_id, _, _ = gathered(0)
    assert app.ask("GET", f"/api/events/{event_id}")["question"] == ""


@pytest.mark.parametrize("body", [None, {}, b""])
def test_confirming_without_an_answer_is_enough(body: Any) -> None:
    """Everything stays as it was said at sign-up."""
    app, _, token = signed_up()
    before = app.ask("GET", "/api/me", token=token)["answers"]
    page = app.ask("POST", "/api/me/confirm", body, token)
    assert (page["state"], page["answers"]) == ("confirmed", before)


def test_confirming_with_an_answer_keeps_it_and_pressing_again_changes_nothing() -> None:
    """Only what was said is changed; the group's organizer may read it."""
    app, _, organizer, _ = gathered(0)
    event_id = app.watch(organizer)["event"]["id"]
    mailed = app.sign_up(event_id, 0)
    app.work()
    token = app.token(mailed)
    body = {"warm_up": "Which ink\tfirst?", "host": True}
    first = app.ask("POST", "/api/me/confirm", body, token)
    assert app.ask("POST", "/api/me/confirm", body, token) == first
    assert (first["answers"]["warm_up"], first["answers"]["host"]) == ("Which ink first?", True)
    assert first["answers"]["goal"] == sign_up_body(0)["goal"]
    (row,) = app.ask("GET", "/api/organizer/attendees", token=organizer)["attendees"]
    assert row["warm_up"] == "Which ink first?"


def test_an_answer_sent_with_a_second_press_counts_while_answers_can_change() -> None:
    """Afterwards the press is as harmless as ever, and the answer stays what the group was told."""
    app, _, organizer, (ana, *_) = gathered(3)
    assert app.ask("POST", "/api/me/confirm", {"warm_up": "Late"}, ana)["answers"]["warm_up"] == "Late"
    app.close(organizer)
    assert app.ask("POST", "/api/me/confirm", {"warm_up": "Later"}, ana)["answers"]["warm_up"] == "Late"


def test_friends_are_named_on_the_page_and_mutual_only_when_both_do() -> None:
    """Until then the page looks the same whoever the friend is."""
    app, event_id, _, (ana, bo) = gathered(2)
    answers = app.ask("GET", "/api/me", token=ana)["answers"]
    stranger = {"email": "nobody@example.com", "only": False}
    page = app.ask("PUT", "/api/me", {**answers, "friends": [BO, stranger]}, ana)
    assert page["friends"] == [{**BO, "mutual": False}, {**stranger, "mutual": False}]
    assert app.ask("GET", "/api/me", token=bo)["friends"] == []
    answers = app.ask("GET", "/api/me", token=bo)["answers"]
    page = app.ask("PUT", "/api/me", {**answers, "friends": [{"email": address(0)}]}, bo)
    assert page["friends"] == [{"email": address(0), "only": False, "mutual": True}]
    page = app.ask("GET", "/api/me", token=ana)
    assert [one["mutual"] for one in page["friends"]] == [True, False]
    app.ask("POST", "/api/me/withdraw", token=bo)
    assert [one["mutual"] for one in app.ask("GET", "/api/me", token=ana)["friends"]] == [False, False]
    assert event_id == page["event"]["id"]


def test_what_is_left_out_of_an_edit_is_said_once() -> None:
    """In the answer to it, beside what the times mean; the next look says only the latter."""
    app, _, _, (ana,) = gathered(1)
    answers = {**app.ask("GET", "/api/me", token=ana)["answers"], "free": []}
    page = app.ask("PUT", "/api/me", {**answers, "friends": [{"email": address(0)}]}, ana)
    assert page["meaning"].startswith("One of the addresses of friends is your own, so it was left out. You marked")
    assert page["friends"] == []
    assert app.ask("GET", "/api/me", token=ana)["meaning"].startswith("You marked no time")


def test_friends_who_both_say_only_together_are() -> None:
    """From the page to the group."""
    app, event_id, organizer, _ = gathered(0, group_size={"min": 2, "max": 2}, least_share=0)
    theme = {"free": ONE_EVENING, "topics": ["posters"], "goal": "Set wood type by hand"}
    other = {"free": ONE_EVENING, "topics": ["bread"], "goal": "Bake rye bread at home"}
    ana = app.confirmed(event_id, 0, **theme, friends=[BO])
    app.confirmed(event_id, 1, **other, friends=[{"email": address(0), "only": True}])
    app.confirmed(event_id, 2, **theme)
    app.confirmed(event_id, 3, **other)
    app.close(organizer)
    seat = app.ask("GET", "/api/me", token=ana)["sub_event"]
    assert [one["first_name"] for one in seat["companions"]] == ["Person1"]


def test_a_full_event_says_so_and_lets_nobody_in() -> None:
    """On its page, in the refusals, and until somebody leaves."""
    app, event_id, organizer, people = gathered(2, most=3)
    late = app.sign_up(event_id, 7)
    app.work()
    assert not app.ask("GET", f"/api/events/{event_id}")["full"]
    people.append(app.confirmed(event_id, 2))
    assert app.ask("GET", f"/api/events/{event_id}")["full"]
    assert '"full":true' in app.call("GET", f"/e/{event_id}").body.decode()
    watch = app.watch(organizer)
    assert (watch["event"]["full"], watch["most"]) == (True, 3)
    path = f"/api/events/{event_id}/attendees"
    assert refusal(app, "POST", path, sign_up_body(9), "").startswith("All 3 places are taken")
    token = app.token(late)
    assert app.ask("GET", "/api/me", token=token)["event"]["full"]
    assert refusal(app, "POST", "/api/me/confirm", None, token).startswith("The last place is taken")
    app.ask("POST", "/api/me/withdraw", token=people[0])
    assert not app.ask("GET", f"/api/events/{event_id}")["full"]
    assert app.ask("POST", "/api/me/confirm", token=token)["state"] == "confirmed"


def test_by_when_to_answer_is_said_as_long_as_a_seat_may_be_freed() -> None:
    """Where seats are freed at all, and until the person has answered."""
    app, _, organizer, (ana, _, _) = published(3)
    assert app.ask("GET", "/api/me", token=ana)["sub_event"]["answer_by"] is None
    app.ask("POST", "/api/organizer/upkeep", {"release": 12}, organizer)
    seat = app.ask("GET", "/api/me", token=ana)["sub_event"]
    assert datetime.fromisoformat(seat["start"]) - datetime.fromisoformat(seat["answer_by"]) == timedelta(hours=12)
    assert app.ask("POST", "/api/me/reply", {"coming": True}, ana)["sub_event"]["answer_by"] is None


def test_who_will_be_there_shows_in_the_group_and_to_the_organizer() -> None:
    """As a number, and to oneself as one's own word."""
    app, _, organizer, (ana, bo, cy) = published(3)
    for _ in range(2):
        seat = app.ask("POST", "/api/me/reply", {"coming": True}, ana)["sub_event"]
        assert (seat["coming"], seat["coming_count"]) == (True, 1)
    app.ask("POST", "/api/me/reply", {"coming": True}, bo)
    seat = app.ask("GET", "/api/me", token=cy)["sub_event"]
    assert (seat["coming"], seat["coming_count"]) == (False, 2)
    assert app.watch(organizer)["counts"]["coming"] == 2
    rows = app.ask("GET", "/api/organizer/attendees", token=organizer)["attendees"]
    assert sorted(row["name"] for row in rows if row["coming"]) == ["Person0 Family0", "Person1 Family1"]
    app.ask("POST", "/api/me/withdraw", token=ana)
    assert app.ask("GET", "/api/me", token=cy)["sub_event"]["coming_count"] == 1
    assert refusal(app, "POST", "/api/me/reply", {"coming": True}, ana).startswith("You have no seat")


def test_a_reminder_comes_by_mail_a_day_before_sign_up_ends() -> None:
    """To whoever has not pressed; its link opens the same page."""
    app, event_id, token = signed_up()
    app.confirmed(event_id, 1)
    app.clock.set(app.clock.now().replace(day=10))
    app.pass_time(minutes=2)
    assert [subject.startswith("One step left, by") for subject in app.subjects(address(0))] == [False, True]
    assert len(app.subjects(address(1))) == 1
    assert app.token(address(0)) == token
    assert app.ask("POST", "/api/me/confirm", token=token)["state"] == "confirmed"
