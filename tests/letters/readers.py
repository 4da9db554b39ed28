"""Four readers of invites that nobody here wrote, made to say what they read in the same words."""

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

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
        "attendees": [
            str(one).removeprefix("mailto:") for one in (attendees if isinstance(attendees, list) else [attendees])
        ],
        "organizer": str(event["ORGANIZER"]).removeprefix("mailto:"),
        "summary": str(event["SUMMARY"]),
        "description": str(event.get("DESCRIPTION", "")),
    }


def in_node(invites: list[bytes]) -> list[dict[str, dict[str, object]]]:
    """What ical.js and node-ical make of them."""
    node = toolbox.node()
    assert node is not None, "Node is not there; make test fetches it."
    said = subprocess.run(
        [node, Path(__file__).with_name("read_invites.mjs")],
        input=json.dumps([invite.decode() for invite in invites]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    return json.loads(said.stdout)


def milliseconds(moment: datetime) -> str:
    """An instant as all the readers are made to say it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
