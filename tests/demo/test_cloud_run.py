"""The demo in small on the local cloud: real deployment, real letters, real tick."""

import io
from datetime import UTC, datetime

import pytest

from infra.demo import roster, story
from infra.demo.progress import Progress
from infra.local.cloud import Cloud


@pytest.mark.cloud
@pytest.mark.slow
def test_a_dozen_people_end_in_groups_or_hear_why(deployed: Cloud) -> None:
    """Eleven who share an afternoon, and one who marked no time."""
    people = roster.read(roster.BUILT_IN, datetime.now(UTC))
    together = [person for person in people.people if {"tue1-1600", "tue2-1600"} & set(person.answers["free"])]
    together = [person for person in together if "online" in (person.answers["places"] or ["online"])][:11]
    timeless = [person for person in people.people if not person.answers["free"]][:1]
    few = people._replace(people=(*together, *timeless), no_time=1)
    site = story.Site(deployed.site, deployed.mail, deployed.log)
    outcome = story.play(site, few, Progress(io.StringIO(), story.STEPS))
    assert outcome.plan["placed"] == outcome.plan["placeable"] >= 5
    assert outcome.mails == {
        "to the organizer": outcome.mails["to the organizer"],
        "to confirm": 12,
        "invites": outcome.plan["placed"],
        "without a group": 12 - outcome.plan["placed"],
    }
    assert "1 marked no time" in list(story.told(outcome, site, few))
