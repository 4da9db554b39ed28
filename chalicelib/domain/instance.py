"""An instance: what the matching is told of an event and of its people, and nothing else."""

import msgspec

from chalicelib.domain.attendee import Attendee, Level
from chalicelib.domain.event import Event, GroupSize, Place, Slot


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """The event as the matching sees it; no places means one place without limits."""

    id: str
    title: str
    timezone: str
    group_size: GroupSize
    slots: tuple[Slot, ...]
    places: tuple[Place, ...] = ()


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """An attendee as the matching sees them; `together` and `apart` hold attendee ids and are mutual."""

    id: str
    goal: str = ""
    topics: tuple[str, ...] = ()
    level: Level = Level.SOME
    free: tuple[str, ...] = ()
    if_need_be: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    together: tuple[str, ...] = msgspec.field(name="with", default=())
    apart: tuple[str, ...] = ()
    host: bool = False
    quotable: bool = True


class Instance(msgspec.Struct, frozen=True):
    """One matching problem."""

    event: Frame
    attendees: tuple[Candidate, ...]


def instance_of(event: Event, attendees: list[Attendee]) -> Instance:
    """The matching problem that an event and its confirmed attendees pose, in the order of their ids."""
    frame = Frame(
        id=event.id,
        title=event.title,
        timezone=event.timezone,
        group_size=event.group_size,
        slots=event.slots,
        places=event.places,
    )
    return Instance(frame, tuple(_candidate(person) for person in sorted(attendees, key=lambda one: one.id)))


def _candidate(person: Attendee) -> Candidate:
    answers = person.answers
    return Candidate(
        id=person.id,
        goal=answers.goal,
        topics=answers.topics,
        level=answers.level,
        free=answers.free,
        if_need_be=answers.if_need_be,
        places=answers.places,
        host=answers.host,
        quotable=answers.shares,
    )
