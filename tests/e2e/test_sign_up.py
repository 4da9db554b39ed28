"""Signing up when things go wrong: nothing is lost, nothing is doubled, and every sentence stands where it helps."""

import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.cloud.visitor import Visitor
from tests.e2e.visit import Visit

pytestmark = [pytest.mark.browser, pytest.mark.cloud]

type Open = Callable[..., Visit]


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
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    page.reload()
    expect(page.get_by_text("with a…@example.org")).to_be_visible()
    page.get_by_role("button", name="Sign up somebody else").click()
    expect(page.get_by_label("Your name")).to_have_value("")
    expect(page.get_by_text("Nothing marked yet.")).to_be_visible()


def test_an_impatient_person_signs_up_once(visit: Open, visitor: Visitor) -> None:
    """However often the button is pressed, one request is made and one attendee is there."""
    event_id, organizer = visitor.open_event()
    ana = visit()
    page = ana.open(f"e/{event_id}")
    _fill(page, "ana.twice@example.org")
    page.get_by_role("button", name="Save my place").dblclick()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    assert sum(request.method == "POST" for request in ana.sent) == 1
    assert _signed_up(visitor, organizer) == ["ana.twice@example.org"]


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
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    assert len(tokens) == 2
    assert len(set(tokens)) == 1
    assert _signed_up(visitor, organizer) == [address]
    assert visitor.token(address)
    assert len(visitor.mails(address)) == 1


@pytest.mark.usefixtures("refusals")
def test_without_a_connection_nothing_is_lost(visit: Open, visitor: Visitor) -> None:
    """The sentence says what to do, the fields keep what they hold, and the same press works later."""
    event_id, organizer = visitor.open_event()
    ana = visit()
    page = ana.open(f"e/{event_id}")
    page.route("**/attendees", lambda route: route.abort("internetdisconnected"))
    _fill(page, "ana.offline@example.org")
    page.get_by_role("button", name="Save my place").click()
    trouble = page.get_by_text("Nothing was lost. Check your connection, then press Save my place.")
    expect(trouble).to_be_visible()
    expect(page.get_by_label("Your name")).to_have_value("Ana Lopes")
    ana.look_around()
    page.unroute("**/attendees")
    page.get_by_role("button", name="Save my place").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    assert _signed_up(visitor, organizer) == ["ana.offline@example.org"]


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
    event_id, organizer = visitor.open_event(title=evil, organizer_name=evil, topics=[evil[:60]], description=evil)
    page = visit().open(f"e/{event_id}")
    expect(page.locator("h1")).to_have_text(evil)
    expect(page.get_by_label(evil[:60])).to_have_count(1)
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
