"""Every page in every state of the list: no barrier, no sideways scrolling, nothing to complain about."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from infra.local import toolbox
from infra.local.cloud import Cloud
from infra.screens import acts
from infra.screens.scene import Scene
from infra.screens.states import STATES, State, reach
from tests.e2e.visit import AXE, Visit

pytestmark = [pytest.mark.browser, pytest.mark.cloud, pytest.mark.slow]

WIDTHS = (360, 390, 480, 600, 767, 768, 895, 896, 1024, 1280, 1600)
"""From a small phone to a large screen, and both sides of each width at which the look changes."""

VALIDATE = AXE.parents[1] / "html-validate" / "bin" / "html-validate.mjs"


FRESH = "sessionStorage.fresh || (localStorage.clear(), sessionStorage.setItem('fresh', 'yes'))"
"""Each tab starts without what other tabs remember, and still finds the files that they fetched."""


@pytest.fixture(scope="session")
def scene(deployed: Cloud) -> Iterator[Scene]:
    """Events and people that the pages show."""
    scene = Scene(deployed.site, deployed.mail)
    yield scene
    scene.close()


@pytest.fixture(scope="module")
def windows(chromium: Browser) -> Iterator[dict[bool, BrowserContext]]:
    """Two windows for all states: one that runs scripts, one that does not."""
    made = {
        scripts: chromium.new_context(java_script_enabled=scripts, timezone_id="Europe/Lisbon", locale="en-GB")
        for scripts in (True, False)
    }
    made[True].add_init_script(FRESH)
    yield made
    for context in made.values():
        context.close()


@pytest.fixture(params=STATES, ids=lambda state: state.slug)
def visit(request: pytest.FixtureRequest, windows: dict[bool, BrowserContext], scene: Scene) -> Iterator[Visit]:
    """A tab in which the page stands in one state."""
    state: State = request.param
    visit = Visit(windows[state.scripts], scene.site)
    visit.page.set_viewport_size({"width": WIDTHS[0], "height": 740})
    reach(visit.page, scene, state)
    yield visit
    visit.page.unroute_all(behavior="ignoreErrors")
    visit.page.close()


def test_a_state_has_no_barrier(request: pytest.FixtureRequest, visit: Visit, tmp_path: Path) -> None:
    """No violation by day on a phone and by night at a desk, no sideways scrolling at any width, valid HTML.

    A page that is merely opened sends nothing but GET, which changes nothing.
    """
    state: State = request.node.callspec.params["visit"]
    for width in WIDTHS:
        visit.page.set_viewport_size({"width": width, "height": 740})
        wide = visit.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{wide} px wide on {width}"
    visit.page.set_viewport_size({"width": WIDTHS[0], "height": 740})
    if state.scripts:
        visit.look_around()
    if state.act is acts.look:
        assert {request.method for request in visit.sent} == {"GET"}
    assert not visit.complaints(refusals=True)
    assert not _invalid(visit.page.content(), tmp_path)


def _invalid(html: str, folder: Path) -> str:
    """What html-validate says of a page as it stands, made by scripts or not."""
    file = folder / "page.html"
    file.write_text(html, encoding="utf-8")
    node = toolbox.node()
    assert node, "there is no Node: run 'make test', which fetches one"
    command = [str(node), str(VALIDATE), "--preset", "standard", str(file)]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return "" if run.returncode == 0 else run.stdout[-4000:] + run.stderr[-2000:]
