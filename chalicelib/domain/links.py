"""Private links: ids, a generation and an HMAC over them, so that reading one needs no look-up of tokens."""

import base64
import enum
import hashlib
import hmac
import re

import msgspec

from chalicelib.domain.attendee import Attendee
from chalicelib.domain.errors import BadLink
from chalicelib.domain.event import Event


class Purpose(enum.StrEnum):
    """What a link lets its bearer do."""

    ATTENDEE = "a"
    ORGANIZER = "o"


class Link(msgspec.Struct, frozen=True):
    """What a private link says; `person` is the attendee's id, empty for the organizer."""

    purpose: Purpose
    event_id: str
    person: str
    generation: int


def signed(key: bytes, link: Link) -> str:
    """The link's token: URL-safe, 128 bits of HMAC-SHA256 at its end."""
    said = f"{link.purpose}.{link.event_id}.{link.person}.{link.generation}"
    return f"{said}.{_mac(key, said)}"


def read(key: bytes, token: str) -> Link:
    """What a token says, once its HMAC proves that we signed it; the generation is the caller's to compare.

    Raises:
        BadLink: not a token of ours.
    """
    said, _, mac = token.rpartition(".")
    genuine = hmac.compare_digest(_mac(key, said).encode(), mac.encode("utf-8", "replace"))
    parts = re.fullmatch(r"([ao])\.([\w-]+)\.([\w-]*)\.(\d{1,9})", said, re.ASCII)
    if not genuine or parts is None:
        raise BadLink
    return Link(Purpose(parts[1]), parts[2], parts[3], int(parts[4]))


def to_own_page(key: bytes, event: Event, attendee: Attendee) -> str:
    """An attendee's private link, whole; the token stands in the fragment, which browsers do not send to servers."""
    link = Link(Purpose.ATTENDEE, event.id, attendee.id, attendee.generation)
    return f"{event.base_url}/me#{signed(key, link)}"


def to_watch_page(key: bytes, event: Event) -> str:
    """The organizer's private link, likewise."""
    link = Link(Purpose.ORGANIZER, event.id, "", event.generation)
    return f"{event.base_url}/watch#{signed(key, link)}"


def identity(key: bytes, *parts: str) -> str:
    """An id of 80 bits for what these parts name; the same parts give the same id, so asking twice makes one thing."""
    said = "id." + ".".join(parts)
    return base64.b32encode(hmac.digest(key, said.encode("utf-8", "replace"), hashlib.sha256)[:10]).decode().lower()


def room(key: bytes, event_id: str, sub_event_id: str) -> str:
    """A meeting room's name that only this event's letters can know."""
    return "covey-" + _mac(key, f"room.{event_id}.{sub_event_id}").replace("_", "").replace("-", "")


def _mac(key: bytes, said: str) -> str:
    digest = hmac.digest(key, said.encode("utf-8", "replace"), hashlib.sha256)[:16]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
