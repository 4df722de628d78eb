"""The upgrade notes in a real browser: the choice of two releases, the ticks, the old addresses."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode, urljoin

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Dialog, Page, ViewportSize, expect

from snippets.shared.history import read_history
from snippets.upgrade_notes import places
from snippets.upgrade_notes.advisor import examine_upgrade
from snippets.upgrade_notes.notes import read_notes
from tests.real import website
from tests.site import PATIENCE_MS

pytestmark = pytest.mark.slow

NOTES, HISTORY = read_notes(), read_history()
RELEASES = [".".join(release.split(".")[:2]) for release in HISTORY.releases]
CARDS = [f"{places.name(first)}/" for first in places.FIRST]
PAGES = ["", *CARDS]
# The ids of the first page when all cards were on it.
OLD_ANCHORS = Path(__file__).with_name("upgrade_notes_anchors.txt").read_text("utf-8").split()
SHOWN = "[...document.querySelectorAll('[data-note]:not([hidden])')].map(one => one.dataset.note)"
CONTENTS = """[...document.querySelectorAll(".md-sidebar--secondary a[href^='#1-']")]
    .filter(link => link.checkVisibility()).map(link => link.hash.slice(1))"""
WIDE: ViewportSize = {"width": 1440, "height": 900}
FORBIDDEN = "nothing may be kept"
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def address(built_site: Path) -> Iterator[str]:
    with website.serve(built_site) as url:
        yield f"{url}/upgrade-notes/"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a browser that keeps nothing of the tests before; it fails on an error."""
    context = browser.new_context(viewport=WIDE)
    context.set_default_timeout(PATIENCE_MS)
    errors: list[str] = []
    context.on("weberror", lambda error: errors.append(str(error.error)))
    try:
        yield context.new_page()
    finally:
        context.close()
    # Where the browser keeps nothing, the theme fails to keep the colour scheme.
    assert [error for error in errors if error != FORBIDDEN] == []


def visit(page: Page, address: str) -> None:
    """Opens a page; what is there at the end of its HTML is all that these tests look at."""
    page.goto(address, wait_until="domcontentloaded")


def between(start: str, end: str) -> list[str]:
    """The notes that the advisor names."""
    return [one.note.anchor for one in examine_upgrade(NOTES, HISTORY, start, end).advice]


def says(anchors: list[str], done: int = 0, what: str = "Notes") -> str:
    stop = sum(note.effect == "stops" for note in NOTES if note.anchor in anchors)
    return f"{what}: {len(anchors)} · Stop Synapse: {stop} · Done: {done}"


def output(page: Page) -> str:
    return page.locator(".chooser output").inner_text()


def choose(page: Page, start: str, end: str) -> None:
    page.get_by_label("You have").select_option(start)
    page.get_by_label("You want").select_option(end)


CHOOSING = """pairs => pairs.map(pair => {
    const fields = document.querySelectorAll(".chooser select");
    pair.forEach((release, place) => { fields[place].value = release; });
    fields[1].dispatchEvent(new Event("change", {bubbles: true}));
    const shown = %s;
    return [shown, document.querySelector(".chooser output").value, location.href];
})"""


def test_the_choice_shows_the_notes_that_the_advisor_names_and_is_in_the_address(
    page: Page, address: str
) -> None:
    visit(page, address)
    assert page.evaluate(SHOWN) == [note.anchor for note in NOTES]
    choose(page, "1.90", "1.92")
    assert page.evaluate(SHOWN) == between("1.90", "1.92")
    pairs = [(RELEASES[0], RELEASES[-1]), ("1.98", "1.120"), *pairwise(RELEASES)]
    answers = page.evaluate(CHOOSING % SHOWN, pairs)
    for (start, end), (shown, said, url) in zip(pairs, answers, strict=True):
        expected = between(start, end)
        assert shown == expected, (start, end)
        assert said == says(expected)
        assert url == f"{address}?from={start}&to={end}"


