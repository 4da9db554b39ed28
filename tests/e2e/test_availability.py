"""The availability table under keys, mouse and fingers, in any zone and in the week of a clock change."""

import re
import uuid
import zoneinfo
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.cloud.visitor import Visitor
from tests.e2e.visit import ENOUGH_KEYS, ENOUGH_TABS, Visit

pytestmark = [pytest.mark.browser, pytest.mark.cloud]

type Open = Callable[..., Visit]


def test_sign_up_takes_few_keys_and_no_mouse(visit: Open, visitor: Visitor) -> None:
    """Tab, arrows, Space and Shift are enough, in at most 120 keys with everything that is typed."""
    event_id, organizer = visitor.open_event(topics=["Posters", "Wood type"])
    ana = visit()
    page = ana.open(f"e/{event_id}")
    ana.press("Tab", "Tab", "Tab")
    ana.type("Ana")
    ana.press("Tab")
    ana.type("ana.keys@example.org")
    ana.press("Tab", "ArrowDown")
    expect(page.get_by_label("Some experience")).to_be_checked()
    ana.press("Tab")
    ana.type("Ink on my hands")
    ana.press("Tab", "Space", "Tab", "Tab")
    ana.type("Inks")
    ana.press("Enter")
    expect(page.get_by_label("Inks", exact=True)).to_be_checked()
    tabs = 0
    while page.evaluate("document.activeElement.dataset.slot === undefined"):
        ana.press("Tab")
        tabs += 1
    assert tabs <= ENOUGH_TABS
    ana.press("Space", "Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowDown")
    expect(page.get_by_text("4 times work.")).to_be_visible()
    ana.press("ArrowLeft", "ArrowUp", "Space")
    expect(page.get_by_text("3 times work.")).to_be_visible()
    ana.press("Home", "Space", "End", "ArrowUp", "ArrowUp", "Enter")
    ana.press("Tab", "Space", "Tab", "Enter")
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    assert ana.keys <= ENOUGH_KEYS
    saved = _saved(visitor, organizer, "Ana")
    assert saved["topics"] == ["Posters", "Inks"]


def test_arrow_keys_reach_every_stop_and_leave_by_one_tab(visit: Open, visitor: Visitor) -> None:
    """Shortcuts, edges, folded parts and cells are one tab stop; Home and End go along a line."""
    event_id, _ = visitor.open_event(day_start="09:00", day_end="22:00")
    page = visit(phone=True, timezone_id="Europe/Berlin").open(f"e/{event_id}")
    stops = page.locator(".availability-grid :is(button, input, summary)")
    assert stops.evaluate_all("(all) => all.filter((one) => one.tabIndex === 0).length") == 1
    focus = page.locator(":focus")

    page.get_by_label("if need be", exact=True).focus()
    page.keyboard.press("Tab")
    expect(focus).to_have_attribute("aria-label", re.compile(", 09:00 "))
    page.keyboard.press("ArrowLeft")
    expect(focus).to_contain_text("whole morning")
    page.keyboard.press("Space")
    expect(page.get_by_text("3 times work.")).to_be_visible()
    page.keyboard.press("ArrowRight")
    for stop in ("09:00 on every day", "Morning", "Weekends"):
        page.keyboard.press("ArrowUp")
        expect(focus).to_contain_text(stop)
    page.keyboard.press("End")
    expect(focus).to_contain_text("Clear all")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing marked yet.")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(focus).to_contain_text("Morning")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    expect(focus).to_contain_text("Afternoon")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    expect(focus).to_have_attribute("aria-label", re.compile(", 17:00 "))
    page.keyboard.press("Home")
    expect(focus).to_have_attribute("aria-label", re.compile(", 12:00 "))
    page.keyboard.press("Tab")
    expect(focus).to_have_attribute("name", "shares")
    page.keyboard.press("Shift+Tab")
    expect(focus).to_have_attribute("aria-label", re.compile(", 12:00 "))

    # What is folded away with the focus in it leaves its name as the stop.
    page.locator("summary", has_text="Afternoon").click()
    page.get_by_label("My group may see").focus()
    page.keyboard.press("Shift+Tab")
    expect(focus).to_contain_text("Afternoon")


