"""Comments in a file that silence a finding: `# synapse-guide: ignore[CODE] because REASON`."""

import re
from collections.abc import Iterator, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

from snippets.configuration.codes import CODES, nearest
from snippets.configuration.values import Finding, clipped
from snippets.shared.comments import Comment, comments
from snippets.shared.document import Document

NAME = "synapse-guide"
_FOR_US = re.compile(rf"#+\s*{NAME}\s*(:|ignore)", re.IGNORECASE)
_IGNORE = re.compile(
    rf"#+\s*{NAME}\s*:\s*ignore\s*\[([^\]]*)\](?:\s*because\b)?(.*)", re.IGNORECASE
)


class Placed(Protocol):
    """A finding, as far as it matters here."""

    @property
    def line(self) -> int: ...
    @property
    def code(self) -> str: ...


P = TypeVar("P", bound=Placed)


class Silence(NamedTuple, Generic[P]):
    """The problems of a file that are left, the silenced ones with the reason, and bad comments."""

    left: list[P]
    silenced: list[tuple[P, str]]
    bad: list[tuple[Comment, Finding]]


def silenced_in(document: Document, problems: Sequence[P]) -> Silence[P]:
    """Takes out what comments silence: in their own line, or in the next one if they stand alone.

    A comment without a reason, with an unknown code, or that silences nothing, is a finding.
    """
    result: Silence[P] = Silence([], [], [])
    reasons: dict[tuple[int, str], str] = {}  # by line and code
    places: dict[tuple[int, str], Comment] = {}
    for comment, line in _for_us(document):
        read = _read(comment)
        if isinstance(read, Finding):
            result.bad.append((comment, read))
            continue
        codes, reason = read
        for code in codes:
            reasons[line, code], places[line, code] = reason, comment
    for problem in problems:
        at = (problem.line, problem.code)
        places.pop(at, None)
        if at in reasons:
            result.silenced.append((problem, reasons[at]))
        else:
            result.left.append(problem)
    result.bad.extend((comment, _unused(*at)) for at, comment in places.items())
    return result


def _for_us(document: Document) -> Iterator[tuple[Comment, int]]:
    """The comments that are for this command, each with the line whose findings it silences."""
    if NAME not in document.text.lower():
        return  # most files: they are not read once more
    every = list(comments(document))
    only_comments = {comment.line for comment in every if comment.alone}
    for comment in every:
        if _FOR_US.match(comment.text):
            line = comment.line
            while line in only_comments:
                line += 1
            yield comment, line


def _read(comment: Comment) -> tuple[list[str], str] | Finding:
    """The codes and the reason of a comment; or what is wrong with it."""
    found = _IGNORE.match(comment.text)
    codes = [code for code in re.split(r"[\s,]+", found[1]) if code] if found else []
    if not found or not codes:
        return _bad("names no code", f"write `# {NAME}: ignore[CODE] because REASON`")
    if unknown := [code for code in codes if code not in CODES]:
        wrong = f"names `{clipped(unknown[0])}`, which is no code"
        return _bad(wrong, f"write `{nearest(unknown[0])}`")
    if reason := found[2].strip(" \t:-"):
        return codes, reason
    return _bad("gives no reason", f"write `# {NAME}: ignore[{', '.join(codes)}] because REASON`")


def _bad(wrong: str, advice: str) -> Finding:
    return Finding("bad-ignore", wrong, "it silences nothing", advice)


def _unused(line: int, code: str) -> Finding:
    wrong = f"silences no `{code}`"
    return Finding("unused-ignore", wrong, f"line {line} has no such finding", "remove the comment")
