"""Makes every Python block of every page and lab a test (on top of pytest-markdown-docs).

The library collects and names the tests. Its own parser misses blocks in tabs and
admonitions and it never looks at what a block prints, so both are replaced here.
"""

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import jupytext
import pytest
from markdown_it.token import Token
from pytest_markdown_docs import _runners
from pytest_markdown_docs.definitions import FenceTestDefinition
from pytest_markdown_docs.plugin import MarkdownDocstringCodeModule

from tests.docs.fences import DOCS, scan
from tests.docs.run import FenceFailed, check_fence


class _Parser:
    """Stands in for markdown-it: tells the library where the blocks of a page are."""

    def parse(self, text: str) -> list[Token]:
        return [
            Token("fence", "code", 0, info="python", content=f.text, map=[f.line - 1, f.end])
            for f in scan(Path(), text)
            if f.language == "python" and not f.not_run
        ]


@pytest.hookimpl(tryfirst=True)
def pytest_markdown_docs_markdown_it() -> _Parser:
    return _Parser()


@_runners.register_runner(default=True)
class FenceRunner(_runners._Runner):
    """Runs a block after those it continues, and compares its output."""

    def runtest(
        self, test: FenceTestDefinition, args: dict[str, Any], *, asyncio_runner: Any = None
    ) -> None:
        (fence,) = [f for f in scan(Path(test.source_path)) if f.line == test.start_line]
        check_fence(fence)

    def repr_failure(
        self,
        test: FenceTestDefinition,
        excinfo: pytest.ExceptionInfo[BaseException],
        style: Any = None,
    ) -> str:
        return str(excinfo.value) if excinfo.errisinstance(FenceFailed) else str(excinfo.getrepr())


class LabCell(pytest.Item):
    """One code cell of a lab, run after the cells before it."""

    def __init__(self, *, cells: list[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.cells = cells

    def runtest(self) -> None:
        namespace: dict[str, Any] = {"__name__": "__lab__", "display": lambda *shown: None}
        for number, cell in enumerate(self.cells, 1):
            exec(compile(cell, f"{self.path} cell {number}", "exec"), namespace)

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.path, None, self.name


class Lab(pytest.File):
    """A notebook, kept as a py:percent file."""

    def collect(self) -> Iterator[LabCell]:
        cells = [c.source for c in jupytext.read(self.path).cells if c.cell_type == "code"]
        for number in range(1, len(cells) + 1):
            yield LabCell.from_parent(self, name=f"[cell {number}]", cells=cells[:number])


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(
    file_path: Path, parent: pytest.Collector
) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Adds the labs; leaves out docstrings, for which the library would import every file."""
    collectors = yield
    collectors = [c for c in collectors if not isinstance(c, MarkdownDocstringCodeModule)]
    if file_path.parent == DOCS / "labs" and file_path.suffix == ".py":
        collectors.append(Lab.from_parent(parent, path=file_path))
    return collectors


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: starts a real program or builds the site")
