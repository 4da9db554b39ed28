"""The attendee's addresses: the public event, sign up, and the private page."""

from typing import Annotated

import msgspec
from chalice.app import Blueprint, Response

from chalicelib import wiring
from chalicelib.domain.attendee import Address, AnswersForm, Attendee, Confirmation, left_out
from chalicelib.domain.errors import NotFound
from chalicelib.domain.event import Event
from chalicelib.domain.proposal import Token
from chalicelib.flow import change_seat, respond, signup, watch
from chalicelib.flow.erase import erase
from chalicelib.web.body import answer, bearer, read, source_of
from chalicelib.web.errors import Headers, guarded
from chalicelib.web.export import export
from chalicelib.web.views import FlockView, MyPage, accepted, erased, event_view, my_page, open_groups

attendees = Blueprint(__name__)


class SignUp(AnswersForm, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the sign-up page sends: the answers, the address, and a random token of its own making."""

    token: Token
    email: Address


class LinkRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose private link to mail again."""

    email: Address


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The group that a person would rather be in."""

    group: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class Reply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether a person will be there."""

    coming: bool


@attendees.route("/api/events/{event_id}", methods=["GET"], content_types=["*/*"])
@guarded
def show_event(event_id: str) -> Response:
    adapters = wiring.adapters()
    event = adapters.store.event(known_id(event_id))
    return answer(event_view(event, adapters.clock.now(), full=signup.full(adapters.store, event)))


@attendees.route("/api/events/{event_id}/flock", methods=["GET"], content_types=["*/*"])
@guarded
def show_flock(event_id: str) -> Response:
    flock = watch.flock_of(wiring.adapters().store, known_id(event_id))
    shown = answer(FlockView(flock.confirmed, flock.more))
    # Many people look at once, and none of them needs to see the very last bird.
    shown.headers["Cache-Control"] = "public, max-age=60"
    return shown


@attendees.route("/api/events/{event_id}/attendees", methods=["POST"], content_types=["*/*"])
@guarded
def sign_up(event_id: str) -> Response:
    adapters = wiring.adapters()
    wanted = read(attendees.current_request, SignUp)
    receipt = signup.sign_up(
        adapters.store,
        adapters.jobs,
        known_id(event_id),
        wanted.email,
        wanted,
        token=wanted.token,
        source=source_of(attendees.current_request),
        limits=_limits(),
        key=adapters.secrets.link_key(),
        now=adapters.clock.now(),
    )
    return answer(accepted(receipt, adapters.settings.language), 202)


@attendees.route("/api/events/{event_id}/links", methods=["POST"], content_types=["*/*"])
@guarded
def mail_link(event_id: str) -> Response:
    adapters = wiring.adapters()
    wanted = read(attendees.current_request, LinkRequest)
    receipt = signup.mail_link(
        adapters.store,
        adapters.jobs,
        known_id(event_id),
        wanted.email,
        token=wiring.new_run(),
        source=source_of(attendees.current_request),
        limits=_limits(),
        key=adapters.secrets.link_key(),
        now=adapters.clock.now(),
    )
    return answer(accepted(receipt, adapters.settings.language), 202)


@attendees.route("/api/me", methods=["GET"], content_types=["*/*"])
@guarded
def show_me() -> Response:
    return _page(*_mine())


@attendees.route("/api/me", methods=["PUT"], content_types=["*/*"])
@guarded
def edit_me() -> Response:
    event, attendee = _mine()
    answers = read(attendees.current_request, AnswersForm)
    adapters = wiring.adapters()
    edited = respond.edit(adapters.store, event, attendee, answers, adapters.clock.now())
    return _page(event, edited, left_out(answers, attendee.email))


@attendees.route("/api/me/confirm", methods=["POST"], content_types=["*/*"])
@guarded
def confirm_me() -> Response:
    event, attendee = _mine()
    added = read(attendees.current_request, Confirmation)
    adapters = wiring.adapters()
    return _page(event, signup.confirm(adapters.store, adapters.jobs, event, attendee, adapters.clock.now(), added))


@attendees.route("/api/me/reply", methods=["POST"], content_types=["*/*"])
@guarded
def reply_me() -> Response:
    event, attendee = _mine()
    wanted = read(attendees.current_request, Reply)
    adapters = wiring.adapters()
    now = adapters.clock.now()
    return _page(event, respond.reply(adapters.store, event, attendee, coming=wanted.coming, now=now))


@attendees.route("/api/me/groups", methods=["GET"], content_types=["*/*"])
@guarded
def groups_for_me() -> Response:
    event, attendee = _mine()
    adapters = wiring.adapters()
    found = change_seat.open_groups(adapters.store, event, attendee, adapters.clock.now())
    return answer(open_groups(found))


@attendees.route("/api/me/group", methods=["POST"], content_types=["*/*"])
@guarded
def move_me() -> Response:
    event, attendee = _mine()
    wanted = read(attendees.current_request, Move)
    adapters = wiring.adapters()
    now = adapters.clock.now()
    return _page(event, change_seat.join(adapters.store, adapters.jobs, event, attendee, wanted.group, now))


@attendees.route("/api/me/withdraw", methods=["POST"], content_types=["*/*"])
@guarded
def withdraw_me() -> Response:
    event, attendee = _mine()
    adapters = wiring.adapters()
    return _page(event, respond.withdraw(adapters.store, adapters.jobs, event, attendee, adapters.clock.now()))


@attendees.route("/api/me/return", methods=["POST"], content_types=["*/*"])
@guarded
def return_me() -> Response:
    event, attendee = _mine()
    adapters = wiring.adapters()
    return _page(event, respond.take_back(adapters.store, event, attendee, adapters.clock.now()))


@attendees.route("/api/me/invite.ics", methods=["GET"], content_types=["*/*"])
@guarded
def my_invite() -> Response:
    event, attendee = _mine()
    adapters = wiring.adapters()
    file = respond.calendar(adapters.store, event, attendee, adapters.settings.sender, adapters.settings.language)
    headers: Headers = {
        "Content-Type": "text/calendar; charset=utf-8",
        "Content-Disposition": 'attachment; filename="invite.ics"',
    }
    return Response(file.decode(), headers)


@attendees.route("/api/me/export", methods=["GET"], content_types=["*/*"])
@guarded
def export_me() -> Response:
    event, attendee = _mine()
    adapters = wiring.adapters()
    letters = list(adapters.store.letters(event.id, attendee.id))
    kept = export(event, attendee, _seen(event, attendee), letters, adapters.clock.now())
    headers: Headers = {
        "Content-Type": "application/json",
        "Content-Disposition": 'attachment; filename="covey.json"',
    }
    return Response(msgspec.json.format(msgspec.json.encode(kept)).decode() + "\n", headers)


@attendees.route("/api/me/erase", methods=["POST"], content_types=["*/*"])
@guarded
def erase_me() -> Response:
    event, attendee = _mine()
    adapters = wiring.adapters()
    erase(adapters.store, event.id, attendee.id, wiring.new_run, adapters.clock.now())
    return answer(erased(event, adapters.settings.language))


def known_id(event_id: str) -> str:
    """The id, if it has the shape of ours. Raises NotFound."""
    if not event_id.isascii() or not event_id.isalnum() or len(event_id) != 16:
        raise NotFound("There is no such event; check the link with whoever sent it.")
    return event_id


def _mine() -> tuple[Event, Attendee]:
    adapters = wiring.adapters()
    return respond.bearer(adapters.store, adapters.secrets.link_key(), bearer(attendees.current_request))


def _page(event: Event, attendee: Attendee, said: str = "") -> Response:
    return answer(_seen(event, attendee, said))


def _seen(event: Event, attendee: Attendee, said: str = "") -> MyPage:
    adapters = wiring.adapters()
    seat = respond.seat_of(adapters.store, event, attendee)
    neighbour = respond.neighbour_of(adapters.store, event, attendee, seat[0]) if seat else None
    friends = respond.friends_of(adapters.store, event, attendee)
    full = signup.full(adapters.store, event)
    language = adapters.settings.language
    now = adapters.clock.now()
    return my_page(event, attendee, seat, friends, now, neighbour=neighbour, full=full, language=language, said=said)


def _limits() -> signup.Limits:
    settings = wiring.adapters().settings
    return signup.Limits(settings.limit_source, settings.limit_event, settings.letters_before_confirming)
