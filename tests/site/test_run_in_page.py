"""Python blocks, run by a reader: in Chromium, from the built site, under its own headers."""

import gzip
import os
import re
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from tests.real import chromium, website
from tests.site import PATIENCE_MS
from theme.run.buttons import read_needs, with_buttons

pytestmark = pytest.mark.slow

expect.set_options(timeout=PATIENCE_MS)

VERDICT = re.compile("^(verified|differs|edited|stopped|failed)$")

# Pages of one block each would start Python again and again: these blocks stand on one page.
HOSTILE = '<img src=x onerror="alert(1)"></pre><script>alert(2)</script>'
LINES = "".join(f"line {number}\n" for number in range(1, 9))
BLOCKS = {  # by name: the code, and what the page shows
    "hello": ("print('hello')", "hello\n"),
    "any": ("print('a', id(object()), 'z')", "a ... z\n"),
    "traceback": (
        "def fail():\n    1 / 0\n\nprint('before')\nfail()",
        "before\nTraceback (most recent call last):\n  ...\nZeroDivisionError: division by zero\n",
    ),
    "differs": (f"print({LINES!r}.replace('line 3', 'row 3'), end='')", LINES),
    "loop": ("while True:\n    pass", ""),
    "sleep": ("import time\ntime.sleep(60)", ""),
    "regex": ("import re\nre.fullmatch('(a*)*b', 'a' * 40)", ""),
    "flood": ("while True:\n    print()", ""),
    "lines": ("for number in range(1_000_000):\n    print(number)", ""),
    "wide": ("print('x' * 10_000_000)", ""),
    "error after much": ("print('x' * 10_000_000)\n1 / 0", ""),
    "much stderr": ("import sys\nprint('x' * 10_000_000, file=sys.stderr)", ""),
    "recursion": ("def f():\n    f()\n\nf()", ""),
    "memory": ("kept = []\nwhile True:\n    kept.append(bytes(2**29))", ""),
    "list": ("print(len([0] * 10**9))", ""),
    "input": ("input('name? ')", ""),
    "exit": ("import sys\nsys.exit(3)", ""),
    "closed": ("import sys\nsys.stdout.close()\nprint('more')", ""),
    "bytes": ("import sys\nsys.stdout.write(b'bytes')", ""),
    "surrogate": (r"print('\ud800')", ""),
    "hostile": (f"print({HOSTILE!r})", f"{HOSTILE}\n"),
    "controls": (r"print('\x1b[31mred\x00 \u202eabc\u202c \ufeff.')", ""),
    "stderr": (
        "import sys\nprint('to stderr', file=sys.stderr)\nprint('to stdout')",
        "to stdout\n",
    ),
    "html": (
        f"from IPython.display import HTML, display\ndisplay(HTML('<b>shown</b>' + {HOSTILE!r}))",
        "",
    ),
    "much html": (
        "from IPython.display import HTML, display\n"
        "while True:\n    display(HTML('<b>x</b>' * 1000))",
        "",
    ),
    "js": ("import js\nprint(js.location.pathname.endswith('worker.js'))", "True\n"),
    "thread": ("import threading\nthreading.Thread(target=print).start()", ""),
    "socket": ("import urllib.request\nurllib.request.urlopen('http://127.0.0.1:9')", ""),
    "process": ("import subprocess\nsubprocess.run(['true'])", ""),
    "library": ("import wave\nprint(wave.WAVE_FORMAT_PCM)", "1\n"),
    "unknown": ("import no_such_module", ""),
    "await": ("import asyncio\nawait asyncio.sleep(0.01)\nprint('slept')", "slept\n"),
    "await fails": ("import asyncio\nawait asyncio.sleep(0)\n1 / 0", ""),
    "asyncio": (
        "import asyncio\n\nasync def main():\n    await asyncio.sleep(0.01)\n    print('ran')\n\n"
        "asyncio.run(main())",
        "ran\n",
    ),
    "short sleep": ("import time\ntime.sleep(0.01)\nprint('slept')", "slept\n"),
    "random": ("import random\nprint(random.random())", "0.\n"),
    "sqlite": (
        "import sqlite3\nprint(sqlite3.connect(':memory:').execute('SELECT 6 * 7').fetchone())",
        "(42,)\n",
    ),
    "syntax": ("print('a'", ""),
    "silent": ("answer = 42", ""),
    "silenced": ("answer = 42", "something\n"),
}
NUMBERS = {name: number for number, name in enumerate(BLOCKS)}


