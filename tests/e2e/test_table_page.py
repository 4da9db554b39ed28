"""The run sheet's page: read at the table, and printed as a sign."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.examples import SEAT, SEATED
from tests.e2e.visit import Visit, told

pytestmark = [pytest.mark.browser, pytest.mark.cloud]

type Open = Callable[..., Visit]


AWAKE = """
  window.awake = [];
  const request = async (what) => {
    window.awake.push(what);
    return { released: false, release: async () => window.awake.push('released') };
  };
  Object.defineProperty(navigator, 'wakeLock', { value: { request } });
"""
"""A browser that notes when it is asked to stay awake, as there is no screen here that could fall asleep."""


def height_of(what: Locator) -> float:
    """In pixels of the page; what is not shown has none."""
    box = what.bounding_box()
    return box["height"] if box else 0.0


def test_the_table_reads_what_to_do_and_until_when(visit: Open, mine: str) -> None:
    """Parts with the clock of the place, the members' questions with their names, and the part that is on now."""
    ana = visit(phone=True, timezone_id="America/St_Johns")
    told(ana.page, "**/api/me", SEATED)
    page = ana.open(f"table#{mine}")
    expect(page.locator("h1")).to_have_text("Posters by hand")
    expect(page.locator(".lead")).to_have_text("Monday 5 January, 18:00–19:00 GMT+1, Old press")
    expect(page.locator(".shown")).to_have_text("the green bird, looking left")
    assert height_of(page.locator(".shown .bird")) > 100
    parts = page.locator(".run-sheet > li")
    until = [f"{start} minutes" for start in ("18:00–18:05 5", "18:05–18:20 15", "18:20–18:55 35", "18:55–19:00 5")]
    expect(parts.locator(".clock")).to_have_text([*until[:3], "If time is left", until[3]])
    expect(parts.nth(2).get_by_text("How do you clean old type?")).to_contain_text("– Ben")
    assert float(parts.nth(2).evaluate("(el) => parseFloat(getComputedStyle(el).fontSize)")) >= 20
    ana.look_around()


def test_the_part_that_is_on_now_is_marked(visit: Open, mine: str) -> None:
    """Whoever glances at the table knows where the group is, and the phone stays awake until they have met."""
    ana = visit()
    ana.page.add_init_script(AWAKE)
    ana.page.clock.install(time="2099-01-05T17:10:00Z")
    told(ana.page, "**/api/me", SEATED)
    page = ana.open(f"table#{mine}")
    expect(page.locator("[aria-current]")).to_contain_text("18:05–18:20 15 minutes now")
    assert page.evaluate("window.awake") == ["screen"]
    ana.look_around()
    page.clock.fast_forward("15:00")
    expect(page.locator("[aria-current]")).to_contain_text("18:20–18:55 35 minutes now")
    assert page.evaluate("window.awake") == ["screen"]
    page.clock.fast_forward("40:00")
    expect(page.locator("[aria-current]")).to_have_count(0)
    assert page.evaluate("window.awake") == ["screen", "released"]


def test_without_a_group_there_is_no_run_sheet_yet(visit: Open, mine: str) -> None:
    """The page says so and leads back."""
    ana = visit()
    page = ana.open(f"table#{mine}")
    expect(page.locator(".lead")).to_contain_text("There is no run sheet yet")
    ana.look_around()
    page.get_by_role("link", name="Back to my page").click()
    expect(page.locator(".lead")).to_contain_text("You are in.")


PAPER = {"A4": (210, 297), "Letter": (216, 279)}
"""Width and height in millimetres."""

MARGIN = 12
PIXELS = 96 / 25.4

OVERFLOWING = """(sides) => sides.flatMap((side) => [...side.children].filter((part) => {
  const [outer, inner] = [side.getBoundingClientRect(), part.getBoundingClientRect()];
  return inner.top < outer.top || inner.bottom > outer.bottom || inner.left < outer.left || inner.right > outer.right;
}).map((part) => part.outerHTML))"""


@pytest.mark.parametrize("paper", PAPER)
def test_the_sign_is_one_page_and_the_run_sheet_the_next(visit: Open, mine: str, paper: str) -> None:
    """The sign alone on its page, whole on both sides of the fold, black on white even at night."""
    ana = visit()
    long = {**SEAT, "title": "Posters by hand, from the first sketch to the last sheet that dries on the line"}
    told(ana.page, "**/api/me", {**SEATED, "sub_event": long})
    page = ana.open(f"table#{mine}")
    page.emulate_media(media="print")
    width, height = (round((side - 2 * MARGIN) * PIXELS) for side in PAPER[paper])
    page.set_viewport_size({"width": width, "height": height})
    expect(page.locator(".side .sign-words")).to_have_text(["the green bird, looking left"] * 2)
    expect(page.locator(".sign .bird").first).to_have_class("bird feather-3 pose-1")
    assert height_of(page.locator(".sign .bird").first) > 40 * PIXELS
    assert page.locator(".side").evaluate_all(OVERFLOWING) == []
    expect(page.locator("header.site")).to_be_hidden()
    expect(page.get_by_role("button", name="Print the sign")).to_be_hidden()
    assert page.locator(".sign-title").first.evaluate("(el) => getComputedStyle(el).color") == "rgb(27, 36, 64)"
    printed = page.pdf(format=paper)
    assert printed.count(b"/Type /Page\n") == 2
