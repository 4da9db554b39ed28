"""Free the seats of people who never said whether they come, after a notice, where nobody who comes loses by it."""

from datetime import datetime, timedelta
from functools import partial

from msgspec.structs import replace

from chalicelib.domain import times
from chalicelib.domain.attendee import Attendee, unseated
from chalicelib.domain.errors import NotFound
from chalicelib.domain.event import LATEST_NOTICE, SOONEST, Event, freed_at
from chalicelib.domain.letter import Kind, LetterKey, decided, was_sent_by
from chalicelib.domain.ports import Clock, Record, Store
from chalicelib.domain.sub_event import SubEvent, without
from chalicelib.flow.change import save
from chalicelib.flow.repair import Standing, let_be, lost_in, planned, standing_of
from chalicelib.messages import catalog


def is_due(event: Event, now: datetime) -> bool:
    """Whether the time has come to free seats."""
    return event.frees_at is not None and event.frees_at <= now


def next_time(store: Store, event: Event, now: datetime) -> datetime | None:
    """When seats are to be freed next; None for never."""
    found = (freed_at(event, one.slot.start) for one in store.sub_events(event.id) if one.members)
    return min((one for one in found if one is not None and one > now), default=None)


def free(store: Store, event: Event, clock: Clock) -> None:
    """Free what is to be freed by now, each seat in one transaction; doing it again only ends it."""
    if not event.release:
        return
    now = clock.now()
    standing = standing_of(store, event, now)
    silent = {one.id: _silent(store, standing, one, now) for one in standing.open if _has_come(event, one, now)}
    for group in _spared(store, event, standing, silent, now):
        for person in sorted(silent[group]):
            save(store, partial(_freed, store, event, group, person, now))


def _has_come(event: Event, group: SubEvent, now: datetime) -> bool:
    free_at = freed_at(event, group.slot.start)
    return free_at is not None and free_at <= now


def _silent(store: Store, standing: Standing, group: SubEvent, now: datetime) -> frozenset[str]:
    """Members who never answered although they had notice in time.

    Where nobody at all has answered, nobody would be helped by an empty group, and all keep their seats.
    """
    people = [one for member in group.members if (one := standing.people.get(member)) is not None]
    if not any(one.seat is not None and one.seat.coming for one in people):
        return frozenset()
    return frozenset(one.id for one in people if _may_lose(store, one, now))


def _may_lose(store: Store, one: Attendee, now: datetime) -> bool:
    if one.seat is None or one.seat.coming:
        return False
    try:
        notice = store.letter(LetterKey(one.event_id, one.id, Kind.RELEASE_NOTICE, one.seat.sequence))
    except NotFound:
        return False
    return was_sent_by(notice, now - LATEST_NOTICE)


def _spared(
    store: Store, event: Event, standing: Standing, silent: dict[str, frozenset[str]], now: datetime
) -> list[str]:
    """The groups whose silent members may be let go: all who said they come still have a group to come to then."""
    before = store.plan(event.id, event.plan)
    small = let_be(event, standing)
    groups = {group for group, people in silent.items() if people}
    while groups:
        gone = frozenset(person for group in groups for person in silent[group])
        left = standing.without(gone)
        plan = planned(event, before, left.leaving_be(small - groups), now)
        alone = lost_in(left, plan) if plan is not None else left.broken(event.group_size.min) - small
        hurt = groups & alone
        if not hurt:
            break
        groups -= hurt
    return sorted(groups)


def _freed(store: Store, event: Event, group: str, person: str, now: datetime) -> tuple[Record, ...]:
    try:
        one, there = store.attendee(event.id, person), store.sub_event(event.id, group)
    except NotFound:
        return ()
    if one.seat is None or one.seat.sub_event != group or not _may_lose(store, one, now):
        return ()
    if there.slot.start < now + SOONEST:
        return ()
    by = there.slot.start - timedelta(hours=event.release)
    why = catalog.text(catalog.ENGLISH, "proposed", "freed", by=times.spoken(by, event.timezone))
    letter = decided(event.id, one.id, Kind.CANCELLED, now, one.seat.sequence + 1)
    return replace(unseated(one), unplaced=why, released=True), without(there, one.id), letter
