"""Watch: what an organizer sees of their event, gathered in one place."""

from collections import Counter

import msgspec

from chalicelib.domain.attendee import Attendee, AttendeeState
from chalicelib.domain.errors import NotFound
from chalicelib.domain.event import Event
from chalicelib.domain.letter import LetterState
from chalicelib.domain.plan import Plan
from chalicelib.domain.ports import Store

PAGE = 200
"""Attendees in one answer."""


class Counts(msgspec.Struct, frozen=True):
    """How many people are where; `placed` and `unplaced` count the confirmed ones, once published."""

    confirmed: int
    unconfirmed: int
    withdrawn: int
    placed: int
    unplaced: int


class SlotCount(msgspec.Struct, frozen=True):
    """How many of the people who have not withdrawn can make a slot."""

    slot: str
    free: int
    if_need_be: int


class Overview(msgspec.Struct, frozen=True):
    """The numbers of one event."""

    counts: Counts
    heatmap: tuple[SlotCount, ...]
    letters: dict[str, int]


def overview(store: Store, event: Event) -> Overview:
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
    )
    staying = [one.answers for one in people if one.state is not AttendeeState.WITHDRAWN]
    free = Counter(slot for answers in staying for slot in answers.free)
    if_need_be = Counter(slot for answers in staying for slot in answers.if_need_be)
    heatmap = tuple(SlotCount(slot.id, free[slot.id], if_need_be[slot.id]) for slot in event.slots)
    found = Counter(letter.state for letter in store.letters(event.id))
    return Overview(counts, heatmap, {state.value: found[state] for state in LetterState})


def attendees_after(store: Store, event: Event, after: str) -> tuple[list[Attendee], str | None]:
    """One page of attendees by id, and the id to ask for the next page with."""
    later = [one for one in store.attendees(event.id) if one.id > after]
    page = later[:PAGE]
    return page, page[-1].id if len(later) > PAGE else None


def plan_of(store: Store, event: Event) -> tuple[Plan, dict[str, Attendee]]:
    """The event's newest plan, and its people by id. Raises NotFound before the first."""
    if not event.plan:
        raise NotFound("There are no groups yet; they are made after sign-up has closed.")
    return store.plan(event.id, event.plan), {one.id: one for one in store.attendees(event.id)}
