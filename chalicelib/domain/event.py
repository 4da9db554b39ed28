"""An event: what its organizer asked for, and where it stands on the road from signup to published groups.

Every change of state is a function from an event to a new event; the store saves it only if nobody
else saved first. `due` is the next instant at which somebody has to look at the event, so one index
over it finds all the work there is, including work whose worker died.
"""

import enum
from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec
from msgspec.structs import replace

from chalicelib.domain.errors import Conflict

SETTLE = timedelta(seconds=15)
"""How long a step waits after the door before it closed, so that every write that was let in has landed."""

LEASE = timedelta(seconds=60)
"""How long a worker holds an event without a sign of life."""

HEARTBEAT = timedelta(seconds=15)
"""How often a worker gives its sign of life."""

REMINDER = timedelta(days=1)
"""How long before the deadline whoever has not confirmed is reminded, once."""

SOONEST = timedelta(hours=1)
"""A group is made for a session only when people still have that long to hear of it and get there."""

BURST = timedelta(minutes=10)
"""How long published groups are left as they are after somebody left or came, so that a burst of changes is one."""

SURELY_SAVED = timedelta(minutes=2)
"""Longer than any function runs that saves who leaves or comes: groups that are mended only after that are mended
with what it saves."""

UNATTENDED = timedelta(hours=24)
"""How long a held plan waits for its organizer before it goes out by itself."""

ASKED_UNTIL = timedelta(hours=24)
"""How long before the first session that a repair concerns Covey makes it without its organizer's word."""

ANSWERABLE = timedelta(hours=2)
"""How long an organizer has to answer at least, where the session is too near for more."""

UNANSWERED = timedelta(minutes=90)
"""How long before that session a repair is made in any case, while it still can be."""

NOTICE = timedelta(hours=24)
"""How long before seats of people who never answered are freed each of them hears of it."""

LATEST_NOTICE = timedelta(hours=12)
"""Whoever heard of it later than that before keeps their seat."""

LEAST_RELEASE, MOST_RELEASE = 12, 7 * 24
"""Hours before a session at which an organizer may have unanswered seats freed."""

MOST_SLOTS = 400
MOST_PLACES = 50

MOST_PEOPLE = 10_000
"""The largest number of people that an organizer may limit an event to."""

LARGEST_GROUP = 30
"""A group, its members and their letters are published in one transaction of at most 100 items."""


type Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
type Repairs = Literal["auto", "ask"]


class State(enum.StrEnum):
    UNCONFIRMED = "unconfirmed"
    OPEN = "open"
    CLOSED = "closed"
    MATCHING = "matching"
    DRAFT = "draft"
    HELD = "held"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


class GroupSize(msgspec.Struct, frozen=True):
    """How many people a sub-event has, both bounds included."""

    min: int
    max: int


class Slot(msgspec.Struct, frozen=True, omit_defaults=True):
    """A span of time in which a sub-event can meet; one that is not offered is merely considered."""

    id: str
    start: datetime
    end: datetime
    offered: bool = True


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where sub-events meet.

    Args:
        rooms: how many sub-events fit at any instant; None for any number.
        seats: how many people fit into one of them; None for any number.
        slots: ids of the slots in which it can be used; None for all.
        address: what a person needs to find it; empty when online.
        link: the organizer's own meeting link; with neither address nor link Covey makes a room.
    """

    id: str
    name: str
    rooms: int | None = None
    seats: int | None = None
    slots: tuple[str, ...] | None = None
    address: str = ""
    link: str = ""

    @property
    def online(self) -> bool:
        return not self.address


class Wishes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the organizer would have groups be like; never at the price of a seat.

    Args:
        levels: people of similar or of mixed experience; None when it matters little.
        topics: the weight of topics against goals, 0 to 1.
        fairness: 0 to seek the most relevance in all, up to 1 to seek the most for whoever has least.
        wildcard: one member a group may come from a neighbouring theme, and is told so.
    """

    levels: Literal["similar", "mixed"] | None = None
    topics: Share = 0.15
    fairness: Share = 0.0
    wildcard: bool = False


class Organizer(msgspec.Struct, frozen=True):
    """Who answers for the event."""

    name: str
    email: str


class Choice(msgspec.Struct, frozen=True):
    """Something the organizer may do about a held plan.

    Args:
        act: "extend", "smaller", "slot", "publish" or "cancel".
        sentence: what it would lead to.
        value: what the act needs: the smaller minimum, the slot's id; empty for the others.
    """

    act: str
    sentence: str
    value: str = ""


