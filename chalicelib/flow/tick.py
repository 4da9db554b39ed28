"""The tick: set up what is missing, close what is due, hand the rest to the workers, and wake the sender."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from chalicelib.domain import event as road
from chalicelib.domain.errors import Conflict, NotFound, Stale
from chalicelib.domain.event import State
from chalicelib.domain.ports import Clock, Jobs, Secrets, Store

log = logging.getLogger(__name__)

LOOK_AHEAD = timedelta(seconds=30)
"""How far a tick waits for work that falls due before the next one; with a lease of 60 s it finds a
dead worker's event within 90 s although ticks are a minute apart."""


def tick(store: Store, secrets: Secrets, jobs: Jobs, clock: Clock, new_run: Callable[[], str]) -> None:
    """Do what is due now or within the look-ahead; twice at once, late or never again is all the same.

    Args:
        new_run: draws a random name for a worker.
    """
    store.create()
    secrets.create_link_key()
    horizon = clock.now() + LOOK_AHEAD
    failed: dict[str, Exception] = {}
    while True:
        if next(iter(store.due_letters(clock.now())), None) is not None:
            jobs.send()
        waiting = []
        for event_id in store.due_events(horizon):
            try:
                waiting.append(_handle(store, jobs, event_id, clock, new_run))
            except Exception as error:
                # One event's trouble must not keep the others waiting.
                log.exception("Event %s could not be handled.", event_id)
                failed[event_id] = error
        soon = min((due for due in waiting if due is not None and due <= horizon), default=None)
        if soon is None:
            break
        clock.sleep(max((soon - clock.now()).total_seconds(), 0.1))
    if failed:
        raise ExceptionGroup("Some events could not be handled.", list(failed.values()))


def _handle(store: Store, jobs: Jobs, event_id: str, clock: Clock, new_run: Callable[[], str]) -> datetime | None:
    """Do what the event needs now; the instant of its next need."""
    now = clock.now()
    try:
        event = store.event(event_id)
        if event.due is None or event.due > now:
            return event.due
        closing = event.state is State.OPEN and now >= event.closes_at
        changed = road.closed(event, now) if closing else road.claimed(event, new_run(), now)
        store.commit(changed)
    except (NotFound, Stale, Conflict):
        # The index was behind, or another tick got there first: either way it is taken care of.
        return None
    if changed.run:
        jobs.match(event_id, changed.run)
    return changed.due
