"""Proposals: sessions cut out of days whatever the clocks do, and one sentence for everything that cannot be."""

import ast
import inspect
import itertools
import traceback
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from msgspec.structs import replace

from chalicelib.domain import proposal as module
from chalicelib.domain.errors import Invalid
from chalicelib.domain.event import LARGEST_GROUP, MOST_SLOTS, SOONEST, Event, GroupSize, State
from chalicelib.domain.proposal import GroupSizeProposal, Proposal, check_deadline, event_of

NOW = datetime(2027, 1, 4, 9, tzinfo=UTC)

BERLIN: dict[str, Any] = {
    "token": "0123456789abcdef",
    "title": "Letterpress",
    "organizer_name": "Olga Organizer",
    "organizer_email": "olga@example.org",
    "timezone": "Europe/Berlin",
    "group_size": {"min": 3, "max": 5},
    "closes_at": "2027-01-08T17:00:00Z",
    "first_day": "2027-01-11",
    "last_day": "2027-01-12",
    "day_start": "17:00",
    "day_end": "21:00",
}

SLOT = {"id": "a", "start": "2027-01-11T16:00:00Z", "end": "2027-01-11T17:00:00Z"}


def proposed(without: tuple[str, ...] = (), **changes: Any) -> Proposal:
    """The proposal, as the API would read it."""
    wanted = {**BERLIN, **changes}
    return msgspec.json.decode(
        msgspec.json.encode({name: value for name, value in wanted.items() if name not in without}), type=Proposal
    )


def made(without: tuple[str, ...] = (), now: datetime = NOW, **changes: Any) -> Event:
    """The event that the proposal becomes."""
    return event_of(proposed(without, **changes), "e", "https://events.example.org", now)


def with_slots(*slots: dict[str, Any], **changes: Any) -> Event:
    """An event with sessions of the organizer's own choosing."""
    return made(("first_day", "last_day"), slots=slots, **changes)


def shown(event: Event) -> list[str]:
    """When its sessions start on clocks of its zone; merely considered ones in brackets."""
    zone = ZoneInfo(event.timezone)
    starts = [(f"{slot.start.astimezone(zone):%d %H:%M}", slot.offered) for slot in event.slots]
    return [start if offered else f"({start})" for start, offered in starts]


def test_days_are_cut_into_sessions_in_the_zone_of_the_event() -> None:
    """Four sessions an evening, on two evenings, in the order in which they come."""
    event = made()
    assert shown(event) == [f"{day} {hour}:00" for day in (11, 12) for hour in (17, 18, 19, 20)]
    assert [slot.id for slot in event.slots] == [f"s{n:03}" for n in range(8)]
    assert all(slot.end - slot.start == timedelta(hours=1) for slot in event.slots)
    assert event.state is State.UNCONFIRMED


def test_only_whole_sessions_are_cut() -> None:
    """What is left of a day after its last whole session is nobody's."""
    assert shown(made(last_day="2027-01-11", session_minutes=90)) == ["11 17:00", "11 18:30"]


def test_considered_hours_line_up_with_the_offered_ones() -> None:
    """Wider hours are cut from the first offered session in both directions."""
    hours = {"day_start": "09:00", "day_end": "12:00", "considered_start": "07:30", "considered_end": "13:30"}
    assert shown(made(last_day="2027-01-11", **hours)) == [
        "(11 08:00)",
        "11 09:00",
        "11 10:00",
        "11 11:00",
        "(11 12:00)",
    ]


def test_considered_hours_inside_the_offered_ones_change_nothing() -> None:
    """Nothing that is offered becomes merely considered."""
    assert made(considered_start="18:00", considered_end="19:00").slots == made().slots


def test_a_day_may_end_at_midnight() -> None:
    """24:00 is the end of the day, not its beginning."""
    assert shown(made(last_day="2027-01-11", day_start="22:00", day_end="24:00")) == ["11 22:00", "11 23:00"]


def test_weekdays_narrow_the_days_down() -> None:
    """Monday is 1; of 11 to 17 January only the weekend is left."""
    event = made(last_day="2027-01-17", weekdays=[7, 6, 6], day_end="18:00")
    assert shown(event) == ["16 17:00", "17 17:00"]


