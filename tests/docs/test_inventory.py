"""Nothing slips through: the blocks that readers see are the blocks that pytest collected."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import jupytext
import pytest
from bs4 import BeautifulSoup, Tag

from tests.docs.fences import DOCS, ROOT, labs, scan

pytestmark = pytest.mark.slow


def _html(site: Path, page: Path) -> Path:
    stem = page.relative_to(DOCS).with_suffix("")
    return site / (stem.parent if stem.name == "index" else stem) / "index.html"


def _language(block: Tag) -> str:
    for box in (block, *block.parents):
        for name in box.get_attribute_list("class"):
            if name and name.startswith("language-"):
                return name.removeprefix("language-")
    return "(none)"


def _shown(html: Path) -> Counter[str]:
    """How many code blocks of each language a built page shows."""
    soup = BeautifulSoup(html.read_text("utf-8"), "html.parser")
    return Counter(_language(block) for block in soup.find_all("pre"))


@pytest.fixture(scope="module")
def collected() -> Counter[str]:
    """How many tests pytest makes of each file in docs/."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "docs"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
    return Counter(line.partition("::")[0] for line in done.stdout.splitlines() if "::" in line)


MARKDOWN = sorted(DOCS.rglob("*.md"))


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_every_block_that_a_page_shows_was_collected(
    page: Path, built_site: Path, collected: Counter[str]
) -> None:
    shown = _shown(_html(built_site, page))
    fences = scan(page)
    marked = sum(fence.language == "python" and fence.not_run for fence in fences)
    assert shown["python"] == collected[page.relative_to(ROOT).as_posix()] + marked
    assert shown == Counter(fence.language or "(none)" for fence in fences)


@pytest.mark.parametrize("lab", labs(), ids=lambda lab: lab.name)
def test_every_cell_that_a_lab_shows_was_collected(
    lab: Path, built_site: Path, collected: Counter[str]
) -> None:
    shown = _shown(_html(built_site, lab))
    cells = [cell for cell in jupytext.read(lab).cells if cell.cell_type == "code"]
    assert shown["python"] == collected[lab.relative_to(ROOT).as_posix()] == len(cells)
    assert set(shown) <= {"python", "text"}, "code in a lab's prose is not run: make it a cell"


def test_every_built_page_comes_from_a_page_or_a_lab(built_site: Path) -> None:
    sources = {_html(built_site, page) for page in (*MARKDOWN, *labs())}
    assert set(built_site.rglob("*.html")) == {*sources, built_site / "404.html"}
