"""Who says which message: the calls of pages, scripts, letters and Python, read from their sources."""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
from jinja2 import Environment, nodes

ROOT = Path(__file__).parents[2]
FRONTEND = ROOT / "frontend"
TEMPLATES = ROOT / "chalicelib" / "letters" / "templates"

SHARED_BY_PAGES = ("language", "calendar", "page")
"""Parts that every page may use besides its own."""


class Use(msgspec.Struct, frozen=True):
    """One call: which parts it may mean, which keys, and the values it gives; None where a source does not tell.

    Args:
        keys: patterns, one for each key that the call may mean.
    """

    where: str
    parts: tuple[str, ...]
    keys: tuple[str, ...]
    values: frozenset[str] | None


def in_pages() -> Iterator[Use]:
    """Every {{key}} of the static pages."""
    for path in sorted(FRONTEND.glob("*.html")):
        for key in re.findall(r"\{\{([\w.]+)\}\}", path.read_text(encoding="utf-8")):
            yield Use(path.name, (*SHARED_BY_PAGES, f"page-{path.stem}"), (re.escape(key),), frozenset())


def in_scripts() -> Iterator[Use]:
    """Every t(…) of the pages' scripts."""
    for path in sorted(FRONTEND.glob("scripts/*.js")):
        text = path.read_text(encoding="utf-8")
        imports = dict(re.findall(r"^import (\w+) from '\.\./messages/([a-z-]+)\.js';$", text, re.MULTILINE))
        read = re.search(r"= reader\(([\w, ]+)\)", text)
        if not read:
            assert not imports, f"{path.name} imports messages that it does not read"
            continue
        parts = tuple(imports[name] for name in read[1].split(", "))
        for call in re.finditer(r"(?<![\w.])t\(", text):
            key, values = (*_arguments(text, call.end()), "{}")[:2]
            found = [re.escape(one) for one in re.findall(r"'([\w.-]+)'", key)]
            found += [re.sub(r"\\\$\\\{.*?\\\}", ".+", re.escape(one)) for one in re.findall(r"`([^`]+)`", key)]
            names = re.fullmatch(r"\{(.*)\}", values, re.DOTALL)
            given = frozenset(re.match(r"\w+", one)[0] for one in _listed(names[1])) if names else None  # type: ignore[index]
            yield Use(f"{path.name}: t({key})", parts, tuple(found), given)


def in_letters() -> Iterator[Use]:
    """Every t(…) of the letters' templates."""
    kinds = [path.name for path in TEMPLATES.iterdir() if path.is_dir()]
    for path in sorted(TEMPLATES.rglob("*.*")):
        own = [path.parent.name] if path.parent != TEMPLATES else kinds
        parts = ("letter", *(f"letter-{kind.replace('_', '-')}" for kind in own))
        tree = Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "t":
                keys = tuple(_pattern(call.args[0]))
                given = frozenset(one.key for one in call.kwargs)
                yield Use(f"{path.relative_to(TEMPLATES)}: {keys}", parts, keys, given)


@functools.cache
def in_python() -> set[str]:
    """Patterns of every text in Python that might be a key."""
    found = set()
    for path in sorted((ROOT / "chalicelib").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"[\w.-]+", node.value):
                found.add(re.escape(node.value))
            if isinstance(node, ast.JoinedStr):
                texts = (re.escape(part.value) if isinstance(part, ast.Constant) else ".+" for part in node.values)
                found.add("".join(texts))
    return {pattern for pattern in found if re.sub(r"\.\+|\\.|[.]", "", pattern)}


def _pattern(key: nodes.Expr) -> Iterator[str]:
    if isinstance(key, nodes.CondExpr):
        yield from _pattern(key.expr1)
        yield from _pattern(key.expr2 or key.expr1)
    elif isinstance(key, nodes.Const):
        yield re.escape(key.value)
    elif isinstance(key, nodes.Concat):
        yield "".join(next(_pattern(one)) if isinstance(one, nodes.Const) else ".+" for one in key.nodes)


def _arguments(text: str, start: int) -> list[str]:
    """The arguments of a call whose opening parenthesis ends there."""
    depth, end = 1, start
    while depth:
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        end += 1
    return _listed(text[start : end - 1])


def _listed(text: str) -> list[str]:
    """What commas part, those inside brackets and texts aside."""
    parts, depth, quoted = [""], 0, ""
    for char in text:
        if char in "'`" and quoted in ("", char):
            quoted = "" if quoted else char
        depth += 0 if quoted else {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(char, 0)
        if char == "," and not depth and not quoted:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts if part.strip()]
