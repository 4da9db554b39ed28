"""Repair published groups: whoever left leaves no group too small, whoever came late finds a seat, few are moved."""

import hashlib
import itertools
import math
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
from chalicelib.domain.event import SOONEST, Asked, Event, Place, Slot
from chalicelib.domain.instance import Instance, instance_of
from chalicelib.domain.letter import ORGANIZER, Kind, LetterKey, LetterState, Loss, decided, forgetting
from chalicelib.domain.plan import Group, Plan, Unplaced
from chalicelib.domain.ports import Clock, Record, Store
from chalicelib.domain.rematch import Locks, Rematch
from chalicelib.domain.sub_event import SubEvent, capacity, sub_event_of, without
from chalicelib.flow.change import as_judged, change_event, require_held, save
from chalicelib.flow.people import people_of

JOINERS = 12
"""People who join one group in one transaction: each brings their record, a letter, and maybe the group they leave."""

SECONDS = 300
"""Searching for whom suits whom best stops after this; who has to move is known long before."""


ROUNDS = 4
"""One look makes so many plans at most; what is left after that is another look's concern."""


def repair(store: Store, event: Event, run: str, clock: Clock, key: bytes, new_name: str) -> None:
    """Mend the published groups as far as that needs nobody's word, and ask the organizer about the rest.

    It goes on where a run before this one was cut off.

    Args:
        new_name: a random name, from which plans get theirs, should any be needed.

    Raises:
        Conflict: another run holds the event now.
        Reconsider: the organizer has said otherwise meanwhile.
    """
    event = _carried_out(store, event, run, key, clock)
    for number in range(ROUNDS):
        if not _begun(store, event, run, clock.now(), f"{new_name}-{number}" if number else new_name):
            return
        event = _carried_out(store, store.event(event.id), run, key, clock)


def _carried_out(store: Store, event: Event, run: str, key: bytes, clock: Clock) -> Event:
    """The event after the plan that was begun, if one was."""
    if not event.mending:
        return event
    apply(store, event, run, store.plan(event.id, event.mending), key, clock)
    return change_event(store, event.id, lambda fresh: road.mended(fresh, run))


def _begun(store: Store, event: Event, run: str, now: datetime, name: str) -> bool:
    """Whether a plan is to be carried out now; if so the event says which."""
    standing = standing_of(store, event, now)
    before, world, waiting = store.plan(event.id, event.plan), fingerprint(store, event), event.asked
    if waiting is not None and waiting.plan and waiting.world == world:
        if waiting.agreed or waiting.until <= now:
            change_event(
                store, event.id, lambda fresh: road.mending(as_judged(fresh, event), run, waiting.plan, answered=True)
            )
            return True
        return False
    plan, question = decided_by(event, before, standing, now)
    if question is not None:
        since = now if waiting is None or waiting.agreed else waiting.since
        until = road.answer_by(since, first_start(event, standing, question))
        if until > now:
            _ask(store, event, run, question, Asked(plan=name, world=world, since=since, until=until, number=0))
            return False
    todo = plan or question
    if todo is None:
        if waiting is not None:
            change_event(store, event.id, lambda fresh: road.asking(as_judged(fresh, event), run, None))
        return False
    require_held(store, event.id, run)
    store.write_plan(event.id, name, todo)
    change_event(store, event.id, lambda fresh: road.mending(as_judged(fresh, event), run, name, answered=plan is None))
    return True


def _ask(store: Store, event: Event, run: str, question: Plan, asked: Asked) -> None:
    """Let the repair wait for the organizer's word, and ask for it in one letter, whatever joins the question later.

    Who was told of a later end of that time, or had answered already, is asked anew.
    """
    waiting = event.asked
    known = waiting is not None and not waiting.agreed and asked.until >= waiting.until
    again = waiting is not None and (waiting.agreed or waiting.again)
    wanted = replace(asked, number=waiting.number if waiting is not None and known else event.version, again=again)
    letters = () if known else (decided(event.id, ORGANIZER, Kind.DANGER, asked.since, wanted.number),)
    require_held(store, event.id, run)
    store.write_plan(event.id, asked.plan, question)
    change_event(store, event.id, lambda fresh: road.asking(as_judged(fresh, event), run, wanted), *letters)


