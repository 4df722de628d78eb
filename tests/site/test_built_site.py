"""The built site in a real browser: every page, light and dark, wide and on a phone."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, expect

from tests.audit.browser import elements, misfits, scroll, shifts
from tests.audit.limits import LAYOUT_SHIFT, kilobytes, overweight
from tests.docs.guide import DOCS, labs
from tests.site import PATIENCE_MS

pytestmark = [pytest.mark.slow, pytest.mark.no_cover]


def _address(source: Path) -> str:
    """Where the site has the page of this source."""
    path = source.relative_to(DOCS).with_suffix("").as_posix()
    return f"/{path.removesuffix('index')}/".replace("//", "/")


SOURCES = (*sorted(DOCS.rglob("*.md")), *labs())
PAGES = ["/404.html", *map(_address, SOURCES)]
DRAWN = [
    _address(source)
    for source in SOURCES
    if source.suffix == ".py" or 'class="picture"' in source.read_text("utf-8")
]
SIZES: dict[str, ViewportSize] = {
    "wide": {"width": 1280, "height": 800},
    "phone": {"width": 360, "height": 740},
}
Scheme = Literal["light", "dark"]
SCHEMES: dict[Scheme, str] = {"light": "default", "dark": "slate"}  # as the theme names them
expect.set_options(timeout=PATIENCE_MS)


# Done when no code is wider than its place and cannot be given the focus; what stays so is left
# for the accessibility rules to name.
SCROLLED_BY_KEYBOARD = """patience => new Promise(done => {
    setTimeout(done, patience);
    const look = () =>
        [...document.querySelectorAll("pre > code")].every(
            code => !code.checkVisibility() || code.scrollWidth <= code.clientWidth
                || code.tabIndex >= 0
        ) ? done() : requestAnimationFrame(look);
    look();
})"""


# Words of code are most of what a page shows, and few look different: of those that look the same
# three are judged that are in sight and no single letter, and those after them are hidden. Words
# with another colour, weight or size, or on another ground, look different.
HIDE_SAME_WORDS = """() => {
    const judged = new Map();
    for (const word of document.querySelectorAll("pre code span:not(:has(*))")) {
        const {color, fontSize, fontWeight, textShadow} = getComputedStyle(word);
        const look = [color, fontSize, fontWeight, textShadow];
        for (let part = word; part; part = part.parentElement) {
            const {backgroundColor, backgroundImage, opacity} = getComputedStyle(part);
            look.push(backgroundColor, backgroundImage, opacity);
        }
        const number = judged.get(look.join()) ?? 0;
        word.style.visibility = number >= 3 ? "hidden" : "";
        const [its, place] = [word, word.closest("code")].map(one => one.getBoundingClientRect());
        const inSight = word.checkVisibility() && its.width && its.right <= place.right;
        if (inSight && word.textContent.trim().length > 1) judged.set(look.join(), number + 1);
    }
}"""


class Look(NamedTuple):
    """How a reader's browser shows a page."""

    scheme: Scheme
    size: str


