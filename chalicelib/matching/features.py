"""Features: each person as a vector, so that a scalar product says how much two people have in common.

Words, and letter runs, which see through typos, plurals and word endings, are weighted by how rare they
are; topics join them. Goals are short, so two people who mean the same seldom use the same words: what
is compared is whom of all the others they resemble, reduced to a few dimensions as in latent semantic
analysis. Vectors are rounded to whole numbers: their sums and products are exact, so a plan does not
depend on the order in which a machine adds.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize
from sklearn.utils.extmath import randomized_range_finder

from chalicelib.domain.instance import Candidate
from chalicelib.matching import language

DIMENSIONS = 62
SCALE = 1024
"""A vector of length one has this length once rounded."""

LONGEST = 1200
"""Letters of a goal that count; what comes later would only dilute what came first."""

CONTENT, MANNER, LETTERS, TOPICS, LEVEL = 0.42, 0.22, 0.18, 0.15, 0.03
"""Shares of the squared length of a vector: what is meant, how it is said, spelling, topics, experience."""

_ENDINGS = ("ization", "isation", "ations", "ation", "ings", "ing", "ers", "ies", "ed", "er", "es", "ly", "s", "e", "y")

Floats = NDArray[np.float64]


def vectors(people: Sequence[Candidate]) -> Floats:
    """Whole-numbered vectors, shape (P, D); length about SCALE, less for those who told less of themselves."""
    goals = [[word.key for word in language.words(language.clean(person.goal[:LONGEST]))] for person in people]
    content = [[key for key in goal if not (language.is_stop(key) or language.is_vague(key))] for goal in goals]
    topics = [[language.clean(topic).casefold() for topic in person.topics if topic.strip()] for person in people]
    parts = [
        (CONTENT, _weights(content, lambda keys: [_stem(key) for key in keys])),
        (MANNER, _weights(goals, lambda keys: [_stem(key) for key in keys if not language.is_glue(key)])),
        (LETTERS, _weights(content, _runs)),
        (TOPICS, _weights(topics, lambda listed: listed)),
    ]
    text = [np.sqrt(share) * part for share, part in parts if part is not None]
    reduced = _reduced(csr_array(hstack(text, format="csr"))) if text else np.zeros((len(people), 0))
    level = np.sqrt(LEVEL / 2) * np.array([[person.level - 2, 1] for person in people])
    return np.rint(SCALE * np.hstack([reduced, level]))


def _weights(texts: list[list[str]], terms: Callable[[list[str]], list[str]]) -> csr_array | None:
    """Unit TF-IDF rows; None when there is not a single term."""
    try:
        return csr_array(TfidfVectorizer(analyzer=terms, sublinear_tf=True).fit_transform(texts))
    except ValueError:
        return None


def _stem(key: str) -> str:
    """The word without its commonest endings; rough, since letter runs do the fine work."""
    return next((key[: -len(end)] for end in _ENDINGS if key.endswith(end) and len(key) - len(end) >= 3), key)


def _runs(keys: list[str]) -> list[str]:
    """All runs of three to five letters within words; a word in a script without spaces gives pairs, too."""
    found: list[str] = []
    for key in keys:
        word = f" {key} "
        shortest = 3 if language.has_spaces(key) else 2
        found += [word[n : n + size] for size in range(shortest, 6) for n in range(len(word) - size + 1)]
    return found


def _reduced(weights: csr_array) -> Floats:
    """Each row's likeness to all rows, in the space where likeness varies most; rows keep their length.

    The basis is left as the subspace iteration leaves it: turning it towards the singular vectors would
    change no product, and would make nearly equal singular values depend on rounding errors.
    """
    size = min(DIMENSIONS, *weights.shape)
    basis = randomized_range_finder(
        weights, size=size, n_iter=6, power_iteration_normalizer="QR", random_state=np.random.RandomState(0)
    )
    before = np.sqrt(weights.multiply(weights).sum(axis=1))
    return np.asarray(normalize(weights @ (weights.T @ basis)) * before[:, None])
