"""A cloud on this machine: the AWS emulator and a mail server, with Covey deployed by `chalice deploy`.

    cloud = start()                 the emulator and the mail server, or those that run already
    cloud = deploy(cloud)           the real `chalice deploy --stage local`, until the site answers
    stop(cloud.folder)              end exactly these processes and remove what they left

Everything of one cloud lies in one folder, `.local/` unless told otherwise; clouds with folders and
ports of their own can run side by side. `<folder>/cloud.json` says where everything is.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import botocore.session

from infra import package
from infra.local import process

ROOT = Path(__file__).resolve().parents[2]
LOCAL = ROOT / ".local"
EMULATOR_PYTHON = LOCAL / "emulator-venv" / "bin" / "python"
BARE_PYTHON = LOCAL / "bare-venv" / "bin" / "python"

PORT = 4566
SMTP_PORT = 2525
HIGHEST_PORT = 65535
REGION = "us-east-1"
SENDER = "covey@example.org"
STAGE = "covey"
FUNCTIONS = "covey-local"

# The parts of AWS that a deployment and the functions call.
SERVICES = ["apigateway", "dynamodb", "events", "iam", "lambda", "logs", "ses", "ssm", "sts"]

# What `chalice deploy` reads. It runs in a copy, because it keeps its record of what is deployed
# beside the app: clouds side by side must not share that record, nor mix it with one of AWS.
PROJECT = ["app.py", "chalicelib", "frontend", "vendor", "requirements.txt", ".chalice/config.json", "infra/policies"]

# So that a developer's own AWS account can never be reached by mistake.
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}

Say = Callable[[str], None]


class CloudError(Exception):
    """The cloud could not be started or deployed to; the text is one sentence for a person."""


@dataclass(frozen=True)
class Cloud:
    """Where one local cloud is."""

    folder: Path
    port: int
    smtp_port: int
    site: str
    """The site's address, ending in a slash; it answers once `deploy` is through."""
    api_id: str | None = None

    @property
    def endpoint(self) -> str:
        """Return the address of all AWS services."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def mail(self) -> Path:
        """Return the folder that holds each mailed message as one .eml file."""
        return self.folder / "mail"

    @property
    def log(self) -> Path:
        """Return the emulator's log; what the functions print is in `function_log`."""
        return self.folder / "emulator.log"

    def function_log(self, function: str) -> str:
        """Return what a deployed function (api, tick, match, send, feedback) has logged, with runs and reports."""
        name = FUNCTIONS if function == "api" else f"{FUNCTIONS}-{function}"
        logs = self.client("logs")
        try:
            pages = list(logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{name}"))
        except logs.exceptions.ResourceNotFoundException:
            return ""
        return "\n".join(event["message"].rstrip() for page in pages for event in page["events"])

    def client(self, service: str) -> Any:
        """Return a boto3 client of one of the cloud's services, with every permission."""
        # Without the profile that a developer may have chosen for the real AWS.
        plain = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
        return boto3.session.Session(botocore_session=plain).client(  # type: ignore[call-overload]  # only literal names
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )


def start(
    folder: Path = LOCAL,
    *,
    port: int | None = None,
    smtp_port: int | None = None,
    environment: Mapping[str, str] | None = None,
    say: Say = lambda _line: None,
) -> Cloud:
    """Start the emulator and the mail server of `folder`, or return the cloud that runs there already.

    A port of 0 takes a free one; None takes COVEY_LOCAL_PORT and COVEY_LOCAL_SMTP_PORT, else the
    usual ones. `environment` is added to the emulator's own. Raises CloudError.
    """
    folder = folder.resolve()
    cloud = find(folder)
    if cloud is not None:
        say(f"the local AWS runs already at {cloud.endpoint}")
        return cloud
    stop(folder)
    port = _free_port("local AWS", "COVEY_LOCAL_PORT", PORT if port is None else port, given=port is not None)
    smtp_port = _free_port(
        "mail server",
        "COVEY_LOCAL_SMTP_PORT",
        SMTP_PORT if smtp_port is None else smtp_port,
        given=smtp_port is not None,
    )
    cloud = Cloud(folder, port, smtp_port, site=f"http://127.0.0.1:{port}/{STAGE}/")
    # What an earlier cloud had deployed is gone with it.
    shutil.rmtree(_project(cloud), ignore_errors=True)
    try:
        say("starting the local AWS and its mail server")
        _start_mail_server(cloud)
        _start_emulator(cloud, environment or {})
    except CloudError:
        stop(folder)
        raise
    cloud.client("ses").verify_email_identity(EmailAddress=SENDER)
    _write_record(cloud)
    return cloud


def find(folder: Path = LOCAL) -> Cloud | None:
    """Return the cloud that runs in `folder`, or None when there is none or it does not answer."""
    record = folder.resolve() / "cloud.json"
    if not record.exists():
        return None
    known = json.loads(record.read_text())
    cloud = Cloud(folder.resolve(), known["ports"]["aws"], known["ports"]["smtp"], known["site"], known["api_id"])
    alive = all(process.running(_pid_file(cloud.folder, name)) for name in ("emulator", "mailserver"))
    return cloud if alive and _answers(f"{cloud.endpoint}/_ministack/health") else None


def deploy(
    cloud: Cloud,
    *,
    project: Path = ROOT,
    environment: Mapping[str, str] | None = None,
    policies: Mapping[str, dict[str, Any]] | None = None,
    first_tick: bool = True,
    say: Say = lambda _line: None,
) -> Cloud:
    """Deploy a project with `chalice deploy --stage local` and return the cloud once the site answers.

    `project` is the folder that holds app.py. `environment` is laid over the functions' variables,
    `policies` replaces whole policy documents by name (api, tick, match, send); no committed file is
    touched for either. `first_tick` runs the tick once, which makes the table, rather than wait up to
    a minute for the schedule. Raises CloudError.
    """
    say("deploying with chalice deploy --stage local")
    copy = _copy(project, cloud)
    _overlay(copy, cloud, environment or {}, policies or {})
    with package.shared_layers(copy):
        _chalice_deploy(copy, cloud)
    deployed = json.loads((copy / ".chalice" / "deployed" / "local.json").read_text())["resources"]
    cloud = replace(cloud, api_id=next(r["rest_api_id"] for r in deployed if r["resource_type"] == "rest_api"))
    _write_record(cloud)
    say("waiting until the site answers")
    _wait("The site was deployed but does not answer", lambda: _answers(cloud.site), seconds=60, log=cloud.log)
    if first_tick:
        say("running the first tick, which makes the table")
        _tick(cloud)
    return cloud


def stop(folder: Path = LOCAL) -> bool:
    """End the processes of the cloud in `folder`, remove what they left, and tell whether any ran.

    The mail that arrived and the logs stay until the next start.
    """
    folder = folder.resolve()
    ended = [process.stop(_pid_file(folder, name)) for name in ("emulator", "mailserver")]
    shutil.rmtree(folder / "tmp", ignore_errors=True)
    (folder / "cloud.json").unlink(missing_ok=True)
    return any(ended)


def _start_mail_server(cloud: Cloud) -> None:
    shutil.rmtree(cloud.mail, ignore_errors=True)
    cloud.mail.mkdir(parents=True)
    command = [sys.executable, "-m", "infra.mailserver", str(cloud.smtp_port), str(cloud.mail)]
    log = cloud.folder / "mailserver.log"
    _spawn("mailserver", command, log, cloud, environment=_plain_environment())
    _wait_for_process("mailserver", "The mail server did not start", cloud, lambda: _is_open(cloud.smtp_port), log)


def _start_emulator(cloud: Cloud, environment: Mapping[str, str]) -> None:
    temporary = cloud.folder / "tmp"
    temporary.mkdir(parents=True)
    settings = {
        **_plain_environment(),
        "GATEWAY_PORT": str(cloud.port),
        "BIND_HOST": "127.0.0.1",
        # Each function gets its role's credentials, and each call is checked against its policy.
        "AUTH": "true",
        "SERVICES": ",".join(SERVICES),
        "IOT_MTLS_ENABLED": "0",
        "SMTP_HOST": f"127.0.0.1:{cloud.smtp_port}",
        "MINISTACK_REGION": REGION,
        # Workers unpack their code there, and a killed one leaves it behind.
        "TMPDIR": str(temporary),
        "COVEY_BARE_PYTHON": str(BARE_PYTHON),
        **environment,
    }
    command = [str(EMULATOR_PYTHON), "-m", "infra.emulator"]
    _spawn("emulator", command, cloud.log, cloud, environment=settings)
    healthy = f"{cloud.endpoint}/_ministack/health"
    _wait_for_process("emulator", "The local AWS did not start", cloud, lambda: _answers(healthy), cloud.log)


def _plain_environment() -> dict[str, str]:
    """Return the environment without what would leak into the functions, which inherit it."""
    return {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "LC_ALL")}


