"""What every Store does, whatever is behind it."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace

from chalicelib.domain.attendee import Attendee, AttendeeState, Friend
from chalicelib.domain.errors import AddressTaken, NotFound, NotReady, Stale
from chalicelib.domain.event import Event
from chalicelib.domain.letter import Kind, Letter, LetterKey
from chalicelib.domain.ports import MOST_IN_ONE_COMMIT
from chalicelib.domain.sub_event import SubEvent
from tests.contract import records
from tests.contract.records import MINUTE, NOW

KINDS = ["event", "attendee", "sub-event", "letter"]


def read(store, record):
    match record:
        case Event():
            return store.event(record.id)
        case Attendee():
            return store.attendee(record.event_id, record.id)
        case SubEvent():
            return store.sub_event(record.event_id, record.id)
        case Letter():
            return store.letter(record.key)


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_comes_back_as_it_was_saved(store, kind):
    """Every field survives, and each save raises the version by one."""
    new = records.known(kind)
    (first,) = store.commit(new)
    assert first == replace(new, version=1) == read(store, new)
    (second,) = store.commit(first)
    assert second == replace(new, version=2) == read(store, new)


@given(record=records.records)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_hostile_words_survive_unchanged(store, record):
    """NUL, control characters, noncharacters, emoji and a thousand of anything are only text."""
    try:
        (saved,) = store.commit(record)
    except (Stale, AddressTaken):
        return  # the same id or address was drawn before
    assert read(store, record) == saved
    if isinstance(record, Attendee):
        assert store.attendee_at(record.event_id, record.email) == saved


def test_a_limit_lowered_later_makes_nothing_unreadable(store):
    """One person's goal, longer than any form takes by now, must not close the list of all."""
    person = records.attendee()
    store.commit(replace(person, answers=replace(person.answers, goal="क़" * 2000)))
    assert [len(one.answers.goal) for one in store.attendees("e")] == [4000]


def test_what_is_not_there_is_not_found(store):
    """Every look-up says so with the same sentence."""
    store.commit(records.event())
    sentences = set()
    for look in (
        lambda: store.event("x"),
        lambda: store.attendee("e", "x"),
        lambda: store.sub_event("e", "x"),
        lambda: store.plan("e", "x"),
        lambda: store.letter(LetterKey("e", "x", Kind.SEAT)),
        lambda: store.at_the_door("x", "x@example.org"),
    ):
        with pytest.raises(NotFound) as caught:
            look()
        sentences.add(str(caught.value))
    assert len(sentences) == 1
    assert store.attendee_at("e", "x@example.org") is None
    assert list(store.attendees("x")) == list(store.sub_events("x")) == list(store.letters("x")) == []


def test_things_of_another_event_are_not_found(store):
    """An id counts within its event only, however it is dressed up."""
    store.commit(records.attendee("a", "other"), records.sub_event("g", "other"), records.letter("a", "other"))
    store.write_plan("other", "p", records.plan())
    for event_id in ("e", "other#attendee", "other#", "", "#other"):
        for look, found in (
            (store.attendee, "a"),
            (store.sub_event, "g"),
            (store.plan, "p"),
            (lambda event_id, person: store.letter(LetterKey(event_id, person, Kind.SEAT)), "a"),
        ):
            assert look("other", found)
            with pytest.raises(NotFound):
                look(event_id, found)
        assert store.attendee_at(event_id, "a@example.org") is None
    for attendee_id in ("#a", "../a", "a#", "", "g", "address", "event"):
        with pytest.raises(NotFound):
            store.attendee("other", attendee_id)


@pytest.mark.parametrize("nonsense", ["x" * 5000, "é" * 2000, "\ud800", "\x00", "\u202e"])
def test_ids_that_nobody_gave_out_are_not_found(store, nonsense):
    """What somebody types into an address never breaks a look-up."""
    for look in (
        lambda: store.event(nonsense),
        lambda: store.attendee("e", nonsense),
        lambda: store.sub_event(nonsense, "g"),
        lambda: store.letter(LetterKey("e", nonsense, Kind.SEAT)),
        lambda: store.at_the_door(nonsense, "a@example.org"),
    ):
        with pytest.raises(NotFound):
            look()


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_that_somebody_else_saved_is_stale(store, kind):
    """Whoever read before the other's save has to read again."""
    (read_by_both,) = store.commit(records.known(kind))
    store.commit(read_by_both)
    with pytest.raises(Stale):
        store.commit(read_by_both)


