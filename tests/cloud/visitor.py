"""Somebody who visits a deployed Covey: asks its API and reads the mail that arrives."""

import email
import email.policy
import re
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from infra.demo.client import Client
from infra.local.cloud import Cloud
from infra.screens.scene import wait_for

__all__ = ["Visitor", "wait_for"]

LINK = re.compile(r"/(?:me|watch)#(\S+)")


class Visitor:
    """One visitor of one deployed Covey."""

    def __init__(self, cloud: Cloud, client: Client) -> None:
        self.cloud = cloud
        self.client = client
        self._read: dict[Path, Any] = {}

    def mails(self, address: str) -> list[Any]:
        """Every mail to an address so far, in the order they arrived."""
        for path in self.cloud.mail.glob("*.eml"):
            if path not in self._read:
                self._read[path] = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        return [mail for _, mail in sorted(self._read.items()) if address in str(mail["to"])]

    def token(self, address: str) -> str:
        """The token of the private link in the newest mail to an address, once there is one."""

        def newest() -> str:
            for mail in reversed(self.mails(address)):
                link = LINK.search(mail.get_body(("plain",)).get_content())
                if link:
                    return link[1]
            return ""

        return wait_for(newest, f"a mail to {address}")

    def open_event(self, **changes: Any) -> tuple[str, str]:
        """An open event's id and its organizer's token; each has an organizer of its own."""
        event_id, token, _ = self.propose(**changes)
        self.client.post("api/organizer/open", None, token)
        return event_id, token

    def propose(self, **changes: Any) -> tuple[str, str, str]:
        """An event that is not open yet: its id, its organizer's token and address."""
        now = datetime.now(UTC)
        organizer = f"organizer-{uuid.uuid4().hex[:8]}@example.org"
        proposal = {
            "token": str(uuid.uuid4()),
            "title": "Letterpress for beginners and old hands",
            "organizer_name": "Olga Organizer",
            "organizer_email": organizer,
            "timezone": "Europe/Berlin",
            "group_size": {"min": 3, "max": 5},
            "closes_at": (now + timedelta(days=7)).isoformat(),
            "first_day": (now + timedelta(days=14)).date().isoformat(),
            "last_day": (now + timedelta(days=16)).date().isoformat(),
            "day_start": "17:00",
            "day_end": "21:00",
            **changes,
        }
        event_id = self.client.post("api/events", proposal)["id"]
        return event_id, self.token(organizer), organizer

    def sign_up(self, event_id: str, **changes: Any) -> str:
        """Sign somebody new up who is free all through the first day; their address."""
        address = f"{uuid.uuid4().hex[:12]}@example.com"
        self.client.post(
            f"api/events/{event_id}/attendees",
            {
                "token": str(uuid.uuid4()),
                "email": address,
                "name": "Ana Example",
                "level": 2,
                "goal": "Set my own poster by hand",
                "topics": ["posters"],
                "free": ["s000", "s001", "s002", "s003"],
                "timezone": "Europe/Berlin",
                "shares": True,
                **changes,
            },
        )
        return address

    def confirm(self, address: str) -> str:
        """Press the button in the mail to an address; the person's token."""
        token = self.token(address)
        self.client.post("api/me/confirm", None, token)
        return token

    def state(self, organizer: str) -> str:
        """Where the event stands."""
        return str(self.client.get("api/organizer", organizer)["event"]["state"])
