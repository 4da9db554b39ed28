"""A Chalice app with Covey's set of functions and nothing of Covey: what the local cloud is tested with."""

import json
import os
from typing import Any

import boto3
from chalice import Chalice, Rate, Response

app = Chalice(app_name="covey")
WORD = "first"


def attempt(service: str, operation: str, **arguments: Any) -> dict[str, str]:
    """Call AWS and tell how it went."""
    client = boto3.client(service)
    try:
        getattr(client, operation)(**arguments)
    except client.exceptions.ClientError as refusal:
        return {"refused": refusal.response["Error"]["Code"]}
    return {"done": operation}


@app.route("/", methods=["GET", "HEAD"])
def index() -> Response:
    return Response(WORD, headers={"Content-Type": "text/plain"})


@app.route("/context", methods=["GET"])
def context() -> dict[str, Any]:
    request = app.current_request
    assert request is not None
    return {"context": request.context, "base": os.environ["COVEY_BASE_URL"], "word": os.environ.get("TINY_WORD")}


@app.route("/versions", methods=["GET"])
def versions() -> dict[str, str]:
    import botocore  # noqa: PLC0415 - where it comes from is the question

    return {"botocore": botocore.__file__}


@app.route("/try/{what}", methods=["POST"])
def try_it(what: str) -> dict[str, str]:
    tries: dict[str, tuple[str, str, dict[str, Any]]] = {
        "read": ("dynamodb", "get_item", {"TableName": "covey", "Key": {"pk": {"S": "event#a"}}}),
        "drop": ("dynamodb", "delete_table", {"TableName": "covey"}),
        "mail": ("ses", "get_send_quota", {}),
        "send": ("lambda", "invoke", {"FunctionName": "covey-local-send", "InvocationType": "Event"}),
        "match": ("lambda", "invoke", {"FunctionName": "covey-local-match", "InvocationType": "Event"}),
    }
    service, operation, arguments = tries[what]
    return attempt(service, operation, **arguments)


@app.schedule(Rate(1, unit=Rate.MINUTES))
def tick(event: Any) -> None:
    key = [{"AttributeName": "pk", "KeyType": "HASH"}]
    kinds = [{"AttributeName": "pk", "AttributeType": "S"}]
    attempt(
        "dynamodb", "create_table", TableName="covey", KeySchema=key, AttributeDefinitions=kinds,
        BillingMode="PAY_PER_REQUEST",
    )  # fmt: skip


@app.lambda_function()
def match(event: Any, context: Any) -> str:
    import sklearn  # noqa: PLC0415 - only this function pays for it

    return str(sklearn.__version__)


@app.lambda_function()
def send(event: Any, context: Any) -> str:
    mail = b"From: covey@example.org\r\nTo: ana@example.com\r\nSubject: Tiny\r\n\r\n" + json.dumps(event).encode()
    return json.dumps(
        attempt(
            "ses", "send_raw_email", Source="covey@example.org", Destinations=["ana@example.com"],
            RawMessage={"Data": mail},
        )
    )  # fmt: skip
