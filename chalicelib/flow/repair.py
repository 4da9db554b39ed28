"""Repair published groups: whoever left leaves no group too small, whoever came late finds a seat, few are moved."""

import itertools
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime
from functools import partial

import msgspec
from msgspec.structs import replace

from chalicelib.domain import event as road
from chalicelib.domain import links
from chalicelib.domain.attendee import Attendee, Meeting, Seat, changed, first_seat, unseated
from chalicelib.domain.errors import Invalid, NotFound
from chalicelib.domain.event import SOONEST, Event, Place
from chalicelib.domain.instance import Instance, instance_of
from chalicelib.domain.letter import Kind, LetterKey, LetterState, decided
from chalicelib.domain.plan import Group, Plan, Unplaced
from chalicelib.domain.ports import Clock, Record, Store
from chalicelib.domain.rematch import Locks, Rematch
from chalicelib.domain.sub_event import SubEvent, sub_event_of, without
from chalicelib.flow.change import change_event, require_held, save
from chalicelib.flow.people import people_of

JOINERS = 12
"""People who join one group in one transaction: each brings their record, a letter, and maybe the group they leave."""

SECONDS = 300
"""Searching for whom suits whom best stops after this; who has to move is known long before."""


def repair(store: Store, event: Event, run: str, clock: Clock, key: bytes, new_name: str) -> None:
    """Mend the published groups, or go on where a run before this one was cut off.

    Args:
        new_name: a random name for the plan, should one be needed.

    Raises:
        Conflict: another run holds the event now.
    """
    name = event.mending
    if not name:
        plan = repaired(store, event, clock.now())
        if plan is None:
            return
        name = new_name
        require_held(store, event.id, run)
        store.write_plan(event.id, name, plan)
        change_event(store, event.id, lambda fresh: road.mending(fresh, run, name))
    apply(store, event, store.plan(event.id, name), key, clock)
    change_event(store, event.id, lambda fresh: road.mended(fresh, run))


class Standing(msgspec.Struct, frozen=True):
    """Published groups as they stand.

    Args:
        settled: groups that have met or are about to, which nobody changes any more.
        open: the others.
        people: everybody who counts and is in none of the settled groups, by id.
    """

    settled: tuple[SubEvent, ...]
    open: tuple[SubEvent, ...]
    people: dict[str, Attendee]

    def is_broken(self, least: int) -> bool:
        """Some group has fewer members than it should."""
        return any(len(one.members) < least for one in self.open)

    def newcomers(self) -> list[Attendee]:
        """Those without a seat."""
        return [one for one in self.people.values() if one.seat is None]


def standing_of(store: Store, event: Event, now: datetime) -> Standing:
    """Read the published groups and everybody who counts."""
    groups = [one for one in store.sub_events(event.id) if one.members]
    settled = tuple(one for one in groups if one.slot.start < now + SOONEST)
    met = {member for one in settled for member in one.members}
    people = {one.id: one for one in store.attendees(event.id) if one.counts and one.id not in met}
    return Standing(settled, tuple(one for one in groups if one.slot.start >= now + SOONEST), people)


def repaired(store: Store, event: Event, now: datetime) -> Plan | None:
    """The plan that mends what is broken and seats whom it can; None when all may stay as it is.

    Nobody's meeting changes for the sake of somebody who never had a seat: newcomers get what is free, or
    help out a group that is too small.
    """
    standing = standing_of(store, event, now)
    broken, newcomers = standing.is_broken(event.group_size.min), standing.newcomers()
    untold = any(not one.unplaced for one in newcomers)
    if not broken and not untold and (event.mend_at is None or not newcomers):
        return None
    before = store.plan(event.id, event.plan)
    old = _plan_of(standing, before)
    instance = _instance(event, standing, now)
    if not instance.event.slots:
        return None
    from chalicelib.matching.rematch import rematch

    guests = frozenset(one.id for one in newcomers)
    new, why = old, dict[str, str]()
    if broken:
        found = rematch(instance, old, guests=guests, seconds=SECONDS)
        new, why = found.plan, _whys(found)
    # Helping out a group is no reason to go without a better seat, so those who do may still sit elsewhere.
    settled = _without(new, guests)
    try:
        found = rematch(instance, settled, _all_stay(settled), seconds=SECONDS)
    except Invalid:
        pass  # Somebody sits where their answers of today would not have put them; then nobody else is added.
    else:
        stay = {one: reason for one, reason in why.items() if one not in guests}
        new, why = found.plan, stay | _whys(found)
    return _whole(standing, before, new, why) if why else None


def _whys(found: Rematch) -> dict[str, str]:
    return {move.id: move.why for move in found.moves}


