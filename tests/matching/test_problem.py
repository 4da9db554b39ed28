import json

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.matching import document
from chalicelib.matching.problem import problem_of
from chalicelib.matching.table import Table
from tests.matching.worlds import small_worlds


@st.composite
def tables(draw):
    """A table of a few rows, slots and places, and the array that it stands for."""
    rows, slots, places, columns = (draw(st.integers(1, 5)) for _ in range(4))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    at_slot, at_place = rng.integers(0, 3, (rows, slots)).astype(np.uint8), rng.random((rows, places)) < 0.7
    slot, place = rng.integers(0, slots, columns), rng.integers(0, places, columns)
    is_open = rng.random(columns) < 0.8
    array = at_slot[:, slot] * at_place[:, place] * is_open
    return Table(at_slot, at_place, slot, place, is_open), array


@given(both=tables())
def test_a_table_reads_like_the_array_it_stands_for(both):
    """Every way to index it, its sums and products."""
    table, array = both
    rows, columns = array.shape
    some, few = np.arange(rows)[::2], np.arange(columns)[::-2]
    mask = np.arange(columns) % 2 == 0
    weights = np.arange(rows) + 3
    assert table.shape == array.shape
    every_other = np.arange(rows) % 2 == 0
    for key in (0, some, every_other, slice(None), (0, 0), (some, 0), (slice(None), few), (0, few), np.ix_(some, few)):
        assert np.array_equal(table[key], array[key])
    assert np.array_equal(weights @ table, weights @ array)
    assert (weights @ table).dtype == np.int64
    assert np.allclose((weights / 7) @ table, (weights / 7) @ array)
    assert np.array_equal(table & mask, array * mask)
    assert np.array_equal(table.take(few), array[:, few])
    for axis in (0, 1):
        assert np.array_equal(table.sum(axis), array.sum(axis))
        assert np.array_equal(table.any(axis), array.any(axis))
    assert table.any() == array.any()


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(world=small_worlds(pairs=True))
def test_the_tables_say_who_can_make_what(world):
    """Person by person and column by column, as one would read it from the document."""
    problem = problem_of(document.read(json.dumps(world).encode()))
    people = {person["id"]: person for person in world["attendees"]}
    for item, rows in enumerate(problem.members):
        unit = [people[problem.people[row].id] for row in rows]
        for column in range(len(problem.cap)):
            slot, place = (
                problem.slots[problem.column_slot[column]].id,
                problem.places[problem.column_place[column]],
            )
            can = len(unit) <= problem.cap[column] and all(
                slot in [*one["free"], *one["if_need_be"]]
                and (place is None or not one["places"] or place.id in one["places"])
                for one in unit
            )
            asked = sum(slot not in one["free"] for one in unit) if can else 0
            assert problem.fit[item, column] == can
            assert problem.glad[item, column] == (can and not asked)
            assert problem.reluctant[item, column] == asked


def test_a_table_without_anybody_reluctant_takes_no_room():
    """Nobody marked "if need be": one table says who can come and who gladly does."""
    event = {
        "id": "e",
        "title": "",
        "timezone": "UTC",
        "group_size": {"min": 1, "max": 2},
        "slots": [{"id": "s", "start": "2027-01-12T15:00:00Z", "end": "2027-01-12T17:00:00Z"}],
    }
    world = {"event": event, "attendees": [{"id": "a", "free": ["s"]}, {"id": "b"}]}
    problem = problem_of(document.read(json.dumps(world).encode()))
    assert problem.glad is problem.fit
    assert problem.reluctant.slots.strides == (0, 0)
    assert not problem.reluctant.any()
    assert problem.reach.tolist() == [1]
