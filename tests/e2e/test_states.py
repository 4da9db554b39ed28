"""Every page in every state of the list: no barrier, no sideways scrolling, nothing to complain about."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from infra.local import toolbox
from infra.local.cloud import Cloud
from infra.screens import acts
from infra.screens.scene import Scene
from infra.screens.states import STATES, State, reach
from tests.e2e.visit import Visit

pytestmark = [pytest.mark.browser, pytest.mark.cloud, pytest.mark.slow]

type Kind = tuple[bool, str]
"""Whether a window runs scripts, and what time it believes it is."""

WIDTHS = (360, 390, 480, 600, 767, 768, 895, 896, 1024, 1280, 1600)
"""From a small phone to a large screen, and both sides of each width at which the look changes."""

type Validator = Callable[[str], list[str]]

FRESH = "sessionStorage.fresh || (localStorage.clear(), sessionStorage.setItem('fresh', 'yes'))"
"""Each tab starts without what other tabs remember, and still finds the files that they fetched."""


@pytest.fixture(scope="session")
def scene(deployed: Cloud) -> Iterator[Scene]:
    """Events and people that the pages show."""
    scene = Scene(deployed.site, deployed.mail)
    yield scene
    scene.close()


@pytest.fixture(scope="module")
def windows(chromium: Browser) -> Iterator[dict[Kind, BrowserContext]]:
    """A window for each kind of state, since all tabs of one window share its clock."""
    made = {
        kind: chromium.new_context(java_script_enabled=kind[0], timezone_id="Europe/Lisbon", locale="en-GB")
        for kind in dict.fromkeys(map(_kind, STATES))
    }
    for context in made.values():
        context.add_init_script(FRESH)
    yield made
    for context in made.values():
        context.close()


@pytest.fixture(params=STATES, ids=lambda state: state.slug)
def visit(request: pytest.FixtureRequest, windows: dict[Kind, BrowserContext], scene: Scene) -> Iterator[Visit]:
    """A tab in which the page stands in one state."""
    state: State = request.param
    visit = Visit(windows[_kind(state)], scene.site)
    visit.page.set_viewport_size({"width": WIDTHS[0], "height": 740})
    reach(visit.page, scene, state)
    yield visit
    visit.page.unroute_all(behavior="ignoreErrors")
    visit.page.close()


@pytest.fixture(scope="module")
def invalid() -> Iterator[Validator]:
    """What html-validate says of a page as it stands, made by scripts or not; it takes a second to start."""
    node = toolbox.node()
    assert node, "there is no Node: run 'make test', which fetches one"
    script = Path(__file__).with_name("validate.mjs")
    with subprocess.Popen([node, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        asked, said = process.stdin, process.stdout
        assert asked
        assert said

        def findings(html: str) -> list[str]:
            print(json.dumps(html), file=asked, flush=True)
            found: list[str] = json.loads(said.readline())
            return found

        yield findings


def test_a_state_has_no_barrier(request: pytest.FixtureRequest, visit: Visit, invalid: Validator) -> None:
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
    assert not invalid(visit.page.content())


def _kind(state: State) -> Kind:
    return state.scripts, state.clock
