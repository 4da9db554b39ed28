"""Sign-ups a second: 1,000 people who open the page and sign up, then sign-ups alone; nobody lost or doubled.

The same clients do the same against a bare Chalice function (infra/bench/bare), which writes the same three
items and does nothing else. Seconds on one machine say little; the ratio of the two says how much of a
sign-up is Covey's own doing. They take turns, so that whatever else the machine does meets both.

    python -m infra.bench.signups [--people 1000] [--seconds 60] [--clients 8] [--keep]

First the crowd: each person opens Covey's sign-up page with an empty cache, whichever function they then sign up
with, and Covey's letters go out meanwhile. Then sign-ups alone, while no letters go out; half-way through, one
worker of each is killed. Writes its part of docs/benchmarks.md; `--keep` leaves the document as it is.
"""

import argparse
import functools
import itertools
import json
import re
import shutil
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from chalicelib.flow.send import SENDER
from infra.bench import report, telling
from infra.demo import DemoError, roster, story
from infra.demo.client import Client, RefusedError
from infra.demo.mailbox import Mailbox
from infra.demo.roster import Roster
from infra.local import cloud
from infra.local.cloud import FUNCTIONS, LOCAL, ROOT, Cloud
from infra.local.workers import Workers, workers_of

BARE = ROOT / "infra" / "bench" / "bare"
BARE_FUNCTION = "bare-local"

DOCUMENT = ROOT / "docs" / "benchmarks.md"
PART = "make bench-web, sign-ups"

TURNS = 5
"""Parts that each half of the run is cut into; one worker of each is killed in the middle of the second half."""

LULL = 2.0
"""Seconds without a new letter after which the sender counts as done, so that it does not disturb the other's turn."""

WARM_UP = 10.0
"""Seconds before the clock starts: a cold worker unpacks the whole layer, and many start at once."""

FILES = re.compile(r'(?:href|src)="\.\./(static/[^"#]+)')
"""What a browser fetches by itself for the sign-up page."""


