"""Rules for every page of this site, in addition to the tests of the harness."""

import json
import re
import subprocess

import pytest

from snippets.shared.proof import PROOF
from tests.docs.figures import figures
from tests.docs.guide import DOCS, ROOT, pages, scan
from tests.docs.harness.fences import includes, section_text
from tests.docs.named_tests import named_tests

FENCES = [fence for page in pages() for fence in scan(page)]
SOURCES = sorted((ROOT / "snippets").rglob("*.py"))
INCLUDES = [
    (f"{page.relative_to(ROOT)}:{number}", path, section)
    for page in pages()
    for number, path, section in includes(page.read_text("utf-8"))
    if page.is_relative_to(DOCS)
]


def test_a_block_that_is_not_run_says_why_on_the_page() -> None:
    silent = [
        fence.where
        for fence in FENCES
        if fence.not_run and not re.match(r"Not run: \w", fence.attributes.get("title", ""))
    ]
    assert not silent, f'write {{.python .notest title="Not run: why"}} at {silent}'


def test_the_blocks_that_are_not_run_are_these() -> None:
    assert [(f.where.partition(":")[0], f.attributes["title"]) for f in FENCES if f.not_run] == [
        ("docs/reverse-proxies/checking.md", "Not run: it asks your server"),
        ("docs/reverse-proxies/checking.md", "Not run: a recording that a test repeats"),
        ("README.md", "Not run: a drawing"),
    ]


def test_every_test_and_file_that_a_page_names_exists() -> None:
    for page in pages():
        text = page.read_text("utf-8")
        for name in re.findall(r"`(test_\w+)`", text):
            assert name in named_tests(), f"{page.name} names {name}, which pytest does not have"
        for name in re.findall(r"`((?:tests|snippets|docs)/[\w./-]+)`", text):
            assert name == "docs/streams/my-page.md" or (ROOT / name).exists(), (page.name, name)


@pytest.mark.parametrize(("where", "path", "section"), INCLUDES)
def test_an_include_resolves(where: str, path: str, section: str | None) -> None:
    assert section_text(ROOT, path, section) is not None, f"{where}: no {path}:{section}"


@pytest.mark.proves("code-lives-once")
def test_every_section_of_the_snippets_is_shown_on_a_page() -> None:
    sections = {
        (source.relative_to(ROOT).as_posix(), name)
        for source in SOURCES
        for name in re.findall(r"--8<-- \[start:([\w.-]+)\]", source.read_text("utf-8"))
    }
    shown = {(path, section) for _, path, section in INCLUDES}
    assert sections - shown == set()


def test_a_python_block_fits_the_width_of_a_page() -> None:
    wide = [
        f"{fence.where}: {line}"
        for fence in FENCES
        if fence.language == "python"
        for line in fence.text.splitlines()
        if len(line) > 80
    ]
    assert wide == []


@pytest.mark.proves("code-lives-once")
def test_no_page_copies_a_snippet() -> None:
    sources = {run: source for source in SOURCES for run in _runs(source.read_text("utf-8"))}
    copies = {
        f"{fence.where} repeats lines of {sources[run].relative_to(ROOT)}"
        for fence in FENCES
        if fence.language != "console"  # what a command prints is compared with its run
        for run in _runs(fence.text)
        if run in sources
    }
    assert copies == set(), 'include the lines: --8<-- "path:section"'


def _runs(text: str, length: int = 5) -> list[tuple[str, ...]]:
    """Every sequence of `length` lines, without blank lines and indentation."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return [tuple(lines[start : start + length]) for start in range(len(lines) - length + 1)]


def test_no_page_is_generated_from_the_tests_except_for_what_a_run_noted() -> None:
    programs = {
        f"{page.relative_to(ROOT)}: {line}"
        for page in pages()
        for program in re.findall(r"\[\[\[cog(.*?)\]\]\]", page.read_text("utf-8"), re.DOTALL)
        for line in program.splitlines()
        if "tests" in line
    }
    noted = "docs/how-it-is-proven.md: from tests.real.provenance import read_releases"
    assert programs == {noted}, "move what it needs to snippets/, beside the function it calls"


@pytest.mark.proves("figures-are-true")
def test_the_published_figures_are_true() -> None:
    assert json.loads(PROOF.read_text("utf-8")) == figures(), "run `make update`"


def test_nothing_names_a_package_registry() -> None:
    hosts = ("pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org")
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    files = [ROOT / name for name in tracked.stdout.splitlines()]
    assert ROOT / "requirements.txt" in files
    naming = [
        f"{file.relative_to(ROOT)} names {host}"
        for file in files
        for host in hosts
        if file.is_file() and host.encode() in file.read_bytes()
    ]
    assert naming == []
