"""What the tests of the matching share: ways from a plain document to a plan, and the real roster."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chalicelib.matching import document
from chalicelib.matching.plan import match

REAL = Path(__file__).parents[3] / "shared" / "data" / "real120.json"


@pytest.fixture(scope="session")
def plan_of() -> Callable[..., Any]:
    """Matches an instance document and gives the plan document."""

    def plan(instance: Any, **options: Any) -> Any:
        found = match(document.read(json.dumps(instance).encode()), **options)
        return json.loads(msgspec.json.encode(found))

    return plan


@pytest.fixture(scope="session")
def real() -> Any:
    """A roster of 120 real people that is not Covey's to ship; tests that need it are skipped without."""
    if not REAL.exists():
        pytest.skip("the real roster is not at hand")
    return json.loads(REAL.read_bytes())


@pytest.fixture
def evening() -> Any:
    """Six people who want to prove community value, one evening, one group."""
    goals = (
        "I want to prove community ROI to my boss",
        "Proving community ROI",
        "How do others prove community ROI?",
        "i hope to keep our ambassadors going",
        "Ambassadors who stay",
        "",
    )
    return {
        "event": {
            "id": "e",
            "title": "Community managers meet",
            "timezone": "Europe/Berlin",
            "group_size": {"min": 6, "max": 8},
            "slots": [{"id": "tue", "start": "2027-01-12T15:00:00Z", "end": "2027-01-12T17:00:00Z"}],
        },
        "attendees": [
            {"id": f"a{n}", "goal": goal, "level": 1 + n % 3, "free": ["tue"]} for n, goal in enumerate(goals)
        ],
    }
