"""The pages: static files of frontend/, with the link preview and the first data filled in."""

import functools
import hashlib
import html
import importlib.resources
import inspect
import re
from importlib.resources.abc import Traversable

import msgspec
from chalice.app import Blueprint, Response

from chalicelib import wiring
from chalicelib.domain.errors import NotFound, NotReady
from chalicelib.domain.event import Event
from chalicelib.flow import signup
from chalicelib.messages import catalog
from chalicelib.web import scripts
from chalicelib.web.address import base_url
from chalicelib.web.attendees import known_id
from chalicelib.web.errors import Headers, guarded, problem
from chalicelib.web.openapi import document
from chalicelib.web.views import event_view

pages = Blueprint(__name__)

TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "json": "application/json",
    "webmanifest": "application/manifest+json",
}

_COMMENTS = re.compile(r"^[ \t]*(?:/\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*\n", re.MULTILINE | re.DOTALL)
"""Whole lines of nothing but comment."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

HEAD = "<!--covey:head-->"
"""Where a page's link preview goes."""

_TITLE = re.compile(r"<title>(.*?)</title>")
_HEADING = re.compile(r"<h1>.*?</h1>")
_DESCRIPTION = re.compile(r'<meta name="description" content="([^"]*)">')
_SCRIPT = re.compile(r'(<script type="module"[^>]* src="(?:\.\./)?static/)scripts/([a-z-]+\.js)"')
_IMPORT = re.compile(r"^@import '([a-z-]+\.css)';\n", re.MULTILINE)

PICTURE = "preview.png"
LONGEST_DESCRIPTION = 300
"""Characters of an event's description in its link preview; no site shows more."""


@pages.route("/", methods=["GET", "HEAD"], content_types=["*/*"])
@guarded
def create_page() -> Response:
    path = str((pages.current_request.context or {}).get("path", "/"))
    if not path.endswith("/"):
        # The pages' links are relative, so the root has to end in a slash to lead anywhere.
        return Response("", {"Location": f"{path}/", "Content-Type": "text/plain"}, 308)
    try:
        home = base_url(pages.current_request, "")
    except NotReady:
        return _page("index")
    return _page("index", preview=_preview(home, ""))


@pages.route("/e/{event_id}", methods=["GET", "HEAD"], content_types=["*/*"])
@guarded
def event_page(event_id: str) -> Response:
    shown = _sign_up_page(event_id)
    if shown.status_code < 400:
        return shown
    # The page itself says what is wrong, in words that fit it.
    island = b'{"problem":' + str(shown.body).encode() + b"}"
    return _page("event", msgspec.Raw(island), status=shown.status_code)


@guarded
def _sign_up_page(event_id: str) -> Response:
    adapters = wiring.adapters()
    event = adapters.store.event(known_id(event_id))
    preview = _preview(event.base_url, f"e/{event.id}", event.title, _invitation(event))
    full = signup.full(adapters.store, event)
    return _page("event", event_view(event, adapters.clock.now(), full=full), preview)


@pages.route("/me", methods=["GET", "HEAD"], content_types=["*/*"])
@guarded
def my_page() -> Response:
    return _page("me")


@pages.route("/table", methods=["GET", "HEAD"], content_types=["*/*"])
@guarded
def table_page() -> Response:
    return _page("table")


@pages.route("/watch", methods=["GET", "HEAD"], content_types=["*/*"])
@guarded
def watch_page() -> Response:
    return _page("watch")


@pages.route("/static/{proxy+}", methods=["GET", "HEAD"], content_types=["*/*"])
@guarded
def static_file() -> Response:
    asked = str((pages.current_request.uri_params or {}).get("proxy", ""))
    version, _, name = asked.partition("/")
    kind = TYPES.get(name.rpartition(".")[2])
    if kind is None or not re.fullmatch(r"([a-z0-9-]{1,40}/)?[a-z0-9-]{1,40}\.[a-z]+", name):
        raise NotFound("There is no such file.")
    language = _language()
    # A page of an older version may still ask for its own files; it gets today's, but does not keep them.
    lasting = "public, max-age=31536000, immutable" if version == _version(language) else "no-cache"
    return Response(_content(name, language), {"Content-Type": kind, "Cache-Control": lasting})


