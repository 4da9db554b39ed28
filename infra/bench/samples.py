"""What is measured with: the demo's roster as an instance, and an ordinary letter."""

from datetime import UTC, datetime

import msgspec
from msgspec.structs import replace

from chalicelib.domain.attendee import Answers, Attendee, AttendeeState, Seat
from chalicelib.domain.event import Event
from chalicelib.domain.instance import instance_of
from chalicelib.domain.letter import Companion, Facts, Kind, decided
from chalicelib.domain.plan import Group
from chalicelib.domain.proposal import Proposal, event_of
from chalicelib.domain.sub_event import sub_event_of
from infra.demo import roster
from infra.demo.story import ORGANIZER

NOW = datetime(2027, 1, 4, 9, tzinfo=UTC)
REQUEST = "0123456789abcdef"


def demo() -> bytes:
    """The roster of `make demo` as an instance document."""
    event, people = _event_and_people()
    return msgspec.json.encode(instance_of(event, people, NOW))


def seat_letter() -> Facts:
    """The facts of an ordinary letter with an invite and seven companions."""
    event, people = _event_and_people()
    attendee, *others = people[:8]
    goals = tuple(Companion(one.first_name, one.answers.goal) for one in others)
    group = Group(
        id="g001",
        slot=event.slots[0].id,
        place=event.places[0].id if event.places else None,
        members=tuple(one.id for one in people[:8]),
        host=None,
        title="Proving ROI",
        subtitle=attendee.answers.goal,
        keywords=("ROI",),
        why={attendee.id: "You and four others want to prove the ROI of a community."},
    )
    return Facts(
        letter=decided(event.id, attendee.id, Kind.SEAT, NOW),
        event=event,
        sender="covey@example.org",
        link="https://covey.example.org/covey/me#token",
        language="en",
        attendee=replace(attendee, seat=Seat("g001", f"{attendee.id}@{event.id}.covey")),
        sub_event=sub_event_of(event, group, 0, "covey-room"),
        companions=goals,
    )


def _event_and_people() -> tuple[Event, list[Attendee]]:
    read = roster.read(roster.BUILT_IN, NOW)
    proposal = msgspec.convert({**read.event, **ORGANIZER, "token": REQUEST}, Proposal)
    event = event_of(proposal, "bench", "https://covey.example.org/covey", NOW)
    people = [
        Attendee(
            id=f"p{number:03}",
            event_id=event.id,
            email=person.email,
            answers=msgspec.convert(person.answers, Answers),
            token=REQUEST,
            signed_up_at=NOW,
            state=AttendeeState.CONFIRMED,
        )
        for number, person in enumerate(read.people)
    ]
    return event, people
