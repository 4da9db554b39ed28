"""What people do on the pages to bring them into a state: press, fill in, unfold."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

type Act = Callable[[Page], None]


def look(_page: Page) -> None:
    """Do nothing."""


def press(*names: str) -> Act:
    """Press the buttons of these names, one after another."""

    def act(page: Page) -> None:
        for name in names:
            page.get_by_role("button", name=name).first.click()

    return act


def unfold(text: str) -> Act:
    """Open what folds under that text."""
    return lambda page: page.locator("summary", has_text=text).first.click()


def then(*acts: Act) -> Act:
    """One act after another."""

    def act(page: Page) -> None:
        for one in acts:
            one(page)

    return act


def come_back(page: Page) -> None:
    """Leave the page and open it again."""
    page.wait_for_timeout(300)
    page.reload(wait_until="networkidle")


def unfold_all(page: Page) -> None:
    """Open everything that folds."""
    page.locator("summary").first.wait_for()
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    page.wait_for_function("[...document.querySelectorAll('details')].every((one) => one.children.length > 1)")
    page.wait_for_load_state("networkidle")


# The create page


def create_as(address: str) -> Act:
    """Fill in what an event needs, and send it."""

    def act(page: Page) -> None:
        page.get_by_label("What is it about?").fill("Bread that rises")
        page.get_by_label("Your name, as people").fill("Olga Brandt")
        page.get_by_label("Your e-mail; replies").fill(address)
        page.get_by_role("button", name="Create the event").click()

    return act


def name_a_place(page: Page) -> None:
    """Choose real places, and name one."""
    page.get_by_label("At real places").check()
    page.get_by_label("Name of the place").fill("The bakery")
    page.get_by_label("Address").fill("Torstraße 8, 10119 Berlin, through the yard")


# The sign-up page


def answer(page: Page) -> None:
    """Fill in what a sign-up needs."""
    page.get_by_label("Your name").fill("Ana Lopes")
    page.get_by_label("Your e-mail").fill("ana.lopes@example.com")
    page.get_by_label("Some experience").check()
    page.get_by_label("What do you hope for?").fill("Learn by doing, with others.")
    page.locator("[data-slot]").first.click()


def answer_fully(page: Page) -> None:
    """Fill in everything."""
    answer(page)
    page.get_by_label("Posters").check()
    page.get_by_label("Anywhere").check()
    page.get_by_role("button", name="Weekday evenings").click()
    page.get_by_label("if need be", exact=True).check()
    page.locator("[data-slot]").nth(2).click()
    page.get_by_label("My group may see").check()


def answer_wrongly(page: Page) -> None:
    """Write half an address, and send it."""
    page.get_by_label("Your e-mail").fill("ana.lopes@")
    page.get_by_role("button", name="Save my place").click()


def answer_without_times(page: Page) -> None:
    """Fill in all but the times."""
    answer(page)
    page.locator("[data-slot]").first.click()


save = press("Save my place")


def sign_up(page: Page) -> None:
    """Sign up, and wait for the answer."""
    answer(page)
    save(page)
    page.get_by_text("One step left").wait_for()


# The organizer's page


def look_up_somebody(page: Page) -> None:
    """Ask what became of the letters to the first person in the list."""
    page.get_by_label("Their e-mail").fill(page.locator(".facts-line span").first.inner_text())
    press("Look it up")(page)
