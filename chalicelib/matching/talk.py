"""Talk: what people said, word by word, and who of a group said what; the ground of names and reasons."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from chalicelib.domain.instance import Candidate
from chalicelib.matching import language

LONGEST = 600
"""Letters of a goal that are looked at for a theme."""

LONGEST_WORD = 24

LONGEST_QUOTE = 60
"""Letters of a phrase that a sentence repeats."""

TIE, LINK, DROPPED, LIGHT, CONTENT = range(5)
"""What a word does in a theme: ends it, ties it, is left out of it, may lead it, makes it."""

VAGUE, LEADING, WEAK, PLAIN = 0.1, 0.15, 0.4, 1.0
"""How much of a theme a word is: anybody's, a verb of wanting, a helper, a theme by itself."""

_CONTACT = re.compile(
    r"\S*@\S*|\S*://\S*|www\.\S+|\+?\d[\d ()/.-]{4,}\d|\S+\.(?:com|org|net|io|de|eu)\b\S*", re.IGNORECASE
)
_SIGNS = re.compile(r"[@:+\d]|\.\w\w")
_GLUE = frozenset(" -‐‑")
_MOST_WORDS = 5


@dataclass(slots=True, eq=False)
class Entry:
    """What is known of a written word: case-folded, its family, its part in a theme, and how much it says here.

    Args:
        verb: whether it may be a verb in its plain form.
        edge: whether it leaves a theme hanging when it ends it.
        bare: whether it says nothing alone.
        share: how much of a theme it is.
        rarity: how few people use it.
        weight: the product of both, and nothing for vague words.
    """

    folded: str
    stem: str
    kind: int
    verb: bool
    edge: bool
    bare: bool
    share: float
    rarity: float
    weight: float


class Line(NamedTuple):
    """Words with nothing but a space or a hyphen between them.

    Args:
        words: what is known of each.
        written: each as it is written.
        glue: what stands before each.
    """

    words: list[Entry]
    written: list[str]
    glue: list[str]


class Span(NamedTuple):
    """Part of a line that could be a theme: its words from `first` to `last`, and those of them that say something.

    Args:
        whole: whether no word that says something stands right before, and none right behind.
    """

    line: Line
    first: int
    last: int
    stems: tuple[str, ...]
    whole: tuple[bool, bool]

    @property
    def words(self) -> list[Entry]:
        """What is known of each of its words."""
        return self.line.words[self.first : self.last + 1]

    @property
    def text(self) -> str:
        """As it is written."""
        line = self.line
        parts = [part for n in range(self.first, self.last + 1) for part in (line.glue[n], line.written[n])]
        return "".join(parts[1:])


