"""The peers: other ways to make groups, each as good as a careful user would make it, in an environment of their own.

Those that look at what people want get what is usual for it: TF-IDF over one and two words and truncated SVD
of fifty dimensions, straight from scikit-learn.
"""

from collections.abc import Callable, Iterator

import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

from infra.bench.arena import Arena, Floats, Hall, Ints, Json
from infra.bench.names import FULLEST, IN_SLOTS, KMEANS, RANDOM, REFILLED, TEAMS

CLUSTERED_AT_ONCE = 400
"""Size-constrained k-means takes time with the square of people; larger crowds are first cut into lots this large."""


def plain_vectors(people: list[Json]) -> Floats:
    """Unit vectors of what people want, shape (P, 50); zeros for those who said nothing."""
    texts = [" ".join([person.get("goal", ""), *person.get("topics", [])]) for person in people]
    weights = TfidfVectorizer(ngram_range=(1, 2)).fit_transform(texts)
    reduced = TruncatedSVD(min(50, weights.shape[1] - 1), random_state=0).fit_transform(weights)
    return np.asarray(normalize(reduced))


def at_random(_people: list[Json], arena: Arena, rng: np.random.Generator) -> Hall:
    """Any slot with enough people, any of those people; then whoever is left joins any group with room."""
    hall = Hall(arena)
    queues = _Queues(hall, rng.permutation(len(hall.size)))
    while (possible := np.flatnonzero(hall.open() & ~queues.spent)).size:
        column = int(rng.choice(possible))
        most = int(min(arena.cap[column], hall.ready[column]))
        queues.begin(column, int(rng.integers(arena.low, most + 1)))
    _join(hall, None, rng)
    return hall


def fullest_slot(_people: list[Json], arena: Arena, rng: np.random.Generator) -> Hall:
    """The slot with most people first, and in it those with fewest other slots; what they want does not matter."""
    hall = Hall(arena)
    _fill(hall, rng)
    _join(hall, None, rng)
    return hall


def kmeans_then_slot(people: list[Json], arena: Arena, rng: np.random.Generator) -> Hall:
    """Size-constrained k-means over everybody, then for each cluster the slot that most of it can make."""
    hall = Hall(arena)
    vectors = _unit_vectors(people, arena)
    _place_clusters(hall, vectors, rng)
    return hall


def kmeans_then_slot_refilled(people: list[Json], arena: Arena, rng: np.random.Generator) -> Hall:
    """The same, and whoever is left joins the nearest group with room or a new one in the fullest slot."""
    hall = Hall(arena)
    vectors = _unit_vectors(people, arena)
    _place_clusters(hall, vectors, rng)
    _join(hall, vectors, rng)
    _fill(hall, rng)
    _join(hall, vectors, rng)
    return hall


def kmeans_in_slots(people: list[Json], arena: Arena, rng: np.random.Generator) -> Hall:
    """People are given to slots, the fullest first, then clustered in each by k-means; the rest joins the nearest."""
    hall = Hall(arena)
    vectors = _unit_vectors(people, arena)
    tried = np.zeros(len(arena.columns), dtype=np.bool_)
    while (possible := hall.open() & ~tried).any():
        column = int(np.argmax(np.where(possible, hall.ready, -1)))
        tried[column] = True
        units = np.flatnonzero(hall.can[:, column] & ~hall.taken)
        room = hall.room_left(column) * int(arena.cap[column])
        if hall.size[units].sum() > room:
            units = units[np.argsort(hall.can[units].sum(axis=1), kind="stable")][:room]
        for cluster in _clusters(vectors, units, arena.low, int(arena.cap[column]), rng):
            hall.begin(column, cluster)
    _join(hall, vectors, rng)
    _fill(hall, rng)
    _join(hall, vectors, rng)
    return hall


