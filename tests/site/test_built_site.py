"""The built site in a real browser: every page, light and dark, wide and on a phone."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from snippets.shared.history import read_history
from snippets.upgrade_notes.advisor import examine_upgrade
from snippets.upgrade_notes.notes import read_notes
from tests.docs.guide import DOCS, labs
from tests.real import website

pytestmark = pytest.mark.slow

PAGES = ["/404.html"] + [
    "/" + path.relative_to(DOCS).with_suffix("").as_posix().removesuffix("index").rstrip("/") + "/"
    for path in (*sorted(DOCS.rglob("*.md")), *labs())
]
PAGES = [path.replace("//", "/") for path in PAGES]
SIZES = {"wide": (1280, 800), "phone": (360, 740)}


@pytest.fixture(scope="module")
def address(built_site: Path) -> Iterator[str]:
    with website.serve(built_site) as url:
        yield url


class Visit:
    """A page opened in the browser, with what it asked for and what it complained of."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._console)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def open(self, path: str, *, asks_nothing_more: bool = False) -> None:
        """Opens a page and waits until it is loaded, or for half a second without a request."""
        until: Literal["load", "networkidle"] = "networkidle" if asks_nothing_more else "load"
        self.page.goto(self.address + path, wait_until=until)


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=SIZES)
def visit(
    request: pytest.FixtureRequest, browser: Browser, address: str, scheme: str
) -> Iterator[Visit]:
    width, height = SIZES[request.param]
    context = browser.new_context(
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": height},
    )
    try:
        yield Visit(context.new_page(), address)
    finally:
        context.close()


def test_every_page_asks_nobody_else_keeps_its_policy_and_fits(visit: Visit) -> None:
    for path in PAGES:
        visit.open(path, asks_nothing_more=True)
        wide = visit.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, f"{path} scrolls sideways by {wide} pixels"
        assert visit.complaints == [], path
    outside = [url for url in visit.requests if not url.startswith((visit.address, "data:"))]
    assert outside == []


def test_no_page_breaks_an_accessibility_rule(visit: Visit) -> None:
    broken = []
    for path in PAGES:
        visit.open(path)
        for violation in Axe().run(visit.page).response["violations"]:
            where = ", ".join(str(node["target"]) for node in violation["nodes"][:3])
            data = [
                check.get("data") for node in violation["nodes"][:1] for check in node["any"][:1]
            ]
            broken.append(f"{path}: {violation['id']}: {where} {data}")
    assert broken == [], "\n".join(broken)


def test_the_search_finds_a_page_by_its_words(browser: Browser, address: str) -> None:
    page = browser.new_page()
    try:
        page.goto(address)
        page.keyboard.press("f")
        page.keyboard.type("current stream ID")
        first = page.locator(".md-search-result__link").first
        expect(first).to_have_attribute("href", re.compile("/streams/current-stream-id/"))
    finally:
        page.close()


def test_the_picture_changes_its_colours_with_the_scheme(browser: Browser, address: str) -> None:
    colours = set()
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
        page = context.new_page()
        page.goto(address + "/streams/current-stream-id/")
        colours.add(
            page.evaluate("getComputedStyle(document.querySelector('.timeline .current')).stroke")
        )
        context.close()
    assert len(colours) == 2


@pytest.mark.parametrize(("start", "end"), [("1.90", "1.92"), ("1.80", "1.163"), ("1.98", "1.99")])
def test_the_choice_of_two_releases_shows_the_notes_that_the_advisor_names(
    browser: Browser, address: str, start: str, end: str
) -> None:
    page = browser.new_page()
    try:
        page.goto(address + "/upgrade-notes/")
        page.get_by_label("You have").select_option(start)
        page.get_by_label("You want").select_option(end)
        named = [
            advice.note.title
            for advice in examine_upgrade(read_notes(), read_history(), start, end).advice
        ]
        shown = page.locator(".md-typeset table").first.locator("tbody tr:visible td:nth-child(2)")
        assert [title.strip() for title in reversed(shown.all_inner_texts())] == [
            title.replace("`", "") for title in named
        ]
        told = page.locator(".chooser output").inner_text()
        assert told == f"{len(named)} note{'' if len(named) == 1 else 's'} on the way"
        page.get_by_label("You want").select_option(start)
        assert page.locator(".chooser output").inner_text() == "Choose a newer release to go to."
    finally:
        page.close()
