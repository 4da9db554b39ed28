"""What each letter says, to whom, and in which parts."""

import hashlib
import os
import re
import subprocess
import sys
import time
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from msgspec.structs import replace

from chalicelib.domain.attendee import AttendeeState
from chalicelib.domain.errors import Invalid
from chalicelib.domain.event import Place, State
from chalicelib.domain.letter import Companion, Facts, Kind
from chalicelib.letters.compose import compose
from tests.letters.examples import (
    AFTER,
    ANA,
    CHANGE,
    COMPANIONS,
    CONFIRMED,
    EVENT,
    HELD,
    IN_PERSON,
    LETTERS,
    LINK,
    ROOM,
    SEATED,
    SENDER,
    SUB_EVENT,
    facts,
    living_in,
)
from tests.letters.reading import entry, read, shape

TEMPLATES = Path(__file__).parents[2] / "chalicelib" / "letters" / "templates"

every_letter = pytest.mark.parametrize("letter", LETTERS.values(), ids=LETTERS.keys())


class Page(HTMLParser):
    """What of an HTML page matters here."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.buttons: list[str] = []
        self.styles: list[str] = []
        self.attributes: set[str] = set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        values = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self.attributes |= values.keys()
        self.styles.append(values.get("style", ""))
        if tag == "a":
            self.links.append(values["href"])
            if "background-color" in values["style"]:
                self.buttons.append(values["href"])


@every_letter
def test_a_letter_to_somebody_with_a_seat_holds_the_invite_twice_and_every_other_only_words(letter):
    """Mail programs look for text/calendar in the alternative, people for a file they can open."""
    found = read(letter)

    words = ["text/plain", "text/html"]
    if found.invite:
        assert shape(found.message) == ("mixed", [("alternative", [*words, "text/calendar"]), "application/ics"])
        assert found.attached == found.invite
        assert "invite.ics" in found.raw.decode()
    else:
        assert shape(found.message) == ("alternative", words)
    seated = letter.attendee is not None and letter.attendee.seat is not None
    assert bool(found.invite) == (seated and letter.letter.kind in {Kind.SEAT, Kind.CANCELLED})


@every_letter
def test_a_letter_is_seven_bit_and_has_crlf_and_lines_that_every_relay_takes(letter):
    """Relays may be ASCII only, and RFC 5322 ends at 998 characters a line."""
    raw = compose(letter)

    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 78 + len("multipart boundary")


@every_letter
def test_a_letter_has_exactly_the_headers_it_needs_each_once(letter):
    """Nothing in any fact can add one, and none is essential enough to be left out."""
    found = read(letter)

    names = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress"]
    if letter.attendee is not None:
        names.insert(2, "Reply-To")
    assert list(found.message.keys()) == [*names, "MIME-Version", "Content-Type"]
    assert found.message["Date"].datetime == letter.letter.decided_at
    assert found.message["From"].addresses[0].addr_spec == SENDER
    assert len(found.message["To"].addresses) == 1


def test_an_attendee_gets_mail_in_the_organizers_name_and_answers_to_the_organizer():
    """The sending address is the service's; the person behind the event is the organizer."""
    message = read(LETTERS["seat"]).message

    assert str(message["From"]) == "Mira Okafor <covey@example.org>"
    assert str(message["Reply-To"]) == "Mira Okafor <mira@example.com>"
    assert str(message["To"]) == "Ana Lama <ana@example.net>"


def test_the_organizer_gets_mail_from_covey_itself():
    """They would otherwise get letters from themselves."""
    message = read(LETTERS["held"]).message

    assert str(message["From"]) == "Covey <covey@example.org>"
    assert str(message["To"]) == "Mira Okafor <mira@example.com>"
    assert message["Reply-To"] is None


@every_letter
def test_composing_again_gives_the_same_bytes(letter):
    """No clock, no dice: a row that lost its message gets the very same one."""
    assert compose(letter) == compose(letter)


