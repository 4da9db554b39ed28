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

from chalicelib.domain.attendee import NO_MAIL, NOT_WANTED
from infra.screens import acts
from infra.screens.acts import Act, press, then, unfold
from infra.screens.scene import CAST, GONE, LATE, Scene

type Change = Mapping[str, Any] | int | None
"""What becomes of an answer: these fields are different, or that status is answered, or none comes at all."""

type Told = Change | Callable[[Scene], Change]
"""What becomes of an answer, or how that follows from what there is to see."""

type Where = Callable[[Scene], str]
"""An address below the site's."""

TROUBLE = {
    "type": "about:blank",
    "title": "Service Unavailable",
    "detail": "Covey is busy right now. Nothing was lost: wait a minute, then try again.",
}


@dataclass(frozen=True)
class State:
    """One page in one state.

    Args:
        page: what people would call the page.
        name: the state, in a few words; page and name together are unique.
        where: the address below the site's.
        shows: words that are to be seen then.
        act: what to press and fill in to get there.
        told: answers that are made up, by the end of their address.
        clock: what time the browser believes it is; the real one when left out.
        scripts: whether the browser runs scripts.
        window: only what fits into the window is looked at, since something lies over the page.
        paper: as printed.
    """

    page: str
    name: str
    where: Where
    shows: str
    act: Act = acts.look
    told: Mapping[str, Told] = field(default_factory=dict)
    clock: str = ""
    scripts: bool = True
    window: bool = False
    paper: bool = False

    @property
    def slug(self) -> str:
        """Page and name as a file is called."""
        return slug(self.page, self.name)

    @property
    def made_up(self) -> bool:
        """Whether the page was told something that is not so; a lost connection is just that."""
        return any(change is not None for change in self.told.values())


def slug(*words: str) -> str:
    """Words as a file is called."""
    plain = "".join(letter if letter.isalnum() else " " for letter in " ".join(words).lower())
    return "-".join(plain.split())


def reach(page: Page, scene: Scene, state: State) -> Page:
    """Bring a tab to that state, and return it. Raises a Playwright error when it does not get there."""
    for address, change in state.told.items():
        page.route(f"**/{address}", _telling(change(scene) if callable(change) else change))
    if state.clock:
        page.clock.set_fixed_time(state.clock)
    page.goto(scene.site + state.where(scene), wait_until="networkidle")
    state.act(page)
    if state.scripts:
        page.get_by_text(state.shows).filter(visible=True).first.wait_for()
    else:
        # What stands in for scripts is no text to Playwright.
        page.locator("noscript .notice").wait_for()
    if state.scripts:
        # A button is not pointed at any more once it is pressed, and its answer may hold a picture.
        page.mouse.move(0, 0)
        page.evaluate("Promise.all([...document.images].map((one) => one.decode().catch(() => {})))")
    if state.paper:
        page.emulate_media(media="print")
    return page


def _telling(change: Change) -> Callable[[Route], None]:
    def answer(route: Route) -> None:
        if change is None:
            route.abort("internetdisconnected")
        elif isinstance(change, int):
            route.fulfill(status=change, json={**TROUBLE, "status": change}, content_type="application/problem+json")
        elif route.request.method == "GET":
            route.fulfill(json=_merged(route.fetch().json(), change))
        else:
            # It never leaves the browser, so nothing comes of it.
            route.fulfill(json=dict(change))

    return answer


