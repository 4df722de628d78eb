"""The editor of a Python block, in a real browser, under the site's own headers."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Locator, Page, expect

from tests.real import website
from tests.site import PATIENCE_MS
from tests.site.test_tokens import contrast
from theme.run import building

pytestmark = pytest.mark.slow

expect.set_options(timeout=PATIENCE_MS)

SOURCE = '''\
import re

@cache
def found(text: str, most: int = 3) -> list[str]:  # a comment
    """What a reader sees."""
    return [f"{word!r:>9}\\n" for word in re.findall("a+", text) if word and True][:most]

print(found("aaa and a line that is so long that a phone has no room for it"))'''

PAGE = """<!doctype html>
<html lang="en" class="js">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Editor</title><link rel="icon" href="data:,">{styles}
</head>
<body data-md-color-scheme="default">
<main class="md-content"><article class="md-content__inner md-typeset">
<h1>Editor</h1>
<button id="before">before</button>
<div class="language-python highlight"><pre><code></code></pre></div>
<div class="language-text highlight"><pre><code>output</code></pre></div>
<button id="after">after</button>
</article></main>
</body>
</html>
"""

OPEN = """async source => {
    const {createEditor} = await import("/edit/editor.js");
    const parent = document.querySelector(".language-python pre");
    parent.querySelector("code").style.display = "none";
    window.calls = [];
    window.editor = createEditor({
        parent, source, label: "Python",
        onRun: () => calls.push("run"),
        onChange: value => calls.push(value),
        onEscape: () => { calls.push("escape"); editor.destroy(); },
    });
}"""

# Where each letter of the code is, in the block or in the editor.
LETTERS = """() => {
    const host = document.querySelector(".language-python pre").lastElementChild;
    const code = host.shadowRoot?.querySelector(".cm-content") ?? host;
    const texts = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    const found = [];
    while (texts.nextNode())
        for (let at = 0; at < texts.currentNode.length; at++) {
            range.setStart(texts.currentNode, at);
            range.setEnd(texts.currentNode, at + 1);
            const {x, y} = range.getBoundingClientRect();
            if (texts.currentNode.data[at].trim()) found.push([texts.currentNode.data[at], x, y]);
        }
    return found;
}"""

# The colour of each word and of the ground, as red, green and blue between 0 and 1.
COLOURS = """() => {
    const root = document.querySelector(".language-python pre").lastElementChild.shadowRoot;
    const parts = style => style.match(/[\\d.]+/g).slice(0, 3).map(part => part / 255);
    const colour = element => parts(getComputedStyle(element).color);
    const words = Array.from(
        root.querySelectorAll(".cm-line span"), word => [word.textContent, colour(word)]);
    words.push(["plain", colour(root.querySelector(".cm-content"))]);
    return [parts(getComputedStyle(root.querySelector(".cm-editor")).backgroundColor), words];
}"""


@pytest.fixture(scope="module")
def site(built_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page with a block, the site's styles and headers, and the editor as it is bundled."""
    folder = tmp_path_factory.mktemp("editor")
    shutil.copytree(built_site / "assets", folder / "assets")
    shutil.copy(built_site / "_headers", folder)
    packages = building.installed(print)
    building.bundle(building.HERE / "editor.js", folder / "edit" / "editor.js", packages)
    head = BeautifulSoup((built_site / "404.html").read_text("utf-8"), "html.parser")
    styles = [str(link["href"]) for link in head.select("link[rel=stylesheet]")]
    assert len(styles) > 1
    links = "".join(f'<link rel="stylesheet" href="{href}">' for href in styles)
    (folder / "edit" / "index.html").write_text(PAGE.format(styles=links), "utf-8")
    with website.serve(folder) as address:
        yield f"{address}/edit/"


