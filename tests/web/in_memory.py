"""The whole app on twins in memory: real requests in, and background jobs run when the test says so."""

import email
import email.policy
import json
import re
from datetime import timedelta
from typing import Any

from chalice.test import Client, HTTPResponse
from msgspec.structs import replace

import app as front_page
from chalicelib import wiring
from chalicelib.adapters.memory import MemoryClock, MemoryJobs, MemoryMailer, MemorySecrets, MemoryStore
from chalicelib.domain import times
from chalicelib.domain.ports import Store
from chalicelib.settings import Settings

SETTINGS = Settings(
    table="covey",
    sender="covey@example.org",
    organizers=("example.org",),
    functions="covey-test",
    key_name="/covey/link-key",
    base_url="https://covey.example.org/covey",
    configuration_set="",
    limit_source=50,
    limit_event=50,
    limit_events_a_day=50,
    letters_before_confirming=2,
)

LINK = re.compile(r"https://covey\.example\.org/covey/(?:me|watch)#(\S+)")


class App:
    """Covey in one process.

    Args:
        settings: what to change of SETTINGS.
    """

    def __init__(self, **settings: Any) -> None:
        self.store, self.mailer, self.jobs = MemoryStore(), MemoryMailer(rate=1000), MemoryJobs()
        self.secrets, self.clock = MemorySecrets(), MemoryClock()
        self.settings = replace(SETTINGS, **settings)
        self.take_over()
        self.client = Client(front_page.app)

    def take_over(self, store: Store | None = None) -> None:
        """Have this app's twins answer, and not those of the app that was made last.

        Args:
            store: what to put in the place of its store.
        """
        wiring.use(
            wiring.Adapters(self.settings, store or self.store, self.mailer, self.jobs, self.secrets, self.clock)
        )

    def call(self, method: str, path: str, body: Any = None, token: str = "", **others: str) -> HTTPResponse:
        """One request; the body as JSON unless it is bytes already.

        Args:
            others: headers.
        """
        headers = {"Content-Type": "application/json", **others} if body is not None else others
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.client.http.request(method, path, headers=headers, body=data)

    def through_gateway(
        self,
        method: str,
        resource: str,
        *,
        path: str | None = None,
        parameters: dict[str, str] | None = None,
        body: str | None = None,
        base64: bool = False,
        headers: dict[str, str] | None = None,
    ) -> Any:
        """The function's own answer to an event as API Gateway sends it for the stage `covey`.

        Args:
            resource: the route, such as `/static/{proxy+}`, which the test client does not know.
            path: what was asked for; the route itself when left out.
            parameters: what the route's names stand for, decoded as the gateway does.
        """
        asked = resource if path is None else path
        event = {
            "resource": resource,
            "path": asked,
            "httpMethod": method,
            "headers": headers or {},
            "multiValueHeaders": {name: [value] for name, value in (headers or {}).items()},
            "queryStringParameters": None,
            "multiValueQueryStringParameters": None,
            "pathParameters": parameters,
            "stageVariables": None,
            "requestContext": {
                "resourcePath": resource,
                "httpMethod": method,
                "path": "/covey" + asked,
                "domainName": "abc123.execute-api.eu-central-1.amazonaws.com",
                "stage": "covey",
                "identity": {"sourceIp": "192.0.2.1"},
            },
            "body": body,
            "isBase64Encoded": base64,
        }
        return front_page.app(event, None)

    def ask(self, method: str, path: str, body: Any = None, token: str = "") -> Any:
        """One request that has to succeed; its answer."""
        response = self.call(method, path, body, token)
        assert response.status_code < 300, response.body
        return json.loads(response.body)

    def tick(self) -> None:
        """One tick, and all the work it started, the way the cloud would run it."""
        self.client.lambda_.invoke("tick", self.client.events.generate_cw_event("aws.events", "tick", {}, []))
        self.work()

    def work(self) -> None:
        """Run the background jobs that were asked for."""
        while self.jobs.matches or self.jobs.sends:
            if self.jobs.matches:
                event_id, run = self.jobs.matches.pop(0)
                self.client.lambda_.invoke("match", {"event_id": event_id, "run": run})
            else:
                self.jobs.sends = 0
                self.client.lambda_.invoke("send", {})

    def pass_time(self, **span: float) -> None:
        """Let time go by, in ticks of a minute."""
        until = self.clock.now() + timedelta(**span)
        while self.clock.now() < until:
            self.clock.advance(timedelta(minutes=1))
            self.tick()

    def close(self, organizer: str, **span: float) -> None:
        """The organizer closes sign-up with no time to confirm late, and what follows from that takes its course."""
        self.ask("POST", "/api/organizer/close", {"confirm_minutes": 0}, organizer)
        self.tick()
        self.pass_time(**span or {"minutes": 2})

    def watch(self, organizer: str) -> Any:
        """What the organizer sees."""
        return self.ask("GET", "/api/organizer", token=organizer)

    def subjects(self, address: str) -> list[str]:
        """The subjects of all that went to an address, in the order in which it went."""
        return [str(mail["Subject"]) for mail in self.mails(address)]

    def mails(self, address: str) -> list[Any]:
        """Every mail that went to an address, parsed."""
        return [
            email.message_from_bytes(mail.message, policy=email.policy.default)
            for mail in self.mailer.sent
            if mail.recipient == address
        ]

    def token(self, address: str) -> str:
        """The token of the private link in the newest mail to an address that holds one."""
        for mail in reversed(self.mails(address)):
            found = LINK.search(mail.get_body(("plain",)).get_content())
            if found:
                return found[1]
        raise AssertionError(f"no mail to {address} holds a private link")

    def proposal(self, **changes: Any) -> dict[str, Any]:
        """An event that can be created: three days of four sessions in two weeks' time."""
        first = (self.clock.now() + timedelta(days=14)).date()
        return {
            "token": "0123456789abcdef-create",
            "title": "Letterpress for beginners and old hands",
            "organizer_name": "Olga Organizer",
            "organizer_email": "olga@example.org",
            "timezone": "Europe/Berlin",
            "group_size": {"min": 3, "max": 5},
            "closes_at": times.iso(self.clock.now() + timedelta(days=7)),
            "first_day": first.isoformat(),
            "last_day": (first + timedelta(days=2)).isoformat(),
            "day_start": "17:00",
            "day_end": "21:00",
            **changes,
        }

    def open_event(self, **changes: Any) -> tuple[str, str]:
        """An open event's id, and its organizer's token."""
        self.tick()
        event_id = self.ask("POST", "/api/events", self.proposal(**changes))["id"]
        self.work()
        token = self.token("olga@example.org")
        self.ask("POST", "/api/organizer/open", {}, token)
        return event_id, token

    def sign_up(self, event_id: str, number: int, **changes: Any) -> str:
        """Sign somebody up; their address."""
        body = sign_up_body(number, **changes)
        self.ask("POST", f"/api/events/{event_id}/attendees", body)
        return str(body["email"])

    def confirmed(self, event_id: str, number: int, **changes: Any) -> str:
        """Sign somebody up and press the button in their mail; their token."""
        address = self.sign_up(event_id, number, **changes)
        self.work()
        token = self.token(address)
        self.ask("POST", "/api/me/confirm", {}, token)
        return token


def sign_up_body(number: int, **changes: Any) -> dict[str, Any]:
    """Answers of somebody who is free all through the first day."""
    return {
        "token": f"0123456789abcdef-{number}",
        "email": f"person{number}@example.com",
        "name": f"Person{number} Family{number}",
        "level": 1 + number % 3,
        "goal": f"Set my own poster by hand, number {number}",
        "topics": ["posters"],
        "free": ["s000", "s001", "s002", "s003"],
        "timezone": "Europe/Berlin",
        "shares": True,
        **changes,
    }
