"""An attendee's page: each state it can be in, and each thing that can be done on it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.cloud.visitor import Visitor
from tests.e2e.examples import SEAT, SEATED
from tests.e2e.visit import Visit, told

pytestmark = [pytest.mark.browser, pytest.mark.cloud]

type Open = Callable[..., Visit]

FRIENDS = [
    {"email": "chidi@example.org", "only": False, "mutual": True},
    {"email": "somebody.with.quite.a.long.address@some-institution.example.org", "only": True, "mutual": False},
]
PUBLISHED = {"state": "published"}
ONLINE = {"place": None, "join_link": "https://meet.example.org/x", "bird": 14, "companions": [], "hello": None}


def test_my_page_lets_me_confirm_change_leave_and_come_back(visit: Open, visitor: Visitor) -> None:
    """Each press shows at once what came of it."""
    event_id, _ = visitor.open_event(topics=["Posters"])
    token = visitor.token(visitor.sign_up(event_id))
    ana = visit(phone=True)
    page = ana.open(f"me#{token}")
    page.get_by_role("button", name="Confirm my place").click()
    expect(page.locator(".lead")).to_contain_text("You are in.")

    page.get_by_role("button", name="Change my answers").click()
    expect(page.get_by_label("Your name")).to_have_value("Ana Example")
    expect(page.get_by_text("4 times work.")).to_be_visible()
    ana.look_around()
    page.get_by_label("Your name").fill("")
    page.get_by_role("button", name="Save my answers").click()
    expect(page.get_by_text("Write the name your group should call you.")).to_be_visible()
    page.get_by_label("Your name").fill("Ana Maria Example")
    page.locator("[data-slot]").first.click()
    page.get_by_role("button", name="Save my answers").click()
    expect(page.locator(".answers")).to_contain_text("Ana Maria Example")

    page.get_by_role("button", name="Withdraw").click()
    expect(page.locator(".lead")).to_contain_text("You have withdrawn.")
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator(".lead")).to_contain_text("You are in.")
    page.reload()
    expect(page.locator(".answers")).to_contain_text("Ana Maria Example")


@pytest.mark.usefixtures("refusals")
@pytest.mark.parametrize("missing", ["**/api/me", "**/me/seat.js"], ids=["an answer", "a script"])
def test_what_did_not_arrive_can_be_asked_for_again(visit: Open, mine: str, missing: str) -> None:
    """Trouble on the way, in the middle of the page's own parts too, leaves a sentence and a button that works."""
    ana = visit()
    told(ana.page, "**/api/me", SEATED)
    ana.page.route(missing, lambda route: route.fulfill(status=502, body="<h1>Bad Gateway</h1>"))
    page = ana.open(f"me#{mine}")
    expect(page.locator(".lead")).to_contain_text("Nothing was lost")
    ana.look_around()
    page.unroute(missing)
    told(ana.page, "**/api/me", SEATED)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Posters by hand")).to_be_visible()


def test_a_page_left_open_catches_up(visit: Open, mine: str) -> None:
    """Whoever comes back to the tab sees the group that has come meanwhile, but never loses what they are typing."""
    ana = visit()
    page = ana.open(f"me#{mine}")
    expect(page.locator(".lead")).to_contain_text("You are in.")
    told(page, "**/api/me", SEATED)
    page.get_by_role("button", name="Change my answers").click()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.get_by_label("Your name").fill("Ana Maria")
    page.get_by_role("button", name="Leave them as they were").click()
    expect(page.locator(".lead")).to_contain_text("You are in.")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator(".lead")).to_contain_text("Here is your group.")


def test_giving_a_seat_back_is_asked_twice(visit: Open, mine: str) -> None:
    """The first press only asks; keeping the seat changes nothing."""
    ana = visit()
    told(ana.page, "**/api/me", SEATED)
    page = ana.open(f"me#{mine}")
    page.get_by_role("button", name="I can’t make it").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    ana.look_around()
    page.get_by_role("button", name="Keep my seat").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert {request.method for request in ana.sent} == {"GET"}


