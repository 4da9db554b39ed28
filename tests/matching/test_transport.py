import random

import numpy as np
import pytest

from chalicelib.matching.bounds import cut_bound
from chalicelib.matching.opening import Opening, Terms
from chalicelib.matching.table import Table
from chalicelib.matching.transport import Transport


def table(rng, people, columns):
    fit = np.array([[rng.random() < 0.4 for _ in range(columns)] for _ in range(people)])
    one = np.ones((people, 1), dtype=np.bool_)
    return Table(fit, one, np.arange(columns), np.zeros(columns, dtype=np.int64), np.ones(columns, dtype=np.bool_))


def most(fit, seats):
    """As many as can sit, by chains of single people."""
    at = {}

    def push(person, tried):
        for column in np.flatnonzero(fit[person]).tolist():
            if column in tried:
                continue
            tried.add(column)
            here = [one for one, where in at.items() if where == column]
            if len(here) < seats[column] or any(push(one, tried) for one in here):
                at[person] = column
                return True
        return False

    return sum(push(person, set()) for person in range(len(fit)))


@pytest.mark.parametrize("seed", range(30))
def test_as_many_are_seated_as_by_one_chain_after_the_other(seed):
    """The columns that those who wait reach are full of people who can go nowhere else."""
    rng = random.Random(seed)
    fit = table(rng, 25, 5)
    able = np.flatnonzero(fit.any(axis=1))
    seats = np.array([rng.randrange(7) for _ in range(5)])
    transport = Transport(fit, able)
    reached = transport.fill(seats)
    assert transport.seated == most(fit[:], seats)
    inside = able[~fit[able][:, ~reached].any(axis=1)]
    assert len(able) - len(inside) + seats[reached].sum() == transport.seated


@pytest.mark.parametrize("seed", range(30))
def test_a_column_is_supplied_unless_all_who_can_make_it_are_too_few(seed):
    """What cannot be supplied comes with columns that need more people than there are for them."""
    rng = random.Random(seed)
    fit = table(rng, 20, 4)
    transport = Transport(fit, np.flatnonzero(fit.any(axis=1)))
    fewest = np.array([rng.randrange(10) for _ in range(4)])
    short = transport.supply(fewest)
    if short is None:
        assert (transport.count >= fewest).all()
    else:
        assert fit[:][:, short].any(axis=1).sum() < fewest[short].sum()


def test_changes_are_taken_back_to_the_mark():
    """Everybody sits where they sat, and the table of who could go where is as it was."""
    transport = Transport(table(random.Random(1), 30, 5), np.arange(30))
    transport.fill(np.full(5, 3))
    before = [people.tolist() for people in transport.members]
    reach, count = transport.reach.copy(), transport.count.copy()
    transport.mark()
    transport.eject(np.full(5, 1))
    transport.fill(np.array([5, 0, 5, 0, 5]))
    assert [people.tolist() for people in transport.members] != before
    transport.take_back()
    assert [people.tolist() for people in transport.members] == before
    assert (transport.reach == reach).all()
    assert (transport.count == count).all()


def test_a_cut_proves_that_full_rooms_are_the_limit():
    """Thirty people, of whom twenty can make only the first column, which has one room for eight."""
    slots = np.array([[True, False]] * 20 + [[False, True]] * 10)
    one = np.ones((30, 1), dtype=np.bool_)
    fit = Table(slots, one, np.arange(2), np.zeros(2, dtype=np.int64), np.ones(2, dtype=np.bool_))
    none = np.zeros(2, dtype=np.int64)
    terms = Terms(
        low=5,
        cap=np.full(2, 8),
        most=np.array([1, 2]),
        rooms=np.array([1]),
        shares=np.array([[True, False]]),
        lacking=none,
        spare=none,
    )
    opening = Opening(Transport(fit, np.arange(30)), terms)
    opening.begin()
    opening.search(30, 20, np.random.default_rng(0))
    assert opening.seats.seated == 18
    assert cut_bound(opening, 30) == 18
