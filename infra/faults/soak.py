"""Everything at once: a large event lived from sign-up to its sessions while calls fail and workers are killed."""

import itertools
import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from multiprocessing import connection
from multiprocessing.context import ForkServerProcess
from typing import Any

from chalicelib.domain.attendee import Attendee, AttendeeState
from chalicelib.domain.event import REMINDER, State
from chalicelib.domain.letter import Kind, Letter, LetterKey, LetterState
from chalicelib.flow.remind import DAY_BEFORE, SOON_BEFORE
from infra.faults import calendars, crowd, order, processes, proxy
from infra.faults.clock import SharedClock
from infra.faults.count import Count
from infra.faults.crowd import Task
from infra.faults.disk import Taken, Taking
from infra.faults.engines import Engines
from infra.faults.live import LiveSite
from infra.faults.processes import Act
from infra.faults.site import address_of

FAILING = 0.05
"""The share of calls that fail, to the table and to the provider."""

STRIKE = 20.0
"""Seconds between two strikes, each of which kills one kind of worker, if one is at work."""

SOON = timedelta(minutes=16)
"""What is due later than this is not waited for: no letter that was put off waits longer."""

CONFIRMING = 60
"""Minutes after the deadline in which people may still confirm."""

SERVING = 2
"""Processes that serve people at the same moment."""

SENDERS = 2

PAUSE = 0.05
"""Seconds after which it is looked whether workers asked for others, or mails came back, which only files tell."""

PATIENCE = 1800.0
"""Seconds after which a phase that does not end is given up."""


class Town:
    """The cloud's part: starts workers as they are asked for, a tick a minute, kills some, and lets time pass."""

    def __init__(self, site: LiveSite) -> None:
        self.site = site
        self.kills = Counter[str]()
        self.strikes = self.busy = 0
        self.phases: list[tuple[str, float]] = []
        self.failures = Counter[str]()
        folder = site.engines.folder / f"{site.tag}.mails"
        folder.mkdir()
        self.taking = Taking(folder)
        self.place = site.place._replace(
            dynamo=site.engines.store_weather.endpoint,
            mails=folder,
            failing=FAILING,
            done=folder / "served",
            event_id=site.event_id,
        )
        self._asked = processes.FileJobs(self.place.asked)
        self._alive: list[tuple[Act, ForkServerProcess, tuple[Any, ...]]] = []
        self._wanted: list[tuple[Act, str, tuple[Any, ...]]] = []
        self._next_tick = self._jumped = 0.0
        self._next_strike = time.monotonic() + STRIKE
        self._dice = random.Random(site.tag)
        self._spared = False

    def phase(self, name: str) -> None:
        """Note how long what comes next takes."""
        self.phases.append((name, time.monotonic()))

    def served(self, tasks: Iterable[Task]) -> None:
        """Have people do this, and all that comes of it."""
        todo = tuple(tasks)
        for part in range(SERVING):
            self._wanted.append(("people", "", todo[part::SERVING]))
        self.settled()

    def settled(self) -> None:
        """Go on until nothing is left to do within the next minutes."""
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            self._reap()
            self._start()
            self._strike()
            if self._busy() or self._wanted:
                self._wait()
            elif (due := self._due()) is not None:
                self._pass_time(due)
            else:
                return
        raise RuntimeError("the event does not come to rest")

    def end(self) -> None:
        """End whatever still runs."""
        for _, process, _ in self._alive:
            process.kill()
            process.join()

    def _wait(self) -> None:
        """Until a worker ends, or one may have asked for another."""
        connection.wait([process.sentinel for _, process, _ in self._alive], PAUSE)

    def _busy(self) -> bool:
        # A tick that only waits for its minute keeps nobody from going on.
        return any(act != "tick" for act, *_ in self._alive)

    def _due(self) -> datetime | None:
        """When something is left to do, if that is soon."""
        soon, store = self.site.clock.now() + SOON, self.site.truth
        letters = (store.letter(key).due for key in itertools.islice(store.due_letters(soon), 1))
        found = (due for due in (self.site.event.due, *letters) if due is not None and due <= soon)
        return min(found, default=None)

    def _pass_time(self, due: datetime) -> None:
        """Nobody is at work, so nobody is there for whom the time until then would have to last."""
        now = self.site.clock.now()
        if due > now:
            self.site.clock.set(due)
        elif self._alive:
            self._wait()
        else:
            # The tick of this minute could do nothing about it, since somebody who died still holds it.
            self.site.clock.set(now.replace(second=0, microsecond=0) + timedelta(minutes=1))

    def _reap(self) -> None:
        for one in [one for one in self._alive if one[1].exitcode is not None]:
            self._alive.remove(one)
            act, process, work = one
            process.join()
            if act == "match" and process.exitcode == 0:
                self._spared = False
            if process.exitcode == processes.BUSY:
                self.busy += 1
            elif process.exitcode not in {0, -signal.SIGKILL}:
                self.failures[f"{act} ({process.exitcode})"] += 1
            if act == "people":
                left = self._unserved(work)
                if left:
                    self._wanted.append((act, "", left))
            elif act == "feedback" and process.exitcode:
                self._wanted.append((act, "", work))  # whoever publishes it tries again

    def _unserved(self, work: tuple[Any, ...]) -> tuple[Any, ...]:
        served = {(person, deed) for person, deed, said in self.answers() if said != "again"}
        return tuple(task for task in work if tuple(task) not in served)

    def answers(self) -> list[tuple[int, str, str]]:
        """Return whom was answered what, in the order of the answers."""
        file = self.place.done
        lines = file.read_text().splitlines() if file is not None and file.exists() else []
        return [(person, deed, said) for person, deed, said in map(json.loads, lines)]

    def _start(self) -> None:
        for what, *arguments in self._asked.taken():
            if what == "match":
                self._wanted.append(("match", arguments[1], ()))
            elif sum(act == "send" for act, *_ in (*self._alive, *self._wanted)) < SENDERS:
                self._wanted.append(("send", "", ()))
        self._hear_of_bounces()
        now = self.site.clock.now().timestamp() // 60
        if now > self._next_tick and not any(act == "tick" for act, *_ in self._alive):
            self._next_tick = now
            self._wanted.append(("tick", "", ()))
        for act, run, work in self._wanted:
            self._alive.append((act, processes.started(self.place, act, run, work=work), work))
        self._wanted.clear()

    def _hear_of_bounces(self) -> None:
        notices = [notice for taken in self.taking.more() if self._comes_back(taken) for notice in _bounce(taken)]
        if notices:
            self._wanted.append(("feedback", "", tuple(notices)))

    def _comes_back(self, taken: Taken) -> bool:
        """Whether this mail bounces: those of people whose address has died by the time that groups go out."""
        name = taken.recipient.partition("@")[0].removeprefix("p")
        return taken.key.kind is Kind.SEAT and name.isdigit() and crowd.role(int(name)) == "bounces"

    def _strike(self) -> None:
        if time.monotonic() < self._next_strike:
            return
        self._next_strike += STRIKE
        self.strikes += 1
        # Matching is struck again only after one got through: a large one takes longer than the time between strikes.
        kinds = sorted({act for act, *_ in self._alive} - ({"match"} if self._spared else set()))
        struck = self._dice.choice(kinds) if kinds else ""
        self._spared = self._spared or struck == "match"
        victims = [process for act, process, _ in self._alive if act == struck and process.pid]
        if victims:
            self.kills[struck] += 1
            os.kill(self._dice.choice(victims).pid or 0, signal.SIGKILL)


