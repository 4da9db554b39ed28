"""One more language: a folder of words, from right to left, and every page and letter comes out in it."""

import html.parser
import json
import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, Route

from chalicelib.messages import catalog
from chalicelib.web import pages
from tests.letters.examples import LETTERS
from tests.letters.reading import entry, read
from tests.letters.test_hostile import poisoned
from tests.web.in_memory import App

FOREIGN, SAID = "he", "שלום"
PLACES = sorted(path.stem for path in (Path(__file__).parents[2] / "frontend").glob("*.html"))
SITE = "https://covey.example.org/covey/"

ZONE = r"\b[A-Z]\w+ ?/ ?[A-Z]\w+(?: \w+)?(?: / \w+)?"
UNSPOKEN = rf"https?://\S+|[\w.+-]+@[\w.-]+|{ZONE}|\b(?:GMT|UTC)[+-]?[\d:]*|\b[A-Z]{{3,4}}\b|Covey"
"""What is no word of a language: links, addresses, names of zones, the name on the door."""


def latin(text: str) -> list[str]:
    """What of a text is still in English."""
    return re.findall(r"[A-Za-z]{2,}", re.sub(UNSPOKEN, " ", text))


def translated(text: str) -> str:
    """Every letter outside of placeholders as one of another alphabet."""
    return re.sub(r"(\{\w+\})|[A-Za-z]", lambda found: found[1] or chr(0x5D0 + ord(found[0]) % 22), text)


@pytest.fixture
def foreign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy of the folder of messages in which somebody has added a language."""
    shutil.copytree(Path(catalog.__file__).parent / "en", tmp_path / "en")
    (tmp_path / FOREIGN).mkdir()
    for path in (tmp_path / "en").iterdir():
        words = json.loads(path.read_text(encoding="utf-8"))
        if path.stem == "language":
            words = {"tag": FOREIGN, "direction": "rtl"}
        else:
            for key, message in words.items():
                plurals = {"one": message, "two": message, "other": message} if isinstance(message, str) else message
                words[key] = {one: translated(text) for one, text in ({"two": plurals["other"]} | plurals).items()}
                if isinstance(message, str):
                    words[key] = words[key]["other"]
        (tmp_path / FOREIGN / path.name).write_text(json.dumps(words), encoding="utf-8")
    monkeypatch.setattr(catalog, "_folder", lambda: tmp_path)


class Spoken(html.parser.HTMLParser):
    """All that a person reads of a page or letter, and what its root says of itself."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said = ""
        self.root: dict[str, str | None] = {}
        self._silent = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "html":
            self.root = found
        self._silent = tag == "script"
        if tag == "meta" and found.get("name") == "description":
            self.said += f"{found['content']}\n"
        self.said += "\n".join(
            found[one] or "" for one in ("alt", "title", "placeholder", "aria-label") if one in found
        )

    def handle_endtag(self, _: str) -> None:
        self._silent = False

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.said += data


@pytest.mark.usefixtures("foreign")
@pytest.mark.parametrize("place", PLACES)
def test_a_page_comes_out_in_it(place: str) -> None:
    """Wholly, and it says so of itself, with the side on which its lines start."""
    page = Spoken(pages.served(f"{place}.html", FOREIGN))
    assert (page.root["lang"], page.root["dir"]) == (FOREIGN, "rtl")
    assert latin(page.said) == []
    assert re.search("[א-ת]", page.said)


@pytest.mark.slow
@pytest.mark.usefixtures("foreign")
@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_comes_out_in_it(name: str) -> None:
    """Subject, both bodies and the entry in the calendar."""
    found = read(replace(poisoned(LETTERS[name], SAID), language=FOREIGN))
    page = Spoken(found.html)
    assert (page.root["lang"], page.root["dir"]) == (FOREIGN, "rtl")
    assert latin(page.said) == latin(found.text) == latin(str(found.message["Subject"])) == []
    if found.invite:
        said = entry(found.invite)
        assert latin(said["SUMMARY"]) == latin(said.get("DESCRIPTION", "").replace("\\n", "\n")) == []


