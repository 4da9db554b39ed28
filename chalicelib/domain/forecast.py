"""A forecast: what closing sign-up now would lead to, and what each change to the event would do for it."""

import msgspec

from chalicelib.domain.plan import Unplaced


class SlotForecast(msgspec.Struct, frozen=True, kw_only=True):
    """How many more people would be placed if a slot that is merely considered were offered.

    Args:
        anywhere: at all places that are open then.
        at: at one place alone, by its id; empty when the event has no places.
    """

    slot: str
    anywhere: int
    at: dict[str, int]


class PlaceForecast(msgspec.Struct, frozen=True, kw_only=True):
    """How many more people would be placed if a place had one more room, or one more seat in each of its rooms."""

    place: str
    room: int
    seat: int


class SizeForecast(msgspec.Struct, frozen=True, kw_only=True):
    """How many more people, or fewer, would be placed with another group size; None where there is no such size."""

    smaller_min: int | None
    larger_min: int | None
    smaller_max: int | None
    larger_max: int | None


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be expected.

    Args:
        placed: how many people would have a seat if sign-up closed now.
        groups: in how many groups.
        out: everybody else, each with the reason.
        slots: every slot that is not offered yet.
        places: every place.
        size: one member more or fewer at either end.
    """

    placed: int
    groups: int
    out: tuple[Unplaced, ...]
    slots: tuple[SlotForecast, ...]
    places: tuple[PlaceForecast, ...]
    size: SizeForecast
