"""A headless Chromium for the browser tests, driven by Playwright.

with browser.open_browser() as chromium:
    page = chromium.new_page()
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from playwright.sync_api import Browser, sync_playwright

from infra.local import toolbox

# It must reach nothing but the local site, so it is told not to phone home.
ARGUMENTS = [
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


class NoBrowserError(Exception):
    """There is no Chromium on this machine; the text is one sentence for a person."""


@contextlib.contextmanager
def open_browser() -> Iterator[Browser]:
    """Run Chromium without a window and yield it. Raises NoBrowserError."""
    chromium = toolbox.chromium()
    if chromium is None:
        raise NoBrowserError("There is no Chromium: run 'make test', which fetches one where it can.")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium, args=ARGUMENTS, chromium_sandbox=os.geteuid() != 0
        )
        try:
            yield running
        finally:
            running.close()
