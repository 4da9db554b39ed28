"""Signing up when things go wrong: nothing is lost, nothing is doubled, and every sentence stands where it helps."""

import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, Route, expect

from tests.cloud.visitor import Visitor, wait_for
from tests.e2e.visit import Visit

pytestmark = [pytest.mark.browser, pytest.mark.cloud]

type Open = Callable[..., Visit]

WATCH_SHIFTS = """
    window.shifts = [];
    new PerformanceObserver((seen) => {
      for (const { value, hadRecentInput, sources } of seen.getEntries()) {
        if (!hadRecentInput) shifts.push([value, ...sources.map(({ node }) => node?.outerHTML?.slice(0, 80))]);
      }
    }).observe({ type: 'layout-shift', buffered: true });
"""
"""Notes whatever moves on a page by itself."""


def test_what_was_typed_survives_a_reload_and_goes_with_success(visit: Open, visitor: Visitor) -> None:
    """The draft holds every field, marks and own topics included, until it was sent."""
    event_id, _ = visitor.open_event(topics=["Posters"])
    ana = visit()
    page = ana.open(f"e/{event_id}")
    _fill(page, "ana.draft@example.org")
    page.get_by_label("A topic of your own").fill("Inks")
    page.get_by_role("button", name="Add", exact=True).click()
    page.locator("[data-slot]").nth(2).check()
    page.get_by_label("if need be", exact=True).check()
    page.locator("[data-slot]").nth(3).check()
    page.get_by_label("Times shown in").select_option("Asia/Tokyo")
    page.get_by_label("My group may see").check()

    page.reload()
    expect(page.get_by_label("Your name")).to_have_value("Ana Lopes")
    expect(page.get_by_label("Your e-mail")).to_have_value("ana.draft@example.org")
    expect(page.get_by_label("Experienced")).to_be_checked()
    expect(page.get_by_label("What do you hope for?")).to_have_value("Ink on my hands")
    expect(page.get_by_label("Inks", exact=True)).to_be_checked()
    expect(page.get_by_text("1 time works, 1 if need be.")).to_be_visible()
    expect(page.get_by_label("Times shown in")).to_have_value("Asia/Tokyo")
    expect(page.get_by_label("My group may see")).to_be_checked()

    page.get_by_role("button", name="Save my place").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    page.reload()
    expect(page.get_by_text("as a…@example.org")).to_be_visible()
    page.get_by_role("button", name="Sign up somebody else").click()
    expect(page.get_by_label("Your name")).to_have_value("")
    expect(page.get_by_text("Nothing marked yet.")).to_be_visible()


def test_an_impatient_person_signs_up_once(visit: Open, visitor: Visitor) -> None:
    """However often and in whatever way they press, even after going back, one attendee is there."""
    event_id, organizer = visitor.open_event()
    ana = visit()
    page = ana.open(f"e/{event_id}")
    done = page.get_by_role("heading", name="Check your mail")
    _fill(page, "ana.twice@example.org")
    page.get_by_label("Your e-mail").focus()
    for _ in range(3):
        page.keyboard.press("Enter")
    expect(done).to_be_visible()
    assert sum(request.method == "POST" for request in ana.sent) == 1

    page.goto("about:blank")
    page.go_back()
    page.get_by_role("button", name="Sign up somebody else").click()
    _fill(page, "Ana.Twice@example.org")
    page.get_by_role("button", name="Save my place").dblclick()
    expect(done).to_be_visible()
    assert sum(request.method == "POST" for request in ana.sent) == 2
    assert _signed_up(visitor, organizer) == ["ana.twice@example.org"]


def test_whoever_signed_up_here_before_is_told_so(visit: Open, visitor: Visitor) -> None:
    """When, with which address as far as others may read it, the link once more, and a way for somebody else."""
    event_id, organizer = visitor.open_event()
    ana = visit()
    page = ana.open(f"e/{event_id}")
    _fill(page, "ana.before@example.org")
    page.get_by_role("button", name="Save my place").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()

    page = ana.open(f"e/{event_id}")
    before = page.locator("#outcome")
    expect(before).to_contain_text("You have signed up here")
    expect(before).to_contain_text("GMT+0, as a…@example.org.")
    expect(page.get_by_label("Your name")).to_be_hidden()
    ana.look_around()
    page.get_by_role("button", name="Mail me my link again").click()
    expect(before).to_contain_text("If a…@example.org is signed up here, its private link is on the way.")
    assert "ana.before" not in page.locator("body").inner_text()
    wait_for(lambda: len(visitor.mails("ana.before@example.org")) == 2, "the second letter")

    page.get_by_role("button", name="Sign up somebody else").click()
    expect(page.locator(":focus")).to_have_attribute("name", "name")
    _fill(page, "ben.after@example.org")
    page.get_by_role("button", name="Save my place").click()
    expect(page.get_by_text("in the mail we sent to ben.after@example.org")).to_be_visible()
    assert _signed_up(visitor, organizer) == ["ana.before@example.org", "ben.after@example.org"]

    visitor.client.post("api/organizer/close", {}, organizer)
    page = ana.open(f"e/{event_id}")
    expect(page.locator(".lead")).to_contain_text("Sign-up closed")
    expect(page.get_by_text("as b…@example.org")).to_be_visible()
    expect(page.get_by_role("button", name="Sign up somebody else")).to_be_hidden()
    ana.look_around()


