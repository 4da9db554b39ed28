"""Inputs: every field of every body, wrong in every way that the API's own description knows and in some others."""

import copy
import http
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import jsonschema_rs
import pytest
from msgspec.structs import replace

from chalicelib.domain.event import Asked
from chalicelib.web.openapi import document
from tests.web.in_memory import App, sign_up_body

type Path = tuple[str | int, ...]

DELETED = object()

VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1.5,
    10**30,
    -(2**63) - 1,
    "",
    " ",
    "x",
    "x" * 5000,
    "\ud800",
    "\udfff\ud800",
    "\x00",
    "\u202e",
    "a\r\nBcc: all@example.org",
    "0001-01-01",
    "9999-12-31",
    "2027-02-30",
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "2027-01-11T24:00:01Z",
    "2027-01-08T17:00:00",
    "24:00",
    "99:99",
    "../../etc/passwd",
    [],
    [[]],
    [[[[[[[[[[]]]]]]]]]],
    [None],
    ["x"] * 500,
    {},
    {"": {"": {}}},
]
"""What any field may be sent as; which of these a field may be is for its schema to say."""

BODIES: list[tuple[bytes, str]] = [
    (b"", "empty"),
    (b" ", "space"),
    (b"null", "null"),
    (b"true", "true"),
    (b"[]", "a list"),
    (b'"x"', "text"),
    (b"1e999", "an endless number"),
    (b"9" * 5000, "a giant number"),
    (b"NaN", "no number"),
    (b"{", "cut off"),
    (b"{}{}", "two"),
    (b"{'a': 1}", "single quotes"),
    (b"\xff\xfe", "not UTF-8"),
    ('{"token": "é"}'.encode("utf-16"), "UTF-16"),
    (b"\xef\xbb\xbf{}", "a byte order mark"),
    (b"[" * 100_000, "deeply nested lists"),
    (b'{"a":' * 100_000, "deeply nested objects"),
    (b'{"name": "\\ud800"', "half a surrogate, cut off"),
    (b"token=x&email=ana%40example.com", "a form"),
    (b"<?xml version='1.0'?>", "XML"),
]


class Desk:
    """The app with an open event and one confirmed person, and one with a seat at another, set back every time."""

    def __init__(self) -> None:
        self.app = App(limit_source=10**6, limit_event=10**6, limit_events_a_day=10**6)
        before, steering = self.app.open_event(token="0123456789abcdef-before", confirm_minutes=0)
        seated = [self.app.confirmed(before, number) for number in (11, 12, 13)]
        self.app.close(steering)
        self.event_id, organizer = self.app.open_event(considered_end="23:00", places=[{"name": "Online"}])
        attendee = self.app.confirmed(self.event_id, 1)
        self.tokens = {"attendee": attendee, "organizer": organizer, "": "", "replyMe": seated[0], "moveMe": seated[0]}
        self.tokens["mend"] = self.asked_about(before, steering)
        self.records = dict(self.app.store._records)
        self.addresses = dict(self.app.store._addresses)

    def asked_about(self, event_id: str, organizer: str) -> str:
        """The organizer's link, once a repair of their event's groups waits for a word."""
        store, now = self.app.store, self.app.clock.now()
        event = store.event(event_id)
        store.write_plan(event_id, "p", store.plan(event_id, event.plan))
        asked = Asked(plan="p", world="", since=now, until=now + timedelta(days=1), number=0)
        store.commit(replace(event, asked=asked, due=asked.until))
        return organizer

    def send(self, operation: str, body: bytes) -> tuple[int, Any, bool]:
        """Status and body of the answer, and whether anything was kept."""
        method, path, _, door = OPERATIONS[operation]
        path = path.replace("{event_id}", self.event_id)
        self.app.take_over()
        response = self.app.call(method, path, body, self.tokens.get(operation, self.tokens[door]))
        changed = self.app.store._records != self.records
        self.app.store._records, self.app.store._addresses = dict(self.records), dict(self.addresses)
        assert response.headers["Content-Type"] == (
            "application/json" if response.status_code < 400 else "application/problem+json"
        )
        return response.status_code, response.json_body, changed


