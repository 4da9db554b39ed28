"""Lighthouse, from npm: installed when it is first wanted, and asked for what it thinks of a page."""

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from infra import setup
from infra.local import browser, toolbox

FOLDER = Path(__file__).parent / "lighthouse"
"""Where its package.json and lock file lie; apart from the test tools, so that these stay small."""

CATEGORIES = ("performance", "accessibility", "best-practices", "seo")

LONGEST = 180
"""Seconds that one audit may take."""


class AuditError(Exception):
    """Lighthouse could not judge a page; the text is one sentence for a person."""


class Audit(NamedTuple):
    """What Lighthouse said, for a phone of its own making.

    Args:
        scores: of a hundred, by category.
        shift: the layout's cumulative shift.
        machine: its figure for the speed of this machine.
        faults: the titles of whatever kept a category from a hundred, performance left out.
    """

    scores: dict[str, int]
    shift: float
    machine: float
    faults: dict[str, tuple[str, ...]]


def set_up() -> None:
    """Install what its lock file names, unless just that lies there.

    Raises:
        FetchError: npm failed.
    """
    lock = (FOLDER / "package-lock.json").read_text(encoding="utf-8")
    stamp = FOLDER / "node_modules" / "made-from.txt"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == lock:
        return
    print("Lighthouse → infra/bench/lighthouse/node_modules", flush=True)
    setup.install_from_lock(FOLDER, "npm could not install Lighthouse")
    stamp.write_text(lock, encoding="utf-8")


def audit(address: str) -> Audit:
    """Let it open an address in a fresh Chromium, as a phone on its simulated network, and judge what it sees.

    Raises:
        AuditError: it did not come to a judgement.
    """
    node, chromium = toolbox.node(), toolbox.chromium()
    flags = ["--headless=new", *browser.ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [str(node), str(FOLDER / "node_modules" / "lighthouse" / "cli" / "index.js"), address]
        command += ["--quiet", "--no-enable-error-reporting", "--output=json", f"--output-path={report}"]
        command += [f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={' '.join(flags)}"]
        environment = {**os.environ, "CHROME_PATH": str(chromium)}
        try:
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, check=False, timeout=LONGEST
            )
        except subprocess.TimeoutExpired:
            raise AuditError(f"Lighthouse took more than {LONGEST} s.") from None
        if not report.exists():
            raise AuditError(f"Lighthouse ended without a report: {done.stderr.strip()[-300:]}")
        return read(report.read_text(encoding="utf-8"))


def read(text: str) -> Audit:
    """What a report in JSON says.

    Raises:
        AuditError: it says that the page could not be judged.
    """
    report = json.loads(text)
    if "runtimeError" in report:
        raise AuditError(f"Lighthouse could not judge the page: {report['runtimeError']['message']}")
    audits, categories = report["audits"], report["categories"]
    scores = {name: round(100 * (categories[name]["score"] or 0)) for name in CATEGORIES}
    faults = {name: _faults(audits, categories[name]) for name in CATEGORIES[1:]}
    shift = audits["cumulative-layout-shift"]["numericValue"]
    return Audit(scores, shift, report["environment"]["benchmarkIndex"], faults)


def _faults(audits: dict[str, Any], category: dict[str, Any]) -> tuple[str, ...]:
    """Titles of the audits that count in a category and were not passed; what does not apply has no score."""
    counting = (audits[one["id"]] for one in category["auditRefs"] if one["weight"])
    return tuple(one["title"] for one in counting if one["score"] is not None and one["score"] < 1)
