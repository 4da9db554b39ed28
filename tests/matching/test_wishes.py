"""What an organizer wishes for shows in the plan, and never costs a seat."""

import json

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from chalicelib.matching import document, features, relevance
from chalicelib.matching.likeness import Likeness
from chalicelib.matching.problem import problem_of
from chalicelib.matching.relevance import Arrangement, Budget, arrange, starts
from tests.matching.worlds import planted


@pytest.fixture(autouse=True)
def _one_thread():
    """More threads only add overhead to products this small."""
    with threadpool_limits(1):
        yield


class Wished:
    """A planted world matched under some wishes."""

    def __init__(self, count: int, seed: int, moves: int | None = None, **wishes) -> None:
        world = planted(count, seed)
        world["event"]["wishes"] = wishes
        # A few slots that many can make, so that there is a choice.
        slots = [slot["id"] for slot in world["event"]["slots"]][:6]
        world["event"]["slots"] = world["event"]["slots"][:6]
        for n, person in enumerate(world["attendees"]):
            person["free"] = [slot for k, slot in enumerate(slots) if (n + k) % 3]
        instance = document.checked(document.read(json.dumps(world).encode()))
        self.problem = problem_of(instance)
        vectors, signs = features.vectors(self.problem.people, instance.event.wishes)
        begun = starts(self.problem, vectors, seed, signs)
        budget = Budget(moves, None, lambda: 0.0)
        fairness = instance.event.wishes.fairness
        self.found: Arrangement = arrange(
            self.problem, vectors, begun, seed=seed, budget=budget, signs=signs, fairness=fairness
        )
        self.likeness = Likeness(self.problem, vectors, signs)

    @property
    def seated(self) -> int:
        return sum(len(items) for _, items in self.found.groups)

    @property
    def level_spread(self) -> float:
        """The mean over groups of the variance of their members' levels."""
        people = self.problem.people
        return float(np.mean([np.var([people[item].level for item in items]) for _, items in self.found.groups]))

    @property
    def worst_off(self) -> list[float]:
        """The mean likeness of each group's worst-off member to the others."""
        worst = []
        for _, items in self.found.groups:
            common = self.likeness.common(np.array(items)) / self.likeness.scale
            np.fill_diagonal(common, 0)
            worst.append(float(common.sum(axis=1).min()) / (len(items) - 1))
        return worst


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_similar_levels_meet_when_that_is_wished_and_mixed_ones_when_that_is(seed):
    """Levels within groups spread less than without a wish, or more, and as many have a seat."""
    similar, unasked, mixed = (Wished(60, seed, 30_000, levels=levels) for levels in ("similar", None, "mixed"))
    assert similar.level_spread < 0.6 * unasked.level_spread
    assert mixed.level_spread > 1.03 * unasked.level_spread
    assert similar.seated == unasked.seated == mixed.seated == 60


@pytest.mark.slow
@pytest.mark.parametrize("alone", [relevance.ALONE, 50])
def test_fairness_helps_those_who_have_least_for_little(monkeypatch, alone):
    """In one district or several, the worst-off of groups have more in common with theirs, the worst-off of all too."""
    monkeypatch.setattr(relevance, "ALONE", alone)
    monkeypatch.setattr(relevance, "DISTRICT", 40)
    unasked, half, whole = (Wished(70, 1, fairness=fairness) for fairness in (0, 0.5, 1))
    for fair in (half, whole):
        assert np.mean(fair.worst_off) > np.mean(unasked.worst_off)
        assert min(fair.worst_off) >= min(unasked.worst_off)
        assert fair.found.relevance > 0.9 * unasked.found.relevance
        assert fair.seated == unasked.seated
