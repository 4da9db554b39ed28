"""Language: what people wrote, cleaned, cut into words, and those words told apart by how much they say."""

import functools
import html
import re
import unicodedata
from importlib import resources

import msgspec

# Vowel signs and accents of their own belong to the letter before, as in Hindi; so does what joins letters.
_MARKS = "\u200d" + "".join(chr(n) for n in range(0x300, 0xFE00) if unicodedata.category(chr(n)) in {"Mn", "Mc"})
_LETTERS = rf"[^\W_]+(?:[{_MARKS}]+[^\W_]*)*"
_WORD = re.compile(rf"{_LETTERS}(?:['’]{_LETTERS})*(?:\.[a-z]{{2,3}}(?![^\W_]))?(?:\+\+|#(?!\w))?")
_SPLIT = re.compile(f"({_WORD.pattern})")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,60}>|\x1b\[[0-9;]*[A-Za-z]")
_GLUE = re.compile(r"[ \-‐‑]")
_VOWEL = re.compile(r"[aeiouy]")
_ENDINGS = (
    ("ation", 4),
    ("ition", 4),
    ("ement", 4),
    ("ment", 5),
    ("ors", 5),
    ("or", 5),
    ("ing", 3),
    ("ed", 3),
    ("ion", 4),
)
_HANGING = ("ful", "less", "ous")
_NO_ADVERB = ("family", "assembly", "supply", "reply", "anomaly", "fly", "weekly", "monthly", "friendly", "italy")
_UNSPACED_RUN = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff\u3041-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
# Hiragana ties Japanese words; these signs and words tie Chinese ones or say only that somebody wants something.
_PARTICLE = re.compile(
    "[\u3041-\u309f]+|[的了我你他她们在是和与或也很就都要把被想让对从到吗呢吧]|希望|学习|了解|如何|怎么|怎样|什么|更好|提高|可以|能够"
)
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


LONGEST_PIECE = 30
"""Letters of what people share in a script without spaces."""


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
    if text.isascii() and text.isprintable() and "&" not in text and "<" not in text:
        return " ".join(text.split())
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


def split(text: str) -> list[str]:
    """A cleaned text cut at its words: what stands before the first, the first, what stands before the second, ..."""
    return _SPLIT.split(text)


def written(text: str) -> list[str]:
    """The words of a cleaned text as they are written."""
    return _WORD.findall(text)


def unspaced(text: str) -> list[str]:
    """The runs of letters of scripts without spaces, without particles at the edges of words."""
    return [part for run in _UNSPACED_RUN.findall(text) for part in _PARTICLE.split(run) if len(part) > 1]


def pieces(run: str) -> set[str]:
    """All parts of a run of letters that could be a word."""
    return {run[a:b] for a in range(len(run) - 1) for b in range(a + 2, min(len(run), a + LONGEST_PIECE) + 1)}


def opens(run: str) -> bool:
    """Whether a run of letters begins with a letter, and not with a sign that belongs to the letter before."""
    return not unicodedata.category(run[0]).startswith("M")


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


def family(key: str) -> str:
    """What the forms of one English word share: "prove", "proves" and "proving" are one family.

    Args:
        key: the word as it is compared.
    """
    if len(key) < 4 or not key.isascii() or not key.isalpha():
        return key
    if key.startswith("analy") and key != "analyst":
        return "analy"
    if key.endswith("ics"):
        key = key[:-1]
    for ending, shortest in _ENDINGS:
        rest = key[: -len(ending)]
        if key.endswith(ending) and len(rest) >= shortest and _VOWEL.search(rest):
            key = rest
            break
    if key[-1] == key[-2] and key[-1] in "bdgmnprt":
        key = key[:-1]
    if key.endswith("e") and len(key) > 3:
        key = key[:-1]
    if key.endswith("at") and len(key) > 6:
        key = key[:-2]
    elif key.endswith("is") and len(key) > 5:
        key = f"{key[:-2]}iz"
    return {"using": "use", "used": "use"}.get(key, key)


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
    return key in _list("weak") or key in _list("verbs") or is_vague(key) or any(letter.isdigit() for letter in key)


def is_verb(key: str) -> bool:
    """Whether a word is a verb in its plain form, or may be."""
    return key in _list("verbs")


def does(key: str) -> bool:
    """Whether a word is such a verb in another form: "proving", "proved"."""
    return key.endswith(("ing", "ed")) and family(key) in _doing()


def is_light(key: str) -> bool:
    """Whether a word is a verb that may lead a theme and is none."""
    return key in _list("light")


def is_link(key: str) -> bool:
    """Whether a word may stand inside a theme, between words that say more."""
    return key in _list("links")


def is_dropped(key: str) -> bool:
    """Whether a word says whose something is, which a theme leaves out."""
    return key in _list("dropped")


def is_edge(key: str) -> bool:
    """Whether a word leaves a theme hanging when it ends it."""
    return key in _list("edge") or (key.isascii() and len(key) > 5 and key.endswith(_HANGING))


def is_bare(key: str) -> bool:
    """Whether a word says nothing alone, though it may end a theme."""
    return key in _list("bare")


def is_adverb(key: str) -> bool:
    """Whether an English word says how something is done."""
    return key.isascii() and len(key) > 5 and key.endswith("ly") and not key.endswith(_NO_ADVERB)


def is_rude(key: str) -> bool:
    """Whether a word is one that is not shown to others."""
    return key in _list("rude")


def has_spaces(text: str) -> bool:
    """Whether the text is in a script that puts spaces between words."""
    return not _UNSPACED.search(text)


@functools.cache
def _doing() -> frozenset[str]:
    return frozenset(family(key) for key in _list("verbs"))


@functools.cache
def _list(name: str) -> frozenset[str]:
    lines = (resources.files(__package__) / "words" / f"{name}.txt").read_text("utf-8").splitlines()
    found = {word for line in lines if not line.startswith("#") for word in line.split()}
    return frozenset(found | {key_of(word) for word in found})
