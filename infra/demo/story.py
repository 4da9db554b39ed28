"""The story the demo plays: create, open, sign up, confirm, close, wait for the tick, read the mail."""

import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from chalicelib.domain.attendee import normalised
from infra.demo import DemoError
from infra.demo.client import Client, RefusedError
from infra.demo.mailbox import Mail, Mailbox
from infra.demo.progress import Progress
from infra.demo.roster import Person, Roster

STEPS = 6
"""Steps that `play` reports."""

ORGANIZER = {"organizer_name": "Judith Reimann", "organizer_email": "judith.reimann@example.org"}

AT_ONCE = 4
"""People who sign up or confirm at the same moment; each one more costs a cold worker its start."""

LULL = 150.0
"""Seconds without a new letter, or without a new state, after which something is wrong; a tick comes every 60."""


class Site(NamedTuple):
    """Where the deployed Covey is.

    Args:
        url: its address, ending in a slash.
        mail: the folder in which every letter arrives as a file.
        log: where to look when something fails.
    """

    url: str
    mail: Path
    log: Path


class Outcome(NamedTuple):
    """What came of it all, as the API and the mail folder tell it.

    Args:
        plan: the answer of `GET api/organizer/plan`.
        mails: how many letters arrived, by what they are for.
        organizer_link: the organizer's private page.
        seated: the letter that brought somebody their invite; None when nobody is seated.
        sign_up_link: the page people sign up on.
    """

    plan: dict[str, Any]
    mails: dict[str, int]
    organizer_link: str
    seated: Mail | None
    sign_up_link: str


class Letters:
    """Waits for letters and gives up when none comes any more."""

    def __init__(self, mailbox: Mailbox, site: Site, pause: float) -> None:
        self._mailbox = mailbox
        self._site = site
        self._pause = pause
        self.arrived: list[Mail] = []
        """All that came so far, wanted or not."""

    def stream(self, number: int, wanted: Callable[[Mail], bool]) -> Iterator[Mail]:
        """That many letters of the wanted kind, one by one as they come."""
        came, since = 0, time.monotonic()
        while came < number:
            new = self._mailbox.new()
            self.arrived += new
            for mail in filter(wanted, new):
                came, since = came + 1, time.monotonic()
                yield mail
            if time.monotonic() - since > LULL:
                raise DemoError(
                    f"{came} of {number} letters arrived in {self._site.mail}, and none in the last {LULL:.0f} s; "
                    f"{self._site.log} may say why."
                )
            if came < number:
                time.sleep(self._pause)

    def first(
        self, number: int, wanted: Callable[[Mail], bool], count: Callable[[int, int], None] = lambda _done, _of: None
    ) -> list[Mail]:
        """That many letters of the wanted kind, once they are all there."""
        found = []
        for mail in self.stream(number, wanted):
            found.append(mail)
            count(len(found), number)
        return found


def play(site: Site, roster: Roster, progress: Progress, pause: float = 0.5) -> Outcome:
    """Run a whole event of this roster's people on the site.

    Args:
        pause: seconds between two looks at the mail folder or the event's state.

    Raises:
        DemoError: something did not happen that should have.
    """
    with Client(site.url, told=progress.note) as client:
        return _played(client, site, roster, progress, pause)


def _played(client: Client, site: Site, roster: Roster, progress: Progress, pause: float) -> Outcome:
    people = roster.people

    progress.step("Creating the event")
    event_id = create(client, roster)

    progress.step("Opening it by the link in the organizer's mail")
    letters = Letters(Mailbox(site.mail, event_id), site, pause)
    organizer_link, organizer = open_by_mail(client, letters, site)
    client.call("GET", "watch", None)
    client.call("GET", f"e/{event_id}", None)
    watch = client.get("api/organizer", organizer)

    progress.step(f"Signing up {len(people)} people")
    _all_at_once(people, len(people), lambda person: sign_up(client, event_id, person), progress)

    progress.step("Confirming by the links in their mails")
    _confirm_all(client, letters, people, site, progress)

    progress.step("Closing sign-up and waiting for the tick")
    _close(client, organizer)
    _wait_until_published(client, organizer, site, progress, pause)

    progress.step("Waiting for the invites")
    plan = client.get("api/organizer/plan", organizer)
    last = letters.first(len(people), _is_to_attendee, progress.count)
    progress.done()
    invites = sum(mail.invites for mail in last)
    mails = {
        "to the organizer": sum(map(_is_to_organizer, letters.arrived)),
        "to confirm": len(people),
        "invites": invites,
        "without a group": len(last) - invites,
    }
    _check(client, organizer, plan, last, people)
    return Outcome(plan, mails, organizer_link, _example(plan, client, organizer, last), watch["sign_up_link"])