SHOWN = """() => {
  const quiet = document.querySelectorAll('option, script, noscript');
  quiet.forEach((el) => el.remove());
  document.querySelectorAll('details').forEach((el) => (el.open = true));
  const named = [...document.querySelectorAll('[aria-label], [alt], [placeholder]')];
  const names = named.flatMap((el) => ['aria-label', 'alt', 'placeholder'].map((name) => el.getAttribute(name) ?? ''));
  return [document.title, document.body.innerText, ...names].join('\\n');
}"""
"""What the page says to eyes and ears."""


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.usefixtures("foreign")
@pytest.mark.parametrize("place", ["", "e/EVENT", "me#SEATED", "me#WAITING", "table#SEATED", "watch#ORGANIZER"])
def test_what_scripts_say_comes_out_in_it(chromium: Browser, place: str) -> None:
    """Days, lengths and distances too, and the page runs from right to left."""
    app = App(language=FOREIGN)
    links = a_life(app)
    for name, token in links.items():
        place = place.replace(name, token)
    with chromium.new_context(timezone_id="Europe/Berlin", viewport={"width": 360, "height": 740}) as context:
        context.route(f"{SITE}**", lambda route: answer(app, route))
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(SITE + place, wait_until="networkidle")
        assert page.evaluate("getComputedStyle(document.querySelector('h1')).direction") == "rtl"
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert latin(page.evaluate(SHOWN).replace(why(app, place), "")) == []
        assert complaints == []


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.usefixtures("foreign")
def test_arrow_keys_go_where_they_point(chromium: Browser) -> None:
    """In the availability table of a page that runs from right to left, later starts are on the left."""
    app = App(language=FOREIGN)
    event_id = app.open_event()[0]
    with chromium.new_context() as context:
        context.route(f"{SITE}**", lambda route: answer(app, route))
        page = context.new_page()
        page.goto(f"{SITE}e/{event_id}", wait_until="networkidle")
        cells = page.locator("tbody tr").first.locator("[data-slot]")
        cells.first.focus()
        here = cells.first.bounding_box()
        page.keyboard.press("ArrowLeft")
        there = page.locator(":focus").bounding_box()
        assert here is not None
        assert there is not None
        assert there["x"] < here["x"]
        assert there["y"] == here["y"]


def why(app: App, place: str) -> str:
    """The plan's reason on a page of somebody seated, which is in English whatever language the page is in."""
    token = place.partition("#")[2]
    seat = app.ask("GET", "/api/me", token=token)["sub_event"] if place.startswith("me#") else None
    return str(seat["why"]) if seat else "no reason"


def a_life(app: App) -> dict[str, str]:
    """An event with a group, and one that is open, told by people who write in that language; what its links need."""
    theirs = {"title": SAID, "organizer_name": SAID, "description": SAID, "topics": [SAID]}
    event_id, organizer = app.open_event(**theirs)
    own = {"name": SAID, "goal": SAID, "topics": [SAID]}
    seated = [app.confirmed(event_id, number, **own) for number in range(4)]
    app.close(organizer)
    app.pass_time(minutes=2)
    open_id, watch = app.open_event(**theirs, token="0123456789abcdef-second")
    waiting = app.confirmed(open_id, 9, **own)
    return {"EVENT": open_id, "SEATED": seated[0], "WAITING": waiting, "ORGANIZER": watch}


def answer(app: App, route: Route) -> None:
    """What Covey in memory says to a browser's request."""
    asked = route.request
    path = urlsplit(asked.url).path.removeprefix("/covey")
    if path.startswith("/static/"):
        found: Any = app.through_gateway("GET", "/static/{proxy+}", path=path, parameters={"proxy": path[8:]})
        route.fulfill(status=found["statusCode"], headers=found["headers"], body=found["body"])
        return
    response = app.call(asked.method, path, asked.post_data_buffer, **kept(asked.headers))
    route.fulfill(status=response.status_code, headers=dict(response.headers), body=response.body)


def kept(headers: dict[str, str]) -> dict[str, str]:
    """Those headers that Covey reads."""
    return {name.title(): value for name, value in headers.items() if name in {"authorization", "content-type"}}
