"""Words that people type: made fit to be shown, compared and mailed, or refused with one sentence."""

import re
import unicodedata

from chalicelib.domain.errors import Invalid

ADDRESS_LONGEST = 254

# Invisible marks that can reorder or hide what stands around them; joiners stay, since scripts and emoji need them.
_UNSAFE = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]")


def line(text: str) -> str:
    """The text on one line and never longer: control and direction marks gone, white space folded, NFC."""
    shown = "".join(" " if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} else char for char in text)
    marked = _UNSAFE.sub("", shown)
    composed = unicodedata.normalize("NFC", marked)
    # A few characters have no composed form and come apart; taken as they are, they stay within their limit.
    return " ".join((composed if len(composed) <= len(marked) else marked).split())


def required(text: str, field: str, what: str) -> str:
    """The text on one line, of which something must be there to see.

    Raises:
        Invalid: nothing is left of it; `what` completes “Please write …”.
    """
    shown = line(text)
    if not any(unicodedata.category(char)[0] in "LNPS" for char in shown):
        raise Invalid(f"Please write {what}.", field)
    return shown


def address(text: str, field: str = "email") -> str:
    """A mail address that can stand in a header.

    Raises:
        Invalid: it has not the shape of one.
    """
    shown = text.strip()
    local, _, domain = shown.rpartition("@")
    fits = (
        len(shown) <= ADDRESS_LONGEST
        and re.fullmatch(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}", local)
        and not re.search(r"^\.|\.\.|\.$", local)
        and re.fullmatch(r"([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}", domain)
    )
    if not fits:
        raise Invalid(f"“{line(text)[:60]}” is not a mail address; write it like ana@example.org.", field)
    return shown


def distinct(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The texts on one line each, empty ones and repetitions (whatever their case) gone, in their order."""
    kept: dict[str, str] = {}
    for shown in map(line, texts):
        if shown:
            kept.setdefault(shown.casefold(), shown)
    return tuple(kept.values())
