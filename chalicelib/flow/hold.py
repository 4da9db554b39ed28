"""Hold a plan that seats too few: say why, and what each way out would lead to."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from chalicelib.domain import times
from chalicelib.domain.attendee import Attendee, AttendeeState
from chalicelib.domain.event import SOONEST, UNATTENDED, Choice, Event, GroupSize, Held, Slot
from chalicelib.domain.instance import instance_of
from chalicelib.domain.plan import Plan
from chalicelib.messages import catalog

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
    confirmed = [one for one in attendees if one.counts]
    unconfirmed = sum(one.state is AttendeeState.UNCONFIRMED for one in attendees)
    if not confirmed:
        sentence = _said("nobody")
    elif not plan.groups:
        sentence = _said("noGroup", people=_said("people", count=len(confirmed)), least=event.group_size.min)
    else:
        sentence = _said("few", placed=plan.placed, count=len(confirmed))
    otherwise = ""
    if until is not None:
        otherwise = _said("goesOut" if plan.groups else "isOff", until=times.spoken(until, event.timezone))

    choices = []
    if now + timedelta(minutes=event.confirm_minutes) + SOONEST < event.last_start:
        waiting = _said("unconfirmed", people=_said("people", count=unconfirmed)) if unconfirmed else ""
        choices.append(Choice("extend", f"{_said('extend')} {waiting}".strip()))
    if confirmed:
        choices += _smaller(event, plan, confirmed, now) + _another_slot(event, plan, confirmed, now)
    if plan.groups:
        effect = {
            "groups": _said("groups", count=len(plan.groups)),
            "people": _said("people", count=plan.placed),
        }
        choices.append(Choice("publish", _said("publish", **effect, count=len(plan.unplaced))))
    choices.append(Choice("cancel", _said("cancel")))
    return Held(sentence, tuple(choices), otherwise)


def _smaller(event: Event, plan: Plan, confirmed: list[Attendee], now: datetime) -> list[Choice]:
    smaller = event.group_size.min - 1
    if smaller < 2:
        return []
    placed = _placeable(replace(event, group_size=GroupSize(smaller, event.group_size.max)), confirmed, now)
    if placed <= plan.placed:
        return []
    sentence = _said("smaller", least=smaller, placed=placed, count=len(confirmed))
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
    return [Choice("slot", _said("slot", when=when, placed=placed, count=len(confirmed)), best.id)]


def _offering(event: Event, wanted: Slot) -> Event:
    return replace(event, slots=tuple(replace(one, offered=one.offered or one == wanted) for one in event.slots))


def _placeable(event: Event, confirmed: list[Attendee], now: datetime) -> int:
    from chalicelib.matching.coverage import placeable

    return placeable(instance_of(event, confirmed, now))


def _said(key: str, **values: object) -> str:
    # These sentences are kept with the event, like those of its plan, and told in the same language.
    return catalog.text(catalog.ENGLISH, "held", key, **values)
