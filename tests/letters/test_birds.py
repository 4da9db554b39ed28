"""The birds by which strangers find each other, in letters and on pages."""

import re
from pathlib import Path

from chalicelib.domain.birds import COLOURS, POSES, bird
from chalicelib.messages import catalog

STYLES = Path(__file__).parents[2] / "frontend" / "styles" / "tokens.css"


def test_no_two_birds_are_alike_until_all_have_had_their_turn():
    """24 groups can meet in one café."""
    number = len(COLOURS) * len(POSES)

    assert len({bird(one) for one in range(number)}) == number
    assert bird(number) == bird(0)


def test_a_bird_is_asked_for_by_colour_and_pose():
    """Not by colour alone."""
    assert catalog.text("en", "bird", bird(0).key) == "the yellow bird, looking right"
    assert catalog.text("en", "bird", bird(7).key) == "the blue bird, looking left"


def test_letters_and_pages_give_a_bird_the_same_colour():
    """The letter says “the blue bird”, so the page had better draw it blue."""
    drawn = re.findall(r"--feather-(\d): (#[0-9a-f]{6});", STYLES.read_text())

    assert {int(number): colour.upper() for number, colour in drawn} == {
        number: colour for number, (_, colour) in enumerate(COLOURS)
    }
