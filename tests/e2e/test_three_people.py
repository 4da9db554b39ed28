"""From the letter to the table: three people, one by touch, one by mouse, one by keyboard alone, and a nosy machine."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.cloud.visitor import Visitor, wait_for
from tests.e2e.visit import Visit

pytestmark = [pytest.mark.browser, pytest.mark.cloud, pytest.mark.slow]

type Open = Callable[..., Visit]
type Hand = Callable[[Visit, Locator], None]

ADDRESS = re.compile(r"https?://[^\s\"<>]+")


def touch(_visit: Visit, what: Locator) -> None:
    """A finger."""
    what.tap()


def mouse(_visit: Visit, what: Locator) -> None:
    """A mouse."""
    what.click()


def keys(visit: Visit, what: Locator) -> None:
    """Tab as often as it takes, then the key that presses such a thing."""
    visit.tab_to(what)
    visit.press("Space" if what.get_attribute("type") == "checkbox" else "Enter")


def test_three_people_meet_and_whoever_only_opens_links_changes_nothing(visit: Open, visitor: Visitor) -> None:
    """Machines may open the links in letters again and again, scripts and all; only a person's press does anything."""
    event_id, organizer, olga = visitor.propose(confirm_minutes=0, group_size={"min": 2, "max": 3})
    slots = [slot["id"] for slot in visitor.client.get(f"api/events/{event_id}")["slots"]]
    machine = visit()
    _only_look(machine, visitor, olga, lambda: visitor.client.get("api/organizer", organizer)["event"])
    visitor.client.post("api/organizer/open", None, organizer)

    hands: dict[str, Hand] = {"Ana": touch, "Ben": mouse, "Chidi": keys}
    addresses = {name: visitor.sign_up(event_id, free=slots[:1], name=name, shares=False) for name in hands}
    tokens = {name: visitor.token(address) for name, address in addresses.items()}
    people = {name: visit(phone=name == "Ana") for name in hands}

    def kept() -> Any:
        """Everything of the event that anybody can be told, but for how far its letters are."""
        said = visitor.client.get("api/organizer", organizer)
        everybody = visitor.client.get("api/organizer/attendees", organizer)
        pages = [visitor.client.get("api/me", token) for token in tokens.values()]
        return [said["event"], said["counts"], everybody, pages]

    _only_look(machine, visitor, addresses["Ana"], kept)
    for name, hand in hands.items():
        _confirm(people[name], f"me#{tokens[name]}", hand, f"{name} asks where to begin")
    assert visitor.client.get("api/organizer", organizer)["counts"]["confirmed"] == len(hands)

    visitor.client.post("api/organizer/close", {"confirm_minutes": 0}, organizer)
    wait_for(lambda: visitor.state(organizer) == "published", "the groups", 180)
    wait_for(lambda: len(visitor.mails(addresses["Ana"])) > 1, "the letter with the seat")
    _only_look(machine, visitor, addresses["Ana"], kept)
    for number, (name, hand) in enumerate(hands.items(), 1):
        _meet(people[name], f"me#{tokens[name]}", hand, number)
    _leave(people["Chidi"], keys)
    page = people["Ana"].open(f"me#{tokens['Ana']}")
    expect(page.get_by_text("2 of 2 have said that they will be there.")).to_be_visible()


def _only_look(machine: Visit, visitor: Visitor, address: str, kept: Callable[[], Any]) -> None:
    """What a mail scanner does with the newest letter to an address; nothing that is kept may differ afterwards."""
    before = kept()
    letter = visitor.mails(address)[-1]
    texts = [part.get_content() for part in letter.walk() if part.get_content_maintype() == "text"]
    links = {link for text in texts for link in ADDRESS.findall(text) if link.startswith(machine.site)}
    assert links
    for link in sorted(links) * 3:
        machine.open(link)
    assert {request.method for request in machine.sent} == {"GET"}
    assert kept() == before


def _confirm(visit: Visit, link: str, hand: Hand, question: str) -> None:
    page = visit.open(link)
    field = page.get_by_label("What should your group tackle first?")
    if hand is keys:
        visit.tab_to(field)
    else:
        hand(visit, field)
    visit.type(question)
    hand(visit, page.get_by_label("I would gladly host"))
    hand(visit, page.get_by_label("My group may see my first name, what I hope for and this answer"))
    hand(visit, page.get_by_role("button", name="Confirm my place"))
    expect(page.locator(".lead")).to_contain_text("You are in.")
    expect(page.locator(".lead")).to_be_focused()
    expect(page.locator(".answers")).to_contain_text(question)


def _meet(visit: Visit, link: str, hand: Hand, number: int) -> None:
    page = visit.open(link)
    expect(page.locator(".lead")).to_have_text("Here is your group. Will you be there?")
    hand(visit, page.get_by_role("button", name="I’ll be there"))
    expect(page.locator(".lead")).to_have_text("Here is your group, and you will be there.")
    expect(page.get_by_text("You are the first" if number == 1 else f"{number} of 3 have said")).to_be_visible()
    with page.expect_download() as download:
        hand(visit, page.get_by_role("button", name="Add to my calendar"))
    assert "BEGIN:VEVENT" in download.value.path().read_text(encoding="utf-8")
    hand(visit, page.locator("summary", has_text="Run sheet: 1 hour"))
    _sheet(page)
    hand(visit, page.get_by_role("link", name="Open it in large type for the table"))
    expect(page.get_by_role("button", name="Print the sign")).to_be_visible()
    _sheet(page)
    hand(visit, page.get_by_role("link", name="Back to my page"))
    expect(page.locator(".lead")).to_have_text("Here is your group, and you will be there.")


def _sheet(page: Page) -> None:
    for name in ("Ana", "Ben", "Chidi"):
        expect(page.locator(".run-sheet").get_by_text(f"{name} asks where to begin")).to_contain_text(f"– {name}")


def _leave(visit: Visit, hand: Hand) -> None:
    page = visit.page
    hand(visit, page.get_by_role("button", name="I can’t make it"))
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    visit.press("Escape")
    expect(dialog).to_be_hidden()
    hand(visit, page.get_by_role("button", name="I can’t make it"))
    hand(visit, dialog.get_by_role("button", name="I can’t make it"))
    expect(page.locator(".lead")).to_contain_text("You have withdrawn.")
    expect(page.get_by_role("button", name="I can come after all")).to_be_visible()
