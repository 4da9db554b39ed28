"""The rules that keep the tree readable: imports run downward only, and each outside library has one home."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

ROOMS = {
    "app": {"web", "flow", "wiring"},
    "web": {"flow", "domain", "messages", "wiring"},
    "flow": {"matching", "letters", "messages", "domain"},
    "matching": {"messages", "domain"},
    "letters": {"messages", "domain"},
    "messages": set[str](),
    "domain": set[str](),
    "wiring": {"settings", "adapters", "domain"},
    "adapters": {"domain"},
    "settings": {"domain", "messages"},
}
"""Each room, and the rooms below it that its modules may import besides their own."""

HOMES = {
    "chalice": {"app", "web"},
    "segno": {"web"},
    "pynamodb": {"adapters.dynamo"},
    "boto3": {"adapters"},
    "botocore": {"adapters"},
    "jinja2": {"letters"},
    "markupsafe": {"letters"},
    "icalendar": {"letters"},
    "numpy": {"matching"},
    "scipy": {"matching"},
    "sklearn": {"matching"},
    "threadpoolctl": {"matching"},
}
"""Outside libraries, and the only rooms or modules that may import them."""

HEAVY = ("numpy", "scipy", "sklearn", "threadpoolctl", "jinja2", "icalendar")

CLOCKS_AND_DICE = {
    "datetime.date.today",
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "os.urandom",
    "time.gmtime",
    "time.localtime",
    "time.monotonic",
    "time.monotonic_ns",
    "time.perf_counter",
    "time.perf_counter_ns",
    "time.time",
    "time.time_ns",
}
"""Calls that give another answer each time; what is in flow/ or below is handed the time and its random seeds."""

DICE = ("numpy.random", "random", "secrets", "uuid")
"""Modules to draw from; of these only what is made from a given seed may be called."""

SEEDED = {"numpy.random.RandomState", "numpy.random.default_rng", "random.Random"}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def module_name(path: Path) -> str:
    """`flow.send` for chalicelib/flow/send.py, `app` for app.py, `` for chalicelib itself."""
    inside = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in inside if part not in {"chalicelib", "__init__"})


MODULES = {module_name(path): path for path in [ROOT / "app.py", *sorted((ROOT / "chalicelib").rglob("*.py"))]}


def room(module: str) -> str:
    return module.partition(".")[0]


def imported(node: ast.AST) -> Iterator[str]:
    """The dotted names that an import statement brings in."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"line {node.lineno} imports relatively; write the whole name"
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ours(name: str) -> str | None:
    """The module of ours that an imported name lies in, if any."""
    parts = name.split(".")
    if parts[0] == "chalicelib":
        parts = parts[1:]
    elif parts[0] != "app":
        return None
    while parts and ".".join(parts) not in MODULES:
        parts.pop()
    return ".".join(parts)


def edges(module: str) -> set[str]:
    """The modules of ours that a module imports, wherever in it."""
    found = {ours(name) for node in ast.walk(tree(MODULES[module])) for name in imported(node)}
    return {name for name in found if name is not None} - {module}


@pytest.mark.parametrize("module", MODULES)
def test_imports_run_downward_only(module: str) -> None:
    """A module imports its own room and the rooms below it, nothing else of ours."""
    if module:
        allowed = {room(module), *ROOMS[room(module)]}
        assert {name for name in edges(module) if room(name) not in allowed} == set()


def test_every_room_is_known() -> None:
    """A new folder or module at the top has to find its place in the order first."""
    assert {room(module) for module in MODULES if module} == set(ROOMS)


@pytest.mark.parametrize("module", MODULES)
def test_outside_libraries_stay_in_their_homes(module: str) -> None:
    """What a library is used for is wrapped once, so it can be replaced and is loaded only where it is needed."""
    strays = [
        name
        for node in ast.walk(tree(MODULES[module]))
        for name in imported(node)
        if (homes := HOMES.get(name.partition(".")[0])) and not {module, room(module)} & homes
    ]
    assert strays == []


