"""Letters that somebody has to look at: their organizer hears so, once a day at most."""

from collections import Counter
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from typing import cast

from msgspec.structs import replace

from chalicelib.domain.errors import NotFound, Stale
from chalicelib.domain.letter import ORGANIZER, Kind, Letter, LetterState, decided
from chalicelib.domain.ports import Record, Store
from chalicelib.flow.change import TRIES
from chalicelib.flow.people import people_of

PATIENCE = timedelta(minutes=15)
"""How long the organizer's letter waits, since much trouble settles itself, and what does not comes in bursts."""

DAY = timedelta(days=1)

type Trouble = dict[LetterState, int]

TROUBLED = (LetterState.UNKNOWN, LetterState.FAILED, LetterState.BOUNCED)
"""States in which a letter needs somebody."""


def trouble_of(store: Store, event_id: str) -> Trouble:
    """How many letters to attendees need somebody, by their state; one that came back does while its reader is lost."""
    found = [one for one in store.letters(event_id) if one.person != ORGANIZER and one.state in TROUBLED]
    back = (one.person for one in found if one.state is LetterState.BOUNCED)
    lost = {one.id for one in people_of(store, event_id, dict.fromkeys(back)) if one.unreachable}
    return Counter(one.state for one in found if needs_somebody(one, lost))


def needs_somebody(letter: Letter, lost: AbstractSet[str]) -> bool:
    """Whether nothing more becomes of the letter by itself, and something should.

    Args:
        lost: ids of those whom no letter reaches, of all who have one that came back.
    """
    if letter.state is LetterState.BOUNCED:
        return letter.person in {ORGANIZER, *lost}
    return letter.state in TROUBLED


def commit_troubled(store: Store, letter: Letter, now: datetime) -> Letter:
    """Save a letter that got into trouble, together with the letter that tells its organizer.

    Raises:
        Stale: somebody else saved the letter in between.
    """
    for tries_left in reversed(range(TRIES)):
        try:
            return cast(Letter, store.commit(letter, *report(store, letter, now))[0])
        except Stale:
            # If it was only the report that somebody else decided just now, another look does without it.
            if not tries_left or store.letter(letter.key).version != letter.version:
                raise
    raise AssertionError("the loop above returns or raises")


def report(store: Store, letter: Letter, now: datetime) -> tuple[Record, ...]:
    """The letter by which the organizer is to hear of this letter's trouble; none when one is to come already.

    There is one a day, and the day numbers it. What happens after the day's is written waits for tomorrow's.
    """
    if letter.person == ORGANIZER:
        return ()  # It would go to the very address that had the trouble.
    midnight = datetime(now.year, now.month, now.day, tzinfo=UTC)
    for due in (now + PATIENCE, midnight + DAY + PATIENCE):
        number = (due - datetime.fromtimestamp(0, UTC)).days
        word = decided(letter.event_id, ORGANIZER, Kind.TROUBLE, now, number, due)
        try:
            before = store.letter(word.key)
        except NotFound:
            return (word,)
        if before.state is LetterState.SUPPRESSED:
            return (replace(word, version=before.version),)  # All had settled itself, so nobody was told that day.
        if before.state is LetterState.PENDING and not before.message:
            return ()
    return ()
