"""The create page: what it says when something is missing, refused, or a bad idea."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.visit import Visit

pytestmark = [pytest.mark.browser, pytest.mark.cloud]

type Open = Callable[..., Visit]


@pytest.mark.usefixtures("refusals")
def test_creating_says_what_is_missing_and_what_the_server_refuses(visit: Open) -> None:
    """Own checks first, all at once; then the server's sentence at the field it names; a reload keeps it all."""
    olga = visit(phone=True)
    page = olga.open()
    page.get_by_role("button", name="Create the event").click()
    expect(page.get_by_text("3 answers need another look.")).to_be_visible()
    olga.look_around()
    page.get_by_label("What is it about?").fill("Bread")
    page.get_by_label("Your name, as people").fill("Mallory")
    page.get_by_label("Your e-mail; replies").fill("mallory@elsewhere.test")
    page.get_by_label("At real places").check()
    page.get_by_label("Name of the place").fill("Bakery")
    page.get_by_label("At least").fill("9")
    page.get_by_role("button", name="Create the event").click()
    expect(page.get_by_text("Write two numbers from 2 to 30")).to_be_visible()
    page.get_by_label("At most", exact=True).fill("12")
    page.get_by_role("button", name="Create the event").click()
    expect(page.locator("[data-field~='organizer_email'] .error, .form-problem:not(:empty)").first).to_be_visible()
    olga.look_around()
    page.reload()
    expect(page.get_by_label("Name of the place")).to_have_value("Bakery")
    expect(page.get_by_label("At most", exact=True)).to_have_value("12")


def test_creating_says_when_a_zone_has_no_session_in_daytime(visit: Open) -> None:
    """Organizers learn before, not after, that half the world sleeps through their event."""
    olga = visit(timezone_id="Europe/Berlin")
    page = olga.open()
    page.get_by_text("More: times").click()
    page.get_by_label("From").first.fill("09:00")
    page.get_by_label("To", exact=True).first.fill("13:00")
    page.get_by_label("How does it look from elsewhere?").select_option("America/Los_Angeles")
    expect(page.get_by_text("For people in America / Los Angeles no session starts in daytime")).to_be_visible()
    olga.look_around()
