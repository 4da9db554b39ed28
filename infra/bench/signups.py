"""Sign-ups a second: a minute of eight people at a time, one API worker killed in the middle, nobody lost or doubled.

The same clients do the same against a bare Chalice function (infra/bench/bare), which writes the same three
items and does nothing else. Seconds on one machine say little; the ratio of the two says how much of a
request is Covey's own doing. They take turns, so that whatever else the machine does meets both.

    python -m infra.bench.signups [--seconds 60] [--clients 8]
"""

import argparse
import itertools
import json
import shutil
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from infra.demo import DemoError, roster, story
from infra.demo.client import Client, RefusedError
from infra.demo.mailbox import Mailbox
from infra.demo.roster import Roster
from infra.local import cloud
from infra.local.cloud import FUNCTIONS, LOCAL, ROOT, Cloud
from infra.local.workers import Workers, workers_of

BARE = ROOT / "infra" / "bench" / "bare"
BARE_FUNCTION = "bare-local"

TURNS = 3
"""Parts that the time is cut into; one worker of each is killed half-way through the second."""

LULL = 2.0
"""Seconds without a new letter after which the sender counts as done, so that it does not disturb the other's turn."""

WARM_UP = 10.0
"""Seconds before the clock starts: a cold worker unpacks the whole layer, and many start at once."""


@dataclass
class Load:
    """What the clients of one function met.

    Args:
        seconds: how long they were at it.
        worked: seconds of processor time that the function's workers had meanwhile.
        sent: the same of the sender's, until the letters were out.
        accepted: the addresses that were told yes, in the warm-up too.
        given_up: the addresses whose request was never answered for good; they may be in or not.
        waits: seconds from a client's first try to its yes, of those that had it within the time.
        failures: answers that were errors, or did not come; each was sent again.
    """

    clients: int
    seconds: float = 0
    worked: float = 0
    sent: float = 0
    accepted: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Return accepted sign-ups a second."""
        return len(self.waits) / self.seconds

    def a_sign_up(self, seconds: float) -> float:
        """Return each sign-up's share of so many seconds, in milliseconds."""
        return 1000 * seconds / len(self.waits)

    def percentile(self, percent: int) -> float:
        """Return the milliseconds within which so many of a hundred clients had their yes."""
        return 1000 * statistics.quantiles(self.waits, n=100, method="inclusive")[percent - 1]


class Crowd:
    """Clients that sign up one new person after the other.

    Args:
        site, path: where they send the request.
        body: what they send, from an address and a token.
        load: where they note what they meet.
    """

    def __init__(self, site: str, path: str, body: Callable[[str, str], dict[str, Any]], load: Load) -> None:
        self._site = site
        self._path = path
        self._body = body
        self._load = load
        self._lock = threading.Lock()
        self._numbers = itertools.count()

    def warm_up(self, end: float) -> None:
        """Be one client until then, without measuring."""
        with Client(self._site) as client:
            while time.monotonic() < end:
                self._sign_up(client)

    def sign_up_until(self, end: float) -> None:
        """Be one client until then."""
        with Client(self._site, told=self._failed) as client:
            while (since := time.monotonic()) < end:
                accepted = self._sign_up(client)
                took = time.monotonic() - since
                if accepted and since + took < end:
                    with self._lock:
                        self._load.waits.append(took)

    def _sign_up(self, client: Client) -> bool:
        email = f"p{next(self._numbers)}@example.org"
        try:
            client.post(self._path, self._body(email, str(uuid.uuid4())))
        except RefusedError:
            raise
        except DemoError:
            self._load.given_up.append(email)
            return False
        self._load.accepted.append(email)
        return True

    def _failed(self, trouble: str) -> None:
        with self._lock:
            self._load.failures[trouble] += 1


class Subject(NamedTuple):
    """One of the two functions, and who is at it."""

    crowd: Crowd
    load: Load
    workers: Workers


def main(arguments: list[str] | None = None) -> int:
    """Measure both, print the comparison, and return the exit code.

    Args:
        arguments: the command line's; None for those this process was started with.
    """
    parser = argparse.ArgumentParser(prog="python -m infra.bench.signups", description="Measure sign-ups.")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--clients", type=int, default=8)
    given = parser.parse_args(arguments)
    folder = LOCAL / "bench"
    try:
        here = cloud.deploy(cloud.start(folder, port=0, smtp_port=0))
        print(measured(here, given.seconds, given.clients))
    except (DemoError, cloud.CloudError) as problem:
        print(problem, file=sys.stderr)
        return 1
    finally:
        cloud.stop(folder)
    return 0


