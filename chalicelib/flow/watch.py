"""Watch: what an organizer sees of their event, gathered in one place."""

import itertools
from collections import Counter
from datetime import datetime

import msgspec

from chalicelib.domain.attendee import Attendee, AttendeeState
from chalicelib.domain.errors import NotFound
from chalicelib.domain.event import Event, State
from chalicelib.domain.letter import LetterState
from chalicelib.domain.ports import Store
from chalicelib.domain.sub_event import SubEvent, sub_event_of
from chalicelib.flow.delivery import counted

PAGE = 200
"""Attendees in one answer."""

FLOCK = 200
"""People who are counted for everybody to see; more birds than that are a number."""


class Counts(msgspec.Struct, frozen=True):
    """How many people are where; `placed` and `unplaced` count the confirmed ones, once published.

    Args:
        coming: how many of those placed said that they will be there.
        unreachable: how many of those who have not withdrawn no letter reaches.
    """

    confirmed: int
    unconfirmed: int
    withdrawn: int
    placed: int
    unplaced: int
    coming: int
    unreachable: int = 0


class Flock(msgspec.Struct, frozen=True):
    """How many people confirmed, counted up to FLOCK, and whether there are more."""

    confirmed: int
    more: bool


class SlotCount(msgspec.Struct, frozen=True):
    """How many of the people who have not withdrawn can make a slot."""

    slot: str
    free: int
    if_need_be: int


class Overview(msgspec.Struct, frozen=True):
    """The numbers of one event; `trouble` is why letters wait or failed, in the provider's words."""

    counts: Counts
    heatmap: tuple[SlotCount, ...]
    letters: dict[str, int]
    trouble: str


def flock_of(store: Store, event_id: str) -> Flock:
    """The flock that everybody may see. Raises NotFound for an event that its organizer has not opened."""
    if store.event(event_id).state is State.UNCONFIRMED:
        raise NotFound("This event is not open yet; its organizer has to press the button in their mail first.")
    counted = store.confirmed(event_id, FLOCK + 1)
    return Flock(min(counted, FLOCK), counted > FLOCK)


def overview(store: Store, event: Event, now: datetime) -> Overview:
    """Count everybody and every letter."""
    people = list(store.attendees(event.id))
    states = Counter(one.state for one in people)
    confirmed = [one for one in people if one.state is AttendeeState.CONFIRMED]
    counts = Counts(
        confirmed=states[AttendeeState.CONFIRMED],
        unconfirmed=states[AttendeeState.UNCONFIRMED],
        withdrawn=states[AttendeeState.WITHDRAWN],
        placed=sum(one.seat is not None for one in confirmed),
        unplaced=sum(one.seat is None and bool(one.unplaced) for one in confirmed),
        coming=sum(one.seat is not None and one.seat.coming for one in confirmed),
        unreachable=sum(bool(one.unreachable) and one.state is not AttendeeState.WITHDRAWN for one in people),
    )
    staying = [one.answers for one in people if one.state is not AttendeeState.WITHDRAWN]
    free = Counter(slot for answers in staying for slot in answers.free)
    if_need_be = Counter(slot for answers in staying for slot in answers.if_need_be)
    heatmap = tuple(SlotCount(slot.id, free[slot.id], if_need_be[slot.id]) for slot in event.slots)
    letters = [one for one in store.letters(event.id) if not one.is_for_later(now)]
    troubled = (one.reason for one in letters if one.state in {LetterState.PENDING, LetterState.FAILED} and one.reason)
    return Overview(counts, heatmap, counted(letters), next(troubled, ""))


def attendees_after(store: Store, event: Event, after: str) -> tuple[list[Attendee], str | None]:
    """One page of attendees by id, and the id to ask for the next page with."""
    later = list(itertools.islice(store.attendees(event.id, after), PAGE + 1))
    page = later[:PAGE]
    return page, page[-1].id if len(later) > PAGE else None


class Groups(msgspec.Struct, frozen=True):
    """The newest plan as it stands.

    Args:
        sub_events: the published ones, with every change since; else those that publishing would make.
        weak: ids of the groups whose title has little support among their members.
        people: everybody at the event by id.
        reasons: why each person without a group has none, by id.
    """

    placeable: int
    sub_events: tuple[SubEvent, ...]
    weak: frozenset[str]
    people: dict[str, Attendee]
    reasons: dict[str, str]


def groups_of(store: Store, event: Event) -> Groups:
    """The event's groups, planned or published. Raises NotFound before there is a plan."""
    if not event.plan:
        raise NotFound("There are no groups yet; they are made after sign-up has closed.")
    plan = store.plan(event.id, event.plan)
    people = {one.id: one for one in store.attendees(event.id)}
    sub_events = tuple(sub_event_of(event, group, bird, "") for bird, group in enumerate(plan.groups))
    reasons = {one.id: one.reason for one in plan.unplaced}
    if event.state in {State.PUBLISHING, State.PUBLISHED}:
        published = {one.id: one for one in store.sub_events(event.id)}
        sub_events = tuple(published.get(one.id, one) for one in sub_events)
        reasons |= {one.id: one.unplaced for one in people.values() if one.unplaced}
    staying = {one.id for one in people.values() if one.state is AttendeeState.CONFIRMED}
    return Groups(
        placeable=plan.placeable,
        sub_events=sub_events,
        weak=frozenset(group.id for group in plan.groups if group.weak),
        people=people,
        reasons={person: reason for person, reason in reasons.items() if person in staying},
    )
