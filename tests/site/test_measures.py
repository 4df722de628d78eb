"""What stays measured of the built site, beyond what each page's visit in a browser shows."""

import re
import struct
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from tests.audit import pictures
from tests.audit.browser import misfits, shifts
from tests.audit.limits import (
    ELEMENTS,
    FIRST_VIEW_KB,
    REQUESTS,
    SCRIPT_LINES,
    STYLE_LINES,
    file_of,
    overweight,
    paths,
    script_lines,
    style_lines,
)
from tests.docs.guide import DOCS, ROOT, scan
from tests.real import website
from tests.site import PATIENCE_MS
from theme.lexers import register

ADDRESSES = Path(__file__).with_name("addresses.txt")

_CODE = re.compile(r"<(pre|code|script|style)\b.*?</\1>", re.DOTALL)
_MARKUP = re.compile(r"^.*///.*$|^\s*(?:!!!|\?\?\?\+?) .*$", re.MULTILINE)
_ARTICLE = re.compile(r"<article\b.*?</article>", re.DOTALL)
_DRAWN = re.compile(r"<(svg)\b.*?</\1>", re.DOTALL)  # test_pictures.py looks at drawings
_CLASSES = re.compile(r'<[a-z]\w*\b[^>]*? class="([^"]+)"')
_STYLED = re.compile(r"\.(-?[a-zA-Z_][\w-]*)")

# Classes without a rule of their own, and which rule gives the block its looks.
STYLED_OTHERWISE = {"contributors": "details", "before": ".change > div", "after": ".change > div"}


def unrendered(html: str) -> list[str]:
    """The lines of a built page that still have the markup of a part, outside code."""
    text = re.sub(r"<[^>]+>", "", _CODE.sub("", html))
    return [line.strip() for line in _MARKUP.findall(text)]


def unstyled(html: str, styles: str) -> list[str]:
    """The classes of blocks and words of code in a page's article that no style sheet knows."""
    styled = {*_STYLED.findall(styles), *STYLED_OTHERWISE}
    articles = _DRAWN.sub("", "".join(article[0] for article in _ARTICLE.finditer(html)))
    return sorted(
        names for names in {*_CLASSES.findall(articles)} if styled.isdisjoint(names.split())
    )


def source_line(path: str, text: str) -> str:
    """Where a text stands in the source of a page, as `streams/writing.md:12`."""
    name = path.strip("/")
    for file in (f"{name}.md", f"{name}/index.md".lstrip("/"), f"{name}.py"):
        if (DOCS / file).is_file():
            lines = (DOCS / file).read_text("utf-8").splitlines()
            at = [place for place, line in enumerate(lines, 1) if text in line]
            return f"{file}:{at[0]}" if at else file
    return path


def vanished(addresses: Iterable[str], site: Path, redirected: Iterable[str]) -> list[str]:
    """The addresses at which there is no page and from which nothing leads on."""
    there = {*paths(site), *redirected}
    return [address for address in addresses if address not in there]


def redirects(site: Path) -> dict[str, str]:
    """The addresses that lead on, and where to: in netlify.toml, or in the build's `_redirects`."""
    settings = tomllib.loads((ROOT / "netlify.toml").read_text("utf-8"))
    file = site / "_redirects"
    written = file.read_text("utf-8").splitlines() if file.is_file() else []
    rules = [(rule["from"], rule["to"]) for rule in settings.get("redirects", [])]
    lines = [line.split() for line in written if line.strip() and not line.startswith("#")]
    return dict(rules) | {source: target for source, target, *_ in lines}


@pytest.mark.slow
def test_no_markup_of_a_part_is_left_on_a_page(built_site: Path) -> None:
    left = [
        f"{source_line(path, text)}: {text!r} is not rendered"
        for path in paths(built_site)
        for text in unrendered(file_of(built_site, path).read_text("utf-8"))
    ]
    assert left == [], "\n".join(left)


@pytest.mark.slow
def test_every_kind_of_block_on_a_page_has_a_style(built_site: Path) -> None:
    styles = "".join(sheet.read_text("utf-8") for sheet in built_site.rglob("*.css"))
    wrong = [
        f"{source_line(path, name.split()[0])}: nothing gives a block {name!r} its looks"
        for path in paths(built_site)
        for name in unstyled(file_of(built_site, path).read_text("utf-8"), styles)
    ]
    assert wrong == [], "\n".join(wrong)


def test_a_block_of_an_unknown_kind_is_named() -> None:
    styles = ".md-typeset .answer{color:red}.highlight .k{color:blue}"
    html = """<div class="outside"></div><article><svg class="drawing"></svg>
    <div class="answer"><p>.hint</p></div> <div id="x" class="hint"></div>
    <details class="contributors"></details>
    <div class="language-toml highlight"><span class="k">a</span><span class="zz">b</span></div>
    </article>"""
    assert unstyled(html, styles) == ["hint", "zz"]


def test_every_language_on_the_pages_has_colours() -> None:
    """Pygments shows a language that it does not know as plain text."""
    register()
    wrong = []
    for page in sorted(DOCS.rglob("*.md")):
        for fence in scan(page):
            try:
                get_lexer_by_name(fence.language)
            except ClassNotFound:
                wrong.append(f"{page.name}:{fence.line}: no colours for {fence.language!r}")
    assert wrong == []


def test_markup_is_found_in_text_and_not_in_code() -> None:
    html = (
        "<p>/// note | Title\ntext</p> <code>/// tab</code> <pre><b>///</b></pre>\n<p>!!! tip</p>"
    )
    assert unrendered(html) == ["/// note | Title", "!!! tip"]


