"""Set-up on a machine that lacks something: one sentence, and a result that tells make to stop."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from infra import fetching, setup
from infra.bench import audit

ROOT = Path(__file__).parents[2]


def path_without_python(folder: Path) -> str:
    for tool in ("sh", "grep", "sort", "git"):
        found = shutil.which(tool)
        assert found is not None
        (folder / tool).symlink_to(found)
    return str(folder)


def find_python(path: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": path}
    return subprocess.run(
        [str(ROOT / "infra" / "find-python")], cwd="/", env=environment, capture_output=True, text=True, check=False
    )


def test_without_python_3_13_there_is_one_sentence(tmp_path: Path) -> None:
    """It says what is needed and one way to get it."""
    result = find_python(path_without_python(tmp_path))
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith("Covey needs Python 3.13 with its venv module (found: none)")
    assert result.stderr.count("\n") == 1


def test_another_python_is_not_taken_for_3_13(tmp_path: Path) -> None:
    """Lambda's runtime would be another one."""
    path = path_without_python(tmp_path)
    other = tmp_path / "python3"
    other.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.12.9 && exit 0\nexit 1\n')
    other.chmod(0o755)
    result = find_python(path)
    assert result.returncode == 1
    assert "(found: Python 3.12.9)" in result.stderr


@pytest.mark.parametrize(
    ("manager", "script"),
    [
        ("pyenv", '[ "$1" = versions ] && echo 3.11.7 && echo 3.13.0 && exit 0; echo {python}'),
        ("uv", '[ "$2" = find ] && [ "$3" = 3.13 ] && echo {python}'),
    ],
)
def test_a_python_3_13_that_only_a_version_manager_knows_is_found(tmp_path: Path, manager: str, script: str) -> None:
    """Neither puts a version on the path unless it is switched on."""
    path = path_without_python(tmp_path)
    real = (ROOT / ".venv" / "bin" / "python").resolve()
    program = tmp_path / manager
    program.write_text(f"#!/bin/sh\n{script.format(python=real)}\n")
    program.chmod(0o755)
    result = find_python(path)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == str(real)


@pytest.mark.parametrize(
    "said",
    [
        "ERROR: No matching distribution found for numpy==2.5.5",
        "npm error code ENOTFOUND\nnpm error network request failed",
    ],
)
def test_a_registry_out_of_reach_is_told_as_such(said: str, tmp_path: Path) -> None:
    """Package managers name everything but the cause."""
    (tmp_path / "said").write_text(said)
    command = ["sh", "-c", f"cat {tmp_path / 'said'} >&2; exit 1"]
    with pytest.raises(fetching.FetchError, match="It failed: is the package registry within reach of this machine"):
        fetching.run(command, "It failed")


def test_another_failure_is_told_in_the_tools_own_words() -> None:
    """The last line that calls itself an error."""
    with pytest.raises(fetching.FetchError, match=r"^It failed: ERROR: disk full$"):
        fetching.run(["sh", "-c", "echo hello; echo ERROR: disk full >&2; echo bye >&2; exit 1"], "It failed")


def test_nothing_is_done_twice() -> None:
    """Set-up has run, or this test would not; so every step knows that it is done."""
    assert [step.says for step in setup.steps(tests=False) if not step.is_done()] == []


def test_a_step_is_done_again_when_its_input_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And only then."""
    monkeypatch.setattr(setup, "LOCAL", tmp_path)
    source, result = tmp_path / "source", tmp_path / "result"
    source.write_text("one")
    step = setup.Step("copy", "copy", lambda: result.write_text(source.read_text()) and None, [source], result)
    assert not step.is_done()
    step.run()
    assert step.is_done()
    source.write_text("two")
    assert not step.is_done()
    step.run()
    assert result.read_text() == "two"
    result.unlink()
    assert not step.is_done()


@pytest.mark.parametrize("folder", [ROOT, audit.FOLDER], ids=["test tools", "Lighthouse"])
def test_a_lock_file_names_no_registry(folder: Path) -> None:
    """It has to work wherever packages come from."""
    lock = json.loads((folder / "package-lock.json").read_text())
    assert len(lock["packages"]) > 5
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []


def test_ci_runs_make_test_without_a_terminal() -> None:
    """It is a bash script that anyone can run."""
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text().splitlines()[0] == "#!/usr/bin/env bash"
    assert "make test" in script.read_text()
