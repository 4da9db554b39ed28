"""Bounds: how many people no plan can exceed, from columns that cannot hold all who can go nowhere else.

Let T be any columns. Those who fit nowhere else find at most so many seats as there are groups in T times
their size, so coverage is at most everybody else plus that. Which numbers of groups are best under all
such cuts is a small linear program over columns alone; cuts are found by trying numbers half way between
a plan and the program's answer, which needs far fewer of them than trying the answer itself.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array

from chalicelib.matching.opening import Opening, Terms
from chalicelib.matching.problem import Bools
from chalicelib.matching.transport import Transport

Floats = NDArray[np.float64]

ROUNDS = 40
"""Times that cuts are looked for."""

STEP = 0.3
"""How far from the plan towards the program's answer the next cuts are looked for."""


Cuts = dict[bytes, tuple[Bools, int]]
"""Columns, shape (C,), and how many people fit only into these."""


def cut_bound(
    opening: Opening, everyone: int, left: Callable[[], float] = lambda: math.inf, cuts: Cuts | None = None
) -> int:
    """The most people that any plan can seat, as far as cuts tell; never too low.

    Args:
        left: how many seconds are left.
        cuts: what is known already; what is found is added.
    """
    terms, seats = opening.terms, opening.seats.twin()
    best = seats.seated
    centre = opening.groups().astype(float)
    worth = best
    cuts = {} if cuts is None else cuts
    _cut(cuts, opening.reached, seats)
    bound = everyone
    for _ in range(ROUNDS):
        if bound <= best or left() <= 0:
            break
        wanted, most, _, _ = master(list(cuts.values()), terms, everyone)
        bound = min(bound, math.floor(most + 1e-6))
        tried = centre + STEP * (wanted - centre)
        upper = np.floor(terms.seats(tried) + 1e-6).astype(np.int64)
        seats.mark()
        seats.eject(upper)
        known = len(cuts)
        _cut(cuts, seats.fill(upper), seats)
        _cut(cuts, seats.stuck(upper), seats)
        if seats.seated > worth:
            centre, worth = tried, seats.seated
        elif len(cuts) == known:
            break
    return bound


def _cut(cuts: Cuts, columns: Bools, seats: Transport) -> None:
    """Note how many people fit only into these columns, which nobody can leave and who waits cannot avoid."""
    inside = seats.waiting + int(seats.count[columns].sum())
    cuts[columns.tobytes()] = (columns, inside)


def master(cuts: list[tuple[Bools, int]], terms: Terms, everyone: int) -> tuple[Floats, float, Floats, Floats]:
    """Numbers of groups, in fractions, that are best under these cuts, shape (C,), and how many people they seat.

    Returns:
        These, and how much each cut and each limit has to do with it, shapes (K,) and (L,).
    """
    count = len(terms.cap)
    columns = np.array([columns for columns, _ in cuts])
    inside = np.array([inside for _, inside in cuts])
    rules = np.zeros((len(cuts) + len(terms.rooms), count + 1))
    rules[: len(cuts), :count] = -terms.cap * columns
    rules[: len(cuts), count] = 1
    rules[len(cuts) :, :count] = terms.shares
    right = np.concatenate([everyone - inside + columns @ terms.spare, terms.rooms]).astype(float)
    found = linprog(
        np.append(np.zeros(count), -1.0),
        A_ub=csr_array(rules),
        b_ub=right,
        bounds=np.stack([np.zeros(count + 1), np.append(terms.most, everyone).astype(float)], axis=1),
        method="highs-ds",
    )
    duals = -found.ineqlin.marginals
    return found.x[:count], float(-found.fun), duals[: len(cuts)], duals[len(cuts) :]
