"""A mail server that delivers nowhere: it keeps each message as one .eml file in a folder.

    python -m infra.mailserver PORT FOLDER

Listens on 127.0.0.1 alone. File names sort by arrival; a file is complete when it appears.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import sys
import time
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session


class Folder:
    """Keeps every message that arrives in one folder, byte for byte, with its envelope on top."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = itertools.count(1)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep one message."""
        content = envelope.content
        data = content if isinstance(content, bytes) else (content or "").encode()
        top = f"X-MailFrom: {envelope.mail_from}\r\nX-RcptTo: {', '.join(envelope.rcpt_tos)}\r\n".encode()
        name = f"{time.time_ns():020d}-{next(self._number):06d}.eml"
        # Under another ending: whoever looks for mails must not find half of one.
        unfinished = self._folder / f"{name}.part"
        unfinished.write_bytes(top + data)
        unfinished.rename(self._folder / name)
        return "250 Kept"


async def serve(port: int, folder: Path) -> None:
    """Serve until SIGTERM or SIGINT; the folder exists."""
    loop = asyncio.get_running_loop()
    keep = Folder(folder)
    server = await loop.create_server(lambda: SMTP(keep, hostname="localhost", loop=loop), "127.0.0.1", port)
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    async with server:
        await ended.wait()


def main() -> int:
    """Serve with the port and folder of the command line; return the exit code."""
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    try:
        asyncio.run(serve(port, folder))
    except OSError as problem:
        print(f"The mail server cannot listen on port {port}: {os.strerror(problem.errno or 0)}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
