"""What calendars hold after the mails of a person: the highest SEQUENCE of each UID wins, and CANCEL removes."""

from collections.abc import Iterable
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import NamedTuple

from icalendar import Calendar


class Entry(NamedTuple):
    """One calendar object as a mail brought it."""

    uid: str
    sequence: int
    method: str
    start: datetime | None

    @property
    def is_off(self) -> bool:
        """Whether it takes the entry off."""
        return self.method == "CANCEL"


def entry_in(mail: EmailMessage) -> Entry | None:
    """Return what a mail brings for the calendar; None for a mail without an invite."""
    for part in mail.walk():
        if part.get_content_type() == "text/calendar":
            data = part.get_payload(decode=True)
            calendar = Calendar.from_ical(data if isinstance(data, bytes) else b"")
            (event,) = calendar.walk("VEVENT")
            start = event.decoded("DTSTART").astimezone(UTC) if "DTSTART" in event else None
            return Entry(str(event["UID"]), int(str(event["SEQUENCE"])), str(calendar["METHOD"]), start)
    return None


def held(entries: Iterable[Entry]) -> list[Entry]:
    """Return what stands in a calendar that got these, in whatever order and however often."""
    newest: dict[str, Entry] = {}
    for one in entries:
        there = newest.get(one.uid)
        if there is None or one.sequence > there.sequence:
            newest[one.uid] = one
    return [one for one in newest.values() if not one.is_off]
