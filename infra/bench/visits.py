"""First visits to a page on a slow network: when it can be used, what came over the line, and what jumped."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from playwright.sync_api import Browser

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}

SLOW_3G = {"latency": 400, "downloadThroughput": 400_000 / 8, "uploadThroughput": 400_000 / 8}
"""400 ms there and back, 400 kbit/s either way, as Chromium emulates them: for each request, not for the handshake."""

QUIET = 2_000
"""Milliseconds in which nothing keeps the page from answering a finger, so that it counts as interactive."""

WATCHING = """(() => {
  const seen = (window.coveyBench = { shown: 0, shift: 0, largest: 0, painted: 0, tasks: [] });
  const watch = (type, note) =>
    new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true });
  watch('layout-shift', (entry) => (seen.shift += entry.hadRecentInput ? 0 : entry.value));
  watch('largest-contentful-paint', (entry) => (seen.largest = entry.startTime));
  watch('longtask', (entry) => seen.tasks.push([entry.startTime, entry.startTime + entry.duration]));
  watch('paint', (entry) => (seen.painted = entry.startTime));
  const look = () => {
    if (!seen.shown && [...document.querySelectorAll(WANTED)].some((el) => el.checkVisibility())) {
      seen.shown = performance.now();
    }
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
})()"""
"""Runs before anything of the page does, and notes what happens to it."""

ASKING = """() => {
  const files = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
    .filter((one) => one.transferSize > 0)
    .map((one) => one.encodedBodySize);
  const [{ domContentLoadedEventEnd: loaded }] = performance.getEntriesByType('navigation');
  return { ...window.coveyBench, loaded, files };
}"""


class VisitError(Exception):
    """A page did not come; the text is one sentence for a person."""


class Visited(NamedTuple):
    """What a first visit was like.

    Args:
        interactive: seconds from the address until the page shows what it is for and answers a finger.
        largest: seconds until the largest thing in sight was painted.
        shift: the layout's shifts, all added up.
        bytes: of what was fetched, as it came over the line, without headers.
        requests: how many files that were.
    """

    interactive: float
    largest: float
    shift: float
    bytes: int
    requests: int


def first(chromium: Browser, address: str, wanted: str, slow_down: float = 1) -> Visited:
    """Open an address for the first time on slow 3G.

    Args:
        wanted: a CSS selector; the page shows what it is for once such an element can be seen.
        slow_down: how many times slower than this machine the phone's processor is.

    Raises:
        VisitError: no such element came.
    """
    context = chromium.new_context(**PHONE)
    try:
        page = context.new_page()
        page.add_init_script(WATCHING.replace("WANTED", json.dumps(wanted)))
        protocol = context.new_cdp_session(page)
        protocol.send("Network.enable")
        protocol.send("Network.emulateNetworkConditions", {"offline": False, **SLOW_3G})
        protocol.send("Emulation.setCPUThrottlingRate", {"rate": slow_down})
        page.goto(address, wait_until="networkidle")
        page.wait_for_timeout(QUIET)
        return told(page.evaluate(ASKING))
    finally:
        context.close()


def told(seen: dict[str, Any]) -> Visited:
    """What the page's own notes amount to.

    Raises:
        VisitError: it never showed what it is for.
    """
    if not seen["shown"]:
        raise VisitError("The page came, but what it is for did not.")
    interactive = max(seen["shown"], seen["painted"], seen["loaded"])
    for begin, end in _in_a_row(seen["tasks"], interactive):
        interactive = max(interactive, end) if begin < interactive + QUIET else interactive
    files = seen["files"]
    return Visited(interactive / 1000, seen["largest"] / 1000, seen["shift"], sum(files), len(files))


def _in_a_row(tasks: list[list[float]], after: float) -> Iterator[tuple[float, float]]:
    """Begin and end of the tasks that were still running then, or began later."""
    return ((begin, end) for begin, end in sorted(map(tuple, tasks)) if end > after)
