"""Slim wheels: the pinned dependencies without what never runs in Lambda, so that the layer fits.

Straight from the index the layer is about 80 MB zipped; Lambda refuses more than 50 MiB. This
module downloads the pinned wheels of the few large packages for the Lambda platform, leaves out
what never runs there and packs the rest again under a local version (`2.5.5+slim`) into
`.local/wheelhouse`. requirements.txt names that folder with `--find-links`, and pip prefers
`2.5.5+slim` for the pin `numpy==2.5.5`, so Chalice picks the slim wheels up by itself.

The wheelhouse's hash stands in requirements.txt as a comment. It makes Chalice build a new layer
when a slim wheel changes (its cache key is that file, not the wheels), and it pins the contents:
`build` fails when what it made is not what was committed.

    python -m infra.wheels            build what is missing, check the hash
    python -m infra.wheels --accept   the same, and write the new hash into requirements.txt
"""

from __future__ import annotations

import argparse
import base64
import csv
import fnmatch
import hashlib
import io
import re
import sys
import tempfile
import zipfile
from pathlib import Path

from infra import fetching

ROOT = Path(__file__).resolve().parent.parent
WHEELHOUSE = ROOT / ".local" / "wheelhouse"
REQUIREMENTS = ROOT / "requirements.txt"

# What Lambda's Python 3.13 runtime (glibc 2.34, x86-64) can load, best first. pip takes each tag literally.
PLATFORMS = [f"manylinux_2_{minor}_x86_64" for minor in range(34, 16, -1)] + ["manylinux2014_x86_64"]

# Left out of every slim wheel: what only a compiler, a type checker or a test run reads.
NEVER_RUNS = [
    "*/tests/*",
    "*_tests.cpython-*.so",
    "*/_test_*.so",
    "*.pyi",
    "*.pxd",
    "*.pyx",
    "*.pyx.tp",
    "*.pxd.tp",
    "*.pxi",
    "*.h",
    "*.c",
    "*.cpp",
    "*.f",
    "*.f90",
    "*.a",
    "*/meson.build",
    "*.dist-info/sboms/*",
]

# Left out of one package: parts that nothing Covey imports ever loads (a test runs the real thing without them).
# Kept although they look idle: scipy.ndimage (scipy.stats imports it), numpy.f2py, botocore.docs (its clients do).
LEFT_OUT: dict[str, list[str]] = {
    # Every service description but those of SERVICES, see `_is_kept`.
    "botocore": [],
    "icalendar": ["icalendar/fuzzing/*"],
    # _simd lets numpy's own tests look at its vector instructions.
    "numpy": ["numpy/_core/_simd.cpython-*.so"],
    # Families of estimators that do not group people or read text.
    "scikit-learn": [
        "sklearn/cross_decomposition/*",
        "sklearn/datasets/*",
        "sklearn/ensemble/*",
        "sklearn/experimental/*",
        "sklearn/gaussian_process/*",
        "sklearn/inspection/*",
        "sklearn/neural_network/*",
        "sklearn/semi_supervised/*",
    ],
    "scipy": [
        "scipy/datasets/*",
        "scipy/fftpack/*",
        "scipy/io/*",
        "scipy/misc/*",
        "scipy/odr/*",
        "scipy/signal/*",
        # Random numbers of two special kinds, loaded only when asked for.
        "scipy/stats/_sobol_direction_numbers.npz",
        "scipy/stats/_unuran/*",
    ],
}

# The AWS services that the functions call. A client for any other one cannot be made in Lambda.
SERVICES = ["dynamodb", "lambda", "ses", "ssm", "sts"]

_HASH_LINE = re.compile(r"^# wheelhouse sha256: ([0-9a-f]{64})$", re.MULTILINE)
# A zip entry must have a date; one date for all keeps the bytes the same everywhere.
_EPOCH = (1980, 1, 1, 0, 0, 0)


class WheelhouseError(Exception):
    """The wheelhouse is not the one that requirements.txt names."""


def pins(requirements: Path = REQUIREMENTS) -> dict[str, str]:
    """Return the pinned version of every package in a requirements file, by normalised name."""
    found: dict[str, str] = {}
    for line in requirements.read_text().splitlines():
        match = re.fullmatch(r"([A-Za-z0-9._-]+)==(\S+)", line.strip())
        if match:
            found[re.sub(r"[-_.]+", "-", match[1]).lower()] = match[2]
    return found


def committed_hash(requirements: Path = REQUIREMENTS) -> str:
    """Return the wheelhouse hash that a requirements file names."""
    match = _HASH_LINE.search(requirements.read_text())
    if match is None:
        raise WheelhouseError(f"{requirements.name} has no line '# wheelhouse sha256: …'.")
    return match[1]


