"""Clocks: one that you set, and the system's."""

import time
from typing import Protocol


class Clock(Protocol):
    """A source of time."""

    def time_msec(self) -> int:
        """Milliseconds since 1970."""


class ManualClock:
    """A clock that stands until it is told to go on."""

    def __init__(self, now_ms: int = 0) -> None:
        self._now_ms = now_ms

    def time_msec(self) -> int:
        """Milliseconds since 1970, as far as this clock knows."""
        return self._now_ms

    def advance(self, ms: int) -> None:
        """Goes on by `ms`; back, where it is negative."""
        self._now_ms += ms


class SystemClock:
    """The time of day."""

    def time_msec(self) -> int:
        """Milliseconds since 1970."""
        return time.time_ns() // 1_000_000
