"""Somebody whom letters did not reach can be reached again: they count once more, and hear what they missed."""

from datetime import datetime

from chalicelib.domain.attendee import NO_MAIL, NOT_WANTED, Attendee, AttendeeState, in_reach
from chalicelib.domain.letter import Kind, Letter, LetterKey, LetterState, Loss, forgetting, resumed
from chalicelib.domain.ports import Store

MOST_MISSED = 40
"""Letters that somebody gets at once when they can be reached again; more than any event sends to a person."""


def reached(store: Store, person: Attendee, now: datetime) -> tuple[Attendee, *tuple[Letter, ...]]:
    """The person as letters reach them again, and what they missed; the person alone when letters reach them anyway.

    Whoever makes somebody count again saves all of it, so that no calendar keeps an entry that is not so any more.

    A missed letter that is not right any more is dropped by whoever sends it.
    """
    if not person.unreachable:
        return (person,)
    letters = list(store.letters(person.event_id, person.id))
    missed = [store.letter(one.key) for one in letters if _was_missed(one, person)]
    again = tuple(resumed(one, now) for one in missed[-MOST_MISSED:])
    return in_reach(person, now), *(again + _freed(person, letters, now))


def _was_missed(letter: Letter, person: Attendee) -> bool:
    if letter.kind is Kind.CONFIRM:
        newest = letter.sequence == person.links_sent - 1
        return newest and letter.state is LetterState.BOUNCED and person.state is AttendeeState.UNCONFIRMED
    return letter.state is LetterState.BOUNCED or (
        letter.state is LetterState.SUPPRESSED and letter.reason in {NO_MAIL, NOT_WANTED}
    )


def _freed(person: Attendee, letters: list[Letter], now: datetime) -> tuple[Letter, ...]:
    """The letter by which their calendar forgets a seat that was freed while nobody could tell them."""
    if person.lost is None or person.seat is not None:
        return ()
    told = LetterKey(person.event_id, person.id, Kind.CANCELLED, person.lost.sequence)
    known = any(one.key == told for one in letters)
    return () if known else (forgetting(person, Loss.FREED, now),)