def _without(plan: Plan, people: AbstractSet[str]) -> Plan:
    """The plan as if these people had no seat in it."""
    groups = (replace(group, members=tuple(one for one in group.members if one not in people)) for group in plan.groups)
    return replace(plan, groups=tuple(group for group in groups if group.members))


def _all_stay(plan: Plan) -> Locks:
    """Every group goes on as it is, but may take people in."""
    people = {member: group.id for group in plan.groups for member in group.members}
    return Locks(people=people, times=tuple(group.id for group in plan.groups))


def _plan_of(standing: Standing, before: Plan) -> Plan:
    """The groups that can still change, as an earlier plan."""
    known = {group.id: group for group in before.groups}
    groups = tuple(_group_of(one, known.get(one.id)) for one in standing.open)
    seated = sum(len(group.members) for group in groups)
    made = max([before.made, *(_number(one.id) for one in (*standing.open, *standing.settled))])
    return replace(before, groups=groups, unplaced=(), placed=seated, placeable=seated, gap=0, made=made)


def _number(name: str) -> int:
    return int(name[1:]) if name[1:].isdigit() else 0


def _group_of(one: SubEvent, planned: Group | None) -> Group:
    return Group(
        id=one.id,
        slot=one.slot.id,
        place=one.place.id if one.place else None,
        members=one.members,
        host=one.host,
        title=one.title,
        subtitle=one.subtitle,
        keywords=one.keywords,
        why={member: one.why.get(member, "") for member in one.members},
        weak=planned is not None and planned.weak,
        wildcard=one.wildcard,
        hello=one.hello,
    )


def _instance(event: Event, standing: Standing, now: datetime) -> Instance:
    """The matching problem of those who can still be moved; rooms that settled groups sit in are not free."""
    instance = instance_of(event, list(standing.people.values()), now)
    places = tuple(_beside(place, standing.settled, instance) for place in instance.event.places)
    return replace(instance, event=replace(instance.event, places=places))


def _beside(place: Place, settled: tuple[SubEvent, ...], instance: Instance) -> Place:
    """The place without the sessions that overlap with a group that meets there already."""
    taken = [one.slot for one in settled if one.place is not None and one.place.id == place.id]
    if place.rooms is None or not taken:
        return place
    free = tuple(
        slot.id
        for slot in instance.event.slots
        if (place.slots is None or slot.id in place.slots)
        and not any(slot.start < one.end and one.start < slot.end for one in taken)
    )
    return replace(place, slots=free)


def _whole(standing: Standing, before: Plan, new: Plan, why: dict[str, str]) -> Plan:
    """The new plan together with the groups that do not change any more."""
    known = {group.id: group for group in before.groups}
    settled = tuple(_group_of(one, known.get(one.id)) for one in standing.settled)
    seated = sum(len(group.members) for group in settled)
    return replace(
        new,
        groups=(*settled, *new.groups),
        changes=why,
        placed=new.placed + seated,
        placeable=new.placeable + seated,
    )


def apply(store: Store, event: Event, plan: Plan, key: bytes, clock: Clock) -> None:
    """Change the published groups to the plan, each change in one transaction, so that doing it again only ends it.

    Whoever withdrew meanwhile is left out. Everybody whose meeting changes hears it in one letter.
    """
    for one in plan.unplaced:
        save(store, partial(_unseated, store, event, one, clock))
    published = {one.id: one for one in store.sub_events(event.id)}
    birds = {one.id: one.bird for one in published.values()}
    for group in plan.groups:
        birds.setdefault(group.id, max(birds.values(), default=-1) + 1)
    for group in _leavers_first(plan, published):
        room = links.room(key, event.id, group.id)
        planned = sub_event_of(event, group, birds[group.id], room)
        _Change(store, event, group, planned, plan.changes, clock).make()


def _leavers_first(plan: Plan, published: dict[str, SubEvent]) -> Iterator[Group]:
    """The groups in an order in which whoever leaves one sits in another before it moves, and hears of that alone.

    Where people trade places between groups that both move, some hear of both.
    """
    destination = {member: group for group in plan.groups for member in group.members}
    seen: set[str] = set()

    def after_those_it_helps(group: Group) -> Iterator[Group]:
        if group.id in seen:
            return
        seen.add(group.id)
        was = published.get(group.id)
        if was is not None and (was.slot.id, was.place and was.place.id) != (group.slot, group.place):
            for member in was.members:
                if member in destination:
                    yield from after_those_it_helps(destination[member])
        yield group

    for group in plan.groups:
        yield from after_those_it_helps(group)


