"""The demo: one whole event on the local cloud, played through the doors that people use."""


class DemoError(Exception):
    """Why the demo cannot go on, in one sentence that a person can act on."""
