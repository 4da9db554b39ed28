"""One event on twins in memory, the flow's acts as short methods, and time that passes when a test says so."""

import email
import email.policy
import itertools
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

from chalicelib.adapters.memory import MemoryClock, MemoryJobs, MemoryMailer, MemorySecrets, MemoryStore
from chalicelib.domain.attendee import AttendeeState
from chalicelib.domain.event import Event, State
from chalicelib.domain.letter import ORGANIZER, LetterState
from chalicelib.domain.ports import Record
from infra.faults.site import RESULTS, Site, address_of


class Ledger(MemoryStore):
    """A store that notes when an event came into which state."""

    def __init__(self, clock: MemoryClock) -> None:
        super().__init__()
        self.history: list[tuple[datetime, State]] = []
        self._clock = clock

    def commit(self, *records: Record, items: int = 0) -> tuple[Record, ...]:
        saved = super().commit(*records, items=items)
        self.history += [(self._clock.now(), one.state) for one in saved if isinstance(one, Event)]
        return saved

    def reached(self, state: State) -> datetime:
        """When an event first came into that state."""
        return next(moment for moment, found in self.history if found is state)

    def copied(self, clock: MemoryClock) -> "Ledger":
        """Another store with the same records; records never change, so copying their shelves is enough."""
        other = Ledger(clock)
        other._ready = True
        for shelf in ("_records", "_addresses", "_plans", "_leases"):
            setattr(other, shelf, dict(getattr(self, shelf)))
        return other


class World(Site):
    """Covey without its web, on twins: a test may wrap what its processes meet; it asks `memory` and `post` itself."""

    clock: MemoryClock
    jobs: MemoryJobs
    secrets: MemorySecrets

    def __init__(self, rate: float = 1000.0, left: int = 50_000) -> None:
        super().__init__()
        self.clock, self.secrets, self.jobs = MemoryClock(), MemorySecrets(), MemoryJobs()
        self.memory, self.post = Ledger(self.clock), MemoryMailer(rate, left)
        self.unwrap()
        self.memory.create()
        self.secrets.create_link_key()

    @property
    def truth(self) -> MemoryStore:
        """What people's acts and a test's questions go to."""
        return self.memory

    def unwrap(self) -> None:
        """From now on processes meet no faults."""
        self.store, self.mailer, self.starter = self.memory, self.post, self.jobs

    def copied(self) -> "World":
        """A world that goes on from here on its own."""
        other = World()
        other.clock.set(self.clock.now())
        other.memory, other.event_id = self.memory.copied(other.clock), self.event_id
        other.post.sent += self.post.sent
        other.jobs.matches += self.jobs.matches
        other._runs = itertools.count(100)
        other.unwrap()
        return other

    def mails(self, name: str) -> list[Any]:
        """What arrived at somebody's address."""
        return [read_mail(mail.message) for mail in self.post.sent if mail.recipient == address_of(name)]


def read_mail(message: bytes) -> Any:
    return email.message_from_bytes(message, policy=email.policy.default)


def subjects(world: World, name: str) -> list[str]:
    """The subjects of what arrived at somebody's address."""
    return [mail["Subject"] for mail in world.mails(name)]


def assert_everybody_was_told_once(world: World, unknown: frozenset[str] | set[str] = frozenset()) -> None:
    """The promises of publishing: one plan, one row and one mail for each person who confirmed.

    Args:
        unknown: ids of letters' persons whose hand-over was cut; they alone may be unknown, with one mail or none.
    """
    confirmed = {one.id: one for one in world.people() if one.state is AttendeeState.CONFIRMED}
    results = [one for one in world.letters(*RESULTS) if one.person != ORGANIZER]
    assert sorted(one.person for one in results) == sorted(confirmed), "one result for each, and for nobody else"

    groups = list(world.memory.sub_events(world.event_id))
    seats = [(member, group.id) for group in groups for member in group.members]
    assert sorted(seats) == sorted((one.id, one.seat.sub_event) for one in confirmed.values() if one.seat is not None)
    if world.state is State.PUBLISHED:
        assert {group.id for group in groups} == {
            group.id for group in world.memory.plan(world.event_id, world.event.plan).groups
        }
        assert all((one.seat is None) == bool(one.unplaced) for one in confirmed.values())

    mails = Counter(read_mail(mail.message)["Message-ID"] for mail in world.post.sent)
    assert not [name for name, count in mails.items() if count > 1], "no mail goes out twice"
    sent_to = Counter(mail.recipient for mail in world.post.sent)
    for letter in world.letters():
        if letter.person in unknown and letter.state is LetterState.UNKNOWN:
            continue
        assert letter.state is LetterState.SENT, letter
    for person in confirmed.values():
        written = [one for one in world.letters() if one.person == person.id]
        certain = sum(one.state is LetterState.SENT for one in written)
        assert certain <= sent_to[person.email] <= len(written)


class Wrapped:
    """A port of which one method does something else as well.

    Args:
        inner: what everything goes on to.
        before: called with a method's name, arguments and options before it is.
        after: the same behind it.
    """

    def __init__(
        self,
        inner: Any,
        before: Callable[..., None] = lambda *_: None,
        after: Callable[..., None] = lambda *_: None,
    ) -> None:
        self._inner, self._before, self._after = inner, before, after

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)

        def called(*args: Any, **options: Any) -> Any:
            self._before(name, *args, *options.values())
            answer = method(*args, **options)
            self._after(name, *args, *options.values())
            return answer

        return called


def once(method: str, act: Callable[[], None]) -> Callable[..., None]:
    """A `before` or `after` that does something at the first call of one method only."""
    left = [act]

    def hook(name: str, *_: Any) -> None:
        if name == method and left:
            left.pop()()

    return hook
