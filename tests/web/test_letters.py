"""The organizer's letters: what became of them, one person's, and what is decided by hand."""

from typing import Any

import pytest

import app as front_page
from chalicelib.adapters.memory import Fault
from chalicelib.flow.delivery import PAGE
from tests.flow.provider import notification, said
from tests.web.in_memory import App

PATH = "/api/organizer/letters"


class Post:
    """An open event whose people had no luck with their mail."""

    def __init__(self) -> None:
        self.app = App()
        self.event_id, self.organizer = self.app.open_event()

    def meet(self, fault: Fault | None, *numbers: int) -> None:
        """These people sign up, and the letter to each meets that fault."""
        for number in numbers:
            address = self.app.sign_up(self.event_id, number)
            self.app.mailer.fail_for(address, fault)
            self.app.work()
            self.app.mailer.fail_for(address, None)

    def hear(self, kind: str, number: int) -> None:
        """The provider says so of the letter to that person."""
        person = self.app.store.attendee_at(self.event_id, f"person{number}@example.com")
        assert person is not None
        (letter,) = self.app.store.letters(self.event_id, person.id)
        front_page.feedback(notification(said(kind, letter)), None)

    def look(self, after: str = "") -> Any:
        return self.app.ask("GET", f"{PATH}?after={after}", token=self.organizer)

    def decide(self, **body: Any) -> Any:
        return self.app.ask("POST", PATH, body, self.organizer)

    def mails(self, number: int) -> int:
        return len(self.app.mails(f"person{number}@example.com"))


@pytest.fixture
def post() -> Post:
    found = Post()
    found.meet(Fault.ANSWER_LOST, 1)
    found.meet(Fault.REFUSED, 2)
    found.meet(None, 3, 4)
    found.hear("Bounce", 3)
    return found


def named(row: Any) -> Any:
    return {name: row[name] for name in ("person", "kind", "sequence", "version")}


def test_the_organizer_sees_what_became_of_letters_and_whom_none_reaches(post: Post) -> None:
    """With first names and addresses, as they see people anyway."""
    seen = post.look()
    rows = {row["email"]: (row["first_name"], row["state"], row["kept"]) for row in seen["letters"]}
    assert rows == {
        "person1@example.com": ("Person1", "unknown", True),
        "person2@example.com": ("Person2", "failed", False),
    }
    (lost,) = seen["unreachable"]
    assert (lost["first_name"], seen["unreachable_count"], seen["next"]) == ("Person3", 1, None)
    assert (seen["counts"]["sent"], seen["counts"]["bounced"]) == (2, 1)
    assert post.app.watch(post.organizer)["counts"]["unreachable"] == 1
    everybody = post.app.ask("GET", "/api/organizer/attendees", token=post.organizer)["attendees"]
    assert [one["email"] for one in everybody if one["unreachable"]] == ["person3@example.com"]


def test_each_decision_is_answered_with_what_is_left(post: Post) -> None:
    """And what was decided goes out."""
    row = {one["state"]: one for one in post.look()["letters"]}
    left = post.decide(act="again", letter=named(row["unknown"]))
    assert [one["state"] for one in left["letters"]] == ["failed"]
    left = post.decide(act="failed")
    assert left["letters"] == []
    left = post.decide(act="reachable", person=left["unreachable"][0]["id"])
    assert (left["letters"], left["unreachable"]) == ([], [])
    post.app.work()
    assert [post.mails(number) for number in (1, 2, 3, 4)] == [2, 1, 2, 1]
    assert post.look()["counts"]["sent"] == 5


def test_a_letter_said_to_have_arrived_is_sent_and_left_alone(post: Post) -> None:
    """However often that is said."""
    (row,) = (one for one in post.look()["letters"] if one["state"] == "unknown")
    for _ in range(2):
        post.decide(act="arrived", letter=named(row))
    post.app.work()
    assert post.mails(1) == 1
    assert post.look()["counts"]["unknown"] == 0


