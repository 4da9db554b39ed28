"""Pages: what the server fills in is inert, nothing outside frontend/ leaves, and every page has its headers."""

import base64
import html.parser
import json
import re
from typing import Any

import pytest

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


def opened(**changes: Any) -> tuple[App, str]:
    app = App()
    return app, app.open_event(**changes)[0]


def file(app: App, asked: str, method: str = "GET") -> Any:
    """What the gateway hands on for a file; it has decoded the path already."""
    return app.through_gateway(method, STATIC, path=f"/static/{asked}", parameters={"proxy": asked})


@pytest.mark.parametrize("path", ["/", "/me", "/watch", "/e/aaaaaaaaaaaaaaaa"])
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


@pytest.mark.parametrize("path", ["/", "/me", "/watch"])
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
    assert page.preview == {
        "og:title": "Letterpress for beginners and old hands",
        "og:description": "Bring an old shirt.",
        "og:type": "website",
    }
    assert "olga@example.org" not in response.body.decode()


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


def referenced(page: Read) -> set[str]:
    """The files that a page loads by itself."""
    links = [one.get("href") for one in page.of("link")] + [one.get("src") for one in page.of("script")]
    return {str(link) for link in links if link and "static/" in str(link)}


@pytest.mark.parametrize("path", ["/", "/me", "/watch", "/e/aaaaaaaaaaaaaaaa"])
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
