import copy
import errno
import json
import os
import tracemalloc

import msgspec
import pytest

from chalicelib.domain.errors import Invalid
from chalicelib.domain.instance import Wishes
from chalicelib.matching import __main__ as command
from chalicelib.matching import document
from chalicelib.matching.plan import match


def changed(*path, to):
    """A change to a document: the value at that path replaced, or removed if `to` is Ellipsis."""

    def change(instance):
        spot = instance
        for key in path[:-1]:
            spot = spot[key]
        if to is ...:
            del spot[path[-1]]
        elif isinstance(spot, list) and path[-1] == len(spot):
            spot.append(to)
        else:
            spot[path[-1]] = to

    return change


def both(*changes):
    def change(instance):
        for one in changes:
            one(instance)

    return change


CAFE = {"id": "cafe", "name": "Café"}

MALFORMED = {
    "no event": changed("event", to=...),
    "no attendees": changed("attendees", to=...),
    "event is a list": changed("event", to=[]),
    "attendees is an object": changed("attendees", to={}),
    "an attendee is a string": changed("attendees", 0, to="ana"),
    "an attendee is null": changed("attendees", 0, to=None),
    "an empty roster": changed("attendees", to=[]),
    "no slots": changed("event", "slots", to=[]),
    "slots missing": changed("event", "slots", to=...),
    "a slot without an end": changed("event", "slots", 0, "end", to=...),
    "a slot ends before it starts": changed("event", "slots", 0, "end", to="2027-01-12T14:00:00Z"),
    "a slot takes no time": changed("event", "slots", 0, "end", to="2027-01-12T15:00:00Z"),
    "a time without a zone": changed("event", "slots", 0, "start", to="2027-01-12T15:00:00"),
    "a day instead of a time": changed("event", "slots", 0, "start", to="2027-01-12"),
    "a time that is none": changed("event", "slots", 0, "start", to="soon"),
    "a time before all time": changed("event", "slots", 0, "start", to="0001-01-01T00:00:00+14:00"),
    "a number as a time": changed("event", "slots", 0, "start", to=1799766000),
    "offered is a word": changed("event", "slots", 0, "offered", to="yes"),
    "the same slot twice": changed(
        "event", "slots", 1, to={"id": "tue", "start": "2027-01-12T15:00:00Z", "end": "2027-01-12T17:00:00Z"}
    ),
    "a slot with an empty id": changed("event", "slots", 0, "id", to=""),
    "min above max": changed("event", "group_size", to={"min": 7, "max": 6}),
    "min of zero": changed("event", "group_size", "min", to=0),
    "min below zero": changed("event", "group_size", "min", to=-3),
    "min missing": changed("event", "group_size", "min", to=...),
    "min is a fraction": changed("event", "group_size", "min", to=5.5),
    "min is a word": changed("event", "group_size", "min", to="6"),
    "min is true": changed("event", "group_size", "min", to=True),
    "max is null": changed("event", "group_size", "max", to=None),
    "an unknown zone": changed("event", "timezone", to="Mars/Olympus"),
    "a zone that is a path": changed("event", "timezone", to="../../etc/passwd"),
    "title is a number": changed("event", "title", to=5),
    "the same place twice": changed("event", "places", to=[CAFE, CAFE]),
    "a place without a name": changed("event", "places", to=[{"id": "cafe"}]),
    "rooms below zero": changed("event", "places", to=[CAFE | {"rooms": -1}]),
    "rooms is true": changed("event", "places", to=[CAFE | {"rooms": True}]),
    "seats is a fraction": changed("event", "places", to=[CAFE | {"seats": 2.5}]),
    "seats below zero": changed("event", "places", to=[CAFE | {"seats": -8}]),
    "a place in an unknown slot": changed("event", "places", to=[CAFE | {"slots": ["wed"]}]),
    "the same person twice": changed("attendees", 1, "id", to="a0"),
    "a person with an empty id": changed("attendees", 0, "id", to=""),
    "a person without an id": changed("attendees", 0, "id", to=...),
    "an id that is a number": changed("attendees", 0, "id", to=7),
    "a goal that is a number": changed("attendees", 0, "goal", to=7),
    "a goal that is null": changed("attendees", 0, "goal", to=None),
    "topics that are a word": changed("attendees", 0, "topics", to="ROI"),
    "a topic that is a number": changed("attendees", 0, "topics", to=[1]),
    "level four": changed("attendees", 0, "level", to=4),
    "level zero": changed("attendees", 0, "level", to=0),
    "level true": changed("attendees", 0, "level", to=True),
    "level as a word": changed("attendees", 0, "level", to="2"),
    "level as a fraction": changed("attendees", 0, "level", to=1.5),
    "free is a word": changed("attendees", 0, "free", to="tue"),
    "free in an unknown slot": changed("attendees", 0, "free", to=["wed"]),
    "free in a nested list": changed("attendees", 0, "free", to=[["tue"]]),
    "if need be in an unknown slot": changed("attendees", 0, "if_need_be", to=["wed"]),
    "an unknown place": changed("attendees", 0, "places", to=["cafe"]),
    "with somebody unknown": changed("attendees", 0, "with", to=["zoe"]),
    "apart from somebody unknown": changed("attendees", 0, "apart", to=["zoe"]),
    "with oneself": changed("attendees", 0, "with", to=["a0"]),
    "apart from oneself": changed("attendees", 0, "apart", to=["a0"]),
    "with somebody who did not say so": changed("attendees", 0, "with", to=["a1"]),
    "with and apart": both(
        changed("attendees", 0, "with", to=["a1"]),
        changed("attendees", 1, "with", to=["a0"]),
        changed("attendees", 1, "apart", to=["a0"]),
    ),
    "apart within a chain of friends": both(
        changed("attendees", 0, "with", to=["a1"]),
        changed("attendees", 1, "with", to=["a0", "a2"]),
        changed("attendees", 2, "with", to=["a1"]),
        changed("attendees", 2, "apart", to=["a0"]),
    ),
    "more friends than a group holds": both(
        changed("event", "group_size", to={"min": 2, "max": 2}),
        changed("attendees", 0, "with", to=["a1"]),
        changed("attendees", 1, "with", to=["a0", "a2"]),
        changed("attendees", 2, "with", to=["a1"]),
    ),
    "near somebody unknown": changed("attendees", 0, "near", to=["zoe"]),
    "near oneself": changed("attendees", 0, "near", to=["a0"]),
    "near somebody who did not say so": changed("attendees", 0, "near", to=["a1"]),
    "near is a word": changed("attendees", 0, "near", to="a1"),
    "near and apart": both(
        changed("attendees", 0, "near", to=["a1"]),
        changed("attendees", 1, "near", to=["a0"]),
        changed("attendees", 1, "apart", to=["a0"]),
    ),
    "host is a word": changed("attendees", 0, "host", to="yes"),
    "host is a number": changed("attendees", 0, "host", to=1),
    "quotable is null": changed("attendees", 0, "quotable", to=None),
    "wishes that are a list": changed("event", "wishes", to=[]),
    "a wish that nobody knows": changed("event", "wishes", to={"wildcards": True}),
    "equal levels": changed("event", "wishes", to={"levels": "equal"}),
    "too much weight of topics": changed("event", "wishes", to={"topics": 1.01}),
    "topics as a word": changed("event", "wishes", to={"topics": "0.5"}),
    "fairness below zero": changed("event", "wishes", to={"fairness": -0.1}),
    "fairness that is no number": changed("event", "wishes", to={"fairness": float("nan")}),
    "wildcard is a number": changed("event", "wishes", to={"wildcard": 1}),
    "not a number": changed("attendees", 0, "level", to=float("nan")),
    "a group size that is no number": changed("event", "group_size", "min", to=float("nan")),
    "a group size beyond all people": changed("event", "group_size", "max", to=10**12),
    "a group size beyond all computers": changed("event", "group_size", "max", to=10**40),
    "a group size that is a list": changed("event", "group_size", to=[2, 4]),
    "a group size that is null": changed("event", "group_size", to=None),
    "min as a float": changed("event", "group_size", "min", to=6.0),
    "max as a float": changed("event", "group_size", "max", to=8.0),
    "seats beyond all people": changed("event", "places", to=[CAFE | {"seats": 10**12}]),
    "rooms beyond all buildings": changed("event", "places", to=[CAFE | {"rooms": 10**30}]),
    "rooms as a word": changed("event", "places", to=[CAFE | {"rooms": "2"}]),
    "places that are an object": changed("event", "places", to={"cafe": CAFE}),
    "places that are null": changed("event", "places", to=None),
    "a place that is null": changed("event", "places", to=[None]),
    "a place with an empty id": changed("event", "places", to=[CAFE | {"id": ""}]),
    "a place whose slots are a word": changed("event", "places", to=[CAFE | {"slots": "tue"}]),
    "slots that are null": changed("event", "slots", to=None),
    "slots that are an object": changed("event", "slots", to={}),
    "a slot that is null": changed("event", "slots", 0, to=None),
    "a slot without an id": changed("event", "slots", 0, "id", to=...),
    "a slot without a start": changed("event", "slots", 0, "start", to=...),
    "a slot whose id is a number": changed("event", "slots", 0, "id", to=2),
    "a start that is null": changed("event", "slots", 0, "start", to=None),
    "offered is null": changed("event", "slots", 0, "offered", to=None),
    "offered is a number": changed("event", "slots", 0, "offered", to=1),
    "the year zero": changed("event", "slots", 0, "start", to="0000-01-12T15:00:00Z"),
    "the year ten thousand": changed("event", "slots", 0, "end", to="10000-01-12T15:00:00Z"),
    "the last hour of all": changed("event", "slots", 0, "end", to="9999-12-31T23:30:00Z"),
    "the first hour of all": both(
        changed("event", "slots", 0, "start", to="0001-01-01T00:30:00Z"),
        changed("event", "timezone", to="America/New_York"),
    ),
    "a leap second": changed("event", "slots", 0, "end", to="2027-01-12T15:59:60Z"),
    "the thirtieth of February": changed("event", "slots", 0, "start", to="2027-02-30T15:00:00Z"),
    "the twenty-fifth hour": changed("event", "slots", 0, "end", to="2027-01-12T25:00:00Z"),
    "an offset of two days": changed("event", "slots", 0, "start", to="2027-01-12T15:00:00+48:00"),
    "a time with words after it": changed("event", "slots", 0, "start", to="2027-01-12T15:00:00Z or so"),
    "an empty zone": changed("event", "timezone", to=""),
    "a zone that is null": changed("event", "timezone", to=None),
    "no zone": changed("event", "timezone", to=...),
    "a zone with a null byte": changed("event", "timezone", to="Europe/\0Berlin"),
    "a zone as long as a book": changed("event", "timezone", to="Europe/" * 10_000),
    "no event id": changed("event", "id", to=...),
    "no event title": changed("event", "title", to=...),
    "the event is null": changed("event", to=None),
    "attendees are null": changed("attendees", to=None),
    "attendees in a list in a list": changed("attendees", to=[[{"id": "a0"}]]),
    "an id that is null": changed("attendees", 0, "id", to=None),
    "an id that is a list": changed("attendees", 0, "id", to=["a0"]),
    "a goal that is a list": changed("attendees", 0, "goal", to=["ROI"]),
    "a goal that is an object": changed("attendees", 0, "goal", to={"en": "ROI"}),
    "a topic that is null": changed("attendees", 0, "topics", to=[None]),
    "a topic in a topic": changed("attendees", 0, "topics", to=[["ROI"]]),
    "topics that are null": changed("attendees", 0, "topics", to=None),
    "free is null": changed("attendees", 0, "free", to=None),
    "free holds a null": changed("attendees", 0, "free", to=[None]),
    "free holds a number": changed("attendees", 0, "free", to=[0]),
    "free holds a truth": changed("attendees", 0, "free", to=[True]),
    "free is an object": changed("attendees", 0, "free", to={"tue": True}),
    "free in a slot without a name": changed("attendees", 0, "free", to=[""]),
    "free in a slot written otherwise": changed("attendees", 0, "free", to=["Tue"]),
    "if need be is a truth": changed("attendees", 0, "if_need_be", to=True),
    "a person's places are null": changed("attendees", 0, "places", to=None),
    "level minus one": changed("attendees", 0, "level", to=-1),
    "level null": changed("attendees", 0, "level", to=None),
    "level two as a float": changed("attendees", 0, "level", to=2.0),
    "level beyond all numbers": changed("attendees", 0, "level", to=10**400),
    "with is a word": changed("attendees", 0, "with", to="a1"),
    "with is null": changed("attendees", 0, "with", to=None),
    "with a nested list": changed("attendees", 0, "with", to=[["a1"]]),
    "apart holds a number": changed("attendees", 0, "apart", to=[1]),
    "a chain of friends that nobody closes": both(
        changed("attendees", 0, "with", to=["a1"]),
        changed("attendees", 1, "with", to=["a0", "a2"]),
    ),
    "an id that would garble a terminal": changed("attendees", 0, "with", to=["\x1b[2J\n\r\0"]),
    "an unknown id as long as a book": changed("attendees", 0, "free", to=["x" * 100_000]),
    "wishes that are null": changed("event", "wishes", to=None),
    "fairness above one": changed("event", "wishes", to={"fairness": 2}),
    "fairness without end": changed("event", "wishes", to={"fairness": float("inf")}),
    "topics as a truth": changed("event", "wishes", to={"topics": True}),
    "topics as null": changed("event", "wishes", to={"topics": None}),
    "wildcard as a word": changed("event", "wishes", to={"wildcard": "yes"}),
    "levels as a number": changed("event", "wishes", to={"levels": 1}),
    "infinity": changed("event", "group_size", "max", to=float("inf")),
}