def test_a_mouse_paints_a_rectangle_and_erases_one(visit: Open, visitor: Visitor) -> None:
    """Pressing and dragging does to all what it does to the first; a click stays a click."""
    event_id, _ = visitor.open_event()
    page = visit().open(f"e/{event_id}")
    _drag(page, _cell(page, 0), _cell(page, 6))
    assert _marked(page) == ["s000", "s001", "s002", "s004", "s005", "s006"]
    _drag(page, _cell(page, 5), _cell(page, 6))
    assert _marked(page) == ["s000", "s001", "s002", "s004"]
    _drag(page, _cell(page, 11), _cell(page, 10), _cell(page, 11))
    assert _marked(page) == ["s000", "s001", "s002", "s004", "s011"]
    _cell(page, 0).click()
    assert _marked(page) == ["s001", "s002", "s004", "s011"]


def test_a_finger_paints_sideways_and_scrolls_up_and_down(visit: Open, visitor: Visitor) -> None:
    """What the browser takes for scrolling marks nothing."""
    event_id, _ = visitor.open_event()
    page = visit(phone=True).open(f"e/{event_id}")
    _cell(page, 4).scroll_into_view_if_needed()
    _swipe(page, _cell(page, 4), _cell(page, 6))
    assert _marked(page) == ["s004", "s005", "s006"]
    _cell(page, 5).tap()
    assert _marked(page) == ["s004", "s006"]

    before = page.evaluate("scrollY")
    _swipe(page, _cell(page, 8), _cell(page, 0))
    assert page.evaluate("scrollY") > before
    assert _marked(page) == ["s004", "s006"]


def test_if_need_be_is_a_choice_of_its_own(visit: Open, visitor: Visitor) -> None:
    """The second brush marks and clears its own mark, and takes over a cell of the first; nothing cycles."""
    event_id, _ = visitor.open_event()
    page = visit().open(f"e/{event_id}")
    _cell(page, 0).check()
    _cell(page, 1).check()
    page.get_by_label("if need be", exact=True).check()
    _cell(page, 1).click()
    _cell(page, 2).click()
    expect(page.get_by_text("1 time works, 2 if need be.")).to_be_visible()
    expect(_cell(page, 1)).to_have_attribute("aria-label", re.compile(", if need be$"))
    _cell(page, 2).click()
    expect(_cell(page, 2)).not_to_be_checked()
    expect(page.get_by_text("1 time works, 1 if need be.")).to_be_visible()

    # What is drawn in a cell tells the three apart where every colour is the system's.
    page.emulate_media(forced_colors="active")
    drawn = page.locator("[data-slot]").evaluate_all(
        "(all) => all.slice(0, 3).map((one) => getComputedStyle(one, '::before').clipPath)"
    )
    assert len(set(drawn)) == 3


def test_shortcuts_mark_many_and_a_slip_is_taken_back(visit: Open, visitor: Visitor) -> None:
    """Weekday evenings, every time, and clearing with a way back."""
    event_id, _ = visitor.open_event()
    page = visit().open(f"e/{event_id}")
    page.get_by_role("button", name="Every time").click()
    expect(page.get_by_text("12 times work.")).to_be_visible()
    page.get_by_role("button", name="Clear all").click()
    expect(page.get_by_text("Nothing marked yet.")).to_be_visible()
    page.get_by_role("button", name="Put them back").click()
    expect(page.get_by_text("12 times work.")).to_be_visible()


