"""The command line: python -m chalicelib.matching INSTANCE.json PLAN.json [--seed N] [--moves N] [--seconds S]."""

import argparse
import math
import sys
import time
from pathlib import Path
from typing import NoReturn

from chalicelib.domain.errors import Invalid
from chalicelib.matching import document
from chalicelib.matching.plan import match


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Invalid(f"{message[:1].upper()}{message[1:]}.")


def main(arguments: list[str]) -> int:
    """Read an instance, write its plan, tell the timing on stderr.

    Returns:
        0, or 2 with one sentence on stderr and no plan written when the input breaks a rule.
    """
    started = time.monotonic()
    try:
        options = _options(arguments)
        document.require_writable(options.plan)
        try:
            text = options.instance.read_bytes()
        except OSError as error:
            raise Invalid(f"{options.instance} cannot be read: {error.strerror}.") from None
        instance = document.read(text)
        plan = match(instance, seed=options.seed, moves=options.moves, seconds=options.seconds)
        document.write(plan, options.plan)
    except Invalid as error:
        print(error, file=sys.stderr)
        return 2
    print(
        f"{plan.placed} of {plan.placeable} placeable people in {len(plan.groups)} groups, "
        f"relevance {plan.relevance:.3f}, {time.monotonic() - started:.2f} s",
        file=sys.stderr,
    )
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = _Parser(prog="python -m chalicelib.matching", description="Split the people of an event into groups.")
    parser.add_argument("instance", type=Path, metavar="INSTANCE.json")
    parser.add_argument("plan", type=Path, metavar="PLAN.json")
    parser.add_argument("--seed", type=int, default=0, help="any integer; 0 unless given")
    parser.add_argument("--moves", type=_moves, help="how many moves the search may try")
    parser.add_argument("--seconds", type=_seconds, help="how long the search may go on")
    return parser.parse_args(arguments)


def _moves(text: str) -> int:
    if (value := int(text)) < 0:
        raise ValueError
    return value


def _seconds(text: str) -> float:
    if not math.isfinite(value := float(text)) or value < 0:
        raise ValueError
    return value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