@pytest.fixture
def quiet_page(page: Page, site: str) -> Iterator[Page]:
    """The page, of which the browser may not complain."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(site)
    yield page
    assert said == []


@pytest.fixture
def edit(quiet_page: Page) -> Callable[[str], Locator]:
    """Opens the editor with a text and gives it the focus; returns what is edited."""

    def opened(source: str) -> Locator:
        quiet_page.evaluate(OPEN, source)
        quiet_page.evaluate("editor.focus()")
        text = quiet_page.get_by_role("textbox", name="Python")
        expect(text).to_be_focused()
        return text

    return opened


def _value(page: Page) -> str:
    return str(page.evaluate("editor.value"))


@pytest.mark.parametrize("width", [390, 1440])
def test_no_letter_moves_when_the_editor_replaces_the_block(
    width: int, quiet_page: Page, edit: Callable[[str], Locator]
) -> None:
    quiet_page.set_viewport_size({"width": width, "height": 900})
    quiet_page.evaluate("s => document.querySelector('pre code').append(s + '\\n')", SOURCE)
    block, size = quiet_page.evaluate(LETTERS), quiet_page.locator("pre").first.bounding_box()
    edit(SOURCE)
    letters = quiet_page.evaluate(LETTERS)
    assert len(block) > 200
    assert [letter for letter, *_ in letters] == [letter for letter, *_ in block]
    assert [at for _, *at in letters] == [pytest.approx(at, abs=1) for _, *at in block]
    assert quiet_page.locator("pre").first.bounding_box() == pytest.approx(size, abs=1)


def test_a_long_line_scrolls_sideways_and_not_the_page(
    quiet_page: Page, edit: Callable[[str], Locator]
) -> None:
    quiet_page.set_viewport_size({"width": 390, "height": 900})
    edit(SOURCE).press("ControlOrMeta+End")
    quiet_page.keyboard.type("#")
    scrolled = """() => document.querySelector(".language-python pre").lastElementChild
        .shadowRoot.querySelector(".cm-scroller").scrollLeft > 100"""
    quiet_page.wait_for_function(scrolled)
    assert quiet_page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_is_typed_can_be_undone_and_is_reported(
    quiet_page: Page, edit: Callable[[str], Locator]
) -> None:
    text = edit("x = 1")
    text.press("ControlOrMeta+End")
    text.press("2")
    assert _value(quiet_page) == "x = 12"
    text.press("ControlOrMeta+z")
    assert _value(quiet_page) == "x = 1"
    text.press("ControlOrMeta+y")
    assert _value(quiet_page) == "x = 12"
    assert quiet_page.evaluate("calls") == ["x = 12", "x = 1", "x = 12"]


def test_tab_indents_by_four_spaces_and_a_line_after_a_colon_is_indented(
    quiet_page: Page, edit: Callable[[str], Locator]
) -> None:
    text = edit("pass")
    text.press("Tab")
    assert _value(quiet_page) == "    pass"
    text.press("Shift+Tab")
    assert _value(quiet_page) == "pass"
    text.press("ControlOrMeta+a")
    quiet_page.keyboard.type("if x:\npass")
    assert _value(quiet_page) == "if x:\n    pass"


@pytest.mark.parametrize(("key", "reached"), [("Tab", "#after"), ("Shift+Tab", "#before")])
def test_escape_then_tab_leaves_and_later_tab_indents_again(
    key: str, reached: str, quiet_page: Page, edit: Callable[[str], Locator]
) -> None:
    text = edit("pass")
    text.press("Escape")
    text.press(key)
    expect(quiet_page.locator(reached)).to_be_focused()
    text.focus()
    text.press("Tab")
    assert _value(quiet_page) == "    pass"
    text.press("Escape")
    text.press("ArrowDown")  # whoever goes on editing does not leave
    text.press("Tab")
    assert _value(quiet_page) == "        pass"
    assert "escape" not in quiet_page.evaluate("calls")


def test_the_keys_are_announced_and_shown_while_the_editor_has_the_focus(
    quiet_page: Page, edit: Callable[[str], Locator]
) -> None:
    keys = "Ctrl+Enter: run. Escape, then Tab: leave. Escape twice: close."
    text = edit("pass")
    expect(text).to_have_accessible_description(keys)
    shown = quiet_page.get_by_text(keys)
    expect(shown).to_be_visible()
    quiet_page.locator("#after").focus()
    expect(shown).to_be_hidden()


def test_escape_twice_closes(quiet_page: Page, edit: Callable[[str], Locator]) -> None:
    text = edit("pass")
    text.press("Escape")
    text.press("a")
    text.press("Escape")
    assert "escape" not in quiet_page.evaluate("calls")
    text.press("Escape")
    expect(text).to_have_count(0)
    assert quiet_page.evaluate("calls.at(-1)") == "escape"
    assert quiet_page.locator("pre").first.evaluate("pre => pre.children.length") == 1


@pytest.mark.parametrize("key", ["Control+Enter", "Meta+Enter"])
def test_ctrl_enter_runs_and_adds_no_line(
    key: str, quiet_page: Page, edit: Callable[[str], Locator]
) -> None:
    edit("pass").press(key)
    assert quiet_page.evaluate("calls") == ["run"]
    assert _value(quiet_page) == "pass"


def test_brackets_and_quotes_are_closed_and_the_other_one_is_marked(
    quiet_page: Page, edit: Callable[[str], Locator]
) -> None:
    text = edit("")
    quiet_page.keyboard.type('f(["')
    assert _value(quiet_page) == 'f([""])'
    for key in ("Backspace", "Backspace"):
        text.press(key)
    assert _value(quiet_page) == "f()"
    expect(text.locator(".cm-matchingBracket")).to_have_text(["(", ")"])


def test_a_syntax_error_is_marked_and_announced_until_it_is_mended(
    quiet_page: Page, edit: Callable[[str], Locator]
) -> None:
    text = edit("x = 1\nif x:\n    pass")
    for key in ("ArrowDown", "End", "Backspace"):
        text.press(key)
    announced = quiet_page.get_by_role("status")
    says = "Line 2 may be a syntax error (F8 goes there)"
    expect(announced).to_have_text(says)
    expect(text).to_have_accessible_description(re.compile(re.escape(says)))
    mark = text.locator(".cm-lintRange-error")
    expect(mark).to_have_text("x")
    expect(mark).to_have_css("text-decoration-line", "underline")
    text.press("F8")
    text.press("End")
    quiet_page.keyboard.type(":")
    expect(announced).to_have_text("")
    expect(mark).to_have_count(0)


def test_no_block_of_the_site_is_marked_as_an_error(
    built_site: Path, quiet_page: Page, edit: Callable[[str], Locator]
) -> None:
    blocks = {
        code.get_text()
        for file in built_site.rglob("index.html")
        for code in BeautifulSoup(file.read_text("utf-8"), "html.parser").select(
            ".language-python pre > code"
        )
    }
    assert len(blocks) > 100
    edit("")
    quiet_page.evaluate(
        """async sources => {
            const {createEditor} = await import("/edit/editor.js");
            const parent = document.createElement("div");
            parent.id = "all";
            document.querySelector("article").append(parent);
            for (const source of sources) createEditor({parent, source, label: "A block"});
        }""",
        sorted(blocks),
    )
    quiet_page.keyboard.type("if")  # once this is marked, the others were looked at
    expect(quiet_page.get_by_role("status").first).to_contain_text("Line 1")
    expect(quiet_page.locator("#all .cm-content")).to_have_count(len(blocks))
    expect(quiet_page.locator("#all .cm-lintRange, #all .cm-lintPoint")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["default", "slate"])
def test_its_accessibility_has_no_fault(
    scheme: str, quiet_page: Page, edit: Callable[[str], Locator]
) -> None:
    quiet_page.evaluate("s => document.body.setAttribute('data-md-color-scheme', s)", scheme)
    edit(SOURCE).press("ControlOrMeta+End")
    quiet_page.keyboard.type("\nif")
    expect(quiet_page.get_by_role("status")).not_to_be_empty()
    found = Axe().run(quiet_page)
    assert found.violations_count == 0, found.generate_report()


def test_the_colours_follow_the_scheme_and_can_be_read(
    quiet_page: Page, edit: Callable[[str], Locator]
) -> None:
    edit(SOURCE)
    seen = []
    for scheme in ("default", "slate"):
        quiet_page.evaluate("s => document.body.setAttribute('data-md-color-scheme', s)", scheme)
        ground, words = quiet_page.evaluate(COLOURS)
        assert len({tuple(colour) for _, colour in words}) >= 5
        assert {word for word, colour in words if contrast(colour, ground) < 4.5} == set()
        seen.append((ground, words))
    assert seen[0] != seen[1]


def test_forced_colours_leave_the_ring_and_the_mark(browser: Browser, site: str) -> None:
    page = browser.new_page(forced_colors="active")
    try:
        page.goto(site)
        page.evaluate(OPEN, "")
        page.evaluate("editor.focus()")
        page.keyboard.type("if")
        expect(page.locator(".cm-editor")).to_have_css("outline-style", "solid")
        expect(page.locator(".cm-lintRange-error")).to_have_css("text-decoration-line", "underline")
    finally:
        page.close()


def test_a_source_of_5_000_lines_can_be_edited(
    quiet_page: Page, edit: Callable[[str], Locator]
) -> None:
    source = "\n".join(f"print({line}, 'a line')" for line in range(5000))
    text = edit(source)
    text.press("ControlOrMeta+End")
    quiet_page.keyboard.type("\nif")
    assert _value(quiet_page) == source + "\nif"
    expect(quiet_page.get_by_role("status")).to_contain_text("Line 5001")


def test_hostile_text_is_kept_and_shown_as_text(
    quiet_page: Page, edit: Callable[[str], Locator]
) -> None:
    markup = "</script><img src=x onerror=alert(1)>"
    hostile = f"\0\x07\x1b[31m\u202egnp\u2066\ufeff\u2028 {markup} é\U0001f600"
    edit(f"{hostile}\r\n{hostile}")
    assert _value(quiet_page) == f"{hostile}\n{hostile}"
    root = quiet_page.locator(".cm-content")
    expect(root).to_contain_text(markup)
    expect(root.locator("img[src=x]")).to_have_count(0)
    expect(root.locator(".cm-specialChar").first).to_be_visible()
