"""Small worlds to match: hypothesis strategies for whole instance documents, and planted ones of any size."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

Json = dict[str, Any]

_GOALS = (
    "",
    "git",
    "Learn Git",
    "python basics",
    "Proving ROI",
    "!!",
    "emoji 🎉",
    "学习 Python",
    "how to use R",
    "roi",
)
_MONDAY = datetime(2027, 1, 11, 9, tzinfo=UTC)


def wishes() -> st.SearchStrategy[Json]:
    """Whatever an organizer may wish for."""
    return st.fixed_dictionaries(
        {},
        optional={
            "levels": st.sampled_from([None, "similar", "mixed"]),
            "topics": st.sampled_from([0, 0.5, 1]),
            "fairness": st.sampled_from([0, 0.3, 1]),
            "wildcard": st.booleans(),
        },
    )


@st.composite
def small_worlds(draw: st.DrawFn, *, pairs: bool = False, most: int = 9) -> Json:
    """A few people, slots that may overlap, places with rooms and seats, everything scarce."""
    slots = [
        {"id": f"s{n}", "start": _iso(start), "end": _iso(start + draw(st.integers(1, 3))), "offered": offered}
        for n, (start, offered) in enumerate(
            draw(
                st.lists(
                    st.tuples(st.integers(0, 4), st.sampled_from([True, True, True, False])), min_size=1, max_size=4
                )
            )
        )
    ]
    slot_ids = st.sampled_from([slot["id"] for slot in slots])
    places = [
        {
            "id": f"p{n}",
            "name": "Room",
            "rooms": draw(st.none() | st.integers(0, 2)),
            "seats": draw(st.none() | st.integers(0, 5)),
            "slots": draw(st.none() | st.lists(slot_ids, max_size=4)),
        }
        for n in range(draw(st.integers(0, 2)))
    ]
    low = draw(st.integers(1, 3))
    fewest = draw(st.integers(0, 1))
    attendees: list[Json] = [
        {
            "id": f"a{n}",
            "goal": draw(st.sampled_from(_GOALS)),
            "level": draw(st.integers(1, 3)),
            "topics": draw(st.lists(st.sampled_from(["Git", "ROI"]), max_size=2)),
            "free": draw(st.lists(slot_ids, min_size=fewest, max_size=3)),
            "if_need_be": draw(st.lists(slot_ids, max_size=2)),
            "places": draw(st.lists(st.sampled_from([place["id"] for place in places]), max_size=2)) if places else [],
            "host": draw(st.booleans()),
            "quotable": draw(st.booleans()),
        }
        for n in range(draw(st.integers(1, most)))
    ]
    world = {
        "event": {
            "id": "e",
            "title": "An event",
            "timezone": "Europe/Berlin",
            "group_size": {"min": low, "max": draw(st.integers(low, low + 2))},
            "slots": slots,
            "places": places,
            "wishes": draw(st.just({}) | wishes()),
        },
        "attendees": attendees,
    }
    if pairs:
        _add_pairs(draw, world)
    return world


def _add_pairs(draw: st.DrawFn, world: Json) -> None:
    people = world["attendees"]
    largest = world["event"]["group_size"]["max"]
    unit = {person["id"]: {person["id"]} for person in people}
    for person in people:
        person["with"], person["apart"] = [], []
    for one, other, together in draw(
        st.lists(st.tuples(st.sampled_from(people), st.sampled_from(people), st.booleans()), max_size=4)
    ):
        joined = unit[one["id"]] | unit[other["id"]]
        if together and one is not other and len(joined) <= largest and not _enemies(people, joined):
            one["with"].append(other["id"])
            other["with"].append(one["id"])
            for name in joined:
                unit[name] = joined
        if not together and unit[one["id"]] is not unit[other["id"]] and other["id"] not in unit[one["id"]]:
            one["apart"].append(other["id"])
            other["apart"].append(one["id"])


def _enemies(people: list[Json], joined: set[str]) -> bool:
    return any(joined.intersection(person["apart"]) for person in people if person["id"] in joined)


def planted(count: int, seed: int = 0, *, places: int = 0, rooms: int | None = None, pairs: float = 0.0) -> Json:
    """A world with themes planted in it: people of a theme share words, and most are free at a few of 84 slots."""
    rng = random.Random(seed)
    themes = max(3, count // 40)
    words = [f"{a}{b}" for a in _STEMS for b in _ENDINGS]
    rng.shuffle(words)
    vocabulary = [rng.sample(words, 6) for _ in range(themes)]
    slots = [
        {"id": f"s{n:03}", "start": _iso(24 * (n // 12) + n % 12), "end": _iso(24 * (n // 12) + n % 12 + 2)}
        for n in range(84)
    ]
    attendees: list[Json] = []
    for n in range(count):
        theme = rng.randrange(themes)
        said = rng.sample(vocabulary[theme], rng.randint(1, 3)) + rng.sample(_FILLER, rng.randint(0, 4))
        rng.shuffle(said)
        free = sorted({slot for _ in range(rng.randint(1, 4)) for slot in _evening(rng)})
        attendees.append(
            {
                "id": f"a{n:07}",
                "goal": " ".join(["I hope to", *said]) if rng.random() > 0.05 else "",
                "topics": [],
                "level": rng.randint(1, 3),
                "free": [slots[slot]["id"] for slot in free],
                "if_need_be": [],
                "places": rng.sample([f"p{p}" for p in range(places)], rng.randint(1, places)) if places else [],
                "with": [],
                "apart": [],
                "host": rng.random() < 0.2,
                "quotable": rng.random() < 0.8,
            }
        )
    for _ in range(int(pairs * count)):
        one, other = rng.sample(attendees, 2)
        if one["with"] or other["with"] or other["id"] in one["apart"]:
            continue
        kind = rng.choice(["with", "apart"])
        one[kind].append(other["id"])
        other[kind].append(one["id"])
        if kind == "with":
            other["free"] = sorted({*other["free"], *one["free"]})
    return {
        "event": {
            "id": "planted",
            "title": "Planted themes",
            "timezone": "Europe/Berlin",
            "group_size": {"min": 6, "max": 8},
            "slots": slots,
            "places": [{"id": f"p{p}", "name": f"Place {p}", "rooms": rooms} for p in range(places)],
        },
        "attendees": attendees,
    }


def befriended(world: Json, count: int, seed: int = 0) -> Json:
    """The same world, in which so many times two people wish to be near each other, unless they must be apart."""
    rng = random.Random(seed)
    people: list[Json] = [person | {"near": []} for person in world["attendees"]]
    for _ in range(count if len(people) > 1 else 0):
        one, other = rng.sample(people, 2)
        foes = other["id"] in one.get("apart", []) or one["id"] in other.get("apart", [])
        if not foes and other["id"] not in one["near"]:
            one["near"].append(other["id"])
            other["near"].append(one["id"])
    return world | {"attendees": people}


def _evening(rng: random.Random) -> range:
    first = 12 * rng.randrange(7) + rng.randrange(12)
    return range(first, min(84, first + rng.randint(1, 4)))


def _iso(hour: int) -> str:
    return (_MONDAY + timedelta(hours=hour)).isoformat().replace("+00:00", "Z")


_STEMS = (
    "bal",
    "cor",
    "dun",
    "fel",
    "gor",
    "hal",
    "jun",
    "kel",
    "lor",
    "mir",
    "nol",
    "pel",
    "ras",
    "sol",
    "tur",
    "vol",
)
_ENDINGS = ("ada", "eno", "ixi", "omu", "ulo", "yra", "ant", "ent", "ond", "ure", "ick", "ask")
_FILLER = ("learn", "better", "with", "my", "team", "project", "new", "about", "skills", "people", "use", "the", "work")
