"""A proposal: what an organizer fills in to create an event, and the event it becomes."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Annotated

import msgspec

from chalicelib.domain import times, words
from chalicelib.domain.attendee import Address, Topics
from chalicelib.domain.errors import Invalid
from chalicelib.domain.event import (
    LARGEST_GROUP,
    LEAST_RELEASE,
    MOST_PEOPLE,
    MOST_PLACES,
    MOST_RELEASE,
    MOST_SLOTS,
    SETTLE,
    SOONEST,
    Event,
    GroupSize,
    Organizer,
    Place,
    Repairs,
    Slot,
    Wishes,
)

LONGEST_EVENT = timedelta(days=92)
LATEST = timedelta(days=2 * 365)

type Title = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
# A bare $ would let a line break stand at the end.
type Token = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9-]{16,64}$(?!\n)")]
type Minutes = Annotated[int, msgspec.Meta(ge=0, le=7 * 24 * 60)]
type Hours = Annotated[int, msgspec.Meta(ge=0, le=MOST_RELEASE)]
type Moment = Annotated[datetime, msgspec.Meta(tz=True)]
type Hour = Annotated[str, msgspec.Meta(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$(?!\n)")]
type SmallId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,40}$(?!\n)")]


class GroupSizeProposal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many people a sub-event has."""

    min: Annotated[int, msgspec.Meta(ge=2, le=LARGEST_GROUP)]
    max: Annotated[int, msgspec.Meta(ge=2, le=LARGEST_GROUP)]


class SlotProposal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A time of the organizer's own choosing."""

    id: SmallId
    start: Moment
    end: Moment
    offered: bool = True


class PlaceProposal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place; without an id it gets one from its name, without an address it is online."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    id: SmallId | None = None
    rooms: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None
    seats: Annotated[int, msgspec.Meta(ge=2, le=1000)] | None = None
    slots: Annotated[tuple[str, ...], msgspec.Meta(max_length=MOST_SLOTS)] | None = None
    address: Annotated[str, msgspec.Meta(max_length=300)] = ""
    link: Annotated[str, msgspec.Meta(max_length=500)] = ""


