"""Language: what people wrote, cleaned, cut into words, and those words told apart by how much they say."""

import functools
import html
import re
import unicodedata
from importlib import resources

import msgspec

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*(?:\.[a-z]{2,3}(?![^\W_]))?(?:\+\+|#(?!\w))?")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,60}>|\x1b\[[0-9;]*[A-Za-z]")
_GLUE = re.compile(r"[ \-‐‑]")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


class Word(msgspec.Struct, frozen=True):
    """One word of a text.

    Args:
        start, end: where it stands in the cleaned text.
        key: the word as it is compared: case folded, plural ending dropped.
    """

    start: int
    end: int
    key: str


class Phrase(msgspec.Struct, frozen=True):
    """Up to three neighbouring words: as compared, and as written."""

    keys: tuple[str, ...]
    text: str
    opens: bool


def clean(text: str) -> str:
    """One line of printable text: entities resolved, NFC; tags, control, format and bidi characters gone."""
    kept = []
    for letter in unicodedata.normalize("NFC", _TAG.sub(" ", html.unescape(text))):
        category = unicodedata.category(letter)
        if category[0] == "Z" or category == "Cc":
            kept.append(" ")
        elif category[0] != "C" or letter == "\u200d":
            kept.append(letter)
    return " ".join("".join(kept).split())


def words(text: str) -> list[Word]:
    """The words of a cleaned text; single letters count ("R"), so do "C++", "C#" and "node.js"."""
    return [Word(found.start(), found.end(), key_of(found.group())) for found in _WORD.finditer(text)]


def phrases(text: str, longest: int = 3) -> list[Phrase]:
    """Runs of words in a cleaned text, with nothing but a space or a hyphen between, that start and end on content."""
    found: list[Phrase] = []
    line = words(text)
    for n, first in enumerate(line):
        if is_stop(first.key):
            continue
        opens = n == 0 or text[: first.start].rstrip().endswith((".", "!", "?", ":"))
        for m in range(n, min(n + longest, len(line))):
            if m > n and not _GLUE.fullmatch(text[line[m - 1].end : line[m].start]):
                break
            if not is_stop(line[m].key):
                keys = tuple(word.key for word in line[n : m + 1])
                found.append(Phrase(keys, text[first.start : line[m].end], opens))
    return found


def key_of(word: str) -> str:
    """A word as it is compared: "Spreadsheets" and "spreadsheet" are one, "analysis" and "R" stay."""
    key = word.casefold().replace("’", "'").removesuffix("'s")
    if len(key) > 4 and key.endswith("ies"):
        return key[:-3] + "y"
    if len(key) > 4 and key.endswith(("sses", "xes", "ches", "shes")):
        return key[:-2]
    if len(key) > 3 and key.endswith("s") and "." not in key and not key.endswith(("ss", "us", "is", "ics", "'s")):
        return key[:-1]
    return key


def is_stop(key: str) -> bool:
    """Whether a word says nothing about a theme."""
    return key in _list("stop") or (len(key) == 1 and not key.isalpha()) or key.isdigit()


def is_glue(key: str) -> bool:
    """Whether a word only ties others together."""
    return key in _list("glue")


def is_vague(key: str) -> bool:
    """Whether anybody might use the word of anything."""
    return key in _list("vague")


def is_weak(key: str) -> bool:
    """Whether a word needs another beside it to make a theme."""
    return key in _list("weak") or is_vague(key) or any(letter.isdigit() for letter in key)


def has_spaces(text: str) -> bool:
    """Whether the text is in a script that puts spaces between words."""
    return not _UNSPACED.search(text)


@functools.cache
def _list(name: str) -> frozenset[str]:
    lines = (resources.files(__package__) / "words" / f"{name}.txt").read_text("utf-8").splitlines()
    found = {word for line in lines if not line.startswith("#") for word in line.split()}
    return frozenset(found | {key_of(word) for word in found})
