"""The engines that faults are injected into, started once."""

import logging
from collections.abc import Iterator

import pytest

from infra.faults import engines
from infra.faults.engines import Engines


@pytest.fixture(scope="session")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """DynamoDB Local and the emulator, with weather before both."""
    with engines.started(tmp_path_factory.mktemp("faults")) as found:
        yield found


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """What Covey logs about the faults is as it should be."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)
