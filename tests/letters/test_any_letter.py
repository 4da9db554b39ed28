"""Letters of every kind made of anything at all: what leaves is a mail, a page and an entry that programs take."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.domain import words
from chalicelib.domain.attendee import Attendee, Meeting, Seat
from chalicelib.domain.errors import Invalid
from chalicelib.domain.event import Choice, Held, Organizer, Place, Slot
from chalicelib.domain.letter import Companion, Facts, Kind
from chalicelib.domain.sub_event import SubEvent
from tests.letters.examples import LETTERS, TOKEN
from tests.letters.readers import by_icalendar, by_vobject, milliseconds, node_readers
from tests.letters.reading import Read, read, shape

pytestmark = pytest.mark.slow

NodeReaders = Callable[[list[bytes]], list[dict[str, dict[str, object]]]]

SYNTAX = "\r\n\x00\x1b=?_<>&\"'\\,;:^-.@ \t\u202e\u2066\u200d\u2028é字🧑\ud800"
SNIPPETS = [
    "\r\nBcc: eve@example.org\r\n\r\n",
    "\nEND:VEVENT\nBEGIN:VEVENT\nATTENDEE:mailto:eve@example.org",
    "=?utf-8?b?QmNjOiBldmU=?=",
    "<script>alert(1)</script>",
    "{{ link }}",
    "\\n\\,\\;",
    "^n^'",
    "From ",
    ".\r\n",
    "--=_",
]

anything = st.one_of(
    st.text(max_size=200),
    st.text(st.sampled_from(SYNTAX), max_size=120),
    st.lists(st.sampled_from(SNIPPETS) | st.text(max_size=8), max_size=6).map("".join),
    st.builds(lambda text, times: text * times, st.text(min_size=1, max_size=3), st.integers(1, 400)),
)
zones = st.sampled_from(["Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Pacific/Chatham", "UTC"]) | anything
instants = st.datetimes(datetime(2026, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 hypothesis wants them so
links = st.just("https://meet.example.org/room") | anything


def _mailable(address: str) -> bool:
    try:
        words.address(address)
    except Invalid:
        return False
    return True


addresses = st.emails().filter(_mailable) | st.just("o'brien+covey/x=y@sub.example.org")
slots = st.builds(
    lambda start, long: Slot("s1", start, start + long),
    instants,
    st.timedeltas(timedelta(minutes=1), timedelta(days=2)),
)
places = st.none() | st.builds(Place, id=st.just("p"), name=anything, address=anything, link=links)


@st.composite
def letters(draw: Any) -> tuple[str, Facts]:
    """A letter of any kind in which everything that anybody may have typed or chosen is anything."""
    name = draw(st.sampled_from(sorted(LETTERS)))
    known = LETTERS[name]
    organizer = Organizer(draw(anything), draw(addresses))
    held = known.event.held and Held(
        draw(anything),
        tuple(Choice(one.act, draw(anything), one.value) for one in known.event.held.choices),
        draw(anything),
    )
    event = replace(
        known.event,
        title=draw(anything),
        description=draw(anything),
        organizer=organizer,
        timezone=draw(zones),
        held=held,
    )
    return name, replace(
        known,
        letter=replace(known.letter, decided_at=draw(instants)),
        event=event,
        attendee=known.attendee and draw(attendees(known.attendee)),
        sub_event=known.sub_event and draw(sub_events(known.sub_event)),
        companions=tuple(
            Companion(draw(anything), draw(anything), one.id, draw(st.booleans())) for one in known.companions
        ),
        sheet=known.sheet
        and replace(known.sheet, parts=tuple(replace(one, title=draw(anything)) for one in known.sheet.parts)),
    )


@st.composite
def attendees(draw: Any, known: Attendee) -> Attendee:
    answers = replace(
        known.answers,
        name=draw(anything),
        goal=draw(anything),
        topics=(draw(anything),),
        warm_up=draw(anything),
        timezone=draw(zones),
    )
    seat: Seat | None = known.seat
    if seat is not None:
        was = draw(st.none() | st.builds(Meeting, st.just("g0"), anything, slots, places, links))
        seat = replace(seat, sequence=draw(st.integers(0, 10**6)), was=was, change=draw(anything))
    return replace(known, answers=answers, email=draw(addresses), unplaced=draw(anything), seat=seat)


@st.composite
def sub_events(draw: Any, known: SubEvent) -> SubEvent:
    return replace(
        known,
        slot=draw(slots),
        place=draw(places),
        title=draw(anything),
        subtitle=draw(anything),
        keywords=(draw(anything),),
        why={"p1": draw(anything)},
        join_link=draw(links),
        host=draw(st.sampled_from(["p1", "p2", None])),
        bird=draw(st.integers(0, 10**4)),
    )


class Balanced(HTMLParser):
    """An HTML page whose tags must close in the order in which they opened."""

    EMPTY = frozenset({"meta", "br", "img", "hr", "link"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag: str, _attrs: object) -> None:
        assert tag not in {"script", "img", "iframe", "object", "form"}
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def in_node() -> Iterator[NodeReaders]:
    with node_readers() as asked:
        yield asked


HARMLESS = {name: read(letter) for name, letter in LETTERS.items()}


def check_mail(found: Read, name: str, letter: Facts) -> None:
    """It has the parts and headers of its kind, each header once, in seven bits and lines that relays take."""
    harmless = HARMLESS[name].message
    assert found.raw.isascii()
    assert re.search(rb"(?<!\r)\n|\r(?!\n)", found.raw) is None, "a bare CR or LF"
    assert max(map(len, found.raw.split(b"\r\n"))) <= 998
    assert list(found.message.keys()) == list(harmless.keys())
    assert shape(found.message) == shape(harmless)
    to = letter.attendee.email if letter.attendee else letter.event.organizer.email
    (mailbox,) = found.message["To"].addresses
    (sender,) = found.message["From"].addresses
    assert (mailbox.addr_spec, sender.addr_spec) == (to.strip(), letter.sender)
    for header in ("Subject", "From", "To", "Reply-To", "Date", "Message-ID"):
        assert not re.search(r"[\r\n\x00]", str(found.message[header] or ""))
    assert letter.link in found.text.split()
    Balanced(found.html)


def check_invite(found: Read, letter: Facts, in_node: NodeReaders) -> None:
    """All four readers take it, and take the same from it; nothing private is in it."""
    assert letter.attendee is not None
    assert letter.attendee.seat is not None
    method = "REQUEST" if letter.letter.kind is Kind.SEAT else "CANCEL"
    (part,) = (one for one in found.message.walk() if one.get_content_type() == "text/calendar")
    assert part["Content-Type"].params["method"] == method
    assert found.attached == found.invite
    (node,) = in_node([found.invite])
    readings = [by_icalendar(found.invite), by_vobject(found.invite), node["ical.js"], node["node-ical"]]
    expected: dict[str, object] = {
        "method": method,
        "events": 1,
        "uid": letter.attendee.seat.uid,
        "sequence": letter.attendee.seat.sequence,
        "attendees": [letter.attendee.email],
        "organizer": letter.sender,
        "stamp": milliseconds(letter.letter.decided_at.replace(microsecond=0)),
    }
    if letter.sub_event is not None:
        expected["start"] = milliseconds(letter.sub_event.slot.start.replace(microsecond=0))
        expected["end"] = milliseconds(letter.sub_event.slot.end.replace(microsecond=0))
    for one in readings:
        assert {**one, **expected} == one
    assert len({str(one["summary"]) for one in readings[:3]}) == 1
    unfolded = found.invite.replace(b"\r\n ", b"")
    assert unfolded.count(b"\r\nATTENDEE") == 1
    assert TOKEN.encode() not in unfolded
    assert letter.link.encode() not in unfolded


@pytest.mark.engine
@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(letters())
def test_whatever_a_letter_is_made_of_every_program_takes_it(in_node: NodeReaders, drawn: tuple[str, Facts]) -> None:
    """The mail package, the HTML parser and four readers of calendars; no header, part or attendee is smuggled in."""
    name, letter = drawn
    found = read(letter)
    check_mail(found, name, letter)
    if found.invite:
        check_invite(found, letter, in_node)
    else:
        assert letter.letter.kind is not Kind.SEAT
