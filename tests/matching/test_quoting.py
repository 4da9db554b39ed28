"""Quoting: what only one member says goes with them, and what others say as well stays."""

from typing import Any

import pytest

from chalicelib.domain.attendee import Answers, Level
from chalicelib.domain.erasure import Shown
from chalicelib.matching.quoting import unquoted

TIME = "Mon 11 Jan, 17:00"


def said(goal: str = "", *topics: str) -> Answers:
    return Answers(name="Ana", level=Level.SOME, goal=goal, topics=topics, shares=True)


def left(mine: Answers, others: list[Answers], **shown: Any) -> Shown:
    """What of a group's words is left."""
    return unquoted(Shown(**{"title": "Posters", "subtitle": "", "keywords": (), **shown}), mine, others, TIME)


@pytest.mark.parametrize(
    ("goal", "subtitle"),
    [
        ("I want to set my own posters by hand", "Set my own posters by hand"),
        ("To set my own posters by hand. And more!", "Set my own posters by hand"),
        ("set my OWN &amp; other posters", "Set my own & other posters"),
        ("set posters " + "by hand " * 30, "Set posters by hand by hand by…"),
        ("我想学习活字印刷", "学习活字印刷"),
    ],
)
def test_a_sentence_that_is_quoted_goes_with_whoever_wrote_it(goal: str, subtitle: str) -> None:
    """However it was shortened; if somebody else wrote the same, it is theirs."""
    others = [said("I print posters")]
    assert left(said(goal), others, subtitle=subtitle).subtitle == ""
    assert left(said(goal), [*others, said(goal)], subtitle=subtitle).subtitle == subtitle
    assert left(others[0], [said(goal)], subtitle=subtitle).subtitle == subtitle


def test_keywords_stay_that_somebody_else_bears_out() -> None:
    """In whatever form they say the word, as a topic too."""
    mine = said("Printing zines and quokkas", "Wood type")
    others = [said("How do I print?", "wood type"), said("Zine fairs")]
    keywords = ("prints", "zines", "quokkas", "wood type", "paper")
    assert left(mine, others, keywords=keywords).keywords == ("prints", "zines", "wood type", "paper")
    assert left(mine, [], keywords=keywords).keywords == ("paper",)
    assert left(said("活字印刷と紙"), [said("活字印刷")], keywords=("活字印刷", "印刷と紙")).keywords == ("活字印刷",)


@pytest.mark.parametrize("tail", ["", " for beginners", " in depth", f", {TIME}"])
def test_a_title_stays_while_somebody_bears_it_out(tail: str) -> None:
    """Else the group is an open table; what Covey put behind a title is nobody's word."""
    mine = said("Quokkas for beginners, in depth, in January")
    assert left(mine, [said("A quokka!")], title=f"Quokkas{tail}").title == f"Quokkas{tail}"
    assert left(mine, [said("Posters")], title=f"Quokkas{tail}").title == f"Open table, {TIME}"


@pytest.mark.parametrize("title", [f"Open table, {TIME}", f"Bring your own question (2), {TIME}", "Open table"])
def test_a_title_without_anybodys_words_stays(title: str) -> None:
    """Even if somebody says one of its words."""
    assert left(said("An open table with a question"), [], title=title).title == title
