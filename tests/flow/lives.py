"""Worlds in which a process was killed, at every act it does."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

from tests.flow.world import World

ACTS = {"create", "create_link_key", "commit", "write_plan", "erase", "hold", "release", "match", "send"}
"""What a process does to the world; between two of these it matters to nobody when it dies."""


class Killed(BaseException):
    """The process is gone; no except and no finally of its own keeps it alive."""


class Life:
    """The life of one process, which ends before or after one of its acts.

    Args:
        end: the number of the act, from 1.
        done: whether that act still reaches the world.
    """

    def __init__(self, end: int, *, done: bool) -> None:
        self.over = False
        self._end, self._done, self._acts = end, done, 0
        self._lock = threading.Lock()

    def led_by(self, port: Any) -> Any:
        """The port as this process reaches it, as long as it lives."""
        life = self

        class Mortal:
            def __getattr__(self, name: str) -> Any:
                return lambda *args: life._act(getattr(port, name), name, args)

        return Mortal()

    def _act(self, method: Callable[..., Any], name: str, args: tuple[Any, ...]) -> Any:
        with self._lock:
            if self.over:
                raise Killed
            last = False
            if name in ACTS:
                self._acts += 1
                last = self._acts == self._end
            if last and not self._done:
                self.over = True
                raise Killed
            answer = method(*args)
            if last:
                self.over = True
                raise Killed
            return answer


def lives(world: World, process: Callable[[World], None], acts: int = 3) -> Iterator[World]:
    """Worlds in which the process was killed before or after its first act, its second, and so on to its last.

    Args:
        acts: how many it does at least.
    """
    for done in (False, True):
        end, over = 1, True
        while over:
            one, life = world.copied(), Life(end, done=done)
            one.store, one.mailer, one.starter = (life.led_by(port) for port in (one.store, one.mailer, one.starter))
            try:
                process(one)
            except Killed:
                one.unwrap()
                yield one
            over, end = life.over, end + 1
        assert end > acts + 1, "the process did something"
