"""What both stores agree on."""

import subprocess
import sys

import pytest

from chalicelib.adapters import kept
from tests.flow.world import World

READERS = """
import sys, threading
from chalicelib.adapters import kept
from chalicelib.domain.event import Event

sys.setswitchinterval(1e-6)
text, begins = sys.stdin.read(), threading.Barrier(16)

def read():
    begins.wait()
    kept.read(text, Event)

threads = [threading.Thread(target=read) for _ in range(16)]
for one in threads:
    one.start()
for one in threads:
    one.join()
"""


@pytest.mark.parametrize("attempt", range(3))
def test_the_first_record_may_be_read_by_many_threads(attempt: int) -> None:
    """A sender's threads meet a record's type at the same moment; msgspec does not survive that by itself."""
    world = World()
    world.open()
    done = subprocess.run(
        [sys.executable, "-c", READERS], input=kept.written(world.event), text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