@pytest.mark.parametrize(
    ("zone", "day", "hours", "skipped", "starts"),
    [
        ("Europe/Berlin", "2027-03-28", ("00:00", "05:00"), "02:00", ["00:00", "01:00", "03:00", "04:00"]),
        ("Australia/Lord_Howe", "2027-10-03", ("01:00", "04:00"), "02:00", ["01:00", "02:30", "03:00"]),
        ("America/St_Johns", "2027-03-14", ("01:00", "04:00"), "02:00", ["01:00", "03:00"]),
        ("Pacific/Auckland", "2027-09-26", ("01:00", "05:00"), "02:00", ["01:00", "03:00", "04:00"]),
    ],
)
def test_where_clocks_go_forward_no_session_starts_in_the_hour_that_is_not(
    zone: str, day: str, hours: tuple[str, str], skipped: str, starts: list[str]
) -> None:
    """A start that the change skips moves on by the change; should it then meet another start, both are one."""
    event = made(
        timezone=zone,
        first_day=day,
        last_day=day,
        day_start=hours[0],
        day_end=hours[1],
        closes_at="2027-02-01T00:00:00Z",
    )
    assert skipped not in starts
    assert shown(event) == [f"{day[-2:]} {start}" for start in starts]
    assert len({slot.start for slot in event.slots}) == len(event.slots)


@pytest.mark.parametrize(
    ("zone", "day", "twice", "apart"),
    [
        ("Europe/Berlin", "2027-10-31", "02:00", 120),
        ("America/St_Johns", "2027-11-07", "01:00", 120),
        ("Australia/Lord_Howe", "2027-04-04", "01:30", 60),
    ],
)
def test_where_clocks_go_back_a_start_that_comes_twice_means_the_first(
    zone: str, day: str, twice: str, apart: int
) -> None:
    """The second time is not a session, so the next one is further away than the clock says."""
    event = made(
        timezone=zone,
        first_day=day,
        last_day=day,
        day_start="00:00",
        day_end="04:00",
        session_minutes=30,
        closes_at="2027-02-01T00:00:00Z",
    )
    assert shown(event) == [f"{day[-2:]} {n // 2:02}:{n % 2 * 30:02}" for n in range(8)]
    zone_info = ZoneInfo(zone)
    first = next(slot for slot in event.slots if f"{slot.start.astimezone(zone_info):%H:%M}" == twice)
    assert first.start.astimezone(zone_info).fold == 0
    gaps = [later.start - earlier.start for earlier, later in itertools.pairwise(event.slots)]
    assert max(gaps) == timedelta(minutes=apart - (30 if zone != "Australia/Lord_Howe" else 0))


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns"])
@pytest.mark.parametrize("first_day", ["2027-03-08", "2027-03-22", "2027-03-29", "2027-09-27", "2027-10-25"])
@pytest.mark.parametrize("minutes", [15, 45, 60, 90])
def test_around_every_clock_change_sessions_keep_their_length_and_their_hours(
    zone: str, first_day: str, minutes: int
) -> None:
    """In both weeks of a change: sorted, none twice, each as long as it should be, each at an hour that was cut."""
    last_day = (date.fromisoformat(first_day) + timedelta(days=8)).isoformat()
    event = made(
        timezone=zone,
        first_day=first_day,
        last_day=last_day,
        session_minutes=minutes,
        day_start="01:00",
        day_end="09:00",
        considered_start="00:00",
        closes_at="2027-02-01T00:00:00Z",
    )
    assert [slot.start for slot in event.slots] == sorted({slot.start for slot in event.slots})
    assert {slot.end - slot.start for slot in event.slots} == {timedelta(minutes=minutes)}
    for slot in event.slots:
        local = slot.start.astimezone(ZoneInfo(zone))
        since_one = local.hour * 60 + local.minute - 60
        # Thirty minutes on Lord Howe, sixty elsewhere, is what a skipped start moves by.
        assert {since_one % minutes, (since_one - 30) % minutes, (since_one - 60) % minutes} & {0}, local
        assert 0 <= local.hour < 9


