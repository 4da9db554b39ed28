"""Many at once, and workers that die: one plan, one row and one letter each, and everybody accepted is stored once."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from chalicelib.domain import times
from chalicelib.domain.attendee import AttendeeState
from chalicelib.domain.errors import Conflict, NotReady
from chalicelib.domain.event import State
from infra.faults import count, engines, proxy
from infra.faults.count import Count
from infra.faults.engines import Engines
from infra.faults.live import LiveSite
from infra.faults.mail import SOON
from infra.faults.processes import Act
from infra.faults.site import address_of

AT_ONCE = 16
"""Clients that sign up at the same moment."""

THOROUGH = 10
"""With fewer people than this only every fourth step is died at."""

SMALL_CHUNK = 200
"""Bytes of a plan in one item, so that even a small plan is written in several."""


def twenty_ticks(here: Engines, size: int) -> Count:
    """The same tick in so many processes at once, then a worker that is started four times, then as many senders.

    Args:
        size: processes at once.
    """
    site = LiveSite(here)
    _gather(site, 8, confirm_minutes=60)
    site.close()
    before, codes = site.event.version, _at_once(site, "tick", size)
    closed = site.event
    site.clock.set(closed.due or site.clock.now())
    codes += _at_once(site, "tick", size)
    workers = len(site.jobs.matches)
    site.jobs.matches.clear()
    codes += _at_once(site, "match", 4) + _at_once(site, "send", size)
    found = _told_once(site)
    found.size, found.faults = f"11 people, {size} processes", size
    found.check(
        "the event was closed more than once", holds=(closed.state, closed.version) == (State.CLOSED, before + 1)
    )
    found.check(f"{workers} workers were asked for, not one", holds=workers == 1)
    found.check("a process failed", holds=set(codes) == {0})
    found.check("there is more than one plan", holds=site.truth.plan(site.event_id, site.event.plan).placed == 8)
    return found


def killed_worker(here: Engines, size: int) -> Count:
    """The worker's process is killed before and after each item of its plan, and each step of publishing it.

    Args:
        size: people who have confirmed each time, two of them without a time that suits.
    """
    site, found = LiveSite(here), Count()

    def claim() -> None:
        _gather(site, size - 2)
        site.close()
        site.tick()
        site.jobs.matches.clear()

    claim()
    for _ in site.lives("match", every=1 if size >= THOROUGH else 4, chunk=SMALL_CHUNK):
        found.faults += 1
        site.clock.set(site.clock.now() + SOON)
        found.add(_told_once(site))
        found.check("the event does not stand still", holds=(site.event.due, site.event.run) == (None, ""))
        claim()
    found.size = f"{size:,} people {found.faults} times"
    return found


def _at_once(site: LiveSite, act: Act, size: int) -> list[int]:
    at = time.time() + 0.5 + 0.1 * size
    return site.finished(*(site.start(act, at=at) for _ in range(size)))


def _gather(site: LiveSite, number: int, **event: Any) -> None:
    """Open an event near its deadline: so many people who suit, two without a time, one who never confirmed."""
    site.open(closes_at=times.iso(site.clock.now() + timedelta(minutes=2)), **event)
    *suited, dora, eve, ugo = site.names(number + 3)
    site.join(*suited)
    site.join(dora, eve, free=[])
    site.sign_up(ugo)
    site.run_jobs()


def _told_once(site: LiveSite) -> Count:
    site.run_jobs()
    site.pass_time(minutes=3)
    expected = sum(one.state == "sent" for one in site.letters())
    return count.told_once(site, site.mails_when(expected))


def throttled_store(here: Engines, size: int) -> Count:
    """DynamoDB throttles three calls in ten, loses one answer in twenty and cuts one connection in fifty.

    Args:
        size: people who sign up, sixteen at a time; each sends the same request again until it is answered.
    """
    site = LiveSite(here)
    site.open()
    here.store_weather.set(
        proxy.throttled("dynamodb", 0.3), proxy.answer_lost("dynamodb", 0.05), proxy.reset("dynamodb", 0.02)
    )
    store = engines.store(site.place.table, here.store_weather.endpoint)
    found, names = Count(size=f"{size:,} sign-ups"), site.names(size)
    again = Counter[str]()

    def sign_up(name: str) -> None:
        _until_answered(lambda: site.sign_up(name, store=store), name, again)

    _each(sign_up, names)
    found.faults = here.store_weather.fired()
    here.calm()
    stored = Counter(one.email for one in site.people())
    letters = Counter(one.person for one in site.letters() if one.kind == "confirm")
    found.losses = len({address_of(name) for name in names} - set(stored))
    found.copies = sum(stored.values()) - len(stored) + sum(letters.values()) - len(letters)
    found.check("not each has one letter", holds=len(letters) == len(stored))
    found.check("somebody else is stored", holds=set(stored) <= {address_of(name) for name in names})
    found.notes.append(f"{again.total():,} times somebody was asked to try again in a few seconds, and did")
    return found


def deadline_race(here: Engines, size: int) -> Count:
    """People sign up and confirm while the deadline passes and ticks close the event.

    Whoever was accepted and confirmed is placed or told why not; nobody else is kept.

    Args:
        size: people.
    """
    site = LiveSite(here)
    site.open(confirm_minutes=60)
    site.run_jobs()
    names, dice = site.names(size), random.Random(size)
    span = 2.0 + size / 100
    # The clock is brought to shortly before the deadline, which passes while they come.
    site.clock.set(site.event.closes_at - timedelta(seconds=span / 2))
    accepted, confirmed, refused = set[str](), set[str](), set[str]()
    begins, closing, processes = time.monotonic(), threading.Event(), 0

    def come(name: str) -> None:
        time.sleep(max(0.0, begins + dice.uniform(0, span) - time.monotonic()))
        try:
            site.sign_up(name)
            accepted.add(address_of(name))
            site.confirm(name)
            confirmed.add(address_of(name))
        except Conflict:
            refused.add(address_of(name))

    def ticks() -> None:
        nonlocal processes
        while not closing.is_set():
            site.finished(site.start("tick"), site.start("tick"))
            processes += 2

    ticking = threading.Thread(target=ticks)
    ticking.start()
    _each(come, names)
    closing.set()
    ticking.join()
    site.clock.set(site.event.due or site.clock.now())
    found = _told_once(site)
    people = {one.email: one for one in site.people()}
    told = {one.email for one in people.values() if one.seat is not None or one.unplaced}
    found.size, found.faults = f"{size:,} people", processes
    found.losses += len(confirmed - told) + len(accepted - set(people))
    found.check("somebody who was refused is kept", holds=set(people) == accepted)
    found.check("nobody was in time, or nobody too late", holds=bool(confirmed) and bool(refused))
    found.check("the event is not out", holds=site.state in {State.PUBLISHED, State.HELD, State.CANCELLED})
    states = Counter(one.state for one in people.values())
    found.notes.append(
        f"{len(accepted)} accepted, {states[AttendeeState.CONFIRMED]} confirmed, {len(refused)} came too late"
    )
    return found


def _each(act: Callable[[str], None], names: Iterable[str]) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for done in [pool.submit(act, name) for name in names]:
            done.result()


def _until_answered(act: Callable[[], object], what: str, again: Counter[str]) -> None:
    """Do it until it is answered, as pages do, with the same token."""
    for _ in range(100):
        try:
            act()
        except NotReady:
            again[what] += 1
        else:
            return
    raise RuntimeError("a sign-up was not answered a hundred times")
