"""How fast the pages are: Lighthouse, bytes, requests and slow 3G, each beside what it should be.

    python -m infra.bench.web [--runs 5] [--keep]

On a local cloud of its own it plays the demo's event to its end and opens a second one, then visits each page
as often as told, all pages in turn, so that whatever else the machine does meets every page. Writes its part of
docs/benchmarks.md; `--keep` leaves the document alone.
"""

import argparse
import itertools
import statistics
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from playwright.sync_api import Browser
from playwright.sync_api import Error as PlaywrightError

from infra import fetching, setup
from infra.bench import audit, report, visits
from infra.demo import DemoError, roster, story
from infra.demo.client import Client
from infra.demo.mailbox import Mailbox
from infra.demo.progress import Progress
from infra.local import browser, cloud
from infra.local.cloud import LOCAL, ROOT, Cloud

DOCUMENT = ROOT / "docs" / "benchmarks.md"
PART = "make bench-web"

SLOW_DOWN = 4
"""How many times slower than this machine a cheap phone is taken to be, as Lighthouse does."""

INTERACTIVE = 3.5
"""Seconds on slow 3G within which a page should be interactive."""

PERFORMANCE = 95

SIGN_UP_KB, BOARD_KB = 25, 60
"""Thousands of bytes, compressed, that a first load should keep to."""

SHIFT = 0.0
"""How far anything may jump."""


class Page(NamedTuple):
    """One page to measure.

    Args:
        name: as the table has it.
        wanted: a CSS selector of what the page is for.
        most: thousands of bytes that its first load may have.
        public: search engines may find it.
    """

    name: str
    wanted: str
    most: int
    public: bool = False


CREATE = Page("create", "main form [type=submit]", BOARD_KB, public=True)
SIGN_UP = Page("sign up", "#sign-up [type=submit]", SIGN_UP_KB, public=True)
BEFORE = Page("my page, before the groups", "#content button", BOARD_KB)
AFTER = Page("my page, with its group", "#content h2", BOARD_KB)
TABLE = Page("the table's page", "#content h2", BOARD_KB)
WATCH = Page("watch, groups of 100 people", "#content h2", BOARD_KB)


class Measured(NamedTuple):
    """Everything that was seen of one page.

    Args:
        slow: first visits on slow 3G.
        slowest: the same with a slower processor.
    """

    page: Page
    audits: list[audit.Audit]
    slow: list[visits.Visited]
    slowest: list[visits.Visited]


class Target(NamedTuple):
    """One thing that is wanted of a page, and whether it is so; `wanted` is as the table has it."""

    what: str
    wanted: str
    met: bool


def main(arguments: list[str] | None = None) -> int:
    """Measure every page, print the table, and return the exit code.

    Args:
        arguments: the command line's; None for those this process was started with.
    """
    parser = argparse.ArgumentParser(prog="python -m infra.bench.web", description="Measure the pages.")
    parser.add_argument("--runs", type=int, default=5, help="how often each page is judged and visited")
    parser.add_argument("--keep", action="store_true", help="leave docs/benchmarks.md as it is")
    given = parser.parse_args(arguments)
    folder = LOCAL / "bench-web"
    try:
        audit.set_up()
        setup.install_browser()
        here = cloud.deploy(cloud.start(folder, port=0, smtp_port=0))
        print("Playing an event, for its pages", flush=True)
        text = told(measure(scene(here), given.runs))
    except (fetching.FetchError, cloud.CloudError, DemoError, audit.AuditError, visits.VisitError) as problem:
        print(problem, file=sys.stderr)
        return 1
    except PlaywrightError as problem:
        print(f"The browser could not open a page: {problem.message.splitlines()[0]}", file=sys.stderr)
        return 1
    finally:
        cloud.stop(folder)
    print(f"\n{text}")
    if not given.keep:
        report.replace_part(DOCUMENT, PART, text)
    return 0


def scene(here: Cloud) -> dict[Page, str]:
    """Play an event to its end and open another; where each page is.

    Raises:
        DemoError: something did not happen that should have.
    """
    people = roster.read(roster.BUILT_IN, datetime.now(UTC))
    site = story.Site(here.site, here.mail, here.log)
    played = story.play(site, people, Progress(sys.stdout, story.STEPS))
    if played.seated is None:
        raise DemoError("Nobody was seated, so there is no group to show.")
    with Client(here.site) as client:
        event_id = story.create(client, people)
        letters = story.Letters(Mailbox(here.mail, event_id), site, 0.5)
        story.open_by_mail(client, letters, site)
        story.sign_up(client, event_id, people.people[0])
        before = letters.first(1, lambda mail: "/me#" in mail.links[0])[0].links[0]
    return {
        CREATE: here.site,
        SIGN_UP: f"{here.site}e/{event_id}",
        BEFORE: before,
        AFTER: played.seated.links[0],
        TABLE: played.seated.links[0].replace("/me#", "/table#"),
        WATCH: played.organizer_link,
    }


