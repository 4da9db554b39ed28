"""What the demo says while it works: one line a step, growing in place on a terminal."""

import shutil
import threading
import time
from typing import TextIO


class Progress:
    """Writes `[3/8] Signing up 100 people … 60 of 100`.

    On a terminal a step's line is written over; elsewhere a new line comes with every fifth of the work,
    so that a log stays short. Counting is safe from several threads.

    Args:
        out: where to write.
        steps: how many steps there will be.
    """

    def __init__(self, out: TextIO, steps: int) -> None:
        self._out = out
        self._steps = steps
        self._step = 0
        self._title = ""
        self._began = 0.0
        self._shown = ""
        self._fifths = 0
        self._open = False
        self._lock = threading.RLock()
        self._terminal = out.isatty()

    def step(self, title: str) -> None:
        """The next step begins; the one before it counts as done."""
        with self._lock:
            self.done()
            self._step += 1
            self._title = title
            self._began = time.monotonic()
            self._fifths = 0
            self._open = True
            self._line("")

    def count(self, done: int, of: int) -> None:
        """So much of the step is done."""
        with self._lock:
            fifths = 5 * done // of if of else 5
            if self._terminal or fifths > self._fifths:
                self._fifths = fifths
                self._line(f"{done} of {of}")

    def note(self, text: str) -> None:
        """What the step is at, in a few words."""
        with self._lock:
            self._line(text)

    def done(self) -> None:
        """The step is done; says how long it took."""
        with self._lock:
            if not self._open:
                return
            self._open = False
            seconds = round(time.monotonic() - self._began)
            took = f"done ({seconds} s)" if seconds else "done"
            if self._terminal:
                self._line(f"{self._shown}, {took}" if self._shown else took)
                self._out.write("\n")
            else:
                self._line(took)
            self._out.flush()

    def broken_off(self) -> None:
        """The step ends without being done; leaves its line as it stands."""
        with self._lock:
            if self._open and self._terminal:
                self._out.write("\n")
                self._out.flush()
            self._open = False

    def say(self, text: str) -> None:
        """A line of its own, between steps."""
        with self._lock:
            self._out.write(text + "\n")
            self._out.flush()

    def _line(self, text: str) -> None:
        if text == self._shown and text:
            return
        self._shown = text
        line = f"[{self._step}/{self._steps}] {self._title} …" + (f" {text}" if text else "")
        if self._terminal:
            # Cut, since a line that wraps cannot be written over; the escape sequence wipes a longer one's rest.
            width = shutil.get_terminal_size().columns - 1
            self._out.write(f"\r{line[:width]}\x1b[K")
        else:
            self._out.write(f"{line}\n")
        self._out.flush()