class Held(msgspec.Struct, frozen=True):
    """Why a plan waits for its organizer, what they may do, and what happens by itself otherwise."""

    sentence: str
    choices: tuple[Choice, ...]
    otherwise: str = ""


class Asked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A repair of published groups that waits for its organizer's word.

    Args:
        plan: the name of the plan that it would come to; empty while that is worked out anew.
        world: a fingerprint of the groups and people that it was made for.
        since: when the organizer was first asked.
        until: when Covey goes ahead by itself.
        number: of the letter that asks, which is one for all that joins the question before it is answered.
        again: the organizer had agreed to another plan, which fitted no more when it was to be carried out.
        agreed: the organizer wants it carried out.
    """

    plan: str
    world: str
    since: datetime
    until: datetime
    number: int
    again: bool = False
    agreed: bool = False


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event.

    Args:
        base_url: where this event's pages live, without a slash at the end; links in letters start with it.
        closes_at: the end of sign-up.
        confirm_minutes: how long after that a sign-up can still be confirmed.
        question: what people are asked when they confirm; empty for the usual question.
        most: how many people may be in; full when that many have confirmed, and None for any number.
        review: the organizer wants to see the plan before it goes out.
        least_share: percent of confirmed people that a plan must seat to go out unattended.
        opened_at: when sign-up first opened.
        reminded: everybody who had not confirmed a day before the deadline was reminded.
        closed_at: when sign-up did close.
        due: when the event next needs looking at; None when nothing is left to do.
        run: the random name of the worker at it, empty when there is none.
        plan: the name of the newest draft or published plan, empty before the first.
        mend_at: when published groups are to be mended, since somebody left or came; None when nobody did.
        mending: the name of the plan to which published groups are being changed; empty when none is.
        repairs: "auto" to mend published groups as long as that takes nobody's seat, "ask" to ask before anybody's
            meeting changes.
        asked: the repair that waits for the organizer; None when none does.
        small: for groups that the organizer lets meet although they are too small, with how few people.
        release: how many hours before a session the seats of people who never answered are freed; 0 for never.
        frees_at: when that happens next; None when it does not.
        held: why the plan waits for the organizer; None when it does not.
        failures: how often in a row a worker was taken over.
        generation: raising it revokes the organizer's link.
        version: how often it was saved.
    """

    id: str
    title: str
    organizer: Organizer
    timezone: str
    group_size: GroupSize
    slots: tuple[Slot, ...]
    closes_at: datetime
    created_at: datetime
    base_url: str
    description: str = ""
    places: tuple[Place, ...] = ()
    topics: tuple[str, ...] = ()
    wishes: Wishes = Wishes()
    question: str = ""
    most: int | None = None
    confirm_minutes: int = 120
    review: bool = False
    least_share: int = 80
    state: State = State.UNCONFIRMED
    opened_at: datetime | None = None
    reminded: bool = False
    closed_at: datetime | None = None
    due: datetime | None = None
    run: str = ""
    plan: str = ""
    mend_at: datetime | None = None
    mending: str = ""
    repairs: Repairs = "auto"
    asked: Asked | None = None
    small: dict[str, int] = {}
    release: int = 0
    frees_at: datetime | None = None
    held: Held | None = None
    failures: int = 0
    generation: int = 0
    version: int = 0

    def place(self, place_id: str | None) -> Place | None:
        return next((place for place in self.places if place.id == place_id), None)

    def slot(self, slot_id: str) -> Slot:
        """The slot of that id, which is one of the event's, as those of its plans are."""
        return next(slot for slot in self.slots if slot.id == slot_id)

    @property
    def first_start(self) -> datetime:
        return min(slot.start for slot in self.slots)

    @property
    def last_start(self) -> datetime:
        """When the last offered session starts."""
        return max(slot.start for slot in self.slots if slot.offered)


def accepts_sign_ups(event: Event, now: datetime) -> bool:
    """Sign-up ends at the deadline itself, whenever the tick gets round to closing."""
    return event.state is State.OPEN and now < event.closes_at


def accepts_edits(event: Event, now: datetime) -> bool:
    """Answers and confirmations count until shortly before the matching reads them."""
    return event.state is State.OPEN or (event.state is State.CLOSED and now < confirm_until(event))


def is_full(event: Event, confirmed: int) -> bool:
    """Whether as many people have confirmed as the organizer lets in."""
    return event.most is not None and confirmed >= event.most


