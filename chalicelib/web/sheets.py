"""Run sheets in words: the domain's plan for a group's time, told by the sentences of the message file."""

import functools
import json
from pathlib import Path

from chalicelib.domain.attendee import Attendee
from chalicelib.domain.event import Event
from chalicelib.domain.run_sheet import RunSheet, gathering_of, run_sheet
from chalicelib.domain.sub_event import SubEvent

_FILE = Path(__file__).parent.parent / "messages" / "en" / "run_sheet.json"


def sheet_of(event: Event, sub_event: SubEvent, members: list[Attendee]) -> RunSheet:
    """The run sheet of a published group."""
    return run_sheet(gathering_of(event, sub_event, members), say)


def say(key: str, /, **values: str | int) -> str:
    """The message of that key, its placeholders filled."""
    found = _messages()[key]
    text = found if isinstance(found, str) else found["one" if values.get("count") == 1 else "other"]
    return text.format(**values)


@functools.cache
def _messages() -> dict[str, str | dict[str, str]]:
    found: dict[str, str | dict[str, str]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return found
