"""Clocks: one that you set, and the system's own."""

import time
from typing import Protocol


class Clock(Protocol):
    """A source of time."""

    def time_msec(self) -> int:
        """Milliseconds since 1970."""


class ManualClock:
    """A clock that changes only when `advance` is called."""

    def __init__(self, now_ms: int = 0) -> None:
        self._now_ms = now_ms

    def time_msec(self) -> int:
        """Milliseconds since 1970, as set."""
        return self._now_ms

    def advance(self, ms: int) -> None:
        """Moves the clock forward by `ms`; back if it is negative."""
        self._now_ms += ms


class SystemClock:
    """The system's time."""

    def time_msec(self) -> int:
        """Milliseconds since 1970."""
        return time.time_ns() // 1_000_000
