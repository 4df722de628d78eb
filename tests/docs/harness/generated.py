"""The generated parts of a page: cog runs the program in a comment and writes its output below."""

import contextlib
import io
import re
from pathlib import Path

from cogapp import Cog

from .errors import PageFailed

_PROGRAM = re.compile(r"\[\[\[cog\b(.*?)\]\]\]", re.DOTALL)
_OUT_OF_DATE = 5  # cog's exit status with --check


def has_generated(text: str) -> bool:
    """Whether a page has a generated part."""
    return "[[[cog" in text


def write_generated(root: Path, page: Path) -> str:
    """Runs the programs of a page, which import from `root`; returns whether the page changed.

    Raises PageFailed if a program fails.
    """
    status, output = _cog(root, page, "-r", "--verbosity=1")
    if status:
        raise PageFailed(f"{_where(root, page)}: a part cannot be generated\n{output}")
    return output


def check_generated(root: Path, page: Path, most_lines: int) -> None:
    """Raises PageFailed if a generated part is out of date or its program has too many lines.

    Linters, type checkers and coverage cannot see a program in a comment. Blank lines do not count.
    """
    text = page.read_text("utf-8")
    for program in _PROGRAM.finditer(text):
        lines = sum(bool(line.strip()) for line in program[1].splitlines())
        if lines > most_lines:
            line = text.count("\n", 0, program.start()) + 1
            raise PageFailed(
                f"{_where(root, page)}:{line}: a program of {lines} lines stands in a comment: "
                f"move it into a function of a module and call that, in {most_lines} lines at most"
            )
    status, output = _cog(root, page, "--check", "--diff", "--verbosity=0")
    if status == _OUT_OF_DATE:
        raise PageFailed(
            f"{_where(root, page)}: a generated part is out of date; "
            f"`pytest --update-pages` writes it\n{output}"
        )
    if status:
        raise PageFailed(f"{_where(root, page)}: a part cannot be generated\n{output}")


def _cog(root: Path, page: Path, *options: str) -> tuple[int, str]:
    """cog's exit status for a page, and its output."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        status = Cog().main(["cog", "-P", "-I", str(root), *options, str(page)])
    return status or 0, output.getvalue()


def _where(root: Path, page: Path) -> Path:
    return page.relative_to(root) if page.is_relative_to(root) else page