class Proposal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an organizer fills in: days and hours from which slots are cut, or the slots themselves.

    Args:
        token: random, made by the client; sending the same token again creates nothing new.
        closes_at: when sign-up ends.
        first_day, last_day: days in the event's zone, with `slots` left out.
        day_start, day_end: hours in the event's zone between which sessions are offered.
        considered_start, considered_end: wider hours that are asked about but not offered.
        weekdays: ISO weekdays on which there are sessions; none means all.
        slots: the slots themselves, with the days left out.
        question: what people are asked when they confirm; empty for the usual question.
        most: how many people may be in at most.
        confirm_minutes: how long after the deadline a sign-up can still be confirmed.
        least_share: percent of confirmed people that a plan must seat to go out unattended.
        repairs: whether groups that went out are mended by themselves, or after asking.
        release: hours before a session at which seats of people who never answered are freed; 0 for never.
    """

    token: Token
    title: Title
    organizer_name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    organizer_email: Address
    timezone: str
    group_size: GroupSizeProposal
    closes_at: Moment
    first_day: date | None = None
    last_day: date | None = None
    session_minutes: Annotated[int, msgspec.Meta(ge=15, le=12 * 60)] = 60
    day_start: Hour = "09:00"
    day_end: Hour = "21:00"
    considered_start: Hour | None = None
    considered_end: Hour | None = None
    weekdays: Annotated[tuple[Annotated[int, msgspec.Meta(ge=1, le=7)], ...], msgspec.Meta(max_length=7)] = ()
    slots: Annotated[tuple[SlotProposal, ...], msgspec.Meta(max_length=MOST_SLOTS)] = ()
    places: Annotated[tuple[PlaceProposal, ...], msgspec.Meta(max_length=MOST_PLACES)] = ()
    topics: Topics = ()
    wishes: Wishes = Wishes()
    description: Annotated[str, msgspec.Meta(max_length=2000)] = ""
    question: Annotated[str, msgspec.Meta(max_length=200)] = ""
    most: Annotated[int, msgspec.Meta(ge=2, le=MOST_PEOPLE)] | None = None
    review: bool = False
    confirm_minutes: Minutes = 120
    least_share: Annotated[int, msgspec.Meta(ge=0, le=100)] = 80
    repairs: Repairs = "auto"
    release: Hours = 0


def event_of(proposal: Proposal, event_id: str, base_url: str, now: datetime) -> Event:
    """The event, not open yet, that a proposal asks for.

    Raises:
        Invalid: a part of it cannot be; the sentence says which and what to do.
    """
    times.zone(proposal.timezone)
    slots = _given_slots(proposal) if proposal.slots else _cut_slots(proposal, now)
    if slots[-1].start > now + LATEST:
        raise Invalid("A session is more than two years away; check the year.", "last_day")
    event = Event(
        id=event_id,
        title=words.required(proposal.title, "title", "what the event is about"),
        description=words.line(proposal.description),
        organizer=Organizer(
            words.required(proposal.organizer_name, "organizer_name", "your name"),
            words.address(proposal.organizer_email, "organizer_email"),
        ),
        timezone=proposal.timezone,
        group_size=group_size(proposal.group_size),
        slots=slots,
        places=_places(proposal, {slot.id for slot in slots}),
        topics=words.distinct(proposal.topics),
        wishes=proposal.wishes,
        question=words.line(proposal.question),
        most=proposal.most,
        closes_at=times.utc(proposal.closes_at, "closes_at"),
        created_at=now,
        base_url=base_url,
        confirm_minutes=proposal.confirm_minutes,
        review=proposal.review,
        least_share=proposal.least_share,
        repairs=proposal.repairs,
        release=release(proposal.release),
    )
    check_seats(event.places, event.group_size)
    check_most(event.most, event.group_size)
    check_deadline(event, event.first_start, now)
    return event


def group_size(proposed: GroupSizeProposal) -> GroupSize:
    """The group size, once it makes sense. Raises Invalid."""
    if proposed.min > proposed.max:
        raise Invalid(
            f"A group cannot have at least {proposed.min} and at most {proposed.max} people; swap the two.",
            "group_size",
        )
    return GroupSize(proposed.min, proposed.max)


def release(hours: int) -> int:
    """The hours before a session at which unanswered seats are freed, once they make sense. Raises Invalid."""
    if hours and not LEAST_RELEASE <= hours <= MOST_RELEASE:
        raise Invalid(
            f"Seats can be freed {LEAST_RELEASE} to {MOST_RELEASE} hours before a session, or with 0 never.", "release"
        )
    return hours


def check_deadline(event: Event, start: datetime, now: datetime) -> None:
    """Whether the event's sign-up ends in the future, and confirming before that start. Raises Invalid."""
    if event.closes_at <= now:
        raise Invalid("The sign-up deadline is in the past; choose a later one.", "closes_at")
    if event.closes_at + max(timedelta(minutes=event.confirm_minutes), SETTLE) + SOONEST >= start:
        raise Invalid(
            f"There is a session starting {times.spoken(start, event.timezone)}, and people may confirm until "
            f"{event.confirm_minutes} minutes after the deadline and need an hour to get there; choose an earlier one.",
            "closes_at",
        )


def check_seats(places: Iterable[Place], size: GroupSize) -> None:
    """Whether every place can hold the smallest group. Raises Invalid."""
    for place in places:
        if place.seats is not None and place.seats < size.min:
            raise Invalid(
                f"“{place.name}” has {place.seats} seats, fewer than the smallest group of {size.min}.", "group_size"
            )


def check_most(most: int | None, size: GroupSize) -> None:
    """Whether so many people make at least one group. Raises Invalid."""
    if most is not None and most < size.min:
        raise Invalid(
            f"At most {most} people cannot fill a group of at least {size.min}; let more in, or make groups smaller.",
            "most",
        )


def _given_slots(proposal: Proposal) -> tuple[Slot, ...]:
    if proposal.first_day or proposal.last_day:
        raise Invalid("Give either days or slots, not both.", "slots")
    ids = [slot.id for slot in proposal.slots]
    if len(set(ids)) < len(ids):
        raise Invalid("Two slots have the same id; give each its own.", "slots")
    for slot in proposal.slots:
        if slot.end <= slot.start:
            raise Invalid(f"Slot {slot.id} ends before it starts; swap the two.", "slots")
        if slot.end - slot.start > timedelta(days=1):
            raise Invalid(f"Slot {slot.id} is longer than a day; make it shorter.", "slots")
    slots = tuple(
        sorted(
            (
                Slot(slot.id, times.utc(slot.start, "slots"), times.utc(slot.end, "slots"), slot.offered)
                for slot in proposal.slots
            ),
            key=lambda slot: (slot.start, slot.end, slot.id),
        )
    )
    return _some_offered(slots, "slots")


