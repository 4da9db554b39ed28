"""The look where a test of words cannot see it: birds without colour, colours of somebody else's choice, stillness."""

import base64
from collections.abc import Callable
from itertools import combinations

import pytest
from playwright.sync_api import BrowserContext, Locator

from infra.screens import acts, letters
from tests.cloud.visitor import Visitor
from tests.e2e.visit import RULES, Visit

pytestmark = [pytest.mark.browser, pytest.mark.cloud]

type Open = Callable[..., Visit]

DIFFERENT = """
async (images) => {
  const pixels = await Promise.all(images.map(async (data) => {
    const picture = await createImageBitmap(await (await fetch(`data:image/png;base64,${data}`)).blob());
    const paper = new OffscreenCanvas(96, 96).getContext('2d');
    paper.filter = 'grayscale(1)';
    paper.drawImage(picture, 0, 0, 96, 96);
    return paper.getImageData(0, 0, 96, 96).data;
  }));
  const [one, other] = pixels;
  let different = 0;
  for (let at = 0; at < one.length; at += 4) different += Math.abs(one[at] - other[at]) > 60;
  return different / (one.length / 4);
}
"""
"""How much of two pictures is not alike, as in a black and white print."""

BIRDS = """
async (kinds) => {
  const { $ } = await import(document.querySelector('script[src]').src);
  const { bird } = $['scripts/birds.js'];
  document.querySelector('main').replaceChildren(...kinds.map((kind) => bird(kind)));
  const look = { width: '96px', height: '96px', margin: '24px' };
  for (const el of document.querySelectorAll('main > .bird')) Object.assign(el.style, look);
}
"""


def different(context: BrowserContext, one: Locator, other: Locator) -> float:
    """The share of the picture that tells two things apart, from 0 to 1."""
    page = context.new_page()
    pictures = [base64.b64encode(each.screenshot()).decode() for each in (one, other)]
    share: float = page.evaluate(DIFFERENT, pictures)
    page.close()
    return share


def test_each_pose_is_told_apart_in_black_and_white(visit: Open) -> None:
    """Whoever prints a sign without colours still finds the group, by the pose and the words."""
    olga = visit(color_scheme="light")
    page = olga.open()
    page.evaluate(BIRDS, [0, 6, 12, 18])
    page.wait_for_load_state("networkidle")
    poses = page.locator("main > .bird").all()
    assert len(poses) == 4
    assert all(different(page.context, *pair) > 0.08 for pair in combinations(poses, 2))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_chosen_can_be_seen_in_forced_colours(visit: Open, visitor: Visitor, scheme: str) -> None:
    """Boxes, radios and times show their marks in whatever colours somebody's system forces on the page."""
    event_id, _ = visitor.open_event(topics=["Posters", "Paper"])
    ana = visit(forced_colors="active", color_scheme=scheme)
    page = ana.open(f"e/{event_id}")
    page.get_by_label("Some experience").check()
    page.get_by_label("Posters").check()
    cells = page.locator("[data-slot]")
    cells.nth(0).click()
    page.get_by_label("if need be", exact=True).check()
    cells.nth(1).click()
    page.get_by_label("Your name").focus()
    for chosen, other in [
        (page.get_by_label("Some experience"), page.get_by_label("New to it")),
        (page.get_by_label("Posters"), page.get_by_label("Paper")),
        (cells.nth(0), cells.nth(2)),
        (cells.nth(1), cells.nth(2)),
        (cells.nth(0), cells.nth(1)),
    ]:
        assert different(page.context, chosen, other) > 0.02


def test_a_success_stands_still_for_whoever_wants_no_motion(visit: Open, visitor: Visitor) -> None:
    """The bird hops for everybody else."""
    event_id, _ = visitor.open_event()
    for motion, moving in (("no-preference", "hop"), ("reduce", "none")):
        ana = visit(reduced_motion=motion)
        page = ana.open(f"e/{event_id}")
        acts.sign_up(page)
        assert page.locator(".hop").evaluate("(el) => getComputedStyle(el).animationName") == moving


def test_letters_have_no_barrier(visit: Open) -> None:
    """Their HTML passes the rules that a page's does, but for landmarks, which mail programs take away."""
    ana = visit(color_scheme="light")
    for name, html in letters.letters().items():
        letters.show(ana.page, html)
        for width in (360, 1280):
            ana.page.set_viewport_size({"width": width, "height": 740})
            assert not ana.axe([rule for rule in RULES if rule.startswith("wcag")]), name
            assert ana.page.evaluate("document.documentElement.scrollWidth") <= width, name
