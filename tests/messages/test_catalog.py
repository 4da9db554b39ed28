"""The reader of message files: what it fills in, which plural it takes, and that nothing stays unsaid."""

import json
import subprocess

import pytest
from markupsafe import escape

from chalicelib.messages import catalog
from infra.local import toolbox


@pytest.mark.engine
@pytest.mark.parametrize("language", catalog.PLURALS)
def test_plurals_are_those_of_unicode(language: str) -> None:
    """For 0 to 200 things each rule picks the category that Intl.PluralRules picks in a browser."""
    script = (
        f"console.log(JSON.stringify([...Array(201).keys()].map((n) => new Intl.PluralRules('{language}').select(n))))"
    )
    node = toolbox.node()
    assert node, "there is no Node: run 'make test', which fetches one"
    said = subprocess.run([str(node), "-e", script], capture_output=True, text=True, check=True).stdout
    assert [catalog.PLURALS[language](count) for count in range(201)] == json.loads(said)


def test_a_count_picks_its_plural() -> None:
    """One answer, two answers."""
    assert catalog.text("en", "shared", "missing", count=1).startswith("1 answer needs")
    assert catalog.text("en", "shared", "missing", count=2).startswith("2 answers need")


@pytest.mark.parametrize(
    ("part", "key", "values"),
    [("none", "title", {}), ("shared", "none", {}), ("shared", "missing", {}), ("shared", "networkError", {})],
)
def test_nothing_stays_unsaid(part: str, key: str, values: dict[str, object]) -> None:
    """No part, no message, no count, no value: an error instead of a blank."""
    with pytest.raises(catalog.Unsaid):
        catalog.text("en", part, key, **values)


def test_values_are_written_as_asked_and_never_read_as_placeholders() -> None:
    """What people typed stays what it is."""
    values = {"button": "<b>{working}</b>"}
    pattern = catalog.pattern("en", "shared", "networkError")
    assert catalog.fill(pattern, values).endswith("then press <b>{working}</b>.")
    assert catalog.fill(pattern, values, escape).endswith("then press &lt;b&gt;{working}&lt;/b&gt;.")


def test_what_a_language_leaves_out_is_said_in_english() -> None:
    """A translation that lags behind still gives whole pages."""
    assert catalog.text("ar", "shared", "working") == catalog.text("en", "shared", "working")
    assert catalog.text("ar", "shared", "missing", count=3).startswith("3 answers need")
