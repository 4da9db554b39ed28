"""Every page in every state it can be in, without a barrier, by day on a phone and by night at a desk."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Route, expect

from tests.cloud.visitor import Visitor
from tests.e2e.examples import SEAT
from tests.e2e.visit import Visit, told

pytestmark = [pytest.mark.browser, pytest.mark.cloud]

type Open = Callable[..., Visit]

LATER = "2099-01-01T12:00:00Z"


@pytest.mark.usefixtures("refusals")
def test_the_sign_up_page_from_its_last_hours_to_its_end(visit: Open, visitor: Visitor) -> None:
    """Closing soon, full, closed, called off, never there: a sentence, and a way to a lost link where there is one."""
    ana = visit()
    page = ana.open("e/abcdefghijklmnop")
    expect(page.locator("h1")).to_have_text("No such event")

    closes = datetime.now(UTC) + timedelta(hours=3, minutes=2)
    event_id, organizer = visitor.open_event(closes_at=closes.isoformat(), group_size={"min": 2, "max": 3}, most=2)
    page = ana.open(f"e/{event_id}")
    expect(page.get_by_text("closes in 3 hours")).to_be_visible()
    expect(page.locator(".facts")).to_contain_text(f"{closes.astimezone(ZoneInfo('Europe/Lisbon')):%H:%M} GMT")
    expect(page.get_by_text("No one yet; be the first.")).to_be_visible()
    later = visit()
    later.page.clock.install()
    later.open(f"e/{event_id}").clock.fast_forward("03:10:00")
    expect(later.page.get_by_text(re.compile("closed . minutes ago"))).to_be_visible()

    for _ in range(2):
        visitor.confirm(visitor.sign_up(event_id))
    page.get_by_label("Your name").fill("Ana")
    page.get_by_label("Your e-mail").fill("ana.third@example.org")
    page.get_by_label("New to it").check()
    page.get_by_role("button", name="Save my place").click()
    expect(page.locator(".form-problem")).to_contain_text("All 2 places are taken")
    expect(page.get_by_label("Your name")).to_have_value("Ana")
    page = ana.open(f"e/{event_id}")
    expect(page.locator(".lead")).to_have_text("Every place is taken.")
    expect(page.get_by_label("The e-mail you signed up with")).to_be_visible()

    visitor.client.post("api/organizer/close", {}, organizer)
    page = ana.open(f"e/{event_id}")
    expect(page.locator(".lead")).to_contain_text("Sign-up closed")
    expect(page.get_by_text("not pressed the button in the mail yet?")).to_be_visible()
    expect(page.get_by_label("The e-mail you signed up with")).to_be_visible()

    for state, sentence in ENDS.items():
        page.route("**/e/*", _ending(state))
        page = ana.open(f"e/{event_id}")
        expect(page.locator("main")).to_contain_text(sentence)
    page.unroute_all()

    visitor.client.post("api/organizer/cancel", {}, organizer)
    page = ana.open(f"e/{event_id}")
    expect(page.locator(".lead")).to_contain_text("This event is off.")


ENDS = {"held": "The groups are being made.", "published": "The groups have gone", "unconfirmed": "is not open yet"}


def _ending(state: str) -> Callable[[Route], None]:
    """Lets a sign-up page believe that its event is in a state that takes long to reach."""

    def answer(route: Route) -> None:
        page = route.fetch()
        route.fulfill(response=page, body=re.sub(r'"state":"\w+"', f'"state":"{state}"', page.text()))

    return answer


def test_without_scripts_the_sign_up_page_says_what_it_is_about(visit: Open, visitor: Visitor) -> None:
    """Its title, one sentence on what is missing, and whom to turn to."""
    event_id, _ = visitor.open_event()
    page = visit(java_script_enabled=False).open(f"e/{event_id}")
    expect(page.locator("h1")).to_have_text("Letterpress for beginners and old hands")
    assert "or answer the person who sent you the link" in page.locator("main").inner_text()


@pytest.mark.parametrize("path", ["me#broken", "me", "table#broken", "watch#broken", "watch"])
@pytest.mark.usefixtures("refusals")
def test_a_broken_private_link_says_what_to_do(visit: Open, visitor: Visitor, path: str) -> None:
    """The page names the way to a new link, and the event that this browser saw last."""
    event_id, _ = visitor.open_event(title="Seen before")
    ana = visit()
    ana.open(f"e/{event_id}")
    page = ana.open(path)
    expect(page.locator("h1")).to_have_text("This link does not open")
    expect(page.get_by_role("link", name="Seen before")).to_be_visible()
    ana.look_around()
    page.get_by_role("link", name="Seen before").click()
    expect(page.get_by_label("The e-mail you signed up with")).to_be_visible()


def test_opening_a_private_link_changes_nothing(visit: Open, visitor: Visitor) -> None:
    """Mail scanners open links and run pages: only a press confirms."""
    event_id, organizer = visitor.open_event()
    token = visitor.token(visitor.sign_up(event_id))
    for _ in range(3):
        ana = visit()
        expect(ana.open(f"me#{token}").get_by_role("button", name="Confirm my place")).to_be_visible()
        assert {request.method for request in ana.sent} == {"GET"}
    assert visitor.client.get("api/organizer", organizer)["counts"]["unconfirmed"] == 1


@pytest.mark.parametrize("page_name", ["me", "watch"])
@pytest.mark.usefixtures("refusals")
def test_a_private_page_without_a_connection_offers_another_try(
    visit: Open, scene: tuple[str, str], page_name: str
) -> None:
    """The page says what happened and goes on from there once the connection is back."""
    ana = visit()
    ana.page.route("**/api/**", lambda route: route.abort("internetdisconnected"))
    page = ana.open(f"{page_name}#{scene[page_name == 'watch']}")
    expect(page.get_by_text("Check your connection, then press Try again.")).to_be_visible()
    ana.look_around()
    page.unroute("**/api/**")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("h1")).to_have_text("Letterpress for beginners and old hands")


def test_the_watch_page_shows_what_it_has_while_a_part_is_missing(visit: Open, organizer: str) -> None:
    """People who cannot be listed just now are no reason to hide the numbers."""
    olga = visit()
    olga.page.route("**/api/organizer/attendees*", lambda route: route.fulfill(json={"attendees": 1, "next": None}))
    page = olga.open(f"watch#{organizer}")
    expect(page.get_by_text("1 confirmed")).to_be_visible()
    expect(page.get_by_text("No connection just now.")).to_be_visible()


CHOICES = [
    {"act": act, "sentence": f"What {act} would lead to.", "value": value}
    for act, value in [("extend", ""), ("smaller", "3"), ("slot", "s001"), ("publish", ""), ("cancel", "")]
]
COUNTS = {"confirmed": 11, "unconfirmed": 1, "withdrawn": 1, "placed": 0, "unplaced": 0}
LETTERS = {"pending": 2, "sending": 1, "sent": 9, "failed": 1, "suppressed": 1, "unknown": 1}

WATCHED: list[tuple[str, dict[str, Any], str]] = [
    ("unconfirmed", {"event": {"state": "unconfirmed", "accepts_sign_ups": False}}, "One step left"),
    ("overdue", {"event": {"accepts_sign_ups": False}}, "The groups come next."),
    ("closed", {"event": {"state": "closed"}, "match_at": LATER}, "Sign-up is closed."),
    ("matching", {"event": {"state": "matching"}}, "Covey is making the groups."),
    ("draft", {"event": {"state": "draft"}, "review": True, "counts": COUNTS}, "The groups are ready"),
    (
        "held",
        {"event": {"state": "held"}, "counts": COUNTS, "held": {"sentence": "Only 7 of 11 fit.", "choices": CHOICES}},
        "Covey needs you to decide.",
    ),
    ("publishing", {"event": {"state": "publishing"}, "counts": COUNTS, "letters": LETTERS}, "going out right now"),
    ("published", {"event": {"state": "published"}, "counts": COUNTS, "letters": LETTERS}, "have gone out by mail"),
    ("cancelled", {"event": {"state": "cancelled"}}, "This event is off."),
]

PLAN = {
    "published": False,
    "placed": 7,
    "placeable": 11,
    "groups": [
        {
            **{key: SEAT[key] for key in ("id", "title", "subtitle", "keywords", "start", "end", "host")},
            "place": {"id": "p1", "name": "Old press"},
            "weak": True,
            "bird": 3,
            "members": [
                {"id": f"m{n}", "name": f"Person {n}", "level": 2, "goal": "Print", "why": "posters"} for n in range(7)
            ],
        }
    ],
    "unplaced": [{"id": "u1", "name": "June Park", "reason": "Marked one time that nobody shares."}],
}


@pytest.mark.parametrize(
    ("change", "sentence"), [(change, sentence) for _, change, sentence in WATCHED], ids=[one[0] for one in WATCHED]
)
def test_the_organizers_page_in_every_state(visit: Open, organizer: str, change: dict[str, Any], sentence: str) -> None:
    """States that take long to reach are told to the page instead of being reached."""
    olga = visit()
    told(olga.page, "**/api/organizer", change)
    olga.page.route("**/api/organizer/plan", lambda route: route.fulfill(json=PLAN))
    page = olga.open(f"watch#{organizer}")
    expect(page.locator(".lead")).to_contain_text(sentence)
    olga.look_around()


def test_each_way_on_from_a_held_plan_does_what_it_says(visit: Open, organizer: str) -> None:
    """Every choice is a button with its effect beside it; calling it off is asked once more."""
    olga = visit()
    told(olga.page, "**/api/organizer", WATCHED[5][1])
    olga.page.route("**/api/organizer/plan", lambda route: route.fulfill(json=PLAN))
    posted: list[tuple[str, Any]] = []

    def note(route: Route) -> None:
        posted.append((route.request.url.rpartition("/")[2], json.loads(route.request.post_data or "{}")))
        route.fulfill(json=json.loads(olga.page.evaluate("window.watchAnswer")))

    page = olga.open(f"watch#{organizer}")
    page.evaluate(
        "(token) => fetch('api/organizer', { headers: { Authorization: `Bearer ${token}` } })"
        ".then((answer) => answer.text()).then((text) => (window.watchAnswer = text))",
        organizer,
    )
    page.route(re.compile(r"/api/organizer/(change|publish|cancel|deadline)$"), note)
    page.get_by_role("button", name="Allow smaller groups").click()
    page.get_by_role("button", name="Offer that time too").click()
    page.get_by_role("button", name="Go ahead").click()
    page.get_by_role("button", name="Keep sign-up open longer").click()
    expect(page.locator(":focus")).to_have_attribute("type", "datetime-local")
    page.get_by_role("button", name="Call it off").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    olga.look_around()
    page.get_by_role("button", name="Keep it").click()
    assert posted == [
        ("change", {"group_size": {"min": 3, "max": 5}}),
        ("change", {"offer": ["s001"]}),
        ("publish", {}),
    ]


@pytest.mark.usefixtures("refusals")
def test_steering_says_what_the_server_refuses_where_it_was_asked(visit: Open, visitor: Visitor) -> None:
    """A deadline after the first session is refused beside the deadline; holding and cancelling show at once."""
    _, organizer = visitor.open_event()
    olga = visit()
    page = olga.open(f"watch#{organizer}")
    page.get_by_label("Sign-up ends").fill("2090-01-01T12:00")
    page.get_by_role("button", name="Move the deadline").click()
    expect(page.locator("[data-field='closes_at'] .error")).to_be_visible()
    olga.look_around()
    page.get_by_role("button", name="Let me look before it goes out").click()
    expect(page.get_by_text("The groups will wait until you have looked at them.")).to_be_visible()
    page.get_by_role("button", name="Cancel the event").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the event").click()
    expect(page.locator(".lead")).to_have_text("This event is off.")
    olga.look_around()


@pytest.mark.usefixtures("refusals")
def test_creating_says_what_is_missing_and_what_the_server_refuses(visit: Open) -> None:
    """Own checks first, all at once; then the server's sentence at the field it names; a reload keeps it all."""
    olga = visit(phone=True)
    page = olga.open()
    page.get_by_role("button", name="Create the event").click()
    expect(page.get_by_text("3 answers need another look.")).to_be_visible()
    olga.look_around()
    page.get_by_label("What is it about?").fill("Bread")
    page.get_by_label("Your name, as people").fill("Mallory")
    page.get_by_label("Your e-mail; replies").fill("mallory@elsewhere.test")
    page.get_by_label("At real places").check()
    page.get_by_label("Name of the place").fill("Bakery")
    page.get_by_label("At least").fill("9")
    page.get_by_role("button", name="Create the event").click()
    expect(page.get_by_text("Write two numbers from 2 to 30")).to_be_visible()
    page.get_by_label("At most", exact=True).fill("12")
    page.get_by_role("button", name="Create the event").click()
    expect(page.locator("[data-field~='organizer_email'] .error, .form-problem:not(:empty)").first).to_be_visible()
    olga.look_around()
    page.reload()
    expect(page.get_by_label("Name of the place")).to_have_value("Bakery")
    expect(page.get_by_label("At most", exact=True)).to_have_value("12")


def test_creating_says_when_a_zone_has_no_session_in_daytime(visit: Open) -> None:
    """Organizers learn before, not after, that half the world sleeps through their event."""
    olga = visit(timezone_id="Europe/Berlin")
    page = olga.open()
    page.get_by_text("More: times").click()
    page.get_by_label("From").first.fill("09:00")
    page.get_by_label("To", exact=True).first.fill("13:00")
    page.get_by_label("How does it look from elsewhere?").select_option("America/Los_Angeles")
    expect(page.get_by_text("For people in America / Los Angeles no session starts in daytime")).to_be_visible()
    olga.look_around()
