"""A plan made anew after something changed: what an organizer wants left alone, and who has to move."""

import msgspec

from chalicelib.domain.plan import Plan


class Locks(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a new plan must leave as an organizer wants it.

    Args:
        people: for an attendee's id the id of the group in which they are to sit, at whatever time it meets.
        times: ids of groups that go on and keep their slot, whoever sits in them.
        groups: ids of groups that keep their slot, their place and their members: nobody in, nobody out.
    """

    people: dict[str, str] = {}
    times: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """One person whose meeting is another than before.

    Args:
        origin: id of the group they sat in; None when they had no seat.
        to: id of the group they sit in now; None when they have no seat any more.
        retimed: it is the same group, at another time or place.
        why: one sentence that says what happened and where they sit now.
    """

    id: str
    origin: str | None = msgspec.field(name="from")
    to: str | None
    retimed: bool = False
    why: str


class Rematch(msgspec.Struct, frozen=True, kw_only=True):
    """A new plan and what it changes for people who are in it.

    Args:
        moves: everybody whose meeting changed and everybody newly seated, by id.
        changed: how many of them had a seat before.
        least: no plan that keeps the rules and the locks and seats as many changes fewer; equal to
            `changed` when that is proven to be the least.
        released: a sentence for each lock that there was nobody left to keep.
    """

    plan: Plan
    moves: tuple[Move, ...]
    changed: int
    least: int
    released: tuple[str, ...] = ()
