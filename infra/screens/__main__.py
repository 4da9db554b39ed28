"""Pictures of every page and state: python -m infra.screens [words of the states to renew]."""

import argparse
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser
from playwright.sync_api import Error as PlaywrightError

from infra.demo import DemoError
from infra.local import browser, cloud
from infra.screens import gallery
from infra.screens.camera import LOOKS, Look, pictures
from infra.screens.scene import Scene
from infra.screens.states import STATES, State, reach

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screens"


def main() -> int:
    """Render all states, or those that hold one of the words, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.screens", description="Picture every page and state.")
    parser.add_argument("words", nargs="*", help="only states whose file names hold one of these")
    words = parser.parse_args().words
    wanted = [state for state in STATES if not words or any(word in state.slug for word in words)]
    try:
        with tempfile.TemporaryDirectory() as folder, browser.open_browser() as chromium:
            missed = _deployed(Path(folder), chromium, wanted)
    except (cloud.CloudError, browser.NoBrowserError, DemoError) as problem:
        print(problem, file=sys.stderr)
        return 1
    gallery.clear(FOLDER, STATES)
    (FOLDER / "README.md").write_text(gallery.page(STATES), encoding="utf-8")
    weight = sum(file.stat().st_size for file in FOLDER.iterdir())
    print(f"{len(wanted) - len(missed)} of {len(wanted)} states; the folder has {weight / 1e6:.1f} MB.")
    for state, reason in missed:
        print(f"Not reached: {state.page}, {state.name}: {reason}", file=sys.stderr)
    return 1 if missed else 0


def _deployed(folder: Path, chromium: Browser, wanted: list[State]) -> list[tuple[State, str]]:
    """Picture the states on a cloud of their own; those that were not reached, and why."""
    try:
        here = cloud.deploy(cloud.start(folder, port=0, smtp_port=0, say=print), say=print)
        scene = Scene(here.site, here.mail)
        try:
            FOLDER.mkdir(exist_ok=True)
            return [missed for state in wanted for look in LOOKS for missed in _picture(chromium, scene, state, look)]
        finally:
            scene.close()
    finally:
        cloud.stop(folder)


def _picture(chromium: Browser, scene: Scene, state: State, look: Look) -> list[tuple[State, str]]:
    page = chromium.new_page(
        timezone_id="Europe/Lisbon",
        locale="en-GB",
        reduced_motion="reduce",
        java_script_enabled=state.scripts,
        **look.options,
    )
    try:
        reach(page, scene, state)
        for scheme, picture in pictures(page, look, whole=not state.window):
            (FOLDER / gallery.file_name(state, look.name, scheme)).write_bytes(picture)
    except PlaywrightError as problem:
        return [(state, problem.message.partition("\n")[0])]
    finally:
        page.unroute_all(behavior="ignoreErrors")
        page.context.close()
    return []


if __name__ == "__main__":
    sys.exit(main())