def _markup(source: str, shown: str) -> str:
    code = (
        f'<div class="language-python highlight"><pre><code>{escape(source)}\n</code></pre></div>'
    )
    text = f'<div class="language-text highlight"><pre><code>{escape(shown)}</code></pre></div>'
    return f"{code}\n{text if shown else ''}<p>Between.</p>\n"


@pytest.fixture(scope="module")
def folder(built_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, and a page with the blocks above at /blocks/."""
    folder = tmp_path_factory.mktemp("site")
    for each in built_site.iterdir():
        (folder / each.name).symlink_to(each)
    page = (built_site / "streams" / "index.html").read_text("utf-8")
    data = re.search(r'data-python="([^"]+)" data-bytes="(\d+)" data-wasm="(\d+)"', page)
    assert data
    sizes = {"bytes": int(data[2]), "wasm": int(data[3])}
    blocks = "".join(_markup(*each) for each in BLOCKS.values())
    content = with_buttons(
        f"<h1 id='what-a-stream-is'>Blocks</h1>{blocks}", "blocks.md", data[1], sizes
    )
    (folder / "blocks").mkdir()
    (folder / "blocks" / "index.html").write_text(
        re.sub(
            r"(<article[^>]*>).*(</article>)",
            lambda match: match[1] + content + match[2],
            page,
            flags=re.DOTALL,
        ),
        "utf-8",
    )
    return folder


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """Where it is served."""
    with website.serve(folder) as url:
        yield url


class Seen:
    """What a browser's context says and asks for."""

    def __init__(self, context: BrowserContext) -> None:
        self.said: list[str] = []
        self.asked: list[str] = []
        context.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        context.on("weberror", lambda error: self.said.append(str(error.error)))
        context.on("request", lambda request: self.asked.append(request.url))

    @property
    def python(self) -> list[str]:
        """The files of the interpreter that were asked for."""
        return [url.rpartition("/")[2] for url in self.asked if "/assets/run/" in url]


@pytest.fixture(scope="module")
def reader(browser: Browser, address: str) -> Iterator[BrowserContext]:
    """A reader, who keeps what the browser keeps from page to page."""
    context = browser.new_context(base_url=address)
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def fresh(browser: Browser, address: str) -> Iterator[BrowserContext]:
    """A reader who has not been here before."""
    context = browser.new_context(base_url=address)
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


class Block:
    """A block of a page, as a reader sees it."""

    def __init__(self, page: Page, number: int) -> None:
        self.page = page
        self.shell = page.locator(".language-python:has(> .runner > button)").nth(number)
        self.status = self.shell.locator("output")
        self.printed = page.get_by_role("region", name=f"Output of block {number + 1}", exact=True)
        self.text = self.shell.get_by_role("textbox")

    def button(self, name: str) -> Locator:
        return self.shell.get_by_role("button", name=name, exact=True)

    def press(self, name: str) -> None:
        self.button(name).click()

    def run(self, verdict: str) -> None:
        """Runs it; the verdict is a class."""
        self.press("Run")
        expect(self.status).to_have_class(verdict)

    def write(self, source: str) -> None:
        """Opens the editor, and writes something else."""
        self.press("Edit")
        expect(self.text).to_be_focused()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(source)


@pytest.fixture(scope="module")
def blocks(reader: BrowserContext) -> Page:
    """The page with the blocks above, on which Python stays started."""
    page = reader.new_page()
    page.goto("/blocks/")
    return page


def _block(page: Page, name: str) -> Block:
    return Block(page, NUMBERS[name])


# --- every block of the site


@pytest.mark.proves(
    "every-block-runs-as-verified", "python-comes-from-this-site", "runs-in-three-browsers"
)
def test_every_block_prints_as_verified_and_the_browser_has_nothing_to_say(
    fresh: BrowserContext, built_site: Path, address: str
) -> None:
    seen = Seen(fresh)
    pages = [
        path
        for path in sorted(built_site.rglob("index.html"))
        if "data-python" in path.read_text("utf-8")
    ]
    assert len(pages) > 20
    page = fresh.new_page()
    differing = {}
    for path in pages:
        where = f"/{path.parent.relative_to(built_site).as_posix()}/"
        page.goto(where)
        last = page.locator(".runner-all")
        last.get_by_role("button", name="Run all").click()
        expect(page.locator(".runner:has(button) output").last).to_have_class(VERDICT)
        number = page.locator(".runner:has(button)").count()
        said = last.locator("output").inner_text()
        if said != f"{number} of {number} as verified in your browser":
            differing[where] = page.locator(".runner output").all_inner_texts()
    assert differing == {}
    assert seen.said == []
    assert [url for url in seen.asked if not url.startswith(address)] == []
    assert seen.python.count("snapshot.gz") == 1, "the snapshot was not used, or not kept"
    assert "files.zip" not in seen.python


@pytest.mark.proves("a-block-runs-or-says-what-it-needs")
def test_each_block_has_buttons_or_says_what_it_needs(built_site: Path) -> None:
    needing = dict.fromkeys(read_needs(), 0)
    for path in sorted(built_site.rglob("index.html")):
        html = path.read_text("utf-8")
        shells = re.findall(r'<div class="language-python.*?</pre>(.*?)</div>', html, re.DOTALL)
        bars = re.findall(r'<(?:div|p) class="runner"', html)
        assert len(shells) == len(bars), path
        name = path.parent.relative_to(built_site).as_posix()
        for page in (f"{name}.md", f"{name}/index.md"):
            if page in needing:
                needing[page] += html.count('<p class="runner">')
    assert needing == {page: len(each) for page, each in read_needs().items()}


# --- editing

MARKUP = """shell => [shell, shell.nextElementSibling].map(
    ({outerHTML}) => outerHTML.replace(' class=""', ""))"""


@pytest.mark.proves("reset-restores-the-block")
def test_an_error_is_shown_as_python_shows_it_and_reset_restores_the_block(blocks: Page) -> None:
    block = _block(blocks, "hello")
    block.shell.hover()  # the theme adds its button
    before = block.shell.evaluate(MARKUP)
    block.write("total = 1\nprint(total / 0)")
    blocks.keyboard.press("Control+Enter")
    expect(block.status).to_have_text("edited: it raised an error")
    expect(block.printed).to_have_text(
        "Traceback (most recent call last):\n"
        '  File "block 1", line 2, in <module>\n'
        "    print(total / 0)\n"
        "          ~~~~~~^~~\n"
        "ZeroDivisionError: division by zero\n"
    )
    block.press("Reset")
    expect(block.button("Run")).to_be_focused()
    assert block.shell.evaluate(MARKUP) == before
    block.run("verified")


@pytest.mark.proves("an-edited-block-says-so")
def test_blocks_that_continue_an_edited_one_are_edited_too(reader: BrowserContext) -> None:
    page = reader.new_page()
    page.goto("/labs/out-of-order/")
    Block(page, 0).write("raise ValueError('not here')")
    second = Block(page, 1)
    second.run("edited")
    expect(second.status).to_have_text("edited: it raised an error")
    expect(second.printed).to_contain_text('File "block 1", line 1, in <module>')
    page.close()


# --- stopping


@pytest.mark.proves("stop-ends-whatever-runs")
@pytest.mark.parametrize("name", ["loop", "sleep", "regex", "flood", "much html"])
def test_stop_ends_what_python_does_and_the_next_run_works(name: str, blocks: Page) -> None:
    block = _block(blocks, name)
    block.press("Run")
    if name in ("flood", "much html"):
        expect(block.printed).to_be_visible()
    else:
        expect(block.status).to_have_text("Running")
    block.press("Stop")
    expect(block.status).to_have_text("stopped")
    expect(block.button("Run")).to_be_focused()
    _block(blocks, "hello").run("verified")


def test_stop_while_python_loads_and_the_next_run_works(fresh: BrowserContext) -> None:
    held: list[Route] = []
    fresh.route("**/pyodide.asm.wasm", lambda route: held.append(route), times=1)
    page = fresh.new_page()
    page.goto("/blocks/")
    block = _block(page, "hello")
    with page.expect_request("**/pyodide.asm.wasm"):
        block.press("Run")
    expect(block.status).to_contain_text("Loading Python")
    block.press("Stop")
    expect(block.status).to_have_text("stopped")
    block.run("verified")
    for route in held:
        route.abort()


def test_runs_that_are_asked_for_together_come_one_after_the_other(blocks: Page) -> None:
    names = ("short sleep", "any", "await", "sqlite", "asyncio")
    for name in names:
        _block(blocks, name).press("Run")
    for name in names:
        expect(_block(blocks, name).status).to_have_class("verified")


# --- comparing


@pytest.mark.parametrize(
    "name",
    ["any", "traceback", "hostile", "stderr", "js", "library", "await", "asyncio", "short sleep",
     "sqlite", "silent"],
)  # fmt: skip
def test_it_is_as_verified(name: str, blocks: Page) -> None:
    block = _block(blocks, name)
    block.run("verified")
    expect(block.status).to_have_text("as verified")


def test_a_difference_is_shown_line_by_line(blocks: Page) -> None:
    block = _block(blocks, "differs")
    block.run("differs")
    expect(block.status).to_have_text("differs from what was verified")
    expect(block.printed.locator("del")).to_have_text(["- line 3\n"])
    expect(block.printed.locator("ins")).to_have_text(["+ row 3\n"])
    expect(block.printed.locator(".differences")).to_contain_text(
        "  line 2\n- line 3\n+ row 3\n  line 4"
    )


def test_a_block_that_prints_nothing_where_the_page_shows_something_says_so(blocks: Page) -> None:
    block = _block(blocks, "silenced")
    block.run("differs")
    expect(block.printed).to_contain_text("It printed nothing.")
    expect(block.printed.locator("del")).to_have_text(["- something\n"])


# --- bad input

CUT = "more characters were cut off: a page shows 100,000 of an output."
LONG = {
    "lines": ["0\n1\n2\n", f"6,788,890 {CUT}"],
    "wide": ["xxx", f"9,900,001 {CUT}"],
    "error after much": [f"9,900,001 {CUT}", "ZeroDivisionError: division by zero"],
    "much stderr": ["xxx", f"9,900,001 {CUT}"],
}
LACKING = {
    "input": ["EOFError"],
    "socket": ["URLError"],
    "thread": ["RuntimeError: can't start new thread"],
    "process": ["OSError"],
}
BAD = {
    "recursion": ["[Previous line repeated", "RecursionError: maximum recursion depth exceeded"],
    "memory": ["MemoryError"],
    "list": ["MemoryError"],
    "exit": ["SystemExit: 3"],
    "closed": ["ValueError: I/O operation on closed file"],
    "bytes": ["TypeError: write() argument must be str, not bytes"],
    "surrogate": [],
    "controls": ["\x1b[31mred\x00 \u202eabc\u202c \ufeff."],
    "html": ["shown"],
    "unknown": ["ModuleNotFoundError: No module named 'no_such_module'"],
    "await fails": [
        "Traceback (most recent call last):\n"
        f'  File "block {NUMBERS["await fails"] + 1}", line 3, in <module>\n'
        "    1 / 0\n    ~~^~~\nZeroDivisionError: division by zero\n"
    ],
    "syntax": ["line 1\n    print('a'\n         ^\nSyntaxError: '(' was never closed"],
}


def _shows(page: Page, name: str, texts: list[str]) -> None:
    """The block prints these texts, and the next run is as verified."""
    block = _block(page, name)
    block.run("differs")
    printed = block.printed.text_content() or ""
    assert [text for text in texts if text not in printed] == []
    assert "runner.py" not in printed
    _block(page, "hello").run("verified")


@pytest.mark.proves("long-output-is-cut")
@pytest.mark.parametrize("name", LONG)
def test_what_is_too_long_is_cut_off_and_how_much_is_said(name: str, blocks: Page) -> None:
    _shows(blocks, name, LONG[name])


@pytest.mark.proves("what-a-browser-lacks-raises", "input-raises-eoferror")
@pytest.mark.parametrize("name", LACKING)
def test_what_a_browser_lacks_raises_an_error_of_python(name: str, blocks: Page) -> None:
    _shows(blocks, name, LACKING[name])


@pytest.mark.parametrize("name", BAD)
def test_bad_input_leaves_the_page_alive(name: str, blocks: Page) -> None:
    _shows(blocks, name, BAD[name])


def test_two_starts_differ_in_their_random_numbers(blocks: Page) -> None:
    block = _block(blocks, "random")
    block.run("differs")
    first = block.printed.locator("ins").inner_text()
    blocks.reload()
    block.run("differs")
    assert block.printed.locator("ins").inner_text() != first


# --- when it is loaded


@pytest.mark.proves("nothing-is-loaded-before-intent")
def test_nothing_is_fetched_before_somebody_is_about_to_run_a_block(fresh: BrowserContext) -> None:
    seen = Seen(fresh)
    page = fresh.new_page()
    page.goto("/blocks/")
    page.mouse.move(0, 0)
    page.evaluate("() => scrollTo(0, document.body.scrollHeight)")
    page.wait_for_load_state("networkidle")
    assert seen.python == []
    with page.expect_request("**/snapshot.gz"):
        _block(page, "hello").shell.hover()


def test_the_focus_starts_python_and_so_does_a_second_page(fresh: BrowserContext) -> None:
    page = fresh.new_page()
    page.goto("/blocks/")
    with page.expect_request("**/pyodide.asm.wasm"):
        _block(page, "hello").button("Run").focus()
    page.keyboard.press("Enter")
    expect(_block(page, "hello").status).to_have_class("verified")
    with page.expect_request("**/pyodide.asm.wasm"):
        page.goto("/streams/")
    Block(page, 0).run("verified")
    page.go_back()
    _block(page, "hello").run("verified")
    page.go_forward()
    Block(page, 1).run("verified")
    page.reload()
    Block(page, 1).run("verified")


@pytest.mark.proves("nothing-is-loaded-before-intent")
@pytest.mark.parametrize("connection", ["saveData: true", "effectiveType: '3g'"])
def test_a_costly_or_slow_connection_waits_for_the_click(
    connection: str, fresh: BrowserContext
) -> None:
    fresh.add_init_script(
        f"Object.defineProperty(navigator, 'connection', {{value: {{{connection}}}}})"
    )
    seen = Seen(fresh)
    page = fresh.new_page()
    page.goto("/blocks/")
    _block(page, "hello").shell.hover()
    _block(page, "any").button("Run").focus()
    page.wait_for_load_state("networkidle")
    assert seen.python == []
    _block(page, "hello").run("verified")


def test_two_tabs_run_at_once(reader: BrowserContext) -> None:
    tabs = [reader.new_page(), reader.new_page()]
    for tab in tabs:
        tab.goto("/blocks/")
        _block(tab, "short sleep").press("Run")
    for tab in tabs:
        expect(_block(tab, "short sleep").status).to_have_class("verified")
        tab.close()


@pytest.mark.proves("runs-need-no-network")
def test_when_it_is_loaded_it_needs_no_network(fresh: BrowserContext) -> None:
    page = fresh.new_page()
    page.goto("/blocks/")
    _block(page, "hello").run("verified")
    fresh.set_offline(True)
    _block(page, "traceback").run("verified")
    library = _block(page, "library")
    library.run("differs")
    expect(library.printed).to_contain_text("ImportError: the standard library cannot be fetched")
    fresh.set_offline(False)
    library.run("verified")


def test_back_and_forward_keep_the_page_and_its_interpreter(browser: Browser, address: str) -> None:
    cached = browser.browser_type.launch(
        executable_path=chromium.executable(),
        args=["--no-sandbox"] if os.geteuid() == 0 else [],
        ignore_default_args=["--disable-back-forward-cache"],
    )
    try:
        page = cached.new_page(base_url=address)
        page.set_default_timeout(PATIENCE_MS)
        page.goto("/blocks/")
        _block(page, "hello").run("verified")
        page.evaluate(
            "() => addEventListener('pageshow', event => (window.kept = event.persisted))"
        )
        page.goto("/streams/")
        page.evaluate("() => history.back()")  # Playwright's own would wait for a load
        expect(_block(page, "hello").status).to_have_text("as verified")
        assert page.evaluate("() => window.kept")
        _block(page, "any").run("verified")
    finally:
        cached.close()


# --- when something does not come


@pytest.mark.parametrize(
    "file",
    [
        "blocks.js",
        "interpreter.js",
        "worker.js",
        "pyodide.asm.wasm",
        "pyodide.asm.mjs",
        "pyodide.mjs",
    ],
)
def test_a_download_that_fails_is_reported_and_tried_again(
    file: str, fresh: BrowserContext
) -> None:
    page = fresh.new_page()
    page.goto("/blocks/")
    fresh.route(f"**/{file}*", lambda route: route.abort())
    block = _block(page, "hello")
    block.press("Run")
    expect(block.status).to_contain_text(re.compile("Press (the button|Run) to "))
    fresh.unroute(f"**/{file}*")
    block.run("verified")


def test_an_editor_that_cannot_be_fetched_is_reported_and_tried_again(
    fresh: BrowserContext,
) -> None:
    page = fresh.new_page()
    page.goto("/blocks/")
    fresh.route("**/editor.js*", lambda route: route.abort())
    block = _block(page, "hello")
    block.press("Edit")
    expect(block.status).to_have_text("The editor cannot be fetched. Press Edit to try again.")
    fresh.unroute("**/editor.js*")
    block.press("Edit")
    expect(block.text).to_be_focused()


def _other_build(snapshot: bytes) -> bytes:
    memory = bytearray(gzip.decompress(snapshot))
    at = memory.index(b"buildId") if b"buildId" in memory[:4096] else 0
    memory[at : at + 64] = bytes(64)
    return gzip.compress(bytes(memory), 1)


SNAPSHOTS: dict[str, Callable[[bytes], bytes]] = {
    "cut off": lambda snapshot: snapshot[: len(snapshot) // 2],
    "no snapshot": lambda _: b"not found",
    "of another build": _other_build,
}


@pytest.mark.proves("a-broken-snapshot-falls-back")
@pytest.mark.parametrize("name", SNAPSHOTS)
def test_a_snapshot_that_does_not_load_is_done_without(
    name: str, fresh: BrowserContext, folder: Path
) -> None:
    (file,) = folder.glob("assets/run/*/snapshot.gz")
    body = SNAPSHOTS[name](file.read_bytes())
    fresh.route("**/snapshot.gz", lambda route: route.fulfill(body=body))
    seen = Seen(fresh)
    page = fresh.new_page()
    page.goto("/blocks/")
    _block(page, "hello").run("verified")
    (said,) = seen.said
    assert said.startswith("warning: The memory snapshot of Python does not load")
    _block(page, "library").run("verified")


def test_a_kept_snapshot_that_is_broken_is_fetched_again(fresh: BrowserContext) -> None:
    seen = Seen(fresh)
    page = fresh.new_page()
    page.goto("/blocks/")
    _block(page, "hello").run("verified")
    page.wait_for_function(KEPT)
    page.evaluate(
        """async () => {
            const cache = await caches.open("synapse-field-guide-python");
            const [request] = await cache.keys();
            const memory = await (await cache.match(request)).arrayBuffer();
            await cache.put(request, new Response(memory.slice(0, memory.byteLength / 2)));
        }"""
    )
    for warnings in (1, 1):
        page.reload()
        _block(page, "hello").run("verified")
        assert len(seen.said) == warnings, seen.said
    assert seen.python.count("snapshot.gz") == 2


KEPT = """async () => {
    const cache = await caches.open("synapse-field-guide-python");
    const [request] = await cache.keys();
    return request && Boolean(await cache.match(request));
}"""


# --- for everybody


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_with_an_editor_and_outputs(
    scheme: Literal["light", "dark"], reader: BrowserContext
) -> None:
    page = reader.new_page()
    page.emulate_media(color_scheme=scheme)
    page.goto("/blocks/")
    _block(page, "hello").run("verified")
    for name in ("differs", "thread", "wide"):
        _block(page, name).run("differs")
    _block(page, "stderr").run("verified")
    _block(page, "traceback").write("1 / 0")
    _block(page, "traceback").run("edited")
    page.mouse.move(0, 0)
    options = {"resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    assert [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found] == []
    page.close()


def test_the_keyboard_alone_runs_and_stops_and_little_is_announced(reader: BrowserContext) -> None:
    page = reader.new_page()
    page.goto("/blocks/")
    block = _block(page, "sleep")
    page.evaluate(
        """() => {
            window.announced = [];
            const note = ([{target}]) => announced.push(target.textContent);
            for (const output of document.querySelectorAll("output:not([aria-live=off])"))
                new MutationObserver(note).observe(output, {childList: true, characterData: true});
        }"""
    )
    block.button("Edit").focus()
    page.keyboard.press("Shift+Tab")
    expect(block.button("Run")).to_be_focused()
    page.keyboard.press("Enter")
    expect(block.button("Stop")).to_be_focused()
    expect(block.status).to_have_text("Running")
    page.keyboard.press("Enter")
    expect(block.button("Run")).to_be_focused()
    hello = _block(page, "hello")
    hello.button("Run").focus()
    page.keyboard.press("Enter")
    expect(hello.status).to_have_class("verified")
    expect(hello.button("Run")).to_be_focused()
    texts = [text for text in page.evaluate("() => announced") if text and ":" not in text]
    assert texts.count("as verified") == texts.count("stopped") == 1
    assert len(texts) <= 6, texts
    page.close()


def test_run_all_announces_the_sum_and_no_single_verdict(fresh: BrowserContext) -> None:
    page = fresh.new_page()
    page.goto("/streams/")
    page.evaluate(
        """() => {
            window.announced = [];
            const note = ([{target}]) =>
                target.ariaLive === "off" || announced.push(target.textContent);
            for (const output of document.querySelectorAll("output"))
                new MutationObserver(note).observe(output, {childList: true, characterData: true});
        }"""
    )
    page.locator(".runner-all button").first.click()
    expect(page.locator(".runner-all output")).to_have_text("5 of 5 as verified in your browser")
    expect(page.locator(".runner-all button").first).to_be_focused()
    assert page.evaluate("() => announced") == ["5 of 5 as verified in your browser"]
    page.close()


def test_running_verified_blocks_moves_nothing(fresh: BrowserContext) -> None:
    page = fresh.new_page()
    for path in ("/federation-backoff/", "/labs/out-of-order/", "/streams/"):
        page.goto(path)
        page.evaluate(
            """() => {
                window.places = () => Array.from(
                    document.querySelectorAll("article :is(h2, p, li, .language-python)"),
                    (each) => Math.round(each.offsetTop));
                window.before = places();
            }"""
        )
        page.locator(".runner-all").get_by_role("button", name="Run all").click()
        verdicts = page.locator(".runner:has(button) output")
        expect(verdicts.last).to_have_class(VERDICT)
        assert set(verdicts.evaluate_all("each => each.map(one => one.className)")) == {"verified"}
        moved = page.evaluate("() => before.filter((place, number) => place !== places()[number])")
        assert moved == [], path
