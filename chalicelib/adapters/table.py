"""The table itself: what it must be, and the making of whatever is missing of it."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from chalicelib.adapters import kept

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import KeySchemaElementTypeDef, ProjectionTypeDef, TableDescriptionTypeDef

PATIENCE = 60.0
"""Seconds to wait for a new table; on AWS it takes about ten."""

PAUSE = 0.5
INDEX = "work"
INDEX_KEYS: "list[KeySchemaElementTypeDef]" = [
    {"AttributeName": "work", "KeyType": "HASH"},
    {"AttributeName": "due", "KeyType": "RANGE"},
]
PROJECTION: "ProjectionTypeDef" = {"ProjectionType": "KEYS_ONLY"}


class Table:
    """The table of that name, as the one who makes it sees it."""

    def __init__(self, name: str) -> None:
        self._name = name
        config = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})
        self._client = boto3.client("dynamodb", config=config)

    def create(self) -> None:
        """Make the table, its index, deletion protection, expiry and backups, each if it is missing.

        Several may be at it at once, or one may have died half way, so each piece is looked at by itself; when
        all is there, that is three calls.

        Raises:
            NotReady: it cannot be used yet after a minute of waiting.
        """
        if self._described() is None:
            _unless_begun(self._make)
        table = self._usable()
        if not table.get("DeletionProtectionEnabled"):
            _unless_begun(lambda: self._client.update_table(TableName=self._name, DeletionProtectionEnabled=True))
        _unless_begun(self._expire)
        _unless_begun(self._back_up)
        if not table.get("GlobalSecondaryIndexes"):
            _unless_begun(self._add_index)
            self._usable(index=True)

    def _make(self) -> None:
        self._client.create_table(
            TableName=self._name,
            BillingMode="PAY_PER_REQUEST",
            DeletionProtectionEnabled=True,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "work", "due")
            ],
            GlobalSecondaryIndexes=[{"IndexName": INDEX, "KeySchema": INDEX_KEYS, "Projection": PROJECTION}],
        )

    def _add_index(self) -> None:
        self._client.update_table(
            TableName=self._name,
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("work", "due")],
            GlobalSecondaryIndexUpdates=[
                {"Create": {"IndexName": INDEX, "KeySchema": INDEX_KEYS, "Projection": PROJECTION}}
            ],
        )

    def _expire(self) -> None:
        there = self._client.describe_time_to_live(TableName=self._name)["TimeToLiveDescription"]
        if there.get("TimeToLiveStatus") in {"DISABLED", None}:
            self._client.update_time_to_live(
                TableName=self._name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"}
            )

    def _back_up(self) -> None:
        try:
            there = self._client.describe_continuous_backups(TableName=self._name)["ContinuousBackupsDescription"]
        except ClientError as error:
            if _code(error) == "UnknownOperationException":  # DynamoDB Local has no backups
                return
            raise
        if there.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus") != "ENABLED":
            self._client.update_continuous_backups(
                TableName=self._name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
            )

    def _described(self) -> "TableDescriptionTypeDef | None":
        try:
            return self._client.describe_table(TableName=self._name)["Table"]
        except self._client.exceptions.ResourceNotFoundException:
            return None

    def _usable(self, *, index: bool = False) -> "TableDescriptionTypeDef":
        """Wait until the table, and with `index` also its index, can be worked with."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            table = self._described() or {}
            indexes = [one.get("IndexStatus") for one in table.get("GlobalSecondaryIndexes", [])]
            parts = [table.get("TableStatus"), *(indexes or [None] * index)]
            if all(part in {"ACTIVE", "UPDATING"} for part in parts):
                return table
            time.sleep(PAUSE)
        raise kept.no_table()


def _unless_begun(act: Callable[[], object]) -> None:
    """Do it; when somebody else is just doing it or has done it, leave it to them, and else to the next tick."""
    try:
        act()
    except ClientError as error:
        busy = {"ResourceInUseException", "LimitExceededException", "ContinuousBackupsUnavailableException"}
        if _code(error) not in busy and "already enabled" not in error.response["Error"].get("Message", ""):
            raise


def _code(error: ClientError) -> str:
    return error.response["Error"].get("Code", "")
