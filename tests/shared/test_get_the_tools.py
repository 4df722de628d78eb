"""Every page that shows a command says how to get it, and what it says is true."""

import re
import subprocess
import sys
import tomllib

import pytest

from tests.docs.guide import DOCS, ROOT

LINE = '--8<-- "theme/get-the-tools.md"'
TEXT = (ROOT / "theme" / "get-the-tools.md").read_text("utf-8")
PAGES = [page for page in sorted(DOCS.rglob("*.md")) if "python3 -m snippets" in page.read_text()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_a_page_that_shows_a_command_says_how_to_get_it(page: str) -> None:
    assert LINE in (DOCS / page).read_text("utf-8").splitlines()


def test_the_page_names_the_python_that_is_needed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert f"Python {project['requires-python'].removeprefix('>=')} or newer" in TEXT


@pytest.mark.slow
def test_only_the_commands_that_are_named_need_a_package() -> None:
    packages = [path.parent.name for path in sorted(ROOT.glob("snippets/*/__main__.py"))]
    needing = re.findall(r"`snippets\.(\w+)`", TEXT)
    assert needing
    assert set(needing) < set(packages)
    arguments = {
        "configuration": ["check", "-"],
        "upgrade_notes": ["--from=1.88", "--to=1.90"],
        "federation_backoff": ["schedule"],
        "reverse_proxies": ["probe", "--help"],
        "streams": ["demo", "--writers=1", "--readers=1", "--facts=1"],
    }
    for package in packages:
        # -S: without installed packages
        line = [sys.executable, "-S", "-m", f"snippets.{package}", *arguments[package]]
        done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=120, input="")
        assert (done.returncode == 0) is (package not in needing), done.stderr
        assert ("pip install pyyaml" in done.stderr) is (package in needing)
