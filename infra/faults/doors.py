"""The app itself on DynamoDB: crawlers that open every mailed link, and tokens at doors that are not theirs."""

import json
import re
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import boto3
from chalice.test import Client

import app as front_page
from chalicelib import settings, wiring
from chalicelib.domain import links
from chalicelib.domain.links import Link, Purpose
from chalicelib.web.openapi import document
from infra.faults.count import Count
from infra.faults.engines import Engines
from infra.faults.live import LiveSite
from infra.faults.site import SENDER, address_of

type Json = dict[str, Any]

BASE = "https://covey.example.org"
LINK = re.compile(re.escape(BASE) + r"(/[^\s\"'<>#]*)(?:#([^\s\"'<>]+))?")
TIMES = 3


class Door:
    """The app as it answers requests about one site."""

    def __init__(self, site: LiveSite) -> None:
        self._site = site
        found = settings.load({"COVEY_SENDER": SENDER, "COVEY_TABLE": site.place.table, "COVEY_BASE_URL": BASE})
        wiring.use(wiring.Adapters(found, site.truth, site.mailer, site.jobs, site.secrets, site.clock))
        self._client = Client(front_page.app)

    def ask(self, method: str, path: str, token: str = "") -> tuple[int, bytes]:
        """Return status and body of an answer."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = self._client.http.request(method, path, headers=headers)
        return answer.status_code, answer.body

    def get(self, path: str, token: str = "") -> bytes:
        """Return the body of an answer that is a success.

        Raises:
            LookupError: it is none.
        """
        status, body = self.ask("GET", path, token)
        if status != 200:
            raise LookupError(f"GET {path} is answered with {status}")
        return body

    def token(self, name: str) -> str:
        """Return the token of somebody's private link."""
        person = self._site.person(name)
        return self.signed(Purpose.ATTENDEE, person.event_id, person.id)

    def signed(self, purpose: Purpose, event_id: str, person: str, generation: int = 0) -> str:
        """Return a token as it would be if it were for that."""
        return links.signed(self._site.key, Link(purpose, event_id, person, generation))


def operations(*doors: str) -> list[tuple[str, str]]:
    """Return method and path of everything that needs one of these kinds of links."""
    return [
        (method.upper(), path)
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
        if any({door: []} in operation.get("security", []) for door in doors)
    ]


def crawler(here: Engines, size: int) -> Count:
    """Something opens every link of every mail three times, and looks up all that the page behind it would look up.

    Args:
        size: people with a seat; there are also one without, and one who has not confirmed.
    """
    site = LiveSite(here)
    site.open()
    *seated, lonely, unsure = site.names(size + 2)
    site.join(*seated)
    site.join(lonely, free=[])
    site.sign_up(unsure)
    site.run_jobs()
    site.publish()
    found, door = Count(size=f"{size + 2:,} people"), Door(site)
    mails = site.mails_when(2 * size + 4)
    before = _dump(site)
    opened = {link for mail in mails for link in _links(mail)}
    looks = [path for method, path in operations("attendee", "organizer") if method == "GET"]
    for path, token in sorted(opened):
        for _ in range(TIMES):
            for method in ("GET", "HEAD"):
                door.ask(method, path)
            for look in looks if token else ():
                door.ask("GET", look, token)
            found.faults += 2 + (len(looks) if token else 0)
    after = _dump(site)
    found.check("the mails hold too few links", holds=len({token for _, token in opened if token}) >= size + 3)
    found.leaks = sum(before.get(key) != after.get(key) for key in before.keys() | after.keys())
    found.check("looking made work", holds=not site.jobs.matches and not site.jobs.sends)
    found.notes.append(f"{len(opened)} links, {len(before):,} items of the table compared before and after")
    return found


def _links(mail: EmailMessage) -> Iterator[tuple[str, str]]:
    for part in mail.walk():
        if part.get_content_maintype() == "text":
            yield from LINK.findall(part.get_content())


def _dump(site: LiveSite) -> dict[str, str]:
    """Every item of the table."""
    pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=site.place.table, ConsistentRead=True)
    return {
        f"{item['pk']['S']} {item['sk']['S']}": json.dumps(item, sort_keys=True, default=repr)
        for page in pages
        for item in page["Items"]
    }


def foreign_tokens(here: Engines, size: int) -> Count:
    """Every private operation is tried with every kind of token that is not its own: all are answered as none is.

    Args:
        size: people of each of two events.
    """
    site = LiveSite(here)
    events = []
    for _ in range(2):
        site.open()
        names = site.names(size)
        site.join(*names)
        site.run_jobs()
        events.append((site.event_id, names))
    (mine, my_names), (other, other_names) = events
    site.event_id = mine
    door, key = Door(site), site.key
    ids = [site.person(name).id for name in my_names]
    site.event_id = other
    foreign = [site.person(name).id for name in other_names]
    site.event_id = mine
    organizer = door.signed(Purpose.ORGANIZER, mine, "")
    wrong = {
        "attendee": [
            "", "null", "a.b.c.0.d", organizer,
            door.signed(Purpose.ORGANIZER, mine, ids[0]),
            door.signed(Purpose.ATTENDEE, mine, ""),
            links.signed(b"another key", Link(Purpose.ATTENDEE, mine, ids[0], 0)),
            *(door.signed(Purpose.ATTENDEE, mine, one) for one in foreign),
            *(door.signed(Purpose.ATTENDEE, other, one) for one in ids),
            *(door.signed(Purpose.ATTENDEE, mine, one, 1) for one in ids),
        ],
        "organizer": [
            "", "null", "a.b.c.0.d",
            door.signed(Purpose.ORGANIZER, "q" * 16, ""),
            door.signed(Purpose.ORGANIZER, mine, "", 1),
            links.signed(b"another key", Link(Purpose.ORGANIZER, mine, "", 0)),
            *(door.signed(Purpose.ATTENDEE, mine, one) for one in (*ids, *foreign, "", "organizer")),
        ],
    }  # fmt: skip
    found, before = Count(size=f"{2 * size:,} people, 2 events"), _dump(site)
    for kind, tokens in wrong.items():
        for method, path in operations(kind):
            nothing = door.ask(method, path)
            found.check(f"{method} {path} needs no link", holds=nothing[0] == 401)
            found.leaks += sum(door.ask(method, path, token) != nothing for token in tokens)
            found.faults += len(tokens)
    found.leaks += sum(before.get(key) != after for key, after in _dump(site).items())
    # And with the right token nobody learns of others more than they should.
    secret = [address_of(name) for name in other_names] + foreign + [other, key.hex()]
    for name in my_names:
        theirs = [address_of(one) for one in my_names if one != name]
        said = b" ".join(
            door.ask("GET", path, door.token(name))[1] for method, path in operations("attendee") if method == "GET"
        )
        found.leaks += sum(one.encode() in said for one in (*secret, *theirs))
    said = b" ".join(door.ask("GET", path, organizer)[1] for method, path in operations("organizer") if method == "GET")
    found.leaks += sum(one.encode() in said for one in secret)
    found.notes.append(f"{len(operations('attendee', 'organizer'))} private operations")
    return found
