"""Measures of a page that is open in a browser."""

import re
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Page, Request

from tests.audit.limits import kilobytes

PATIENCE_MS = 120_000  # on a machine that is busy

# The entries before this call are buffered, and taken at once. What moves in a table of which rows
# are still to come is left out: it depends on where the machine happened to pause.
_SHIFTS = """() => {
    const observer = new PerformanceObserver(() => {});
    observer.observe({ type: "layout-shift", buffered: true });
    const inTable = ({ node }) => (node?.closest ? node : node?.parentElement)?.closest("table");
    const { loadEventStart } = performance.getEntriesByType("navigation")[0];
    return observer.takeRecords().filter(({ hadRecentInput, startTime, sources }) =>
        !hadRecentInput && !(startTime < loadEventStart && sources.length && sources.every(inTable))
    ).map(entry => ({
        value: entry.value,
        moved: entry.sources.map(({ node }) => {
            const element = node?.nodeType === 1 ? node : node?.parentElement;
            return element ? `${element.localName}.${element.getAttribute("class") ?? ""}` : "?";
        }),
    }));
}"""

_SCROLL = """() => new Promise(done => {
    const end = document.documentElement.scrollHeight;
    const step = y => {
        scrollTo(0, y);
        requestAnimationFrame(() => y < end ? step(y + innerHeight) : requestAnimationFrame(done));
    };
    step(0);
})"""

# Counts the characters of each line but the last, in each paragraph of running text: a line ends
# where the next character stands further left.
_LINES = """() => {
    const counts = [];
    const article = document.querySelector(".md-content article");
    for (const paragraph of article.querySelectorAll(":scope > p, :scope > * > li")) {
        if (paragraph.querySelector("pre, svg, table")) continue;
        const texts = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT);
        const range = document.createRange();
        let [left, count] = [0, 0];
        while (texts.nextNode()) {
            for (let at = 0; at < texts.currentNode.length; at++) {
                range.setStart(texts.currentNode, at);
                range.setEnd(texts.currentNode, at + 1);
                const place = range.getBoundingClientRect();
                if (!place.width) continue;
                if (place.left < left) {
                    counts.push(count);
                    count = 0;
                }
                left = place.left;
                count++;
            }
        }
    }
    return counts;
}"""


_MISFITS = """() => {
    const wrong = [];
    const column = document.querySelector(".md-content").getBoundingClientRect().width;
    for (const image of document.querySelectorAll(".md-content :is(img, svg)")) {
        const width = image.getBoundingClientRect().width;
        if (width <= column + 1) continue;
        const name = image.getAttribute("aria-label") ?? image.alt ?? image.getAttribute("class");
        wrong.push(`an image of ${width} pixels is wider than its column of ${column}: ${name}`);
    }
    const range = document.createRange();
    for (const code of document.querySelectorAll(".md-content tr > :first-child code")) {
        const texts = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) {
            for (const { index, 0: word } of texts.currentNode.data.matchAll(/\\w+/g)) {
                range.setStart(texts.currentNode, index);
                range.setEnd(texts.currentNode, index + word.length);
                const tops = [...range.getClientRects()].map(({ top }) => Math.round(top));
                if (new Set(tops).size > 1) wrong.push(`a table's first column breaks ${word}`);
            }
        }
    }
    return wrong;
}"""


def elements(page: Page) -> int:
    """The number of elements in the document."""
    return int(page.evaluate("document.querySelectorAll('*').length"))


def shifts(page: Page) -> list[tuple[float, str]]:
    """By how much, and what, moved without anybody's doing since the page was requested."""
    return [(shift["value"], ", ".join(shift["moved"])) for shift in page.evaluate(_SHIFTS)]


def misfits(page: Page) -> list[str]:
    """Images that are wider than the column, and names that a table's first column breaks."""
    return [str(misfit) for misfit in page.evaluate(_MISFITS)]


def scroll(page: Page) -> None:
    """Scrolls through the whole page, window by window."""
    page.evaluate(_SCROLL)


def height(page: Page) -> int:
    """The height of the whole page, in pixels."""
    return int(page.evaluate("document.documentElement.scrollHeight"))


def sheets(page: Page) -> int:
    """The sheets of A4 on which the page is printed."""
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))


def measure(browser: Browser, site: Path, url: str) -> dict[str, Any]:
    """All measures of one page. It is opened twice: on a wide screen, and on a phone."""
    measures: dict[str, Any] = {}
    for width, tall in ((1440, 900), (390, 844)):
        requests: list[str] = []
        context = browser.new_context(viewport={"width": width, "height": tall})
        context.set_default_timeout(PATIENCE_MS)
        try:
            page = context.new_page()
            page.on("request", _noting(requests))
            page.goto(url, wait_until="networkidle")
            if width == 1440:
                counts = page.evaluate(_LINES)
                measures |= {
                    "kB": round(kilobytes(site, requests), 1),
                    "requests": len(requests),
                    "elements": elements(page),
                    "characters": median(counts) if len(counts) > 4 else None,
                    "sheets": sheets(page),
                }
            loaded = sum(value for value, _ in shifts(page))
            scroll(page)
            both = sum(value for value, _ in shifts(page))
            measures |= {
                f"shift {width}": round(loaded, 4),
                f"shift {width}, scrolled": round(both - loaded, 4),
                f"height {width}": height(page),
            }
        finally:
            context.close()
    return measures


def _noting(requests: list[str]) -> Callable[[Request], None]:
    """Notes what is requested from a server: an address with `data:` is none."""

    def note(request: Request) -> None:
        if request.url.startswith("http"):
            requests.append(request.url)

    return note
