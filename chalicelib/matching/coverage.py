"""Coverage: how many people could be seated at all, proven, and a plan that seats them.

A plan proves itself when it seats as many as a bound allows. The first bound is everybody whom enough
others can join; then come cuts (see bounds.py), and for problems small enough to be written down the
integer program (see program.py), which also finds what the search for groups to open may have missed.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from chalicelib.domain.instance import Instance
from chalicelib.matching.bounds import cut_bound
from chalicelib.matching.opening import COOL, HOT, Opening, terms_of
from chalicelib.matching.packing import dealt, seated_with_pairs
from chalicelib.matching.problem import Groups, Problem, problem_of
from chalicelib.matching.program import Program, one_by_one
from chalicelib.matching.transport import Transport

SMALL = 3_000
"""Variables of a program that is solved at once."""

LARGE = 25_000
"""Variables beyond which a program is too slow to be worth writing down."""

TINY = 600
"""Variables up to which pair rules are not allowed to cost anybody a seat without need."""

FEW = 80
"""Items beyond which pair rules are not looked at group by group."""

AGAIN = 3
"""Times that groups are made around pairs before that is good enough."""

SOON, LATE = 300, 2_000
"""Trials without success after which another way to close the gap is tried, and after which there is none."""


@dataclass(frozen=True, eq=False)
class Coverage:
    """A plan that seats as many people as any could, as far as is known.

    Args:
        placeable: no plan can seat more people than this.
        groups: the column and the items of each group.
    """

    placeable: int
    groups: Groups


def _endless() -> float:
    return math.inf


def placeable(instance: Instance) -> int:
    """The most people that any plan could seat; never too low.

    Ask it about another instance to learn what a smaller minimum or one more slot would do.
    """
    problem = problem_of(instance)
    return _most(problem, _endless).placeable


def cover(problem: Problem, at_hand: Groups = (), left: Callable[[], float] = _endless) -> Coverage:
    """A plan that seats as many people as possible and asks as few as possible to come only if need be.

    A plan at hand that seats as many as can be, at times that suit, is good enough.

    Args:
        left: how many seconds are left; what has been found by then, and proven, has to do.
    """
    everyone = _everyone(problem)
    known = _seated(problem, at_hand)
    suits = not _asked(problem, at_hand)
    if known == everyone and suits:
        return Coverage(everyone, at_hand)
    if problem.reluctant.any():
        glad = _most(replace(problem, fit=problem.glad), left, everyone)
        if _seated(problem, glad.groups) == everyone:
            return Coverage(everyone, glad.groups)
    found = _most(problem, left)
    seated = _seated(problem, found.groups)
    if known >= seated and suits:
        return Coverage(found.placeable, at_hand)
    if _asked(problem, found.groups):
        found = Coverage(found.placeable, _gentler(problem, found.groups, seated, left))
    return found if seated >= known else Coverage(found.placeable, at_hand)


def _everyone(problem: Problem) -> int:
    """How many people could meet enough others for a group."""
    return int(problem.size @ (problem.fit & problem.viable).any(axis=1))


def _variables(problem: Problem) -> int:
    """How large the program would be, at most."""
    return int(problem.reach[problem.viable].sum())


def _seated(problem: Problem, groups: Groups) -> int:
    return int(problem.size[[item for _, items in groups for item in items]].sum())


def _asked(problem: Problem, groups: Groups) -> int:
    """How many people come only if need be."""
    if not problem.reluctant.any():
        return 0
    seats = [(item, column) for column, items in groups for item in items]
    if not seats:
        return 0
    items, columns = np.array(seats).T
    return int(problem.reluctant[items, columns].sum())


def _most(problem: Problem, left: Callable[[], float], enough: int | None = None) -> Coverage:
    """A plan that seats as many as possible, or so many, and a bound."""
    fit = problem.fit & problem.viable
    items = np.flatnonzero(fit.any(axis=1))
    if not len(items):
        return Coverage(0, ())
    # Without pair rules everybody is seated apart; with them this is what could be seated if units could part.
    people = np.repeat(items, problem.size[items])
    opening = Opening(Transport(fit, people), terms_of(problem))
    rng = np.random.default_rng(0)
    opening.begin()
    target = len(people)
    opening.search(target, SOON, rng, left)
    if problem.apart or len(items) < len(people):
        return _most_with_pairs(problem, opening, target, left)
    if enough is not None or opening.seats.seated == target or left() <= 0:
        return Coverage(target, _groups(problem, opening))
    variables = _variables(problem)
    if variables > SMALL:
        target = cut_bound(opening, target, left)
        opening.search(target, SOON, rng, left)
    if opening.seats.seated < target and variables <= LARGE and left() > 0:
        return _by_program(problem, opening, target, left)
    for ready in (COOL, HOT):
        opening.search(target, LATE, rng, left, ready)
    return Coverage(target, _groups(problem, opening))


def _by_program(problem: Problem, opening: Opening, target: int, left: Callable[[], float]) -> Coverage:
    """The most that a problem small enough to be written down can seat, and a plan that does."""
    program = Program(problem)
    bound, columns = program.relaxed()
    target = min(target, bound)
    small = len(program.kind) <= SMALL
    rng = np.random.default_rng(1)
    for ready in () if small else (COOL, HOT, HOT, COOL, HOT):
        opening.search(target, 2 * SOON, rng, left, ready)
    best = _groups(problem, opening)
    # Where fractions of groups are best, whole ones often are, too.
    columns |= opening.groups() > 0
    for tried in (program,) if small else (Program(replace(problem, fit=problem.fit & columns)), program):
        if _seated(problem, best) >= target or left() <= 0:
            break
        most, better = tried.more_than(_seated(problem, best), left())
        best = tried.groups(better) if better else best
        target = min(target, most) if tried is program else target
    return Coverage(target, best)


def _groups(problem: Problem, opening: Opening) -> Groups:
    return dealt(problem, opening.seats, opening.groups())


def _most_with_pairs(problem: Problem, opening: Opening, everyone: int, left: Callable[[], float]) -> Coverage:
    """The same when some must stay together or apart; the opening seats them as if they need not."""
    bound = everyone
    variables = _variables(problem)
    if opening.seats.seated < everyone:
        bound = cut_bound(opening, everyone, left)
        opening.search(bound, SOON, np.random.default_rng(1), left)
    groups = seated_with_pairs(problem, opening, bound, left)
    if _seated(problem, groups) < bound and variables <= LARGE:
        bound = min(bound, Program(problem).relaxed()[0])
    near = bound if variables <= TINY else bound - max(1, bound // 100)
    for seed in range(1, AGAIN):
        if _seated(problem, groups) >= near or left() <= 0:
            break
        opening.search(bound, SOON, np.random.default_rng(seed), left, HOT)
        other = seated_with_pairs(problem, opening, bound, left, seed)
        groups = max(groups, other, key=lambda one: _seated(problem, one))
    if _seated(problem, groups) >= near or left() <= 0:
        return Coverage(bound, groups)
    if variables <= SMALL // 2:
        program = Program(problem)
        most, solution = program.more_than(_seated(problem, groups), left())
        bound = min(bound, most)
        groups = max(groups, program.groups(solution) if solution else (), key=lambda one: _seated(problem, one))
    near = bound if variables <= TINY else bound - max(1, bound // 100)
    if _seated(problem, groups) < near and len(problem.size) <= FEW:
        counts = np.bincount([column for column, _ in groups], minlength=len(problem.cap))
        most, better = one_by_one(problem, counts, _seated(problem, groups), left())
        bound = min(bound, most)
        groups = max(groups, better, key=lambda one: _seated(problem, one))
    return Coverage(bound, groups)


def _gentler(problem: Problem, groups: Groups, seated: int, left: Callable[[], float]) -> Groups:
    """A plan that seats as many and asks fewer to come only if need be, if one is found."""
    found, limit = groups, TINY
    if len(problem.size) == len(problem.people) and not problem.apart:
        found, limit = _glad_first(problem, groups), SMALL
    if _asked(problem, found) and _variables(problem) <= limit and left() > 0:
        program = Program(problem)
        if (best := program.gentlest(seated, left())) is not None:
            found = program.groups(best)
    return found if _seated(problem, found) == seated and _asked(problem, found) <= _asked(problem, groups) else groups


def _glad_first(problem: Problem, groups: Groups) -> Groups:
    """The same numbers of groups, filled with those who come gladly before anybody else comes if need be."""
    terms = terms_of(problem)
    counts = np.bincount([column for column, _ in groups], minlength=len(problem.cap))
    people = np.flatnonzero((problem.fit & problem.viable).any(axis=1))
    gladly = Transport(problem.glad & problem.viable, people)
    gladly.supply(terms.fewest(counts))
    gladly.fill(terms.seats(counts))
    seats = Transport(problem.fit & problem.viable, people)
    seats.become(gladly.members)
    seats.supply(terms.fewest(counts))
    seats.fill(terms.seats(counts))
    return dealt(problem, seats, counts)
