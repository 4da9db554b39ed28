"""One address for people: /covey/… leads to the deployed API's stage, as the path does on AWS.

ministack serves an API at http://<api id>.execute-api.localhost:<port>/<stage>/, a name that Python
cannot resolve on every machine, or below /_aws/execute-api/<api id>/<stage>/, which has the stage at
another place than AWS and is known only after the deployment.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ministack.services import apigateway_v1

Scope = MutableMapping[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[None]]


def short_addresses(application: Application) -> Application:
    """Wrap an ASGI application so that /<stage>/… reaches the newest API that has this stage."""

    async def serve(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            stage = scope["path"].lstrip("/").split("/", 1)[0]
            api_id = _api_with_stage(stage)
            if api_id is not None:
                prefix = f"/_aws/execute-api/{api_id}"
                scope["path"] = prefix + scope["path"]
                scope["raw_path"] = prefix.encode() + scope["raw_path"]
        await application(scope, receive, send)

    return serve


def _api_with_stage(stage: str) -> str | None:
    found = [key[-1] for key, stages in apigateway_v1._stages_v1.all_items() if stage in stages]
    return found[-1] if stage and found else None
