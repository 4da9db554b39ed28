"""The road of an event: every situation against every transition, and when each is next due."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain import event as road
from chalicelib.domain.errors import Conflict
from chalicelib.domain.event import LEASE, SETTLE, Event, Held, Slot, State
from tests.domain.examples import DEADLINE, EVENT, NOW

LATER = DEADLINE + timedelta(days=1)
WHY = Held("Only 3 of 9 people who confirmed get a group.", ())
RUN = "run-1"

SITUATIONS = {
    "unconfirmed": EVENT,
    "open": replace(EVENT, state=State.OPEN, due=DEADLINE),
    "open, at work": replace(EVENT, state=State.OPEN, opened_at=NOW, run=RUN, due=NOW),
    "closed": replace(EVENT, state=State.CLOSED, closed_at=NOW, due=NOW + timedelta(hours=1)),
    "matching, at work": replace(EVENT, state=State.MATCHING, run=RUN, due=NOW),
    "draft, at work": replace(EVENT, state=State.DRAFT, plan="p", run=RUN, due=NOW),
    "draft, waiting": replace(EVENT, state=State.DRAFT, plan="p", review=True),
    "held, waiting": replace(EVENT, state=State.HELD, plan="p", held=WHY, due=LATER),
    "held, at work": replace(EVENT, state=State.HELD, plan="p", held=WHY, run=RUN, due=NOW),
    "publishing, free": replace(EVENT, state=State.PUBLISHING, plan="p", due=NOW),
    "publishing, at work": replace(EVENT, state=State.PUBLISHING, plan="p", run=RUN, due=NOW),
    "published, free": replace(EVENT, state=State.PUBLISHED, plan="p", due=NOW),
    "published, at work": replace(EVENT, state=State.PUBLISHED, plan="p", run=RUN, due=NOW),
    "cancelled, free": replace(EVENT, state=State.CANCELLED, due=NOW),
    "cancelled, at work": replace(EVENT, state=State.CANCELLED, run=RUN, due=NOW),
}
"""All that an event can be in; at work means that RUN holds it."""

AT_WORK = [name for name in SITUATIONS if name.endswith("at work")]

TRANSITIONS: dict[str, Callable[[Event], Event]] = {
    "opened": lambda event: road.opened(event, NOW),
    "reminded": lambda event: road.reminded(event, RUN),
    "with_deadline": lambda event: road.with_deadline(event, LATER),
    "closed": lambda event: road.closed(event, NOW),
    "rematched": lambda event: road.rematched(event, NOW),
    "claimed": lambda event: road.claimed(event, "run-2", NOW),
    "alive": lambda event: road.alive(event, RUN, NOW),
    "drafted": lambda event: road.drafted(event, RUN, "p2"),
    "waiting": lambda event: road.waiting(event, RUN),
    "held": lambda event: road.held(event, RUN, WHY, LATER),
    "approved": lambda event: road.approved(event, NOW),
    "publishing": lambda event: road.publishing(event, RUN),
    "published": lambda event: road.published(event, RUN, NOW),
    "settled": lambda event: road.settled(event, RUN, event.mend_at),
    "reviewed": road.reviewed,
    "cancelled": lambda event: road.cancelled(event, NOW),
}

STATE_AFTER: dict[str, dict[str, State]] = {
    "opened": {"unconfirmed": State.OPEN},
    "reminded": {"open, at work": State.OPEN},
    "with_deadline": {
        "unconfirmed": State.UNCONFIRMED,
        "open": State.OPEN,
        "open, at work": State.OPEN,
        "closed": State.OPEN,
        "draft, waiting": State.OPEN,
        "held, waiting": State.OPEN,
    },
    "closed": {"open": State.CLOSED, "open, at work": State.CLOSED},
    "rematched": dict.fromkeys(("draft, at work", "draft, waiting", "held, waiting", "held, at work"), State.CLOSED),
    "claimed": {name: event.state for name, event in SITUATIONS.items()} | {"closed": State.MATCHING},
    "alive": {name: SITUATIONS[name].state for name in AT_WORK},
    "drafted": {"matching, at work": State.DRAFT},
    "waiting": {"draft, at work": State.DRAFT},
    "held": {"draft, at work": State.HELD},
    "approved": {"draft, waiting": State.PUBLISHING, "held, waiting": State.PUBLISHING},
    "publishing": {"draft, at work": State.PUBLISHING, "held, at work": State.PUBLISHING},
    "published": {"publishing, at work": State.PUBLISHED},
    "settled": {name: SITUATIONS[name].state for name in AT_WORK if name != "open, at work"},
    "reviewed": {
        name: event.state
        for name, event in SITUATIONS.items()
        if event.state not in {State.PUBLISHING, State.PUBLISHED, State.CANCELLED}
    },
    "cancelled": {
        name: State.CANCELLED
        for name, event in SITUATIONS.items()
        if event.state not in {State.PUBLISHING, State.CANCELLED}
    },
}
"""Where each transition is allowed, and where it leads; everywhere else it is refused."""

REFUSALS = {
    "opened": "opened already",
    "reminded": "nobody left to remind",
    "settled": "Sign-up is open",
    "with_deadline": "The deadline cannot move any more: groups are being made or have gone out.",
    "closed": "Sign-up is not open, so it cannot be closed.",
    "rematched": "There is no plan to make again yet.",
    "drafted": "This event is not being matched.",
    "waiting": "There is no draft to review.",
    "held": "There is no draft to hold.",
    "approved": "There is no plan waiting to go out.",
    "publishing": "There is no plan that could go out.",
    "published": "This event is not being published.",
    "reviewed": "The groups have gone out already, so there is nothing left to hold.",
}

OF_A_WORKER = {"reminded", "alive", "drafted", "waiting", "held", "publishing", "published", "settled"}
"""Transitions that only the run which holds the event may make."""


def refusal(transition: str, situation: str) -> str:
    """A piece of the sentence that a transition is refused with."""
    if transition in OF_A_WORKER and situation not in AT_WORK:
        return "Another run has taken this event over."
    if transition == "cancelled":
        return "already off" if SITUATIONS[situation].state is State.CANCELLED else "try again in a minute"
    return REFUSALS[transition]


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("transition", TRANSITIONS)
def test_a_transition_leads_on_or_is_refused_with_a_sentence(transition: str, situation: str) -> None:
    """Every situation against every transition: the state after it, or the words of the refusal."""
    event, go = SITUATIONS[situation], TRANSITIONS[transition]
    after = STATE_AFTER[transition].get(situation)
    if after is None:
        with pytest.raises(Conflict) as refused:
            go(event)
        assert refusal(transition, situation) in str(refused.value)
        assert str(refused.value).endswith(".")
    else:
        assert go(event).state is after


@pytest.mark.parametrize("situation", AT_WORK)
@pytest.mark.parametrize("transition", ["with_deadline", "closed", "rematched", "cancelled"])
def test_who_takes_an_event_away_from_its_worker_frees_it(transition: str, situation: str) -> None:
    """Whatever lets go of an event under a worker's hands clears the run, so that the worker finds out."""
    if situation in STATE_AFTER[transition]:
        assert TRANSITIONS[transition](SITUATIONS[situation]).run == ""