@pages.route("/favicon.ico", methods=["GET", "HEAD"], content_types=["*/*"])
@guarded
def icon() -> Response:
    """For browsers that look for it there: the drawing that every page names."""
    return Response(_text("bird.svg"), {"Content-Type": TYPES["svg"], "Cache-Control": "public, max-age=86400"})


@pages.route("/robots.txt", methods=["GET", "HEAD"], content_types=["*/*"])
@guarded
def robots() -> Response:
    """Everything may be read, or nobody would see which answers say of themselves that they are not to be listed."""
    headers: Headers = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "public, max-age=86400"}
    return Response("User-agent: *\nDisallow:\n", headers)


@pages.route("/openapi.json", methods=["GET", "HEAD"], content_types=["*/*"])
@guarded
def openapi() -> Response:
    body = msgspec.json.encode(document()).decode()
    return Response(body, {"Content-Type": "application/json", "Cache-Control": "public, max-age=300"})


@pages.route("/{proxy+}", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"], content_types=["*/*"])
@guarded
def unknown() -> Response:
    return problem(404, "There is nothing at this address; check the link with whoever sent it.")


class _Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What search engines and link previews read of a page; a title or description left empty is the page's own."""

    url: str
    image: str
    title: str = ""
    description: str = ""


def _preview(home: str, path: str, title: str = "", description: str = "") -> _Preview:
    image = f"{home}/static/{_version(_language())}/{PICTURE}"
    return _Preview(url=f"{home}/{path}", image=image, title=title, description=description)


def _invitation(event: Event) -> str:
    """The event in a few sentences, its own where it has some."""
    said = event.description or catalog.text(_language(), "page-event", "preview", organizer=event.organizer.name)
    return said if len(said) <= LONGEST_DESCRIPTION else f"{said[: LONGEST_DESCRIPTION - 1].rstrip()}…"


def _page(name: str, data: object = None, preview: _Preview | None = None, status: int = 200) -> Response:
    text = served(f"{name}.html", _language())
    text = _presented(text, preview) if preview else text.replace(HEAD, "")
    island = msgspec.json.encode(data).decode().replace("<", "\\u003c")
    text = re.sub(r'(<script type="application/json" id="data">)null', lambda found: found[1] + island, text)
    headers: Headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": POLICY,
        "Cache-Control": "no-cache",
    }
    if preview:
        # Whoever may see a preview of a page may find it, too.
        headers["X-Robots-Tag"] = "all"
    return Response(text, headers, status)


def _presented(page: str, preview: _Preview) -> str:
    """The page with its title and heading, its description, and the tags that link previews are made of."""
    title = _attribute(preview.title) or _found(_TITLE, page)
    description = _attribute(preview.description) or _found(_DESCRIPTION, page)
    if preview.title:
        page = _TITLE.sub(lambda _: f"<title>{title} – Covey</title>", page, count=1)
        # Whoever reads the page without its scripts sees at least what it is about.
        page = _HEADING.sub(lambda _: f'<h1 dir="auto">{title}</h1>', page, count=1)
    page = _DESCRIPTION.sub(lambda _: f'<meta name="description" content="{description}">', page, count=1)
    url, image = _attribute(preview.url), _attribute(preview.image)
    tags = {
        "og:title": title,
        "og:description": description,
        "og:type": "website",
        "og:site_name": "Covey",
        "og:url": url,
        "og:image": image,
        "og:image:width": "1200",
        "og:image:height": "630",
    }
    lines = [f'<meta property="{name}" content="{value}">' for name, value in tags.items()]
    lines += ['<meta name="twitter:card" content="summary_large_image">', f'<link rel="canonical" href="{url}">']
    return page.replace(HEAD, "".join(lines), 1)


def _found(part: re.Pattern[str], page: str) -> str:
    found = part.search(page)
    return found[1] if found else ""


def _language() -> str:
    return wiring.adapters().settings.language


def _attribute(value: str) -> str:
    return html.escape(value, quote=True)


def served(name: str, language: str) -> str:
    """A page, one of its scripts (me/me.js), a part of the messages, or a text of frontend/. Raises NotFound."""
    if name.endswith(".html"):
        return _worded(name.removesuffix(".html"), language)
    folder, _, file = name.rpartition("/")
    if folder == "messages":
        return _messages(language, file.removesuffix(".js"))
    if folder in _pages():
        return _joined(folder, file, language)
    return _text(name)


def _content(name: str, language: str) -> str | bytes:
    """What leaves under the name of a file."""
    return _bytes(name) if name.endswith(".png") else served(name, language)


@functools.cache
def _worded(name: str, language: str) -> str:
    """A page with every {{key}} said in that language, by the words of all pages or its own."""

    def said(found: re.Match[str]) -> str:
        shared = next(
            (one for one in ("language", "calendar", "page") if found[1] in catalog.part(language, one)), None
        )
        return html.escape(catalog.text(language, shared or f"page-{name}", found[1]))

    text = re.sub(r"\{\{([\w.]+)\}\}", said, _text(f"{name}.html"))
    text = _SCRIPT.sub(rf'\g<1>{name}/\g<2>"', text)
    # The files' own addresses change with their content, so browsers may keep them for good.
    return re.sub(r'(["\'](?:\.\./)?static/)', rf"\g<1>{_version(language)}/", text)


@functools.cache
def _joined(page: str, name: str, language: str) -> str:
    """A script of a page, or a part of it that comes later, with every module that it needs."""
    entries = [f"scripts/{found[2]}" for found in _SCRIPT.finditer(_text(f"{page}.html"))]
    return scripts.Joined(entries, lambda one: served(one, language)).file(f"scripts/{name}")


@functools.cache
def _pages() -> set[str]:
    return {file.name.removesuffix(".html") for file in _files().iterdir() if file.name.endswith(".html")}


@functools.cache
def _messages(language: str, part: str) -> str:
    """A part of the messages as a module that scripts can import."""
    try:
        said = catalog.part(language, part)
    except catalog.Unsaid as error:
        raise NotFound("There is no such file.") from error
    return f"export default {msgspec.json.encode(said).decode()};\n"


@functools.cache
def _files() -> Traversable:
    return importlib.resources.files("frontend")


@functools.cache
def _text(name: str) -> str:
    text = _bytes(name).decode()
    if name.endswith((".js", ".css")):
        # Comments are for whoever reads the source; without them a first visit weighs a sixth less.
        text = _COMMENTS.sub("", text)
    # A browser would learn of imported stylesheets only when it has read this one.
    folder = name.rpartition("/")[0]
    return _IMPORT.sub(lambda found: _text(f"{folder}/{found[1]}"), text) if name.endswith(".css") else text


@functools.cache
def _bytes(name: str) -> bytes:
    file = _files().joinpath(*name.split("/"))
    if not file.is_file():
        raise NotFound("There is no such file.")
    return file.read_bytes()


@functools.cache
def _version(language: str) -> str:
    """A fingerprint of everything the pages load."""
    digest = hashlib.sha256(inspect.getsource(scripts).encode())
    for part in catalog.parts():
        digest.update(msgspec.json.encode((part, catalog.part(language, part))))
    for folder in (_files(), _files() / "scripts", _files() / "styles"):
        for file in sorted(folder.iterdir(), key=lambda one: one.name):
            if file.is_file():
                digest.update(f"{file.name}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:12]
