import json
import random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.matching import document
from chalicelib.matching.district import NOBODY, District
from chalicelib.matching.forming import dissolve, form, split_off
from chalicelib.matching.likeness import Likeness
from chalicelib.matching.problem import Groups, problem_of
from chalicelib.matching.relevance import Budget, arrange, starts
from chalicelib.matching.seating import POOL
from tests.matching.worlds import befriended, planted

FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def world(count: int, seed: int, *, low: int = 3, rich: bool = True):
    """The problem of a planted world, with hosts, pair rules, rooms and times only if need be when it is rich."""
    rng = random.Random(seed)
    document_of = planted(count, seed, **({"places": 2, "rooms": 2, "pairs": 0.3} if rich else {}))
    document_of = befriended(document_of, count // 2 if rich else 0, seed)
    document_of["event"]["group_size"] = {"min": low, "max": low + 2}
    slots = [slot["id"] for slot in document_of["event"]["slots"]][:12:2]
    free = {person["id"]: rng.sample(slots, 3) for person in document_of["attendees"]}
    for person in document_of["attendees"]:
        person["free"] = free[person["id"]]
        person["if_need_be"] = [slot for slot in slots if slot not in person["free"]][:2] if rich else []
    return problem_of(document.checked(document.read(json.dumps(document_of).encode())))


def some_vectors(problem, seed: int):
    """Whole-numbered vectors, five to a person."""
    return np.rint(np.random.default_rng(seed).normal(size=(len(problem.people), 5)) * 100)


def formed(problem, likeness: Likeness, rng) -> District:
    """A district with everybody, some of them in groups."""
    items = np.flatnonzero(likeness.fit.any(axis=1))
    rooms = np.array([limit.rooms for limit in problem.limits], dtype=np.int64)
    nobody = np.full(len(items), POOL, dtype=np.int64)
    district = District(likeness, items, np.zeros(0, dtype=np.int64), nobody, rooms)
    form(district, rng.permutation(len(items))[: 4 * len(items) // 5].tolist(), rng)
    return district


def by_hand(district: District, vectors, signs) -> float:
    """The sum of everybody's mean likeness to the others of their group, pair by pair."""
    problem, total = district.problem, 0.0
    for row in district.rows():
        people = [person for item in district.members(row) for person in problem.members[district.items[item]]]
        mean = sum(vectors[a] @ (signs * vectors[b]) for a in people for b in people if a != b)
        total += mean / max(1, len(people) - 1) / district.scale
    return total


@pytest.mark.slow
@FEW
@given(seed=st.integers(0, 10**6), signed=st.booleans())
def test_every_move_gains_what_the_objective_gains(seed, signed):
    """Joining and trading, with units, enemies, friends, hosts, reluctance, rooms, signs: gains are differences."""
    problem = world(24, seed)
    rng = np.random.default_rng(seed)
    vectors = some_vectors(problem, seed)
    signs = np.array([1, 1, 1, -1, -1]) if signed else np.ones(5)
    district = formed(problem, Likeness(problem, vectors, signs), rng)
    moves = district.moves(rng)
    before, score = district.save(), district.score()
    assert sum(district.worth()[district.rows()]) == pytest.approx(by_hand(district, vectors, signs))
    for n in rng.permutation(len(moves.gain))[:150]:
        one, other, row = int(moves.item[n]), int(moves.partner[n]), int(moves.row[n])
        home = int(district.group[one])
        who, where = ([one], [row]) if other == NOBODY else ([one, other], [row, home])
        district.move(np.array(who), np.array(where))
        assert district.score() - score == pytest.approx(moves.gain[n], abs=1e-6)
        assert_kept(district)
        district.load(before)


def assert_kept(district: District) -> None:
    """No rule is broken and all sums are what they are said to be."""
    problem = district.problem
    for row in district.rows():
        items = district.members(row)
        column = district.column[row]
        assert district.fit[items, column].all()
        assert problem.low <= district.size[items].sum() == district.people[row] <= problem.cap[column]
        assert not any(other in items for item in items for other in district.apart.get(item, ()))
        assert (district.towards[row] == district.common[items].sum(axis=0)).all()
        assert district.square[row] == district.common[np.ix_(items, items)].sum()
        assert district.near is None or (district.meeting[row] == district.near[items].sum(axis=0)).all()
    assert district.near is None or not district.meeting[POOL].any()
    counts = np.bincount(district.column[district.rows()], minlength=len(problem.cap))
    for limit, rooms in zip(problem.limits, district.rooms, strict=True):
        assert counts[limit.columns].sum() <= rooms


@pytest.mark.slow
@FEW
@given(seed=st.integers(0, 10**6))
def test_groups_opened_closed_and_moved_keep_the_rules(seed):
    """One group more, one less, other times, rounds of moves: nothing breaks a rule, a failed change can be undone."""
    problem = world(24, seed)
    rng = np.random.default_rng(seed)
    district = formed(problem, Likeness(problem, some_vectors(problem, seed)), rng)
    for change in [split_off, dissolve] * 4:
        before = district.save()
        if not change(district, rng):
            district.load(before)
        district.wander(rng)
        district.round(None, 0.0, rng)
        assert_kept(district)


def partitions(problem, likeness, items: list[int]):
    """Every way to seat these items: (worth, groups)."""
    if not items:
        yield 0.0
        return
    first, rest = items[0], items[1:]
    sizes = range(problem.low - 1, int(problem.cap.max()))
    for mask in range(1 << len(rest)):
        others = [item for n, item in enumerate(rest) if mask >> n & 1]
        if len(others) in sizes and problem.fit[[first, *others]].all(axis=0).any():
            group = np.array([first, *others])
            common = likeness.common(group)
            worth = (common.sum() - common.trace()) / likeness.scale / (len(group) - 1)
            for remaining in partitions(problem, likeness, [item for item in rest if item not in others]):
                yield worth + remaining


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_small_problems_are_solved_as_well_as_by_trying_everything(seed):
    """Nine people in groups of three to five: no complete plan is more relevant."""
    problem = world(9, seed, rich=False)
    vectors = some_vectors(problem, seed)
    likeness = Likeness(problem, vectors)
    budget = Budget(None, None, lambda: 0.0)
    found = arrange(problem, vectors, starts(problem, vectors, 0), seed=0, budget=budget)
    best = max(partitions(problem, likeness, list(range(9))), default=None)
    seated = sum(len(items) for _, items in found.groups)
    if best is None:
        assert seated < 9
    else:
        assert seated == 9
        assert found.relevance * 9 == pytest.approx(best)


def people_in(groups: Groups) -> list[int]:
    return sorted(item for _, items in groups for item in items)


@pytest.mark.slow
@pytest.mark.parametrize("rich", [False, True])
def test_any_budget_gives_a_valid_arrangement_and_more_is_never_worse(rich):
    """From no moves to all: never fewer seats, ever more relevance."""
    problem = world(60, 5, rich=rich)
    vectors = some_vectors(problem, 5)
    begun = starts(problem, vectors, 0)
    found = [
        arrange(problem, vectors, begun, seed=0, budget=Budget(moves, None, lambda: 0.0))
        for moves in (0, 300, 3_000, 30_000, None)
    ]
    seats = [int(problem.size[people_in(one.groups)].sum()) for one in found]
    assert seats == sorted(seats)
    assert [len(set(people_in(one.groups))) for one in found] == [len(people_in(one.groups)) for one in found]
    assert [one.stopped for one in found] == ["moves"] * 4 + [None]
    if not rich:
        worth = [one.relevance for one in found]
        assert worth == sorted(worth)
        assert worth[0] < worth[-1]