@pytest.mark.usefixtures("refusals")
def test_a_lost_answer_neither_loses_nor_doubles_a_sign_up(visit: Open, visitor: Visitor) -> None:
    """The server kept the sign-up, but its answer never arrived: the page asks again by itself, and it stays one."""
    event_id, organizer = visitor.open_event()
    page = visit().open(f"e/{event_id}")
    tokens: list[str] = []

    def lose_the_first(route: Route) -> None:
        tokens.append(route.request.post_data_json["token"])
        if len(tokens) == 1:
            route.fetch()
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/attendees", lose_the_first)
    address = f"ana-{uuid.uuid4().hex[:8]}@example.org"
    _fill(page, address)
    page.get_by_role("button", name="Save my place").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    assert len(tokens) == 2
    assert len(set(tokens)) == 1
    assert _signed_up(visitor, organizer) == [address]
    assert visitor.token(address)
    assert len(visitor.mails(address)) == 1


@pytest.mark.usefixtures("refusals")
def test_nothing_moves_and_nothing_is_lost_on_a_bad_line(visit: Open, visitor: Visitor) -> None:
    """Gone before the first letter or while sending: the same sentence, every field kept, and the next press works."""
    event_id, organizer = visitor.open_event()
    visitor.confirm(visitor.sign_up(event_id))
    ana = visit(phone=True)
    ana.page.add_init_script(WATCH_SHIFTS)
    page = ana.open(f"e/{event_id}")
    expect(page.get_by_text("1 person is in.")).to_be_visible()
    expect(page.locator(".company .bird")).to_have_count(1)
    save = page.get_by_role("button", name="Save my place")
    trouble = page.get_by_text("Nothing was lost. Check your connection, then press Save my place.")

    page.context.set_offline(True)
    _fill(page, "ana.offline@example.org")
    page.locator("[data-slot]").first.tap()
    save.tap()
    expect(trouble).to_be_visible()
    ana.look_around()
    page.context.set_offline(False)
    page.route("**/attendees", lambda route: route.abort("internetdisconnected"))
    save.tap()
    expect(page.get_by_text("One moment…")).to_be_visible()
    expect(trouble).to_be_visible()
    expect(page.get_by_label("Your name")).to_have_value("Ana Lopes")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.get_by_text("The connection is back. Press Save my place.")).to_be_visible()
    page.unroute("**/attendees")
    save.tap()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    assert "ana.offline@example.org" in _signed_up(visitor, organizer)
    page.reload()
    expect(page.get_by_text("as a…@example.org")).to_be_visible()
    assert page.evaluate("shifts") == []


@pytest.mark.usefixtures("refusals")
def test_a_server_in_trouble_says_what_to_do(visit: Open, visitor: Visitor) -> None:
    """Its own sentence where it has one, else ours; what was typed stays, and the next press works."""
    event_id, organizer = visitor.open_event()
    page = visit().open(f"e/{event_id}")
    answers: list[dict[str, Any]] = [
        {"status": 429, "json": {"message": "Too Many Requests"}},
        {"status": 500, "body": "<html>Bad gateway</html>"},
        {"status": 429, "json": {"status": 429, "detail": "Very many people are signing up right now."}},
    ]
    page.route("**/attendees", lambda route: route.fulfill(**answers.pop(0)) if answers else route.continue_())
    _fill(page, "ana.patient@example.org")
    save = page.get_by_role("button", name="Save my place")
    for sentence in (2 * ["Nothing was lost: press Save my place again in a minute."]) + ["Very many people"]:
        save.click()
        expect(page.locator(".form-problem")).to_contain_text(sentence)
        expect(save).to_be_visible()
    save.click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    assert _signed_up(visitor, organizer) == ["ana.patient@example.org"]


def test_what_is_missing_is_said_at_the_field(visit: Open, visitor: Visitor) -> None:
    """Pressing at once says what is needed, where, with the focus on the first; a correction takes it away."""
    event_id, _ = visitor.open_event()
    ana = visit()
    page = ana.open(f"e/{event_id}")
    page.get_by_role("button", name="Save my place").click()
    expect(page.get_by_text("3 answers need another look.")).to_be_visible()
    expect(page.locator(":focus")).to_have_attribute("name", "name")
    expect(page.get_by_label("Your name")).to_have_accessible_description(
        "As your group should call you. Write the name your group should call you."
    )
    expect(page.get_by_label("Your e-mail")).to_have_attribute("aria-invalid", "true")
    ana.look_around()
    page.get_by_label("Your name").fill("Ana")
    expect(page.get_by_text("Write the name your group")).to_have_count(0)
    assert not [request for request in ana.sent if request.method == "POST"]


