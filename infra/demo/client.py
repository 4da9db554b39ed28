"""How the demo talks to the deployed site: patient with a busy server, and sending again what may be lost."""

import http.client
import json
import threading
import time
import urllib.parse
from collections.abc import Callable
from typing import Any, Self

from infra.demo import DemoError

PATIENCE = 120.0
"""Seconds until a request that the server keeps putting off has failed; the first tick may be a minute away."""

ANSWER = 40.0
"""Seconds to wait for one answer; the gateway gives up after 29."""

_NOT_NOW = {429, 500, 502, 503, 504}


class RefusedError(DemoError):
    """The server understood and said no; `status` is its HTTP status, and the text its own sentence."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status


class Client:
    """Speaks JSON with one site over a kept connection a thread.

    Every request is sent again until an answer came that is not “later”: each of Covey's changes may be
    sent twice and happens once, so a lost answer is no reason to stop.

    Args:
        site: the site's address, ending in a slash.
        patience: seconds until a request that is put off again and again has failed.
        told: called with the reason whenever a request is put off.
    """

    def __init__(
        self, site: str, patience: float = PATIENCE, told: Callable[[str], None] = lambda _reason: None
    ) -> None:
        split = urllib.parse.urlsplit(site)
        self.site = site
        self._host = split.hostname or ""
        self._port = split.port or 80
        self._path = split.path
        self._patience = patience
        self._told = told
        self._own = threading.local()
        self._connections: list[http.client.HTTPConnection] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Close every thread's connection; no request may be under way."""
        for connection in self._connections:
            connection.close()

    def get(self, path: str, token: str = "") -> Any:
        """The answer to a GET."""
        return json.loads(self.call("GET", path, None, token))

    def post(self, path: str, body: object, token: str = "") -> Any:
        """The answer to a POST."""
        return json.loads(self.call("POST", path, body, token))

    def call(self, method: str, path: str, body: object, token: str = "") -> bytes:
        """One request below the site, until it is answered for good.

        Raises:
            RefusedError: the server said no, in its own sentence.
            DemoError: no answer came in good time.
        """
        page = path.partition("?")[0]
        deadline = time.monotonic() + self._patience
        pause, trouble = 0.2, ""
        while True:
            wait = pause
            try:
                status, headers, data = self._once(method, path, body, token)
            except (OSError, http.client.HTTPException) as problem:
                trouble = f"no answer ({type(problem).__name__})"
            else:
                if status < 400:
                    return data
                trouble = _sentence(status, data)
                if status not in _NOT_NOW:
                    raise RefusedError(f"{method} {page} was refused: {trouble}", status)
                wait = _seconds(headers.get("Retry-After", ""), pause)
            self._told(trouble)
            if time.monotonic() + wait > deadline:
                raise DemoError(f"{method} {page} got no good answer within {self._patience:.0f} s: {trouble}")
            time.sleep(wait)
            pause = min(2 * pause, 3.0)

    def _once(self, method: str, path: str, body: object, token: str) -> tuple[int, http.client.HTTPMessage, bytes]:
        headers = {"Accept": "*/*"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = None
        if method != "GET":
            headers["Content-Type"] = "application/json"
            data = json.dumps(body if body is not None else {}).encode()
        connection = self._connection()
        try:
            connection.request(method, self._path + path, data, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        except BaseException:
            connection.close()
            raise

    def _connection(self) -> http.client.HTTPConnection:
        kept: http.client.HTTPConnection | None = getattr(self._own, "kept", None)
        if kept is None:
            kept = self._own.kept = http.client.HTTPConnection(self._host, self._port, timeout=ANSWER)
            self._connections.append(kept)
        return kept


def _sentence(status: int, data: bytes) -> str:
    try:
        said = json.loads(data)
        sentence = said.get("detail") or said.get("message") or said.get("Message")
    except (ValueError, AttributeError):
        sentence = None
    return str(sentence) if sentence else f"the server answered {status}"


def _seconds(retry_after: str, otherwise: float) -> float:
    return float(retry_after) if retry_after.isdigit() else otherwise
