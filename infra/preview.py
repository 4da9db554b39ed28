"""The picture that link previews show, drawn in Chromium from the bird and the colours that the pages have.

    python -m infra.preview

It is committed, since a site cannot draw it; make it anew when the drawing or `tokens.css` has changed.
"""

from __future__ import annotations

import sys
from pathlib import Path

from infra.fetching import ROOT
from infra.local.browser import NoBrowserError, open_browser

FRONTEND = ROOT / "frontend"
PICTURE = FRONTEND / "preview.png"
WIDTH, HEIGHT = 1200, 630
"""What the large sites ask for; the pages name it, too."""

GROUPS = ((0, 4), (1, 4), (3, 5))
"""The feather and the number of birds of each group; the last bird of the last one is a guest of the second."""

STYLE = """
body {
  box-sizing: border-box; display: flex; flex-direction: column; width: 1200px; height: 630px; margin: 0;
  padding: 64px 76px 68px; background: var(--ground); color: var(--ink);
  font-family: Charter, 'Noto Serif', var(--heading); font-weight: 700;
}
p { display: flex; align-items: center; gap: 14px; margin: 0; font-size: 42px; line-height: 1; }
h1 { margin: auto 0; font-size: 84px; line-height: 1.18; letter-spacing: -1px; }
div { display: flex; justify-content: space-between; align-items: end; }
span { display: flex; padding: 0 6px; border-bottom: 3px solid var(--ink); }
svg { width: 66px; height: 66px; color: var(--ink); }
[hidden] { display: none; }
.turned { transform: scaleX(-1); }
"""


def drawn() -> str:
    """The picture as a page of HTML."""
    tokens = (FRONTEND / "styles" / "tokens.css").read_text(encoding="utf-8")
    bird = (FRONTEND / "bird.svg").read_text(encoding="utf-8")
    symbol = bird[bird.index("<symbol") : bird.index("</symbol>") + len("</symbol>")]
    groups = "".join(f"<span>{''.join(_birds(feather, count))}</span>" for feather, count in GROUPS)
    return (
        f"<!doctype html><style>{tokens}{STYLE}</style><svg hidden>{symbol}</svg>"
        f"<p>{_bird(0)}Covey</p><h1>One link,<br>many small groups</h1><div>{groups}</div>"
    )


def _birds(feather: int, count: int) -> list[str]:
    birds = [_bird(feather) for _ in range(count)]
    return birds if feather != GROUPS[-1][0] else [*birds[:-1], _bird(GROUPS[1][0], "turned")]


def _bird(feather: int, name: str = "") -> str:
    return (
        f'<svg class="{name}" style="--feather: var(--feather-{feather})" viewBox="0 0 32 32">'
        '<use href="#bird"></use></svg>'
    )


def main(file: Path = PICTURE) -> int:
    """Draw it; returns the exit code."""
    try:
        with open_browser() as chromium:
            page = chromium.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
            page.set_content(drawn())
            file.write_bytes(page.screenshot(type="png"))
    except NoBrowserError as problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"{file.relative_to(ROOT)}, {file.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
