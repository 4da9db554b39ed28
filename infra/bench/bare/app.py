"""What Covey is measured against: one POST, one transaction of three items, and nothing else."""  # noqa: INP001 -- Chalice wants a folder

import boto3
from chalice.app import Chalice, Response

TABLE = "bare"

app = Chalice(app_name="bare")
dynamodb = boto3.client("dynamodb")


@app.route("/", methods=["POST"])
def put() -> Response:
    """Write the body's three items, each unless it is there by another request's token."""
    assert app.current_request is not None  # noqa: S101 -- Chalice sets it before it calls
    body = app.current_request.json_body
    dynamodb.transact_write_items(
        TransactItems=[
            {
                "Put": {
                    "TableName": TABLE,
                    "Item": {name: {"S": value} for name, value in item.items()},
                    "ConditionExpression": "attribute_not_exists(pk) OR #token = :token",
                    "ExpressionAttributeNames": {"#token": "token"},
                    "ExpressionAttributeValues": {":token": {"S": body["token"]}},
                }
            }
            for item in body["items"]
        ]
    )
    return Response({"message": "Kept."}, status_code=202)