@pytest.mark.parametrize("situation", AT_WORK)
def test_a_run_that_was_taken_over_may_do_nothing_more(situation: str) -> None:
    """After another run's claim, every transition of the first worker is refused, in every state."""
    taken_over = road.claimed(SITUATIONS[situation], "run-2", NOW)
    for transition in OF_A_WORKER:
        with pytest.raises(Conflict, match="Another run"):
            TRANSITIONS[transition](taken_over)


@pytest.mark.parametrize(
    ("open_for", "before"),
    [
        (timedelta(days=4), timedelta(days=1)),
        (timedelta(days=1, microseconds=1), timedelta(days=1)),
        (timedelta(days=1), timedelta()),
        (timedelta(minutes=5), timedelta()),
    ],
)
def test_an_open_event_is_next_due_for_its_reminder_and_then_for_its_deadline(
    open_for: timedelta, before: timedelta
) -> None:
    """A day before the deadline; sign-up that is open for a day or less needs none."""
    opened = road.opened(EVENT, DEADLINE - open_for)
    assert opened.due == DEADLINE - before
    reminded = road.reminded(road.claimed(opened, RUN, NOW), RUN)
    assert (reminded.due, road.remind_at(reminded), reminded.run) == (DEADLINE, None, "")


def test_a_deadline_that_moves_takes_its_reminder_along_until_that_is_done() -> None:
    """To earlier, to later, and, if sign-up is then open for more than a day, into being."""
    opened = road.opened(EVENT, NOW)
    day = timedelta(days=1)
    assert road.with_deadline(opened, LATER).due == LATER - day
    assert road.with_deadline(opened, NOW + 2 * day).due == NOW + day
    assert road.with_deadline(opened, NOW + day).due == NOW + day
    assert road.with_deadline(road.with_deadline(opened, NOW + day), LATER).due == LATER - day
    done = road.reminded(road.claimed(opened, RUN, NOW), RUN)
    assert road.with_deadline(done, LATER).due == LATER