def test_a_day_that_a_zone_never_had_is_not_offered_twice() -> None:
    """Samoa went from 29 to 31 December 2011; what would be the 30th is the 31st."""
    event = made(
        timezone="Pacific/Apia",
        now=datetime(2011, 12, 1, tzinfo=UTC),
        first_day="2011-12-29",
        last_day="2011-12-31",
        closes_at="2011-12-20T00:00:00Z",
        day_end="18:00",
    )
    assert shown(event) == ["29 17:00", "31 17:00"]


def test_aliases_of_zones_are_taken_as_browsers_say_them() -> None:
    """Asia/Katmandu is how some browsers still call Asia/Kathmandu."""
    assert made(timezone="Asia/Katmandu").slots == made(timezone="Asia/Kathmandu").slots


def test_own_slots_are_kept_in_order_and_in_utc() -> None:
    """Whatever order and zones they came in."""
    later = {"id": "b", "start": "2027-01-13T10:00:00+05:45", "end": "2027-01-13T11:00:00+05:45", "offered": False}
    event = with_slots(later, SLOT)
    assert [slot.id for slot in event.slots] == ["a", "b"]
    assert event.slots[1].start == datetime(2027, 1, 13, 4, 15, tzinfo=UTC)
    assert event.slots[1].start.tzinfo is UTC
    assert [slot.offered for slot in event.slots] == [True, False]


def test_places_get_ids_from_their_names() -> None:
    """Readable ones, distinct even where nothing of a name can stand in an id."""
    places = [{"name": "Café Anna", "address": "Torstraße 8"}, {"name": "東京"}, {"name": "Online", "id": "web"}]
    event = made(places=places)
    assert [place.id for place in event.places] == ["1-cafe-anna", "2-place", "web"]
    assert [place.online for place in event.places] == [False, True, True]


def test_a_meeting_link_is_kept_as_letters_will_show_it() -> None:
    """Marks that nobody sees would make another link of it."""
    event = made(places=[{"name": "Online", "link": " https://meet.example.org/übung\u202e\n"}])
    assert event.places[0].link == "https://meet.example.org/übung"


def test_words_are_kept_tidy() -> None:
    """What is shown to everybody holds no line breaks and no direction marks."""
    event = made(
        title="  Letter\r\npress\u202e ", description="One\n\ntwo", topics=["Posters", " posters ", "", "Type\tsetting"]
    )
    assert (event.title, event.description) == ("Letter press", "One two")
    assert event.topics == ("Posters", "Type setting")


def test_limits_may_be_used_to_their_ends() -> None:
    """The most slots, the largest group and the longest wait are all allowed."""
    event = made(
        last_day="2027-02-19",
        day_start="11:00",
        day_end="21:00",
        group_size={"min": LARGEST_GROUP, "max": LARGEST_GROUP},
        closes_at="2027-01-04T09:00:01Z",
    )
    assert len(event.slots) == MOST_SLOTS
    assert event.group_size == GroupSize(LARGEST_GROUP, LARGEST_GROUP)


def test_the_deadline_leaves_time_to_confirm_before_the_first_session() -> None:
    """To the second: at the edge there is no time left to match and to get there."""
    first = made().first_start
    wait = timedelta(minutes=30) + SOONEST
    last = first - wait - timedelta(seconds=1)
    assert made(closes_at=last.isoformat(), confirm_minutes=30).closes_at == last
    with pytest.raises(Invalid) as refused:
        made(closes_at=(first - wait).isoformat(), confirm_minutes=30)
    assert refused.value.field == "closes_at"
    assert "Monday 11 January 2027, 17:00 (Europe/Berlin)" in str(refused.value)


def test_a_deadline_moved_later_is_held_to_the_same_rule() -> None:
    """Moving the deadline cannot get around what creating refuses."""
    event = made()
    first = event.first_start
    check_deadline(replace(event, closes_at=first - timedelta(hours=4)), first, NOW)
    for moment in (NOW, NOW - timedelta(days=1), first, first + timedelta(days=1)):
        with pytest.raises(Invalid):
            check_deadline(replace(event, closes_at=moment), first, NOW)


