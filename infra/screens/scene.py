"""Events and people on a running Covey, so that there is something to see: set up by its API and its mail alone.

    scene = Scene(site, mail_folder)
    scene.open.person["Ana Lopes"]      the token of her private page

Events that wait for their groups are all started at once; the first look at one of them waits until it is there.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from infra.demo import mailbox
from infra.demo.client import Client

PATIENCE = 240.0
"""Seconds until what should happen by itself has failed: two ticks, the settling, a match and a letter."""

FIRST_DAY, SECOND_DAY, THIRD_DAY = (tuple(f"s{day * 4 + hour:03}" for hour in range(4)) for day in range(3))
"""The sessions of an event of three days with four each."""


class Person(NamedTuple):
    """Somebody who signs up, and how."""

    name: str
    level: int
    goal: str
    topics: tuple[str, ...]
    free: tuple[str, ...]
    timezone: str = "Europe/Lisbon"
    shares: bool = True
    host: bool = False
    warm_up: str = ""


CAST = (
    Person(
        "Ana Lopes",
        1,
        "Print one poster by hand, from the first letter to the last pull.",
        ("Posters",),
        FIRST_DAY,
        warm_up="Which paper forgives a beginner?",
    ),
    Person(
        "Ben Adeyemi",
        2,
        "Posters that can be read from across the street.",
        ("Posters",),
        FIRST_DAY,
        host=True,
        warm_up="How large can wood type be?",
    ),
    Person("Chidi Nwosu", 2, "Learn to lock up a form so that a poster prints evenly.", ("Posters",), FIRST_DAY),
    Person("Dora Weiss", 3, "Show a beginner how wood type for posters wants to be inked.", ("Posters",), FIRST_DAY),
    Person("Elif Şahin", 1, "", (), (*FIRST_DAY, *SECOND_DAY), "Europe/Istanbul", shares=False),
    Person("Faisal Khan", 3, "Sew small books without glue.", ("Bookbinding",), SECOND_DAY, "Asia/Karachi"),
    Person("Gita Rai", 2, "Bind a book of my letters.", ("Bookbinding", "Paper"), SECOND_DAY, "Asia/Kathmandu"),
    Person("Hana Mori", 1, "Fold and sew my first book.", ("Bookbinding",), SECOND_DAY, "Asia/Tokyo", host=True),
    Person("Ines Duarte", 2, "Find out which paper suits a sewn book.", ("Paper", "Bookbinding"), SECOND_DAY),
    Person("June Park", 2, "Cast my own type.", ("Type",), THIRD_DAY[3:]),
    Person("Karim Haddad", 1, "See a press at work.", (), ()),
)
"""Two groups and what lies beside them: nobody else has June's time, and Karim marked none."""

LATE = Person("Lena Vogt", 1, "Set my name in lead.", ("Type",), FIRST_DAY)
"""Signs up and never presses the button in her mail."""

GONE = Person("Mio Tanaka", 2, "Print a card.", (), FIRST_DAY)
"""Signs up, confirms and withdraws."""


@dataclass(frozen=True)
class Staged:
    """One event as it was set up.

    Args:
        id: as in the address of its sign-up page.
        organizer: the token of the organizer's page.
        person: the token of each person's page, by name.
    """

    id: str
    organizer: str
    person: dict[str, str] = field(default_factory=dict)


