"""The planted cases: what they promise about themselves is so."""

import json
from pathlib import Path

import pytest

from chalicelib.matching import document
from chalicelib.matching.coverage import placeable
from infra.bench.cases import TEXTS, Case

CASES = (
    Case(40),
    Case(100, places=True),
    Case(100, places=True, pairs=0.3),
    Case(60, tight=True),
    Case(230, seed=2, tight=True, pairs=0.4),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_is_a_valid_instance(case: Case) -> None:
    """Whatever is planted: ids are known, pair rules mutual and keepable, and nobody is missing."""
    instance = document.read(json.dumps(case.instance()).encode())
    assert len(instance.attendees) == case.people


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_streamed_case_is_the_same(case: Case, tmp_path: Path) -> None:
    """The file written person by person holds what the instance in memory holds, each time."""
    case.write(tmp_path / "case.json")
    assert json.loads((tmp_path / "case.json").read_bytes()) == case.instance()


@pytest.mark.parametrize("people", [40, 61, 400])
def test_the_planted_coverage_of_a_tight_case_is_the_best(people: int) -> None:
    """The solver, which knows nothing of the planted plan, seats as many and no more."""
    case = Case(people, tight=True)
    assert placeable(document.read(json.dumps(case.instance()).encode())) == case.placeable


def test_a_tight_case_leaves_few_outside() -> None:
    """Nearly everybody is part of the planted plan, whatever the size."""
    for people in (100, 1_000, 12_345, 1_000_000):
        outside = people - (Case(people, tight=True).placeable or 0)
        assert 0 < outside <= max(10, 0.04 * people)


def test_pair_rules_of_both_kinds_are_planted() -> None:
    """Some are to stay together and some apart."""
    people = Case(400, pairs=0.3).instance()["attendees"]
    assert sum(bool(person["with"]) for person in people) > 40
    assert sum(bool(person["apart"]) for person in people) > 40


def test_people_of_a_theme_say_it_differently() -> None:
    """Among forty of a theme hardly two have the same goal."""
    case = Case(2_000)
    goals: dict[int, list[str]] = {}
    for person, theme in zip(case.attendees(), case.themes(), strict=True):
        goals.setdefault(theme, []).append(person["goal"])
    assert len(goals) == len(TEXTS["theme"])
    for said in goals.values():
        telling = [goal for goal in said if len(goal) > 30]
        assert len(set(telling)) > 0.8 * len(telling)


def test_another_seed_is_another_case() -> None:
    """Goals and times differ, not the ids alone."""
    one, other = (Case(50, seed=seed).instance()["attendees"] for seed in (1, 2))
    assert [person["goal"] for person in one] != [person["goal"] for person in other]
    assert [person["free"] for person in one] != [person["free"] for person in other]
