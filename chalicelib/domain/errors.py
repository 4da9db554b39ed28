"""What can go wrong, in the words of the domain; each message is one sentence that says what to do."""


class CoveyError(Exception):
    """Base of every error that a person may be shown; `str(error)` is the sentence."""


class Invalid(CoveyError):
    """The input breaks a rule.

    Args:
        sentence: what is wrong and what to do about it.
        field: the name of the offending field, empty when it is the whole input.
    """

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


class NotFound(CoveyError):
    """No such thing, or not for this link: both answer alike, so that ids cannot be probed."""


class BadLink(CoveyError):
    """A private link that does not work, for whatever reason."""

    def __init__(self) -> None:
        super().__init__("This link does not work any more.")


class Forbidden(CoveyError):
    """This person may not do this here."""


class Conflict(CoveyError):
    """The thing is not in a state that allows this."""


class Stale(Conflict):
    """Somebody else changed the record since it was read; read again and decide again."""


class AddressTaken(Conflict):
    """Another attendee of the same event already holds this address."""


class TooMany(CoveyError):
    """A limit is reached.

    Args:
        retry_after: seconds until another try makes sense.
    """

    def __init__(self, sentence: str, retry_after: int) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class NotReady(CoveyError):
    """The service itself is not set up yet; it will be after the next tick or a setting.

    Args:
        retry_after: seconds until another try makes sense.
    """

    def __init__(self, sentence: str, retry_after: int = 15) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after