def wheelhouse_hash(wheelhouse: Path = WHEELHOUSE) -> str:
    """Return one hash over the names and bytes of all wheels in a wheelhouse."""
    total = hashlib.sha256()
    for wheel in sorted(wheelhouse.glob("*.whl")):
        total.update(f"{wheel.name} {hashlib.sha256(wheel.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


def build(wheelhouse: Path = WHEELHOUSE, requirements: Path = REQUIREMENTS) -> None:
    """Make the slim wheels that are missing from `wheelhouse` and remove those no pin asks for.

    Raises FetchError when pip cannot download a wheel.
    """
    wheelhouse.mkdir(parents=True, exist_ok=True)
    pinned = pins(requirements)
    wanted = {name: pinned[name] for name in LEFT_OUT}
    for wheel in wheelhouse.glob("*.whl"):
        name, version = wheel.name.split("-")[:2]
        if wanted.get(name.replace("_", "-")) != version.removesuffix("+slim"):
            wheel.unlink()
    for done, (name, version) in enumerate(wanted.items(), start=1):
        if any(wheelhouse.glob(f"{name.replace('-', '_')}-{version}+slim-*.whl")):
            continue
        print(f"      slim wheel {done} of {len(wanted)}: {name} {version}", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            slim(_download(name, version, Path(folder)), wheelhouse)


def slim(wheel: Path, into: Path) -> Path:
    """Pack `wheel` again into the folder `into`, without what never runs, and return the new file.

    The result depends on the wheel's contents alone: entries are sorted, carry one date, and are
    stored rather than deflated, because deflated bytes differ between builds of zlib.
    """
    name, version = wheel.name.split("-")[:2]
    new_version = f"{version}+slim"
    old_info, new_info = f"{name}-{version}.dist-info/", f"{name}-{new_version}.dist-info/"
    record = io.StringIO()
    rows = csv.writer(record, lineterminator="\n")
    target = into / wheel.name.replace(f"{name}-{version}-", f"{name}-{new_version}-", 1)
    unfinished = target.with_suffix(".part")
    with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(unfinished, "w", zipfile.ZIP_STORED) as packed:
        for entry in sorted(source.namelist()):
            if entry == f"{old_info}RECORD" or not _is_kept(name.replace("_", "-"), entry):
                continue
            data = source.read(entry)
            if entry == f"{old_info}METADATA":
                data = data.replace(f"\nVersion: {version}\n".encode(), f"\nVersion: {new_version}\n".encode(), 1)
            renamed = entry.replace(old_info, new_info, 1)
            _add(packed, renamed, data)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            rows.writerow([renamed, f"sha256={digest}", len(data)])
        rows.writerow([f"{new_info}RECORD", "", ""])
        _add(packed, f"{new_info}RECORD", record.getvalue().encode())
    return unfinished.rename(target)


def _is_kept(package: str, entry: str) -> bool:
    if entry.endswith("/"):
        return False
    if any(fnmatch.fnmatchcase(entry, pattern) for pattern in [*NEVER_RUNS, *LEFT_OUT[package]]):
        return False
    service = re.match(r"botocore/data/([^/]+)/", entry)
    return service is None or service[1] in SERVICES


def _add(packed: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.external_attr = 0o644 << 16
    packed.writestr(entry, data)


def _download(name: str, version: str, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary=:all:", "--implementation=cp", "--python-version=3.13"]
    command += ["--abi=cp313", "--abi=abi3", "--abi=none", "--dest", str(folder)]
    command += [f"--platform={platform}" for platform in PLATFORMS]
    fetching.run([*command, f"{name}==={version}"], f"pip could not download {name} {version}")
    return next(folder.glob("*.whl"))


def check(wheelhouse: Path = WHEELHOUSE, requirements: Path = REQUIREMENTS) -> None:
    """Raise WheelhouseError unless the wheelhouse is the one that requirements.txt names."""
    found, named = wheelhouse_hash(wheelhouse), committed_hash(requirements)
    if found != named:
        raise WheelhouseError(
            f"The slim wheels in {wheelhouse} hash to {found[:12]}…, but requirements.txt names {named[:12]}…. "
            "If a pin or infra/wheels.py was changed on purpose, run 'python -m infra.wheels --accept' "
            f"and commit requirements.txt; if not, delete {wheelhouse} and run 'make setup' again."
        )


def main() -> int:
    """Build and check the wheelhouse; return the exit code."""
    parser = argparse.ArgumentParser(description="Build the slim wheels that Lambda's layer is made of.")
    parser.add_argument("--accept", action="store_true", help="write the wheelhouse's hash into requirements.txt")
    accept = parser.parse_args().accept
    try:
        build()
        if accept:
            line = f"# wheelhouse sha256: {wheelhouse_hash()}"
            REQUIREMENTS.write_text(_HASH_LINE.sub(line, REQUIREMENTS.read_text()))
        check()
    except (fetching.FetchError, WheelhouseError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
