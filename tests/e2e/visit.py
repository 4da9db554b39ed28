"""Somebody's browser on a deployed Covey, which notices everything that a careful person would complain about."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, Response, Route

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = (({"width": 360, "height": 740}, "light"), ({"width": 1280, "height": 800}, "dark"))
"""A phone by day and a desk at night: every state is looked at in both."""

ENOUGH_KEYS = 120
ENOUGH_TABS = 4
"""From the topics to the table."""


class Visit:
    """One tab of one person.

    Args:
        context: the browser window it opens in.
        site: the site's address, ending in a slash.
    """

    def __init__(self, context: BrowserContext, site: str) -> None:
        self.site = site
        self.page: Page = context.new_page()
        self.said: list[str] = []
        """What the browser's console complained about."""
        self.sent: list[Request] = []
        self.got: list[Response] = []
        self.keys = 0
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.sent.append(request))  # noqa: PLW0108 Playwright writes to it
        self.page.on("response", lambda response: self.got.append(response))  # noqa: PLW0108 Playwright writes to it

    def open(self, path: str = "") -> Page:
        """Go to an address below the site, or to a whole link out of a mail."""
        address = path if path.startswith("http") else self.site + path
        # Only a new document counts as opening a link; a fragment alone would be a move inside the page.
        self.page.goto("about:blank")
        self.page.goto(address, wait_until="networkidle")
        return self.page

    def press(self, *keys: str) -> None:
        """Press keys, and count them."""
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    def type(self, text: str) -> None:
        """Type a text key by key, and count the keys."""
        self.page.keyboard.type(text)
        self.keys += len(text)

    def tab_to(self, what: Locator) -> None:
        """Press Tab until that has the focus."""
        for _ in range(ENOUGH_KEYS):
            if what.evaluate("(el) => el === document.activeElement"):
                return
            self.press("Tab")
        raise AssertionError(f"no number of tabs leads to {what}")

    def look_around(self) -> None:
        """Assert that the page as it is now has no barrier in either look: axe, width, one h1, a language."""
        before = self.page.viewport_size
        for size, scheme in LOOKS:
            self.page.set_viewport_size(size)
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            found = self.axe()
            assert not found, f"{self.page.url} in {scheme}: {found}"
            wide = self.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= size["width"], f"{self.page.url} is {wide} px wide on {size['width']}"
            assert self.page.locator("h1").count() == 1
            assert self.page.locator("h1").inner_text().strip()
        self.page.set_viewport_size(before)

    def unfold(self) -> None:
        """Open everything that folds, the way a press does."""
        for fold in self.page.locator("details").all():
            if fold.get_attribute("open") is None:
                fold.locator("> summary").click()

    def axe(self, rules: list[str] = RULES) -> list[str]:
        """What axe-core has to say."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(f"{AXE.read_text(encoding='utf-8')};0")
        answer: dict[str, Any] = self.page.evaluate("(rules) => axe.run({ runOnly: rules })", rules)
        return [
            f"{violation['id']}: {[node['html'][:200] for node in violation['nodes'][:3]]}"
            for violation in answer["violations"]
        ]

    def weight(self) -> int:
        """Bytes of everything fetched so far, each answer gzipped."""
        bodies = [one.body() for one in self.got if one.ok and one.url.startswith(self.site)]
        return sum(len(gzip.compress(body)) for body in bodies)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.said.append(message.text)

    def complaints(self, *, refusals: bool = False) -> list[str]:
        """What went wrong that nobody saw; with `refusals`, answers of 400 and more are part of the story."""
        foreign = [one.url for one in self.sent if not one.url.startswith((self.site, "data:", "blob:", "about:"))]
        said = [text for text in self.said if not (refusals and text.startswith("Failed to load resource"))]
        return said + [f"asked another site: {url}" for url in foreign]


def told(
    page: Page, address: str, change: dict[str, Any], also: Callable[[dict[str, Any]], dict[str, Any]] | None = None
) -> None:
    """Let the page believe that some of what it is answered is different.

    Args:
        change: what is different; event and answers only in the parts that it names.
        also: what to make of the whole answer after that.
    """

    def answer(route: Route) -> None:
        said = route.fetch().json()
        parts = {name: {**said[name], **change.get(name, {})} for name in ("event", "answers") if name in said}
        changed = {**said, **change, **parts}
        route.fulfill(json=also(changed) if also else changed)

    page.route(address, answer)
