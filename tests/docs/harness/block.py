"""What running a Python block means, and how its output is compared with the page.

It needs only the standard library: a site can run it in the reader's browser, too.
"""

import ast
import asyncio
import difflib
import importlib
import inspect
import re
from typing import Any

TRACEBACK = "Traceback (most recent call last):\n"


def execute(source: str, filename: str, module: str | None, namespace: dict[str, Any]) -> None:
    """Runs a block; it may use `await` at its top level. Raises whatever the block raises.

    A block that shows a section of a module may be half a class: it runs alone, and the blocks
    after it get the names of the whole module.
    """
    if module:
        names = vars(importlib.import_module(module))
        namespace.update(names)
        namespace = dict(names)
    code = compile(source, filename, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    if code.co_flags & inspect.CO_COROUTINE:
        asyncio.run(eval(code, namespace))
    else:
        exec(code, namespace)


def same_output(shown: str, actual: str) -> bool:
    """Whether they are equal except for trailing spaces; `...` in `shown` stands for any text.

    If the run ends in a traceback, the frames that the page shows before its last line are ignored.
    """
    shown, actual = (_without_frames(_strip(text)) for text in (shown, actual))
    pattern = ".*?".join(map(re.escape, shown.split("...")))
    return re.fullmatch(pattern, actual, re.DOTALL) is not None


def differences(shown: str, actual: str) -> list[str]:
    """Line by line: what both have after two spaces, what only one has after `- ` or `+ `."""
    before, after = (_without_frames(_strip(text)).splitlines() for text in (shown, actual))
    lines = []
    for tag, i, j, k, m in difflib.SequenceMatcher(None, before, after).get_opcodes():
        if tag == "equal":
            lines += [f"  {line}" for line in before[i:j]]
        else:
            lines += [f"- {line}" for line in before[i:j]] + [f"+ {line}" for line in after[k:m]]
    return lines


def _strip(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())


def _without_frames(text: str) -> str:
    before, marker, after = text.partition(TRACEBACK)
    if not marker:
        return text
    lines = after.splitlines()
    frames = [number for number, line in enumerate(lines) if line.startswith(" ")]
    return before + TRACEBACK + "\n".join(lines[frames[-1] + 1 if frames else 0 :])