def _bounce(taken: Taken) -> list[dict[str, Any]]:
    """What SES publishes of a mail that came back; now and then twice."""
    notice = order.notification(taken.key, taken.id, "Bounce")
    return [notice, notice] if int(taken.id[0], 16) < 4 else [notice]


def soak(here: Engines, size: int) -> Count:
    """Live an event of so many people through, and look at what has become of everybody.

    Args:
        size: people.
    """
    site = LiveSite(here)
    site.clock = SharedClock(site.place.clock)
    site.open(last_day="2027-01-20", group_size={"min": 4, "max": 7}, confirm_minutes=CONFIRMING)
    here.store_weather.set(
        proxy.throttled("dynamodb", FAILING / 2),
        proxy.answer_lost("dynamodb", FAILING / 4),
        proxy.reset("dynamodb", FAILING / 4),
    )
    town, since = Town(site), time.monotonic()
    try:
        _live(town, size)
    finally:
        town.end()
    found = _judged(town, size)
    seconds = time.monotonic() - since
    found.faults = here.store_weather.fired() + town.kills.total()
    took = [(name, then - at) for (name, at), (_, then) in itertools.pairwise(town.phases)]
    found.notes.append(", ".join(f"{name} {spent:.0f} s" for name, spent in took))
    kills = ", ".join(f"{number} × {kind}" for kind, number in town.kills.items())
    found.notes += [
        f"{size / seconds:.1f} people a second from sign-up to the last reminder, {len(town.taking.all):,} mails",
        f"{town.strikes} strikes, of which met somebody: {kills or 'none'}",
        f"{town.busy} processes gave up since the table was busy",
    ]
    return found


