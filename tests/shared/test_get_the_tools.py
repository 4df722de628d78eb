"""Every page that shows a command says how to get it, and what it says is true."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from snippets.__main__ import PACKAGES
from tests.docs.guide import DOCS, ROOT
from theme import hooks

LINE = '--8<-- "theme/get-the-tools.md"'
PAGE = DOCS / "get-the-tools.md"
COMMAND = re.compile(r"^(\$ )?synapse-guide ", re.MULTILINE)
PAGES = [
    page for page in sorted(DOCS.rglob("*.md")) if COMMAND.search(page.read_text()) and page != PAGE
]
WORKS_ALONE = {
    "backoff": ["schedule"],
    "probe": ["--help"],
    "streams": ["demo", "--writers=1", "--readers=1", "--facts=1"],
}
NEEDS = {"check": "PyYAML", "upgrade": "PyYAML", "completion": "shtab"}
ARGUMENTS = {"check": ["-"], "upgrade": ["--from=1.88"], "completion": ["bash"], **WORKS_ALONE}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_a_page_that_shows_a_command_says_how_to_get_it(page: Path) -> None:
    assert LINE in page.read_text("utf-8").splitlines()


def test_the_address_is_that_of_the_repository_where_it_is_known() -> None:
    shown = "<code>uvx --from git+REPOSITORY synapse-guide</code>"
    known = shown.replace("REPOSITORY", "https://example.com/guide")
    assert hooks.with_address(shown, "https://example.com/guide") == known
    assert hooks.with_address(shown, None) == shown


@pytest.mark.proves("few-commands-need-a-package")
@pytest.mark.slow
@pytest.mark.parametrize("command", [*PACKAGES, "completion"])
def test_in_a_clone_only_the_commands_that_are_named_need_a_package(command: str) -> None:
    # -S: without installed packages
    line = [sys.executable, "-S", "-m", "snippets", command, *ARGUMENTS[command]]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=120, input="")
    if command in WORKS_ALONE:
        assert done.returncode == 0, done.stderr
    else:
        needed = NEEDS[command]
        assert done.returncode == 2
        assert done.stderr == f"{command}: this needs {needed}: pip install {needed.lower()}\n"
