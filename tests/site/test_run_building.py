"""What runs Python in the page is built once, and pages have buttons only where it works."""

import json
import os
import re
import subprocess
import sys
import time
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from snippets.shared.in_page import WHAT, files_table, timings_table
from tests import unmeasured
from tests.docs.guide import ROOT, labs, pages, scan
from theme.run import building
from theme.run.buttons import MISSING, modules, read_needs, with_buttons, without_buttons

BLOCK = '<div class="language-python highlight"><pre><code>{}</code></pre></div>'
SIZES = {"bytes": 3, "wasm": 2}


def bars(html: str) -> list[dict[str, str]]:
    """The data of each block's row of buttons."""
    found = BeautifulSoup(html, "html.parser").select("div.runner")
    return [{name: str(bar[name]) for name in bar.attrs if name != "class"} for bar in found]


def test_a_block_has_four_buttons_of_which_two_are_there_at_first() -> None:
    html = with_buttons(BLOCK.format("print(1)\n"), "page.md", "../assets/", SIZES)
    buttons = BeautifulSoup(html, "html.parser").select(".runner > button")
    assert [button.text for button in buttons] == ["Run", "Stop", "Edit", "Reset"]
    assert [button.text for button in buttons if not button.has_attr("hidden")] == ["Run", "Edit"]
    assert html.count('data-python="../assets/"') == 1
    assert bars(html) == [{}]


def test_a_block_that_shows_a_section_runs_with_the_names_of_its_module() -> None:
    text, module = next(iter(modules().items()))
    shown = text.replace("&", "&amp;").replace("<", "&lt;")
    html = with_buttons(BLOCK.format(f"{shown}\n"), "page.md", "../", SIZES)
    assert bars(html) == [{"data-module": module}]


def test_every_include_on_a_page_is_known_by_its_text() -> None:
    includes = [fence for page in pages() for fence in scan(page) if fence.include]
    python = [
        fence
        for fence in includes
        if fence.language == "python" and fence.page.is_relative_to(ROOT / "docs")
    ]
    assert len(python) > 60
    for fence in python:
        assert fence.include
        name = fence.include[0].removesuffix(".py").replace("/", ".")
        assert modules()[fence.source().strip("\n")] == name, fence.where


def test_a_continuation_and_each_cell_of_a_lab_after_the_first_continue_what_is_before() -> None:
    one, two = BLOCK.format("one\n"), BLOCK.format("two\n")
    continued = two.replace("language-python ", "language-python continuation ")
    assert bars(with_buttons(one + two, "page.md", "", SIZES)) == [{}, {}]
    assert bars(with_buttons(one + continued, "page.md", "", SIZES)) == [{}, {"data-continues": ""}]
    assert bars(with_buttons(one + two, "labs/lab.py", "", SIZES)) == [{}, {"data-continues": ""}]


def test_a_block_that_needs_what_a_browser_lacks_says_so_and_has_no_button() -> None:
    page, blocks = next(iter(read_needs().items()))
    first, reason = next(iter(blocks.items()))
    html = with_buttons(BLOCK.format(f"{first}\n"), page, "", SIZES)
    assert reason in html
    assert "<button" not in html


def test_a_site_without_pyodide_says_so_below_its_blocks_and_has_no_button() -> None:
    assert without_buttons(BLOCK.format("print(1)\n")).endswith(MISSING)
    assert without_buttons("<p>No code</p>") == "<p>No code</p>"


def test_the_files_for_the_interpreter_are_equal_bytes_for_equal_files() -> None:
    packed = building._files()
    assert packed == building._files()
    names = zipfile.ZipFile(BytesIO(packed)).namelist()
    assert {"runner.py", "block.py", "IPython/display.py", "yaml/__init__.py"} <= set(names)
    assert "snippets/streams/__init__.py" in names
    assert "snippets/shared/history.json" in names
    assert not any("__pycache__" in name or name.endswith(".so") for name in names)


