"""Words of others as a letter can hold them, and times as a letter tells them in its language."""

import itertools
import re
import textwrap
from datetime import datetime
from html import escape

from markupsafe import Markup

from chalicelib.domain import times, words
from chalicelib.domain.errors import Invalid
from chalicelib.messages import catalog

# What only makes sense after the character before it: combining marks, joiners, emoji modifiers.
_TRAILING = re.compile("[\u0300-\u036f\u200c\u200d\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]")

# What a line starts with under which its continuation stands: space, a list's mark or number.
_HANGING = re.compile(r" *(- |\d+\. )?")


def shown(text: str, most: int, room: int | None = None) -> str:
    """The text on one line, without control and direction marks, cut with an ellipsis where it is too long.

    Args:
        most: characters that may stay.
        room: bytes that they may fill in HTML; None for three a character, which suits every script.
    """
    room = 3 * most if room is None else room
    # No text is read further than it could be shown, however long it is.
    whole = words.line(text[: 4 * most])
    if len(whole) <= most and len(text) <= 4 * most and len(escape(whole).encode()) <= room:
        return whole
    sizes = itertools.accumulate(len(escape(char).encode()) for char in whole[:most])
    end = sum(size <= room for size in sizes)
    while 0 < end < len(whole) and (_TRAILING.match(whole[end]) or whole[end - 1] == "\u200d"):
        end -= 1
    space = whole.rfind(" ", max(end - 20, 0), end)
    return whole[: space if space > 0 else end].rstrip(" ,;:.") + "…"


def own(text: str) -> Markup:
    """Somebody's own words in HTML, whose direction of writing leaves the words around them alone."""
    return Markup("<bdi>{}</bdi>").format(text)


def strong(text: str) -> Markup:
    """Somebody's own words in HTML, in bold."""
    return Markup("<strong>{}</strong>").format(own(text))


def capital(text: str) -> str:
    """The text with its first letter as a heading has it; the others may be names and stay."""
    return text[:1].upper() + text[1:]


def paragraphs(text: str) -> str:
    """The text part: each line wrapped at 72 characters, links and long words left whole, list items hanging."""
    wrapped = (
        textwrap.fill(
            line,
            72,
            subsequent_indent=" " * len(_HANGING.match(line)[0]),  # type: ignore[index]  # it matches everything
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in text.splitlines()
    )
    return re.sub(r"\n{3,}", "\n\n", "\n".join(wrapped)).strip() + "\n"


def web_link(address: str) -> str:
    """The address when it is an http or https link, else nothing."""
    address = words.line(address)
    return address if re.fullmatch(r"https?://[^\s<>\"']+", address) else ""


def known_zone(name: str, otherwise: str = "UTC") -> str:
    """The zone's name when there is such a zone: a letter is not lost for want of one."""
    for one in (name, otherwise):
        try:
            times.zone(one)
        except Invalid:
            continue
        return one
    return "UTC"


def zone_words(name: str) -> str:
    """A zone's name for people, `America/New York`."""
    return name.replace("_", " ")


def timeless(title: str) -> str:
    """A group's title without the time that tells it from its namesakes: “Python, Mon 11 Jan, 16:00” is “Python”."""
    return re.sub(r", \w+ \d{1,2} \w+, \d\d:\d\d$", "", title)


def zoned(language: str, text: str, zone_name: str) -> str:
    """Words that may tell a time without its zone, with the zone behind them if they do and there is one to name."""
    tells = zone_name and re.search(r"\b\d{1,2}:\d\d\b", text)
    return _said(language, "zoned", text=text, zone=zone_words(zone_name)) if tells else text


def moment(language: str, at: datetime, zone_name: str, written: datetime) -> str:
    """`Friday 8 January, 18:00 (CET)`, with the year unless it is the one in which this is written."""
    local = at.astimezone(times.zone(zone_name))
    day = _day(language, local, written)
    return _said(language, "moment", day=day, time=f"{local:%H:%M}", zone=_abbreviation(local))


def span(language: str, start: datetime, end: datetime, zone_name: str, written: datetime) -> str:
    """`Tuesday 12 January, 16:00–18:00 (CET)`; day and zone stand twice where they change in between."""
    first, last = start.astimezone(times.zone(zone_name)), end.astimezone(times.zone(zone_name))
    if first.utcoffset() != last.utcoffset() or first.date() != last.date():
        begins, ends = (moment(language, at, zone_name, written) for at in (start, end))
        return _said(language, "spanOfDays", start=begins, end=ends)
    day, zone = _day(language, first, written), _abbreviation(first)
    return _said(language, "span", day=day, start=f"{first:%H:%M}", end=f"{last:%H:%M}", zone=zone)


def brief(language: str, at: datetime, zone_name: str, *, named: bool) -> str:
    """`Tue 16:00`, and `Tue 16:00 CET` when the zone is to be named."""
    local = at.astimezone(times.zone(zone_name))
    weekday = _said(language, f"days.short.{local.isoweekday()}")
    known = {"weekday": weekday, "time": f"{local:%H:%M}"}
    return (
        _said(language, "briefZone", **known, zone=_abbreviation(local)) if named else _said(language, "brief", **known)
    )


def duration(language: str, minutes: int) -> str:
    """`2 hours`, in the largest unit that comes out whole."""
    for size, unit in ((24 * 60, "days"), (60, "hours"), (1, "minutes")):
        if minutes % size == 0:
            return _said(language, f"length.{unit}", count=minutes // size)
    raise AssertionError("every number of minutes is whole in minutes")


def same_clock(at: datetime, one: str, other: str) -> bool:
    """Whether clocks in both zones show the same time at that instant."""
    return at.astimezone(times.zone(one)).utcoffset() == at.astimezone(times.zone(other)).utcoffset()


def _day(language: str, local: datetime, written: datetime) -> str:
    weekday, month = (_said(language, key) for key in (f"days.{local.isoweekday()}", f"months.{local.month}"))
    key = "day" if local.year == written.astimezone(local.tzinfo).year else "dayOfYear"
    return _said(language, key, weekday=weekday, date=local.day, month=month, year=local.year)


def _said(language: str, key: str, **values: object) -> str:
    return catalog.text(language, "calendar", key, **values)


def _abbreviation(local: datetime) -> str:
    """`CET`; zones without letters of their own go by their distance, `GMT+5:45`."""
    name = local.tzname() or ""
    if name.isalpha():
        return name
    offset = local.utcoffset()
    minutes = round(offset.total_seconds() / 60) if offset is not None else 0
    hours, rest = divmod(abs(minutes), 60)
    return f"GMT{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")
