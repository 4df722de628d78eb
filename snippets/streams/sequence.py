"""Where a stream's writers get their IDs: numbers that no two of them share."""

from threading import Lock
from typing import Protocol


# --8<-- [start:sequence]
class Sequence(Protocol):
    """Numbers that go up and are given out once, even when the work they were for fails."""

    def get_next_mult(self, n: int) -> list[int]:
        """The next `n` numbers, lowest first; not always contiguous."""


class MemorySequence:
    """A sequence for writers in one process; it is forgotten with the process.

    `last` counts as given out: the first number is the one after it.
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
