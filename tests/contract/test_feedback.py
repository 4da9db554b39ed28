"""News of letters on every store: many at the same moment, each told twice, as SNS does."""

from collections.abc import Callable
from datetime import timedelta

from msgspec.structs import replace

from chalicelib.adapters.memory import MemoryClock
from chalicelib.domain.attendee import NO_MAIL, NOT_WANTED, AttendeeState, Seat
from chalicelib.domain.event import BURST, State
from chalicelib.domain.letter import ORGANIZER, Kind, LetterState
from chalicelib.domain.ports import Store
from chalicelib.flow import feedback
from tests.contract import records
from tests.contract.records import NOW
from tests.flow.provider import notification, said

NAMES = tuple("abcdefgh")
LOST = NAMES[:5]


def published(store: Store) -> None:
    """One group of eight, who have been mailed their seats."""
    later = NOW + timedelta(days=3)
    slot = replace(records.event().slots[0], start=later, end=later + timedelta(hours=1))
    store.commit(replace(records.event(), state=State.PUBLISHED, slots=(slot,)))
    store.commit(replace(records.sub_event(), slot=slot, members=NAMES))
    for name in NAMES:
        seat = Seat("g", f"{name}@e.covey")
        store.commit(replace(records.attendee(name), state=AttendeeState.CONFIRMED, seat=seat))
        store.commit(replace(records.letter(name, due=None), state=LetterState.SENT, message_id=name))


def test_many_who_bounce_at_the_same_moment_all_leave_their_group(
    store: Store, at_once: Callable[..., list[object]]
) -> None:
    """Each leaves once; their group, the event and the organizer's one letter know of all."""
    published(store)
    clock = MemoryClock(NOW)
    letters = {name: store.letter(records.letter(name).key) for name in NAMES}
    news = [said("Complaint" if name == LOST[0] else "Bounce", letters[name]) for name in LOST]
    news += [said("Delivery", letters[name]) for name in NAMES]
    notifications = [notification(one) for one in (*news, *news)]
    while notifications:
        # What could not be acted on for all the others at it comes again.
        came = at_once(lambda one: feedback.hear(store, clock, one), notifications)
        again = [one for one, error in zip(notifications, came, strict=True) if error is not None]
        assert len(again) < len(notifications)
        notifications = again

    assert store.sub_event("e", "g").members == NAMES[5:]
    assert store.event("e").mend_at == NOW + BURST
    people = [store.attendee("e", name) for name in NAMES]
    assert [one.seat is None for one in people] == [name in LOST for name in NAMES]
    assert [one.unreachable for one in people] == [NOT_WANTED, *[NO_MAIL] * 4, "", "", ""]
    states = [store.letter(letters[name].key).state for name in NAMES]
    assert states == [LetterState.SENT, *[LetterState.BOUNCED] * 4, *[LetterState.SENT] * 3]
    assert [one.kind for one in store.letters("e", ORGANIZER)] == [Kind.TROUBLE]
