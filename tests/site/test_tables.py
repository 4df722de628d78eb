"""What the build makes of a table, and what a reader's browser makes of that."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from markdown import Markdown
from mkdocs.exceptions import PluginError
from playwright.sync_api import Browser, Page, expect

from tests.real import website
from theme.parts import PartsExtension
from theme.tables import FILTERED, WHOLE, TablesExtension

PATIENCE_MS = 120_000  # on a machine that is busy


def built(text: str) -> BeautifulSoup:
    """The HTML of a page."""
    extensions = ["attr_list", "tables", "toc", PartsExtension(), TablesExtension()]
    markdown = Markdown(extensions=extensions, extension_configs={"toc": {"permalink": True}})
    return BeautifulSoup(markdown.convert(text), "html.parser")


def one(page: BeautifulSoup, selector: str) -> Tag:
    (found,) = page.select(selector)
    return found


def rows(count: int) -> str:
    return "| Name | Value |\n|:--|:--|\n" + "\n".join(f"| a{n} | {n} |" for n in range(count))


@pytest.mark.parametrize("header", ["| Name | |", "| | Value |"])
def test_a_column_without_a_name_stops_the_build(header: str) -> None:
    with pytest.raises(PluginError, match=r'The table below "Ports" has a column without a name'):
        built(f"# Ports\n\n{header}\n|:--|:--|\n| a | b |\n")


def test_each_cell_knows_its_column_and_each_header_its_direction() -> None:
    page = built("| A name | `some<code>` | two<br>words |\n|--|--|--|\n| a | b | c |\n| d | e | |")
    labels = ["some<code>", "two words"]
    for row in page.select("tbody tr"):
        title, *cells = row.select("td")
        assert not title.has_attr("data-label")
        assert [cell["data-label"] for cell in cells] == labels
    assert [cell["scope"] for cell in page.select("th")] == ["col"] * 3


def test_every_table_has_a_name_of_its_own() -> None:
    page = built(f"{rows(1)}\n\n# One `name`\n\n{rows(1)}\n\n{rows(1)}\n\n## Two\n\n{rows(1)}\n")
    names = [group["aria-label"] for group in page.select("div.table[role=group]")]
    assert names == ["Table", "One name", "One name, table 2", "Two"]


def test_the_theme_wraps_no_table_again() -> None:
    """It does so with tables that have no class."""
    assert built(rows(1)).select("table:not([class])") == []


def test_a_table_has_a_filter_from_26_rows_on() -> None:
    assert built(rows(FILTERED - 1)).select(".table-tools") == []
    assert one(built(rows(FILTERED)), ".table-tools output").text == "26 rows"


@pytest.mark.parametrize(
    ("name", "pieces"),
    [
        ("use_appservice_legacy_authorization", ["use_appservice_legacy_authorization"]),
        ("/_matrix/client/versions", ["/_matrix/client/versions"]),
        (
            "/_matrix/federation/v1/send_join/{room&id}",
            ["/_matrix/federation/v1/send_join/", "{room&id}"],
        ),
        (
            "/users/@alice:example.com/../../_matrix//../x",
            ["/users/@alice:example.com/../../", "_matrix//../x"],
        ),
        (
            "experimental_features.msc3983_appservice_one_time_key_claims",
            ["experimental_features.msc3983_", "appservice_one_time_key_claims"],
        ),
        ("a sentence of code. It has more than 36 characters", None),
    ],
)
def test_a_name_may_break_only_where_a_reader_sees_that_it_goes_on(
    name: str, pieces: list[str] | None
) -> None:
    code = one(built(f"| Name | Value |\n|--|--|\n| `{name}` | |\n"), "td code")
    assert list(code.strings) == (pieces or [name])
    assert code.text == name  # as it is copied
    assert code.has_attr("class") == (len(name) > WHOLE)


COMPARED = "/// compare | Proxy\n\n{}\n\n///\n"


def test_a_comparison_marks_the_rows_that_say_the_same_and_offers_its_columns() -> None:
    table = "| Path | nginx | Caddy |\n|--|--|--|\n| a | no {.bad} | no |\n| b | no | yes |\n"
    page = built(COMPARED.format(table))
    assert [row.get("class") for row in page.select("tbody tr")] == [["same"], None]
    assert [option.text for option in page.select("select option")] == ["all", "nginx", "Caddy"]
    assert [label.text.split()[0] for label in page.select("label")] == ["Filter", "Proxy", "Only"]


@pytest.fixture(scope="module")
def address(built_site: Path) -> Iterator[str]:
    with website.serve(built_site) as url:
        yield url


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    try:
        yield context.new_page()
    finally:
        context.close()


# The names in tables that are on more than one line, though nothing says that they may break there;
# the cells of cards that do not say what they are; and by how much the page is too wide.
WRONG = """cards => {
    document.getAnimations().forEach(animation => animation.finish());
    const wrong = [];
    for (const code of document.querySelectorAll(".rows code")) {
        const texts = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) {
            for (const word of texts.currentNode.data.matchAll(/[\\w.*/]+/g)) {
                const range = document.createRange();
                range.setStart(texts.currentNode, word.index);
                range.setEnd(texts.currentNode, word.index + word[0].length);
                const lines = new Set(Array.from(range.getClientRects(), place => place.top));
                if (lines.size > 1) wrong.push(`breaks ${word[0]}`);
            }
        }
    }
    for (const cell of cards ? document.querySelectorAll(".rows td[data-label]") : []) {
        const before = getComputedStyle(cell, "::before");
        const label = cell.closest(".same") ? "all" : cell.dataset.label;
        if (cell.checkVisibility() && !before.content.startsWith(JSON.stringify(label)))
            wrong.push(`does not show ${label}`);
    }
    const {scrollWidth, clientWidth} = document.documentElement;
    if (scrollWidth > clientWidth) wrong.push(`is too wide by ${scrollWidth - clientWidth}`);
    return wrong;
}"""


@pytest.mark.slow
def test_no_table_breaks_a_name_or_is_wider_than_the_page_and_each_card_says_what_it_shows(
    page: Page, address: str, built_site: Path
) -> None:
    wrong, looked_at = [], 0
    for file in sorted(built_site.rglob("index.html")):
        if 'class="rows"' in file.read_text("utf-8"):
            looked_at += 1
            path = f"/{file.parent.relative_to(built_site).as_posix()}/"
            page.goto(address + path, wait_until="domcontentloaded")
            for width in (390, 820, 1440):
                page.set_viewport_size({"width": width, "height": 900})
                found = page.evaluate(WRONG, width < 600)
                wrong += [f"{path} at {width}: {what}" for what in found]
    assert looked_at > 20
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1440])
def test_the_filter_shows_the_rows_that_have_every_word(
    width: int, page: Page, address: str
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address + "/upgrade-notes/options/")
    filter_, count = page.get_by_label("Filter"), page.locator(".table-tools output")
    shown = page.locator(".rows tbody tr:visible")
    every = shown.count()
    expect(count).to_have_text(f"{every} rows")
    filter_.fill("REDIS. new")
    texts = shown.all_inner_texts()
    assert texts
    assert all("redis." in text and "new" in text for text in texts)
    expect(count).to_have_text(f"{len(texts)} of {every} rows")
    filter_.fill("no such option")
    expect(count).to_have_text("No row matches")
    filter_.press("Escape")
    expect(count).to_have_text(f"{every} rows")
    expect(shown).to_have_count(every)


@pytest.mark.slow
def test_a_comparison_shows_only_differences_and_one_column_and_its_address_does_too(
    page: Page, address: str
) -> None:
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(address + "/reverse-proxies/exposure/")
    page.get_by_label("Only differences").first.check()
    page.locator(".table-tools select").first.select_option("HAProxy")

    def shown() -> tuple[list[str], int, int]:
        table = page.locator(".rows").first
        first = table.locator("tbody tr:visible").first.locator("td:visible")
        labels = [cell.get_attribute("data-label") or "title" for cell in first.all()]
        same = table.locator("tr.same")
        return labels, same.count(), same.locator("visible=true").count()

    labels, same, visible = shown()
    assert labels == ["title", "HAProxy"]
    assert same > 20
    assert visible == 0
    assert page.url.endswith("?column=HAProxy&differences=only")
    page.reload()
    assert shown() == (labels, same, visible)


@pytest.mark.slow
def test_the_header_of_a_long_table_stays_below_the_sites(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(address + "/upgrade-notes/options/")
    page.locator(".table.fits tbody tr").nth(100).evaluate("row => row.scrollIntoView()")
    (header,) = page.locator(".md-header").all()
    (column,) = page.locator(".rows th").filter(has_text="Option").all()
    site, own = header.bounding_box(), column.bounding_box()
    assert site
    assert own
    assert own["y"] == pytest.approx(site["y"] + site["height"], abs=1)


@pytest.mark.slow
def test_a_table_that_is_too_wide_scrolls_by_keyboard_under_its_first_column(
    page: Page, address: str
) -> None:
    page.set_viewport_size({"width": 610, "height": 900})
    page.goto(address + "/application-services/errors/")
    table = page.locator(".table").first
    expect(table).to_have_attribute("tabindex", "0")
    title = table.locator("td").first
    before = title.bounding_box()
    table.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('.table').scrollLeft > 20")
    after = title.bounding_box()
    assert before
    assert after
    assert after["x"] == pytest.approx(before["x"], abs=1)


# What moved after it was painted. (Columns may, while a long table is still on its way.)
MOVED = """() => new Promise(done => {
    const moved = [];
    new PerformanceObserver(shifts => {
        for (const shift of shifts.getEntries())
            moved.push(...shift.sources.map(source => source.node?.className));
    }).observe({ type: "layout-shift", buffered: true });
    const ours = name => /table/.test(name);
    requestAnimationFrame(() => requestAnimationFrame(() => done(moved.filter(ours))));
})"""


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/upgrade-notes/options/", "/reverse-proxies/exposure/"])
def test_nothing_moves_when_a_tables_tools_start(path: str, page: Page, address: str) -> None:
    page.goto(address + path)
    page.locator(".table.fits").first.wait_for()
    assert page.evaluate(MOVED) == []


@pytest.mark.slow
def test_without_scripts_there_is_no_filter_that_does_nothing(
    browser: Browser, address: str
) -> None:
    page = browser.new_page(java_script_enabled=False)
    try:
        page.goto(address + "/upgrade-notes/options/", timeout=PATIENCE_MS)
        expect(page.locator(".table-tools")).to_be_hidden()
        expect(page.locator(".rows")).to_be_visible()
    finally:
        page.close()
