"""The organizer's addresses: create, watch, and steer."""

from typing import Annotated, Any, Literal

import msgspec
import segno
from chalice.app import Blueprint, Response

from chalicelib import wiring
from chalicelib.domain.attendee import Address
from chalicelib.domain.errors import Invalid
from chalicelib.domain.event import MOST_SLOTS, Event, Repairs
from chalicelib.domain.letter import Kind, LetterKey
from chalicelib.domain.proposal import GroupSizeProposal, Hours, Minutes, Moment, Proposal
from chalicelib.domain.times import utc
from chalicelib.flow import ask, create, delivery, steer, watch
from chalicelib.messages import catalog
from chalicelib.web.address import base_url
from chalicelib.web.attendees import known_id
from chalicelib.web.body import answer, bearer, read, source_of
from chalicelib.web.errors import guarded
from chalicelib.web.views import (
    Created,
    attendee_page,
    delivery_view,
    person_letters,
    plan_view,
    sign_up_link,
    watch_view,
)

organizers = Blueprint(__name__)


class Deadline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When sign-up is to end."""

    closes_at: Moment


class Close(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long sign-ups can still be confirmed after closing now; left out, what the event says."""

    confirm_minutes: Minutes | None = None


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another group size, or considered slots that are offered from now on."""

    group_size: GroupSizeProposal | None = None
    offer: Annotated[tuple[str, ...], msgspec.Meta(max_length=MOST_SLOTS)] = ()


class LetterName(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which letter, as it was when the organizer looked."""

    person: Annotated[str, msgspec.Meta(max_length=64)]
    kind: Kind
    sequence: Annotated[int, msgspec.Meta(ge=0, le=999_999)]
    version: Annotated[int, msgspec.Meta(ge=0)]


class Decision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the organizer decides about letters.

    `arrived` and `again` are about one letter; `failed` tries all that failed once more; `reachable` says that
    letters reach the person of this id again.
    """

    act: Literal["arrived", "again", "failed", "reachable"]
    letter: LetterName | None = None
    person: Annotated[str, msgspec.Meta(max_length=64)] = ""


class AddressOf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose letters to look up."""

    email: Address


