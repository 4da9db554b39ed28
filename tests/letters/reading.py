"""Composed letters read back: as a mail program reads them, and their invites as calendar programs do."""

import email
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage

from icalendar import Calendar

from chalicelib.domain.letter import Facts
from chalicelib.letters.compose import compose


@dataclass(frozen=True)
class Read:
    """A letter as its recipient's programs see it; invites are empty where there is none."""

    raw: bytes
    message: EmailMessage
    text: str
    html: str
    invite: bytes
    attached: bytes

    @property
    def everything(self) -> str:
        """All that anybody can read in it, decoded."""
        headers = "\n".join(f"{name}: {value}" for name, value in self.message.items())
        return f"{headers}\n{self.text}\n{self.html}\n{self.invite.decode()}\n{self.attached.decode()}"


def read(facts: Facts) -> Read:
    """Compose and parse."""
    return parsed(compose(facts))


def parsed(raw: bytes) -> Read:
    """Parse a composed message."""
    message = email.message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    parts = {part.get_content_type(): part for part in message.walk() if not part.is_multipart()}
    for part in message.walk():
        assert not part.defects, part.defects
    return Read(
        raw=raw,
        message=message,
        text=parts["text/plain"].get_content().replace("\r\n", "\n"),
        html=parts["text/html"].get_content().replace("\r\n", "\n"),
        invite=bytes(parts["text/calendar"].get_payload(decode=True)) if "text/calendar" in parts else b"",
        attached=parts["application/ics"].get_content() if "application/ics" in parts else b"",
    )


def shape(part: EmailMessage) -> object:
    """The types of a message's parts: a string, or a pair of the multipart's subtype and its parts' shapes."""
    if part.is_multipart():
        return part.get_content_subtype(), [shape(inner) for inner in part.iter_parts()]
    return part.get_content_type()


def entry(invite: bytes) -> dict[str, str]:
    """The one VEVENT's values as text, METHOD among them."""
    calendar = Calendar.from_ical(invite)
    (event,) = calendar.walk("VEVENT")
    values = {name: str(event[name]) for name in event if name not in {"DTSTART", "DTEND", "DTSTAMP"}}
    times = {name: event.decoded(name).isoformat() for name in ("DTSTART", "DTEND", "DTSTAMP") if name in event}
    return values | times | {"METHOD": str(calendar["METHOD"])}
