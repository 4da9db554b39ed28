"""The API's description (OpenAPI 3.1), made from the very records that requests are read into and answers made of."""

import functools
from typing import Any

import msgspec

from chalicelib.domain.attendee import Answers
from chalicelib.domain.proposal import Proposal
from chalicelib.web.attendees import LinkRequest, SignUp
from chalicelib.web.errors import Problem
from chalicelib.web.organizers import Change, Close, Deadline
from chalicelib.web.views import Accepted, AttendeePage, Created, EventView, MyPage, PlanView, Watch

type Json = dict[str, Any]

# Method, path, name, what it does, the body it takes, the status and the body of success, other statuses, whose link.
_OPERATIONS: tuple[tuple[str, str, str, str, type | None, int, type, tuple[int, ...], str], ...] = (
    ("post", "/api/events", "createEvent", "Create an event and mail its organizer the button that opens it.",
     Proposal, 202, Created, (400, 403, 422), ""),
    ("get", "/api/events/{event_id}", "showEvent", "The event as everybody may see it.",
     None, 200, EventView, (404,), ""),
    ("post", "/api/events/{event_id}/attendees", "signUp", "Sign up and get the confirming link by mail.",
     SignUp, 202, Accepted, (400, 404, 409, 422, 429), ""),
    ("post", "/api/events/{event_id}/links", "mailLink", "Have one's private link mailed again.",
     LinkRequest, 202, Accepted, (400, 404, 422, 429), ""),
    ("get", "/api/me", "showMe", "The private page.", None, 200, MyPage, (), "attendee"),
    ("put", "/api/me", "editMe", "Change the answers.", Answers, 200, MyPage, (400, 409, 422), "attendee"),
    ("post", "/api/me/confirm", "confirmMe", "Confirm the sign-up.", None, 200, MyPage, (409,), "attendee"),
    ("post", "/api/me/withdraw", "withdrawMe", "Withdraw.", None, 200, MyPage, (409,), "attendee"),
    ("post", "/api/me/return", "returnMe", "Take a withdrawal back.", None, 200, MyPage, (409,), "attendee"),
    ("get", "/api/organizer", "showWatch", "The event with its numbers.", None, 200, Watch, (), "organizer"),
    ("get", "/api/organizer/attendees", "listAttendees", "Everybody who signed up, in pages.",
     None, 200, AttendeePage, (), "organizer"),
    ("get", "/api/organizer/plan", "showPlan", "The newest plan.", None, 200, PlanView, (404,), "organizer"),
    ("post", "/api/organizer/open", "openEvent", "Open sign-up.", None, 200, Watch, (409,), "organizer"),
    ("post", "/api/organizer/deadline", "moveDeadline", "Move the end of sign-up.",
     Deadline, 200, Watch, (400, 409, 422), "organizer"),
    ("post", "/api/organizer/close", "closeNow", "End sign-up at once.",
     Close, 200, Watch, (400, 409, 422), "organizer"),
    ("post", "/api/organizer/hold", "hold", "Keep the plan back for review.", None, 200, Watch, (409,), "organizer"),
    ("post", "/api/organizer/publish", "publish", "Let the waiting plan go out.",
     None, 200, Watch, (409,), "organizer"),
    ("post", "/api/organizer/cancel", "cancel", "Call the event off.", None, 200, Watch, (409,), "organizer"),
    ("post", "/api/organizer/change", "change", "Other group sizes, or more slots.",
     Change, 200, Watch, (400, 409, 422), "organizer"),
)  # fmt: skip

_REASONS = {
    400: "The body is not JSON.",
    401: "The private link does not work.",
    403: "This address may not create events here.",
    404: "There is no such thing.",
    409: "The event is not in a state that allows this.",
    415: "The body is of a kind that is not read here.",
    422: "An input breaks a rule; the detail says which and what to do.",
    429: "Too many at once; try again after the time given.",
    503: "Not set up yet; try again after the time given.",
}


@functools.cache
def document() -> Json:
    """The whole description."""
    kinds = {kind for operation in _OPERATIONS for kind in (operation[4], operation[6]) if kind}
    _, schemas = msgspec.json.schema_components(
        sorted([*kinds, Problem], key=lambda kind: kind.__name__), ref_template="#/components/schemas/{name}"
    )
    paths: dict[str, Json] = {}
    for method, path, *rest in _OPERATIONS:
        paths.setdefault(path, {})[method] = _operation(path, *rest)
    paths["/api/me/invite.ics"] = {"get": _text("myInvite", "The seat as a calendar file.", "text/calendar", private=True)}
    paths["/api/events/{event_id}/qr.svg"] = {
        "get": _text("qrCode", "The sign-up link as a QR code.", "image/svg+xml", private=False)
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Covey",
            "version": "1.0.0",
            "description": "From a signup link to small sub-events. Private links carry their token as a bearer token.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "."}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "attendee": {"type": "http", "scheme": "bearer", "description": "The token of an attendee's link."},
                "organizer": {"type": "http", "scheme": "bearer", "description": "The token of an organizer's link."},
            },
        },
    }


def _operation(
    path: str,
    name: str,
    summary: str,
    takes: type | None,
    status: int,
    gives: type,
    others: tuple[int, ...],
    bearer: str,
) -> Json:
    statuses = sorted({*others, 503, *((401,) if bearer else ())})
    operation: Json = {
        "operationId": name,
        "summary": summary,
        "responses": {
            str(status): {"description": "Done.", "content": {"application/json": {"schema": _ref(gives)}}},
            **{str(one): _problem(one) for one in statuses},
        },
    }
    if takes:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(takes)}}}
    if bearer:
        operation["security"] = [{bearer: []}]
    parameters = [_EVENT_ID] if "{event_id}" in path else []
    if name == "listAttendees":
        parameters.append(_AFTER)
    return {**operation, "parameters": parameters} if parameters else operation


def _text(name: str, summary: str, kind: str, *, private: bool) -> Json:
    statuses = [404, 503, *([401] if private else [])]
    operation: Json = {
        "operationId": name,
        "summary": summary,
        "responses": {
            "200": {"description": "Done.", "content": {kind: {"schema": {"type": "string"}}}},
            **{str(one): _problem(one) for one in sorted(statuses)},
        },
    }
    return {**operation, "security": [{"attendee": []}]} if private else {**operation, "parameters": [_EVENT_ID]}


def _problem(status: int) -> Json:
    found: Json = {
        "description": _REASONS[status],
        "content": {"application/problem+json": {"schema": _ref(Problem)}},
    }
    if status in {429, 503}:
        found["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}}
    return found


def _ref(kind: type) -> Json:
    return {"$ref": f"#/components/schemas/{kind.__name__}"}


_EVENT_ID: Json = {
    "name": "event_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[a-z2-7]{16}$"},
    "description": "The event's id.",
}

_AFTER: Json = {
    "name": "after",
    "in": "query",
    "schema": {"type": "string"},
    "description": "The `next` of the page before.",
}
