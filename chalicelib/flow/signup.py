"""Sign up, mail the private link again, and confirm: how a person gets in."""

import contextlib
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from chalicelib.domain import event as road
from chalicelib.domain import links, times, words
from chalicelib.domain.attendee import (
    Answers,
    Attendee,
    AttendeeState,
    Confirmation,
    checked,
    completed,
    in_reach,
    left_out,
    meaning,
    normalised,
)
from chalicelib.domain.errors import AddressTaken, Conflict, Stale, TooMany
from chalicelib.domain.event import Event, State, accepts_edits, accepts_sign_ups, is_full
from chalicelib.domain.letter import Kind, Letter, decided
from chalicelib.domain.ports import Jobs, Record, Store
from chalicelib.flow.change import change_attendee, change_event
from chalicelib.flow.reach import reached

LINK_PAUSE = timedelta(minutes=10)
"""How long a confirmed person whom letters reach waits between two letters with their link."""

AS_MANY = 3
"""Items that a sign-up writes, whatever there is to save: for somebody new an attendee, their address and a letter."""

RACES = 4
"""How often a sign-up looks again when another request for the same address got in between."""

LAST_PLACE = "The last place is taken by now; if somebody withdraws, this same button lets you in."

LATE = "The groups were made already when you came in, so this time there was no seat left to give you."


NOTHING = Confirmation()


class Limits(msgspec.Struct, frozen=True):
    """Sign-ups a minute from one source and for one event; letters before an address's owner acts."""

    source: int
    event: int
    letters: int


class Receipt(msgspec.Struct, frozen=True):
    """What a person is told after signing up, by keys of its messages; the same for known and unknown addresses.

    Args:
        email: the address that mail goes to.
        notes: what their answers mean, where that needs saying.
    """

    message: str
    email: str
    notes: tuple[str, ...] = ()


def sign_up(
    store: Store,
    jobs: Jobs,
    event_id: str,
    email: str,
    answers: Answers,
    *,
    token: str,
    source: str,
    limits: Limits,
    key: bytes,
    now: datetime,
) -> Receipt:
    """Keep a person's answers and mail them the link that confirms.

    A known address gets the same answer after the same work: its link is mailed again, within the
    limits. Before its owner confirmed, the newest answers count; afterwards only the private page
    changes them. The same token again changes nothing.

    Args:
        token: random, made by the client for this one sign-up.
        source: the network address the request came from.

    Raises:
        Conflict: sign-up is not open, or the event is full.
        Invalid: an answer cannot be kept.
        TooMany: a limit is reached.
    """
    email = words.address(email)
    event, known = store.at_the_door(event_id, email)
    if not accepts_sign_ups(event, now):
        raise Conflict(_closed_sentence(event))
    unkept, answers = left_out(answers, email), checked(answers, event, email)
    _admit(store, event_id, source, token, limits, key, now)

    for tries_left in reversed(range(RACES)):
        if known is None or known.token != token:
            require_room(store, event, _full_sentence(event))
        try:
            if known is None:
                attendee_id = links.identity(key, "attendee", event_id, normalised(email), token)
                fresh = Attendee(
                    id=attendee_id, event_id=event_id, email=email, answers=answers, token=token, signed_up_at=now
                )
                store.commit(*_with_link(fresh, now), items=AS_MANY)
            elif known.token == token:
                store.commit(items=AS_MANY)  # This very request came before, and only its answer was lost.
            else:
                store.commit(*_signed_up_again(known, answers, token, limits, now), items=AS_MANY)
            break
        except (AddressTaken, Stale):
            if not tries_left:
                raise
            _, known = store.at_the_door(event_id, email)
    jobs.send()
    return Receipt("signedUp", email, (unkept, meaning(answers, event)))


def mail_link(
    store: Store,
    jobs: Jobs,
    event_id: str,
    email: str,
    *,
    token: str,
    source: str,
    limits: Limits,
    key: bytes,
    now: datetime,
) -> Receipt:
    """Mail somebody their private link again; the answer does not say whether the address is known.

    Raises:
        TooMany: a limit is reached.
    """
    email = words.address(email)
    _, known = store.at_the_door(event_id, email)
    _admit(store, event_id, source, token, limits, key, now)
    mailed = known is not None and _may_have_link(known, limits, now)
    # If somebody acted on this address at the same moment, a fresh link is on its way or not needed.
    with contextlib.suppress(Stale):
        store.commit(*(_with_link(known, now) if known and mailed else ()), items=AS_MANY)
    jobs.send()
    return Receipt("linkMailed", email)


