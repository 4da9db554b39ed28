"""The whole road on a deployed Covey, by its public API and its mail."""

import pytest

from tests.cloud.visitor import Visitor, wait_for

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