def test_a_seat_that_may_be_freed_says_by_when_to_answer(visit: Open, mine: str) -> None:
    """On the clock of the place."""
    ana = visit()
    told(ana.page, "**/api/me", SEATED | {"sub_event": SEAT | {"answer_by": "2099-01-04T17:00:00Z"}})
    page = ana.open(f"me#{mine}")
    expect(page.locator(".reply")).to_contain_text("Please say so by Sunday 4 January, 18:00 GMT+1;")
    ana.look_around()


def test_the_birds_gather_the_first_time_i_see_my_group(visit: Open, mine: str) -> None:
    """Once in a browser, and not at all for whoever wants no motion."""
    ana = visit()
    told(ana.page, "**/api/me", SEATED)
    moving = "getComputedStyle(document.querySelector('.flock .bird')).animationName"
    page = ana.open(f"me#{mine}")
    assert page.evaluate(moving) == "gather"
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(moving) == "none"
    page.emulate_media(reduced_motion="no-preference")
    page = ana.open(f"me#{mine}")
    assert page.evaluate(moving) == "none"


def test_confirming_asks_one_question_and_for_consent(visit: Open, visitor: Visitor) -> None:
    """The organizer's own question, hosting, and who may see the answer; all of it can be changed."""
    event_id, _ = visitor.open_event(question="Which poster should we print first?")
    token = visitor.token(visitor.sign_up(event_id, shares=False))
    ana = visit(phone=True)
    page = ana.open(f"me#{token}")
    page.get_by_label("Which poster should we print first?").fill("The one <b>with</b> the heron")
    page.get_by_label("I would gladly host").check()
    page.get_by_label("My group may see my first name, what I hope for and this answer").check()
    page.get_by_role("button", name="Confirm my place").click()
    expect(page.locator(".lead")).to_contain_text("You are in.")
    answers = visitor.client.get("api/me", token)["answers"]
    assert [answers[name] for name in ("warm_up", "host", "shares")] == ["The one <b>with</b> the heron", True, True]
    expect(page.locator(".answers")).to_contain_text("The one <b>with</b> the heron")
    expect(page.locator(".answers")).to_contain_text("Your first name, your hope and that first thing")
    page.get_by_role("button", name="Change my answers").click()
    page.get_by_label("Which poster should we print first?").fill("")
    page.get_by_role("button", name="Save my answers").click()
    expect(page.locator(".answers")).to_contain_text("Your first name and your hope")
    assert visitor.client.get("api/me", token)["answers"]["warm_up"] == ""


@pytest.mark.usefixtures("refusals")
def test_what_was_typed_beside_the_button_survives_a_lost_connection(visit: Open, visitor: Visitor) -> None:
    """The sentence says what to do, and the same press works later."""
    event_id, _ = visitor.open_event()
    token = visitor.token(visitor.sign_up(event_id))
    ana = visit()
    page = ana.open(f"me#{token}")
    page.route("**/api/me/confirm", lambda route: route.abort("internetdisconnected"))
    page.get_by_label("What should your group tackle first?").fill("Where to begin?")
    page.get_by_role("button", name="Confirm my place").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was lost. Check your connection, then press")
    ana.look_around()
    page.unroute("**/api/me/confirm")
    page.get_by_role("button", name="Confirm my place").click()
    expect(page.locator(".answers")).to_contain_text("Where to begin?")


