"""The way in and out for JSON: a body becomes a record or one clear sentence, and a record becomes an answer."""

import re

import msgspec
from chalice.app import Request, Response

from chalicelib.domain.errors import BadLink, Invalid
from chalicelib.web.errors import BadRequest

_KINDS = {
    "str": "text",
    "int": "a whole number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "float": "a number",
    "null": "null",
    "datetime": "a time such as 2027-01-11T14:00:00Z",
    "date": "a day such as 2027-01-11",
}

# What msgspec says, and what a person needs to hear; {0} is the field.
_SENTENCES: tuple[tuple[str, str], ...] = (
    (r"Object missing required field `(\w+)`", "“{1}” is missing; send it too."),
    (r"Object contains unknown field `(.+)`", "“{1}” is not a field here; leave it out or check its spelling."),
    (r"Expected `str` of length <= (\d+)", "“{0}” is too long; use at most {1} characters."),
    (r"Expected `str` of length >= (\d+)", "“{0}” is too short; write something."),
    (r"Expected `array` of length <= (\d+)", "“{0}” has too many entries; use at most {1}."),
    (r"Expected `(?:int|float)` >= (-?\d+)", "“{0}” is too small; use {1} or more."),
    (r"Expected `(?:int|float)` <= (-?\d+)", "“{0}” is too large; use {1} or less."),
    (r"Expected `str` matching regex", "“{0}” is not written as it has to be; see the API's description."),
    (r"Expected `datetime` with a timezone", "“{0}” has no zone; write it like 2027-01-11T14:00:00Z."),
    (r"Invalid RFC3339 encoded datetime", "“{0}” is not a time; write it like 2027-01-11T14:00:00Z."),
    (r"Invalid RFC3339 encoded date", "“{0}” is not a day; write it like 2027-01-11."),
    (r"Invalid enum value", "“{0}” is none of the choices; choose one of those offered."),
)


def read[T](request: Request, kind: type[T]) -> T:
    """The request's body as a record.

    Raises:
        BadRequest: not JSON.
        Invalid: JSON of another shape; the sentence names the field.
    """
    try:
        return msgspec.json.decode(request.raw_body or b"{}", type=kind)
    except msgspec.ValidationError as error:
        raise _invalid(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError):
        raise BadRequest("The body is not JSON; send one JSON object.") from None


def answer(record: object, status: int = 200) -> Response:
    """The record as JSON."""
    body = msgspec.json.encode(record).decode()
    return Response(body, {"Content-Type": "application/json"}, status)


def bearer(request: Request) -> str:
    """The token of the private link that the request carries. Raises BadLink without one."""
    scheme, _, token = str(request.headers.get("authorization", "")).partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise BadLink
    return token.strip()


def source_of(request: Request) -> str:
    """The network address that the gateway says the request came from."""
    return str((request.context or {}).get("identity", {}).get("sourceIp", ""))


def _invalid(said: str) -> Invalid:
    what, _, where = said.partition(" - at `")
    path = where.rstrip("`").removeprefix("$").lstrip(".")
    field = re.sub(r"\[.*?\]", "", path).split(".")[0]
    shown = path or "body"
    for pattern, sentence in _SENTENCES:
        found = re.match(pattern, what)
        if found:
            groups = found.groups()
            return Invalid(sentence.format(shown, *groups), field or (groups[0] if "field" in pattern else ""))
    expected = re.match(r"Expected `([^`]+)`", what)
    if expected:
        kinds = [_KINDS.get(one.strip(), one.strip()) for one in expected[1].split("|")]
        return Invalid(f"“{shown}” has the wrong kind of value; it has to be {' or '.join(kinds)}.", field)
    return Invalid(f"“{shown}” cannot be read; see the API's description.", field)