LOOKS = [Look(scheme, size) for scheme in SCHEMES for size in SIZES]


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
        """Opens a page and waits until all that it names has come."""
        self.page.goto(address)

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

    def broken_rules(self, *, contrast_only: bool = False) -> list[str]:
        """The accessibility rules that the page breaks as it looks now, and where."""
        self.page.evaluate(HIDE_SAME_WORDS)
        options = {"resultTypes": ["violations"]}
        if contrast_only:
            options["runOnly"] = ["color-contrast"]
        return [
            f"{violation['id']}: {', '.join(str(n['target']) for n in violation['nodes'][:3])} "
            f"{[c.get('data') for n in violation['nodes'][:1] for c in n['any'][:1]]}"
            for violation in Axe().run(self.page, options=options).response["violations"]
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
@pytest.mark.proves("each-page-is-opened-in-a-browser")
def test_a_page_loads_nothing_external_keeps_its_policy_fits_and_is_light_and_accessible(
    path: str, visit: Visit, address: str, built_site: Path
) -> None:
    """Each page opens in another look than the page before, and is then looked at in all four.

    A scheme changes only colours, and a width only the layout. So all rules are tried at both
    widths, one in each scheme, and the contrast in every look.
    """
    first = PAGES.index(path) % len(LOOKS)
    looks = LOOKS[first:] + LOOKS[:first]
    visit.page.emulate_media(color_scheme=looks[0].scheme)
    visit.page.set_viewport_size(SIZES[looks[0].size])
    visit.open(address + path)
    asked = [url for url in visit.requests if url.startswith(address)]
    kb = kilobytes(built_site, asked)
    wrong = overweight(path, kb, len(asked), elements(visit.page))
    scroll(visit.page)
    moved = shifts(visit.page)
    if sum(value for value, _ in moved) >= LAYOUT_SHIFT:
        wrong.append(f"its layout shifts: {moved}")
    for look in looks:
        visit.look(look)
        wrong += [f"{look}: {misfit}" for misfit in misfits(visit.page)]
        if (wide := visit.scrolls_sideways()) > 0:
            wrong.append(f"{look}: scrolls sideways by {wide} pixels")
        whole = look in (LOOKS[0], LOOKS[-1])
        wrong += [f"{look}: {rule}" for rule in visit.broken_rules(contrast_only=not whole)]
    wrong += [f"complains: {complaint}" for complaint in visit.complaints]
    ours = (address + "/", "data:")
    wrong += [f"asks {url}" for url in visit.requests if not url.startswith(ours)]
    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize("style", ["color: #ccc", "background: #777"])
def test_one_word_of_code_that_cannot_be_read_is_named(
    visit: Visit, address: str, style: str
) -> None:
    visit.open(address + "/streams/current-stream-id/")
    visit.look(LOOKS[0])
    assert visit.broken_rules() == []
    hidden = "[...document.querySelectorAll('pre code span[style*=hidden]')]"  # was not judged
    visit.page.evaluate(
        f"{hidden}.find(w => w.checkVisibility() && w.textContent.length > 3).style = '{style}'"
    )
    (rule,) = visit.broken_rules()
    assert rule.startswith("color-contrast: ")


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


# What is wrong with the pictures as they are now, by the places that the browser gives them.
PICTURES = """() => [...document.querySelectorAll(".picture")].flatMap((picture, number) => {
    const wrong = [], about = text => wrong.push(`picture ${number + 1}: ${text}`);
    const shown = [...picture.children].filter(drawing => drawing.getBoundingClientRect().width);
    if (shown.length != 1) about(`${shown.length} drawings are shown`);
    if (picture.scrollWidth > picture.clientWidth) about("scrolls sideways");
    for (const drawing of shown) {
        const edges = drawing.getBoundingClientRect();
        const letters = 13 * edges.width / drawing.viewBox.baseVal.width;
        if (letters < 11) about(`letters of ${letters} pixels`);
        const words = [...drawing.querySelectorAll("text")].map(text =>
            ({text: text.textContent, at: text.getBoundingClientRect()}));
        words.forEach(({text, at}, place) => {
            if (at.left < edges.left - 1 || at.right > edges.right + 1
                || at.top < edges.top - 1 || at.bottom > edges.bottom + 1)
                about(`"${text}" leaves it`);
            for (const other of words.slice(place + 1))
                if (at.left < other.at.right && other.at.left < at.right
                    && at.top + 2 < other.at.bottom && other.at.top + 2 < at.bottom)
                    about(`"${text}" touches "${other.text}"`);
        });
    }
    return wrong;
})"""


@pytest.mark.parametrize("path", DRAWN)
def test_a_picture_is_whole_and_legible_at_every_width(
    path: str, visit: Visit, address: str
) -> None:
    visit.page.goto(address + path)
    wrong = []
    for width in (320, 390, 640, 820, 1440):
        visit.page.set_viewport_size({"width": width, "height": 800})
        wrong += [f"{width} wide: {what}" for what in visit.page.evaluate(PICTURES)]
    assert wrong == [], "\n".join(wrong)
