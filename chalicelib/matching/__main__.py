"""The command line: python -m chalicelib.matching INSTANCE.json PLAN.json [--seed N] [--moves N] [--seconds S].

With --from OLD.json [--locks LOCKS.json] [--changes CHANGES.json] the plan changes an older one as little as it can.
With --forecast the outcome is no plan but what closing sign-up now would lead to, and what each change would do.
"""

import argparse
import math
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from chalicelib.domain.errors import Invalid
from chalicelib.domain.instance import Instance
from chalicelib.domain.plan import Plan
from chalicelib.domain.rematch import Locks
from chalicelib.matching import document
from chalicelib.matching.forecast import forecast
from chalicelib.matching.plan import match
from chalicelib.matching.rematch import rematch


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
        if options.forecast:
            _foretold(instance, options, started)
            return 0
        plan = _again(instance, options) if options.old else _matched(instance, options)
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


def _foretold(instance: Instance, options: argparse.Namespace, started: float) -> None:
    others = ("seed", "moves", "seconds", "old", "locks", "changes")
    if any(getattr(options, one) is not None for one in others):
        raise Invalid("A forecast is of the event as it is; --forecast goes with no other option.")
    found = forecast(instance.event, instance.attendees)
    document.write_forecast(found, options.plan)
    print(
        f"{found.placed} of {found.placeable} placeable people in {found.groups} groups if sign-up closed now, "
        f"{time.monotonic() - started:.2f} s",
        file=sys.stderr,
    )


def _matched(instance: Instance, options: argparse.Namespace) -> Plan:
    if options.locks or options.changes:
        raise Invalid("Locks and changes are those of an earlier plan; name it with --from.")
    return match(instance, seed=options.seed or 0, moves=options.moves, seconds=options.seconds)


def _again(instance: Instance, options: argparse.Namespace) -> Plan:
    old = document.read_plan(_bytes(options.old, "earlier plan"))
    locks = document.read_locks(_bytes(options.locks, "file of locks")) if options.locks else Locks()
    if options.changes:
        others = (options.instance, options.plan, options.old, options.locks)
        if options.changes.resolve() in [path.resolve() for path in others if path]:
            raise Invalid(f"The changes would overwrite {options.changes}; name another file for them.")
        document.require_writable(options.changes)
    found = rematch(instance, old, locks, seed=options.seed, moves=options.moves, seconds=options.seconds)
    if options.changes:
        document.write_changes(found, options.changes)
    least = "the least there is" if found.changed == found.least else f"at least {found.least} are needed"
    print(f"{found.changed} people meet differently than before, {least}", *found.released, sep="\n", file=sys.stderr)
    return found.plan


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = _Parser(prog="python -m chalicelib.matching", description="Split the people of an event into groups.")
    parser.add_argument("instance", type=Path, metavar="INSTANCE.json")
    parser.add_argument("plan", type=Path, metavar="PLAN.json")
    parser.add_argument("--seed", type=_whole, help="any integer; 0, or that of the earlier plan, unless given")
    parser.add_argument("--moves", type=_moves, help="how many moves the search may try")
    parser.add_argument("--seconds", type=_seconds, help="how long the search may go on")
    parser.add_argument("--from", type=Path, metavar="OLD.json", dest="old", help="an earlier plan to change little")
    parser.add_argument("--locks", type=Path, metavar="LOCKS.json", help="what of it must stay")
    parser.add_argument("--changes", type=Path, metavar="CHANGES.json", help="where to tell who moves, and why")
    parser.add_argument("--forecast", action="store_true", help="write what closing now, and each change, would do")
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
    except OSError as error:
        raise Invalid(f"The instance {instance} cannot be read: {error.strerror}.") from None
    return _bytes(instance, "instance")


def _bytes(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Invalid(f"The {what} {path} cannot be read: {error.strerror}.") from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
