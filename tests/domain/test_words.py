"""Words that people type: hostile ones come out inert, honest ones unharmed."""

import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import words
from chalicelib.domain.attendee import address_key, normalised
from chalicelib.domain.errors import Invalid

DIRECTIONS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Marks that make a text read in another order than it is written."""


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ana", "Ana"),
        ("  Ana   Lama ", "Ana Lama"),
        ("Ana\r\nBcc: all@example.org", "Ana Bcc: all@example.org"),
        ("Ana\nLama", "Ana Lama"),
        ("Ana\rLama", "Ana Lama"),
        ("Ana\x00Lama", "Ana Lama"),
        ("Ana\x08\x1b[31mLama", "Ana [31mLama"),
        ("Ana\u0085Lama", "Ana Lama"),
        ("Ana\u2028Lama\u2029", "Ana Lama"),
        ("Ana\u00a0Lama", "Ana Lama"),
        ("\ufeffAna", "Ana"),
        ("A\u2060na", "Ana"),
        ("evil\u202egpj.exe", "evilgpj.exe"),
        ("\u2066Ana\u2069", "Ana"),
        ("A\u0301na", "Ána"),
        ("\u1112\u1161\u11ab", "한"),
        ("\ud800Ana\udfff", "Ana"),
        ("نام", "نام"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("👩\u200d🔬", "👩\u200d🔬"),
        ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("", ""),
        (" \t\r\n\x00\u202e ", ""),
    ],
)
def test_a_line_is_one_line_of_what_was_meant(typed: str, kept: str) -> None:
    """Control and direction marks go, white space folds, accents are composed, joiners and scripts stay."""
    assert words.line(typed) == kept


@given(
    st.text(st.characters() | st.sampled_from("\r\n\t\x00\x1b\u2028\u2029\ud800\U0001d160\u0958\u0301" + DIRECTIONS))
)
def test_whatever_is_typed_a_line_can_stand_in_a_header_and_is_final(typed: str) -> None:
    """No control character, no direction mark, no lone surrogate, never longer; and tidying again changes nothing."""
    line = words.line(typed)
    assert not [char for char in line if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}]
    assert not set(line) & set(DIRECTIONS)
    assert line == line.strip()
    assert "  " not in line
    assert len(line) <= len(typed)
    line.encode()
    assert words.line(line) == line


@pytest.mark.parametrize(
    "nothing", ["", "  ", "\r\n", "\x00", DIRECTIONS, "\u200b", "\u200d\u200c", "\u0301", "\u00ad"]
)
def test_what_is_required_has_to_leave_something_to_see(nothing: str) -> None:
    """A name of marks that nobody sees is no name."""
    with pytest.raises(Invalid, match=r"^Please write your name\.$") as refused:
        words.required(nothing, "name", "your name")
    assert refused.value.field == "name"


@pytest.mark.parametrize("name", ["Ana", "李", "Ó", "?", "👩\u200d🔬", "\u0301a"])
def test_any_visible_name_will_do(name: str) -> None:
    """In whatever script, however short."""
    assert words.required(name, "name", "your name") == words.line(name)


TAKEN = [
    "ana@example.org",
    "ana.lama+covey@mail.example.co.uk",
    "a@b.cd",
    "ANA@EXAMPLE.ORG",
    "o'brien@example.org",
    "x_y-z~{|}!#$%&*/=?^`@example.org",
    "a" * 64 + "@example.org",
    "ana@xn--bcher-kva.example",
    "ana@123.example",
    f"ana@{'a' * 63}.org",
]

REFUSED = [
    "",
    "@",
    "ana",
    "ana@",
    "@example.org",
    "ana@localhost",
    "ana@@example.org",
    "ana@example..org",
    "ana@.example.org",
    "ana@example.org.",
    "ana@-example.org",
    "ana@example-.org",
    ".ana@example.org",
    "ana.@example.org",
    "a..na@example.org",
    "a na@example.org",
    "ana@exa mple.org",
    "ana@example.org, bob@example.org",
    "ana@example.org;bob@example.org",
    "<ana@example.org>",
    "Ana <ana@example.org>",
    '"ana lama"@example.org',
    "ana@[127.0.0.1]",
    "ana(comment)@example.org",
    "ana\\@example.org",
    "ana@example.org\r\nBcc: all@example.org",
    "ana\n@example.org",
    "ana\x00@example.org",
    "ana@example.org\x00",
    "änä@example.org",
    "ana@exämple.org",
    "ana@example.org\u202e",
    "\u200bana@example.org",
    "ana@example.օrg",
    "\ud800@example.org",
    "a" * 65 + "@example.org",
    f"ana@{'a' * 64}.org",
    f"ana@{'a.' * 130}org",
    "ana@example.o",
]


@pytest.mark.parametrize("address", TAKEN)
def test_addresses_that_mail_reaches_are_taken(address: str) -> None:
    """As they are; space around them is the keyboard's doing."""
    assert words.address(address) == address
    assert words.address(f" {address}\n") == address


@pytest.mark.parametrize("address", REFUSED)
def test_what_cannot_stand_in_a_header_is_no_address(address: str) -> None:
    """The sentence repeats a piece of it, tidied, and shows how one is written."""
    with pytest.raises(Invalid, match=r"is not a mail address; write it like ana@example\.org\.$") as refused:
        words.address(address, "organizer_email")
    assert refused.value.field == "organizer_email"
    assert words.line(str(refused.value)) == str(refused.value)
    assert len(str(refused.value)) < 140


@given(st.text(st.sampled_from(string.ascii_letters + "@. \r\n\x00<>\"',;é\u202e"), max_size=30))
def test_no_address_ever_breaks_a_header(typed: str) -> None:
    """Whatever is taken holds one @ and nothing but plain signs."""
    try:
        address = words.address(typed)
    except Invalid:
        return
    assert address.count("@") == 1
    assert address.isascii()
    assert not set(address) & set(' \r\n\x00<>",;')


@pytest.mark.parametrize("other", ["ANA@Example.org", " ana@example.org ", "ana@example.org\n", "ａna@example.org"])
def test_one_address_written_in_two_ways_is_one_person(other: str) -> None:
    """Case, space and wide letters do not make another address."""
    assert normalised(other) == normalised("ana@example.org")
    assert address_key(other) == address_key("ana@example.org")


def test_a_fingerprint_shows_nothing_of_the_address() -> None:
    """Keys and logs hold it in place of the address."""
    key = address_key("ana@example.org")
    assert key == address_key(" ANA@example.org")
    assert key != address_key("anb@example.org")
    assert set(key) <= set(string.hexdigits)
    assert len(key) == 32


def test_repetitions_go_whatever_their_case() -> None:
    """The first way of writing a topic is kept, in its place."""
    assert words.distinct(("Posters", "  posters", "", "Type\tsetting", "POSTERS", "\u202e")) == (
        "Posters",
        "Type setting",
    )