class Mend(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the organizer says about a repair that waits: the plan, as the page named it, and what to do."""

    plan: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    act: Literal["mend", "leave"]


class KeepUp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Other rules for groups that went out; what is left out stays as it is."""

    repairs: Repairs | None = None
    release: Hours | None = None


@organizers.route("/api/events", methods=["POST"], content_types=["*/*"])
@guarded
def create_event() -> Response:
    adapters = wiring.adapters()
    proposal = read(organizers.current_request, Proposal)
    event = create.create_event(
        adapters.store,
        adapters.jobs,
        proposal,
        key=adapters.secrets.link_key(),
        sender=adapters.settings.sender,
        organizers=adapters.settings.organizers,
        base_url=base_url(organizers.current_request, "/api/events"),
        source=source_of(organizers.current_request),
        limits=create.Limits(adapters.settings.limit_source, adapters.settings.limit_events_a_day),
        now=adapters.clock.now(),
    )
    message = catalog.text(adapters.settings.language, "receipts", "created", email=event.organizer.email)
    return answer(Created(event.id, message), 202)


@organizers.route("/api/events/{event_id}/qr.svg", methods=["GET"], content_types=["*/*"])
@guarded
def qr_code(event_id: str) -> Response:
    event = wiring.adapters().store.event(known_id(event_id))
    picture = segno.make(sign_up_link(event), error="m").svg_inline(scale=8, border=4, dark="#1B2440", light="#FCFDFD")
    svg = picture.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return Response(svg, {"Content-Type": "image/svg+xml", "Cache-Control": "public, max-age=3600"})


@organizers.route("/api/organizer", methods=["GET"], content_types=["*/*"])
@guarded
def show_watch() -> Response:
    return _watch(_steered())


@organizers.route("/api/organizer/attendees", methods=["GET"], content_types=["*/*"])
@guarded
def list_attendees() -> Response:
    asked: Any = organizers.current_request.query_params or {}
    page, following = watch.attendees_after(wiring.adapters().store, _steered(), str(asked.get("after", "")))
    return answer(attendee_page(page, following))


@organizers.route("/api/organizer/plan", methods=["GET"], content_types=["*/*"])
@guarded
def show_plan() -> Response:
    event = _steered()
    return answer(plan_view(event, watch.groups_of(wiring.adapters().store, event)))


@organizers.route("/api/organizer/letters", methods=["GET"], content_types=["*/*"])
@guarded
def show_letters() -> Response:
    asked: Any = organizers.current_request.query_params or {}
    adapters, event = wiring.adapters(), _steered()
    found = delivery.delivery_of(adapters.store, event, adapters.clock.now(), str(asked.get("after", "")))
    return answer(delivery_view(event, found))


@organizers.route("/api/organizer/letters", methods=["POST"], content_types=["*/*"])
@guarded
def decide_letters() -> Response:
    adapters, event = wiring.adapters(), _steered()
    wanted = read(organizers.current_request, Decision)
    store, now = adapters.store, adapters.clock.now()
    match wanted:
        case Decision("arrived", LetterName() as letter):
            delivery.arrived(store, _key(event, letter), letter.version, now)
        case Decision("again", LetterName() as letter):
            delivery.send_again(store, adapters.jobs, _key(event, letter), letter.version, now)
        case Decision("failed"):
            delivery.try_failed(store, adapters.jobs, event, now)
        case Decision("reachable", person=str(person)) if person:
            delivery.works_again(store, adapters.jobs, event, person, now)
        case _:
            raise Invalid("Say which letter, or which person; reload the page and choose again.", "act")
    return answer(delivery_view(event, delivery.delivery_of(store, event, now)))


@organizers.route("/api/organizer/letters/person", methods=["POST"], content_types=["*/*"])
@guarded
def show_letters_of() -> Response:
    # Asked for in a body, since what stands in an address is written to logs.
    adapters, event = wiring.adapters(), _steered()
    email = read(organizers.current_request, AddressOf).email
    return answer(person_letters(event, *delivery.delivery_to(adapters.store, event, email, adapters.clock.now())))


@organizers.route("/api/organizer/open", methods=["POST"], content_types=["*/*"])
@guarded
def open_event() -> Response:
    adapters = wiring.adapters()
    return _watch(steer.open_event(adapters.store, _steered().id, adapters.clock.now()))


@organizers.route("/api/organizer/deadline", methods=["POST"], content_types=["*/*"])
@guarded
def move_deadline() -> Response:
    adapters, event = wiring.adapters(), _steered()
    wanted = utc(read(organizers.current_request, Deadline).closes_at, "closes_at")
    return _watch(steer.move_deadline(adapters.store, event.id, wanted, adapters.clock.now()))


@organizers.route("/api/organizer/close", methods=["POST"], content_types=["*/*"])
@guarded
def close_now() -> Response:
    adapters, event = wiring.adapters(), _steered()
    minutes = read(organizers.current_request, Close).confirm_minutes
    return _watch(steer.close_now(adapters.store, event.id, minutes, adapters.clock.now()))


@organizers.route("/api/organizer/hold", methods=["POST"], content_types=["*/*"])
@guarded
def hold() -> Response:
    return _watch(steer.hold(wiring.adapters().store, _steered().id))


@organizers.route("/api/organizer/publish", methods=["POST"], content_types=["*/*"])
@guarded
def publish() -> Response:
    adapters = wiring.adapters()
    return _watch(steer.publish(adapters.store, _steered().id, adapters.clock.now()))


@organizers.route("/api/organizer/cancel", methods=["POST"], content_types=["*/*"])
@guarded
def cancel() -> Response:
    adapters = wiring.adapters()
    return _watch(steer.cancel(adapters.store, _steered().id, adapters.clock.now()))


@organizers.route("/api/organizer/change", methods=["POST"], content_types=["*/*"])
@guarded
def change() -> Response:
    adapters, event = wiring.adapters(), _steered()
    wanted = read(organizers.current_request, Change)
    return _watch(steer.change(adapters.store, event.id, wanted.group_size, wanted.offer, adapters.clock.now()))


def _key(event: Event, letter: LetterName) -> LetterKey:
    return LetterKey(event.id, letter.person, letter.kind, letter.sequence)


@organizers.route("/api/organizer/mend", methods=["POST"], content_types=["*/*"])
@guarded
def mend() -> Response:
    adapters, event = wiring.adapters(), _steered()
    wanted = read(organizers.current_request, Mend)
    decide = steer.mend if wanted.act == "mend" else steer.leave
    return _watch(decide(adapters.store, event.id, wanted.plan, adapters.clock.now()))


@organizers.route("/api/organizer/upkeep", methods=["POST"], content_types=["*/*"])
@guarded
def keep_up() -> Response:
    adapters, event = wiring.adapters(), _steered()
    wanted = read(organizers.current_request, KeepUp)
    return _watch(steer.keep_up(adapters.store, event.id, wanted.repairs, wanted.release, adapters.clock.now()))


def _steered() -> Event:
    adapters = wiring.adapters()
    return steer.bearer(adapters.store, adapters.secrets.link_key(), bearer(organizers.current_request))


def _watch(event: Event) -> Response:
    adapters = wiring.adapters()
    now = adapters.clock.now()
    question = ask.question_of(adapters.store, event, now, names=True)
    return answer(watch_view(event, watch.overview(adapters.store, event, now), question, now))