def confirm_until(event: Event) -> datetime:
    """When a sign-up can last be confirmed and still count."""
    if event.state is State.CLOSED and event.due is not None:
        return event.due - SETTLE
    return event.closes_at + timedelta(minutes=event.confirm_minutes)


def is_waiting(event: Event) -> bool:
    """A draft waits for its organizer."""
    return event.state in {State.DRAFT, State.HELD} and not event.run


def is_over(event: Event, now: datetime) -> bool:
    """No session is left that somebody could still be seated in."""
    return event.last_start < now + SOONEST


def is_busy(event: Event) -> bool:
    """Groups are being made, mended or going out by somebody who has read everybody's answers."""
    working = event.state in {State.DRAFT, State.HELD, State.PUBLISHED} and event.run != ""
    return working or event.state in {State.MATCHING, State.PUBLISHING}


def freed_at(event: Event, start: datetime) -> datetime | None:
    """When unanswered seats of a session that starts then are freed; None for never."""
    return start - timedelta(hours=event.release) if event.release else None


def answer_by(since: datetime, start: datetime) -> datetime:
    """Until when a repair waits for its organizer.

    Args:
        since: when they were asked.
        start: of the first session that it concerns.
    """
    return max(start - ASKED_UNTIL, min(since + ANSWERABLE, start - UNANSWERED))


def start_to_meet(event: Event, now: datetime) -> datetime:
    """The session by which confirming has to be over: the first, or, once that is past or planned with, the last."""
    return event.last_start if event.plan or event.first_start <= now else event.first_start


def remind_at(event: Event) -> datetime | None:
    """When whoever has not confirmed is reminded; None once that is done, or when sign-up opened only later."""
    if event.reminded or event.opened_at is None or event.closes_at - event.opened_at <= REMINDER:
        return None
    return event.closes_at - REMINDER


def opened(event: Event, now: datetime) -> Event:
    """The organizer confirmed; sign-up begins."""
    _require(event, {State.UNCONFIRMED}, "This event was opened already, or is off.")
    return _taking_sign_ups(replace(event, opened_at=now))


def reminded(event: Event, run: str) -> Event:
    """Whoever had not confirmed is being reminded; the deadline comes next."""
    _require_run(event, run)
    _require(event, {State.OPEN}, "Sign-up is over, so there is nobody left to remind.")
    return _taking_sign_ups(replace(event, reminded=True))


def with_deadline(event: Event, closes_at: datetime) -> Event:
    """Sign-up ends at another time; a closed or waiting event opens again."""
    if event.state is State.UNCONFIRMED:
        return replace(event, closes_at=closes_at)
    if event.state not in {State.OPEN, State.CLOSED} and not is_waiting(event):
        raise Conflict("The deadline cannot move any more: groups are being made or have gone out.")
    return _taking_sign_ups(replace(event, closes_at=closes_at, closed_at=None, held=None))


def closed(event: Event, now: datetime, confirm_minutes: int | None = None) -> Event:
    """Sign-up is over; matching is due once late confirmations and late writes are in.

    Args:
        confirm_minutes: how long sign-ups can still be confirmed; None for what the event says.
    """
    _require(event, {State.OPEN}, "Sign-up is not open, so it cannot be closed.")
    minutes = event.confirm_minutes if confirm_minutes is None else confirm_minutes
    closes_at = min(event.closes_at, now)
    due = max(closes_at + timedelta(minutes=minutes), now) + SETTLE
    return replace(event, state=State.CLOSED, closed_at=now, closes_at=closes_at, due=due, run="", failures=0)


def rematched(event: Event, now: datetime) -> Event:
    """The draft no longer fits; match again."""
    _require(event, {State.DRAFT, State.HELD}, "There is no plan to make again yet.")
    return replace(event, state=State.CLOSED, due=now + SETTLE, run="", held=None, failures=0)


def claimed(event: Event, run: str, now: datetime) -> Event:
    """A worker of that name takes on whatever the event's state asks for, after another one died or for the first time.

    Each takeover doubles the lease from the fifth on, so that an event which kills its workers does
    not keep them dying all day.
    """
    state = State.MATCHING if event.state is State.CLOSED else event.state
    taken_over = replace(event, state=state, run=run, failures=event.failures + (event.run != ""))
    return replace(taken_over, due=_lapses(taken_over, now))


def alive(event: Event, run: str, now: datetime) -> Event:
    """The worker's sign of life. Raises Conflict when the event is somebody else's by now."""
    _require_run(event, run)
    return replace(event, due=_lapses(event, now))