def create(client: Client, roster: Roster) -> str:
    """Ask for the roster's event and return its id; it waits for its organizer."""
    return str(client.post("api/events", {**roster.event, **ORGANIZER, "token": str(uuid.uuid4())})["id"])


def open_by_mail(client: Client, letters: Letters, site: Site) -> tuple[str, str]:
    """Open the event as its organizer does; return the link in their mail and the token in it."""
    link = letters.first(1, _is_to_organizer)[0].links[0]
    token = _token(link, site)
    client.post("api/organizer/open", None, token)
    return link, token


def sign_up(client: Client, event_id: str, person: Person) -> None:
    """Sign a person up. Raises DemoError with their address in it."""
    body = {"token": str(uuid.uuid4()), "email": person.email, **person.answers}
    try:
        client.post(f"api/events/{event_id}/attendees", body)
    except RefusedError as problem:
        raise DemoError(f"{person.email} could not sign up. {problem}") from None


def attendees(client: Client, organizer: str) -> Iterator[dict[str, Any]]:
    """Everybody at the organizer's event, page by page."""
    after = ""
    while True:
        page = client.get(f"api/organizer/attendees{f'?after={after}' if after else ''}", organizer)
        yield from page["attendees"]
        if not page["next"]:
            return
        after = page["next"]


def told(outcome: Outcome, site: Site, roster: Roster) -> Iterator[str]:
    """The outcome as lines for a terminal."""
    plan = outcome.plan
    yield ""
    yield f"placed {plan['placed']} of {plan['placeable']}"
    if roster.no_time:
        yield f"{roster.no_time} marked no time"
    no_group = len(plan["unplaced"]) - roster.no_time
    if no_group > 0:
        yield f"{no_group} marked times at which no group could have them"
    groups = sorted(plan["groups"], key=lambda group: (group["start"], group["title"]))
    zone = roster.event["timezone"]
    yield ""
    yield f"{roster.event['title']}: {len(groups)} sub-events (times in {zone})"
    wheres = [(group["place"] or {"name": "Online"})["name"] for group in groups]
    width = max(map(len, wheres), default=0)
    for group, where in zip(groups, wheres, strict=True):
        when = _when(group["start"], group["end"], ZoneInfo(zone))
        yield f"  {when}  {where:{width}}  {len(group['members']):2} people  {group['title']}"
    yield ""
    yield f"{sum(outcome.mails.values())} mails arrived: " + ", ".join(
        f"{count} {kind}" for kind, count in outcome.mails.items()
    )
    yield ""
    yield "Have a look; it all stays up until `make stop`:"
    yield f"  the site          {site.url}"
    yield f"  the sign-up page  {outcome.sign_up_link}"
    yield f"  the organizer     {outcome.organizer_link}"
    if outcome.seated is not None:
        yield f"  an attendee       {outcome.seated.links[0]}"
    yield f"  the mail          {site.mail}"


def _is_to_organizer(mail: Mail) -> bool:
    return "/watch#" in mail.links[0]


def _is_to_attendee(mail: Mail) -> bool:
    return "/me#" in mail.links[0]


def _confirm_all(client: Client, letters: Letters, people: tuple[Person, ...], site: Site, progress: Progress) -> None:
    """Confirm each person as their letter arrives, as people do."""
    expected = {normalised(person.email) for person in people}

    def press(mail: Mail) -> None:
        if normalised(mail.recipient) not in expected:
            raise DemoError(f"A letter went to {mail.recipient}, who did not sign up: {mail.path}")
        page = client.post("api/me/confirm", None, _token(mail.links[0], site))
        if page["state"] != "confirmed":
            raise DemoError(f"{mail.recipient} pressed the button and is still {page['state']}.")

    _all_at_once(letters.stream(len(people), _is_to_attendee), len(people), press, progress)