def test_eighty_four_overlapping_sessions_fit_a_phone(visit: Open, visitor: Visitor) -> None:
    """Twelve starts a day fold into parts of at most six columns, every cell is big enough for a thumb."""
    first = _soon(14).replace(hour=8)
    slots = [_slot(f"s{day}-{n}", first + timedelta(days=day, hours=n), hours=2) for day in range(7) for n in range(12)]
    event_id, _ = visitor.open_event(first_day=None, last_day=None, slots=slots, timezone="UTC")
    ana = visit(phone=True, timezone_id="UTC")
    page = ana.open(f"e/{event_id}")
    assert ana.weight() <= 25_000
    expect(page.get_by_text("2 hours each")).to_be_visible()
    assert page.locator(".availability summary strong").all_inner_texts() == ["Morning", "Afternoon", "Evening"]
    cells = page.locator("[data-slot]")
    assert cells.count() == 84
    for box in [cells.nth(n).bounding_box() for n in range(0, 84, 5)]:
        assert box
        assert box["width"] >= 40
        assert box["height"] >= 40
    columns = page.locator(".availability table").evaluate_all(
        "(all) => all.map((one) => one.rows[0].cells.length - 1)"
    )
    assert max(columns) <= 6
    page.locator("summary", has_text="Morning").click()
    expect(cells.first).to_be_hidden()
    page.get_by_role("button", name="Every time").click()
    expect(page.locator("summary", has_text="Morning")).to_contain_text("28 marked")
    ana.look_around()


def test_sessions_only_considered_say_so(visit: Open, visitor: Visitor) -> None:
    """They look different, their names say it, and the answer says what can happen."""
    event_id, _ = visitor.open_event(considered_start="16:00")
    ana = visit()
    page = ana.open(f"e/{event_id}")
    expect(page.get_by_text("not on offer yet")).to_be_visible()
    expect(_cell(page, 0)).to_have_attribute("aria-label", re.compile("15:00 GMT.*, considered only$"))
    ana.look_around()
    page.get_by_label("Your name").fill("Ana")
    page.get_by_label("Your e-mail").fill("ana.considers@example.org")
    page.get_by_label("New to it").check()
    _cell(page, 0).check()
    page.get_by_role("button", name="Save my place").click()
    expect(page.get_by_text("The times you marked are only being considered")).to_be_visible()
    ana.look_around()


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "Asia/Katmandu", "America/St_Johns", "Pacific/Auckland"])
def test_times_are_right_in_the_zone_of_the_browser(visit: Open, visitor: Visitor, zone: str) -> None:
    """From the cell's name over what the server keeps to my page: the day and hour that Python's own zone data say."""
    event_id, _ = visitor.open_event(day_start="09:00", day_end="21:00")
    ana = visit(timezone_id=zone)
    page = ana.open(f"e/{event_id}")
    proper = zone.replace("Katm", "Kathm")
    expect(page.get_by_label("Times shown in")).to_have_value(re.compile(zone.replace("Kathmandu", "Kath?mandu")))
    slots = _assert_named(page, visitor, event_id, proper)

    chosen = slots[-1]
    name = _name(chosen["start"], proper)
    page.get_by_label(name).check()
    address = _save(page)
    token = visitor.token(address)
    kept = visitor.client.get("api/me", token)
    assert kept["answers"]["free"] == [chosen["id"]]
    assert kept["answers"]["timezone"].replace("Katm", "Kathm") == proper
    closes = datetime.fromisoformat(kept["event"]["closes_at"]).astimezone(zoneinfo.ZoneInfo(proper))
    letter = " ".join(visitor.mails(address)[0].get_body(("plain",)).get_content().split())
    assert f"closes {closes:%A} {closes.day} {closes:%B, %H:%M} (" in letter
    day, _, time = name.partition(", ")
    page = ana.open(f"me#{token}")
    page.get_by_role("heading", name="Your answers").click()
    expect(page.locator(".answers")).to_contain_text(f"{day}: {time.split()[0]}")


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/St_Johns", "Pacific/Auckland"])
def test_times_are_right_in_both_weeks_of_a_clock_change(visit: Open, visitor: Visitor, zone: str) -> None:
    """Evenings stay evenings, the night has an hour more or less, and midnight parts no session from its start."""
    there = zoneinfo.ZoneInfo(zone)
    first = _next_change(zone)
    changes = [first, _next_change(zone, first + timedelta(days=2))]
    starts = set()
    for change in changes:
        starts |= {(change + timedelta(days=n)).replace(hour=18, tzinfo=there).astimezone(UTC) for n in (-1, 0, 1)}
        evening = (change - timedelta(days=1)).replace(hour=23, minute=30, tzinfo=there).astimezone(UTC)
        starts |= {evening + timedelta(hours=n) for n in range(6)}
    slots = [_slot(f"s{n:02}", start) for n, start in enumerate(sorted(starts))]
    event_id, _ = visitor.open_event(first_day=None, last_day=None, slots=slots, timezone=zone)
    page = visit(timezone_id=zone).open(f"e/{event_id}")

    _assert_named(page, visitor, event_id, zone)
    heads = page.locator(".availability thead th").all_inner_texts()
    assert [head for head in heads if "18:00" in head] == [heads[-2]]
    twice = sorted({_name(slot["start"], zone).split()[3] for slot in slots if _doubled(slot["start"], there)})
    assert [head.split()[0] for head in heads if "again" in head] == twice
    assert page.locator("tbody th").count() == 2 * 3
    lasting = [_name(slot["start"], zone).split()[-1] for slot in slots]
    for offset in set(lasting):
        expect(page.locator("[data-part='change']")).to_contain_text(offset)

    page.get_by_label("Times shown in").select_option("Asia/Tokyo")
    _assert_named(page, visitor, event_id, "Asia/Tokyo")
    expect(page.locator("[data-part='change']")).to_be_hidden()


