"""Access: each private link opens its own door and no other, and every shut door looks the same."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain import links
from chalicelib.domain.links import Link, Purpose
from chalicelib.web.openapi import document
from tests.web.in_memory import App, sign_up_body

Json = dict[str, Any]


def operations(door: str) -> list[tuple[str, str]]:
    """Method and path of everything that needs a link of that kind."""
    return [
        (method.upper(), path)
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
        if {door: []} in operation.get("security", [])
    ]


MINE, STEERING = operations("attendee"), operations("organizer")


class Doors:
    """Two events with two people each, and every kind of token for them."""

    def __init__(self) -> None:
        self.app = App()
        self.event_id, self.organizer = self.app.open_event()
        self.people = [self.app.confirmed(self.event_id, n) for n in range(2)]
        other = self.app.ask("POST", "/api/events", self.app.proposal(token="other-0123456789", title="Other"))
        self.other_id = other["id"]
        self.app.work()
        self.other_organizer = self.app.token("olga@example.org")
        self.app.ask("POST", "/api/organizer/open", token=self.other_organizer)
        self.others = [self.app.confirmed(self.other_id, n) for n in (5, 6)]

    def signed(self, purpose: Purpose, event_id: str, person: str, generation: int = 0) -> str:
        return links.signed(self.app.secrets.link_key(), Link(purpose, event_id, person, generation))

    @property
    def records(self) -> Json:
        return dict(self.app.store._records)


def id_of(token: str) -> str:
    return token.split(".")[2]


def forged(doors: Doors, good: str) -> str:
    return links.signed(b"another key", links.read(doors.app.secrets.link_key(), good))


def test_every_private_operation_is_in_the_description() -> None:
    """What these tests walk through is all there is."""
    assert len(MINE) >= 6
    assert len(STEERING) >= 10
    assert not {path for _, path in MINE} & {path for _, path in STEERING}


HEADERS: list[Json] = [
    {},
    {"Authorization": ""},
    {"Authorization": "Bearer"},
    {"Authorization": "Bearer "},
    {"Authorization": "Bearer \t"},
    {"Authorization": "Basic b2xnYTpvbGdh"},
    {"Authorization": "Bearer null"},
    {"Authorization": "Bearer a.b.c.0.d"},
    {"Authorization": "Bearer é٣\u202e"},
    {"Authorization": "Bearer \ud800"},
    {"Authorization": "Bearer " + "." * 5000},
    {"Authorization": "Bearer " + "a" * 100_000},
]


@pytest.fixture(scope="module")
def made() -> Doors:
    """Doors that stay as they are, since nobody gets through them."""
    return Doors()


@pytest.fixture
def doors(made: Doors) -> Doors:
    """The same, answering now."""
    made.app.take_over()
    return made


def refused(doors: Doors, method: str, path: str, headers: Json) -> tuple[int, bytes, str]:
    """The whole answer to somebody who may not; nothing may have changed."""
    before = doors.records
    response = doors.app.call(method, path, None, **headers)
    assert doors.records == before
    return response.status_code, response.body, response.headers.get("WWW-Authenticate", "")


@pytest.mark.parametrize(("method", "path"), MINE + STEERING)
def test_without_a_token_of_ours_every_door_is_shut_alike(method: str, path: str, doors: Doors) -> None:
    """Missing, garbled, of another scheme or very long: one status, one sentence, one header."""
    found = {refused(doors, method, path, headers) for headers in HEADERS}
    ((status, body, asked),) = found
    assert (status, asked) == (401, "Bearer")
    assert json.loads(body)["detail"].startswith("This link does not work any more.")


WRONG: list[tuple[str, Callable[[Doors], str], Callable[[Doors], str]]] = [
    ("of the other purpose", lambda doors: doors.organizer, lambda doors: doors.people[0]),
    (
        "of the other purpose made out to the right person",
        lambda doors: doors.signed(Purpose.ORGANIZER, doors.event_id, id_of(doors.people[0])),
        lambda doors: doors.signed(Purpose.ATTENDEE, doors.event_id, ""),
    ),
    (
        "signed by another key",
        lambda doors: forged(doors, doors.people[0]),
        lambda doors: forged(doors, doors.organizer),
    ),
    (
        "of another generation",
        lambda doors: doors.signed(Purpose.ATTENDEE, doors.event_id, id_of(doors.people[0]), 1),
        lambda doors: doors.signed(Purpose.ORGANIZER, doors.event_id, "", 1),
    ),
    (
        "of an event that is not there",
        lambda doors: doors.signed(Purpose.ATTENDEE, "q" * 16, id_of(doors.people[0])),
        lambda doors: doors.signed(Purpose.ORGANIZER, "q" * 16, ""),
    ),
    (
        "of a person of another event",
        lambda doors: doors.signed(Purpose.ATTENDEE, doors.event_id, id_of(doors.others[0])),
        lambda doors: doors.signed(Purpose.ATTENDEE, doors.event_id, id_of(doors.others[0])),
    ),
    (
        "of nobody",
        lambda doors: doors.signed(Purpose.ATTENDEE, doors.event_id, ""),
        lambda doors: doors.signed(Purpose.ATTENDEE, doors.event_id, "organizer"),
    ),
    (
        "with one character changed",
        lambda doors: doors.people[0][:-1] + ("A" if doors.people[0][-1] != "A" else "B"),
        lambda doors: doors.organizer[:-1] + ("A" if doors.organizer[-1] != "A" else "B"),
    ),
]


@pytest.mark.parametrize(("method", "path"), MINE + STEERING)
def test_a_token_opens_no_door_but_its_own(method: str, path: str, doors: Doors) -> None:
    """Every token that is not the right one, at every door, gets the answer that no token gets."""
    nothing = refused(doors, method, path, {})
    for what, at_mine, at_steering in WRONG:
        token = (at_mine if (method, path) in MINE else at_steering)(doors)
        assert refused(doors, method, path, {"Authorization": f"Bearer {token}"}) == nothing, what


@pytest.mark.parametrize("header", ["Bearer {}", "bearer {}", "BEARER  {} "])
def test_the_right_token_opens_however_its_scheme_is_written(header: str) -> None:
    """Schemes have no case, and space around a token is no part of it."""
    doors = Doors()
    assert doors.app.call("GET", "/api/me", Authorization=header.format(doors.people[0])).status_code == 200
    assert doors.app.call("GET", "/api/organizer", Authorization=header.format(doors.organizer)).status_code == 200


def test_raising_the_generation_revokes_a_link() -> None:
    """For a person and for the organizer, and for nobody else."""
    doors = Doors()
    person = doors.app.store.attendee(doors.event_id, id_of(doors.people[0]))
    doors.app.store.commit(replace(person, generation=1))
    assert [doors.app.call("GET", "/api/me", token=token).status_code for token in doors.people] == [401, 200]
    doors.app.store.commit(replace(doors.app.store.event(doors.event_id), generation=1))
    assert doors.app.call("GET", "/api/organizer", token=doors.organizer).status_code == 401
    assert doors.app.call("GET", "/api/organizer", token=doors.other_organizer).status_code == 200


def test_an_organizer_sees_and_steers_their_own_event_only() -> None:
    """Nothing that they do reaches the other one."""
    doors = Doors()
    seen = json.dumps(
        [doors.app.ask("GET", path, token=doors.organizer) for path in ("/api/organizer", "/api/organizer/attendees")]
    )
    assert "person5@example.com" not in seen
    assert doors.other_id not in seen
    page = doors.app.ask("GET", f"/api/organizer/attendees?after={id_of(doors.others[0])}", token=doors.organizer)
    assert {one["email"] for one in page["attendees"]} <= {"person0@example.com", "person1@example.com"}
    before = doors.app.store.event(doors.other_id)
    doors.app.ask("POST", "/api/organizer/cancel", token=doors.organizer)
    assert doors.app.store.event(doors.other_id) == before


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/events/{}", None),
        ("GET", "/api/events/{}/qr.svg", None),
        ("POST", "/api/events/{}/attendees", sign_up_body(1)),
        ("POST", "/api/events/{}/links", {"email": "ana@example.com"}),
    ],
)
@pytest.mark.parametrize("event_id", ["q" * 16, "q", "q" * 17, "Q" * 16, "organizer", "%2e%2e", "q" * 3000])
def test_an_event_that_is_not_there_is_404_everywhere(method: str, path: str, body: Any, event_id: str) -> None:
    """Whatever its id looks like; and nothing is kept."""
    app = App()
    app.tick()
    response = app.call(method, path.format(event_id), body)
    assert response.status_code == 404
    assert response.json_body["detail"].endswith(".")
    assert not app.store._records


SECRETS = ("@example.org", "@example.com", "Torstraße", "meet.example.org", "0123456789abcdef")


def test_what_everybody_may_see_holds_nobody() -> None:
    """No address of a person or a place, no meeting link, no token, no name but the organizer's."""
    app = App()
    places = [
        {"name": "Café Anna", "address": "Torstraße 8"},
        {"name": "Online", "link": "https://meet.example.org/secret"},
    ]
    event_id, _ = app.open_event(places=places)
    app.confirmed(event_id, 1)
    for path in (f"/api/events/{event_id}", f"/e/{event_id}", "/openapi.json"):
        said = app.call("GET", path).body.decode()
        assert not [secret for secret in (*SECRETS, "Person1") if secret in said], path


