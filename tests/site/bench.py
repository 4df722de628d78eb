"""`make bench-site`: from a click to the first printed line, side by side with plain Pyodide."""

import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import brotli

from snippets.shared.speed import recording
from tests import benchmarks
from tests.real import chromium, mkdocs, website
from theme.run import building

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

RECORDED = recording("shared")
ROUNDS = 9
INTENT_MS = 1_000  # between the pointer over a block, or a second page, and the click
PAGE, SECOND = "/streams/", "/streams/current-stream-id/"
PLAIN = "plain Pyodide"

# Pyodide as its documentation loads it, in a worker; then what the site's blocks need, and a block.
_PLAIN_WORKER = """
import { loadPyodide } from "./pyodide.mjs";
import { lock } from "./lock.js";
onmessage = async ({ data }) => {
  const indexURL = new URL(".", import.meta.url).href;
  const python = await loadPyodide({ indexURL, lockFileContents: lock, packageBaseUrl: indexURL });
  const files = await (await fetch(new URL("files.zip", import.meta.url))).arrayBuffer();
  python.unpackArchive(files, "zip", { extractDir: "/guide" });
  python.runPython("import sys; sys.path.insert(0, '/guide')");
  python.setStdout({ batched: (text) => postMessage(text) });
  python.runPython(data);
};
"""
_PLAIN_PAGE = """<!doctype html><title>Plain</title><script type="module" src="plain.js"></script>
<button>Run</button><pre></pre>"""
_PLAIN_SCRIPT = """
document.querySelector("button").onclick = async () => {
  window.clicked = performance.now();
  const worker = new Worker(FOLDER + "plain-worker.js", { type: "module" });
  worker.onmessage = ({ data }) => {
    window.printed ??= performance.now();
    document.querySelector("pre").append(data, "\\n");
  };
  worker.postMessage(SOURCE);
};
"""

# Notes when the button was pressed, and when the first line hung below the block.
_WATCH = """() => {
  document.addEventListener("click", () => { window.clicked = performance.now(); }, true);
  new MutationObserver(() => {
    if (document.querySelector(".ran pre")?.textContent) window.printed ??= performance.now();
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""


def taken_s(page: "Page", button: str = ".runner button") -> float:
    """The seconds from a click to the first printed line."""
    page.locator(button).first.dispatch_event("click")  # without the pointer, which is intent
    while not (printed := page.evaluate("() => window.printed")):
        page.wait_for_timeout(20)
    return float(printed - page.evaluate("() => window.clicked")) / 1000


def opened(context: "BrowserContext", address: str) -> "Page":
    """A page on which nothing moves any more."""
    page = context.new_page()
    page.goto(address, wait_until="networkidle")
    page.evaluate(_WATCH)
    return page


def first_click(context: "BrowserContext", url: str) -> float:
    """The first click of a visit."""
    return taken_s(opened(context, url + PAGE))


def after_intent(context: "BrowserContext", url: str) -> float:
    """The pointer was over the block before."""
    page = opened(context, url + PAGE)
    page.locator(".runner button").first.hover()
    page.wait_for_timeout(INTENT_MS)
    return taken_s(page)


def second_page(context: "BrowserContext", url: str) -> float:
    """A block of another page has been run before, in the same tab."""
    page = opened(context, url + PAGE)
    taken_s(page)
    page.goto(url + SECOND, wait_until="networkidle")
    page.evaluate(_WATCH)
    page.wait_for_timeout(INTENT_MS)
    return taken_s(page)


def plain(context: "BrowserContext", url: str) -> float:
    """The same block in plain Pyodide."""
    page = context.new_page()
    page.goto(url + "/plain.html", wait_until="networkidle")
    return taken_s(page, "button")


@contextmanager
def profile() -> "Iterator[BrowserContext]":
    """A browser with a profile of its own, which keeps what it fetched while it runs."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            folder, executable_path=chromium.executable(), args=chromium.flags()
        )
        try:
            yield context
        finally:
            context.close()


def in_rounds(url: str, rounds: int) -> dict[str, list[float]]:
    """The seconds of each case in each round, in which all take turns."""
    times: dict[str, list[float]] = {}
    ours: dict[str, Callable[[Any, str], float]] = {
        "warm": first_click,
        "a second after the pointer came over a block": after_intent,
        "on a second page, a second after it came": second_page,
    }
    for number in range(rounds):
        print(f"  round {number + 1} of {rounds}", file=sys.stderr, flush=True)
        for kind, cold in ((PLAIN, plain), ("with a snapshot", first_click)):
            with profile() as context:
                times.setdefault(f"{kind}, cold", []).append(cold(context, url))
                if kind == PLAIN:
                    times.setdefault(f"{PLAIN}, warm", []).append(plain(context, url))
                    continue
                for name, measure in ours.items():
                    times.setdefault(f"{kind}, {name}", []).append(measure(context, url))
    return times


def add_plain(site: Path) -> None:
    """Adds plain Pyodide to a built site: it is served in the same way."""
    (folder,) = (site / "assets" / "run").iterdir()
    block = "from snippets.streams import StreamIdGenerator\nprint(StreamIdGenerator())"
    script = _PLAIN_SCRIPT.replace("FOLDER", repr(f"/assets/run/{folder.name}/"))
    (folder / "plain-worker.js").write_text(_PLAIN_WORKER, "utf-8")
    (site / "plain.js").write_text(script.replace("SOURCE", repr(block)), "utf-8")
    (site / "plain.html").write_text(_PLAIN_PAGE, "utf-8")


def fetched(folder: Path) -> list[dict[str, Any]]:
    """What a browser fetches, in bytes: as it is, and as a server sends it."""
    return [
        {
            "file": path.name,
            "bytes": path.stat().st_size,
            "sent": path.stat().st_size if path.suffix in (".gz", ".zip") else len(
                brotli.compress(path.read_bytes(), quality=5)
            ),
        }
        for path in sorted(folder.iterdir(), key=lambda path: -path.stat().st_size)
    ]  # fmt: skip


def bench(rounds: int = ROUNDS) -> dict[str, Any]:
    """All that is recorded. Raises Missing."""
    with tempfile.TemporaryDirectory() as name:
        site = Path(name, "site")
        mkdocs.build(site)
        add_plain(site)
        with website.serve(site, compressing=True) as url:
            times = in_rounds(url, rounds)
    rows = [
        {
            "what": what,
            "against": PLAIN,
            "seconds": round(statistics.median(seconds), 3),
            "times_as_fast": benchmarks.median_ratio(times[_plain_of(what)], seconds),
        }
        for what, seconds in times.items()
    ]
    found = benchmarks.recorded(rows, [], rounds, f"{chromium.version()}, headless")
    return found | {"fetched": fetched(building.build(print))}


def _plain_of(what: str) -> str:
    return f"{PLAIN}, {'cold' if what.endswith('cold') else 'warm'}"


if __name__ == "__main__":
    sys.exit(benchmarks.main("tests.site.bench", bench, RECORDED))
