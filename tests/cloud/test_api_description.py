"""The API does what its description says, as schemathesis sees it from outside."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cloud.visitor import Visitor

pytestmark = pytest.mark.cloud

# Which data make sense is said by sentences (422), not by the schema alone; some things come later (404).
# A method that no route lists is answered by the gateway, AWS's and the local one each in its own way.
CONFIG = """
[parameters]
"path.event_id" = "{event_id}"

[auth.openapi.attendee]
bearer = "{attendee}"

[auth.openapi.organizer]
bearer = "{organizer}"

[checks.positive_data_acceptance]
expected-statuses = ["2xx", "404", "409", "422"]

[checks.unsupported_method]
enabled = false
"""


# Whoever is erased has no link any more, so that one is tried elsewhere, in test_my_data.py.
@pytest.mark.parametrize(
    "operations",
    ["--exclude-path-regex=/api/(organizer/cancel|me/erase)$", "--include-path=/api/organizer/cancel"],
)
def test_no_request_breaks_the_api_or_its_description(visitor: Visitor, tmp_path: Path, operations: str) -> None:
    """Valid and invalid requests of every kind get an answer that the description holds, and never a server error."""
    site = visitor.cloud.site
    event_id, organizer = visitor.open_event()
    attendee = visitor.confirm(visitor.sign_up(event_id))
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG.format(event_id=event_id, organizer=organizer, attendee=attendee))
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        f"--config-file={config}",
        "run",
        f"{site}openapi.json",
        f"--url={site}",
        "--max-examples=20",
        "--phases=examples,coverage,fuzzing",
        "--no-color",
        "--seed=1",
        operations,
    ]
    run = subprocess.run(
        command,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )
    assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-2000:]