def test_no_circle_among_modules() -> None:
    """Followed from module to module, imports never come back to where they began."""
    graph = {module: edges(module) for module in MODULES}
    done: set[str] = set()

    def follow(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " → ".join([*path[path.index(module) :], module])
        if module not in done:
            for following in sorted(graph[module]):
                follow(following, (*path, module))
            done.add(module)

    for module in graph:
        follow(module, ())


@pytest.mark.parametrize("module", MODULES)
def test_no_import_hides_in_a_function(module: str) -> None:
    """Only flow imports late, and only the matching and the letters, so that the API starts without them."""
    late = [
        name
        for function in ast.walk(tree(MODULES[module]))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for node in ast.walk(function)
        for name in imported(node)
    ]
    if room(module) == "flow":
        late = [name for name in late if room(ours(name) or "") not in {"matching", "letters"}]
    assert late == []


@pytest.mark.parametrize("module", [name for name in MODULES if room(name) == "flow"])
def test_flow_loads_matching_and_letters_late(module: str) -> None:
    """At its top, flow imports neither the matching nor the letters, which bring numpy and jinja2 with them."""
    early = [ours(name) for node in tree(MODULES[module]).body for name in imported(node)]
    assert {name for name in early if name is not None and room(name) in {"matching", "letters"}} == set()


def test_only_settings_read_the_environment() -> None:
    """One module knows which variables there are; every other is handed what they say."""
    readers = {
        module
        for module, path in MODULES.items()
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv", "putenv"})
        or any(name.startswith(("os.environ", "os.getenv")) for name in imported(node))
    }
    assert readers == {"settings"}


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    """A module is named for what it is about."""
    assert not {path.stem for path in MODULES.values()} & {"utils", "util", "helpers", "helper", "common", "misc"}


BELOW = [name for name in MODULES if room(name) in {"flow", "matching", "letters", "domain"} and "__main__" not in name]


@pytest.mark.parametrize("module", BELOW)
def test_nothing_below_web_reads_a_clock_or_draws_a_number(module: str) -> None:
    """Time and randomness are handed in, so every act can be repeated exactly."""
    names = {
        alias.asname or alias.name.partition(".")[0]: f"{node.module}.{alias.name}"
        if isinstance(node, ast.ImportFrom)
        else (alias.name if alias.asname else alias.name.partition(".")[0])
        for node in ast.walk(tree(MODULES[module]))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    called = {
        name
        for node in ast.walk(tree(MODULES[module]))
        if isinstance(node, ast.Call)
        and ((name := origin(node.func, names)) not in SEEDED or not (node.args or node.keywords))
    }
    assert {name for name in called if name in CLOCKS_AND_DICE or name.startswith(DICE)} == set()


def origin(node: ast.expr, names: dict[str, str]) -> str:
    """Where a called name comes from: `datetime.datetime.now` for `now` of an imported `datetime`."""
    if isinstance(node, ast.Attribute):
        return f"{origin(node.value, names)}.{node.attr}"
    return names.get(node.id, "") if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize("module", [name for name, path in MODULES.items() if path.stat().st_size])
def test_every_module_says_what_room_it_is(module: str) -> None:
    """The docstring's first line is a sentence, or its first clause, that stands by itself."""
    first = (ast.get_docstring(tree(MODULES[module])) or "").partition("\n")[0]
    assert len(first.split()) >= 4, first
    assert first[0].isupper(), first
    assert first[-1] in ".:", first


def test_no_two_modules_say_the_same_of_themselves() -> None:
    """Two modules with one description are one module, or one description is wrong."""
    said = [ast.get_docstring(tree(path)) for path in MODULES.values() if path.stat().st_size]
    assert len(set(said)) == len(said)


def test_the_app_loads_lightly_and_with_no_configuration() -> None:
    """In a fresh process with an empty environment `import app` works and loads neither numpy nor jinja2."""
    code = f"import sys, app; print(*sorted({{*sys.modules}} & {{*{HEAVY!r}}}))"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={}, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout.strip(), ran.stderr) == (0, "", "")
