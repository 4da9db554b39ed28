"""Pictures of a page as it stands: the whole length of it, by day and by night, on a phone, at a desk, on paper."""

from __future__ import annotations

import base64
import math
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
    devtools = page.context.new_cdp_session(page)
    length = devtools.send("Page.getLayoutMetrics")["cssContentSize"]["height"]
    size = look.options["viewport"]
    clip = {"x": 0, "y": 0, "width": size["width"], "height": math.ceil(length) if whole else size["height"]}
    shot = devtools.send(
        "Page.captureScreenshot",
        {"format": "webp", "quality": QUALITY, "captureBeyondViewport": whole, "clip": {**clip, "scale": look.scale}},
    )
    devtools.detach()
    return base64.b64decode(shot["data"])
