"""What SES publishes about letters, as SNS hands it to the function that hears it."""

import json
from typing import Any

from chalicelib.domain.letter import Letter, LetterKey, name_of, tags_of
from chalicelib.flow import feedback
from tests.flow.world import World

WHEN = "2027-01-04T09:00:00.000Z"

DETAILS: dict[str, dict[str, Any]] = {
    "Send": {"send": {}},
    "Delivery": {"delivery": {"timestamp": WHEN, "smtpResponse": "250 ok", "recipients": ["ana@example.com"]}},
    "DeliveryDelay": {"deliveryDelay": {"delayType": "MailboxFull", "timestamp": WHEN}},
    "Bounce": {
        "bounce": {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [{"emailAddress": "ana@example.com", "diagnosticCode": "smtp; 550 5.1.1 unknown"}],
        }
    },
    "Transient": {"bounce": {"bounceType": "Transient", "bounceSubType": "MailboxFull", "timestamp": WHEN}},
    "Complaint": {"complaint": {"complaintFeedbackType": "abuse", "complainedRecipients": [{}]}},
    "Reject": {"reject": {"reason": "Bad content"}},
    "Rendering Failure": {"failure": {"errorMessage": "no such value", "templateName": "t"}},
}
"""The part of a notification that its kind adds; `Transient` is a bounce that may pass."""


def said(kind: str, letter: Letter | LetterKey, copy: str = "", **details: Any) -> dict[str, Any]:
    """What a configuration set publishes about a letter.

    Args:
        copy: the provider's name for what it took; that of the letter, when it is known, if left out.
        details: what is otherwise than usual in what the kind adds.
    """
    key = letter.key if isinstance(letter, Letter) else letter
    copy = copy or (letter.message_id if isinstance(letter, Letter) else "") or "mail-0"
    tags = {name: [value] for name, value in tags_of(key).items()} | {"ses:configuration-set": ["covey"]}
    mail = {"timestamp": WHEN, "messageId": copy, "destination": ["ana@example.com"], "tags": tags}
    about = {part: found | details for part, found in DETAILS[kind].items()}
    return {"eventType": "Bounce" if kind == "Transient" else kind, "mail": mail, **about}


def said_by_identity(kind: str, letter: Letter, copy: str = "") -> dict[str, Any]:
    """The same in the older form, which has no tags and tells the letter's own headers."""
    told = said(kind, letter, copy)
    mail = {name: value for name, value in told["mail"].items() if name != "tags"}
    mail["headers"] = [
        {"name": "From", "value": "Olga <covey@example.org>"},
        {"name": "Message-ID", "value": f"<{name_of(letter.key)}@example.org>"},
    ]
    rest = {name: value for name, value in told.items() if name not in {"eventType", "mail"}}
    return {"notificationType": told["eventType"], "mail": mail, **rest}


def record(message: object) -> dict[str, Any]:
    text = message if isinstance(message, str) else json.dumps(message)
    return {"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": {"Type": "Notification", "Message": text}}


def notification(*messages: object) -> dict[str, Any]:
    """A whole notification; messages that are no text are sent as JSON."""
    return {"Records": [record(message) for message in messages]}


def hear(world: World, *messages: object) -> None:
    """The function is called with these messages."""
    feedback.hear(world.memory, world.clock, notification(*messages))