def team_formation(people: list[Json], arena: Arena, rng: np.random.Generator) -> Hall:
    """The package team-formation: times and theme as attributes to cluster by, times weighing more.

    It makes teams of everybody and knows no slots, so each team then gets the slot that most of it can make,
    and whoever is left joins the nearest group with room or a new one. Themes are k-means clusters.
    """
    import pandas as pd
    from sklearn.cluster import KMeans
    from team_formation import TeamAssignment

    hall = Hall(arena)
    vectors = _unit_vectors(people, arena)
    units = np.flatnonzero((hall.can & (hall.ready >= arena.low)).any(axis=1))
    themes = KMeans(max(2, len(units) // 20), n_init=10, random_state=int(rng.integers(2**31))).fit_predict(
        vectors[units]
    )
    participants = pd.DataFrame(
        {
            "id": units,
            "times": [[f"c{column}" for column in np.flatnonzero(hall.can[unit])] for unit in units],
            "theme": [f"t{theme}" for theme in themes],
        }
    )
    rules = pd.DataFrame(
        columns=["attribute", "type", "weight"], data=[["times", "cluster", 2], ["theme", "cluster", 1]]
    )
    teams = TeamAssignment(participants, rules, int(arena.middle), less_than_target=False)
    teams.solve(max_time_in_seconds=SECONDS)
    if teams.solution_found:
        for _, members in teams.participants.groupby("team_num"):
            _place(hall, vectors, members["id"].to_numpy())
    _join(hall, vectors, rng)
    _fill(hall, rng)
    _join(hall, vectors, rng)
    return hall


SECONDS = 60.0
"""How long team-formation's solver may take; infra/bench/play.py sets it."""

PEERS: dict[str, Callable[[list[Json], Arena, np.random.Generator], Hall]] = {
    RANDOM: at_random,
    FULLEST: fullest_slot,
    KMEANS: kmeans_then_slot,
    REFILLED: kmeans_then_slot_refilled,
    IN_SLOTS: kmeans_in_slots,
    TEAMS: team_formation,
}


class _Queues:
    """People without a seat for each column, in a given order, without looking at anybody twice."""

    def __init__(self, hall: Hall, order: Ints) -> None:
        self._hall = hall
        self._waiting = [order[hall.can[order, column]] for column in range(hall.can.shape[1])]
        self._next = [0] * len(self._waiting)
        self.spent = np.zeros(len(self._waiting), dtype=np.bool_)
        """Columns in which no group came about, for pair rules; each is tried once."""

    def begin(self, column: int, people: int) -> None:
        """Open a group of about so many people there."""
        hall, waiting = self._hall, self._waiting[column]
        chosen: list[int] = []
        n = self._next[column]
        while n < len(waiting) and people > 0:
            unit = int(waiting[n])
            if not hall.taken[unit]:
                chosen.append(unit)
                people -= int(hall.size[unit])
            n += 1
        if hall.begin(column, chosen):
            while self._next[column] < n and hall.taken[waiting[self._next[column]]]:
                self._next[column] += 1
        else:
            self.spent[column] = True


def _fill(hall: Hall, rng: np.random.Generator) -> None:
    """Open groups, each in the slot with most people left."""
    order = np.lexsort((rng.random(len(hall.size)), hall.can.sum(axis=1)))
    queues = _Queues(hall, order)
    while (possible := hall.open() & ~queues.spent).any():
        column = int(np.argmax(np.where(possible, hall.ready, -1)))
        queues.begin(column, int(hall.arena.cap[column]))


def _join(hall: Hall, vectors: Floats | None, rng: np.random.Generator) -> None:
    """Whoever has no seat joins a group with room: the nearest, or any when vectors are not looked at."""
    if not hall.groups:
        return
    column = np.array([column for column, _ in hall.groups])
    centres = None
    if vectors is not None:
        centres = np.array([vectors[units].mean(axis=0) for _, units in hall.groups])
    for unit in rng.permutation(np.flatnonzero(~hall.taken & hall.can.any(axis=1))).tolist():
        seated = np.array(hall.seated)
        fits = np.flatnonzero(hall.can[unit, column] & (seated + hall.size[unit] <= hall.arena.cap[column]))
        if vectors is None or centres is None:
            fits = rng.permutation(fits)
        else:
            fits = fits[np.argsort(-(centres[fits] @ vectors[unit]), kind="stable")]
        any(hall.join(unit, int(group)) for group in fits)


def _unit_vectors(people: list[Json], arena: Arena) -> Floats:
    vectors = plain_vectors(people)
    if len(arena.units) == len(vectors):
        return vectors
    return np.asarray(normalize(np.array([vectors[unit].sum(axis=0) for unit in arena.units])))


def _place_clusters(hall: Hall, vectors: Floats, rng: np.random.Generator) -> None:
    arena = hall.arena
    units = np.flatnonzero((hall.can & (hall.ready >= arena.low)).any(axis=1))
    for cluster in _clusters(vectors, units, arena.low, int(arena.cap.max()), rng):
        _place(hall, vectors, np.array(cluster))


def _place(hall: Hall, vectors: Floats, cluster: Ints) -> None:
    """Seat those of a cluster who can make the slot that most of them can make, the most central first."""
    arena = hall.arena
    central = cluster[np.argsort(-(vectors[cluster] @ vectors[cluster].sum(axis=0)), kind="stable")]
    attainable = np.minimum(hall.size[central] @ hall.can[central], arena.cap)
    for column in np.argsort(-attainable, kind="stable"):
        if attainable[column] < arena.low or hall.begin(int(column), central.tolist()):
            return


def _clusters(vectors: Floats, units: Ints, low: int, high: int, rng: np.random.Generator) -> Iterator[list[int]]:
    """Clusters of allowed sizes by size-constrained k-means."""
    from k_means_constrained import KMeansConstrained

    for part in _lots(vectors, units):
        count = round(len(part) / ((low + high) / 2))
        count = max(-(-len(part) // high), min(count, len(part) // low))
        # Some numbers of people cannot be cut into groups of these sizes; then some stay out.
        lot = part if count * low <= len(part) else part[: len(part) // high * high]
        count = min(count, len(lot) // low)
        if count <= 1:
            if len(lot) >= low:
                yield lot.tolist()
            continue
        means = KMeansConstrained(count, size_min=low, size_max=high, random_state=int(rng.integers(2**31)))
        label = means.fit_predict(vectors[lot])
        yield from (lot[label == number].tolist() for number in range(count))


def _lots(vectors: Floats, units: Ints) -> Iterator[Ints]:
    """Cut a crowd in halves across the direction in which it differs most, until each part is small enough."""
    if len(units) <= CLUSTERED_AT_ONCE:
        yield units
        return
    about = vectors[units] - vectors[units].mean(axis=0)
    _, directions = np.linalg.eigh(about.T @ about)
    order = units[np.argsort(about @ directions[:, -1], kind="stable")]
    yield from _lots(vectors, order[: len(order) // 2])
    yield from _lots(vectors, order[len(order) // 2 :])
