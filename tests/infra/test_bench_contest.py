"""The contest: checker and judge notice what they should, peers keep the rules, runs are measured and given up."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from infra.bench import contest, judge, peers, plots, report, samples
from infra.bench.arena import Hall, arena_of
from infra.bench.cases import Case
from infra.bench.judge import Likeness
from infra.bench.rules import broken_seats


@pytest.fixture
def evening() -> Any:
    """Two overlapping sessions in one room for three, four people who can make both, two of whom are apart."""
    return {
        "event": {
            "group_size": {"min": 2, "max": 4},
            "slots": [
                {"id": "six", "start": "2027-01-11T17:00:00Z", "end": "2027-01-11T19:00:00Z"},
                {"id": "seven", "start": "2027-01-11T18:00:00Z", "end": "2027-01-11T20:00:00Z"},
                {"id": "ten", "start": "2027-01-11T21:00:00Z", "end": "2027-01-11T22:00:00Z", "offered": False},
            ],
            "places": [{"id": "room", "name": "A room", "rooms": 1, "seats": 3, "slots": ["six", "seven", "ten"]}],
        },
        "attendees": [
            {"id": "a", "goal": "rust", "free": ["six", "seven", "ten"], "apart": ["d"]},
            {"id": "b", "goal": "rust", "free": ["six"], "if_need_be": ["seven"], "with": ["c"]},
            {"id": "c", "goal": "rust", "free": ["six", "seven"], "with": ["b"]},
            {"id": "d", "goal": "sleep", "free": ["seven", "ten"], "apart": ["a"]},
        ],
    }


def plan(*groups: tuple[str, str]) -> Any:
    """A plan of groups given by slot and members, all in the one room."""
    return {"groups": [{"slot": slot, "place": "room", "members": list(members)} for slot, members in groups]}


def test_a_plan_that_keeps_the_rules_is_clean(evening: Any) -> None:
    """Three people, two of whom belong together, in the room's three seats."""
    assert broken_seats(evening, plan(("six", "abc"))) == []


@pytest.mark.parametrize(
    ("groups", "fault"),
    [
        ([("six", "ab")], "b and c were torn apart"),
        ([("seven", "bcd"), ("six", "a")], "group 1 has 1 members"),
        ([("seven", "abcd")], "group 0 has too few seats"),
        ([("seven", "abcd")], "a and d were put together"),
        ([("six", "bcd")], "d cannot make group 0's slot"),
        ([("ten", "ad")], "group 0 meets in no offered slot"),
        ([("six", "bc"), ("seven", "ad")], "2 groups meet at once in room"),
        ([("six", "abc"), ("seven", "ad")], "a has 2 seats"),
        ([("six", "abx")], "x is nobody"),
    ],
)
def test_each_broken_rule_is_told(evening: Any, groups: list[tuple[str, str]], fault: str) -> None:
    """Whatever rule a plan breaks, the checker says which."""
    assert fault in broken_seats(evening, plan(*groups))


def test_a_hall_lets_nobody_in_against_the_rules(evening: Any) -> None:
    """Enemies, people without the time, full rooms and too few members are refused."""
    hall = Hall(arena_of(evening))
    six, seven = 0, 1
    a, friends, d = 0, 1, 2
    assert not hall.begin(six, [d, a])
    assert hall.begin(seven, [d, a, friends])
    assert hall.groups == [(seven, [d, friends])]
    assert not hall.begin(six, [a])
    assert not hall.join(a, 0)
    assert broken_seats(evening, hall.plan()) == []


@pytest.mark.parametrize("who", [peers.at_random, peers.fullest_slot])
@pytest.mark.parametrize("case", [Case(120, places=True, pairs=0.4), Case(100, tight=True)], ids=lambda one: one.name)
def test_peers_that_need_no_package_keep_every_rule(case: Case, who: Any) -> None:
    """With rooms, seats and pair rules, and they do seat people."""
    instance = case.instance()
    found = who(instance["attendees"], arena_of(instance), np.random.default_rng(0)).plan()
    assert broken_seats(instance, found) == []
    assert sum(len(group["members"]) for group in found["groups"]) > 40


def test_relevance_is_the_mean_likeness_to_the_others() -> None:
    """Worked out by hand for two groups."""
    x = np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0], [0.0, 1.0]])
    found = judge.verdict([np.array([0, 1]), np.array([2, 3])], Likeness(x, np.ones(2)))
    assert found.relevance == pytest.approx((0.6 + 1) / 2)
    assert found.worst == pytest.approx(0.6)
    opposed = judge.verdict([np.array([0, 1])], Likeness(x, np.array([1.0, -1.0])))
    assert opposed.relevance == pytest.approx(0.6)


