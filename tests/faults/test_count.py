"""The counting itself: a copy, a loss and a row that says unknown are told apart."""

from email.message import EmailMessage

import pytest

from infra.faults import count
from tests.flow.world import World, read_mail


def told() -> tuple[World, list[EmailMessage]]:
    """An event that has gone out, and its mails as a mail server keeps them."""
    world = World()
    world.open()
    world.join("ana", "bob", "cem", "dora")
    world.publish()
    mails = []
    for sent in world.post.sent:
        mail = read_mail(sent.message)
        mail["X-RcptTo"] = sent.recipient
        mails.append(mail)
    return world, mails


def test_what_went_well_costs_nothing() -> None:
    """One mail for each row."""
    found = count.told_once(*told())
    assert found.is_good, found


def test_a_mail_that_came_twice_is_a_copy() -> None:
    """Whatever name the provider gave it."""
    world, mails = told()
    again = read_mail(mails[-1].as_bytes())
    again.replace_header("Message-ID", "<another@example.org>")
    assert count.told_once(world, [*mails, again]).copies == 1


@pytest.mark.slow
@pytest.mark.parametrize("missing", [0, 3, -1])
def test_a_mail_that_is_not_there_is_a_loss(missing: int) -> None:
    """Its row says that it was sent."""
    world, mails = told()
    del mails[missing]
    found = count.told_once(world, mails)
    assert (found.copies, found.losses) == (0, 1)


def test_a_mail_in_place_of_another_is_a_copy_and_a_loss() -> None:
    """The numbers alone would be right."""
    world, mails = told()
    mails[-1] = mails[0]
    found = count.told_once(world, mails)
    assert (found.copies, found.losses) == (1, 1)
