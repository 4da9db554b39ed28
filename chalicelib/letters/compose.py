"""Letters: the facts of one outbox row become one whole message, the same bytes whenever they are the same facts.

Every kind answers something its recipient did or asked for (creating an event, signing up, holding a
seat), so all of them are essential and none carries List-Unsubscribe; a letter that is not, such as
news of another event, would need it.
"""

import hashlib
from base64 import encodebytes
from binascii import b2a_qp
from datetime import UTC, datetime
from email import policy
from email.header import Header
from email.message import Message
from email.utils import format_datetime, quote
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape
from msgspec.structs import replace

from chalicelib.domain import words
from chalicelib.domain.attendee import Attendee, AttendeeState, Seat
from chalicelib.domain.birds import bird
from chalicelib.domain.event import NOTICE, Event, Held, State, accepts_edits, confirm_until, freed_at
from chalicelib.domain.letter import ABOUT_A_SEAT, Facts, Kind, Letter, LetterState, Loss, name_of
from chalicelib.domain.sub_event import SubEvent
from chalicelib.letters import invite, wording
from chalicelib.letters.wording import shown
from chalicelib.messages import catalog

# Relays may take ASCII only. Headers come folded (by Header and below): the newer policies' own folding
# doubles spaces in long non-ASCII subjects, and parses every header again to do so.
_POLICY = policy.compat32.clone(linesep="\r\n", cte_type="7bit", max_line_length=None)

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    auto_reload=False,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGES.filters |= {"capital": wording.capital, "own": wording.own, "strong": wording.strong}

GOALS_ROOM = 7_000
"""Bytes of HTML that the companions' goals may fill together, so that a letter stays below 20 KB."""


def compose(facts: Facts) -> bytes:
    """A whole RFC 5322 message.

    A SEAT letter, and a CANCELLED one to somebody who held a seat, is
    mixed{ alternative{ plain, html, calendar }, invite.ics }; every other is alternative{ plain, html }.

    Raises:
        Invalid: an address cannot stand in a header.
        ValueError: the facts lack what the letter's kind is about.
    """
    method, digest = _method(facts), _digest(facts.letter)
    said = _said(facts)
    parts = [
        _text("plain", wording.paragraphs(_filled(facts, "body.txt", said))),
        _text("html", _filled(facts, "body.html", said)),
    ]
    message = _headed(facts, shown(_filled(facts, "subject.txt", said), 200))
    if method is None:
        _enclose(message, "alternative", digest, parts)
    else:
        calendar = invite.calendar(facts, method)
        parts.append(_calendar(f'text/calendar; charset="utf-8"; method={method}', calendar))
        attached = _calendar('application/ics; name="invite.ics"', calendar)
        attached["Content-Disposition"] = 'attachment; filename="invite.ics"'
        _enclose(message, "mixed", digest, [_enclose(Message(), "alternative", digest, parts), attached])
    return message.as_bytes(policy=_POLICY)


def _headed(facts: Facts, subject: str) -> Message:
    event, attendee = facts.event, facts.attendee
    organizer = shown(event.organizer.name, 100)
    message = Message()
    if attendee is None:
        message["From"] = _mailbox("Covey", facts.sender)
        message["To"] = _mailbox(organizer, event.organizer.email)
    else:
        # Until its owner acts, an address gets no word of whoever typed it in, a name neither.
        known = attendee.state is not AttendeeState.UNCONFIRMED
        message["From"] = _mailbox(organizer or "Covey", facts.sender)
        message["To"] = _mailbox(shown(attendee.answers.name, 100) if known else "", attendee.email)
        message["Reply-To"] = _mailbox(organizer, event.organizer.email)
    message["Subject"] = _folded(subject)
    message["Date"] = format_datetime(facts.letter.decided_at.astimezone(UTC))
    message["Message-ID"] = f"<{name_of(facts.letter.key)}@{facts.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    message["MIME-Version"] = "1.0"
    return message


def _mailbox(name: str, address: str) -> str:
    address = words.address(address)
    if not name:
        return address
    if name.isascii() and "=?" not in name and len(name) <= 40:
        return f'"{quote(name)}" <{address}>'
    return f"{Header(name, 'utf-8').encode()}\n <{address}>"


def _folded(text: str) -> str:
    # An encoded word typed by somebody is encoded once more, or readers would decode it.
    return Header(text, None if text.isascii() and "=?" not in text else "utf-8", header_name="Subject").encode()


def _enclose(whole: Message, subtype: str, digest: str, parts: list[Message]) -> Message:
    # “=_” occurs in no quoted-printable or base64 body, whatever people write.
    whole["Content-Type"] = f'multipart/{subtype}; boundary="=_{subtype}_{digest}"'
    for part in parts:
        whole.attach(part)
    return whole


def _text(subtype: str, text: str) -> Message:
    return _leaf(f'text/{subtype}; charset="utf-8"', "quoted-printable", b2a_qp(text.encode(), istext=True))