def confirm(
    store: Store,
    jobs: Jobs,
    event: Event,
    attendee: Attendee,
    now: datetime,
    added: Confirmation = NOTHING,
) -> Attendee:
    """The owner of the address pressed the button; pressing twice is harmless.

    Whoever presses when letters had ceased to reach them counts again, as the link that they followed came by mail.
    Whoever comes after the groups went out gets a free seat, if there is one, when they are looked at again; when no
    session is left they are told so at once.

    Args:
        added: what they answered beside the button; it is kept as long as answers can change.

    Raises:
        Conflict: the event is off, the person withdrew, or as many people as may be in have confirmed.
    """

    def decide(one: Attendee) -> tuple[Record, ...]:
        answers = completed(one.answers, added)
        if one.state is AttendeeState.CONFIRMED:
            same = answers == one.answers or not accepts_edits(event, now)
            one = one if same else replace(one, answers=answers)
            return reached(store, one, now) if one.unreachable or not same else ()
        if event.state is State.CANCELLED:
            raise Conflict("This event is off, so there is nothing left to confirm.")
        if one.state is AttendeeState.WITHDRAWN:
            raise Conflict("You withdrew; take that back first.")
        require_room(store, event, LAST_PLACE)
        one = replace(one, state=AttendeeState.CONFIRMED, answers=answers, confirmed_at=now, links_unanswered=0)
        confirmed, *missed = reached(store, one, now)
        return *(told_late(confirmed, now) if is_too_late(event, now) else (confirmed,)), *missed

    disturb(store, event, now)
    confirmed = change_attendee(store, attendee, decide)
    if is_too_late(event, now) or attendee.unreachable:
        jobs.send()
    return confirmed


def disturb(store: Store, event: Event, now: datetime) -> None:
    """Have groups that went out looked at again, before somebody leaves or joins: so the look is sure to come.

    It comes when what is about to be saved has been saved. Where it is to come anyway, many who leave at the same time
    need not wait for each other.

    Args:
        event: as it was read within this request.
    """
    if road.disturbed(event, now) != event:
        change_event(store, event.id, lambda fresh: road.disturbed(fresh, now))


def is_too_late(event: Event, now: datetime) -> bool:
    """The groups have gone out, and no session is left for which they could be mended."""
    return event.state is State.PUBLISHED and road.is_over(event, now)


def full(store: Store, event: Event) -> bool:
    """Whether as many people have confirmed as the organizer lets in."""
    return event.most is not None and is_full(event, store.confirmed(event.id, event.most))


def require_room(store: Store, event: Event, otherwise: str) -> None:
    """Raise Conflict with that sentence when the event is full.

    People who confirm at the same instant may all be let in for one last place; nobody who has confirmed is
    put out again.
    """
    if full(store, event):
        raise Conflict(otherwise)


def told_late(attendee: Attendee, now: datetime) -> tuple[Record, ...]:
    """The attendee without a seat for having come too late, and the letter that says so."""
    return (
        replace(attendee, unplaced=LATE),
        decided(attendee.event_id, attendee.id, Kind.NO_GROUP, now, attendee.seats),
    )


def _admit(store: Store, event_id: str, source: str, token: str, limits: Limits, key: bytes, now: datetime) -> None:
    scopes = (
        (links.identity(key, "source", source), limits.source),
        (f"event-{event_id}", limits.event),
    )
    if not all(store.admit(scope, token, most, now) for scope, most in scopes):
        raise TooMany("Very many people are signing up right now; nothing was lost, press again in a minute.", 60)


def _signed_up_again(
    known: Attendee, answers: Answers, token: str, limits: Limits, now: datetime
) -> tuple[Record, ...]:
    mailed = _may_have_link(known, limits, now)
    if known.state is not AttendeeState.CONFIRMED:
        known = replace(known, state=AttendeeState.UNCONFIRMED, answers=answers, token=token, confirmed_at=None)
    return _with_link(known, now) if mailed else (known,)


def _may_have_link(known: Attendee, limits: Limits, now: datetime) -> bool:
    if not known.counts:  # Anybody may be asking, and what they get is mail that they may not want.
        return known.links_unanswered < limits.letters
    return known.link_sent_at is None or now >= known.link_sent_at + LINK_PAUSE


def _with_link(attendee: Attendee, now: datetime) -> tuple[Attendee, Letter]:
    letter = decided(attendee.event_id, attendee.id, Kind.CONFIRM, now, attendee.links_sent)
    if attendee.state is not AttendeeState.CONFIRMED and attendee.lost is None:
        # Anybody may have typed the address, but nothing but a button in that letter seats its owner.
        # Whoever had a seat hears what became of it by that button, too.
        attendee = in_reach(attendee, now)
    sent, unanswered = attendee.links_sent + 1, attendee.links_unanswered + 1
    return replace(attendee, links_sent=sent, links_unanswered=unanswered, link_sent_at=now), letter


def _full_sentence(event: Event) -> str:
    return (
        f"All {event.most} places are taken, so nobody else can sign up right now; "
        "if one of them is yours, have your link mailed to you again."
    )


def _closed_sentence(event: Event) -> str:
    if event.state is State.CANCELLED:
        return "This event is off, so nobody can sign up any more."
    if event.state is State.UNCONFIRMED:
        return "Sign-up is not open yet; the organizer has to press the button in their mail first."
    return f"Sign-up closed {times.spoken(event.closes_at, event.timezone)}; ask the organizer for the next one."
