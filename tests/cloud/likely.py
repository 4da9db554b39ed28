"""Loaded by schemathesis: lays what only somebody at this event could know over every other valid request's body.

COVEY_LIKELY holds it as JSON, by the operation's id: instants to come, a session's id, an address that takes mail.
"""

import itertools
import json
import os
from typing import Any

import schemathesis

LIKELY = json.loads(os.environ["COVEY_LIKELY"])
TURNS = itertools.count()


@schemathesis.hook
def before_call(context: Any, case: Any, _kwargs: dict[str, Any]) -> None:
    """Make sense of a request that is valid by its schema, every other time."""
    likely = LIKELY.get(case.operation.definition.raw.get("operationId"))
    valid = case.meta is not None and case.meta.generation.mode.value == "positive"
    if likely and valid and isinstance(case.body, dict) and next(TURNS) % 2:
        case.body = {**case.body, **likely}
