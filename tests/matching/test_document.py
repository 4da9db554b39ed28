import copy
import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from chalicelib.domain.errors import Invalid
from chalicelib.domain.instance import Wishes
from chalicelib.matching import __main__ as command
from chalicelib.matching import document
from chalicelib.matching.plan import match

ROOT = Path(__file__).parents[2]


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
    "infinity": changed("event", "group_size", "max", to=float("inf")),
}

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
    "a tower of lists": b'{"event": ' + b"[" * 100_000 + b"]" * 100_000 + b', "attendees": []}',
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
        ["--seconds", "nan"],
        ["--seconds", "-1"],
        ["--seed", "x"],
        ["--wings", "2"],
    ],
    ids=" ".join,
)
def test_a_wrong_option_gets_one_sentence(options, evening, tmp_path, capsys):
    """Options are judged like the document."""
    code, told, target = run(tmp_path, capsys, json.dumps(evening).encode(), *options)
    assert code == 2
    assert_one_sentence(told)
    assert not target.exists()


def test_files_that_cannot_be_read_or_written_get_one_sentence(evening, tmp_path, capsys):
    """A missing instance, a missing folder, a folder instead of a file."""
    source = tmp_path / "instance.json"
    source.write_text(json.dumps(evening))
    for arguments in (
        [str(tmp_path / "none.json"), str(tmp_path / "plan.json")],
        [str(tmp_path), str(tmp_path / "plan.json")],
        [str(source), str(tmp_path / "none" / "plan.json")],
        [str(source), str(tmp_path)],
        [str(source)],
    ):
        assert command.main(arguments) == 2
        assert_one_sentence(capsys.readouterr())
    assert [path.name for path in tmp_path.iterdir()] == ["instance.json"]


def test_an_old_plan_survives_a_malformed_instance(evening, tmp_path, capsys):
    """A plan is replaced by a whole one or not at all."""
    (tmp_path / "plan.json").write_text("old")
    evening["attendees"] = []
    assert run(tmp_path, capsys, json.dumps(evening).encode())[0] == 2
    assert (tmp_path / "plan.json").read_text() == "old"


def test_a_plan_is_written_whole_and_its_timing_told_on_stderr(evening, tmp_path):
    """The command as a stranger runs it."""
    source, target = tmp_path / "instance.json", tmp_path / "plan.json"
    source.write_text(json.dumps(evening))
    done = subprocess.run(
        [sys.executable, "-m", "chalicelib.matching", source, target, "--seed", "3", "--moves", "500"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == ""
    assert "6 of 6" in done.stderr
    plan = json.loads(target.read_bytes())
    assert plan["seed"] == 3
    assert {path.name for path in tmp_path.iterdir()} == {"instance.json", "plan.json"}


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
