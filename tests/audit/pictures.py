"""Pictures of pages, for people to look at: by day and by night, at three widths, and on paper."""

from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.audit.browser import PATIENCE_MS, height, scroll
from tests.real import website

WIDTHS = {390: 844, 820: 1180, 1440: 900}  # of a phone, a tablet, a screen; each with its height
SCHEMES = {"light": "default", "dark": "slate"}  # the browser's name, and the theme's
PIECE = 1_800  # pixels: a longer page is cut into pieces, as a picture that long is not legible


def take(browser: Browser, site: Path, paths: list[str], folder: Path) -> Iterator[Path]:
    """Writes the pictures of pages of a built site, and gives each file when it is there.

    `streams-writing-390-dark-2.png` is the second piece of a page, `streams-writing.pdf` its print.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with website.serve(site) as url:
        for path in paths:
            name = path.strip("/").removesuffix(".html").replace("/", "-") or "home"
            yield from _take(browser, url + path, str(folder / name))


def _take(browser: Browser, url: str, start: str) -> Iterator[Path]:
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    try:
        page = context.new_page()
        page.goto(url, wait_until="networkidle")
        page.pdf(path=f"{start}.pdf", format="A4")
        yield Path(f"{start}.pdf")
        for width, tall in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": tall})
            for scheme in SCHEMES:
                _show(page, scheme)
                for number, top in enumerate(range(0, height(page), PIECE), 1):
                    piece = min(PIECE, height(page) - top)
                    file = f"{start}-{width}-{scheme}-{number}.png"
                    page.screenshot(
                        path=file,
                        full_page=True,
                        clip={"x": 0, "y": top, "width": width, "height": piece},
                    )
                    yield Path(file)
    finally:
        context.close()


def _show(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.locator(f"body[data-md-color-scheme={SCHEMES[scheme]}]").wait_for()
    scroll(page)  # some things are drawn when they come into sight
    page.evaluate("scrollTo(0, 0)")
    page.evaluate("document.getAnimations().forEach(animation => animation.finish())")
