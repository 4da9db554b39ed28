"""Features: each person as a vector, so that a scalar product says how much two people have in common.

Two kinds of likeness are added. *Likeness by words*: words, how something is said, letter runs, which see
through typos and word forms, and topics are weighted by how rare they are; what is compared is whom of all
the others two people resemble, in a few dimensions, as in latent semantic analysis. *Likeness by meaning*:
the mean of the words' vectors in the table of meanings, so that "repo" and "GitHub" belong together.

What both rest on is worked out once a word and rounded to whole numbers there. From then on all sums are
exact, so a plan does not depend on the order in which a machine adds.
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array, hstack
from sklearn.utils.extmath import randomized_range_finder

from chalicelib.domain.event import Wishes
from chalicelib.domain.instance import Candidate
from chalicelib.matching import language, meanings

SCALE = 1024
"""A vector of length one has this length once rounded."""

LONGEST = 1200
"""Letters of a goal that count; what comes later would only dilute what came first."""

MEANING = 0.3
"""Share of likeness by meaning; the rest is by words."""

CONTENT, MANNER, LETTERS = 0.5, 0.3, 0.2
"""Shares of likeness by words that go to what is meant, how it is said, and spelling; topics come on top."""

BY_WORDS, BY_MEANING = 56, 40
"""Dimensions that are kept of each kind."""

WIDE = 128
"""Dimensions in which it is measured how much of a person's likeness by words the kept ones hold."""

SAMPLE = 2000
"""People whom others are compared with; in a larger event, so many spread evenly over the roster."""

AT_ONCE = 20_000
"""People whose vectors are worked out at once."""

STOP, VAGUE = 0.2, 0.5
"""How much the meaning of a word counts that says nothing about a theme, or little."""

EVERYWHERE = 4
"""A word that one in so many people uses counts half in the meaning."""

LEVEL, SIMILAR, MIXED = 0.03, 0.25, 0.15
"""Share of the level when nothing, similar levels or mixed levels are wished."""

TURN = np.pi / 3
"""Levels are points on a circle this far apart, so that two levels up is more than twice as far as one."""

SHORT = 0.3
"""Length left to whoever says nothing about a theme."""

ALOOF = 0.25
"""How much less than nothing two such people have in common: less keeps them in one group, more costs likeness."""

# Whole numbers that stand for parts: rareness of words, weights of meanings, likeness by words; and the largest
# power of two in a table. Sums of them stay below 2**24, or 2**53 for squares, where floating point is exact.
_RARE, _COUNT, _FINE, _LARGEST = 64, 16, 2**15, 14

_NOTHING = 1e-6
"""A shorter mean says nothing: goal and topics mean opposite things."""

Whole = NDArray[np.int16]
Ints = NDArray[np.int64]
Table = NDArray[np.float32]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Bag:
    """Who uses which terms.

    Args:
        terms: in the order of their first use.
        uses: one where a person uses a term, shape (P, T).
    """

    terms: list[str]
    uses: csr_array

    def users(self) -> Floats:
        """How many people use each term, shape (T,)."""
        return np.bincount(self.uses.indices, minlength=len(self.terms)).astype(np.float64)


@dataclass(frozen=True, eq=False)
class _Part:
    """One of the things that make likeness by words.

    Args:
        share: of the squared length of a vector.
        uses: one where a person uses a term, shape (P, T).
        weights: whole-numbered weights of the features of each term, shape (T, F).
    """

    share: float
    uses: csr_array
    weights: csr_array

    def rows(self, some: slice | Ints) -> tuple[csr_array, Floats]:
        """Some people's features and the lengths of these rows."""
        found = self.uses[some] @ self.weights
        squares = csr_array((found.data.astype(np.float64) ** 2, found.indices, found.indptr), shape=found.shape)
        return found, np.sqrt(np.asarray(squares.sum(axis=1)))


def vectors(people: Sequence[Candidate], wishes: Wishes | None = None) -> tuple[Whole, Ints]:
    """Vectors and signs, shapes (P, D) and (D,): the likeness of two people is (x * signs) @ y.

    All are whole numbers; a vector's length is about SCALE, less for those who told less of themselves.

    Args:
        people: whom to compare.
        wishes: the organizer's; None for the usual.
    """
    wishes = wishes or Wishes()
    goals = _bag(language.written(language.clean(person.goal[:LONGEST])) for person in people)
    topics = _bag([language.clean(topic).casefold() for topic in person.topics] for person in people)
    precise = _precise(goals)
    telling = np.minimum(1, precise + np.diff(topics.uses.indptr))
    kinds = (
        (1 - MEANING, _ByWords(_parts(goals, topics, wishes.topics))),
        (MEANING, _ByMeaning(goals, topics, wishes.topics, precise)),
    )
    level, sign = {None: (LEVEL, 1), "similar": (SIMILAR, 1), "mixed": (MIXED, -1)}[wishes.levels]
    angle = TURN * (np.array([person.level for person in people]) - 2)
    end = sum(kind.size for _, kind in kinds)
    found = np.empty((len(people), end + 3), dtype=np.int16)
    found[:, end:-1] = np.rint(SCALE * np.sqrt(level) * np.stack([np.cos(angle), np.sin(angle)], axis=1))
    found[:, -1] = np.rint(SCALE * np.sqrt(ALOOF) * (1 - telling))
    length = SCALE * np.sqrt(1 - level) * (SHORT + (1 - SHORT) * telling)
    for first in range(0, len(people), AT_ONCE) if end else ():
        some = slice(first, first + AT_ONCE)
        text = [np.sqrt(share) * kind.of(some) for share, kind in kinds if kind.size]
        found[some, :end] = np.rint(length[some, None] * np.hstack(text))
    return found, np.array([1] * end + [sign, sign, -1])


