"""What ministack lacks for a Chalice deployment, each gap with its reason, its test and its filling.

Before a gap is filled, its `is_open` looks whether ministack still has it. A newer ministack that
closed it stops the start with one sentence, so that no filling outlives its reason.

Left open, since Covey does not need them: CORS headers on preflights. Answers are compressed by the front door.
"""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import io
import json
import os
import re
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ministack.core import iam_actions, lambda_runtime
from ministack.services import apigateway_v1, lambda_svc

# What ministack answers a call with: status, headers, body.
Answer = tuple[int, dict[str, str], bytes]


class ClosedGapError(Exception):
    """This ministack no longer has a gap that is still being filled here."""


@dataclass(frozen=True)
class Gap:
    """One thing that ministack does otherwise than AWS, or slower than a test suite can bear."""

    name: str
    is_open: Callable[[], bool]
    fill: Callable[[], None]


def fill_all() -> None:
    """Fill every gap; raise ClosedGapError for one that is not there any more."""
    for gap in GAPS:
        if not gap.is_open():
            raise ClosedGapError(
                f"ministack {version('ministack')} no longer needs our patch “{gap.name}”: "
                "remove it from infra/emulator/patches.py."
            )
        gap.fill()


# The document of an API. Chalice creates and updates a REST API by sending one OpenAPI document;
# ministack makes an API without a single route from it.

_DOCUMENT = {"swagger": "2.0", "info": {"title": "probe"}, "paths": {"/probe": {"get": {}}}}


def _document_is_ignored() -> bool:
    body = json.dumps(_DOCUMENT).encode()
    answer = asyncio.run(apigateway_v1.handle_request("POST", "/restapis", {}, body, {"mode": ["import"]}))
    api_id = json.loads(answer[2])["id"]
    ignored = len(apigateway_v1._resources[api_id]) == 1
    apigateway_v1.reset()
    return ignored


def _read_the_document() -> None:
    handle_request = apigateway_v1.handle_request

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, list[str]]
    ) -> Answer:
        parts = path.strip("/").split("/")
        if parts == ["restapis"] and method == "POST" and query_params.get("mode") == ["import"]:
            document = json.loads(body)
            api_id = apigateway_v1._import_rest_api(document)
            _take_settings(api_id, document)
            return _answer_with_api(api_id, 201)
        if len(parts) == 2 and parts[0] == "restapis" and method == "PUT":
            document = json.loads(body)
            _replace_routes(parts[1], document)
            _take_settings(parts[1], document)
            return _answer_with_api(parts[1], 200)
        answer: Answer = await handle_request(method, path, headers, body, query_params)
        return answer

    apigateway_v1.handle_request = handle


def _replace_routes(api_id: str, document: dict[str, Any]) -> None:
    resources = apigateway_v1._resources[api_id]
    root = next(resource for resource in resources.values() if resource["path"] == "/")
    root["resourceMethods"] = {}
    resources.clear()
    resources[root["id"]] = root
    for path, item in document["paths"].items():
        apigateway_v1._import_path_item(api_id, path, item)


def _take_settings(api_id: str, document: dict[str, Any]) -> None:
    api = apigateway_v1._rest_apis[api_id]
    api["binaryMediaTypes"] = document.get("x-amazon-apigateway-binary-media-types", [])
    api["minimumCompressionSize"] = document.get("x-amazon-apigateway-minimum-compression-size")


def _answer_with_api(api_id: str, status: int) -> Answer:
    answer: Answer = apigateway_v1._v1_response(apigateway_v1._rest_api_view(apigateway_v1._rest_apis[api_id]), status)
    return answer


# The request context. AWS tells a function the host name it was called by; ministack does not.


def _event(headers: dict[str, str]) -> dict[str, Any]:
    resource = {"id": "r", "path": "/"}
    event: dict[str, Any] = apigateway_v1._build_lambda_event_v1(
        "api", "covey", {}, resource, "/", "GET", headers, b"", {}, {}
    )
    return event


def _context_has_no_domain() -> bool:
    return "domainName" not in _event({"host": "127.0.0.1:4566"})["requestContext"]


def _name_the_domain() -> None:
    build = apigateway_v1._build_lambda_event_v1

    def build_with_domain(api_id: str, *arguments: Any, **options: Any) -> dict[str, Any]:
        event: dict[str, Any] = build(api_id, *arguments, **options)
        event["requestContext"] |= {"domainName": event["headers"].get("host", ""), "domainPrefix": api_id}
        return event

    apigateway_v1._build_lambda_event_v1 = build_with_domain


# Waiting. A new function stays pending for half a second a step, and every warm call waits 50 ms for
# a line on stderr that may never come: 41 s a deployment, 20 calls a second.


def _functions_stay_pending() -> bool:
    return bool(lambda_svc._LAMBDA_STATE_TRANSITION_DELAY > 0)


def _activate_at_once() -> None:
    lambda_svc._LAMBDA_STATE_TRANSITION_DELAY = 0