@pytest.mark.slow
def test_every_address_that_the_site_had_shows_a_page_or_leads_on(built_site: Path) -> None:
    known = ADDRESSES.read_text("utf-8").split()
    leading = redirects(built_site)
    assert vanished(known, built_site, leading) == []
    assert vanished(leading.values(), built_site, []) == []
    new = [path for path in paths(built_site) if path not in known]
    assert new == [], f"add to {ADDRESSES.relative_to(ROOT)}, so that they stay: {new}"


def test_an_address_that_vanished_is_named(tmp_path: Path) -> None:
    (tmp_path / "index.html").touch()
    (tmp_path / "_redirects").write_text("/moved/ /\n")
    addresses = ["/", "/moved/", "/gone/"]
    assert vanished(addresses, tmp_path, redirects(tmp_path)) == ["/gone/"]


def test_our_style_sheets_and_scripts_stay_short() -> None:
    assert style_lines() <= STYLE_LINES
    assert [folder for folder, most in SCRIPT_LINES.items() if script_lines(folder) > most] == []


def test_a_page_above_its_weight_is_refused_with_its_numbers() -> None:
    assert overweight("/", FIRST_VIEW_KB, REQUESTS, ELEMENTS) == []
    assert overweight("/", FIRST_VIEW_KB + 1, REQUESTS + 1, ELEMENTS + 1) == [
        "its first view in kB is 101, and at most 100 may be: see tests/audit/limits.py",
        "the number of its requests is 10, and at most 9 may be: see tests/audit/limits.py",
        "the number of its elements is 1501, and at most 1500 may be: see tests/audit/limits.py",
    ]


@pytest.mark.slow
def test_a_wide_image_a_broken_name_and_what_moves_are_named(browser: Browser) -> None:
    page = browser.new_page()
    try:
        page.set_default_timeout(PATIENCE_MS)
        page.goto(
            """data:text/html,<!doctype html><div class="md-content" style="width: 200px"><article>
            <svg aria-label="Too wide" width="300" height="9"></svg>
            <table style="width: 60px; table-layout: fixed; word-break: break-all">
            <tr><td><code>federation_sender_instances</code><td>1</table>
            <p class="pushed">Text</p></article></div>"""
        )
        assert misfits(page) == [
            "an image of 300 pixels is wider than its column of 200: Too wide",
            "a table's first column breaks federation_sender_instances",
        ]
        page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
        page.evaluate(_PUSH)
        assert [moved for _, moved in shifts(page)] == ["p.pushed"]
    finally:
        page.close()


# Draws the page, then puts something above its last paragraph, and draws it again.
_PUSH = """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => {
    const late = document.createElement("div");
    late.style.height = "200px";
    document.querySelector(".pushed").before(late);
    requestAnimationFrame(() => requestAnimationFrame(done));
})))"""


@pytest.mark.slow
def test_pictures_show_a_page_by_day_and_by_night_at_three_widths_and_on_paper(
    built_site: Path, browser: Browser, tmp_path: Path
) -> None:
    files = list(pictures.take(browser, built_site, ["/404.html"], tmp_path))
    content = {file.name: file.read_bytes() for file in files}
    for width in (390, 820, 1440):
        day, night = (content[f"404-{width}-{scheme}-1.png"] for scheme in ("light", "dark"))
        assert day != night
        for picture in (day, night):
            wide, tall = struct.unpack(">II", picture[16:24])
            assert wide == width
            assert 500 < tall <= pictures.PIECE
    assert content["404.pdf"].startswith(b"%PDF")


# What a reader sees without scripts: colours of the page, its title and its header, each with the
# token that it must be; and what of the page's content is not there.
_WITHOUT_SCRIPTS = """() => {
    const wrong = [];
    const sample = document.createElement("i");
    document.querySelector(".md-content").append(sample);
    const token = name => {
        sample.style.color = `var(--guide-${name})`;
        return getComputedStyle(sample).color;
    };
    for (const [selector, property, name] of [
        ["body", "color", "ink"],
        ["article h1", "color", "ink"],
        ["body", "backgroundColor", "paper"],
        [".md-header", "backgroundColor", "paper"],
    ]) {
        const colour = getComputedStyle(document.querySelector(selector))[property];
        if (colour !== token(name)) {
            wrong.push(`${selector}: ${property} is ${colour}, not --guide-${name}`);
        }
    }
    sample.remove();
    const visible = { opacityProperty: true, visibilityProperty: true };
    for (const part of document.querySelectorAll("article > *, article > .home > *")) {
        // These need scripts, or to be opened.
        if (part.matches("[hidden], [popover], script, form, .table-tools")) continue;
        if (!part.checkVisibility(visible)) wrong.push(`not there: ${part.outerHTML.slice(0, 80)}`);
    }
    return wrong;
}"""


@pytest.mark.slow
def test_every_page_is_readable_without_scripts_in_the_site_s_own_colours(
    built_site: Path, browser: Browser
) -> None:
    wrong = []
    context = browser.new_context(java_script_enabled=False)
    context.set_default_timeout(PATIENCE_MS)
    try:
        page = context.new_page()
        with website.serve(built_site) as url:
            for path in paths(built_site):
                page.goto(url + path)
                page.emulate_media(color_scheme="light")
                wrong += [f"{path} by day: {what}" for what in page.evaluate(_WITHOUT_SCRIPTS)]
                page.emulate_media(color_scheme="dark")
                wrong += [f"{path} by night: {what}" for what in page.evaluate(_WITHOUT_SCRIPTS)]
    finally:
        context.close()
    assert wrong == [], "\n".join(wrong)