@pytest.mark.parametrize("case", [Case(60), Case(90, tight=True)], ids=lambda one: one.name)
def test_no_plan_exceeds_the_bound(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the bound that respects rooms and seats, nor that of larger cases, is below what a plan attains."""
    instance = case.instance()
    arena = arena_of(instance)
    x = peers.plain_vectors(instance["attendees"])
    likeness = Likeness(x, np.ones(x.shape[1]))
    hall = peers.fullest_slot(instance["attendees"], arena, np.random.default_rng(0))
    groups = judge.rows_of(arena, hall.plan())
    placed = sum(len(rows) for rows in groups)
    attained = judge.verdict(groups, likeness).relevance
    strict = judge.bound(arena, likeness, placed)
    monkeypatch.setattr(judge, "LARGEST_PROGRAM", 0)
    everybody = int((arena.can & (arena.can.sum(axis=0) >= arena.low)).any(axis=1).sum())
    loose = judge.bound(arena, likeness, everybody)
    assert attained < strict
    assert judge.bound(arena, likeness, 0) == 0
    assert loose > 0.5 * strict


def test_companions_of_the_same_theme_are_counted() -> None:
    """Two of three share a theme: each of those has half of their companions alike, the third none."""
    assert judge.same_theme([np.array([0, 1, 2])], np.array([7, 7, 8])) == pytest.approx(1 / 3)


def test_a_run_tells_its_cost() -> None:
    """What a process prints and the memory that it took, which is its own and not ours."""
    cost, said = contest.measured([sys.executable, "-c", "print(len(bytearray(10**8)))"], 30)
    assert said == "100000000\n"
    assert cost.peak > 95
    assert cost.processor > 0


def test_a_run_that_takes_too_long_is_given_up() -> None:
    """It is ended, and said so."""
    with pytest.raises(contest.TooLongError):
        contest.measured([sys.executable, "-c", "import time; time.sleep(60)"], 0.3)


def test_a_run_that_fails_says_why() -> None:
    """The last words of the process are kept."""
    with pytest.raises(subprocess.CalledProcessError) as failed:
        contest.measured([sys.executable, "-c", "raise SystemExit('no such thing')"], 30)
    assert "no such thing" in failed.value.stderr


def test_the_largest_size_within_memory_is_narrowed_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between a size that fits and one that does not, to a twentieth."""

    def points(sizes: tuple[int, ...], _limit: float) -> list[contest.Point]:
        return [contest.Point("Covey", size, contest.Cost(1, 1, size / 100), 0) for size in sizes]

    monkeypatch.setattr(contest, "growth", points)
    found = contest.largest(points((1_000, 10_000, 100_000, 1_000_000), 1), 3_008, 1)
    assert 0.95 * 300_800 <= found <= 300_800
    assert contest.largest(points((1_000,), 1), 3_008, 1) == 1_000
    assert contest.largest(points((1_000_000,), 1), 3_008, 1) == 0


def test_the_table_gives_medians_and_their_spread(tmp_path: Path) -> None:
    """Three seeds become one line; whoever came to nothing says why; the document keeps what is around its part."""
    costs = [contest.Cost(seconds, seconds, 100) for seconds in (1.0, 3.0, 2.0)]
    verdicts = [
        {"placed": 9, "broken": 0, "relevance": value, "judged": value, "worst": 0.1, "theme": None}
        for value in (0.2, 0.3, 0.4)
    ]
    facts = {"placeable": 10, "bound": 0.6, "judge_bound": 0.5}
    rows = [
        contest.Row("demo", 10, "Covey", costs, verdicts, facts),
        contest.Row("demo", 10, "CP-SAT", trouble="over 60 s"),
    ]
    told = report.table(rows)
    assert "| demo | Covey | 9 of 10 | 0 | 0.300 ± 0.100 | 45 % | 0.300 ± 0.100 | 54 % | 0.100 |  | 2.0 | 2.0 |" in told
    assert "|  | CP-SAT | over 60 s |" in told
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- x: written by the command -->\nold\n<!-- end of x -->\nafter\n", encoding="utf-8")
    report.replace_part(page, "x", "new")
    assert page.read_text(encoding="utf-8") == (
        "before\n<!-- x: written by the command -->\nnew\n<!-- end of x -->\nafter\n"
    )
    with pytest.raises(ValueError, match="no part"):
        report.replace_part(page, "y", "new")


def test_a_plot_is_well_formed_and_keeps_its_points_inside() -> None:
    """Every dot lies within the axes, on both kinds of axis."""
    series = [
        plots.Series("Covey & co", [(0.5, 0.1), (80.0, 0.35)]),
        plots.Series("random", [(3.0, 0.05)], colour=1, line=False),
    ]
    for log in (True, False):
        drawn = ET.fromstring(plots.svg([plots.Chart("A title", "x", "y", series, log=log)]))  # noqa: S314, our own
        dots = drawn.findall(".//{http://www.w3.org/2000/svg}circle")
        assert len(dots) == 3
        for dot in dots:
            assert plots.LEFT <= float(dot.attrib["cx"]) <= plots.WIDTH - plots.RIGHT
            assert plots.TOP <= float(dot.attrib["cy"]) <= plots.HEIGHT - plots.BOTTOM


def test_the_demo_roster_is_a_case() -> None:
    """The sample is a whole instance document with a hundred people."""
    assert len(json.loads(samples.demo())["attendees"]) == 100
