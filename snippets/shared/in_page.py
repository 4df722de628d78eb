"""What the page `Python in the page` shows of what the browser fetches and how long it takes."""

from collections.abc import Mapping
from typing import Any

from snippets.shared.markdown import table


def timings_table(bench: Mapping[str, Any]) -> str:
    """The seconds from a click to the first printed line, and how they compare."""
    cells = [
        (row["what"], f"{row['seconds']:.2f} s", f"{row['times_as_fast']:g}")
        for row in bench["rows"]
    ]
    columns = ["What", "Until the first line", "Times as fast"]
    return table(columns, cells, right=columns[1:])


def files_table(bench: Mapping[str, Any]) -> str:
    """What a browser fetches, largest first."""
    cells = [
        (
            f"`{each['file']}`",
            WHAT[each["file"]],
            _kilobytes(each["bytes"]),
            _kilobytes(each["sent"]),
        )
        for each in bench["fetched"]
    ]
    columns = ["File", "What it is", "kB", "kB as sent"]
    return table(columns, cells, right=columns[2:])


WHAT = {
    "pyodide.asm.wasm": "Pyodide: CPython, compiled to WebAssembly",
    "snapshot.gz": "the memory of an interpreter in which everything is imported",
    "python_stdlib.zip": "the standard library; only if a block imports what no page imports",
    "pyodide.asm.mjs": "Pyodide: what joins CPython and JavaScript",
    "files.zip": "the files of `snippets/`; only if the snapshot does not load",
    "editor.js": "CodeMirror; only for Edit",
    "pyodide.mjs": "Pyodide: what starts it",
    "blocks.js": "the buttons, the output and its comparison",
    "worker.js": "the interpreter, in a worker",
    "interpreter.js": "what speaks with the worker",
    "lock.js": "the version of Pyodide",
}


def _kilobytes(number: int) -> str:
    return f"{number / 1000:,.0f}"
