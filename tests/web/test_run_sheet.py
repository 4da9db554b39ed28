import json

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.domain.attendee import Attendee, Level, Seat
from chalicelib.web.views import MyPage, my_page
from tests.contract import records
from tests.contract.records import NOW

EVENT = records.event()
SECRET = "Xylophon"
"""A word that stands nowhere in the pages' own sentences."""


def member(number: int, words: str, *, shares: bool, level: Level = Level.SOME, host: bool = False) -> Attendee:
    one = records.attendee(f"m{number:02}")
    told = replace(one.answers, name=f"N{words} Family{words}", goal=f"G{words}", topics=(f"T{words}",))
    return replace(
        one, answers=replace(told, shares=shares, level=level, host=host), seat=Seat("g", f"{one.id}@e.covey")
    )


def page(me: int, members: list[Attendee], wildcard: str | None = None, host: str | None = None) -> MyPage:
    """What that member sees."""
    ids = tuple(one.id for one in members)
    sub_event = replace(records.sub_event(), members=ids, wildcard=wildcard, host=host, why={})
    others = [one for one in members if one is not members[me]]
    return my_page(EVENT, members[me], (sub_event, others), [], NOW, neighbour=None, full=False, language="en")


def sheet(found: MyPage) -> str:
    assert found.sub_event is not None
    return repr(found.sub_event.run_sheet)


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.sampled_from(Level)), min_size=2, max_size=12), st.data())
def test_no_word_of_a_person_who_did_not_agree_is_on_a_run_sheet(
    people: list[tuple[bool, Level]], data: st.DataObject
) -> None:
    """Neither on their own page nor on anybody's, whether they host, are the guest, or neither; others' words are."""
    members = [
        member(n, f"open{n}q" if shares else f"{SECRET}{n}", shares=shares, level=level)
        for n, (shares, level) in enumerate(people)
    ]
    ids = st.sampled_from([None, *(one.id for one in members)])
    wildcard, host = data.draw(ids), data.draw(ids)
    found = [sheet(page(n, members, wildcard, host)) for n in range(len(members))]
    assert len(set(found)) == 1
    assert SECRET not in found[0]
    assert all(f"Gopen{n}q" in found[0] for n, (shares, _) in enumerate(people) if shares)


@settings(deadline=None)
@given(st.lists(st.booleans(), min_size=2, max_size=8), st.text(max_size=20), st.sampled_from(Level), st.data())
def test_a_run_sheet_does_not_depend_on_people_who_did_not_agree(
    ticks: list[bool], words: str, level: Level, data: st.DataObject
) -> None:
    """Whatever they wrote, how experienced they are, whether they are the guest or the host: the sheet is the same."""
    before = [member(n, str(n), shares=shares) for n, shares in enumerate(ticks)]
    after = [
        one if one.answers.shares else member(n, words, shares=False, level=level, host=True)
        for n, one in enumerate(before)
    ]
    silent = st.sampled_from([None, *(one.id for one in before if not one.answers.shares)])
    assert sheet(page(0, before)) == sheet(page(0, after, data.draw(silent), data.draw(silent)))


def test_the_guest_alone_learns_that_they_are_it() -> None:
    """The others read that one of them comes from a neighbouring theme, if the guest agreed to be shown."""
    members = [member(n, str(n), shares=True) for n in range(3)]
    seen = [page(n, members, wildcard="m01").sub_event for n in range(3)]
    assert [one.wildcard for one in seen if one] == [False, True, False]
    assert all("neighbouring theme" in repr(one.run_sheet) for one in seen if one)


def test_the_sign_is_the_groups_bird_in_words() -> None:
    """As on the letter."""
    seen = page(0, [member(n, str(n), shares=True) for n in range(3)]).sub_event
    assert seen is not None
    assert seen.sign == "the yellow bird, looking right"
    assert seen.sign in json.dumps([one.text for one in seen.run_sheet.parts])
