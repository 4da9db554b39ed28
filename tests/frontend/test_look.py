"""The look: every colour, type size and space comes from one file, and words can be read on what lies behind them."""

import re
from pathlib import Path

import pytest

STYLES = Path(__file__).parents[2] / "frontend" / "styles"
TOKENS = STYLES / "tokens.css"
SHEETS = sorted(path for path in STYLES.glob("*.css") if path != TOKENS)

KEYWORDS = {"transparent", "currentcolor", "inherit", "none", "initial", "unset"}
SYSTEM = {"Canvas", "CanvasText", "Highlight", "HighlightText", "ButtonText", "GrayText", "LinkText"}
"""Colours that belong to whoever looks, not to us."""

COLOURED = re.compile(r"^(background|color|fill|stroke|accent-color|caret-color|.*-color|border.*|outline|box-shadow)$")
SPACED = re.compile(
    r"^((margin|padding|inset|scroll-(margin|padding))(-.*)?|(row-|column-)?gap|top|left|right|bottom)$"
)
SIZED = {"font", "font-size", "font-family", "line-height"}

EXCEPTIONS = {
    ("base.css", "top", "-5rem"),  # out of sight, wherever that is
}
"""Sheet, property, value."""

READ = 4.5
SEEN = 3.0
"""The least contrast of words, and of what only has to be seen (WCAG 2.2, 1.4.3 and 1.4.11)."""

WORDS = [
    *[(ink, behind) for ink in ("ink", "muted", "error", "ok") for behind in ("ground", "surface")],
    *[("ink", f"heat-{step}") for step in (1, 2)],
    *[("on-accent", f"heat-{step}") for step in (3, 4, 5)],
    ("muted", "surface"),
    ("on-accent", "accent"),
    ("on-accent", "paper"),
]
MARKS = [
    *[("line", behind) for behind in ("ground", "surface")],
    *[("on-accent", f"feather-{kind}") for kind in range(6)],
    ("ink", "ground"),
]


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_only_the_tokens_name_colours_sizes_and_spaces(sheet: Path) -> None:
    """A change of the look is a change of one file; paper alone is measured in points and millimetres."""
    raw = [
        (sheet.name, name, value)
        for name, value in declarations(sheet.read_text(encoding="utf-8"))
        if (COLOURED.match(name) and colours(value))
        or (SPACED.match(name) and spaces(value))
        or (name in SIZED and not re.fullmatch(r"(var\(--[a-z-]+\)|inherit|[\d.]+(pt)?)", value))
    ]
    assert [one for one in raw if one not in EXCEPTIONS] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("above", "behind", "least"), [*[(*pair, READ) for pair in WORDS], *[(*pair, SEEN) for pair in MARKS]]
)
def test_what_stands_on_something_can_be_made_out(scheme: str, above: str, behind: str, least: float) -> None:
    """By day and by night."""
    known = tokens(scheme)
    assert contrast(colour(known, above), colour(known, behind)) >= least


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_every_token_used_is_one(sheet: Path) -> None:
    """A name that nobody gives is no colour at all."""
    used = set(re.findall(r"var\((--[\w-]+)\)", sheet.read_text(encoding="utf-8")))
    given = set(re.findall(r"(--[\w-]+):", "".join(path.read_text(encoding="utf-8") for path in (TOKENS, sheet))))
    # How many columns a table has is known to its script alone.
    assert used - given - {"--columns"} == set()


def declarations(css: str) -> list[tuple[str, str]]:
    """Every property and its value."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    return re.findall(r"[{;]\s*([a-z-]+):\s*([^;{}]+?)\s*(?=[;}])", css)


def colours(value: str) -> bool:
    """Whether a value names a colour by itself."""
    words = re.sub(r"!important|var\([^()]*\)|[\d.]+[a-z%]*|calc\(.*?\)", " ", value)
    lines = {"solid", "dashed", "dotted", "collapse", "separate", "box", "clip", "auto"}
    return "#" in value or any(
        word not in KEYWORDS | SYSTEM | lines for word in re.findall(r"[A-Za-z-]+", words) if word.strip("-")
    )


def spaces(value: str) -> bool:
    """Whether a value holds a length of its own; signs, factors and nothing at all are fine."""
    return bool(re.search(r"(?<![\w.-])-?(?!0(?![\d.]))[\d.]+(px|rem|em)\b", re.sub(r"var\([^()]*\)", "", value)))


def tokens(scheme: str) -> dict[str, str]:
    """Every token's value in one scheme."""
    by_day, by_night = TOKENS.read_text(encoding="utf-8").split("@media (prefers-color-scheme: dark)")
    found = dict(re.findall(r"--([\w-]+):\s*([^;]+);", by_day))
    return found | (dict(re.findall(r"--([\w-]+):\s*([^;]+);", by_night)) if scheme == "dark" else {})


def colour(known: dict[str, str], name: str) -> tuple[float, float, float]:
    """Red, green and blue of a token, from 0 to 1, mixed where it is a mixture."""
    value = known[name]
    if other := re.fullmatch(r"var\(--([\w-]+)\)", value):
        return colour(known, other[1])
    if mixed := re.fullmatch(r"color-mix\(in srgb, var\(--([\w-]+)\) (\d+)%, var\(--([\w-]+)\)\)", value):
        share = int(mixed[2]) / 100
        one, two = colour(known, mixed[1]), colour(known, mixed[3])
        red, green, blue = (share * a + (1 - share) * b for a, b in zip(one, two, strict=True))
        return red, green, blue
    assert re.fullmatch(r"#[0-9a-f]{6}", value), value
    red, green, blue = (int(value[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def contrast(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    """The contrast ratio of WCAG 2.2."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(rgb: tuple[float, float, float]) -> float:
    """How bright a colour is."""
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_there_is_one_bird() -> None:
    """Wherever a bird is drawn, it is the same drawing."""
    root = STYLES.parents[1]
    drawn = re.findall(r' d="(M[^"]+)"', (root / "frontend" / "bird.svg").read_text(encoding="utf-8"))
    assert len(drawn) == 4
    assert all(path in (root / "docs" / "covey.svg").read_text(encoding="utf-8") for path in drawn)
