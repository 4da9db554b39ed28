"""The documents say what is so: commands, settings, numbers, paths and rules in them are compared with the code."""

import importlib
import inspect
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path

import msgspec
import pytest

from chalicelib import settings
from chalicelib.domain import attendee, event, proposal
from chalicelib.domain.plan import Plan
from chalicelib.matching import document
from infra.demo import roster
from tests.test_architecture import HOMES, MODULES, ROOMS

ROOT = Path(__file__).parent.parent
README, CONTRIBUTING = ROOT / "README.md", ROOT / "CONTRIBUTING.md"
ARCHITECTURE, MATCHING = ROOT / "docs" / "architecture.md", ROOT / "docs" / "matching.md"
DECISIONS = ROOT / "docs" / "decisions"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

LOCAL_VARIABLES = {"COVEY_LOCAL_PORT", "COVEY_LOCAL_SMTP_PORT"}
"""Read by the local cloud on this machine, and by nothing that is deployed."""

LIMITS = {
    "people in a group": event.LARGEST_GROUP,
    "sessions in an event": event.MOST_SLOTS,
    "places in an event": event.MOST_PLACES,
    "days from the first to the last session": proposal.LONGEST_EVENT.days,
    "topics a person names": attendee.MOST_TOPICS,
    "characters in what a person hopes for": attendee.GOAL_LONGEST,
    "characters in the answer to the warm-up question": attendee.WARM_UP_LONGEST,
    "friends a person names": attendee.MOST_FRIENDS,
    "people, where an organizer limits an event": event.MOST_PEOPLE,
}
"""What the README calls a limit, and the constant behind it."""


@cache
def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def rows(path: Path, first: str) -> Iterator[list[str]]:
    """The cells of the table whose head begins with that cell, without their back ticks."""
    found = False
    for line in text(path).splitlines():
        cells = [cell.strip().replace("`", "") for cell in line.strip().strip("|").split("|")]
        if found and not line.startswith("|"):
            return
        if found and not set(cells[0]) <= {"-"}:
            yield cells
        found = found or (line.startswith("|") and cells[0] == first)
    assert found, f"{path.name} has no table that begins with “{first}”"


def listed(cell: str) -> set[str]:
    return {one.strip() for one in cell.split(",") if one.strip()}