REFUSED: list[tuple[str, str, dict[str, Any]]] = [
    ("timezone", "“Europe/Atlantis” is not a time zone", {"timezone": "Europe/Atlantis"}),
    ("title", "Please write what the event is about", {"title": " \r\n\u202e "}),
    ("organizer_name", "Please write your name", {"organizer_name": "\u2066\u2069"}),
    ("organizer_email", "is not a mail address", {"organizer_email": "olga"}),
    ("first_day", "Choose the first and the last day", {"without": ("first_day",)}),
    ("last_day", "Choose the first and the last day", {"without": ("last_day",)}),
    ("first_day", "Choose the first and the last day", {"without": ("first_day", "last_day")}),
    ("last_day", "The last day is before the first", {"last_day": "2027-01-10"}),
    ("first_day", "within the next two years", {"first_day": "2027-01-02", "last_day": "2027-01-02"}),
    ("first_day", "within the next two years", {"first_day": "0001-01-01"}),
    ("most", "At most 3 people cannot fill a group of at least 4", {"most": 3, "group_size": {"min": 4, "max": 6}}),
    ("release", "Seats can be freed 12 to 168 hours before a session", {"release": 11}),
    ("first_day", "within the next two years", {"first_day": "9999-12-31", "last_day": "9999-12-31"}),
    ("last_day", "span more than 92 days", {"last_day": "2027-04-14"}),
    ("last_day", "span more than 92 days", {"last_day": "9999-12-31"}),
    ("day_end", "No session fits between these hours", {"day_start": "20:30"}),
    ("day_end", "No session fits between these hours", {"day_start": "21:00", "day_end": "17:00"}),
    ("day_end", "No session fits between these hours", {"day_start": "24:00", "day_end": "24:00"}),
    ("last_day", "That makes 410 sessions", {"last_day": "2027-02-20", "day_start": "11:00"}),
    ("weekdays", "No session is offered at all", {"weekdays": [6]}),
    ("slots", "Give either days or slots, not both", {"slots": [SLOT]}),
    ("closes_at", "The sign-up deadline is in the past", {"closes_at": "2027-01-04T09:00:00Z"}),
    ("closes_at", "The sign-up deadline is in the past", {"closes_at": "0001-01-01T00:00:00Z"}),
    ("closes_at", "people may confirm until 120 minutes after the deadline", {"closes_at": "2027-01-11T14:00:00Z"}),
    (
        "closes_at",
        "people may confirm until 0 minutes after",
        {"closes_at": "2027-01-11T16:00:00Z", "confirm_minutes": 0},
    ),
    ("closes_at", "no calendar holds it", {"closes_at": "0001-01-01T00:00:00+23:59"}),
    ("closes_at", "no calendar holds it", {"closes_at": "9999-12-31T23:59:59-23:59"}),
    ("group_size", "at least 5 and at most 3", {"group_size": {"min": 5, "max": 3}}),
    ("places", "Please write a name for each place", {"places": [{"name": "\u202e"}]}),
    ("places", "Two places are called “anna”", {"places": [{"name": "Anna"}, {"name": "anna"}]}),
    ("places", "Two places are called “B”", {"places": [{"name": "A", "id": "x"}, {"name": "B", "id": "x"}]}),
    ("places", "names a slot that the event does not have", {"places": [{"name": "A", "slots": ["s999"]}]}),
    ("group_size", "fewer than the smallest group of 3", {"places": [{"name": "A", "seats": 2}]}),
    *(
        ("places", "must start with https://", {"places": [{"name": "A", "link": link}]})
        for link in (
            "javascript:alert(1)",
            "ftp://example.org/x",
            "https://",
            "https://example.org/a b",
            'https://example.org/"onclick=',
            "https://example.org/<script>",
            "data:text/html,hello",
            "//example.org/x",
            "https://example.org/\r\nBcc: all@example.org",
            "https://example.org/\x00x",
        )
    ),
]