@pytest.mark.parametrize("kind", ["event", "sub-event", "letter"])
def test_a_new_record_that_exists_is_stale(store, kind):
    """Deciding twice writes once."""
    store.commit(records.known(kind))
    with pytest.raises(Stale):
        store.commit(records.known(kind))
    assert read(store, records.known(kind)).version == 1


def test_a_record_that_was_never_saved_cannot_be_saved_again(store):
    """A version counts saves, so it cannot start at three."""
    with pytest.raises(Stale):
        store.commit(replace(records.event(), version=3))


def test_a_commit_is_all_or_nothing(store):
    """One stale record among many, and none is saved."""
    event, group = store.commit(records.event(), records.sub_event())
    store.commit(group)
    with pytest.raises(Stale):
        store.commit(event, records.letter(), group, records.attendee())
    assert store.event("e").version == 1
    assert list(store.letters("e")) == list(store.attendees("e")) == []
    assert store.attendee_at("e", "a@example.org") is None


def test_a_commit_takes_as_many_records_as_the_port_says(store):
    """One more is a mistake of the caller, and nothing is saved."""
    letters = [records.letter(f"p{n}") for n in range(MOST_IN_ONE_COMMIT + 1)]
    with pytest.raises(ValueError, match="90"):
        store.commit(*letters)
    assert list(store.letters("e")) == []
    assert len(store.commit(*letters[:-1])) == MOST_IN_ONE_COMMIT == len(list(store.letters("e")))


