"""The built site in a real browser: every page, light and dark, wide and on a phone."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, expect

from tests.docs.guide import DOCS, labs
from tests.real import website

pytestmark = pytest.mark.slow

PAGES = ["/404.html"] + [
    "/" + path.relative_to(DOCS).with_suffix("").as_posix().removesuffix("index").rstrip("/") + "/"
    for path in (*sorted(DOCS.rglob("*.md")), *labs())
]
PAGES = [path.replace("//", "/") for path in PAGES]
SIZES: dict[str, ViewportSize] = {
    "wide": {"width": 1280, "height": 800},
    "phone": {"width": 360, "height": 740},
}
Scheme = Literal["light", "dark"]
SCHEMES: dict[Scheme, str] = {"light": "default", "dark": "slate"}  # as the theme names them
PATIENCE_MS = 120_000  # on a machine that is busy
expect.set_options(timeout=PATIENCE_MS)


# Done when no code is wider than its place and cannot be given the focus; what stays so is left
# for the accessibility rules to name.
SCROLLED_BY_KEYBOARD = """patience => new Promise(done => {
    setTimeout(done, patience);
    const look = () =>
        [...document.querySelectorAll("pre > code")].every(
            code => code.scrollWidth <= code.clientWidth || code.tabIndex >= 0
        ) ? done() : requestAnimationFrame(look);
    look();
})"""


class Look(NamedTuple):
    """How a reader's browser shows a page."""

    scheme: Scheme
    size: str


LOOKS = [Look(scheme, size) for scheme in SCHEMES for size in SIZES]


@pytest.fixture(scope="module")
def address(built_site: Path) -> Iterator[str]:
    with website.serve(built_site) as url:
        yield url


class Visit:
    """One visit to a page: what it asked for, what it complained of, and its looks in turn."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._console)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def open(self, address: str) -> None:
        """Opens a page and waits until its search is ready: the last thing a page asks for."""
        self.page.goto(address)
        ready = self.page.locator(".md-search-result__meta")
        expect(ready).to_have_text("Type to start searching")

    def look(self, look: Look) -> None:
        """Gives the open page a colour scheme and a width, and waits until it shows them."""
        self.page.emulate_media(color_scheme=look.scheme)
        self.page.set_viewport_size(SIZES[look.size])
        body = self.page.locator("body")
        expect(body).to_have_attribute("data-md-color-scheme", SCHEMES[look.scheme])
        # The theme notices a new width by an observer, and then lets the keyboard scroll code.
        self.page.evaluate(SCROLLED_BY_KEYBOARD, PATIENCE_MS)
        # Colours that fade are judged as they end up.
        self.page.evaluate("document.getAnimations().forEach(animation => animation.finish())")

    def scrolls_sideways(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(
            self.page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
        )

    def broken_rules(self) -> list[str]:
        """The accessibility rules that the page breaks as it looks now, and where."""
        return [
            f"{violation['id']}: {', '.join(str(n['target']) for n in violation['nodes'][:3])} "
            f"{[c.get('data') for n in violation['nodes'][:1] for c in n['any'][:1]]}"
            for violation in Axe().run(self.page).response["violations"]
        ]


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    try:
        yield Visit(context.new_page())
    finally:
        context.close()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_asks_nobody_else_keeps_its_policy_fits_and_breaks_no_accessibility_rule(
    path: str, visit: Visit, address: str
) -> None:
    """Each page opens in another look than the page before, and is then looked at in all four."""
    first = PAGES.index(path) % len(LOOKS)
    looks = LOOKS[first:] + LOOKS[:first]
    visit.page.emulate_media(color_scheme=looks[0].scheme)
    visit.page.set_viewport_size(SIZES[looks[0].size])
    visit.open(address + path)
    wrong = []
    for look in looks:
        visit.look(look)
        if (wide := visit.scrolls_sideways()) > 0:
            wrong.append(f"{look}: scrolls sideways by {wide} pixels")
        wrong += [f"{look}: {rule}" for rule in visit.broken_rules()]
    wrong += [f"complains: {complaint}" for complaint in visit.complaints]
    ours = (address + "/", "data:")
    wrong += [f"asks {url}" for url in visit.requests if not url.startswith(ours)]
    assert wrong == [], "\n".join(wrong)


def test_the_search_finds_a_page_by_its_words(visit: Visit, address: str) -> None:
    visit.open(address)
    visit.page.keyboard.press("f")
    visit.page.keyboard.type("current stream ID")
    first = visit.page.locator(".md-search-result__link").first
    expect(first).to_have_attribute("href", re.compile("/streams/current-stream-id/"))


def test_the_picture_changes_its_colours_with_the_scheme(visit: Visit, address: str) -> None:
    visit.open(address + "/streams/current-stream-id/")
    colours = set()
    for scheme in SCHEMES:
        visit.look(Look(scheme, "wide"))
        colours.add(
            visit.page.evaluate(
                "getComputedStyle(document.querySelector('.timeline .current')).stroke"
            )
        )
    assert len(colours) == 2
