"""Runs the Python blocks of a page in the reader's browser, in Pyodide, and compares the output.

The build calls `keep`, and then makes a snapshot of the interpreter's memory. In the browser each
start calls `wake`; a click calls `run` and `compare`.
"""

import asyncio
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
from collections.abc import Callable, Coroutine, Iterable
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import TracebackType
from typing import Any

import block  # the same file as in the tests of pages
from IPython import display  # here it is display.py

ROOT = Path("/guide")  # where the site's files lie
LIBRARY = Path(f"/lib/python{sys.version_info[0]}{sys.version_info[1]}.zip")
OURS = [__file__, f"{LIBRARY}/pyodide/webloop.py"]  # frames that readers need not see
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
    asyncio.run = _run_alone
    if not LIBRARY.stat().st_size:
        LIBRARY.unlink()  # an empty one would even stop the printing of a traceback
        sys.meta_path.insert(0, _Library(read_library))


_asyncio_run = asyncio.run


def _run_alone(main: Coroutine[Any, Any, Any], **options: Any) -> Any:
    """asyncio.run, without the traceback that Pyodide prints of what the caller gets, too."""

    async def caught() -> tuple[Any, BaseException | None]:
        try:
            return await main, None
        except BaseException as error:
            return None, error

    result, error = _asyncio_run(caught(), **options)
    if error:
        raise error
    return result


class _Library:
    """Fetches the standard library for the first module that only it has."""

    def __init__(self, read: Callable[[], Any]) -> None:
        self._read = read

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        try:
            return PathFinder.find_spec(name, path, target)
        except FileNotFoundError:  # the zip has it, as is known from the start
            try:
                LIBRARY.write_bytes(self._read().to_bytes())
            except Exception as error:
                why = f"the standard library cannot be fetched: {error}"
                raise ImportError(why, name=name) from None
            sys.meta_path.remove(self)
            return PathFinder.find_spec(name, path, target)


def run(blocks: str, post: Post) -> str:
    """Runs blocks one after the other; `post` gets what the last one prints, as it comes.

    `blocks` is a JSON list of objects with `name`, `source` and `module`, which is null unless the
    block shows a section of it. The answer is JSON: `raised`, and `cut`, the number of characters
    that were printed beyond MOST.
    """
    namespace: dict[str, Any] = {"__name__": "__page__"}
    *before, last = json.loads(blocks)
    shown, errors, failed = Printed(post, "text"), Printed(post, "error"), Printed(post, "text")
    unseen = Printed(_nowhere, "text")
    runs = [*((each, unseen, unseen) for each in before), (last, shown, errors)]
    trace = next(filter(None, (_run(code, namespace, *to) for code, *to in runs)), "")
    failed.write(trace)
    failed.pass_on()
    cut = shown.cut + errors.cut + failed.cut
    return json.dumps({"raised": bool(trace), "cut": cut})


def compare(shown: str, actual: str, post: Post) -> str:
    """Whether an output is as the page shows it, by the rule of the tests; else the differences.

    The answer is JSON: `verified`, and `differences`, a list of lines that begin with two spaces,
    `- ` or `+ `.
    """
    verified = block.same_output(shown, actual)
    few = actual.splitlines(keepends=True)
    more = len(few) - MOST_LINES
    lines = [] if verified else block.differences(shown, "".join(few[:MOST_LINES]))
    if lines and more > 0:
        lines.append(f"  ({more:,} more lines were not compared)")
    return json.dumps({"verified": verified, "differences": lines})


def _run(code: dict[str, Any], namespace: dict[str, Any], to: "Printed", errors: "Printed") -> str:
    """Runs one block; the traceback if it raised, or nothing."""
    name, source = code["name"], code["source"]
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    vars(display)["show"] = to.show
    try:
        with contextlib.redirect_stdout(to), contextlib.redirect_stderr(errors):
            block.execute(source, name, code["module"], namespace)
    except BaseException as error:
        return "".join(traceback.format_exception(error.with_traceback(_of_block(error, name))))
    finally:
        to.pass_on()
        errors.pass_on()
    return ""


def _of_block(error: BaseException, name: str) -> TracebackType | None:
    """The traceback from the block on, without the frames of what runs it."""
    at = error.__traceback__
    while at and at.tb_frame.f_code.co_filename != name:
        at = at.tb_next
    last = at
    while last:
        while last.tb_next and last.tb_next.tb_frame.f_code.co_filename in OURS:
            last.tb_next = last.tb_next.tb_next
        last = last.tb_next
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
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        if not self._room:
            self.cut += len(text)
            return len(text)
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
        """Passes on what a lab displays, whole or not at all."""
        self.pass_on()
        if len(html) > self._room:
            self.cut += len(html)
        else:
            self._room -= len(html)
            self.post("html", html)
