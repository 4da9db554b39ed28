"""Forecast: what closing sign-up now would lead to, and what each change to the event would do.

The event is laid out once with everything that any change could add, so that a change only opens columns,
or raises or lowers a limit. The plan as it is, where it still holds, is what the search for a better one
begins with, and the prices that prove it bound the changed event, too. The work is a fixed number of
trials; where the plan found and the bound do not meet, both are told.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from msgspec import structs

from chalicelib.domain.event import GroupSize
from chalicelib.domain.forecast import Effect, Forecast, PlaceForecast, SizeForecast, SlotForecast
from chalicelib.domain.instance import Candidate, Frame, Instance
from chalicelib.domain.plan import Unplaced
from chalicelib.matching import reasons
from chalicelib.matching.bounds import Cuts, cut_bound, master
from chalicelib.matching.coverage import cover
from chalicelib.matching.document import checked
from chalicelib.matching.opening import Opening, Terms, terms_of
from chalicelib.matching.packing import dealt
from chalicelib.matching.prices import ROUNDING, Floats, Model, Prices, of_cuts, prices
from chalicelib.matching.problem import Bools, Groups, Ints, Limit, Problem, problem_of
from chalicelib.matching.transport import Transport

NOW, AIMED, SHORT, LONG = 600, 6, 6, 60
"""Trials without success: for the event as it is, where a change opened something, after that, and for a size."""

SMALL, NODES, ALLOWANCE = 1_300, 400, 6_000
"""Variables of a program that is solved exactly, nodes of its search, and variables of all of them for changes."""

WHOLE = 5_000
"""Variables of a program that is solved without whole numbers for the event as it is."""

LOCAL, ROUNDS, NEAR, OFTEN = 800, 3, 3, 16
"""Variables of a program around those who have no seat, how often it grows, and for changes: how few people
may be in doubt, and how many changes it is solved for."""


def forecast(event: Frame, attendees: Sequence[Candidate]) -> Forecast:
    """The forecast for the people who have signed up so far.

    Raises:
        Invalid: the event or an attendee breaks a rule.
    """
    instance = checked(Instance(event, tuple(attendees)))
    problem = problem_of(instance)
    changes = _Changes(instance, problem)
    seated = {row for _, group in changes.groups for row in group}
    out = [row for row in range(len(problem.people)) if row not in seated]
    of_wide = {
        where: column for column, where in enumerate(zip(problem.column_slot, problem.column_place, strict=True))
    }
    wide = changes.wide
    rows = [
        (of_wide[wide.column_slot[column], wide.column_place[column]], list(group)) for column, group in changes.groups
    ]
    proven = changes.placed == changes.placeable
    told = reasons.unplaced(problem, out, rows, event.timezone, proven=proven)
    return Forecast(
        placed=changes.placed,
        placeable=changes.placeable,
        groups=len(rows),
        out=tuple(Unplaced(name, reason) for name, reason in told.items()),
        slots=changes.slots(),
        places=changes.places(),
        size=changes.sizes(),
    )


@dataclass(frozen=True, eq=False)
class _Terms:
    """An event as far as changes concern it: size, which slots are offered, and each place's rooms and seats."""

    low: int
    high: int
    offered: Bools
    rooms: Ints
    seats: Ints