def _live(town: Town, size: int) -> None:
    """From sign-up to the last session."""
    site, everybody = town.site, range(size)
    town.phase("sign-up")
    town.served(Task(one, "sign_up") for one in everybody)
    town.phase("confirming")
    early = [one for one in everybody if crowd.role(one) not in {"late", "silent"}]
    town.served(Task(one, "confirm") for one in early)
    town.served(Task(one, "withdraw") for one in crowd.of_role(size, "leaves"))
    town.phase("reminder")
    site.clock.set(site.event.closes_at - REMINDER)
    town.settled()
    town.phase("matching and publishing")
    for moment in (site.event.closes_at, site.event.closes_at + timedelta(minutes=CONFIRMING)):
        site.clock.set(moment)
        town.settled()
    if site.state is not State.PUBLISHED:
        raise RuntimeError(f"the groups are not out: {site.state}")
    town.phase("a first burst of changes")
    decliners, wavering = crowd.of_role(size, "declines"), crowd.of_role(size, "wavers")
    half = len(decliners) // 2
    late = [Task(one, "confirm") for one in crowd.of_role(size, "late")]
    replies = [Task(one, "reply") for one in crowd.of_role(size, "comes")[::2]]
    first = [*(Task(one, "withdraw") for one in decliners[:half] + wavering), *late[::2], *replies]
    town.served(random.Random(size).sample(first, len(first)))
    town.phase("a second")
    second = [
        *(Task(one, "withdraw") for one in decliners[half:]),
        *(Task(one, "take_back") for one in wavering),
        *late[1::2],
    ]
    town.served(random.Random(size).sample(second, len(second)))
    town.phase("reminders of meetings")
    slots = sorted({slot.start for slot in site.event.slots if slot.offered})
    for moment in sorted({start - before for start in slots for before in (DAY_BEFORE, SOON_BEFORE)}):
        if moment > site.clock.now():
            site.clock.set(moment)
            town.settled()
    town.phase("")


def _judged(town: Town, size: int) -> Count:
    """Everybody is in one valid state, their letters are as their record says, and their calendar is as the plan."""
    site, found = town.site, Count(size=f"{size:,} people")
    town.taking.more()
    people = {one.id: one for one in site.people()}
    by_name = {one.email: one for one in people.values()}
    expected = {address_of(crowd.name_of(one)) for one in range(size)}
    found.losses += len(expected - by_name.keys())
    found.copies += len(people) - len(by_name)
    groups = {one.id: one for one in site.truth.sub_events(site.event_id)}
    listed = Counter(member for group in groups.values() for member in group.members)
    found.check("somebody is in two groups", holds=not any(times > 1 for times in listed.values()))
    least, most = site.event.group_size.min, site.event.group_size.max
    sizes = Counter(len(group.members) for group in groups.values() if group.members)
    found.check(f"groups of {sizes}", holds=all(least <= one <= most for one in sizes))
    for kind, wrong in Counter(filter(None, (_wrong_state(one, listed, groups) for one in people.values()))).items():
        found.wrong.append(f"{wrong} people {kind}")
    for number in range(size):
        one = by_name.get(address_of(crowd.name_of(number)))
        if one is not None and (why := _unexpected(crowd.role(number), one)):
            found.wrong.append(f"{crowd.name_of(number)}, of those of whom each {crowd.role(number)}, {why}")
    # Who has no seat, or none any more, cannot say that they will be there.
    refused = Counter((deed, said) for _, deed, said in town.answers() if said not in {"", "again"} and deed != "reply")
    found.wrong += [f"{times} × {deed} was refused: {said}" for (deed, said), times in refused.items()]
    again = sum(said == "again" for *_, said in town.answers())
    found.notes.append(f"{again:,} times somebody was asked to press again")
    found.wrong += [f"{times} × {act} failed by itself" for act, times in town.failures.items()]
    _count_letters(town, people, found)
    _compare_calendars(town, people, found)
    states = Counter(
        "seated" if one.seat else f"{one.state}{', without a seat' if one.unplaced else ''}" for one in people.values()
    )
    found.notes.append(", ".join(f"{number:,} {name}" for name, number in states.most_common()))
    return found


def _wrong_state(one: Attendee, listed: Counter[str], groups: dict[str, Any]) -> str:
    if one.seat is not None:
        group = groups.get(one.seat.sub_event)
        if not one.counts:
            return "have a seat that they cannot have"
        return "" if group is not None and one.id in group.members and not one.unplaced else "are not in their group"
    if listed[one.id]:
        return "are in a group without a seat"
    if one.state is AttendeeState.CONFIRMED and not one.unplaced:
        return "have neither a seat nor a reason"
    return ""