@pytest.mark.slow
def test_another_process_in_another_place_gives_the_same_bytes():
    """Neither hash seeds nor the machine's own zone and language show in a letter."""
    script = (
        "import hashlib; from chalicelib.letters.compose import compose; from tests.letters.examples import LETTERS;"
        "print(hashlib.sha256(b''.join(map(compose, LETTERS.values()))).hexdigest())"
    )
    elsewhere = {"PYTHONHASHSEED": "7", "TZ": "Pacific/Auckland", "LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]}
    root = Path(__file__).parents[2]

    said = subprocess.run(
        [sys.executable, "-c", script], cwd=root, env=elsewhere, capture_output=True, text=True, check=True
    )

    assert said.stdout.strip() == hashlib.sha256(b"".join(map(compose, LETTERS.values()))).hexdigest()


def test_two_letters_differ_in_their_message_ids():
    """Programs that fold equal ids into one letter must not lose one."""
    found = {(one.letter.key, read(one).message["Message-ID"]) for one in LETTERS.values()}

    assert len({message_id for _, message_id in found}) == len({key for key, _ in found})


@every_letter
def test_each_body_holds_the_private_link_and_everything_else_that_matters(letter):
    """Whoever reads text only, or HTML only, can do everything."""
    found = read(letter)

    assert letter.link in found.text
    # An hour before, what everybody looks for is the way in.
    assert Page(found.html).buttons == [ROOM if letter.letter.kind is Kind.REMINDER_SOON else letter.link]
    assert letter.link in found.html
    assert EVENT.title in found.text
    assert EVENT.title in found.html


@every_letter
def test_html_is_small_plain_and_styled_inline_only(letter):
    """Mail programs drop style sheets and scripts, block pictures, and clip what is long."""
    html = read(letter).html
    page = Page(html)

    assert len(html.encode()) <= 20_000
    assert not {"script", "style", "img", "link", "form", "svg", "iframe"} & set(page.tags)
    assert page.tags.count("h1") == 1
    assert all(link.startswith("https://") for link in page.links)
    assert set(page.links) <= {letter.link, ROOM}


@every_letter
def test_every_ground_names_its_ink_so_that_inverted_colours_stay_readable(letter):
    """A program that inverts one of the two would otherwise hide words."""
    for style in Page(read(letter).html).styles:
        names = {declaration.partition(":")[0] for declaration in style.split(";")}
        assert "background" not in names
        assert "color" in names or "background-color" not in names


def test_the_buttons_fill_is_light_enough_to_be_darkened_together_with_its_ink():
    """Chromium, and with it mail on Android, darkens grounds from a brightness of 205 up, and every ink."""
    (fill,) = set(re.findall(r"inline-block;padding[^>]*background-color:#(\w{6})", read(LETTERS["seat"]).html))
    red, green, blue = bytes.fromhex(fill)

    assert (299 * red + 587 * green + 114 * blue) / 1000 > 205


@every_letter
def test_the_text_part_keeps_its_lines_short(letter):
    """72 characters, links and words longer than that left whole."""
    for line in read(letter).text.splitlines():
        assert len(line) <= 72 or " " not in line.strip()


def test_templates_for_html_never_take_in_templates_for_text():
    """What a text template says is not escaped, so an HTML one must get it as a value."""
    for path in TEMPLATES.rglob("*.html"):
        assert not re.search(r"(include|import|extends)[^%]*\.txt", path.read_text()), path


def test_every_kind_of_letter_has_its_folder_with_three_templates():
    """A new kind cannot be forgotten here."""
    for kind in Kind:
        assert {"subject.txt", "body.txt", "body.html"} <= {path.name for path in (TEMPLATES / kind).iterdir()}


def test_the_seat_letter_says_what_when_where_why_and_who():
    """It is what the whole product is for."""
    found = read(LETTERS["seat"])

    assert found.message["Subject"] == "Tue 16:00: proving ROI, with 7 others"
    for body in (found.text, found.html):
        said = " ".join(body.split())
        assert "Proving ROI" in said
        assert SUB_EVENT.subtitle in said
        assert "Tuesday 12 January, 16:00–18:00 (CET)" in said
        assert ROOM in said
        assert SUB_EVENT.why["p1"] in said
        assert "Bruno" in said
        assert "Find out which campaign to stop" in said
        assert "Chiara" in said
        assert "and 3 others" in said
        assert "the yellow bird, looking right" in said
        assert "invite" in said


def test_the_seat_letter_tells_the_time_on_both_clocks_where_they_differ():
    """Online, the recipient's clock leads; the event's stands beside it."""
    found = read(LETTERS["seat from afar"])

    assert found.message["Subject"] == "Tue 20:45 GMT+5:45: proving ROI, with 7 others"
    text = " ".join(found.text.split())
    assert text.index("Tuesday 12 January, 20:45–22:45 (GMT+5:45) Asia/Kathmandu time") < text.index(
        "In Europe/Berlin that is Tuesday 12 January, 16:00–18:00 (CET)"
    )


def test_a_plans_own_times_are_not_mistaken_for_the_readers():
    """Titles and reasons tell times in the event's zone; a reader elsewhere is told so, a reader there is not."""
    plan = replace(SUB_EVENT, title="Python, Tue 12 Jan, 16:00", why={"p1": "Tue 12 Jan, 16:00 works for all of you."})
    near, far = (read(replace(LETTERS[name], sub_event=plan)) for name in ("seat", "seat from afar"))

    assert near.message["Subject"] == "Tue 16:00: Python, with 7 others"
    assert far.message["Subject"] == "Tue 20:45 GMT+5:45: Python, with 7 others"
    assert "Tue 12 Jan, 16:00 works for all of you.\n" in near.text
    assert "Tue 12 Jan, 16:00 works for all of you. (Europe/Berlin time)\n" in far.text
    assert "(Europe/Berlin time)" in entry(near.invite)["DESCRIPTION"]


def test_a_meeting_at_a_place_leads_with_the_places_clock():
    """Whoever travels there lives by it."""
    found = read(LETTERS["seat in person"])

    assert found.message["Subject"] == "Tue 16:00 CET: proving ROI, with 7 others"
    text = " ".join(found.text.split())
    assert "16:00–18:00 (CET) Europe/Berlin time In America/New York that is" in text
    assert "Café Anna Torstraße 8, 10119 Berlin, first floor Look for the pink bird" in text


def test_an_online_place_with_a_name_shows_its_name_and_its_link():
    """The organizer gave it a name for a reason."""
    hall = Place("hall", "The big hall", link=ROOM)
    letter = replace(LETTERS["seat"], sub_event=replace(SUB_EVENT, place=hall))

    assert f"Where:\n  The big hall\n  {ROOM}" in read(letter).text


def test_a_place_without_a_link_or_an_address_still_has_its_name():
    """Records from elsewhere may lack both."""
    letter = replace(LETTERS["seat"], sub_event=replace(IN_PERSON, place=Place("p", "Room 4")))

    assert "Where:\n  Room 4\n" in read(letter).text


def test_a_link_that_is_not_http_is_not_linked_to():
    """A javascript: or data: link never reaches anybody."""
    letter = replace(LETTERS["seat"], sub_event=replace(SUB_EVENT, join_link="javascript:alert(1)"))

    assert "javascript:" not in read(letter).everything


def test_a_letter_to_two_says_one_other():
    """Numbers and their nouns agree."""
    pair = replace(SUB_EVENT, members=("p1", "p2"))
    found = read(replace(LETTERS["seat"], sub_event=pair, companions=(Companion("", ""),)))

    assert found.message["Subject"] == "Tue 16:00: proving ROI, with 1 other"
    assert "- 1 other\n" in found.text


def test_whoever_is_left_alone_is_not_promised_company():
    """The others may have withdrawn while the letter waited."""
    found = read(replace(LETTERS["seat"], sub_event=replace(SUB_EVENT, members=("p1",)), companions=()))

    assert found.message["Subject"] == "Tue 16:00: proving ROI"
    assert "Who else comes" not in found.text


def test_nothing_is_shown_of_members_who_did_not_agree():
    """They count, and that is all."""
    silent = tuple(Companion("", "") for _ in COMPANIONS)
    found = read(replace(LETTERS["seat"], companions=silent))

    assert "- 7 others" in found.text
    assert "Bruno" not in found.everything


def test_a_letter_holds_no_reason_and_no_address_of_anybody_else():
    """Only the recipient's own reason, and only the organizer's address besides."""
    for letter in LETTERS.values():
        found = read(letter).everything
        assert SUB_EVENT.why["p2"] not in found
        addresses = set(re.findall(r"[\w.+-]+@[\w-]+\.[\w.]+\w", found))
        own = {SENDER, EVENT.organizer.email, "p1@ev1.covey", ANA.email if letter.attendee else SENDER}
        assert addresses - {read(letter).message["Message-ID"].strip("<>")} <= own


def test_the_host_hears_what_a_host_does():
    """Only the one who offered."""
    assert "You offered to host" in read(LETTERS["seat, changed"]).text
    assert "You offered to host" not in read(LETTERS["seat"]).text


def test_a_changed_seat_says_so_in_subject_and_words():
    """A second letter that looks like the first would be overlooked."""
    found = read(LETTERS["seat, changed"])

    assert found.message["Subject"] == "Changed, now Tue 16:00: proving ROI, with 7 others"
    assert "Your group has changed" in found.text
    assert CHANGE in " ".join(found.text.split())
    assert "No longer:\n- Baking\n- Monday 11 January, 16:00–17:00" in found.text
    assert "<s><bdi>Baking</bdi></s>" in found.html


def test_a_reminder_says_when_where_who_comes_and_how_it_goes():
    """The one button is the answer that the others wait for; a host hears what a host does."""
    found = read(LETTERS["reminder of a meeting"])
    assert found.message["Subject"] == "Tue 16:00: proving ROI, and who will be there"
    text = " ".join(found.text.split())
    for said in ("Tuesday 12 January, 16:00", ROOM, "who said “I’ll be there”", "Once around: 30 minutes", "You host"):
        assert said in text
    assert "Say whether you will be there" in found.html
    assert not found.invite

    there = read(LETTERS["reminder, in person"])
    assert "Say whether" not in there.html
    assert "You host" not in there.text
    assert "Look for the" in there.text


def test_an_hour_before_the_way_into_the_room_is_on_top():
    """Nobody looks for the link when it begins."""
    found = read(LETTERS["reminder, an hour before"])
    assert found.message["Subject"] == "In an hour: proving ROI"
    assert found.html.index(ROOM) < found.html.index("When")


def test_whoever_lost_a_seat_hears_why_and_what_could_change_that():
    """Their calendar forgets the meeting; nothing sounds as if they had left."""
    found = read(LETTERS["seat lost"])

    assert found.message["Subject"] == "Your group cannot meet: Measuring what marketing does"
    assert "gave back" not in found.text
    assert "one short of a group" in found.text
    assert "Answer this letter with other times" in " ".join(found.text.split())
    assert entry(found.invite)["METHOD"] == "CANCEL"


def test_the_confirming_letter_says_when_groups_are_made_and_how_to_ignore_it():
    """In the recipient's own zone, which it names."""
    found = read(facts(Kind.CONFIRM, attendee=living_in("Asia/Kathmandu", ANA)))

    assert found.message["Subject"] == "One step left: Measuring what marketing does"
    text = " ".join(found.text.split())
    assert "Sign-up closes Friday 8 January, 22:45 (GMT+5:45). The groups are made 2 hours later" in text
    assert "Times are in Asia/Kathmandu." in text
    assert "If it was not you, leave this letter be: nothing happens." in text


def test_the_confirming_letter_shows_no_word_that_was_typed_into_the_form():
    """Else anybody could mail anything to anybody through a sign-up page."""
    typed = "Win a car at https://evil.example"
    spam = replace(ANA, answers=replace(ANA.answers, name=typed, goal=typed, topics=(typed,)))

    assert "evil" not in read(facts(Kind.CONFIRM, attendee=spam)).everything


def test_confirming_late_is_told_until_when_it_counts():
    """The deadline is over, the grace is not."""
    text = " ".join(read(LETTERS["confirm, late"]).text.split())

    assert "whoever confirms until Friday 8 January, 20:00 (CET) still counts" in text


def test_confirming_too_late_promises_nothing():
    """Groups are being made already."""
    late = facts(Kind.CONFIRM, event=replace(EVENT, state=State.MATCHING), now=AFTER)

    assert "it may be too late" in " ".join(read(late).text.split())


def test_the_link_that_was_asked_for_again_fits_whoever_asked():
    """Confirmed and withdrawn people have nothing to confirm."""
    again, gone = read(LETTERS["confirmed, link again"]), read(LETTERS["withdrawn, link again"])

    assert again.message["Subject"] == gone.message["Subject"] == "Your page: Measuring what marketing does"
    assert "You are signed up and confirmed." in again.text
    assert "You withdrew from this event." in gone.text
    for found in (again, gone):
        assert "nothing has changed" in found.text
        assert "press the button there" not in found.text


def test_an_event_to_be_reviewed_says_so_to_both_sides():
    """The organizer sees the groups first, and the attendees know that."""
    assert "nothing goes out until you send them" in " ".join(read(LETTERS["open, to be reviewed"]).text.split())
    reviewed = read(facts(Kind.CONFIRM, event=replace(EVENT, review=True)))
    assert "Mira Okafor looks them over, and yours comes by mail" in " ".join(reviewed.text.split())


def test_an_event_without_grace_makes_its_groups_right_at_the_deadline():
    """No zero hours."""
    prompt = read(facts(Kind.CONFIRM, event=replace(EVENT, confirm_minutes=0)))

    assert "The groups are made right then and yours comes by mail" in " ".join(prompt.text.split())


def test_the_held_letter_gives_the_reason_and_every_choice_with_its_effect():
    """The organizer can decide before opening anything."""
    found = read(LETTERS["held"])

    for body in (found.text, found.html):
        said = " ".join(body.split())
        assert HELD.sentence in said
        assert all(choice.sentence in said for choice in HELD.choices)
        assert "Nothing goes out before you choose" not in said


def test_a_plan_that_waits_without_end_says_so():
    """An organizer who asked to review is never overtaken."""
    waits = facts(Kind.HELD, attendee=None, event=replace(EVENT, state=State.HELD, held=HELD, review=True, due=None))

    assert "Nothing goes out before you choose." in read(waits).text
    assert "Nothing goes out until you send them." in read(LETTERS["draft"]).text


def test_the_no_group_letter_gives_the_reason_and_a_way_that_is_open():
    """Never blame; the organizer reads the answer."""
    found = read(LETTERS["no group"])

    assert found.message["Subject"] == "No group yet, and one thing that could change that"
    text = " ".join(found.text.split())
    assert LETTERS["no group"].attendee.unplaced in text
    assert "Answer this letter with other times that suit you. Mira Okafor reads it" in text


def test_a_no_group_letter_without_a_reason_still_has_one():
    """An empty line would look like a mistake."""
    assert "No group came together" in read(facts(Kind.NO_GROUP, attendee=CONFIRMED, now=AFTER)).text


def test_the_cancelled_letter_speaks_of_the_calendar_only_where_there_was_a_seat():
    """Nobody should look for an attachment that is not there."""
    without, with_seat = read(LETTERS["cancelled"]), read(LETTERS["cancelled, with a seat"])

    assert without.message["Subject"] == with_seat.message["Subject"] == "Cancelled: Measuring what marketing does"
    assert "calendar" not in without.text
    assert "takes it off your calendar" in with_seat.text
    assert "your group on Tuesday 12 January, 16:00–18:00 (CET)" in " ".join(with_seat.text.split())


def test_somebody_who_gave_back_a_seat_does_not_read_that_the_event_is_off():
    """It is not."""
    found = read(LETTERS["withdrawn from a seat"])

    assert found.message["Subject"] == "You are out: Measuring what marketing does"
    assert "You gave back your seat" in found.text
    assert "will not take place" not in found.everything


def test_facts_of_another_kind_are_refused():
    """A row that says nonsense must fail rather than reach somebody."""
    for nonsense in (
        facts(Kind.SEAT, attendee=SEATED),
        facts(Kind.SEAT, attendee=CONFIRMED, sub_event=SUB_EVENT),
        facts(Kind.CONFIRM, attendee=None),
        facts(Kind.OPEN),
        facts(Kind.HELD),
    ):
        with pytest.raises(ValueError, match="do not make a letter of kind"):
            compose(nonsense)


@pytest.mark.parametrize(
    "address", ["ana", "ana@example.net\r\nBcc: eve@example.org", "a,b@example.net", "ana@éxample.net", "<a@b.example>"]
)
def test_an_address_that_cannot_stand_in_a_header_is_refused(address):
    """Wherever it comes from."""
    organizer = replace(EVENT.organizer, email=address)
    for letter in (
        facts(Kind.CONFIRM, attendee=replace(ANA, email=address)),
        facts(Kind.CONFIRM, event=replace(EVENT, organizer=organizer)),
        facts(Kind.OPEN, attendee=None, event=replace(EVENT, organizer=organizer)),
        replace(LETTERS["confirm"], sender=address),
    ):
        with pytest.raises(Invalid):
            compose(letter)


def test_an_unknown_zone_costs_nobody_their_letter():
    """Zones that this machine does not know fall back to the event's, and that to UTC."""
    nowhere = living_in("Mars/Olympus_Mons")

    seat = replace(LETTERS["seat"], attendee=nowhere)
    assert "16:00–18:00 (CET)" in read(seat).text
    lost = replace(seat, event=replace(EVENT, timezone="../etc/passwd"))
    assert "15:00–17:00 (UTC)" in read(lost).text


@pytest.mark.slow
def test_a_core_writes_at_least_280_letters_a_second():
    """Twenty times what SES takes at its usual 14 a second, so that writing never holds up sending."""
    crowd = tuple(Companion("Bruno", "Find out which campaign to stop") for _ in range(7))
    letter = replace(LETTERS["seat"], companions=crowd)
    compose(letter)

    def rate() -> float:
        start = time.process_time()
        for _ in range(100):
            compose(letter)
        return 100 / (time.process_time() - start)

    assert max(rate() for _ in range(3)) >= 280


def test_the_largest_letter_stays_small_enough_not_to_be_clipped():
    """29 companions, each with the longest and most costly words."""
    for dear in ("&" * 1000, "🦆" * 1000, "<b>" * 333, "é " * 500, "字" * 1000):
        heavy = facts(
            Kind.SEAT,
            event=replace(EVENT, title=dear, organizer=replace(EVENT.organizer, name=dear)),
            attendee=replace(SEATED, answers=replace(SEATED.answers, name=dear)),
            sub_event=replace(
                IN_PERSON,
                place=Place("p", dear, address=dear),
                host="p1",
                members=tuple(f"p{number}" for number in range(30)),
                title=dear,
                subtitle=dear,
                why={"p1": dear},
            ),
            companions=tuple(Companion(dear, dear) for _ in range(29)),
            now=AFTER,
        )
        assert len(read(heavy).html.encode()) <= 20_000


def test_facts_say_nothing_that_later_days_could_change():
    """The year is told against the day of the letter, not against today."""
    later = facts(Kind.CONFIRM, now=AFTER - timedelta(days=30))

    assert isinstance(later, Facts)
    assert "Friday 8 January 2027, 18:00 (CET)" in " ".join(read(later).text.split())


def test_an_unconfirmed_person_is_not_called_by_a_name_that_anybody_could_have_typed():
    """Once they confirm, they are."""
    assert str(read(LETTERS["confirm"]).message["To"]) == "ana@example.net"
    known = facts(Kind.CONFIRM, attendee=replace(ANA, state=AttendeeState.CONFIRMED))
    assert str(read(known).message["To"]) == "Ana Lama <ana@example.net>"


def test_the_private_link_stands_alone_on_its_line_of_text():
    """So that no program breaks it or takes a full stop along."""
    for letter in LETTERS.values():
        if letter.attendee is not None:
            assert LINK in read(letter).text.splitlines()