def _calls_wait_for_stderr() -> bool:
    return bool(lambda_runtime.Worker._drain_stderr_bounded.__defaults__[0] >= 0.05)


def _wait_briefly() -> None:
    _first, *others = lambda_runtime.Worker._drain_stderr_bounded.__defaults__
    lambda_runtime.Worker._drain_stderr_bounded.__defaults__ = (0.001, *others)


# The functions' Python. ministack runs them with its own interpreter, whose packages come before the
# layer's: they would use ministack's botocore, and a package missing from the layer would go unnoticed.


def _functions_see_our_packages() -> bool:
    return bool(lambda_runtime._detect_runtime_binary("python3.13")[0] == sys.executable)


def _run_functions_bare() -> None:
    detect = lambda_runtime._detect_runtime_binary

    def detect_bare(runtime: str) -> tuple[str, str]:
        _ours, script = detect(runtime)
        return os.environ["COVEY_BARE_PYTHON"], script

    lambda_runtime._detect_runtime_binary = detect_bare


# The layer. Every worker unpacks the whole of it for itself: 200 MB and up to 17 s when eight start
# at once. Here it is unpacked once, and each worker gets a layer that only points there.


def _layer_is_unpacked_each_time() -> bool:
    unpacks = "lzf.extractall(layer_dir)" in inspect.getsource(lambda_runtime.Worker._spawn)
    return unpacks and lambda_svc._resolve_layer_zip.__module__ == lambda_svc.__name__


def _unpack_the_layer_once() -> None:
    resolve = lambda_svc._resolve_layer_zip

    def resolve_to_pointer(layer: Any) -> bytes:
        site_packages = Path("python", "lib", "python3.13", "site-packages")
        unpacked = _unpack(resolve(layer))
        pointer = io.BytesIO()
        with zipfile.ZipFile(pointer, "w") as packed:
            packed.writestr(str(site_packages / "layer.pth"), f"{unpacked / site_packages}\n")
        return pointer.getvalue()

    lambda_svc._resolve_layer_zip = resolve_to_pointer


def _unpack(layer: bytes) -> Path:
    folder = Path(tempfile.gettempdir(), f"layer-{hashlib.sha256(layer).hexdigest()[:16]}")
    if not folder.exists():
        # Two workers may start at once: each unpacks under a name of its own, the first to finish counts.
        mine = Path(tempfile.mkdtemp(prefix="layer-part-"))
        zipfile.ZipFile(io.BytesIO(layer)).extractall(mine)
        if not folder.exists():
            mine.rename(folder)
    return folder


# Conditions on rows' keys. AWS lets a policy allow an action on rows whose partition key begins so and so, and
# looks at each row of a transaction by itself; ministack passes every row. Here a transaction is looked at whole,
# which refuses no less than AWS does.

_PARTITION_KEY = "pk"


def _keys_decide_nothing() -> bool:
    row = {"TableName": "probe", "Key": {_PARTITION_KEY: {"S": "x"}}}
    return "dynamodb:LeadingKeys" not in iam_actions.dynamodb_service_context(json.dumps(row).encode())


def _let_keys_decide() -> None:
    context_of = iam_actions.dynamodb_service_context

    def context_with_keys(body: bytes) -> dict[str, Any]:
        context: dict[str, Any] = context_of(body)
        keys = list(_partition_keys(json.loads(body or b"{}")))
        return {**context, "dynamodb:LeadingKeys": keys} if keys else context

    iam_actions.dynamodb_service_context = context_with_keys


def _partition_keys(call: dict[str, Any]) -> Iterator[str]:
    """The partition keys of all rows that a call names."""
    names, values = call.get("ExpressionAttributeNames", {}), call.get("ExpressionAttributeValues", {})
    for name, value in re.findall(r"([#\w]+) = (:\w+)", call.get("KeyConditionExpression", "")):
        if names.get(name, name) == _PARTITION_KEY:
            yield values[value]["S"]
    acts = [act for item in call.get("TransactItems", []) for act in item.values()]
    asked = call.get("RequestItems", {}).values()
    for row in [call, *acts, *({"Key": key} for table in asked for key in table.get("Keys", []))]:
        key = (row.get("Key") or row.get("Item") or {}).get(_PARTITION_KEY)
        if key:
            yield key["S"]


GAPS = [
    Gap("the API's document is read", _document_is_ignored, _read_the_document),
    Gap("the request context names its domain", _context_has_no_domain, _name_the_domain),
    Gap("functions are active at once", _functions_stay_pending, _activate_at_once),
    Gap("calls do not wait for stderr", _calls_wait_for_stderr, _wait_briefly),
    Gap("functions run with a bare Python", _functions_see_our_packages, _run_functions_bare),
    Gap("a layer is unpacked once", _layer_is_unpacked_each_time, _unpack_the_layer_once),
    Gap("rows' keys decide", _keys_decide_nothing, _let_keys_decide),
]
