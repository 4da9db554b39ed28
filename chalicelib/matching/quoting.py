"""Quoting: which of the words that a group shows are one member's alone, and what it shows without them."""

from collections.abc import Iterable, Sequence

from chalicelib.domain.attendee import Answers
from chalicelib.domain.erasure import Shown
from chalicelib.matching import language, wording


def unquoted(shown: Shown, mine: Answers, others: Sequence[Answers], time: str) -> Shown:
    """What a group shows, without what only `mine` says.

    Args:
        others: the answers of those who stay and let their words be shown.
        time: when the group meets, in words; its title says that when it may say nothing else.
    """
    own = (wording.say("title", "open"), wording.say("title", "questions"))
    theme = _theme(shown.title, time)
    plain = theme.partition(" (")[0] in own
    return Shown(
        title=shown.title
        if plain or _borne(theme, mine, others)
        else wording.say("title", "timed", title=own[0], time=time),
        subtitle=shown.subtitle if _borne_whole(shown.subtitle, mine, others) else "",
        keywords=tuple(word for word in shown.keywords if _borne(word, mine, others)),
    )


def quotes(subtitle: str, mine: Answers) -> bool:
    """Whether the line below a title is from this person's sentence, maybe among others'."""
    return not _borne_whole(subtitle, mine, ())


def _theme(title: str, time: str) -> str:
    """The title without what Covey has put behind it."""
    for name, values in (("timed", {"time": time}), ("newcomers", {}), ("depth", {})):
        title = title.removesuffix(wording.say("title", name, title="", **values))
    return title


def _borne(text: str, mine: Answers, others: Iterable[Answers]) -> bool:
    """Whether others say every word of a text that this person says; in a script without spaces, the whole of it."""
    if not language.has_spaces(text):
        return _borne_whole(text, mine, others)
    left = _families(text) & _said(mine)
    return left <= {word for one in others for word in _said(one)}


def _borne_whole(text: str, mine: Answers, others: Iterable[Answers]) -> bool:
    """Whether the text is not from this person's sentence, or is from another one's as well."""
    quoted = text.rstrip("…").casefold()
    return not quoted or quoted not in _sentence(mine) or any(quoted in _sentence(one) for one in others)


def _sentence(answers: Answers) -> str:
    return language.clean("\n".join((answers.goal, *answers.topics))).casefold()


def _said(answers: Answers) -> set[str]:
    return {word for text in (answers.goal, *answers.topics) for word in _families(text)}


def _families(text: str) -> set[str]:
    return {
        language.family(word.key) for word in language.words(language.clean(text)) if not language.is_stop(word.key)
    }
