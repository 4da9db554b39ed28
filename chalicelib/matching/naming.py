"""Naming: a title, a subtitle and keywords for each group, from what members said who let it be shown.

Phrases of one to three words compete, as in class-based TF-IDF but counting people instead of
occurrences. Every word of a title was written by at least two such members, so nobody's slip of the
pen and nobody's private words become one.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chalicelib.domain.instance import Candidate
from chalicelib.matching import language, wording
from chalicelib.matching.seating import Floats

Keys = tuple[str, ...]

LONGEST_TITLE = 60
LONGEST_SUBTITLE = 140
LONGEST_WORD = 24

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
    """The phrases of each person: how they are compared, and how that person wrote them.

    Args:
        phrases: for each person, written form by compared form.
        words: for each person, the case-folded words they used.
        spread: how many people used each phrase.
    """

    phrases: tuple[dict[Keys, str], ...]
    words: tuple[frozenset[str], ...]
    spread: Counter[Keys]
    proper: dict[str, str]


@dataclass(frozen=True)
class _Theme:
    keys: Keys
    text: str
    users: frozenset[int]
    score: float


def said(people: Sequence[Candidate]) -> Said:
    """What everybody said, in goals and topics."""
    found: list[dict[Keys, str]] = []
    used: list[frozenset[str]] = []
    forms: dict[str, Counter[str]] = defaultdict(Counter)
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
            words.update(text[word.start : word.end].casefold() for word in language.words(text))
        for form in sorted(seen):
            forms[form.casefold()][form] += 1
        found.append(mine)
        used.append(frozenset(words))
    spread = Counter(keys for mine in found for keys in mine)
    proper = {folded: _usual(counts) for folded, counts in forms.items()}
    return Said(tuple(found), tuple(used), spread, proper)


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
    taken: set[str] = set()
    titles: dict[int, tuple[str, bool]] = {}
    for n in order:
        titles[n] = _title(people, groups[n], themes[n], times[n], taken)
        taken.add(titles[n][0].casefold())
    result = []
    for n, group in enumerate(groups):
        title, weak = titles[n]
        subtitle = _subtitle(people, vectors, group, themes[n], title)
        result.append(Name(title, subtitle, tuple(theme.text for theme in themes[n][:5]), weak))
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
        if len(rows) < 2 or all(language.is_weak(key) or key in about or language.is_stop(key) for key in keys):
            continue
        text = _written(keys, rows, talk, writers)
        if not text:
            continue
        found.append(_Theme(keys, text, frozenset(rows), _score(keys, rows, near, len(speakers), talk, about)))
    found.sort(key=lambda theme: (-theme.score, theme.keys))
    kept: list[_Theme] = []
    for theme in found:
        if not any(set(theme.keys) & set(other.keys) for other in kept):
            kept.append(theme)
    return kept


def _score(keys: Keys, rows: list[int], near: dict[int, float], speakers: int, talk: Said, about: set[str]) -> float:
    content = [key for key in keys if not language.is_stop(key)]
    strong = sum(not language.is_weak(key) and key not in about for key in content) / len(content)
    rarity = float(np.log(1 + len(talk.phrases) / talk.spread[keys]))
    closeness = 0.5 + sum(near[row] for row in rows) / len(rows)
    return len(rows) / speakers * rarity * (1 + 0.25 * (len(content) - 1)) * (0.5 + 0.5 * strong) * closeness


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
    parts, end = [], 0
    for word in language.words(form):
        text = form[word.start : word.end]
        parts += [form[end : word.start], talk.proper.get(text, text)]
        end = word.end
    return "".join(parts)


def _title(
    people: Sequence[Candidate], group: Sequence[int], themes: list[_Theme], time: str, taken: set[str]
) -> tuple[str, bool]:
    """The best title that is not taken, and whether its support is weak."""
    speakers = sum(people[row].quotable for row in group)
    for title, support in _proposals(people, group, themes, time):
        if title.casefold() not in taken and len(title) <= LONGEST_TITLE:
            return title, support < 3 or 3 * support < speakers
    number = 2
    title = wording.say("title", "open", time=time)
    while title.casefold() in taken:
        title = wording.say("title", "again", title=wording.say("title", "open", time=time), number=number)
        number += 1
    return title, True


def _proposals(
    people: Sequence[Candidate], group: Sequence[int], themes: list[_Theme], time: str
) -> list[tuple[str, int]]:
    """Titles with the number of members behind them, in the order in which they should be tried."""
    found: list[tuple[str, int]] = []
    if not themes:
        return found
    first = themes[0]
    speakers = sum(people[row].quotable for row in group)
    pairs = [
        (wording.say("title", "both", one=wording.capital(first.text), other=other.text), first.users | other.users)
        for other in themes[1:4]
        if len(other.users - first.users) >= 1
    ]
    single = (wording.capital(first.text), first.users)
    broad = 5 * len(first.users) >= 3 * speakers
    ordered = [single, *pairs] if broad or not pairs else [pairs[0], single, *pairs[1:]]
    ordered += [(wording.capital(theme.text), theme.users) for theme in themes[1:4]]
    found += [(title, len(users)) for title, users in ordered]
    levels = Counter(int(people[row].level) for row in group)
    common, count = max(levels.items(), key=lambda item: (item[1], -item[0]))
    if common != 2 and 4 * count >= 3 * len(group):
        found.append((wording.say("title", f"level{common}", title=single[0]), len(first.users)))
    found.append((wording.say("title", "timed", title=single[0], time=time), len(first.users)))
    return found


def _subtitle(
    people: Sequence[Candidate], vectors: Floats, group: Sequence[int], themes: list[_Theme], title: str
) -> str:
    """The most central goal that may be quoted, lightly cleaned; empty when there is none worth quoting."""
    centre = vectors[list(group)].sum(axis=0)
    best, best_score = "", -np.inf
    for row in group:
        text = _trimmed(people[row].goal) if people[row].quotable else ""
        count = len(text.split())
        if count < 2 or text.casefold() == title.casefold() or _CONTACT.search(text):
            continue
        named = sum(row in theme.users for theme in themes[:2])
        score = _cosine(vectors[row], centre) + 0.15 * named - 0.05 * max(0, 5 - count) - 0.01 * max(0, count - 16)
        if score > best_score:
            best, best_score = text, score
    return best


def _trimmed(goal: str) -> str:
    text = language.clean(goal).strip(" -–—*•·\"“”'")
    text = _LEAD.sub("", text, count=1) if _LEAD.match(text) else text
    if len(text) > LONGEST_SUBTITLE:
        sentence = re.match(rf".{{20,{LONGEST_SUBTITLE}}}?[.!?;](?=\s|$)", text)
        text = sentence.group() if sentence else text[:LONGEST_SUBTITLE].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"
    return wording.capital(text.rstrip(" .;,:"))
