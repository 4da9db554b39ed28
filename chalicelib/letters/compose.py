"""Letters: the facts of one outbox row become one whole message, the same bytes whenever they are the same facts.

Every kind answers something its recipient did or asked for (creating an event, signing up, holding a
seat), so all of them are essential and none carries List-Unsubscribe; a letter that is not, such as
news of another event, would need it.
"""

import hashlib
from datetime import UTC
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from chalicelib.domain import words
from chalicelib.domain.attendee import AttendeeState
from chalicelib.domain.birds import bird
from chalicelib.domain.event import State, confirm_until
from chalicelib.domain.letter import Facts, Kind, Letter
from chalicelib.letters import invite, wording
from chalicelib.letters.wording import shown

# SES relays may be ASCII only, so nothing in the message is longer than seven bits.
_POLICY = policy.SMTP.clone(cte_type="7bit")

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=lambda name: name is not None and name.endswith(".html"),
    undefined=StrictUndefined,
    auto_reload=False,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGES.filters |= {"wrap": wording.wrapped, "capital": wording.capital}

GOALS_ROOM = 9_000
"""Bytes of HTML that the companions' goals may fill together, so that a letter stays below 20 KB."""


def compose(facts: Facts) -> bytes:
    """A whole RFC 5322 message.

    A SEAT letter, and a CANCELLED one to somebody who holds a seat, is
    mixed{ alternative{ plain, html, calendar }, invite.ics }; every other is alternative{ plain, html }.

    Raises:
        Invalid: the recipient's, sender's or organizer's address cannot stand in a header.
    """
    letter, event, attendee = facts.letter, facts.event, facts.attendee
    said = _said(facts)
    message = EmailMessage(_POLICY)
    organizer = shown(event.organizer.name, 100)
    if attendee is None:
        message["From"] = _mailbox("Covey", facts.sender)
        message["To"] = _mailbox(organizer, event.organizer.email)
    else:
        message["From"] = _mailbox(organizer or "Covey", facts.sender)
        message["To"] = _mailbox(shown(attendee.answers.name, 100), attendee.email)
        message["Reply-To"] = _mailbox(organizer, event.organizer.email)
    message["Subject"] = shown(_filled(letter.kind, "subject.txt", said), 200)
    message["Date"] = letter.decided_at.astimezone(UTC)
    digest = _digest(letter)
    message["Message-ID"] = f"<{digest}@{facts.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply"

    message.set_content(_filled(letter.kind, "body.txt", said).strip() + "\n", cte="quoted-printable")
    message.add_alternative(_filled(letter.kind, "body.html", said), subtype="html", cte="quoted-printable")
    method = _method(facts)
    if method is not None:
        calendar = invite.calendar(facts, method)
        message.add_alternative(calendar.decode(), subtype="calendar", cte="base64", params={"method": method})
        message.add_attachment(calendar, maintype="application", subtype="ics", filename="invite.ics")
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        # “=_” occurs in no quoted-printable or base64 body, whatever people write.
        part.set_boundary(f"=_covey_{digest}_{number}")
    return message.as_bytes()


def _method(facts: Facts) -> invite.Method | None:
    if facts.letter.kind is Kind.SEAT:
        return "REQUEST"
    if facts.letter.kind is Kind.CANCELLED and facts.attendee is not None and facts.attendee.seat is not None:
        return "CANCEL"
    return None


def _mailbox(name: str, address: str) -> Address:
    return Address(name, addr_spec=words.address(address))


def _digest(letter: Letter) -> str:
    said = "\n".join((letter.event_id, letter.person, letter.kind, str(letter.sequence)))
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:32]


def _filled(kind: Kind, part: str, said: dict[str, object]) -> str:
    return _PAGES.get_template(f"{kind}/{part}").render(said)


def _said(facts: Facts) -> dict[str, object]:
    """What the templates may say: plain words and finished times, already fit to be shown."""
    event, attendee = facts.event, facts.attendee
    written = facts.letter.decided_at
    home = wording.known_zone(event.timezone)
    zone = wording.known_zone(attendee.answers.timezone, home) if attendee is not None else home
    said: dict[str, object] = {
        "title": shown(event.title, 120),
        "organizer": shown(event.organizer.name, 100),
        "to_organizer": attendee is None,
        "link": wording.web_link(facts.link),
        "zone": wording.zone_words(zone),
        "closes": wording.moment(event.closes_at, zone, written),
        "closed": event.closes_at <= written,
        "confirm_until": wording.moment(confirm_until(event), zone, written),
        "review": event.review,
        "with_calendar": _method(facts) is not None,
    }
    match facts.letter.kind:
        case Kind.HELD:
            said |= _held(facts, zone)
        case Kind.CONFIRM:
            assert attendee is not None, "an attendee confirms"
            said |= {"state": attendee.state.value, "again": facts.letter.sequence > 0}
        case Kind.SEAT:
            said |= _seat(facts, zone, home)
        case Kind.NO_GROUP:
            assert attendee is not None, "an attendee has no group"
            said |= {"reason": shown(attendee.unplaced, 600)}
        case Kind.CANCELLED:
            said |= {"off": attendee is None or attendee.state is not AttendeeState.WITHDRAWN}
    return said


def _held(facts: Facts, zone: str) -> dict[str, object]:
    event = facts.event
    waits = event.due if event.state is State.HELD else None
    return {
        "held": shown(event.held.sentence, 600) if event.held else "",
        "choices": [shown(choice.sentence, 300) for choice in event.held.choices[:12]] if event.held else [],
        "until": wording.moment(waits, zone, facts.letter.decided_at) if waits else "",
    }


def _seat(facts: Facts, zone: str, home: str) -> dict[str, object]:
    attendee, sub_event = facts.attendee, facts.sub_event
    assert attendee is not None and attendee.seat is not None and sub_event is not None, "a seat is in a sub-event"
    slot, place, written = sub_event.slot, sub_event.place, facts.letter.decided_at
    in_person = place is not None and not sub_event.join_link
    # Whoever travels lives by the place's clocks that day; everybody else by their own.
    first, second = (home, zone) if in_person else (zone, home)
    two_clocks = not wording.same_clock(slot.start, first, second)
    named = [one for one in facts.companions if one.first_name.strip()]
    room = GOALS_ROOM // max(len(named), 1)
    others = max(len(sub_event.members) - 1, len(named))
    mark = bird(sub_event.bird)
    return {
        "brief": wording.brief(slot.start, first, named=two_clocks),
        "when": wording.span(slot.start, slot.end, first, written),
        "when_zone": wording.zone_words(first),
        "also_when": wording.span(slot.start, slot.end, second, written) if two_clocks else "",
        "also_zone": wording.zone_words(second),
        "theme": shown(sub_event.title, 120),
        "subtitle": shown(sub_event.subtitle, 300),
        "why": shown(sub_event.why.get(attendee.id, ""), 500),
        "place": shown(place.name, 100) if place else "",
        "address": shown(place.address, 300) if place else "",
        "join_link": wording.web_link(sub_event.join_link),
        "companions": [{"first_name": shown(one.first_name, 40), "goal": shown(one.goal, 200, room)} for one in named],
        "others": others,
        "unnamed": others - len(named),
        "hosting": sub_event.host == attendee.id,
        "bird": mark.words,
        "bird_colour": mark.colour,
        "changed": attendee.seat.sequence > 0,
    }
