"""Hold a plan that seats too few: say why, and what each way out would lead to."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from chalicelib.domain import times
from chalicelib.domain.attendee import Attendee, AttendeeState
from chalicelib.domain.event import SOONEST, UNATTENDED, Choice, Event, GroupSize, Held, Slot
from chalicelib.domain.instance import instance_of
from chalicelib.domain.plan import Plan

MOST_SLOTS_TRIED = 10
"""How many of the considered slots, those that most people marked, are tried out as offered ones."""

HEADROOM = timedelta(minutes=10)
"""How long before its first session gets too near a waiting plan goes out; the tick and its worker take a while."""


def waits_until(event: Event, plan: Plan, now: datetime) -> datetime | None:
    """When a held plan stops waiting for its organizer; None for never, as the organizer asked."""
    if event.review:
        return None
    starts = [event.slot(group.slot).start for group in plan.groups]
    return max(now, min([now + UNATTENDED, *(start - SOONEST - HEADROOM for start in starts)]))


def why_held(event: Event, plan: Plan, attendees: list[Attendee], until: datetime | None, now: datetime) -> Held:
    """Why the plan waits, and the organizer's choices with their effects.

    Args:
        attendees: everybody who signed up, in whatever state.
        until: when something happens without an answer; None for never.
    """
    confirmed = [one for one in attendees if one.state is AttendeeState.CONFIRMED]
    unconfirmed = sum(one.state is AttendeeState.UNCONFIRMED for one in attendees)
    people = _people(len(confirmed))
    if not confirmed:
        sentence = "Nobody has confirmed a sign-up yet, so there is nobody to put into groups."
    elif not plan.groups:
        sentence = f"{people} confirmed, but no {event.group_size.min} of them share a time and a place."
    else:
        sentence = f"Only {plan.placed} of {len(confirmed)} people who confirmed get a group."
    otherwise = ""
    if until is not None:
        outcome = "the plan goes out as it is" if plan.groups else "everybody hears that the event is off"
        otherwise = f"Without your answer by {times.spoken(until, event.timezone)}, {outcome}."

    waiting = f" {_people(unconfirmed)} signed up without confirming so far." if unconfirmed else ""
    choices = []
    if now + timedelta(minutes=event.confirm_minutes) + SOONEST < event.last_start:
        choices.append(Choice("extend", f"Keep sign-up open longer and share the link again.{waiting}"))
    if confirmed:
        choices += _smaller(event, plan, confirmed, now) + _another_slot(event, plan, confirmed, now)
    if plan.groups:
        left_out = _people(len(plan.unplaced)) + (" is" if len(plan.unplaced) == 1 else " are")
        groups = f"{len(plan.groups)} group{'s' * (len(plan.groups) != 1)}"
        choices.append(Choice("publish", f"Go ahead: {groups} for {_people(plan.placed)}; {left_out} told why not."))
    choices.append(Choice("cancel", "Call it off: everybody who confirmed is told."))
    return Held(sentence, tuple(choices), otherwise)


def _smaller(event: Event, plan: Plan, confirmed: list[Attendee], now: datetime) -> list[Choice]:
    smaller = event.group_size.min - 1
    if smaller < 2:
        return []
    placed = _placeable(replace(event, group_size=GroupSize(smaller, event.group_size.max)), confirmed, now)
    if placed <= plan.placed:
        return []
    sentence = f"Allow groups of {smaller}: {placed} of {len(confirmed)} people get one."
    return [Choice("smaller", sentence, str(smaller))]


def _another_slot(event: Event, plan: Plan, confirmed: list[Attendee], now: datetime) -> list[Choice]:
    def marked(slot: Slot) -> int:
        return sum(slot.id in {*one.answers.free, *one.answers.if_need_be} for one in confirmed)

    considered = [slot for slot in event.slots if not slot.offered and slot.start >= now + SOONEST and marked(slot)]
    tried = sorted(considered, key=marked, reverse=True)[:MOST_SLOTS_TRIED]
    effects = [(_placeable(_offering(event, slot), confirmed, now), slot) for slot in tried]
    placed, best = max(effects, key=lambda effect: effect[0], default=(0, None))
    if best is None or placed <= plan.placed:
        return []
    when = times.spoken(best.start, event.timezone)
    return [Choice("slot", f"Offer {when} as well: {placed} of {len(confirmed)} people get a group.", best.id)]


def _offering(event: Event, wanted: Slot) -> Event:
    return replace(event, slots=tuple(replace(one, offered=one.offered or one == wanted) for one in event.slots))


def _placeable(event: Event, confirmed: list[Attendee], now: datetime) -> int:
    from chalicelib.matching.coverage import placeable

    return placeable(instance_of(event, confirmed, now))


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"
