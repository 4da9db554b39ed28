"""Naming: a title, a subtitle and keywords for each group, from what members said who let it be shown.

Phrases of one to three words compete, as in class-based TF-IDF but counting people instead of
occurrences. Every word of a title was written by at least two such members, so nobody's slip of the
pen and nobody's private words become one.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from chalicelib.domain.attendee import Level
from chalicelib.domain.instance import Candidate
from chalicelib.matching import language, wording
from chalicelib.matching.seating import Floats

Keys = tuple[str, ...]

LONGEST_TITLE = 60
LONGEST_SUBTITLE = 140
LONGEST_WORD = 24

SINGLE_WEAK = 0.25
"""The strength of a single word that says little: a title only for want of a better one."""

_CONTACT = re.compile(r"\S@\S|https?:|www\.|\d{6,}")
_LEAD = re.compile(
    r"(?:i(?:['’]?m| am|['’]d| would)?\s+)?(?:really\s+|also\s+|just\s+|generally,?\s+)?"
    r"(?:hop(?:e|ing)|want(?:ing)?|wish|like|love|need|look(?:ing)?(?: forward)?|excited|interested in|eager)\s+"
    r"(?:to\s+(?:at least\s+|be able to\s+|(?=\w)))?(?=\w)|to\s+(?=[a-z])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Name:
    """What a group is called, and the phrases it was made of."""

    title: str
    subtitle: str
    keywords: tuple[str, ...]
    weak: bool


@dataclass(frozen=True)
class Said:
    """What everybody said, phrase by phrase.

    Args:
        phrases: for each person, written form by compared form.
        words: for each person, the case-folded words they used.
        spread: how many people used each phrase.
        proper: how each case-folded word is usually written.
        doing: words that mostly follow "to": what people want to do, and no theme by themselves.
    """

    phrases: tuple[dict[Keys, str], ...]
    words: tuple[frozenset[str], ...]
    spread: Counter[Keys]
    proper: dict[str, str]
    doing: frozenset[str]


@dataclass(frozen=True)
class _Theme:
    keys: Keys
    text: str
    users: frozenset[int]
    score: float
    weak: bool


def said(people: Sequence[Candidate]) -> Said:
    """What everybody said, in goals and topics."""
    found: list[dict[Keys, str]] = []
    used: list[frozenset[str]] = []
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    after_to: Counter[str] = Counter()
    for person in people:
        mine: dict[Keys, str] = {}
        words: set[str] = set()
        seen: set[str] = set()
        for raw, longest in [(person.goal, 3), *((topic, 5) for topic in person.topics)]:
            text = language.clean(raw)
            shouting = text.isupper() and " " in text
            for phrase in language.phrases(text, longest):
                mine.setdefault(phrase.keys, phrase.text)
                if len(phrase.keys) == 1 and person.quotable and not shouting and not phrase.opens:
                    seen.add(phrase.text)
            line = language.words(text)
            words.update(text[word.start : word.end].casefold() for word in line)
            after_to.update({second.key for first, second in pairwise(line) if first.key == "to"})
        for form in sorted(seen):
            forms[form.casefold()][form] += 1
        found.append(mine)
        used.append(frozenset(words))
    spread = Counter(keys for mine in found for keys in mine)
    proper = {folded: _usual(counts) for folded, counts in forms.items()}
    doing = frozenset(key for key, count in after_to.items() if 3 * count > spread[(key,)])
    return Said(tuple(found), tuple(used), spread, proper, doing)


def _usual(counts: Counter[str]) -> str:
    """How a word is written in mid-sentence: its capitals stay if a third of its writers use them."""
    capitals = Counter({form: count for form, count in counts.items() if not form.islower()})
    if 3 * sum(capitals.values()) >= sum(counts.values()) and capitals:
        return min(capitals, key=lambda form: (-capitals[form], form))
    return next(iter(counts)).lower()


def names(
    people: Sequence[Candidate],
    vectors: Floats,
    groups: Sequence[Sequence[int]],
    times: Sequence[str],
    event_title: str,
    talk: Said,
) -> list[Name]:
    """A name for each group of people; titles differ from each other.

    Args:
        groups: rows of people and vectors.
        times: when each group meets, in words.
    """
    about = {word.key for word in language.words(language.clean(event_title))}
    themes = [_themes(people, vectors, group, talk, about) for group in groups]
    order = sorted(range(len(groups)), key=lambda n: (-themes[n][0].score if themes[n] else 0.0, n))
    taken: set[frozenset[str]] = set()
    titles: dict[int, tuple[str, bool]] = {}
    for n in order:
        titles[n] = _title(people, groups[n], themes[n], times[n], taken)
        taken.add(_same(titles[n][0]))
    result = []
    for n, group in enumerate(groups):
        title, weak = titles[n]
        subtitle = _subtitle(people, vectors, group, themes[n], title)
        keywords = tuple(theme.text for theme in themes[n] if not theme.weak)[:5]
        result.append(Name(title, subtitle, keywords, weak))
    return result


def _themes(
    people: Sequence[Candidate], vectors: Floats, group: Sequence[int], talk: Said, about: set[str]
) -> list[_Theme]:
    """What a group has in common, best first, without overlaps."""
    speakers = [row for row in group if people[row].quotable]
    users: dict[Keys, list[int]] = defaultdict(list)
    for row in speakers:
        for keys in talk.phrases[row]:
            users[keys].append(row)
    writers = Counter(word for row in speakers for word in talk.words[row])
    centre = vectors[list(group)].sum(axis=0)
    near = {row: _cosine(vectors[row], centre) for row in speakers}
    found = []
    for keys, rows in users.items():
        merit = strength(keys, talk, about)
        text = _written(keys, rows, talk, writers) if len(rows) > 1 and merit else ""
        if text:
            share = (len(rows) / len(speakers)) ** 1.25
            rarity = float(np.log(1 + len(talk.phrases) / talk.spread[keys]))
            closeness = 0.5 + sum(near[row] for row in rows) / len(rows)
            score = round(merit * share * rarity * closeness, 9)
            found.append(_Theme(keys, text, frozenset(rows), score, merit <= SINGLE_WEAK))
    found.sort(key=lambda theme: (-theme.score, theme.keys))
    kept: list[_Theme] = []
    for theme in found:
        clashes = [n for n, other in enumerate(kept) if set(theme.keys) & set(other.keys)]
        if not clashes:
            kept.append(theme)
        elif set(theme.keys) > set(kept[clashes[0]].keys) and len(clashes) == 1:
            # "Command line" says more than "command" if nearly as many use it.
            shorter = kept[clashes[0]]
            if 5 * len(theme.users) >= 3 * len(shorter.users):
                kept[clashes[0]] = theme
    return kept


def strength(keys: Keys, talk: Said, about: set[str]) -> float:
    """How well a phrase would do as a title: longer ones better, words that say little worse, zero not at all."""
    content = [key for key in keys if not language.is_stop(key)]
    strong = sum(not (language.is_weak(key) or key in about or key in talk.doing) for key in content)
    if strong:
        return (1 + 0.3 * (len(content) - 1)) * (0.6 + 0.4 * strong / len(content))
    if len(content) > 1:
        return 0.6
    return 0.0 if content[0] in talk.doing or language.is_vague(content[0]) else SINGLE_WEAK


def _cosine(one: Floats, other: Floats) -> float:
    length = float(np.sqrt((one @ one) * (other @ other)))
    return round(float(one @ other) / length, 9) if length else 0.0


def _written(keys: Keys, rows: list[int], talk: Said, writers: Counter[str]) -> str:
    """The phrase as most of its users write it, if every word of it has two writers."""
    forms = Counter(talk.phrases[row][keys].casefold() for row in rows)
    for form, _ in sorted(forms.items(), key=lambda item: (-item[1], item[0])):
        spans = language.words(form)
        if all(writers[form[word.start : word.end]] >= 2 and word.end - word.start <= LONGEST_WORD for word in spans):
            return _cased(form, talk)
    return ""


def _cased(form: str, talk: Said) -> str:
    """A case-folded phrase with the capitals that its words usually have."""
    parts, end = [], 0
    for word in language.words(form):
        text = form[word.start : word.end]
        parts += [form[end : word.start], talk.proper.get(text, text)]
        end = word.end
    return "".join(parts)


def _title(
    people: Sequence[Candidate], group: Sequence[int], themes: list[_Theme], time: str, taken: set[frozenset[str]]
) -> tuple[str, bool]:
    """The best title that is not taken, and whether its support is weak."""
    speakers = sum(people[row].quotable for row in group)
    for title, users, weak in _proposals(people, group, themes, time):
        if _same(title) not in taken and len(title) <= LONGEST_TITLE:
            return title, weak or len(users) < 3 or 3 * len(users) < speakers
    title, number = wording.say("title", "open", time=time), 2
    while _same(title) in taken:
        title = wording.say("title", "again", title=wording.say("title", "open", time=time), number=number)
        number += 1
    return title, True


def _same(title: str) -> frozenset[str]:
    """What titles share that nobody could tell apart, such as "R & data" and "Data & R"."""
    return frozenset(title.casefold().split())


def _proposals(
    people: Sequence[Candidate], group: Sequence[int], themes: list[_Theme], time: str
) -> list[tuple[str, frozenset[int], bool]]:
    """Titles, the members behind them and whether they say little, in the order in which they should be tried."""
    speakers = sum(people[row].quotable for row in group)
    bearing = [
        theme for theme in themes if not theme.weak or (len(theme.users) > 2 and 2 * len(theme.users) > speakers)
    ]
    if not bearing:
        return []
    first = bearing[0]
    singles = [(wording.capital(theme.text), theme.users, theme.weak) for theme in bearing[:4]]
    pairs = [
        (
            wording.say("title", "both", one=wording.capital(first.text), other=other.text),
            first.users | other.users,
            first.weak,
        )
        for other in [*bearing[1:5], *(theme for theme in themes if theme.weak and len(theme.users) > 2)]
        if other is not first and (other.users - first.users or len(first.users) == speakers)
    ]
    levels = Counter(int(people[row].level) for row in group)
    common, count = max(levels.items(), key=lambda item: (item[1], -item[0]))
    levelled = []
    if common != Level.SOME and 4 * count >= 3 * len(group):
        levelled = [(wording.say("title", f"level{int(common)}", title=singles[0][0]), first.users, first.weak)]
    timed = [(wording.say("title", "timed", title=singles[0][0], time=time), first.users, first.weak)]
    broad = 5 * len(first.users) >= 3 * speakers
    if broad or not pairs or len(bearing) == 1 or bearing[1].score < first.score / 3:
        return [singles[0], *levelled, *pairs, *singles[1:], *timed]
    return [pairs[0], singles[0], *levelled, *pairs[1:], *singles[1:], *timed]


def _subtitle(
    people: Sequence[Candidate], vectors: Floats, group: Sequence[int], themes: list[_Theme], title: str
) -> str:
    """The most central goal that may be quoted, lightly cleaned; empty when there is none worth quoting."""
    centre = vectors[list(group)].sum(axis=0)
    best, best_score = "", -np.inf
    for row in group:
        text = _trimmed(people[row].goal) if people[row].quotable else ""
        count = len(text.split())
        spaced = language.has_spaces(text)
        if not text or (spaced and count < 2) or text.casefold() == title.casefold() or _CONTACT.search(text):
            continue
        named = sum(row in theme.users and not theme.weak for theme in themes[:2])
        length = 0.05 * max(0, 5 - count) * spaced + 0.02 * max(0, count - 14)
        score = round(_cosine(vectors[row], centre) + 0.2 * named - length, 9)
        if score > best_score:
            best, best_score = text, score
    return best


def _trimmed(goal: str) -> str:
    """The first sentence that says something, without "I hope to", at most LONGEST_SUBTITLE long."""
    text = language.clean(goal).strip(" -–—*•·\"“”'")
    if sentence := re.match(r".{12,}?[.!?;](?=\s)", text):
        text = sentence.group()
    if lead := _LEAD.match(text):
        text = text[lead.end() :]
    if len(text) > LONGEST_SUBTITLE:
        text = text[:LONGEST_SUBTITLE].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"
    return wording.capital(text.rstrip(" .;,:"))
