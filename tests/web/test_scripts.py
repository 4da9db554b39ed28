"""Scripts of a page are joined into one file that does what the modules did apart."""

import subprocess
from pathlib import Path

import pytest

from chalicelib.web.scripts import Joined, NotUnderstoodError
from infra.local import toolbox

MODULES = {
    "messages/words.js": 'export default {"hello": "Hello"};\n',
    "scripts/early.js": "import { log } from './log.js';\n\nlog('early');\n",
    "scripts/log.js": """
export const said = [];
export function log(what) {
  said.push(what);
}
const inside = 'log';
export { inside };
""",
    "scripts/greet.js": """
import words from '../messages/words.js';
import { log, said as heard } from './log.js';
const inside = 'greet';
log(inside);
export class Greeting {
  text = words.hello;
}
export async function count() {
  return heard.length;
}
""",
    "scripts/later.js": """
import { Greeting } from './greet.js';
import { inside, log } from './log.js';
log(`later, in ${inside}`);
export const greeting = new Greeting();
""",
    "scripts/page.js": """
import { count, Greeting } from './greet.js';
import { log, said } from './log.js';
log(new Greeting().text);
const { greeting } = await import('./later.js');
log(greeting.text);
await import('./later.js').then(({ greeting: again }) => log(again === greeting));
log(await count());
console.log(JSON.stringify(said));
""",
}

ENTRIES = ["scripts/early.js", "scripts/page.js"]


def joined(**changes: str) -> Joined:
    """The page above, with other texts for some of its modules."""
    modules = {**MODULES, **{f"scripts/{name}.js": text for name, text in changes.items()}}
    return Joined(ENTRIES, modules.__getitem__)


@pytest.mark.engine
def test_joined_scripts_do_what_the_modules_did(tmp_path: Path) -> None:
    """Each runs once, in its order and its own scope, gives what it exported, and is shared with later parts."""
    node = toolbox.node()
    assert node, "there is no Node: run 'make test', which fetches one"
    said = []
    files = {name: joined().file(name) for name in MODULES if name.startswith("scripts/")}
    for folder, texts in (("apart", MODULES), ("joined", files)):
        for name, text in texts.items():
            path = tmp_path / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        (tmp_path / folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
        start = tmp_path / folder / "scripts" / "start.js"
        start.write_text("import './early.js';\nimport './page.js';\n", encoding="utf-8")
        run = subprocess.run([str(node), str(start)], capture_output=True, text=True, check=False, timeout=60)
        assert run.returncode == 0, run.stderr
        said.append(run.stdout)
    assert said[0] == said[1] == '["early","greet","Hello","later, in log","Hello",true,6]\n'


def test_a_file_brings_what_is_not_there_yet() -> None:
    """The first script brings its own, the second the rest, and a later part what is new in it."""
    files = {name: joined().file(f"scripts/{name}.js") for name in ("early", "page", "later")}
    for module, file in (("log", "early"), ("greet", "page"), ("later", "later")):
        assert [name for name, text in files.items() if f"$['scripts/{module}.js'] ??=" in text] == [file]
    assert "from './early.js'" in files["page"]
    assert "from './page.js'" in files["later"]


@pytest.mark.parametrize(
    "line",
    [
        "import * as all from './greet.js';\n",
        "import './greet.js';\n",
        "import words, { other } from './greet.js';\n",
        'import { log } from "./log.js";\n',
        "export let changing = 1;\n",
        "export * from './greet.js';\n",
        "const a = 1;\nexport { a as b };\n",
        "export const { a, b } = { a: 1, b: 2 };\n",
    ],
)
def test_what_is_not_understood_is_refused(line: str) -> None:
    """Rather than left to a browser."""
    with pytest.raises(NotUnderstoodError, match=r"^scripts/later\.js: "):
        joined(later=line).file("scripts/later.js")


def test_modules_that_import_each_other_are_refused() -> None:
    """One of them would have to run before the other is there."""
    with pytest.raises(NotUnderstoodError, match=r"log\.js imports scripts/greet\.js imports scripts/log\.js"):
        joined(log="import { Greeting } from './greet.js';\n").file("scripts/page.js")