def _calendar(content_type: str, calendar: bytes) -> Message:
    # Base64 keeps the object's own line ends whatever a relay does.
    return _leaf(content_type, "base64", encodebytes(calendar))


def _leaf(content_type: str, encoding: str, body: bytes) -> Message:
    part = Message()
    part["Content-Type"] = content_type
    part["Content-Transfer-Encoding"] = encoding
    part.set_payload(body.decode("ascii"))
    return part


def _method(facts: Facts) -> invite.Method | None:
    if facts.letter.kind is Kind.SEAT:
        return "REQUEST"
    if facts.letter.kind is Kind.CANCELLED and facts.attendee is not None and facts.attendee.seat is not None:
        return "CANCEL"
    return None


def _digest(letter: Letter) -> str:
    said = "\n".join((letter.event_id, letter.person, letter.kind, str(letter.sequence)))
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:32]


def _filled(facts: Facts, template: str, said: dict[str, object]) -> str:
    kind, language = facts.letter.kind, facts.language
    parts = ("letter", f"letter-{kind.replace('_', '-')}")

    def t(key: str, **values: object) -> str:
        """What the letter's own words, or those of all letters, say under that key."""
        part = next((one for one in parts if key in catalog.part(language, one)), parts[-1])
        if template.endswith(".txt"):
            return catalog.text(language, part, key, **values)
        pattern = escape(catalog.pattern(language, part, key, values.get("count")))
        return Markup(catalog.fill(pattern, values, escape))  # noqa: S704  # the pattern and every value are escaped

    known = {one: catalog.text(language, "language", one) for one in ("tag", "direction")}
    known["start"] = "right" if known["direction"] == "rtl" else "left"
    return _PAGES.get_template(f"{kind}/{template}").render(said | known, t=t)


def _said(facts: Facts) -> dict[str, object]:
    """What the templates may say: plain words and finished times, already fit to be shown."""
    event, written, language = facts.event, facts.letter.decided_at, facts.language
    home = wording.known_zone(event.timezone)
    zone = wording.known_zone(facts.attendee.answers.timezone, home) if facts.attendee else home
    said = {
        "title": shown(event.title, 120),
        "organizer": shown(event.organizer.name, 100),
        "to_organizer": facts.attendee is None,
        "link": wording.web_link(facts.link),
        "zone": wording.zone_words(zone),
        "closes": wording.moment(language, event.closes_at, zone, written),
        "closed": event.closes_at <= written,
        "review": event.review,
        "with_calendar": _method(facts) is not None,
        "reason": shown(facts.letter.why, 600),
        "trouble": {state.value: facts.trouble.get(state, 0) for state in LetterState},
    }
    match facts.letter.kind, facts.attendee, facts.sub_event:
        case Kind.OPEN | Kind.TROUBLE | Kind.SMALL, None, _:
            pass
        case Kind.HELD, None, _:
            said |= _held(event.held, waits=event.due is None)
        case Kind.DANGER, None, _:
            said |= _held(facts.asked, waits=False)
        case Kind.CONFIRM, Attendee() as attendee, _:
            said |= {
                "state": attendee.state.value,
                "confirm_until": wording.moment(language, confirm_until(event), zone, written),
                "grace": wording.duration(language, event.confirm_minutes) if event.confirm_minutes else "",
                "news": _news(event, attendee, written),
            }
        case Kind.CONFIRM_REMINDER, Attendee(), _:
            by = event.closes_at if written < event.closes_at else confirm_until(event)
            said |= {
                "by": wording.moment(language, by, zone, written),
                "by_brief": wording.brief(language, by, zone, named=False),
            }
        case _, Attendee(seat=Seat() as seat) as attendee, SubEvent() as sub_event if facts.letter.kind in ABOUT_A_SEAT:
            said |= _seated(facts, attendee, seat, sub_event, zone, home)
        case Kind.NO_GROUP, Attendee() as attendee, _:
            said |= {"reason": shown(attendee.unplaced, 600), "event_zone": wording.zone_words(home)}
        case Kind.CANCELLED, Attendee(), sub_event:
            meeting = _meeting(facts, sub_event, zone, home) if sub_event else {"when": ""}
            said |= meeting | {"off": event.state is State.CANCELLED}
            said |= {loss.value: facts.letter.loss is loss for loss in Loss}
        case kind, _, _:
            raise ValueError(f"These facts do not make a letter of kind {kind}.")
    return said


def _seated(
    facts: Facts, attendee: Attendee, seat: Seat, sub_event: SubEvent, zone: str, home: str
) -> dict[str, object]:
    """What a letter about a seat says of it."""
    meeting = _meeting(facts, sub_event, zone, home)
    said = meeting | {"answer_by": "" if seat.coming else _answer_by(facts, sub_event, zone)}
    if facts.letter.kind is Kind.SEAT:
        # A plan's sentences tell times in the event's zone, which goes without saying only where it is everybody's.
        named = home if meeting["also_when"] else ""
        group = _group(facts, sub_event, attendee, named)
        return said | group | _change(facts, seat, sub_event, meeting["when"], zone, home)
    if facts.letter.kind is Kind.RELEASE_NOTICE:
        free_at = facts.letter.promised or sub_event.slot.start
        said |= {"by": wording.moment(facts.language, free_at, zone, facts.letter.decided_at)}
        said |= {"by_brief": wording.brief(facts.language, free_at, zone, named=False)}
    return said | _group(facts, sub_event, attendee, "") | {"coming": seat.coming, "parts_of_sheet": _parts(facts)}