def measured(here: Cloud, seconds: float, clients: int) -> str:
    """Measure both functions in turns on a cloud with Covey; return the comparison as lines for a terminal.

    Raises:
        DemoError: somebody was told yes and is not there, or is there twice.
    """
    people = roster.read(roster.BUILT_IN, datetime.now(UTC))
    with Client(here.site) as client:
        site = story.Site(here.site, here.mail, here.log)
        event_id = story.create(client, people)
        _, organizer = story.open_by_mail(client, story.Letters(Mailbox(here.mail, event_id), site, 0.5), site)
        covey = _covey(here, people, event_id, clients)
        bare = _bare(here, people, clients)
        sender = workers_of(here, f"{FUNCTIONS}-send")
        for subject in (covey, bare):
            _warm_up(subject)
            _wait_for_letters(here.mail)
        for turn in range(TURNS):
            for subject in (covey, bare):
                _take_turn(subject, sender, seconds / TURNS, here.mail, kill=turn == TURNS // 2)
        check(covey.load, Counter(row["email"] for row in story.attendees(client, organizer)))
    return compared(covey, bare)


def _covey(here: Cloud, people: Roster, event_id: str, clients: int) -> Subject:
    answers = itertools.cycle([person.answers for person in people.people])

    def body(email: str, token: str) -> dict[str, Any]:
        return {"token": token, "email": email, **next(answers)}

    load = Load(clients)
    crowd = Crowd(here.site, f"api/events/{event_id}/attendees", body, load)
    return Subject(crowd, load, workers_of(here, FUNCTIONS))


def _bare(here: Cloud, people: Roster, clients: int) -> Subject:
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

    load = Load(clients)
    return Subject(Crowd(beside.site, "", body, load), load, workers_of(here, BARE_FUNCTION))


def _warm_up(subject: Subject) -> None:
    end = time.monotonic() + WARM_UP
    with ThreadPoolExecutor(subject.load.clients) as pool:
        for client in [pool.submit(subject.crowd.warm_up, end) for _ in range(subject.load.clients)]:
            client.result()


def _take_turn(subject: Subject, sender: Workers, seconds: float, mail: Path, *, kill: bool) -> None:
    """Let the clients loose for that long, and watch the workers; perhaps kill one half-way."""
    crowd, load, workers = subject
    for processes in (workers, sender):
        processes.look()
    before, before_sending = workers.worked, sender.worked
    with ThreadPoolExecutor(load.clients) as pool:
        end = time.monotonic() + seconds
        half = end - seconds / 2 if kill else end
        running = [pool.submit(crowd.sign_up_until, end) for _ in range(load.clients)]
        while (now := time.monotonic()) < end:
            workers.look()
            if now > half:
                workers.kill_one()
                half = end
            time.sleep(max(0.0, min(0.5, end - time.monotonic())))
        for client in running:
            client.result()
    workers.look()
    load.seconds += seconds
    load.worked += workers.worked - before
    _wait_for_letters(mail)
    sender.look()
    load.sent += sender.worked - before_sending


def _wait_for_letters(folder: Path) -> None:
    """Let the sender catch up."""
    before = -1
    while (arrived := sum(1 for _ in folder.glob("*.eml"))) > before:
        before = arrived
        time.sleep(LULL)


def check(load: Load, stored: Counter[str]) -> None:
    """Compare whom the clients were told yes for with who is there. Raises DemoError."""
    lost = set(load.accepted) - set(stored)
    doubled = [email for email, times in stored.items() if times > 1]
    strangers = set(stored) - set(load.accepted) - set(load.given_up)
    if lost or doubled or strangers:
        raise DemoError(
            f"Of {len(load.accepted)} accepted sign-ups {len(lost)} are missing and {len(doubled)} doubled, "
            f"and {len(strangers)} people are there whom nobody signed up."
        )


def compared(covey: Subject, bare: Subject) -> str:
    """Return the two side by side, as lines for a terminal."""
    ours, theirs = covey.load, bare.load
    rows = [
        ("sign-ups a second", ours.rate, theirs.rate, 1),
        ("half have their yes within, ms", ours.percentile(50), theirs.percentile(50), 0),
        ("95 of 100 within, ms", ours.percentile(95), theirs.percentile(95), 0),
        ("processor time of the function, ms", ours.a_sign_up(ours.worked), theirs.a_sign_up(theirs.worked), 1),
        ("the same with the sender's, ms", ours.a_sign_up(ours.worked + ours.sent), theirs.a_sign_up(theirs.worked), 1),
        ("failed answers, sent again", ours.failures.total(), theirs.failures.total(), 0),
        ("never answered", len(ours.given_up), len(theirs.given_up), 0),
        ("largest worker, MB", covey.workers.peak / 1e6, bare.workers.peak / 1e6, 0),
    ]
    said = (
        f"{ours.clients} clients for {ours.seconds:.0f} s, one of {covey.workers.number} API workers killed half-way: "
        f"each of {len(ours.accepted)} accepted sign-ups is there exactly once."
    )
    lines = [said, "", f"{'':36}{'Covey':>9}{'bare':>9}{'ratio':>9}"]
    for name, left, right, digits in rows:
        ratio = f"{left / right:.2f}" if right else "–"
        lines.append(f"{name:36}{left:>9.{digits}f}{right:>9.{digits}f}{ratio:>9}")
    for name, load in (("Covey", ours), ("bare", theirs)):
        lines += [f"{name}: {times} × {trouble}" for trouble, times in load.failures.most_common()]
    return "\n".join(lines)


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
