"""The mail folder of the local cloud, read as its recipients would read it: file by file, part by part."""

import email
import email.policy
import re
from email.message import EmailMessage
from pathlib import Path
from typing import NamedTuple


class Mail(NamedTuple):
    """One letter that arrived.

    Args:
        recipient: the address it went to, in lower case.
        links: the private links in its text, whole.
        invites: it carries a calendar request.
    """

    path: Path
    recipient: str
    subject: str
    links: tuple[str, ...]
    invites: bool


class Mailbox:
    """The letters of one event, each handed out once.

    Other events' letters lie in the same folder; a letter is this event's when one of its private links is.

    Args:
        folder: where the local mail server keeps each message as a file.
        event_id: whose letters to read.
    """

    def __init__(self, folder: Path, event_id: str) -> None:
        self._folder = folder
        self._event_id = event_id
        self._seen: set[Path] = set()

    def new(self) -> list[Mail]:
        """The letters that came since the last call, by file name."""
        found = []
        for path in sorted(set(self._folder.glob("*.eml")) - self._seen):
            mail = read(path)
            self._seen.add(path)
            if any(f".{self._event_id}." in link for link in mail.links):
                found.append(mail)
        return found


def read(path: Path) -> Mail:
    """Read one message file."""
    message = email.message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=email.policy.default)
    plain = message.get_body(("plain",))
    text = plain.get_content() if plain is not None else ""
    addresses = message["To"].addresses if message["To"] is not None else ()
    return Mail(
        path=path,
        recipient=addresses[0].addr_spec.lower() if addresses else "",
        subject=str(message["Subject"] or ""),
        links=tuple(re.findall(r"https?://[^\s<>\"]+/(?:me|watch)#[\w.-]+[\w-]", text)),
        invites=any(
            part.get_content_type() == "text/calendar" and (part.get_param("method") or "") == "REQUEST"
            for part in message.walk()
        ),
    )