def test_an_event_kept_from_before_there_were_reminders_closes_without_one() -> None:
    """Nobody knows how long it has been open."""
    assert road.with_deadline(SITUATIONS["open"], LATER).due == LATER


def test_a_worker_holds_an_open_event_no_longer_than_to_its_deadline() -> None:
    """Sign-up is closed on time, whoever is at work or has died at it."""
    soon = DEADLINE - timedelta(seconds=20)
    claimed = road.claimed(road.opened(EVENT, NOW), RUN, soon)
    assert claimed.due == road.alive(claimed, RUN, soon + timedelta(seconds=5)).due == DEADLINE
    assert road.claimed(claimed, "run-2", DEADLINE - timedelta(days=1)).due == DEADLINE - timedelta(days=1) + LEASE


@pytest.mark.parametrize(("most", "full"), [(None, False), (3, True), (4, True), (5, False)])
def test_an_event_is_full_when_as_many_have_confirmed_as_may_be_in(most: int | None, full: object) -> None:
    """One too many, who slipped in, is no reason to think otherwise."""
    assert road.is_full(replace(EVENT, most=most), 4) is full


def test_sign_up_ends_at_the_deadline_itself() -> None:
    """The tick may come late; the deadline does not move with it."""
    event = SITUATIONS["open"]
    assert road.accepts_sign_ups(event, DEADLINE - timedelta(microseconds=1))
    assert not road.accepts_sign_ups(event, DEADLINE)


@pytest.mark.parametrize("situation", [name for name in SITUATIONS if not name.startswith("open")])
def test_only_an_open_event_takes_sign_ups(situation: str) -> None:
    """However far away the deadline is."""
    assert not road.accepts_sign_ups(SITUATIONS[situation], NOW)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_answers_change_while_open_and_until_late_confirmations_end(situation: str) -> None:
    """From the first plan on, answers stay as the matching read them."""
    event = SITUATIONS[situation]
    assert road.accepts_edits(event, NOW) is (event.state in {State.OPEN, State.CLOSED})


def test_closing_at_the_deadline_leaves_the_whole_time_for_confirming() -> None:
    """Matching is due when late confirmations are in and late writes have landed."""
    late = DEADLINE + timedelta(seconds=40)
    closed = road.closed(SITUATIONS["open"], late)
    assert closed.closes_at == DEADLINE
    assert closed.closed_at == late
    assert road.confirm_until(closed) == DEADLINE + timedelta(minutes=60)
    assert closed.due == DEADLINE + timedelta(minutes=60) + SETTLE


def test_closing_early_counts_from_now_with_its_own_time_for_confirming() -> None:
    """The organizer who closes now may also shorten the wait."""
    closed = road.closed(SITUATIONS["open"], NOW, 10)
    assert closed.closes_at == NOW
    assert closed.due == NOW + timedelta(minutes=10) + SETTLE
    assert road.confirm_until(closed) == NOW + timedelta(minutes=10)


@pytest.mark.parametrize("minutes", [0, 5])
def test_closing_very_late_still_lets_every_write_land(minutes: int) -> None:
    """Matching never starts less than the settling time after the door closed, however late that was."""
    late = DEADLINE + timedelta(hours=5)
    assert road.closed(SITUATIONS["open"], late, minutes).due == late + SETTLE


def test_edits_end_before_the_matching_reads() -> None:
    """Between the last moment for answers and the matching lies the settling time."""
    closed = road.closed(SITUATIONS["open"], NOW, 10)
    end = road.confirm_until(closed)
    assert road.accepts_edits(closed, end - timedelta(seconds=1))
    assert not road.accepts_edits(closed, end)


def test_before_closing_the_end_of_confirming_is_known_already() -> None:
    """People are told at sign-up until when they can confirm."""
    assert road.confirm_until(SITUATIONS["open"]) == DEADLINE + timedelta(minutes=60)


def test_a_claim_holds_for_a_lease_and_a_sign_of_life_renews_it() -> None:
    """A worker has to be heard of before its lease runs out."""
    claimed = road.claimed(SITUATIONS["closed"], RUN, NOW)
    assert (claimed.run, claimed.due, claimed.failures) == (RUN, NOW + LEASE, 0)
    later = NOW + timedelta(seconds=40)
    assert road.alive(claimed, RUN, later).due == later + LEASE


