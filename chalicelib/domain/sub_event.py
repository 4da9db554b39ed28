"""A sub-event: a published group, which replies and repairs change from then on."""

import msgspec
from msgspec.structs import replace

from chalicelib.domain.event import Event, Place, Slot
from chalicelib.domain.plan import Group, Hello


class SubEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One published group.

    Args:
        place: where it meets; None when the event has no places, so online.
        members: attendee ids.
        why: for each member id one sentence that says why this group is theirs.
        join_link: where it meets online; empty when it meets at an address.
        wildcard: the member who is a guest from a neighbouring theme; None when nobody is.
        former: ids of those who sat here and left; letters of then may name them to others, and others to them.
        hello: for some member ids somebody who sat in another group then and is worth a hello.
        bird: its number within the event from 0, which picks the bird's colour and pose.
        version: how often it was saved.
    """

    id: str
    event_id: str
    slot: Slot
    place: Place | None
    members: tuple[str, ...]
    host: str | None
    title: str
    subtitle: str
    keywords: tuple[str, ...]
    why: dict[str, str]
    join_link: str
    bird: int
    wildcard: str | None = None
    former: tuple[str, ...] = ()
    hello: dict[str, Hello] = {}
    version: int = 0


def capacity(event: Event, sub_event: SubEvent) -> int:
    """How many people the sub-event may have."""
    seats = sub_event.place.seats if sub_event.place else None
    return event.group_size.max if seats is None else min(event.group_size.max, seats)


def without(sub_event: SubEvent, member: str) -> SubEvent:
    """The sub-event after somebody left it."""
    return replace(
        sub_event,
        members=tuple(one for one in sub_event.members if one != member),
        host=None if sub_event.host == member else sub_event.host,
        former=tuple(dict.fromkeys((*sub_event.former, member))),
        wildcard=None if sub_event.wildcard == member else sub_event.wildcard,
        hello={one: hello for one, hello in sub_event.hello.items() if one != member},
        why={one: why for one, why in sub_event.why.items() if one != member},
    )


def sub_event_of(event: Event, group: Group, bird: int, room: str) -> SubEvent:
    """The sub-event that publishing makes of a group.

    Args:
        bird: its number within the plan.
        room: an unguessable name for its online room.
    """
    slot, place = event.slot(group.slot), event.place(group.place)
    online = place is None or place.online
    link = (place.link if place is not None else "") or f"https://meet.jit.si/{room}"
    return SubEvent(
        id=group.id,
        event_id=event.id,
        slot=slot,
        place=place,
        members=group.members,
        host=group.host,
        title=group.title,
        subtitle=group.subtitle,
        keywords=group.keywords,
        why=group.why,
        join_link=link if online else "",
        bird=bird,
        wildcard=group.wildcard,
        hello=group.hello,
    )