class _ByWords:
    """Whom of all the others a person resembles by words, in the space where that varies most.

    The basis is left as the subspace iteration leaves it: turning it towards the singular vectors would
    change no product, and would make nearly equal singular values depend on rounding errors.
    """

    def __init__(self, parts: list[_Part]) -> None:
        self.parts = parts
        self.size = 0
        self.tables: list[tuple[Table, float]] = []
        if not parts:
            return
        sample = _sample(parts[0].uses.shape[0])
        rows = []
        for part in parts:
            found, lengths = part.rows(sample)
            rows.append(diags_array(np.sqrt(part.share) / np.maximum(lengths, 1)) @ found)
        known = csr_array(hstack(rows, format="csr"))
        basis = known.T @ _basis(known, WIDE)
        self.size = min(BY_WORDS, basis.shape[1])
        ends = np.cumsum([0, *(part.weights.shape[1] for part in parts)])
        self.tables = [_whole(part.weights @ basis[ends[n] : ends[n + 1]]) for n, part in enumerate(parts)]

    def of(self, some: slice) -> Floats:
        """Some people's vectors, of length one for whoever told something of every kind."""
        total, told = np.zeros((1, 1)), np.zeros(1)
        for part, (table, unit) in zip(self.parts, self.tables, strict=True):
            lengths = part.rows(some)[1]
            scale = np.sqrt(part.share) / np.maximum(lengths, 1) / unit
            total = total + scale[:, None] * (part.uses[some] @ table)
            told = told + part.share * (lengths > 0)
        # Rounded once more, so that this sum of squares is exact, too.
        fine = np.rint(total * _FINE)
        length = np.sqrt((fine * fine).sum(axis=1))
        return np.asarray(fine[:, : self.size] * (np.sqrt(told) / np.maximum(length, 1))[:, None])


class _ByMeaning:
    """The mean of what the words of a person's goal, and of the topics they chose, mean, where that varies most."""

    def __init__(self, goals: _Bag, topics: _Bag, share: float, precise: Floats) -> None:
        known = meanings.table()
        # The words of a vague goal lie near many a theme, by chance and nearer than a topic that was chosen.
        self.shares = ((1 - share) * precise, np.full(len(precise), share))
        self.uses = (goals.uses, topics.uses)
        self.full = (_meant_by_words(goals, known), _meant_by_topics(topics, known))
        mean = self._mean(_sample(goals.uses.shape[0]), self.full, 1.0)
        self.size = 0
        if mean.any():
            basis = _basis(csr_array(mean.T), BY_MEANING)
            self.size = basis.shape[1]
            both, self.unit = _whole(np.vstack(self.full) @ basis)
            self.tables = (both[: len(self.full[0])], both[len(self.full[0]) :])

    def of(self, some: slice) -> Floats:
        """Some people's vectors, of length one for whoever told something of every kind."""
        return self._mean(some, self.tables, self.unit)

    def _mean(self, some: slice | Ints, tables: tuple[Table, Table], unit: float) -> Floats:
        """Goal and topics, each of length one in the full table, added by their shares."""
        goal, topics = (uses[some] @ full for uses, full in zip(self.uses, self.full, strict=True))
        lengths = [np.sqrt(_dot(one, one)) for one in (goal, topics)]
        goal_scale, topic_scale = (
            share[some] * (length > 0) / np.maximum(length, 1)
            for share, length in zip(self.shares, lengths, strict=True)
        )
        both = 2 * goal_scale * topic_scale * _dot(goal, topics)
        length = np.sqrt((goal_scale * lengths[0]) ** 2 + (topic_scale * lengths[1]) ** 2 + both)
        told = self.shares[0][some] * (lengths[0] > 0) + self.shares[1][some] * (lengths[1] > 0)
        scale = np.sqrt(told) / np.where(length > _NOTHING, length, 1) / unit
        found = [
            (scale * one)[:, None] * (uses[some] @ table)
            for one, uses, table in zip((goal_scale, topic_scale), self.uses, tables, strict=True)
        ]
        return np.asarray(found[0] + found[1])


def _bag(texts: Iterable[Sequence[str]]) -> _Bag:
    number: dict[str, int] = {}
    found, ends = array("i"), array("i", [0])
    for text in texts:
        found.extend({number.setdefault(term, len(number)) for term in text})
        ends.append(len(found))
    ones = np.ones(len(found), dtype=np.float32)
    shape = (len(ends) - 1, len(number))
    return _Bag(list(number), csr_array((ones, np.array(found, np.int32), np.array(ends, np.int32)), shape=shape))


