"""Answers: whatever happens, the same headers, and problem details that say one sentence and no secret."""

import http
import json
import logging
from collections.abc import Callable
from typing import Any

import jsonschema_rs
import pytest
from chalice.test import HTTPResponse

from chalicelib.domain import times
from chalicelib.domain.errors import CoveyError
from chalicelib.web import errors
from chalicelib.web.errors import HEADERS
from chalicelib.web.openapi import document
from tests.web.in_memory import App, sign_up_body

ALWAYS = HEADERS.keys() - {"Cache-Control", "Content-Security-Policy"}
"""Headers whose value never differs; the other two say how strict a page is and how long it keeps."""


class Broken:
    """A store that fails in a way nobody expected."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"secret password in {name}")


def sign_up(app: App, event_id: str, body: Any) -> HTTPResponse:
    return app.call("POST", f"/api/events/{event_id}/attendees", body)


def crowd(app: App, event_id: str) -> HTTPResponse:
    """The answer to the last of more people than are let in at once."""
    return [sign_up(app, event_id, sign_up_body(number)) for number in range(60)][-1]


ASKED: dict[int, Callable[[App, str, str], HTTPResponse]] = {
    200: lambda app, _, organizer: app.call("GET", "/api/organizer", token=organizer),
    202: lambda app, event_id, _: sign_up(app, event_id, sign_up_body(1)),
    400: lambda app, event_id, _: sign_up(app, event_id, b"{"),
    401: lambda app, *_: app.call("GET", "/api/me"),
    403: lambda app, *_: app.call("POST", "/api/events", app.proposal(organizer_email="olga@elsewhere.example")),
    404: lambda app, *_: app.call("GET", "/api/events/aaaaaaaaaaaaaaaa"),
    405: lambda app, *_: app.call("PATCH", "/api/me"),
    409: lambda app, _, organizer: app.call("POST", "/api/organizer/publish", None, organizer),
    422: lambda app, event_id, _: sign_up(app, event_id, sign_up_body(1, email="ana")),
    429: lambda app, event_id, _: crowd(app, event_id),
}
"""What is answered with that status, once an event is open."""


def asked(app: App, status: int) -> HTTPResponse:
    """An answer of that status."""
    if status == 503:
        return app.call("GET", "/api/me", token="a.b.c.0.d")
    event_id, organizer = app.open_event()
    if status == 500:
        app.take_over(store=Broken())  # type: ignore[arg-type]
        return app.call("GET", f"/api/events/{event_id}")
    return ASKED[status](app, event_id, organizer)


ERRORS = [400, 401, 403, 404, 405, 409, 422, 429, 500, 503]


@pytest.mark.parametrize("status", [200, 202, *ERRORS])
def test_every_answer_has_the_security_headers(status: int) -> None:
    """Those of the API, those of the framework itself, and those of a mistake."""
    response = asked(App(), status)
    assert response.status_code == status
    assert {name: response.headers[name] for name in ALWAYS} == {name: HEADERS[name] for name in ALWAYS}
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("status", ERRORS)
def test_every_error_is_a_problem_with_a_sentence(status: int) -> None:
    """RFC 9457: its status, its title, and what to do about it."""
    response = asked(App(), status)
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json_body
    assert (problem["status"], problem["title"]) == (status, http.HTTPStatus(status).phrase)
    assert len(problem["detail"]) > 10
    schema = {"$ref": "#/components/schemas/Problem", "components": document()["components"]}
    assert jsonschema_rs.Draft202012Validator(schema).is_valid(problem)


@pytest.mark.parametrize(("status", "seconds"), [(429, "60"), (503, "15")])
def test_what_passes_says_when(status: int, seconds: str) -> None:
    """Retry-After in seconds, on these and on no other."""
    assert asked(App(), status).headers["Retry-After"] == seconds


def test_a_mistake_of_ours_is_logged_and_says_nothing_of_itself(caplog: pytest.LogCaptureFixture) -> None:
    """What went wrong is for the log; who asked hears that nothing is lost."""
    with caplog.at_level(logging.ERROR):
        response = asked(App(), 500)
    assert b"secret" not in response.body
    assert b"RuntimeError" not in response.body
    assert "secret password" in caplog.text


def test_refusals_log_no_address_and_no_token(caplog: pytest.LogCaptureFixture) -> None:
    """Nor does anything else on the whole road."""
    app = App()
    with caplog.at_level(logging.DEBUG):
        event_id, organizer = app.open_event(confirm_minutes=0)
        token = app.confirmed(event_id, 1)
        app.call("POST", f"/api/events/{event_id}/attendees", {**sign_up_body(2), "email": "nobody"})
        app.call("GET", "/api/me", token=token + "x")
        app.close(organizer)
    for secret in ("@example.com", "@example.org", token.rpartition(".")[2], organizer.rpartition(".")[2], "nobody"):
        assert secret not in caplog.text


def test_every_error_of_the_domain_has_a_status() -> None:
    """The map knows each kind, or a kind above it."""

    def kinds(kind: type[CoveyError]) -> list[type[CoveyError]]:
        return [kind, *(lower for one in kind.__subclasses__() for lower in kinds(one))]

    for kind in kinds(CoveyError):
        if kind is not CoveyError:
            assert any(above in errors.STATUSES for above in kind.__mro__), kind


def asked_to_mend(app: App, ask: Callable[..., Any], organizer: str, leaving: list[str]) -> None:
    """These people leave, and the organizer, who wants to be asked, has it mended."""
    ask("POST", "/api/organizer/upkeep", "/api/organizer/upkeep", {"repairs": "ask", "release": 24}, organizer)
    for token in leaving:
        ask("POST", "/api/me/withdraw", "/api/me/withdraw", token=token)
    app.pass_time(minutes=13)
    choices = ask("GET", "/api/organizer", "/api/organizer", token=organizer)["asked"]["choices"]
    for plan in ("another", choices[0]["value"]):
        ask("POST", "/api/organizer/mend", "/api/organizer/mend", {"plan": plan, "act": "mend"}, organizer)
    app.pass_time(minutes=2)


def answers() -> list[tuple[str, str, Any]]:
    """Method, path and answer of every operation on a road through all states."""
    app, seen = App(), []

    def ask(method: str, path: str, operation: str, body: Any = None, token: str = "") -> Any:
        response = app.call(method, path, body, token)
        seen.append((method.lower(), operation, response))
        return response.json_body if "json" in response.headers["Content-Type"] else response.body

    app.tick()
    event_id = ask("POST", "/api/events", "/api/events", app.proposal(places=[{"name": "Café", "address": "Here"}]))[
        "id"
    ]
    app.work()
    organizer, one = app.token("olga@example.org"), "/api/events/{event_id}"
    steering = [("POST", "open", None), ("POST", "deadline", {"closes_at": times.iso(app.clock.now().replace(day=9))})]
    steering += [("POST", "change", {"group_size": {"min": 3, "max": 6}}), ("POST", "hold", None)]
    for method, what, body in steering:
        ask(method, f"/api/organizer/{what}", f"/api/organizer/{what}", body, organizer)
    ask("GET", "/api/organizer/plan", "/api/organizer/plan", token=organizer)
    for number in range(7):
        # Two groups, either of which would suit the first of all.
        free = ["s000", "s001"] if number == 0 else [f"s00{number % 2}"]
        answers = sign_up_body(number, host=number == 1, free=free)
        ask("POST", f"/api/events/{event_id}/attendees", f"{one}/attendees", answers)
    ask("POST", f"/api/events/{event_id}/attendees", f"{one}/attendees", sign_up_body(7, name=""))
    ask("POST", f"/api/events/{event_id}/links", f"{one}/links", {"email": "person1@example.com"})
    app.work()
    people = [app.token(f"person{number}@example.com") for number in range(7)]
    mine = [("POST", "/confirm"), ("GET", ""), ("GET", "/invite.ics"), ("POST", "/withdraw"), ("POST", "/return")]
    for token in people:
        for method, what in mine:
            ask(method, f"/api/me{what}", f"/api/me{what}", token=token)
        ask("PUT", "/api/me", "/api/me", app.ask("GET", "/api/me", token=token)["answers"], token)
    ask("POST", "/api/organizer/close", "/api/organizer/close", {"confirm_minutes": 0}, organizer)
    app.tick()
    app.pass_time(minutes=2)
    for _ in range(2):
        letters = "/api/organizer/letters"
        ask("POST", letters, letters, {"act": "failed"}, organizer)
        ask("POST", f"{letters}/person", f"{letters}/person", {"email": "person1@example.com"}, organizer)
        for what in ("", "/attendees", "/plan", "/letters"):
            ask("GET", f"/api/organizer{what}", f"/api/organizer{what}", token=organizer)
        for what in ("", "/invite.ics"):
            ask("GET", f"/api/me{what}", f"/api/me{what}", token=people[0])
        ask("POST", "/api/organizer/publish", "/api/organizer/publish", None, organizer)
        ask("POST", "/api/me/reply", "/api/me/reply", {"coming": True}, people[0])
        app.pass_time(minutes=2)
    (group,) = ask("GET", "/api/me/groups", "/api/me/groups", token=people[0])["groups"]
    ask("POST", "/api/me/group", "/api/me/group", {"group": group["id"]}, people[0])
    asked_to_mend(app, ask, organizer, people[1:4:2])
    ask("GET", "/api/me/export", "/api/me/export", token=people[0])
    ask("POST", "/api/me/erase", "/api/me/erase", token=people[0])
    for what in ("", "/flock", "/qr.svg"):
        ask("GET", f"/api/events/{event_id}{what}", f"{one}{what}")
    ask("POST", "/api/organizer/cancel", "/api/organizer/cancel", None, organizer)
    return seen


@pytest.mark.slow
def test_every_answer_is_as_the_description_says() -> None:
    """Each operation is met with success, and every answer fits its schema, status and media type."""
    described = document()
    succeeded = set()
    for method, path, response in answers():
        operation = described["paths"][path][method]
        said = operation["responses"][str(response.status_code)]["content"]
        ((kind, media),) = said.items()
        assert response.headers["Content-Type"].partition(";")[0] == kind, (method, path)
        if "json" in kind:
            schema = {**media["schema"], "components": described["components"]}
            jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate(response.json_body)
        if response.status_code < 300:
            succeeded.add((method, path))
    assert succeeded == {(method, path) for path, methods in described["paths"].items() for method in methods}


def test_the_description_is_openapi_and_everything_in_it_leads_somewhere() -> None:
    """Every reference has its schema, every operation its own name, and every route its description."""
    described = json.loads(App().call("GET", "/openapi.json").body)
    assert described["openapi"].startswith("3.1")
    text = json.dumps(described)
    for name in {one.partition('"')[0] for one in text.split("#/components/schemas/")[1:]}:
        jsonschema_rs.Draft202012Validator(
            {"$ref": f"#/components/schemas/{name}", "components": described["components"]}
        )
    names = [operation["operationId"] for methods in described["paths"].values() for operation in methods.values()]
    assert len(names) == len(set(names))
    routes = {
        (method.lower(), path)
        for path, methods in App().client._app.routes.items()
        if path.startswith("/api/")
        for method in methods
    }
    assert routes == {(method, path) for path, methods in described["paths"].items() for method in methods}
