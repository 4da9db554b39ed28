"""The stores under contract: the twin in memory, and the real one on DynamoDB Local."""

import contextlib
import os
import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.adapters.dynamo import DynamoStore
from chalicelib.adapters.memory import MemoryStore
from chalicelib.domain.ports import Store
from infra.local import dynamodb


@pytest.fixture(scope="session")
def engine() -> Iterator[str]:
    """The address of a DynamoDB Local."""
    given = os.environ.get("AWS_ENDPOINT_URL_DYNAMODB")
    with contextlib.nullcontext(given) if given else dynamodb.start() as endpoint:
        yield endpoint


@pytest.fixture
def table(engine: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a table that does not exist yet, where boto3 finds DynamoDB Local."""
    for name, value in {
        "AWS_ENDPOINT_URL_DYNAMODB": engine,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    return f"covey-{secrets.token_hex(6)}"


@pytest.fixture
def dynamo(table: str) -> DynamoStore:
    """The real store, with its table."""
    store = DynamoStore(table)
    store.create()
    return store


@pytest.fixture(params=["memory", pytest.param("dynamo", marks=pytest.mark.engine)])
def unready(request: pytest.FixtureRequest) -> Store:
    """Each store in turn, before it is created."""
    return MemoryStore() if request.param == "memory" else DynamoStore(request.getfixturevalue("table"))


@pytest.fixture
def store(unready: Store) -> Store:
    """Each store in turn, ready."""
    unready.create()
    return unready


@pytest.fixture
def at_once() -> Callable[..., list[object]]:
    """Runs a function once for each argument, all at the same moment; gives results or exceptions."""

    def run(act: Callable[..., object], arguments: list[object]) -> list[object]:
        start = threading.Barrier(len(arguments))

        def one(argument: object) -> object:
            start.wait()
            try:
                return act(argument)
            except Exception as error:  # noqa: BLE001 they are what some of these tests count
                return error

        with ThreadPoolExecutor(len(arguments)) as pool:
            return list(pool.map(one, arguments))

    return run