def test_coming_with_somebody_counts_once_both_name_each_other(visit: Open, visitor: Visitor) -> None:
    """Until then the page says the same whether or not the other has signed up; three are the most."""
    event_id, _ = visitor.open_event()
    anas, bens = visitor.sign_up(event_id), visitor.sign_up(event_id)
    ana, ben = visit(phone=True), visit()
    page = ana.open(f"me#{visitor.confirm(anas)}")
    page.get_by_text("Coming with somebody?").tap()
    friends = page.locator(".friends")
    for address, said in (("ana at home", "Write an e-mail address"), (anas, "That is your own address")):
        friends.get_by_label("Their e-mail").fill(address)
        friends.get_by_role("button", name="Name this person").tap()
        expect(friends.locator(".error")).to_contain_text(said)
    waiting = "Waiting for them to name you, too. Yours: apart if needed."
    for count, address in enumerate((bens, "nobody@example.org"), 1):
        friends.get_by_label("Their e-mail").fill(address)
        friends.get_by_role("button", name="Name this person").tap()
        expect(friends.locator("li")).to_have_count(count)
    expect(friends.locator("li .hint")).to_have_text([waiting, waiting])
    expect(page.get_by_role("heading", name="Together with 2 people")).to_be_visible()

    other = ben.open(f"me#{visitor.confirm(bens)}")
    other.get_by_text("Coming with somebody?").click()
    other.get_by_label("Their e-mail").fill(anas.upper())
    other.get_by_label("Only together").check()
    other.get_by_role("button", name="Name this person").click()
    expect(other.locator(".friends li")).to_contain_text("You named each other. Yours is “only together”")

    page.reload()
    page.get_by_text("Together with 2 people").tap()
    expect(friends.locator("li").filter(has_text=bens)).to_contain_text("You named each other: apart if needed.")
    friends.get_by_label("Their e-mail").fill("third@example.org")
    friends.get_by_role("button", name="Name this person").tap()
    expect(friends.get_by_text("Three people are the most you can name.")).to_be_visible()
    expect(friends.get_by_label("Their e-mail")).to_have_count(0)
    ana.look_around()
    friends.get_by_role("button", name="Remove nobody@example.org").tap()
    expect(friends.locator("li")).to_have_count(2)
    expect(friends.get_by_label("Their e-mail")).to_be_focused()


def test_my_data_comes_along_as_a_file(visit: Open, mine: str) -> None:
    """Everything that is kept, readable by people and programs."""
    page = visit(phone=True).open(f"me#{mine}")
    page.get_by_text("My data").tap()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download all of it").tap()
    assert download.value.suggested_filename == "covey.json"
    kept = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert kept["answers"]["goal"] == "Set my own poster by hand"
    assert kept["letters"]


@pytest.mark.usefixtures("refusals")
@pytest.mark.parametrize("losses", [0, 1], ids=["answer heard", "answer lost"])
def test_deleting_my_data_is_asked_twice_and_final(visit: Open, visitor: Visitor, losses: int) -> None:
    """What goes and what stays is said before; afterwards the link is dead and nobody is on the list any more."""
    event_id, organizer = visitor.open_event(title="Soon forgotten")
    token = visitor.confirm(visitor.sign_up(event_id))
    ana = visit()
    page = ana.open(f"me#{token}")
    page.get_by_text("My data").click()
    page.get_by_role("button", name="Delete my data").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("an entry in your calendar stays there until you delete it yourself")
    ana.look_around()
    dialog.get_by_role("button", name="Delete everything").click()
    expect(dialog.get_by_role("heading", name="Really delete it all, for good?")).to_be_focused()
    dialog.get_by_role("button", name="Keep my data").click()
    assert visitor.client.get("api/organizer", organizer)["counts"]["confirmed"] == 1

    heard: list[str] = []

    def erase(route: Route) -> None:
        heard.append(route.request.method)
        if len(heard) <= losses:
            route.fetch()
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/api/me/erase", erase)
    page.get_by_role("button", name="Delete my data").click()
    dialog.get_by_role("button", name="Delete everything").click()
    dialog.get_by_role("button", name="Yes, delete for good").click()
    expect(page.locator("h1")).to_have_text("Everything about you is deleted")
    expect(page.locator(".lead")).to_be_focused()
    ana.look_around()
    assert page.evaluate("Object.keys(localStorage)") == []
    assert visitor.client.get("api/organizer/attendees", organizer)["attendees"] == []
    assert ana.open(f"me#{token}").locator("h1").inner_text() == "This link does not open"


OTHERS = [
    {
        **{key: SEAT[key] for key in ("title", "start", "end", "place", "bird")},
        "id": "g2",
        "members": 4,
    }
]
LOOKING = {"unplaced": "Tue 5 Jan, 18:00 suits nobody else.", "editable": False, "event": PUBLISHED}


