"""Create an event, which opens once its organizer presses the button in the mail."""

from datetime import datetime, timedelta

import msgspec

from chalicelib.domain import links, words
from chalicelib.domain.attendee import normalised
from chalicelib.domain.errors import Forbidden, NotReady, Stale, TooMany
from chalicelib.domain.event import Event
from chalicelib.domain.letter import ORGANIZER, Kind, decided
from chalicelib.domain.ports import Jobs, Store
from chalicelib.domain.proposal import Proposal, event_of

DAY = timedelta(days=1)


class Limits(msgspec.Struct, frozen=True):
    """Requests a minute from one source, and events a day by one organizer, who is mailed for each."""

    source: int
    events: int


def create_event(
    store: Store,
    jobs: Jobs,
    proposal: Proposal,
    *,
    key: bytes,
    sender: str,
    organizers: tuple[str, ...],
    base_url: str,
    source: str,
    limits: Limits,
    now: datetime,
) -> Event:
    """Keep the event and mail its organizer the button that opens it; the same token again does nothing new.

    Args:
        organizers: addresses and domains whose owners may create events.
        base_url: where the event's pages live.
        source: the network address the request came from.

    Raises:
        TooMany: a limit is reached.
        NotReady: no sender is set, so no mail could leave.
        Forbidden: this address may not create events here.
        Invalid: the proposal cannot be.
    """
    if not sender:
        raise NotReady(
            "Covey cannot send mail yet; whoever deployed it sets COVEY_SENDER to a verified address and redeploys.",
            3600,
        )
    address = words.address(proposal.organizer_email, "organizer_email")
    event_id = links.identity(key, "event", proposal.token, normalised(address))
    event = event_of(proposal, event_id, base_url, now)
    if not allowed(address, organizers):
        raise Forbidden(
            "This address may not create events here; use one of your organization's, "
            "or ask whoever runs this site to add yours."
        )

    if not store.admit(links.identity(key, "creating", source), proposal.token, limits.source, now):
        raise TooMany("Very many events are being created right now; nothing was lost, press again in a minute.", 60)
    if not store.admit(links.identity(key, "organizer", normalised(address)), proposal.token, limits.events, now, DAY):
        raise TooMany("Too many events were created with this address today; open one of them, or try tomorrow.", 3600)
    letter = decided(event.id, ORGANIZER, Kind.OPEN, now)

    try:
        store.commit(event, letter)
    except Stale:
        event = store.event(event.id)
    jobs.send()
    return event


def allowed(address: str, organizers: tuple[str, ...]) -> bool:
    """Whether the address, or its domain, is among those that may create events."""
    own = normalised(address)
    return own in organizers or own.rpartition("@")[2] in organizers