@dataclass
class Load:
    """What the clients of one function met.

    Args:
        seconds: how long they were at it.
        worked: seconds of processor time that the function's workers had meanwhile.
        accepted: the addresses that were told yes.
        given_up: the addresses whose request was never answered for good; they may be in or not.
        waits: seconds from a client's first try to sign up to its yes, of those that had it within the time.
        visits: seconds from asking for the page until its last file was there.
        files: how many files the visitors got.
        failures: answers that were errors, or did not come; each was sent again.
    """

    seconds: float = 0
    worked: float = 0
    accepted: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    visits: list[float] = field(default_factory=list)
    files: int = 0
    failures: Counter[str] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Return accepted sign-ups a second."""
        return len(self.waits) / self.seconds

    @property
    def requests(self) -> float:
        """Return requests a second, of whatever kind."""
        return (len(self.waits) + self.files) / self.seconds


class Crowd:
    """Clients that sign up one new person after the other.

    Args:
        site, path: where they send the request.
        body: what they send, from an address and a token.
        door: Covey's own site, and the path of the sign-up page there.
    """

    def __init__(self, site: str, path: str, body: Callable[[str, str], dict[str, Any]], door: tuple[str, str]) -> None:
        self._site = site
        self._path = path
        self.body = body
        self._door = door
        self._lock = threading.Lock()
        self._numbers = itertools.count()

    def until(self, end: float, load: Load) -> None:
        """Be one client until then."""
        with Client(self._site, told=functools.partial(self._failed, load)) as client:
            while (since := time.monotonic()) < end:
                if self._sign_up(client, load) and (now := time.monotonic()) < end:
                    self._note(load.waits, now - since)

    def all_of(self, people: Iterator[int], load: Load) -> None:
        """Be one client after the other, each with a first look at the page, as long as there are people left."""
        site, page = self._door
        told = functools.partial(self._failed, load)
        with Client(site, told=told) as browser, Client(self._site, told=told) as client:
            while True:
                with self._lock:
                    if next(people, None) is None:
                        return
                since = time.monotonic()
                files = _visit(browser, page)
                there = time.monotonic()
                accepted = self._sign_up(client, load)
                with self._lock:
                    load.files += files
                self._note(load.visits, there - since)
                if accepted:
                    self._note(load.waits, time.monotonic() - there)

    def _sign_up(self, client: Client, load: Load) -> bool:
        email = f"p{next(self._numbers)}@example.org"
        try:
            client.post(self._path, self.body(email, str(uuid.uuid4())))
        except RefusedError:
            raise
        except DemoError:
            load.given_up.append(email)
            return False
        load.accepted.append(email)
        return True

    def _note(self, times: list[float], took: float) -> None:
        with self._lock:
            times.append(took)

    def _failed(self, load: Load, trouble: str) -> None:
        with self._lock:
            load.failures[trouble] += 1


def _visit(browser: Client, page: str) -> int:
    """Fetch the page and every file that a browser fetches for it; return how many they were."""
    files = set(FILES.findall(browser.call("GET", page, None).decode()))
    for file in files:
        browser.call("GET", file, None)
    return 1 + len(files)


class Subject(NamedTuple):
    """One of the two functions, who is at it, and what they met in the crowd and alone."""

    crowd: Crowd
    workers: Workers
    together: Load
    alone: Load


class Bench(NamedTuple):
    """Where it all happens, and how much of it.

    Args:
        people: how many come in the crowd.
        seconds: how long sign-ups go on alone.
        clients: how many do so at the same moment.
    """

    here: Cloud
    people: int
    seconds: float
    clients: int


def main(arguments: list[str] | None = None) -> int:
    """Measure both, print the comparison, and return the exit code.

    Args:
        arguments: the command line's; None for those this process was started with.
    """
    parser = argparse.ArgumentParser(prog="python -m infra.bench.signups", description="Measure sign-ups.")
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--keep", action="store_true", help="leave docs/benchmarks.md as it is")
    given = parser.parse_args(arguments)
    folder = LOCAL / "bench"
    try:
        here = cloud.deploy(cloud.start(folder, port=0, smtp_port=0))
        text = measured(Bench(here, given.people, given.seconds, given.clients))
    except (DemoError, cloud.CloudError) as problem:
        print(problem, file=sys.stderr)
        return 1
    finally:
        cloud.stop(folder)
    print(text)
    if not given.keep:
        report.replace_part(DOCUMENT, PART, text)
    return 0


def measured(bench: Bench) -> str:
    """Measure both functions in turns on a cloud with Covey; return the comparison.

    Raises:
        DemoError: somebody was told yes and is not there, or is there twice.
    """
    here = bench.here
    people = roster.read(roster.BUILT_IN, datetime.now(UTC))
    with Client(here.site) as client:
        site = story.Site(here.site, here.mail, here.log)
        event_id = story.create(client, people)
        story.open_by_mail(client, story.Letters(Mailbox(here.mail, event_id), site, 0.5), site)
    covey, bare = _covey(here, people, event_id), _bare(here, people, event_id)
    warmed = Load()
    for subject in (covey, bare):
        _take_turn(bench, subject, warmed if subject is covey else Load(), WARM_UP)
        _wait_for_letters(here.mail)
    for _ in range(TURNS):
        for subject in (covey, bare):
            _take_turn(bench, subject, subject.together)
            _wait_for_letters(here.mail)
    _hold_letters(here)
    for turn in range(TURNS):
        for subject in (covey, bare):
            _take_turn(bench, subject, subject.alone, bench.seconds / TURNS, kill=turn == TURNS // 2)
    check([warmed, covey.together, covey.alone], *_stored(here, event_id))
    with Client(here.site) as client:
        telling_apart = telling.measured(client, event_id, lambda email: covey.crowd.body(email, str(uuid.uuid4())))
    return f"{compared(bench, covey, bare)}\n\n{telling_apart}"


def _covey(here: Cloud, people: Roster, event_id: str) -> Subject:
    answers = itertools.cycle([person.answers for person in people.people])

    def body(email: str, token: str) -> dict[str, Any]:
        return {"token": token, "email": email, **next(answers)}

    crowd = Crowd(here.site, f"api/events/{event_id}/attendees", body, (here.site, f"e/{event_id}"))
    return Subject(crowd, workers_of(here, FUNCTIONS), Load(), Load())


def _bare(here: Cloud, people: Roster, event_id: str) -> Subject:
    """Deploy the bare function beside Covey."""
    keys = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
    work = [{"AttributeName": "work", "KeyType": "HASH"}, {"AttributeName": "due", "KeyType": "RANGE"}]
    here.client("dynamodb").create_table(
        TableName="bare",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=keys,
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "work", "due")],
        GlobalSecondaryIndexes=[
            {"IndexName": "work", "KeySchema": work, "Projection": {"ProjectionType": "KEYS_ONLY"}}
        ],
    )
    with tempfile.TemporaryDirectory() as temporary:
        project = _bare_project(Path(temporary))
        beside = replace(here, folder=here.folder / "bare", site=f"{here.endpoint}/bare/")
        beside = cloud.deploy(beside, project=project, first_tick=False)
    answers = itertools.cycle([person.answers for person in people.people])

    def body(email: str, token: str) -> dict[str, Any]:
        item = {"pk": "event#bench", "token": token}
        record = json.dumps(next(answers), ensure_ascii=False)
        due = datetime.now(UTC).isoformat()
        return {
            "token": token,
            "items": [
                {**item, "sk": f"attendee#{token}", "record": record},
                {**item, "sk": f"address#{email}"},
                {**item, "pk": "outbox#bench", "sk": f"{token}#confirm#0", "work": f"letter#{token[0]}", "due": due},
            ],
        }

    crowd = Crowd(beside.site, "", body, (here.site, f"e/{event_id}"))
    return Subject(crowd, workers_of(here, BARE_FUNCTION), Load(), Load())


def _take_turn(bench: Bench, subject: Subject, load: Load, seconds: float = 0.0, *, kill: bool = False) -> None:
    """Let the clients loose, for so long or until a turn's people are through, and watch the workers."""
    crowd, workers = subject.crowd, subject.workers
    workers.look()
    worked, since = workers.worked, time.monotonic()
    people = iter(range(bench.people // TURNS))
    doomed = since + seconds / 2 if kill else None
    with ThreadPoolExecutor(bench.clients) as pool:
        if seconds:
            running = [pool.submit(crowd.until, since + seconds, load) for _ in range(bench.clients)]
        else:
            running = [pool.submit(crowd.all_of, people, load) for _ in range(bench.clients)]
        while wait(running, timeout=0.5).not_done:
            workers.look()
            if doomed and time.monotonic() > doomed:
                workers.kill_one()
                doomed = None
    for client in running:
        client.result()
    workers.look()
    load.seconds += seconds or time.monotonic() - since
    load.worked += workers.worked - worked


def _wait_for_letters(folder: Path) -> None:
    """Let the sender catch up."""
    before = -1
    while (arrived := sum(1 for _ in folder.glob("*.eml"))) > before:
        before = arrived
        time.sleep(LULL)


def _hold_letters(here: Cloud) -> None:
    """Hold the sender's lease, so that no other sender works."""
    until = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S.%f+0000")
    item = {"pk": f"lease#{SENDER}", "sk": "lease", "run": "bench", "until": until}
    here.client("dynamodb").put_item(TableName="covey", Item={name: {"S": value} for name, value in item.items()})
    _wait_for_letters(here.mail)


def _stored(here: Cloud, event_id: str) -> tuple[Counter[str], Counter[str]]:
    """How often each address is an attendee in the table itself, and how many letters each of them has there."""
    pages = here.client("dynamodb").get_paginator("query")

    def items(pk: str) -> Iterator[dict[str, Any]]:
        asked = {":pk": {"S": pk}}
        for page in pages.paginate(
            TableName="covey", KeyConditionExpression="pk = :pk", ExpressionAttributeValues=asked, ConsistentRead=True
        ):
            yield from page["Items"]

    rows = [row for row in items(f"event#{event_id}") if row["sk"]["S"].startswith("attendee#")]
    people = [json.loads(row["record"]["S"]) for row in rows]
    address = {person["id"]: person["email"] for person in people}
    letters = [row["sk"]["S"].partition("#")[0] for row in items(f"outbox#{event_id}")]
    return Counter(person["email"] for person in people), Counter(address[one] for one in letters if one in address)


def check(loads: list[Load], stored: Counter[str], letters: Counter[str]) -> None:
    """Compare whom the clients were told yes for with who is there, and with the letters. Raises DemoError."""
    accepted = {email for load in loads for email in load.accepted}
    given_up = {email for load in loads for email in load.given_up}
    lost = accepted - set(stored)
    doubled = [email for email, times in stored.items() if times > 1]
    strangers = set(stored) - accepted - given_up
    if lost or doubled or strangers:
        raise DemoError(
            f"Of {len(accepted)} accepted sign-ups {len(lost)} are missing and {len(doubled)} doubled, "
            f"and {len(strangers)} people are there whom nobody signed up."
        )
    unwritten = [email for email in stored if letters[email] != 1]
    if unwritten:
        raise DemoError(f"{len(unwritten)} of {len(stored)} people have another number of letters than one.")


def compared(bench: Bench, covey: Subject, bare: Subject) -> str:
    """Return the two side by side, as Markdown."""
    people = len({*covey.together.accepted, *covey.alone.accepted})
    said = (
        f"{report.circumstances()} {bench.clients} clients at a time; {len(covey.together.accepted):,} people came "
        f"with a visit each, {len(covey.alone.accepted):,} without, one of {covey.workers.number} API workers was "
        f"killed meanwhile; each of {people:,} accepted sign-ups is in the table exactly once, with one letter."
    )
    lines = [said, "", "| | Covey | bare | ratio |", "| --- | --: | --: | --: |"]
    crowd, alone = (covey.together, bare.together), (covey.alone, bare.alone)
    rows: list[tuple[str, tuple[Load, Load], Callable[[Load], float], int]] = [
        ("crowd: requests a second", crowd, lambda load: load.requests, 0),
        ("crowd: people a second", crowd, lambda load: load.rate, 1),
        *((f"crowd: sign-up call, {n} of 100 within, ms", crowd, _within(n), 0) for n in (50, 95, 99)),
        *((f"crowd: page and its files, {n} of 100 within, ms", crowd, _visited(n), 0) for n in (50, 95)),
        ("alone: sign-ups a second", alone, lambda load: load.rate, 1),
        *((f"alone: sign-up call, {n} of 100 within, ms", alone, _within(n), 0) for n in (50, 95, 99)),
        ("alone: processor time of the function, ms", alone, lambda load: 1000 * load.worked / len(load.waits), 1),
        ("failed answers, sent again", alone, lambda load: load.failures.total(), 0),
    ]
    for name, (ours, theirs), of, digits in rows:
        lines.append(_row(name, of(ours), of(theirs), digits))
    lines.append(_row("largest worker, MB", covey.workers.peak / 1e6, bare.workers.peak / 1e6, 0))
    for name, load in (
        ("Covey", covey.together),
        ("Covey", covey.alone),
        ("bare", bare.together),
        ("bare", bare.alone),
    ):
        lines += [f"\n{name}: {times} × {trouble}" for trouble, times in load.failures.most_common()]
    return "\n".join(lines)


def _within(percent: int) -> Callable[[Load], float]:
    return lambda load: percentile(load.waits, percent)


def _visited(percent: int) -> Callable[[Load], float]:
    return lambda load: percentile(load.visits, percent)


def percentile(times: list[float], percent: int) -> float:
    """Return the milliseconds within which so many of a hundred were through."""
    return 1000 * statistics.quantiles(times, n=100, method="inclusive")[percent - 1]


def _row(name: str, ours: float, theirs: float, digits: int) -> str:
    ratio = f"{ours / theirs:.2f}" if theirs else "–"
    return f"| {name} | {ours:,.{digits}f} | {theirs:,.{digits}f} | {ratio} |"


def _bare_project(folder: Path) -> Path:
    """Lay the bare app out as a project; it gets Covey's own layer, so that only the code differs."""
    shutil.copytree(BARE, folder, dirs_exist_ok=True)
    (folder / "infra" / "policies").mkdir(parents=True)
    (folder / "policy.json").rename(folder / "infra" / "policies" / "bare.json")
    (folder / "chalicelib").mkdir()
    shutil.copy2(ROOT / "requirements.txt", folder)
    shutil.copytree(ROOT / "frontend", folder / "frontend")
    shutil.copytree(ROOT / "vendor", folder / "vendor", symlinks=True)
    return folder


if __name__ == "__main__":
    sys.exit(main())
