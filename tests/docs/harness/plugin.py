"""A pytest plugin: every block, generated part and lab cell of a site's pages is a test.

`pytest --update-pages` updates the pages, and runs no test.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from . import hooks
from .errors import PageFailed
from .fences import Fence
from .generated import has_generated
from .site import Site
from .update import update


class _Test(pytest.Item):
    """A test on a page; it reports what is wrong there, without a traceback."""

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if excinfo.errisinstance(PageFailed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, self.name


class Block(_Test):
    """One block: Python is run and its output compared; other languages have checkers."""

    def __init__(self, *, site: Site, fence: Fence, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.site, self.fence = site, fence

    def runtest(self) -> None:
        self.site.check(self.fence)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, self.fence.line - 1, self.name


class Generated(_Test):
    """The generated parts of a page."""

    def __init__(self, *, site: Site, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.site = site

    def runtest(self) -> None:
        self.site.check_generated(self.path)


class Page(pytest.File):
    """A page; its tests are named by the language and line of each block."""

    def __init__(self, *, site: Site, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.site = site

    def collect(self) -> Iterator[pytest.Item]:
        for fence in self.site.checked(self.path):
            name = f"{fence.language or 'block'}:{fence.line}"
            yield Block.from_parent(self, name=name, site=self.site, fence=fence)
        if has_generated(self.path.read_text("utf-8")):
            yield Generated.from_parent(self, name="generated", site=self.site)


class Cell(_Test):
    """One code cell of a lab, run after the cells before it."""

    def __init__(self, *, lab: "Lab", number: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lab, self.number = lab, number

    def runtest(self) -> None:
        self.lab.run(self.number)


class Lab(pytest.File):
    """A notebook, stored as a py:percent file."""

    def collect(self) -> Iterator[Cell]:
        import jupytext  # needed only for labs

        self.cells = [c.source for c in jupytext.read(self.path).cells if c.cell_type == "code"]
        self.ended: int | None = 0  # the cell that ran last, to its end
        self.namespace: dict[str, Any] = {}
        for number in range(1, len(self.cells) + 1):
            yield Cell.from_parent(self, name=f"cell:{number}", lab=self, number=number)

    def run(self, number: int) -> None:
        """Runs a cell: all before it first, unless the one right before it is what ran last."""
        first = number if self.ended == number - 1 else 1
        if first == 1:
            self.namespace = {"__name__": "__lab__", "display": lambda *shown: None}
        self.ended = None
        for each in range(first, number + 1):
            code = compile(self.cells[each - 1], f"{self.path} cell {each}", "exec")
            exec(code, self.namespace)
        self.ended = number


class Collection:
    """Collects the pages and labs of one site."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.pages, self.labs = frozenset(site.find_pages()), frozenset(site.find_labs())

    def pytest_collect_file(
        self, file_path: Path, parent: pytest.Collector
    ) -> pytest.Collector | None:
        if file_path in self.pages:
            return Page.from_parent(parent, path=file_path, site=self.site)
        if file_path in self.labs:
            return Lab.from_parent(parent, path=file_path)
        return None


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.add_hookspecs(hooks)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("pages").addoption(
        "--update-pages",
        action="store_true",
        help="write into the pages what their blocks and generators print; run no test",
    )


@pytest.hookimpl(trylast=True)
def pytest_pages_site(config: pytest.Config) -> Site:
    return Site(config.rootpath)


def _site(config: pytest.Config) -> Site:
    site: Site = config.hook.pytest_pages_site(config=config)
    if str(site.root) not in sys.path:  # blocks and generators import from there
        sys.path.insert(0, str(site.root))
    return site


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Collection(_site(config)))


def pytest_cmdline_main(config: pytest.Config) -> int | None:
    return update(_site(config)) if config.option.update_pages else None
