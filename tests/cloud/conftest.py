"""One visitor for all tests of the deployed Covey; each test makes an event of its own."""

from collections.abc import Iterator

import pytest

from infra.demo.client import Client
from infra.local.cloud import Cloud
from tests.cloud.visitor import Visitor


@pytest.fixture(scope="session")
def visitor(deployed: Cloud) -> Iterator[Visitor]:
    """Somebody who visits the deployed Covey."""
    with Client(deployed.site, told=lambda _line: None) as client:
        yield Visitor(deployed, client)
