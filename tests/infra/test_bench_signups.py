"""The sign-up bench: that it would notice a lost person, and that it ends nothing but what it watches."""

import os
import subprocess
import sys
import time
from collections import Counter

import pytest

from infra.bench.signups import Crowd, Load, Subject, check, compared
from infra.demo import DemoError
from infra.local.workers import Workers


def load(people: int, seconds: float) -> Load:
    """What so many quick sign-ups in that time leave behind."""
    return Load(
        clients=2,
        seconds=seconds,
        worked=0.5,
        accepted=[f"p{number}@example.org" for number in range(people)],
        waits=[0.1] * people,
    )


def subject(of: Load) -> Subject:
    """A function that nobody is at."""
    return Subject(Crowd("http://127.0.0.1:9/", "", lambda _email, _token: {}, of), of, Workers(os.getpid(), "none"))


def test_everybody_there_once_is_well() -> None:
    """Also somebody whose request was never answered: they may be in."""
    of = load(3, 1)
    of.given_up.append("maybe@example.org")
    check(of, Counter([*of.accepted, "maybe@example.org"]))
    check(of, Counter(of.accepted))


def test_lost_and_doubled_people_are_noticed() -> None:
    """And people whom nobody signed up."""
    of = load(3, 1)
    with pytest.raises(DemoError) as failed:
        check(of, Counter(["p1@example.org", "p2@example.org", "p2@example.org", "who@example.org"]))
    assert str(failed.value) == (
        "Of 3 accepted sign-ups 1 are missing and 1 doubled, and 1 people are there whom nobody signed up."
    )


def test_the_two_stand_side_by_side() -> None:
    """With a ratio wherever there is something to divide by."""
    ours = load(20, 2)
    ours.failures["Worker process died"] += 1
    lines = compared(subject(ours), subject(load(40, 2))).splitlines()
    assert lines[0] == (
        "2 clients for 2 s, one of 0 API workers killed half-way: each of 20 accepted sign-ups is there exactly once."
    )
    assert "sign-ups a second                        10.0     20.0     0.50" in lines
    assert "half have their yes within, ms            100      100     1.00" in lines
    assert "processor time of the function, ms       25.0     12.5     2.00" in lines
    assert "failed answers, sent again                  1        0        –" in lines
    assert lines[-1] == "Covey: 1 × Worker process died"


def test_only_workers_of_the_function_are_watched_and_killed() -> None:
    """A sibling with another function's name lives on."""
    command = [sys.executable, "-c", "while True: pass"]
    names = {name: {**os.environ, "AWS_LAMBDA_FUNCTION_NAME": name} for name in ("ours", "theirs")}
    started = {name: subprocess.Popen(command, env=environment) for name, environment in names.items()}
    try:
        workers = Workers(os.getpid(), "ours")
        deadline = time.monotonic() + 10
        while workers.alive() != [started["ours"].pid] and time.monotonic() < deadline:
            time.sleep(0.05)
        workers.look()
        assert workers.peak > 1_000_000
        assert workers.kill_one() == started["ours"].pid
        assert started["ours"].wait(10) == -9
        assert started["theirs"].poll() is None
        assert workers.number == 1
    finally:
        for process in started.values():
            process.kill()
            process.wait()
