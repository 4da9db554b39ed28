"""Mails kept on disk: whole ones are read once, each with what its sender was told."""

from pathlib import Path

import pytest

from chalicelib.domain.letter import Kind, LetterKey, tags_of
from chalicelib.domain.ports import Throttled
from infra.faults.disk import DiskMailer, Taking

KEY = LetterKey("e1", "p1", Kind.SEAT, 3)
MESSAGE = b"Subject: Hello\r\n\r\nYou\n meet.\r\n"


def test_a_mail_is_read_once_and_as_it_was_sent(tmp_path: Path) -> None:
    """Whatever stands in it, and however many come."""
    mailer, taking = DiskMailer(tmp_path, failing=0.0), Taking(tmp_path)
    names = [mailer.send("covey@example.org", "ana@example.com", MESSAGE, tags_of(KEY)) for _ in range(2)]
    found = taking.more()
    assert [(one.id, one.recipient, one.key, one.answered) for one in found] == [
        (name, "ana@example.com", KEY, True) for name in names
    ]
    assert found[0].mail["Subject"] == "Hello"
    assert taking.more() == []


def test_a_mail_that_is_only_half_written_is_read_when_it_is_whole(tmp_path: Path) -> None:
    """The process may be at it right now."""
    DiskMailer(tmp_path, failing=0.0).send("covey@example.org", "ana@example.com", MESSAGE, tags_of(KEY))
    (file,) = tmp_path.iterdir()
    whole, taking = file.read_bytes(), Taking(tmp_path)
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        assert taking.more() == []
    file.write_bytes(whole)
    assert len(taking.more()) == 1


def test_a_failing_provider_takes_some_of_what_it_does_not_answer(tmp_path: Path) -> None:
    """It throttles, or nobody knows; what it took is there, and known as not answered."""
    mailer, taking, told = DiskMailer(tmp_path, failing=0.9), Taking(tmp_path), []
    throttled = lost = 0
    for _ in range(300):
        try:
            told.append(mailer.send("covey@example.org", "ana@example.com", MESSAGE, tags_of(KEY)))
        except Throttled:
            throttled += 1
        except ConnectionError:
            lost += 1
    found = taking.more()
    assert {one.id for one in found if one.answered} == set(told)
    assert throttled
    assert 0 < sum(not one.answered for one in found) < lost


@pytest.mark.parametrize("failing", [0.0, 0.05])
def test_the_quota_is_a_thousand_a_second(tmp_path: Path, failing: float) -> None:
    """That is what a large account has."""
    assert DiskMailer(tmp_path, failing).quota().rate == 1000
