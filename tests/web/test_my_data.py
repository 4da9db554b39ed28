"""My data: all of it as one file, and all of it gone."""

import json
import logging
import re
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.adapters.memory import Fault
from chalicelib.flow.tick import tick
from tests.web.in_memory import App


def gathered() -> tuple[App, str, str, list[str]]:
    """An open event of three who have confirmed, of whom the second names the first as a friend."""
    app = App()
    event_id, organizer = app.open_event(confirm_minutes=0, places=[{"name": "Café", "address": "Torstraße 8"}])
    first = app.confirmed(event_id, 0, goal="Quokka posters", warm_up="Why quokkas?", if_need_be=["s004"])
    friends = [{"email": "person0@example.com"}]
    others = [app.confirmed(event_id, 1, friends=friends), app.confirmed(event_id, 2, shares=False)]
    return app, event_id, organizer, [first, *others]


def exported(app: App, token: str) -> Any:
    response = app.call("GET", "/api/me/export", token=token)
    assert response.status_code == 200
    return response.json_body


def test_the_file_is_one_to_save_and_to_read() -> None:
    """A download with a name, in lines."""
    app, _, _, (token, *_) = gathered()
    response = app.call("GET", "/api/me/export", token=token)
    assert response.headers["Content-Disposition"] == 'attachment; filename="covey.json"'
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.body.count(b"\n") > 40


def test_the_file_holds_all_that_is_kept_about_a_person() -> None:
    """Answers with times and places written out, when they did what, and their letters; no key and no link."""
    app, event_id, _, (token, *_) = gathered()
    data = exported(app, token)
    assert (data["email"], data["state"], data["links_sent"]) == ("person0@example.com", "confirmed", 1)
    assert data["event"]["sign_up_link"].endswith(f"/e/{event_id}")
    answers = data["answers"]
    assert (answers["name"], answers["goal"], answers["warm_up"]) == (
        "Person0 Family0",
        "Quokka posters",
        "Why quokkas?",
    )
    assert [slot["start"] for slot in answers["free"]] == sorted(slot["start"] for slot in answers["free"])
    assert (len(answers["free"]), len(answers["if_need_be"])) == (4, 1)
    (letter,) = data["letters"]
    assert (letter["kind"], letter["state"], letter["number"]) == ("confirm", "sent", 0)
    assert letter["decided_at"] <= data["confirmed_at"] <= data["made_at"]
    assert token not in json.dumps(data)
    assert "0123456789abcdef-0" not in json.dumps(data)


def test_the_file_tells_of_others_what_their_page_does() -> None:
    """Their group as they see it."""
    app, _, organizer, (token, friend, _) = gathered()
    app.close(organizer)
    data = exported(app, token)
    assert data["sub_event"] == app.ask("GET", "/api/me", token=token)["sub_event"]
    assert data["seat"]["uid"] == data["sub_event"]["uid"]
    said = json.dumps(data)
    assert "Person1" in said
    assert not [secret for secret in ("Family1", "person1@", "Person2", "person2@") if secret in said]
    assert exported(app, friend)["answers"]["friends"] == [
        {"email": "person0@example.com", "only": False, "mutual": False}
    ]


def test_at_a_press_everything_is_gone_and_the_link_is_dead() -> None:
    """The others' pages work, the organizer sees one fewer, and the address may sign up again."""
    app, event_id, organizer, (token, *others) = gathered()
    answer = app.ask("POST", "/api/me/erase", {}, token)
    assert answer["message"].startswith("Everything about you is deleted")
    for method, path in (("GET", "/api/me"), ("POST", "/api/me/erase"), ("GET", "/api/me/export")):
        assert app.call(method, path, token=token).status_code == 401
    assert app.ask("GET", f"/api/events/{event_id}/flock") == {"confirmed": 2, "more": False}
    assert app.watch(organizer)["counts"]["confirmed"] == 2
    assert exported(app, others[0])["answers"]["friends"] == []
    app.sign_up(event_id, 0, token="another-0123456789abcdef")
    app.work()
    assert app.token("person0@example.com") != token


def test_after_the_groups_are_out_the_group_sees_one_person_fewer() -> None:
    """On its page, in the run sheet, and on the organizer's page."""
    app, _, organizer, (token, *others) = gathered()
    app.close(organizer)
    before = app.ask("GET", "/api/me", token=others[0])["sub_event"]
    assert before["others"] == 2
    app.ask("POST", "/api/me/erase", {}, token)
    for other in others:
        after = app.call("GET", "/api/me", token=other)
        assert after.json_body["sub_event"]["others"] == 1
        assert not [trace for trace in (b"Person0", b"uokka") if trace in after.body]
        assert app.call("GET", "/api/me/invite.ics", token=other).status_code == 200
    plan = app.ask("GET", "/api/organizer/plan", token=organizer)
    assert plan["placed"] == 2
    assert "Person0" not in json.dumps([plan, app.ask("GET", "/api/organizer/attendees", token=organizer)])


def test_while_groups_are_made_one_sentence_says_to_press_again() -> None:
    """And nothing has changed."""
    app, _, organizer, (token, *_) = gathered()
    app.ask("POST", "/api/organizer/close", {"confirm_minutes": 0}, organizer)
    app.clock.advance(timedelta(minutes=1))
    tick(app.store, app.secrets, app.jobs, app.clock, lambda: "run")
    before = dict(app.store._records)
    response = app.call("POST", "/api/me/erase", {}, token)
    assert response.status_code == 409
    assert response.json_body["detail"].endswith("press again in a minute.")
    assert app.store._records == before


def test_no_log_holds_an_address_a_name_or_a_token(caplog: pytest.LogCaptureFixture) -> None:
    """On the whole road, with a provider that refuses, throttles and loses letters, to the erasing of a person."""
    caplog.set_level(logging.DEBUG)
    app = App()
    event_id, organizer = app.open_event(confirm_minutes=0)
    for fault in (Fault.THROTTLED, Fault.ANSWER_LOST, Fault.LOST):
        app.mailer.fail(fault)
    tokens = []
    for number in range(4):
        app.sign_up(event_id, number)
        app.pass_time(minutes=2)
        if app.mails(f"person{number}@example.com"):
            tokens.append(app.token(f"person{number}@example.com"))
            app.ask("POST", "/api/me/confirm", {}, tokens[-1])
    assert tokens
    app.mailer.fail_for("person3@example.com", Fault.REFUSED)
    app.close(organizer)
    for token in tokens:
        app.ask("GET", "/api/me/export", token=token)
        app.ask("POST", "/api/me/erase", {}, token)
        app.call("POST", "/api/me/erase", {}, token)
    app.pass_time(minutes=2)
    assert "Nobody knows whether a letter" in caplog.text
    assert not re.findall(r"[\w.]+@example|Person\d|Family\d", caplog.text)
    assert not [secret for secret in (*tokens, organizer) if secret in caplog.text or secret[-20:] in caplog.text]