def _news(event: Event, attendee: Attendee, written: datetime) -> str:
    """What comes next: `open`, `review`, `counts`, `late` or `closed`."""
    if written < event.closes_at:
        return "review" if event.review else "open"
    if attendee.state is not AttendeeState.UNCONFIRMED:
        return "closed"
    return "counts" if accepts_edits(event, written) else "late"


def _held(why: Held | None, *, waits: bool) -> dict[str, object]:
    """What waits for the organizer, and the choices; they are told elsewhere where nothing is known just now."""
    if why is None:
        return {"held": "", "otherwise": "", "choices": [], "waits": True}
    return {
        "held": shown(why.sentence, 600),
        "otherwise": shown(why.otherwise, 300),
        "choices": [shown(choice.sentence, 600) for choice in why.choices[:12]],
        "waits": waits,
    }


def _meeting(facts: Facts, sub_event: SubEvent, zone: str, home: str) -> dict[str, object]:
    language, written = facts.language, facts.letter.decided_at
    start, end, place = sub_event.slot.start, sub_event.slot.end, sub_event.place
    # Whoever travels lives by the place's clocks that day; everybody else by their own.
    first, second = (zone, home) if sub_event.join_link else (home, zone)
    two_clocks = not wording.same_clock(start, first, second)
    mark = bird(sub_event.bird)
    return {
        "brief": wording.brief(language, start, first, named=two_clocks),
        "when": wording.span(language, start, end, first, written),
        "when_zone": wording.zone_words(first),
        "also_when": wording.span(language, start, end, second, written) if two_clocks else "",
        "also_zone": wording.zone_words(second),
        "place": shown(place.name, 100) if place else "",
        "address": shown(place.address, 300) if place else "",
        "join_link": wording.web_link(sub_event.join_link),
        "bird": catalog.text(language, "bird", mark.key),
        "bird_colour": mark.colour,
    }


def _answer_by(facts: Facts, sub_event: SubEvent, zone: str) -> str:
    """By when to answer for the seat to be kept; empty where it is kept in any case, or that time is over."""
    free_at = freed_at(facts.event, sub_event.slot.start)
    if free_at is None or free_at - NOTICE < facts.letter.decided_at:
        return ""
    if facts.letter.kind is not Kind.SEAT and free_at <= sub_event.slot.start - NOTICE:
        return ""  # Reminders go out that long before.
    return wording.moment(facts.language, free_at, zone, facts.letter.decided_at)


def _parts(facts: Facts) -> list[dict[str, object]]:
    """The run sheet in a line each: what, and for how many minutes."""
    if facts.sheet is None:
        return []
    return [{"title": shown(part.title, 100), "minutes": part.minutes} for part in facts.sheet.parts if part.minutes]


def _change(facts: Facts, seat: Seat, sub_event: SubEvent, when: object, zone: str, home: str) -> dict[str, object]:
    """What of the meeting is other than the recipient was told before, and why."""
    if seat.was is None:
        return {"changed": False}
    before = replace(sub_event, slot=seat.was.slot, place=seat.was.place, join_link=seat.was.join_link)
    was = _meeting(facts, before, zone, home)
    here = shown(sub_event.place.name, 100) if sub_event.place else ""
    theme = wording.timeless(shown(seat.was.title, 120))
    other = (
        theme if seat.was.sub_event != sub_event.id else "",
        was["when"] if was["when"] != when else "",
        was["place"] if was["place"] != here else "",
    )
    # A plan's sentences tell times in the event's zone.
    change = wording.zoned(facts.language, shown(seat.change, 400), "" if zone == home else home)
    return {"changed": True, "change": change, "was": [one for one in other if one]}


def _group(facts: Facts, sub_event: SubEvent, attendee: Attendee, zone: str) -> dict[str, object]:
    named = [one for one in facts.companions if one.first_name.strip()]
    others = max(sum(member != attendee.id for member in sub_event.members), len(named))
    room = GOALS_ROOM // max(len(named), 1)
    return {
        "theme": wording.timeless(shown(sub_event.title, 120)),
        "subtitle": shown(sub_event.subtitle, 300),
        "why": wording.zoned(facts.language, shown(sub_event.why.get(attendee.id, ""), 500), zone),
        "companions": [
            {"first_name": shown(one.first_name, 40, 60), "goal": shown(one.goal, 200, room), "coming": one.coming}
            for one in named
        ],
        "others": others,
        "unnamed": others - len(named),
        "hosting": sub_event.host == attendee.id,
    }
