"""Private links: what we signed reads back, and nothing else reads at all."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.domain import links
from chalicelib.domain.errors import BadLink
from chalicelib.domain.links import Link, Purpose
from tests.domain.examples import EVENT, PERSON

KEY = b"k" * 32
OTHER_KEY = b"k" * 31 + b"l"
ATTENDEE = Link(Purpose.ATTENDEE, "to3hfyskq6ey3aev", "dqir7thgulldqrfo", 0)
ORGANIZER = Link(Purpose.ORGANIZER, "to3hfyskq6ey3aev", "", 12)


@pytest.mark.parametrize("link", [ATTENDEE, ORGANIZER])
def test_what_was_signed_reads_back(link: Link) -> None:
    """A token says whose it is, for what, and in which generation."""
    assert links.read(KEY, links.signed(KEY, link)) == link


@pytest.mark.parametrize("link", [ATTENDEE, ORGANIZER])
def test_no_single_changed_character_reads(link: Link) -> None:
    """Every character of the token replaced by every other that a token may hold."""
    token = links.signed(KEY, link)
    for place in range(len(token)):
        for char in set(string.ascii_letters + string.digits + "-_.=~ \n") - {token[place]}:
            with pytest.raises(BadLink):
                links.read(KEY, token[:place] + char + token[place + 1 :])


@pytest.mark.parametrize("link", [ATTENDEE, ORGANIZER])
def test_no_flipped_bit_reads(link: Link) -> None:
    """Also not where the last character of base64 has bits to spare."""
    token = links.signed(KEY, link).encode()
    for place in range(len(token)):
        for bit in range(8):
            changed = bytes([*token[:place], token[place] ^ 1 << bit, *token[place + 1 :]])
            with pytest.raises(BadLink):
                links.read(KEY, changed.decode("latin-1"))


@pytest.mark.parametrize("link", [ATTENDEE, ORGANIZER])
def test_no_shorter_or_longer_token_reads(link: Link) -> None:
    """Nor one with something before it, behind it, or twice."""
    token = links.signed(KEY, link)
    for other in (*(token[:n] for n in range(len(token))), token + "A", token + "=", f"x{token}", token * 2):
        with pytest.raises(BadLink):
            links.read(KEY, other)


@pytest.mark.parametrize(
    "claimed",
    [
        Link(Purpose.ORGANIZER, ATTENDEE.event_id, ATTENDEE.person, 0),
        Link(Purpose.ORGANIZER, ATTENDEE.event_id, "", 0),
        Link(Purpose.ATTENDEE, "qqqqqqqqqqqqqqqq", ATTENDEE.person, 0),
        Link(Purpose.ATTENDEE, ATTENDEE.event_id, "qqqqqqqqqqqqqqqq", 0),
        Link(Purpose.ATTENDEE, ATTENDEE.event_id, ATTENDEE.person, 1),
    ],
)
def test_a_signature_is_good_for_nothing_else(claimed: Link) -> None:
    """Another purpose, event, person or generation needs its own."""
    mac = links.signed(KEY, ATTENDEE).rpartition(".")[2]
    forged = f"{claimed.purpose}.{claimed.event_id}.{claimed.person}.{claimed.generation}.{mac}"
    with pytest.raises(BadLink):
        links.read(KEY, forged)


def test_another_key_reads_nothing() -> None:
    """Changing the key revokes every link there is."""
    with pytest.raises(BadLink):
        links.read(OTHER_KEY, links.signed(KEY, ATTENDEE))


@pytest.mark.parametrize(
    "said", ["", ".", "a", "a.e.p", "a.e.p.0.0", "x.e.p.0", "a.é.p.0", "a.e.p.-1", "a.e.p.٣", "a.e.p.1e3", "A.e.p.0"]
)
def test_even_signed_nonsense_does_not_read(said: str) -> None:
    """Somebody who has the key could sign anything; what is no link of ours still is none."""
    with pytest.raises(BadLink):
        links.read(KEY, f"{said}.{links._mac(KEY, said)}")


@given(st.text() | st.text(st.sampled_from("ao.e0-_\x00\ud800é٣")))
def test_no_text_whatsoever_does_anything_but_fail_alike(token: str) -> None:
    """One error, with one sentence that tells nothing."""
    with pytest.raises(BadLink) as refused:
        links.read(KEY, token)
    assert str(refused.value) == str(BadLink())


def test_the_token_stands_in_the_fragment_of_its_page() -> None:
    """Browsers keep fragments to themselves, so no server's log ever holds a token."""
    event, person = replace(EVENT, generation=12), replace(PERSON, generation=3)
    page, _, token = links.to_own_page(KEY, event, person).partition("#")
    assert page == f"{event.base_url}/me"
    assert links.read(KEY, token) == Link(Purpose.ATTENDEE, event.id, person.id, 3)
    page, _, token = links.to_watch_page(KEY, event).partition("#")
    assert page == f"{event.base_url}/watch"
    assert links.read(KEY, token) == Link(Purpose.ORGANIZER, event.id, "", 12)


def test_a_token_holds_128_bits_and_needs_no_escaping() -> None:
    """22 characters of base64 at its end, and nothing that an address would change."""
    token = links.signed(KEY, ATTENDEE)
    assert re.fullmatch(r"[A-Za-z0-9._-]+", token)
    assert len(token.rpartition(".")[2]) == 22


def test_the_same_parts_name_the_same_thing() -> None:
    """A request that comes twice makes one thing."""
    assert links.identity(KEY, "event", "t", "a@b.cd") == links.identity(KEY, "event", "t", "a@b.cd")
    assert re.fullmatch(r"[a-z2-7]{16}", links.identity(KEY, "event", "t", "a@b.cd"))


def test_other_parts_kinds_and_keys_name_other_things() -> None:
    """Nor can an id be worked out without the key."""
    ids = {
        links.identity(KEY, "event", "t", "a"),
        links.identity(KEY, "event", "u", "a"),
        links.identity(KEY, "event", "t", "b"),
        links.identity(KEY, "attendee", "t", "a"),
        links.identity(OTHER_KEY, "event", "t", "a"),
    }
    assert len(ids) == 5


def test_a_room_is_named_for_its_group_and_cannot_be_guessed() -> None:
    """The same for all its members, another for each group, and no sign that an address would escape."""
    rooms = {links.room(key, event, group) for key in (KEY, OTHER_KEY) for event in "ef" for group in "gh"}
    assert len(rooms) == 8
    assert all(re.fullmatch(r"covey-[A-Za-z0-9]{16,22}", room) for room in rooms)
    assert links.room(KEY, "e", "g") == links.room(KEY, "e", "g")
