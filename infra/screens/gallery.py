"""The gallery: a folder of pictures, and the page that shows them side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

HEAD = """\
# Every page in every state

`make screens` makes this page and its pictures anew, from the list in [states.py](../../infra/screens/states.py)
and the letters that are [tested](../../tests/letters/examples.py). Each state is shown on a phone and at a desk, by
day and by night; letters are inverted at night, as mail programs do it. States with a star take long to come about:
there the page was told an answer of the server that was made up.
"""


class Picture(NamedTuple):
    """One picture: the file, how wide it is shown, and in what light it was taken."""

    file: str
    width: int
    look: str


class Row(NamedTuple):
    """A state of a page with its pictures."""

    page: str
    name: str
    made_up: bool
    pictures: Sequence[Picture]


def page(rows: Iterable[Row]) -> str:
    """The gallery in Markdown."""
    lines, last = [HEAD], ""
    for row in rows:
        if row.page != last:
            last = row.page
            titles = " | ".join(picture.look for picture in row.pictures)
            lines += [f"\n## {row.page.capitalize()}\n", f"| | {titles} |", "|---" * (len(row.pictures) + 1) + "|"]
        cells = " | ".join(_image(row, picture) for picture in row.pictures)
        lines.append(f"| {row.name}{' *' if row.made_up else ''} | {cells} |")
    return "\n".join(lines) + "\n"


def clear(folder: Path, rows: Iterable[Row]) -> None:
    """Remove pictures that no row shows any more."""
    known = {picture.file for row in rows for picture in row.pictures}
    for file in folder.glob("*.webp"):
        if file.name not in known:
            file.unlink()


def _image(row: Row, picture: Picture) -> str:
    words = f"{row.page}, {row.name}: {picture.look}"
    return f'<a href="{picture.file}"><img src="{picture.file}" width="{picture.width}" alt="{words}"></a>'
