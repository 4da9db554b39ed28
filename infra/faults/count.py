"""What a scenario cost, counted afterwards from the store and the mails."""

from collections import Counter
from dataclasses import dataclass, field
from email.message import EmailMessage

from chalicelib.domain.attendee import AttendeeState
from chalicelib.domain.event import State
from chalicelib.domain.letter import ORGANIZER, LetterState
from infra.faults.site import RESULTS, Site


@dataclass
class Count:
    """The figures of one scenario.

    Args:
        size: how many people or letters, in words.
        faults: how many calls met a fault, or how many processes were killed.
        copies: mails that somebody got more than once; letters that are there twice.
        losses: what was promised and is not there, in a row that does not say so.
        unknown: letters whose row says that nobody knows, as it should where a hand-over was cut.
        leaks: answers that told what they should not have; pages or mails in which words became more than words.
        wrong: what else is not as it must be, each in a sentence.
        notes: figures worth telling.
    """

    size: str = ""
    faults: int = 0
    copies: int = 0
    losses: int = 0
    unknown: int = 0
    leaks: int = 0
    wrong: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether all is as it must be."""
        return not (self.copies or self.losses or self.leaks or self.wrong)

    def check(self, sentence: str, *, holds: bool) -> None:
        """Note what is wrong unless it holds."""
        if not holds:
            self.wrong.append(sentence)

    def add(self, other: "Count") -> None:
        """Add the figures of another part of the same scenario."""
        for name in ("faults", "copies", "losses", "unknown", "leaks"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.wrong += other.wrong


def letters(site: Site, mails: list[EmailMessage]) -> Count:
    """Compare the outbox with the mails that arrived: one for each that was sent, none twice, none missing."""
    count = Count()
    address = {one.id: one.email for one in site.people()} | {ORGANIZER: site.event.organizer.email}
    sent, unknown = Counter[str](), Counter[str]()
    for letter in site.letters():
        match letter.state:
            case LetterState.SENT | LetterState.BOUNCED:
                sent[address[letter.person]] += 1
            case LetterState.UNKNOWN:
                unknown[address[letter.person]] += 1
            case LetterState.SUPPRESSED:
                pass
            case other:
                count.wrong.append(f"a letter of kind {letter.kind} is {other}")
    arrived = Counter[str](str(mail["X-RcptTo"]) for mail in mails if str(mail["X-RcptTo"]) in set(address.values()))
    same = Counter((str(mail["X-RcptTo"]), _words(mail)) for mail in mails if str(mail["X-RcptTo"]) in arrived)
    different = Counter(recipient for recipient, _ in same)
    for one in set(address.values()):
        count.copies += max(0, arrived[one] - sent[one] - unknown[one])
        count.losses += max(0, sent[one] - different[one])
    count.copies = max(count.copies, sum(times - 1 for times in same.values()))
    count.unknown = unknown.total()
    return count


def told_once(site: Site, mails: list[EmailMessage]) -> Count:
    """As `letters`, and also: one plan, and one result in one row for everybody who confirmed."""
    count = letters(site, mails)
    confirmed = {one.id: one for one in site.people() if one.state is AttendeeState.CONFIRMED}
    results = Counter(one.person for one in site.letters(*RESULTS) if one.person != ORGANIZER)
    count.copies += sum(times - 1 for times in results.values())
    count.losses += len(confirmed.keys() - results.keys())
    count.check("somebody who did not confirm was told a result", holds=results.keys() <= confirmed.keys())
    groups = list(site.truth.sub_events(site.event_id))
    listed = sorted((member, group.id) for group in groups for member in group.members)
    seated = sorted((one.id, one.seat.sub_event) for one in confirmed.values() if one.seat is not None)
    count.check("groups do not list those whose seats are in them", holds=listed == seated)
    if site.state is State.PUBLISHED:
        planned = {group.id for group in site.truth.plan(site.event_id, site.event.plan).groups}
        count.check("other groups than the plan's are out", holds={group.id for group in groups} == planned)
        undecided = [one for one in confirmed.values() if (one.seat is None) != bool(one.unplaced)]
        count.check("somebody has neither a seat nor a reason, or both", holds=not undecided)
    return count


def _words(mail: EmailMessage) -> str:
    """All of a mail but the name that the provider gave it."""
    return "\n".join(line for line in mail.as_string().splitlines() if not line.lower().startswith("message-id:"))