def _parts(goals: _Bag, topics: _Bag, share: float) -> list[_Part]:
    """What makes likeness by words, without what has no share or no feature."""
    keys = [language.key_of(word) for word in goals.terms]
    content = ["" if language.is_stop(key) or language.is_vague(key) else key for key in keys]
    listed = [
        ((1 - share) * CONTENT, goals, [[language.family(key)] if key else [] for key in content]),
        ((1 - share) * MANNER, goals, [[] if language.is_glue(key) else [language.family(key)] for key in keys]),
        ((1 - share) * LETTERS, goals, [_runs(key) if key else [] for key in content]),
        (share, topics, [[topic] for topic in topics.terms]),
    ]
    return [
        _Part(part, bag.uses, _weights(bag, features)) for part, bag, features in listed if part > 0 and any(features)
    ]


def _weights(bag: _Bag, features: list[list[str]]) -> csr_array:
    """How often each term has each feature, times how rare the feature is among people; whole-numbered, (T, F)."""
    number: dict[str, int] = {}
    found, ends = array("i"), array("i", [0])
    for some in features:
        found.extend(number.setdefault(one, len(number)) for one in some)
        ends.append(len(found))
    ones = np.ones(len(found), dtype=np.float32)
    counts = csr_array((ones, np.array(found, np.int32), np.array(ends, np.int32)), shape=(len(features), len(number)))
    people = bag.uses.shape[0]
    users = np.minimum(people, counts.T @ bag.users())
    rare = np.rint(_RARE * (np.log((1 + people) / (1 + users)) + 1))
    counts.sum_duplicates()
    counts.data *= rare[counts.indices].astype(np.float32)
    return counts


def _runs(key: str) -> list[str]:
    """All runs of three to five letters of a word; one in a script without spaces gives pairs, too."""
    word = f" {key} "
    shortest = 3 if language.has_spaces(key) else 2
    return [word[n : n + size] for size in range(shortest, 6) for n in range(len(word) - size + 1)]


def _meant_by_words(goals: _Bag, known: meanings.Meanings) -> Table:
    """What each word adds to the meaning of a goal, whole-numbered, shape (T, meanings.DIMENSIONS)."""
    weights = np.ones(len(goals.terms))
    rows: list[list[int]] = []
    for n, word in enumerate(goals.terms):
        key = language.key_of(word)
        weights[n] = STOP if language.is_stop(key) else VAGUE if language.is_vague(key) else 1.0
        rows.append(known.rows(word, key))
    weights /= 1 + EVERYWHERE * goals.users() / max(1, goals.uses.shape[0])
    return _sums(rows, np.rint(_COUNT * weights), known)


def _meant_by_topics(topics: _Bag, known: meanings.Meanings) -> Table:
    """The same for topics, each of a few words."""
    keys = [[(word, language.key_of(word)) for word in language.written(topic)] for topic in topics.terms]
    rows = [[row for word, key in some if not language.is_stop(key) for row in known.rows(word, key)] for some in keys]
    return _sums(rows, np.full(len(rows), _COUNT), known)


def _sums(rows: list[list[int]], weights: Floats, known: meanings.Meanings) -> Table:
    """The weighted means of rows of the table of meanings."""
    found = np.zeros((len(rows), meanings.DIMENSIONS), dtype=np.float32)
    for n, some in enumerate(rows):
        if some:
            found[n] = np.rint(weights[n] * known.vectors[some].sum(axis=0, dtype=np.float64) / len(some))
    return found


def _precise(goals: _Bag) -> Floats:
    """How far each goal says what it is about, from 0 to 1: one word of a theme is enough."""
    keys = [language.key_of(word) for word in goals.terms]
    says = [
        0 if language.is_stop(key) or language.is_vague(key) else 0.5 if language.is_weak(key) else 1 for key in keys
    ]
    return np.asarray(np.minimum(1, goals.uses @ np.array(says, dtype=np.float32)), dtype=np.float64)


def _sample(people: int) -> Ints:
    """The rows of those with whom everybody is compared."""
    size = min(people, SAMPLE)
    return np.asarray(np.arange(size) * people // max(1, size), dtype=np.int64)


def _basis(rows: csr_array, size: int) -> Floats:
    """Orthonormal columns near the directions in which the columns of these rows vary most."""
    return np.asarray(
        randomized_range_finder(
            rows,
            size=min(size, *rows.shape),
            n_iter=6,
            power_iteration_normalizer="QR",
            random_state=np.random.RandomState(0),
        )
    )


def _whole(table: Floats) -> tuple[Table, float]:
    """A table in whole numbers so small that sums of them are exact, and what one is worth: a power of two."""
    _, exponent = np.frexp(np.abs(table).max(initial=0.0))
    unit = 2.0 ** (_LARGEST - int(exponent))
    return np.rint(table * unit).astype(np.float32), unit


def _dot(one: Table, other: Table) -> Floats:
    """The products of the rows of two whole-numbered tables, exact."""
    return np.asarray(np.einsum("pd,pd->p", one.astype(np.float64), other.astype(np.float64)))
