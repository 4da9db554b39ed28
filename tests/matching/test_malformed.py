"""Documents changed at random: each gets a plan that keeps the rules, or one sentence that says what is wrong."""

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.domain.errors import Invalid
from chalicelib.matching import document
from tests.matching.rules import broken_rules

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MANY = settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])

SOUND: dict[str, Any] = {
    "event": {
        "id": "e",
        "title": "Gärtnern 🌱",
        "timezone": "Europe/Berlin",
        "group_size": {"min": 2, "max": 3},
        "slots": [
            {"id": "mon", "start": "2027-03-01T17:00:00Z", "end": "2027-03-01T18:00:00Z"},
            {"id": "tue", "start": "2027-03-01T17:30:00Z", "end": "2027-03-01T18:30:00Z", "offered": True},
            {"id": "wed", "start": "2027-03-03T17:00:00Z", "end": "2027-03-03T18:00:00Z", "offered": False},
        ],
        "places": [
            {"id": "cafe", "name": "Café", "rooms": 1, "seats": 2, "slots": ["mon"]},
            {"id": "online", "name": "Online", "rooms": None},
        ],
        "wishes": {"levels": "similar", "topics": 0.5, "fairness": 0.25, "wildcard": True},
    },
    "attendees": [
        {"id": "a", "goal": "Grow basil", "topics": ["herbs"], "level": 1, "free": ["mon", "tue"], "with": ["b"]},
        {"id": "b", "goal": "Basil!", "topics": ["herbs"], "free": ["mon"], "if_need_be": ["tue"], "with": ["a"]},
        {"id": "c", "goal": "", "free": ["mon", "wed"], "places": ["cafe"], "host": True, "apart": ["a"]},
        {"id": "d", "goal": "学习 Python", "level": 3, "free": ["tue"], "places": ["online"], "quotable": False},
        {"id": "f", "goal": "Meet people", "free": ["mon", "tue"]},
    ],
}
IDS = st.sampled_from(["a", "b", "c", "d", "f", "mon", "tue", "wed", "cafe", "online"])
ODD = st.one_of(
    st.sampled_from([None, True, False, 0, 1, 2, 3, 4, -1, 10**9, 10**10, 2**64, 10**40, 0.5, 1.0, 1e308, "", [], {}]),
    st.sampled_from(["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2027-03-01T17:15:00+01:00", "UTC", "\0", "🎉"]),
    IDS,
    st.lists(IDS, max_size=4),
    st.text(max_size=20),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.recursive(st.none(), lambda inner: st.lists(inner, max_size=2) | st.dictionaries(IDS, inner, max_size=2)),
)


@st.composite
def changed_documents(draw: st.DrawFn) -> bytes:
    """A sound document in which values were replaced, dropped, doubled or exchanged."""
    world = copy.deepcopy(SOUND)
    for _ in range(draw(st.integers(1, 3))):
        if not (spots := _spots(world)):
            break
        parent, key = draw(st.sampled_from(spots))
        if key not in (range(len(parent)) if isinstance(parent, list) else parent):
            continue
        act = draw(st.sampled_from(["replace", "replace", "replace", "drop", "double", "exchange"]))
        if act == "replace":
            parent[key] = draw(ODD)
        elif act == "drop":
            del parent[key]
        elif act == "double" and isinstance(parent, list):
            parent.append(copy.deepcopy(parent[key]))
        else:
            other, name = draw(st.sampled_from(spots))
            if name in (range(len(other)) if isinstance(other, list) else other):
                parent[key] = copy.deepcopy(other[name])
    return json.dumps(world, ensure_ascii=draw(st.booleans())).encode()


def _spots(value: Any) -> list[tuple[Any, Any]]:
    pairs = list(value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ())
    return [(value, key) for key, _ in pairs] + [spot for _, inner in pairs for spot in _spots(inner)]


@st.composite
def changed_bytes(draw: st.DrawFn) -> bytes:
    """The text of a sound document with bytes lost, doubled, replaced or put in."""
    text = json.dumps(SOUND, ensure_ascii=draw(st.booleans())).encode()
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = start + draw(st.sampled_from([0, 0, 1, 1, 2, 8, 10**6]))
        new = draw(
            st.sampled_from([b"", b'"', b"\\", b"{", b"]", b",", b":", b"0", b"-", b"e9", b"\0"])
            | st.binary(max_size=4)
        )
        text = text[:start] + new + text[end:]
    return text


def assert_plan_or_sentence(plan_of, text):
    try:
        document.read(text)
    except Invalid as error:
        sentence = str(error)
        assert sentence.endswith(".")
        assert sentence.isprintable()
        assert len(sentence) < 300
    else:
        instance = json.loads(text)
        assert broken_rules(instance, plan_of(instance, moves=0)) == []


@pytest.mark.slow
@FEW
@given(text=changed_documents())
def test_a_changed_document_gets_a_plan_or_a_sentence(plan_of, text):
    """Whatever stands where something else should."""
    assert_plan_or_sentence(plan_of, text)


@pytest.mark.slow
@FEW
@given(text=changed_bytes())
def test_changed_bytes_get_a_plan_or_a_sentence(plan_of, text):
    """Whatever a broken disk or a careless hand makes of a file."""
    assert_plan_or_sentence(plan_of, text)


@pytest.mark.slow
@MANY
@given(text=changed_documents() | changed_bytes())
def test_many_changed_documents_get_a_plan_or_a_sentence(plan_of, text):
    """The same with many more documents."""
    assert_plan_or_sentence(plan_of, text)


def test_the_document_that_is_changed_is_sound(plan_of):
    """The table of changes would be worth nothing otherwise."""
    assert broken_rules(SOUND, plan_of(SOUND, moves=0)) == []