SOUND = json.dumps(
    {
        "event": {
            "id": "e",
            "title": "A meeting",
            "timezone": "UTC",
            "group_size": {"min": 1, "max": 2},
            "slots": [{"id": "s", "start": "2027-01-12T15:00:00Z", "end": "2027-01-12T17:00:00Z"}],
        },
        "attendees": [{"id": "a"}],
    }
).encode()

NOT_JSON = {
    "nothing": b"",
    "white space": b"  \n",
    "half a document": b'{"event": {"id": ',
    "a word": b"hello",
    "a number": b"7",
    "null": b"null",
    "a list": b"[]",
    "an empty object": b"{}",
    "bytes that are no text": b'{"event": "\xff\xfe"}',
    "half a character": b'{"event": {}, "attendees": [{"id": "\\ud800"}]}',
    "two documents": b"{} {}",
    "something after the end": SOUND + b"]",
    "a comma too many": SOUND.replace(b"}]", b"},]"),
    "a comment": b"// people\n" + SOUND,
    "single quotes": SOUND.replace(b'"', b"'"),
    "Python's own spelling": SOUND.replace(b'"id": "a"', b'"id": "a", "host": True'),
    "a byte order mark": b"\xef\xbb\xbf" + SOUND,
    "UTF-16": SOUND.decode().encode("utf-16"),
    "UTF-32": SOUND.decode().encode("utf-32-be"),
    "Latin-1": SOUND.replace(b"A meeting", b"Caf\xe9"),
    "Latin-1 where nobody reads it": SOUND.replace(b'"id": "a"', b'"id": "a", "note": "Caf\xe9"'),
    "half a character at the end": SOUND + b"\xc3",
    "a lone surrogate in bytes": SOUND.replace(b"A meeting", b"\xed\xa0\x80"),
    "a lone surrogate, escaped": SOUND.replace(b"A meeting", b"\\ud83d"),
    "the second half of a pair alone": SOUND.replace(b"A meeting", b"\\udc00 there"),
    "a lone surrogate as an id": SOUND.replace(b'"id": "a"', b'"id": "\\ud800"'),
    "a null byte": SOUND.replace(b"A meeting", b"\0"),
    "null bytes only": bytes(64),
    "a line break in a string": SOUND.replace(b"A meeting", b"A\nmeeting"),
    "an escape that is none": SOUND.replace(b"A meeting", b"\\x41"),
    "a number with a zero in front": SOUND.replace(b'"min": 1', b'"min": 01'),
    "a number with a plus": SOUND.replace(b'"min": 1', b'"min": +1'),
    "a number of ten thousand digits": SOUND.replace(b'"max": 2', b'"max": ' + b"9" * 10_000),
    "an exponent beyond all numbers": SOUND.replace(b'"max": 2', b'"max": 1e999'),
    "a tower of lists": b'{"event": ' + b"[" * 100_000 + b"]" * 100_000 + b', "attendees": []}',
    "a tower of lists in a field that nobody reads": SOUND.replace(
        b'"id": "a"', b'"id": "a", "note": ' + b"[" * 100_000 + b"]" * 100_000
    ),
    "a tower of objects among the attendees": b'{"event": {}, "attendees": [' + b'{"a":' * 100_000,
    "an attendee's id twice": SOUND.replace(b'"id": "a"', b'"id": "a", "id": "b"'),
    "an attendee's id twice, once in disguise": SOUND.replace(b'"id": "a"', b'"id": "a", "\\u0069d": "b"'),
    "two times the attendees": SOUND.replace(b"{", b'{"attendees": [], ', 1),
    "two times the event": SOUND.replace(b"{", b'{"event": 7, ', 1),
    "two titles": SOUND.replace(b'"title"', b'"title": "Another", "title"'),
    "two starts of a slot": SOUND.replace(b'"end"', b'"start": "2027-01-12T16:00:00Z", "end"'),
}


