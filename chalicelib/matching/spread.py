"""Spread: independent pieces of work on all processors, with the same results whatever their number."""

import os
import pickle
import warnings
from collections.abc import Callable, Sequence

FEWEST = 4
"""Jobs below which a second process does not pay."""


def spread[Job, Result](work: Callable[[Job], Result], jobs: Sequence[Job]) -> list[Result]:
    """The results of all jobs in their order; half of the jobs are done by each of two processes.

    The second process is a copy of this one, so nothing but its results needs to be handed over. Threads would
    not do: most of the work is many small steps, during which Python lets only one thread run.
    """
    if len(jobs) < FEWEST or (os.process_cpu_count() or 1) < 2:
        return [work(job) for job in jobs]
    receiving, sending = os.pipe()
    with warnings.catch_warnings():
        # Python warns of locks that other threads may hold; the copy takes none.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        _answer(sending, work, jobs[1::2])
    os.close(sending)
    mine = [work(job) for job in jobs[::2]]
    with os.fdopen(receiving, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    theirs = pickle.loads(answer) if answer else [work(job) for job in jobs[1::2]]  # noqa: S301 -- from our own copy
    return [(theirs if n % 2 else mine)[n // 2] for n in range(len(jobs))]


def _answer[Job, Result](sending: int, work: Callable[[Job], Result], jobs: Sequence[Job]) -> None:
    """Do the work, hand over the results, and end without anything that a process does at its end."""
    try:
        with os.fdopen(sending, "wb") as pipe:
            pickle.dump([work(job) for job in jobs], pipe)
    finally:
        os._exit(0)