def _merged(said: dict[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """An answer with some of its fields different, however deep they lie."""
    return said | {
        name: _merged(said[name], value) if isinstance(value, dict) and isinstance(said.get(name), dict) else value
        for name, value in change.items()
    }


def _at(path: str) -> Where:
    return lambda _scene: path


def _event(event: str) -> Where:
    return lambda scene: f"e/{getattr(scene, event).id}"


def _me(person: str, event: str) -> Where:
    return lambda scene: f"me#{getattr(scene, event).person[person]}"


def _coming(person: str, event: str) -> Where:
    return lambda scene: f"me#{scene.coming(getattr(scene, event), person)}"


def _table(person: str, event: str) -> Where:
    return lambda scene: f"table#{getattr(scene, event).person[person]}"


def _watch(event: str) -> Where:
    return lambda scene: f"watch#{getattr(scene, event).organizer}"


ANA, BEN, CHIDI, DORA, *_, JUNE, KARIM = (person.name for person in CAST)
MEETING = {"api/me": {"sub_event": {"start": "2099-01-05T17:00:00Z", "end": "2099-01-05T18:00:00Z"}}}
DURING, AFTER = "2099-01-05T17:10:00Z", "2099-01-06T09:00:00Z"
UNDECIDED = {"answers": {"shares": False}, "event": {"question": "Which poster first?"}}
GONE_FOR_GOOD = {"state": "withdrawn", "editable": False, "event": {"state": "published"}}
WAYS_OUT = (
    ("extend", "", "Keep sign-up open longer and share the link again."),
    ("smaller", "2", "Allow groups of 2: 5 of 6 people get a group."),
    ("slot", "s001", "Offer one more session, too: 5 of 6 people get a group."),
    ("publish", "", "Go ahead: 1 group for 4 people; 2 are told why not."),
    ("cancel", "", "Call it off: everybody who confirmed is told."),
)
STUCK = {
    "held": {
        "sentence": "Only 4 of 6 people who confirmed get a group.",
        "choices": [{"act": act, "value": value, "sentence": sentence} for act, value, sentence in WAYS_OUT],
    }
}
ASKED = {
    "asked": {
        "state": "asked",
        "sentence": "2 people left “Ink and paper”; it has 3 of at least 4.",
        "choices": [
            {
                "act": "mend",
                "value": "p",
                "sentence": "Do this: “Wood type” dissolves. Ana, Ben and Dora move to “Ink and paper”, "
                "Monday 5 January 2099, 17:00 (Asia/Kathmandu). 3 people get a letter.",
            },
            {
                "act": "leave",
                "value": "p",
                "sentence": "Leave it as it is: “Ink and paper” meets with 3 people. Nobody gets a letter.",
            },
        ],
        "otherwise": "Without your answer by Sunday 4 January 2099, 17:00 (Asia/Kathmandu), "
        "Covey does the first of these by itself, so that nobody sits alone.",
    }
}
AGREED = {"asked": {**ASKED["asked"], "state": "agreed"}}
ANEW = {"asked": {"state": "anew", "sentence": "", "choices": [], "otherwise": ""}}
LETTERS = {"letters": {"pending": 2, "sending": 1, "sent": 9, "failed": 1, "suppressed": 1, "unknown": 1}}


def _guest(scene: Scene) -> Change:
    """Dora comes from a neighbouring theme, and somebody of another group wrote what she wrote."""
    start = scene.slots(scene.at_places)[0]["start"]
    hello = {"first_name": "Farah", "title": "Ink and paper", "start": start, "words": "wood type"}
    why = "You are the guest from a neighbouring theme, “Ink and paper”. You are the one who has done it before."
    return {"sub_event": {"wildcard": True, "hello": hello, "why": why}}


def _room(scene: Scene) -> Change:
    """Another group has a free seat after all."""
    slot = scene.slots(scene.online)[4]
    group = {"id": "g2", "title": "Ink and paper", "members": 4, "bird": 14, "place": None}
    return {"groups": [{**group, "start": slot["start"], "end": slot["end"]}]}


NOT_TAKEN = "Daily message quota exceeded."
IN_TROUBLE = {"letters": {"sent": 9, "failed": 2, "unknown": 1, "bounced": 1}, "counts": {"unreachable": 2}}


def _troubled(name: str, state: str, kind: str, reason: str = "") -> dict[str, Any]:
    """A letter as the organizer's page is told of it."""
    address = f"{name.lower()}@example.com"
    letter = {"person": name, "first_name": name, "email": address, "kind": kind, "state": state, "reason": reason}
    return letter | {"sequence": 0, "version": 2, "kept": True, "decided_at": "2099-01-02T09:00:00Z"}


TROUBLED = {
    "counts": IN_TROUBLE["letters"],
    "letters": [
        _troubled("Ana", "unknown", "seat"),
        _troubled("Ben", "failed", "seat", NOT_TAKEN),
        _troubled("Chidi", "failed", "no_group", NOT_TAKEN),
        _troubled("Dora", "bounced", "seat"),
    ],
    "next": None,
    "unreachable": [
        {"id": "d", "first_name": "Dora", "email": "dora@example.com", "why": NO_MAIL},
        {"id": "e", "first_name": "Elif", "email": "elif@example.com", "why": NOT_WANTED},
    ],
    "unreachable_count": 2,
}

CREATE = (
    State("create", "empty", _at(""), "One link, many small groups"),
    State("create", "nothing filled in", _at(""), "3 answers need another look.", press("Create the event")),
    State("create", "all unfolded, at a place", _at(""), "Who should meet?", then(unfold("More"), acts.name_a_place)),
    State("create", "refused", _at(""), "may not create events", acts.create_as("mallory@elsewhere.test")),
    State(
        "create",
        "no connection",
        _at(""),
        "Nothing was lost.",
        acts.create_as("olga@example.org"),
        told={"api/events": None},
    ),
    State(
        "create",
        "done",
        _at(""),
        "One step left: press the button in the mail",
        then(acts.create_as("olga@example.org"), unfold("Show it as a QR code")),
    ),
    State("create", "scripts off", _at(""), "This page needs scripts", scripts=False),
)

SIGN_UP = (
    State("sign up", "open", _event("open"), "When are you free?"),
    State("sign up", "filled in", _event("open"), "if need be.", acts.answer_fully),
    State("sign up", "left and come back", _event("open"), "if need be.", then(acts.answer_fully, acts.come_back)),
    State("sign up", "answers missing", _event("open"), "need another look.", acts.answer_wrongly),
    State("sign up", "closing soon", _event("closing"), "closes in"),
    State("sign up", "done", _event("trial"), "One step left", acts.sign_up),
    State(
        "sign up",
        "done, no time fits",
        _event("trial"),
        "marked no time",
        then(acts.answer_without_times, acts.save),
    ),
    State("sign up", "already in", _event("trial"), "You have signed up here", then(acts.sign_up, acts.come_back)),
    State(
        "sign up",
        "no connection",
        _event("trial"),
        "Nothing was lost.",
        then(acts.answer, acts.save),
        told={"attendees": None},
    ),
    State(
        "sign up",
        "server in trouble",
        _event("trial"),
        "Covey is busy",
        then(acts.answer, acts.save),
        told={"attendees": 503},
    ),
    State("sign up", "link asked for", _event("open"), "The e-mail you signed up with", unfold("Already signed up?")),
    State("sign up", "full", _event("full"), "Every place is taken."),
    State("sign up", "not open yet", _event("unopened"), "Sign-up is not open yet"),
    State("sign up", "closed", _event("closed"), "Sign-up closed"),
    State("sign up", "held", _event("held"), "Sign-up closed"),
    State("sign up", "groups gone out", _event("online"), "The groups have gone out by mail."),
    State("sign up", "called off", _event("cancelled"), "This event is off."),
    State("sign up", "no such event", _at("e/abcdefghijklmnop"), "No such event"),
    State("sign up", "scripts off", _event("open"), "This page needs scripts", scripts=False),
)

MY_PAGE = (
    State("my page", "not confirmed yet", _me(LATE.name, "open"), "One step left"),
    State(
        "my page",
        "not confirmed, shows nothing",
        _me(LATE.name, "open"),
        "Which poster first?",
        told={"api/me": UNDECIDED},
    ),
    State("my page", "not confirmed, and full", _me(LATE.name, "full"), "All places are taken right now."),
    State("my page", "confirmed, all unfolded", _me(ANA, "open"), "You are in.", acts.unfold_all),
    State("my page", "confirmed, nobody named", _me(CHIDI, "open"), "You are in."),
    State("my page", "no time marked", _me(KARIM, "open"), "You are in."),
    State("my page", "editing", _me(ANA, "open"), "Save my answers", press("Change my answers")),
    State("my page", "withdrawn", _me(GONE.name, "open"), "You have withdrawn."),
    State(
        "my page", "withdrawn for good", _me(GONE.name, "open"), "You have withdrawn", told={"api/me": GONE_FOR_GOOD}
    ),
    State("my page", "groups being made", _me(ANA, "held"), "The groups are being made."),
    State(
        "my page",
        "groups going out",
        _me(ANA, "held"),
        "going out right now",
        told={"api/me": {"event": {"state": "publishing"}}},
    ),
    State("my page", "seated online", _me(ANA, "online"), "Here is your group."),
    State("my page", "seated at a place, all unfolded", _me(BEN, "at_places"), "Here is your group.", acts.unfold_all),
    State("my page", "seated and coming", _coming(CHIDI, "at_places"), "you will be there."),
    State(
        "my page",
        "seated as a guest",
        _me(DORA, "at_places"),
        "You are the guest",
        told={"api/me": _guest},
    ),
    State("my page", "meeting", _me(ANA, "at_places"), "meeting right now", told=MEETING, clock=DURING),
    State("my page", "met", _me(ANA, "online"), "Your group met on", told=MEETING, clock=AFTER),
    State(
        "my page",
        "giving the seat back",
        _me(ANA, "at_places"),
        "Give your seat back?",
        press("I can’t make it"),
        window=True,
    ),
    State("my page", "without a group", _me(JUNE, "online"), "There is no group for you yet."),
    State(
        "my page",
        "without a group, room elsewhere",
        _me(JUNE, "online"),
        "Take a seat here",
        told={"api/me/groups": _room},
    ),
    State("my page", "late to confirm", _me(LATE.name, "online"), "The groups are made already."),
    State(
        "my page",
        "too late to confirm",
        _me(LATE.name, "online"),
        "It is too late for these groups.",
        clock=AFTER,
    ),
    State("my page", "out of reach", _me(ANA, "open"), "count me in", told={"api/me": {"unreachable": NO_MAIL}}),
    State("my page", "called off", _me(ANA, "cancelled"), "This event is off."),
    State(
        "my page",
        "asked before deleting",
        _me(ANA, "open"),
        "Delete everything about you?",
        then(acts.unfold_all, press("Delete my data")),
        window=True,
    ),
    State(
        "my page",
        "deleted",
        _me(ANA, "open"),
        "Everything about you is deleted",
        then(acts.unfold_all, press("Delete my data", "Delete everything", "Yes, delete for good")),
        told={"api/me/erase": {}},
    ),
    State("my page", "broken link", _at("me#broken"), "This link does not open"),
    State("my page", "no connection", _me(ANA, "open"), "Check your connection", told={"api/me": None}),
    State("my page", "scripts off", _me(ANA, "open"), "This page needs scripts", scripts=False),
)

TABLE = (
    State("table", "run sheet", _table(ANA, "at_places"), "Print the sign"),
    State("table", "run sheet, meeting", _table(ANA, "online"), "Print the sign", told=MEETING, clock=DURING),
    State("table", "printed", _table(ANA, "at_places"), "Print the sign", paper=True),
    State("table", "no run sheet yet", _table(ANA, "open"), "There is no run sheet yet"),
    State("table", "broken link", _at("table#broken"), "This link does not open"),
)

WATCH = (
    State("watch", "not open yet", _watch("unopened"), "One step left"),
    State("watch", "nobody yet", _watch("quiet"), "No one yet."),
    State("watch", "people signing up", _watch("open"), "Sign-up is open until"),
    State(
        "watch",
        "sign-up just over",
        _watch("open"),
        "The groups come next.",
        told={"api/organizer": {"event": {"accepts_sign_ups": False}}},
    ),
    State("watch", "full", _watch("full"), "of at most 3"),
    State("watch", "closed", _watch("closed"), "Sign-up is closed."),
    State(
        "watch",
        "groups being made",
        _watch("closed"),
        "Covey is making the groups.",
        told={"api/organizer": {"event": {"state": "matching"}}},
    ),
    State("watch", "to be decided", _watch("held"), "Covey needs you to decide."),
    State(
        "watch",
        "to be decided, every way out",
        _watch("held"),
        "Allow smaller groups",
        told={"api/organizer": STUCK},
    ),
    State("watch", "to be looked at", _watch("draft"), "The groups are ready"),
    State(
        "watch",
        "invites going out",
        _watch("draft"),
        "going out right now",
        told={"api/organizer": {"event": {"state": "publishing"}, **LETTERS}},
    ),
    State("watch", "groups gone out", _watch("online"), "have gone out by mail"),
    State("watch", "a group in need", _watch("online"), "Leave it as it is", told={"api/organizer": ASKED}),
    State("watch", "a group being mended", _watch("online"), "This is being done.", told={"api/organizer": AGREED}),
    State("watch", "a repair worked out anew", _watch("online"), "worked out anew", told={"api/organizer": ANEW}),
    State(
        "watch",
        "letters in trouble",
        _watch("online"),
        "Letters that need you",
        told={"api/organizer": IN_TROUBLE, "api/organizer/letters": TROUBLED},
    ),
    State("watch", "somebody's letters", _watch("online"), "Letters to", acts.look_up_somebody),
    State("watch", "asked before calling off", _watch("open"), "Call it off?", press("Cancel the event"), window=True),
    State("watch", "called off", _watch("cancelled"), "This event is off."),
    State("watch", "broken link", _at("watch#broken"), "This link does not open"),
    State("watch", "no connection", _watch("open"), "Check your connection", told={"api/organizer": None}),
    State("watch", "scripts off", _watch("open"), "This page needs scripts", scripts=False),
)

STATES = (*CREATE, *SIGN_UP, *MY_PAGE, *TABLE, *WATCH)
