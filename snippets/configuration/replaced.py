"""What is lost if a later file of a configuration repeats a key of an earlier one."""

from collections.abc import Sequence
from typing import Any

from snippets.configuration.values import Finding, clipped
from snippets.shared.document import Document, Pair

MOST_NAMED = 5


def replaced(pair: Pair, later: Sequence[tuple[str, Document]]) -> tuple[Finding | None, bool]:
    """What is lost because a later file replaces this pair, if anything; and whether one does.

    Synapse never merges two values: the last file's whole value takes effect.
    """
    for file, document in reversed(later):
        if pair.key in document.values:
            return _lost(pair, file, document), True
    return None, False


def _lost(pair: Pair, file: str, document: Document) -> Finding | None:
    last = next(other for other in document.pairs() if other.key == pair.key)
    lacking = _lacking(pair.value, last.value)
    if not lacking:
        return None
    line, _ = document.place(last.key_node)
    return Finding(
        "replaced-option",
        f"is repeated in {file}",
        f"the one on line {line} there replaces it, without {lacking}",
        "write all of it in one file",
    )


def _lacking(value: Any, last: Any) -> str:
    if isinstance(value, dict):
        there = last if isinstance(last, dict) else {}
        names = [clipped(str(name)) for name in value if name not in there]
        more = len(names) - MOST_NAMED
        return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
    if isinstance(value, list):
        left = last if isinstance(last, list) else []
        try:
            missing = sum(item not in left for item in value)
        except RecursionError:  # a list that contains itself
            return ""
        return f"{missing} of the {len(value)} items here" if missing else ""
    return ""
