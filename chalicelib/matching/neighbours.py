"""Neighbours: for each seated person somebody in another group who wrote the same, in words that both chose.

A phrase is one to three words of a theme that stand side by side in a goal, or a topic. Only people who let
their words be shown are named to anybody, and only what the other one wrote as well is told. What many say
makes nobody neighbours, and neither does what could be somebody's name.
"""

from array import array
from collections.abc import Iterator, Sequence

import numpy as np

from chalicelib.matching import language
from chalicelib.matching.naming import Whole
from chalicelib.matching.problem import Ints, Problem
from chalicelib.matching.talk import CONTENT, LONGEST_QUOTE, PLAIN, Circle, Line, Span, Talk, cleaned, quoted

MOST = 3
"""People to whom one person is named."""

RARE = 6
"""At most one in so many people writes a phrase that makes neighbours, if they are not just two."""

CLOSE, CLOSER = 0.3, 0.45
"""The cosine from which on two people are alike enough, and if all they share is one word."""

PHRASES, LOOKED_AT = 3, 8
"""A person's rarest phrases, and the others who wrote one of them, that are looked at."""

WORDS = 3
"""Words of a phrase."""

KNOWN = 4
"""People who use a word that nobody writes without a capital and that is yet nobody's name."""

_BITS = 21
"""Bits of a word's number, so that three of them make one number."""


class Crowd:
    """What people who have a seat wrote, collected group by group."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self._number: dict[str, int] = {}
        self._rows, self._keys = array("q"), array("q")

    def add(self, circle: Circle) -> None:
        """Remember what a group's members wrote."""
        for n, row in enumerate(circle.group):
            keys = {key: None for key, _ in self._phrases(circle.lines[n])}
            keys.update((self._topic(topic), None) for topic in circle.chosen[n])
            self._keys.extend(keys)
            self._rows.extend([row] * len(keys))

    def _of(self, word: str) -> int:
        return self._number.setdefault(word, len(self._number) + 1)

    def _topic(self, folded: str) -> int:
        return -self._of(f"#{folded}")

    def _phrases(self, lines: Sequence[Line]) -> Iterator[tuple[int, Span]]:
        """The phrases in these lines, each with its number; none breaks off before a word that belongs to it."""
        for line in lines:
            words = line.words
            solid = [word.kind == CONTENT for word in words]
            for first in range(len(words)):
                key, telling = 0, False
                stems: tuple[str, ...] = ()
                for last, word in enumerate(words[first : first + WORDS], first):
                    number = self._of(word.folded) if word.kind == CONTENT and word.weight else 0
                    if not 0 < number < 1 << _BITS:
                        break
                    key, stems = key << _BITS | number, (*stems, word.stem)
                    telling |= word.share >= PLAIN
                    hanging = last == first and word.folded.endswith(("ing", "ed"))
                    if telling and not hanging and not any(solid[last + 1 : last + 2]):
                        yield key, Span(line, first, last, stems, (not any(solid[:first][-1:]), True))

    def neighbours(self, problem: Problem, vectors: Whole, signs: Ints, group: Ints) -> dict[int, tuple[int, str]]:
        """Who is named to whom, and the words that both wrote, as the one who is told them wrote them.

        Nobody is named to somebody who wished to meet them, or must not.

        Args:
            vectors: of the people, whole-numbered, shape (P, D).
            signs: +1 or -1 for each dimension.
            group: of each person, negative without a seat, shape (P,).
        """
        rows, keys = np.array(self._rows, dtype=np.int64), np.array(self._keys, dtype=np.int64)
        order = np.argsort(keys, kind="stable")
        users, ordered = rows[order], keys[order]
        first, last = (np.searchsorted(ordered, keys, side=side) for side in ("left", "right"))
        place = np.empty(len(keys), dtype=np.int64)
        place[order] = np.arange(len(keys))
        count = last - first
        shown = np.array([person.quotable for person in problem.people], dtype=np.bool_)
        few = max(2, int((group >= 0).sum()) // RARE)
        named = np.zeros(len(problem.people), dtype=np.int64)
        found: dict[int, tuple[int, str]] = {}
        for some in _by_person(rows, np.flatnonzero((count > 1) & (count <= few))):
            row = int(rows[some[0]])
            # The rarest first, and of those the longest.
            for entry in some[np.lexsort((-keys[some], count[some]))][:PHRASES].tolist():
                # Those who stand behind in the order of all, so that not everybody looks at the same few.
                steps = (place[entry] - first[entry] + 1 + np.arange(min(count[entry] - 1, LOOKED_AT))) % count[entry]
                others = users[first[entry] + steps]
                others = others[shown[others] & (group[others] != group[row])]
                key = int(keys[entry])
                close = CLOSER if 0 < key < 1 << _BITS else CLOSE
                other = self._likest(problem, vectors, signs, row, others[named[others] < MOST], close)
                if other is not None and (words := self._text(problem, row, key)):
                    found[row] = other, words
                    named[other] += 1
                    break
        return found

    @staticmethod
    def _likest(problem: Problem, vectors: Whole, signs: Ints, row: int, others: Ints, close: float) -> int | None:
        """Who of these is most like a person, if anybody is alike enough."""
        if not len(others):
            return None
        mine, theirs = vectors[row].astype(np.float64), vectors[others].astype(np.float64)
        like = theirs @ (mine * signs)
        like /= np.maximum(np.sqrt((mine @ mine) * np.einsum("pd,pd->p", theirs, theirs)), 1)
        item = int(problem.item_of[row])
        known = {item, *problem.apart.get(item, ()), *problem.near.get(item, ())}
        for n in np.argsort(-like, kind="stable").tolist():
            other = int(others[n])
            if like[n] >= close and int(problem.item_of[other]) not in known:
                return other
        return None

    def _text(self, problem: Problem, row: int, key: int) -> str:
        """A phrase as a person wrote it; empty if it does not read well or could be somebody's name."""
        person = problem.people[row]
        for topic in person.topics:
            folded, text, lines = self.talk.chip(topic)
            if self._topic(folded) == key:
                decent = not any(language.is_rude(word.folded) for line in lines for word in line.words)
                return text if decent and len(text) <= LONGEST_QUOTE and cleaned(topic) == text else ""
        spans = (span for found, span in self._phrases(self.talk.lines(person.goal)) if found == key)
        for span in spans:
            text = quoted(span, self.talk)
            if text and len(text) <= LONGEST_QUOTE and not self._names(span):
                return text
        return ""

    def _names(self, span: Span) -> bool:
        """Whether a word of it could be a name: written with a capital wherever it stands, and by few."""
        return any(
            written.istitle() and self.talk.used[word.stem] < KNOWN and not self.talk.is_ordinary(word.folded)
            for word, written in zip(span.words, span.line.written[span.first : span.last + 1], strict=True)
        )


def _by_person(rows: Ints, entries: Ints) -> Iterator[Ints]:
    """The entries of each person, who has theirs in a row."""
    if len(entries):
        yield from np.split(entries, np.flatnonzero(np.diff(rows[entries])) + 1)
