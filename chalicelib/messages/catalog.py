"""The words that people read on pages and in letters: a folder of plain JSON for each language, and its one reader.

A part (`en/sign-up.json`) says by key what one page or letter says. A message is a text with {name}
placeholders, or an object of plural categories (Unicode CLDR), of which the value named `count` picks
one. No message holds markup, so a page or a letter may write it down as it is, with its values escaped.
"""

import functools
import re
from collections.abc import Callable, Mapping
from importlib import resources

import msgspec

ENGLISH = "en"
"""Complete at all times: what another language leaves out is said in English."""

type Message = str | dict[str, str]

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def _one_or_more(count: int) -> str:
    return "one" if count == 1 else "other"


def _up_to_one(count: int) -> str:
    return "one" if count in {0, 1} else "other"


def _alike(_count: int) -> str:
    return "other"


def _polish(count: int) -> str:
    if count == 1:
        return "one"
    return "few" if count % 10 in {2, 3, 4} and count % 100 not in {12, 13, 14} else "many"


def _russian(count: int) -> str:
    if count % 10 == 1 and count % 100 != 11:
        return "one"
    return "few" if count % 10 in {2, 3, 4} and count % 100 not in {12, 13, 14} else "many"


def _arabic(count: int) -> str:
    if count <= 2:
        return ("zero", "one", "two")[count]
    rest = count % 100
    return "few" if 3 <= rest <= 10 else "many" if rest >= 11 else "other"


def _hebrew(count: int) -> str:
    return {1: "one", 2: "two"}.get(count, "other")


PLURALS: Mapping[str, Callable[[int], str]] = {
    "ar": _arabic,
    "de": _one_or_more,
    "en": _one_or_more,
    "es": _one_or_more,
    "fr": _up_to_one,
    "he": _hebrew,
    "it": _one_or_more,
    "ja": _alike,
    "nl": _one_or_more,
    "pl": _polish,
    "pt": _up_to_one,
    "ru": _russian,
    "sv": _one_or_more,
    "tr": _one_or_more,
    "uk": _russian,
    "zh": _alike,
}
"""The plural category of a number of things, 0 to some hundred, in each language that may get a folder."""


class Unsaid(LookupError):
    """There is no such message, or it lacks a value."""


@functools.cache
def languages() -> tuple[str, ...]:
    """The languages that have a folder."""
    return tuple(sorted(one.name for one in _folder().iterdir() if one.is_dir() and one.name in PLURALS))


@functools.cache
def parts() -> tuple[str, ...]:
    """The names of all parts."""
    return tuple(sorted(one.name.removesuffix(".json") for one in (_folder() / ENGLISH).iterdir()))


@functools.cache
def part(language: str, name: str) -> Mapping[str, Message]:
    """All messages of a part.

    Raises:
        Unsaid: no language has such a part.
    """
    files = [_folder() / one / f"{name}.json" for one in dict.fromkeys((ENGLISH, language))]
    said: dict[str, Message] = {}
    for file in files:
        if file.is_file():
            said |= msgspec.json.decode(file.read_bytes(), type=dict[str, str | dict[str, str]])
    if not said:
        raise Unsaid(f"There are no messages called {name!r}.")
    return said


def text(language: str, name: str, key: str, /, **values: object) -> str:
    """The message of a part, filled in; `count`, a whole number, picks its plural.

    Raises:
        Unsaid: there is no such message, or a placeholder has no value.
    """
    return fill(pattern(language, name, key, values.get("count")), values)


def pattern(language: str, name: str, key: str, count: object = None) -> str:
    """The message with its placeholders still in it.

    Raises:
        Unsaid: there is no such message, or it needs a `count`.
    """
    message = part(language, name).get(key)
    if message is None:
        raise Unsaid(f"There is no message {key!r} in {name!r}.")
    if isinstance(message, str):
        return message
    if not isinstance(count, int):
        raise Unsaid(f"The message {key!r} in {name!r} depends on a whole number called count.")
    return message.get(PLURALS[language](count)) or message["other"]


def fill(pattern: str, values: Mapping[str, object], spell: Callable[[object], str] = str) -> str:
    """The pattern with each placeholder replaced by its value as `spell` writes it.

    Raises:
        Unsaid: a placeholder has no value.
    """

    def value(found: re.Match[str]) -> str:
        if found[1] not in values:
            raise Unsaid(f"“{pattern}” lacks its {found[1]!r}.")
        return spell(values[found[1]])

    return _PLACEHOLDER.sub(value, pattern)


@functools.cache
def _folder() -> resources.abc.Traversable:
    return resources.files(__package__)