def run(tmp_path, capsys, text, *options):
    source, target = tmp_path / "instance.json", tmp_path / "plan.json"
    source.write_bytes(text)
    code = command.main([str(source), str(target), *options])
    told = capsys.readouterr()
    return code, told, target


def assert_one_sentence(told):
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert told.err.strip().endswith(".")
    assert "Traceback" not in told.err
    assert len(told.err) < 300
    assert all(letter.isprintable() or letter == "\n" for letter in told.err)


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_document_gets_one_sentence_and_no_plan(name, evening, tmp_path, capsys):
    """Exit code two, one clear sentence, nothing written."""
    MALFORMED[name](evening)
    code, told, target = run(tmp_path, capsys, json.dumps(evening).encode())
    assert code == 2
    assert_one_sentence(told)
    assert not target.exists()


@pytest.mark.parametrize("name", NOT_JSON)
def test_what_is_not_an_instance_gets_one_sentence_and_no_plan(name, tmp_path, capsys):
    """Neither garbage nor depth gets further than the reading."""
    code, told, target = run(tmp_path, capsys, NOT_JSON[name])
    assert code == 2
    assert_one_sentence(told)
    assert not target.exists()


@pytest.mark.parametrize(
    "options",
    [
        ["--moves", "-1"],
        ["--moves", "many"],
        ["--moves", "1e6"],
        ["--moves", "2.5"],
        ["--moves", ""],
        ["--moves"],
        ["--seconds", "nan"],
        ["--seconds", "inf"],
        ["--seconds", "-1"],
        ["--seconds", "soon"],
        ["--seed", "x"],
        ["--seed", "1.0"],
        ["--seed", "9" * 10_000],
        ["--seed", "\x1b[2J\n"],
        ["--wings", "2"],
        ["--", "third.json"],
    ],
    ids=lambda options: " ".join(options)[:20].strip("\x1b\n"),
)
def test_a_wrong_option_gets_one_sentence(options, evening, tmp_path, capsys):
    """Options are judged like the document."""
    code, told, target = run(tmp_path, capsys, json.dumps(evening).encode(), *options)
    assert code == 2
    assert_one_sentence(told)
    assert not target.exists()