def test_the_zone_changes_in_one_step_and_marks_stay(visit: Open, visitor: Visitor) -> None:
    """A mark is on a session, not on a place in the table; the chosen zone goes with the answers."""
    event_id, organizer = visitor.open_event()
    page = visit().open(f"e/{event_id}")
    _cell(page, 1).check()
    page.get_by_label("Times shown in").select_option("Asia/Tokyo")
    assert _marked(page) == ["s001"]
    page.get_by_label("Your name").fill("Zoe")
    page.get_by_label("Your e-mail").fill("zoe@example.org")
    page.get_by_label("New to it").check()
    page.get_by_role("button", name="Save my place").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    assert _saved(visitor, organizer, "Zoe")["timezone"] == "Asia/Tokyo"


def test_real_places_lead_with_their_own_zone(visit: Open, visitor: Visitor) -> None:
    """Whoever travels to Kathmandu reads the clock of Kathmandu first; their own zone is kept all the same."""
    places = [{"name": "Old press", "address": "Jyatha Marg"}, {"name": "Library", "address": "Ratna Park"}]
    event_id, organizer = visitor.open_event(timezone="Asia/Kathmandu", places=places)
    ana = visit()
    page = ana.open(f"e/{event_id}")
    expect(page.get_by_label("Times shown in")).to_have_value("Asia/Kathmandu")
    expect(page.get_by_text("so times start out in its zone")).to_be_visible()
    page.get_by_label("Your name").fill("Travelling Ana")
    page.get_by_label("Your e-mail").fill("ana.travels@example.org")
    page.get_by_label("New to it").check()
    page.get_by_role("button", name="Save my place").click()
    expect(page.get_by_text("Choose where, or Anywhere.")).to_be_visible()
    ana.look_around()
    page.get_by_label("Library").check()
    page.get_by_label("Anywhere").check()
    expect(page.get_by_label("Library")).not_to_be_checked()
    page.get_by_role("button", name="Save my place").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    assert _saved(visitor, organizer, "Travelling")["timezone"] == "Europe/Lisbon"


def _cell(page: Page, number: int) -> Locator:
    """The checkbox of the slot with that number."""
    return page.locator("[data-slot]").nth(number)


