"""The deployment package: small enough for Lambda, and complete by itself."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra import package
from infra.local.cloud import BARE_PYTHON
from infra.package import Weight

ROOT = Path(__file__).parents[2]

SLOT = {"id": "s1", "start": "2027-01-12T15:00:00Z", "end": "2027-01-12T17:00:00Z"}
PEOPLE = [
    {"id": f"p{number}", "goal": goal, "topics": [], "level": 2, "free": ["s1"]}
    for number, goal in enumerate(["prove ROI", "prove ROI to my boss", "bake bread", "bake rye bread"])
]
INSTANCE = {
    "event": {
        "id": "e1",
        "title": "Small",
        "timezone": "UTC",
        "group_size": {"min": 2, "max": 2},
        "slots": [SLOT],
        "places": [],
    },
    "attendees": PEOPLE,
}

COMPOSE = """
from examples import LETTERS
from chalicelib.letters.compose import compose
sys.stdout.buffer.write(compose(LETTERS["seat"]))
"""

IMPORTS = """
import app, json
print(json.dumps([name for name in ("numpy", "scipy", "sklearn", "jinja2", "icalendar") if name in sys.modules]))
"""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The uploaded zips, built as `make package` does, unpacked as Lambda does: code and layer."""
    folder = tmp_path_factory.mktemp("package")
    zips = package.build(into=folder / "dist")
    for artefact in zips:
        zipfile.ZipFile(artefact).extractall(folder / artefact.stem)
    return folder / "deployment", folder / "layer-deployment" / "python" / "lib" / "python3.13" / "site-packages"


def run_alone(code: str, unpacked: tuple[Path, Path], *arguments: str, beside: Path | None = None) -> bytes:
    """Run code in a Python that sees the artefacts and nothing else; `beside` is one more folder of code."""
    paths = [str(path) for path in (*unpacked, beside) if path]
    script = f"import sys; sys.path += {paths!r}; sys.argv[1:] = {list(arguments)!r}\n{code}"
    command = [str(BARE_PYTHON), "-I", "-S", "-c", script]
    result = subprocess.run(command, capture_output=True, check=False, cwd="/", env={"PATH": ""})
    assert result.returncode == 0, result.stderr.decode()
    return result.stdout


@pytest.mark.slow
def test_lambda_would_take_the_artefacts(unpacked: tuple[Path, Path]) -> None:
    """One zip with the code, one with everything else, each below the limit."""
    dist = unpacked[0].parent / "dist"
    weights = [package.weigh(artefact) for artefact in sorted(dist.iterdir())]
    assert [weight.name for weight in weights] == ["deployment.zip", "layer-deployment.zip"]
    package.check(weights)
    # The code and the table of word meanings; anything more would belong into the layer.
    assert weights[0].zipped < 2_500_000


@pytest.mark.slow
def test_the_code_zip_holds_nothing_but_code(unpacked: tuple[Path, Path]) -> None:
    """Leftovers of a test run beside the app would be uploaded with it."""
    leftovers = [path for path in unpacked[0].rglob("*") if path.name == "__pycache__" or path.name.startswith(".")]
    assert leftovers == []


@pytest.mark.slow
def test_the_layer_holds_the_pages_and_none_of_the_tools(unpacked: tuple[Path, Path]) -> None:
    """The pages go with the app; pytest and mypy do not, nor does the emulator."""
    there = {path.name for path in unpacked[1].iterdir()}
    assert {"frontend", "numpy", "icalendar"} <= there
    assert not {"pytest", "mypy", "ministack", "pip", "chalice"} & there


@pytest.mark.slow
def test_the_matcher_runs_from_the_artefacts_alone(unpacked: tuple[Path, Path], tmp_path: Path) -> None:
    """What was left out of the slim wheels is not missed where it counts."""
    (tmp_path / "instance.json").write_text(json.dumps(INSTANCE))
    matcher = "import runpy; runpy.run_module('chalicelib.matching', run_name='__main__', alter_sys=True)"
    run_alone(matcher, unpacked, str(tmp_path / "instance.json"), str(tmp_path / "plan.json"))
    plan = json.loads((tmp_path / "plan.json").read_text())
    assert sorted(sorted(group["members"]) for group in plan["groups"]) == [["p0", "p1"], ["p2", "p3"]]


@pytest.mark.slow
def test_an_invite_is_composed_from_the_artefacts_alone(unpacked: tuple[Path, Path]) -> None:
    """Templates, time zones and the calendar library are all there."""
    message = run_alone(COMPOSE, unpacked, beside=ROOT / "tests" / "letters")
    assert b"method=REQUEST" in message
    assert b'filename="invite.ics"' in message


@pytest.mark.slow
def test_the_api_starts_without_numpy_and_jinja(unpacked: tuple[Path, Path]) -> None:
    """A cold start pays for what it needs, and needs no setting."""
    assert json.loads(run_alone(IMPORTS, unpacked)) == []


def test_a_zip_above_fifty_mebibytes_is_refused_with_its_size() -> None:
    """Better here than in the middle of a deployment."""
    with pytest.raises(package.PackageError, match=r"layer\.zip is 52,428,801 bytes zipped"):
        package.check([Weight("layer.zip", 52_428_801, 1)])


def test_zips_that_unpack_to_too_much_together_are_refused() -> None:
    """Lambda counts code and layer as one."""
    with pytest.raises(package.PackageError, match="262,144,001 bytes"):
        package.check([Weight("layer.zip", 1, 262_144_000), Weight("code.zip", 1, 1)])


def test_zips_at_the_limits_pass() -> None:
    """The limits themselves are allowed."""
    package.check([Weight("layer.zip", 52_428_800, 262_144_000)])


def test_the_functions_python_is_bare() -> None:
    """In the local cloud, too, a function sees its layer and nothing that is installed beside."""
    question = "import json, sys; print(json.dumps([p for p in sys.path if 'site-packages' in p]))"
    answer = subprocess.run([str(BARE_PYTHON), "-c", question], capture_output=True, check=True)
    folders = [Path(folder) for folder in json.loads(answer.stdout)]
    assert [file.name for folder in folders for file in folder.iterdir()] == []
    assert Path(sys.executable).resolve() == BARE_PYTHON.resolve()