class Standing(msgspec.Struct, frozen=True):
    """Published groups as they stand.

    Args:
        settled: groups that nobody changes: they have met or are about to, or are to stay as they are.
        open: the others.
        people: everybody who counts and is in none of the settled groups, by id.
    """

    settled: tuple[SubEvent, ...]
    open: tuple[SubEvent, ...]
    people: dict[str, Attendee]

    def broken(self, least: int) -> frozenset[str]:
        """Ids of groups with fewer members than they should have."""
        return frozenset(one.id for one in self.open if len(one.members) < least)

    def newcomers(self) -> list[Attendee]:
        """Those without a seat."""
        return [one for one in self.people.values() if one.seat is None]

    def leaving_be(self, groups: AbstractSet[str]) -> "Standing":
        """The same, but these groups stay as they are, with all who are in them."""
        if not groups:
            return self
        left = tuple(one for one in self.open if one.id in groups)
        members = {member for one in left for member in one.members}
        return Standing(
            (*self.settled, *left),
            tuple(one for one in self.open if one.id not in groups),
            {name: one for name, one in self.people.items() if name not in members},
        )

    def without(self, people: AbstractSet[str]) -> "Standing":
        """The same after these people gave up their seats."""
        left = (replace(one, members=tuple(name for name in one.members if name not in people)) for one in self.open)
        staying = {name: one for name, one in self.people.items() if name not in people}
        return Standing(self.settled, tuple(one for one in left if one.members), staying)


def standing_of(store: Store, event: Event, now: datetime) -> Standing:
    """Read the published groups and everybody who counts.

    Whose seat was freed gets none by themselves, but chooses one when they wish.
    """
    groups = [one for one in store.sub_events(event.id) if one.members]
    settled = tuple(one for one in groups if one.slot.start < now + SOONEST)
    met = {member for one in settled for member in one.members}
    people = {
        one.id: one
        for one in store.attendees(event.id)
        if one.counts and one.id not in met and not (one.released and one.seat is None)
    }
    return Standing(settled, tuple(one for one in groups if one.slot.start >= now + SOONEST), people)


def fingerprint(store: Store, event: Event) -> str:
    """The same for the same groups and people, whenever it is taken."""
    groups = (
        (one.id, one.slot.id, one.place.id if one.place else "", one.members) for one in store.sub_events(event.id)
    )
    waiting = (one.id for one in store.attendees(event.id) if one.counts and one.seat is None and not one.released)
    seen = (sorted(groups), sorted(waiting), event.small)
    return hashlib.sha256(msgspec.json.encode(seen, order="sorted")).hexdigest()[:32]


def let_be(event: Event, standing: Standing) -> frozenset[str]:
    """Ids of groups that are too small, as their organizer lets them be, and that nobody has left since."""
    broken = standing.broken(event.group_size.min)
    return frozenset(
        one.id for one in standing.open if one.id in broken and len(one.members) >= event.small.get(one.id, math.inf)
    )


def decided_by(event: Event, before: Plan, standing: Standing, now: datetime) -> tuple[Plan | None, Plan | None]:
    """What to do by itself, and what to ask the organizer about; one of the two or neither.

    Covey takes nobody's seat by itself, and where it is to ask changes nobody's meeting. What it may do comes first,
    with the groups in need left as they are, if it is part of what would be done in all, so that nobody changes in
    vain; when nothing of that is left the rest is asked about.

    Args:
        before: the plan that the groups went out with, or were mended to last.
    """
    newcomers = {one.id for one in standing.newcomers()}
    small = let_be(event, standing)
    if small and newcomers:
        # People without a seat may make a small group whole, which changes nothing for those in it.
        whole = planned(event, before, standing, now)
        if whole is not None and newcomers >= whole.changes.keys():
            return whole, None
    standing = standing.leaving_be(small)
    everything = planned(event, before, standing, now)
    if everything is None or _is_free(event, standing, everything, newcomers):
        return everything, None
    broken = standing.broken(event.group_size.min)
    for groups in dict.fromkeys((lost_in(standing, everything), broken) if event.repairs == "auto" else (broken,)):
        some = planned(event, before, standing.leaving_be(groups), now)
        if some is not None and _is_free(event, standing, some, newcomers) and _is_part(some, everything):
            return some, None
    return None, everything


def _is_free(event: Event, standing: Standing, plan: Plan, newcomers: AbstractSet[str]) -> bool:
    """Whether Covey may do this without asking."""
    if event.repairs == "ask":
        return newcomers >= plan.changes.keys()
    return not lost_in(standing, plan)


def _is_part(some: Plan, everything: Plan) -> bool:
    """Whether all whose meeting changes in the one plan meet so in the other, too."""
    after = _meetings(everything)
    return all(after.get(one) == meeting for one, meeting in _meetings(some).items() if one in some.changes)


def _meetings(plan: Plan) -> dict[str, tuple[str, str, str | None]]:
    return {one: (group.id, group.slot, group.place) for group in plan.groups for one in group.members}


def lost_in(standing: Standing, plan: Plan) -> frozenset[str]:
    """Ids of groups of whose members somebody would have no seat any more."""
    seated = {member for group in plan.groups for member in group.members}
    return frozenset(
        one.id for one in standing.open if not seated.issuperset(set(one.members) & standing.people.keys())
    )


