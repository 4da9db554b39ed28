"""Meanings: what common words mean, as vectors whose scalar products say how near two words are.

The table is made by `python -m infra.meanings`; docs/decisions/0018 tells where it comes from.
"""

import functools
import re
import string
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 64
UNIT = 127
"""The length of a word's vector, but for rounding."""

WORDS = Path(__file__).parent / "words" / "meanings.txt"
VECTORS = Path(__file__).parent / "words" / "meanings.bin"

_SLIP = 6
"""Letters that a word needs before one of them may be wrong."""

_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


class Meanings:
    """The words that have a meaning, commonest first, and their vectors.

    Args:
        words: those of the table.
        vectors: whole-numbered, shape (W, DIMENSIONS).
    """

    def __init__(self, words: list[str], vectors: NDArray[np.int8]) -> None:
        self.row = {word: n for n, word in enumerate(words)}
        self.vectors = vectors

    def rows(self, written: str, key: str) -> list[int]:
        """The rows that together say what a word means: its own, its parts', a near spelling's, or its beginning's.

        Args:
            written: the word as it stands in the text.
            key: the word as it is compared.
        """
        for form in (written.casefold(), key):
            if form in self.row:
                return [self.row[form]]
        parts = [part.casefold() for part in _PART.findall(written)]
        if 1 < len(parts) == sum(part in self.row for part in parts):
            return [self.row[part] for part in parts]
        if len(key) < _SLIP or not key.isascii() or not key.isalpha():
            return []
        near = sorted({self.row[form] for form in _slips(key) if form in self.row})
        stems = (key[:end] for end in range(len(key) - 1, max(_SLIP, 2 * len(key) // 3) - 1, -1))
        return near[:1] or [self.row[stem] for stem in stems if stem in self.row][:1]


def _slips(word: str) -> Iterator[str]:
    """Words from which this one may have come by a letter too many, too few, changed, or two in the wrong order."""
    for n in range(len(word)):
        before, after = word[:n], word[n + 1 :]
        yield before + after
        yield before + word[n : n + 2][::-1] + word[n + 2 :]
        # The first letter is hardly ever the wrong one.
        for letter in string.ascii_lowercase if n else "":
            yield before + letter + after
            yield before + letter + word[n:]


@functools.cache
def table() -> Meanings:
    """The table, read once."""
    words = WORDS.read_text(encoding="utf-8").split()
    return Meanings(words, np.frombuffer(VECTORS.read_bytes(), dtype=np.int8).reshape(len(words), DIMENSIONS))
