"""The gaps of the emulator: each is there, each is filled, and a filled one is noticed."""

import subprocess
from pathlib import Path

import pytest

from infra.local.cloud import BARE_PYTHON, EMULATOR_PYTHON

ROOT = Path(__file__).parents[2]

# patches can be imported in the emulator's own environment only.
EACH = """
from infra.emulator import patches
for gap in patches.GAPS:
    before = gap.is_open()
    gap.fill()
    print(gap.name, before, gap.is_open(), sep="|")
"""

TWICE = """
from infra.emulator import patches
patches.fill_all()
patches.fill_all()
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    environment = {"COVEY_BARE_PYTHON": str(BARE_PYTHON), "PATH": ""}
    return subprocess.run(
        [str(EMULATOR_PYTHON), "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.cloud
def test_every_gap_is_open_before_its_patch_and_only_then() -> None:
    """So a ministack that closes one is told from one that does not."""
    result = run(EACH)
    assert result.returncode == 0, result.stderr
    gaps = [line.split("|") for line in result.stdout.splitlines() if "|" in line]
    assert len(gaps) == 7
    assert [(before, after) for _name, before, after in gaps] == [("True", "False")] * 7


@pytest.mark.cloud
def test_a_patch_that_is_needed_no_more_stops_the_start_with_its_name() -> None:
    """As a newer ministack would make it."""
    result = run(TWICE)
    assert result.returncode != 0
    assert "no longer needs our patch “the API's document is read”" in result.stderr
