"""Every letter as its reader's mail program shows it: the HTML part of each that the tests know."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage

from playwright.sync_api import Page

from chalicelib.letters.compose import compose
from tests.letters.examples import LETTERS

INVERTED = "html { background: white; filter: invert(1) hue-rotate(180deg); }"
"""What mail programs do at night to letters that know nothing of night."""


def letters() -> dict[str, str]:
    """The HTML of each kind of letter, by what it is about."""
    return {name: _html(compose(facts)) for name, facts in LETTERS.items()}


def show(page: Page, html: str) -> None:
    """Open a letter in a tab."""
    page.set_content(html, wait_until="load")


def invert(page: Page) -> None:
    """Turn light and dark around."""
    page.add_style_tag(content=INVERTED)


def _html(message: bytes) -> str:
    parsed = email.message_from_bytes(message, _class=EmailMessage, policy=email.policy.default)
    part = parsed.get_body(("html",))
    return "" if part is None else str(part.get_content())