def anchors(path: Path) -> set[str]:
    """The addresses of a document's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", text(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("document", [README, CONTRIBUTING], ids=lambda path: path.name)
def test_every_make_command_named_exists(document: Path) -> None:
    """Each `make something` in the text is a target that `make help` lists."""
    command = [shutil.which("make") or "make", "-s", "help"]
    helped = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = set(re.findall(r"^make ([\w-]+)", helped, re.MULTILINE))
    code = re.findall(r"```.*?```|`[^`\n]+`", text(document), re.DOTALL)
    named = {name for part in code for name in re.findall(r"(?<![\w-])make ([a-z][\w-]*)", part)}
    assert named
    assert named <= targets


def test_the_readme_names_every_setting_and_its_default() -> None:
    """The table has one row for each variable that settings.py reads, with the value that leaving it out gives."""
    read = set(re.findall(r"COVEY_[A-Z_]+", inspect.getsource(settings)))
    table = {cells[0]: cells[1] for cells in rows(README, "setting")}
    assert set(table) == read
    defaults = msgspec.structs.asdict(settings.load({}))
    for variable, shown in table.items():
        default = defaults[variable.removeprefix("COVEY_").lower()]
        assert shown == (str(default) if default else "empty")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_document_names_a_variable_that_nothing_reads(document: Path) -> None:
    """A name with COVEY_ in front is a setting, or one of the local cloud's."""
    read = set(re.findall(r"COVEY_[A-Z_]+", inspect.getsource(settings))) | LOCAL_VARIABLES
    assert set(re.findall(r"COVEY_[A-Z_]+[A-Z]", text(document))) <= read
    assert all(name in text(ROOT / "infra" / "local" / "cloud.py") for name in LOCAL_VARIABLES)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    """Pictures and pages exist, and so do the headings that links point to."""
    found = [*re.findall(r"\]\(([^)\s]+)\)", text(document)), *re.findall(r'(?:src|href)="([^"]+)"', text(document))]
    for link in found:
        if re.match(r"https?:|mailto:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_path_in_the_architecture_exists() -> None:
    """Whatever the page puts in back ticks with a slash or a suffix is there."""
    roots = ("chalicelib", "frontend", "infra", "tests", "vendor", "docs", ".chalice")
    quoted = re.findall(r"`([^`\s]+)`", text(ARCHITECTURE))
    paths = {one for one in quoted if one.startswith(tuple(f"{root}/" for root in roots)) or one == "app.py"}
    assert len(paths) > 50
    assert {path for path in paths if not (ROOT / path).exists()} == set()


def test_every_module_is_in_the_tree() -> None:
    """A module that nobody can place from the page is in the wrong room, or the page is old."""
    ours = {str(path.relative_to(ROOT)) for path in MODULES.values() if path.name != "__init__.py"}
    assert {path for path in ours if f"`{path}`" not in text(ARCHITECTURE)} == set()


def test_the_import_rules_on_the_page_are_those_that_are_enforced() -> None:
    """Rooms, and the homes of outside libraries, as in test_architecture.py."""
    assert {room: listed(below) for room, below in rows(ARCHITECTURE, "room")} == ROOMS
    homes = {one: listed(home) for library, home in rows(ARCHITECTURE, "library") for one in listed(library)}
    assert homes == HOMES


def test_memory_and_time_limits_on_the_page_are_those_deployed() -> None:
    """The table of functions has the values of .chalice/config.json."""
    functions = json.loads(text(ROOT / ".chalice" / "config.json"))["lambda_functions"]
    shown = {name: (memory, limit) for name, memory, limit, *_ in rows(ARCHITECTURE, "function")}
    assert shown == {
        name: (f"{options['lambda_memory_size']} MB", f"{options['lambda_timeout']} s")
        for name, options in functions.items()
    }


@pytest.mark.parametrize(("name", "shown"), list(rows(ARCHITECTURE, "number")))
def test_a_number_on_the_page_is_the_one_in_the_code(name: str, shown: str) -> None:
    """Durations are in seconds."""
    module, _, constant = name.rpartition(".")
    value = getattr(importlib.import_module(module), constant)
    assert shown == (f"{value.total_seconds():.0f} s" if isinstance(value, timedelta) else str(value))


def test_no_api_write_lands_after_matching_has_read() -> None:
    """Lambda ends an API call before the time that matching leaves between the last door and its reading."""
    functions = json.loads(text(ROOT / ".chalice" / "config.json"))["lambda_functions"]
    assert functions["api_handler"]["lambda_timeout"] < event.SETTLE.total_seconds()


def test_a_dead_run_is_taken_over_within_the_time_that_is_promised() -> None:
    """Lease plus what a tick cannot see ahead: the arithmetic of the page."""
    tick = importlib.import_module("chalicelib.flow.tick")
    blind = timedelta(minutes=1) - tick.LOOK_AHEAD
    assert event.LEASE + blind == timedelta(seconds=90)
    assert "90 s after the last sign of life" in text(ARCHITECTURE)


def test_the_limits_in_the_readme_are_those_in_the_code() -> None:
    """Each row has its number."""
    shown = {what: number for what, number, *_ in rows(README, "at most")}
    assert shown == {what: f"{number:,}" for what, number in LIMITS.items()}


def test_the_columns_of_a_roster_are_those_that_are_read() -> None:
    """Required ones first, then what may be there."""
    shown = {column: needed for column, needed, *_ in rows(README, "column")}
    assert shown == {**dict.fromkeys(roster.COLUMNS, "yes"), **dict.fromkeys(roster.CHOICES, "")}


def test_the_example_of_an_instance_is_one() -> None:
    """The matching would take the page's JSON as it stands."""
    example = text(MATCHING).partition("```json\n")[2].partition("```")[0]
    assert len(document.read(example.encode()).attendees) == 5


def test_every_field_of_a_plan_is_explained() -> None:
    """The table has a row, or part of one, for each."""
    named = {name for cells in rows(MATCHING, "field") for name in listed(cells[0])}
    assert named == set(Plan.__struct_fields__)


def test_decisions_are_numbered_without_a_gap_and_all_in_the_list() -> None:
    """Each page opens with its number and is linked from the list under its own title."""
    pages = sorted(path for path in DECISIONS.glob("*.md") if path.name != "README.md")
    assert [path.name[:4] for path in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    for path in pages:
        title = text(path).partition("\n")[0]
        assert title.startswith(f"# {path.name[:4]} ")
        assert f"[{path.name[:4]}]({path.name}) | {title[7:]} |" in text(DECISIONS / "README.md")


def test_pictures_are_light() -> None:
    """Below 200 KB each, so that the README opens quickly."""
    assert all(path.stat().st_size < 200_000 for path in (ROOT / "docs").glob("*.*g"))
