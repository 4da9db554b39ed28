"""A clock that several processes share, and that goes on when nobody waits for it: days pass in no time."""

import mmap
import struct
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

START = datetime(2027, 1, 4, 9, tzinfo=UTC)
"""What it shows at first."""

LOOKS_EVERY = 0.05
"""Seconds after which whoever waits sees that it was moved; a file that processes share wakes nobody."""


class SharedClock:
    """The machine's own time, moved by what a file says; seconds pass as they do, and jumps are seen by everybody.

    Args:
        file: holds the seconds by which it is moved; made when it is not there.
        waits: whether to sleep takes time, as it must where others work meanwhile; else it moves the clock.
    """

    def __init__(self, file: Path, *, waits: bool = True) -> None:
        self._waits = waits
        if not file.exists():
            file.write_bytes(struct.pack("d", (START - datetime.now(UTC)).total_seconds()))
        with file.open("r+b") as opened:
            self._moved = mmap.mmap(opened.fileno(), 8)

    def now(self) -> datetime:
        """Return the instant it shows."""
        (moved,) = struct.unpack("d", self._moved[:])
        return datetime.now(UTC) + timedelta(seconds=moved)

    def sleep(self, seconds: float) -> None:
        """Do nothing for so long, by what it shows."""
        ends = self.now() + timedelta(seconds=seconds)
        if not self._waits:
            self.set(ends)
        while (left := (ends - self.now()).total_seconds()) > 0:
            time.sleep(min(left, LOOKS_EVERY))

    def set(self, now: datetime) -> None:
        """Show that instant, and go on from there."""
        self._moved[:] = struct.pack("d", (now - datetime.now(UTC)).total_seconds())