def test_files_that_cannot_be_read_or_written_get_one_sentence(evening, tmp_path, capsys):
    """A missing instance, a missing folder, a folder or a device instead of a file, names beyond measure."""
    source = tmp_path / "instance.json"
    source.write_text(json.dumps(evening))
    plan = str(tmp_path / "plan.json")
    for arguments in (
        [str(tmp_path / "none.json"), plan],
        [str(tmp_path), plan],
        [str(source / "within"), plan],
        [str(tmp_path / ("x" * 300)), plan],
        [str(source), str(tmp_path / "none" / "plan.json")],
        [str(source), str(source / "plan.json")],
        [str(source), str(tmp_path / ("x" * 300))],
        [str(source), str(tmp_path)],
        [str(source), "/dev/null"],
        [str(source), str(source)],
        [str(source), str(tmp_path / "." / "instance.json")],
        [str(source)],
        [],
    ):
        assert command.main(arguments) == 2
        told = capsys.readouterr()
        assert told.out == ""
        assert told.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["instance.json"]
    assert source.read_text() == json.dumps(evening)


def test_a_plan_at_a_link_goes_where_the_link_leads(evening, tmp_path):
    """The link stays one, and the file that it leads to gets the plan."""
    (tmp_path / "instance.json").write_text(json.dumps(evening))
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "plan.json").symlink_to(tmp_path / "real.json")
    assert command.main([str(tmp_path / "instance.json"), str(tmp_path / "plan.json"), "--moves", "0"]) == 0
    assert (tmp_path / "plan.json").is_symlink()
    assert json.loads((tmp_path / "real.json").read_bytes())["placed"] == 6


