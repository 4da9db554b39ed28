"""Covey's front page: which functions there are, and what each hands over to."""

from typing import Any

from chalice.app import Chalice, CloudWatchEvent, Rate

from chalicelib import wiring
from chalicelib.flow import feedback as hearing
from chalicelib.flow import send as sending
from chalicelib.flow import tick as ticking
from chalicelib.flow import work as working
from chalicelib.web.attendees import attendees
from chalicelib.web.errors import dressed
from chalicelib.web.gateway import BINARY_TYPES, carried
from chalicelib.web.organizers import organizers
from chalicelib.web.pages import pages

app = Chalice(app_name="covey")
app.register_blueprint(pages)
app.register_blueprint(attendees)
app.register_blueprint(organizers)
app.api.binary_types = BINARY_TYPES
app.register_middleware(carried, "http")
app.register_middleware(dressed, "http")


@app.schedule(Rate(1, unit=Rate.MINUTES))
def tick(_event: CloudWatchEvent) -> None:
    """Each minute: set up what is missing, close what is due, hand out work, wake the sender."""
    ours = wiring.adapters()
    ticking.tick(ours.store, ours.secrets, ours.jobs, ours.clock, wiring.new_run)


@app.lambda_function()
def match(event: dict[str, Any], _context: Any) -> None:
    """In the background: take one claimed event as far as it goes. `event` holds event_id and run."""
    ours = wiring.adapters()
    working.work(
        ours.store, ours.jobs, ours.clock, event["event_id"], event["run"], ours.secrets.link_key(), wiring.new_run()
    )


@app.lambda_function()
def send(_event: dict[str, Any], _context: Any) -> None:
    """In the background: send the letters that are due."""
    ours = wiring.adapters()
    sending.send_due(
        ours.store,
        ours.mailer,
        ours.clock,
        key=ours.secrets.link_key(),
        sender=ours.settings.sender,
        language=ours.settings.language,
        run=wiring.new_run(),
    )


@app.lambda_function()
def feedback(event: dict[str, Any], _context: Any) -> None:
    """What SES says of letters after it took them; `event` is as an SNS subscription hands it over."""
    ours = wiring.adapters()
    hearing.hear(ours.store, ours.clock, event)
