"""The pages and labs of this site. The checkers are in `plugin.py`."""

from pathlib import Path

from tests import ROOT as ROOT
from tests.docs.harness import Fence, Site

DOCS = ROOT / "docs"
GUIDE = Site(
    root=ROOT,
    pages=("docs/**/*.md", "README.md", "CONTRIBUTING.md"),
    labs=("docs/labs/*.py",),
)


def pages() -> list[Path]:
    """Every Markdown page for readers: those of the site, and those of the repository."""
    return GUIDE.find_pages()


def labs() -> list[Path]:
    """Every notebook, kept as a py:percent file."""
    return GUIDE.find_labs()


def scan(page: Path, text: str | None = None) -> list[Fence]:
    """The blocks of a page, in order."""
    return GUIDE.scan(page, text)