@pytest.mark.usefixtures("refusals")
def test_what_the_server_refuses_is_said_at_the_field_it_names(visit: Open, visitor: Visitor) -> None:
    """An address that only looks like one comes back with the server's own sentence, beside the address."""
    event_id, _ = visitor.open_event()
    ana = visit()
    page = ana.open(f"e/{event_id}")
    _fill(page, "ana@-example..org")
    page.get_by_role("button", name="Save my place").click()
    expect(page.get_by_text("1 answer needs another look.")).to_be_visible()
    expect(page.locator("[data-field='email'] .error")).to_be_visible()
    expect(page.locator(":focus")).to_have_attribute("name", "email")
    ana.look_around()


@pytest.mark.usefixtures("refusals")
def test_a_deadline_that_passes_meanwhile_is_said_and_keeps_the_words(visit: Open, visitor: Visitor) -> None:
    """Whoever typed too long learns that sign-up closed; what they wrote is still there."""
    event_id, organizer = visitor.open_event()
    page = visit().open(f"e/{event_id}")
    _fill(page, "ana.late@example.org")
    visitor.client.post("api/organizer/close", {}, organizer)
    page.get_by_role("button", name="Save my place").click()
    expect(page.get_by_text("Sign-up closed")).to_be_visible()
    expect(page.get_by_label("What do you hope for?")).to_have_value("Ink on my hands")


def test_a_wrong_address_is_corrected_without_typing_all_again(visit: Open, visitor: Visitor) -> None:
    """“Fix it” brings the form back as it was; the corrected address is another sign-up."""
    event_id, organizer = visitor.open_event()
    page = visit().open(f"e/{event_id}")
    _fill(page, "anna@example.org")
    page.get_by_role("button", name="Save my place").click()
    page.get_by_role("button", name="Wrong address? Fix it").click()
    expect(page.locator(":focus")).to_have_attribute("name", "email")
    page.keyboard.type("ana.right@example.org")
    page.get_by_role("button", name="Save my place").click()
    expect(page.get_by_text("in the mail we sent to ana.right@example.org")).to_be_visible()
    assert _signed_up(visitor, organizer) == ["ana.right@example.org", "anna@example.org"]


def test_a_lost_link_is_mailed_again(visit: Open, visitor: Visitor) -> None:
    """The sign-up page offers it, and its answer tells nobody who signed up."""
    event_id, _ = visitor.open_event()
    address = visitor.sign_up(event_id)
    visitor.confirm(address)
    page = visit().open(f"e/{event_id}")
    page.get_by_text("Already signed up?").click()
    answers = []
    for asked in (address, "nobody@example.org"):
        page.get_by_label("The e-mail you signed up with").fill(asked)
        page.get_by_role("button", name="Mail me the link").click()
        expect(page.locator(".resend .answer")).to_contain_text(asked)
        answers.append(page.locator(".resend .answer").inner_text().replace(asked, ""))
    assert answers[0] == answers[1]


def test_hostile_words_stay_words(visit: Open, visitor: Visitor) -> None:
    """What organizers and attendees write is shown as text, wherever it is shown."""
    evil = "<img src=x onerror=alert(1)><script>alert(1)</script>"
    places = [{"name": f"{number} {evil}", "address": evil} for number in range(2)]
    event_id, organizer = visitor.open_event(
        title=evil, organizer_name=evil, topics=[evil[:60]], description=evil, places=places
    )
    page = visit().open(f"e/{event_id}")
    expect(page.locator("h1")).to_have_text(evil)
    expect(page.locator(".description")).to_have_text(evil)
    expect(page.get_by_label(evil[:60], exact=True)).to_have_count(1)
    for place in places:
        expect(page.get_by_label(place["name"])).to_have_count(1)
    page.get_by_label("Your name").fill(evil)
    page.get_by_label("What do you hope for?").fill(evil)
    page.get_by_label("A topic of your own").fill(evil[4:60])
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_label(evil[4:60], exact=True)).to_be_checked()
    expect(page.locator("#shown")).to_have_text(f"<img: “{evil}”")
    assert page.locator("main img, main script").count() == 0
    address = visitor.sign_up(event_id, name=evil, goal=evil, topics=[evil[:60]])
    token = visitor.confirm(address)
    page = visit().open(f"me#{token}")
    expect(page.locator(".answers")).to_contain_text(evil)
    page.get_by_role("button", name="Change my answers").click()
    expect(page.get_by_label("Your name")).to_have_value(evil)
    page = visit().open(f"watch#{organizer}")
    expect(page.locator(".people")).to_contain_text(evil)


def _fill(page: Page, address: str) -> None:
    page.get_by_label("Your name").fill("Ana Lopes")
    page.get_by_label("Your e-mail").fill(address)
    page.get_by_label("Experienced").check()
    page.get_by_label("What do you hope for?").fill("Ink on my hands")


def _signed_up(visitor: Visitor, organizer: str) -> list[str]:
    return sorted(one["email"] for one in visitor.client.get("api/organizer/attendees", organizer)["attendees"])


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
