"""What is lost where a later file of a configuration has a key of an earlier one."""

from collections.abc import Sequence
from typing import Any

from snippets.configuration.values import Finding, clipped
from snippets.shared.document import Document, Pair

MOST_NAMED = 5


def replaced(pair: Pair, later: Sequence[tuple[str, Document]]) -> tuple[Finding | None, bool]:
    """What a later file's value lacks of this one, if anything; and whether there is a later one.

    Synapse never merges two values: the last file's counts, as a whole.
    """
    for file, document in reversed(later):
        if pair.key in document.values:
            return _lost(pair, file, document), True
    return None, False


def _lost(pair: Pair, file: str, document: Document) -> Finding | None:
    counting = next(other for other in document.pairs() if other.key == pair.key)
    lacking = _lacking(pair.value, counting.value)
    if not lacking:
        return None
    line, _ = document.place(counting.key_node)
    return Finding(
        f"is given again in {file}",
        f"the one on line {line} there counts as a whole, without {lacking}",
        "write all of it in one file",
    )


def _lacking(value: Any, counting: Any) -> str:
    if isinstance(value, dict):
        there = counting if isinstance(counting, dict) else {}
        names = [clipped(str(name)) for name in value if name not in there]
        more = len(names) - MOST_NAMED
        return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
    if isinstance(value, list):
        left = counting if isinstance(counting, list) else []
        try:
            missing = sum(item not in left for item in value)
        except RecursionError:  # lists that hold themselves
            return ""
        return f"{missing} of the {len(value)} items here" if missing else ""
    return ""
