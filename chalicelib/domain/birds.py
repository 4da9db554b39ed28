"""The birds: each sub-event's colour and pose, the same on page, letter and table sign, so that strangers find each other."""

import msgspec

COLOURS = (
    ("teal", "#1F8A83"),
    ("red", "#CF4A45"),
    ("violet", "#8C63D2"),
    ("ochre", "#A0762A"),
    ("blue", "#3D7FC4"),
    ("pink", "#C2508F"),
    ("green", "#4C8A3C"),
    ("copper", "#B3653A"),
    ("grey", "#76809A"),
    ("olive", "#7F8030"),
    ("plum", "#9F5A9E"),
    ("indigo", "#6570D6"),
)
"""Names, and values that stand out by 3 to 1 against the light and the dark ground alike."""

POSES = ("looking left", "looking right", "looking up", "pecking")
"""What a bird does; colour is never the only difference."""


class Bird(msgspec.Struct, frozen=True):
    """How a sub-event's bird looks.

    Args:
        name: its colour's name.
        colour: its colour as `#RRGGBB`.
        pose: one of POSES.
    """

    name: str
    colour: str
    pose: str

    @property
    def words(self) -> str:
        """As a person would ask for it, “the teal bird, looking left”."""
        return f"the {self.name} bird, {self.pose}"


def bird(number: int) -> Bird:
    """The bird of the sub-event of that number: the first 48 differ, and neighbours differ in colour and pose."""
    name, colour = COLOURS[number % len(COLOURS)]
    return Bird(name, colour, POSES[(number + number // len(COLOURS)) % len(POSES)])
