"""An event and a person to start from."""

from datetime import UTC, datetime, timedelta

from chalicelib.domain.attendee import Answers, Attendee, Level
from chalicelib.domain.event import Event, GroupSize, Organizer, Place, Slot

NOW = datetime(2027, 1, 4, 9, tzinfo=UTC)
DEADLINE = NOW + timedelta(days=4)
FIRST = NOW + timedelta(days=9)
HOUR = timedelta(hours=1)

EVENT = Event(
    id="e",
    title="Reading groups",
    organizer=Organizer("Ada", "ada@example.org"),
    timezone="Europe/Berlin",
    group_size=GroupSize(3, 6),
    slots=(
        Slot("s1", FIRST, FIRST + HOUR),
        Slot("s2", FIRST + HOUR, FIRST + 2 * HOUR),
        Slot("s3", FIRST + HOUR, FIRST + 2 * HOUR, offered=False),
    ),
    places=(
        Place("cafe", "Café Anna", address="Torstraße 8"),
        Place("web", "Online", link="https://meet.example.org/reading"),
        Place("room", "Somewhere online"),
    ),
    closes_at=DEADLINE,
    created_at=NOW,
    base_url="https://events.example.org",
    confirm_minutes=60,
)

ANSWERS = Answers(name="Ana Lama", level=Level.SOME, free=("s1",))

PERSON = Attendee(id="p", event_id="e", email="ana@example.org", answers=ANSWERS, token="t" * 16, signed_up_at=NOW)