@pytest.mark.usefixtures("refusals")
@pytest.mark.parametrize("change", [LOOKING, SEATED], ids=["without a group", "in another one"])
def test_another_group_with_room_takes_me_in_at_a_press(visit: Open, mine: str, change: dict[str, Any]) -> None:
    """Whoever has no seat, or cannot make it, sees which groups have one; where none can be listed, nothing is lost."""
    ana = visit(phone=True)
    ana.page.route("**/api/me/groups", lambda route: route.fulfill(json={"groups": OTHERS}))
    told(ana.page, "**/api/me", change)
    page = ana.open(f"me#{mine}")
    if change is SEATED:
        page.get_by_role("button", name="I can’t make it").tap()
    asked: list[Any] = []

    def move(route: Route) -> None:
        asked.append(route.request.post_data_json)
        route.fulfill(json=page.evaluate("window.there"))

    page.route("**/api/me/group", move)
    page.evaluate(
        "(token) => fetch('api/me', { headers: { Authorization: `Bearer ${token}` } })"
        ".then((answer) => answer.json()).then((there) => (window.there = there))",
        mine,
    )
    other = page.locator(".other-groups li")
    expect(other).to_contain_text("Monday 5 January, 18:00–19:00 GMT+1")
    ana.look_around()
    other.get_by_role("button", name="Take a seat here").tap()
    expect(page.locator(".lead")).to_be_focused()
    assert asked == [{"group": "g2"}]

    page.route("**/api/me/groups", lambda route: route.abort("internetdisconnected"))
    page = ana.open(f"me#{mine}")
    expect(page.get_by_role("heading", name="Why, and" if change is LOOKING else "Posters by hand")).to_be_visible()


EVIL = "<img src=x onerror=alert(1)></script><script>alert(1)</script>"


def hostile(told: Any) -> Any:
    """The same answer with everything that people write replaced by something that wants to be more than words."""
    people_write = {"title", "subtitle", "name", "address", "why", "host", "goal", "warm_up", "first_name", "by"}
    people_write |= {"text", "words", "sign", "email", "question", "organizer_name", "join_link"}
    if isinstance(told, dict):
        return {
            key: EVIL if key in people_write and isinstance(value, str) else hostile(value)
            for key, value in told.items()
        }
    return [hostile(one) for one in told] if isinstance(told, list) else told


@pytest.mark.parametrize("page_name", ["me", "table"])
def test_hostile_words_stay_words(visit: Open, mine: str, page_name: str) -> None:
    """Whatever anybody wrote is text, on my page and on the table, and a link only where it is one."""
    ana = visit()
    answers = {"topics": [EVIL], "warm_up": EVIL}
    told(ana.page, "**/api/me", {**SEATED, "answers": answers, "friends": FRIENDS, "editable": True}, hostile)
    page = ana.open(f"{page_name}#{mine}")
    expect(page.locator("h1")).to_have_text(EVIL)
    ana.unfold()
    page.wait_for_load_state("networkidle")
    assert page.locator("body").inner_text().count(EVIL) >= (20 if page_name == "me" else 9)
    assert page.locator("img, main script, a[href^='javascript']").count() == 0


def test_a_link_that_is_none_is_not_offered(visit: Open, mine: str) -> None:
    """Only web addresses can be pressed."""
    ana = visit()
    told(ana.page, "**/api/me", {**SEATED, "sub_event": {**SEAT, **ONLINE, "join_link": "javascript:alert(1)"}})
    page = ana.open(f"me#{mine}")
    expect(page.get_by_role("heading", name="Posters by hand")).to_be_visible()
    expect(page.get_by_role("link", name="Join the meeting")).to_have_count(0)


@pytest.mark.parametrize("size", [(360, 740), (1280, 800)])
@pytest.mark.parametrize("page_name", ["me", "table"])
def test_nothing_moves_once_it_can_be_read(visit: Open, mine: str, page_name: str, size: tuple[int, int]) -> None:
    """The page shows nothing that what arrives later pushes away."""
    ana = visit(viewport={"width": size[0], "height": size[1]})
    ana.page.add_init_script(
        "window.moved = 0; new PerformanceObserver((list) => {"
        "for (const { value } of list.getEntries()) window.moved += value;"
        "}).observe({ type: 'layout-shift', buffered: true });"
    )
    told(ana.page, "**/api/me", SEATED)
    page = ana.open(f"{page_name}#{mine}")
    expect(page.get_by_text("Posters by hand").first).to_be_visible()
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("window.moved") == 0
