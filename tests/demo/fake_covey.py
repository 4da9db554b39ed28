"""A small stand-in for the deployed Covey: its HTTP contract in memory, its letters as files, its faults on demand."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from infra.demo.story import Site

Answer = tuple[int, dict[str, Any] | None]


class FakeCovey:
    """One site with any number of events; people are seated first come, first served.

    Args:
        mail: the folder that letters go to.
        tick: seconds from closing to publishing.
        hold: the sentence a plan is held with, once.
        lose_mail: addresses whose second letter never arrives.
        trouble: statuses answered, one each, before requests are served at all.
    """

    def __init__(
        self,
        mail: Path,
        tick: float = 0.05,
        hold: dict[str, Any] | None = None,
        lose_mail: frozenset[str] = frozenset(),
        trouble: tuple[int, ...] = (),
    ) -> None:
        self.mail = mail
        self.events: dict[str, dict[str, Any]] = {}
        self.requests = 0
        self.url = ""
        self._tick = tick
        self._hold = hold
        self._lose = lose_mail
        self._trouble = list(trouble)
        self._letters = 0
        self._lock = threading.RLock()

    def answer(self, method: str, path: str, token: str, body: dict[str, Any]) -> Answer:  # noqa: PLR0911 -- a table
        """Serve one request."""
        with self._lock:
            self.requests += 1
            if self._trouble:
                return self._trouble.pop(0), {"detail": "Not now."}
            match method, *path.strip("/").split("?")[0].split("/"):
                case "POST", "api", "events":
                    return self._create(body)
                case "POST", "api", "events", event_id, "attendees":
                    return self._sign_up(self.events[event_id], body)
                case "POST", "api", "me", "confirm":
                    event, person = self._bearer(token)
                    event["people"][person]["state"] = "confirmed"
                    return 200, {"state": "confirmed"}
                case "POST", "api", "organizer", act:
                    return self._steer(self._bearer(token)[0], act)
                case "GET", "api", "organizer":
                    return 200, self._watch(self._bearer(token)[0])
                case "GET", "api", "organizer", "attendees":
                    event = self._bearer(token)[0]
                    return 200, {"attendees": list(event["people"].values()), "next": None}
                case "GET", "api", "organizer", "plan":
                    return 200, self._bearer(token)[0]["plan"]
                case "GET", *_:
                    return 200, None
        return 404, {"detail": "There is nothing here."}

    def _create(self, body: dict[str, Any]) -> Answer:
        event_id = f"event{len(self.events)}"
        self.events[event_id] = {"id": event_id, "asked": body, "state": "unconfirmed", "people": {}, "due": 0.0}
        self._send(body["organizer_email"], f"{self.url}watch#o.{event_id}..0.mac-")
        return 202, {"id": event_id, "message": "Check your mail."}

    def _sign_up(self, event: dict[str, Any], body: dict[str, Any]) -> Answer:
        if event["state"] != "open":
            return 409, {"detail": "Sign-up is closed."}
        if all(person["token"] != body["token"] for person in event["people"].values()):
            person_id = f"p{len(event['people'])}"
            event["people"][person_id] = {"id": person_id, "state": "unconfirmed", **body}
            self._send(body["email"], f"{self.url}me#a.{event['id']}.{person_id}.0.mac_")
        return 202, {"message": "One step left.", "meaning": ""}

    def _steer(self, event: dict[str, Any], act: str) -> Answer:
        event["state"] = {"open": "open", "close": "closed", "publish": "publishing"}[act]
        event["due"] = time.monotonic() + self._tick
        return 200, self._watch(event)

    def _watch(self, event: dict[str, Any]) -> dict[str, Any]:
        if event["state"] in {"closed", "publishing"} and time.monotonic() > event["due"]:
            if self._hold is not None and event["state"] == "closed":
                event["state"] = "held"
            else:
                self._publish(event)
        return {
            "event": {"state": event["state"]},
            "held": self._hold if event["state"] == "held" else None,
            "sign_up_link": f"{self.url}e/{event['id']}",
        }

    def _publish(self, event: dict[str, Any]) -> None:
        confirmed = [person for person in event["people"].values() if person["state"] == "confirmed"]
        seated = [person for person in confirmed if person["free"]]
        slots, size = event["asked"]["slots"], event["asked"]["group_size"]["max"]
        groups = [
            {
                "title": f"Group {start // size + 1}",
                "start": slots[0]["start"],
                "end": slots[0]["end"],
                "place": None,
                "members": [{"id": person["id"]} for person in seated[start : start + size]],
            }
            for start in range(0, len(seated), size)
        ]
        left = [{"id": person["id"]} for person in confirmed if not person["free"]]
        event["plan"] = {"placed": len(seated), "placeable": len(seated), "groups": groups, "unplaced": left}
        event["state"] = "published"
        for person in confirmed:
            if person["email"] not in self._lose:
                link = f"{self.url}me#a.{event['id']}.{person['id']}.0.mac_"
                self._send(person["email"], link, invites=bool(person["free"]))

    def _bearer(self, token: str) -> tuple[dict[str, Any], str]:
        _, event_id, person, *_ = token.split(".")
        return self.events[event_id], person

    def _send(self, recipient: str, link: str, *, invites: bool = False) -> None:
        message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
        message["From"], message["To"] = "covey@example.org", recipient
        message["Subject"] = "Grüße from Covey"
        message.set_content(f"Hällo,\n\nhere is your page:\n{link}\n\nSee you")
        message.add_alternative(f'<p><a href="{link}">Your page</a></p>', subtype="html")
        if invites:
            message.add_alternative("BEGIN:VCALENDAR", subtype="calendar", params={"method": "REQUEST"})
        self._letters += 1
        unfinished = self.mail / f"{self._letters:04}.part"
        unfinished.write_bytes(message.as_bytes())
        unfinished.rename(unfinished.with_suffix(".eml"))


@contextmanager
def served(covey: FakeCovey) -> Iterator[Site]:
    """Serve it on a free port of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(covey.answer))
    server.daemon_threads = True
    covey.url = f"http://127.0.0.1:{server.server_port}/covey/"
    covey.mail.mkdir(exist_ok=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield Site(covey.url, covey.mail, covey.mail / "log")
    finally:
        server.shutdown()
        server.server_close()


def _handler(answer: Callable[[str, str, str, dict[str, Any]], Answer]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def _serve(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            status, said = answer(self.command, self.path.removeprefix("/covey"), token, body)
            data = b"<p>A page</p>" if said is None else json.dumps(said).encode()
            self.send_response(status)
            if status == 429:
                self.send_header("Retry-After", "0")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    return Handler