class Scene:
    """What there is to see on one site.

    Args:
        site: its address, ending in a slash.
        mail: the folder in which letters arrive as files.
    """

    def __init__(self, site: str, mail: Path) -> None:
        self.site = site
        self._client = Client(site, patience=PATIENCE)
        self._mail = mail
        self._read: dict[Path, mailbox.Mail] = {}
        # These take minutes by themselves, so they start before anybody asks for them.
        self._online = self._begin(
            "Letterpress for beginners and old hands",
            [*CAST, LATE],
            confirmed=CAST,
            wishes={"wildcard": True},
            least_share=50,
        )
        self._at_places = self._begin(
            "Evenings at the old press",
            [*CAST, GONE],
            places=[
                {"name": "The old press", "address": "Jyatha Marg 4, Kathmandu, up the green stairs"},
                {"name": "Café Anna", "address": "Thamel 12, Kathmandu", "seats": 6},
            ],
            timezone="Asia/Kathmandu",
            least_share=50,
        )
        self._held = self._begin("A week of small presses", [*CAST[:4], *CAST[9:]], least_share=95)
        self._draft = self._begin("Paper, ink and patience", CAST, review=True)

    def close(self) -> None:
        """Hang up."""
        self._client.__exit__()

    @cached_property
    def unopened(self) -> Staged:
        """Created, and its organizer has not pressed the button yet."""
        return self._create("A winter of bookbinding")

    @cached_property
    def quiet(self) -> Staged:
        """Open, and nobody has signed up."""
        return self._opened("Bread that rises")

    @cached_property
    def trial(self) -> Staged:
        """Open, for signing up oneself."""
        return self._opened("Bread that rises")

    @cached_property
    def open(self) -> Staged:
        """Open, with all kinds of people: one did not confirm, one withdrew."""
        staged = self._opened(
            "Letterpress for beginners and old hands",
            description="Three days of setting, inking and printing in small groups. No press of your own needed.",
            topics=["Posters", "Bookbinding", "Paper", "Type"],
            places=[{"name": "The old press", "address": "Torstraße 8, Berlin, first floor"}, {"name": "Online"}],
            day_start="09:00",
            considered_start="08:00",
        )
        slots = [slot["id"] for slot in self.slots(staged)]
        people = [*CAST, LATE, GONE]
        busy: dict[str, dict[str, Any]] = {one.name: {"free": _some(slots, n)} for n, one in enumerate(people)}
        ana, ben = (person.name for person in CAST[:2])
        for one, others in ((ana, [ben, LATE.name]), (ben, [ana])):
            busy[one]["friends"] = [{"email": _address(other, staged), "only": False} for other in others]
        busy[CAST[-1].name]["free"] = []
        self._join(staged, people, confirmed=[*CAST, GONE], change=busy)
        self._post("me/withdraw", staged.person[GONE.name])
        return staged

    @cached_property
    def full(self) -> Staged:
        """Open, with as many people as there may be, and one more who has not confirmed."""
        staged = self._opened("Bread that rises", most=3, question="Which bread do you miss most?")
        self._join(staged, [*CAST[:3], LATE], confirmed=CAST[:3])
        return staged

    @cached_property
    def closing(self) -> Staged:
        """Open for less than an hour more."""
        return self._opened("Bread that rises", closes_at=_in(minutes=50))

    @cached_property
    def closed(self) -> Staged:
        """Closed; whoever signed up can still confirm."""
        staged = self._opened("Bread that rises")
        self._join(staged, [*CAST[:2], LATE], confirmed=CAST[:2])
        self._post("organizer/close", staged.organizer)
        return staged

    @cached_property
    def cancelled(self) -> Staged:
        """Called off while people were signed up."""
        staged = self._opened("Bread that rises")
        self._join(staged, CAST[:2], confirmed=CAST[:2])
        self._post("organizer/cancel", staged.organizer)
        return staged

    @cached_property
    def held(self) -> Staged:
        """Closed, and too few people would have a group."""
        return self._arrived(self._held, "held")

    @cached_property
    def draft(self) -> Staged:
        """Groups that wait for the organizer to look at them."""
        return self._arrived(self._draft, "draft")

    @cached_property
    def online(self) -> Staged:
        """Published; everybody meets online, some have no group, one confirmed too late."""
        return self._arrived(self._online, "published")

    @cached_property
    def at_places(self) -> Staged:
        """Published; everybody meets somewhere in Kathmandu."""
        return self._arrived(self._at_places, "published")

    def coming(self, staged: Staged, person: str) -> str:
        """Somebody's token, once they have said that they will be there."""
        self._post("me/reply", staged.person[person], {"coming": True})
        return staged.person[person]

    def slots(self, staged: Staged) -> list[dict[str, Any]]:
        """The sessions of an event, as the API tells them."""
        return list(self._client.get(f"api/events/{staged.id}")["slots"])

    def _begin(
        self, title: str, people: Iterable[Person], *, confirmed: Iterable[Person] | None = None, **proposal: Any
    ) -> Staged:
        """An event with its people, closed at once; its groups are made while we do other things."""
        people = list(people)
        staged = self._opened(title, **proposal)
        self._join(staged, people, confirmed=people if confirmed is None else confirmed)
        self._post("organizer/close", staged.organizer, {"confirm_minutes": 0})
        return staged

    def _arrived(self, staged: Staged, state: str) -> Staged:
        def there() -> bool:
            return bool(self._client.get("api/organizer", staged.organizer)["event"]["state"] == state)

        wait_for(there, f"an event that is {state}")
        return staged

    def _opened(self, title: str, **proposal: Any) -> Staged:
        staged = self._create(title, **proposal)
        self._post("organizer/open", staged.organizer)
        return staged

    def _create(self, title: str, **proposal: Any) -> Staged:
        address = f"olga-{uuid.uuid4().hex[:8]}@example.org"
        first = _in(days=14).date()
        body = {
            "token": str(uuid.uuid4()),
            "title": title,
            "organizer_name": "Olga Brandt",
            "organizer_email": address,
            "timezone": "Europe/Berlin",
            "group_size": {"min": 3, "max": 5},
            "closes_at": _in(days=7).replace(hour=17, minute=0, second=0, microsecond=0),
            "first_day": first,
            "last_day": first + timedelta(days=2),
            "day_start": "17:00",
            "day_end": "21:00",
            **proposal,
        }
        event_id = self._client.post("api/events", _plain(body))["id"]
        return Staged(event_id, self._token(address))

    def _join(
        self,
        staged: Staged,
        people: Iterable[Person],
        *,
        confirmed: Iterable[Person],
        change: dict[str, dict[str, Any]] | None = None,
    ) -> None:
        names = {one.name for one in confirmed}

        def join(person: Person) -> tuple[str, str]:
            address = _address(person.name, staged)
            changed = (change or {}).get(person.name, {})
            answers = {**person._asdict(), **changed, "email": address, "token": str(uuid.uuid4())}
            self._client.post(f"api/events/{staged.id}/attendees", answers)
            token = self._token(address)
            if person.name in names:
                self._post("me/confirm", token)
            return person.name, token

        with ThreadPoolExecutor(4) as pool:
            staged.person.update(pool.map(join, people))

    def _post(self, act: str, token: str, body: dict[str, Any] | None = None) -> None:
        self._client.post(f"api/{act}", body, token)

    def _token(self, address: str) -> str:
        """The token of the private link in the mail to an address, once it is there."""

        def newest() -> str:
            for path in sorted(set(self._mail.glob("*.eml")) - set(self._read)):
                self._read[path] = mailbox.read(path)
            # A copy, as others who wait for their mail add to it meanwhile.
            read = tuple(self._read.values())
            return next((mail.links[-1] for mail in read if mail.recipient == address and mail.links), "")

        return wait_for(newest, f"a mail to {address}").partition("#")[2]


def _in(**span: float) -> datetime:
    return datetime.now(UTC) + timedelta(**span)


def _plain(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in body.items()}


def _address(name: str, staged: Staged) -> str:
    """An address that nobody else has, and that people can read."""
    return f"{name.partition(' ')[0].lower()}.{staged.id[:5]}@example.com"


def _some(slots: list[str], number: int) -> list[str]:
    """Somebody's free times: some are early and some are late, so that a table of all has hills and valleys."""
    return [slot for place, slot in enumerate(slots) if (place % 13) in range(number % 9, number % 9 + 5)]


def wait_for[T](look: Callable[[], T], what: str, seconds: float = PATIENCE) -> T:
    """What a look finds, once it finds something. Raises TimeoutError."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.2)
    raise TimeoutError(f"waited {seconds:.0f} s in vain for {what}")
