"""The least change, found by trying every plan; for a handful of people only, and independent of Covey's code."""

import random
from typing import Any

from tests.matching.rules import fits, gatherings
from tests.matching.worlds import _iso

Json = dict[str, Any]
Option = tuple[int, str, Any, str | None, int]


def fewest_changes(
    world: Json, plan: Json, locks: Json, guests: frozenset[str] = frozenset()
) -> tuple[int, int] | None:
    """How many people the best plans seat and how few of those seated before they move, if any plan keeps the locks.

    Args:
        guests: people whose seats count for nothing.
    """
    people = [person["id"] for person in world["attendees"]]
    seated = [name for group in plan["groups"] for name in group["members"] if name in people]
    needed = frozenset(
        [
            *locks.get("times", []),
            *locks.get("groups", []),
            *(group for name, group in locks.get("people", {}).items() if name in people),
        ]
    )
    slots = {slot["id"]: slot for slot in world["event"]["slots"]}
    options = _options(world, plan, locks)
    counting = sum(1 << n for n, name in enumerate(people) if name not in guests)
    # A group that must go on does so where it is, unless that leaves no plan at all.
    for some in (_settled(options, world, plan, locks), options):
        found = _best(some, slots, 0, len(people), frozenset(), needed, (), {}, counting)
        if found is not None:
            return found[0], len(seated) - found[1]
    return None


def _settled(options: list[Option], world: Json, plan: Json, locks: Json) -> list[Option]:
    """Without those in which a locked group moves although all who are locked into it can make its time and place."""
    people = {person["id"]: person for person in world["attendees"]}
    pins = {name: group for name, group in locks.get("people", {}).items() if name in people}
    settled = {}
    for group in plan["groups"]:
        able = _able(world, group["slot"], group["place"])
        bound = {
            friend
            for name, locked in pins.items()
            if locked == group["id"]
            for friend in [name, *people[name].get("with", [])]
        }
        if group["id"] in _held(pins, locks) and len(able) >= world["event"]["group_size"]["min"] and bound <= able:
            settled[group["id"]] = (group["slot"], group["place"])
    return [one for one in options if settled.get(one[3] or "") in {None, (one[1], one[2]["id"] if one[2] else None)}]


def _able(world: Json, slot: str, where: Any) -> set[str]:
    """Who can make a column, of those whose friends can, too; nobody if there is no such column."""
    event, people = world["event"], {person["id"]: person for person in world["attendees"]}
    slots = {one["id"]: one for one in event["slots"] if one.get("offered", True)}
    places = {one["id"]: one for one in event.get("places", [])}
    place = places.get(where)
    closed = place and (
        (place["slots"] is not None and slot not in place["slots"])
        or place["rooms"] == 0
        or (place["seats"] is not None and place["seats"] < event["group_size"]["min"])
    )
    if slot not in slots or closed or bool(places) != bool(place):
        return set()
    alone = {
        name
        for name, person in people.items()
        if slot in [*person["free"], *person["if_need_be"]]
        and (not place or not person["places"] or where in person["places"])
    }
    seats = event["group_size"]["max"] if not place or place["seats"] is None else place["seats"]
    return {
        name
        for name in alone
        if set(people[name]["with"]) <= alone
        and 1 + len(people[name]["with"]) <= min(seats, event["group_size"]["max"])
    }


def _options(world: Json, plan: Json, locks: Json) -> list[Option]:
    """Every group that could be: members as bits, slot, place, the old group that it continues, people who stay."""
    ids = [person["id"] for person in world["attendees"]]
    pins = {name: group for name, group in locks.get("people", {}).items() if name in ids}
    found: list[Option] = []
    for gathering in gatherings(world):
        names = {ids[n] for n in gathering.people}
        bits = sum(1 << n for n in gathering.people)
        where = gathering.place["id"] if gathering.place else None
        for old in [None, *plan["groups"]]:
            if _may_continue(old, names, gathering.slot, where, pins, locks, ids):
                same = old and (old["slot"], old["place"]) == (gathering.slot, where)
                stay = len(names & set(old["members"])) if same else 0
                if old is None or stay or old["id"] in _held(pins, locks):
                    found.append((bits, gathering.slot, gathering.place, old and old["id"], stay))
    return found


def _held(pins: Json, locks: Json) -> set[str]:
    return {*pins.values(), *locks.get("times", []), *locks.get("groups", [])}


def _may_continue(old: Any, names: set[str], slot: str, where: Any, pins: Json, locks: Json, ids: list[str]) -> bool:
    name = old and old["id"]
    if any(pins[one] != name for one in names if one in pins):
        return False
    if any(names.intersection(group["members"]) and group["id"] != name for group in locks.get("whole", [])):
        return False
    if name is None:
        return True
    if {one for one, group in pins.items() if group == name} - names:
        return False
    if name in locks.get("times", []) and slot != old["slot"]:
        return False
    return name not in locks.get("groups", []) or (
        names == set(old["members"]) & set(ids) and (slot, where) == (old["slot"], old["place"])
    )


