"""A forecast: what closing sign-up now would lead to, and what each change to the event would do for it."""

import msgspec

from chalicelib.domain.plan import Unplaced


class Effect(msgspec.Struct, frozen=True):
    """What one change to the event would do; exact where both numbers are the same.

    Args:
        more: so many more people than are placed now, or fewer, have a seat in a plan that was found.
        at_most: no plan has more; proven.
    """

    more: int
    at_most: int

    @property
    def exact(self) -> bool:
        """Whether no plan does better than the one that was found."""
        return self.more == self.at_most


class SlotForecast(msgspec.Struct, frozen=True, kw_only=True):
    """What it would do to offer a slot that is merely considered.

    Args:
        anywhere: at all places that are open then.
        at: at one place alone, by its id; empty when the event has no places.
    """

    slot: str
    anywhere: Effect
    at: dict[str, Effect]


class PlaceForecast(msgspec.Struct, frozen=True, kw_only=True):
    """What one more room of a place would do, and what one more seat in each of its rooms."""

    place: str
    room: Effect
    seat: Effect


class SizeForecast(msgspec.Struct, frozen=True, kw_only=True):
    """What another group size would do; None where there is no such size."""

    smaller_min: Effect | None
    larger_min: Effect | None
    smaller_max: Effect | None
    larger_max: Effect | None


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be expected.

    Args:
        placed: how many people would have a seat if sign-up closed now.
        placeable: the most that any plan could seat, as far as is proven.
        groups: in how many groups.
        out: everybody else, each with the reason.
        slots: every slot that is not offered yet.
        places: every place.
        size: one member more or fewer at either end.
    """

    placed: int
    placeable: int
    groups: int
    out: tuple[Unplaced, ...]
    slots: tuple[SlotForecast, ...]
    places: tuple[PlaceForecast, ...]
    size: SizeForecast
