"""Features: each person as a vector, so that a scalar product says how much two people have in common.

Words and word pairs, letter runs (which see through typos, plurals and word endings), topics and
experience are weighted, reduced to a few dimensions as in latent semantic analysis, and rounded to
whole numbers. Sums and products of such vectors are exact, so a plan does not depend on the order
in which a machine adds.
"""

from collections.abc import Callable, Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize
from sklearn.utils.extmath import randomized_range_finder

from chalicelib.domain.instance import Candidate
from chalicelib.matching import language

DIMENSIONS = 64
SCALE = 1024
"""A vector of length one has this length once rounded."""

LONGEST = 1200
"""Letters of a goal that count; what comes later would only dilute what came first."""

WORDS, LETTERS, TOPICS, LEVEL = 0.55, 0.30, 0.10, 0.05
"""Shares of the squared length of a vector that has all four parts."""


Floats = NDArray[np.float64]


def vectors(people: Iterable[Candidate]) -> Floats:
    """Whole-numbered vectors, shape (P, D); length about SCALE, less for those who told less of themselves."""
    people = list(people)
    goals = [language.clean(person.goal[:LONGEST]) for person in people]
    topics = [[language.clean(topic).casefold() for topic in person.topics] for person in people]
    parts = [
        (WORDS, _weights(goals, _word_terms)),
        (LETTERS, _weights(goals, _letter_terms)),
        (TOPICS, _weights(topics, lambda listed: [topic for topic in listed if topic])),
    ]
    text = [np.sqrt(share) * part for share, part in parts if part is not None]
    reduced = _reduced(csr_array(hstack(text, format="csr"))) if text else np.zeros((len(people), 0))
    level = np.sqrt(LEVEL) * np.array([[(-1, 0, 1)[person.level - 1], 1] for person in people]) / np.sqrt(2)
    return np.rint(SCALE * np.hstack([reduced, level]))


def _weights[T](texts: list[T], terms: Callable[[T], list[str]]) -> csr_array | None:
    """Unit TF-IDF rows; None when there is not a single term."""
    try:
        return csr_array(TfidfVectorizer(analyzer=terms, sublinear_tf=True).fit_transform(texts))
    except ValueError:
        return None


def _word_terms(goal: str) -> list[str]:
    keys = [word.key for word in language.words(goal) if not language.is_stop(word.key)]
    return keys + [f"{one} {two}" for one, two in pairwise(keys)]


def _letter_terms(goal: str) -> list[str]:
    found: list[str] = []
    for word in language.words(goal):
        if language.is_stop(word.key):
            continue
        key = f" {word.key} "
        found += [key[n : n + size] for size in (3, 4, 5) for n in range(len(key) - size + 1)]
    return found


def _reduced(weights: csr_array) -> NDArray[np.float64]:
    """The rows in the space where they vary most, each with its length before.

    The basis is left as the subspace iteration leaves it: turning it towards the singular vectors would
    change no product, and would make nearly equal singular values depend on rounding errors.
    """
    size = min(DIMENSIONS, *weights.shape)
    basis = randomized_range_finder(
        weights.T, size=size, n_iter=6, power_iteration_normalizer="QR", random_state=np.random.RandomState(0)
    )
    before = np.sqrt(weights.multiply(weights).sum(axis=1))
    return np.asarray(normalize(weights @ basis) * before[:, None])
