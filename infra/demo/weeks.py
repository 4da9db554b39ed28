"""Moving a timetable into the future by whole weeks, so that every day and every wall clock keeps its hour."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

WEEK = timedelta(weeks=1)


def moved(moment: datetime, weeks: int, zone: ZoneInfo) -> datetime:
    """The instant at which clocks in `zone` show the same weekday and time `weeks` weeks later, in UTC.

    A time that a clock change skips there moves forward by the change, as `datetime` does it. Of a time
    that happens twice it is the first, unless `moment` was a second one itself.
    """
    before = moment.astimezone(zone)
    wanted = before.replace(tzinfo=None) + weeks * WEEK
    after = wanted.replace(tzinfo=zone, fold=before.fold).astimezone(UTC)
    if after.astimezone(zone).replace(tzinfo=None, fold=0) != wanted.replace(fold=0):
        # Skipped: with fold 1 it would move back, before the hour that was agreed.
        after = wanted.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return after


def weeks_until(starts: Iterable[datetime], zone: ZoneInfo, earliest: datetime) -> int:
    """The fewest weeks, 0 or more, after which none of `starts` lies before `earliest`."""
    first = min(starts)
    # A clock change moves a start by an hour or so against whole weeks, so the last steps are tried out.
    weeks = max(0, (earliest - first) // WEEK - 1)
    while moved(first, weeks, zone) < earliest:
        weeks += 1
    return weeks