def test_the_address_gives_the_same_choice_again_on_every_page(page: Page, address: str) -> None:
    visit(page, address)
    choose(page, "1.95", "1.140")
    page.reload(wait_until="domcontentloaded")
    assert page.evaluate(SHOWN) == between("1.95", "1.140")
    for name in CARDS:
        link = page.locator(f"article a.keeps[href*='{name}']").first
        assert urljoin(page.url, str(link.get_attribute("href"))).endswith("?from=1.95&to=1.140")
        visit(page, f"{address}{name}?from=1.95&to=1.140")
        here = [
            note.anchor
            for note in NOTES
            if places.in_site(note).startswith(name) and note.anchor in between("1.95", "1.140")
        ]
        assert page.evaluate(SHOWN) == page.evaluate(CONTENTS) == here
        assert output(page) == says(here, what="Notes on this page")
        assert page.get_by_label("You have").input_value() == "1.95"
    visit(page, address + "?from=1.95.1&to=1.140.0")
    assert page.evaluate(SHOWN) == between("1.95", "1.140"), "a patch is its minor release"


TOO_NEW = f"1.{int(RELEASES[-1].partition('.')[2]) + 1}"
HOSTILE = [
    "<img src=x onerror=alert(1)>", "1.78", TOO_NEW, "2.0", "1.", "", "1.95.1rc1", "-1",
    "1." + "9" * 4000, "javascript:alert(1)", "\u202e1.95", "%", "1.9" + "0" * 40 + "x",
]  # fmt: skip


def test_a_value_that_is_no_release_is_refused_in_words_beside_its_field(
    page: Page, address: str
) -> None:
    asked: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    for value in HOSTILE:
        visit(page, f"{address}?{urlencode({'from': value, 'to': value})}")
        for name, label in (("from", "You have"), ("to", "You want")):
            refused = page.locator(f"#{name}-refused")
            expect(refused).to_have_text(f"“{value[:20]}” is not in this list.")
            assert page.get_by_label(label).get_attribute("aria-invalid") == "true"
        assert page.locator(".chooser img").count() == 0
        assert len(page.evaluate(SHOWN)) == len(NOTES)
    visit(page, address + "?from=%E0%A4%A&to=%#%")
    assert len(page.evaluate(SHOWN)) == len(NOTES)
    assert asked == []
    choose(page, "1.95", "1.96")
    expect(page.locator(".refused:not(:empty)")).to_have_count(0)
    choose(page, "1.96", "1.96")
    expect(page.locator("#to-refused")).to_have_text("1.96 is not newer than 1.96.")
    assert page.evaluate(SHOWN) == []


def test_ticks_stay_after_a_reload_and_on_the_card_until_they_are_cleared(
    page: Page, address: str
) -> None:
    note = NOTES[-1]
    visit(page, address)
    page.get_by_label(f"Done: {note.label}", exact=True).check()
    assert output(page) == says([one.anchor for one in NOTES], done=1)
    visit(page, address + places.in_site(note))
    expect(page.get_by_label(f"Done: {note.label}", exact=True)).to_be_checked()
    visit(page, address)
    expect(page.locator(".done :checked")).to_have_count(1)
    page.get_by_role("button", name="Clear all ticks").click()
    expect(page.locator(".done :checked")).to_have_count(0)
    page.reload(wait_until="domcontentloaded")
    assert output(page) == says([one.anchor for one in NOTES])


def test_where_the_browser_keeps_nothing_the_choice_and_the_ticks_still_work(
    page: Page, address: str
) -> None:
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', "
        f"{{get() {{ throw new DOMException('{FORBIDDEN}', 'SecurityError') }}}})"
    )
    visit(page, address + "?from=1.90&to=1.92")
    assert page.evaluate(SHOWN) == between("1.90", "1.92")
    page.locator(".done input:visible").first.check()
    assert output(page) == says(between("1.90", "1.92"), done=1)
    page.get_by_role("button", name="Clear all ticks").click()
    assert output(page) == says(between("1.90", "1.92"))


