"""Private links: opened, broken, and opened without a connection."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.cloud.visitor import Visitor
from tests.e2e.visit import Visit

pytestmark = [pytest.mark.browser, pytest.mark.cloud]

type Open = Callable[..., Visit]


@pytest.mark.parametrize("path", ["me#broken", "me", "table#broken"])
@pytest.mark.usefixtures("refusals")
def test_a_broken_private_link_says_what_to_do(visit: Open, visitor: Visitor, path: str) -> None:
    """The page names the way to a new link, and the event that this browser saw last."""
    event_id, _ = visitor.open_event(title="Seen before")
    ana = visit()
    ana.open(f"e/{event_id}")
    page = ana.open(path)
    expect(page.locator("h1")).to_have_text("This link does not open")
    expect(page.get_by_role("link", name="Seen before")).to_be_visible()
    ana.look_around()
    page.get_by_role("link", name="Seen before").click()
    expect(page.get_by_label("The e-mail you signed up with")).to_be_visible()


@pytest.mark.parametrize("path", ["watch#broken", "watch"])
@pytest.mark.usefixtures("refusals")
def test_a_broken_organizers_link_says_where_the_whole_one_is(visit: Open, visitor: Visitor, path: str) -> None:
    """What the sign-up page mails again is an attendee's link, so it is not named here."""
    event_id, _ = visitor.open_event(title="Seen before")
    olga = visit()
    olga.open(f"e/{event_id}")
    page = olga.open(path)
    expect(page.locator("h1")).to_have_text("This link does not open")
    expect(page.get_by_text("open the newest mail about your event")).to_be_visible()
    expect(page.get_by_role("link", name="Seen before")).to_have_count(0)
    olga.look_around()


def test_opening_a_private_link_changes_nothing(visit: Open, visitor: Visitor) -> None:
    """Mail scanners open links and run pages: only a press confirms."""
    event_id, organizer = visitor.open_event()
    token = visitor.token(visitor.sign_up(event_id))
    for _ in range(3):
        ana = visit()
        expect(ana.open(f"me#{token}").get_by_role("button", name="Confirm my place")).to_be_visible()
        assert {request.method for request in ana.sent} == {"GET"}
    assert visitor.client.get("api/organizer", organizer)["counts"]["unconfirmed"] == 1


@pytest.mark.parametrize("page_name", ["me", "watch"])
@pytest.mark.usefixtures("refusals")
def test_a_private_page_without_a_connection_offers_another_try(
    visit: Open, scene: tuple[str, str], page_name: str
) -> None:
    """The page says what happened and goes on from there once the connection is back."""
    ana = visit()
    ana.page.route("**/api/**", lambda route: route.abort("internetdisconnected"))
    page = ana.open(f"{page_name}#{scene[page_name == 'watch']}")
    expect(page.get_by_text("Check your connection, then press Try again.")).to_be_visible()
    ana.look_around()
    page.unroute("**/api/**")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("h1")).to_have_text("Letterpress for beginners and old hands")