def test_one_persons_letters_are_looked_up_by_address(post: Post) -> None:
    """In the body, since addresses of pages are logged; and nothing is written by looking."""
    found = post.app.ask("POST", f"{PATH}/person", {"email": "Person3@Example.com"}, post.organizer)
    assert (found["first_name"], found["state"], len(found["letters"])) == ("Person3", "unconfirmed", 1)
    assert "came back" in found["unreachable"]
    missing = post.app.call("POST", f"{PATH}/person", {"email": "nobody@example.com"}, post.organizer)
    assert (missing.status_code, missing.json_body["detail"]) == (
        404, "Nobody has signed up with this address; check its spelling."
    )  # fmt: skip


STRANGE = {"person": "x", "kind": "seat", "sequence": 0, "version": 1}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"act": "arrived", "letter": STRANGE}, 404),
        ({"act": "again", "letter": STRANGE}, 404),
        ({"act": "reachable", "person": "x"}, 404),
        ({"act": "again"}, 422),
        ({"act": "arrived", "person": "x"}, 422),
        ({"act": "reachable"}, 422),
        ({"act": "burn"}, 422),
        ({"act": "again", "letter": {**STRANGE, "kind": "love"}}, 422),
        ({"act": "again", "letter": {**STRANGE, "sequence": -1}}, 422),
        ({"act": "again", "letter": {**STRANGE, "person": "x" * 65}}, 422),
        ({"act": "again", "letter": {**STRANGE, "person": "\x00#\u202e"}}, 404),
    ],
)
def test_what_cannot_be_decided_is_refused_and_changes_nothing(post: Post, body: Any, status: int) -> None:
    """With one sentence that says what to do."""
    before = post.look()
    response = post.app.call("POST", PATH, body, post.organizer)
    assert response.status_code == status, response.json_body
    assert len(response.json_body["detail"]) > 10
    assert post.look() == before


def test_a_letter_that_was_settled_meanwhile_is_looked_at_again(post: Post) -> None:
    """Somebody else pressed, or the provider said what became of it."""
    (row,) = (one for one in post.look()["letters"] if one["state"] == "unknown")
    post.hear("Bounce", 1)
    for act in ("arrived", "again"):
        assert post.app.call("POST", PATH, {"act": act, "letter": named(row)}, post.organizer).status_code == 409
    post.app.work()
    assert post.mails(1) == 1


def test_another_organizers_letters_are_not_found(post: Post) -> None:
    """Their own link opens nothing here."""
    (row,) = (one for one in post.look()["letters"] if one["state"] == "unknown")
    post.app.ask("POST", "/api/events", post.app.proposal(token="other-0123456789"))
    post.app.work()
    other = post.app.token("olga@example.org")
    assert post.app.ask("GET", PATH, token=other)["letters"] == []
    for body in ({"act": "arrived", "letter": named(row)}, {"act": "reachable", "person": row["person"]}):
        assert post.app.call("POST", PATH, body, other).status_code == 404
    assert post.app.call("POST", f"{PATH}/person", {"email": row["email"]}, other).status_code == 404


def test_many_letters_come_in_pages() -> None:
    """The page behind the last name holds the rest."""
    post = Post()
    for start in range(0, PAGE + 3, 40):
        post.meet(Fault.REFUSED, *range(start, min(start + 40, PAGE + 3)))
        post.app.clock.sleep(60)
    first = post.look()
    second = post.look(first["next"])
    assert (len(first["letters"]), len(second["letters"]), second["next"]) == (PAGE, 3, None)


def test_whoever_cannot_be_reached_sees_it_on_their_page_and_is_back_with_one_press(post: Post) -> None:
    """The link came by mail, so mail arrives."""
    token = post.app.token("person4@example.com")
    post.app.ask("POST", "/api/me/confirm", {}, token)
    post.hear("Complaint", 4)
    assert "reported as spam" in post.app.ask("GET", "/api/me", token=token)["unreachable"]
    assert post.app.ask("POST", "/api/me/confirm", {}, token)["unreachable"] == ""