def test_a_plan_that_cannot_be_written_in_the_end_leaves_nothing_behind(evening, tmp_path, monkeypatch):
    """The disk is full: one sentence, the old plan as it was, no half-written file beside it."""
    plan = match(document.read(json.dumps(evening).encode()), moves=0)
    target = tmp_path / "plan.json"
    target.write_text("old")

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(document.os, "fsync", full)
    with pytest.raises(Invalid, match="No space left"):
        document.write(plan, target)
    assert [path.name for path in tmp_path.iterdir()] == ["plan.json"]
    assert target.read_text() == "old"


def test_a_plan_written_in_pieces_is_the_plan(evening, tmp_path):
    """Groups and people are written one by one; together they are what the plan is as a whole."""
    for attendees in (evening["attendees"], [*evening["attendees"], {"id": "z", "goal": "ünï\ncode"}], [{"id": "z"}]):
        plan = match(document.read(json.dumps(evening | {"attendees": attendees}).encode()), moves=0)
        document.write(plan, tmp_path / "plan.json")
        whole = msgspec.json.format(msgspec.json.encode(plan), indent=2) + b"\n"
        assert (tmp_path / "plan.json").read_bytes() == whole


def test_an_old_plan_survives_a_malformed_instance(evening, tmp_path, capsys):
    """A plan is replaced by a whole one or not at all."""
    (tmp_path / "plan.json").write_text("old")
    evening["attendees"] = []
    assert run(tmp_path, capsys, json.dumps(evening).encode())[0] == 2
    assert (tmp_path / "plan.json").read_text() == "old"


