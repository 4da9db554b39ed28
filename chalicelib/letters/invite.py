"""A seat as calendar apps read it: one VEVENT whose UID stays the same through every change."""

import functools
from datetime import UTC, datetime
from typing import Literal

from icalendar import Calendar, vCalAddress, vText, vUri
from icalendar import Event as Component

from chalicelib.domain import words
from chalicelib.domain.attendee import AttendeeState
from chalicelib.domain.event import State
from chalicelib.domain.letter import Facts
from chalicelib.letters.wording import capital, known_zone, shown, timeless, web_link, zoned
from chalicelib.messages import catalog

type Method = Literal["REQUEST", "CANCEL", "PUBLISH"]


def calendar_file(facts: Facts) -> bytes:
    """The seat as a file to download (RFC 5546 PUBLISH: no attendee, so no app asks for an answer).

    It has the UID and SEQUENCE of the mailed invite, so it updates that entry instead of doubling it.
    `facts` are those of a SEAT letter; `facts.letter.decided_at` becomes DTSTAMP.
    """
    return calendar(facts, "PUBLISH")


def calendar(facts: Facts, method: Method) -> bytes:
    """An iCalendar object (RFC 5545, 5546) about the recipient's seat, in UTC and without any private link.

    Args:
        method: REQUEST invites or changes, CANCEL takes the entry off, PUBLISH only informs.

    Raises:
        ValueError: the recipient has no seat.
    """
    event, attendee, sub_event = facts.event, facts.attendee, facts.sub_event
    if attendee is None or attendee.seat is None:
        raise ValueError("These facts do not make an invite: there is no seat.")
    off = method == "CANCEL" or event.state is State.CANCELLED or attendee.state is AttendeeState.WITHDRAWN

    t = functools.partial(catalog.text, facts.language, "invite")
    entry = Component()
    entry.add("uid", words.line(attendee.seat.uid))
    entry.add("dtstamp", _second(facts.letter.decided_at))
    # Whatever the calendar must learn of, a cancellation too, has raised the seat's number already.
    entry.add("sequence", attendee.seat.sequence)
    entry.add("status", "CANCELLED" if off else "CONFIRMED")
    entry.add("organizer", _person(facts.sender, shown(event.organizer.name, 100), {}))
    if method != "PUBLISH":
        entry.add("attendee", _person(words.address(attendee.email), shown(attendee.answers.name, 100), _INVITED))
    title = shown(event.title, 120)
    if sub_event is None:
        entry.add("summary", title)
    else:
        theme = capital(timeless(shown(sub_event.title, 120)))
        link = web_link(sub_event.join_link)
        entry.add("dtstart", _second(sub_event.slot.start))
        entry.add("dtend", _second(sub_event.slot.end))
        entry.add("summary", t("summary", title=title, theme=theme) if theme else title)
        place = sub_event.place
        where = ", ".join(filter(None, (shown(place.name, 100), shown(place.address, 300)))) if place else ""
        entry.add("location", link or where)
        if not off:
            subtitle = shown(sub_event.subtitle, 300)
            parts = (
                theme,
                t("quoted", text=subtitle) if subtitle else "",
                # A calendar tells times in its own zone, so a sentence that tells one in the event's has to say so.
                zoned(facts.language, shown(sub_event.why.get(attendee.id, ""), 500), known_zone(event.timezone)),
                t("join", link=link) if link else "",
                t("about", title=title),
            )
            entry.add("description", "\n\n".join(filter(None, parts)))
        if link:
            entry.add("url", link)
            entry.add(
                "conference", vUri(link), parameters={"VALUE": "URI", "FEATURE": "VIDEO", "LABEL": t("joinLabel")}
            )

    whole = Calendar()
    whole.add("prodid", f"-//Covey//Covey//{facts.language.upper()}")
    whole.add("version", "2.0")
    whole.add("calscale", "GREGORIAN")
    whole.add("method", method)
    whole.add_component(entry)
    text: bytes = whole.to_ical()
    return text


_INVITED = {"CUTYPE": "INDIVIDUAL", "ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "FALSE"}


def _person(address: str, name: str, parameters: dict[str, str]) -> vCalAddress:
    person = vCalAddress(f"mailto:{address}")
    # A parameter can hold no double quote, and readers differ on RFC 6868's way to write one; some take a
    # backslash before the closing quote for an escape.
    for key, value in {"CN": name.replace('"', "'").replace("\\", ""), **parameters}.items():
        if value:
            person.params[key] = vText(value)
    return person


def _second(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)
