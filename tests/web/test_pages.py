"""Pages: what the server fills in is inert, nothing outside frontend/ leaves, and every page has its headers."""

import base64
import html.parser
import json
import re
import struct
from typing import Any

import pytest

import app as front_page
from chalicelib.web.pages import POLICY
from tests.web.in_memory import App

HOSTILE = "</script><script>alert(1)</script><!--covey:head-->\"'&\u2028<img src=x onerror=alert(1)>"

STATIC = "/static/{proxy+}"


class Read(html.parser.HTMLParser):
    """What a browser would make of a page: its tags with their attributes, and the data island's text."""

    def __init__(self, page: bytes | str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.island = ""
        self._inside = False
        self.feed(page.decode() if isinstance(page, bytes) else page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag == "script" and dict(attrs).get("id") == "data"

    def handle_endtag(self, _: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.island += data

    @property
    def data(self) -> Any:
        return json.loads(self.island)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def preview(self) -> dict[str, str]:
        return {str(one["property"]): str(one["content"]) for one in self.of("meta") if "property" in one}

    def meta(self, name: str) -> list[str | None]:
        return [one["content"] for one in self.of("meta") if one.get("name") == name]

    def linked(self, relation: str) -> list[str | None]:
        return [one["href"] for one in self.of("link") if one.get("rel") == relation]


def opened(**changes: Any) -> tuple[App, str]:
    app = App()
    return app, app.open_event(**changes)[0]


def file(app: App, asked: str, method: str = "GET") -> Any:
    """What the gateway hands on for a file; it has decoded the path already."""
    return app.through_gateway(method, STATIC, path=f"/static/{asked}", parameters={"proxy": asked})


@pytest.mark.parametrize("path", ["/", "/me", "/table", "/watch", "/e/aaaaaaaaaaaaaaaa"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_every_page_is_served_with_its_policy(path: str, method: str) -> None:
    """Pages may be asked for by name only; they hold the line that data goes into, and keep nothing for long."""
    app = App()
    app.tick()
    response = app.call(method, path)
    assert response.status_code == (404 if path.startswith("/e/") else 200)
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.headers["Content-Security-Policy"] == POLICY
    assert "unsafe" not in POLICY
    assert response.headers["Cache-Control"] == "no-cache"
    page = Read(response.body)
    assert len([one for one in page.of("script") if one.get("id") == "data"]) == 1
    assert b"<!--covey:head-->" not in response.body


@pytest.mark.parametrize("path", ["/", "/me", "/table", "/watch"])
def test_pages_work_while_the_service_is_still_setting_itself_up(path: str) -> None:
    """They are files; only what they ask for needs the table."""
    assert App().call("GET", path).status_code == 200


def test_the_events_page_holds_what_everybody_may_see() -> None:
    """The same as the API says, in its data island, and a preview for those who share the link."""
    app, event_id = opened(description="Bring an old shirt.")
    response = app.call("GET", f"/e/{event_id}")
    page = Read(response.body)
    assert response.status_code == 200
    assert page.data == app.ask("GET", f"/api/events/{event_id}")
    assert "olga@example.org" not in response.body.decode()


def test_a_shared_link_shows_the_event_and_a_picture() -> None:
    """What a preview needs, with whole addresses, since it is shown elsewhere; and the same for search engines."""
    app, event_id = opened(description="Bring an old shirt.")
    response = app.call("GET", f"/e/{event_id}")
    page = Read(response.body)
    address = f"https://covey.example.org/covey/e/{event_id}"
    picture = page.preview["og:image"]
    assert picture.startswith("https://covey.example.org/covey/static/")
    assert page.preview == {
        "og:title": "Letterpress for beginners and old hands",
        "og:description": "Bring an old shirt.",
        "og:type": "website",
        "og:site_name": "Covey",
        "og:url": address,
        "og:image": picture,
        "og:image:width": "1200",
        "og:image:height": "630",
    }
    assert page.meta("twitter:card") == ["summary_large_image"]
    assert page.meta("description") == ["Bring an old shirt."]
    assert page.linked("canonical") == [address]
    assert response.body.count(b"<title>Letterpress for beginners and old hands \xe2\x80\x93 Covey</title>") == 1


def test_the_create_page_is_shown_in_its_own_words() -> None:
    """The preview repeats what the page says of itself; without knowing its own address it has none."""
    page = Read(App().call("GET", "/").body)
    assert page.preview["og:title"] == "Covey – one link, many small groups"
    assert [page.preview["og:description"]] == page.meta("description")
    assert [page.preview["og:url"]] == page.linked("canonical") == ["https://covey.example.org/covey/"]
    unknown = Read(App(base_url="").call("GET", "/").body)
    assert (unknown.preview, unknown.linked("canonical"), len(unknown.meta("description"))) == ({}, [], 1)


def test_without_a_setting_a_preview_names_the_gateways_own_address() -> None:
    """As in letters."""
    page = Read(App(base_url="").through_gateway("GET", "/", path="/")["body"])
    assert page.preview["og:url"] == "https://abc123.execute-api.eu-central-1.amazonaws.com/covey/"


@pytest.mark.parametrize("path", ["/", "/e/{}"])
@pytest.mark.parametrize("accept", [None, "*/*", "image/*,*/*;q=0.8", "text/html", "image/avif,image/webp"])
def test_the_picture_of_a_preview_is_one_for_whoever_asks(path: str, accept: str | None) -> None:
    """A PNG of the size that the page says, as base64 for a gateway that turns all of it back into bytes."""
    app, event_id = opened()
    preview = Read(app.call("GET", path.format(event_id)).body).preview
    asked = preview["og:image"].partition("/static/")[2]
    headers = {} if accept is None else {"Accept": accept}
    answer = app.through_gateway("GET", STATIC, path="/static/x", parameters={"proxy": asked}, headers=headers)
    assert (answer["statusCode"], answer["isBase64Encoded"]) == (200, True)
    assert answer["headers"]["Content-Type"] == "image/png"
    assert "immutable" in answer["headers"]["Cache-Control"]
    picture = base64.b64decode(answer["body"])
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert len(picture) < 60_000
    size = struct.unpack(">II", picture[16:24])
    assert size == (int(preview["og:image:width"]), int(preview["og:image:height"])) == (1200, 630)
    assert front_page.app.api.binary_types == ["*/*"]


@pytest.mark.parametrize("headers", [{}, {"Accept": "application/json"}, {"Accept": "*/*"}])
def test_texts_travel_as_texts(headers: dict[str, str]) -> None:
    """Whatever the client accepts, the gateway has nothing to decode."""
    for resource, asked in (("/", {"path": "/"}), ("/openapi.json", {}), ("/me", {})):
        answer = App().through_gateway("GET", resource, headers=headers, **asked)
        assert answer["statusCode"] == 200
        assert "isBase64Encoded" not in answer


def test_a_long_description_is_shortened_in_the_preview_only() -> None:
    """No site shows more than a few lines."""
    app, event_id = opened(description="Bring an old shirt. " * 50)
    page = Read(app.call("GET", f"/e/{event_id}").body)
    assert len(page.preview["og:description"]) <= 300
    assert page.preview["og:description"].endswith("…")
    assert len(page.data["description"]) > 900


def test_search_engines_list_the_create_page_and_events_and_nothing_else() -> None:
    """The header says so on every answer; the file lets them read it."""
    app, event_id = opened()
    listed = ["/", f"/e/{event_id}"]
    others = ["/me", "/watch", "/table", "/e/aaaaaaaaaaaaaaaa", "/openapi.json", f"/api/events/{event_id}", "/api/me"]
    for path in [*listed, *others]:
        assert app.call("GET", path).headers["X-Robots-Tag"] == ("all" if path in listed else "noindex"), path
    assert [Read(app.call("GET", path).body).meta("robots") for path in listed] == [[], []]
    for method in ("GET", "HEAD"):
        assert app.call(method, "/robots.txt").status_code == 200
    assert app.call("GET", "/robots.txt").body == b"User-agent: *\nDisallow:\n"


def test_browsers_that_look_for_an_icon_find_the_bird() -> None:
    """At the address that they try by themselves, the drawing that the pages name."""
    app = App()
    for method in ("GET", "HEAD"):
        response = app.call(method, "/favicon.ico")
        assert (response.status_code, response.headers["Content-Type"]) == (200, "image/svg+xml")
    assert response.body == file(app, "000000000000/bird.svg")["body"].encode()


@pytest.mark.parametrize("path", ["/", "/me", "/watch", "/table", "/e/aaaaaaaaaaaaaaaa"])
def test_a_page_has_one_stylesheet_which_waits_for_no_other(path: str) -> None:
    """The server puts the imported ones into it, each once."""
    app = App()
    app.tick()
    (sheet,) = Read(app.call("GET", path).body).linked("stylesheet")
    text = file(app, str(sheet).partition("static/")[2])["body"]
    assert "@import" not in text
    assert text.count("--ground: #edf2f1") == 1


def test_a_preview_says_something_without_a_description_too() -> None:
    """And who invites."""
    app, event_id = opened()
    assert "Olga Organizer" in Read(app.call("GET", f"/e/{event_id}").body).preview["og:description"]


def test_hostile_words_stay_words() -> None:
    """In the island and in the preview: no tag of theirs becomes one, and what they said can be read back."""
    app, event_id = opened(title=HOSTILE, description=HOSTILE, organizer_name=HOSTILE[:90], topics=[HOSTILE[:60]])
    page = Read(app.call("GET", f"/e/{event_id}").body)
    app, event_id = opened()
    plain = Read(app.call("GET", f"/e/{event_id}").body)
    assert [(tag, one.keys()) for tag, one in page.tags] == [(tag, one.keys()) for tag, one in plain.tags]
    kept = HOSTILE.replace("\u2028", " ")
    assert page.data["title"] == page.data["description"] == kept
    assert page.preview["og:title"] == page.preview["og:description"] == kept
    assert "<" not in page.island


@pytest.mark.parametrize(
    "event_id", ["aaaaaaaaaaaaaaaa", "abc", "../me", "A" * 16, "%00", "é" * 16, "<script>", "a" * 5000]
)
def test_an_unknown_events_page_says_so_itself(event_id: str) -> None:
    """The page comes all the same, with status 404 and the problem in its island."""
    app = App()
    app.tick()
    response = app.through_gateway("GET", "/e/{event_id}", path=f"/e/{event_id}", parameters={"event_id": event_id})
    page = Read(response["body"])
    assert response["statusCode"] == 404
    assert page.data["problem"]["status"] == 404
    assert page.data["problem"]["detail"].endswith(".")
    assert page.preview == {}
    assert event_id not in page.island


def test_the_events_page_comes_before_there_is_a_table() -> None:
    """With the problem in its island, and the page can try again."""
    response = App().call("GET", "/e/aaaaaaaaaaaaaaaa")
    assert (response.status_code, Read(response.body).data["problem"]["status"]) == (503, 503)


def test_the_events_page_comes_when_nobody_knows_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page for people, not a line for programs, and no word of what went wrong inside."""
    app, event_id = opened()

    def fail(_id: str) -> None:
        raise RuntimeError("the table's secret name")

    monkeypatch.setattr(app.store, "event", fail)
    response = app.call("GET", f"/e/{event_id}")
    page = Read(response.body)
    assert (response.status_code, page.data["problem"]["status"]) == (500, 500)
    assert page.data["problem"]["detail"].endswith(".")
    assert "secret" not in response.body.decode()
    assert len(page.of("form")) == 1


def referenced(page: Read) -> set[str]:
    """The files that a page loads by itself."""
    links = [one.get("href") for one in page.of("link")] + [one.get("src") for one in page.of("script")]
    return {str(link) for link in links if link and "static/" in str(link)}


@pytest.mark.parametrize("path", ["/", "/me", "/table", "/watch", "/e/aaaaaaaaaaaaaaaa"])
def test_every_file_that_a_page_loads_is_there_and_may_be_kept_for_good(path: str) -> None:
    """Its address changes with its content."""
    app = App()
    app.tick()
    found = referenced(Read(app.call("GET", path).body))
    assert found
    for link in found:
        assert link.startswith("../static/" if path.startswith("/e/") else "static/"), link
        response = file(app, link.partition("static/")[2])
        assert response["statusCode"] == 200, link
        assert "immutable" in response["headers"]["Cache-Control"]


def test_a_file_of_another_version_is_todays_and_is_not_kept() -> None:
    """A page that was opened before a deploy goes on working."""
    response = file(App(), "000000000000/bird.svg")
    assert (response["statusCode"], response["headers"]["Cache-Control"]) == (200, "no-cache")
    assert response["headers"]["Content-Type"] == "image/svg+xml"
    assert file(App(), "000000000000/bird.svg", "HEAD")["statusCode"] == 200


@pytest.mark.parametrize(
    "name",
    [
        "../app.py",
        "../chalicelib/settings.py",
        "scripts/../../app.py",
        "..%2fapp.py",
        "%2e%2e/app.py",
        "..\\app.py",
        "/etc/passwd",
        "//etc/passwd.svg",
        "scripts/../../etc/passwd.svg",
        "../frontend/bird.svg",
        "scripts/./api.js",
        "scripts//api.js",
        "bird.svg\x00.js",
        "bird.svg\n",
        "Bird.svg",
        "scripts",
        "scripts/",
        ".js",
        "",
        "index.html",
        "styles/base.css.map",
        "scripts/deeper/api.js",
        "none.js",
        "b\u0131rd.svg",
        "a" * 5000 + ".js",
    ],
)
def test_nothing_but_the_pages_own_files_leaves(name: str) -> None:
    """Whatever path is asked for, and however it is written."""
    response = file(App(), f"000000000000/{name}")
    assert response["statusCode"] == 404
    assert response["headers"]["Content-Type"] == "application/problem+json"
    assert json.loads(response["body"])["detail"] == "There is no such file."


def test_the_root_leads_to_where_relative_links_work() -> None:
    """The stage's own address without a slash would look for its files one level too high."""
    for method in ("GET", "HEAD"):
        response = App().through_gateway(method, "/", path="")
        assert (response["statusCode"], response["headers"]["Location"]) == (308, "/covey/")
        assert App().through_gateway(method, "/", path="/")["statusCode"] == 200


def test_what_is_nowhere_is_a_problem_for_every_method() -> None:
    """With words, and without repeating what was asked for."""
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        asked = {"path": "/wp-admin/<script>", "parameters": {"proxy": "wp-admin/<script>"}}
        response = App().through_gateway(method, "/{proxy+}", **asked, headers={"Content-Type": "text/plain"})
        assert response["statusCode"] == 404
        assert "script" not in response["body"]


def test_the_qr_code_is_a_picture_of_the_sign_up_link_and_of_nothing_else() -> None:
    """SVG without scripts, which anybody may keep for a while."""
    app, event_id = opened()
    response = app.call("GET", f"/api/events/{event_id}/qr.svg")
    assert response.headers["Content-Type"] == "image/svg+xml"
    assert response.body.startswith(b"<svg ")
    assert b"script" not in response.body
    assert "public" in response.headers["Cache-Control"]
    assert app.call("GET", "/api/events/aaaaaaaaaaaaaaaa/qr.svg").status_code == 404


def test_a_body_that_the_gateway_encoded_is_read_all_the_same() -> None:
    """Some clients' bodies arrive as base64."""
    app, event_id = opened()
    body = base64.b64encode(json.dumps({"email": "ana@example.com"}).encode()).decode()
    response = app.through_gateway(
        "POST",
        "/api/events/{event_id}/links",
        path=f"/api/events/{event_id}/links",
        parameters={"event_id": event_id},
        body=body,
        base64=True,
    )
    assert response["statusCode"] == 202


def test_without_a_setting_pages_live_where_the_gateway_says() -> None:
    """Never where a client says."""
    app = App(base_url="")
    app.tick()
    response = app.through_gateway(
        "POST",
        "/api/events",
        body=json.dumps(app.proposal()),
        headers={"Host": "evil.example", "X-Forwarded-Host": "evil"},
    )
    assert response["statusCode"] == 202
    event = app.store.event(json.loads(response["body"])["id"])
    assert event.base_url == "https://abc123.execute-api.eu-central-1.amazonaws.com/covey"


def test_static_references_are_the_only_ones_that_get_a_version() -> None:
    """Links between pages stay as they are."""
    text = App().call("GET", "/").body.decode()
    assert not re.search(r'"static/(?![0-9a-f]{12}/)', text)
