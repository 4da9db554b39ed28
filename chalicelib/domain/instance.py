"""An instance: what the matching is told of an event and of its people, and nothing else."""

from datetime import datetime

import msgspec
from msgspec.structs import replace

from chalicelib.domain.attendee import Attendee, Level, normalised
from chalicelib.domain.event import SOONEST, Event, GroupSize, Place, Slot, Wishes


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """The event as the matching sees it; no places means one place without limits."""

    id: str
    title: str
    timezone: str
    group_size: GroupSize
    slots: tuple[Slot, ...]
    places: tuple[Place, ...] = ()
    wishes: Wishes = Wishes()


class Candidate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An attendee as the matching sees them.

    Args:
        together, apart: ids of attendees whom they must or must not meet; mutual.
        near: ids of attendees whom they would like to meet where that costs nobody a seat; mutual.
    """

    id: str
    goal: str = ""
    topics: tuple[str, ...] = ()
    level: Level = Level.SOME
    free: tuple[str, ...] = ()
    if_need_be: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    together: tuple[str, ...] = msgspec.field(name="with", default=())
    apart: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    host: bool = False
    quotable: bool = True


class Instance(msgspec.Struct, frozen=True):
    """One matching problem."""

    event: Frame
    attendees: tuple[Candidate, ...]


def instance_of(event: Event, attendees: list[Attendee], now: datetime) -> Instance:
    """The matching problem that an event and its confirmed attendees pose, in the order of their ids.

    Sessions that have begun, or begin too soon to get there, are left out.
    """
    slots = tuple(slot for slot in event.slots if slot.start >= now + SOONEST)
    ids = {slot.id for slot in slots}
    frame = Frame(
        id=event.id,
        title=event.title,
        timezone=event.timezone,
        group_size=event.group_size,
        slots=slots,
        places=tuple(_open_in(place, ids) for place in event.places),
        wishes=event.wishes,
    )
    people = sorted(attendees, key=lambda one: one.id)
    together, near = _friends(people)
    return Instance(
        frame,
        tuple(
            replace(
                _candidate(person, ids),
                together=tuple(together.get(person.id, ())),
                near=tuple(near.get(person.id, ())),
            )
            for person in people
        ),
    )


def _friends(people: list[Attendee]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """For each person the ids of those whom they must and of those whom they would like to meet.

    Nobody is bound by what another one wishes: both have to name each other, and must meet only if both say so.
    """
    holders = {normalised(person.email): person for person in people}
    together: dict[str, list[str]] = {}
    near: dict[str, list[str]] = {}
    for person in people:
        for friend in person.answers.friends:
            other = holders.get(normalised(friend.email))
            named = other.named(person) if other is not None and other is not person else None
            if other is not None and named is not None:
                bound = together if friend.only and named.only else near
                bound.setdefault(person.id, []).append(other.id)
    return together, near


def _open_in(place: Place, slots: set[str]) -> Place:
    return place if place.slots is None else replace(place, slots=tuple(one for one in place.slots if one in slots))


def _candidate(person: Attendee, slots: set[str]) -> Candidate:
    answers = person.answers
    return Candidate(
        id=person.id,
        goal=answers.goal,
        topics=answers.topics,
        level=answers.level,
        free=tuple(one for one in answers.free if one in slots),
        if_need_be=tuple(one for one in answers.if_need_be if one in slots),
        places=answers.places,
        host=answers.host,
        quotable=answers.shares,
    )