class _Changes:
    """The plan of the event as it is, its proof, and the effects of changes on it."""

    def __init__(self, instance: Instance, problem: Problem) -> None:
        event = instance.event
        self.size, self.slot, self.place = event.group_size, problem.slots, problem.places
        # A group that is too small for people who must stay together is no group size.
        self.largest = int(problem.size.max())
        self.wide = wide = problem_of(_widest(instance))
        self.fit = np.asarray(wide.fit).astype(np.bool_)
        self.reach = wide.reach
        people = len(wide.people)
        # More rooms than people, or seats than a group may have, are without end.
        endless = people + 2
        self.base = _Terms(
            low=self.size.min,
            high=self.size.max,
            offered=np.array([slot.offered for slot in self.slot], dtype=np.bool_),
            rooms=np.array([endless if p is None or p.rooms is None else min(p.rooms, endless) for p in self.place]),
            seats=np.array([self.size.max + 2 if p is None or p.seats is None else p.seats for p in self.place]),
        )
        self.pool: list[Prices] = []
        self.cuts: list[tuple[Bools, int]] = []
        self.best: list[Ints] = []
        self.latest: list[Prices] = []
        self.allowance = self.looks = 0
        self.seats: Transport | None = None
        self.bound_rows = np.zeros(people, dtype=np.bool_)
        alone = np.array([len(problem.members[item]) == 1 and item not in problem.apart for item in problem.item_of])
        self.bound_rows[~alone] = True
        self.groups: Groups = ()
        if self.bound_rows.any():
            self._begin_with_pairs(problem)
        else:
            self._begin()

    def _begin(self) -> None:
        """A plan of the event as it is, and a bound."""
        problem = self._problem(self.base)
        opening = self._opening(problem, ())
        if len(problem.cap):
            opening.begin()
        seats, rng = opening.seats, np.random.default_rng(0)
        some = self._some(problem)
        self.placeable = everyone = int(some.sum())
        opening.search(everyone, NOW // 2, rng)
        if seats.seated < everyone:
            self.placeable = self._by_cuts(problem, opening, everyone)
            self.placeable = min(self.placeable, self._by_duals(problem, opening, self.placeable))
            opening.search(self.placeable, NOW, rng)
            self.placeable = min(self.placeable, self._by_duals(problem, opening, self.placeable))
            if self.placeable > seats.seated and int(problem.reach.sum()) <= WHOLE:
                self.placeable = self._by_duals(problem, opening, self.placeable, whole=True)
            self.placeable = self._by_program(problem, opening, self.placeable, seats.seated)
        if not self.pool:
            self.pool = [prices(self.fit, np.ones(len(self.fit)), np.zeros(len(problem.limits)))]
        self.placed = seats.seated
        self.groups = dealt(problem, seats, opening.groups())

    def _begin_with_pairs(self, problem: Problem) -> None:
        found = cover(problem)
        known = {where: n for n, where in enumerate(zip(self.wide.column_slot, self.wide.column_place, strict=True))}
        self.groups = tuple(
            (
                known[problem.column_slot[column], problem.column_place[column]],
                tuple(sorted(row for item in items for row in problem.members[item])),
            )
            for column, items in found.groups
        )
        self.placeable = found.placeable
        self.placed = sum(len(rows) for _, rows in self.groups)
        base = self._problem(self.base)
        self.pool = [prices(self.fit, np.ones(len(self.fit)), np.zeros(len(base.limits)))]
        some = self._some(base)
        if self.placed < int(some.sum()):
            opening = self._opening(base, self.groups)
            self._by_duals(base, opening, int(some.sum()))

    def slots(self) -> tuple[SlotForecast, ...]:
        """What each slot that is merely considered would add."""
        found = []
        for n, slot in enumerate(self.slot):
            if slot.offered:
                continue
            offered = self.base.offered.copy()
            offered[n] = True
            terms = replace(self.base, offered=offered)
            here = self.wide.column_slot == n
            places = [(p, place.id) for p, place in enumerate(self.place) if place is not None]
            most = self._bound(self._problem(terms))
            at: dict[str, Effect] = {}
            start, least = None, 0
            for p, name in places:
                shut = here & (self.wide.column_place != p)
                effect = self._more(terms, here & ~shut, shut) if most > self.placed else self._none(most)
                if effect.more > least:
                    start, least = self.best, effect.more
                at[name] = effect
            one = next(iter(at.values())) if len(at) == 1 else None
            anywhere = one or self._more(terms, here, least=least, start=start)
            found.append(SlotForecast(slot=slot.id, anywhere=anywhere, at=at))
        return tuple(found)

    def places(self) -> tuple[PlaceForecast, ...]:
        """What one more room, and one more seat, would add."""
        found = []
        for n, place in enumerate(self.place):
            if place is None:
                continue
            here = self.wide.column_place == n
            one = np.arange(len(self.place)) == n
            room = seat = self._none(self.placeable)
            if place.rooms is not None:
                room = self._more(replace(self.base, rooms=self.base.rooms + one), here)
            if place.seats is not None and place.seats < self.size.max:
                seat = self._more(replace(self.base, seats=self.base.seats + one), here)
            found.append(PlaceForecast(place=place.id, room=room, seat=seat))
        return tuple(found)

    def sizes(self) -> SizeForecast:
        """What one member more or fewer at either end of the group size would do."""
        return SizeForecast(
            smaller_min=self._resized(-1, 0),
            larger_min=self._resized(1, 0),
            smaller_max=self._resized(0, -1),
            larger_max=self._resized(0, 1),
        )

    def _resized(self, low: int, high: int) -> Effect | None:
        terms = replace(self.base, low=self.base.low + low, high=self.base.high + high)
        if not 1 <= terms.low <= terms.high or terms.high < self.largest:
            return None
        return self._more(terms, np.ones(len(self.wide.cap), dtype=np.bool_), relaxed=low <= 0 <= high)

    def _none(self, most: int) -> Effect:
        """The effect of a change that helps nobody who could not be seated without it."""
        return Effect(0, max(0, min(most, self.placeable) - self.placed))

    def _more(
        self,
        terms: _Terms,
        aimed: Bools,
        shut: Bools | None = None,
        *,
        least: int = 0,
        start: list[Ints] | None = None,
        relaxed: bool = True,
    ) -> Effect:
        """The effect of a change.

        Args:
            terms: the changed event.
            aimed: the columns to which it does something, shape (C,).
            shut: columns that are not open after all, shape (C,).
            least: how many more are seated by a plan that is known.
            relaxed: whether every plan of the event as it is holds in the changed one.
        """
        problem = self._problem(terms, shut)
        bound = self._bound(problem)
        bound = max(bound, self.placed) if relaxed else min(bound, self.placeable)
        if relaxed and bound == self.placed + least:
            return Effect(least, least)
        if self.cuts:
            _, most, _, _ = master(self.cuts, terms_of(problem), len(self.wide.people))
            bound = max(min(bound, math.floor(most + ROUNDING)), self.placed + least if relaxed else 0)
            if relaxed and bound == self.placed + least:
                return Effect(least, least)
        groups = self.groups if relaxed else _trimmed(self.groups, problem, self.bound_rows)
        opening = self._opening(problem, groups, start if relaxed else None)
        fixed = sum(int(self.bound_rows[list(rows)].sum()) for _, rows in groups)
        rng = np.random.default_rng(0)
        now = opening.groups()
        limits = opening.terms
        if not aimed.all():
            opening.terms = replace(limits, most=np.where(aimed, limits.most, np.minimum(limits.most, now)))
            opening.search(bound - fixed, AIMED, rng)
            opening.terms = limits
        found = max(fixed + opening.seats.seated, self.placed + least if relaxed else 0)
        if found < bound:
            if bound - found <= NEAR and self.looks < OFTEN:
                self.looks += 1
                bound = max(found, self._by_duals(problem, opening, bound))
            elif int(problem.reach.sum()) <= SMALL:
                bound = max(found, self._by_duals(problem, opening, bound, whole=True))
            opening.search(bound - fixed, SHORT if not aimed.all() else LONG, rng)
            found = max(found, fixed + opening.seats.seated)
        if found < bound:
            bound = max(found, self._by_program(problem, opening, bound, found))
            found = max(found, fixed + opening.seats.seated)
        self.best = list(opening.seats.members)
        return Effect(found - self.placed, bound - self.placed)

    def _problem(self, terms: _Terms, shut: Bools | None = None) -> Problem:
        """The arrays of an event with these terms; all have the same columns, of which some are closed."""
        wide = self.wide
        cap = np.minimum(terms.high, terms.seats[wide.column_place])
        open_ = terms.offered[wide.column_slot] & (terms.rooms[wide.column_place] > 0) & (cap >= terms.low)
        if shut is not None:
            open_ &= ~shut
        limits = tuple(Limit(int(terms.rooms[wide.column_place[one.columns[0]]]), one.columns) for one in wide.limits)
        problem = replace(
            wide, fit=wide.fit & open_, low=terms.low, cap=np.clip(cap, 1, max(1, len(wide.people))), limits=limits
        )
        # The cached sums are those of the whole event where a column is open.
        problem.__dict__["reach"] = np.where(open_, self.reach, 0)
        return problem

    def _some(self, problem: Problem) -> Bools:
        """Who could meet enough others."""
        return (problem.fit & problem.viable).any(axis=1)

    def _bound(self, problem: Problem) -> int:
        """The most people that any plan can seat, by what is known of the event as it is."""
        some = self._some(problem)
        return min([int(some.sum()), *(one.bound(problem, some) for one in self.pool)])

    def _opening(self, problem: Problem, groups: Groups, start: list[Ints] | None = None) -> Opening:
        """A plan's seats, to be improved; groups with pair rules stay, and others may take the seats left there.

        Args:
            start: who sits in each column to begin with, if not those of the groups.
        """
        fixed = self.bound_rows
        open_ = problem.fit.open & problem.viable
        if groups is self.groups and self.seats is not None:
            seats = self.seats.twin()
            if start is not None:
                seats.become(start)
        else:
            seats = Transport(self.wide.fit, np.flatnonzero(~fixed))
            if groups:
                seats.place(tuple((column, tuple(row for row in rows if not fixed[row])) for column, rows in groups))
        if groups and groups is self.groups and self.seats is None:
            self.seats = seats.twin()
        seats.fit = problem.fit & problem.viable
        seats.reach[:, ~open_] = 0
        return Opening(seats, _around(problem, groups, fixed))

    def _by_cuts(self, problem: Problem, opening: Opening, everyone: int) -> int:
        """A bound by cuts, whose prices are kept."""
        cuts: Cuts = {}
        # A cut counts those who wait, also those who wait in vain.
        every = opening.seats.seated + opening.seats.waiting
        bound = min(everyone, cut_bound(opening, every, cuts=cuts))
        known = list(cuts.values())
        _, _, weights, rooms = master(known, opening.terms, every)
        open_ = self.fit & (problem.fit.open & problem.viable)
        self._keep(of_cuts(open_, known, weights), rooms, open_.any(axis=1))
        # Who can go nowhere else has nowhere else but in columns that are closed so far.
        closed = ~open_.any(axis=0)
        self.cuts = [(columns | closed, inside) for columns, inside in known]
        return bound

    def _by_duals(self, problem: Problem, opening: Opening, bound: int, *, whole: bool = False) -> int:
        """A bound by the program without whole numbers, of everybody or around those who have no seat.

        Its prices are kept.
        """
        seats = opening.seats
        fit = self.fit & (problem.fit.open & problem.viable)
        some = np.zeros(len(fit), dtype=np.bool_)
        some[seats.members[seats.pool]] = True
        some |= self.bound_rows | whole
        able = fit.any(axis=1)
        for _ in range(ROUNDS):
            model = Model(problem, fit, some)
            if not model.x or (model.x > LOCAL and not whole):
                break
            people, rooms = model.duals(len(fit))
            made = prices(self.fit, people, rooms)
            self.latest = [made]
            if (now := made.bound(problem, able)) < bound:
                bound = now
                self._keep(people, rooms, able)
            if whole or bound <= seats.seated:
                break
            near = np.zeros(fit.shape[1], dtype=np.bool_)
            near[model.columns[model.wanted > 1e-6]] = True
            for limit in problem.limits:
                if near[limit.columns].any():
                    some[np.concatenate([seats.members[column] for column in limit.columns])] = True
            some[np.concatenate([seats.members[column] for column in np.flatnonzero(near)])] = True
        return bound

    def _keep(self, people: Floats, rooms: Floats, able: Bools) -> None:
        """Keep prices; those of people who have had no column yet may be anything, so both ends are tried."""
        if len(self.pool) < 10:
            self.pool += [prices(self.fit, np.where(able, people, new), rooms) for new in (0.0, 1.0)]

    def _by_program(self, problem: Problem, opening: Opening, bound: int, found: int) -> int:
        """A bound by the program in whole numbers, if it is small; a better plan, if there is one, is taken over."""
        fit = self.fit & (problem.fit.open & problem.viable)
        some = fit.any(axis=1)
        for one in [*self.pool, *self.latest]:
            # What a better plan cannot use makes the program smaller.
            fit &= one.useful(problem, some, found + 1)
        variables = int(fit.sum())
        if found >= bound or self.bound_rows.any() or variables > SMALL or self.allowance > ALLOWANCE:
            return bound
        if self.groups:
            self.allowance += 100 + variables
        most, groups = Model(problem, fit, np.ones(len(fit), dtype=np.bool_)).more_than(found, NODES)
        if groups is not None:
            seats, terms = opening.seats, opening.terms
            kept = list(seats.members)
            seats.eject(terms.seats(groups))
            if seats.supply(terms.fewest(groups)) is None:
                opening.reached = seats.fill(terms.seats(groups))
            else:
                seats.become(kept)
        return bound if most is None else min(bound, most)


def _widest(instance: Instance) -> Instance:
    """The event with whatever any change could add, of people without pair rules."""
    event = instance.event
    low, high = event.group_size.min, event.group_size.max
    places = tuple(
        structs.replace(
            one,
            rooms=None if one.rooms is None else one.rooms + 1,
            seats=None if one.seats is None else one.seats + 1,
        )
        for one in event.places
    )
    slots = tuple(structs.replace(slot, offered=True) for slot in event.slots)
    size = GroupSize(max(1, low - 1), high + 1)
    people = tuple(structs.replace(one, together=(), apart=()) for one in instance.attendees)
    return Instance(structs.replace(event, group_size=size, slots=slots, places=places), people)


def _around(problem: Problem, groups: Groups, fixed: Bools) -> Terms:
    """The terms for what may happen around groups that have members with pair rules."""
    terms = terms_of(problem)
    if not fixed.any():
        return terms
    count, lacking, spare = (np.zeros(len(problem.cap), dtype=np.int64) for _ in range(3))
    for column, rows in groups:
        if members := int(fixed[list(rows)].sum()):
            count[column] += 1
            lacking[column] += max(0, problem.low - members)
            spare[column] += problem.cap[column] - members
    return replace(
        terms,
        most=np.maximum(0, terms.most - count),
        rooms=terms.rooms - terms.shares @ count,
        lacking=lacking,
        spare=spare,
    )


def _trimmed(groups: Groups, problem: Problem, fixed: Bools) -> Groups:
    """What is left of a plan in groups of another size: none too small, and none too large."""
    found = []
    for column, rows in groups:
        stay = sorted(rows, key=lambda row: (not fixed[row], row))[: problem.cap[column]]
        if len(stay) >= problem.low and problem.viable[column] and fixed[list(rows)].sum() <= len(stay):
            found.append((column, tuple(sorted(stay))))
    return tuple(found)
