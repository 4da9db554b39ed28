"""A plan: which attendees meet in which group, and the proof that no plan could seat more."""

from collections.abc import Set as AbstractSet
from datetime import datetime

import msgspec

from chalicelib.domain.event import SOONEST, Event


class Hello(msgspec.Struct, frozen=True):
    """Somebody in another group who is worth a hello.

    Args:
        person: attendee id.
        words: what both wrote.
    """

    person: str
    words: str


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A sub-event as the matching proposes it.

    Args:
        slot: id of its slot.
        place: id of its place; None when the event has no places.
        members: attendee ids.
        host: the member who offered to host; None when nobody did.
        title: its theme in the members' own words.
        subtitle: the most central goal that may be quoted; empty when none may.
        keywords: words that its members share.
        why: for each member id one sentence that says why this group is theirs.
        weak: the title has little support among the members; worth an organizer's look.
        wildcard: the member who comes from a neighbouring theme; None when nobody does.
        hello: for some member ids somebody in another group who is worth a hello.
    """

    id: str
    slot: str
    place: str | None
    members: tuple[str, ...]
    host: str | None
    title: str
    subtitle: str
    keywords: tuple[str, ...]
    why: dict[str, str]
    weak: bool = False
    wildcard: str | None = None
    hello: dict[str, Hello] = {}


class Unplaced(msgspec.Struct, frozen=True):
    """A person without a seat, and the sentence that says why and what would have helped."""

    id: str
    reason: str


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What the matching decided.

    Args:
        placed: how many people have a seat.
        placeable: the proven most that any plan could seat.
        gap: how far `placed` is from that; 0 when no plan seats more.
        relevance: mean over seated people of their mean similarity to their group, in [-1, 1].
        seed: the seed of the search.
        stopped: what ended the search early: None, "moves" or "time".
        made: the highest number that a group's id has or had, in this plan and those it replaces; 0 when the
            groups say so themselves.
        changes: for everybody who meets otherwise than the plan before had it, one sentence that says how and why.
        origins: for those of them who had a seat then, the id of the group where it was.
    """

    groups: tuple[Group, ...]
    unplaced: tuple[Unplaced, ...]
    placed: int
    placeable: int
    gap: int = 0
    relevance: float
    seed: int
    stopped: str | None = None
    made: int = 0
    changes: dict[str, str] = {}
    origins: dict[str, str] = {}


def outdated(plan: Plan, event: Event, confirmed: AbstractSet[str], now: datetime) -> str:
    """Why a plan cannot go out any more as it is, in one clause; empty when it can.

    Args:
        confirmed: ids of everybody who counts.
    """
    if any(member not in confirmed for group in plan.groups for member in group.members):
        return "Somebody in this plan has withdrawn or cannot be reached"
    if any(event.slot(group.slot).start < now + SOONEST for group in plan.groups):
        return "A session of this plan is over or about to begin"
    return ""
