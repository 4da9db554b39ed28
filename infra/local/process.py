"""Processes that outlive the command that started them, and are ended by nobody else's mistake.

A process we start holds a lock on its own `<name>.pid` file for as long as it lives: the kernel keeps
that lock through the inherited file, and drops it at the process's end whatever ends it. So a held
lock proves that the number in the file is still our process, and not a stranger that got its number.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path


class AlreadyRunningError(Exception):
    """The process of this pid file is alive."""


def spawn(command: Sequence[str], pid_file: Path, log: Path, *, environment: Mapping[str, str], folder: Path) -> int:
    """Start `command` in `folder` as a process group of its own and return its pid.

    Its output goes to `log`. Raises AlreadyRunningError when the pid file's process is alive.
    """
    pid_file.parent.mkdir(parents=True, exist_ok=True)
    with pid_file.open("a+") as held, log.open("wb") as output:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            raise AlreadyRunningError(f"{pid_file.stem} is running already.") from problem
        held.truncate(0)
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=[held.fileno()],
        )
        held.write(str(process.pid))
    # It outlives this command on purpose, so Popen must not warn that nobody waited for it.
    process.returncode = 0
    return process.pid


def running(pid_file: Path) -> int | None:
    """Return the pid of the process that holds this pid file, or None when it has ended."""
    try:
        with pid_file.open() as held:
            fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        # Between the lock and the number lies the start itself.
        while not (number := pid_file.read_text()):
            time.sleep(0.01)
        return int(number)
    return None


def stop(pid_file: Path, *, grace: float = 10) -> bool:
    """End the process of this pid file and its group; tell whether there was one.

    It gets `grace` seconds after SIGTERM, then SIGKILL.
    """
    pid = running(pid_file)
    if pid is not None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, number)
            deadline = time.monotonic() + grace
            while running(pid_file) is not None and time.monotonic() < deadline:
                _reap(pid)
                time.sleep(0.05)
        # It has been killed, so this waits for the kernel alone.
        _reap(pid, 0)
    pid_file.unlink(missing_ok=True)
    return pid is not None


def _reap(pid: int, options: int = os.WNOHANG) -> None:
    """Collect the process if it is our own child, so that it leaves no zombie."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, options)
