"""The birds: a colour and pose for each sub-event on page, letter and table sign, so that strangers find each other."""

import msgspec

COLOURS = (
    ("yellow", "#FFC93C"),
    ("blue", "#9CC5E8"),
    ("orange", "#E9A07F"),
    ("green", "#A9CF9A"),
    ("violet", "#CDB2E6"),
    ("pink", "#F0B3C3"),
)
"""Names and fills, in the order of the page's `--feather-0` and on; a line of ink stands around each."""

POSES = ("right", "left", "up", "down")
"""Where a bird looks, in the order of the page's `pose-0` and on; colour is never the only difference."""


class Bird(msgspec.Struct, frozen=True):
    """How a sub-event's bird looks.

    Args:
        name: its colour's name.
        colour: its fill as `#RRGGBB`.
        pose: one of POSES.
    """

    name: str
    colour: str
    pose: str

    @property
    def key(self) -> str:
        """Its message, “the blue bird, looking left”, among those about birds."""
        return f"{self.name}.{self.pose}"


def bird(number: int) -> Bird:
    """The bird of the sub-event of that number; they start over when every colour had every pose."""
    name, colour = COLOURS[number % len(COLOURS)]
    return Bird(name, colour, POSES[number // len(COLOURS) % len(POSES)])
