"""What answers look like: the shapes of the public API, made from domain records."""

from datetime import datetime
from typing import Literal

import msgspec

from chalicelib.domain import event as road
from chalicelib.domain.attendee import Answers, Attendee, AttendeeState, Friend, Level, meaning
from chalicelib.domain.event import Choice, Event, GroupSize, Held, Place, Repairs, Slot, State
from chalicelib.domain.letter import ORGANIZER, Kind, Letter, LetterState, name_of
from chalicelib.domain.run_sheet import RunSheet
from chalicelib.domain.sub_event import SubEvent
from chalicelib.flow.delivery import Delivery
from chalicelib.flow.respond import Neighbour
from chalicelib.flow.sheets import sheet_of, sign_of
from chalicelib.flow.signup import Receipt
from chalicelib.flow.watch import Counts, Groups, Overview, SlotCount
from chalicelib.messages import catalog


class Accepted(msgspec.Struct, frozen=True):
    """The request was taken; what happens next happens by mail."""

    message: str
    meaning: str = ""


class Created(msgspec.Struct, frozen=True):
    """The event is kept and opens when its organizer presses the button in the mail."""

    id: str
    message: str


class SlotView(msgspec.Struct, frozen=True):
    """A time; one that is not offered is merely considered."""

    id: str
    start: datetime
    end: datetime
    offered: bool


class PlaceView(msgspec.Struct, frozen=True):
    """A place; its address is shown to those who meet there."""

    id: str
    name: str
    online: bool


class EventView(msgspec.Struct, frozen=True, kw_only=True):
    """An event as everybody may see it.

    Args:
        question: what people are asked when they confirm; empty for the usual question.
        full: as many people have confirmed as may be in.
    """

    id: str
    title: str
    description: str
    organizer_name: str
    timezone: str
    group_size: GroupSize
    slots: tuple[SlotView, ...]
    places: tuple[PlaceView, ...]
    topics: tuple[str, ...]
    state: State
    accepts_sign_ups: bool
    closes_at: datetime
    confirm_until: datetime
    first_start: datetime
    question: str
    full: bool


class FlockView(msgspec.Struct, frozen=True):
    """How many people have confirmed; `more` when there are more than were counted."""

    confirmed: int
    more: bool


class MeetingPlace(msgspec.Struct, frozen=True):
    """A place as its members see it."""

    id: str
    name: str
    address: str
    online: bool


class CompanionView(msgspec.Struct, frozen=True):
    """A member who agreed to be shown."""

    first_name: str
    goal: str


class HelloView(msgspec.Struct, frozen=True):
    """Somebody who agreed to be shown and sits in another group: its title and start, and words that both wrote."""

    first_name: str
    title: str
    start: datetime
    words: str


class SubEventView(msgspec.Struct, frozen=True, kw_only=True):
    """The sub-event of one person, as that person sees it.

    Args:
        host: first name of the host, when there is one who agreed to be shown.
        hosting: the host is this person.
        others: how many other members there are.
        sign: the group's bird in words, as it is asked for.
        wildcard: this person is the group's guest from a neighbouring theme.
        run_sheet: how the group spends its time; the same for every member.
        hello: somebody of another group who is worth a hello, where there is one.
        coming: this person said that they will be there.
        coming_count: how many members said so, this one included.
        answer_by: when the seat may be freed, as long as they have not said so; null when it is kept in any case.
    """

    id: str
    title: str
    subtitle: str
    keywords: tuple[str, ...]
    start: datetime
    end: datetime
    place: MeetingPlace | None
    join_link: str
    why: str
    host: str | None
    hosting: bool
    companions: tuple[CompanionView, ...]
    others: int
    bird: int
    sign: str
    wildcard: bool
    run_sheet: RunSheet
    hello: HelloView | None
    uid: str
    coming: bool
    coming_count: int
    answer_by: datetime | None = None


class FriendView(msgspec.Struct, frozen=True):
    """Somebody whom a person would like to meet with; `mutual` once both named each other and both have confirmed."""

    email: str
    only: bool
    mutual: bool


class OpenGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A group that could take this person in; `members` counts those who are in it."""

    id: str
    title: str
    start: datetime
    end: datetime
    place: MeetingPlace | None
    members: int
    bird: int


class OpenGroups(msgspec.Struct, frozen=True):
    """Groups with a free seat at a time and place that this person marked, the soonest first."""

    groups: tuple[OpenGroup, ...]


class MyPage(msgspec.Struct, frozen=True, kw_only=True):
    """A person's private page.

    Args:
        editable: answers can still change.
        meaning: what the answers mean, where that needs saying.
        friends: the friends among the answers.
        unplaced: why there is no seat, once that is known.
        unreachable: why no letter reaches them, until they confirm once more; empty as long as letters do.
    """

    event: EventView
    id: str
    email: str
    state: AttendeeState
    answers: Answers
    editable: bool
    meaning: str
    friends: tuple[FriendView, ...]
    sub_event: SubEventView | None
    unplaced: str
    unreachable: str


class Erased(msgspec.Struct, frozen=True):
    """Everything about a person is gone."""

    message: str


class AskedView(msgspec.Struct, frozen=True, kw_only=True):
    """A repair of published groups that waits for the organizer's word.

    Args:
        state: "asked"; "agreed" while it is about to be carried out; "anew" while it is worked out anew.
        sentence: what happened.
        choices: what they may do: "mend" or "dissolve", and "leave"; each value is the plan to be named with it.
        otherwise: what happens without their answer.
    """

    state: Literal["asked", "agreed", "anew"]
    sentence: str
    choices: tuple[Choice, ...]
    otherwise: str


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """The organizer's view of an event.

    Args:
        most: how many people may be in; None for any number.
        sign_up_link: the address to share.
        match_at: when the groups will be made, once sign-up has closed.
        held: why the plan waits, and the choices.
        repairs: whether groups that went out are mended by themselves, or after asking.
        asked: the repair that waits for the organizer's word; None when none does.
        release: hours before a session at which seats of people who never answered are freed; 0 for never.
        letters: how many letters are in each state.
        trouble: why letters wait or failed, in the mail provider's words; empty when none does.
    """

    event: EventView
    most: int | None
    review: bool
    confirm_minutes: int
    least_share: int
    sign_up_link: str
    match_at: datetime | None
    held: Held | None
    repairs: Repairs
    asked: AskedView | None
    release: int
    counts: Counts
    heatmap: tuple[SlotCount, ...]
    letters: dict[str, int]
    trouble: str


class LetterRow(msgspec.Struct, frozen=True, kw_only=True):
    """One letter as the organizer sees it.

    Args:
        person: the attendee's id, or `organizer`.
        first_name: empty for the organizer, and for somebody who is gone.
        version: what a decision about it has to name.
        reason: why it is in this state, where that needs saying.
        kept: the message itself is still kept, so that another copy would be the same bytes.
    """

    person: str
    first_name: str
    email: str
    kind: Kind
    sequence: int
    version: int
    state: LetterState
    reason: str
    kept: bool
    decided_at: datetime


class UnreachableRow(msgspec.Struct, frozen=True):
    """Somebody whom no letter reaches, and why."""

    id: str
    first_name: str
    email: str
    why: str


class DeliveryView(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an event's letters.

    Args:
        counts: how many letters are in each state.
        letters: those that need somebody: of unknown fate, failed, or come back from the organizer.
        next: the name of the last of them, to ask for the next page with; None when these are all.
        unreachable: people whom no letter reaches, the first hundred of them.
        unreachable_count: how many there are.
    """

    counts: dict[str, int]
    letters: tuple[LetterRow, ...]
    next: str | None
    unreachable: tuple[UnreachableRow, ...]
    unreachable_count: int


