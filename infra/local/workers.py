"""The processes in which a local cloud runs its functions: watched, and ended by id to see what survives that."""

import json
import os
import signal
import time
from pathlib import Path

from infra.local.cloud import Cloud


def workers_of(here: Cloud, function: str) -> "Workers":
    """Return those of one function, by its whole name."""
    record = json.loads((here.folder / "cloud.json").read_text())
    return Workers(int(record["pids"]["emulator"]), function)


class Workers:
    """The processes in which a cloud runs one function, watched from outside."""

    def __init__(self, emulator: int, function: str) -> None:
        self._emulator = emulator
        self._function = function
        self._peaks: dict[int, int] = {}
        self._ticks: dict[int, int] = {}

    def alive(self) -> list[int]:
        """Return their process ids."""
        return [
            pid for pid in _children(self._emulator) if _variable(pid, "AWS_LAMBDA_FUNCTION_NAME") == self._function
        ]

    def look(self) -> None:
        """Note how much memory and processor time each has had so far."""
        for pid in self.alive():
            self._peaks[pid] = max(self._peaks.get(pid, 0), _peak_memory(pid))
            self._ticks[pid] = max(self._ticks.get(pid, 0), _ticks_worked(pid))

    def kill_one(self) -> int:
        """End the one that works most at this moment, most likely within a request, and return its process id."""
        before = {pid: _ticks_worked(pid) for pid in self.alive()}
        time.sleep(0.05)
        pid = max(before, key=lambda pid: _ticks_worked(pid) - before[pid])
        os.kill(pid, signal.SIGKILL)
        return pid

    @property
    def peak(self) -> int:
        """Return the bytes of memory that the largest had."""
        return max(self._peaks.values(), default=0)

    @property
    def worked(self) -> float:
        """Return the seconds of processor time that all of them had."""
        return sum(self._ticks.values()) / os.sysconf("SC_CLK_TCK")

    @property
    def number(self) -> int:
        """Return how many there have been."""
        return len(self._peaks)


def _children(pid: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name, in brackets, may hold spaces; after it come the state and the parent.
            parent = int(status.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == pid:
            found.append(int(status.parent.name))
    return found


def _variable(pid: int, name: str) -> str:
    try:
        pairs = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return ""
    return next((pair.partition(b"=")[2].decode() for pair in pairs if pair.startswith(name.encode() + b"=")), "")


def _peak_memory(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


def _ticks_worked(pid: int) -> int:
    try:
        numbers = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(numbers[11]) + int(numbers[12])
