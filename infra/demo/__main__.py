"""The demo from the command line: python -m infra.demo [--roster FILE.csv]."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from infra.demo import DemoError, roster, story
from infra.demo.progress import Progress
from infra.local import cloud

CLOUD_STEPS = 2


def main() -> int:
    """Play the demo and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.demo", description="Play a whole event on this machine, from sign-up to mailed invites."
    )
    parser.add_argument("file", nargs="?", help=argparse.SUPPRESS)
    parser.add_argument("--roster", metavar="FILE.csv", help="your own people instead of the built-in hundred")
    given = parser.parse_args()
    path = Path(given.roster or given.file or roster.BUILT_IN)
    progress = Progress(sys.stdout, CLOUD_STEPS + story.STEPS)
    try:
        # Read to its last line before anything starts, so that a bad file leaves nothing half done.
        people = roster.read(path, datetime.now(UTC))
        for sentence in people.assumed:
            progress.say(sentence)
        site = deployed(progress)
        outcome = story.play(site, people, progress)
    except (DemoError, cloud.CloudError) as problem:
        progress.broken_off()
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        progress.broken_off()
        print("Stopped half-way; the site stays up until `make stop`.", file=sys.stderr)
        return 130
    for line in story.told(outcome, site, people):
        progress.say(line)
    return 0


def deployed(progress: Progress) -> story.Site:
    """Start the local cloud, or take the one that runs, and deploy Covey to it. Raises CloudError."""
    progress.step("Starting the local cloud")
    here = cloud.start(say=progress.note)
    progress.step("Deploying Covey with chalice deploy")
    here = cloud.deploy(here, say=progress.note)
    return story.Site(here.site, here.mail, here.log)


if __name__ == "__main__":
    sys.exit(main())