def described() -> Iterator[tuple[str, tuple[str, str, str, str]]]:
    """Each operation that takes a body: its name, and its method, path, the body's schema and whose link it needs."""
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            if "requestBody" in operation:
                reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
                door = next((door for one in operation.get("security", []) for door in one), "")
                yield operation["operationId"], (method.upper(), path, reference, door)


OPERATIONS = dict(described())

WARM = {"warm_up": "How much glue?", "friends": [{"email": "bo@example.org", "only": True}]}

WHOLE: dict[str, Any] = {
    "createEvent": {
        "token": "fedcba9876543210",
        "title": "Bookbinding",
        "organizer_name": "Olga",
        "organizer_email": "olga@example.org",
        "timezone": "Europe/Berlin",
        "group_size": {"min": 3, "max": 5},
        "closes_at": "2027-01-11T09:00:00Z",
        "first_day": "2027-01-18",
        "last_day": "2027-01-20",
        "session_minutes": 60,
        "day_start": "09:00",
        "day_end": "21:00",
        "considered_start": "08:00",
        "considered_end": "22:00",
        "weekdays": [1, 2],
        "places": [
            {"name": "A", "id": "a", "rooms": 2, "seats": 5, "slots": ["s000"], "address": "B", "link": "https://x.org"}
        ],
        "topics": ["paper"],
        "wishes": {"levels": "mixed", "topics": 0.5, "fairness": 0.25, "wildcard": True},
        "description": "Bring glue.",
        "question": "Which paper do you love?",
        "most": 40,
        "review": True,
        "confirm_minutes": 60,
        "least_share": 50,
        "repairs": "ask",
        "release": 24,
    },
    "signUp": {**sign_up_body(2), "if_need_be": ["s004"], "places": ["1-online"], "host": True, **WARM},
    "mailLink": {"email": "person1@example.com"},
    "editMe": {
        name: value
        for name, value in sign_up_body(1, if_need_be=[], places=[], host=False, **WARM).items()
        if name not in {"token", "email"}
    },
    "confirmMe": {"warm_up": "Which glue?", "host": True, "shares": False},
    "moveMe": {"group": "g001"},
    "replyMe": {"coming": True},
    "moveDeadline": {"closes_at": "2027-01-12T09:00:00Z"},
    "closeNow": {"confirm_minutes": 10},
    "change": {"group_size": {"min": 2, "max": 4}, "offer": ["s000"]},
    "decideLetters": {
        "act": "failed",
        "letter": {"person": "abcdefghijklmnop", "kind": "seat", "sequence": 0, "version": 1},
        "person": "abcdefghijklmnop",
    },
    "showLettersOf": {"email": "person1@example.com"},
    "mend": {"plan": "p", "act": "leave"},
    "keepUp": {"repairs": "ask", "release": 48},
}
"""For each operation a body with every field, which is taken."""

SLOTS = {
    **{name: value for name, value in WHOLE["createEvent"].items() if "day" not in name and "consider" not in name},
    "session_minutes": 60,
    "places": [],
    "slots": [{"id": "a", "start": "2027-01-18T09:00:00Z", "end": "2027-01-18T10:00:00Z", "offered": True}],
}


