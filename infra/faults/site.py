"""One event on whatever store and mailer: the flow's acts as short methods, and time that passes when it is told to."""

import itertools
from collections import Counter
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec

from chalicelib.domain.attendee import Answers, Attendee
from chalicelib.domain.event import REMINDER, Event, State
from chalicelib.domain.letter import ORGANIZER, Kind, Letter
from chalicelib.domain.ports import Clock, Jobs, Mailer, Secrets, Store
from chalicelib.domain.proposal import Proposal
from chalicelib.flow import create, respond, send, signup, steer, tick, work

LIMITS = signup.Limits(100_000, 100_000, 2)
SENDER = "covey@example.org"

RESULTS = {Kind.SEAT, Kind.NO_GROUP, Kind.CANCELLED}
"""Letters of which everybody who confirmed gets exactly one."""


class MovableClock(Clock, Protocol):
    """A clock that shows what it is told to show."""

    def set(self, now: datetime) -> None:
        """Show that instant, and go on from there."""


class KeptJobs(Jobs, Protocol):
    """Jobs that start nothing and keep what they were asked, until somebody runs it."""

    matches: list[tuple[str, str]]
    sends: int


class Site:
    """Covey without its web.

    What its processes do goes through `store`, `mailer` and `starter`, which may meet faults; what people do, and
    what is asked afterwards, goes straight to `truth` and `jobs`.
    """

    truth: Store
    store: Store
    mailer: Mailer
    starter: Jobs
    jobs: KeptJobs
    secrets: Secrets
    clock: MovableClock
    creating = create.Limits(source=100_000, events=3)

    def __init__(self) -> None:
        self.event_id = ""
        self._runs = itertools.count(1)

    def new_run(self) -> str:
        """A name for a worker."""
        return f"run-{next(self._runs)}"

    @property
    def key(self) -> bytes:
        return self.secrets.link_key()

    @property
    def event(self) -> Event:
        return self.truth.event(self.event_id)

    @property
    def state(self) -> State:
        return self.event.state

    def open(self, **changes: Any) -> None:
        """An open event: one evening of four sessions in two weeks, sign-up for a week, no time to confirm late."""
        self.propose(**changes)
        steer.open_event(self.truth, self.event_id, self.clock.now())

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
            self.truth,
            self.jobs,
            msgspec.convert(wanted, Proposal),
            key=self.key,
            sender=SENDER,
            organizers=("example.org",),
            base_url="https://covey.example.org",
            source="198.51.100.7",
            limits=self.creating,
            now=self.clock.now(),
        ).id

    def sign_up(
        self, name: str, /, *, token: str = "", store: Store | None = None, now: datetime | None = None, **answers: Any
    ) -> signup.Receipt:
        """Somebody, free at the first session, signs up."""
        wanted = {"name": name, "level": 2, "free": ["s000"], "goal": f"{name} wants posters", **answers}
        return signup.sign_up(
            store or self.truth,
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
            store or self.truth,
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
        return signup.confirm(store or self.truth, self.jobs, self.event, self.person(name), self.clock.now())

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
        return respond.withdraw(self.truth, self.jobs, self.event, self.person(name), self.clock.now())

    def person(self, name: str) -> Attendee:
        found = self.truth.attendee_at(self.event_id, address_of(name))
        if found is None:
            raise LookupError(f"{name} has not signed up")
        return found

    def people(self) -> list[Attendee]:
        return list(self.truth.attendees(self.event_id))

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
        if self.state is not State.PUBLISHED:
            raise RuntimeError(f"the event should be out by now, and is {self.state}")

    def letters(self, *kinds: Kind) -> list[Letter]:
        """The letters of these kinds, or all but those before a meeting and word of trouble to come."""
        found = self.truth.letters(self.event_id)
        if kinds:
            return [one for one in found if one.kind in kinds]
        reminders, now = {Kind.REMINDER, Kind.REMINDER_SOON, Kind.RELEASE_NOTICE}, self.clock.now()
        return [
            one
            for one in found
            if one.kind not in reminders and not (one.kind is Kind.TROUBLE and one.is_for_later(now))
        ]

    def letters_to(self, name: str, *kinds: Kind) -> list[Letter]:
        return [one for one in self.letters(*kinds) if one.person == self.person(name).id]

    def states(self) -> Counter[str]:
        """How many letters are in each state."""
        return Counter(one.state.value for one in self.letters())


def address_of(name: str) -> str:
    """Where somebody of that name gets mail."""
    return f"{name}@example.com" if name != ORGANIZER else "olga@example.org"