def _unexpected(role: str, one: Attendee) -> str:
    state = {
        "silent": AttendeeState.UNCONFIRMED,
        "declines": AttendeeState.WITHDRAWN,
        "leaves": AttendeeState.WITHDRAWN,
    }.get(role, AttendeeState.CONFIRMED)
    return "" if one.state is state else f"is {one.state}"


def _count_letters(town: Town, people: dict[str, Attendee], found: Count) -> None:
    """Each row that was sent has one mail, each that is unknown one or none, and each person has the rows they need."""
    site = town.site
    rows = {one.key: one for one in site.truth.letters(site.event_id) if one.person in people}
    mails = Counter(taken.key for taken in town.taking.all if taken.key.person in people)
    for key, row in rows.items():
        match row.state:
            case LetterState.SENT | LetterState.BOUNCED:
                found.losses += mails[key] == 0
                found.copies += max(0, mails[key] - 1)
            case LetterState.UNKNOWN:
                found.unknown += 1
                found.copies += max(0, mails[key] - 1)
            case LetterState.SUPPRESSED:
                found.copies += mails[key]
            case other:
                found.wrong.append(f"a letter of kind {row.kind} is {other}: {row.reason}")
    found.check("mails came of which there is no row", holds=mails.keys() <= rows.keys())
    missing = Counter(
        f"{key.kind}, {_fate(rows.get(key))}"
        for one in people.values()
        for key in _needed(one)
        if not _went_out(rows, key)
    )
    found.losses += missing.total()
    found.wrong += [f"{number} people lack a letter of kind {kind}" for kind, number in missing.items()]


def _went_out(rows: dict[LetterKey, Letter], key: LetterKey) -> bool:
    row = rows.get(key)
    return row is not None and row.state in {LetterState.SENT, LetterState.UNKNOWN, LetterState.BOUNCED}


def _fate(row: Letter | None) -> str:
    return "never decided" if row is None else f"{row.state}: {row.reason}"


def _needed(one: Attendee) -> list[LetterKey]:
    """The letters that somebody must have got, by what their record says."""
    event_id = one.event_id
    keys = [LetterKey(event_id, one.id, Kind.CONFIRM)]
    if one.state is AttendeeState.UNCONFIRMED and one.reminded:
        keys.append(LetterKey(event_id, one.id, Kind.CONFIRM_REMINDER))
    if one.seat is not None:
        keys += [LetterKey(event_id, one.id, kind, one.seat.sequence) for kind in (Kind.SEAT, Kind.REMINDER)]
    elif one.lost is not None and not one.unreachable:
        keys.append(LetterKey(event_id, one.id, Kind.CANCELLED, one.lost.sequence))
    elif one.state is AttendeeState.CONFIRMED and one.lost is None and not one.unreachable:
        keys.append(LetterKey(event_id, one.id, Kind.NO_GROUP))
    return keys


def _compare_calendars(town: Town, people: dict[str, Attendee], found: Count) -> None:
    """Replay everybody's invites in any order, some twice; what stands then is their seat, or nothing."""
    site, dice = town.site, random.Random(1)
    rows = {one.key: one for one in site.truth.letters(site.event_id)}
    arrived = {taken.key for taken in town.taking.all}
    entries: dict[str, list[calendars.Entry]] = {}
    for taken in town.taking.all:
        if taken.key.person in people and (entry := calendars.entry_in(taken.mail)):
            entries.setdefault(taken.key.person, []).append(entry)
    # Whose invite nobody knows of, and did not arrive, cannot have the right calendar; their row says so.
    unsure = {key.person for key, row in rows.items() if row.state is LetterState.UNKNOWN and key not in arrived}
    slots = {group.id: group.slot.start for group in site.truth.sub_events(site.event_id)}
    wrong = 0
    for one in people.values():
        mine = entries.get(one.id, [])
        stands = calendars.held(dice.sample(mine * 2, 2 * len(mine)))
        said = [] if one.seat is None else [(one.seat.uid, one.seat.sequence, slots[one.seat.sub_event])]
        if one.id in unsure or one.unreachable:
            continue
        if [(entry.uid, entry.sequence, entry.start) for entry in stands] != said:
            wrong += 1
    found.notes.append(f"{len(entries):,} calendars replayed, {len(unsure & entries.keys()):,} with an unknown letter")
    if wrong:
        found.wrong.append(f"{wrong} calendars differ from the plan")
