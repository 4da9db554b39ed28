"""Run sheets in words: the domain's plan for a group's time, told by the sentences of the message file."""

import functools

from chalicelib.domain.attendee import Attendee
from chalicelib.domain.birds import bird
from chalicelib.domain.event import Event
from chalicelib.domain.run_sheet import RunSheet, gathering_of, run_sheet
from chalicelib.domain.sub_event import SubEvent
from chalicelib.messages import catalog


def sheet_of(event: Event, sub_event: SubEvent, members: list[Attendee], language: str) -> RunSheet:
    """The run sheet of a published group."""
    say = functools.partial(catalog.text, language, "run-sheet")
    return run_sheet(gathering_of(event, sub_event, members, sign_of(sub_event, language)), say)


def sign_of(sub_event: SubEvent, language: str) -> str:
    """The group's bird in words, “the blue bird, looking left”."""
    return catalog.text(language, "bird", bird(sub_event.bird).key)
