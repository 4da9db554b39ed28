"""The pages' own parts without a browser: their pure logic under Node, and what a first visit weighs."""

import functools
import gzip
import re
import subprocess
from pathlib import Path

import pytest

from chalicelib.web import pages
from infra.local import toolbox

ROOT = Path(__file__).parents[2]
FRONTEND = ROOT / "frontend"
served = functools.partial(pages.served, language="en")
PAGES = sorted(path.name for path in FRONTEND.glob("*.html"))


@pytest.mark.engine
def test_the_pure_parts_do_what_their_tests_say() -> None:
    """Times, sessions and drafts are plain functions, so Node alone can run their tests."""
    node = toolbox.node()
    assert node, "there is no Node: run 'make test', which fetches one"
    tests = sorted(str(path) for path in Path(__file__).parent.glob("*.test.mjs"))
    messages = Path(__file__).with_name("message_files.mjs").as_uri()
    run = subprocess.run(
        [str(node), "--import", messages, "--test", *tests], capture_output=True, text=True, check=False, timeout=60
    )
    assert run.returncode == 0, run.stdout[-6000:]


@pytest.mark.engine
def test_the_pages_are_valid_html(tmp_path: Path) -> None:
    """Another program than a browser reads them too, as they are served."""
    node, checker = toolbox.node(), ROOT / "node_modules" / "html-validate" / "bin" / "html-validate.mjs"
    assert node, "there is no Node: run 'make test', which fetches one"
    for page in PAGES:
        (tmp_path / page).write_text(served(page), encoding="utf-8")
    command = [str(node), str(checker), "--preset", "standard", *(str(tmp_path / page) for page in PAGES)]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]


def test_the_first_load_of_sign_up_is_small() -> None:
    """A phone on a slow line gets the whole sign-up page in at most 20 KB, gzipped; its event comes on top."""
    assert _first_load("event.html") <= 20_000


@pytest.mark.parametrize("page", PAGES)
def test_a_page_asks_for_few_files(page: str) -> None:
    """Each script that it names brings every module that it needs; none of them waits for another file."""
    assert "modulepreload" not in served(page)
    there: list[str] = []
    for script in _scripts(page):
        there += _modules(script)
        assert set(re.findall(r"from '([^']+)'", served(script))) <= {f"./{Path(one).name}" for one in _scripts(page)}
    assert len(there) == len(set(there))
    assert set(there) == _needed([f"scripts/{Path(script).name}" for script in _scripts(page)])


@pytest.mark.engine
@pytest.mark.parametrize("page", PAGES)
def test_the_joined_scripts_of_a_page_and_its_later_parts_are_scripts(page: str, tmp_path: Path) -> None:
    """Another program than a browser reads each; no module comes a second time with a later part."""
    node, own, todo = toolbox.node(), {one for script in _scripts(page) for one in _modules(script)}, _scripts(page)
    assert node, "there is no Node: run 'make test', which fetches one"
    seen = set()
    while todo:
        script = todo.pop()
        seen.add(script)
        text = served(script)
        assert script in _scripts(page) or not own & set(_modules(script))
        file = tmp_path / "joined.mjs"
        file.write_text(text, encoding="utf-8")
        run = subprocess.run([str(node), "--check", str(file)], capture_output=True, text=True, check=False, timeout=60)
        assert run.returncode == 0, f"{script}: {run.stderr[-2000:]}"
        later = {f"{Path(script).parent}/{name}" for name in re.findall(r"import\('\./([^']+)'\)", text)}
        todo += sorted(later - seen)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_what_it_needs_without_scripts(page: str) -> None:
    """One h1, a language, a skip link, and a sentence for browsers without scripts."""
    text = served(page)
    assert text.count("<h1>") == 1
    assert '<html lang="en-GB" dir="ltr"' in text
    assert '<a class="skip" href="#main">' in text
    assert re.search(r"<noscript><p class=\"notice\">[^<]{40,}</p></noscript>", text)
    assert "<!--covey:head-->" in text
    assert '<script type="application/json" id="data">null</script>' in text


