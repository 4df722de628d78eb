"""The line of a finding, without what may be a secret."""

from collections.abc import Iterable

from snippets.configuration.check import Problem
from snippets.shared.document import BYTE_ORDER_MARK, Document, Scalar

_WIDTH, _BEFORE = 100, 60  # of a long line


def excerpt(document: Document, problem: Problem) -> list[str]:
    """The line of the problem with a mark below its column; of a long line the part around it.

    The only value in it is the one that the problem is about. Others are shown as `…`.
    """
    line, column = _without_values(document, problem)
    start = max(0, column - _BEFORE)
    part = "".join(map(_printable, line[start : start + _WIDTH]))
    return [f"{problem.line:4} | {part}", f"     | {' ' * (column - 1 - start)}^"]


def _without_values(document: Document, problem: Problem) -> tuple[str, int]:
    """The line without other values and comments, and the problem's column in it."""
    # PyYAML does not count byte order marks as columns, wherever they are.
    line = document.lines[problem.line - 1].replace(BYTE_ORDER_MARK, "")
    at, spans = problem.column - 1, document.scalars.get(problem.line, [])
    end = line.find("#", spans[-1].behind if spans else 0)
    if end <= at:  # there is no comment, or the problem is about the comment
        end = len(line)
    meant = next((span for span in spans if span.first == at), None)
    shown = None if problem.by_name else meant
    hidden = [span for span in spans if not span.is_key and span is not shown]
    before, after = _hide(line, 0, at, hidden), _hide(line, at, end, hidden).rstrip()
    if meant and meant.is_key and problem.by_name:
        rest = line[meant.behind : end].strip()  # a colon and the value, if there is one
        after = line[at : meant.behind] + rest[:1] + (" …" if rest[1:] else "")
    return before + after, len(before) + 1


def _hide(line: str, start: int, end: int, hidden: Iterable[Scalar]) -> str:
    """A part of the line with each of these as `…`."""
    text = ""
    for first, behind, _ in hidden:
        if start <= first < min(behind, end):
            text += line[start:first] + "…"
            start = behind
    return text + line[start:end]


def _printable(character: str) -> str:
    """The character, or a replacement that is one column wide."""
    if character.isprintable():
        return character
    return " " if character == "\t" else "\ufffd"
