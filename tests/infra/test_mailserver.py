"""The mail server of the local cloud: keeps every message, byte for byte, and delivers none."""

import os
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MESSAGE = (
    b"From: covey@example.org\r\nTo: ana@example.com\r\nSubject: Hello\r\n\r\nA line.\r\n.\r\n..\r\n From here\r\n"
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def connect(port: int) -> smtplib.SMTP:
    deadline = time.monotonic() + 20
    while True:
        try:
            return smtplib.SMTP("127.0.0.1", port)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    port, folder = free_port(), tmp_path / "mail"
    command = [sys.executable, "-m", "infra.mailserver", str(port), str(folder)]
    running = subprocess.Popen(command, cwd=ROOT, env=dict(os.environ))
    try:
        yield port, folder
    finally:
        running.terminate()
        assert running.wait(10) == 0


def test_each_message_becomes_one_file_in_order_of_arrival(server: tuple[int, Path]) -> None:
    """A test can read what a person would have got, and in which order."""
    port, folder = server
    with connect(port) as client:
        for number in range(3):
            client.sendmail("covey@example.org", [f"p{number}@example.com"], MESSAGE)
    files = sorted(folder.iterdir())
    assert [file.suffix for file in files] == [".eml"] * 3
    for number, file in enumerate(files):
        top = f"X-MailFrom: covey@example.org\r\nX-RcptTo: p{number}@example.com\r\n".encode()
        assert file.read_bytes() == top + MESSAGE


def test_it_listens_on_this_machine_only(server: tuple[int, Path]) -> None:
    """A mail server that others reach would be theirs to use."""
    port, _folder = server
    connect(port).close()
    listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    addresses = [
        fields[1].split(":")[0] for fields in listening if fields[3] == "0A" and fields[1].endswith(f":{port:04X}")
    ]
    assert addresses == ["0100007F"]


def test_a_taken_port_is_told_in_one_sentence(server: tuple[int, Path], tmp_path: Path) -> None:
    """No traceback for somebody who only ran make."""
    port, _folder = server
    connect(port).close()
    command = [sys.executable, "-m", "infra.mailserver", str(port), str(tmp_path)]
    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert second.returncode == 1
    assert second.stderr.strip() == f"The mail server cannot listen on port {port}: Address already in use."
