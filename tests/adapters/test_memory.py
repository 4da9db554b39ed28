"""The twins that tests stand on: their faults, and what they remember."""

from datetime import timedelta

import pytest

from chalicelib.adapters.memory import Fault, MemoryClock, MemoryJobs, MemoryMailer, MemorySecrets
from chalicelib.domain.errors import NotReady
from chalicelib.domain.ports import Quota, Refused, Throttled


def send(mailer, recipient="bo@example.org"):
    return mailer.send("covey@example.org", recipient, b"Hello.")


def test_a_letter_is_kept_as_it_was_taken():
    """With an id of its own, and counted against the quota."""
    mailer = MemoryMailer(rate=5.0, left=3)
    assert send(mailer) != send(mailer)
    assert [(mail.sender, mail.recipient, mail.message) for mail in mailer.sent] == [
        ("covey@example.org", "bo@example.org", b"Hello.")
    ] * 2
    assert mailer.quota() == Quota(5.0, 1)


@pytest.mark.parametrize(
    ("fault", "error", "taken"),
    [
        (Fault.THROTTLED, Throttled, 0),
        (Fault.REFUSED, Refused, 0),
        (Fault.LOST, ConnectionError, 0),
        (Fault.ANSWER_LOST, ConnectionError, 1),
    ],
)
def test_faults_are_met_in_turn(fault, error, taken):
    """As often as announced, and then all is well again."""
    mailer = MemoryMailer()
    mailer.fail(fault, times=2)
    for _ in range(2):
        with pytest.raises(error):
            send(mailer)
    assert len(mailer.sent) == 2 * taken
    assert send(mailer)
    assert mailer.attempts == 3


def test_a_fault_may_be_one_persons():
    """Others get their letters."""
    mailer = MemoryMailer()
    mailer.fail_for("bo@example.org", Fault.REFUSED)
    with pytest.raises(Refused):
        send(mailer)
    assert send(mailer, "ada@example.org")
    mailer.fail_for("bo@example.org", None)
    assert send(mailer)


def test_jobs_are_remembered():
    """In their order."""
    jobs = MemoryJobs()
    jobs.match("e", "r")
    jobs.send()
    jobs.send()
    assert (jobs.matches, jobs.sends) == ([("e", "r")], 2)


def test_the_key_has_to_be_made_first():
    """And is the same in every test."""
    vault = MemorySecrets()
    with pytest.raises(NotReady):
        vault.link_key()
    vault.create_link_key()
    other = MemorySecrets()
    other.create_link_key()
    assert vault.link_key() == other.link_key()


def test_the_clock_moves_only_when_it_is_moved():
    """Sleeping is one way to move it."""
    clock = MemoryClock()
    start = clock.now()
    assert clock.now() == start
    clock.sleep(90)
    clock.advance(timedelta(hours=1))
    assert clock.now() - start == timedelta(hours=1, seconds=90)
    clock.set(start)
    assert clock.now() == start
