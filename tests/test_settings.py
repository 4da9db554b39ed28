"""Settings: each one good and bad, and the sentence for the bad."""

from typing import Any

import pytest

from chalicelib import settings
from chalicelib.domain.errors import NotReady


def test_nothing_set_is_a_set_up_that_works() -> None:
    """Every setting has a default; without a sender nobody may create events, and creating says what is missing."""
    found = settings.load({})
    assert found.table == "covey"
    assert found.functions == "covey-dev"
    assert found.key_name == "/covey/link-key"
    assert (found.sender, found.organizers, found.base_url, found.configuration_set) == ("", (), "", "")
    assert (found.limit_source, found.limit_event) == (120, 600)
    assert found.language == "en"
    assert (found.limit_events_a_day, found.letters_before_confirming) == (3, 2)


@pytest.mark.parametrize(
    ("variable", "text", "name", "value"),
    [
        ("COVEY_TABLE", "meetups", "table", "meetups"),
        ("COVEY_FUNCTIONS", "covey-prod", "functions", "covey-prod"),
        ("COVEY_KEY_NAME", "/teams/a/key", "key_name", "/teams/a/key"),
        ("COVEY_CONFIGURATION_SET", " events ", "configuration_set", "events"),
        ("COVEY_SENDER", " covey@example.org\n", "sender", "covey@example.org"),
        ("COVEY_SENDER", "", "sender", ""),
        ("COVEY_ORGANIZERS", "Ana@Example.org, example.com ,,", "organizers", ("ana@example.org", "example.com")),
        ("COVEY_ORGANIZERS", " , ", "organizers", ()),
        ("COVEY_BASE_URL", "https://events.example.org/", "base_url", "https://events.example.org"),
        ("COVEY_BASE_URL", "http://localhost:8000/covey//", "base_url", "http://localhost:8000/covey"),
        ("COVEY_BASE_URL", "", "base_url", ""),
        ("COVEY_LIMIT_SOURCE", "7", "limit_source", 7),
        ("COVEY_LIMIT_SOURCE", " ", "limit_source", 120),
        ("COVEY_LIMIT_EVENT", "9999999", "limit_event", 9_999_999),
        ("COVEY_LIMIT_EVENTS_A_DAY", "20", "limit_events_a_day", 20),
        ("COVEY_LETTERS_BEFORE_CONFIRMING", "1", "letters_before_confirming", 1),
        ("COVEY_TABLE", " ", "table", "covey"),
        ("COVEY_FUNCTIONS", "", "functions", "covey-dev"),
        ("COVEY_KEY_NAME", "", "key_name", "/covey/link-key"),
        ("COVEY_LANGUAGE", " en ", "language", "en"),
        ("COVEY_LANGUAGE", "", "language", "en"),
    ],
)
def test_a_setting_says_what_it_should(variable: str, text: str, name: str, value: Any) -> None:
    """As people write them, with space around and slashes too many."""
    assert getattr(settings.load({variable: text}), name) == value


def test_whoever_shares_the_senders_domain_may_create_events_unless_others_are_named() -> None:
    """The sender's domain is the team's own."""
    assert settings.load({"COVEY_SENDER": "Covey@Example.org"}).organizers == ("example.org",)
    named = {"COVEY_SENDER": "covey@example.org", "COVEY_ORGANIZERS": "example.com"}
    assert settings.load(named).organizers == ("example.com",)


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        *(
            ("COVEY_SENDER", text)
            for text in (
                "covey",
                "covey@",
                "@example.org",
                "a@b@c",
                "Covey <covey@example.org>",
                "a@example.org,b@example.org",
                "covey@example.org\r\nBcc: all@example.org",
                "covey @example.org",
            )
        ),
        *(("COVEY_LANGUAGE", text) for text in ("xx", "English", "../en")),
        *(
            ("COVEY_BASE_URL", text)
            for text in (
                "events.example.org",
                "ftp://events.example.org",
                "https://",
                "https:///path",
                "https://events.example.org/?a=b",
                "https://events.example.org/#top",
                "https://events example.org",
                "javascript:alert(1)",
            )
        ),
        *(
            (variable, text)
            for variable in (
                "COVEY_LIMIT_SOURCE",
                "COVEY_LIMIT_EVENT",
                "COVEY_LIMIT_EVENTS_A_DAY",
                "COVEY_LETTERS_BEFORE_CONFIRMING",
            )
            for text in ("0", "-1", "1.5", "1e3", "many", "٣", "00001", "12345678", "1\n2")
        ),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(variable: str, text: str) -> None:
    """Whoever deployed reads which variable it is, what it says, and what it should be; nobody retries before long."""
    with pytest.raises(NotReady) as refused:
        settings.load({variable: text})
    assert str(refused.value).startswith(f"{variable} is “{text.strip().rstrip('/')}”; set it to ")
    assert str(refused.value).endswith(".")
    assert refused.value.retry_after == 3600


@pytest.mark.parametrize("one", ["example", "@example.org", "https://example.org", "ana@b@c.org", "a b.org", "*"])
def test_an_organizer_that_is_neither_an_address_nor_a_domain_is_named(one: str) -> None:
    """Among any number of good ones."""
    with pytest.raises(NotReady, match=r"^COVEY_ORGANIZERS has “") as refused:
        settings.load({"COVEY_ORGANIZERS": f"example.com,{one},ana@example.org"})
    assert one in str(refused.value)


def test_settings_never_change() -> None:
    """One record for the life of the process."""
    with pytest.raises(AttributeError):
        settings.load({}).table = "other"  # type: ignore[misc]