def _cut_slots(proposal: Proposal, now: datetime) -> tuple[Slot, ...]:
    first, last = proposal.first_day, proposal.last_day
    if first is None or last is None:
        raise Invalid("Choose the first and the last day.", "first_day" if first is None else "last_day")
    if last < first:
        raise Invalid("The last day is before the first; swap the two.", "last_day")
    if not now.date() - timedelta(1) <= first <= (now + LATEST).date():
        raise Invalid("The first day must lie within the next two years; check the date.", "first_day")
    if last - first > LONGEST_EVENT:
        raise Invalid(f"The days span more than {LONGEST_EVENT.days} days; choose fewer.", "last_day")
    offered = _minutes(proposal.day_start), _minutes(proposal.day_end)
    asked = (
        min(offered[0], _minutes(proposal.considered_start or proposal.day_start)),
        max(offered[1], _minutes(proposal.considered_end or proposal.day_end)),
    )
    length = proposal.session_minutes
    if offered[1] - offered[0] < length:
        raise Invalid("No session fits between these hours; make the day longer or the session shorter.", "day_end")
    # Sessions are cut from the first offered hour both ways, so that considered ones line up with offered ones.
    starts = range(offered[0] - (offered[0] - asked[0]) // length * length, asked[1] - length + 1, length)
    wanted = set(proposal.weekdays) or set(range(1, 8))
    found = [
        Slot(
            id="",
            start=begin,
            end=begin + timedelta(minutes=length),
            offered=offered[0] <= start and start + length <= offered[1],
        )
        for day in times.days(first, last)
        if day.isoweekday() in wanted
        for start in starts
        for begin in [times.local(day, time(start // 60, start % 60), proposal.timezone)]
    ]
    if len(found) > MOST_SLOTS:
        raise Invalid(
            f"That makes {len(found)} sessions, and nobody reads more than {MOST_SLOTS}; "
            "choose fewer days, shorter hours or longer sessions.",
            "last_day",
        )
    # Where clocks go forward two cut times are one instant; it is one session then.
    distinct = {slot.start: slot for slot in found}
    # There a start that moves forward may also overtake the next one.
    ordered = sorted(distinct.values(), key=lambda slot: slot.start)
    slots = tuple(msgspec.structs.replace(slot, id=f"s{n:03}") for n, slot in enumerate(ordered))
    return _some_offered(slots, "weekdays")


def _some_offered(slots: tuple[Slot, ...], field: str) -> tuple[Slot, ...]:
    if not any(slot.offered for slot in slots):
        raise Invalid("No session is offered at all; choose more days or hours.", field)
    return slots


def _minutes(hour: str) -> int:
    return int(hour[:2]) * 60 + int(hour[3:])


def _places(proposal: Proposal, slot_ids: set[str]) -> tuple[Place, ...]:
    places: dict[str, Place] = {}
    for proposed in proposal.places:
        name = words.required(proposed.name, "places", "a name for each place")
        place_id = proposed.id or _id_from(name, len(places))
        if place_id in places or any(name.casefold() == place.name.casefold() for place in places.values()):
            raise Invalid(f"Two places are called “{name}”; give each its own name.", "places")
        for slot in proposed.slots or ():
            if slot not in slot_ids:
                raise Invalid(f"The place “{name}” names a slot that the event does not have.", "places")
        link = words.line(proposed.link)
        if link and not re.fullmatch(r"https?://[^\s<>\"']+", link):
            raise Invalid(f"The link of “{name}” must start with https:// and hold no spaces.", "places")
        places[place_id] = Place(
            id=place_id,
            name=name,
            rooms=proposed.rooms,
            seats=proposed.seats,
            slots=proposed.slots,
            address=words.line(proposed.address),
            link=link,
        )
    return tuple(places.values())


def _id_from(name: str, number: int) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return f"{number + 1}-" + (re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:30] or "place")