def test_every_module_is_in_the_snapshot_except_command_lines() -> None:
    names = building._modules()
    assert {"snippets.streams", "snippets.configuration.check"} <= set(names)
    assert not any(name.endswith("__main__") for name in names)


def test_the_snapshot_has_all_of_the_standard_library_that_pages_import() -> None:
    """Else a reader waits for the whole library."""
    imported = re.compile(r"^ *(?:from|import) (\w+)", re.MULTILINE)
    sources = [ROOT / f"{name.replace('.', '/')}.py" for name in building._modules()]
    there = {
        name
        for path in sources
        if path.exists()
        for name in imported.findall(path.read_text("utf-8"))
    }
    blocks = [
        fence.source() for page in pages() for fence in scan(page) if fence.language == "python"
    ]
    cells = [lab.read_text("utf-8") for lab in labs()]
    wanted = {name for code in blocks + cells for name in imported.findall(code)}
    assert wanted & sys.stdlib_module_names - there == set()


def test_a_program_that_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(building.Missing, match="no-such-program cannot be started: No such file"):
        building.run(["no-such-program"], tmp_path)


def test_the_page_about_it_names_every_file_that_a_browser_can_fetch() -> None:
    bench = json.loads((ROOT / "snippets" / "shared" / "bench.json").read_text("utf-8"))
    assert {each["file"] for each in bench["fetched"]} == set(WHAT)
    assert files_table(bench).count("\n") == len(WHAT) + 1
    assert timings_table(bench).count(" s |") == len(bench["rows"])


@pytest.mark.slow
@pytest.mark.proves("equal-inputs-build-nothing")
def test_equal_inputs_build_nothing(built_site: Path) -> None:
    said: list[str] = []
    folder = building.build(said.append)
    assert said == []
    assert {path.name for path in folder.iterdir()} == set(WHAT)
    (served,) = (built_site / "assets" / "run").iterdir()
    assert folder.name == f"run-{served.name}"


@pytest.mark.slow
def test_a_result_that_nobody_used_for_a_week_is_removed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    used = building.build(print)
    monkeypatch.setattr(building, "cache", lambda: tmp_path)
    for name, age_s in (("run-old", 8 * 24 * 60 * 60), ("run-new", 0), (used.name, 10**9)):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (time.time() - age_s,) * 2)
    building.build(print)
    assert {path.name for path in tmp_path.iterdir()} == {"run-new", used.name}


@pytest.mark.slow
def test_other_files_make_another_result(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """They are built whole, by two processes at once as by one."""
    before = building.build(print)
    other = building._files() + b"\n"
    monkeypatch.setattr(building, "_files", lambda: other)
    monkeypatch.setattr(building, "_fill", lambda folder, *made_of: (folder / "made").touch())
    packages = building.installed(print)
    monkeypatch.setattr(building, "cache", lambda: tmp_path)
    monkeypatch.setattr(building, "installed", lambda say: packages)
    after = building.build(print)
    assert after.name != before.name
    assert [path.name for path in after.iterdir()] == ["made"]
    building._make(after, lambda folder: (folder / "other").touch())
    assert [path.name for path in after.iterdir()] == ["made"], "the first of two is kept"


@pytest.mark.slow
def test_a_machine_without_pyodide_gets_the_site_and_says_what_is_missing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", tmp_path / "site"],
        cwd=ROOT,
        env=unmeasured()
        | {
            "NO_MKDOCS_2_WARNING": "1",
            "XDG_CACHE_HOME": str(tmp_path / "empty"),
            "npm_config_cache": str(tmp_path / "npm"),
            "npm_config_registry": "http://127.0.0.1:9/",  # where nobody listens
            "npm_config_fetch_retries": "0",
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "Pages cannot run Python: npm fails: npm error code ECONNREFUSED" in done.stderr
    page = (tmp_path / "site" / "streams" / "index.html").read_text("utf-8")
    assert MISSING in page
    assert 'class="runner"' not in page
    assert not (tmp_path / "site" / "assets" / "run").exists()