def test_a_group_sees_of_its_members_what_they_agreed_to() -> None:
    """First names and hopes of those who ticked; of the others their number; of nobody an address."""
    app = App()
    event_id, organizer = app.open_event(confirm_minutes=0)
    people = [app.confirmed(event_id, n, free=["s000"], shares=n == 1, host=n == 2) for n in range(3)]
    app.close(organizer)
    for number, token in enumerate(people):
        said = json.dumps(app.ask("GET", "/api/me", token=token))
        invite = app.call("GET", "/api/me/invite.ics", token=token).body.decode()
        for other in {0, 1, 2} - {number}:
            assert (f"Person{other}" in said) is (other == 1)
            assert f"Family{other}" not in said
            assert f"person{other}@" not in said + invite
            assert people[other] not in said + invite
        assert token not in invite


def test_looking_changes_nothing() -> None:
    """A mail scanner that opens every link three times confirms and withdraws nobody."""
    doors = Doors()
    unsure = doors.app.sign_up(doors.event_id, 9)
    doors.app.work()
    tokens = [doors.app.token(unsure), *doors.people, doors.organizer]
    before = doors.records
    for _ in range(3):
        for method in ("GET", "HEAD"):
            for path in ("/", "/me", "/watch", "/table", f"/e/{doors.event_id}", "/openapi.json"):
                doors.app.call(method, path)
        for token in tokens:
            for method, path in MINE + STEERING:
                if method == "GET":
                    doors.app.call(method, path, token=token)
    assert doors.records == before
    assert doors.app.mails(unsure)
