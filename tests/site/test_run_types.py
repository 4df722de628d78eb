"""What runs in the page has types, and they are checked."""

import shutil
import sys
from pathlib import Path

import pytest

from tests import ROOT
from tests.audit import node
from theme.run import building

pytestmark = pytest.mark.slow


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A copy of theme/run beside the packages that it imports."""
    for path in (ROOT / "theme" / "run").iterdir():
        if path.suffix == ".js" or path.name == "tsconfig.json":
            shutil.copy(path, tmp_path)
    packages = building.installed(lambda doing: print(doing, file=sys.stderr))
    (tmp_path / "node_modules").symlink_to(packages)
    beside_the_worker = {
        "lock.js": "export const lock = /** @type {import('pyodide').Lockfile} */ ({});\n",
        "pyodide.d.mts": 'export * from "pyodide";\n',
        "pyodide.asm.d.mts": "export default function create(settings: unknown): unknown;\n",
    }
    for name, text in beside_the_worker.items():
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def check_types(folder: Path) -> str:
    """What tsc says against the modules of a folder."""
    return node.run("tsc", ["--pretty", "false", "--project", str(folder)], accept=(0, 1))


def test_every_module_that_runs_in_the_page_has_the_types_that_it_says(sources: Path) -> None:
    assert check_types(sources) == ""


def test_a_wrong_argument_to_the_editor_is_found(sources: Path) -> None:
    call = 'createEditor({ parent: document.body, source: 1, label: "Python" });\n'
    wrong = 'import { createEditor } from "./editor.js";\n' + call
    (sources / "wrong.js").write_text(wrong, "utf-8")
    found = check_types(sources)
    assert "wrong.js(2," in found
    assert "'number' is not assignable to" in found
