"""Pictures of every page, state and letter: python -m infra.screens [words of those to renew]."""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as PlaywrightError

from infra.demo import DemoError
from infra.local import browser, cloud
from infra.screens import gallery, letters
from infra.screens.camera import DESK, PAPER, PHONE, Look, excerpt, picture
from infra.screens.gallery import Picture, Row
from infra.screens.scene import Scene
from infra.screens.states import STATES, State, reach, slug

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screens"

EXCERPTS = {"sign-up-filled-in": "When are you free?", "my-page-seated-online": "Here is your group."}
"""States whose picture on a phone by day stands in the README, from the line with these words on."""

EXCERPT = 1000
"""Its height in pixels of the page."""


def main() -> int:
    """Picture everything, or what is called by one of the words, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.screens", description="Picture every page and state.")
    parser.add_argument("words", nargs="*", help="only what has one of these in its file's name")
    words = parser.parse_args().words
    FOLDER.mkdir(exist_ok=True)
    states = [state for state in STATES if _wanted(state.slug, words)]
    mails = {name: html for name, html in letters.letters().items() if _wanted(slug("letter", name), words)}
    missed: list[str] = []
    try:
        with browser.open_browser() as chromium:
            for name, html in mails.items():
                _letter(chromium, name, html)
            if states:
                with _scene() as scene:
                    missed = [problem for state in states for problem in _state(chromium, scene, state)]
    except (cloud.CloudError, browser.NoBrowserError, DemoError, TimeoutError) as problem:
        print(problem, file=sys.stderr)
        return 1
    rows = [*map(_state_row, STATES), *map(_letter_row, letters.letters())]
    gallery.clear(FOLDER, rows)
    (FOLDER / "README.md").write_text(gallery.page(rows), encoding="utf-8")
    weight = sum(file.stat().st_size for file in FOLDER.iterdir())
    print(f"{len(states)} states and {len(mails)} letters; docs/screens has {weight / 1e6:.1f} MB.")
    for sentence in missed:
        print(sentence, file=sys.stderr)
    return 1 if missed else 0


def _wanted(name: str, words: list[str]) -> bool:
    return not words or any(word in name for word in words)


@contextlib.contextmanager
def _scene() -> Iterator[Scene]:
    """Events and people on a cloud of their own."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            here = cloud.deploy(cloud.start(Path(folder), port=0, smtp_port=0, say=print), say=print)
            scene = Scene(here.site, here.mail)
            yield scene
            scene.close()
        finally:
            cloud.stop(Path(folder))


def _state(chromium: Browser, scene: Scene, state: State) -> list[str]:
    """Picture a state in every look; says which were not reached, and why."""
    missed = []
    for look in _looks(state):
        with _tab(chromium, look, scripts=state.scripts) as page:
            try:
                reach(page, scene, state)
                for scheme in _schemes(state):
                    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
                    _keep(state.slug, look, scheme, picture(page, look, whole=not state.window))
                    if state.slug in EXCERPTS and look is PHONE and scheme == "light":
                        _excerpt(page, state.slug)
            except PlaywrightError as problem:
                reason = problem.message.partition("\n")[0]
                missed.append(f"Not reached on {look.name}: {state.page}, {state.name}: {reason}")
    return missed


def _excerpt(page: Page, name: str) -> None:
    top = page.get_by_text(EXCERPTS[name]).first.evaluate("(el) => el.getBoundingClientRect().top + scrollY - 8")
    (FOLDER.parent / f"{name}.webp").write_bytes(excerpt(page, PHONE, int(top), EXCERPT))


def _letter(chromium: Browser, name: str, html: str) -> None:
    for look in (PHONE, DESK):
        with _tab(chromium, look) as page:
            letters.show(page, html)
            _keep(slug("letter", name), look, "light", picture(page, look))
            letters.invert(page)
            _keep(slug("letter", name), look, "dark", picture(page, look))


@contextlib.contextmanager
def _tab(chromium: Browser, look: Look, *, scripts: bool = True) -> Iterator[Page]:
    page = chromium.new_page(
        timezone_id="Europe/Lisbon",
        locale="en-GB",
        reduced_motion="reduce",
        java_script_enabled=scripts,
        **look.options,
    )
    try:
        yield page
    finally:
        page.unroute_all(behavior="ignoreErrors")
        page.context.close()


def _looks(state: State) -> tuple[Look, ...]:
    return (PAPER,) if state.paper else (PHONE, DESK)


def _schemes(state: State) -> tuple[str, ...]:
    return ("light",) if state.paper else ("light", "dark")


def _keep(name: str, look: Look, scheme: str, image: bytes) -> None:
    (FOLDER / _file(name, look, scheme)).write_bytes(image)


def _file(name: str, look: Look, scheme: str) -> str:
    return f"{name}-{look.name}-{scheme}.webp"


def _state_row(state: State) -> Row:
    shown = [(look, scheme) for look in _looks(state) for scheme in _schemes(state)]
    return Row(state.page, state.name, state.made_up, [_picture(state.slug, *one) for one in shown])


def _letter_row(name: str) -> Row:
    shown = [(look, scheme) for look in (PHONE, DESK) for scheme in ("light", "dark")]
    return Row("letter", name, False, [_picture(slug("letter", name), *one) for one in shown])


def _picture(name: str, look: Look, scheme: str) -> Picture:
    return Picture(_file(name, look, scheme), look.width, f"{look.name}, {scheme}")


if __name__ == "__main__":
    sys.exit(main())
