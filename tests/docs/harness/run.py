"""Runs one Python block of a page and compares its output with the page."""

import contextlib
import io
import traceback
from typing import Any

from .block import TRACEBACK, execute, same_output
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


def _execute(fence: Fence, namespace: dict[str, Any]) -> str:
    printed = io.StringIO()
    source, filename, module = "\n" * fence.line + fence.text, str(fence.page), None
    if fence.include:
        source, filename = fence.source(), str(fence.root / fence.include[0])
        module = fence.include[0].removesuffix(".py").replace("/", ".")
    try:
        with contextlib.redirect_stdout(printed):
            execute(source, filename, module, namespace)
    except (Exception, SystemExit) as error:
        last = "".join(traceback.format_exception_only(error))
        if fence.output and TRACEBACK in fence.output.text:
            return f"{printed.getvalue()}{TRACEBACK}{last}"
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
