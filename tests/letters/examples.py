"""Facts for letters: one event in Berlin, and letters about it to ana in Kathmandu or wherever a test wants her."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from chalicelib.domain.attendee import Answers, Attendee, AttendeeState, Level, Meeting, Seat
from chalicelib.domain.event import Choice, Event, GroupSize, Held, Organizer, Place, Slot, State
from chalicelib.domain.letter import ORGANIZER, Companion, Facts, Kind, Letter, LetterState, Loss
from chalicelib.domain.run_sheet import Item, Part, RunSheet
from chalicelib.domain.sub_event import SubEvent

NOW = datetime(2027, 1, 4, 9, 30, tzinfo=UTC)
SENDER = "covey@example.org"
TOKEN = "a.ev1.p1.0.kT3Zq0m-2hVdW9bY_8sLrA"
LINK = f"https://events.example.org/api/me#{TOKEN}"
ROOM = "https://meet.jit.si/covey-Zk3vQ9Tt0aLw"

SLOT = Slot("s1", datetime(2027, 1, 12, 15, tzinfo=UTC), datetime(2027, 1, 12, 17, tzinfo=UTC))
CAFE = Place("cafe", "Café Anna", address="Torstraße 8, 10119 Berlin, first floor")

EVENT = Event(
    id="ev1",
    title="Measuring what marketing does",
    organizer=Organizer("Mira Okafor", "mira@example.com"),
    timezone="Europe/Berlin",
    group_size=GroupSize(4, 8),
    slots=(SLOT,),
    places=(CAFE,),
    closes_at=datetime(2027, 1, 8, 17, tzinfo=UTC),
    created_at=NOW - timedelta(days=3),
    base_url="https://events.example.org/api",
    state=State.OPEN,
)

ANA = Attendee(
    id="p1",
    event_id="ev1",
    email="ana@example.net",
    answers=Answers(
        name="Ana Lama", level=Level.SOME, goal="Prove ROI to my boss", timezone="Europe/Berlin", shares=True
    ),
    token="t" * 20,
    signed_up_at=NOW,
)

CONFIRMED = replace(ANA, state=AttendeeState.CONFIRMED)

SEATED = replace(CONFIRMED, seat=Seat("g1", "p1@ev1.covey"))

SUB_EVENT = SubEvent(
    id="g1",
    event_id="ev1",
    slot=SLOT,
    place=None,
    members=("p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8"),
    host="p2",
    title="proving ROI",
    subtitle="I want to show my boss that the newsletter earns its keep",
    keywords=("roi", "newsletter"),
    why={
        "p1": "You and five others asked how to prove ROI; all of you have some experience.",
        "p2": "You offered to host.",
    },
    join_link=ROOM,
    bird=0,
)

COMPANIONS = (
    Companion("Bruno", "Find out which campaign to stop"),
    Companion("Chiara", ""),
    Companion("", ""),
    Companion("Dev", "I want to show my boss that the newsletter earns its keep"),
    Companion("", ""),
    Companion("Efua", "Learn attribution without a data team"),
    Companion("", ""),
)

HELD = Held(
    "Only 52 of 97 confirmed people would get a group.",
    (
        Choice("extend", "Keep sign-up open until Thursday: more people may mark Friday morning."),
        Choice("smaller", "Allow groups of 3: 88 of 97 people get a group.", "3"),
        Choice("slot", "Add Thursday 18:00: 91 of 97 people get a group.", "s9"),
        Choice("publish", "Go ahead: 52 people get a group, 45 hear why not."),
        Choice("cancel", "Call it off: everyone hears that it does not take place."),
    ),
    "Without your answer by Saturday 9 January, 20:05 (CET), the plan goes out as it is.",
)


ASKED = Held(
    "2 people left “Ink and paper”; it has 3 of at least 4.",
    (
        Choice("mend", "Do this: “Wood type” dissolves. 3 people move to “Ink and paper”. 3 people get a letter.", "p"),
        Choice("leave", "Leave it as it is: “Ink and paper” meets with 3 people. Nobody gets a letter.", "p"),
    ),
    "Without your answer by Monday 11 January 2027, 16:00 (Europe/Berlin), Covey does the first of these by itself, "
    "so that nobody sits alone.",
)


def facts(
    kind: Kind,
    *,
    event: Event = EVENT,
    attendee: Attendee | None = ANA,
    sub_event: SubEvent | None = None,
    companions: tuple[Companion, ...] = (),
    sheet: RunSheet | None = None,
    asked: Held | None = None,
    sequence: int = 0,
    now: datetime = NOW,
    loss: Loss | None = None,
    why: str = "",
    promised: datetime | None = None,
) -> Facts:
    """The facts of one letter; without an attendee it goes to the organizer."""
    person = attendee.id if attendee else ORGANIZER
    link = LINK if attendee else "https://events.example.org/api/watch#o.ev1..0.Jk2Zq0m-2hVdW9bY_8sLrQ"
    return Facts(
        letter=Letter(
            event_id=event.id,
            person=person,
            kind=kind,
            decided_at=now,
            due=now,
            sequence=sequence,
            loss=loss,
            why=why,
            promised=promised,
        ),
        event=event,
        sender=SENDER,
        link=link,
        language="en",
        attendee=attendee,
        sub_event=sub_event,
        companions=companions,
        sheet=sheet,
        asked=asked,
    )


def living_in(zone: str, attendee: Attendee = SEATED) -> Attendee:
    """The attendee, at home in another zone."""
    return replace(attendee, answers=replace(attendee.answers, timezone=zone))


AFTER = datetime(2027, 1, 8, 19, 5, tzinfo=UTC)
"""When groups have been made."""

IN_PERSON = replace(SUB_EVENT, place=CAFE, join_link="", bird=5)

SHEET = RunSheet(
    120,
    (
        Part("opener", 5, "Find each other, say hello", "Whoever comes first says so."),
        Part("round", 30, "Once around", "Each of you has two minutes."),
        Part("questions", 75, "Your questions", "One after another.", (Item("Which glue?", "Ben"),)),
        Part("closing", 10, "How it goes on", "Say when you meet again."),
    ),
)

CHANGE = "A group was short of one person to be eight, and you can make its time; it meets Tue 12 Jan, 16:00."

WAS = Meeting("g0", "Baking", Slot("s0", datetime(2027, 1, 11, 15, tzinfo=UTC), datetime(2027, 1, 11, 16, tzinfo=UTC)))
"""What somebody was told before their group changed."""


LETTERS = {
    "open": facts(Kind.OPEN, attendee=None, event=replace(EVENT, state=State.UNCONFIRMED)),
    "open, to be reviewed": facts(Kind.OPEN, attendee=None, event=replace(EVENT, state=State.UNCONFIRMED, review=True)),
    "held": facts(
        Kind.HELD,
        attendee=None,
        event=replace(EVENT, state=State.HELD, held=HELD, due=AFTER + timedelta(hours=24)),
        now=AFTER,
    ),
    "draft": facts(Kind.HELD, attendee=None, event=replace(EVENT, state=State.DRAFT, review=True), now=AFTER),
    "trouble": replace(
        facts(Kind.TROUBLE, attendee=None, event=replace(EVENT, state=State.PUBLISHED), sequence=20_826, now=AFTER),
        trouble={LetterState.UNKNOWN: 2, LetterState.FAILED: 1, LetterState.BOUNCED: 3},
    ),
    "confirm": facts(Kind.CONFIRM),
    "confirm, late": facts(
        Kind.CONFIRM, event=replace(EVENT, state=State.CLOSED), now=EVENT.closes_at + timedelta(minutes=3)
    ),
    "reminder": facts(Kind.CONFIRM_REMINDER, now=EVENT.closes_at - timedelta(days=1)),
    "reminder, late": facts(
        Kind.CONFIRM_REMINDER, event=replace(EVENT, state=State.CLOSED), now=EVENT.closes_at + timedelta(minutes=3)
    ),
    "confirmed, link again": facts(Kind.CONFIRM, attendee=CONFIRMED, sequence=1),
    "withdrawn, link again": facts(Kind.CONFIRM, attendee=replace(ANA, state=AttendeeState.WITHDRAWN), sequence=2),
    "seat": facts(Kind.SEAT, attendee=SEATED, sub_event=SUB_EVENT, companions=COMPANIONS, now=AFTER),
    "seat from afar": facts(
        Kind.SEAT, attendee=living_in("Asia/Kathmandu"), sub_event=SUB_EVENT, companions=COMPANIONS, now=AFTER
    ),
    "seat in person": facts(
        Kind.SEAT, attendee=living_in("America/New_York"), sub_event=IN_PERSON, companions=COMPANIONS, now=AFTER
    ),
    "seat, changed": facts(
        Kind.SEAT,
        attendee=replace(SEATED, seat=Seat("g1", "p1@ev1.covey", 1, was=WAS, change=CHANGE)),
        sub_event=replace(SUB_EVENT, host="p1"),
        companions=COMPANIONS,
        sequence=1,
        now=AFTER,
    ),
    "reminder of a meeting": facts(
        Kind.REMINDER,
        attendee=SEATED,
        sub_event=replace(SUB_EVENT, host="p1"),
        companions=tuple(replace(one, coming=n == 0 and bool(one.first_name)) for n, one in enumerate(COMPANIONS)),
        sheet=SHEET,
        now=AFTER,
    ),
    "reminder, in person": facts(
        Kind.REMINDER,
        attendee=replace(SEATED, seat=Seat("g1", "p1@ev1.covey", coming=True)),
        sub_event=IN_PERSON,
        companions=COMPANIONS,
        sheet=SHEET,
        now=AFTER,
    ),
    "reminder, an hour before": facts(Kind.REMINDER_SOON, attendee=SEATED, sub_event=SUB_EVENT, now=AFTER),
    "seat freed": facts(
        Kind.CANCELLED,
        attendee=replace(CONFIRMED, seat=Seat("g1", "p1@ev1.covey", 1)),
        loss=Loss.FREED,
        event=replace(EVENT, state=State.PUBLISHED),
        sub_event=SUB_EVENT,
        sequence=1,
        now=AFTER,
    ),
    "seat, answer by": facts(
        Kind.SEAT,
        attendee=SEATED,
        sub_event=SUB_EVENT,
        companions=COMPANIONS,
        event=replace(EVENT, release=24),
        now=AFTER,
    ),
    "reminder, answer by": facts(
        Kind.REMINDER, attendee=SEATED, sub_event=SUB_EVENT, event=replace(EVENT, release=12), sheet=SHEET, now=AFTER
    ),
    "notice": facts(
        Kind.RELEASE_NOTICE,
        attendee=SEATED,
        sub_event=SUB_EVENT,
        event=replace(EVENT, release=24),
        now=AFTER,
        promised=SUB_EVENT.slot.start - timedelta(hours=24),
    ),
    "seat freed, unanswered": facts(
        Kind.CANCELLED,
        attendee=replace(CONFIRMED, seat=Seat("g1", "p1@ev1.covey", 1)),
        loss=Loss.UNANSWERED,
        why="We had not heard from you by Monday 11 January 2027, 16:00 (Europe/Berlin), so your seat was "
        "freed. If you would still like to come, take a seat again, as long as one is free.",
        sub_event=SUB_EVENT,
        event=replace(EVENT, state=State.PUBLISHED, release=24),
        sequence=1,
        now=AFTER,
    ),
    "danger": facts(Kind.DANGER, attendee=None, event=replace(EVENT, state=State.PUBLISHED), asked=ASKED, now=AFTER),
    "danger, worked out anew": facts(
        Kind.DANGER, attendee=None, event=replace(EVENT, state=State.PUBLISHED), now=AFTER
    ),
    "too small, too late": facts(
        Kind.SMALL,
        attendee=None,
        event=replace(EVENT, state=State.PUBLISHED),
        why="“Posters by hand” has only 2 people left, of at least 4, and meets Monday 11 January 2027, 18:00 "
        "(Europe/Berlin), too soon for Covey to change it.",
        now=AFTER,
    ),
    "seat lost": facts(
        Kind.CANCELLED,
        attendee=replace(CONFIRMED, seat=Seat("g1", "p1@ev1.covey", 1)),
        loss=Loss.LOST,
        why="Four others share Friday morning, one short of a group; Thursday 18:00 would have seated you.",
        sub_event=SUB_EVENT,
        event=replace(EVENT, state=State.PUBLISHED),
        sequence=1,
        now=AFTER,
    ),
    "no group": facts(
        Kind.NO_GROUP,
        attendee=replace(
            CONFIRMED,
            unplaced="Four others share Friday morning, one short of a group; Tuesday 16:00 would have seated you.",
        ),
        now=AFTER,
    ),
    "cancelled": facts(Kind.CANCELLED, attendee=CONFIRMED, event=replace(EVENT, state=State.CANCELLED), now=AFTER),
    "cancelled, with a seat": facts(
        Kind.CANCELLED,
        attendee=replace(SEATED, seat=Seat("g1", "p1@ev1.covey", 1)),
        sub_event=SUB_EVENT,
        event=replace(EVENT, state=State.CANCELLED),
        sequence=1,
        now=AFTER,
    ),
    "withdrawn from a seat": facts(
        Kind.CANCELLED,
        attendee=replace(SEATED, seat=Seat("g1", "p1@ev1.covey", 1), state=AttendeeState.WITHDRAWN),
        loss=Loss.OUT,
        sub_event=SUB_EVENT,
        event=replace(EVENT, state=State.PUBLISHED),
        sequence=1,
        now=AFTER,
    ),
}
"""Every letter Covey writes, by what it is about."""