class PersonLetters(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one person's letters; `unreachable` says why none reaches them, and is empty when they do."""

    id: str
    first_name: str
    email: str
    state: AttendeeState
    unreachable: str
    letters: tuple[LetterRow, ...]


class AttendeeRow(msgspec.Struct, frozen=True, kw_only=True):
    """One attendee as the organizer sees them.

    Args:
        free: how many slots they can make.
        unreachable: why no letter reaches them; empty as long as letters do.
    """

    id: str
    name: str
    email: str
    state: AttendeeState
    level: Level
    goal: str
    topics: tuple[str, ...]
    warm_up: str
    timezone: str
    free: int
    signed_up_at: datetime
    sub_event: str | None
    coming: bool
    unplaced: str
    unreachable: str


class AttendeePage(msgspec.Struct, frozen=True):
    """Attendees by id, and the id after which the next page starts."""

    attendees: tuple[AttendeeRow, ...]
    next: str | None


class MemberRow(msgspec.Struct, frozen=True):
    """A member of a group as the organizer sees them."""

    id: str
    name: str
    level: Level
    goal: str
    why: str


class PlaceName(msgspec.Struct, frozen=True):
    """A place by name."""

    id: str
    name: str


class GroupRow(msgspec.Struct, frozen=True, kw_only=True):
    """A group of the plan; `host` is a name, and `weak` says that its title has little support among the members."""

    id: str
    title: str
    subtitle: str
    keywords: tuple[str, ...]
    start: datetime
    end: datetime
    place: PlaceName | None
    host: str | None
    weak: bool
    bird: int
    members: tuple[MemberRow, ...]


class UnplacedRow(msgspec.Struct, frozen=True):
    """A person without a group, and why."""

    id: str
    name: str
    reason: str


class PlanView(msgspec.Struct, frozen=True, kw_only=True):
    """The newest plan; `placeable` is the proven most that any plan could seat."""

    published: bool
    placed: int
    placeable: int
    groups: tuple[GroupRow, ...]
    unplaced: tuple[UnplacedRow, ...]


def event_view(event: Event, now: datetime, *, full: bool) -> EventView:
    return EventView(
        id=event.id,
        title=event.title,
        description=event.description,
        organizer_name=event.organizer.name,
        timezone=event.timezone,
        group_size=event.group_size,
        slots=tuple(_slot_view(slot) for slot in event.slots),
        places=tuple(PlaceView(place.id, place.name, place.online) for place in event.places),
        topics=event.topics,
        state=event.state,
        accepts_sign_ups=road.accepts_sign_ups(event, now),
        closes_at=event.closes_at,
        confirm_until=road.confirm_until(event),
        first_start=event.first_start,
        question=event.question,
        full=full,
    )


def accepted(receipt: Receipt, language: str) -> Accepted:
    """What a person is told after a request."""
    message = catalog.text(language, "receipts", receipt.message, email=receipt.email)
    return Accepted(message, _told(language, *receipt.notes))


def erased(event: Event, language: str) -> Erased:
    """What a person is told who was erased."""
    return Erased(catalog.text(language, "receipts", "erased", title=event.title))


def _told(language: str, *notes: str) -> str:
    return " ".join(catalog.text(language, "receipts", note) for note in notes if note)


def my_page(
    event: Event,
    attendee: Attendee,
    seat: tuple[SubEvent, list[Attendee]] | None,
    friends: list[tuple[Friend, bool]],
    now: datetime,
    *,
    neighbour: Neighbour | None,
    full: bool,
    language: str,
    said: str = "",
) -> MyPage:
    """The page; `said` is what else there is to say of the answers that were just sent, as the key of a receipt."""
    return MyPage(
        event=event_view(event, now, full=full),
        id=attendee.id,
        email=attendee.email,
        state=attendee.state,
        answers=attendee.answers,
        editable=attendee.state is not AttendeeState.WITHDRAWN and road.accepts_edits(event, now),
        meaning=_told(language, said, meaning(attendee.answers, event)),
        friends=tuple(FriendView(friend.email, friend.only, mutual) for friend, mutual in friends),
        sub_event=None if seat is None else _sub_event_view(event, attendee, *seat, neighbour, language, now),
        unplaced=attendee.unplaced,
        unreachable=attendee.unreachable,
    )


def open_groups(found: list[SubEvent]) -> OpenGroups:
    return OpenGroups(
        tuple(
            OpenGroup(
                id=one.id,
                title=one.title,
                start=one.slot.start,
                end=one.slot.end,
                place=_meeting_place(one.place),
                members=len(one.members),
                bird=one.bird,
            )
            for one in found
        )
    )


def watch_view(event: Event, found: Overview, question: Held | None, now: datetime) -> Watch:
    return Watch(
        event=event_view(event, now, full=road.is_full(event, found.counts.confirmed)),
        most=event.most,
        review=event.review,
        confirm_minutes=event.confirm_minutes,
        least_share=event.least_share,
        sign_up_link=sign_up_link(event),
        match_at=event.due if event.state is State.CLOSED else None,
        held=event.held,
        repairs=event.repairs,
        asked=_asked(event, question),
        release=event.release,
        counts=found.counts,
        heatmap=found.heatmap,
        letters=found.letters,
        trouble=found.trouble,
    )


def delivery_view(event: Event, found: Delivery) -> DeliveryView:
    return DeliveryView(
        counts=found.counts,
        letters=tuple(_letter_row(event, letter, person) for letter, person in found.troubled),
        next=name_of(found.troubled[-1][0].key) if found.more else None,
        unreachable=tuple(
            UnreachableRow(one.id, one.first_name, one.email, one.unreachable) for one in found.unreachable
        ),
        unreachable_count=found.unreachable_count,
    )


def person_letters(event: Event, person: Attendee, letters: list[Letter]) -> PersonLetters:
    return PersonLetters(
        id=person.id,
        first_name=person.first_name,
        email=person.email,
        state=person.state,
        unreachable=person.unreachable,
        letters=tuple(_letter_row(event, one, person) for one in letters),
    )


def _letter_row(event: Event, letter: Letter, person: Attendee | None) -> LetterRow:
    email = event.organizer.email if letter.person == ORGANIZER else ""
    return LetterRow(
        person=letter.person,
        first_name=person.first_name if person else "",
        email=person.email if person else email,
        kind=letter.kind,
        sequence=letter.sequence,
        version=letter.version,
        state=letter.state,
        reason=letter.reason,
        kept=letter.state is LetterState.UNKNOWN and letter.due is not None,
        decided_at=letter.decided_at,
    )


def _asked(event: Event, question: Held | None) -> AskedView | None:
    if event.asked is None:
        return None
    if question is None:
        return AskedView(state="anew", sentence="", choices=(), otherwise="")
    state: Literal["asked", "agreed"] = "agreed" if event.asked.agreed else "asked"
    return AskedView(state=state, sentence=question.sentence, choices=question.choices, otherwise=question.otherwise)


def sign_up_link(event: Event) -> str:
    """The address that the organizer shares."""
    return f"{event.base_url}/e/{event.id}"


def attendee_page(page: list[Attendee], following: str | None) -> AttendeePage:
    return AttendeePage(tuple(_attendee_row(one) for one in page), following)


def plan_view(event: Event, found: Groups) -> PlanView:
    return PlanView(
        published=event.state is State.PUBLISHED,
        placed=sum(len(one.members) for one in found.sub_events),
        placeable=found.placeable,
        groups=tuple(_group_row(one, found) for one in found.sub_events),
        unplaced=tuple(
            UnplacedRow(person, found.people[person].answers.name, reason) for person, reason in found.reasons.items()
        ),
    )


def _group_row(one: SubEvent, found: Groups) -> GroupRow:
    members = [found.people[member] for member in one.members if member in found.people]
    return GroupRow(
        id=one.id,
        title=one.title,
        subtitle=one.subtitle,
        keywords=one.keywords,
        start=one.slot.start,
        end=one.slot.end,
        place=None if one.place is None else PlaceName(one.place.id, one.place.name),
        host=next((member.answers.name for member in members if member.id == one.host), None),
        weak=one.id in found.weak,
        bird=one.bird,
        members=tuple(_member_row(member, one.why.get(member.id, "")) for member in members),
    )


def _slot_view(slot: Slot) -> SlotView:
    return SlotView(slot.id, slot.start, slot.end, slot.offered)


def _meeting_place(place: Place | None) -> MeetingPlace | None:
    return None if place is None else MeetingPlace(place.id, place.name, place.address, place.online)


def _sub_event_view(
    event: Event,
    attendee: Attendee,
    sub_event: SubEvent,
    others: list[Attendee],
    neighbour: Neighbour | None,
    language: str,
    now: datetime,
) -> SubEventView:
    shown = [one for one in others if one.answers.shares]
    hosts = [one.first_name for one in (attendee, *shown) if one.id == sub_event.host]
    coming = attendee.seat is not None and attendee.seat.coming
    free_at = road.freed_at(event, sub_event.slot.start)
    return SubEventView(
        id=sub_event.id,
        title=sub_event.title,
        subtitle=sub_event.subtitle,
        keywords=sub_event.keywords,
        start=sub_event.slot.start,
        end=sub_event.slot.end,
        place=_meeting_place(sub_event.place),
        join_link=sub_event.join_link,
        why=sub_event.why.get(attendee.id, ""),
        host=hosts[0] if hosts else None,
        hosting=sub_event.host == attendee.id,
        companions=tuple(CompanionView(one.first_name, one.answers.goal) for one in shown),
        others=len(others),
        bird=sub_event.bird,
        sign=sign_of(sub_event, language),
        wildcard=sub_event.wildcard == attendee.id,
        run_sheet=sheet_of(event, sub_event, [attendee, *others], language),
        hello=None if neighbour is None else _hello(neighbour),
        uid=attendee.seat.uid if attendee.seat else "",
        coming=coming,
        coming_count=sum(one.seat is not None and one.seat.coming for one in (attendee, *others)),
        answer_by=free_at if free_at is not None and free_at > now and not coming else None,
    )


def _hello(neighbour: Neighbour) -> HelloView:
    group = neighbour.group
    return HelloView(neighbour.person.first_name, group.title, group.slot.start, neighbour.words)


def _attendee_row(one: Attendee) -> AttendeeRow:
    return AttendeeRow(
        id=one.id,
        name=one.answers.name,
        email=one.email,
        state=one.state,
        level=one.answers.level,
        goal=one.answers.goal,
        topics=one.answers.topics,
        warm_up=one.answers.warm_up,
        timezone=one.answers.timezone,
        free=len(one.answers.free),
        signed_up_at=one.signed_up_at,
        sub_event=one.seat.sub_event if one.seat else None,
        coming=one.seat is not None and one.seat.coming,
        unplaced=one.unplaced,
        unreachable=one.unreachable,
    )


def _member_row(one: Attendee, why: str) -> MemberRow:
    return MemberRow(one.id, one.answers.name, one.answers.level, one.answers.goal, why)
