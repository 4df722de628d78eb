"""The comments of a YAML file. The parser drops them; a `#` in a text or in a name begins none."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

import yaml

from snippets.shared.document import BREAK, BYTE_ORDER_MARK, Document

_END_OF_LINE = re.compile(rf"{BREAK}|\Z")
_HEADER = re.compile(r"[|>+\-0-9]*")  # of a text in several lines
_COMMENT = re.compile(r"#[^\n\r\x85\u2028\u2029]*")


class Comment(NamedTuple):
    """A comment from its `#` to the end of the line. `line` and `column` count from 1."""

    line: int
    column: int
    text: str
    alone: bool  # nothing else is on the line


def comments(document: Document) -> Iterator[Comment]:
    """All comments of a file, in order."""
    text = document.text
    starts = [text.startswith(BYTE_ORDER_MARK), *(at.end() for at in re.finditer(BREAK, text))]
    for start, end in _between_tokens(text):
        for found in _COMMENT.finditer(text, start, end):
            line = bisect_right(starts, found.start())
            before = text[starts[line - 1] : found.start()]
            yield Comment(line, len(before) + 1, found[0], not before.strip())


def _between_tokens(text: str) -> Iterator[tuple[int, int]]:
    """The parts of a text that are no token: there, a `#` begins a comment."""
    end = 0
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        start = token.start_mark.index
        yield end, start
        if isinstance(token, yaml.ScalarToken) and token.style in ("|", ">"):
            header, line = _HEADER.match(text, start), _END_OF_LINE.search(text, start)
            assert header
            assert line
            yield header.end(), line.start()
        end = max(end, token.end_mark.index)
    yield end, len(text)
