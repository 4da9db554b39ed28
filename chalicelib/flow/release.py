"""Free the seats of people who never said whether they come, after a notice, where nobody who comes loses by it."""

import logging
from datetime import datetime, timedelta
from functools import partial

from msgspec.structs import replace

from chalicelib.domain import times
from chalicelib.domain.attendee import Attendee, unseated
from chalicelib.domain.errors import NotFound
from chalicelib.domain.event import LATEST_NOTICE, SOONEST, Event, freed_at
from chalicelib.domain.letter import Kind, LetterKey, Loss, forgetting, was_sent_by
from chalicelib.domain.ports import Clock, Record, Store
from chalicelib.domain.sub_event import SubEvent, without
from chalicelib.flow.change import require_held, save
from chalicelib.flow.repair import Standing, let_be, lost_in, planned, standing_of
from chalicelib.messages import catalog

log = logging.getLogger(__name__)

SPARING = timedelta(seconds=240)
"""How long is looked for groups that can lose their silent members, well inside the function's 15 minutes."""

SEARCHES = 4
"""A plan takes so many searches at most."""


def is_due(event: Event, now: datetime) -> bool:
    """Whether the time has come to free seats."""
    return event.frees_at is not None and event.frees_at <= now


def next_time(store: Store, event: Event, now: datetime) -> datetime | None:
    """When seats are to be freed next; None for never."""
    if not event.release:
        return None
    found = [freed_at(event, one.slot.start) for one in store.sub_events(event.id) if one.members]
    # Who was told of a later time keeps their seat until then.
    found += [one.promised for one in store.letters(event.id) if one.kind is Kind.RELEASE_NOTICE]
    return min((one for one in found if one is not None and one > now), default=None)


def free(store: Store, event: Event, run: str, clock: Clock) -> None:
    """Free what is to be freed by now, each seat in one transaction; doing it again only ends it.

    Raises:
        Conflict: another run holds the event now, or nobody.
    """
    if not event.release:
        return
    now = clock.now()
    standing = standing_of(store, event, now)
    silent = {one.id: _silent(store, standing, one, now) for one in standing.open if _has_come(event, one, now)}
    for group in _spared(store, event, standing, silent, clock):
        for person in sorted(silent[group]):
            require_held(store, event.id, run)
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
    return _unheard(store, one, now) is not None


def _unheard(store: Store, one: Attendee, now: datetime) -> datetime | None:
    """Until when somebody was to answer who never did, by whatever rule; None when they keep their seat."""
    if one.seat is None or one.seat.coming:
        return None
    try:
        notice = store.letter(LetterKey(one.event_id, one.id, Kind.RELEASE_NOTICE, one.seat.sequence))
    except NotFound:
        return None
    over = notice.promised is not None and notice.promised <= now
    return notice.promised if over and was_sent_by(notice, now - LATEST_NOTICE) else None


def _spared(
    store: Store, event: Event, standing: Standing, silent: dict[str, frozenset[str]], clock: Clock
) -> list[str]:
    """The groups whose silent members may be let go: all who said they come still have a group to come to then.

    Where that cannot be told in time, all keep their seats.
    """
    now, ends = clock.now(), clock.now() + SPARING
    before = store.plan(event.id, event.plan)
    small = let_be(event, standing)
    groups = {group for group, people in silent.items() if people}
    while groups:
        left_for_it = (ends - clock.now()).total_seconds()
        if left_for_it <= 0:
            log.warning("Which seats may be freed could not be told in time, so none is.")
            return []
        gone = frozenset(person for group in groups for person in silent[group])
        left = standing.without(gone)
        plan = planned(event, before, left.leaving_be(small - groups), now, left_for_it / SEARCHES)
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
    by = _unheard(store, one, now)
    if one.seat is None or one.seat.sub_event != group or by is None or there.slot.start < now + SOONEST:
        return ()
    why = catalog.text(catalog.ENGLISH, "proposed", "freed", by=times.spoken(by, event.timezone))
    gone = replace(unseated(one), unplaced=why, released=True)
    return gone, without(there, one.id), forgetting(gone, Loss.UNANSWERED, now, why)
