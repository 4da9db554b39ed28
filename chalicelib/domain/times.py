"""Instants, zones and days: aware UTC inside, zones only where a person reads."""

import functools
import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from chalicelib.domain import words
from chalicelib.domain.errors import Invalid

LONGEST_NAME = 60


@functools.lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The IANA zone of that name, aliases such as `Asia/Katmandu` included.

    Raises:
        Invalid: there is no such zone.
    """
    try:
        # ZoneInfo opens a file of that name, so the shape is checked before it may look.
        if len(name) <= LONGEST_NAME and re.fullmatch(r"[A-Za-z][A-Za-z0-9_+\-]*(/[A-Za-z0-9_+\-]+)*", name):
            return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        pass
    raise Invalid(f"“{words.line(name[:60])}” is not a time zone; use a name such as Europe/Berlin.", "timezone")


def instant(text: str, field: str = "") -> datetime:
    """An ISO 8601 instant with a zone, as aware UTC.

    Raises:
        Invalid: not a time, or a time without a zone.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is not None and moment.tzinfo is not None:
        return utc(moment, field)
    raise Invalid(f"“{words.line(text[:60])}” is not a time with its zone; write it like 2027-01-11T14:00:00Z.", field)


def utc(moment: datetime, field: str = "") -> datetime:
    """An aware instant in UTC. Raises Invalid at the far ends of the calendar, where there is none."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise Invalid("A time is so far away that no calendar holds it; check the year.", field) from None


def iso(moment: datetime) -> str:
    """An aware instant as `2027-01-11T14:00:00Z`, microseconds dropped."""
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def spoken(moment: datetime, zone_name: str) -> str:
    """An instant as a person says it: `Friday 8 January 2027, 18:00 (Europe/Berlin)`."""
    there = moment.astimezone(zone(zone_name))
    return f"{there:%A} {there.day} {there:%B %Y, %H:%M} ({zone_name})"


def local(day: date, at: time, zone_name: str) -> datetime:
    """The instant at which clocks in that zone show that day and time, as aware UTC.

    A time that a clock change skips is moved forward by the change; one that happens twice
    means the first.
    """
    return datetime.combine(day, at, zone(zone_name)).astimezone(UTC)


def days(first: date, last: date) -> list[date]:
    """Every day from first to last, both included."""
    return [first + timedelta(n) for n in range((last - first).days + 1)]
