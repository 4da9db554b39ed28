"""What the tests share: one deployed Covey for everything that needs the local cloud, and one browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from infra.local import browser, cloud
from infra.local.cloud import Cloud

SHARED = Path(__file__).parents[2] / "shared" / "data"
"""Real rosters that are not Covey's to ship; tests that read them pass without them."""


SHARING = {"here", "matrix"}
"""Fixtures that take long to make."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share a local cloud run in one process, those with a browser in another; so nobody waits for both.

    Those that wait out leases have a process and a cloud to themselves, and so have those that share other engines, or
    much that is made once.
    """
    for item in items:
        if SHARING & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
        shared = "deployed" in getattr(item, "fixturenames", ()) and item.path.stem != "test_survival"
        if shared or item.get_closest_marker("cloud"):
            group = "browser" if item.get_closest_marker("browser") else "deployed"
            item.add_marker(pytest.mark.xdist_group(group if shared else item.path.stem))


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """Covey on a local cloud of its own, beside any that runs already."""
    folder = tmp_path_factory.mktemp("cloud")
    try:
        yield cloud.deploy(cloud.start(folder, port=0, smtp_port=0))
    finally:
        cloud.stop(folder)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for all browser tests; Playwright runs only once in a process."""
    with browser.open_browser() as running:
        yield running


@pytest.fixture(scope="session")
def real_roster() -> Path | None:
    """A roster of 120 real people; None where it is not at hand."""
    path = SHARED / "real120.csv"
    return path if path.exists() else None
