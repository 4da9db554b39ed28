"""The slim wheels: the committed ones, made the same way everywhere, and still whole wheels."""

import base64
import csv
import hashlib
import zipfile
from pathlib import Path

import pytest

from infra import wheels

RAW = {
    "numpy/__init__.py": b"answer = 42\n",
    "numpy/__init__.pyi": b"answer: int\n",
    "numpy/tests/test_answer.py": b"assert True\n",
    "numpy/core/header.h": b"#define ANSWER 42\n",
    "numpy-2.5.5.dist-info/METADATA": b"Metadata-Version: 2.1\nName: numpy\nVersion: 2.5.5\nSummary: Version: 2.5.5\n",
    "numpy-2.5.5.dist-info/WHEEL": b"Wheel-Version: 1.0\n",
    "numpy-2.5.5.dist-info/licenses/LICENSE.txt": b"BSD\n",
    "numpy-2.5.5.dist-info/RECORD": b"",
}


def raw_wheel(folder: Path, names: list[str], year: int = 2026) -> Path:
    folder.mkdir()
    wheel = folder / "numpy-2.5.5-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as packed:
        for name in names:
            packed.writestr(zipfile.ZipInfo(name, (year, 11, 21, 18, 0, 0)), RAW[name])
    return wheel


def test_the_wheelhouse_is_the_one_that_requirements_name() -> None:
    """Set-up left the wheels whose hash is committed, so the layer here is the layer everywhere."""
    wheels.check()


def test_a_wheelhouse_that_is_not_the_committed_one_is_told_with_the_way_out(tmp_path: Path) -> None:
    """A changed wheel stops the set-up with what to do about it."""
    (tmp_path / "numpy-2.5.5+slim-py3-none-any.whl").write_bytes(b"other")
    with pytest.raises(wheels.WheelhouseError, match=r"run 'python -m infra.wheels --accept'"):
        wheels.check(tmp_path)


def test_a_slim_wheel_keeps_what_runs_and_the_licences(tmp_path: Path) -> None:
    """Tests, stubs and headers go; code, metadata and licences stay."""
    slim = wheels.slim(raw_wheel(tmp_path / "raw", list(RAW)), tmp_path)
    assert slim.name == "numpy-2.5.5+slim-py3-none-any.whl"
    assert zipfile.ZipFile(slim).namelist() == [
        "numpy-2.5.5+slim.dist-info/METADATA",
        "numpy-2.5.5+slim.dist-info/WHEEL",
        "numpy-2.5.5+slim.dist-info/licenses/LICENSE.txt",
        "numpy/__init__.py",
        "numpy-2.5.5+slim.dist-info/RECORD",
    ]


def test_a_slim_wheel_says_its_version_once_and_records_every_file(tmp_path: Path) -> None:
    """Installers check both."""
    packed = zipfile.ZipFile(wheels.slim(raw_wheel(tmp_path / "raw", list(RAW)), tmp_path))
    metadata = packed.read("numpy-2.5.5+slim.dist-info/METADATA").decode()
    assert "\nVersion: 2.5.5+slim\n" in metadata
    assert "Summary: Version: 2.5.5\n" in metadata
    record = packed.read("numpy-2.5.5+slim.dist-info/RECORD").decode().splitlines()
    for name, digest, size in csv.reader(record[:-1]):
        data = packed.read(name)
        assert digest == "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        assert int(size) == len(data)


def test_a_slim_wheel_is_the_same_bytes_whenever_and_in_whatever_order(tmp_path: Path) -> None:
    """The committed hash would be worthless otherwise."""
    one = wheels.slim(raw_wheel(tmp_path / "raw", list(RAW)), tmp_path)
    (tmp_path / "again").mkdir()
    other = wheels.slim(raw_wheel(tmp_path / "later", list(reversed(RAW)), year=2027), tmp_path / "again")
    assert one.read_bytes() == other.read_bytes()


def test_every_requirement_is_pinned() -> None:
    """A deployment next year installs what was tested today."""
    lines = wheels.REQUIREMENTS.read_text().splitlines()
    packages = [line for line in lines if line and not line.startswith(("#", "--"))]
    assert len(packages) == len(wheels.pins()) > 15
