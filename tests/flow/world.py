"""One event on twins in memory, the flow's acts as short methods, and time that passes when a test says so."""

import email
import email.policy
import itertools
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from chalicelib.adapters.memory import MemoryClock, MemoryJobs, MemoryMailer, MemorySecrets, MemoryStore
from chalicelib.domain.attendee import Answers, Attendee, AttendeeState
from chalicelib.domain.event import REMINDER, Event, State
from chalicelib.domain.letter import ORGANIZER, Kind, Letter, LetterState
from chalicelib.domain.ports import Jobs, Mailer, Record, Store
from chalicelib.domain.proposal import Proposal
from chalicelib.flow import create, respond, send, signup, steer, tick, work

LIMITS = signup.Limits(1000, 1000, 2)
SENDER = "covey@example.org"

RESULTS = {Kind.SEAT, Kind.NO_GROUP, Kind.CANCELLED}
"""Letters of which everybody who confirmed gets exactly one."""


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


class World:
    """Covey without its web.

    What its processes do goes through `store`, `mailer` and `starter`, which a test may wrap; what the test itself
    does or asks goes straight to `memory`, `post` and `jobs`.
    """

    def __init__(self, rate: float = 1000.0, left: int = 50_000) -> None:
        self.clock, self.secrets, self.jobs = MemoryClock(), MemorySecrets(), MemoryJobs()
        self.memory, self.post = Ledger(self.clock), MemoryMailer(rate, left)
        self.event_id = ""
        self.store: Store
        self.mailer: Mailer
        self.starter: Jobs
        self.unwrap()
        self._runs = itertools.count(1)
        self.memory.create()
        self.secrets.create_link_key()

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

    @property
    def key(self) -> bytes:
        return self.secrets.link_key()

    @property
    def event(self) -> Event:
        return self.memory.event(self.event_id)

    @property
    def state(self) -> State:
        return self.event.state

    def new_run(self) -> str:
        return f"run-{next(self._runs)}"

    def open(self, **changes: Any) -> None:
        """An open event: one evening of four sessions in two weeks, sign-up for a week, no time to confirm late."""
        self.propose(**changes)
        steer.open_event(self.memory, self.event_id, self.clock.now())

    def propose(self, **changes: Any) -> None:
        """The same event before its organizer opens it."""
        wanted = {
            "token": "0123456789abcdef",
            "title": "Letterpress",
            "organizer_name": "Olga",
            "organizer_email": "olga@example.org",
            "timezone": "Europe/Berlin",
            "group_size": {"min": 3, "max": 5},
            "closes_at": "2027-01-11T09:00:00Z",
            "first_day": "2027-01-18",
            "last_day": "2027-01-18",
            "day_start": "17:00",
            "day_end": "21:00",
            "confirm_minutes": 0,
            "least_share": 50,
            **changes,
        }
        self.event_id = create.create_event(
            self.memory,
            self.jobs,
            msgspec.convert(wanted, Proposal),
            key=self.key,
            sender=SENDER,
            organizers=("example.org",),
            base_url="https://covey.example.org",
            source="198.51.100.7",
            limits=create.Limits(source=10, events=3),
            now=self.clock.now(),
        ).id

    def sign_up(
        self, name: str, *, token: str = "", store: Store | None = None, now: datetime | None = None, **answers: Any
    ) -> signup.Receipt:
        """Somebody, free at the first session, signs up."""
        wanted = {"name": name, "level": 2, "free": ["s000"], "goal": f"{name} wants posters", **answers}
        return signup.sign_up(
            store or self.memory,
            self.jobs,
            self.event_id,
            address_of(name),
            msgspec.convert(wanted, Answers),
            token=token or f"{name}-0123456789abcdef",
            source="192.0.2.1",
            limits=LIMITS,
            key=self.key,
            now=now or self.clock.now(),
        )

    def mail_link(self, name: str, token: str, store: Store | None = None) -> signup.Receipt:
        return signup.mail_link(
            store or self.memory,
            self.jobs,
            self.event_id,
            address_of(name),
            token=token,
            source="192.0.2.1",
            limits=LIMITS,
            key=self.key,
            now=self.clock.now(),
        )

    def confirm(self, name: str, store: Store | None = None) -> Attendee:
        """They press the button in their mail."""
        return signup.confirm(store or self.memory, self.jobs, self.event, self.person(name), self.clock.now())

    def join(self, *names: str, **answers: Any) -> None:
        """They sign up and confirm."""
        for name in names:
            self.sign_up(name, **answers)
            self.confirm(name)

    def remind(self) -> None:
        """The day before the deadline comes, and whoever has not confirmed is reminded."""
        self.clock.set(self.event.closes_at - REMINDER)
        self.tick()
        self.run_jobs()

    def withdraw(self, name: str) -> Attendee:
        return respond.withdraw(self.memory, self.jobs, self.event, self.person(name), self.clock.now())

    def person(self, name: str) -> Attendee:
        found = self.memory.attendee_at(self.event_id, address_of(name))
        assert found is not None, f"{name} has signed up"
        return found

    def people(self) -> list[Attendee]:
        return list(self.memory.attendees(self.event_id))

    def tick(self) -> None:
        tick.tick(self.store, self.secrets, self.starter, self.clock, self.new_run)

    def match(self, run: str = "", store: Store | None = None) -> None:
        """The background function that takes the event as far as it goes."""
        work.work(
            store or self.store,
            self.starter,
            self.clock,
            self.event_id,
            run or self.event.run,
            self.key,
            self.new_run(),
        )

    def send(self) -> None:
        send.send_due(
            self.store, self.mailer, self.clock, key=self.key, sender=SENDER, language="en", run=self.new_run()
        )

    def run_jobs(self) -> None:
        """Run the background jobs that were asked for."""
        while self.jobs.matches or self.jobs.sends:
            if self.jobs.matches:
                _, run = self.jobs.matches.pop(0)
                self.match(run)
            else:
                self.jobs.sends = 0
                self.send()

    def next_minute(self) -> None:
        """Time goes by to the next full minute, when the next tick and its jobs run."""
        now = self.clock.now()
        self.clock.set(now.replace(second=0, microsecond=0) + timedelta(minutes=1))
        self.tick()
        self.run_jobs()

    def pass_time(self, **span: float) -> None:
        """Minute after minute goes by."""
        until = self.clock.now() + timedelta(**span)
        while self.clock.now() < until:
            self.next_minute()

    def close(self) -> None:
        """The deadline comes."""
        self.clock.set(self.event.closes_at)

    def publish(self) -> None:
        """The deadline comes, and all that follows until everybody is told."""
        self.close()
        self.pass_time(minutes=3)
        assert self.state is State.PUBLISHED

    def letters(self, *kinds: Kind) -> list[Letter]:
        """The letters of these kinds, or all but those that only fall due before groups meet."""
        wanted = set(kinds) or set(Kind) - {Kind.REMINDER, Kind.REMINDER_SOON}
        return [one for one in self.memory.letters(self.event_id) if one.kind in wanted]

    def letters_to(self, name: str, *kinds: Kind) -> list[Letter]:
        return [one for one in self.letters(*kinds) if one.person == self.person(name).id]

    def states(self) -> Counter[str]:
        """How many letters are in each state."""
        return Counter(one.state.value for one in self.letters())

    def mails(self, name: str) -> list[Any]:
        """What arrived at somebody's address."""
        return [read_mail(mail.message) for mail in self.post.sent if mail.recipient == address_of(name)]


def address_of(name: str) -> str:
    return f"{name}@example.com" if name != ORGANIZER else "olga@example.org"


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
