"""The deployment package: exactly the zips that `chalice deploy` uploads, built into dist/ and weighed.

python -m infra.package
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
# Where Chalice looks for what it has built already.
BUILT = Path(".chalice", "deployments")

# Lambda's limits: Chalice uploads each zip inline, and a function's zips share one unpacked size.
ZIPPED_LIMIT = 52_428_800
UNZIPPED_LIMIT = 250 * 1024 * 1024


class PackageError(Exception):
    """Chalice could not build the package, or it is too large for Lambda."""


@dataclass(frozen=True)
class Weight:
    """What one artefact weighs, in bytes."""

    name: str
    zipped: int
    unzipped: int


def build(project: Path = ROOT, into: Path = DIST) -> list[Path]:
    """Build the zips with Chalice's own packager and return them.

    `project` is the folder that holds app.py. Raises PackageError with Chalice's last words.
    """
    # `chalice package` runs the packagers of `chalice deploy` and shares their cache in
    # .chalice/deployments; the CloudFormation template that it adds is nothing that is uploaded.
    made = project / ".local" / "package"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    command = [str(Path(sys.executable).parent / "chalice"), "package", "--stage", "dev", str(made)]
    # Chalice asks for a region although packaging is the same in all.
    environment = {"AWS_DEFAULT_REGION": "us-east-1", **os.environ}
    with shared_layers(project):
        result = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    if result.returncode:
        raise PackageError(f"Chalice could not build the package: {(result.stderr or result.stdout).strip()[-500:]}")
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    return [Path(shutil.copy2(path, into)) for path in sorted(made.glob("*.zip"))]


@contextlib.contextmanager
def shared_layers(project: Path) -> Iterator[None]:
    """Let Chalice in `project`, maybe a copy of this one, use every layer that was built before, and keep its own.

    Chalice writes a layer under its final name, where another run could take it half done; so one run
    waits for the other, and a copy's layers are linked in and out. The newest few are kept.
    """
    shared, its_own = ROOT / BUILT, project / BUILT
    for folder in (shared, its_own):
        folder.mkdir(parents=True, exist_ok=True)
    with (shared / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _link_layers(shared, its_own)
        yield
        _link_layers(its_own, shared)
        for kind in ("managed-layer-*.zip", "appcode-*.zip"):
            for old in sorted(shared.glob(kind), key=lambda file: file.stat().st_mtime)[:-3]:
                old.unlink()


def _link_layers(source: Path, target: Path) -> None:
    for layer in source.glob("managed-layer-*.zip"):
        if not (target / layer.name).exists():
            (target / layer.name).hardlink_to(layer)


def weigh(artefact: Path) -> Weight:
    """Return an artefact's sizes."""
    with zipfile.ZipFile(artefact) as packed:
        return Weight(artefact.name, artefact.stat().st_size, sum(entry.file_size for entry in packed.infolist()))


def check(weights: list[Weight]) -> None:
    """Raise PackageError when Lambda would refuse the artefacts."""
    for weight in weights:
        if weight.zipped > ZIPPED_LIMIT:
            raise PackageError(
                f"{weight.name} is {weight.zipped:,} bytes zipped; Lambda refuses more than {ZIPPED_LIMIT:,}."
            )
    unzipped = sum(weight.unzipped for weight in weights)
    if unzipped > UNZIPPED_LIMIT:
        raise PackageError(
            f"Unpacked the artefacts are {unzipped:,} bytes; Lambda refuses more than {UNZIPPED_LIMIT:,}."
        )


def main() -> int:
    """Build, weigh and check the artefacts; return the exit code."""
    try:
        weights = [weigh(artefact) for artefact in build()]
        for weight in weights:
            print(
                f"dist/{weight.name:22} {weight.zipped:>12,} bytes zipped (limit {ZIPPED_LIMIT:,})"
                f" {weight.unzipped:>12,} unzipped"
            )
        unzipped = sum(weight.unzipped for weight in weights)
        print(f"{'together':27} {'':>46} {unzipped:>12,} unzipped (limit {UNZIPPED_LIMIT:,})")
        check(weights)
    except PackageError as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
