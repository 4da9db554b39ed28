"""Limits at the front door: what is too often or too large is refused with one sentence, and nothing is kept."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.adapters import kept
from chalicelib.domain import times
from chalicelib.domain.event import MOST_PLACES, MOST_SLOTS, Event
from tests.web.in_memory import App

OLGA = "olga@example.org"


def create(app: App, number: int, **changes: Any) -> int:
    """The status of asking for one more event."""
    return app.call("POST", "/api/events", app.proposal(token=f"0123456789abcdef-{number}", **changes)).status_code


def set_up(**settings: Any) -> App:
    app = App(**settings)
    app.tick()
    return app


def test_an_organizers_limit_counts_an_address_however_it_is_spelt() -> None:
    """Otherwise capitals would be a way around it, and the mails would all arrive in one inbox."""
    app = set_up(limit_events_a_day=2)
    spellings = ["olga@example.org", "Olga@Example.ORG", "OLGA@example.org"]
    assert [create(app, n, organizer_email=one) for n, one in enumerate(spellings)] == [202, 202, 429]
    app.work()
    assert sum(mail.recipient.lower() == OLGA for mail in app.mailer.sent) == 2


def test_one_source_can_only_ask_for_so_many_events_a_minute_whoever_they_are_for() -> None:
    """So nobody mails a whole organization by going through its addresses."""
    app = set_up(limit_source=3)
    people = [f"person{number}@example.org" for number in range(5)]
    assert [create(app, n, organizer_email=one) for n, one in enumerate(people)] == [202, 202, 202, 429, 429]
    app.work()
    assert len(app.mailer.sent) == 3
    app.clock.advance(timedelta(minutes=1))
    assert create(app, 4, organizer_email=people[4]) == 202


def test_what_is_refused_for_another_reason_is_not_counted() -> None:
    """Whoever corrects a form three times still gets their event."""
    app = set_up(limit_events_a_day=1)
    for number in range(4):
        assert create(app, number, timezone="Europe/Atlantis") == 422
        assert create(app, number, organizer_email="olga@elsewhere.example") == 403
    assert create(app, 9) == 202
    assert create(app, 10) == 429


def full(app: App, name: str) -> dict[str, Any]:
    """As many slots and places as an event may have, each place open in every slot, their ids as long as may be."""
    first = app.clock.now() + timedelta(days=14)
    slots = [
        {
            "id": f"{name}-{number:04}",
            "start": times.iso(first + timedelta(hours=number)),
            "end": times.iso(first + timedelta(hours=number + 1)),
        }
        for number in range(MOST_SLOTS)
    ]
    ids = [slot["id"] for slot in slots]
    places = [{"name": f"Place {number}", "address": "Here", "slots": ids} for number in range(MOST_PLACES)]
    return app.proposal(slots=slots, places=places, first_day=None, last_day=None)


def test_an_event_that_no_item_could_hold_is_refused_and_nothing_is_kept() -> None:
    """Before the table would, in words that say what to do."""
    app = set_up()
    response = app.call("POST", "/api/events", full(app, "a" * 35))
    assert (response.status_code, response.headers["Content-Type"]) == (422, "application/problem+json")
    assert response.json_body["detail"] == "This is more than one event can hold; use fewer places, slots or words."
    app.work()
    assert not app.store._records
    assert not app.mailer.sent


def test_as_many_slots_and_places_as_there_may_be_fit_when_their_ids_are_short() -> None:
    """Such as those that Covey gives them; such an event opens, too."""
    app = set_up()
    app.ask("POST", "/api/events", full(app, "s"))
    app.work()
    opened = app.ask("POST", "/api/organizer/open", {}, app.token(OLGA))
    assert (len(opened["event"]["slots"]), len(opened["event"]["places"])) == (MOST_SLOTS, MOST_PLACES)
    (event,) = (one for one in app.store._records.values() if isinstance(one, Event))
    assert len(kept.written(event).encode()) < kept.LARGEST


@pytest.mark.parametrize("state", ["open", "held"])
def test_a_smallest_group_that_a_place_cannot_hold_is_refused_and_nothing_changes(state: str) -> None:
    """Whenever it is asked for; the sentence names the place."""
    app = App()
    event_id, organizer = app.open_event(
        confirm_minutes=0,
        places=[{"name": "Snug", "address": "Here", "seats": 4}, {"name": "Hall", "address": "There"}],
    )
    if state == "held":
        for number in range(3):
            app.confirmed(event_id, number, free=["s000"] if number else [])
        app.close(organizer)
    before = app.watch(organizer)
    assert before["event"]["state"] == state
    response = app.call("POST", "/api/organizer/change", {"group_size": {"min": 5, "max": 6}}, organizer)
    assert (response.status_code, response.json_body["field"]) == (422, "group_size")
    assert response.json_body["detail"] == "“Snug” has 4 seats, fewer than the smallest group of 5."
    assert app.watch(organizer) == before
    assert app.call("POST", "/api/organizer/change", {"group_size": {"min": 4, "max": 6}}, organizer).status_code == 200


def test_a_held_plan_on_which_hold_is_pressed_shows_no_time_at_which_it_goes_out() -> None:
    """The page has the reason and the choices as before."""
    app = App()
    event_id, organizer = app.open_event(confirm_minutes=0)
    for number in range(5):
        app.confirmed(event_id, number, free=["s000" if number < 3 else "s001"])
    app.close(organizer)
    before = app.watch(organizer)["held"]
    assert before["otherwise"]
    after = app.ask("POST", "/api/organizer/hold", {}, organizer)["held"]
    assert after == {**before, "otherwise": ""}
    app.pass_time(hours=25)
    assert app.watch(organizer)["held"] == after
    assert app.watch(organizer)["event"]["state"] == "held"
