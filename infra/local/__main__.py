"""The local cloud from the command line: python -m infra.local up | stop | logs."""

from __future__ import annotations

import itertools
import sys

from infra.local import cloud

STEPS = 4


def up() -> int:
    """Start the cloud, deploy to it, and print where it is; return the exit code."""
    number = itertools.count(1)

    def say(line: str) -> None:
        print(f"[{next(number)}/{STEPS}] {line}", flush=True)

    try:
        here = cloud.deploy(cloud.start(say=say), say=say)
    except cloud.CloudError as problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"site  {here.site}\nmail  {here.mail}\nlog   {here.log}\nEnd it with: make stop")
    return 0


def stop() -> int:
    """Stop the cloud and say whether there was one; return the exit code."""
    print("Stopped." if cloud.stop() else "Nothing is running.")
    return 0


def logs() -> int:
    """Print what each deployed function has logged; return the exit code."""
    here = cloud.find()
    if here is None:
        print("Nothing is running.", file=sys.stderr)
        return 1
    for function in ("api", "tick", "match", "send"):
        print(f"== {function}\n{here.function_log(function)}")
    return 0


if __name__ == "__main__":
    sys.exit({"up": up, "stop": stop, "logs": logs}[sys.argv[1]]())
