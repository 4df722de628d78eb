"""Runs the Python blocks of a page in the reader's browser, in Pyodide, and compares the output.

The build calls `keep`, and then makes a snapshot of the interpreter's memory. In the browser each
start calls `wake`; a click calls `run` and `compare`.
"""

import contextlib
import gc
import importlib
import io
import json
import linecache
import os
import random
import sys
import traceback
from collections.abc import Callable, Iterable
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import TracebackType
from typing import Any

import block  # the same file as in the tests of pages
from IPython import display  # here it is display.py

ROOT = Path("/guide")  # where the site's files lie
LIBRARY = Path(f"/lib/python{sys.version_info[0]}{sys.version_info[1]}.zip")
MOST = 100_000  # characters of an output that are shown
MOST_LINES = 1_000  # of an output that are compared one by one

Post = Callable[[str, str], object]  # gets "text", "error" or "html", and what to show
_files: dict[Path, bytes] = {}


def keep(modules: Iterable[str]) -> None:
    """Imports the modules, and remembers the files: a snapshot of the memory holds no files.

    A module that needs what a browser lacks, such as a database's driver, is left out.
    """
    _files.update({path: path.read_bytes() for path in ROOT.rglob("*") if path.is_file()})
    for name in modules:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    gc.collect()


def wake(read_library: Callable[[], Any]) -> None:
    """Makes a started interpreter ready: its files, its folder, randomness of its own.

    `read_library` returns the zip of the standard library. It is called when a block imports a
    module that the snapshot does not have.
    """
    for path, data in _files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        sys.path_importer_cache.pop(str(path.parent), None)
    os.chdir(ROOT)
    random.seed()
    if not LIBRARY.stat().st_size:
        LIBRARY.unlink()  # an empty one would even stop the printing of a traceback
        sys.meta_path.insert(0, _Library(read_library))


class _Library:
    """Fetches the standard library for the first module that only it has."""

    def __init__(self, read: Callable[[], Any]) -> None:
        self._read = read

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target)
        if spec and str(spec.origin).startswith(str(LIBRARY)):
            sys.meta_path.remove(self)
            LIBRARY.write_bytes(self._read().to_bytes())
        return spec


def run(blocks: str, post: Post) -> str:
    """Runs blocks one after the other; `post` gets what the last one prints, as it comes.

    `blocks` is a JSON list of objects with `name`, `source` and `module`, which is null unless the
    block shows a section of it. The answer is JSON: `raised`, and `cut`, the number of characters
    that were printed beyond MOST.
    """
    namespace: dict[str, Any] = {"__name__": "__page__"}
    *before, last = json.loads(blocks)
    shown = Printed(post, "text")
    raised = any(_run(each, namespace, Printed(_nowhere, "text"), shown) for each in before)
    raised = raised or _run(last, namespace, shown, shown)
    return json.dumps({"raised": raised, "cut": shown.cut})


def compare(shown: str, actual: str, post: Post) -> str:
    """Whether an output is as the page shows it, by the rule of the tests; else the differences.

    The answer is JSON: `verified`, and `differences`, a list of lines that begin with two spaces,
    `- ` or `+ `.
    """
    verified = block.same_output(shown, actual)
    few = "".join(actual.splitlines(keepends=True)[:MOST_LINES])
    lines = [] if verified else block.differences(shown, few)
    return json.dumps({"verified": verified, "differences": lines})


def _run(code: dict[str, Any], namespace: dict[str, Any], to: "Printed", failed: "Printed") -> bool:
    """Runs one block; whether it raised. Its traceback goes to `failed`."""
    name, source = code["name"], code["source"]
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    vars(display)["show"] = to.show
    try:
        with contextlib.redirect_stdout(to), contextlib.redirect_stderr(Printed(to.post, "error")):
            block.execute(source, name, code["module"], namespace)
    except BaseException as error:
        failed.write("".join(traceback.format_exception(error.with_traceback(_of_block(error)))))
        return True
    finally:
        to.pass_on()
        failed.pass_on()
    return False


def _of_block(error: BaseException) -> TracebackType | None:
    """The traceback from the block on, without the frames of what runs it."""
    at = error.__traceback__
    while at and at.tb_frame.f_code.co_filename in (__file__, block.__file__):
        at = at.tb_next
    return at


def _nowhere(kind: str, text: str) -> None:
    """Takes what the blocks before the last one print."""


class Printed(io.TextIOBase):
    """An output that passes on each line, up to MOST characters, and counts the others."""

    def __init__(self, post: Post, kind: str) -> None:
        self.post = post
        self.cut = 0
        self._kind = kind
        self._room = MOST
        self._line: list[str] = []

    def write(self, text: str) -> int:
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        part = text[: self._room]
        self._room -= len(part)
        self.cut += len(text) - len(part)
        self._line.append(part)
        if "\n" in part or len(self._line) > 100:
            self.pass_on()
        return len(text)

    def flush(self) -> None:
        if not self.closed:
            self.pass_on()

    def pass_on(self) -> None:
        """Passes on what is not a whole line yet."""
        if text := "".join(self._line):
            self.post(self._kind, text)
        self._line.clear()

    def show(self, html: str) -> None:
        """Passes on what a lab displays."""
        self.pass_on()
        self.post("html", html)
