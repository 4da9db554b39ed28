"""Every scenario that must be survived: what happens, what is done to which engine, and how large it is run."""

from collections.abc import Callable
from typing import NamedTuple

from infra.faults import doors, hostile, mail, order, races, soak
from infra.faults.count import Count
from infra.faults.engines import Engines

LARGEST_SOAK = 5000
"""People; so many take some twenty minutes on two cores."""


class Scenario(NamedTuple):
    """One row of docs/reliability.md.

    Args:
        what: what is to be survived.
        fault: the engine, and what is done to it by what.
        run: has one implementation, whatever the size.
        quick: the size for the test suite; 0 for one that it leaves out.
        full: the size for `make faults`.
    """

    what: str
    fault: str
    run: Callable[[Engines, int], Count]
    quick: int
    full: int

    @property
    def name(self) -> str:
        """Return the short name by which a scenario is chosen."""
        return self.run.__name__.replace("_", "-")


SCENARIOS = (
    Scenario(
        "the mail's answer is lost after the provider took it",
        "emulator's SES; microburst breaks the connection before the answer's first byte",
        mail.lost_answers,
        6,
        200,
    ),
    Scenario(
        "the sender is killed at every call that changes something",
        "DynamoDB Local, emulator's SES; SIGKILL to a real process, by a hook of botocore",
        mail.killed_sender,
        1,
        5,
    ),
    Scenario(
        "the matching is killed at every part of its plan and every step of publishing",
        "DynamoDB Local; SIGKILL to a real process, by a hook of botocore",
        races.killed_worker,
        5,
        20,
    ),
    Scenario(
        "the same tick many times at once, then workers and senders",
        "DynamoDB Local, emulator's SES; real processes that begin at the same moment",
        races.twenty_ticks,
        4,
        20,
    ),
    Scenario(
        "the provider throttles for a minute, then the day's quota is used up",
        "emulator's SES; microburst throttles, a wrapper of the mailer sets and counts the quota",
        mail.throttled_provider,
        20,
        600,
    ),
    Scenario(
        "the table throttles 30 % of calls while people sign up",
        "DynamoDB Local; microburst throttles 30 %, loses 5 % of the answers, resets 2 %",
        races.throttled_store,
        40,
        1000,
    ),
    Scenario(
        "people sign up and confirm while the deadline passes",
        "DynamoDB Local; threads against ticks in real processes",
        races.deadline_race,
        24,
        400,
    ),
    Scenario(
        "a crawler opens every mailed link three times",
        "the app on DynamoDB Local; the table is compared before and after",
        doors.crawler,
        3,
        40,
    ),
    Scenario(
        "every private operation is tried with every wrong token",
        "the app on DynamoDB Local; answers are compared with those without a token",
        doors.foreign_tokens,
        2,
        8,
    ),
    Scenario(
        "hostile words in every field",
        "the app on DynamoDB Local, emulator's SES; pages, mails and calendars are compared with harmless ones",
        hostile.hostile_words,
        2,
        len(hostile.WORDS),
    ),
    Scenario(
        "changes, cancellations and bounces in any order, and twice",
        "DynamoDB Local, emulator's SES; calendars are replayed, notifications shuffled",
        order.any_order,
        8,
        60,
    ),
    Scenario(
        "everything at once, from sign-up to the last reminder",
        "DynamoDB Local; microburst fails 5 % of calls, the mailer 5 %, SIGKILL every 20 s",
        soak.soak,
        0,
        LARGEST_SOAK,
    ),
)
