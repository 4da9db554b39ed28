"""How answers travel through the gateway: text as text, bytes as base64, whatever a client says it accepts."""

import base64
from collections.abc import Callable
from typing import Any

from chalice.app import CaseInsensitiveMapping, Request, Response

BINARY_TYPES = ["*/*"]
"""Media types for whose takers the gateway turns base64 back into bytes.

It compares them with the first type that the client accepts, not with what the answer is: those who make link
previews say that they accept anything, which only this matches.
"""


class Answer(Response):
    """An answer whose body's own kind decides how it travels."""

    def to_dict(self, binary_types: list[str] | None = None) -> dict[str, Any]:  # noqa: ARG002 Chalice passes them
        if not isinstance(self.body, bytes):
            return super().to_dict()
        encoded = Response(base64.b64encode(self.body).decode(), self.headers, self.status_code)
        return {**encoded.to_dict(), "isBase64Encoded": True}


def carried(request: Request, get_response: Callable[[Request], Response]) -> Response:
    """Middleware, outermost: Chalice alone would encode every text as well, and refuse whoever says no Accept."""
    request.headers = CaseInsensitiveMapping({"accept": "*/*", **request.headers})
    response = get_response(request)
    return Answer(response.body, response.headers, response.status_code)