def test_an_event_that_kills_its_workers_is_tried_ever_more_rarely() -> None:
    """The lease doubles from the fifth takeover on, up to about an hour, and never overflows."""
    event, leases = road.claimed(SITUATIONS["closed"], "first", NOW), []
    for number in range(40):
        event = road.claimed(event, f"run-{number}", NOW)
        assert event.due is not None
        leases.append((event.due - NOW) / LEASE)
    assert leases[:8] == [1, 1, 1, 1, 2, 4, 8, 16]
    assert leases[-1] == 64


@pytest.mark.parametrize("transition", ["reminded", "waiting", "held", "published", "settled"])
def test_a_worker_that_got_somewhere_clears_the_failures_before_it(transition: str) -> None:
    """Only takeovers in a row count."""
    situation = next(name for name in AT_WORK if name in STATE_AFTER[transition])
    assert TRANSITIONS[transition](replace(SITUATIONS[situation], failures=7)).failures == 0


def test_what_waits_for_the_organizer_alone_is_never_due() -> None:
    """A draft for review stays as long as the organizer needs."""
    assert road.waiting(SITUATIONS["draft, at work"], RUN).due is None
    assert road.reviewed(SITUATIONS["held, waiting"]).due is None
    assert road.held(SITUATIONS["draft, at work"], RUN, WHY, None).due is None


def test_a_held_plan_that_is_to_be_reviewed_does_not_say_that_it_goes_out_by_itself() -> None:
    """The reason and the choices stay as they were."""
    waiting = replace(SITUATIONS["held, waiting"], held=replace(WHY, otherwise="Without your answer, it goes out."))
    assert road.reviewed(waiting).held == WHY


def test_the_last_start_is_that_of_an_offered_session() -> None:
    """A merely considered one is none to wait for."""
    later = Slot("s9", EVENT.first_start + timedelta(days=5), EVENT.first_start + timedelta(days=6), offered=False)
    assert replace(EVENT, slots=(later, *EVENT.slots)).last_start == EVENT.slots[1].start


def test_holding_a_running_event_does_not_stop_its_clock() -> None:
    """An open event that is to be reviewed still closes at its deadline."""
    held = road.reviewed(SITUATIONS["open"])
    assert (held.review, held.due) == (True, DEADLINE)


@pytest.mark.parametrize("situation", ["closed", "draft, waiting", "held, waiting"])
def test_a_later_deadline_opens_the_event_again_as_if_it_had_never_closed(situation: str) -> None:
    """Nothing is left over of the wait."""
    opened = road.with_deadline(replace(SITUATIONS[situation], failures=3), LATER)
    assert (opened.closes_at, opened.due) == (LATER, LATER)
    assert (opened.closed_at, opened.held, opened.run, opened.failures) == (None, None, "", 0)


def test_an_approved_plan_is_due_at_once_and_nothing_holds_it_any_more() -> None:
    """The next tick takes it up."""
    approved = road.approved(SITUATIONS["held, waiting"], NOW)
    assert (approved.due, approved.held) == (NOW, None)


def test_a_published_event_is_looked_at_once_more_for_whoever_slipped_in() -> None:
    """Confirmations that were under way while publishing land within the settling time."""
    published = road.published(SITUATIONS["publishing, at work"], RUN, NOW)
    assert (published.due, published.run) == (NOW + SETTLE, "")
    settled = road.settled(road.claimed(published, RUN, NOW), RUN, None)
    assert (settled.due, settled.run) == (None, "")


def test_calling_off_waits_for_confirmations_under_way_before_it_is_told() -> None:
    """Whoever was let in a moment before is among those who hear it."""
    cancelled = road.cancelled(SITUATIONS["held, waiting"], NOW)
    assert (cancelled.due, cancelled.run, cancelled.held) == (NOW + SETTLE, "", None)


def test_slots_and_places_are_found_by_id() -> None:
    """No place at all means online, and so does a place that is gone."""
    assert EVENT.slot("s2") == EVENT.slots[1]
    assert EVENT.place("web") == EVENT.places[1]
    assert EVENT.place("elsewhere") is None
    assert EVENT.place(None) is None


def test_the_first_start_is_the_earliest_however_slots_are_ordered() -> None:
    """Deadlines are measured against it."""
    early = Slot("s0", NOW + timedelta(days=8), NOW + timedelta(days=8, hours=1))
    assert replace(EVENT, slots=(*EVENT.slots, early)).first_start == early.start
