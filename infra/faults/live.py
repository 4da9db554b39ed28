"""One event on real engines, whose functions run in processes of their own when somebody wants them killed."""

import itertools
import secrets
import time
from collections.abc import Iterator
from email.message import EmailMessage
from multiprocessing.context import ForkServerProcess
from typing import Any

from chalicelib.adapters.aws import SesMailer
from chalicelib.adapters.memory import MemoryJobs, MemorySecrets
from infra.faults import engines, processes
from infra.faults.clock import SharedClock
from infra.faults.engines import Engines
from infra.faults.processes import Act, End, FileJobs, Place
from infra.faults.site import Site

MAIL_TAKES = 20.0
"""Seconds that a mail may be on its way from the provider to the mail server."""


class LiveSite(Site):
    """Covey on DynamoDB Local and the emulator's SES, in a table of its own, with people of its own.

    What the runner does itself meets no faults; what its processes do goes through the weather, where they are told so.
    """

    clock: SharedClock
    jobs: MemoryJobs

    def __init__(self, here: Engines) -> None:
        super().__init__()
        self.engines, self.tag = here, secrets.token_hex(4)
        clock = here.folder / f"{self.tag}.clock"
        self.clock, self.jobs, self.secrets = SharedClock(clock, waits=False), MemoryJobs(), MemorySecrets()
        self.truth = self.store = engines.store(f"covey-{self.tag}", here.dynamo)
        self.mailer, self.starter = SesMailer(), self.jobs
        self.place = Place(
            f"covey-{self.tag}", here.dynamo, here.ses, clock, here.folder / f"{self.tag}.asked", event_id=""
        )
        self._asked = FileJobs(self.place.asked)
        self.truth.create()
        self.secrets.create_link_key()

    def propose(self, **changes: Any) -> None:
        """As its parent's, with an organizer and a token of its own for each event."""
        number = secrets.token_hex(4)
        mine = {"token": f"0123456789abcdef-{number}", "organizer_email": f"olga-{self.tag}-{number}@example.org"}
        super().propose(**mine | changes)
        self.place = self.place._replace(event_id=self.event_id)

    def names(self, number: int) -> list[str]:
        """Return names of people whom nobody else has."""
        again = secrets.token_hex(3)
        return [f"p{n}-{self.tag}-{again}" for n in range(number)]

    def start(
        self, act: Act, run: str = "", end: End | None = None, at: float = 0.0, **place: Any
    ) -> ForkServerProcess:
        """Start a process that does a function's work.

        Args:
            place: what is otherwise than usual, such as a weather's address.
        """
        run = run or (self.event.run if act == "match" else "")
        return processes.started(self.place._replace(**place), act, run, end, at)

    def finished(self, *running: ForkServerProcess) -> list[int]:
        """Wait for processes, note what they asked for, and return their exit codes; -9 for one that was killed."""
        for one in running:
            one.join()
        for what, *arguments in self._asked.taken():
            if what == "match":
                self.jobs.match(arguments[0], arguments[1])
            else:
                self.jobs.send()
        return [one.exitcode or 0 for one in running]

    def lives(self, act: Act, every: int = 1, **place: Any) -> Iterator[End]:
        """Have the process killed before its first change, before its second and so on, then after each of them.

        Between two, whoever iterates has to bring the event back to where the process begins. The run that reaches its
        end alive is the last of its kind and is not told of.

        Args:
            every: how many changes lie between two deaths that are tried.
            place: what is otherwise than usual for the process.
        """
        for done in (False, True):
            for call in itertools.count(1, every):
                (code,) = self.finished(self.start(act, end=End(call, done=done), **place))
                if code == 0:
                    break
                if code > 0:
                    raise RuntimeError(f"the process failed by itself at its change number {call}")
                yield End(call, done=done)

    def mails_when(self, number: int) -> list[EmailMessage]:
        """Return all mails once that many to this site's people are there, or when waiting has become senseless."""
        ends = time.monotonic() + MAIL_TAKES
        while len(self.mails()) < number and time.monotonic() < ends:
            time.sleep(0.1)
        time.sleep(0.5)  # a copy would come a moment later
        return self.mails()

    def mails(self) -> list[EmailMessage]:
        """Return the mails to this site's people and organizers so far."""
        return [mail for mail in self.engines.post.all() if f"-{self.tag}-" in str(mail["X-RcptTo"])]
