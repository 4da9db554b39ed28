"""Scripts: the modules of a page joined into one file, so that a first visit does not wait for one after the other.

A browser would ask for twenty small files, and on a slow line each round of questions takes most of a second. So
each script that a page names leaves with every module that it imports, and so does each part that is imported later,
on demand. A module stays what it is: it runs once, in a scope of its own, after those that it imports, and gives
what it exports. Scripts that a page names may wait for something, unless they export.

Only the plainest forms of `import` and `export` are understood, each on a line of its own. Anything else is refused,
and a test joins every page.
"""

import posixpath
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

_IMPORT = re.compile(r"^import (?:(\w+)|\{([^}]+)\}) from '([^']+)';\n", re.MULTILINE)
_DEFAULT = re.compile(r"^export default ", re.MULTILINE)
_DECLARED = re.compile(r"^export (?=(?:async function|function|class|const) (\w+))", re.MULTILINE)
_NAMED = re.compile(r"^export \{ (\w+(?:, \w+)*) \};\n", re.MULTILINE)
_LEFT = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)
_LATER = re.compile(r"\bimport\('([^']+)'\)")


class NotUnderstoodError(Exception):
    """A module imports or exports in a form that cannot be joined."""


class _Module(NamedTuple):
    """A module as a function's body, the modules that it imports, and what it exports."""

    body: str
    imports: tuple[str, ...]
    exports: tuple[str, ...]


class Joined:
    """The scripts of one page.

    Args:
        entries: the scripts that the page names, in its order, such as scripts/me.js.
        read: what tells a module's text by its name.
    """

    def __init__(self, entries: list[str], read: Callable[[str], str]) -> None:
        self._entries = entries
        self._read = read

    def file(self, name: str) -> str:
        """The file of one of the page's scripts, or of a part that comes later, with all that is new in it.

        Raises:
            NotUnderstoodError: a module is written in another way.
        """
        before = self._entries[: self._entries.index(name)] if name in self._entries else self._entries
        there = set[str]()
        for entry in before:
            there.update(self._needed(entry, there))
        lines = [f"import {{ $ }} from './{posixpath.basename(before[-1])}';" if before else "const $ = {};"]
        lines += ["export { $ };"]
        lines += [self._as_function(one) for one in self._needed(name, there)]
        return "\n".join(lines) + "\n"

    def _needed(self, name: str, there: set[str], above: tuple[str, ...] = ()) -> Iterator[str]:
        """The modules that one needs and that are not there yet, itself last."""
        if name in above:
            raise NotUnderstoodError(f"{' imports '.join([*above, name])}")
        if name in there:
            return
        found = dict[str, None]()
        for other in _module(name, self._read(name)).imports:
            found.update(dict.fromkeys(self._needed(other, there | found.keys(), (*above, name))))
        yield from found
        yield name

    def _as_function(self, name: str) -> str:
        module = _module(name, self._read(name))
        if name in self._entries and not module.exports:
            # It may wait for parts that come later; they import this file, so that the file itself must not wait.
            run = f"(async () => {{\n{module.body}}})()"
        else:
            run = f"(() => {{\n{module.body}return {{ {', '.join(module.exports)} }};\n}})()"
        return f"$['{name}'] ??= {run};"


def _module(name: str, text: str) -> _Module:
    folder = posixpath.dirname(name)
    imports = tuple(_path(folder, found[3]) for found in _IMPORT.finditer(text))

    def taken(found: re.Match[str]) -> str:
        names = f"{{ default: {found[1]} }}" if found[1] else f"{{{found[2].replace(' as ', ': ')}}}"
        return f"const {names} = $['{_path(folder, found[3])}'];\n"

    exports = [one for found in _NAMED.finditer(text) for one in found[1].split(", ")]
    exports += [found[1] for found in _DECLARED.finditer(text)]
    exports += ["default: $default"] if _DEFAULT.search(text) else []
    text = _NAMED.sub("", _DECLARED.sub("", _DEFAULT.sub("const $default = ", _IMPORT.sub(taken, text))))
    left = _LEFT.search(text)
    if left:
        raise NotUnderstoodError(f"{name}: {left[0]}")
    text = _LATER.sub(lambda found: f"{found[0]}.then(() => $['{_path(folder, found[1])}'])", text)
    return _Module(text, imports, tuple(exports))


def _path(folder: str, name: str) -> str:
    return posixpath.normpath(posixpath.join(folder, name))