class Talk:
    """What everybody said, as numbers: how many people use a word, and how it is usually written.

    Args:
        people: all of them.
        about: the event's own title, whose words tell no group from another.
    """

    def __init__(self, people: Sequence[Candidate], about: str = "") -> None:
        self.people = people
        self.about = {language.family(word.key) for word in language.words(language.clean(about))}
        self.used: Counter[str] = Counter()
        self.topics: Counter[str] = Counter()
        self._written: dict[str, Counter[str]] = defaultdict(Counter)
        self._usual: dict[str, str] = {}
        self._stems: dict[str, tuple[str, str]] = {}
        self._entries: dict[str, Entry] = {}
        self._chips: dict[str, tuple[str, str, list[Line]]] = {}
        after_to: Counter[str] = Counter()
        counted: Counter[str] = Counter()
        chosen: Counter[str] = Counter()
        for person in people:
            text = cleaned(person.goal)
            words = language.written(text)
            if words:
                stems = [self.stem(word) for word in words]
                self.used.update(set(stems))
                if "to" in stems:
                    after_to.update({second for first, second in pairwise(stems) if first == "to"})
                if person.quotable and not (text.isupper() and len(words) > 1):
                    counted.update(set(words[1:]))
            for topic in person.topics:
                chosen[topic] += 1
        for topic, count in chosen.items():
            self.topics[language.clean(topic).casefold()] += count
        for word, count in counted.items():
            self._written[word.casefold()][word] += count
        self.doing = {stem for stem, count in after_to.items() if 3 * count > self.used[stem]}

    def stem(self, word: str) -> str:
        """The family of a written word."""
        known = self._stems.get(word)
        if known is None:
            key = language.key_of(word)
            stem = key if language.is_light(key) is False and len(key) < 3 else language.family(key)
            known = self._stems[word] = (key, stem)
        return known[1]

    def entry(self, word: str) -> Entry:
        """What is known of a written word."""
        known = self._entries.get(word)
        if known is None:
            known = self._entries[word] = self._judged(word)
        return known

    def _judged(self, word: str) -> Entry:
        stem, key = self.stem(word), self._stems[word][0]
        folded = word.casefold()
        verb = language.is_verb(key) or (stem in self.doing and folded == key and not folded.endswith("ing"))
        share = PLAIN
        if language.is_rude(folded) or len(word) > LONGEST_WORD:
            kind = TIE
        elif language.is_dropped(folded):
            kind = DROPPED
        elif language.is_light(folded):
            kind, share = LIGHT, LEADING
        elif language.is_link(folded) and not (len(word) == 1 and word.isupper()):
            kind = LINK
        elif language.is_vague(key):
            kind, share = CONTENT, VAGUE
        elif language.is_stop(key) or language.is_adverb(key):
            kind = TIE
        else:
            kind = CONTENT
            share = WEAK if verb or language.does(key) or language.is_weak(key) or stem in self.about else PLAIN
        rarity = float(np.log(1 + len(self.people) / max(1, self.used[stem])))
        edge = language.is_edge(key) or folded.isdigit()
        return Entry(
            folded,
            stem,
            kind,
            verb,
            edge,
            language.is_bare(key),
            share,
            rarity,
            share * rarity if share >= WEAK else 0.0,
        )

    def usual(self, folded: str) -> str:
        """How a word is written in mid-sentence: its capitals stay if a third of its writers use them."""
        known = self._usual.get(folded)
        if known is None:
            counts = self._written.get(folded, Counter())
            capitals = {form: count for form, count in counts.items() if not form.islower()}
            known = folded
            if capitals and 3 * sum(capitals.values()) >= sum(counts.values()):
                known = min(capitals, key=lambda form: (-capitals[form], form))
            self._usual[folded] = known
        return known

    def is_ordinary(self, folded: str) -> bool:
        """Whether somebody writes a word without a capital, or with more than one, in mid-sentence."""
        return any(not form.istitle() for form in self._written.get(folded, ()))

    def chip(self, topic: str) -> tuple[str, str, list[Line]]:
        """A topic as it is compared, as it is shown, and its lines."""
        known = self._chips.get(topic)
        if known is None:
            text = language.clean(topic)
            known = self._chips[topic] = (text.casefold(), text, self.lines(text))
        return known

    def lines(self, raw: str) -> list[Line]:
        """What stands between the commas and full stops of a text."""
        parts = language.split(cleaned(raw)) if raw else []
        written, glue = parts[1::2], parts[0:-1:2]
        known = self._entries.get
        words = [known(word) or self.entry(word) for word in written]
        found, first = [], 0
        for n, between in enumerate(glue):
            if n and between not in _GLUE:
                found.append(Line(words[first:n], written[first:n], glue[first:n]))
                first = n
        if words:
            found.append(Line(words[first:], written[first:], glue[first:]) if first else Line(words, written, glue))
        return found


def cleaned(raw: str) -> str:
    """The beginning of a text on one line, addresses, links and telephone numbers cut out."""
    text = language.clean(raw[: 2 * LONGEST])[:LONGEST]
    return _CONTACT.sub(" | ", text) if _SIGNS.search(text) else text


