"""A mail provider that appends what it takes to files, at a thousand letters a second, and fails as it is told to."""

import contextlib
import email
import email.policy
import json
import os
import random
import zlib
from collections.abc import Iterator, Mapping
from email.message import EmailMessage
from pathlib import Path
from typing import NamedTuple

from chalicelib.domain.letter import Kind, LetterKey
from chalicelib.domain.ports import Quota, Throttled

RATE = 1000.0
"""Letters a second."""


class Taken(NamedTuple):
    """One mail as the provider took it.

    Args:
        id: the provider's name for it.
        answered: whether the sender was told that it was taken.
        packed: the message, deflated, since there are many.
    """

    id: str
    recipient: str
    key: LetterKey
    answered: bool
    packed: bytes

    @property
    def mail(self) -> EmailMessage:
        """Return it parsed."""
        found = email.message_from_bytes(zlib.decompress(self.packed), policy=email.policy.default)
        if not isinstance(found, EmailMessage):
            raise TypeError("this is no mail")
        return found


class DiskMailer:
    """A Mailer that keeps what it takes; what is kept outlives the process however that ends.

    Args:
        folder: where each process has a file of its own.
        failing: the share of calls that fail: throttled, not taken and not answered, or taken and not answered.
    """

    def __init__(self, folder: Path, failing: float) -> None:
        self._file = os.open(folder / f"{os.getpid()}.mails", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._failing = failing
        self._dice = random.Random(os.urandom(8))

    def send(self, sender: str, recipient: str, message: bytes, tags: Mapping[str, str] | None = None) -> str:
        """Take a letter, or fail."""
        fate = self._dice.random() / self._failing if self._failing else 1.0
        if fate < 1 / 3:
            raise Throttled("Maximum sending rate exceeded.")
        if fate < 2 / 3:
            raise ConnectionError(f"The connection to {sender} was closed before the letter went out.")
        name, answered = os.urandom(12).hex(), fate >= 1
        head = {"id": name, "to": recipient, "tags": dict(tags or {}), "answered": answered, "length": len(message)}
        # One write at the end of a file is there as a whole, or not at all.
        os.write(self._file, json.dumps(head).encode() + b"\n" + message + b"\n")
        if not answered:
            raise ConnectionError("The connection was closed before the answer came.")
        return name

    def quota(self) -> Quota:
        """Return what may be sent now."""
        return Quota(RATE, 10**9)


class Taking:
    """Reads what processes have taken, as it grows."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, int] = {}
        self.all: list[Taken] = []

    def more(self) -> list[Taken]:
        """Return what has come since it was last asked."""
        # A sender that starts makes another file; only few of them have grown.
        grown = [path for path in self._folder.glob("*.mails") if path.stat().st_size > self._read.get(path, 0)]
        new = [one for path in sorted(grown) for one in self._rest_of(path)]
        self.all += new
        return new

    def _rest_of(self, path: Path) -> Iterator[Taken]:
        with path.open("rb") as file, contextlib.suppress(ValueError):
            file.seek(self._read.get(path, 0))
            while line := file.readline():
                head = json.loads(line)
                message = file.read(head["length"])
                if len(message) < head["length"] or file.read(1) != b"\n":
                    return  # it is being written right now
                tags = head["tags"]
                key = LetterKey(tags["event"], tags["person"], Kind(tags["kind"]), int(tags["sequence"]))
                self._read[path] = file.tell()
                yield Taken(head["id"], head["to"], key, head["answered"], zlib.compress(message, 1))
