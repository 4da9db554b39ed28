"""DynamoDB Local as the tests start it."""

from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.local import dynamodb


def client(endpoint: str) -> Any:
    return boto3.client(
        "dynamodb", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )


def make_table(endpoint: str) -> None:
    client(endpoint).create_table(
        TableName="kept",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


@pytest.mark.engine
def test_two_engines_run_side_by_side_and_share_nothing() -> None:
    """Each on a free port."""
    with dynamodb.start() as one, dynamodb.start() as other:
        make_table(one)
        assert client(one).list_tables()["TableNames"] == ["kept"]
        assert client(other).list_tables()["TableNames"] == []


@pytest.mark.engine
def test_tables_in_a_folder_outlive_the_engine(tmp_path: Path) -> None:
    """For tests that kill what is around it."""
    with dynamodb.start(data=tmp_path) as endpoint:
        make_table(endpoint)
    with dynamodb.start(data=tmp_path) as endpoint:
        assert client(endpoint).list_tables()["TableNames"] == ["kept"]
