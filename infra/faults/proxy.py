"""Microburst between our clients and an engine: it throttles, resets, or loses the answer after the call was done.

    with proxy.before(endpoint, folder) as weather:
        weather.set(proxy.throttled("dynamodb", 0.3))
        ...                     # calls go to weather.endpoint
        weather.fired()

It answers as AWS does, so that what is tried is what botocore makes of it, and what we make of that.
"""

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.local import dynamodb

type Rule = dict[str, Any]


class ProxyError(Exception):
    """Microburst did not start; the text is one sentence for a person."""


class Weather:
    """What happens to the calls on their way to an engine: nothing, until rules are set."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint

    def set(self, *rules: Rule) -> None:
        """From now on these rules hold, and no others; the first that fits a call acts on it."""
        self._ask("DELETE", "fired")
        self._ask("POST", "rules", list(rules))

    def fired(self) -> int:
        """Return how many calls met a fault since the rules were set."""
        # The log of what was done keeps only the newest; the rules count.
        return sum(int(rule["fired_count"]) for rule in self._ask("GET", "rules"))

    def _ask(self, method: str, what: str, body: object = None) -> Any:
        request = urllib.request.Request(  # noqa: S310 - always our own http address
            f"{self.endpoint}/_microburst/{what}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.loads(answer.read() or b"null")


def throttled(service: str, probability: float = 1.0, operation: str = "") -> Rule:
    """The call is refused for now, and not done."""
    code = "ThrottlingException" if service == "dynamodb" else "Throttling"
    return _rule(service, operation, probability, error={"code": code, "message": "Maximum sending rate exceeded."})


def reset(service: str, probability: float = 1.0, operation: str = "") -> Rule:
    """The connection breaks before the call is done."""
    return _rule(service, operation, probability, reset=True)


def answer_lost(service: str, probability: float = 1.0, operation: str = "") -> Rule:
    """The call is done, and the connection breaks before the first byte of the answer."""
    return _rule(service, operation, probability, response={"abort_bytes": 0})


def _rule(service: str, operation: str, probability: float, **fault: object) -> Rule:
    return {"service": service, "probability": probability, **({"operation": operation} if operation else {}), **fault}


@contextlib.contextmanager
def before(upstream: str, log: Path) -> Iterator[Weather]:
    """Run a microburst before an engine and yield it.

    Raises:
        ProxyError: it did not start; make setup installs it.
    """
    port = dynamodb.free_port()
    command = [sys.executable, "-m", "microburst", "--upstream", upstream, "--port", str(port)]
    with log.open("wb") as output:
        running = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=dict(os.environ)
        )
        try:
            weather = Weather(f"http://127.0.0.1:{port}")
            _wait_for(weather, running)
            yield weather
        finally:
            running.terminate()
            running.wait(timeout=30)


def _wait_for(weather: Weather, running: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and running.poll() is None:
        with contextlib.suppress(OSError):
            weather.set()
            return
        time.sleep(0.05)
    raise ProxyError("Microburst did not start: run 'make setup', which installs it.")
