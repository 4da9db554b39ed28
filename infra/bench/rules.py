"""The rules of seating, checked on plain JSON; written from the format's description, not from the matching's code."""

import math
from collections import Counter
from datetime import datetime
from typing import Any

Json = dict[str, Any]


def broken_seats(instance: Json, plan: Json) -> list[str]:
    """Every rule about who sits where and when that a plan breaks, in words."""
    event = instance["event"]
    people = {person["id"]: person for person in instance["attendees"]}
    slots = {slot["id"]: slot for slot in event["slots"]}
    places = {place["id"]: place for place in event.get("places", [])}
    seats = Counter(member for group in plan["groups"] for member in group["members"])
    broken = [f"{name} has {count} seats" for name, count in seats.items() if count > 1]
    broken += [f"{name} is nobody" for name in seats if name not in people]
    if broken:
        return broken
    for number, group in enumerate(plan["groups"]):
        name = group.get("id", f"group {number}")
        slot, place = slots.get(group["slot"]), places.get(group["place"])
        if slot is None or not slot.get("offered", True):
            broken.append(f"{name} meets in no offered slot")
            continue
        members = [people[member] for member in group["members"]]
        broken += [f"{name} {fault}" for fault in _faults(event, members, slot, places, group["place"])]
        for person in members:
            if slot["id"] not in person.get("free", []) and slot["id"] not in person.get("if_need_be", []):
                broken.append(f"{person['id']} cannot make {name}'s slot")
            if place and person.get("places") and place["id"] not in person["places"]:
                broken.append(f"{person['id']} would not go to {name}'s place")
    return broken + broken_rooms(plan, slots, places) + _broken_pairs(plan, people)


def _faults(event: Json, members: list[Json], slot: Json, places: Json, place_id: Any) -> list[str]:
    size, place = event["group_size"], places.get(place_id)
    seats = math.inf if place is None or place.get("seats") is None else place["seats"]
    open_then = place is None or place.get("slots") is None or slot["id"] in place["slots"]
    faults = {
        f"has {len(members)} members": not size["min"] <= len(members) <= size["max"],
        "meets nowhere": bool(places) and place is None,
        "names a place, but there is none": not places and place_id is not None,
        "meets where nobody lets it in at that time": not open_then,
        "has too few seats": len(members) > seats,
    }
    return [fault for fault, found in faults.items() if found]


def broken_rooms(plan: Json, slots: Json, places: Json) -> list[str]:
    """Places in which more groups meet at some instant than there are rooms."""
    broken = []
    for place in places.values():
        if place.get("rooms") is None:
            continue
        here = Counter(group["slot"] for group in plan["groups"] if group["place"] == place["id"])
        spans = [(_instant(slots[slot]["start"]), _instant(slots[slot]["end"]), count) for slot, count in here.items()]
        for moment, _, _ in spans:
            busy = sum(count for start, end, count in spans if start <= moment < end)
            if busy > place["rooms"]:
                broken.append(f"{busy} groups meet at once in {place['id']}")
    return broken


def _broken_pairs(plan: Json, people: Json) -> list[str]:
    group_of = {member: number for number, group in enumerate(plan["groups"]) for member in group["members"]}
    torn = [
        f"{person['id']} and {other} were torn apart"
        for person in people.values()
        for other in person.get("with", [])
        if group_of.get(person["id"]) != group_of.get(other)
    ]
    forced = [
        f"{person['id']} and {other} were put together"
        for person in people.values()
        for other in person.get("apart", [])
        if person["id"] in group_of and group_of[person["id"]] == group_of.get(other)
    ]
    return torn + forced


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