def _best(
    options: list[Option],
    slots: Json,
    taken: int,
    count: int,
    used: frozenset[str],
    needed: frozenset[str],
    chosen: tuple[tuple[str, Any], ...],
    known: dict[Any, Any],
    counting: int,
) -> tuple[int, int] | None:
    """Seats that count and stays of the best way to go on, the first free person in some group or in none."""
    free = next((n for n in range(count) if not taken >> n & 1), None)
    if free is None:
        return (0, 0) if needed <= used else None
    rooms = sorted((slot, place["id"]) for slot, place in chosen if place and place.get("rooms") is not None)
    key = (taken, used, tuple(rooms))
    if key not in known:
        best = _best(options, slots, taken | 1 << free, count, used, needed, chosen, known, counting)
        for bits, slot, place, old, stay in options:
            if not bits >> free & 1 or bits & taken or old in used or not fits(slots, [*chosen, (slot, place)]):
                continue
            now = used | {old} if old else used
            rest = _best(options, slots, taken | bits, count, now, needed, (*chosen, (slot, place)), known, counting)
            if rest is not None:
                total = (rest[0] + (bits & counting).bit_count(), rest[1] + stay)
                best = total if best is None else max(best, total)
        known[key] = best
    return known[key]


def small_change(rng: random.Random, *, most: int = 8) -> tuple[Json, Json, Json]:
    """A small world, a plan of groups that may or may not fit into it, and some locks."""
    slots = [{"id": f"s{n}", "start": _iso(2 * n - n % 2), "end": _iso(2 * n + 2)} for n in range(rng.randint(1, 4))]
    for slot in slots:
        slot["offered"] = rng.random() < 0.9
    names = [slot["id"] for slot in slots]
    places = [
        {
            "id": f"p{n}",
            "name": f"P{n}",
            "rooms": rng.choice([None, 1, 1, 2]),
            "seats": rng.choice([None, 2, 3, 4]),
            "slots": rng.choice([None, None, rng.sample(names, rng.randint(1, len(names)))]),
        }
        for n in range(rng.choice([0, 0, 1, 2]))
    ]
    low = rng.choice([1, 2, 2, 2, 3])
    people: list[Json] = [
        {
            "id": f"a{n}",
            "goal": rng.choice(["", "Learn Git", "Proving ROI", "git"]),
            "level": rng.randint(1, 3),
            "free": rng.sample(names, rng.randint(0, min(3, len(names)))),
            "if_need_be": rng.sample(names, rng.randint(0, 1)),
            "places": [place["id"] for place in places if rng.random() < 0.6],
            "host": rng.random() < 0.3,
            "with": [],
            "apart": [],
        }
        for n in range(rng.randint(min(3, most), most))
    ]
    size = {"min": low, "max": low + rng.randint(0, 2)}
    for _ in range(rng.choice([0, 0, 1, 2, 3])):
        one, other = rng.sample(people, 2)
        kind = rng.choice(["with", "apart", "apart"])
        if one["with"] or other["with"] or other["id"] in one["apart"] or (kind == "with" and size["max"] < 2):
            continue
        one[kind].append(other["id"])
        other[kind].append(one["id"])
    world = {
        "event": {
            "id": "e",
            "title": "An event",
            "timezone": "Europe/Berlin",
            "group_size": size,
            "slots": slots,
            "places": places,
        },
        "attendees": people,
    }
    plan = _some_plan(rng, world)
    return world, plan, _some_locks(rng, world, plan)


def _some_plan(rng: random.Random, world: Json) -> Json:
    """Most people in groups at times that most of them can make, some who left, some not in it."""
    event, people = world["event"], world["attendees"]
    left = [person["id"] for person in people if rng.random() < 0.85] + ["gone0", "gone1"][: rng.randint(0, 2)]
    rng.shuffle(left)
    columns = [(slot["id"], place and place["id"]) for slot in event["slots"] for place in event["places"] or [None]]
    columns += [("past", event["places"][0]["id"] if event["places"] else None)] * (rng.random() < 0.2)
    groups: list[Json] = []
    for n in range(rng.randint(1, 3)):
        slot, place = rng.choice(columns)
        fit = [
            name
            for name in left
            if name.startswith("gone")
            or rng.random() < 0.1
            or any(person["id"] == name and slot in person["free"] for person in people)
        ][: rng.randint(event["group_size"]["min"], event["group_size"]["max"])]
        left = [name for name in left if name not in fit]
        if fit:
            groups.append(
                {
                    "id": f"g{n + 1:03}",
                    "slot": slot,
                    "place": place,
                    "members": sorted(fit),
                    "host": None,
                    "title": f"Group {n}",
                    "subtitle": "",
                    "keywords": [],
                    "why": dict.fromkeys(fit, "Because."),
                }
            )
    placed = sum(len(group["members"]) for group in groups)
    return {
        "groups": groups,
        "unplaced": [{"id": name, "reason": "No seat."} for name in left],
        "placed": placed,
        "placeable": placed,
        "gap": 0,
        "relevance": 0.0,
        "seed": 0,
        "stopped": None,
    }


def _some_locks(rng: random.Random, world: Json, plan: Json) -> Json:
    locks: Json = {"people": {}, "times": [], "groups": []}
    if not plan["groups"] or rng.random() < 0.5:
        return locks
    ids = [person["id"] for person in world["attendees"]]
    for _ in range(rng.randint(1, 2)):
        group = rng.choice(plan["groups"])
        kind = rng.choice(["people", "times", "groups"])
        if kind == "people":
            members = [name for name in group["members"] if name in ids]
            locks["people"][rng.choice(members or ids) if rng.random() < 0.7 else rng.choice(ids)] = group["id"]
        elif group["id"] not in locks[kind]:
            locks[kind].append(group["id"])
    return locks
