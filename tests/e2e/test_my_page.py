"""An attendee's page: each state it can be in, and each thing that can be done on it."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.cloud.visitor import Visitor
from tests.e2e.examples import SEAT, SEATED
from tests.e2e.visit import Visit, told

pytestmark = [pytest.mark.browser, pytest.mark.cloud]

type Open = Callable[..., Visit]

FRIENDS = [
    {"email": "chidi@example.org", "only": False, "mutual": True},
    {"email": "somebody.with.quite.a.long.address@some-institution.example.org", "only": True, "mutual": False},
]
PUBLISHED = {"state": "published"}
ONLINE = {"place": None, "join_link": "https://meet.example.org/x", "bird": 14, "companions": [], "hello": None}
LATELY = {"start": "2020-01-05T17:00:00Z", "end": "2020-01-05T18:00:00Z"}
NOW = {"start": "2020-01-05T17:00:00Z", "end": "2099-01-05T18:00:00Z"}

STATES: dict[str, tuple[dict[str, Any], str]] = {
    "to be confirmed": ({"state": "unconfirmed"}, "One step left"),
    "to be confirmed, seen by nobody so far": (
        {"state": "unconfirmed", "answers": {"shares": False}, "event": {"question": "Which poster first?"}},
        "One step left",
    ),
    "full": ({"state": "unconfirmed", "event": {"full": True}}, "All places are taken right now."),
    "waiting, with friends": (
        {"answers": {"warm_up": "How do you clean old type?", "host": True}, "friends": FRIENDS},
        "You are in.",
    ),
    "no time marked": ({"meaning": "You marked no time, so you cannot be given a seat."}, "You are in."),
    "withdrawn": ({"state": "withdrawn", "editable": False}, "take it back"),
    "withdrawn for good": ({"state": "withdrawn", "editable": False, "event": PUBLISHED}, "You have withdrawn"),
    "groups being made": ({"editable": False, "event": {"state": "matching"}}, "The groups are being made."),
    "groups going out": ({"editable": False, "event": {"state": "publishing"}}, "on its way"),
    "seated at a place": (SEATED, "Here is your group. Will you be there?"),
    "seated and coming": ({**SEATED, "sub_event": {**SEAT, "coming": True}}, "and you will be there."),
    "seated online as the guest": ({**SEATED, "sub_event": {**SEAT, **ONLINE, "wildcard": True}}, "Will you be there?"),
    "meeting": ({**SEATED, "sub_event": {**SEAT, **NOW}}, "meeting right now"),
    "session over": ({**SEATED, "sub_event": {**SEAT, **LATELY}}, "Your group met on Sunday 5 January."),
    "without a group": (
        {"unplaced": "Four others share Friday morning, one short.", "editable": False, "event": PUBLISHED},
        "There is no group for you yet.",
    ),
    "too late to confirm": ({"state": "unconfirmed", "editable": False, "event": PUBLISHED}, "It is too late"),
    "called off": ({"editable": False, "event": {"state": "cancelled"}}, "This event is off."),
}


@pytest.mark.parametrize("state", STATES)
def test_my_page_in_every_state(visit: Open, mine: str, state: str) -> None:
    """States that take long to reach are told to the page instead of being reached; all that folds is open."""
    change, sentence = STATES[state]
    ana = visit()
    told(ana.page, "**/api/me", change)
    page = ana.open(f"me#{mine}")
    expect(page.locator(".lead")).to_contain_text(sentence)
    ana.unfold()
    ana.look_around()
    assert {request.method for request in ana.sent} == {"GET"}


def test_my_page_lets_me_confirm_change_leave_and_come_back(visit: Open, visitor: Visitor) -> None:
    """Each press shows at once what came of it."""
    event_id, _ = visitor.open_event(topics=["Posters"])
    token = visitor.token(visitor.sign_up(event_id))
    ana = visit(phone=True)
    page = ana.open(f"me#{token}")
    page.get_by_role("button", name="Confirm my place").click()
    expect(page.locator(".lead")).to_contain_text("You are in.")

    page.get_by_role("button", name="Change my answers").click()
    expect(page.get_by_label("Your name")).to_have_value("Ana Example")
    expect(page.get_by_text("4 times work.")).to_be_visible()
    ana.look_around()
    page.get_by_label("Your name").fill("")
    page.get_by_role("button", name="Save my answers").click()
    expect(page.get_by_text("Write the name your group should call you.")).to_be_visible()
    page.get_by_label("Your name").fill("Ana Maria Example")
    page.locator("[data-slot]").first.click()
    page.get_by_role("button", name="Save my answers").click()
    expect(page.locator(".answers")).to_contain_text("Ana Maria Example")

    page.get_by_role("button", name="Withdraw").click()
    expect(page.locator(".lead")).to_contain_text("You have withdrawn.")
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator(".lead")).to_contain_text("You are in.")
    page.reload()
    expect(page.locator(".answers")).to_contain_text("Ana Maria Example")


def test_giving_a_seat_back_is_asked_twice(visit: Open, mine: str) -> None:
    """The first press only asks; keeping the seat changes nothing."""
    ana = visit()
    told(ana.page, "**/api/me", SEATED)
    page = ana.open(f"me#{mine}")
    page.get_by_role("button", name="I can’t make it").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    ana.look_around()
    page.get_by_role("button", name="Keep my seat").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert {request.method for request in ana.sent} == {"GET"}


def test_the_birds_gather_the_first_time_i_see_my_group(visit: Open, mine: str) -> None:
    """Once in a browser, and not at all for whoever wants no motion."""
    ana = visit()
    told(ana.page, "**/api/me", SEATED)
    moving = "getComputedStyle(document.querySelector('.flock .bird')).animationName"
    page = ana.open(f"me#{mine}")
    assert page.evaluate(moving) == "gather"
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(moving) == "none"
    page.emulate_media(reduced_motion="no-preference")
    page = ana.open(f"me#{mine}")
    assert page.evaluate(moving) == "none"
