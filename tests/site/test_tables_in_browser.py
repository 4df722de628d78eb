"""What a reader's browser makes of tables: filters, comparisons, cards."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.site import PATIENCE_MS

pytestmark = pytest.mark.slow

expect.set_options(timeout=PATIENCE_MS)

EXPOSURE = "/reverse-proxies/exposure/"
ROWS = ".rows tbody tr:not(.section)"


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
        if (cell.checkVisibility() && !before.content.startsWith(`"${label}`))
            wrong.push(`does not show ${label}`);
    }
    const {scrollWidth, clientWidth} = document.documentElement;
    if (scrollWidth > clientWidth) wrong.push(`is too wide by ${scrollWidth - clientWidth}`);
    return wrong;
}"""

# The theme and the page notice a new width by observers, which answer within the next frames.
TWO_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


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
                page.evaluate(TWO_FRAMES)
                found = page.evaluate(WRONG, width < 600)
                wrong += [f"{path} at {width}: {what}" for what in found]
    assert looked_at > 20
    assert wrong == []


@pytest.mark.parametrize("width", [390, 1440])
def test_the_filter_shows_the_rows_that_have_every_word(
    width: int, page: Page, address: str
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address + "/upgrade-notes/options/")
    filter_, count = page.get_by_label("Filter"), page.locator(".table-tools output")
    shown = page.locator(f"{ROWS}:visible")
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


def test_a_comparison_shows_only_differences_and_one_column_and_its_address_does_too(
    page: Page, address: str
) -> None:
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(address + EXPOSURE)
    page.get_by_label("Only differences").first.check()
    page.locator(".table-tools select").first.select_option("HAProxy")

    def shown() -> tuple[list[str], int, int]:
        table = page.locator(".rows").first
        first = page.locator(f"{ROWS}:visible").first.locator("td:visible")
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


@pytest.mark.parametrize("scripts", [True, False])
def test_on_a_phone_a_section_is_folded_until_it_is_opened_and_with_the_keyboard_too(
    scripts: bool, browser: Browser, address: str
) -> None:
    page = browser.new_page(java_script_enabled=scripts, viewport={"width": 390, "height": 844})
    try:
        page.set_default_timeout(PATIENCE_MS)
        page.goto(address + EXPOSURE)
        table = page.locator(".table:has(.section)").first
        rows = table.locator(ROWS)
        shown = rows.locator("visible=true")
        expect(shown).to_have_count(0)
        summary = table.locator(".section summary").first
        summary.press("Enter")
        expect(shown).to_have_count(5)
        expect(shown.first).to_contain_text("client API")
        table.locator(".section td").first.click(
            position={"x": 5, "y": 5}
        )  # all of it can be tapped
        expect(shown).to_have_count(0)
        page.set_viewport_size({"width": 820, "height": 900})
        assert shown.count() == rows.count()
        expect(summary).to_be_hidden()
        page.set_viewport_size({"width": 390, "height": 844})
        page.emulate_media(media="print")
        assert shown.count() == rows.count()
    finally:
        page.close()


def test_the_filter_opens_the_sections_in_which_it_finds_something(
    page: Page, address: str
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address + EXPOSURE)
    table, filter_ = page.locator(".table:has(.section)").first, page.get_by_label("Filter").first
    rows, sections = table.locator(f"{ROWS}:visible"), table.locator(".section:visible")
    every = sections.count()
    filter_.fill("health")
    expect(rows).to_have_count(2)
    expect(sections).to_have_count(2)
    filter_.press("Escape")
    expect(rows).to_have_count(0)
    expect(sections).to_have_count(every)


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


@pytest.mark.parametrize("path", ["/upgrade-notes/options/", EXPOSURE])
def test_nothing_moves_when_a_tables_tools_start(path: str, page: Page, address: str) -> None:
    page.goto(address + path)
    page.locator(".table.fits").first.wait_for()
    assert page.evaluate(MOVED) == []


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
