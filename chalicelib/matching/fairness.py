"""Fairness: whoever has least in common with their group gets more, for a little of what all have together.

It begins where the search for the most in all ends. Every move is weighed exactly, by the products within the two
groups that it touches.
"""

from collections.abc import Callable

import numpy as np

from chalicelib.matching.district import LEAST, NOBODY, District, Moves
from chalicelib.matching.likeness import Floats
from chalicelib.matching.problem import Ints
from chalicelib.matching.seating import POOL

WEIGHT = 2.0
"""How many times anybody's likeness that of a group's worst-off member counts when fairness is 1."""

FAIR_ROUNDS = 100
"""Most rounds in which somebody may become better off."""

DRY = 4
"""Rounds without a gain after which few are left to be found."""

WEIGHED = 15_000
"""Moves that are weighed in a round, about."""


def even_out(district: District, fairness: float, spend: Callable[[int], bool], rng: np.random.Generator) -> None:
    """Help the worst-off members of groups; no seat is lost, and nobody falls below whoever has least of all.

    Args:
        fairness: above 0, up to 1.
        spend: takes a number of moves from the budget; False when it is used up.
    """
    part, dry = 1.0, 0
    for _ in range(FAIR_ROUNDS):
        worst = worst_off(district)
        home = district.group
        who = _some(district, worst, part, rng)
        if not len(who) or not spend(len(who)):
            return
        moves, weighed = fair_moves(district, worst, fairness, rng, who)
        part = min(1.0, part * WEIGHED / max(1, weighed))
        dry = 0 if district.make(moves, np.argsort(-moves.gain, kind="stable")) else dry + 1
        if dry == DRY or (dry and len(who) == len(home)):
            return


def worst_off(district: District) -> Floats:
    """The mean likeness of each row's worst-off member to the others; infinite for rows without members."""
    home = district.group
    mean = (district.towards[home, district.each] - district.own) / district.size
    mean /= district.scale * np.maximum(district.people[home] - 1, 1)
    worst = np.full(len(district.column), np.inf)
    np.minimum.at(worst, home, mean)
    worst[POOL] = np.inf
    return worst


def _some(district: District, worst: Floats, part: float, rng: np.random.Generator) -> Ints:
    """The members of so many groups, the least fair first but for some luck."""
    rows = district.rows()
    order = rows[np.argsort(worst[rows], kind="stable")]
    luck = (1 - part) * len(rows) * rng.random(len(rows))
    chosen = order[np.argsort(np.arange(len(rows)) + luck, kind="stable")[: max(1, round(part * len(rows)))]]
    return np.flatnonzero(np.isin(district.group, chosen))


def fair_moves(
    district: District, worst: Floats, fairness: float, rng: np.random.Generator, who: Ints
) -> tuple[Moves, int]:
    """Moves of these items with which the worst-off of two groups gain, and how many moves were weighed."""
    moves = district.moves(rng, who)
    home = district.group[moves.item]
    kept = (home != POOL) & (moves.row != POOL)
    if district.near is not None:
        # Friends who sit together stay so, whatever the others would gain.
        met = np.append(district.meeting[district.group, district.each] > 0, np.False_)
        kept &= ~met[moves.item] & ~met[moves.partner]
    item, partner, row, gain, home = (one[kept] for one in (moves.item, moves.partner, moves.row, moves.gain, home))
    seats = district.seats(rng)
    here = _worst_after(district, seats, home, item, partner)
    there = _worst_after(district, seats, row, partner, item)
    rise = here + there - worst[home] - worst[row]
    # Each group's worst-off counts the same, whatever the group's size.
    people = float(district.people[district.rows()].mean())
    gain = gain + WEIGHT * fairness * people * rise
    fair = np.flatnonzero((rise > LEAST) & (gain > LEAST) & (np.minimum(here, there) >= worst.min()))
    return Moves(item[fair], partner[fair], row[fair], gain[fair]), len(item)


def _worst_after(district: District, seats: Ints, row: Ints, leaving: Ints, coming: Ints) -> Floats:
    """The mean likeness of each row's worst-off member once one has left and another has come; either may be nobody."""
    member = seats[row]
    left, came, size = leaving != NOBODY, coming != NOBODY, district.size
    people = district.people[row] - left * size[leaving] + came * size[coming]
    slack = district.towards[row[:, None], member] - district.own[member]
    slack -= left[:, None] * district.common[leaving[:, None], member]
    slack += came[:, None] * district.common[coming[:, None], member]
    slack /= size[member]
    slack[(member == NOBODY) | (member == leaving[:, None])] = np.inf
    new = district.towards[row, coming] - left * district.common[leaving, coming]
    new += district.norm[coming] - district.own[coming]
    worst = np.minimum(slack.min(axis=1), np.where(came, new / size[coming], np.inf))
    return np.asarray(worst / (district.scale * np.maximum(people - 1, 1)))