def test_optional_fields_may_be_left_out(evening):
    """An attendee needs only an id; an event needs no places."""
    evening["attendees"].append({"id": "z"})
    instance = document.read(json.dumps(evening).encode())
    assert instance.attendees[-1].quotable
    assert instance.event.slots[0].offered


def test_wishes_are_read_and_judged(evening):
    """An organizer's wishes reach the matching as they were written; what never was a document is judged, too."""
    evening["event"]["wishes"] = {"levels": "mixed", "topics": 1, "fairness": 0.5, "wildcard": True}
    instance = document.read(json.dumps(evening).encode())
    assert instance.event.wishes == Wishes(levels="mixed", topics=1.0, fairness=0.5, wildcard=True)
    broken = msgspec.structs.replace(instance.event, wishes=Wishes(fairness=float("nan")))
    with pytest.raises(Invalid, match="fairness"):
        document.checked(msgspec.structs.replace(instance, event=broken))


@pytest.mark.parametrize(
    "change",
    [
        changed("attendees", 0, "free", to=["tue", "tue"]),
        changed("attendees", 0, "if_need_be", to=["tue"]),
        both(changed("event", "places", to=[CAFE]), changed("attendees", 0, "places", to=["cafe", "cafe"])),
        changed("attendees", 0, "shoe_size", to=[{"eu": 42, "id": 1}]),
        changed("event", "colour", to=None),
        changed("attendees", 0, "id", to="with a \0 in it"),
        changed("attendees", 0, "topics", to=["free", "id", "", "id"]),
    ],
    ids=["free twice", "free and if need be", "place twice", "unknown field", "unknown event field", "null", "topics"],
)
def test_what_is_clear_although_odd_changes_nothing(change, evening, plan_of):
    """Said twice is said once, free beats "if need be", and fields that nobody knows are left alone."""
    change(evening)
    plan = plan_of(evening, moves=0)
    assert (plan["placed"], plan["placeable"]) == (6, 6)
    assert not any("if need be" in why for group in plan["groups"] for why in group["why"].values())


def test_what_people_have_in_common_is_kept_once(evening):
    """Two people with the same answers share them, and two thousand with thirty sessions each take half a kB apiece."""
    slot = evening["event"]["slots"][0]
    evening["event"]["slots"] = [slot | {"id": f"slot {n}"} for n in range(32)]
    ids = [one["id"] for one in evening["event"]["slots"]]
    evening["attendees"] = [{"id": f"a{n}", "free": ids[: 30 + n % 2], "topics": ["Some topic"]} for n in range(2000)]
    text = json.dumps(evening).encode()
    tracemalloc.start()
    instance = document.read(text)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    one, other, third = instance.attendees[:3]
    assert one.free is third.free
    assert one.topics is other.topics
    assert one.free[0] is other.free[0]
    assert taken < 500 * len(instance.attendees)


def test_other_ways_to_write_a_time_are_understood(evening):
    """ISO 8601 without seconds, with an offset, with a space."""
    evening["event"]["slots"][0] |= {"start": "2027-01-12T15:00Z", "end": "2027-01-12 18:00:00+01:00"}
    slot = document.read(json.dumps(evening).encode()).event.slots[0]
    assert (slot.end - slot.start).total_seconds() == 2 * 3600


def test_matching_judges_an_instance_that_never_was_a_document(evening):
    """The flow's own instances pass the same door."""
    instance = document.read(json.dumps(evening).encode())
    with pytest.raises(Invalid, match="roster"):
        match(msgspec.structs.replace(instance, attendees=()))


def test_every_malformed_case_starts_from_a_sound_one(evening):
    """The table would be worth nothing if the untouched document were refused."""
    document.read(json.dumps(copy.deepcopy(evening)).encode())
