"""Times as letters tell them, and words of others as letters hold them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.letters import wording

NOW = datetime(2027, 1, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "zone", "said"),
    [
        ("2027-01-12T15:00Z", "Europe/Berlin", "Tuesday 12 January, 16:00 (CET)"),
        ("2027-07-12T15:00Z", "Europe/Berlin", "Monday 12 July, 17:00 (CEST)"),
        ("2027-01-12T15:00Z", "Asia/Katmandu", "Tuesday 12 January, 20:45 (GMT+5:45)"),
        ("2027-01-12T02:00Z", "America/St_Johns", "Monday 11 January, 22:30 (NST)"),
        ("2027-01-12T15:00Z", "Pacific/Auckland", "Wednesday 13 January, 04:00 (NZDT)"),
        ("2027-01-12T15:00Z", "America/Sao_Paulo", "Tuesday 12 January, 12:00 (GMT-3)"),
        ("2027-01-12T15:00Z", "UTC", "Tuesday 12 January, 15:00 (UTC)"),
        ("2028-01-12T15:00Z", "Europe/Berlin", "Wednesday 12 January 2028, 16:00 (CET)"),
    ],
)
def test_a_time_names_its_day_and_its_zone(at, zone, said):
    """Zones without letters of their own go by their distance, other years are named."""
    assert wording.moment("en", datetime.fromisoformat(at), zone, NOW) == said


def test_the_year_is_left_out_by_the_readers_own_calendar():
    """New Year's Eve in London is next year in Auckland."""
    written = datetime(2026, 12, 31, 20, tzinfo=UTC)

    assert "2027" not in wording.moment("en", datetime(2027, 1, 2, tzinfo=UTC), "Pacific/Auckland", written)
    assert "2027" in wording.moment("en", datetime(2027, 1, 2, tzinfo=UTC), "Europe/London", written)


@pytest.mark.parametrize(
    ("start", "hours", "zone", "said"),
    [
        ("2027-01-12T15:00Z", 2, "Europe/Berlin", "Tuesday 12 January, 16:00–18:00 (CET)"),
        (
            "2027-01-12T22:00Z",
            2,
            "Europe/Berlin",
            "Tuesday 12 January, 23:00 (CET) to Wednesday 13 January, 01:00 (CET)",
        ),
        (
            "2027-03-28T00:30Z",
            1,
            "Europe/Berlin",
            "Sunday 28 March, 01:30 (CET) to Sunday 28 March, 03:30 (CEST)",
        ),
        (
            "2027-10-31T00:30Z",
            1,
            "Europe/Berlin",
            "Sunday 31 October, 02:30 (CEST) to Sunday 31 October, 02:30 (CET)",
        ),
    ],
)
def test_a_span_says_day_and_zone_again_where_they_change(start, hours, zone, said):
    """Past midnight, and in the hour in which the clocks change."""
    begin = datetime.fromisoformat(start)

    assert wording.span("en", begin, begin + timedelta(hours=hours), zone, NOW) == said


def test_a_subject_names_the_zone_only_when_asked():
    """Most people share one."""
    at = datetime(2027, 1, 12, 15, tzinfo=UTC)

    assert wording.brief("en", at, "Europe/Berlin", named=False) == "Tue 16:00"
    assert wording.brief("en", at, "Asia/Kathmandu", named=True) == "Tue 20:45 GMT+5:45"


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(1, "1 minute"), (90, "90 minutes"), (60, "1 hour"), (120, "2 hours"), (1440, "1 day"), (2880, "2 days")],
)
def test_a_duration_is_told_in_its_largest_whole_unit(minutes, said):
    """As people say it."""
    assert wording.duration("en", minutes) == said


def test_a_title_loses_the_time_that_told_it_from_its_namesakes():
    """The letter says when by itself, and on the reader's own clock."""
    assert wording.timeless("Python, Mon 11 Jan, 16:00") == "Python"
    assert wording.timeless("Open table, Tue 2 Feb, 09:30") == "Open table"
    assert wording.timeless("Git, GitHub & 16:9 video") == "Git, GitHub & 16:9 video"


def test_a_sentence_that_tells_a_time_gets_its_zone():
    """Only where there is one to name, and never for other numbers."""
    assert (
        wording.zoned("en", "Mon 11 Jan, 16:00 works.", "Europe/Berlin")
        == "Mon 11 Jan, 16:00 works. (Europe/Berlin time)"
    )
    assert wording.zoned("en", "Mon 11 Jan, 16:00 works.", "") == "Mon 11 Jan, 16:00 works."
    assert wording.zoned("en", "Four others like Python.", "Europe/Berlin") == "Four others like Python."


def test_long_words_are_cut_between_words():
    """With an ellipsis in place of the rest, and no stray comma before it."""
    assert wording.shown("one two, three", 100) == "one two, three"
    assert wording.shown("one two, three", 10) == "one two…"
    assert wording.shown("o" * 30, 10) == "o" * 10 + "…"


def test_an_emoji_or_an_accent_is_never_cut_in_two():
    """A letter with its accent, a face with its colour, a family with its members."""
    assert wording.shown("x🧑🏽" + "y" * 9, 2) == "x…"
    assert wording.shown("ae\u0323\u0302\u0308x", 2) == "a…"
    assert wording.shown("x👨\u200d👩\u200d👧 and so on", 3) == "x…"


@given(st.text(), st.integers(1, 60), st.none() | st.integers(1, 100))
def test_shown_words_are_one_line_of_at_most_so_many_characters(text, most, room):
    """Whatever the words are, and one more for the ellipsis."""
    found = wording.shown(text, most, room)

    assert len(found) <= most + 1
    assert found == " ".join(found.split())
    assert found.isprintable() or not text.isprintable()
    assert len(wording.own(found)) - len("<bdi></bdi>") <= 5 * (3 * most if room is None else room) + 3


@pytest.mark.parametrize("link", ["https://a.example/x?y=1&z=2#f", "http://a.example", "https://bücher.example/ä"])
def test_web_links_stay_as_they_are(link):
    """Organizers paste what they have."""
    assert wording.web_link(link) == link


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "//a.example", "https://a b", 'https://"', ""]
)
def test_anything_else_is_no_link(link):
    """Only http and https, and nothing that ends an attribute."""
    assert wording.web_link(link) == ""


def test_paragraphs_are_wrapped_and_lists_hang():
    """Continuations stand under the words, not under the dash; more than one empty line is one."""
    text = "- " + "word " * 20 + "\n\n\n\n" + "12. " + "road " * 20

    first, second, empty, third, fourth = wording.paragraphs(text).splitlines()

    assert first.startswith("- word")
    assert second.startswith("  word")
    assert not empty
    assert third.startswith("12. road")
    assert fourth.startswith("    road")
    assert max(map(len, (first, second, third, fourth))) <= 72
