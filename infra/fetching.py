"""Running pip, npm and the like quietly, with one sentence when they fail."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# How package managers say that they cannot reach their registry. pip, which asks several places, only
# says that there is no such version.
_UNREACHABLE = re.compile(
    r"NewConnectionError|ConnectTimeout|ProxyError|Failed to establish|Temporary failure|Name or service not known|"
    r"No matching distribution|ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ETIMEDOUT"
)


class FetchError(Exception):
    """A package manager failed; the text is one sentence for a person."""


def run(command: list[str], sentence: str, **environment: str) -> None:
    """Run a command in the project's folder.

    Raises FetchError with `sentence` and the command's own last error when it fails.
    """
    result = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    if result.returncode:
        raise FetchError(f"{sentence}: {_reason(result.stderr or result.stdout)}")


def _reason(output: str) -> str:
    lines = [line.strip() for line in output.splitlines()]
    last_error = next((line for line in reversed(lines) if re.search("error", line, re.IGNORECASE)), "no reason given")
    if _UNREACHABLE.search(output):
        return f"is the package registry within reach of this machine? ({last_error})"
    return last_error
