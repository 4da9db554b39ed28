"""Work on an event that a tick has claimed: remind, match, decide whether the plan may go out, publish, settle."""

import contextlib
import threading
from collections.abc import Iterator
from datetime import datetime

from chalicelib.domain import event as road
from chalicelib.domain.errors import Conflict, NotFound, NotReady
from chalicelib.domain.event import HEARTBEAT, Event, State
from chalicelib.domain.instance import instance_of
from chalicelib.domain.letter import ORGANIZER, Kind, decided
from chalicelib.domain.plan import Plan, Unplaced, outdated
from chalicelib.domain.ports import Clock, Jobs, Store
from chalicelib.flow import ask, publish, release, repair
from chalicelib.flow.change import Reconsider, as_judged, change_event, require_held
from chalicelib.flow.hold import waits_until, why_held
from chalicelib.flow.remind import remind_seated, remind_unconfirmed

MATCHING_SECONDS = 600
"""The search stops after this, well inside the function's 15 minutes."""

OVER = "Every session was over, or about to begin, before groups could be made."


def work(store: Store, jobs: Jobs, clock: Clock, event_id: str, run: str, key: bytes, new_name: str) -> None:
    """Take the event as far as it goes by itself; a run that was taken over stops without a trace.

    Every step may be repeated at any point, by another run or by this one started twice: each makes
    its plan under a name of its own, groups and letters are written once, and the event moves only
    for the run that holds it.

    Args:
        run: the name under which the event was claimed.
        new_name: a random name for the plan, should one be made.
    """
    with _sign_of_life(store, clock, event_id, run):
        try:
            while (event := store.event(event_id)).run == run:
                with contextlib.suppress(Reconsider):
                    _step(store, clock, event, run, key, new_name)
        except Conflict:
            pass  # Another run holds the event now; what this one wrote is the same that the other one writes.
    jobs.send()


def _step(store: Store, clock: Clock, event: Event, run: str, key: bytes, new_name: str) -> None:
    match event.state:
        case State.OPEN:
            remind_unconfirmed(store, event, clock)
            change_event(store, event.id, lambda fresh: road.reminded(fresh, run))
        case State.MATCHING:
            plan = make_plan(store, event, clock.now())
            require_held(store, event.id, run)
            store.write_plan(event.id, new_name, plan)
            change_event(store, event.id, lambda fresh: road.drafted(fresh, run, new_name))
        case State.DRAFT:
            _decide(store, event, run, clock.now())
        case State.HELD:
            _go_on_unattended(store, event, run, clock.now())
        case State.PUBLISHING:
            publish.publish_groups(store, event, store.plan(event.id, event.plan), key, clock)
            change_event(store, event.id, lambda fresh: road.published(fresh, run, clock.now()))
        case State.PUBLISHED:
            _look_after(store, clock, event, run, key, new_name)
        case State.CANCELLED:
            publish.tell_cancelled(store, event, clock)
            change_event(store, event.id, lambda fresh: road.settled(fresh, run, event.mend_at))
        case _:
            # Nothing here needs a worker, so the claim itself is what is left over.
            change_event(store, event.id, lambda fresh: road.settled(fresh, run, event.mend_at))


def _look_after(store: Store, clock: Clock, event: Event, run: str, key: bytes, new_name: str) -> None:
    """Mend groups that went out, free seats, and remind; a burst of changes is let come to its end before."""
    over = event.mend_at is None or event.mend_at <= clock.now()
    if over and event.mend_at is None and release.is_due(event, clock.now()):
        # Groups that lose people are looked at, whoever comes to it.
        change_event(store, event.id, lambda fresh: road.freeing(fresh, run, clock.now()))
        return
    if over:
        release.free(store, event, run, clock)
    if over or event.mending or (event.asked is not None and event.asked.agreed):
        repair.repair(store, event, run, clock, key, new_name)
    if over:
        publish.tell_latecomers(store, store.event(event.id), clock)
        remind_seated(store, event, clock)
        ask.tell_too_late(store, event, clock.now())
    seen, frees_at = (event.mend_at, release.next_time(store, event, clock.now())) if over else (None, event.frees_at)
    change_event(store, event.id, lambda fresh: road.settled(fresh, run, seen, frees_at))


def make_plan(store: Store, event: Event, now: datetime) -> Plan:
    """Match everybody who has confirmed, for the sessions that are still to come."""
    confirmed = [one for one in store.attendees(event.id) if one.counts]
    instance = instance_of(event, confirmed, now)
    if not confirmed or not instance.event.slots:
        unplaced = tuple(Unplaced(one.id, OVER) for one in confirmed)
        return Plan(groups=(), unplaced=unplaced, placed=0, placeable=0, relevance=0.0, seed=0)
    from chalicelib.matching.plan import match

    return match(instance, seconds=MATCHING_SECONDS)


def _decide(store: Store, event: Event, run: str, now: datetime) -> None:
    """Whether a draft goes out, waits for its organizer, or has to be made again."""
    plan = store.plan(event.id, event.plan)
    attendees = list(store.attendees(event.id))
    confirmed = [one for one in attendees if one.counts]

    if outdated(plan, event, {one.id for one in confirmed}, now):
        change_event(store, event.id, lambda fresh: road.rematched(fresh, now))
        return
    weak = not plan.groups or plan.placed * 100 < event.least_share * len(confirmed)
    if weak:
        until = waits_until(event, plan, now)
        why = why_held(event, plan, attendees, until, now)
        letter = decided(event.id, ORGANIZER, Kind.HELD, now, event.version)
        change_event(store, event.id, lambda fresh: road.held(as_judged(fresh, event), run, why, until), letter)
    elif event.review:
        letter = decided(event.id, ORGANIZER, Kind.HELD, now, event.version)
        change_event(store, event.id, lambda fresh: road.waiting(fresh, run), letter)
    else:
        change_event(store, event.id, lambda fresh: road.publishing(as_judged(fresh, event), run))


def _go_on_unattended(store: Store, event: Event, run: str, now: datetime) -> None:
    """The organizer did not answer: a plan with groups goes out, one without means that it is off."""
    plan = store.plan(event.id, event.plan)
    confirmed = {one.id for one in store.attendees(event.id) if one.counts}
    if event.review:
        change_event(store, event.id, lambda fresh: road.settled(fresh, run, event.mend_at))
    elif outdated(plan, event, confirmed, now):
        change_event(store, event.id, lambda fresh: road.rematched(fresh, now))
    elif plan.groups:
        change_event(store, event.id, lambda fresh: road.publishing(as_judged(fresh, event), run))
    else:
        change_event(store, event.id, lambda fresh: road.cancelled(as_judged(fresh, event), now))


@contextlib.contextmanager
def _sign_of_life(store: Store, clock: Clock, event_id: str, run: str) -> Iterator[None]:
    """Renew the run's lease from a thread of its own while the work goes on."""
    done = threading.Event()

    def beat() -> None:
        while not done.wait(HEARTBEAT.total_seconds()):
            try:
                change_event(store, event_id, lambda event: road.alive(event, run, clock.now()))
            except (Conflict, NotFound):
                return
            except NotReady:
                continue  # The store is busy; the lease outlasts a few beats.

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
