"""Pictures of a page as it stands: the whole length of it, by day and by night, on a phone and at a desk."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from playwright.sync_api import Page

QUALITY = 35
"""Of WebP: letters stay legible, and most pictures take some 10 to 20 KB."""


@dataclass(frozen=True)
class Look:
    """How somebody looks at a page.

    Args:
        scale: how large its picture is, against the page.
        options: what a Playwright context is made with.
    """

    name: str
    scale: float
    options: dict[str, Any]


LOOKS = (
    Look("phone", 0.75, {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}),
    Look("desk", 0.6, {"viewport": {"width": 1280, "height": 800}}),
)

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def pictures(page: Page, look: Look, *, whole: bool = True) -> Iterator[tuple[str, bytes]]:
    """Each scheme and the page in it as WebP, in full length unless `whole` is false."""
    devtools = page.context.new_cdp_session(page)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        length = devtools.send("Page.getLayoutMetrics")["cssContentSize"]["height"]
        size = look.options["viewport"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": math.ceil(length) if whole else size["height"]}
        shot = devtools.send(
            "Page.captureScreenshot",
            {
                "format": "webp",
                "quality": QUALITY,
                "captureBeyondViewport": whole,
                "clip": {**clip, "scale": look.scale},
            },
        )
        yield scheme, base64.b64decode(shot["data"])