def measure(pages: dict[Page, str], runs: int) -> list[Measured]:
    """Judge and visit each page so many times, in turn.

    Raises:
        AuditError: Lighthouse failed.
        VisitError: a page did not come.
    """
    all_measured = [Measured(page, [], [], []) for page in pages]
    for run in range(runs):
        for measured in all_measured:
            print(f"\r[{run + 1}/{runs}] {measured.page.name:40}", end="", flush=True)
            measured.audits.append(audit.audit(pages[measured.page]))
        with browser.open_browser() as chromium:
            for measured in all_measured:
                _visit(chromium, measured, pages[measured.page])
    return all_measured


def _visit(chromium: Browser, measured: Measured, address: str) -> None:
    wanted = measured.page.wanted
    measured.slow.append(visits.first(chromium, address, wanted))
    measured.slowest.append(visits.first(chromium, address, wanted, SLOW_DOWN))


def targets(measured: Measured) -> Iterator[Target]:
    """What is wanted of a page; medians count, and of layout shifts the worst."""
    page = measured.page
    for name, wanted in (("performance", PERFORMANCE), ("accessibility", 100), ("best-practices", 100), ("seo", 100)):
        if page.public or name != "seo":
            score = statistics.median(one.scores[name] for one in measured.audits)
            yield Target(name.replace("-", " "), f"≥ {wanted}", score >= wanted)
    weight = statistics.median(one.bytes for one in measured.slow)
    yield Target("KB", f"≤ {page.most}", weight <= 1000 * page.most)
    for what, of in (("interactive, s", measured.slow), (f"÷ {SLOW_DOWN}, s", measured.slowest)):
        yield Target(what, f"≤ {INTERACTIVE}", statistics.median(one.interactive for one in of) <= INTERACTIVE)
    yield Target("shift", f"{SHIFT:.3f}", max(_shifts(measured)) <= SHIFT)


def _scores(measured: Measured, category: str) -> Iterator[float]:
    return (one.scores[category] for one in measured.audits)


def _shifts(measured: Measured) -> Iterator[float]:
    yield from (one.shift for one in measured.audits)
    yield from (one.shift for one in itertools.chain(measured.slow, measured.slowest))


COLUMNS: tuple[tuple[str, Callable[[Measured], Iterable[float]], int], ...] = (
    ("performance", lambda of: _scores(of, "performance"), 0),
    ("accessibility", lambda of: _scores(of, "accessibility"), 0),
    ("best practices", lambda of: _scores(of, "best-practices"), 0),
    ("seo", lambda of: _scores(of, "seo") if of.page.public else (), 0),
    ("requests", lambda of: (one.requests for one in of.slow), 0),
    ("KB", lambda of: (one.bytes / 1000 for one in of.slow), 1),
    ("interactive, s", lambda of: (one.interactive for one in of.slow), 2),
    (f"÷ {SLOW_DOWN}, s", lambda of: (one.interactive for one in of.slowest), 2),
    ("LCP, s", lambda of: (one.largest for one in of.slow), 2),
    ("shift", _shifts, 3),
)
"""The head of each column, its figures, and their digits after the point."""


def told(all_measured: list[Measured]) -> str:
    """All of it as Markdown: the circumstances, the figures with their noise, and each target met or missed."""
    machine = noisy([one.machine for measured in all_measured for one in measured.audits], 0)
    wanted = [head for head, _, _ in COLUMNS if any(one.what == head for one in targets(all_measured[0]))]
    parts = [
        f"{report.circumstances()} Lighthouse's own figure for the machine's speed: {machine}.",
        _table(("page", *(head for head, _, _ in COLUMNS)), map(_figures, all_measured)),
        _table(("wanted", *wanted), (_verdicts(measured, wanted) for measured in all_measured)),
        "\n".join(itertools.chain(*map(_faults, all_measured))),
    ]
    return "\n\n".join(part for part in parts if part)


def noisy(figures: list[float], digits: int) -> str:
    """The least, the middle and the largest of them, or one where they are the same, or nothing of nothing."""
    if not figures:
        return ""
    least, middle, most = (f"{of:.{digits}f}" for of in (min(figures), statistics.median(figures), max(figures)))
    return middle if least == most else f"{least} **{middle}** {most}"


def _figures(measured: Measured) -> tuple[str, ...]:
    return (measured.page.name, *(noisy(list(of(measured)), digits) for _, of, digits in COLUMNS))


def _verdicts(measured: Measured, heads: list[str]) -> tuple[str, ...]:
    found = {one.what: f"{one.wanted} {'met' if one.met else '**missed**'}" for one in targets(measured)}
    return (measured.page.name, *(found.get(head, "") for head in heads))


def _faults(measured: Measured) -> Iterator[str]:
    """What kept a score that counts from a hundred."""
    faults = {
        fault
        for one in measured.audits
        for name, titles in one.faults.items()
        for fault in titles
        if measured.page.public or name != "seo"
    }
    for fault in sorted(faults):
        yield f"- {measured.page.name}: {fault}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---", *["--:"] * (len(head) - 1)), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