class Circle:
    """What the members of a group said.

    Sets of members are bits of whole numbers, in the order of the group.

    Args:
        lines: the goal of each member, line by line; topics come as lines, too.
        topics: for each topic, case-folded, who chose it.
        said: for each word family who used it, in goal or topic.
        forms: for each case-folded word who of the speakers used it.
        speakers: those whose words may be shown.
    """

    def __init__(self, talk: Talk, group: Sequence[int]) -> None:
        self.talk = talk
        self.group = group
        self.lines: list[list[Line]] = []
        self.chosen: list[dict[str, str]] = []
        self.topics: dict[str, int] = defaultdict(int)
        self.said: dict[str, int] = defaultdict(int)
        self.forms: dict[str, int] = defaultdict(int)
        self.speakers = 0
        said, forms = self.said, self.forms
        for n, row in enumerate(group):
            person, bit = talk.people[row], 1 << n
            lines = talk.lines(person.goal)
            chosen = {}
            words = {word for line in lines for word in line.words}
            for chip in person.topics:
                topic, text, parts = talk.chip(chip)
                chosen[topic] = text
                self.topics[topic] |= bit
                words.update(word for line in parts for word in line.words)
            for word in words:
                said[word.stem] |= bit
            if person.quotable:
                self.speakers |= bit
                for word in words:
                    forms[word.folded] |= bit
            self.lines.append(lines)
            self.chosen.append(chosen)
        spaced = all(form.isascii() or language.has_spaces(form) for form in forms)
        self.pieces = {} if spaced else self._pieces()

    def _pieces(self) -> dict[str, int]:
        """What several members wrote in a script without spaces: the longest runs of letters that they share."""
        found: dict[str, int] = defaultdict(int)
        for n, row in enumerate(self.group):
            text = cleaned(self.talk.people[row].goal)[:120]
            for piece in {piece for run in language.unspaced(text) for piece in language.pieces(run)}:
                found[piece] |= 1 << n
        shared = {run: who for run, who in found.items() if (who & self.speakers).bit_count() > 1}
        inside = {run[a:b] for run in shared for a, b in ((1, None), (0, -1)) if shared.get(run[a:b]) == shared[run]}
        return {run: who for run, who in shared.items() if run not in inside and language.opens(run)}

    def speaking(self, stem: str) -> int:
        """Who used a word and lets it be shown."""
        return self.said.get(stem, 0) & self.speakers


def spans(line: Line, good: set[str] | frozenset[str]) -> Iterator[Span]:
    """Every part of a line that begins and ends on words of these families and holds no others that say something."""
    words, glue = line.words, line.glue
    count = len(words)
    for first, lead in enumerate(words):
        if lead.kind < LIGHT or lead.stem not in good:
            continue
        left = first == 0 or (words[first - 1].kind != CONTENT and glue[first] == " ")
        stems: tuple[str, ...] = ()
        links = 0
        for last in range(first, count):
            word = words[last]
            kind = word.kind
            if kind == LINK:
                links += 1
                if links > 2 or last == first:
                    break
                continue
            if kind == DROPPED:
                continue
            if kind < LIGHT or word.stem not in good or len(stems) == _MOST_WORDS:
                break
            if kind == LIGHT and last > first and words[last - 1].kind != LINK:
                break
            links = 0
            stems = (*stems, word.stem)
            if kind == CONTENT:
                right = last + 1 == count or (words[last + 1].kind != CONTENT and glue[last + 1] == " ")
                yield Span(line, first, last, stems, (left, right))


def wording_of(span: Span, talk: Talk) -> str:
    """A span as a theme: whose it is left out, capitals as they are usual."""
    parts: list[str] = []
    for word, glue in zip(span.words, span.line.glue[span.first : span.last + 1], strict=True):
        if word.kind != DROPPED:
            parts += [glue, talk.usual(word.folded)]
    return "".join(parts[1:])


def quoted(span: Span, talk: Talk) -> str:
    """A part of a line as its writer wrote it, if it reads well between quotation marks."""
    words = span.words
    first, last = words[0], words[-1]
    if first.kind != CONTENT or (last.edge and not span.whole[1]):
        return ""
    if len(span.stems) == 1 and (first.edge or first.verb or first.bare):
        return ""
    if last.verb and len(words) > 1 and words[-2].kind < CONTENT:
        return ""
    text = span.text
    opens = span.first == 0 and text[1:].islower() and talk.usual(first.folded).islower()
    return text[:1].lower() + text[1:] if opens else text
