"""The flock: how many people have confirmed, which is all that everybody may know of them."""

from typing import Any

import pytest

from chalicelib.flow import watch
from tests.web.in_memory import App


def flock(app: App, event_id: str) -> Any:
    return app.ask("GET", f"/api/events/{event_id}/flock")


def test_a_bird_joins_when_somebody_confirms_and_leaves_when_they_withdraw() -> None:
    """Nothing but the number is told, and anybody may keep it for a minute."""
    app = App()
    event_id, _ = app.open_event()
    app.sign_up(event_id, 1)
    assert flock(app, event_id) == {"confirmed": 0, "more": False}
    tokens = [app.confirmed(event_id, number) for number in range(2, 5)]
    assert flock(app, event_id) == {"confirmed": 3, "more": False}
    app.ask("POST", "/api/me/withdraw", {}, tokens[0])
    assert flock(app, event_id) == {"confirmed": 2, "more": False}
    shown = app.call("GET", f"/api/events/{event_id}/flock")
    assert shown.headers["Cache-Control"] == "public, max-age=60"


def test_a_large_flock_is_counted_as_far_as_it_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then it is said that there are more, and not how many."""
    monkeypatch.setattr(watch, "FLOCK", 2)
    app = App()
    event_id, _ = app.open_event()
    for number in range(2):
        app.confirmed(event_id, number)
    assert flock(app, event_id) == {"confirmed": 2, "more": False}
    app.confirmed(event_id, 2)
    assert flock(app, event_id) == {"confirmed": 2, "more": True}


def test_an_event_that_is_not_open_yet_has_no_flock() -> None:
    """Nor has one that is not there."""
    app = App()
    app.tick()
    event_id = app.ask("POST", "/api/events", app.proposal())["id"]
    for unknown in (event_id, "a" * 16, "no-event"):
        assert app.call("GET", f"/api/events/{unknown}/flock").status_code == 404
