"""The story, told against a stand-in of the site: what it reports, and how it ends when something is wrong."""

import io
import re
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.demo import DemoError, roster, story
from infra.demo.client import Client, RefusedError
from infra.demo.mailbox import read as read_mail
from infra.demo.progress import Progress
from tests.demo.fake_covey import FakeCovey, served

pytestmark = pytest.mark.slow

PEOPLE = roster.read(roster.BUILT_IN, datetime(2026, 11, 21, 12, 0, tzinfo=UTC))
FEW = PEOPLE._replace(people=PEOPLE.people[:5] + PEOPLE.people[-6:], no_time=2)


def play(covey: FakeCovey, people: roster.Roster = FEW) -> tuple[str, list[str]]:
    """What is written while the story goes on, and the lines at its end."""
    out = io.StringIO()
    with served(covey) as site:
        outcome = story.play(site, people, Progress(out, story.STEPS), pause=0.02)
        return out.getvalue(), list(story.told(outcome, site, people))


def failure(covey: FakeCovey) -> str:
    """The sentence with which a story ends that cannot be told."""
    with pytest.raises(DemoError) as failed:
        play(covey)
    return str(failed.value)


def test_the_outcome_is_told(tmp_path: Path) -> None:
    """Placed, sub-events, letters by kind, and where to look."""
    said, lines = play(FakeCovey(tmp_path / "mail"))
    assert "placed 9 of 9" in lines
    assert "2 marked no time" in lines
    assert "AI for B2B Community Builders: 2 sub-events (times in Europe/Berlin)" in lines
    assert "  Mon 23 Nov 09:00–10:30  Online   8 people  Group 1" in lines
    assert "23 mails arrived: 1 to the organizer, 11 to confirm, 9 invites, 2 without a group" in lines
    assert any(
        re.fullmatch(r"  an attendee +http://127.0.0.1:\d+/covey/me#a\.event0\.p0\.0\.mac_", line) for line in lines
    )
    assert "[3/6] Signing up 11 people … 11 of 11\n" in said


@pytest.mark.slow
def test_it_can_be_told_twice_over_the_same_mail(tmp_path: Path) -> None:
    """A second event does not mind the first one's letters."""
    covey = FakeCovey(tmp_path / "mail")
    assert "placed 9 of 9" in play(covey)[1]
    assert "placed 9 of 9" in play(covey)[1]
    assert len(covey.events) == 2


def test_a_busy_server_is_waited_for(tmp_path: Path) -> None:
    """Too many requests, a gateway's error and a service that is not set up yet all pass."""
    covey = FakeCovey(tmp_path / "mail", trouble=(503, 429, 502))
    said, lines = play(covey)
    assert "Creating the event … Not now." in said
    assert "placed 9 of 9" in lines


def test_a_held_plan_is_answered(tmp_path: Path) -> None:
    """The demo does what an organizer would, and says so."""
    hold = {"sentence": "Only 9 of 11 have a seat.", "choices": [{"act": "publish", "sentence": "", "value": ""}]}
    said, lines = play(FakeCovey(tmp_path / "mail", hold=hold))
    assert "Covey asks the organizer first: Only 9 of 11 have a seat. The demo answers: go ahead." in said
    assert "placed 9 of 9" in lines


def test_a_plan_without_groups_ends_the_demo(tmp_path: Path) -> None:
    """There is nothing to publish then."""
    hold = {"sentence": "No group can form.", "choices": [{"act": "cancel", "sentence": "", "value": ""}]}
    said = failure(FakeCovey(tmp_path / "mail", hold=hold))
    assert said == "Covey asks the organizer instead of mailing anybody: No group can form."


def test_a_letter_that_never_comes_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the number that did come and the log to look into."""
    monkeypatch.setattr(story, "LULL", 0.3)
    mail = tmp_path / "mail"
    said = failure(FakeCovey(mail, lose_mail=frozenset({FEW.people[0].email})))
    assert said == f"10 of 11 letters arrived in {mail}, and none in the last 0 s; {mail / 'log'} may say why."


def test_a_refusal_is_passed_on_in_the_servers_words(tmp_path: Path) -> None:
    """And not tried again."""
    covey = FakeCovey(tmp_path / "mail", trouble=(422,))
    assert failure(covey) == "POST api/events was refused: Not now."
    assert covey.requests == 1


def test_no_server_is_one_sentence() -> None:
    """Also when nothing listens at all."""
    told: list[str] = []
    client = Client("http://127.0.0.1:9/covey/", patience=0.5, told=told.append)
    with pytest.raises(
        DemoError, match=r"GET api/me got no good answer within 0 s: no answer \(ConnectionRefusedError\)"
    ):
        client.get("api/me")
    assert told


def test_the_same_request_sent_twice_is_one_sign_up(tmp_path: Path) -> None:
    """What the client relies on when an answer is lost."""
    covey = FakeCovey(tmp_path / "mail")
    with served(covey) as site, Client(site.url) as client:
        asked = {**FEW.event, **story.ORGANIZER, "token": str(uuid.uuid4())}
        event_id = client.post("api/events", asked)["id"]
        client.post("api/organizer/open", None, f"o.{event_id}..0.mac-")
        body = {"token": str(uuid.uuid4()), "email": "ana@example.org", **FEW.people[0].answers}
        for _ in range(2):
            client.post(f"api/events/{event_id}/attendees", body)
        assert len(covey.events[event_id]["people"]) == 1
        client.post("api/organizer/close", None, f"o.{event_id}..0.mac-")
        with pytest.raises(RefusedError, match=r"Sign-up is closed\."):
            client.post(f"api/events/{event_id}/attendees", {**body, "token": str(uuid.uuid4())})


def test_a_letter_is_read_as_its_recipient_reads_it(tmp_path: Path) -> None:
    """Links from the text part, whatever its transfer encoding; the calendar part tells an invite."""
    covey = FakeCovey(tmp_path / "mail")
    play(covey)
    mails = [read_mail(path) for path in sorted((tmp_path / "mail").glob("*.eml"))]
    assert mails[0].recipient == story.ORGANIZER["organizer_email"]
    assert mails[0].subject == "Grüße from Covey"
    assert mails[0].links[0].endswith("watch#o.event0..0.mac-")
    assert sum(mail.invites for mail in mails) == 9


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_a_step_is_one_line() -> None:
    """It is written over until the step is done."""
    out = Terminal()
    progress = Progress(out, 2)
    progress.step("Signing up 3 people")
    for number in range(1, 4):
        progress.count(number, 3)
    progress.step("Closing")
    assert out.getvalue().count("\n") == 1
    assert "\r[1/2] Signing up 3 people … 2 of 3\x1b[K" in out.getvalue()
    assert "\r[1/2] Signing up 3 people … 3 of 3, done\x1b[K\n" in out.getvalue()


def test_in_a_log_the_work_is_five_lines() -> None:
    """However many people there are."""
    out = io.StringIO()
    progress = Progress(out, 1)
    progress.step("Signing up 1000 people")
    for number in range(1, 1001):
        progress.count(number, 1000)
    progress.done()
    assert out.getvalue().count("\n") == 7
    assert "\r" not in out.getvalue()
