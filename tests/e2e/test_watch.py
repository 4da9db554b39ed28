"""The organizer's private page: what it shows, and what each press on it does."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.cloud.visitor import Visitor
from tests.e2e.visit import Visit, told

pytestmark = [pytest.mark.browser, pytest.mark.cloud]

type Open = Callable[..., Visit]


CHOICES = [
    {"act": act, "sentence": f"What {act} would lead to.", "value": value}
    for act, value in [("extend", ""), ("smaller", "3"), ("slot", "s001"), ("publish", ""), ("cancel", "")]
]

NO_PLAN = {"published": False, "placed": 0, "placeable": 0, "groups": [], "unplaced": []}


def test_the_watch_page_shows_what_it_has_while_a_part_is_missing(visit: Open, organizer: str) -> None:
    """People who cannot be listed just now are no reason to hide the numbers."""
    olga = visit()
    olga.page.route("**/api/organizer/attendees*", lambda route: route.fulfill(json={"attendees": 1, "next": None}))
    page = olga.open(f"watch#{organizer}")
    expect(page.get_by_text("1 confirmed")).to_be_visible()
    expect(page.get_by_text("No connection just now.")).to_be_visible()


def test_each_way_on_from_a_held_plan_does_what_it_says(visit: Open, organizer: str) -> None:
    """Every choice is a button with its effect beside it; calling it off is asked once more."""
    olga = visit()
    told(olga.page, "**/api/organizer", {"event": {"state": "held"}, "held": {"sentence": "Few.", "choices": CHOICES}})
    olga.page.route("**/api/organizer/plan", lambda route: route.fulfill(json=NO_PLAN))
    posted: list[tuple[str, Any]] = []

    def note(route: Route) -> None:
        posted.append((route.request.url.rpartition("/")[2], json.loads(route.request.post_data or "{}")))
        route.fulfill(json=json.loads(olga.page.evaluate("window.watchAnswer")))

    page = olga.open(f"watch#{organizer}")
    page.evaluate(
        "(token) => fetch('api/organizer', { headers: { Authorization: `Bearer ${token}` } })"
        ".then((answer) => answer.text()).then((text) => (window.watchAnswer = text))",
        organizer,
    )
    page.route(re.compile(r"/api/organizer/(change|publish|cancel|deadline)$"), note)
    page.get_by_role("button", name="Allow smaller groups").click()
    page.get_by_role("button", name="Offer that time too").click()
    page.get_by_role("button", name="Go ahead").click()
    page.get_by_role("button", name="Keep sign-up open longer").click()
    expect(page.locator(":focus")).to_have_attribute("type", "datetime-local")
    page.locator(".choices").get_by_role("button", name="Cancel the event").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    olga.look_around()
    page.get_by_role("button", name="Keep it").click()
    assert posted == [
        ("change", {"group_size": {"min": 3, "max": 5}}),
        ("change", {"offer": ["s001"]}),
        ("publish", {}),
    ]


@pytest.mark.usefixtures("refusals")
def test_steering_says_what_the_server_refuses_where_it_was_asked(visit: Open, visitor: Visitor) -> None:
    """A deadline after the first session is refused beside the deadline; holding and cancelling show at once."""
    _, organizer = visitor.open_event()
    olga = visit()
    page = olga.open(f"watch#{organizer}")
    page.get_by_label("Sign-up ends").fill("2090-01-01T12:00")
    page.get_by_role("button", name="Move the deadline").click()
    expect(page.locator("[data-field='closes_at'] .error")).to_be_visible()
    olga.look_around()
    page.get_by_role("button", name="Let me look before it goes out").click()
    expect(page.get_by_text("The groups will wait until you have looked at them.")).to_be_visible()
    page.get_by_role("button", name="Cancel the event").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the event").click()
    expect(page.locator(".lead")).to_have_text("This event is off.")
    olga.look_around()
