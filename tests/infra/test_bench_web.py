"""The pages' bench: it reads what Lighthouse and the page say, and tells what was wanted and missed."""

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from infra.bench import audit, report, visits, web
from infra.bench.audit import Audit, AuditError
from infra.bench.visits import Visited, VisitError

PAGE = web.Page("sign up", "button", 25, public=True)

TINY = b"""<!doctype html><html lang="en"><meta name="viewport" content="width=device-width">
<title>Tiny</title><link rel="icon" href="data:,">
<p id="late">Words</p><p>Below</p><script src="late.js" defer></script>"""

LATE = b"""setTimeout(() => {
  document.querySelector('#late').style.height = '200px';
  document.body.append(document.createElement('button'));
  document.querySelector('button').append('Press');
}, 700);"""
"""Chromium counts no shift within half a second of the first layout on a phone."""


def lighthouse(**changes: Any) -> str:
    """A report as Lighthouse writes it, as far as it is read."""
    audits = {
        "cumulative-layout-shift": {"numericValue": 0.25, "score": 0.7},
        "contrast": {"title": "Colours are too much alike", "score": 0},
        "captions": {"title": "Films have captions", "score": None},
    }
    refs = [{"id": "contrast", "weight": 7}, {"id": "captions", "weight": 3}]
    categories = {name: {"score": 1, "auditRefs": []} for name in audit.CATEGORIES}
    categories["accessibility"] = {"score": 0.9, "auditRefs": refs}
    written = {"audits": audits, "categories": categories, "environment": {"benchmarkIndex": 1500}, **changes}
    return json.dumps(written)


def seen(**changes: Any) -> dict[str, Any]:
    """What a page noted of itself: shown after a second, and nothing kept it busy."""
    return {
        "shown": 1000,
        "painted": 700,
        "loaded": 900,
        "largest": 800,
        "shift": 0,
        "tasks": [],
        "files": [5000, 300],
        **changes,
    }


def measured(**changes: Any) -> web.Measured:
    """Three visits of each kind to a page that is as it should be, but for the changes to the last one."""
    visited = Visited(interactive=2.0, largest=1.5, shift=0, bytes=20_000, requests=9)
    judged = Audit(dict.fromkeys(audit.CATEGORIES, 100), 0, 1500, {})
    other = visited._replace(**{name: value for name, value in changes.items() if name in Visited._fields})
    judgement = judged._replace(**{name: value for name, value in changes.items() if name in Audit._fields})
    return web.Measured(PAGE, [judged, judged, judgement], [visited, visited, other], [visited, visited, other])


def missed(of: web.Measured) -> list[str]:
    return [target.what for target in web.targets(of) if not target.met]


def test_what_lighthouse_says_is_read() -> None:
    """Scores of a hundred, and what kept one from it; what does not apply is no fault."""
    said = audit.read(lighthouse())
    assert said.scores == {"performance": 100, "accessibility": 90, "best-practices": 100, "seo": 100}
    assert said.faults["accessibility"] == ("Colours are too much alike",)
    assert said.faults["seo"] == ()
    assert (said.shift, said.machine) == (0.25, 1500)


def test_a_page_that_lighthouse_could_not_judge_is_told() -> None:
    """Rather than counted as nothing."""
    with pytest.raises(AuditError, match="The page did not paint"):
        audit.read(lighthouse(runtimeError={"message": "The page did not paint"}))


@pytest.mark.parametrize(
    ("changes", "seconds"),
    [
        ({}, 1.0),
        ({"loaded": 1200}, 1.2),
        ({"painted": 1300}, 1.3),
        ({"tasks": [[950, 1400]]}, 1.4),
        ({"tasks": [[2900, 3100], [1100, 1200], [100, 300]]}, 3.1),
        ({"tasks": [[3001, 3200]]}, 1.0),
    ],
)
def test_a_page_is_interactive_once_it_shows_its_purpose_and_rests(changes: dict[str, Any], seconds: float) -> None:
    """Long tasks within two seconds of each other put it off; one after two quiet seconds does not."""
    assert visits.told(seen(**changes)).interactive == seconds


def test_everything_that_was_fetched_counts() -> None:
    """And a page that never showed what it is for was not loaded at all."""
    visited = visits.told(seen())
    assert (visited.bytes, visited.requests) == (5300, 2)
    with pytest.raises(VisitError):
        visits.told(seen(shown=0))


def test_a_page_as_it_should_be_misses_nothing() -> None:
    """Search engines matter for public pages only."""
    assert missed(measured()) == []
    assert "seo" in [target.what for target in web.targets(measured())]
    private = measured()._replace(page=PAGE._replace(public=False))
    assert "seo" not in [target.what for target in web.targets(private)]


def test_one_slow_visit_of_three_is_noise_and_one_jump_is_a_fault() -> None:
    """Medians are compared, but nothing may ever jump."""
    assert missed(measured(interactive=9.0, bytes=90_000)) == []
    assert missed(measured(shift=0.01)) == ["shift"]


def test_each_target_that_is_missed_is_told() -> None:
    """By the head of its column."""
    slow = measured(interactive=4.0, bytes=26_000, scores={**dict.fromkeys(audit.CATEGORIES, 94)})
    slow = slow._replace(audits=slow.audits[2:], slow=slow.slow[2:], slowest=slow.slowest[2:])
    assert missed(slow) == [
        "performance", "accessibility", "best practices", "seo", "KB", "interactive, s", "÷ 4, s",
    ]  # fmt: skip
    lines = web.told([slow]).splitlines()
    assert sum(line.count("**missed**") for line in lines) == 7
    assert sum(line.count("met") for line in lines) == 1


def test_figures_stand_with_their_noise() -> None:
    """Least, median and most, or one figure when they are the same."""
    assert web.noisy([3, 1, 2.04], 1) == "1.0 **2.0** 3.0"
    assert web.noisy([2.01, 2.02], 1) == "2.0"
    assert web.noisy([], 1) == ""
    assert "| sign up | 100 | 100 | 100 | 100 | 9 | 20.0 | 2.00 **2.00** 2.50 |" in web.told(
        [measured(interactive=2.5)]
    )


def test_faults_are_listed_once() -> None:
    """Those of search engines only where they may come."""
    faults = {"seo": ("It is hidden",), "accessibility": ("It is grey",)}
    public = measured(faults=faults)
    private = public._replace(page=PAGE._replace(public=False))
    assert "- sign up: It is hidden" in web.told([public])
    assert "It is hidden" not in web.told([private])
    assert web.told([private]).count("- sign up: It is grey") == 1


def test_the_document_has_a_place_for_the_figures(tmp_path: Path) -> None:
    """So that a run of many minutes does not end with nowhere to write."""
    copy = tmp_path / "benchmarks.md"
    copy.write_text(web.DOCUMENT.read_text(encoding="utf-8"), encoding="utf-8")
    report.replace_part(copy, web.PART, "All is quick.")
    assert "All is quick." in copy.read_text(encoding="utf-8")


@pytest.fixture
def site() -> Iterator[str]:
    """A tiny page whose button comes with its script."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body, kind = (LATE, "text/javascript") if self.path.endswith(".js") else (TINY, "text/html")
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.mark.browser
def test_a_first_visit_counts_what_comes_and_what_jumps(chromium: Browser, site: str) -> None:
    """The button comes with the script, which pushes words down."""
    visited = visits.first(chromium, site, "button")
    with pytest.raises(VisitError):
        visits.first(chromium, site, "table")
    assert (visited.requests, visited.bytes) == (2, len(TINY) + len(LATE))
    assert visited.shift > 0
