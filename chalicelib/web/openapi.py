"""The API's description (OpenAPI 3.1), made from the very records that requests are read into and answers made of."""

import functools
from typing import Any

import msgspec

from chalicelib.domain.attendee import AnswersForm, Confirmation
from chalicelib.domain.proposal import Proposal
from chalicelib.web.attendees import LinkRequest, Move, Reply, SignUp
from chalicelib.web.errors import Problem
from chalicelib.web.export import Export
from chalicelib.web.organizers import AddressOf, Change, Close, Deadline, Decision, KeepUp, Mend
from chalicelib.web.views import (
    Accepted,
    AttendeePage,
    Created,
    DeliveryView,
    Erased,
    EventView,
    FlockView,
    MyPage,
    OpenGroups,
    PersonLetters,
    PlanView,
    Watch,
)

type Json = dict[str, Any]


class _Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to ask for.

    Args:
        takes: the record that the body becomes.
        gives: the record that success answers with, or a media type other than JSON.
        fails: the statuses of its errors, besides those that every operation has.
        link: whose private link it needs.
    """

    method: str
    path: str
    name: str
    does: str
    takes: type | None = None
    gives: type | str
    status: int = 200
    fails: tuple[int, ...] = ()
    link: str = ""


def _public(
    method: str,
    path: str,
    name: str,
    does: str,
    gives: type | str,
    *fails: int,
    takes: type | None = None,
    status: int = 200,
) -> _Operation:
    return _Operation(
        method=method, path=path, name=name, does=does, takes=takes, gives=gives, status=status, fails=fails
    )


def _mine(
    method: str, path: str, name: str, does: str, *fails: int, takes: type | None = None, gives: type | str = MyPage
) -> _Operation:
    return _Operation(
        method=method,
        path=f"/api/me{path}",
        name=name,
        does=does,
        takes=takes,
        gives=gives,
        fails=fails,
        link="attendee",
    )


def _steering(
    method: str, path: str, name: str, does: str, *fails: int, takes: type | None = None, gives: type | str = Watch
) -> _Operation:
    return _Operation(
        method=method,
        path=f"/api/organizer{path}",
        name=name,
        does=does,
        takes=takes,
        gives=gives,
        fails=fails,
        link="organizer",
    )


_EVENTS, _ONE = "/api/events", "/api/events/{event_id}"

_OPERATIONS = (
    _public("post", _EVENTS, "createEvent", "Create an event and mail its organizer the button that opens it.",
            Created, 400, 403, 422, 429, takes=Proposal, status=202),
    _public("get", _ONE, "showEvent", "The event as everybody may see it.", EventView, 404),
    _public("get", f"{_ONE}/flock", "showFlock", "How many people have confirmed.", FlockView, 404),
    _public("get", f"{_ONE}/qr.svg", "qrCode", "The sign-up link as a QR code.", "image/svg+xml", 404),
    _public("post", f"{_ONE}/attendees", "signUp", "Sign up and get the confirming link by mail.",
            Accepted, 400, 404, 409, 422, 429, takes=SignUp, status=202),
    _public("post", f"{_ONE}/links", "mailLink", "Have one's private link mailed again.",
            Accepted, 400, 404, 422, 429, takes=LinkRequest, status=202),
    _mine("get", "", "showMe", "The private page."),
    _mine("put", "", "editMe", "Change the answers.", 400, 409, 422, takes=AnswersForm),
    _mine("post", "/confirm", "confirmMe", "Confirm the sign-up.", 400, 409, 422, takes=Confirmation),
    _mine("get", "/groups", "groupsForMe", "Groups that have a free seat for one.", gives=OpenGroups),
    _mine("post", "/group", "moveMe", "Change to another group.", 400, 404, 409, 422, takes=Move),
    _mine("post", "/reply", "replyMe", "Say whether one will be there.", 400, 409, 422, takes=Reply),
    _mine("post", "/withdraw", "withdrawMe", "Withdraw.", 409),
    _mine("post", "/return", "returnMe", "Take a withdrawal back.", 409),
    _mine("get", "/invite.ics", "myInvite", "The seat as a calendar file.", 404, gives="text/calendar"),
    _mine("get", "/export", "exportMe", "Everything that is kept about one, as a file.", gives=Export),
    _mine("post", "/erase", "eraseMe", "Have everything about one deleted for good.", 409, gives=Erased),
    _steering("get", "", "showWatch", "The event with its numbers."),
    _steering("get", "/attendees", "listAttendees", "Everybody who signed up, in pages.", gives=AttendeePage),
    _steering("get", "/plan", "showPlan", "The newest plan.", 404, gives=PlanView),
    _steering("get", "/letters", "showLetters", "What became of letters, and those that need somebody.",
              gives=DeliveryView),
    _steering("post", "/letters", "decideLetters", "Decide about letters that need somebody.",
              400, 404, 409, 422, takes=Decision, gives=DeliveryView),
    _steering("post", "/letters/person", "showLettersOf", "What became of the letters to an address.",
              400, 404, 422, takes=AddressOf, gives=PersonLetters),
    _steering("post", "/open", "openEvent", "Open sign-up.", 409),
    _steering("post", "/deadline", "moveDeadline", "Move the end of sign-up.", 400, 409, 422, takes=Deadline),
    _steering("post", "/close", "closeNow", "End sign-up at once.", 400, 409, 422, takes=Close),
    _steering("post", "/hold", "hold", "Keep the plan back for review.", 409),
    _steering("post", "/publish", "publish", "Let the waiting plan go out.", 409),
    _steering("post", "/cancel", "cancel", "Call the event off.", 409),
    _steering("post", "/change", "change", "Other group sizes, or more slots.", 400, 409, 422, takes=Change),
    _steering("post", "/mend", "mend", "Carry out a repair that waits, or leave the groups as they are.",
              400, 409, 422, takes=Mend),
    _steering("post", "/upkeep", "keepUp", "Whether repairs are made or asked about, and when seats are freed.",
              400, 409, 422, takes=KeepUp),
)  # fmt: skip

_REASONS = {
    400: "The body is not JSON.",
    401: "The private link does not work.",
    403: "This address may not create events here.",
    404: "There is no such thing.",
    409: "The event is not in a state that allows this.",
    422: "An input breaks a rule; the detail says which and what to do.",
    429: "Too many at once; try again after the time given.",
    503: "Not set up yet; try again after the time given.",
}


@functools.cache
def document() -> Json:
    """The whole description."""
    used = {kind for one in _OPERATIONS for kind in (one.takes, one.gives) if isinstance(kind, type)} | {Problem}
    _, schemas = msgspec.json.schema_components(
        sorted(used, key=lambda kind: kind.__name__), ref_template="#/components/schemas/{name}"
    )
    paths: dict[str, Json] = {}
    for one in _OPERATIONS:
        paths.setdefault(one.path, {})[one.method] = _described(one)
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


def _described(one: _Operation) -> Json:
    kind, schema = (
        (one.gives, {"type": "string"}) if isinstance(one.gives, str) else ("application/json", _ref(one.gives))
    )
    fails = sorted({*one.fails, *((401,) if one.link else ()), 503})
    described: Json = {
        "operationId": one.name,
        "summary": one.does,
        "responses": {
            str(one.status): {"description": "Done.", "content": {kind: {"schema": schema}}},
            **{str(status): _problem(status) for status in fails},
        },
    }
    if one.takes:
        required = any(field.required for field in msgspec.structs.fields(one.takes))
        described["requestBody"] = {"required": required, "content": {"application/json": {"schema": _ref(one.takes)}}}
    if one.link:
        described["security"] = [{one.link: []}]
    parameters = [
        *([_EVENT_ID] if "{event_id}" in one.path else []),
        *([_AFTER] if one.method == "get" and one.gives in {AttendeePage, DeliveryView} else []),
    ]
    return {**described, "parameters": parameters} if parameters else described


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
