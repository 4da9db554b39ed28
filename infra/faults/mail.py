"""Faults on the way of letters: lost answers, killed senders, a provider that throttles and runs out of quota."""

import time
from collections.abc import Callable, Mapping
from datetime import timedelta

from chalicelib.adapters.aws import SesMailer
from chalicelib.domain.letter import LetterState
from chalicelib.domain.ports import Quota
from infra.faults import count, proxy
from infra.faults.clock import SharedClock
from infra.faults.count import Count
from infra.faults.engines import Engines
from infra.faults.live import LiveSite

SOON = timedelta(seconds=90)
"""Another process has taken over by then."""


def lost_answers(here: Engines, size: int) -> Count:
    """The provider takes every second letter and its answer never comes: one copy each, the row says unknown.

    Args:
        size: people who sign up.
    """
    site = LiveSite(here)
    site.open()
    for name in site.names(size):
        site.sign_up(name)
    here.mail_weather.set({**proxy.answer_lost("ses", operation="SendRawEmail"), "sequence": {"fail": 1, "pass": 1}})
    codes = site.finished(site.start("send", ses=here.mail_weather.endpoint))
    lost = here.mail_weather.fired()
    here.calm()
    site.pass_time(minutes=3)
    mails = site.mails_when(size + 1)
    found = count.letters(site, mails)
    found.size, found.faults = f"{size:,} letters", lost
    found.losses += size + 1 - len(mails)
    found.check(f"the sender ended with {codes}", holds=codes == [0])
    found.check("no answer was lost", holds=lost > 0)
    found.check("a row of a lost answer does not say unknown", holds=found.unknown == lost)
    return found


def killed_sender(here: Engines, size: int) -> Count:
    """The sender's process is killed before and after each call that changes something.

    Only a letter whose hand-over had begun may be missing, and then its row says unknown.

    Args:
        size: letters that wait each time.
    """
    site, found = LiveSite(here), Count()

    def wait() -> None:
        site.open()
        for name in site.names(size - 1):
            site.sign_up(name)

    wait()
    for _ in site.lives("send", every=1 if size > 1 else 2):
        found.faults += 1
        site.clock.set(site.clock.now() + SOON)
        site.pass_time(minutes=2)
        found.add(_settled(site))
        wait()
    found.size = f"{size:,} letters {found.faults} times"
    # One letter at most is being handed over by each of the sender's threads when it dies.
    found.check("more letters are unknown than were being handed over", holds=found.unknown <= size * found.faults)
    return found


def _settled(site: LiveSite) -> Count:
    certain = sum(one.state is LetterState.SENT for one in site.letters())
    address = {one.email for one in site.people()} | {site.event.organizer.email}
    ends = time.monotonic() + 20
    while time.monotonic() < ends:
        mails = [mail for mail in site.mails() if str(mail["X-RcptTo"]) in address]
        if len(mails) >= certain:
            break
        time.sleep(0.05)
    return count.letters(site, site.mails())


class Metered:
    """The real mailer with a quota of its own, which notes when it was asked to send and refuses what is too much."""

    def __init__(self, ses: SesMailer, rate: float, left: int, now: Callable[[], float] = time.monotonic) -> None:
        self.left = left
        self.times: list[float] = []
        self.beyond = 0
        self._ses, self._rate, self._now = ses, rate, now

    def send(self, sender: str, recipient: str, message: bytes, tags: Mapping[str, str] | None = None) -> str:
        """Hand over, and note when."""
        self.times.append(self._now())
        if self.left <= 0:
            self.beyond += 1
        answer = self._ses.send(sender, recipient, message, tags)
        self.left -= 1
        return answer

    def quota(self) -> Quota:
        """Return what may be sent now."""
        self._ses.quota()
        return Quota(self._rate, max(0, self.left))

    def most_in(self, seconds: float) -> int:
        """Return the largest number of letters in any span of so many seconds."""
        times = sorted(self.times)
        return max(
            (sum(start <= one < start + seconds for one in times[n:]) for n, start in enumerate(times)), default=0
        )


RATE = 20.0
SPAN = 5.0
"""Seconds over which the rate is judged: threads are woken a little early or late, which evens out within this."""


def throttled_provider(here: Engines, size: int) -> Count:
    """SES throttles every letter for a minute, then the day's quota ends in the middle; the next day all has gone out.

    Args:
        size: letters.
    """
    site = LiveSite(here)
    site.clock = SharedClock(site.place.clock)
    site.open()
    for name in site.names(size - 1):
        site.sign_up(name)
    with_weather = Metered(SesMailer(), RATE, left=size // 2)
    here.mail_weather.set(proxy.throttled("ses", operation="SendRawEmail"))
    site.mailer = with_weather
    with here.through_weather():
        throttled_until = site.clock.now() + timedelta(minutes=1)
        while site.clock.now() < throttled_until:
            site.send()
            site.clock.set(site.clock.now() + timedelta(seconds=20))
        refused = here.mail_weather.fired()
        here.calm()
        attempts, with_weather.times = len(with_weather.times), []
        site.pass_time(minutes=20)
        halfway = site.states()
        with_weather.left = 50_000
        site.clock.set(site.clock.now() + timedelta(days=1))
        site.pass_time(minutes=5)
    found = count.letters(site, site.mails_when(size))
    found.size, found.faults = f"{size:,} letters", refused
    most = with_weather.most_in(SPAN)
    found.notes.append(f"at {RATE:.0f} a second, {most / SPAN:.1f} a second at most")
    found.check("nothing was throttled", holds=refused > 0 and refused == attempts)
    found.check("more went out in a day than the quota", holds=with_weather.beyond == 0)
    found.check("not half of them went out the first day", holds=halfway["sent"] == size // 2)
    found.check("the rate was above the quota", holds=most <= RATE * SPAN + 1)
    found.check("letters are left", holds=site.states() == {"sent": size})
    return found
