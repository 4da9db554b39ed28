"""DynamoDB Local, AWS's own engine, for tests that need the real thing.

    with dynamodb.start() as endpoint:
        boto3.client("dynamodb", endpoint_url=endpoint, ...)

It knows no policies and no point-in-time recovery, and it listens on all interfaces: there is no
setting for that. Needs what `make test` sets up (node_modules and a Java runtime).
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from infra.local import toolbox

ENGINE = Path(__file__).resolve().parents[2] / "node_modules" / "amplify-dynamodb-simulator" / "emulator"


class EngineError(Exception):
    """DynamoDB Local could not be started; the text is one sentence for a person."""


@contextlib.contextmanager
def start(port: int = 0, *, data: Path | None = None) -> Iterator[str]:
    """Run DynamoDB Local and yield its endpoint; 0 takes a free port.

    `data` is a folder to keep the tables in, so that they outlive the engine; without it they are in
    memory. Raises EngineError.
    """
    java = toolbox.java()
    if java is None or not ENGINE.exists():
        raise EngineError("DynamoDB Local is not set up: run 'make test', which fetches it and a Java runtime.")
    port = port or free_port()
    where = ["-inMemory"] if data is None else ["-dbPath", str(data)]
    command = [str(java), "-Djava.library.path=DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar", "-sharedDb"]
    command += [*where, "-port", str(port), "-disableTelemetry"]
    with tempfile.TemporaryFile() as output:
        engine = subprocess.Popen(
            command, cwd=ENGINE, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _wait_until_open(engine, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            engine.terminate()
            engine.wait(timeout=30)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_open(engine: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if engine.poll() is not None:
            raise EngineError(f"DynamoDB Local ended at once with code {engine.returncode}: is port {port} taken?")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    engine.kill()
    raise EngineError("DynamoDB Local did not answer within 60 seconds.")