@pytest.mark.parametrize("path", sorted(f"{path.parent.name}/{path.name}" for path in FRONTEND.glob("s*/*.*")))
def test_files_are_served_without_their_comments_and_otherwise_as_they_are(path: str) -> None:
    """What a line of code says reaches the browser, and no more; imported styles stand where they are imported."""
    code, inside = [], False
    for line in (FRONTEND / path).read_text(encoding="utf-8").splitlines():
        begins = line.lstrip().startswith("/*") and not line.rstrip().endswith("`")
        if not (inside or begins or line.lstrip().startswith("//")):
            code.append(line)
        inside = (inside or begins) and "*/" not in line
    imports = [f"styles/{line.split("'")[1]}" for line in code if line.startswith("@import")]
    imported = [line for name in imports for line in served(name).splitlines()]
    own = [line for line in code if not line.startswith("@import")]
    assert [line for line in served(path).splitlines() if line] == [line for line in [*imported, *own] if line]


@pytest.mark.parametrize("page", ["me.html", "table.html", "watch.html"])
def test_private_pages_stay_private(page: str) -> None:
    """Search engines leave them alone, and no other site learns their address."""
    text = (FRONTEND / page).read_text(encoding="utf-8")
    assert '<meta name="robots" content="noindex">' in text
    assert '<meta name="referrer" content="no-referrer">' in text


def test_nothing_is_written_into_the_page_that_its_policy_forbids() -> None:
    """No inline script, style or handler, and nothing from another site."""
    for path in [*FRONTEND.glob("*.html"), *FRONTEND.glob("scripts/*.js")]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=\"|javascript:", text), path.name
        assert not re.findall(r"(?:src|href)=\"https?:", text), path.name


@pytest.mark.parametrize("sheet", sorted(FRONTEND.glob("styles/*.css")), ids=lambda path: path.name)
def test_a_stylesheet_imports_what_is_there_before_its_own_rules(sheet: Path) -> None:
    """So it means the same as a plain file, where the browser fetches them, and as the server sends it."""
    text = sheet.read_text(encoding="utf-8")
    comment, _, rest = text.partition("*/\n")
    assert comment.startswith("/*")
    imported = re.match(r"\n(?:@import '[a-z-]+\.css';\n)+", rest)
    assert "@import" not in (rest[imported.end() :] if imported else rest)
    for name in re.findall(r"@import '([a-z-]+\.css)'", text):
        assert (FRONTEND / "styles" / name).is_file(), name


@pytest.mark.parametrize("path", sorted(path.name for path in FRONTEND.glob("styles/*.css")))
def test_styles_know_where_lines_start_and_not_left_and_right(path: str) -> None:
    """A page in a language that runs from right to left mirrors by itself."""
    text = re.sub(r"/\*.*?\*/", "", (FRONTEND / "styles" / path).read_text(encoding="utf-8"), flags=re.DOTALL)
    for line in text.splitlines():
        name, _, value = line.strip().rstrip(";{").partition(": ")
        assert not re.search(r"(^|-)(left|right)\b", name) or name.startswith("."), line
        assert not re.search(r"\b(left|right)\b", value), line
        sides = re.split(r" +(?![^(]*\))", value)
        mirrors = name in {"margin", "padding", "inset", "border-width", "border-style", "border-color"}
        assert not (mirrors and len(sides) == 4 and sides[1] != sides[3]), line


def _first_load(page: str) -> int:
    parts = [page, "bird.svg", *_stylesheets(page), *_scripts(page)]
    return sum(len(gzip.compress(served(part).encode())) for part in parts)


def _stylesheets(page: str) -> list[str]:
    return re.findall(r'<link rel="stylesheet" href="(?:\.\./)?static/[0-9a-f]{12}/([^"]+)"', served(page))


def _scripts(page: str) -> list[str]:
    return re.findall(r'<script type="module"[^>]* src="(?:\.\./)?static/[0-9a-f]{12}/([^"]+)"', served(page))


def _modules(script: str) -> list[str]:
    """The modules that a joined script holds."""
    return re.findall(r"^\$\['([^']+)'\] \?\?=", served(script), re.MULTILINE)


def _needed(entries: list[str]) -> set[str]:
    """Everything that these modules import, and what that imports."""
    needed, look = set[str](), list(entries)
    while look:
        path = look.pop()
        needed.add(path)
        found = re.findall(r"from '\.(/|\./messages/)([a-z-]+\.js)'", served(path))
        look += {("scripts/" if folder == "/" else "messages/") + name for folder, name in found} - needed
    return needed
