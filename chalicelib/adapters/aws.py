"""The Mailer on SES, the Jobs on Lambda, the Secrets in SSM, and the system's clock."""

import base64
import contextlib
import functools
import json
import logging
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ProxyConnectionError,
)

from chalicelib.adapters import kept
from chalicelib.domain.ports import Quota, Refused, Throttled

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_ses import SESClient
    from mypy_boto3_ssm import SSMClient

UNLIMITED = 10**9
"""What `Quota.left` says when the account has no daily quota."""

KEY_BYTES = 32

NEVER = {
    "InvalidParameterCombination",
    "InvalidParameterValue",
    "MessageRejected",
    "MissingParameter",
    "ValidationError",
}
"""SES's codes for a letter that is itself at fault; but an address that is not verified yet may be one day."""

NOT_NOW = {
    "LimitExceeded",
    "LimitExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    # The account is not allowed to send, or we are not allowed to ask: somebody can mend that, and then it goes.
    "AccessDenied",
    "AccessDeniedException",
    "AccountSendingPausedException",
    "ConfigurationSetDoesNotExist",
    "ConfigurationSetDoesNotExistException",
    "ConfigurationSetSendingPausedException",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "MailFromDomainNotVerifiedException",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
"""Its codes for having done nothing, where the same letter may go out later."""

NEVER_REACHED = (ConnectTimeoutError, EndpointConnectionError, NoCredentialsError, ProxyConnectionError)
"""Errors that come before the first byte of the letter leaves."""

log = logging.getLogger(__name__)


class SesMailer:
    """The Mailer on SES.

    Args:
        configuration_set: the configuration set to send with, which publishes what becomes of letters; empty for
            none, and then letters carry no tags.
    """

    def __init__(self, configuration_set: str = "") -> None:
        self._options: dict[str, Any] = {"ConfigurationSetName": configuration_set} if configuration_set else {}
        self._client: SESClient | None = None

    def send(self, sender: str, recipient: str, message: bytes, tags: Mapping[str, str] | None = None) -> str:
        client = self._client or self._connected()
        options = dict(self._options)
        if options and tags:
            options["Tags"] = [{"Name": name, "Value": value} for name, value in tags.items()]
        try:
            answer = client.send_raw_email(
                Source=sender, Destinations=[recipient], RawMessage={"Data": message}, **options
            )
        except NEVER_REACHED as error:
            raise Throttled(str(error)) from error
        except ClientError as error:
            if _code(error) in NOT_NOW or "not verified" in _message(error):
                raise Throttled(_message(error)) from error
            if _code(error) in NEVER:
                raise Refused(_message(error)) from error
            raise
        return answer["MessageId"]

    def quota(self) -> Quota:
        # A sender asks once, when it starts. It gets fresh connections, since one that lay idle may be dead
        # without our knowing, and a letter handed to a dead one is a letter whose fate nobody knows.
        answer = self._connected().get_send_quota()
        most = answer["Max24HourSend"]
        left = UNLIMITED if most < 0 else max(0, int(most - answer["SentLast24Hours"]))
        return Quota(answer["MaxSendRate"], left)

    def _connected(self) -> "SESClient":
        # One attempt: a second one after a lost answer would be a second letter.
        once = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1}, max_pool_connections=50)
        self._client = boto3.client("ses", config=once)
        return self._client


SENDER_LOOKS_FOR = 1.0
"""Seconds in which a sender that was woken looks again by itself, so that waking another one is of no use."""


class LambdaJobs:
    """Jobs that are Lambda functions, invoked asynchronously.

    An invocation that fails is logged and left to the next tick, which starts what did not start: whatever was
    saved before is saved, and its owner need not be told of an error.

    Args:
        prefix: what the functions' names start with; `-match` and `-send` follow.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._sender_woken = -SENDER_LOOKS_FOR

    def match(self, event_id: str, run: str) -> None:
        self._start("match", {"event_id": event_id, "run": run})

    def send(self) -> None:
        now = time.monotonic()
        if now - self._sender_woken >= SENDER_LOOKS_FOR:
            self._sender_woken = now
            self._start("send", {})

    def _start(self, function: str, payload: dict[str, str]) -> None:
        name = f"{self._prefix}-{function}"
        try:
            self._client.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(payload).encode())
        except (BotoCoreError, ClientError):
            log.exception("%s could not be started; the next tick will try.", name)

    @functools.cached_property
    def _client(self) -> "LambdaClient":
        return boto3.client("lambda", config=_quick())


class SsmSecrets:
    """Secrets in an encrypted SSM parameter.

    Args:
        name: the parameter's name; `create_link_key` makes it.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._key: bytes | None = None

    def create_link_key(self) -> None:
        if self._read() is None:
            value = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
            # When another tick was faster, its key is the one.
            with contextlib.suppress(self._client.exceptions.ParameterAlreadyExists):
                self._client.put_parameter(Name=self._name, Value=value, Type="SecureString", Overwrite=False)

    def link_key(self) -> bytes:
        key = self._read()
        if key is None:
            raise kept.no_table()
        return key

    def _read(self) -> bytes | None:
        """The key, asked for until it is there and remembered from then on."""
        if self._key is None:
            try:
                answer = self._client.get_parameter(Name=self._name, WithDecryption=True)
            except self._client.exceptions.ParameterNotFound:
                return None
            self._key = base64.b64decode(answer["Parameter"]["Value"])
        return self._key

    @functools.cached_property
    def _client(self) -> "SSMClient":
        return boto3.client("ssm", config=_quick())


class SystemClock:
    """The Clock of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def _quick() -> Config:
    """For calls that may be repeated and that somebody waits for."""
    return Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 3})


def _code(error: ClientError) -> str:
    return error.response["Error"].get("Code", "")


def _message(error: ClientError) -> str:
    return error.response["Error"].get("Message", "") or _code(error)
