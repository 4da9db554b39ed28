"""Start the emulator: python -m infra.emulator, in its own environment, with settings in the environment."""

from __future__ import annotations

import sys

from ministack import app as ministack

from infra.emulator import front_door, patches


def main() -> int:
    """Fill ministack's gaps and serve until told to stop; return the exit code."""
    try:
        patches.fill_all()
    except patches.ClosedGapError as problem:
        print(problem, file=sys.stderr)
        return 3
    ministack.app = front_door.short_addresses(ministack.app)
    ministack.main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
