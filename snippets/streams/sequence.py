"""Sequences: the numbers from which a stream's writers get their IDs, each given out once."""

from threading import Lock
from typing import Protocol


# --8<-- [start:sequence]
class Sequence(Protocol):
    """Ascending numbers, each given out once, even if the work that it was for fails."""

    def get_next_mult(self, n: int) -> list[int]:
        """The next `n` numbers, lowest first; not always contiguous."""


class MemorySequence:
    """A sequence for writers in one process; it is lost when the process ends.

    `last` counts as given out: the first number is `last + 1`.
    """

    def __init__(self, last: int = 1) -> None:
        self._last = last
        self._lock = Lock()

    def get_next_mult(self, n: int) -> list[int]:
        """The next `n` numbers, lowest first; contiguous."""
        with self._lock:
            first = self._last + 1
            self._last += n
            return list(range(first, first + n))


# --8<-- [end:sequence]
