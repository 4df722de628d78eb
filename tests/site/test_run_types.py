"""What runs in the page has types, and they are checked."""

import shutil
from pathlib import Path

import pytest

from tests.real import Missing
from tests.site.run_packages import RUN, check_types, packages

pytestmark = pytest.mark.slow


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A copy of theme/run beside the packages that it imports."""
    for path in RUN.iterdir():
        if path.suffix == ".js" or path.name == "tsconfig.json":
            shutil.copy(path, tmp_path)
    (tmp_path / "node_modules").symlink_to(packages() / "node_modules")
    return tmp_path


def test_every_module_that_runs_in_the_page_has_the_types_that_it_says(sources: Path) -> None:
    check_types(sources)


def test_a_wrong_argument_to_the_editor_is_found(sources: Path) -> None:
    call = 'createEditor({ parent: document.body, source: 1, label: "Python" });\n'
    wrong = 'import { createEditor } from "./editor.js";\n' + call
    (sources / "wrong.js").write_text(wrong, "utf-8")
    with pytest.raises(Missing, match=r"wrong\.js\(2,.* 'number' is not assignable to .* 'string'"):
        check_types(sources)
