"""Words that try to be more than words, from the form to page, mail and calendar: what is not inert is a leak."""

import unicodedata
from collections import Counter
from email.message import EmailMessage
from html.parser import HTMLParser

import msgspec
from icalendar import Calendar

from chalicelib.domain.errors import Invalid
from infra.faults.count import Count
from infra.faults.doors import Door
from infra.faults.engines import Engines
from infra.faults.live import LiveSite

WORDS = [
    "x\r\nBcc: eve@example.org\r\n\r\nhello",
    "x\nATTENDEE:mailto:eve@example.org\nEND:VEVENT",
    "x\x00\x08\x1b\x7f\x85y",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)><a href="https://evil.example">',
    "</bdi></p></td><h1>Oops</h1>",
    "=cmd|' /C calc'!A0",
    "+1 @x -2",
    "abc \u202edlrow\u2066 \u200f\u2069",
    "{{ 7 * 7 }} {% raw %} ${7*7}",
    "=?utf-8?b?QmNjOiBldmVAZXhhbXBsZS5vcmc=?=",
    '"Eve" <eve@example.org>, "x\\',
    "\\n\\, \\; ^n ^' BEGIN:VEVENT",
    "\\",
    "^n^^^'",
    "--=_alternative_0\r\n--",
    ".\r\n.\r\nQUIT",
    "From here",
    "🦆" * 300,
    "goal " * 200,
    "é" * 1000,
    "w" * 1000,
    "שלום עולם",
    "\ud800 lone",
    "\u2028x\u2029y",
    " ",
    "",
]

"""What people might type where words belong."""

HARMLESS = "plain words"

LONGEST = 60
"""Signs of a word that are used: so many fit into every field."""

MARKS = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Signs that turn the direction of what follows."""


class Tags(HTMLParser):
    """The elements of a page or a letter, and what kinds of attributes they have."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found = Counter[str]()
        self.attributes: set[str] = set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.found[tag] += 1
        self.attributes |= {name for name, _ in attrs}


def hostile_words(here: Engines, size: int) -> Count:
    """An event, its places and its people are named with such a word; all that comes of it is as with harmless ones.

    Args:
        size: how many of the words are tried, each in an event of its own.
    """
    found = Count()
    harmless = _Life(here, HARMLESS)
    refused = 0
    for word in WORDS[:size]:
        try:
            life = _Life(here, word[:LONGEST])
        except (Invalid, msgspec.ValidationError):
            refused += 1  # with a sentence that says so; then there is nothing to show
            continue
        for trouble in life.beside(harmless):
            found.leaks += 1
            found.wrong.append(f"{word[:40]!r} {trouble}")
    found.size = f"{min(size, len(WORDS))} words"
    found.faults = min(size, len(WORDS))
    found.notes.append(f"{refused} of the words cannot be a name and are refused with a sentence; Covey writes no CSV")
    return found


class _Life:
    """What comes of an event that is full of one word: its mails, its page, and what its people and organizer see."""

    def __init__(self, here: Engines, word: str) -> None:
        site = LiveSite(here)
        places = [{"name": word, "address": word, "seats": 5, "rooms": 2}]
        site.open(title=word, description=word, organizer_name=word, places=places, topics=[word], question=word)
        names, named = site.names(3), {"name": word}
        for name in names:
            site.join(name, goal=word, topics=[word], shares=True, warm_up=word, **named)
        site.publish()
        self.mails = sorted(site.mails_when(7), key=lambda mail: (str(mail["Date"]), str(mail["X-RcptTo"])))
        door = Door(site)
        self.page = door.get(f"/e/{site.event_id}").decode()
        self.answers = [door.get("/api/me", token=door.token(one)) for one in names]

    def beside(self, harmless: "_Life") -> list[str]:
        """Return in what it differs from the harmless one, apart from words."""
        trouble = []
        if len(self.mails) != len(harmless.mails):
            trouble.append(f"led to {len(self.mails)} mails, not {len(harmless.mails)}")
        for mine, plain in zip(self.mails, harmless.mails, strict=False):
            trouble += [f"in a mail {one}" for one in _mail_beside(mine, plain)]
        if Tags(self.page).found != Tags(harmless.page).found:
            trouble.append("changed the page's elements")
        return trouble


def _mail_beside(mine: EmailMessage, plain: EmailMessage) -> list[str]:
    trouble = []
    if mine.keys() != plain.keys():
        trouble.append("changed the headers")
    bodies = [part.get_content() for part in mine.walk() if part.get_content_maintype() == "text"]
    for said in (str(mine["Subject"]), *bodies):
        signs = {unicodedata.category(sign) for sign in said.replace("\r", "").replace("\n", "")}
        if signs & {"Cc", "Cs", "Zl", "Zp"} or MARKS & set(said):
            trouble.append("left control signs")
    page, harmless = Tags(_html(mine)), Tags(_html(plain))
    if not (set(page.found) <= {*harmless.found, "bdi", "strong", "br"} and page.attributes <= harmless.attributes):
        trouble.append("made elements")
    if page.found["a"] != harmless.found["a"]:
        trouble.append("made links")
    if _entries(mine) != _entries(plain):
        trouble.append("changed what stands in the calendar")
    return trouble


def _html(mail: EmailMessage) -> str:
    body = mail.get_body(("html",))
    return str(body.get_content()) if body is not None else ""


def _entries(mail: EmailMessage) -> list[object]:
    """The names of the components and properties of every calendar part, without their words."""
    return [
        sorted(name for name, _ in calendar.property_items())
        for part in mail.walk()
        if part.get_content_type() == "text/calendar"
        for calendar in [Calendar.from_ical(str(part.get_content()))]
    ]