def _spawn(name: str, command: list[str], log: Path, cloud: Cloud, *, environment: Mapping[str, str]) -> None:
    try:
        process.spawn(command, _pid_file(cloud.folder, name), log, environment=environment, folder=ROOT)
    except (process.AlreadyRunningError, OSError) as problem:
        raise CloudError(f"The {name} could not be started: {problem}") from problem


def _wait_for_process(name: str, sentence: str, cloud: Cloud, ready: Callable[[], bool], log: Path) -> None:
    def ready_or_gone() -> bool:
        if process.running(_pid_file(cloud.folder, name)) is None:
            raise CloudError(f"{sentence}: {_last_line(log)}")
        return ready()

    _wait(sentence, ready_or_gone, seconds=30, log=log)


def _wait(sentence: str, ready: Callable[[], bool], *, seconds: float, log: Path) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise CloudError(f"{sentence} within {seconds:.0f} seconds; {log} may say why.")
        time.sleep(0.1)


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1] if lines else "it said nothing"


def _copy(project: Path, cloud: Cloud) -> Path:
    """Lay the project beside the cloud's other files, keeping the record of what is deployed."""
    copy = _project(cloud)
    for name in PROJECT:
        source, target = project / name, copy / name
        if target.is_dir():
            shutil.rmtree(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)
    wheelhouse = copy / ".local" / "wheelhouse"
    wheelhouse.parent.mkdir(exist_ok=True)
    wheelhouse.unlink(missing_ok=True)
    wheelhouse.symlink_to(LOCAL / "wheelhouse")
    return copy


