"""The engines: DynamoDB Local, the emulator's SES with its mail server, and weather before both of them."""

import contextlib
import email
import email.policy
import os
import secrets
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import boto3
from botocore.config import Config

from chalicelib.adapters.dynamo import DynamoStore
from infra.faults import proxy
from infra.faults.proxy import Weather
from infra.local import cloud, dynamodb


class Post:
    """What arrived at the mail server, each message read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, EmailMessage] = {}

    def all(self) -> list[EmailMessage]:
        """Return every message so far, in the order in which they came."""
        for path in sorted(self._folder.glob("*.eml")):
            if path.name not in self._read:
                message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                if isinstance(message, EmailMessage):
                    self._read[path.name] = message
        return list(self._read.values())


class Engines:
    """Where everything is, and how the calls on their way there fare.

    Args:
        dynamo, ses: the engines' own addresses.
        store_weather, mail_weather: what stands before them.
        folder: for files of one run.
    """

    def __init__(
        self, dynamo: str, ses: str, store_weather: Weather, mail_weather: Weather, post: Post, folder: Path
    ) -> None:
        self.dynamo, self.ses = dynamo, ses
        self.store_weather, self.mail_weather = store_weather, mail_weather
        self.post, self.folder = post, folder

    @contextlib.contextmanager
    def through_weather(self) -> Iterator[None]:
        """While this holds, clients that are made meet the weather."""
        with led_to(self.store_weather.endpoint, self.mail_weather.endpoint):
            yield

    def calm(self) -> None:
        """No more faults."""
        self.store_weather.set()
        self.mail_weather.set()


def environment(dynamo: str, ses: str) -> dict[str, str]:
    """Return the variables that lead boto3 there, and never to anybody's AWS."""
    return {**cloud.CREDENTIALS, "AWS_ENDPOINT_URL_DYNAMODB": dynamo, "AWS_ENDPOINT_URL_SES": ses}


@contextlib.contextmanager
def led_to(dynamo: str, ses: str) -> Iterator[None]:
    """While this holds, clients that are made go to these engines."""
    before = dict(os.environ)
    os.environ.update(environment(dynamo, ses))
    os.environ.pop("AWS_PROFILE", None)
    boto3.DEFAULT_SESSION = None  # it may have been made by somebody who was led elsewhere
    try:
        yield
    finally:
        boto3.DEFAULT_SESSION = None
        os.environ.clear()
        os.environ.update(before)


def store(table: str, dynamo: str) -> DynamoStore:
    """Return the real store at that engine."""
    with led_to(dynamo, os.environ["AWS_ENDPOINT_URL_SES"]):
        made = DynamoStore(table)
        _ = made._connection.client  # noqa: SLF001 so that it is made here, and leads there
    return made


@contextlib.contextmanager
def started(folder: Path) -> Iterator[Engines]:
    """Run all of it, with files in that folder.

    Raises:
        CloudError, EngineError, ProxyError: something did not start.
    """
    folder.mkdir(parents=True, exist_ok=True)
    here = folder / f"cloud-{secrets.token_hex(4)}"
    try:
        emulator = cloud.start(here, port=0, smtp_port=0)
        with (
            dynamodb.start() as dynamo,
            proxy.before(dynamo, folder / "store-weather.log") as store_weather,
            proxy.before(emulator.endpoint, folder / "mail-weather.log") as mail_weather,
            led_to(dynamo, emulator.endpoint),
        ):
            _warm_up(store_weather, mail_weather)
            yield Engines(dynamo, emulator.endpoint, store_weather, mail_weather, Post(emulator.mail), folder)
    finally:
        cloud.stop(here)


def _warm_up(store_weather: Weather, mail_weather: Weather) -> None:
    """Have each weather read what it knows of its service, which takes longer than our calls are ready to wait."""
    patient = Config(read_timeout=60, retries={"total_max_attempts": 1})
    boto3.client("dynamodb", endpoint_url=store_weather.endpoint, config=patient).list_tables()
    boto3.client("ses", endpoint_url=mail_weather.endpoint, config=patient).get_send_quota()
