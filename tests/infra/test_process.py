"""Ending processes: exactly the one that was started, however its pid file looks."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from infra.local import process

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(60)",
]
WITH_CHILD = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


def start(command: list[str], folder: Path) -> Path:
    pid_file = folder / "it.pid"
    process.spawn(command, pid_file, folder / "log", environment=dict(os.environ), folder=folder)
    return pid_file


def lines(log: Path) -> list[str]:
    while not (text := log.read_text()).endswith("\n"):
        time.sleep(0.01)
    return text.splitlines()


def is_alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status")
    return status.exists() and "\nState:\tZ" not in status.read_text()


def test_a_started_process_is_found_and_ended(tmp_path: Path) -> None:
    """The ordinary course."""
    pid_file = start(SLEEP, tmp_path)
    pid = process.running(pid_file)
    assert pid is not None
    assert is_alive(pid)
    assert process.stop(pid_file)
    assert not is_alive(pid)
    assert process.running(pid_file) is None


def test_stopping_twice_is_harmless(tmp_path: Path) -> None:
    """The second time there is nothing to end."""
    pid_file = start(SLEEP, tmp_path)
    process.stop(pid_file)
    assert process.stop(pid_file) is False


def test_a_stranger_with_the_recorded_number_is_left_alone(tmp_path: Path) -> None:
    """Numbers are used again; a pid file that nobody holds proves nothing."""
    stranger = subprocess.Popen(SLEEP)
    try:
        (tmp_path / "it.pid").write_text(str(stranger.pid))
        assert process.stop(tmp_path / "it.pid") is False
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_process_that_ended_by_itself_is_not_running(tmp_path: Path) -> None:
    """Its lock went with it."""
    pid_file = start([sys.executable, "-c", ""], tmp_path)
    deadline = time.monotonic() + 10
    while process.running(pid_file) is not None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert process.running(pid_file) is None


def test_a_process_that_ignores_the_request_is_killed(tmp_path: Path) -> None:
    """Nothing outlives its stop."""
    pid_file = start(DEAF, tmp_path)
    lines(tmp_path / "log")
    pid = process.running(pid_file)
    assert pid is not None
    process.stop(pid_file, grace=0.3)
    assert not is_alive(pid)


def test_its_children_end_with_it(tmp_path: Path) -> None:
    """The emulator's workers are its children."""
    pid_file = start([sys.executable, "-c", WITH_CHILD], tmp_path)
    child = int(lines(tmp_path / "log")[0])
    assert is_alive(child)
    process.stop(pid_file)
    deadline = time.monotonic() + 5
    while is_alive(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_alive(child)


def test_a_second_start_is_refused_while_the_first_runs(tmp_path: Path) -> None:
    """Two emulators on one folder would take each other's files."""
    pid_file = start(SLEEP, tmp_path)
    try:
        with pytest.raises(process.AlreadyRunningError):
            start(SLEEP, tmp_path)
    finally:
        process.stop(pid_file)
