"""News that come twice and in any order: the highest SEQUENCE wins in calendars, and a bounce counts once."""

import itertools
import json
import random
from collections.abc import Sequence
from typing import Any

from chalicelib.domain.event import BURST
from chalicelib.domain.letter import Kind, LetterKey, LetterState, tags_of
from chalicelib.flow import feedback, respond
from infra.faults import calendars, count
from infra.faults.calendars import Entry
from infra.faults.count import Count
from infra.faults.engines import Engines
from infra.faults.live import LiveSite

MENDED = BURST.total_seconds() / 60 + 3
"""Minutes after which groups are mended."""

MOST_ORDERS = 24
"""Orders of arrival that are tried for each person."""

EVENTS = ("Send", "Delivery", "Bounce")


def any_order(here: Engines, size: int) -> Count:
    """Groups go out, people leave and come back, mails bounce; then all of it arrives in any order, some of it twice.

    Args:
        size: people in groups of three to five.
    """
    site, dice = LiveSite(here), random.Random(size)
    site.open()
    names = site.names(size)
    site.join(*names)
    site.run_jobs()
    site.publish()
    wavering, bouncing = names[: size // 4], names[size // 4 : size // 2]
    for name in wavering:
        site.withdraw(name)
        site.pass_time(minutes=1)
        respond.take_back(site.truth, site.event, site.person(name), site.clock.now())
    found = Count(size=f"{size:,} people")
    found.faults += _bounced(site, bouncing, dice, found)
    site.pass_time(minutes=MENDED)
    found.add(count.letters(site, site.mails_when(sum(one.state in {"sent", "bounced"} for one in site.letters()))))
    entries: dict[str, list[Entry]] = {}
    for mail in site.mails():
        if entry := calendars.entry_in(mail):
            entries.setdefault(str(mail["X-RcptTo"]), []).append(entry)
    slots = {group.id: group.slot.start for group in site.truth.sub_events(site.event_id)}
    for one in site.people():
        said = [] if one.seat is None else [(one.seat.uid, one.seat.sequence, slots[one.seat.sub_event])]
        if one.unreachable:
            found.check("somebody who is unreachable has a seat", holds=not said)
            continue
        for order in _orders(entries[one.email], dice):
            found.faults += 1
            stands = [(entry.uid, entry.sequence, entry.start) for entry in calendars.held(order)]
            found.check(f"a calendar holds {stands}, not {said}", holds=stands == said)
    several = sum(len(mine) > 1 for mine in entries.values())
    found.notes.append(f"{several} people got several invites; {MOST_ORDERS} orders of arrival at most for each")
    found.check("nobody got several invites", holds=several > 0)
    return found


def _orders(entries: list[Entry], dice: random.Random) -> list[Sequence[Entry]]:
    """Every order of arrival, or some of them, each with one entry twice."""
    all_orders = list(itertools.islice(itertools.permutations(entries), 1000))
    some = dice.sample(all_orders, min(len(all_orders), MOST_ORDERS))
    return [(*order, dice.choice(order)) for order in some]


def _bounced(site: LiveSite, names: list[str], dice: random.Random, found: Count) -> int:
    """The provider says of each letter that it was taken, delivered and came back, in some order, each of it twice."""
    told = 0
    for name in names:
        person = site.person(name)
        if person.seat is None:
            continue
        key = LetterKey(site.event_id, person.id, Kind.SEAT, person.seat.sequence)
        news = dice.sample(EVENTS * 2, 2 * len(EVENTS))
        for event in news:
            feedback.hear(site.truth, site.clock, notification(key, site.truth.letter(key).message_id, event))
        told += len(news)
        after, letter = site.person(name), site.truth.letter(key)
        found.check("a bounce is not what the row says", holds=letter.state is LetterState.BOUNCED)
        found.check("somebody whose mail came back keeps a seat", holds=after.seat is None and bool(after.unreachable))
        found.check("a bounce counted twice", holds=after.seats == person.seats + 1)
    return told


def notification(key: LetterKey, message_id: str, event: str) -> dict[str, Any]:
    """Return what SES publishes of a mail, as SNS hands it to the function."""
    mail = {"messageId": message_id, "tags": {name: [value] for name, value in tags_of(key).items()}}
    message = {"eventType": event, "mail": mail}
    if event == "Bounce":
        message["bounce"] = {"bounceType": "Permanent"}
    return {"Records": [{"Sns": {"Message": json.dumps(message)}}]}