def test_the_choice_and_a_tick_are_made_with_the_keyboard_alone(page: Page, address: str) -> None:
    visit(page, address)
    page.get_by_label("You have").focus()
    page.keyboard.type("1.98")
    page.keyboard.press("Tab")
    page.keyboard.type("1.100")
    page.keyboard.press("Tab")
    assert page.url == f"{address}?from=1.98&to=1.100"
    expect(page.get_by_role("button", name="Clear all ticks")).to_be_focused()
    while page.evaluate("document.activeElement.type") != "checkbox":
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert output(page) == says(between("1.98", "1.100"), done=1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_refusal_a_tick_and_an_open_proof_break_no_accessibility_rule(
    page: Page, address: str, scheme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=scheme)
    visit(page, f"{address}{CARDS[0]}?from=soon#{NOTES[0].anchor}")
    page.locator(".done input").first.check()
    page.locator("summary").first.click()
    page.evaluate("document.getAnimations().forEach(animation => animation.finish())")
    assert [broken["id"] for broken in Axe().run(page).response["violations"]] == []


def test_nothing_moves_while_the_page_takes_the_choice_from_the_address(
    page: Page, address: str
) -> None:
    page.add_init_script(
        "window.shifts = 0; new PerformanceObserver(list => list.getEntries().forEach("
        "entry => window.shifts += entry.value)).observe({type: 'layout-shift', buffered: true})"
    )
    # Each page has notes outside of these releases, and enough of them within to fill the window:
    # on a page that is shorter the theme's footer can move, whether anything is chosen or not.
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 800})
        for name in PAGES:
            visit(page, f"{address}{name}?from=1.90&to=1.160")
            page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
            assert page.evaluate("window.shifts") == 0, (name, width)


def test_no_page_is_longer_than_12000_pixels_or_12_sheets(page: Page, address: str) -> None:
    for name in PAGES:
        visit(page, address + name)
        begin = f"{name or 'index'} is too long: begin a new page in places.py"
        assert page.evaluate("document.documentElement.scrollHeight") <= 12_000, begin
        sheets = len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))
        assert 1 <= sheets <= 12, begin


def test_without_scripts_every_note_is_shown_and_nothing_that_needs_one(
    browser: Browser, address: str
) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        visit(page, address + "?from=1.98&to=1.99")
        expect(page.locator(".notes li:visible")).to_have_count(len(NOTES))
        expect(page.locator(":is(.chooser, .done):visible")).to_have_count(0)


def old(anchors: list[str]) -> list[str]:
    """Those of notes and of releases."""
    return [anchor for anchor in anchors if re.match(r"1-?[\d-]+", anchor)]


def test_every_old_anchor_is_on_the_first_page_and_links_to_its_note(built_site: Path) -> None:
    folder = built_site / "upgrade-notes"
    soup = {
        name: BeautifulSoup((folder / name / "index.html").read_text("utf-8"), "html.parser")
        for name in PAGES
    }
    assert len(old(OLD_ANCHORS)) > 100
    assert [one for one in OLD_ANCHORS if not soup[""].find(id=one)] == []
    for anchor in old(OLD_ANCHORS):
        line = soup[""].find(id=anchor)
        assert line
        line = line if line.name == "li" else line.find_parent("li")
        assert line
        link = line.find("a")
        assert link
        name, _, fragment = str(link["href"]).partition("#")
        card = soup[name.removeprefix("../upgrade-notes/")].find(id=fragment)
        assert card, anchor
        assert card.name == "h2"
        if "-" in anchor:
            assert fragment == anchor
        else:
            assert fragment.startswith(f"{anchor[0]}-{anchor[1:]}-")


def test_an_old_anchor_leads_on_to_its_card(page: Page, address: str) -> None:
    for anchor in (*old(OLD_ANCHORS)[::40], "1163", "195"):
        note = next(one for one in NOTES if anchor in (one.anchor, one.release.replace(".", "")))
        visit(page, f"{address}#{anchor}")
        page.wait_for_url(address + places.in_site(note), wait_until="domcontentloaded")
        expect(page.locator(f"[id='{note.anchor}']")).to_be_in_viewport()


def test_a_link_to_a_note_shows_it_whatever_is_chosen(page: Page, address: str) -> None:
    note = next(note for note in NOTES if note.undone_by and note.release == "1.81")
    visit(page, f"{address}from-1-80/?from=1.95&to=1.96#{note.anchor}")
    expect(page.locator(f"[id='{note.anchor}']")).to_be_in_viewport()
    page.get_by_role("link", name=note.undone_by.split(" ", 1)[1]).first.click()
    undoing = next(one for one in NOTES if one.label == note.undone_by)
    expect(page.locator(f"[id='{undoing.anchor}']")).to_be_in_viewport()
