"""Erase a person: take them out of all that mentions them, and delete what is theirs, their own record last.

Until that last write their link works and every step can be taken again, so whoever presses twice, or presses
again after something failed half way, finishes what was begun.
"""

from collections.abc import Callable
from datetime import datetime
from typing import cast

from msgspec.structs import replace

from chalicelib.domain import event as road
from chalicelib.domain.attendee import Attendee, AttendeeState
from chalicelib.domain.erasure import Shown, forgotten, friends_without, group_without, mentions, plan_without
from chalicelib.domain.errors import Conflict, NotFound, Stale
from chalicelib.domain.event import Event, Slot
from chalicelib.domain.letter import WITH_COMPANIONS, Letter, LetterState, erased, unwritten
from chalicelib.domain.plan import Group
from chalicelib.domain.ports import Record, Store
from chalicelib.domain.sub_event import SubEvent, without
from chalicelib.flow.change import TRIES, change_event
from chalicelib.flow.people import people_of
from chalicelib.flow.signup import disturb

BUSY = "Groups are being made or going out right now; press again in a minute."
ON_ITS_WAY = "A letter to your group is going out right now; press again in a minute."


class _Overtaken(Exception):
    """Somebody else has exchanged the plan meanwhile."""


def erase(store: Store, event_id: str, attendee_id: str, new_name: Callable[[], str], now: datetime) -> None:
    """Everything about a person is gone for good; pressing twice is harmless.

    A plan that waits for its organizer is made again without them. A group that went out is mended, if it has to
    be, as when they withdraw.

    Args:
        new_name: draws a random name for a plan.

    Raises:
        Conflict: groups are being made, mended or going out, or a letter that names them is; pressing again ends
            what this has begun.
    """
    for _ in range(TRIES):
        try:
            person = store.attendee(event_id, attendee_id)
        except NotFound:
            return
        try:
            _erase(store, person, new_name, now)
        except (Stale, NotFound, _Overtaken):
            continue  # Somebody else was at it as well; NotFound when they erased themselves.
        return
    raise Conflict(BUSY)


def _erase(store: Store, person: Attendee, new_name: Callable[[], str], now: datetime) -> None:
    # Listed before the event is read: whoever wrote one of these and has not put it into the event by the time
    # that ours is put there has to write anew, so what was listed may be deleted.
    plans = store.plans(person.event_id)
    event = store.event(person.event_id)
    _require_rest(event)
    if person.seat is not None:
        disturb(store, event, now)
    person, groups = _leave(store, event, person)
    _leave_letters(store, event, person, groups)
    for friend in list(store.naming(event.id, person.email)):
        store.commit(friends_without(friend, person.email))
    kept = _leave_plan(store, event, person, plans, new_name, now)
    store.commit(*(forgotten(group, person.id) for group in groups))
    store.erase(person, plans - {kept})


def _require_rest(event: Event) -> None:
    """Raises Conflict while somebody works on groups who may have read of the person before they left."""
    if road.is_busy(event):
        raise Conflict(BUSY)


def _leave(store: Store, event: Event, person: Attendee) -> tuple[Attendee, list[SubEvent]]:
    """The person, withdrawn, so that nothing new is decided for them, and the groups that they are in no longer."""
    gone = replace(person, state=AttendeeState.WITHDRAWN)
    now: dict[str, Record] = {}
    changed: list[Record] = [gone] if gone != person else []
    for group in store.sub_events(event.id) if person.seat or person.lost else ():
        out = without(group, person.id) if person.id in group.members else group
        left = _left(store, event, person, out, group.slot)
        now[group.id] = left
        changed += [left] if left != group else []
    saved = store.commit(*changed)
    now |= {one.id: one for one in saved if isinstance(one, SubEvent)}
    groups = [one for one in now.values() if isinstance(one, SubEvent) and person.id in one.former]
    return cast(Attendee, saved[0]) if gone != person else person, groups


def _left[G: (SubEvent, Group)](store: Store, event: Event, person: Attendee, group: G, slot: Slot) -> G:
    """What is left of a group without the person and what it shows of their words."""
    from chalicelib.matching import wording
    from chalicelib.matching.quoting import quotes, unquoted

    there = mentions(group, person.id) or group.id in {seat.sub_event for seat in (person.seat, person.lost) if seat}
    if not there and not (person.answers.shares and quotes(group.subtitle, person.answers)):
        return group
    shown = Shown(group.title, group.subtitle, group.keywords)
    if person.answers.shares:
        staying = people_of(store, event.id, (one for one in group.members if one != person.id))
        others = [one.answers for one in staying if one.state is AttendeeState.CONFIRMED and one.answers.shares]
        shown = unquoted(shown, person.answers, others, wording.time(slot, event.timezone))
    return group_without(group, person.id, shown)


def _leave_letters(store: Store, event: Event, person: Attendee, groups: list[SubEvent]) -> None:
    """What is kept of letters to others names the person no longer, nor will those that are still to be sent."""
    companions = {one for group in groups for one in (*group.members, *group.former)}
    for listed in (letter for one in sorted(companions - {person.id}) for letter in store.letters(event.id, one)):
        if person.id in listed.names or _is_to_come(listed):
            letter = store.letter(listed.key)
            if letter.state is LetterState.SENDING:
                raise Conflict(ON_ITS_WAY)
            # One that is to come is saved in any case: who has just composed it finds that it has changed.
            store.commit(unwritten(letter) if letter.state is LetterState.PENDING else erased(letter))


def _is_to_come(letter: Letter) -> bool:
    return letter.kind in WITH_COMPANIONS and letter.state is LetterState.PENDING


def _leave_plan(
    store: Store, event: Event, person: Attendee, plans: frozenset[str], new_name: Callable[[], str], now: datetime
) -> str:
    """The name of the event's plan from now on, which is one without the person; empty when there is none.

    The event is saved in any case: whoever begins to make or mend groups after that reads that the person has left.
    """
    name, seated = event.plan, False
    if event.plan:
        if event.plan not in plans:
            raise _Overtaken
        plan = store.plan(event.id, event.plan)
        seated = any(person.id in group.members for group in plan.groups)
        left = plan_without(plan, person.id, lambda group: _left(store, event, person, group, event.slot(group.slot)))
        if left != plan or plans != {event.plan}:
            name = new_name()
            store.write_plan(event.id, name, left)

    def decide(fresh: Event) -> Event:
        _require_rest(fresh)
        if fresh.plan != event.plan:
            raise _Overtaken
        again = seated and road.is_waiting(fresh)
        return replace(road.rematched(fresh, now) if again else road.reworked(fresh, now), plan=name)

    change_event(store, event.id, decide)
    return name
