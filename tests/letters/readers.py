"""Four readers of invites that nobody here wrote, made to say what they read in the same words."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast

import vobject
from icalendar import Calendar

from infra.local import toolbox


def by_vobject(invite: bytes) -> dict[str, object]:
    """What vobject makes of an invite."""
    whole = vobject.readOne(invite.decode())
    event = whole.vevent
    return {
        "method": whole.method.value,
        "events": len(whole.vevent_list),
        "uid": event.uid.value,
        "sequence": int(event.sequence.value),
        "start": milliseconds(event.dtstart.value),
        "end": milliseconds(event.dtend.value),
        "stamp": milliseconds(event.dtstamp.value),
        "status": event.status.value,
        "attendees": [one.value.removeprefix("mailto:") for one in event.contents.get("attendee", [])],
        "organizer": event.organizer.value.removeprefix("mailto:"),
        "summary": event.summary.value,
        "description": event.contents["description"][0].value if "description" in event.contents else "",
    }


def by_icalendar(invite: bytes) -> dict[str, object]:
    """What icalendar makes of it."""
    whole = Calendar.from_ical(invite)
    (event,) = whole.walk("VEVENT")
    attendees = event.get("attendee", [])
    return {
        "method": str(whole["METHOD"]),
        "events": 1,
        "uid": str(event["UID"]),
        "sequence": int(event["SEQUENCE"]),
        "start": milliseconds(event.decoded("DTSTART")),
        "end": milliseconds(event.decoded("DTEND")),
        "stamp": milliseconds(event.decoded("DTSTAMP")),
        "status": str(event["STATUS"]),
        "attendees": [
            str(one).removeprefix("mailto:") for one in (attendees if isinstance(attendees, list) else [attendees])
        ],
        "organizer": str(event["ORGANIZER"]).removeprefix("mailto:"),
        "summary": str(event["SUMMARY"]),
        "description": str(event.get("DESCRIPTION", "")),
    }


@contextmanager
def node_readers() -> Iterator[Callable[[list[bytes]], list[dict[str, dict[str, object]]]]]:
    """What ical.js and node-ical make of invites, asked as often as one likes in one process."""
    node = toolbox.node()
    assert node is not None, "Node is not there; make test fetches it."
    command = [str(node), str(Path(__file__).with_name("read_invites.mjs"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        asking, answers = cast(IO[str], process.stdin), cast(IO[str], process.stdout)

        def asked(invites: list[bytes]) -> list[dict[str, dict[str, object]]]:
            asking.write(json.dumps([invite.decode() for invite in invites]) + "\n")
            asking.flush()
            found: list[dict[str, dict[str, object]]] = json.loads(answers.readline())
            return found

        try:
            yield asked
        finally:
            asking.close()


def in_node(invites: list[bytes]) -> list[dict[str, dict[str, object]]]:
    """What ical.js and node-ical make of them."""
    with node_readers() as asked:
        return asked(invites)


def milliseconds(moment: datetime) -> str:
    """An instant as all the readers are made to say it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