def drafted(event: Event, run: str, plan: str) -> Event:
    """A plan is written; the worker decides next what becomes of it."""
    _require_run(event, run)
    _require(event, {State.MATCHING}, "This event is not being matched.")
    return replace(event, state=State.DRAFT, plan=plan)


def waiting(event: Event, run: str) -> Event:
    """The draft waits for its organizer, as they asked."""
    _require_run(event, run)
    _require(event, {State.DRAFT}, "There is no draft to review.")
    return replace(event, due=None, run="", failures=0)


def held(event: Event, run: str, why: Held, until: datetime | None) -> Event:
    """The draft is not good enough to go out unattended before that instant, or ever when it is None."""
    _require_run(event, run)
    _require(event, {State.DRAFT}, "There is no draft to hold.")
    return replace(event, state=State.HELD, held=why, due=until, run="", failures=0)


def approved(event: Event, now: datetime) -> Event:
    """The organizer lets the draft go out."""
    if not is_waiting(event) or not event.plan:
        raise Conflict("There is no plan waiting to go out.")
    return replace(event, state=State.PUBLISHING, held=None, due=now)


def publishing(event: Event, run: str) -> Event:
    """The draft goes out; from here on publishing is only ever finished."""
    _require_run(event, run)
    _require(event, {State.DRAFT, State.HELD}, "There is no plan that could go out.")
    return replace(event, state=State.PUBLISHING, held=None)


def published(event: Event, run: str, now: datetime) -> Event:
    """Every letter is decided; one more look for whoever slipped in meanwhile stays due."""
    _require_run(event, run)
    _require(event, {State.PUBLISHING}, "This event is not being published.")
    return replace(event, state=State.PUBLISHED, run="", due=now + SETTLE, failures=0)


def disturbed(event: Event, now: datetime) -> Event:
    """Somebody leaves or joins published groups; they are mended when the burst of changes is over.

    A worker that is mending already may or may not have seen it, so it is another time's concern too. One that is
    about to begin waits until what is being saved has landed. Right before a session nothing can be mended any more,
    but somebody has to hear in time that a group became too small.
    """
    if event.state is not State.PUBLISHED or event.last_start <= now:
        return event
    begins = any(slot.offered and now < slot.start <= now + BURST for slot in event.slots)
    mend_at = now + (SETTLE if begins else BURST)
    if event.mend_at is not None and not event.run:
        if now + SETTLE < event.mend_at <= mend_at:
            return event
        mend_at = now + SETTLE
    due = event.due if event.run else min(filter(None, (event.due, mend_at)))
    return replace(event, mend_at=mend_at, due=due)


def mending(event: Event, run: str, plan: str, *, answered: bool) -> Event:
    """Published groups are changed to the plan of this name from now on.

    Args:
        answered: it is what the organizer was asked about, or takes its place.
    """
    _require_run(event, run)
    _require(event, {State.PUBLISHED}, "The groups have not gone out, so there is nothing to mend.")
    return replace(event, mending=plan, asked=None if answered else event.asked)


def mended(event: Event, run: str) -> Event:
    """The published groups are as the plan has them."""
    _require_run(event, run)
    return replace(event, plan=event.mending, mending="")


def asking(event: Event, run: str, asked: Asked | None) -> Event:
    """A repair waits for the organizer's word; None when there is nothing to ask any more."""
    _require_run(event, run)
    _require(event, {State.PUBLISHED}, "The groups have not gone out, so there is nothing to mend.")
    return replace(event, asked=asked)


def reworked(event: Event, now: datetime) -> Event:
    """What the organizer is asked is worked out anew, since somebody is gone who was part of it."""
    if event.asked is None:
        return event
    return disturbed(replace(event, asked=replace(event.asked, plan="")), now)


def agreed(event: Event, plan: str, now: datetime) -> Event:
    """The organizer wants the repair of that name carried out, by a worker; saying it twice is harmless."""
    asked = _question(event, plan)
    due = event.due if event.run else now
    return replace(event, asked=replace(asked, agreed=True), due=due)


def accepted(event: Event, plan: str, small: dict[str, int], now: datetime) -> Event:
    """The organizer leaves the groups as they are, until somebody else leaves.

    Whom the repair would have seated in them is looked after at once: there may be another seat for them.

    Args:
        small: the groups that are too small, and how many people each has.
    """
    asked = _question(event, plan)
    if asked.agreed:
        raise Conflict("This is being done already; look again in a minute.")
    left = replace(event, asked=None, small=event.small | small, mend_at=now)
    return left if event.run else replace(left, due=_wakes(left))


