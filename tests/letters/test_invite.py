"""Invites, read back by programs that nobody here wrote."""

import pytest
from icalendar import Calendar
from msgspec.structs import replace

from chalicelib.domain.attendee import AttendeeState, Seat
from chalicelib.domain.event import State
from chalicelib.domain.letter import Facts, Kind
from chalicelib.letters.invite import Method, calendar, calendar_file
from tests.letters.examples import AFTER, ANA, EVENT, LETTERS, LINK, ROOM, SEATED, SENDER, facts
from tests.letters.readers import by_icalendar, by_vobject, in_node, milliseconds
from tests.letters.reading import entry, read
from tests.letters.test_hostile import HOSTILE, poisoned


def expected(letter: Facts, method: Method) -> dict[str, object]:
    """What all of them should make of the letter's invite, words left out."""
    assert letter.attendee is not None
    assert letter.attendee.seat is not None
    assert letter.sub_event is not None
    return {
        "method": method,
        "events": 1,
        "uid": letter.attendee.seat.uid,
        "sequence": letter.attendee.seat.sequence,
        "start": milliseconds(letter.sub_event.slot.start),
        "end": milliseconds(letter.sub_event.slot.end),
        "attendees": [] if method == "PUBLISH" else [letter.attendee.email],
        "organizer": letter.sender,
    }


def all_kinds_of_invites() -> list[tuple[Facts, Method]]:
    """Hostile words, every method."""
    requests = [poisoned(LETTERS["seat"], word) for word in HOSTILE]
    return [
        *((letter, "REQUEST") for letter in requests),
        *((letter, "PUBLISH") for letter in requests[:5]),
        (LETTERS["seat from afar"], "REQUEST"),
        (LETTERS["cancelled, with a seat"], "CANCEL"),
        (LETTERS["withdrawn from a seat"], "CANCEL"),
    ]


def test_python_readers_agree_with_the_facts_whatever_words_and_method():
    """UID, instants, the one attendee, method: icalendar and vobject; of zones tells test_calendar_matrix.py."""
    for letter, method in all_kinds_of_invites():
        invite = calendar(letter, method)
        one, other = by_icalendar(invite), by_vobject(invite)
        assert expected(letter, method).items() <= one.items()
        assert one == other


@pytest.mark.engine
def test_node_readers_agree_with_the_facts_whatever_words_and_method():
    """UID, instants, the one attendee, method and the words: ical.js and node-ical."""
    asked = all_kinds_of_invites()

    for (letter, method), found in zip(
        asked, in_node([calendar(letter, method) for letter, method in asked]), strict=True
    ):
        words = by_icalendar(calendar(letter, method))
        assert found["ical.js"] == words
        assert expected(letter, method).items() <= found["node-ical"].items()
        # node-ical reads an escaped backslash before an n as a line's end, whoever wrote it.
        if "\\" not in words["summary"]:
            assert found["node-ical"]["summary"] == words["summary"]


def test_an_invite_has_what_calendar_programs_need_to_show_and_update_it():
    """One entry under the seat's UID, in UTC, as of the day the letter was decided."""
    values = entry(read(LETTERS["seat"]).invite)

    assert values["METHOD"] == "REQUEST"
    assert values["UID"] == "p1@ev1.covey"
    assert values["SEQUENCE"] == "0"
    assert values["DTSTAMP"] == AFTER.isoformat()
    assert values["DTSTART"] == "2027-01-12T15:00:00+00:00"
    assert values["DTEND"] == "2027-01-12T17:00:00+00:00"
    assert values["STATUS"] == "CONFIRMED"
    assert values["SUMMARY"] == "Measuring what marketing does: Proving ROI"
    assert values["LOCATION"] == values["URL"] == values["CONFERENCE"] == ROOM
    assert values["ORGANIZER"] == f"mailto:{SENDER}"
    assert values["ATTENDEE"] == f"mailto:{ANA.email}"
    assert "You and five others asked how to prove ROI" in values["DESCRIPTION"]


