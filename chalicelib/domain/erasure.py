"""Erasure: what is left of groups, plans and wishes when a person is taken out of them for good."""

from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from chalicelib.domain.attendee import Attendee, normalised
from chalicelib.domain.plan import Group, Plan
from chalicelib.domain.sub_event import SubEvent


class Shown(msgspec.Struct, frozen=True):
    """What a group shows in its members' own words."""

    title: str
    subtitle: str
    keywords: tuple[str, ...]


def mentions(group: SubEvent | Group, person: str) -> bool:
    """Whether the person is in the group, or was, or is named to somebody there."""
    named = {group.host, group.wildcard, *(hello.person for hello in group.hello.values())}
    return (
        (isinstance(group, SubEvent) and person in group.former)
        or person in group.members
        or person in group.why
        or person in named
    )


def group_without[G: (SubEvent, Group)](group: G, person: str, shown: Shown) -> G:
    """The group without the person, as if they had never been in it but for a note of former members.

    Args:
        shown: what it may still show.
    """
    return replace(
        group,
        members=tuple(one for one in group.members if one != person),
        host=None if group.host == person else group.host,
        wildcard=None if group.wildcard == person else group.wildcard,
        hello={one: hello for one, hello in group.hello.items() if person not in {one, hello.person}},
        why={one: text.replace(group.title, shown.title) for one, text in group.why.items() if one != person},
        title=shown.title,
        subtitle=shown.subtitle,
        keywords=shown.keywords,
    )


def forgotten(group: SubEvent, person: str) -> SubEvent:
    """The group without a note that the person once was in it."""
    return replace(group, former=tuple(one for one in group.former if one != person))


def plan_without(plan: Plan, person: str, group_left: Callable[[Group], Group]) -> Plan:
    """The plan without the person's seat, or the sentence why they have none; all else stays.

    Args:
        group_left: what is left of a group.
    """
    seated = sum(person in group.members for group in plan.groups)
    return replace(
        plan,
        groups=tuple(group_left(group) for group in plan.groups),
        unplaced=tuple(one for one in plan.unplaced if one.id != person),
        placed=plan.placed - seated,
        placeable=plan.placeable - seated,
        changes={one: why for one, why in plan.changes.items() if one != person},
        origins={one: group for one, group in plan.origins.items() if one != person},
    )


def friends_without(attendee: Attendee, address: str) -> Attendee:
    """The attendee without the friend of that address."""
    friends = tuple(one for one in attendee.answers.friends if normalised(one.email) != normalised(address))
    return replace(attendee, answers=replace(attendee.answers, friends=friends))
