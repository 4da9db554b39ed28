"""Re-matching: a new plan for an event whose people, times or rules changed, with as few changes as possible."""

import dataclasses
import re
import time
from collections import Counter
from collections.abc import Callable
from collections.abc import Set as AbstractSet

import numpy as np
from msgspec.structs import replace
from threadpoolctl import threadpool_limits

from chalicelib.domain import words
from chalicelib.domain.errors import Invalid
from chalicelib.domain.instance import Instance
from chalicelib.domain.plan import Group, Hello, Plan, Unplaced
from chalicelib.domain.rematch import Locks, Rematch
from chalicelib.matching import features, language, naming, reasons, wording
from chalicelib.matching.coverage import cover
from chalicelib.matching.document import checked
from chalicelib.matching.locking import standing_of
from chalicelib.matching.moves import moves_of
from chalicelib.matching.polish import polished
from chalicelib.matching.problem import Problem, problem_of
from chalicelib.matching.relevance import Budget, relevance_of
from chalicelib.matching.repair import NOBODY, Locked, Seats, Standing, repaired
from chalicelib.matching.seating import Floats
from chalicelib.matching.talk import CONTENT, Circle, Entry, Talk

NO_LOCKS = Locks()


def rematch(
    instance: Instance,
    plan: Plan,
    locks: Locks = NO_LOCKS,
    *,
    guests: AbstractSet[str] = frozenset(),
    seed: int | None = None,
    moves: int | None = None,
    seconds: float | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Rematch:
    """The plan of an instance that keeps as much as possible of an earlier plan, and who has to move.

    What changed is found by comparison: people who joined or left, answers, slots, places and sizes. The
    new plan keeps every rule and every lock, seats as many as then can be, changes the meetings of as few
    people as possible among such plans, and only then looks at what people have in common.

    Args:
        plan: the earlier plan, of this event but maybe of other people and times.
        locks: what must stay as it is.
        guests: ids of people without a seat in the earlier plan for whose sake nobody else is to move; they may
            fill seats that keep a group together.
        seed: written into the plan; the earlier plan's unless given.
        moves: how many trades of seats may be tried for the sake of relevance; None for all that help.
        seconds: how long that may go on; None for as long as it takes.
        clock: seconds that pass; only read when `seconds` is given.

    Raises:
        Invalid: the instance, the earlier plan or a lock breaks a rule, or the locks contradict each other.
    """
    problem = problem_of(checked(instance))
    _check(plan)
    standing, released = standing_of(problem, plan, locks)
    rows = frozenset(row for row, person in enumerate(problem.people) if person.id in guests)
    standing = dataclasses.replace(standing, guests=rows)
    with threadpool_limits(limits=1):
        budget = Budget(moves, seconds, clock)
        vectors, signs = features.vectors(problem.people, instance.event.wishes)
        # What a group should differ in does not decide who moves.
        alike = vectors[:, signs > 0].astype(np.float64)
        try:
            seats = repaired(problem, alike, standing)
        except Locked:
            standing, _ = standing_of(problem, plan, locks, settled=False)
            standing = dataclasses.replace(standing, guests=rows)
            try:
                seats = repaired(problem, alike, standing)
            except Locked:
                raise Invalid("No plan keeps all locks and the rules of the event; release one of them.") from None
        seats = _polished(problem, alike, standing, seats, budget)
        numbered = _numbered(problem, plan, standing, seats)
        new = _plan(instance, problem, vectors, signs, plan, standing, seats, numbered)
    stopped = plan.stopped if new.groups == plan.groups else budget.stopped
    new = replace(new, seed=plan.seed if seed is None else seed, stopped=stopped)
    return Rematch(
        plan=new,
        moves=moves_of(instance, problem, plan, new, locks),
        changed=seats.changed,
        least=seats.least,
        released=released,
    )


def _check(plan: Plan) -> None:
    ids = Counter(group.id for group in plan.groups)
    people = Counter(member for group in plan.groups for member in group.members)
    for name, count in ids.items():
        if count > 1:
            raise Invalid(f"The earlier plan has {count} groups {name}; ids must be unique.")
    for name, count in people.items():
        if count > 1:
            raise Invalid(f"The earlier plan seats “{words.line(name[:60])}” {count} times.")


def _polished(problem: Problem, vectors: Floats, standing: Standing, seats: Seats, budget: Budget) -> Seats:
    """The same seats and changes, with those who move seated where they have more in common."""
    before = np.zeros(len(problem.size), dtype=np.int64)
    np.add.at(before, problem.item_of, standing.was != NOBODY)
    placed: set[int] = set()
    movers: dict[int, int] = {}
    for group, column, items in seats.groups:
        same = group != NOBODY and standing.column[group] == column
        for item in items:
            stays = same and any(standing.was[row] == group for row in problem.members[item])
            if not stays and item not in standing.pinned:
                movers[item] = int(before[item])
            placed.add(item)
    viable = problem.viable
    for item in range(len(problem.size)):
        if item not in placed and (np.asarray(problem.fit[item]) & viable).any():
            movers[item] = int(before[item])
    closed = [n for n, (group, _, _) in enumerate(seats.groups) if group in standing.whole]
    groups = [(column, items) for _, column, items in seats.groups]
    new = polished(problem, vectors, groups, dict(sorted(movers.items())), closed, budget)
    return Seats(
        tuple((group, column, items) for (group, column, _), items in zip(seats.groups, new, strict=True)),
        seats.placed,
        seats.changed,
        seats.placeable,
        seats.least,
    )


def _numbered(problem: Problem, plan: Plan, standing: Standing, seats: Seats) -> list[tuple[str, int, list[int]]]:
    """Id, column and people of each group: those that go on first, in their old order, then new ones.

    A group of which most go on together at another time is still that group.
    """
    rows_of = [sorted(row for item in items for row in problem.members[item]) for _, _, items in seats.groups]
    heir: dict[int, int] = {n: group for n, (group, _, _) in enumerate(seats.groups) if group != NOBODY}
    gone = set(range(len(plan.groups))) - set(heir.values())
    present = Counter(standing.was.tolist())
    claims = sorted(
        (-count, group, n)
        for n, rows in enumerate(rows_of)
        if n not in heir
        for group, count in Counter(standing.was[rows].tolist()).items()
        if group in gone and count > 1 and 2 * count >= present[group]
    )
    for _, group, n in claims:
        if group in gone and n not in heir:
            heir[n] = group
            gone.discard(group)
    number = max(plan.made, _highest([group.id for group in plan.groups]))
    order = sorted(range(len(rows_of)), key=lambda n: (heir.get(n, len(plan.groups)), seats.groups[n][1], rows_of[n]))
    found = []
    for n in order:
        if n not in heir:
            number += 1
        name = plan.groups[heir[n]].id if n in heir else f"g{number:03}"
        found.append((name, seats.groups[n][1], rows_of[n]))
    return found


def _highest(ids: list[str]) -> int:
    return max([0, *(int(found[1]) for name in ids if (found := re.fullmatch(r"g(\d{1,9})", name)))])


def _made(plan: Plan, ids: list[str]) -> int:
    """The highest number ever given to a group, if the groups that are left do not say so themselves."""
    ever = max(plan.made, _highest([group.id for group in plan.groups]), _highest(ids))
    return ever if ever > _highest(ids) else 0


def _plan(
    instance: Instance,
    problem: Problem,
    vectors: features.Whole,
    signs: features.Ints,
    plan: Plan,
    standing: Standing,
    seats: Seats,
    numbered: list[tuple[str, int, list[int]]],
) -> Plan:
    zone = instance.event.timezone
    talk = Talk(problem.people, instance.event.title)
    known = {group.id: group for group in plan.groups}
    drafts = [_Draft(problem, known.get(name), name, column, rows, zone, talk) for name, column, rows in numbered]
    anew = [draft for draft in drafts if not draft.is_untouched]
    taken = [draft.old.title for draft in drafts if draft.old and draft.keeps_title]
    near = naming.nearness(vectors, signs, [draft.rows for draft in anew]) if anew else np.zeros(0)
    considered = [naming.consider(near, draft.circle) for draft in anew]
    names = naming.assign(considered, [draft.rows for draft in anew], [draft.time for draft in anew], taken)
    fresh = {draft.name: name for draft, name in zip(anew, names, strict=True)}
    groups = [draft.group(fresh.get(draft.name), vectors, signs) for draft in drafts]
    seated = {row for draft in drafts for row in draft.rows}
    left = [row for row in range(len(problem.people)) if row not in seated]
    # Guests do not count for the seats of a repair, so how many could sit at all is then known no better than by all.
    placeable = cover(problem).placeable if standing.guests else seats.placeable
    proven = len(seated) == placeable
    told = reasons.unplaced(problem, left, [(draft.column, draft.rows) for draft in drafts], zone, proven=proven)
    seated_groups = tuple((column, items) for _, column, items in seats.groups)
    return replace(
        plan,
        groups=tuple(groups),
        unplaced=tuple(Unplaced(name, why) for name, why in told.items()),
        placed=len(seated),
        placeable=placeable,
        gap=placeable - len(seated),
        relevance=round(relevance_of(problem, vectors, seated_groups, signs), 6),
        made=_made(plan, [name for name, _, _ in numbered]),
    )


class _Draft:
    """One group of the new plan, and what of its old self still holds.

    Attributes, besides the arguments:
        is_untouched: the same people at the same time and place, and they still may be quoted.
        keeps_title: most of its people were in it before, and they bear out its title.
    """

    def __init__(
        self,
        problem: Problem,
        old: Group | None,
        name: str,
        column: int,
        rows: list[int],
        zone: str,
        talk: Talk,
    ) -> None:
        self.problem, self.old, self.name, self.column, self.rows, self.talk = problem, old, name, column, rows, talk
        slot, place = problem.slots[problem.column_slot[column]], problem.places[problem.column_place[column]]
        self.slot, self.place = slot.id, place.id if place else None
        self.time = wording.time(slot, zone)
        self.members = tuple(problem.people[row].id for row in rows)
        self.circle = Circle(talk, rows)
        self.is_untouched = self.keeps_title = False
        if old:
            as_before = (old.slot, old.place, set(old.members)) == (self.slot, self.place, set(self.members))
            self.is_untouched = as_before and self._holds(old, as_before=True)
            mostly = 2 * len(set(old.members) & set(self.members)) >= len(self.members)
            self.keeps_title = self.is_untouched or (mostly and self._holds(old, as_before=False))

    def _holds(self, old: Group, *, as_before: bool) -> bool:
        """Whether two members who may be quoted used each word of title and keywords that is anybody's.

        Other words are Covey's own and say when the group meets, or say something of those who were there.
        """
        shown = [old.title, *old.keywords] if as_before else [old.title]
        for word in (word for text in shown for word in self._content(text)):
            if self.circle.said.get(word.stem):
                if self.circle.speaking(word.stem).bit_count() < 2:
                    return False
            elif not as_before and word.folded not in self.time.casefold():
                return False
        return not as_before or self._may_quote(old.subtitle) is not False

    def _content(self, shown: str) -> list[Entry]:
        return [word for line in self.talk.lines(shown) for word in line.words if word.kind == CONTENT]

    def _may_quote(self, subtitle: str) -> bool | None:
        """Whether it is from the goal of a member who may be quoted; None when it is from nobody's here."""
        text = subtitle.rstrip("…").casefold()
        people = [self.problem.people[row] for row in self.rows]
        sources = [person.quotable for person in people if text and text in language.clean(person.goal).casefold()]
        return any(sources) if sources else None

    def group(self, fresh: naming.Name | None, vectors: features.Whole, signs: features.Ints) -> Group:
        """The group, with what is fresh where the old does not hold."""
        willing = [person.id for row in self.rows if (person := self.problem.people[row]).host]
        host = self.old.host if self.old and self.old.host in willing else next(iter(willing), None)
        if self.old and fresh is None:
            return replace(self.old, host=host, why=_thanked(self.old.why, host))
        name = fresh = fresh or naming.Name("", "", (), weak=True)
        if self.old and self.keeps_title:
            subtitle = self.old.subtitle if self._may_quote(self.old.subtitle) else fresh.subtitle
            name = naming.Name(self.old.title, subtitle, fresh.keywords, self.old.weak, self._behind(self.old))
        words = reasons.heard(self.circle)
        why = reasons.why(self.problem, self.rows, self.column, self.time, name, words, vectors, signs)
        return Group(
            id=self.name,
            slot=self.slot,
            place=self.place,
            members=self.members,
            host=host,
            title=name.title,
            subtitle=name.subtitle,
            keywords=name.keywords,
            why=_thanked(why, host),
            weak=name.weak,
            hello=self._hello(),
        )

    def _hello(self) -> dict[str, Hello]:
        """Who was named to those who stay, unless they meet now."""
        known = self.old.hello if self.old else {}
        return {one: hello for one, hello in known.items() if one in self.members and hello.person not in self.members}

    def _behind(self, old: Group) -> tuple[int, ...]:
        """The members who used at least half of the title's words and may be quoted."""
        stems = {word.stem for word in self._content(old.title)}
        used = [sum(self.circle.speaking(stem) >> n & 1 for stem in stems) for n in range(len(self.rows))]
        return tuple(row for row, count in zip(self.rows, used, strict=True) if count and 2 * count >= len(stems))


def _thanked(why: dict[str, str], host: str | None) -> dict[str, str]:
    """The reasons of a group, with the thanks for hosting given to its host, and to nobody else."""
    thanks = " " + wording.sentences([wording.say("bring", "host")])
    told = {name: text if name == host else text.replace(thanks, "") for name, text in why.items()}
    if host and len(why) > 1 and thanks not in told[host]:
        told[host] += thanks
    return told
