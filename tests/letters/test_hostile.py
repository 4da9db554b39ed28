"""Words that try to be more than words: inert in headers, text, HTML and calendar."""

import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.domain.event import Choice, Event, Held, Place, State
from chalicelib.domain.letter import Companion, Facts
from infra.faults.hostile import WORDS as HOSTILE
from tests.letters.examples import LETTERS, SUB_EVENT
from tests.letters.reading import Read, entry, read, shape
from tests.letters.test_compose import Page

HARMLESS = {name: read(letter) for name, letter in LETTERS.items()}
"""The letters as they are with everyday words."""


def poisoned(letter: Facts, word: str) -> Facts:
    """The letter with a word wherever somebody else's words can stand."""
    event, attendee, sub_event = letter.event, letter.attendee, letter.sub_event
    held, asked = (
        why and Held(word, tuple(Choice(one.act, word, one.value) for one in why.choices), why.otherwise and word)
        for why in (event.held, letter.asked)
    )
    event = replace(event, title=word, description=word, organizer=replace(event.organizer, name=word), held=held)
    if attendee is not None:
        answers = replace(attendee.answers, name=word, goal=word, topics=(word,))
        seat = attendee.seat
        if seat and seat.was:
            place = seat.was.place and Place(seat.was.place.id, word, address=word)
            seat = replace(seat, was=replace(seat.was, title=word, place=place), change=word)
        attendee = replace(attendee, answers=answers, unplaced=word, seat=seat)
    if sub_event is not None:
        place = sub_event.place and Place(sub_event.place.id, word, address=word)
        sub_event = replace(sub_event, title=word, subtitle=word, keywords=(word,), why={"p1": word}, place=place)
    companions = tuple(Companion(word, word) for _ in letter.companions)
    sheet = letter.sheet and replace(letter.sheet, parts=tuple(replace(one, title=word) for one in letter.sheet.parts))
    return replace(
        letter,
        letter=replace(letter.letter, why=letter.letter.why and word),
        event=event,
        attendee=attendee,
        sub_event=sub_event,
        companions=companions,
        sheet=sheet,
        asked=asked,
    )


def check_inert(name: str, found: Read) -> None:
    """Nothing of the letter is anything but what a harmless one has."""
    harmless = HARMLESS[name]
    plain, page = Page(harmless.html), Page(found.html)
    assert set(page.tags) <= set(plain.tags) | {"bdi", "strong", "br"}
    assert page.attributes <= plain.attributes
    assert page.buttons == plain.buttons
    assert set(page.links) <= set(plain.links)
    assert list(found.message.keys()) == list(harmless.message.keys())
    for header in ("From", "To", "Reply-To"):
        if found.message[header] is not None:
            (mailbox,) = found.message[header].addresses
            (known,) = harmless.message[header].addresses
            assert mailbox.addr_spec == known.addr_spec
    for said in (str(found.message["Subject"]), found.text, found.html, found.invite.decode()):
        marks = {unicodedata.category(char) for char in said.replace("\r", "").replace("\n", "")}
        assert not marks & {"Cc", "Cs", "Zl", "Zp"}
        assert not set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") & set(said)
    assert len(found.html.encode()) <= 20_000
    assert len(str(found.message["Subject"])) <= 201
    assert max(map(len, found.raw.split(b"\r\n"))) <= 998
    if found.invite:
        values, known_values = entry(found.invite), entry(harmless.invite)
        words = {"SUMMARY", "DESCRIPTION", "LOCATION"}
        assert {key: value for key, value in values.items() if key not in words} == {
            key: value for key, value in known_values.items() if key not in words
        }
        assert all(len(line) <= 75 for line in found.invite.split(b"\r\n"))


@pytest.mark.slow
@pytest.mark.parametrize("word", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("name", LETTERS)
def test_hostile_words_stay_words(name, word):
    """Wherever people's own words stand in a letter."""
    check_inert(name, read(poisoned(LETTERS[name], word)))


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(sorted(LETTERS)),
    word=st.text(max_size=300) | st.text(st.sampled_from("\r\n\x00=?_<>&\"'\\,;:^-. \u202e\u200d🧑é字a"), max_size=300),
)
def test_no_words_at_all_break_a_letter(name, word):
    """What nobody here thought of."""
    check_inert(name, read(poisoned(LETTERS[name], word)))


@settings(deadline=None, max_examples=60)
@given(word=st.text(min_size=1, max_size=120))
def test_a_readable_title_arrives_as_it_was_typed(word):
    """Encoding and folding a subject loses and doubles nothing."""
    title = " ".join(word.split())
    event = replace(LETTERS["open"].event, title=word)
    subject = read(replace(LETTERS["open"], event=event)).message["Subject"]

    if title.isprintable() and unicodedata.is_normalized("NFC", title) and len(title.encode()) <= 240:
        unmarked = "".join(char for char in title if unicodedata.category(char) not in {"Cf", "Co", "Cn"})
        if unmarked == title and "&" not in title and not set("<>\"'") & set(title):
            assert subject == f"Open sign-up: {title}".strip()


@pytest.mark.parametrize("name", LETTERS)
def test_the_letters_own_boundary_ends_no_part_of_it(name):
    """Whoever knows how boundaries are made can end nothing by typing one."""
    harmless = HARMLESS[name].message

    for part in harmless.walk():
        if part.is_multipart():
            found = read(poisoned(LETTERS[name], f"--{part.get_boundary()}--"))
            assert shape(found.message) == shape(harmless)


def test_a_template_in_somebodys_words_is_not_filled_in():
    """People's words are values, never templates."""
    found = read(poisoned(LETTERS["seat"], "{{ 7 * 7 }}{{ link }}"))

    assert "{{ 7 * 7 }}{{ link }}" in found.text
    assert "49" not in found.text


def test_an_encoded_word_that_somebody_typed_is_read_as_typed():
    """A mail program must not decode it into something else."""
    typed = "=?utf-8?b?QmNjOiBldmU=?="
    message = read(poisoned(LETTERS["seat"], typed)).message

    assert typed in message["Subject"]
    assert message["From"].addresses[0].display_name == typed


def test_an_event_of_many_slots_is_no_slower_to_write_about():
    """Only what a letter says is looked at; hostile ids elsewhere change nothing."""
    event: Event = replace(LETTERS["seat"].event, slots=(SUB_EVENT.slot,) * 400, state=State.PUBLISHED)

    assert read(replace(LETTERS["seat"], event=event)).html == HARMLESS["seat"].html