def first_start(event: Event, standing: Standing, plan: Plan) -> datetime:
    """When the first session starts that a plan concerns: one of a group that is too small, left, joined or moved."""
    was = {member: one for one in standing.open for member in one.members}
    after = {member: event.slot(group.slot) for group in plan.groups for member in group.members}
    slots = [after[one] for one in plan.changes if one in after]
    slots += [was[one].slot for one in plan.changes if one in was]
    broken = standing.broken(event.group_size.min) - let_be(event, standing)
    slots += [one.slot for one in standing.open if one.id in broken]
    return min(slot.start for slot in slots)


def planned(event: Event, before: Plan, standing: Standing, now: datetime, seconds: float = SECONDS) -> Plan | None:
    """The plan that mends what is broken and seats whom it can; None when all may stay as it is.

    Nobody's meeting changes for the sake of somebody who never had a seat: newcomers get what is free, or
    help out a group that is too small.

    Args:
        seconds: how long each of up to four searches for whom suits whom best may go on.
    """
    broken, newcomers = bool(standing.broken(event.group_size.min)), standing.newcomers()
    untold = any(not one.unplaced for one in newcomers)
    if not broken and not untold and (event.mend_at is None or not newcomers):
        return None
    old = _plan_of(standing, before)
    instance = _instance(event, standing, now)
    if not instance.event.slots:
        return None
    new, why = _mended(instance, old, newcomers, seconds, broken=broken)
    whole = _whole(standing, before, new, why)
    if why and _overbooked(event, whole):
        new, why = _mended(_instance(event, standing, now, alone=True), old, newcomers, seconds, broken=broken)
        whole = _whole(standing, before, new, why)
    return whole if why else None


def _mended(
    instance: Instance, old: Plan, newcomers: list[Attendee], seconds: float, *, broken: bool
) -> tuple[Plan, dict[str, str]]:
    """The new plan, and for everybody whose meeting changes the sentence why."""
    from chalicelib.matching.rematch import rematch

    guests = frozenset(one.id for one in newcomers)
    new, why = old, dict[str, str]()
    if broken:
        found = rematch(instance, old, guests=guests, seconds=seconds)
        new, why = found.plan, _whys(found)
    # Helping out a group is no reason to go without a better seat, so those who do may still sit elsewhere.
    settled = _without(new, guests)
    try:
        found = rematch(instance, settled, _all_stay(settled), seconds=seconds)
    except Invalid:
        pass  # Somebody sits where their answers of today would not have put them; then nobody else is added.
    else:
        stay = {one: reason for one, reason in why.items() if one not in guests}
        new, why = found.plan, stay | _whys(found)
    return new, why


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


def _instance(event: Event, standing: Standing, now: datetime, *, alone: bool = False) -> Instance:
    """The matching problem of those who can still be moved; rooms that settled groups sit in are not free.

    Args:
        alone: a place in which a settled group meets is nobody else's then, however many rooms it has.
    """
    instance = instance_of(event, list(standing.people.values()), now)
    theirs = () if alone else standing.open
    places = tuple(_beside(place, standing.settled, theirs, instance) for place in instance.event.places)
    return replace(instance, event=replace(instance.event, places=places))


def _beside(place: Place, settled: tuple[SubEvent, ...], theirs: tuple[SubEvent, ...], instance: Instance) -> Place:
    """The place without the sessions that overlap with a group that meets there already, and is to stay.

    A session at which another group meets there as well goes on: it has a room beside the first.
    """
    taken = [one.slot for one in settled if one.place is not None and one.place.id == place.id]
    if place.rooms is None or not taken:
        return place
    kept = {one.slot.id for one in theirs if one.place is not None and one.place.id == place.id}
    free = tuple(
        slot.id
        for slot in instance.event.slots
        if (place.slots is None or slot.id in place.slots)
        and (slot.id in kept or not any(_overlap(slot, one) for one in taken))
    )
    return replace(place, slots=free)


def _overlap(one: Slot, other: Slot) -> bool:
    return one.start < other.end and other.start < one.end


def _overbooked(event: Event, plan: Plan) -> bool:
    """Whether more groups of the plan meet at once in some place than it has rooms."""
    for place in event.places:
        slots = [event.slot(group.slot) for group in plan.groups if group.members and group.place == place.id]
        if place.rooms is not None and any(
            sum(one.start <= slot.start < one.end for one in slots) > place.rooms for slot in slots
        ):
            return True
    return False


def _whole(standing: Standing, before: Plan, new: Plan, why: dict[str, str]) -> Plan:
    """The new plan together with the groups that do not change any more."""
    known = {group.id: group for group in before.groups}
    settled = tuple(_group_of(one, known.get(one.id)) for one in standing.settled)
    seated = sum(len(group.members) for group in settled)
    return replace(
        new,
        groups=(*settled, *new.groups),
        changes=why,
        origins={member: one.id for one in standing.open for member in one.members if member in why},
        placed=new.placed + seated,
        placeable=new.placeable + seated,
    )


