"""Ten thousand people and what each does: most come, some never confirm, are late, decline, or cannot be reached."""

import json
import os
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from chalicelib.domain.attendee import Answers, Attendee
from chalicelib.domain.errors import Conflict, CoveyError, Stale
from chalicelib.domain.event import Event
from chalicelib.domain.ports import Clock, Jobs, Store
from chalicelib.flow import respond, signup
from infra.faults.site import LIMITS, address_of

type Deed = Literal["sign_up", "confirm", "withdraw", "take_back", "reply"]

AT_ONCE = 4
"""People whom one process serves at the same moment."""

TOPICS = (
    "type", "ink", "paper", "letters", "wood", "metal", "press", "binding", "colour", "poster",
    "card", "book", "layout", "print", "craft", "history",
)  # fmt: skip
HOPES = ["learn", "try", "show", "understand", "practise", "teach"]
EDGES = (3, 13, 18, 20, 22, 23)
ROLES = ("bounces", "declines", "late", "silent", "wavers", "leaves")
"""Of each hundred, the first three cannot be reached, the next ten decline, and so on."""


class Task(NamedTuple):
    """What somebody does next."""

    person: int
    deed: Deed


def role(person: int) -> str:
    """Return what kind of person that is."""
    place = person * 37 % 100  # so that neighbours differ
    return next((name for edge, name in zip(EDGES, ROLES, strict=True) if place < edge), "comes")


def name_of(person: int) -> str:
    """Return their name, the same in every process."""
    return f"p{person}"


def of_role(people: int, *roles: str) -> list[int]:
    """Return those of so many people who are of these kinds."""
    return [one for one in range(people) if role(one) in roles]


def answers_of(person: int, slots: tuple[str, ...]) -> Answers:
    """Return what they say of themselves."""
    dice = random.Random(person)
    topics = dice.sample(TOPICS, 2)
    wanted = {
        "name": f"Person{person} Family{person}",
        "level": dice.randint(1, 3),
        "goal": f"I want to {dice.choice(HOPES)} {topics[0]} and {topics[1]}",
        "topics": topics,
        "free": dice.sample(slots, dice.randint(1, 4)),
        "shares": dice.random() < 0.7,
        "host": dice.random() < 0.2,
    }
    return msgspec.convert(wanted, Answers)


class Counter:
    """Where people are served: it does what they ask for and notes it, so that another process can go on.

    Args:
        done: file to which each deed is noted once it was answered.
    """

    def __init__(self, store: Store, jobs: Jobs, clock: Clock, key: bytes, event_id: str, done: Path) -> None:
        self._store, self._jobs, self._clock = store, jobs, clock
        self._key, self._event_id, self._done = key, event_id, done

    def serve(self, tasks: tuple[Task, ...]) -> None:
        """Do all of it."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for done in [pool.submit(self._serve, Task(*task)) for task in tasks]:
                done.result()

    def _serve(self, task: Task) -> None:
        for _ in range(200):
            try:
                self._do(task)
            except CoveyError as problem:
                # People press again: the store was busy, somebody else was faster, or groups go out right now.
                final = isinstance(problem, Conflict) and not isinstance(problem, Stale)
                if final and "again in a minute" not in str(problem):
                    self._note(task, str(problem))
                    return
                self._note(task, "again")
                time.sleep(0.2)
            else:
                self._note(task, "")
                return
        self._note(task, "gave up")

    def _do(self, task: Task) -> None:
        now = self._clock.now()
        if task.deed == "sign_up":
            self._sign_up(task.person, now)
            return
        found = self._store.attendee_at(self._event_id, address_of(name_of(task.person)))
        if found is None:
            raise LookupError(f"{task.person} has not signed up")
        deeds: dict[str, Callable[[Event, Attendee, datetime], object]] = {
            "confirm": lambda event, one, now: signup.confirm(self._store, self._jobs, event, one, now),
            "withdraw": lambda event, one, now: respond.withdraw(self._store, self._jobs, event, one, now),
            "take_back": lambda event, one, now: respond.take_back(self._store, event, one, now),
            "reply": lambda event, one, now: respond.reply(self._store, event, one, coming=True, now=now),
        }
        deeds[task.deed](self._store.event(self._event_id), found, now)

    def _sign_up(self, person: int, now: datetime) -> None:
        event = self._store.event(self._event_id)
        signup.sign_up(
            self._store,
            self._jobs,
            self._event_id,
            address_of(name_of(person)),
            answers_of(person, tuple(slot.id for slot in event.slots if slot.offered)),
            token=f"{name_of(person)}-0123456789abcdef",
            source="192.0.2.1",
            limits=LIMITS,
            key=self._key,
            now=now,
        )

    def _note(self, task: Task, refusal: str) -> None:
        line = json.dumps([*task, refusal]) + "\n"
        file = os.open(self._done, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)