def _all_at_once[Item](items: Iterable[Item], number: int, act: Callable[[Item], None], progress: Progress) -> None:
    """Do it for every item, several at a time; the first failure ends it."""
    done, lock = 0, threading.Lock()

    def one(item: Item) -> None:
        nonlocal done
        act(item)
        with lock:
            done += 1
            progress.count(done, number)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        futures = []
        for item in items:
            futures.append(pool.submit(one, item))
            if any(future.done() and future.exception() for future in futures):
                break
        finished, _ = wait(futures, return_when=FIRST_EXCEPTION)
        pool.shutdown(cancel_futures=True)
    for future in finished:
        future.result()


def _close(client: Client, organizer: str) -> None:
    try:
        client.post("api/organizer/close", {"confirm_minutes": 0}, organizer)
    except RefusedError:
        # The answer to a first try may have been lost; what counts is that it is closed.
        if client.get("api/organizer", organizer)["event"]["state"] == "open":
            raise


def _wait_until_published(client: Client, organizer: str, site: Site, progress: Progress, pause: float) -> None:
    seen, since, answered = "", time.monotonic(), False
    while seen != "published":
        watch = client.get("api/organizer", organizer)
        state = watch["event"]["state"]
        if state != seen:
            seen, since = state, time.monotonic()
            progress.note(_WORDS.get(state, state))
        if state == "held" and not answered:
            _go_ahead(client, organizer, watch["held"], progress)
            answered = True
        elif state not in _WORDS:
            raise DemoError(f"The event is {state} instead of published; {site.log} may say why.")
        elif time.monotonic() - since > LULL:
            raise DemoError(f"The event has been {state} for {LULL:.0f} s; {site.log} may say why.")
        if state != "published":
            time.sleep(pause)


_WORDS = {
    "closed": "closed; a tick within the next 75 s makes the groups",
    "matching": "making groups",
    "draft": "the groups are made",
    "publishing": "writing the letters",
    "published": "the groups are out",
}


def _go_ahead(client: Client, organizer: str, held: dict[str, Any], progress: Progress) -> None:
    """Answer a held plan as an organizer would who wants to see groups."""
    if "publish" not in [choice["act"] for choice in held["choices"]]:
        raise DemoError(f"Covey asks the organizer instead of mailing anybody: {held['sentence']}")
    progress.say("")
    progress.say(f"Covey asks the organizer first: {held['sentence']} The demo answers: go ahead.")
    client.post("api/organizer/publish", None, organizer)


def _check(client: Client, organizer: str, plan: dict[str, Any], last: list[Mail], people: tuple[Person, ...]) -> None:
    """Everybody is placed or told why not, once, by mail."""
    address = {row["id"]: normalised(row["email"]) for row in attendees(client, organizer)}
    seated = sorted(address[member["id"]] for group in plan["groups"] for member in group["members"])
    left = sorted(address[one["id"]] for one in plan["unplaced"])
    everybody = sorted(normalised(person.email) for person in people)
    if sorted(seated + left) != everybody or len(seated) != plan["placed"]:
        raise DemoError(
            f"{len(people)} people confirmed, but the plan seats {len(seated)} and explains itself to {len(left)}."
        )
    invited = sorted(normalised(mail.recipient) for mail in last if mail.invites)
    consoled = sorted(normalised(mail.recipient) for mail in last if not mail.invites)
    if (invited, consoled) != (seated, left):
        raise DemoError(
            f"{len(seated)} people have a seat and {len(left)} do not, but {len(invited)} invites and "
            f"{len(consoled)} other letters arrived, or they went to the wrong people."
        )


def _example(plan: dict[str, Any], client: Client, organizer: str, last: list[Mail]) -> Mail | None:
    """The invite of somebody in the largest group, whose page shows most."""
    if not plan["groups"]:
        return None
    largest = max(plan["groups"], key=lambda group: len(group["members"]))
    person = largest["members"][0]["id"]
    address = next(normalised(row["email"]) for row in attendees(client, organizer) if row["id"] == person)
    return next(mail for mail in last if normalised(mail.recipient) == address)


def _token(link: str, site: Site) -> str:
    page, _, token = link.partition("#")
    if not page.startswith(site.url):
        raise DemoError(f"A mailed link leads to {page}, which is not on {site.url}")
    return token


def _when(start: str, end: str, zone: ZoneInfo) -> str:
    first = datetime.fromisoformat(start).astimezone(zone)
    last = datetime.fromisoformat(end).astimezone(zone)
    return f"{first:%a} {first.day:2} {first:%b %H:%M}–{last:%H:%M}"
