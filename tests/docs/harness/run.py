"""Runs one Python block of a page and compares its output with the page."""

import ast
import asyncio
import contextlib
import importlib
import inspect
import io
import re
import traceback
from typing import Any

from .errors import PageFailed
from .fences import Fence


def run_fence(fence: Fence) -> str:
    """What the block prints, after running the blocks that it continues; a traceback as its last
    line.

    Raises PageFailed if the block raises and the page shows no traceback.
    """
    chain = [fence]
    while chain[0].before:
        chain.insert(0, chain[0].before)
    namespace: dict[str, Any] = {"__name__": "__page__"}
    for earlier in chain[:-1]:
        _execute(earlier, namespace)
    return _execute(fence, namespace)


def check_fence(fence: Fence) -> None:
    """Raises PageFailed unless the block runs and prints what the page shows."""
    if "continuation" in fence.classes and not fence.before:
        raise PageFailed(f"{fence.where}: no Python block stands before this .continuation")
    actual = run_fence(fence)
    shown = fence.output.text if fence.output else ""
    if not same_output(shown, actual):
        line = fence.output.line if fence.output else fence.line
        raise PageFailed(
            f"{fence.where}: the output differs from what the page shows at line {line}\n"
            f"--- the page shows\n{shown or '(nothing)'}\n--- the run printed\n"
            f"{actual or '(nothing)'}\n`pytest --update-pages` writes what the run printed."
        )


def same_output(shown: str, actual: str) -> bool:
    """Whether they are equal except for trailing spaces; `...` in `shown` stands for any text.

    If the run ends in a traceback, the frames that the page shows before its last line are ignored.
    """
    shown, actual = (_without_frames(_strip(text)) for text in (shown, actual))
    pattern = ".*?".join(map(re.escape, shown.split("...")))
    return re.fullmatch(pattern, actual, re.DOTALL) is not None


def _strip(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())


def _without_frames(text: str) -> str:
    head = "Traceback (most recent call last):\n"
    before, marker, after = text.partition(head)
    if not marker:
        return text
    lines = after.splitlines()
    frames = [number for number, line in enumerate(lines) if line.startswith(" ")]
    return before + head + "\n".join(lines[frames[-1] + 1 if frames else 0 :])


def _execute(fence: Fence, namespace: dict[str, Any]) -> str:
    printed = io.StringIO()
    source, filename = "\n" * fence.line + fence.text, str(fence.page)
    if fence.include:
        source, filename = fence.source(), str(fence.root / fence.include[0])
    try:
        if fence.include:
            # A section may be half a class: it runs alone, and the blocks after it get the whole
            # module.
            module = importlib.import_module(fence.include[0].removesuffix(".py").replace("/", "."))
            namespace.update(vars(module))
            namespace = dict(vars(module))
        code = compile(source, filename, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        with contextlib.redirect_stdout(printed):
            if code.co_flags & inspect.CO_COROUTINE:
                asyncio.run(eval(code, namespace))
            else:
                exec(code, namespace)
    except (Exception, SystemExit) as error:
        last = "".join(traceback.format_exception_only(error))
        if fence.output and "Traceback (most recent call last):" in fence.output.text:
            return f"{printed.getvalue()}Traceback (most recent call last):\n{last}"
        raise PageFailed(_explain(fence, error, last)) from None
    return printed.getvalue()


def _explain(fence: Fence, error: BaseException, last: str) -> str:
    """The message for a block that raised: its lines with their numbers on the page, then the
    error.
    """
    at = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == str(fence.page)
    ]
    line = at[-1] if at else getattr(error, "lineno", None) or fence.line
    source = "\n".join(
        f"{'>' if number == line else ' '} {number:4} {text}"
        for number, text in enumerate(fence.text.splitlines(), fence.line + 1)
    )
    where = fence.where.rpartition(":")[0]
    return f"{where}:{line}: the block raised\n{source}\n{last}"
