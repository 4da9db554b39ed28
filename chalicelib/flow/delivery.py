"""What became of letters, as the organizer sees it, and what they decide where nobody else can know."""

import contextlib
import itertools
from collections import Counter
from collections.abc import Iterable
from datetime import datetime

import msgspec

from chalicelib.domain import words
from chalicelib.domain.attendee import Attendee, AttendeeState
from chalicelib.domain.errors import Conflict, NotFound, Stale
from chalicelib.domain.event import Event
from chalicelib.domain.letter import Letter, LetterKey, LetterState, named, resumed, sent
from chalicelib.domain.ports import MOST_IN_ONE_COMMIT, Jobs, Record, Store
from chalicelib.flow.change import change_attendee
from chalicelib.flow.reach import reached
from chalicelib.flow.signup import disturb
from chalicelib.flow.trouble import needs_somebody

PAGE = 100
"""Letters, and people, in one answer."""

MOST_AT_ONCE = 1800
"""Failed letters that are tried again by one press, which has to end within the API's time."""

CHANGED = "Something has become known of this letter since; look at it again, then decide."
CAME_BACK = "This letter came back, so sending it again is of no use; if the address works now, say that it does."


class Delivery(msgspec.Struct, frozen=True):
    """What became of an event's letters.

    Args:
        counts: how many letters are in each state.
        troubled: letters that need somebody, with the attendees they went to, None for the organizer. Those that
            came back are not among them, since their readers are unreachable.
        more: there are others behind these.
        unreachable: people whom no letter reaches, as many as fit into one answer.
        unreachable_count: how many there are.
    """

    counts: dict[str, int]
    troubled: tuple[tuple[Letter, Attendee | None], ...]
    more: bool
    unreachable: tuple[Attendee, ...]
    unreachable_count: int


def delivery_of(store: Store, event: Event, now: datetime, after: str = "") -> Delivery:
    """What became of the event's letters.

    Args:
        after: the name of the letter behind which the page begins; empty for the first.
    """
    letters = [one for one in store.letters(event.id) if not one.is_for_later(now)]
    people = {one.id: one for one in store.attendees(event.id)}
    lost = [one for one in people.values() if one.unreachable and one.state is not AttendeeState.WITHDRAWN]
    last = named(after)
    # Without a list of the lost, whose own list tells of them, what came back from an attendee needs nobody.
    troubled = (one for one in letters if needs_somebody(one, frozenset()))
    found = [one for one in troubled if last is None or _place(one.key) > _place(last)]
    return Delivery(
        counts=counted(letters),
        troubled=tuple((one, people.get(one.person)) for one in found[:PAGE]),
        more=len(found) > PAGE,
        unreachable=tuple(lost[:PAGE]),
        unreachable_count=len(lost),
    )


def delivery_to(store: Store, event: Event, address: str, now: datetime) -> tuple[Attendee, list[Letter]]:
    """Whoever holds an address, and every letter to them that is not for later.

    Raises NotFound, or Invalid when it is no address.
    """
    person = store.attendee_at(event.id, words.address(address))
    if person is None:
        raise NotFound("Nobody has signed up with this address; check its spelling.")
    return person, [one for one in store.letters(event.id, person.id) if not one.is_for_later(now)]


def counted(letters: Iterable[Letter]) -> dict[str, int]:
    """How many letters are in each state."""
    found = Counter(letter.state for letter in letters)
    return {state.value: found[state] for state in LetterState}


def arrived(store: Store, key: LetterKey, version: int, now: datetime) -> None:
    """The organizer knows that a letter of unknown fate arrived; doing it twice is harmless.

    Args:
        version: that of the letter as the organizer saw it.

    Raises:
        NotFound: there is no such letter.
        Stale: it is not of unknown fate, or something has become known of it since.
    """
    letter = store.letter(key)
    if letter.state is LetterState.SENT:
        return
    if letter.state is not LetterState.UNKNOWN or letter.version != version:
        raise Stale(CHANGED)
    store.commit(sent(letter, letter.message_id, now))


def send_again(store: Store, jobs: Jobs, key: LetterKey, version: int, now: datetime) -> None:
    """A letter of unknown fate, or one that failed, goes out once more, the same bytes where they are still kept.

    Of one of unknown fate its reader may then have two copies. Doing it twice sends it once: who asks again of the
    letter as it was before finds it on its way.

    Raises:
        NotFound: there is no such letter.
        Conflict: it came back.
        Stale: something else has become known of it since.
    """
    letter = store.letter(key)
    if letter.state is LetterState.BOUNCED:
        raise Conflict(CAME_BACK)
    if letter.state in {LetterState.UNKNOWN, LetterState.FAILED} and letter.version == version:
        store.commit(resumed(letter, now))
    elif letter.version <= version or letter.state not in {LetterState.PENDING, LetterState.SENDING, LetterState.SENT}:
        raise Stale(CHANGED)
    jobs.send()


def try_failed(store: Store, jobs: Jobs, event: Event, now: datetime) -> None:
    """Letters that failed go out once more, written anew of what is so by then; nobody has had a copy of them."""
    failed = (one for one in store.letters(event.id) if one.state is LetterState.FAILED)
    for chunk in itertools.batched(itertools.islice(failed, MOST_AT_ONCE), MOST_IN_ONE_COMMIT, strict=False):
        again = [resumed(one, now) for one in chunk]
        try:
            store.commit(*again)
        except Stale:
            for one in again:
                with contextlib.suppress(Stale):  # Somebody else has just decided about this one.
                    store.commit(one)
    jobs.send()


def works_again(store: Store, jobs: Jobs, event: Event, person: str, now: datetime) -> None:
    """The organizer says that letters reach somebody again, who counts again and hears what they missed.

    Doing it twice is harmless.

    Raises:
        NotFound: there is no such person.
    """

    def decide(one: Attendee) -> tuple[Record, ...]:
        return reached(store, one, now) if one.unreachable else ()

    attendee = store.attendee(event.id, person)
    if attendee.unreachable:
        disturb(store, event, now)
        change_attendee(store, attendee, decide)
    jobs.send()


def _place(key: LetterKey) -> tuple[str, str, int]:
    """Where a letter stands among those of its event."""
    return key.person, key.kind.value, key.sequence
