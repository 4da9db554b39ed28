"""A browser, and people who visit the deployed Covey with it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from infra.demo.client import Client
from infra.local.cloud import Cloud
from tests.cloud.visitor import Visitor
from tests.e2e.visit import Visit

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True, "color_scheme": "light"}
DESK = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"}


@pytest.fixture(scope="session")
def visitor(deployed: Cloud) -> Iterator[Visitor]:
    """Somebody who sets the scene by the API and reads the mail."""
    with Client(deployed.site, told=lambda _line: None) as client:
        yield Visitor(deployed, client)


@pytest.fixture
def visit(request: pytest.FixtureRequest, chromium: Browser, deployed: Cloud) -> Iterator[Callable[..., Visit]]:
    """Open windows: `visit()` is a desk, `visit(phone=True)` a phone, anything else an option of Playwright's.

    At the end nobody may have anything to complain about; a test that is about refusals says so by the
    mark `usefixtures("refusals")`.
    """
    opened: list[tuple[Visit, Any]] = []

    def window(*, phone: bool = False, **options: Any) -> Visit:
        context = chromium.new_context(**{"timezone_id": "Europe/Lisbon", **(PHONE if phone else DESK), **options})
        context.set_default_timeout(15_000)
        opened.append((Visit(context, deployed.site), context))
        return opened[-1][0]

    yield window
    complaints = [one.complaints(refusals="refusals" in request.fixturenames) for one, _ in opened]
    for one, context in opened:
        one.page.unroute_all(behavior="ignoreErrors")
        context.close()
    assert not any(complaints), complaints


@pytest.fixture
def refusals() -> None:
    """The test provokes answers of 400 and more, which every browser notes in its console."""


@pytest.fixture(scope="session")
def scene(visitor: Visitor) -> tuple[str, str]:
    """An open event with one confirmed person, both to look at only: the person's token and the organizer's."""
    event_id, organizer = visitor.open_event()
    return visitor.confirm(visitor.sign_up(event_id)), organizer


@pytest.fixture
def mine(scene: tuple[str, str]) -> str:
    """The token of the person of the scene."""
    return scene[0]


@pytest.fixture
def organizer(scene: tuple[str, str]) -> str:
    """The token of the organizer of the scene."""
    return scene[1]
