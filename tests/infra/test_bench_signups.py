"""The sign-up bench: that it would notice a lost person, and that it ends nothing but what it watches."""

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from infra.bench import signups, telling
from infra.bench.signups import Bench, Crowd, Load, Subject, check, compared
from infra.demo import DemoError
from infra.local.cloud import Cloud
from infra.local.workers import Workers

ONCE = Counter(["p0@example.org", "p1@example.org", "p2@example.org"])

PAGE = """<link rel="icon" href="../static/v/bird.svg"><link rel="stylesheet" href="../static/v/styles/event.css">
<script type="module" src="../static/v/event/event.js"></script><a href="..">Covey</a>
<svg><use href="../static/v/bird.svg#bird"></use></svg><script type="application/json">null</script>"""


def load(people: int, seconds: float) -> Load:
    """What so many quick sign-ups in that time leave behind."""
    return Load(
        seconds=seconds,
        worked=0.5,
        accepted=[f"p{number}@example.org" for number in range(people)],
        waits=[0.1] * people,
        visits=[0.3] * people,
        files=4 * people,
    )


def subject(of: Load) -> Subject:
    """A function that nobody is at."""
    crowd = Crowd("http://127.0.0.1:9/", "", lambda _email, _token: {}, ("http://127.0.0.1:9/", ""))
    return Subject(crowd, Workers(os.getpid(), "none"), of, of)


def test_everybody_there_once_is_well() -> None:
    """Also somebody whose request was never answered: they may be in."""
    of = load(3, 1)
    check([of], ONCE, ONCE)
    of.given_up.append("maybe@example.org")
    check([of], ONCE, ONCE)
    more = Counter([*ONCE, "maybe@example.org"])
    check([of], more, more)


def test_lost_and_doubled_people_are_noticed() -> None:
    """And people whom nobody signed up."""
    found = Counter(["p1@example.org", "p2@example.org", "p2@example.org", "who@example.org"])
    with pytest.raises(DemoError) as failed:
        check([load(2, 1), load(3, 1)], found, found)
    assert str(failed.value) == (
        "Of 3 accepted sign-ups 1 are missing and 1 doubled, and 1 people are there whom nobody signed up."
    )


@pytest.mark.parametrize("letters", [Counter(["p0@example.org"]), ONCE + Counter(["p1@example.org"])])
def test_missing_and_doubled_letters_are_noticed(letters: Counter[str]) -> None:
    """Everybody is to be mailed once."""
    with pytest.raises(DemoError, match="people have another number of letters than one"):
        check([load(3, 1)], ONCE, letters)


def test_the_two_stand_side_by_side() -> None:
    """With a ratio wherever there is something to divide by."""
    ours = load(20, 2)
    ours.failures["Worker process died"] += 1
    bench = Bench(Cloud(Path(), 0, 0, ""), 20, 2, 8)
    lines = compared(bench, subject(ours), subject(load(40, 2))).splitlines()
    assert "each of 20 accepted sign-ups is in the table exactly once" in lines[0]
    assert "| crowd: requests a second | 50 | 100 | 0.50 |" in lines
    assert "| crowd: page and its files, 95 of 100 within, ms | 300 | 300 | 1.00 |" in lines
    assert "| alone: sign-ups a second | 10.0 | 20.0 | 0.50 |" in lines
    assert "| alone: sign-up call, 99 of 100 within, ms | 100 | 100 | 1.00 |" in lines
    assert "| alone: processor time of the function, ms | 25.0 | 12.5 | 2.00 |" in lines
    assert "| failed answers, sent again | 1 | 0 | – |" in lines
    assert lines[-1] == "Covey: 1 × Worker process died"


def test_a_visitor_fetches_what_a_browser_would() -> None:
    """The page and each of its files once; links that somebody would have to press are left alone."""
    asked: list[tuple[str, str]] = []

    class Browser(signups.Client):
        def call(self, method: str, path: str, body: object, token: str = "") -> bytes:
            assert (body, token) == (None, "")
            asked.append((method, path))
            return PAGE.encode()

    with Browser("http://127.0.0.1:9/") as browser:
        assert signups._visit(browser, "e/some-event") == 4
    assert {method for method, _ in asked} == {"GET"}
    first, *files = [path for _, path in asked]
    assert first == "e/some-event"
    assert sorted(files) == ["static/v/bird.svg", "static/v/event/event.js", "static/v/styles/event.css"]


def test_times_that_tell_known_addresses_are_noticed() -> None:
    """A half means that they tell nothing; ties count half."""
    alike = telling.told_apart([1.0, 2.0, 3.0, 4.0] * 50, [1.0, 2.0, 3.0, 4.0] * 50)
    assert alike.value == 0.5
    assert 0.05 < alike.error < 0.06
    assert telling.told_apart([2.0, 3.0], [1.0, 1.5]).value == 1
    assert telling.told_apart([1.0, 2.0], [1.5, 2.5]).value == 0.25


def test_the_document_has_a_place_for_the_sign_ups(tmp_path: Path) -> None:
    """So that a run of many minutes does not end with nowhere to write."""
    copy = tmp_path / "benchmarks.md"
    copy.write_text(signups.DOCUMENT.read_text(encoding="utf-8"), encoding="utf-8")
    signups.report.replace_part(copy, signups.PART, "All are in.")
    assert "All are in." in copy.read_text(encoding="utf-8")


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
