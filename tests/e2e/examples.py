"""Answers of the API that take long to come about, such as a group with everything that a group can have."""

from typing import Any

RUN_SHEET: dict[str, Any] = {
    "minutes": 60,
    "parts": [
        {"kind": "opener", "minutes": 5, "title": "Find each other", "text": "Look for the sign.", "items": []},
        {"kind": "round", "minutes": 15, "title": "Once around", "text": "Two minutes each.", "items": []},
        {
            "kind": "questions",
            "minutes": 35,
            "title": "Your questions",
            "text": "Take them one after another.",
            "items": [{"text": "How do you clean old type?", "by": "Ben"}, {"text": "Where are you stuck?", "by": ""}],
        },
        {
            "kind": "questions",
            "minutes": 0,
            "title": "If time is left",
            "text": "Take these next.",
            "items": [{"text": "Which ink dries fast?", "by": ""}],
        },
        {"kind": "closing", "minutes": 5, "title": "Before you go", "text": "One sentence each.", "items": []},
    ],
}

SEAT: dict[str, Any] = {
    "id": "g1",
    "title": "Posters by hand",
    "subtitle": "Wood type, ink and patience",
    "keywords": ["posters", "ink"],
    "start": "2099-01-05T17:00:00Z",
    "end": "2099-01-05T18:00:00Z",
    "place": {"id": "p1", "name": "Old press", "address": "Jyatha Marg 4", "online": False},
    "join_link": "",
    "why": "You are all free on Monday evening, and three of you want to print posters.",
    "host": "Ben",
    "hosting": False,
    "companions": [{"first_name": "Ben", "goal": "Set a whole page"}, {"first_name": "Chidi", "goal": ""}],
    "others": 4,
    "bird": 9,
    "sign": "the green bird, looking left",
    "uid": "x",
    "coming": False,
    "coming_count": 2,
    "wildcard": False,
    "hello": {
        "first_name": "Farah",
        "title": "Ink and paper",
        "start": "2099-01-05T18:00:00Z",
        "words": "wood type",
    },
    "run_sheet": RUN_SHEET,
}

SEATED: dict[str, Any] = {"sub_event": SEAT, "editable": False, "event": {"state": "published"}}
"""What MyPage says of a person with that seat."""
