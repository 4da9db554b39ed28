"""One address for people: /covey/… leads to the deployed API's stage, as the path does on AWS.

ministack serves an API at http://<api id>.execute-api.localhost:<port>/<stage>/, a name that Python
cannot resolve on every machine, or below /_aws/execute-api/<api id>/<stage>/, which has the stage at
another place than AWS and is known only after the deployment. Nor does it compress answers, which the
gateway does for whoever takes it, from the size on that the API names.
"""

from __future__ import annotations

import gzip
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ministack.services import apigateway_v1

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Any, Send], Awaitable[None]]


def short_addresses(application: Application) -> Application:
    """Wrap an ASGI application so that /<stage>/… reaches the newest API that has this stage."""

    async def serve(scope: Message, receive: Any, send: Send) -> None:
        if scope["type"] == "http":
            stage = scope["path"].lstrip("/").split("/", 1)[0]
            api_id = _api_with_stage(stage)
            if api_id is not None:
                prefix = f"/_aws/execute-api/{api_id}"
                scope["path"] = prefix + scope["path"]
                scope["raw_path"] = prefix.encode() + scope["raw_path"]
                smallest = apigateway_v1._rest_apis[api_id].get("minimumCompressionSize")
                if smallest is not None and _takes_gzip(scope):
                    send = _Compressing(send, int(smallest))  # Chalice writes it as text
        await application(scope, receive, send)

    return serve


class _Compressing:
    """Hands an answer on, compressed when its body has at least so many bytes."""

    def __init__(self, send: Send, smallest: int) -> None:
        self._send = send
        self._smallest = smallest
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        if message["type"] != "http.response.body" or self._start is None:
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        headers = [(name.lower(), value) for name, value in self._start["headers"]]
        if len(self._body) >= self._smallest and not any(name == b"content-encoding" for name, _ in headers):
            self._body = gzip.compress(self._body)
            headers = [(name, value) for name, value in headers if name != b"content-length"]
            headers += [(b"content-encoding", b"gzip"), (b"content-length", str(len(self._body)).encode())]
        await self._send({**self._start, "headers": headers})
        await self._send({**message, "body": self._body})


def _takes_gzip(scope: Message) -> bool:
    return any(name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"])


def _api_with_stage(stage: str) -> str | None:
    found = [key[-1] for key, stages in apigateway_v1._stages_v1.all_items() if stage in stages]
    return found[-1] if stage and found else None