def spots(value: Any, path: Path = ()) -> Iterator[Path]:
    """The way to every field and every entry in a body."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in children:
        yield (*path, name)
        yield from spots(child, (*path, name))


def changed(body: Any, path: Path, value: Any) -> Any:
    """The body with another value at that spot, or with nothing there."""
    whole = copy.deepcopy(body)
    inner = whole
    for step in path[:-1]:
        inner = inner[step]
    if value is DELETED:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return whole


@pytest.fixture(scope="module")
def desk() -> Desk:
    """One desk for all requests."""
    return Desk()


def assert_sentence(operation: str, sent: Any, status: int, problem: Any) -> None:
    """A problem says in one sentence what to do, and which field it is about."""
    assert 400 <= status < 500, (operation, sent, problem)
    assert problem["status"] == status
    assert problem["title"] == http.HTTPStatus(status).phrase
    assert re.fullmatch(r"[^\x00-\x1f]{10,400}[.!?]", problem["detail"]), problem["detail"]
    assert "`" not in problem["detail"], "a sentence for people, not the decoder's"


def validator(operation: str) -> jsonschema_rs.Draft202012Validator:
    reference = OPERATIONS[operation][2]
    schema = {"$ref": reference, "components": document()["components"]}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def test_every_operation_with_a_body_has_a_whole_one_here() -> None:
    """A new operation or field needs a line above; the bodies hold every field that there is."""
    assert WHOLE.keys() == OPERATIONS.keys()
    schemas = document()["components"]["schemas"]
    for operation, body in WHOLE.items():
        fields = schemas[OPERATIONS[operation][2].rpartition("/")[2]]["properties"].keys()
        assert fields - {"slots"} == body.keys(), operation


@pytest.mark.parametrize("operation", WHOLE)
def test_a_whole_body_is_taken_and_what_the_description_allows(desk: Desk, operation: str) -> None:
    """Otherwise the tests below would find fault with everything."""
    assert validator(operation).is_valid(WHOLE[operation])
    status, answer, _ = desk.send(operation, json.dumps(WHOLE[operation]).encode())
    assert status < 300, answer


@pytest.mark.parametrize("operation", [*WHOLE, "slots"])
def test_no_value_of_any_field_breaks_anything(desk: Desk, operation: str) -> None:
    """What the description forbids is refused with a sentence; nothing refused is kept, and nothing is a 500."""
    body = SLOTS if operation == "slots" else WHOLE[operation]
    operation = "createEvent" if operation == "slots" else operation
    allowed = validator(operation)
    refused = 0
    for path in spots(body):
        for value in (DELETED, *VALUES):
            sent = changed(body, path, value)
            status, answer, kept = desk.send(operation, json.dumps(sent).encode())
            assert status < 500, (path, value)
            if status >= 400:
                assert not kept, (path, value)
                assert_sentence(operation, (path, value), status, answer)
                refused += 1
            else:
                assert "\ud800" not in json.dumps(sent, ensure_ascii=False)
                assert allowed.is_valid(sent), (path, value)
    assert refused > len(list(spots(body))) * 5


@pytest.mark.parametrize("operation", WHOLE)
def test_a_field_that_nobody_knows_is_named(desk: Desk, operation: str) -> None:
    """A misspelt name would otherwise be an answer lost without a word."""
    for path in [(), *spots(WHOLE[operation])]:
        inner = WHOLE[operation]
        for step in path:
            inner = inner[step]
        if isinstance(inner, dict):
            sent = changed(WHOLE[operation], (*path, "nmae"), 1)
            status, answer, kept = desk.send(operation, json.dumps(sent).encode())
            assert (status, kept) == (422, False)
            assert "“nmae” is not a field here" in answer["detail"]


@pytest.mark.parametrize("operation", WHOLE)
@pytest.mark.parametrize("body", [body for body, _ in BODIES], ids=[what for _, what in BODIES])
def test_a_body_that_is_none_is_refused(desk: Desk, operation: str, body: bytes) -> None:
    """Whatever came instead; only where every field may be left out is an empty one fine."""
    status, answer, kept = desk.send(operation, body)
    if not body and operation in {"closeNow", "confirmMe"}:
        assert status == 200
    else:
        assert not kept
        assert_sentence(operation, body[:20], status, answer)


@pytest.mark.parametrize(
    ("operation", "change", "field", "sentence"),
    [
        ("signUp", {"name": DELETED}, "name", "“name” is missing; send it too."),
        ("signUp", {"name": 5}, "name", "“name” has the wrong kind of value; it has to be text."),
        ("signUp", {"name": "x" * 101}, "name", "“name” is too long; use at most 100 characters."),
        ("signUp", {"name": ""}, "name", "“name” is too short; write something."),
        ("signUp", {"level": 9}, "level", "“level” is none of the choices; choose one of those offered."),
        ("signUp", {"topics": ["x"] * 21}, "topics", "“topics” has too many entries; use at most 20."),
        ("signUp", {"free": [1]}, "free", "“free[0]” has the wrong kind of value; it has to be text."),
        ("signUp", {"host": "yes"}, "host", "“host” has the wrong kind of value; it has to be true or false."),
        ("signUp", {"email": "ana"}, "email", "“ana” is not a mail address; write it like ana@example.org."),
        ("signUp", {"timezone": "Mars"}, "timezone", "“Mars” is not a time zone; use a name such as Europe/Berlin."),
        ("signUp", {"token": "x"}, "token", "“token” is not written as it has to be; see the API's description."),
        ("createEvent", {"least_share": 101}, "least_share", "“least_share” is too large; use 100 or less."),
        ("createEvent", {"wishes": {"topics": 1.5}}, "wishes", "“wishes.topics” is too large; use 1 or less."),
        ("createEvent", {"wishes": {"levels": "low"}}, "wishes",
         "“wishes.levels” is none of the choices; choose one of those offered."),
        ("createEvent", {"closes_at": "2027-01-11T09:00:00"}, "closes_at",
         "“closes_at” has no zone; write it like 2027-01-11T14:00:00Z."),
        ("createEvent", {"closes_at": "soon"}, "closes_at",
         "“closes_at” is not a time; write it like 2027-01-11T14:00:00Z."),
        ("createEvent", {"first_day": "soon"}, "first_day", "“first_day” is not a day; write it like 2027-01-11."),
        ("createEvent", {"group_size": {"min": 1, "max": 3}}, "group_size",
         "“group_size.min” is too small; use 2 or more."),
        ("createEvent", {"places": [{"name": "A", "rooms": 0}]}, "places",
         "“places[0].rooms” is too small; use 1 or more."),
        ("createEvent", {"release": 11}, "release",
         "Seats can be freed 12 to 168 hours before a session, or with 0 never."),
        ("keepUp", {"release": 169}, "release", "“release” is too large; use 168 or less."),
        ("keepUp", {"repairs": "never"}, "repairs", "“repairs” is none of the choices; choose one of those offered."),
        ("mend", {"act": "wait"}, "act", "“act” is none of the choices; choose one of those offered."),
        ("mend", {"plan": ""}, "plan", "“plan” is too short; write something."),
        ("change", {"group_size": 5}, "group_size",
         "“group_size” has the wrong kind of value; it has to be an object or null."),
        ("closeNow", {"confirm_minutes": "5"}, "confirm_minutes",
         "“confirm_minutes” has the wrong kind of value; it has to be a whole number or null."),
    ],
)  # fmt: skip
def test_a_refusal_says_in_words_what_is_wrong_and_where(
    desk: Desk, operation: str, change: dict[str, Any], field: str, sentence: str
) -> None:
    """The page shows the sentence beside the field."""
    ((name, value),) = change.items()
    status, answer, _ = desk.send(operation, json.dumps(changed(WHOLE[operation], (name,), value)).encode())
    assert (status, answer["field"], answer["detail"]) == (422, field, sentence)


def test_a_field_sent_twice_counts_once_and_hides_nothing(desk: Desk) -> None:
    """JSON allows it; the last one is read, and is checked like any other."""
    body = json.dumps(WHOLE["mailLink"])[:-1].encode() + b', "email": "nobody"}'
    assert desk.send("mailLink", body)[0] == 422


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "", "application/json; charset=utf-8"]
)
def test_the_kind_of_a_body_is_seen_from_the_body(desk: Desk, kind: str) -> None:
    """Clients label JSON in many ways; what counts is whether it is JSON."""
    app = desk.app
    app.take_over()
    body = json.dumps({"email": "nobody@example.com"}).encode()
    path = f"/api/events/{desk.event_id}/links"
    assert app.call("POST", path, body, **{"Content-Type": kind}).status_code == 202
