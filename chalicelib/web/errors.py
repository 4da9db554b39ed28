"""Every error as problem details (RFC 9457): the one map from domain errors to statuses."""

import functools
import http
import logging
from collections.abc import Callable
from typing import Any

import msgspec
from chalice.app import Request, Response

from chalicelib.domain.errors import (
    BadLink,
    Conflict,
    CoveyError,
    Forbidden,
    Invalid,
    NotFound,
    NotReady,
    TooMany,
)


class BadRequest(CoveyError):
    """The body is not what this address takes at all."""


STATUSES: dict[type[CoveyError], int] = {
    BadRequest: 400,
    Invalid: 422,
    BadLink: 401,
    NotFound: 404,
    Forbidden: 403,
    Conflict: 409,
    TooMany: 429,
    NotReady: 503,
}

type Headers = dict[str, str | list[str]]

HEADERS: Headers = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Strict-Transport-Security": "max-age=63072000",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
    "Vary": "Accept-Encoding",
}
"""What every answer carries unless it says otherwise."""

log = logging.getLogger(__name__)


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """What went wrong.

    Args:
        detail: one sentence that says what to do.
        field: the name of the input it is about.
    """

    title: str
    status: int
    detail: str
    field: str = ""
    type: str = "about:blank"


def problem(status: int, detail: str, field: str = "", headers: Headers | None = None) -> Response:
    """An answer that says what went wrong."""
    body = msgspec.json.encode(Problem(http.HTTPStatus(status).phrase, status, detail, field)).decode()
    return Response(body, {"Content-Type": "application/problem+json", **(headers or {})}, status)


def from_error(error: CoveyError) -> Response:
    """The answer to a domain error."""
    status = next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
    headers: Headers = {}
    if isinstance(error, TooMany | NotReady):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, BadLink):
        headers["WWW-Authenticate"] = "Bearer"
    return problem(status, str(error), error.field if isinstance(error, Invalid) else "", headers)


def guarded[**P](view: Callable[P, Response]) -> Callable[P, Response]:
    """A view whose errors become problems; what nobody expected is logged and answered without its details."""

    @functools.wraps(view)
    def answered(*args: P.args, **kwargs: P.kwargs) -> Response:
        try:
            return view(*args, **kwargs)
        except CoveyError as error:
            return from_error(error)
        except Exception:
            log.exception("Unexpected error in %s", view.__name__)
            return problem(500, "Something went wrong on our side; nothing was lost, so try again in a minute.")

    return answered


def dressed(request: Request, get_response: Callable[[Request], Response]) -> Response:
    """Middleware: security headers on every answer, and problem details where the framework itself answered."""
    response = get_response(request)
    body: Any = response.body
    if response.status_code >= 400 and isinstance(body, dict):
        detail = str(body.get("Message") or "This cannot be answered.")
        response = problem(response.status_code, detail, headers=response.headers)
    response.headers = {**HEADERS, **response.headers}
    return response
