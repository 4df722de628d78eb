"""What a page may weigh, and which pages may weigh more, with the reason."""

from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import brotli

from tests import ROOT

FIRST_VIEW_KB = 100  # of 1,000 bytes, compressed
REQUESTS = 9
LAYOUT_SHIFT = 0.001  # what is less is a rounding error: nobody sees it
ELEMENTS = 1_500
CHARACTERS = range(65, 76)  # of a line of running text
HEIGHT, SHEETS = 12_000, 12  # of an upgrade-notes page at 1440 pixels, and of A4 when printed
STYLE_LINES = 900
SCRIPT_LINES = {"docs/assets": 310, "theme/run": 600}  # by folder; the second is fetched on demand
BUILD_S, REBUILD_S = 15, 3
SCORES = {"performance": 95, "accessibility": 100, "best-practices": 100, "seo": 100}

# The pages whose first view may be heavier: most kB, most requests, and why.
HEAVY = {
    "/404.html": (210, 10, "searches at once for what stands in the address"),
    "/claims/": (120, 9, "every claim of the site"),
}

# The pages with more elements than ELEMENTS: how many at most, and why.
LARGE = {
    "/configuration/all-options/": (6_500, "all options"),
    "/configuration/options/experimental/": (1_700, "every experiment of 85 releases"),
    "/errors/reverse-proxies/": (1_600, "what five programs print, each text with a heading"),
    "/claims/": (4_000, "every claim of the site"),
    "/configuration/findings/": (3_700, "every finding, with a file and its correction"),
    "/reverse-proxies/exposure/": (1_700, "every path that Synapse serves, behind four proxies"),
    "/streams/several-writers/": (1_750, "every stream, and thirty claims with their proofs"),
    "/streams/when-streams-go-wrong/": (1_900, "eight broken twins, each with its code"),
    "/upgrade-notes/options/": (2_300, "all options"),
}


def most_elements(path: str) -> int:
    """The most elements that a page may have."""
    return LARGE[path][0] if path in LARGE else ELEMENTS


def overweight(path: str, kb: float, requests: int, count: int) -> list[str]:
    """What exceeds the limits of a page: its first view, its requests, its elements."""
    most_kb, most_requests, _ = HEAVY.get(path, (FIRST_VIEW_KB, REQUESTS, ""))
    return [
        f"{what} {number:.0f}, and at most {most} may be: see tests/audit/limits.py"
        for what, number, most in (
            ("its first view in kB is", kb, most_kb),
            ("the number of its requests is", requests, most_requests),
            ("the number of its elements is", count, most_elements(path)),
        )
        if number > most
    ]


def paths(site: Path) -> list[str]:
    """The address of every page of a built site, as `/streams/writing/` or `/404.html`."""
    pages = (page.relative_to(site).as_posix() for page in site.rglob("*.html"))
    return sorted("/" + page.removesuffix("index.html") for page in pages)


def file_of(site: Path, address: str) -> Path:
    """The file that the site answers with, at an address with or without its host."""
    file = site / unquote(urlsplit(address).path).lstrip("/")
    return file / "index.html" if file.is_dir() else file


@cache
def compressed(file: Path) -> int:
    """The bytes of a file as a server sends it: Brotli, as quickly as a server compresses."""
    return len(brotli.compress(file.read_bytes(), quality=5))


def kilobytes(site: Path, addresses: list[str]) -> float:
    """The weight of what a browser requested; a file that is not there weighs nothing."""
    files = (file_of(site, address) for address in addresses if address.startswith("http"))
    return sum(compressed(file) for file in files if file.is_file()) / 1000


def style_lines() -> int:
    """All lines of our style sheets, with comments and blank lines; STYLE_LINES at most."""
    return len(_lines("theme/styles", "*.css"))


def script_lines(folder: str) -> int:
    """The lines of a folder's scripts, without blank lines and comments; see SCRIPT_LINES."""
    code = (line.strip() for line in _lines(folder, "*.js"))
    return sum(bool(line) and not line.startswith(("//", "/*", "*")) for line in code)


def _lines(folder: str, pattern: str) -> list[str]:
    files = (ROOT / folder).glob(pattern)
    return [line for file in files for line in file.read_text("utf-8").splitlines()]