REFUSED_SLOTS: list[tuple[str, str, list[dict[str, Any]]]] = [
    ("slots", "Two slots have the same id", [SLOT, {**SLOT, "end": "2027-01-11T18:00:00Z"}]),
    ("slots", "Slot a ends before it starts", [{**SLOT, "end": SLOT["start"]}]),
    ("slots", "Slot a ends before it starts", [{**SLOT, "end": "0001-01-01T00:00:00Z"}]),
    ("slots", "Slot a is longer than a day", [{**SLOT, "end": "2027-01-12T16:00:01Z"}]),
    ("slots", "Slot a is longer than a day", [{**SLOT, "end": "9999-12-31T23:59:59Z"}]),
    ("slots", "No session is offered at all", [{**SLOT, "offered": False}]),
    ("slots", "no calendar holds it", [
        {"id": "a", "start": "0001-01-01T00:00:00+23:00", "end": "0001-01-01T01:00:00+23:00"}
    ]),
    ("last_day", "more than two years", [{"id": "a", "start": "2029-01-04T00:00:00Z", "end": "2029-01-04T01:00:00Z"}]),
    ("closes_at", "a session starting", [{"id": "a", "start": "2020-01-01T00:00:00Z", "end": "2020-01-01T01:00:00Z"}]),
]  # fmt: skip


@pytest.mark.parametrize(("field", "words", "changes"), REFUSED)
def test_what_cannot_be_is_refused_with_its_field_and_a_sentence(
    field: str, words: str, changes: dict[str, Any]
) -> None:
    """The sentence says what to do, the field says where."""
    with pytest.raises(Invalid) as refused:
        made(**changes)
    assert words in str(refused.value)
    assert refused.value.field == field
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(("field", "words", "slots"), REFUSED_SLOTS)
def test_own_slots_that_cannot_be_are_refused(field: str, words: str, slots: list[dict[str, Any]]) -> None:
    """With the same care as days."""
    with pytest.raises(Invalid) as refused:
        with_slots(*slots)
    assert words in str(refused.value)
    assert refused.value.field == field


def test_every_refusal_of_this_module_is_among_those_above() -> None:
    """A new rule needs a line in the tables."""
    source = ast.walk(ast.parse(inspect.getsource(module)))
    rules = {node.lineno for node in source if isinstance(node, ast.Raise)}
    met = set()
    attempts = [lambda changes=changes: made(**changes) for _, _, changes in REFUSED]
    attempts += [lambda slots=slots: with_slots(*slots) for _, _, slots in REFUSED_SLOTS]
    for attempt in attempts:
        with pytest.raises(Invalid) as refused:
            attempt()
        met |= {
            line
            for frame in traceback.extract_tb(refused.value.__traceback__)
            if frame.filename == module.__file__ and frame.lineno is not None and frame.end_lineno is not None
            for line in range(frame.lineno, frame.end_lineno + 1)
        }
    assert rules - met == set()


@pytest.mark.parametrize(
    "changes",
    [
        {"token": "short"},
        {"token": "0123456789abcde_"},
        {"token": "0123456789abcdef\n"},
        {"day_start": "9:00"},
        {"day_start": "25:00"},
        {"day_end": "24:01"},
        {"day_start": "09:00\n"},
        {"weekdays": [0]},
        {"weekdays": [8]},
        {"weekdays": [1] * 8},
        {"session_minutes": 14},
        {"session_minutes": 721},
        {"group_size": {"min": 1, "max": 3}},
        {"group_size": {"min": 2, "max": LARGEST_GROUP + 1}},
        {"confirm_minutes": -1},
        {"confirm_minutes": 7 * 24 * 60 + 1},
        {"least_share": 101},
        {"title": "x" * 121},
        {"question": "x" * 201},
        {"most": 1},
        {"most": 10_001},
        {"closes_at": "2027-01-08T17:00:00"},
        {"first_day": "11.01.2027"},
        {"places": [{"name": "A"}] * 51},
        {"places": [{"name": "A", "rooms": 0}]},
        {"places": [{"name": "A", "id": "a b"}]},
        {"slots": [{**SLOT, "id": "a\n"}]},
        {"slots": [{**SLOT, "id": ""}]},
        {"surprise": True},
    ],
    ids=str,
)
def test_shapes_are_checked_before_anything_else(changes: dict[str, Any]) -> None:
    """What has not even the shape of a proposal never becomes one."""
    with pytest.raises(msgspec.ValidationError):
        proposed(**changes)


def test_a_group_size_of_one_number_is_fine() -> None:
    """Groups of exactly four are a common wish."""
    assert module.group_size(GroupSizeProposal(4, 4)) == GroupSize(4, 4)


def test_equal_proposals_make_equal_events() -> None:
    """Sending a proposal again cannot make another event of it."""
    assert made() == made()
    assert replace(made(), title="") != made()
