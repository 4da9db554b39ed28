import pytest

from chalicelib.matching import language


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("How to use R", ["how", "to", "use", "r"]),
        ("C++, C# and node.js", ["c++", "c#", "and", "node.js"]),
        ("I'd like spreadsheets", ["i'd", "like", "spreadsheet"]),
        ("end.Start again", ["end", "start", "again"]),
        ("Studies of analysis and physics", ["study", "of", "analysis", "and", "physics"]),
        ("", []),
    ],
)
def test_words_are_compared_without_case_and_plural(text, keys):
    """Single letters count, so do the names of programming languages."""
    assert [word.key for word in language.words(text)] == keys


def test_phrases_begin_and_end_on_content_and_never_cross_a_comma():
    """One phrase is "basics of R", but "R, Python" are two."""
    assert [phrase.text for phrase in language.phrases("the basics of R, Python")] == [
        "basics",
        "basics of R",
        "R",
        "Python",
    ]


def test_cleaning_leaves_one_printable_line():
    """Entities are resolved once; control, bidi and invisible characters are gone; accents and emoji stay."""
    assert language.clean("a\x00b\u202ec\u200b &gt; d\n\té 🎉") == "a bc > d é 🎉"
