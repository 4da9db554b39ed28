"""The command line: python -m chalicelib.matching INSTANCE.json PLAN.json [--seed N] [--moves N] [--seconds S]."""

import argparse
import math
import sys
import time
from contextlib import suppress
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
        instance = document.read(_text(options.instance, options.plan))
        plan = match(instance, seed=options.seed, moves=options.moves, seconds=options.seconds)
        document.write(plan, options.plan)
    except Invalid as error:
        # Paths and options may hold anything; the sentence stays one line.
        print("".join(letter if letter.isprintable() else "?" for letter in str(error)), file=sys.stderr)
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
    parser.add_argument("--seed", type=_whole, default=0, help="any integer; 0 unless given")
    parser.add_argument("--moves", type=_moves, help="how many moves the search may try")
    parser.add_argument("--seconds", type=_seconds, help="how long the search may go on")
    return parser.parse_args(arguments)


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError("it must be a whole number") from None


def _moves(text: str) -> int:
    if (value := _whole(text)) < 0:
        raise argparse.ArgumentTypeError("it cannot be less than 0")
    return value


def _seconds(text: str) -> float:
    with suppress(ValueError):
        if math.isfinite(value := float(text)) and value >= 0:
            return value
    raise argparse.ArgumentTypeError("it must be a number of seconds, 0 or more")


def _text(instance: Path, plan: Path) -> bytes:
    try:
        if plan.exists() and instance.samefile(plan):
            raise Invalid(f"The plan would overwrite the instance {instance}; name another file for it.")
        return instance.read_bytes()
    except OSError as error:
        raise Invalid(f"The instance {instance} cannot be read: {error.strerror}.") from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