def test_a_new_attendee_counts_twice_in_a_commit(store):
    """Their address is saved as well."""
    people = [records.attendee(f"p{n}") for n in range(MOST_IN_ONE_COMMIT // 2 + 1)]
    with pytest.raises(ValueError, match="92"):
        store.commit(*people)
    store.commit(*people[:-1])
    assert len(list(store.attendees("e"))) == MOST_IN_ONE_COMMIT // 2


def test_a_commit_takes_a_record_once(store):
    """Two versions of one record in one commit contradict each other."""
    with pytest.raises(ValueError, match="once"):
        store.commit(records.event(), records.event())


def test_an_empty_commit_does_nothing(store):
    """A caller that has nothing to save need not ask."""
    assert store.commit() == ()


def test_an_address_is_held_once_an_event(store):
    """However it is written; at another event it is free."""
    (first,) = store.commit(records.attendee("a", email="Bo.Ek@Example.org"))
    for same in ("Bo.Ek@Example.org", " bo.ek@example.org", "ＢＯ.ek@example.org"):
        with pytest.raises(AddressTaken):
            store.commit(records.attendee("b", email=same))
        assert store.attendee_at("e", same) == first
    with pytest.raises(NotFound):
        store.attendee("e", "b")
    store.commit(records.attendee("a", "other", email="bo.ek@example.org"))


def test_who_comes_to_the_door_is_recognised(store):
    """The event comes along; an address of another event is nobody's here."""
    event, other = store.commit(records.event(), records.event("f"))
    (person,) = store.commit(records.attendee(email="Bo.Ek@example.org"))
    assert store.at_the_door("e", "bo.ek@EXAMPLE.org") == (event, person)
    assert store.at_the_door("e", "x@example.org") == (event, None)
    assert store.at_the_door("f", "Bo.Ek@example.org") == (other, None)


def test_what_is_written_besides_is_nobody_and_nothing(store):
    """However many items a commit writes, its records alone are there, or none; and a failed one leaves none."""
    saved = store.commit(records.attendee(), records.letter(due=NOW), items=7)
    assert store.commit(items=3) == ()
    with pytest.raises(AddressTaken):
        store.commit(records.attendee("b", email=records.attendee().email), items=7)
    assert (*store.attendees("e"), *store.letters("e")) == saved
    assert list(store.due_letters(NOW)) == [saved[1].key]


def test_two_newcomers_of_one_commit_cannot_share_an_address(store):
    """Nobody holds it yet, and still only one of them can."""
    with pytest.raises(AddressTaken):
        store.commit(records.attendee("a", email="x@y.org"), records.attendee("b", email="X@y.org"))
    assert list(store.attendees("e")) == []


def test_of_many_who_sign_up_one_address_at_once_one_wins(store, at_once):
    """The others are told, and it is the winner who is found under the address."""
    people = [records.attendee(f"p{n}", email="bo@example.org") for n in range(20)]
    outcomes = at_once(store.commit, people)
    won = [one for one in outcomes if not isinstance(one, Exception)]
    assert [type(one) for one in outcomes if isinstance(one, Exception)] == [AddressTaken] * 19
    assert list(store.attendees("e")) == [won[0][0]] == [store.attendee_at("e", "bo@example.org")]


def test_of_many_who_save_one_version_at_once_one_wins(store, at_once):
    """A claim has exactly one owner."""
    (event,) = store.commit(records.event())
    outcomes = at_once(lambda run: store.commit(replace(event, run=run)), [f"run-{n}" for n in range(12)])
    won = [one for one in outcomes if not isinstance(one, Exception)]
    assert [type(one) for one in outcomes if isinstance(one, Exception)] == [Stale] * 11
    assert store.event("e") == won[0][0]


def test_of_many_who_seat_somebody_at_once_each_seat_goes_to_one(store, at_once):
    """Whoever loses the race for the group saves nothing of the rest either."""
    (group,) = store.commit(replace(records.sub_event(), members=()))
    people = store.commit(*[records.attendee(f"p{n}") for n in range(8)])

    def join(person):
        while True:
            fresh = store.sub_event("e", "g")
            try:
                store.commit(replace(fresh, members=(*fresh.members, person.id)), person, records.letter(person.id))
            except Stale:
                continue
            return

    assert at_once(join, list(people)) == [None] * 8
    assert sorted(store.sub_event("e", "g").members) == [one.id for one in people]
    assert store.sub_event("e", "g").version == group.version + 8
    assert [one.person for one in store.letters("e")] == [one.id for one in people]


@pytest.mark.slow
def test_all_attendees_are_read_to_the_last_page(store):
    """Fifteen hundred people with long goals do not fit into one page."""
    people = [replace(records.attendee(f"p{n:04}"), state=AttendeeState.CONFIRMED) for n in range(1500)]
    people = [replace(one, answers=replace(one.answers, goal="g" * 1000)) for one in people]
    for start in range(0, 1500, 45):
        store.commit(*people[start : start + 45])
    assert list(store.attendees("e")) == [replace(one, version=1) for one in people]
    assert (store.confirmed("e", 2000), store.confirmed("e", 1200)) == (1500, 1200)


def test_the_confirmed_are_counted_and_nobody_else(store):
    """Whoever confirms, withdraws or comes back counts as they are now, at their own event only."""
    assert store.confirmed("e", 10) == 0
    people = [replace(records.attendee(f"a{number}"), state=AttendeeState.CONFIRMED) for number in range(4)]
    unsure = records.attendee("unsure")
    saved = store.commit(*people, unsure, replace(records.attendee("a0", "other"), state=AttendeeState.CONFIRMED))
    store.commit(records.event(), records.sub_event(), records.letter())
    assert (store.confirmed("e", 10), store.confirmed("other", 10), store.confirmed("nowhere", 10)) == (4, 1, 0)
    (gone,) = store.commit(replace(saved[0], state=AttendeeState.WITHDRAWN))
    assert store.confirmed("e", 10) == 3
    store.commit(replace(gone, state=AttendeeState.CONFIRMED), replace(saved[4], state=AttendeeState.CONFIRMED))
    assert store.confirmed("e", 10) == 5
    (lost,) = store.commit(replace(saved[1], unreachable="Letters come back."))
    assert store.confirmed("e", 10) == 4
    store.commit(replace(lost, unreachable=""))
    assert store.confirmed("e", 10) == 5


@pytest.mark.parametrize(("most", "counted"), [(0, 0), (1, 1), (3, 3), (4, 3)])
def test_counting_the_confirmed_stops_at_the_most_that_matter(store, most, counted):
    """Whoever asks whether an event is full, or for a flock of birds, needs to know no more."""
    store.commit(*(replace(records.attendee(f"a{n}"), state=AttendeeState.CONFIRMED) for n in range(3)))
    assert store.confirmed("e", most) == counted


@pytest.mark.parametrize(("after", "left"), [("", "abc"), ("a", "bc"), ("aa", "bc"), ("c", ""), ("é" * 999, "")])
def test_attendees_are_read_from_an_id_on(store, after, left):
    """It need not be anybody's, nor anything that could be; others' records are not among them."""
    store.commit(records.event(), records.sub_event("z"), records.letter("z"), records.attendee("z", "e2"))
    store.commit(*(records.attendee(name) for name in "bac"))
    assert [one.id for one in store.attendees("e", after)] == list(left)


def test_lists_are_in_order_and_of_one_event(store):
    """By id, nobody else's."""
    for event_id in ("e", "e2"):
        for name in ("b", "a", "c"):
            store.commit(
                records.attendee(name, event_id), records.sub_event(name, event_id), records.letter(name, event_id)
            )
    assert [(one.event_id, one.id) for one in store.attendees("e")] == [("e", "a"), ("e", "b"), ("e", "c")]
    assert [(one.event_id, one.id) for one in store.sub_events("e")] == [("e", "a"), ("e", "b"), ("e", "c")]
    assert [(one.event_id, one.person) for one in store.letters("e")] == [("e", "a"), ("e", "b"), ("e", "c")]


def test_letters_are_listed_without_their_messages(store):
    """A list of thousands need not carry what only the sender reads."""
    message = bytes(range(256)) * 40
    (saved,) = store.commit(replace(records.letter(), message=message))
    assert store.letter(saved.key).message == message
    assert list(store.letters("e")) == [replace(saved, message=b"")]
    (erased,) = store.commit(replace(saved, message=b""))
    assert store.letter(saved.key) == erased


def test_letters_of_one_person_differ_by_kind_and_number(store):
    """The key is what makes a letter the same letter."""
    keys = [LetterKey("e", "a", kind, sequence) for kind in (Kind.CONFIRM, Kind.SEAT) for sequence in (0, 9, 10)]
    store.commit(*[replace(records.letter(kind=key.kind), sequence=key.sequence) for key in keys])
    assert [store.letter(key).key for key in keys] == keys
    assert [one.key for one in store.letters("e")] == keys
    assert set(store.due_letters(NOW)) == set(keys)


def test_a_plan_of_thousands_comes_back_whole(store):
    """Larger than an item may be, and the same to the last sentence."""
    plan = records.plan(3000)
    store.write_plan("e", "run-1", plan)
    assert store.plan("e", "run-1") == plan


def test_plans_of_other_names_and_events_stay_apart(store):
    """A name that starts like another is another."""
    small, large = records.plan(6), records.plan(600)
    store.write_plan("e", "run", small)
    store.write_plan("e", "run-1", large)
    store.write_plan("e2", "run", large)
    assert (store.plan("e", "run"), store.plan("e", "run-1"), store.plan("e2", "run")) == (small, large, large)
    for name in ("ru", "run-", ""):
        with pytest.raises(NotFound):
            store.plan("e", name)


def test_writing_a_plan_twice_is_harmless(store):
    """A run that was taken over may finish its writing after all."""
    for _ in range(2):
        store.write_plan("e", "run", records.plan(60))
    assert store.plan("e", "run") == records.plan(60)


def test_the_plans_of_an_event_are_known_by_name(store):
    """All of them, those of other events not."""
    assert store.plans("e") == frozenset()
    for name in ("first", "second"):
        store.write_plan("e", name, records.plan())
    store.write_plan("other", "third", records.plan())
    assert store.plans("e") == {"first", "second"}


def test_whoever_names_a_friend_is_found_by_that_address(store):
    """However the address is written; people of other events, and those who name others, are not."""
    named = {"a": ("Zoë@Example.org",), "b": (), "c": ("bo@example.org", "zoë@example.org"), "d": ("bo@example.org",)}
    for number, (one, addresses) in enumerate(named.items()):
        friends = tuple(Friend(address, only=number == 2) for address in addresses)
        fresh = records.attendee(one)
        store.commit(replace(fresh, answers=replace(fresh.answers, goal='"friends":[{', friends=friends)))
    store.commit(replace(records.attendee("e", "other"), answers=store.attendee("e", "a").answers))
    assert [one.id for one in store.naming("e", "ZOË@example.org ")] == ["a", "c"]
    assert list(store.naming("e", "nobody@example.org")) == []


def test_letters_of_one_person_can_be_listed_alone(store):
    """Not those of somebody whose id begins the same."""
    for person in ("a", "a1", "b"):
        store.commit(records.letter(person), records.letter(person, kind=Kind.CONFIRM))
    assert {one.person for one in store.letters("e", "a")} == {"a"}
    assert len(list(store.letters("e", "a"))) == 2
    assert len(list(store.letters("e"))) == 6
    assert list(store.letters("e", "nobody")) == []


def test_a_person_is_erased_with_their_letters_and_plans_and_nobody_else(store):
    """Their address is free, and all else stays."""
    people = store.commit(*[records.attendee(one) for one in ("a", "a1")], records.attendee("a", "other"))
    store.commit(*[records.letter(one, event) for one, event in (("a", "e"), ("a1", "e"), ("a", "other"))])
    store.commit(
        replace(records.letter("a", kind=Kind.CONFIRM), message=b"to you"), records.event(), records.sub_event()
    )
    for event, name in (("e", "old"), ("e", "older"), ("e", "now"), ("other", "old")):
        store.write_plan(event, name, records.plan())
    store.erase(people[0], {"old", "older", "nothing"})
    with pytest.raises(NotFound):
        store.attendee("e", "a")
    assert store.attendee_at("e", people[0].email) is None
    assert [one.person for one in store.letters("e")] == ["a1"]
    assert store.plans("e") == {"now"}
    assert (store.attendee("e", "a1"), store.attendee_at("other", people[2].email)) == (people[1], people[2])
    assert len(list(store.letters("other"))) == 1
    assert store.plans("other") == {"old"}
    assert (store.event("e").id, store.sub_event("e", "g").id) == ("e", "g")
    store.commit(records.attendee("again", email=people[0].email))


def test_whoever_was_saved_meanwhile_is_not_erased_yet(store):
    """They are erased once they were read again; whoever is gone already is stale as well."""
    (before,) = store.commit(records.attendee())
    store.commit(records.letter())
    (after,) = store.commit(replace(before, unplaced="Too late."))
    for _ in range(2):
        with pytest.raises(Stale):
            store.erase(before, {"plan"})
        assert store.attendee("e", "a") == store.attendee_at("e", after.email) == after
    store.erase(after, ())
    with pytest.raises(Stale):
        store.erase(after, ())


def test_what_was_erased_does_not_come_back(store):
    """A record that somebody still holds cannot be saved any more; nor can a letter."""
    person, letter = store.commit(records.attendee(), records.letter())
    store.erase(person, ())
    for held in (person, letter):
        with pytest.raises(Stale):
            store.commit(held)


def test_work_is_found_while_it_is_due(store):
    """It appears with its due time, moves with it, and goes when the work is done."""
    (event,) = store.commit(records.event(due=NOW))
    assert list(store.due_events(NOW - MINUTE)) == []
    assert list(store.due_events(NOW)) == ["e"]
    (event,) = store.commit(replace(event, due=NOW + MINUTE))
    assert list(store.due_events(NOW)) == []
    assert list(store.due_events(NOW + MINUTE)) == ["e"]
    store.commit(replace(event, due=None))
    assert list(store.due_events(NOW + 5 * MINUTE)) == []


def test_letters_and_events_fall_due_apart(store):
    """The sender does not see events, nor the tick letters."""
    store.commit(records.event("e", NOW), records.letter("a", due=NOW), records.letter("b", due=None))
    assert list(store.due_events(NOW)) == ["e"]
    assert list(store.due_letters(NOW)) == [LetterKey("e", "a", Kind.SEAT)]


def test_the_longest_due_comes_first(store):
    """Nobody waits because others came later, and a microsecond counts."""
    dues = {f"e{n}": NOW + timedelta(microseconds=(n * 7919) % 101) for n in range(60)}
    for event_id, due in dues.items():
        store.commit(records.event(event_id, due), records.letter("a", event_id, due=due))
    in_order = sorted(dues, key=lambda one: (dues[one], one))
    assert sorted(store.due_events(NOW + MINUTE), key=lambda one: (dues[one], one)) == in_order
    found = [dues[event_id] for event_id in store.due_events(NOW + MINUTE)]
    assert found == sorted(found)
    found = [dues[key.event_id] for key in store.due_letters(NOW + MINUTE)]
    assert len(found) == 60
    assert found == sorted(found)
    until = NOW + timedelta(microseconds=50)
    assert set(store.due_events(until)) == {one for one, due in dues.items() if due <= until}


def test_the_first_of_a_minute_are_admitted(store):
    """Others are not, until the next minute; other scopes count for themselves."""
    assert [store.admit("s", token, 3, NOW) for token in "abcde"] == [True, True, True, False, False]
    assert store.admit("other", "d", 3, NOW)
    assert store.admit("s", "d", 3, NOW + MINUTE)
    assert not store.admit("s", "d", 0, NOW + 2 * MINUTE)


def test_a_token_is_admitted_once_however_often_it_comes(store):
    """A request that is sent again takes nobody's place and keeps its own."""
    assert [store.admit("s", token, 2, NOW) for token in "aaabbbc"] == [True] * 6 + [False]
    assert store.admit("s", "a", 2, NOW)


def test_no_rush_admits_more_than_the_limit(store, at_once):
    """Exactly so many of those who come at once."""
    outcomes = at_once(lambda token: store.admit("s", token, 7, NOW), [f"t{n}" for n in range(20)])
    assert sorted(outcomes) == [False] * 13 + [True] * 7


def test_hostile_scopes_and_tokens_are_only_names(store):
    """Addresses of people and of networks come in all shapes."""
    for scope in ("x" * 5000, "\x00", "", "::1", "a#b"):
        assert store.admit(scope, scope, 1, NOW)
        assert not store.admit(scope, "another", 1, NOW)


def test_a_lease_has_one_holder(store):
    """It is renewed by its holder, refused to others, and free when it ends."""
    assert store.hold("l", "first", NOW, NOW + MINUTE)
    assert not store.hold("l", "second", NOW, NOW + MINUTE)
    assert store.hold("other", "second", NOW, NOW + MINUTE)
    assert store.hold("l", "first", NOW + MINUTE / 2, NOW + 2 * MINUTE)
    assert not store.hold("l", "second", NOW + 1.5 * MINUTE, NOW + 3 * MINUTE)
    assert store.hold("l", "second", NOW + 2 * MINUTE, NOW + 3 * MINUTE)
    assert not store.hold("l", "first", NOW + 2 * MINUTE, NOW + 3 * MINUTE)


def test_a_lease_is_given_back_by_its_holder_only(store):
    """A run that was taken over cannot free what another one holds."""
    store.release("l", "nobody")
    store.hold("l", "first", NOW, NOW + MINUTE)
    store.release("l", "second")
    assert not store.hold("l", "second", NOW, NOW + MINUTE)
    store.release("l", "first")
    assert store.hold("l", "second", NOW, NOW + MINUTE)


def test_of_many_who_take_a_lease_at_once_one_gets_it(store, at_once):
    """One sender, whatever started."""
    outcomes = at_once(lambda run: store.hold("l", run, NOW, NOW + MINUTE), [f"run-{n}" for n in range(12)])
    assert sorted(outcomes) == [False] * 11 + [True]


def test_creating_again_changes_nothing(store):
    """The tick does it every minute."""
    store.commit(records.event(due=NOW))
    store.create()
    assert list(store.due_events(NOW)) == ["e"]


@pytest.mark.parametrize(
    "ask",
    [
        lambda store: store.commit(records.event()),
        lambda store: store.commit(records.attendee()),
        lambda store: store.event("e"),
        lambda store: store.attendee("e", "a"),
        lambda store: store.attendee_at("e", "a@example.org"),
        lambda store: store.at_the_door("e", "a@example.org"),
        lambda store: list(store.attendees("e")),
        lambda store: store.confirmed("e", 1),
        lambda store: list(store.naming("e", "a@example.org")),
        lambda store: store.sub_event("e", "g"),
        lambda store: list(store.sub_events("e")),
        lambda store: store.write_plan("e", "p", records.plan()),
        lambda store: store.plan("e", "p"),
        lambda store: store.plans("e"),
        lambda store: store.letter(LetterKey("e", "a", Kind.SEAT)),
        lambda store: list(store.letters("e")),
        lambda store: store.erase(records.attendee(), ["p"]),
        lambda store: list(store.due_events(NOW)),
        lambda store: list(store.due_letters(NOW)),
        lambda store: store.admit("s", "t", 1, NOW),
        lambda store: store.hold("l", "r", NOW, NOW),
        lambda store: store.release("l", "r"),
    ],
)
def test_a_store_without_its_table_says_so(unready, ask):
    """In one sentence, with the time after which to try again."""
    with pytest.raises(NotReady) as caught:
        ask(unready)
    assert caught.value.retry_after == 15
    assert str(caught.value).count(".") == 1
