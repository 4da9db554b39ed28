"""Naming: a title, a subtitle and keywords for each group, from what members said who let it be shown.

Themes are parts of members' own sentences and topics that members chose. Every word of a theme that says
something was used by at least two such members, in this form or another, so nobody's slip of the pen and
nobody's private words become a title. As in class-based TF-IDF a word counts for more when many of the
group and few of the others use it, but people are counted, not occurrences.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chalicelib.domain.attendee import Level
from chalicelib.domain.instance import Candidate
from chalicelib.matching import language, wording
from chalicelib.matching.seating import Floats
from chalicelib.matching.talk import (
    CONTENT,
    LIGHT,
    PLAIN,
    VAGUE,
    WEAK,
    Circle,
    Entry,
    Span,
    Talk,
    cleaned,
    spans,
    wording_of,
)

Whole = NDArray[Any]
"""Whole numbers, as floats or not."""

LONGEST_TITLE = 60
LONGEST_SUBTITLE = 140
MOST_KEYWORDS = 5

_LATER = (1.0, 0.5, 0.35, 0.3, 0.2)
"""What the best word of a theme, the second best and so on add to it."""

_HELPED = 0.75
"""What a helping word says beside another one."""

_NEVER_MET = 0.73
"""What words are worth that nobody but one member uses together."""

_DOING = 1.05
"""What it is worth that a theme says what people want to do."""

_MOST_THEMES = 14

_TOPIC = 1.3
"""What a topic that members chose is worth against words that they happen to share."""

_BROAD = 0.6
"""The share of a group that a theme speaks for when it needs no second one beside it."""

_AFTER_VERBS = frozenset(
    ["to", "as", "by", "into", "than", "up", "out", "off", "around", "under", "how", "toward", "about", "from"]
)

_BARE = frozenset(["use", "know"])
"""Verbs that head a title only with "how to"."""

_PERSONAL = re.compile(r"(?:I|My|We|Our|First)\b")

_LEAD = re.compile(
    r"(?:i(?:['’]?m| am|['’]d| would| really)?\s+)?(?:really\s+|also\s+|just\s+|generally,?\s+)*"
    r"(?:hop(?:e|ing)|want(?:ing)?|wish|like|love|need|look(?:ing)?(?: forward)?|excited|interested in|eager)\s+"
    r"(?:to\s+(?:at least\s+|be able to\s+|(?=\w)))?(?=\w)|to\s+(?=[a-z])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Name:
    """What a group is called, and whose words that is.

    Args:
        behind: rows of the members whose words the title takes up.
        time: what the title ends in if it has to tell the group from its namesakes.
    """

    title: str
    subtitle: str
    keywords: tuple[str, ...]
    weak: bool
    behind: tuple[int, ...] = ()
    time: str = ""

    @property
    def theme(self) -> str:
        """The title without the time that tells it from its namesakes."""
        return self.title.removesuffix(self.time)


@dataclass(frozen=True)
class Theme:
    """Something that several members said.

    Args:
        text: as they wrote it, without a capital at the front unless it has one anywhere.
        stems: the families of its words.
        who: the members behind it, as bits.
        score: how well it speaks for the group.
        full: whether it is a theme by itself, and not merely a word that helps another.
        verb: whether it begins with what people want to do.
        topic: whether it is a topic that members chose.
    """

    text: str
    stems: frozenset[str]
    who: int
    score: float
    full: bool
    verb: bool = False
    topic: bool = False


@dataclass(frozen=True)
class Considered:
    """All that a group could be called, best first, and the goals that could stand below it."""

    score: float
    titles: tuple[tuple[str, int, bool], ...]
    goals: tuple[str, ...]
    keywords: tuple[str, ...]
    open_as: str


def assign(
    considered: Sequence[Considered],
    groups: Sequence[Sequence[int]],
    times: Sequence[str],
    elsewhere: Sequence[str] = (),
) -> list[Name]:
    """A name for each group of people; titles differ from each other, and the clearest themes choose first.

    Args:
        considered: what each group could be called.
        times: when each group meets, in words.
        elsewhere: titles of other groups, which these must differ from, too.
    """
    taken = {_same(title) for title in elsewhere}
    numbers: Counter[str] = Counter()
    result: dict[int, Name] = {}
    for n in sorted(range(len(groups)), key=lambda n: (-considered[n].score, n)):
        one = considered[n]
        title, who, weak = _first_free(one, times[n], taken, numbers)
        taken.add(_same(title))
        behind = tuple(row for bit, row in enumerate(groups[n]) if who >> bit & 1)
        subtitle = next((goal for goal in one.goals if goal.casefold() != title.casefold()), "")
        result[n] = Name(
            title, subtitle, one.keywords, weak, behind, wording.say("title", "timed", title="", time=times[n])
        )
    return [result[n] for n in range(len(groups))]


def nearness(vectors: Whole, signs: Whole | None, groups: Sequence[Sequence[int]]) -> Floats:
    """The likeness of each seated person to the whole of their group, shape (P,); zero for all others."""
    near = np.zeros(len(vectors))
    for start in range(0, len(groups), 4096):
        lot = groups[start : start + 4096]
        rows = np.concatenate([np.asarray(group, dtype=np.int64) for group in lot])
        starts = np.cumsum([0, *map(len, lot[:-1])])
        own = vectors[rows].astype(float)
        centre = np.repeat(np.add.reduceat(own, starts, axis=0), [len(group) for group in lot], axis=0)
        signed = own if signs is None else own * signs
        length = np.sqrt(np.einsum("pd,pd->p", own, own) * np.einsum("pd,pd->p", centre, centre))
        near[rows] = np.round(np.einsum("pd,pd->p", signed, centre) / np.maximum(length, 1), 6)
    return near


def consider(near: Floats, circle: Circle) -> Considered:
    """All that a group could be called.

    Args:
        near: from `nearness`.
    """
    people = circle.talk.people
    themes = _themes(circle, near)
    kept = _apart(themes)
    titles = tuple(_proposals(people, circle, kept, themes))
    best = kept[:2]
    goals = _goals(people, circle, near, best)
    nouns = _apart([theme for theme in themes if not theme.verb])
    speakers = circle.speakers.bit_count()
    keywords = [theme.text for theme in nouns if theme.full and 3 * theme.who.bit_count() >= speakers]
    if len(keywords) < 3:
        keywords += [theme.text for theme in nouns if not theme.full and _bears(theme, speakers)]
    silent = sum(not any(lines) and not chosen for lines, chosen in zip(circle.lines, circle.chosen, strict=True))
    open_as = "questions" if 2 * silent > len(circle.group) else "open"
    return Considered(
        kept[0].score if kept else 0.0, titles, tuple(goals[:2]), tuple(keywords[:MOST_KEYWORDS]), open_as
    )


def _first_free(one: Considered, time: str, taken: set[str], numbers: Counter[str]) -> tuple[str, int, bool]:
    for title, who, weak in one.titles:
        if _same(title) not in taken:
            return title, who, weak
    base, who, weak = one.titles[0] if one.titles else (wording.say("title", one.open_as), 0, True)
    title = plain = wording.say("title", "timed", title=base, time=time)
    numbers[plain] += 1
    while _same(title) in taken:
        again = wording.say("title", "again", title=base, number=numbers[plain])
        title = wording.say("title", "timed", title=again, time=time)
        numbers[plain] += _same(title) in taken
    return title, who, weak


def _same(title: str) -> str:
    """What titles share that nobody could tell apart, such as "R and data" and "Data and R"."""
    return " ".join(sorted(title.casefold().replace(",", " and").split()))


# Themes.


def _themes(circle: Circle, near: Floats) -> list[Theme]:
    """What a group has in common, best first."""
    if circle.speakers.bit_count() < 2:
        return []
    closeness = [0.5 + max(0.0, float(near[row])) for row in circle.group]
    found = [*_said(circle, closeness), *_chosen(circle, closeness), *_unspaced(circle, closeness)]
    found.sort(key=lambda theme: (-theme.score, theme.text))
    return found


def _said(circle: Circle, closeness: list[float]) -> list[Theme]:
    """Parts of what members wrote that could be a title, the most promising of them."""
    good = {stem for stem, who in circle.said.items() if (who & circle.speakers).bit_count() > 1}
    written: dict[tuple[str, ...], dict[tuple[str, int], _Use]] = {}
    for n, lines in enumerate(circle.lines):
        if not circle.speakers >> n & 1:
            continue
        for line in lines:
            for span in spans(line, good):
                left, right = span.whole
                shape = (line.words[span.last].folded, span.last - span.first)
                use = written.setdefault(span.stems, {}).setdefault(shape, _Use(n, span))
                if right and (left or len(span.stems) > 1):
                    if not use.closed or (_how_to(span) and not _how_to(use.span)):
                        use.span, use.speaker = span, n
                    use.closed += 1
                else:
                    use.cut += 1
    promising = []
    for stems, endings in written.items():
        use = max(endings.values(), key=lambda one: one.closed - one.cut)
        if use.closed and use.closed >= use.cut and _stands(use.span):
            parts = _parts(circle, use.span)
            promising.append((-_promise(circle, parts), stems, use, parts))
    promising.sort(key=lambda item: item[:2])
    return [_theme(circle, use, parts, -promise, closeness) for promise, _, use, parts in promising[:_MOST_THEMES]]


@dataclass(slots=True, eq=False)
class _Use:
    """Where some words stand beside each other, how often they end where the words around do, and how often not."""

    speaker: int
    span: Span
    closed: int = 0
    cut: int = 0


def _parts(circle: Circle, span: Span) -> list[tuple[float, int, Entry]]:
    """The words of a span that say something: how much they say here, and who says them."""
    entries = {word.stem: word for word in span.words if word.kind >= LIGHT}
    helped = sum(entry.share >= WEAK for entry in entries.values()) > 1
    return [
        (
            (_HELPED if helped and entry.share == WEAK else entry.share) * entry.rarity,
            circle.said[stem] & circle.speakers,
            entry,
        )
        for stem, entry in entries.items()
    ]


def _promise(circle: Circle, parts: list[tuple[float, int, Entry]]) -> float:
    """How well words speak for a group, wherever its centre is."""
    speakers = circle.speakers.bit_count()
    if len(parts) == 1:
        weight, who, _ = parts[0]
        return float(round(weight * (who.bit_count() / speakers) ** 1.65, 6))
    counts = [(weight, who.bit_count() / speakers) for weight, who, _ in parts]
    values = sorted([weight * share**1.25 for weight, share in counts], reverse=True)
    total = sum([weight for weight, _ in counts]) or 1.0
    covered = sum([weight * share for weight, share in counts]) / total
    best = sum([later * value for later, value in zip(_LATER, values, strict=False)])
    rare = sum([circle.forms[entry.folded].bit_count() < 2 for _, _, entry in parts])
    return float(round(best * covered**0.4 * 0.94**rare, 6))


def _stands(span: Span) -> bool:
    """Whether a span could be a title by its shape: nothing hanging, a verb only with what it is about."""
    words = span.line.words
    first, last = words[span.first], words[span.last]
    if last.edge or (last.verb and span.last > 0 and words[span.last - 1].kind < CONTENT):
        return False
    if len(span.stems) == 1:
        return first.kind == CONTENT and not (first.edge or first.bare or (first.verb and first.share < PLAIN))
    inside = span.words
    clause = last.verb and inside[-2].kind == CONTENT and inside[-2].folded.endswith("s")
    heads = first.kind == LIGHT or first.verb or first.folded.endswith("ing")
    if clause or (not heads and _torn(inside)):
        return False
    says = any(word.kind >= LIGHT and word.share >= WEAK for word in inside)
    return says and (_leads(span) if first.kind == LIGHT else first.share > VAGUE)


def _leads(span: Span) -> bool:
    """Whether a verb that is no theme by itself leads the rest of a span as it should."""
    words = span.line.words
    first, after = words[span.first].folded, words[span.first + 1].folded
    bound = span.first > 0 and words[span.first - 1].kind == CONTENT
    starts = first in {"get", "getting"} and after != "started"
    plain = first in _BARE and after != "of" and not _how_to(span)
    return not (bound or starts or plain or after in {"and", "or", "than"})


def _torn(inside: list[Entry]) -> bool:
    """Whether a phrase without a verb at its head has the rest of one in it, like "tools to future research"."""
    return any(
        one.folded in _AFTER_VERBS or (one.folded == "and" and (other.verb or other.folded.endswith("ing")))
        for one, other in pairwise(inside)
    )


def _how_to(span: Span) -> bool:
    return [word.folded for word in span.line.words[max(0, span.first - 2) : span.first]] == ["how", "to"]


def _theme(
    circle: Circle, use: _Use, parts: list[tuple[float, int, Entry]], promise: float, closeness: list[float]
) -> Theme:
    span, talk, words = use.span, circle.talk, use.span.line.words
    lead = words[span.first]
    several = len(parts) > 1
    verb = lead.kind == LIGHT or lead.verb or (several and lead.folded.endswith("ing"))
    text = wording_of(span, talk)
    later = words[span.first + 1 : span.last + 1]
    if (lead.kind == LIGHT or lead.verb) and not _how_to(span) and not any(word.verb for word in later):
        text = _led(circle, text, lead.folded, lead.stem)
    if text.casefold().startswith(lead.folded) and not lead.folded.endswith("ing") and _how_to(span):
        text = f"how to {text}"
    elif lead.share == VAGUE and span.first and words[span.first - 1].folded == "the":
        text = f"the {text}"
    behind = parts[0][1]
    met = True
    if several:
        need = 0.4 * sum([weight for weight, _, _ in parts])
        behind = 0
        met = False
        for n in range(len(circle.group)):
            mine = [weight for weight, who, _ in parts if who >> n & 1]
            behind |= (sum(mine) >= need) << n
            met |= len(mine) > 1 and n != use.speaker
    full = any(entry.share >= PLAIN for _, _, entry in parts) or sum([entry.share >= WEAK for _, _, entry in parts]) > 1
    full = full and (met or behind.bit_count() > 2)
    score = promise * _mean(closeness, behind) * (1 if met else _NEVER_MET) * (_DOING if verb and several else 1)
    return Theme(text, frozenset(span.stems), behind, round(score, 6), full, verb)


def _mean(closeness: list[float], who: int) -> float:
    """The mean closeness of those members."""
    close = [value for n, value in enumerate(closeness) if who >> n & 1]
    return sum(close) / len(close) if close else 0.5


def _led(circle: Circle, text: str, written: str, stem: str) -> str:
    """A theme that begins with a verb, in the form of the verb that most members use; "proving" rather than "prove"."""
    forms = {form: who.bit_count() for form, who in circle.forms.items() if circle.talk.stem(form) == stem}
    best = min(
        (
            form
            for form in forms
            if form == written or form.endswith("ing") or (form not in _BARE and language.is_verb(form))
        ),
        key=lambda form: (-forms[form], not form.endswith("ing"), form),
        default=written,
    )
    return best + text[len(written) :]


def _worth(circle: Circle, weight: float, who: int, closeness: list[float]) -> float:
    """How well a single thing that these members said speaks for a group."""
    return float(weight * (who.bit_count() / circle.speakers.bit_count()) ** 1.65 * _mean(closeness, who))


def _chosen(circle: Circle, closeness: list[float]) -> Iterator[Theme]:
    """Topics that several speakers chose, with those who say the same in their goal."""
    talk = circle.talk
    for topic, chosen in circle.topics.items():
        who = chosen & circle.speakers
        if who.bit_count() < 2:
            continue
        texts = Counter(circle.chosen[n][topic] for n in range(len(circle.group)) if who >> n & 1)
        text = min(texts, key=lambda form: (-texts[form], form))
        words = [word for line in talk.chip(text)[2] for word in line.words]
        if not words or text != cleaned(text) or len(text) > LONGEST_TITLE:
            continue
        if any(language.is_rude(word.folded) for word in words):
            continue
        stems = frozenset(word.stem for word in words if word.kind >= LIGHT)
        saying = circle.speakers if stems else 0
        for stem in stems:
            saying &= circle.said[stem]
        who |= saying
        rarity = float(np.log(1 + len(talk.people) / max(talk.topics[topic], 1)))
        score = _worth(circle, rarity, who, closeness)
        stems = stems or frozenset(word.stem for word in words)
        yield Theme(_lowered(text, talk), stems, who, round(_TOPIC * score, 6), full=True, topic=True)


def _lowered(topic: str, talk: Talk) -> str:
    """A topic as it stands in mid-sentence: without a capital that is only there because it begins."""
    first, _, rest = topic.partition(" ")
    plain = first[1:].islower() and talk.usual(first.casefold()).islower() and language.has_spaces(first)
    return f"{first.lower()} {rest}".strip() if plain else topic


def _unspaced(circle: Circle, closeness: list[float]) -> Iterator[Theme]:
    """Themes in scripts without spaces."""
    for piece, who in circle.pieces.items():
        speaking = who & circle.speakers
        if speaking.bit_count() > 1 and len(piece) > 1 and not language.is_rude(piece):
            score = _worth(circle, 2.0 + min(len(piece), 6) / 2, speaking, closeness)
            yield Theme(piece, frozenset([piece]), speaking, round(score, 6), full=True)


def _apart(themes: list[Theme]) -> list[Theme]:
    """Themes without overlaps, best first."""
    kept: list[Theme] = []
    seen: set[str] = set()
    for theme in themes:
        if not theme.stems & seen and not _inside(theme.text, kept):
            kept.append(theme)
            seen |= theme.stems
    return kept


def _inside(text: str, kept: list[Theme]) -> bool:
    """Whether a theme in a script without spaces is part of another, or the other way round."""
    if language.has_spaces(text):
        return False
    return any(text in other.text or other.text in text for other in kept)


# Titles.


def _proposals(
    people: Sequence[Candidate], circle: Circle, kept: list[Theme], themes: list[Theme]
) -> Iterator[tuple[str, int, bool]]:
    """Titles, the members behind them and whether support is weak, in the order in which they should be tried."""
    speakers = circle.speakers.bit_count()
    bearing = _sure(kept, speakers)
    if not bearing:
        yield from _mixed(kept, speakers)
        return
    first = bearing[0]
    ranked = [(theme.score, _plain(theme.text), theme.who) for theme in _sure(themes, speakers)[:12]]
    ranked += [
        (0.9 * first.score + 0.5 * other.score * _news(first, other), title, first.who | other.who)
        for other in bearing[1:6]
        if (title := _both(first, other))
    ]
    broad = first.who.bit_count() >= _BROAD * speakers
    ranked.sort(key=lambda item: (-item[0], item[1]))
    if broad:
        ranked.sort(key=lambda item: item[1] != _plain(first.text))
    levelled = [(title, first.who) for title in _levelled(people, circle.group, first)]
    titles = [(title, who) for _, title, who in ranked]
    if levelled and _level(people, circle.group, 0.75):
        titles = [*levelled, *titles] if broad else [*titles[:1], *levelled, *titles[1:]]
    else:
        titles = [*titles[:1], *levelled, *titles[1:]]
    for title, who in titles:
        if len(title) <= LONGEST_TITLE:
            count = who.bit_count()
            yield title, who, count < min(3, len(circle.group)) or 3 * count < speakers


def _sure(themes: list[Theme], speakers: int) -> list[Theme]:
    """Those that may be shown, without words that just two people use if there is anything else."""
    bearing = [theme for theme in themes if _bears(theme, speakers)]
    return [theme for theme in bearing if theme.topic or theme.who.bit_count() > 2 or len(theme.stems) > 1] or bearing


def _mixed(kept: list[Theme], speakers: int) -> Iterator[tuple[str, int, bool]]:
    """What two or three pairs of members bring, one beside the other; a title for want of a better one."""
    parts = [theme for theme in kept if theme.full and not theme.verb and not re.search(r" and |,", theme.text)][:3]
    who = 0
    for theme in parts:
        who |= theme.who
    if len(parts) > 1 and 2 * who.bit_count() >= speakers:
        texts = [theme.text for theme in parts]
        first = texts[0] if len(texts) < 3 else wording.say("title", "listed", one=texts[0], other=texts[1])
        title = wording.say("title", "both", one=wording.capital(first), other=texts[-1])
        if len(title) <= LONGEST_TITLE:
            yield title, who, True


def _bears(theme: Theme, speakers: int) -> bool:
    """Whether a theme may be shown: two who use the same word by chance are not enough, a topic or a phrase is."""
    count = theme.who.bit_count()
    if not theme.full:
        return count > 2 and 3 * count >= speakers
    return count > 2 or (count > 1 and (theme.topic or len(theme.stems) > 1 or 5 * count >= 2 * speakers))


def _news(first: Theme, other: Theme) -> float:
    """The share of people behind the second theme who are not behind the first."""
    return (other.who & ~first.who).bit_count() / other.who.bit_count()


def _plain(text: str) -> str:
    return wording.capital(text)


def _both(first: Theme, other: Theme) -> str:
    """Two themes in one title, if that reads well; the one that has an "and" in it comes last."""
    if first.verb != other.verb:
        return ""
    one, two = first.text, other.text
    several = [" and " in f" {text} " or "," in text for text in (one, two)]
    if all(several) or (first.verb and any(several)):
        return ""
    if several[0]:
        one, two = two, one
    return wording.say("title", "listed" if any(several) else "both", one=_plain(one), other=two)


def _level(people: Sequence[Candidate], group: Sequence[int], share: float) -> Level | None:
    """The level that at least this share of a group has, unless it is the middle one."""
    levels = Counter(people[row].level for row in group)
    common, count = max(levels.items(), key=lambda item: (item[1], -item[0]))
    mixed = levels[Level.NEW] and levels[Level.EXPERIENCED]
    return common if common != Level.SOME and count >= share * len(group) > 2 * share and not mixed else None


def _levelled(people: Sequence[Candidate], group: Sequence[int], theme: Theme) -> Iterator[str]:
    """The theme with the level that most have, where that reads well."""
    level = _level(people, group, 0.6)
    wordy = len(theme.text.split()) > 4 or re.search(r"\b(?:for|how|basics?|fundamentals|first)\b", theme.text)
    if level is None or wordy or not language.has_spaces(theme.text):
        return
    if level == Level.NEW:
        yield wording.say("title", "newcomers", title=_plain(theme.text))
    else:
        yield wording.say("title", "depth", title=_plain(theme.text))


# Subtitles.


def _goals(people: Sequence[Candidate], circle: Circle, near: Floats, themes: list[Theme]) -> list[str]:
    """Two goals that may be quoted, lightly cleaned, the most central one first; not those not worth quoting."""
    ranked = []
    for n, row in enumerate(circle.group):
        goal = people[row].goal
        if circle.speakers >> n & 1 and circle.lines[n]:
            words = goal.count(" ") + 1
            named = sum(theme.who >> n & 1 and theme.full for theme in themes[:2])
            length = 0.05 * max(0, 5 - words) * language.has_spaces(goal[:40]) + 0.02 * max(0, min(words, 60) - 16)
            ranked.append((-round(float(near[row]) + 0.2 * named - length, 6), n))
    found: list[tuple[bool, str]] = []
    for _, n in sorted(ranked):
        text = trimmed(people[circle.group[n]].goal)
        if not _quotable(text, circle):
            continue
        found.append((bool(_PERSONAL.match(text)), text))
        if len(found) > 2 or (len(found) == 2 and not any(personal for personal, _ in found)):
            break
    return [text for _, text in sorted(found, key=lambda item: item[0])][:2]


def _quotable(text: str, circle: Circle) -> bool:
    """Whether a goal reads well alone and has nothing in it that is not for others."""
    if not text or cleaned(text) != text or (" " not in text and language.has_spaces(text)):
        return False
    return not any(language.is_rude(word.folded) for line in circle.talk.lines(text) for word in line.words)


def trimmed(goal: str) -> str:
    """The first sentence that says something, without "I hope to", at most LONGEST_SUBTITLE long."""
    text = language.clean(goal).strip(" -–—*•·\"“”'")
    if sentence := re.match(r".{12,}?[.!?;](?=\s)", text):
        text = sentence.group()
    if lead := _LEAD.match(text):
        text = text[lead.end() :]
    if len(text) > LONGEST_SUBTITLE:
        text = text[:LONGEST_SUBTITLE].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"
    return wording.capital(text.rstrip(" .;,:!"))