def test_nobody_is_asked_to_answer_from_their_calendar():
    """Such answers would go to an address that nobody reads."""
    (event,) = Calendar.from_ical(read(LETTERS["seat"]).invite).walk("VEVENT")

    assert dict(event["ATTENDEE"].params) == {
        "CN": "Ana Lama",
        "CUTYPE": "INDIVIDUAL",
        "ROLE": "REQ-PARTICIPANT",
        "PARTSTAT": "NEEDS-ACTION",
        "RSVP": "FALSE",
    }
    assert dict(event["ORGANIZER"].params) == {"CN": "Mira Okafor"}


def test_the_parts_content_type_says_the_same_method_as_the_invite():
    """Outlook believes the one, Google the other."""
    for name, method in {"seat": "REQUEST", "cancelled, with a seat": "CANCEL"}.items():
        found = read(LETTERS[name])
        (part,) = (part for part in found.message.walk() if part.get_content_type() == "text/calendar")
        assert part["Content-Type"].params["method"] == method == entry(found.invite)["METHOD"]
        assert part["Content-Type"].params["charset"] == "utf-8"


def test_a_meeting_at_a_place_has_its_address_and_no_link():
    """The calendar can show the way."""
    values = entry(read(LETTERS["seat in person"]).invite)

    assert values["LOCATION"] == "Café Anna, Torstraße 8, 10119 Berlin, first floor"
    assert "URL" not in values
    assert "CONFERENCE" not in values


def test_a_change_keeps_the_uid_and_carries_the_raised_sequence():
    """So that it replaces the entry it changes."""
    before, after = entry(read(LETTERS["seat"]).invite), entry(read(LETTERS["seat, changed"]).invite)

    assert before["UID"] == after["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == ("0", "1")


def test_a_cancellation_takes_off_the_entry_of_the_same_uid():
    """METHOD:CANCEL with the number that the flow raised for it."""
    values = entry(read(LETTERS["cancelled, with a seat"]).invite)

    assert values["METHOD"] == "CANCEL"
    assert values["STATUS"] == "CANCELLED"
    assert values["UID"] == entry(read(LETTERS["seat"]).invite)["UID"]
    assert values["SEQUENCE"] == "1"


def test_a_cancellation_needs_no_sub_event():
    """The UID is enough to take an entry off."""
    letter = facts(
        Kind.CANCELLED,
        attendee=replace(SEATED, seat=Seat("g1", "p1@ev1.covey", 3)),
        event=replace(EVENT, state=State.CANCELLED),
    )
    values = entry(read(letter).invite)

    assert (values["UID"], values["SEQUENCE"], values["SUMMARY"]) == ("p1@ev1.covey", "3", EVENT.title)


def test_the_file_on_the_page_updates_the_mailed_entry():
    """Same UID, same SEQUENCE, and, as RFC 5546 says of PUBLISH, no attendee who would have to answer."""
    mailed, file = entry(read(LETTERS["seat"]).invite), entry(calendar_file(LETTERS["seat"]))

    assert file == {key: value for key, value in mailed.items() if key != "ATTENDEE"} | {"METHOD": "PUBLISH"}


@pytest.mark.parametrize(
    "letter",
    [
        replace(LETTERS["seat"], event=replace(EVENT, state=State.CANCELLED)),
        replace(LETTERS["seat"], attendee=replace(SEATED, state=AttendeeState.WITHDRAWN)),
    ],
)
def test_the_file_of_a_seat_that_is_gone_says_so(letter):
    """Whoever downloads it late must not get an entry for a meeting without them."""
    assert entry(calendar_file(letter))["STATUS"] == "CANCELLED"


def test_there_is_no_file_without_a_seat():
    """Nothing to put into a calendar."""
    with pytest.raises(ValueError, match="no seat"):
        calendar_file(LETTERS["confirm"])


def test_an_invite_holds_no_private_link_and_no_other_address():
    """People forward invites, and calendars are shared."""
    for letter in LETTERS.values():
        found = read(letter).invite
        unfolded = found.replace(b"\r\n ", b"").decode()
        assert LINK not in unfolded
        assert LINK.partition("#")[2] not in unfolded
        assert EVENT.organizer.email not in unfolded
        assert unfolded.count("mailto:") == (2 if found else 0)


def test_a_join_link_that_is_not_http_never_reaches_a_calendar():
    """Calendars make links of what they find."""
    letter = replace(LETTERS["seat"], sub_event=replace(LETTERS["seat"].sub_event, join_link="javascript:alert(1)"))

    assert b"javascript" not in read(letter).invite
