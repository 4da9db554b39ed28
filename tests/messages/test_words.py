"""The words themselves: everything that is said is there, everything that is there is said, and all of it is safe."""

import functools
import json
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from chalicelib.domain.birds import bird
from chalicelib.domain.letter import Kind, LetterState
from chalicelib.messages import catalog
from tests.messages.users import ROOT, Use, in_letters, in_pages, in_python, in_scripts

FOLDER = ROOT / "chalicelib" / "messages"
FILES = sorted(FOLDER.glob("*/*.json"))
USES = [*in_pages(), *in_scripts(), *in_letters()]
SOURCES = list(dict.fromkeys(use.where.partition(":")[0] for use in USES))


def texts(message: catalog.Message) -> list[str]:
    return [message] if isinstance(message, str) else list(message.values())


def placeholders(message: catalog.Message) -> set[str]:
    return {name for text in texts(message) for name in re.findall(r"\{(\w+)\}", text)}


def seen(text: str, patterns: Iterable[str]) -> bool:
    return bool(any_of(frozenset(patterns)).fullmatch(text))


@functools.cache
def any_of(patterns: frozenset[str]) -> re.Pattern[str]:
    """One pattern for all, since Python remembers only some hundred of them."""
    return re.compile("|".join(f"(?:{one})" for one in sorted(patterns)) or "(?!)")


def uses_in(source: str) -> list[Use]:
    return [use for use in USES if use.where.partition(":")[0] == source]


@functools.cache
def meant(use: Use) -> dict[tuple[str, str], catalog.Message]:
    """The messages that a call may mean, by part and key."""
    return {
        (part, key): message
        for part in use.parts
        if part in catalog.parts()
        for key, message in catalog.part("en", part).items()
        if seen(key, use.keys)
    }


@pytest.mark.parametrize("source", SOURCES)
def test_everything_that_is_said_is_there(source: str) -> None:
    """Each key that a page, a script or a letter asks for stands in one of the parts it reads, and in only one."""
    for use in uses_in(source):
        assert use.keys, f"no test can see the key in {use.where}"
        found = meant(use)
        for pattern in use.keys:
            assert any(seen(key, {pattern}) for _, key in found), f"{use.where}: {pattern}"
        keys = [key for part, key in found if part == "letter" or not part.startswith("letter-")]
        assert len(keys) == len(set(keys)), f"two of the parts that {use.where} reads have its key"


@pytest.mark.parametrize("source", SOURCES)
def test_each_call_gives_the_values_that_its_message_takes(source: str) -> None:
    """None is missing, and none is given for nothing."""
    for use in uses_in(source):
        if use.values is None:
            continue
        wanted = set()
        for message in meant(use).values():
            counted = set() if isinstance(message, str) else {"count"}
            assert placeholders(message) | counted <= use.values, use.where
            wanted |= placeholders(message) | counted
        assert use.values <= wanted, use.where


@pytest.mark.parametrize("part", catalog.parts())
def test_everything_that_is_there_is_said(part: str) -> None:
    """What nobody says any more is gone."""
    said = {key for use in USES for (where, key) in meant(use) if where == part}
    left = [key for key in catalog.part("en", part) if key not in said]
    if part == "bird":
        left = [key for key in left if key not in {bird(number).key for number in range(len(left))}]
    known = in_python()
    if re.escape(part) in known:
        # Python says something of it by itself.
        left = [key for key in left if not (seen(key, known) or all(seen(one, known) for one in key.split(".", 1)))]
    assert left == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_words_hold_no_markup_and_every_plural_that_its_language_has(path: Path) -> None:
    """So a page or letter may write them down as they are, inside of quotes too."""
    language = path.parent.name
    categories = {catalog.PLURALS[language](count) for count in range(201)} | {"other"}
    for key, message in json.loads(path.read_text(encoding="utf-8")).items():
        assert re.fullmatch(r"[\w.-]+", key)
        assert isinstance(message, str) or set(message) == categories, key
        for text in texts(message):
            assert text.strip() == text != "", key
            assert not re.search(r"[<>&\"'`\\]", text), f"{key}: {text}"
            assert text.count("{") == text.count("}") == len(re.findall(r"\{\w+\}", text)), key


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_no_key_stands_twice_in_a_file(path: Path) -> None:
    """The first of them would be lost."""
    pairs = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=lambda found: [key for key, _ in found])
    assert len(pairs) == len(set(pairs))


@pytest.mark.parametrize("language", catalog.languages())
def test_a_language_says_what_english_says_with_the_same_values(language: str) -> None:
    """Every part and key in every folder, so that nothing comes out half in English."""
    assert {path.stem for path in FOLDER.glob(f"{language}/*.json")} == set(catalog.parts())
    for part in catalog.parts():
        own = json.loads((FOLDER / language / f"{part}.json").read_text(encoding="utf-8"))
        english = catalog.part("en", part)
        assert set(own) == set(english)
        for key, message in own.items():
            assert placeholders(message) | {"count"} == placeholders(english[key]) | {"count"}, (part, key)


def test_the_usual_question_is_the_same_wherever_it_is_asked() -> None:
    """The organizer reads what people are asked, and the group what they answered."""
    asked = [("page-index", "questionUsual"), ("me", "question"), ("run-sheet", "question")]
    for language in catalog.languages():
        assert len({catalog.text(language, part, key) for part, key in asked}) == 1


def test_every_kind_and_every_state_of_a_letter_has_a_word_on_the_organizers_page() -> None:
    """A new one would stand there as its bare key."""
    words = catalog.part("en", "delivery")
    assert {f"kind.{kind}" for kind in Kind} | {f"state.{state}" for state in LetterState} <= words.keys()
    assert {f"letter.{state}" for state in LetterState} <= catalog.part("en", "watch").keys()