class _Change:
    """One group on its way from how it stands to how it is planned."""

    def __init__(
        self, store: Store, event: Event, group: Group, planned: SubEvent, changes: dict[str, str], clock: Clock
    ) -> None:
        self._store, self._event, self._clock = store, event, clock
        self._group, self._planned, self._changes = group, planned, changes

    def make(self) -> None:
        """Move the group, then let people join it a few at a time, then say what it is about now."""
        save(self._store, self._retimed)
        joining = [member for member in self._group.members if member in self._changes]
        for batch in itertools.batched(joining, JOINERS, strict=False):
            save(self._store, partial(self._joined, batch))
        save(self._store, self._told)

    def _standing(self) -> SubEvent:
        """The group as it is now, or without anybody when there is none yet."""
        try:
            return self._store.sub_event(self._event.id, self._group.id)
        except NotFound:
            return replace(self._planned, members=(), host=None, why={})

    def _retimed(self) -> tuple[Record, ...]:
        now = self._standing()
        if (now.slot, now.place) == (self._planned.slot, self._planned.place) or not now.version:
            return ()
        planned = self._planned
        moved = replace(now, slot=planned.slot, place=planned.place, join_link=planned.join_link)
        members = people_of(self._store, self._event.id, now.members)
        letters = (record for one in members for record in self._seated(one, now, moved))
        return (moved, *letters)

    def _joined(self, joining: tuple[str, ...]) -> tuple[Record, ...]:
        now, left, letters = self._standing(), dict[str, SubEvent](), list[Record]()
        here = now
        for one in filter(None, (_present(self._store, self._event, member) for member in joining)):
            if one.id in here.members:
                continue
            origin = None
            if one.seat is not None:
                origin = left.get(one.seat.sub_event) or self._store.sub_event(self._event.id, one.seat.sub_event)
                left[origin.id] = without(origin, one.id)
            here = replace(here, members=(*here.members, one.id))
            letters += self._seated(one, origin, self._planned)
        return (here, *left.values(), *letters) if letters else ()

    def _told(self) -> tuple[Record, ...]:
        now = self._standing()
        if not now.version:
            return ()
        members = tuple(sorted(now.members, key=self._order))
        why = {one: self._planned.why.get(one, now.why.get(one, "")) for one in members}
        host = self._planned.host if self._planned.host in members else None
        told = replace(
            self._planned,
            members=members,
            why=why,
            host=host,
            slot=now.slot,
            place=now.place,
            former=now.former,
            version=now.version,
        )
        return () if told == now else (told,)

    def _order(self, member: str) -> tuple[bool, int]:
        planned = self._group.members
        return (member not in planned, planned.index(member) if member in planned else 0)

    def _seated(self, one: Attendee, origin: SubEvent | None, to: SubEvent) -> tuple[Record, ...]:
        """The person in the group, and the letter that says so."""
        why = self._changes.get(one.id, "")
        seat = seat_after(self._store, one, origin, to.id, why)
        letter = decided(one.event_id, one.id, Kind.SEAT, self._clock.now(), seat.sequence)
        return replace(one, seat=seat, unplaced=""), letter


def seat_after(store: Store, one: Attendee, origin: SubEvent | None, to: str, why: str) -> Seat:
    """The seat of somebody who sits in another group or at another time than before.

    Args:
        origin: where they sat, as they were told it; None when they had no seat.
        to: id of the group where they sit now.
    """
    if one.seat is None or origin is None:
        return replace(first_seat(one, to), change=why)
    was = Meeting(origin.id, origin.title, origin.slot, origin.place, origin.join_link)
    told = store.letter(LetterKey(one.event_id, one.id, Kind.SEAT, one.seat.sequence))
    # A change that nobody was told of yet is one with this one.
    known = one.seat.was if told.state is LetterState.PENDING else was
    return replace(changed(one.seat), sub_event=to, was=known, change=why)


def _unseated(store: Store, event: Event, planned: Unplaced, clock: Clock) -> tuple[Record, ...]:
    """Somebody for whom there is no seat any more, or none at all, and the letter that says so."""
    one = _present(store, event, planned.id)
    if one is None or (one.seat is None and one.unplaced):
        return ()
    if one.seat is None:
        letter = decided(event.id, one.id, Kind.NO_GROUP, clock.now(), one.seats)
        return replace(one, unplaced=planned.reason), letter
    origin = store.sub_event(event.id, one.seat.sub_event)
    gone = replace(unseated(one), unplaced=planned.reason)
    letter = decided(event.id, one.id, Kind.CANCELLED, clock.now(), one.seat.sequence + 1)
    return gone, without(origin, one.id), letter


def _present(store: Store, event: Event, person: str) -> Attendee | None:
    """The person if they still count."""
    try:
        one = store.attendee(event.id, person)
    except NotFound:
        return None
    return one if one.counts else None
