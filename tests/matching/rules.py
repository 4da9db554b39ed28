"""The rules of a plan, checked on plain JSON; written from the format's description, not from the code."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from infra.bench.rules import broken_rooms, broken_seats

Json = dict[str, Any]


def broken_rules(instance: Json, plan: Json) -> list[str]:
    """Every rule that the plan breaks, in words; none is what one hopes for."""
    broken = _shape(plan)
    if broken:
        return broken
    people = {person["id"]: person for person in instance["attendees"]}
    seats = Counter(member for group in plan["groups"] for member in group["members"])
    seats.update(person["id"] for person in plan["unplaced"])
    broken += [f"{name} appears {count} times" for name, count in seats.items() if count > 1]
    broken += [f"{name} was forgotten" for name in people if name not in seats]
    broken += [f"{name} is nobody" for name in seats if name not in people]
    if broken:
        return broken
    for group in plan["groups"]:
        broken += _group(group, people, instance["event"])
    broken += broken_seats(instance, plan)
    if len({group["id"] for group in plan["groups"]}) < len(plan["groups"]):
        broken.append("two groups share an id")
    if len({group["title"].casefold() for group in plan["groups"]}) < len(plan["groups"]):
        broken.append("two groups share a title")
    placed = sum(len(group["members"]) for group in plan["groups"])
    if plan["placed"] != placed:
        broken.append(f"placed says {plan['placed']}, but {placed} have a seat")
    if plan["gap"] != plan["placeable"] - placed:
        broken.append("the gap is not what is missing")
    if plan["placeable"] < placed:
        broken.append("more people are placed than could be")
    if plan.get("gap", plan["placeable"] - placed) != plan["placeable"] - placed:
        broken.append(f"the gap says {plan['gap']}, but {plan['placeable'] - placed} more might have a seat")
    broken += [f"{one['id']} is given no reason" for one in plan["unplaced"] if not one["reason"].strip()]
    return broken


def _shape(plan: Json) -> list[str]:
    keys = {"groups", "unplaced", "placed", "placeable", "gap", "relevance", "seed", "stopped"}
    group_keys = {"id", "slot", "place", "members", "host", "title", "subtitle", "keywords", "why"}
    broken = [f"the plan lacks {key}" for key in keys - plan.keys()]
    for group in plan.get("groups", []):
        broken += [f"a group lacks {key}" for key in group_keys - group.keys()]
    return broken


def _group(group: Json, people: Json, event: Json) -> list[str]:
    willing = {member for member in group["members"] if people[member].get("host")}
    wildcards = event.get("wishes", {}).get("wildcard", False)
    faults = {
        "has a host who never offered, or none though somebody did": group["host"] not in (willing or {None}),
        "does not tell everybody why": set(group["why"]) != set(group["members"]) or "" in group["why"].values(),
        "has no title": not group["title"].strip(),
        "has a wildcard who is no member": group.get("wildcard") not in {None, *group["members"]},
        "has a wildcard that nobody wished for": group.get("wildcard") is not None and not wildcards,
    }
    return [f"{group['id']} {fault}" for fault, found in faults.items() if found]


def most_placeable(instance: Json) -> int:
    """The most people that any plan seats, by trying every one; for a handful of people only."""
    return _best(instance, lambda gathering: (len(gathering.people),))[0]


def most_friends(instance: Json) -> tuple[int, int, int]:
    """Of the plans that seat the most and then ask the fewest to come only if need be, the most friends who meet.

    Returns:
        people seated, people who come only if need be, and pairs who wished to be near each other and are.
    """
    people = instance["attendees"]

    def value(gathering: Gathering) -> tuple[int, ...]:
        asked = sum(gathering.slot not in people[n].get("free", []) for n in gathering.people)
        return len(gathering.people), -asked, pairs_near(people, gathering.people)

    seated, asked, met = _best(instance, value)
    return seated, -asked, met


def pairs_near(people: list[Json], chosen: Iterable[int]) -> int:
    """How many two of these people, by their places in the list, wished to be near each other."""
    names = {people[n]["id"] for n in chosen}
    return sum(len(names.intersection(people[n].get("near", []))) for n in chosen) // 2


class Gathering(NamedTuple):
    """People, by their places in the list, who may meet in a slot at a place."""

    people: frozenset[int]
    slot: str
    place: Json | None


def gatherings(instance: Json) -> Iterator[Gathering]:
    """Every group that keeps the rules by itself."""
    event, people = instance["event"], instance["attendees"]
    low, high = event["group_size"]["min"], event["group_size"]["max"]
    for slot, place in itertools.product(event["slots"], event.get("places") or [None]):
        if not slot.get("offered", True) or (
            place and place.get("slots") is not None and slot["id"] not in place["slots"]
        ):
            continue
        able = [
            n
            for n, person in enumerate(people)
            if slot["id"] in [*person.get("free", []), *person.get("if_need_be", [])]
            and (not place or not person.get("places") or place["id"] in person["places"])
        ]
        seats = high if not place or place.get("seats") is None else min(high, place["seats"])
        for count in range(low, seats + 1):
            for chosen in itertools.combinations(able, count):
                if _friendly(people, chosen):
                    yield Gathering(frozenset(chosen), slot["id"], place)


def _friendly(people: list[Json], chosen: tuple[int, ...]) -> bool:
    names = {people[n]["id"] for n in chosen}
    return all(
        names.issuperset(people[n].get("with", [])) and not names.intersection(people[n].get("apart", []))
        for n in chosen
    )


def _best(instance: Json, value: Callable[[Gathering], tuple[int, ...]]) -> tuple[int, ...]:
    """The greatest sum of values that groups keeping all rules together have."""
    slots = {slot["id"]: slot for slot in instance["event"]["slots"]}
    options = [(gathering, value(gathering)) for gathering in gatherings(instance)]
    count = len(instance["attendees"])
    nothing = tuple(0 for _ in (options[0][1] if options else value(Gathering(frozenset(), "", None))))
    known: dict[Any, tuple[int, ...]] = {}

    def best(seated: frozenset[int], chosen: tuple[tuple[str, Any], ...]) -> tuple[int, ...]:
        """Add groups in every order that starts with the smallest free person, or leave that person out."""
        rooms = sorted((slot, place["id"]) for slot, place in chosen if place and place.get("rooms") is not None)
        key = (seated, tuple(rooms))
        if key not in known:
            free = next((n for n in range(count) if n not in seated), None)
            found = nothing if free is None else best(seated | {free}, chosen)
            for gathering, worth in options:
                where = (gathering.slot, gathering.place)
                if free in gathering.people and not gathering.people & seated and fits(slots, [*chosen, where]):
                    more = best(seated | gathering.people, (*chosen, where))
                    found = max(found, tuple(a + b for a, b in zip(worth, more, strict=True)))
            known[key] = found
        return known[key]

    return best(frozenset(), ())


def fits(slots: Json, chosen: list[tuple[str, Any]]) -> bool:
    """Whether the rooms suffice for groups in these slots at these places."""
    groups = [
        {"id": str(n), "slot": slot, "place": place["id"], "members": []}
        for n, (slot, place) in enumerate(chosen)
        if place is not None
    ]
    places = {place["id"]: place for _, place in chosen if place is not None}
    return not broken_rooms({"groups": groups}, slots, places)
