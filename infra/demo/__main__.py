"""The demo from the command line: python -m infra.demo [--roster FILE.csv]."""

import argparse
import contextlib
import sys
from datetime import UTC, datetime
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from infra.demo import DemoError, roster, story
from infra.demo.progress import Progress
from infra.local import cloud
from infra.local.cloud import Cloud

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
        here = deployed(progress)
        site = story.Site(here.site, here.mail, here.folder / "functions.log")
        try:
            outcome = story.play(site, people, progress)
        except DemoError:
            keep_logs(here, site.log)
            raise
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


def deployed(progress: Progress) -> Cloud:
    """Start the local cloud, or take the one that runs, and deploy Covey to it. Raises CloudError."""
    progress.step("Starting the local cloud")
    here = cloud.start(say=progress.note)
    progress.step("Deploying Covey with chalice deploy")
    return cloud.deploy(here, say=progress.note)


def keep_logs(here: Cloud, file: Path) -> None:
    """Write down what the functions said, for the sentence that names the file."""
    with contextlib.suppress(BotoCoreError, ClientError):
        words = [f"== {name}\n{here.function_log(name)}\n" for name in ("api", "tick", "match", "send")]
        file.write_text("\n".join(words), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
