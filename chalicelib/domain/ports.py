"""The ports: what the flow needs from the world, as protocols whose methods name domain acts."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from chalicelib.domain.attendee import Attendee
from chalicelib.domain.event import Event
from chalicelib.domain.letter import Letter, LetterKey
from chalicelib.domain.plan import Plan
from chalicelib.domain.sub_event import SubEvent

type Record = Event | Attendee | SubEvent | Letter

MINUTE = timedelta(minutes=1)

MOST_IN_ONE_COMMIT = 90
"""Records in one commit; a new attendee counts twice, for their address."""


class Store(Protocol):
    """Everything Covey remembers. Reads are consistent unless they say otherwise.

    Every method raises NotReady while the table does not exist.
    """

    def create(self) -> None:
        """Create what is missing of the table; does nothing when all is there."""

    def commit(self, *records: Record, items: int = 0) -> tuple[Record, ...]:
        """Save all of the records or none, each only if nobody saved it since it was read.

        A record of version 0 is new and must not exist yet; a new attendee also takes their address,
        which must be free in their event. Sending the same commit twice, as a client does that lost
        the answer, succeeds and changes nothing the second time.

        Args:
            items: how many items to write at least, all in one transaction, so that the time it takes does
                not tell how many records there were; what is written besides means nothing and expires.

        Returns:
            The records as saved, each with its version raised by one.

        Raises:
            AddressTaken: somebody at the event holds a new attendee's address.
            Stale: a record was saved by somebody else in between, or exists already.
        """

    def event(self, event_id: str) -> Event:
        """The event. Raises NotFound."""

    def attendee(self, event_id: str, attendee_id: str) -> Attendee:
        """The attendee of that event. Raises NotFound."""

    def attendee_at(self, event_id: str, address: str) -> Attendee | None:
        """The attendee of that event who holds this address, compared in its normalised form."""

    def at_the_door(self, event_id: str, address: str) -> tuple[Event, Attendee | None]:
        """The event, and whoever holds this address there, for somebody who types one.

        It does the same work whether somebody does. Raises NotFound without such an event.
        """

    def attendees(self, event_id: str, after: str = "") -> Iterator[Attendee]:
        """All attendees of the event to the last page, by id; those behind an id `after` are read from there on."""

    def confirmed(self, event_id: str, most: int) -> int:
        """How many people at the event have confirmed and can be reached; `most` when that many or more.

        It reads none of their answers. People saved before states were kept beside them do not count.
        """

    def naming(self, event_id: str, address: str) -> Iterator[Attendee]:
        """The attendees of the event who name this address as a friend's, compared in its normalised form."""

    def sub_event(self, event_id: str, sub_event_id: str) -> SubEvent:
        """The published sub-event. Raises NotFound."""

    def sub_events(self, event_id: str) -> Iterator[SubEvent]:
        """All published sub-events of the event, by id."""

    def write_plan(self, event_id: str, name: str, plan: Plan) -> None:
        """Keep a plan under a name of its own; whoever makes a plan draws a new name for it."""

    def plan(self, event_id: str, name: str) -> Plan:
        """The plan of that name. Raises NotFound also when it was not written to its end."""

    def plans(self, event_id: str) -> frozenset[str]:
        """The names of all plans of the event, those half written too."""

    def letter(self, key: LetterKey) -> Letter:
        """The letter. Raises NotFound."""

    def letters(self, event_id: str, person: str = "") -> Iterator[Letter]:
        """All letters of the event, or those to one person, in whatever state; their messages are left out (empty)."""

    def erase(self, attendee: Attendee, plans: Iterable[str]) -> None:
        """Delete these plans of their event, every letter to the attendee, and last of all the attendee.

        With them goes their hold on their address. What this did not come to before it failed is deleted when it
        is done again.

        Raises:
            Stale: the attendee was saved since they were read, or is gone.
        """

    def due_events(self, until: datetime) -> Iterator[str]:
        """Ids of events that were due at or before that instant.

        They come from an eventually consistent index: read again before acting.
        """

    def due_letters(self, until: datetime) -> Iterator[LetterKey]:
        """Keys of letters that were due at or before that instant, likewise.

        Within a part of the index the longest due come first.
        """

    def admit(self, scope: str, token: str, most: int, now: datetime, window: timedelta = MINUTE) -> bool:
        """Whether this request is among the first `most` of its scope in the current window of time.

        The same token is counted once, however often it is sent.
        """

    def hold(self, lease: str, run: str, now: datetime, until: datetime) -> bool:
        """Take or renew a lease; False while another run holds it."""

    def release(self, lease: str, run: str) -> None:
        """Give a lease back; does nothing when another run holds it."""


class Quota(msgspec.Struct, frozen=True):
    """What the mail account may send: letters a second, and letters left in the current 24 hours."""

    rate: float
    left: int


class Throttled(Exception):
    """The provider definitely did not take the letter now, and may later."""


class Refused(Exception):
    """The provider definitely did not take the letter and never will."""


class Mailer(Protocol):
    """Hands letters to the provider, one attempt a call."""

    def send(self, sender: str, recipient: str, message: bytes, tags: Mapping[str, str] | None = None) -> str:
        """Hand over one MIME message; returns the provider's id for it.

        Args:
            tags: what the provider is to say beside whatever it tells of the message later.

        Raises:
            Throttled: not taken; worth another try later.
            Refused: not taken; no use trying again.
            Exception: any other means that nobody knows whether it was taken.
        """

    def quota(self) -> Quota:
        """What may be sent now."""


class Jobs(Protocol):
    """Starts background functions and does not wait for them."""

    def match(self, event_id: str, run: str) -> None:
        """Match and publish an event that `run` has claimed."""

    def send(self) -> None:
        """Send the letters that are due."""


class Secrets(Protocol):
    """Keeps the key that signs private links."""

    def create_link_key(self) -> None:
        """Make the key unless there is one."""

    def link_key(self) -> bytes:
        """The key. Raises NotReady before it was made."""


class Clock(Protocol):
    """The time, and waiting for it to pass."""

    def now(self) -> datetime:
        """The current instant, aware UTC."""

    def sleep(self, seconds: float) -> None:
        """Do nothing for so long."""
