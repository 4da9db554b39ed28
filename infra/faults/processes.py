"""Real processes that do one function's work and may be killed, with SIGKILL, before or after any call that changes."""

import faulthandler
import json
import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any, Literal, NamedTuple

import boto3
import botocore.session

from chalicelib.adapters import dynamo as real
from chalicelib.adapters.aws import SesMailer
from chalicelib.adapters.memory import MemorySecrets
from chalicelib.domain.errors import NotReady
from chalicelib.domain.ports import Mailer
from chalicelib.flow import feedback, send, tick, work
from chalicelib.matching import plan as _plan  # noqa: F401 so that processes find it loaded
from infra.faults import crowd, engines
from infra.faults.clock import SharedClock
from infra.faults.disk import DiskMailer
from infra.faults.site import SENDER

type Act = Literal["tick", "match", "send", "people", "feedback"]

CHANGES = {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "SendRawEmail"}
"""Calls that change the world; between two of these it matters to nobody when a process dies."""


BUSY = 75
"""How a process ends that found the table busy for longer than a call may take."""


class Place(NamedTuple):
    """Where a process works.

    Args:
        dynamo, ses: where its calls go.
        clock: file of the clock that all share.
        asked: file to which it appends the functions that it wants started.
        chunk: bytes of a plan in one item.
        mails: folder for mails that no SES takes; None for the real mailer.
        failing: the share of letters that such a mailer fails at.
        done: file in which served people are noted.
    """

    table: str
    dynamo: str
    ses: str
    clock: Path
    asked: Path
    event_id: str
    chunk: int = real.CHUNK
    mails: Path | None = None
    failing: float = 0.0
    done: Path | None = None


class End(NamedTuple):
    """When a process is killed.

    Args:
        call: the number of the call that changes something, from 1.
        done: whether that call is still done, and answered.
    """

    call: int
    done: bool


class FileJobs:
    """Jobs that start nothing, and note in a file what they were asked."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def match(self, event_id: str, run: str) -> None:
        """Note a run of the matching."""
        self._note(["match", event_id, run])

    def send(self) -> None:
        """Note a run of the sender."""
        self._note(["send"])

    def taken(self) -> list[list[str]]:
        """Return what was noted, and forget it."""
        if not self._file.exists():
            return []
        aside = self._file.replace(self._file.with_suffix(".taken"))
        lines = aside.read_text().splitlines()
        return [json.loads(line) for line in lines]

    def _note(self, what: list[str]) -> None:
        with self._file.open("a") as file:  # one short write at the end of a file is never mixed with another
            file.write(json.dumps(what) + "\n")


def context() -> ForkServerContext:
    """Return what starts processes: forked from one that has loaded everything and has no threads."""
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload([__name__])
    return found


def started(
    place: Place, act: Act, run: str, end: End | None = None, at: float = 0.0, work: tuple[Any, ...] = ()
) -> ForkServerProcess:
    """Start a process.

    Args:
        act: what it does.
        run: its random name, or that of the run that it is to go on with.
        end: when it is killed; None for never.
        at: the machine's time at which it begins, for several that begin at once.
        work: the tasks of people who are served, or notifications about mail.
    """
    process = context().Process(target=_live, args=(place, act, run, end, at, work), daemon=True)
    process.start()
    return process


def _live(place: Place, act: Act, run: str, end: End | None, at: float, tasks: tuple[Any, ...]) -> None:
    logging.disable()
    faulthandler.enable()
    os.environ.update(engines.environment(place.dynamo, place.ses))
    store, mailer = _ports(place, None if end is None else _Death(end))
    clock, secrets, jobs = SharedClock(place.clock), MemorySecrets(), FileJobs(place.asked)
    secrets.create_link_key()
    key, name = secrets.link_key(), os.urandom(8).hex()
    if at:
        store.event(place.event_id)  # so that its connection is open
        time.sleep(max(0.0, at - time.time()))
    try:
        match act:
            case "tick":
                tick.tick(store, secrets, jobs, clock, lambda: os.urandom(8).hex())
            case "match":
                real.CHUNK = place.chunk
                work.work(store, jobs, clock, place.event_id, run, key, name)
            case "send":
                send.send_due(store, mailer, clock, key=key, sender=SENDER, language="en", run=name)
            case "people" if place.done is not None:
                crowd.Counter(store, jobs, clock, key, place.event_id, place.done).serve(tasks)
            case "feedback":
                for notification in tasks:
                    feedback.hear(store, clock, notification)
            case _:
                raise ValueError(act)
    except* NotReady:
        # Lambda would log it; the next tick, or whoever asked, tries again.
        sys.exit(BUSY)


def _ports(place: Place, death: "_Death | None") -> tuple[real.DynamoStore, Mailer]:
    session = botocore.session.get_session()
    boto3.setup_default_session(botocore_session=session)
    store = real.DynamoStore(place.table)
    mailer = SesMailer() if place.mails is None else DiskMailer(place.mails, place.failing)
    if death is not None:
        for emitter in (
            session.get_component("event_emitter"),
            store._connection.client.meta.events,  # noqa: SLF001 there is no other way to a pynamodb client
        ):
            emitter.register("before-send.*.*", death.before)
            emitter.register("response-received.*.*", death.after)
    return store, mailer


class _Death:
    """Counts the calls that change something, of all threads, and ends the process at one of them."""

    def __init__(self, end: End) -> None:
        self._end = end
        self._calls = 0
        self._lock = threading.Lock()
        self._last = threading.local()

    def before(self, event_name: str, **_: Any) -> None:
        self._last.one = False
        if event_name.rpartition(".")[2] not in CHANGES:
            return
        with self._lock:
            self._calls += 1
            self._last.one = self._calls == self._end.call
            if self._last.one and not self._end.done:
                _die()

    def after(self, **_: Any) -> None:
        if getattr(self._last, "one", False):
            _die()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)  # nothing is done any more while the signal is on its way