def _marked(page: Page) -> list[str]:
    return page.locator("[data-slot]:checked").evaluate_all("(all) => all.map((box) => box.dataset.slot).sort()")


def _centre(cell: Locator) -> tuple[float, float]:
    box = cell.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def _drag(page: Page, *cells: Locator) -> None:
    cells[0].scroll_into_view_if_needed()
    page.mouse.move(*_centre(cells[0]))
    page.mouse.down()
    for cell in cells[1:]:
        page.mouse.move(*_centre(cell), steps=5)
    page.mouse.up()


def _swipe(page: Page, start: Locator, end: Locator) -> None:
    """A finger's way, as the browser itself would hear of it."""
    (x1, y1), (x2, y2) = _centre(start), _centre(end)
    session = page.context.new_cdp_session(page)
    steps = 12
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x1, "y": y1}]})
    for step in range(1, steps + 1):
        point = {"x": x1 + (x2 - x1) * step / steps, "y": y1 + (y2 - y1) * step / steps}
        session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
        page.wait_for_timeout(16)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(300)


def _soon(days: int) -> datetime:
    return (datetime.now(UTC) + timedelta(days=days)).replace(minute=0, second=0, microsecond=0)


def _slot(name: str, start: datetime, hours: int = 1) -> dict[str, str]:
    return {"id": name, "start": start.isoformat(), "end": (start + timedelta(hours=hours)).isoformat()}


def _next_change(zone: str, after: datetime | None = None) -> datetime:
    """Midnight, without a zone, of the first day on which the zone's clock changes; three weeks from now or later."""
    there = zoneinfo.ZoneInfo(zone)
    day = after or _soon(21).replace(hour=0, tzinfo=None)
    while day.replace(tzinfo=there).utcoffset() == (day + timedelta(days=1)).replace(tzinfo=there).utcoffset():
        day += timedelta(days=1)
    return day


def _doubled(start: str, there: zoneinfo.ZoneInfo) -> bool:
    """Whether the clock there showed the same an hour before."""
    now, before = (datetime.fromisoformat(start) - timedelta(hours=n) for n in (0, 1))
    return f"{now.astimezone(there):%d %H:%M}" == f"{before.astimezone(there):%d %H:%M}"


def _name(start: str, zone: str) -> str:
    """A cell's name, made by other means than the page's."""
    there = datetime.fromisoformat(start).astimezone(zoneinfo.ZoneInfo(zone))
    offset = there.utcoffset()
    assert offset is not None
    minutes = int(offset.total_seconds() // 60)
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    return f"{there:%A} {there.day} {there:%B}, {there:%H:%M} GMT{sign}{hours}{f':{rest:02}' if rest else ''}"


def _assert_named(page: Page, visitor: Visitor, event_id: str, zone: str) -> list[dict[str, str]]:
    """Every cell has the name it should have in that zone; the slots."""
    slots: list[dict[str, str]] = visitor.client.get(f"api/events/{event_id}")["slots"]
    names = page.locator("[data-slot]").evaluate_all("(all) => all.map((box) => [box.dataset.slot, box.ariaLabel])")
    assert dict(names) == {slot["id"]: _name(slot["start"], zone) for slot in slots}
    return slots


def _save(page: Page) -> str:
    """Fill in the rest and save; the person's address."""
    address = f"{uuid.uuid4().hex[:8]}@example.org"
    page.get_by_label("Your name").fill("Ana")
    page.get_by_label("Your e-mail").fill(address)
    page.get_by_label("New to it").check()
    page.get_by_role("button", name="Save my place").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    return address


def _saved(visitor: Visitor, organizer: str, name: str) -> dict[str, object]:
    """What the organizer sees of the person whose name starts so."""
    attendees = visitor.client.get("api/organizer/attendees", organizer)["attendees"]
    (found,) = [one for one in attendees if one["name"].startswith(name)]
    return dict(found)