def _question(event: Event, plan: str) -> Asked:
    """What the organizer answers; raises Conflict when it is not that any more."""
    if event.state is not State.PUBLISHED or event.asked is None:
        raise Conflict("There is nothing to decide any more; reload the page to see how things are.")
    if event.mend_at is not None or event.asked.plan != plan:
        raise Conflict(
            "Things have changed since, so this is worked out anew; look again in a few minutes and decide then."
        )
    return event.asked


def kept_up(event: Event, repairs: Repairs | None, release: int | None, now: datetime) -> Event:
    """Other rules for repairs and for freeing seats; groups that went out are looked at again. None leaves a rule."""
    changed = replace(
        event,
        repairs=event.repairs if repairs is None else repairs,
        release=event.release if release is None else release,
    )
    if event.state is State.CANCELLED:
        raise Conflict("This event is off, so there is nothing left to look after.")
    if changed == event or event.state is not State.PUBLISHED or is_over(event, now):
        return changed
    asked = event.asked and replace(event.asked, plan=event.asked.plan if changed.repairs == event.repairs else "")
    # Where a look was to come, somebody may be leaving right now who relies on its not coming at once.
    mend_at = now if event.mend_at is None else min(event.mend_at, now + SURELY_SAVED)
    changed = replace(changed, asked=asked, mend_at=mend_at)
    return changed if event.run else replace(changed, due=_wakes(changed))


def freeing(event: Event, run: str, now: datetime) -> Event:
    """Seats are about to be freed, so the groups are looked at after that, whoever does it."""
    _require_run(event, run)
    return replace(event, mend_at=event.mend_at or now)


def settled(event: Event, run: str, seen: datetime | None, frees_at: datetime | None = None) -> Event:
    """Nothing is left to do by itself, but for what disturbed the groups while the run was at it.

    Args:
        seen: the `mend_at` that the run has looked at.
        frees_at: when seats are freed next.
    """
    _require_run(event, run)
    _require(event, set(State) - {State.OPEN}, "Sign-up is open, so its end is left to come.")
    mend_at = None if event.mend_at == seen else event.mend_at
    rests = replace(event, run="", mend_at=mend_at, frees_at=frees_at, failures=0)
    return replace(rests, due=_wakes(rests))


def _wakes(event: Event) -> datetime | None:
    """When groups that went out next need looking at."""
    moments = [event.mend_at]
    if event.asked is not None and event.asked.agreed:
        moments.append(event.asked.since)
    elif event.mend_at is None:
        # What else falls due waits for a burst of changes to be over.
        moments += [event.frees_at, event.asked.until if event.asked is not None else None]
    return min(filter(None, moments), default=None)


def reviewed(event: Event) -> Event:
    """The organizer wants to see the plan before it goes out, however long that takes."""
    _require(
        event,
        {State.UNCONFIRMED, State.OPEN, State.CLOSED, State.MATCHING, State.DRAFT, State.HELD},
        "The groups have gone out already, so there is nothing left to hold.",
    )
    if not is_waiting(event):
        return replace(event, review=True)
    why = None if event.held is None else replace(event.held, otherwise="")
    return replace(event, review=True, held=why, due=None)


def cancelled(event: Event, now: datetime) -> Event:
    """The event is off; whoever confirmed is told once every confirmation that was let in has landed."""
    if event.state is State.CANCELLED:
        raise Conflict("This event is already off.")
    if event.state is State.PUBLISHING:
        raise Conflict("The letters are going out right now; try again in a minute.")
    off = replace(event, state=State.CANCELLED, due=now + SETTLE, run="", held=None, failures=0)
    return replace(off, mend_at=None, mending="", asked=None, frees_at=None)


def _taking_sign_ups(event: Event) -> Event:
    """The event, open and nobody's, until the reminder or the deadline."""
    return replace(event, state=State.OPEN, due=remind_at(event) or event.closes_at, run="", failures=0)


def _lapses(event: Event, now: datetime) -> datetime:
    """When a worker's hold on the event ends without a sign of life; sign-up ends for no worker later."""
    lapses = now + _lease(event)
    return min(lapses, event.closes_at) if event.state is State.OPEN else lapses


def _lease(event: Event) -> timedelta:
    return LEASE * (1 << min(max(event.failures - 4, 0), 6))


def _require(event: Event, states: set[State], sentence: str) -> None:
    if event.state not in states:
        raise Conflict(sentence)


def _require_run(event: Event, run: str) -> None:
    if event.run != run:
        raise Conflict("Another run has taken this event over.")
