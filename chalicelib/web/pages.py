"""The pages: static files of frontend/, with the link preview and the first data filled in."""

import functools
import hashlib
import html
import importlib.resources
import re
from importlib.resources.abc import Traversable

import msgspec
from chalice.app import Blueprint, Response

from chalicelib import wiring
from chalicelib.domain.errors import CoveyError, NotFound
from chalicelib.messages import catalog
from chalicelib.web.attendees import known_id
from chalicelib.web.errors import Headers, from_error, guarded, problem
from chalicelib.web.openapi import document
from chalicelib.web.views import EventView, event_view

pages = Blueprint(__name__)

TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "json": "application/json",
    "webmanifest": "application/manifest+json",
}

_COMMENTS = re.compile(r"^[ \t]*(?:/\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*\n", re.MULTILINE | re.DOTALL)
"""Whole lines of nothing but comment."""

LANGUAGE = catalog.ENGLISH
"""What pages are written in."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


@pages.route("/", methods=["GET", "HEAD"], content_types=["*/*"])
@guarded
def create_page() -> Response:
    path = str((pages.current_request.context or {}).get("path", "/"))
    if not path.endswith("/"):
        # The pages' links are relative, so the root has to end in a slash to lead anywhere.
        return Response("", {"Location": f"{path}/", "Content-Type": "text/plain"}, 308)
    return _page("index")


@pages.route("/e/{event_id}", methods=["GET", "HEAD"], content_types=["*/*"])
@guarded
def event_page(event_id: str) -> Response:
    adapters = wiring.adapters()
    try:
        event = event_view(adapters.store.event(known_id(event_id)), adapters.clock.now())
    except CoveyError as error:
        # The page itself says what is wrong, in words that fit it.
        refusal = from_error(error)
        island = b'{"problem":' + str(refusal.body).encode() + b"}"
        return _page("event", msgspec.Raw(island), status=refusal.status_code)
    return _page("event", event, _preview(event))


@pages.route("/me", methods=["GET", "HEAD"], content_types=["*/*"])
@guarded
def my_page() -> Response:
    return _page("me")


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
    # A page of an older version may still ask for its own files; it gets today's, but does not keep them.
    lasting = "public, max-age=31536000, immutable" if version == _version(LANGUAGE) else "no-cache"
    part = re.fullmatch(r"messages/([a-z0-9-]+)\.js", name)
    return Response(
        _messages(LANGUAGE, part[1]) if part else _read(name), {"Content-Type": kind, "Cache-Control": lasting}
    )


@pages.route("/openapi.json", methods=["GET", "HEAD"], content_types=["*/*"])
@guarded
def openapi() -> Response:
    body = msgspec.json.encode(document()).decode()
    return Response(body, {"Content-Type": "application/json", "Cache-Control": "public, max-age=300"})


@pages.route("/{proxy+}", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"], content_types=["*/*"])
@guarded
def unknown() -> Response:
    return problem(404, "There is nothing at this address; check the link with whoever sent it.")


def _page(name: str, data: object = None, preview: str = "", status: int = 200) -> Response:
    text = _worded(name, LANGUAGE).replace("<!--covey:head-->", preview)
    island = msgspec.json.encode(data).decode().replace("<", "\\u003c")
    text = re.sub(r'(<script type="application/json" id="data">)null', lambda found: found[1] + island, text)
    headers: Headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": POLICY,
        "Cache-Control": "no-cache",
    }
    return Response(text, headers, status)


def _preview(event: EventView) -> str:
    said = event.description or f"Say in a minute what you hope for and when you are free. {event.organizer_name}"
    tags = {"og:title": event.title, "og:description": said, "og:type": "website"}
    return "".join(
        f'<meta property="{name}" content="{html.escape(value, quote=True)}">' for name, value in tags.items()
    )


@functools.cache
def _worded(name: str, language: str) -> str:
    """A page with every {{key}} said in that language, by the words of all pages or its own."""

    def said(found: re.Match[str]) -> str:
        shared = next((one for one in ("language", "page") if found[1] in catalog.part(language, one)), None)
        return html.escape(catalog.text(language, shared or f"page-{name}", found[1]))

    text = re.sub(r"\{\{([\w.]+)\}\}", said, _read(f"{name}.html"))
    # The files' own addresses change with their content, so browsers may keep them for good.
    return re.sub(r'(["\'](?:\.\./)?static/)', rf"\g<1>{_version(language)}/", text)


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
def _read(name: str) -> str:
    file = _files().joinpath(*name.split("/"))
    if not file.is_file():
        raise NotFound("There is no such file.")
    text = file.read_text(encoding="utf-8")
    # Comments are for whoever reads the source; without them a first visit weighs a sixth less.
    return _COMMENTS.sub("", text) if name.endswith((".js", ".css")) else text


@functools.cache
def _version(language: str) -> str:
    """A fingerprint of everything the pages load."""
    digest = hashlib.sha256()
    for part in catalog.parts():
        digest.update(msgspec.json.encode((part, catalog.part(language, part))))
    for folder in (_files(), _files() / "scripts", _files() / "styles"):
        for file in sorted(folder.iterdir(), key=lambda one: one.name):
            if file.is_file():
                digest.update(f"{file.name}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:12]
