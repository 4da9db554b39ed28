"""Every page and every state of it, in one list: how to get there, and what is to be seen then.

The pictures of `docs/screens/` and the tests of `tests/e2e/test_states.py` both go through STATES.
A new state is one more line. Most are reached as people reach them, on a running Covey; where that would
take hours, or a failure, the page is told another answer instead, and the gallery says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page, Route

from infra.screens.scene import GONE, LATE, Scene

type Change = Mapping[str, Any] | int | None
"""What becomes of an answer: these fields are different, or that status is answered, or none comes at all."""

TROUBLE = {
    "type": "about:blank",
    "title": "Service Unavailable",
    "detail": "Covey is busy right now. Nothing was lost: wait a minute, then try again.",
}


def _nothing(_page: Page) -> None:
    """Look, and do nothing."""


@dataclass(frozen=True)
class State:
    """One page in one state.

    Args:
        page: what people would call the page.
        name: the state, in a few words; page and name together are unique.
        path: the address below the site's.
        shows: words that are to be seen then.
        act: what to press and fill in to get there.
        told: answers that are made up, by the end of their address.
        scripts: whether the browser runs scripts.
        window: only what fits into the window is looked at, since something lies over the page.
        paper: as printed.
    """

    page: str
    name: str
    path: Callable[[Scene], str]
    shows: str
    act: Callable[[Page], None] = _nothing
    told: Mapping[str, Change] = field(default_factory=dict)
    scripts: bool = True
    window: bool = False
    paper: bool = False

    @property
    def slug(self) -> str:
        """Page and name as a file is called."""
        words = "".join(letter if letter.isalnum() else " " for letter in f"{self.page} {self.name}".lower())
        return "-".join(words.split())

    @property
    def made_up(self) -> bool:
        """Whether the page was told something that is not so; a lost connection is just that."""
        return any(change is not None for change in self.told.values())


def reach(page: Page, scene: Scene, state: State) -> Page:
    """Bring a tab to that state, and return it. Raises a Playwright error when it does not get there."""
    for address, change in state.told.items():
        page.route(f"**/{address}", _telling(change))
    page.goto(scene.site + state.path(scene), wait_until="networkidle")
    state.act(page)
    if state.scripts:
        page.get_by_text(state.shows).filter(visible=True).first.wait_for()
    else:
        # What stands in for scripts is no text to Playwright.
        page.locator("noscript .notice").wait_for()
    return page


def _telling(change: Change) -> Callable[[Route], None]:
    def answer(route: Route) -> None:
        if change is None:
            route.abort("internetdisconnected")
        elif isinstance(change, int):
            route.fulfill(status=change, json={**TROUBLE, "status": change}, content_type="application/problem+json")
        else:
            said = route.fetch().json()
            event = {**said.get("event", {}), **change.get("event", {})}
            route.fulfill(json={**said, **change, **({"event": event} if event else {})})

    return answer


def _press(name: str) -> Callable[[Page], None]:
    return lambda page: page.get_by_role("button", name=name).first.click()


def _unfold(text: str) -> Callable[[Page], None]:
    return lambda page: page.locator("summary", has_text=text).first.click()


def _then(*acts: Callable[[Page], None]) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        for one in acts:
            one(page)

    return act


def _create(page: Page) -> None:
    page.get_by_label("What is it about?").fill("Bread that rises")
    page.get_by_label("Your name, as people").fill("Olga Brandt")
    page.get_by_label("Your e-mail; replies").fill("olga@example.org")


def _create_at_a_place(page: Page) -> None:
    page.get_by_label("At real places").check()
    page.get_by_label("Name of the place").fill("The bakery")
    page.get_by_label("Address").fill("Torstraße 8, 10119 Berlin, through the yard")


def _create_for_a_stranger(page: Page) -> None:
    _create(page)
    page.get_by_label("Your e-mail; replies").fill("mallory@elsewhere.test")
    page.get_by_role("button", name="Create the event").click()


def _sign_up(page: Page) -> None:
    page.get_by_label("Your name").fill("Ana Lopes")
    page.get_by_label("Your e-mail").fill("ana.lopes@example.com")
    page.get_by_label("Some experience").check()
    page.get_by_label("What do you hope for?").fill("A crust that sings.")
    page.locator("[data-slot]").first.click()


def _come_back(page: Page) -> None:
    page.get_by_text("One step left").wait_for()
    page.reload(wait_until="networkidle")


def _sign_up_without_a_time(page: Page) -> None:
    _sign_up(page)
    page.get_by_role("button", name="Clear all").click()
    _save(page)


def _choose_times(page: Page) -> None:
    _sign_up(page)
    page.get_by_label("Posters").check()
    page.get_by_role("button", name="Weekday evenings").click()
    page.get_by_label("if need be", exact=True).check()
    page.locator("[data-slot]").nth(2).click()


def _forget_almost_everything(page: Page) -> None:
    page.get_by_label("Your e-mail").fill("ana.lopes@")
    page.get_by_role("button", name="Save my place").click()


_save = _press("Save my place")


def _withdrawn_and_back(page: Page) -> None:
    page.get_by_role("button", name="Withdraw").click()
    page.get_by_text("You have withdrawn.").wait_for()


def _me(person: str, event: str = "open") -> Callable[[Scene], str]:
    return lambda scene: f"me#{getattr(scene, event).person[person]}"


def _watch(event: str = "open") -> Callable[[Scene], str]:
    return lambda scene: f"watch#{getattr(scene, event).organizer}"


def _event(event: str = "open") -> Callable[[Scene], str]:
    return lambda scene: f"e/{getattr(scene, event).id}"


def _at(path: str) -> Callable[[Scene], str]:
    return lambda _scene: path


ANA, BEN, JUNE, KARIM = "Ana Lopes", "Ben Adeyemi", "June Park", "Karim Haddad"

STATES: tuple[State, ...] = (
    State("create", "empty", _at(""), "One link, many small groups"),
    State("create", "nothing filled in", _at(""), "3 answers need another look.", _press("Create the event")),
    State("create", "more, and at a place", _at(""), "Who should meet?", _then(_unfold("More"), _create_at_a_place)),
    State("create", "refused", _at(""), "may not create events", _create_for_a_stranger),
    State(
        "create",
        "no connection",
        _at(""),
        "Nothing was lost.",
        _then(_create, _press("Create the event")),
        told={"api/events": None},
    ),
    State(
        "create",
        "done",
        _at(""),
        "One step left: press the button in the mail",
        _then(_create, _press("Create the event"), _unfold("Show it as a QR code")),
    ),
    State("create", "scripts off", _at(""), "This page needs scripts", scripts=False),
    State("sign up", "open", _event(), "When are you free?"),
    State("sign up", "filled in", _event(), "if need be.", _choose_times),
    State("sign up", "answers missing", _event(), "need another look.", _forget_almost_everything),
    State("sign up", "closing soon", _event("closing"), "closes in"),
    State("sign up", "full", _event("full"), "Every place is taken."),
    State("sign up", "done", _event("trial"), "One step left", _then(_sign_up, _save)),
    State("sign up", "done without a time", _event("trial"), "You marked no time", _sign_up_without_a_time),
    State("sign up", "here before", _event("trial"), "You have signed up here", _then(_sign_up, _save, _come_back)),
    State(
        "sign up",
        "no connection",
        _event("trial"),
        "Nothing was lost.",
        _then(_sign_up, _save),
        told={"attendees": None},
    ),
    State(
        "sign up",
        "server in trouble",
        _event("trial"),
        "Covey is busy",
        _then(_sign_up, _save),
        told={"attendees": 500},
    ),
    State("sign up", "link asked for", _event(), "The e-mail you signed up with", _unfold("Already signed up?")),
    State("sign up", "not open yet", _event("unopened"), "Sign-up is not open yet"),
    State("sign up", "closed", _event("closed"), "Sign-up closed"),
    State("sign up", "held", _event("held"), "Sign-up closed"),
    State("sign up", "groups gone out", _event("online"), "The groups have gone out by mail."),
    State("sign up", "called off", _event("cancelled"), "This event is off."),
    State("sign up", "no such event", _at("e/abcdefghijklmnop"), "No such event"),
    State("sign up", "scripts off", _event(), "This page needs scripts", scripts=False),
    State("my page", "not confirmed yet", _me(LATE.name), "One step left"),
    State("my page", "confirmed", _me(ANA), "You are in."),
    State(
        "my page",
        "no time marked",
        _me(KARIM),
        "You are in.",
        told={"api/me": {"meaning": "You marked no time, so you cannot be given a seat."}},
    ),
    State("my page", "editing", _me(ANA), "Save my answers", _press("Change my answers")),
    State("my page", "withdrawn", _me(GONE.name), "You have withdrawn."),
    State("my page", "groups being made", _me(ANA, "held"), "The groups are being made."),
    State("my page", "seated online", _me(ANA, "online"), "Here is your group."),
    State("my page", "seated at a place", _me(BEN, "at_places"), "Here is your group."),
    State(
        "my page",
        "giving the seat back",
        _me(ANA, "at_places"),
        "Give your seat back?",
        _press("I can’t make it"),
        window=True,
    ),
    State("my page", "without a group", _me(JUNE, "online"), "There is no group for you yet."),
    State("my page", "too late to confirm", _me(LATE.name, "online"), "It is too late for these groups."),
    State("my page", "called off", _me(ANA, "cancelled"), "This event is off."),
    State("my page", "broken link", _at("me#broken"), "This link does not open"),
    State("my page", "no connection", _me(ANA), "Check your connection", told={"api/me": None}),
    State("watch", "not open yet", _watch("unopened"), "One step left"),
    State("watch", "nobody yet", _watch("quiet"), "No one yet."),
    State("watch", "people signing up", _watch(), "Sign-up is open until"),
    State("watch", "closed", _watch("closed"), "Sign-up is closed."),
    State(
        "watch",
        "groups being made",
        _watch("closed"),
        "Covey is making the groups.",
        told={"api/organizer": {"event": {"state": "matching"}}},
    ),
    State("watch", "to be decided", _watch("held"), "Covey needs you to decide."),
    State("watch", "to be looked at", _watch("draft"), "The groups are ready"),
    State(
        "watch",
        "invites going out",
        _watch("draft"),
        "going out right now",
        told={"api/organizer": {"event": {"state": "publishing"}}},
    ),
    State("watch", "groups gone out", _watch("online"), "have gone out by mail"),
    State("watch", "asked before calling off", _watch(), "Call it off?", _press("Cancel the event"), window=True),
    State("watch", "called off", _watch("cancelled"), "This event is off."),
    State("watch", "broken link", _at("watch#broken"), "This link does not open"),
    State("watch", "no connection", _watch(), "Check your connection", told={"api/organizer": None}),
)
