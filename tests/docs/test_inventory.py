"""Every block that readers see is a test that pytest collects."""

import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import jupytext
import pytest
from bs4 import BeautifulSoup, Tag

from tests import unmeasured
from tests.docs.guide import DOCS, ROOT, labs, scan

pytestmark = [pytest.mark.slow, pytest.mark.no_cover]


def _html(site: Path, page: Path) -> Path:
    stem = page.relative_to(DOCS).with_suffix("")
    return site / (stem.parent if stem.name == "index" else stem) / "index.html"


def _language(block: Tag) -> str:
    for box in (block, *block.parents):
        for name in box.get_attribute_list("class"):
            if name and name.startswith("language-"):
                return name.removeprefix("language-")
    return "(none)"


Blocks = Counter[tuple[str, str]]  # language and text of each


def _shown(html: Path) -> Blocks:
    """The code blocks of a built page."""
    soup = BeautifulSoup(html.read_text("utf-8"), "html.parser")
    return Counter((_language(pre), _plain(pre.get_text())) for pre in soup.find_all("pre"))


def _written(page: Path) -> Blocks:
    """The code blocks of the page's source, with includes resolved."""
    return Counter((fence.language, _plain(fence.source())) for fence in scan(page))


def _plain(text: str) -> str:
    text = text.expandtabs(4)  # Markdown does this too
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")


def _by_language(blocks: Blocks) -> Counter[str]:
    numbers: Counter[str] = Counter()
    for (language, _), count in blocks.items():
        numbers[language] += count
    return numbers


@pytest.fixture(scope="module")
def collected() -> dict[str, Counter[str]]:
    """The number of tests that pytest collects, by file in docs/ and by language."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "docs"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider"],
        cwd=ROOT,
        env=unmeasured(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    tests: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for line in done.stdout.splitlines():
        file, is_test, name = line.partition("::")
        language, _, at = name.partition(":")
        if is_test and at:  # all generated parts are one test, without a line number
            tests[file][language] += 1
    return tests


MARKDOWN = sorted(DOCS.rglob("*.md"))


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda page: page.relative_to(DOCS).as_posix())
@pytest.mark.proves("each-block-is-a-test")
def test_every_block_that_a_page_shows_was_collected(
    page: Path, built_site: Path, collected: dict[str, Counter[str]]
) -> None:
    shown = _shown(_html(built_site, page))
    assert shown == _written(page)
    fences = scan(page)
    untested = Counter(fence.language for fence in fences if fence.not_run)
    untested.update(fence.output.language for fence in fences if fence.output)
    assert _by_language(shown) == collected[page.relative_to(ROOT).as_posix()] + untested


@pytest.mark.parametrize("lab", labs(), ids=lambda lab: lab.name)
def test_every_cell_that_a_lab_shows_was_collected(
    lab: Path, built_site: Path, collected: dict[str, Counter[str]]
) -> None:
    shown = _shown(_html(built_site, lab))
    cells = [cell for cell in jupytext.read(lab).cells if cell.cell_type == "code"]
    python = Counter({block: count for block, count in shown.items() if block[0] == "python"})
    assert python == Counter(("python", _plain(cell.source)) for cell in cells)
    assert _by_language(python)["python"] == collected[lab.relative_to(ROOT).as_posix()]["cell"]
    assert {language for language, _ in shown} <= {"python", "text"}, (
        "code in a lab's prose is not run: make it a cell"
    )


def test_every_built_page_comes_from_a_page_or_a_lab(built_site: Path) -> None:
    sources = {_html(built_site, page) for page in (*MARKDOWN, *labs())}
    assert set(built_site.rglob("*.html")) == {*sources, built_site / "404.html"}
