"""Pictures of a page as it stands: the whole length of it, by day and by night, on a phone, at a desk, on paper."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

QUALITY = 35
"""Of WebP: letters stay legible, and most pictures take some 10 to 20 KB."""


@dataclass(frozen=True)
class Look:
    """How somebody looks at a page.

    Args:
        scale: how large its picture is, against the page.
        width: pixels that the picture takes in the gallery.
        options: what a Playwright context is made with.
    """

    name: str
    scale: float
    width: int
    options: dict[str, Any]


PHONE = Look("phone", 0.75, 150, {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True})
DESK = Look("desk", 0.6, 330, {"viewport": {"width": 1280, "height": 800}})
PAPER = Look("paper", 0.6, 330, {"viewport": {"width": 794, "height": 1123}})


def picture(page: Page, look: Look, *, whole: bool = True) -> bytes:
    """The page as WebP, in full length unless `whole` is false."""
    size = look.options["viewport"]
    top, height = (0, _length(page)) if whole else (int(page.evaluate("scrollY")), size["height"])
    return _shoot(page, top, size["width"], height, look.scale, QUALITY)


def excerpt(page: Page, look: Look, top: int, height: int) -> bytes:
    """As much of the page as a reader of the README looks at, from `top` pixels on, sharp on any screen."""
    width = look.options["viewport"]["width"]
    return _shoot(page, top, width, min(height, _length(page) - top), 1.5, 80)


def _length(page: Page) -> int:
    return int(page.evaluate("Math.ceil(document.documentElement.getBoundingClientRect().height)"))


def _shoot(page: Page, top: int, width: int, height: int, scale: float, quality: int) -> bytes:
    devtools = page.context.new_cdp_session(page)
    clip = {"x": 0, "y": top, "width": width, "height": height, "scale": scale}
    wanted = {"format": "webp", "quality": quality, "captureBeyondViewport": True, "clip": clip}
    image: str = devtools.send("Page.captureScreenshot", wanted)["data"]
    devtools.detach()
    return base64.b64decode(image)
