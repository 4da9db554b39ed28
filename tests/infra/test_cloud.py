"""The local cloud: real deployments, enforced policies, and an end that takes nothing else along.

A tiny app with Covey's functions stands in for Covey, so that what fails here is the cloud.
"""

import contextlib
import gzip
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from infra.local import cloud, process
from infra.local.cloud import Cloud

ROOT = Path(__file__).parents[2]


def copy_of_the_project(folder: Path, word: str = "first") -> Path:
    """The project with the tiny app in Covey's place."""
    for name in ("requirements.txt", ".chalice/config.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    for name in ("frontend", "vendor", "infra/policies"):
        shutil.copytree(ROOT / name, folder / name, symlinks=True)
    (folder / "chalicelib").mkdir()
    (folder / "chalicelib" / "__init__.py").touch()
    tiny = (Path(__file__).parent / "tiny" / "app.py").read_text()
    (folder / "app.py").write_text(tiny.replace('"first"', repr(word)))
    return folder


def get(cloud: Cloud, path: str = "") -> str:
    with urllib.request.urlopen(cloud.site + path, timeout=60) as answer:
        return str(answer.read().decode())


def post(cloud: Cloud, path: str) -> dict[str, str]:
    request = urllib.request.Request(cloud.site + path, b"{}", {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read())


class Fetched(NamedTuple):
    """An answer as it came."""

    headers: http.client.HTTPMessage
    body: bytes


def fetched(cloud: Cloud, path: str, encoding: str = "gzip, br", accept: str = "*/*") -> Fetched:
    """The answer to whoever takes such encodings and media types, whatever its status."""
    connection = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=60)
    with contextlib.closing(connection):
        connection.request("GET", f"/covey/{path}", headers={"Accept-Encoding": encoding, "Accept": accept})
        answer = connection.getresponse()
        return Fetched(answer.headers, answer.read())


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def taken_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of_the_project(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def tiny(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """The tiny app on a cloud of its own, with one variable more than the committed ones."""
    folder = tmp_path_factory.mktemp("cloud")
    try:
        started = cloud.start(folder, port=0, smtp_port=0)
        yield cloud.deploy(started, project=project, environment={"TINY_WORD": "quail"})
    finally:
        cloud.stop(folder)


@pytest.mark.cloud
def test_the_site_answers_at_the_address_that_the_record_names(tiny: Cloud) -> None:
    """What the demo and other tests read."""
    record = json.loads((tiny.folder / "cloud.json").read_text())
    assert record["site"] == tiny.site == f"{record['endpoint']}/covey/"
    assert get(tiny) == "first"
    assert record["pids"] == {name: process.running(tiny.folder / f"{name}.pid") for name in ("emulator", "mailserver")}


@pytest.mark.cloud
def test_the_request_context_holds_what_aws_puts_there(tiny: Cloud) -> None:
    """Covey makes its links from it where no base address is set."""
    seen = json.loads(get(tiny, "context"))
    assert seen["context"]["domainName"] == f"127.0.0.1:{tiny.port}"
    assert seen["context"]["stage"] == "covey"
    assert seen["context"]["path"] == "/covey/context"
    assert seen["base"] == tiny.site.rstrip("/")


@pytest.mark.cloud
def test_variables_are_laid_over_the_committed_ones(tiny: Cloud) -> None:
    """Limits, or the address of a real database engine, for one test alone."""
    assert json.loads(get(tiny, "context"))["word"] == "quail"
    assert "TINY_WORD" not in (ROOT / ".chalice" / "config.json").read_text()


@pytest.mark.cloud
def test_functions_use_the_layer_and_not_the_emulators_packages(tiny: Cloud) -> None:
    """Otherwise a package missing from the layer would go unnoticed until AWS."""
    where = json.loads(get(tiny, "versions"))["botocore"]
    assert Path(where).is_relative_to(tiny.folder / "tmp")


@pytest.mark.cloud
@pytest.mark.parametrize(
    ("what", "answer"),
    [
        ("read", {"done": "get_item"}),
        ("send", {"done": "invoke"}),
        ("drop", {"refused": "AccessDeniedException"}),
        ("mail", {"refused": "AccessDenied"}),
        ("match", {"refused": "AccessDeniedException"}),
    ],
)
def test_each_call_is_checked_against_the_functions_policy(tiny: Cloud, what: str, answer: dict[str, str]) -> None:
    """A missing permission fails here as it would on AWS."""
    assert post(tiny, f"try/{what}") == answer


@pytest.mark.cloud
def test_mail_that_a_function_sends_lies_in_the_mail_folder(tiny: Cloud) -> None:
    """By way of SES, as on AWS."""
    sent = tiny.client("lambda").invoke(FunctionName="covey-local-send", Payload=b'{"to": "ana"}')
    assert json.loads(json.loads(sent["Payload"].read())) == {"done": "send_raw_email"}
    deadline = time.monotonic() + 10
    while not (found := [f for f in tiny.mail.glob("*.eml") if b'{"to": "ana"}' in f.read_bytes()]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert b"X-RcptTo: ana@example.com\r\n" in found[0].read_bytes()


@pytest.mark.cloud
def test_a_functions_log_can_be_read(tiny: Cloud) -> None:
    """The first thing one wants when something fails."""
    assert "START RequestId" in tiny.function_log("api")


@pytest.mark.cloud
def test_what_the_api_does_not_route_is_refused_by_the_gateway(tiny: Cloud) -> None:
    """With the words that AWS has for it."""
    with pytest.raises(urllib.error.HTTPError) as refusal:
        get(tiny, "no/such/route")
    assert refusal.value.code == 403
    assert json.loads(refusal.value.read()) == {"message": "Missing Authentication Token"}


@pytest.mark.cloud
def test_long_answers_are_compressed_for_whoever_takes_that(deployed: Cloud) -> None:
    """As the gateway does it: from the committed size on, and the same bytes come out of it."""
    plain, packed = fetched(deployed, "static/0/styles/base.css", ""), fetched(deployed, "static/0/styles/base.css")
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) == len(packed.body) < len(plain.body)
    assert gzip.decompress(packed.body) == plain.body
    assert "Content-Encoding" not in fetched(deployed, "nowhere").headers


@pytest.mark.cloud
@pytest.mark.parametrize("accept", ["*/*", "text/html", "image/avif,image/webp,*/*;q=0.8"])
def test_the_picture_of_link_previews_arrives_as_bytes(deployed: Cloud, accept: str) -> None:
    """The gateway decodes it for any client, whether or not it compresses it as well."""
    picture = (ROOT / "frontend" / "preview.png").read_bytes()
    packed = fetched(deployed, "static/0/preview.png", accept=accept)
    assert gzip.decompress(packed.body) == picture
    assert fetched(deployed, "static/0/preview.png", "", accept=accept).body == picture


@pytest.mark.cloud
def test_a_changed_app_and_policy_are_there_after_the_next_deployment(tmp_path: Path, tiny: Cloud) -> None:
    """`chalice deploy` again, as after every change; a removed permission is gone."""
    changed = copy_of_the_project(tmp_path / "changed", word="second")
    policy: dict[str, Any] = json.loads((ROOT / "infra" / "policies" / "api.json").read_text())
    policy["Statement"] = [s for s in policy["Statement"] if "lambda:InvokeFunction" not in s["Action"]]
    again = cloud.deploy(tiny, project=changed, policies={"api": policy}, first_tick=False)
    assert again.site == tiny.site
    assert get(again) == "second"
    assert post(again, "try/send") == {"refused": "AccessDeniedException"}


@pytest.mark.cloud
def test_a_developers_own_profile_is_never_asked(tiny: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither for the account behind it nor for leave to go on without it."""
    monkeypatch.setenv("AWS_PROFILE", "somebody-elses")
    assert tiny.client("sts").get_caller_identity()["Account"] == "000000000000"


@pytest.mark.cloud
def test_a_running_cloud_is_used_again(tiny: Cloud) -> None:
    """A second start leaves it as it is."""
    assert cloud.start(tiny.folder).port == tiny.port
    assert cloud.find(tiny.folder) is not None


@pytest.mark.cloud
def test_stop_ends_its_own_processes_and_leaves_others(tmp_path: Path, tiny: Cloud) -> None:
    """A second cloud comes and goes; the first one and a bystander with a similar name stay."""
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", "infra.emulator"])
    try:
        other = cloud.start(tmp_path / "other", port=0, smtp_port=0)
        assert other.port != tiny.port
        pids = json.loads((other.folder / "cloud.json").read_text())["pids"]
        assert cloud.stop(other.folder)
        assert not is_open(other.port)
        assert not is_open(other.smtp_port)
        assert not any(Path(f"/proc/{pid}").exists() for pid in pids.values())
        assert not (other.folder / "tmp").exists()
        assert cloud.stop(other.folder) is False
        assert bystander.poll() is None
        assert cloud.find(tiny.folder) is not None
    finally:
        bystander.kill()
        bystander.wait()


@pytest.mark.cloud
@pytest.mark.slow
def test_after_a_crash_of_the_emulator_start_and_deploy_work_again(tmp_path: Path, project: Path) -> None:
    """Its state died with it; the record of what was deployed must not live on."""
    folder = tmp_path / "cloud"
    try:
        first = cloud.deploy(cloud.start(folder, port=0, smtp_port=0), project=project, first_tick=False)
        pid = process.running(folder / "emulator.pid")
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while process.running(folder / "emulator.pid") is not None:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert cloud.find(folder) is None
        second = cloud.deploy(cloud.start(folder, port=0, smtp_port=0), project=project, first_tick=False)
        assert get(second) == "first"
        assert second.api_id != first.api_id
    finally:
        cloud.stop(folder)


@pytest.mark.cloud
def test_a_deployment_that_fails_says_why(tmp_path: Path, tiny: Cloud) -> None:
    """And where the rest of it is."""
    broken = copy_of_the_project(tmp_path / "broken")
    (broken / "app.py").write_text("raise RuntimeError('the app does not load')\n")
    with pytest.raises(cloud.CloudError, match=r"(?s)chalice deploy failed: .*the app does not load.*deploy\.log"):
        cloud.deploy(tiny, project=broken)


@pytest.mark.parametrize(
    ("ports", "name", "setting"),
    [({"port"}, "local AWS", "COVEY_LOCAL_PORT"), ({"smtp_port"}, "mail server", "COVEY_LOCAL_SMTP_PORT")],
)
def test_a_taken_port_is_told_in_one_sentence(tmp_path: Path, ports: set[str], name: str, setting: str) -> None:
    """With what to do about it, and with nothing left running."""
    with taken_port() as port:
        chosen = {"port": 0, "smtp_port": 0} | dict.fromkeys(ports, port)
        with pytest.raises(cloud.CloudError) as problem:
            cloud.start(tmp_path, **chosen)
    assert str(problem.value) == (
        f"Port {port}, which the {name} needs, is taken by another program: "
        f"end that program, or choose another port with {setting}."
    )
    assert not list(tmp_path.glob("*.pid"))


def test_the_usual_port_can_be_chosen_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For somebody whose 4566 is taken."""
    with taken_port() as port:
        monkeypatch.setenv("COVEY_LOCAL_PORT", str(port))
        with pytest.raises(cloud.CloudError, match=f"Port {port}, which the local AWS needs"):
            cloud.start(tmp_path)


def test_stop_where_nothing_runs_is_harmless(tmp_path: Path) -> None:
    """Also in a folder that is not there."""
    assert cloud.stop(tmp_path / "nowhere") is False
