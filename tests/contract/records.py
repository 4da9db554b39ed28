"""Records for the contract: plain ones to start from, and strategies for hostile ones."""

import string
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from chalicelib.domain.attendee import Answers, Attendee, AttendeeState, Friend, Level, Seat
from chalicelib.domain.event import Event, GroupSize, Organizer, Place, Slot, State
from chalicelib.domain.letter import Kind, Letter, LetterState
from chalicelib.domain.plan import Group, Plan, Unplaced
from chalicelib.domain.sub_event import SubEvent

NOW = datetime(2027, 1, 4, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def event(event_id: str = "e", due: datetime | None = None) -> Event:
    """An event."""
    return Event(
        id=event_id,
        title="Reading groups",
        organizer=Organizer("Ada", "ada@example.org"),
        timezone="Europe/Berlin",
        group_size=GroupSize(3, 6),
        slots=(Slot("s1", NOW, NOW + timedelta(hours=1)),),
        closes_at=NOW,
        created_at=NOW,
        base_url="https://events.example.org",
        state=State.OPEN,
        due=due,
    )


def attendee(attendee_id: str = "a", event_id: str = "e", email: str = "") -> Attendee:
    """A new attendee of that event."""
    return Attendee(
        id=attendee_id,
        event_id=event_id,
        email=email or f"{attendee_id}@example.org",
        answers=Answers(name="Bo Ek", level=Level.SOME, goal="to read more", free=("s1",)),
        token=f"token of {attendee_id}",
        signed_up_at=NOW,
    )


def sub_event(sub_event_id: str = "g", event_id: str = "e") -> SubEvent:
    """A published group of that event."""
    return SubEvent(
        id=sub_event_id,
        event_id=event_id,
        slot=Slot("s1", NOW, NOW + timedelta(hours=1)),
        place=None,
        members=("a", "b", "c"),
        host=None,
        title="Long novels",
        subtitle="to read more",
        keywords=("novels",),
        why={"a": "You all like long novels."},
        join_link="https://meet.example.org/covey-1",
        bird=0,
    )


def letter(person: str = "a", event_id: str = "e", kind: Kind = Kind.SEAT, due: datetime | None = NOW) -> Letter:
    """A new letter to that person."""
    return Letter(event_id=event_id, person=person, kind=kind, decided_at=NOW, due=due)


def plan(people: int = 6, why: str = "You all like long novels.") -> Plan:
    """A plan for so many people in groups of six."""
    ids = [f"person-{n:05}" for n in range(people)]
    groups = tuple(
        Group(
            id=f"group-{start}",
            slot="s1",
            place=None,
            members=tuple(ids[start : start + 6]),
            host=None,
            title="Long novels",
            subtitle="",
            keywords=("novels",),
            why={one: f"{why} {one}" for one in ids[start : start + 6]},
        )
        for start in range(0, people, 6)
    )
    return Plan(
        groups=groups,
        unplaced=(Unplaced("late", "You came too late."),),
        placed=people,
        placeable=people,
        relevance=0.5,
        seed=7,
    )


def known(kind: str) -> Event | Attendee | SubEvent | Letter:
    """A new record of that kind."""
    return {"event": event, "attendee": attendee, "sub-event": sub_event, "letter": letter}[kind]()


def hostile_text(longest: int = 1000) -> st.SearchStrategy[str]:
    """Text with anything in it that a database could trip over, except halves of surrogate pairs."""
    nasty = [
        "\x00",
        "\x1b[2J",
        "\r\nBcc: x@y",
        "=cmd|' /C calc'!A0",
        "<script>",
        "\u202e",
        "\ufffe",
        "👩‍👩‍👧",
        "é",
        "é",
        "#",
        "'",
    ]
    anything = st.characters(exclude_categories=("Cs",))
    return st.one_of(
        st.text(anything, max_size=min(longest, 60)),
        st.lists(st.sampled_from(nasty), max_size=8).map(lambda parts: "".join(parts)[:longest]),
        st.sampled_from(["x", "\x00", "👩‍👩‍👧", "\\", '"']).map(lambda one: (one * longest)[:longest]),
    )


ids = st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=40)
instants = st.integers(0, 10**10 * 10**6).map(
    lambda after: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=after)
)
texts = st.lists(hostile_text(60), max_size=5).map(tuple)

answers = st.builds(
    Answers,
    name=hostile_text(100).filter(bool),
    level=st.sampled_from(Level),
    goal=hostile_text(),
    topics=texts,
    free=texts,
    if_need_be=texts,
    places=texts,
    host=st.booleans(),
    timezone=st.sampled_from(["UTC", "Asia/Katmandu"]),
    shares=st.booleans(),
    warm_up=hostile_text(300),
    friends=st.lists(st.builds(Friend, hostile_text(100), st.booleans()), max_size=3).map(tuple),
)
attendees = st.builds(
    Attendee,
    id=ids,
    event_id=ids,
    email=hostile_text(100),
    answers=answers,
    token=hostile_text(100),
    signed_up_at=instants,
    state=st.sampled_from(AttendeeState),
    confirmed_at=st.none() | instants,
    links_sent=st.integers(0, 100),
    reminded=st.booleans(),
    seat=st.none() | st.builds(Seat, ids, hostile_text(50), st.integers(0, 1000), st.booleans()),
    unplaced=hostile_text(),
    unreachable=hostile_text(100),
    reached_at=st.none() | instants,
    generation=st.integers(0, 1000),
    version=st.just(0),
)
slots = st.builds(Slot, ids, instants, instants, st.booleans())
places = st.builds(
    Place,
    ids,
    hostile_text(100),
    st.none() | st.integers(1, 99),
    st.none() | st.integers(1, 99),
    st.none() | texts,
    hostile_text(),
    hostile_text(),
)
events = st.builds(
    Event,
    id=ids,
    title=hostile_text(),
    organizer=st.builds(Organizer, hostile_text(), hostile_text()),
    timezone=st.just("UTC"),
    group_size=st.just(GroupSize(2, 5)),
    slots=st.lists(slots, max_size=4).map(tuple),
    closes_at=instants,
    created_at=instants,
    base_url=hostile_text(100),
    description=hostile_text(),
    places=st.lists(places, max_size=3).map(tuple),
    topics=texts,
    question=hostile_text(200),
    most=st.none() | st.integers(2, 10_000),
    opened_at=st.none() | instants,
    reminded=st.booleans(),
    state=st.sampled_from(State),
    due=st.none() | instants,
    version=st.just(0),
)
letters = st.builds(
    Letter,
    event_id=ids,
    person=ids,
    kind=st.sampled_from(Kind),
    decided_at=instants,
    due=st.none() | instants,
    sequence=st.integers(0, 999_999),
    state=st.sampled_from(LetterState),
    message=st.binary(max_size=2000),
    message_id=hostile_text(100),
    reason=hostile_text(),
    heard=texts,
    version=st.just(0),
)
sub_events = st.builds(
    SubEvent,
    id=ids,
    event_id=ids,
    slot=slots,
    place=st.none() | places,
    members=st.lists(ids, max_size=30).map(tuple),
    host=st.none() | ids,
    title=hostile_text(100),
    subtitle=hostile_text(),
    keywords=texts,
    why=st.dictionaries(ids, hostile_text(200), max_size=5),
    join_link=hostile_text(200),
    bird=st.integers(0, 500),
    version=st.just(0),
)
records = st.one_of(attendees, events, letters, sub_events)
