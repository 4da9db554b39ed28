"""Settings: the environment becomes one frozen record; nothing else reads os.environ."""

import os
import re
from collections.abc import Mapping

import msgspec

from chalicelib.domain.errors import NotReady
from chalicelib.messages import catalog


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a team may set.

    Args:
        table: name of the DynamoDB table.
        sender: the verified address that mail leaves from.
        organizers: addresses, or domains, whose owners may create events.
        functions: what the names of the background functions start with.
        key_name: SSM parameter that holds the key of the private links.
        base_url: where the pages live when the gateway does not know it, as behind a CDN; else empty.
        configuration_set: SES configuration set that letters are sent with; empty for none.
        limit_source: sign-ups a minute from one network address.
        limit_event: sign-ups a minute for one event.
        limit_events_a_day: events that one organizer may create in a day.
        letters_before_confirming: letters with a link that an address gets before its owner acts.
        language: what pages and letters are written in, by its folder in chalicelib/messages.
    """

    table: str
    sender: str
    organizers: tuple[str, ...]
    functions: str
    key_name: str
    base_url: str
    configuration_set: str
    limit_source: int
    limit_event: int
    limit_events_a_day: int
    letters_before_confirming: int
    language: str = catalog.ENGLISH


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; each missing one has a default that works.

    Raises:
        NotReady: a setting makes no sense; the sentence names it and says what it should be.
    """
    sender = environ.get("COVEY_SENDER", "").strip()
    if sender and not re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+", sender):
        raise NotReady(
            f"COVEY_SENDER is “{sender}”; set it to one plain mail address, such as covey@example.org.", 3600
        )
    organizers = tuple(one.strip().lower() for one in environ.get("COVEY_ORGANIZERS", "").split(",") if one.strip())
    for one in organizers:
        if not re.fullmatch(r"([^@\s<>,;/]+@)?([a-z0-9-]+\.)+[a-z0-9-]+", one):
            raise NotReady(
                f"COVEY_ORGANIZERS has “{one}”; set it to addresses or domains with commas between, "
                "such as ana@example.org,example.com.",
                3600,
            )
    base_url = environ.get("COVEY_BASE_URL", "").strip().rstrip("/")
    if base_url and not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", base_url):
        raise NotReady(
            f"COVEY_BASE_URL is “{base_url}”; set it to an address such as https://events.example.org.", 3600
        )
    language = environ.get("COVEY_LANGUAGE", "").strip() or catalog.ENGLISH
    if language not in catalog.languages():
        known = ", ".join(catalog.languages())
        raise NotReady(f"COVEY_LANGUAGE is “{language}”; set it to a language that Covey speaks: {known}.", 3600)
    return Settings(
        table=environ.get("COVEY_TABLE", "").strip() or "covey",
        sender=sender,
        organizers=organizers or ((sender.rpartition("@")[2].lower(),) if sender else ()),
        functions=environ.get("COVEY_FUNCTIONS", "").strip() or "covey-dev",
        key_name=environ.get("COVEY_KEY_NAME", "").strip() or "/covey/link-key",
        base_url=base_url,
        configuration_set=environ.get("COVEY_CONFIGURATION_SET", "").strip(),
        limit_source=_number(environ, "COVEY_LIMIT_SOURCE", 120),
        limit_event=_number(environ, "COVEY_LIMIT_EVENT", 600),
        limit_events_a_day=_number(environ, "COVEY_LIMIT_EVENTS_A_DAY", 3),
        letters_before_confirming=_number(environ, "COVEY_LETTERS_BEFORE_CONFIRMING", 2),
        language=language,
    )


def _number(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "").strip()
    if not text:
        return default
    if not re.fullmatch(r"[1-9][0-9]{0,6}", text):
        raise NotReady(f"{name} is “{text}”; set it to a whole number of 1 or more, or leave it out.", 3600)
    return int(text)
