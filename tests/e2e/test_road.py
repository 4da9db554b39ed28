"""The whole road as people walk it: create, open, share, sign up, confirm, close, meet."""

import re
import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.cloud.visitor import Visitor
from tests.e2e.visit import Visit

pytestmark = [pytest.mark.browser, pytest.mark.cloud, pytest.mark.slow]


def test_from_an_idea_to_a_group_with_a_calendar_entry(visit: Callable[..., Visit], visitor: Visitor) -> None:
    """An organizer at a desk and an attendee on a phone never leave the pages and their mail."""
    olga, ana = visit(), visit(phone=True)
    olgas, anas = (f"{name}-{uuid.uuid4().hex[:8]}@example.org" for name in ("olga", "ana"))

    _create(olga, olgas)
    steer = f"watch#{visitor.token(olgas)}"
    link = _open(olga, steer)
    _sign_up(ana, link, anas)
    mine = f"me#{visitor.token(anas)}"
    _others_sign_up(visitor, link)
    _confirm(ana, mine)
    _close_and_wait(olga, steer)
    _meet(ana, mine)
    page = olga.open(steer)
    expect(page.get_by_text("4 confirmed, of at most 12")).to_be_visible()
    expect(page.get_by_text("1 said “I’ll be there”")).to_be_visible()
    expect(page.get_by_text("To begin with: “The one that failed.”")).to_be_visible()
    olga.look_around()

    page = ana.open(link)
    expect(page.get_by_text("The groups have gone out by mail.")).to_be_visible()
    ana.look_around()


def _create(olga: Visit, address: str) -> None:
    page = olga.open()
    olga.look_around()
    page.get_by_label("What is it about?").fill("Bread that rises")
    page.get_by_label("At least").fill("3")
    page.get_by_label("At most", exact=True).fill("4")
    page.get_by_label("Your name, as people will see it").fill("Olga Organizer")
    page.get_by_label("Your e-mail; replies").fill(address)
    page.get_by_text("More: times").click()
    page.get_by_label("Topics to choose from").fill("Sourdough\nRye")
    page.get_by_label("A question people answer").fill("Which loaf first?")
    page.get_by_label("At most how many people").fill("2")
    page.get_by_role("button", name="Create the event").click()
    expect(page.get_by_text("Write 3 or more, so that it makes a group")).to_be_visible()
    page.get_by_label("At most how many people").fill("12")
    olga.look_around()
    page.get_by_role("button", name="Create the event").click()
    expect(page.get_by_text(f"One step left: press the button in the mail we sent to {address}")).to_be_visible()
    page.get_by_text("Show it as a QR code").click()
    expect(page.get_by_role("img", name="QR code of the sign-up link")).to_be_visible()
    olga.look_around()


def _open(olga: Visit, steer: str) -> str:
    """Open the event; the link to share."""
    page = olga.open(steer)
    olga.look_around()
    expect(page.get_by_label("Sign-up link")).to_have_count(0)
    page.get_by_role("button", name="Open the event").click()
    expect(page.locator(".lead")).to_contain_text("Sign-up is open until")
    expect(page.get_by_text("No one yet. The link is yours to share.")).to_be_visible()
    olga.look_around()
    return page.get_by_label("Sign-up link").input_value()


def _sign_up(ana: Visit, link: str, address: str) -> None:
    page = ana.open(link)
    expect(page.locator("h1")).to_have_text("Bread that rises")
    page.get_by_label("Your name").fill("Ana Lopes")
    page.get_by_label("Your e-mail").fill(address)
    page.get_by_label("Some experience").tap()
    page.get_by_label("What do you hope for?").fill("A crust that sings.")
    page.get_by_label("Sourdough").tap()
    page.get_by_role("button", name=re.compile("on every day")).first.tap()
    expect(page.get_by_text("5 times work.")).to_be_visible()
    page.get_by_label(re.compile("My group may see")).tap()
    ana.look_around()
    page.get_by_role("button", name="Save my place").tap()
    expect(page.get_by_text(f"One step left: press the button in the mail we sent to {address}")).to_be_visible()
    ana.look_around()


def _others_sign_up(visitor: Visitor, link: str) -> None:
    event_id = link.rpartition("/")[2]
    slots = [slot["id"] for slot in visitor.client.get(f"api/events/{event_id}")["slots"]]
    for name in ("Ben", "Chidi", "Dora"):
        visitor.confirm(visitor.sign_up(event_id, free=slots, name=f"{name} Example"))


def _confirm(ana: Visit, mine: str) -> None:
    page = ana.open(mine)
    expect(page.get_by_text("One step left")).to_be_visible()
    page.get_by_label("Which loaf first?").fill("The one that failed.")
    ana.look_around()
    page.get_by_role("button", name="Confirm my place").tap()
    expect(page.locator(".lead")).to_contain_text("You are in.")
    ana.look_around()


def _close_and_wait(olga: Visit, steer: str) -> None:
    page = olga.open(steer)
    expect(page.get_by_text("4 confirmed")).to_be_visible()
    olga.look_around()
    page.get_by_label("no more: make the groups at once").check()
    page.get_by_role("button", name="Close sign-up now").click()
    expect(page.locator(".lead")).to_contain_text("Sign-up is closed.")
    olga.look_around()
    # The page finds out by itself when the groups are there.
    expect(page.locator(".lead")).to_contain_text("The groups have gone out by mail.", timeout=180_000)
    expect(page.get_by_role("heading", name="The groups", exact=True)).to_be_visible()
    expect(page.locator("article.card")).to_have_count(1)
    expect(page.locator("article.card li")).to_have_count(4)
    olga.look_around()


def _meet(ana: Visit, mine: str) -> None:
    page = ana.open(mine)
    expect(page.locator(".lead")).to_contain_text("Here is your group")
    card = page.locator(".seat")
    for name in ("Ben", "Chidi", "Dora"):
        expect(card.get_by_text(name)).to_be_visible()
    expect(card.get_by_role("link", name="Join the meeting")).to_be_visible()
    with page.expect_download() as download:
        card.get_by_role("button", name="Add to my calendar").tap()
    assert "BEGIN:VEVENT" in download.value.path().read_text(encoding="utf-8")
    page.get_by_role("button", name="I’ll be there").tap()
    expect(page.get_by_role("button", name="I’ll be there")).to_have_count(0)
    ana.look_around()
