"""The gallery: a folder of pictures, and the page that shows them side by side."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from infra.screens.camera import LOOKS, SCHEMES
from infra.screens.states import State

WIDTHS = {"phone": 150, "desk": 330}
"""Pixels that a picture takes in the gallery; a press on it shows it whole."""

HEAD = """\
# Every page in every state

`make screens` makes this page and its pictures anew, from the list in [states.py](../../infra/screens/states.py).
Each state is shown on a phone and at a desk, by day and by night. Those with a star cannot be reached in a minute
or two: there the page was told an answer of the server that was made up.
"""


def file_name(state: State, look: str, scheme: str) -> str:
    """The name of one picture."""
    return f"{state.slug}-{look}-{scheme}.webp"


def page(states: Iterable[State]) -> str:
    """The gallery in Markdown."""
    looks = [(look.name, scheme) for look in LOOKS for scheme in SCHEMES]
    lines, last = [HEAD], ""
    for state in states:
        if state.page != last:
            last = state.page
            titles = " | ".join(f"{look}, {scheme}" for look, scheme in looks)
            lines += [f"\n## {state.page.capitalize()}\n", f"| | {titles} |", "|---" * (len(looks) + 1) + "|"]
        cells = " | ".join(_image(state, look, scheme) for look, scheme in looks)
        lines.append(f"| {state.name}{' *' if state.made_up else ''} | {cells} |")
    return "\n".join(lines) + "\n"


def clear(folder: Path, states: Iterable[State]) -> None:
    """Remove pictures of states that are no more."""
    known = {file_name(state, look.name, scheme) for state in states for look in LOOKS for scheme in SCHEMES}
    for file in folder.glob("*.webp"):
        if file.name not in known:
            file.unlink()


def _image(state: State, look: str, scheme: str) -> str:
    file = file_name(state, look, scheme)
    words = f"{state.page}, {state.name}: {look}, {scheme}"
    return f'<a href="{file}"><img src="{file}" width="{WIDTHS[look]}" alt="{words}"></a>'
