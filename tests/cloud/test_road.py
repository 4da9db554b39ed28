"""The whole road on a deployed Covey, by its public API and its mail."""

import csv
import email
import email.policy
import io
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.demo import roster, story
from infra.demo.progress import Progress
from infra.local.cloud import Cloud
from tests.cloud.visitor import Visitor, wait_for
from tests.letters.readers import by_icalendar, by_vobject, in_node

pytestmark = pytest.mark.cloud


def test_everybody_who_confirmed_hears_once_where_they_meet_or_why_not(visitor: Visitor) -> None:
    """Twelve with time are seated, one without is told why, one who never confirmed hears nothing more."""
    event_id, organizer = visitor.open_event()
    addresses = [visitor.sign_up(event_id) for _ in range(12)]
    timeless = visitor.sign_up(event_id, free=[])
    silent = visitor.sign_up(event_id)
    for address in [*addresses, timeless]:
        visitor.confirm(address)
    visitor.client.post("api/organizer/close", {"confirm_minutes": 0}, organizer)
    wait_for(lambda: visitor.state(organizer) == "published", "the groups", 150)

    wait_for(lambda: all(len(visitor.mails(one)) == 2 for one in [*addresses, timeless]), "the result letters")
    for address in addresses:
        invites = [part for part in visitor.mails(address)[1].walk() if part.get_content_type() == "text/calendar"]
        assert [part.get_param("method") for part in invites] == ["REQUEST"]
    assert "No group yet" in visitor.mails(timeless)[1]["subject"]
    assert len(visitor.mails(silent)) == 1


@pytest.mark.slow
def test_a_real_roster_is_placed_whole_and_every_invite_can_be_read(
    deployed: Cloud, real_roster: Path | None, tmp_path: Path
) -> None:
    """Of 120 real people all 103 with any time are seated; each gets one result that four calendar readers agree on."""
    if real_roster is None:
        pytest.skip("The real roster is not at hand; the demo's own roster is tried by `make demo`.")
    people, silent = _with_ticks(real_roster, tmp_path)
    outcome = story.play(story.Site(deployed.site, deployed.mail, deployed.log), people, Progress(io.StringIO(), 6))

    assert (outcome.plan["placed"], outcome.plan["placeable"], people.no_time) == (103, 103, 17)
    addresses = {person.email for person in people.people}
    mails = [_Mail(path) for path in deployed.mail.glob("*.eml")]
    results = [mail for mail in mails if mail.to in addresses and mail.results]
    assert Counter(mail.to for mail in results) == dict.fromkeys(addresses, 1)

    invites = [mail for mail in results if mail.invite]
    assert len(invites) == 103
    by_node = in_node([mail.invite for mail in invites])
    for mail, node in zip(invites, by_node, strict=True):
        read = by_icalendar(mail.invite)
        assert read == by_vobject(mail.invite) == node["ical.js"]
        assert (read["method"], read["attendees"]) == ("REQUEST", [mail.to])
        assert {name: node["node-ical"][name] for name in ("uid", "start", "end")} == {
            name: read[name] for name in ("uid", "start", "end")
        }

    for mail in results:
        others = addresses - {mail.to}
        assert not [address for address in others if address in mail.everything]
        assert not [goal for address, goal in silent.items() if address != mail.to and goal in mail.everything]


def _with_ticks(path: Path, folder: Path) -> tuple[roster.Roster, dict[str, str]]:
    """The roster with every fourth person's tick left out, and the goals of those that nobody else wrote too."""
    rows = list(csv.DictReader(path.read_text().splitlines()))
    for number, row in enumerate(rows):
        row["shares"] = "no" if number % 4 == 0 else "yes"
    copy = folder / path.name
    with copy.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    copy.with_suffix(".json").write_bytes(path.with_suffix(".json").read_bytes())
    shown = " ".join(row["goal"] for row in rows if row["shares"] == "yes")
    silent = {row["email"]: row["goal"] for row in rows if row["shares"] == "no" and len(row["goal"].split()) > 2}
    kept = {address: goal for address, goal in silent.items() if goal not in shown}
    assert len(kept) > 10
    return roster.read(copy, datetime.now(UTC)), kept


class _Mail:
    """A mail as its recipient's programs see it."""

    def __init__(self, path: Path) -> None:
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        self.to = str(message["to"].addresses[0].addr_spec)
        parts = [part for part in message.walk() if not part.is_multipart()]
        words = [" ".join(str(part.get_content()).split()) for part in parts if part.get_content_maintype() == "text"]
        self.everything = " ".join([str(message["subject"]), *words])
        calendars = [part for part in parts if part.get_content_type() == "text/calendar"]
        self.invite = bytes(calendars[0].get_payload(decode=True)) if calendars else b""
        self.results = bool(self.invite) or "No group" in str(message["subject"])