def apply(store: Store, event: Event, run: str, plan: Plan, key: bytes, clock: Clock) -> None:
    """Change the published groups to the plan, each change in one transaction, so that doing it again only ends it.

    Whoever withdrew meanwhile is left out, and whoever chose another seat meanwhile keeps that, even where it was
    meant for somebody else: what this leaves to mend is the concern of the look that their choice brings about.
    Everybody whose meeting changes hears it in one letter.

    Raises:
        Conflict: another run holds the event now, or nobody since it was called off.
    """
    for one in plan.unplaced:
        require_held(store, event.id, run)
        save(store, partial(_unseated, store, event, one, plan.origins.get(one.id), clock))
    published = {one.id: one for one in store.sub_events(event.id)}
    birds = {one.id: one.bird for one in published.values()}
    for group in plan.groups:
        birds.setdefault(group.id, max(birds.values(), default=-1) + 1)
    moving = set(plan.origins)
    for group in _leavers_first(event, plan, published):
        moving -= set(group.members)
        leaving = frozenset(one for one in moving if plan.origins[one] == group.id)
        room = links.room(key, event.id, group.id)
        planned = sub_event_of(event, group, birds[group.id], room)
        require_held(store, event.id, run)
        _Change(store, event, group, planned, plan, leaving, clock).make()


def _leavers_first(event: Event, plan: Plan, published: dict[str, SubEvent]) -> Iterator[Group]:
    """The groups in an order in which whoever leaves one sits in another before it moves, and hears of that alone.

    The same goes for a group that others join who have room only then. Where people trade places between groups that
    both move, some hear of both.
    """
    destination = {member: group for group in plan.groups for member in group.members}
    seen: set[str] = set()

    def waits(group: Group, was: SubEvent) -> bool:
        moves = (was.slot.id, was.place and was.place.id) != (group.slot, group.place)
        return moves or len({*was.members, *group.members}) > capacity(event, was)

    def after_those_it_helps(group: Group) -> Iterator[Group]:
        if group.id in seen:
            return
        seen.add(group.id)
        was = published.get(group.id)
        if was is not None and waits(group, was):
            for member in was.members:
                if member in destination:
                    yield from after_those_it_helps(destination[member])
        yield group

    for group in plan.groups:
        yield from after_those_it_helps(group)


class _Change:
    """One group on its way from how it stands to how it is planned.

    Args:
        leaving: ids of those who leave it for another group only after this.
    """

    def __init__(
        self,
        store: Store,
        event: Event,
        group: Group,
        planned: SubEvent,
        plan: Plan,
        leaving: frozenset[str],
        clock: Clock,
    ) -> None:
        self._store, self._event, self._clock = store, event, clock
        self._group, self._planned, self._plan, self._leaving = group, planned, plan, leaving

    def make(self) -> None:
        """Move the group, then let people join it a few at a time, then say what it is about now."""
        save(self._store, self._retimed)
        joining = [member for member in self._group.members if member in self._plan.changes]
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
            if one.id in here.members or _sits_elsewhere(one, self._plan.origins.get(one.id)):
                continue
            if len(set(here.members) - self._leaving) >= capacity(self._event, here):
                break  # Somebody chose the last seat meanwhile.
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
        why = self._plan.changes.get(one.id, "")
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


def _unseated(store: Store, event: Event, planned: Unplaced, origin: str | None, clock: Clock) -> tuple[Record, ...]:
    """Somebody for whom there is no seat any more, or none at all, and the letter that says so."""
    one = _present(store, event, planned.id)
    if one is None or (one.seat is None and one.unplaced) or _sits_elsewhere(one, origin):
        return ()
    if one.seat is None:
        letter = decided(event.id, one.id, Kind.NO_GROUP, clock.now(), one.seats)
        return replace(one, unplaced=planned.reason), letter
    left = store.sub_event(event.id, one.seat.sub_event)
    gone = replace(unseated(one), unplaced=planned.reason)
    return gone, without(left, one.id), forgetting(gone, Loss.LOST, clock.now(), planned.reason)


def _sits_elsewhere(one: Attendee, origin: str | None) -> bool:
    """Whether they chose a seat since they were planned for.

    Args:
        origin: id of the group where they sat then; None when they had no seat.
    """
    return one.seat is not None and one.seat.sub_event != origin


def _present(store: Store, event: Event, person: str) -> Attendee | None:
    """The person if they still count."""
    try:
        one = store.attendee(event.id, person)
    except NotFound:
        return None
    return one if one.counts else None