def _overlay(copy: Path, cloud: Cloud, environment: Mapping[str, str], policies: Mapping[str, dict[str, Any]]) -> None:
    file = copy / ".chalice" / "config.json"
    config = json.loads(file.read_text())
    variables = config["stages"]["local"]["environment_variables"]
    # On AWS the site's address is taken from the gateway's request context, with https.
    variables["COVEY_BASE_URL"] = cloud.site.rstrip("/")
    variables.update(environment)
    file.write_text(json.dumps(config, indent=2))
    for name, document in policies.items():
        (copy / "infra" / "policies" / f"{name}.json").write_text(json.dumps(document))


def _chalice_deploy(copy: Path, cloud: Cloud) -> None:
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "COVEY_"))}
    environment = {**ours, **CREDENTIALS, "AWS_ENDPOINT_URL": cloud.endpoint}
    command = [str(Path(sys.executable).parent / "chalice"), "deploy", "--stage", "local"]
    result = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    log = cloud.folder / "deploy.log"
    log.write_text(result.stdout + result.stderr)
    if result.returncode:
        raise CloudError(f"chalice deploy failed: {_last_line(log)} (all of it is in {log})")


def _tick(cloud: Cloud) -> None:
    event = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "000000000000",
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:000000000000:rule/{FUNCTIONS}-tick-event"],
        "detail": {},
    }
    answer = cloud.client("lambda").invoke(FunctionName=f"{FUNCTIONS}-tick", Payload=json.dumps(event))
    if "FunctionError" in answer:
        reason = json.loads(answer["Payload"].read()).get("errorMessage", "no reason given")
        raise CloudError(f"The first tick failed: {reason}")


def _write_record(cloud: Cloud) -> None:
    record = {
        "site": cloud.site,
        "endpoint": cloud.endpoint,
        "region": REGION,
        "api_id": cloud.api_id,
        "mail": str(cloud.mail),
        "log": str(cloud.log),
        "ports": {"aws": cloud.port, "smtp": cloud.smtp_port},
        "pids": {name: process.running(_pid_file(cloud.folder, name)) for name in ("emulator", "mailserver")},
    }
    unfinished = cloud.folder / "cloud.json.part"
    unfinished.write_text(json.dumps(record, indent=2) + "\n")
    unfinished.rename(cloud.folder / "cloud.json")


def _pid_file(folder: Path, name: str) -> Path:
    return folder / f"{name}.pid"


def _project(cloud: Cloud) -> Path:
    return cloud.folder / "project"


def _free_port(what: str, setting: str, port: int, *, given: bool) -> int:
    """Return the port to use, or raise CloudError with one sentence when it is none or somebody else has it."""
    text = "" if given else os.environ.get(setting, "").strip()
    if text:
        if not re.fullmatch("[0-9]{1,5}", text) or int(text) > HIGHEST_PORT:
            raise CloudError(f"{setting} is “{text}”; set it to a port such as {port}, or to 0 for any that is free.")
        port = int(text)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as problem:
            raise CloudError(
                f"Port {port}, which the {what} needs, is taken by another program: "
                f"end that program, or choose another port with {setting}."
            ) from problem
        return int(probe.getsockname()[1])


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _answers(url: str) -> bool:
    """Tell whether something answers at `url`, be it that there is no such page."""
    try:
        with urllib.request.urlopen(url, timeout=30):  # noqa: S310 - always our own http address
            return True
    except urllib.error.HTTPError as refusal:
        return refusal.code < 500
    except OSError:
        return False
