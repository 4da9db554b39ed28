"""What an organizer does: open the event, move the deadline, close, hold, change, publish, cancel."""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from chalicelib.domain import event as road
from chalicelib.domain import links
from chalicelib.domain.errors import BadLink, Conflict, Invalid, NotFound
from chalicelib.domain.event import Event, Repairs, State
from chalicelib.domain.links import Purpose
from chalicelib.domain.plan import outdated
from chalicelib.domain.ports import Store
from chalicelib.domain.proposal import GroupSizeProposal, check_deadline, check_most, check_seats, group_size, release
from chalicelib.flow.change import change_event
from chalicelib.flow.repair import standing_of


def bearer(store: Store, key: bytes, token: str) -> Event:
    """Whose event this link steers. Raises BadLink for every link that does not work, whatever the reason."""
    link = links.read(key, token)
    try:
        event = store.event(link.event_id)
    except NotFound:
        raise BadLink from None
    if link.purpose is not Purpose.ORGANIZER or event.generation != link.generation:
        raise BadLink
    return event


def open_event(store: Store, event_id: str, now: datetime) -> Event:
    """Sign-up begins; pressing twice is harmless. Raises Conflict when the deadline has passed meanwhile."""

    def decide(event: Event) -> Event:
        if now >= event.closes_at:
            raise Conflict("The sign-up deadline has passed; move it first, then open the event.")
        return road.opened(event, now)

    event = store.event(event_id)
    return event if event.state is State.OPEN else change_event(store, event_id, decide)


def move_deadline(store: Store, event_id: str, closes_at: datetime, now: datetime) -> Event:
    """Sign-up ends at another time. Raises Invalid for a time that cannot be, Conflict when it is too late."""

    def decide(event: Event) -> Event:
        moved = road.with_deadline(event, closes_at)
        check_deadline(moved, road.start_to_meet(event, now), now)
        return moved

    return change_event(store, event_id, decide)


def close_now(store: Store, event_id: str, confirm_minutes: int | None, now: datetime) -> Event:
    """Sign-up ends at once; the tick matches when late confirmations are in.

    Raises:
        Invalid: they would be in only when the sessions have begun.
    """

    def decide(event: Event) -> Event:
        closed = road.closed(event, now, confirm_minutes)
        if road.confirm_until(closed) >= road.start_to_meet(event, now):
            raise Invalid("A session starts before confirming ends; choose fewer minutes.", "confirm_minutes")
        return closed

    return change_event(store, event_id, decide)


def hold(store: Store, event_id: str) -> Event:
    """The plan waits for the organizer."""
    return change_event(store, event_id, road.reviewed)


def publish(store: Store, event_id: str, now: datetime) -> Event:
    """The waiting plan goes out with the next tick.

    Raises:
        Conflict: there is none, or it cannot go out any more, in which case a new one is being made.
    """
    event = store.event(event_id)
    if not road.is_waiting(event):
        return change_event(store, event_id, lambda fresh: road.approved(fresh, now))
    plan = store.plan(event_id, event.plan)
    confirmed = {one.id for one in store.attendees(event_id) if one.counts}
    why = outdated(plan, event, confirmed, now)
    if why:
        change_event(store, event_id, lambda fresh: road.rematched(fresh, now))
        raise Conflict(f"{why}, so a new plan is being made; look again in two minutes.")
    if not plan.groups:
        raise Conflict("This plan has no group, so there is nothing to publish; extend, change or cancel instead.")
    return change_event(store, event_id, lambda fresh: road.approved(fresh, now))


def mend(store: Store, event_id: str, plan: str, now: datetime) -> Event:
    """The repair of that name is carried out with the next tick.

    Raises:
        Conflict: it is not what waits any more.
    """
    return change_event(store, event_id, lambda event: road.agreed(event, plan, now))


def leave(store: Store, event_id: str, plan: str, now: datetime) -> Event:
    """The groups stay as they are, small as they may be, until somebody else leaves.

    Raises:
        Conflict: that repair is not what waits any more.
    """

    def decide(event: Event) -> Event:
        open_groups = standing_of(store, event, now).open
        small = {one.id: len(one.members) for one in open_groups if len(one.members) < event.group_size.min}
        return road.accepted(event, plan, small, now)

    return change_event(store, event_id, decide)


def keep_up(store: Store, event_id: str, repairs: Repairs | None, hours: int | None, now: datetime) -> Event:
    """Other rules for repairs and for freeing seats; what is left out stays.

    Raises:
        Invalid: nothing is to change, or the hours cannot be.
        Conflict: the event is off.
    """
    if repairs is None and hours is None:
        raise Invalid("Say what to change: repairs, or release.", "repairs")
    wanted = None if hours is None else release(hours)
    return change_event(store, event_id, lambda event: road.kept_up(event, repairs, wanted, now))


def cancel(store: Store, event_id: str, now: datetime) -> Event:
    """The event is off; the next tick tells everybody who confirmed."""
    return change_event(store, event_id, lambda event: road.cancelled(event, now))


def change(store: Store, event_id: str, size: GroupSizeProposal | None, offer: Sequence[str], now: datetime) -> Event:
    """Other group sizes, or slots offered that were merely considered; a waiting plan is made again.

    Raises:
        Invalid: the size or a slot cannot be.
        Conflict: groups are being made or have gone out.
    """
    if size is None and not offer:
        raise Invalid("Say what to change: group_size, or the slots to offer.", "group_size")

    def decide(event: Event) -> Event:
        if event.state not in {State.UNCONFIRMED, State.OPEN, State.CLOSED} and not road.is_waiting(event):
            raise Conflict("Groups are being made or have gone out, so this cannot change any more.")
        known = {slot.id for slot in event.slots}
        for slot_id in offer:
            if slot_id not in known:
                raise Invalid(
                    "One of these slots is not a slot of this event; reload the page and choose again.", "offer"
                )
        changed = replace(
            event,
            group_size=event.group_size if size is None else group_size(size),
            slots=tuple(replace(slot, offered=slot.offered or slot.id in offer) for slot in event.slots),
        )
        check_seats(changed.places, changed.group_size)
        check_most(changed.most, changed.group_size)
        return road.rematched(changed, now) if road.is_waiting(event) else changed

    return change_event(store, event_id, decide)
