"""When a destination that stays down is retried: the bounds, and the median."""

import random
import statistics
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import NamedTuple

from snippets.configuration.federation import FederationConfig
from snippets.federation_backoff.policy import (
    CATCH_UP_MS,
    LEAST_JITTER,
    MOST_JITTER,
    next_interval,
)

MOST_FAILURES = 60
_A_LIFE_MS = 100 * 365 * 24 * 60 * 60 * 1000


class Spread(NamedTuple):
    """The lowest, median and highest value of something, over all draws of the jitter."""

    least: float
    median: float
    most: float


class Attempt(NamedTuple):
    """One failed attempt, counted from 1. Times are in ms since the first failure."""

    failure: int
    at: Spread
    wait: Spread  # until the next one


class Percentiles(NamedTuple):
    """The 5th, 50th and 95th percentile, in ms."""

    p5: int
    median: int
    p95: int


class Constant(random.Random):
    """A jitter that always draws the same number."""

    def __init__(self, drawn: float) -> None:
        super().__init__(0)
        self._drawn = drawn

    def uniform(self, a: float, b: float) -> float:
        """The constant."""
        return self._drawn


# --8<-- [start:life]
def waits(config: FederationConfig, jitter: random.Random) -> Iterator[int]:
    """The wait in ms after each failure of a destination that stays down; it never ends.

    The destination is retried as soon as it is due. Waits follow the limiter's own rule, and every
    wait is stored.
    """
    interval = 0
    while True:
        interval = next_interval(interval, config, jitter)
        yield interval


# --8<-- [end:life]


def life(config: FederationConfig, jitter: random.Random, failures: int) -> list[int]:
    """The first `failures` waits, in ms."""
    drawn = waits(config, jitter)
    return [next(drawn) for _ in range(failures)]


def failures_to_cap(config: FederationConfig, jitter: random.Random) -> int | None:
    """The first failure after which the wait is the maximum; None if that takes more than 60."""
    for failure, wait in zip(range(1, MOST_FAILURES + 1), waits(config, jitter), strict=False):
        if wait >= config.destination_max_retry_interval_ms:
            return failure
    return None


def _times(drawn: list[int]) -> list[int]:
    """When each of the failures comes, after which these are the waits."""
    return list(accumulate(drawn[:-1], initial=0))


def _spreads(
    least: Iterable[int], middle: Iterable[Iterable[int]], most: Iterable[int]
) -> list[Spread]:
    """For each failure the spread of what belongs to it; the median is that of `middle`."""
    medians = map(statistics.median, zip(*middle, strict=True))
    return [Spread(*found) for found in zip(least, medians, most, strict=True)]


class Schedule:
    """What happens to a destination that stays down, from `runs` runs with a seeded jitter.

    Bounds come from the bounds of the jitter, so no run can exceed them. Medians are those of the
    simulated runs.
    """

    def __init__(self, config: FederationConfig, *, seed: int = 1, runs: int = 2000) -> None:
        self.config = config
        fewest = failures_to_cap(config, Constant(MOST_JITTER))
        most = failures_to_cap(config, Constant(LEAST_JITTER))
        length = (most or MOST_FAILURES) + 1
        rng = random.Random(seed)
        self._lives = [life(config, rng, length) for _ in range(runs)]
        shortest = life(config, Constant(LEAST_JITTER), length)
        longest = life(config, Constant(MOST_JITTER), length)
        at = _spreads(_times(shortest), map(_times, self._lives), _times(longest))
        wait = _spreads(shortest, self._lives, longest)
        self.attempts = list(map(Attempt, range(1, length + 1), at, wait))
        self.failures_to_cap = (fewest, self._median_failures(), most)

    def _capped(self) -> Iterator[tuple[int, int]]:
        """For each run that reaches the maximum: the failure, and its time in ms."""
        cap = self.config.destination_max_retry_interval_ms
        for drawn in self._lives:
            for number, wait in enumerate(drawn):
                if wait >= cap:
                    yield number + 1, sum(drawn[:number])
                    break

    def _median_failures(self) -> int | None:
        failures = sorted(failure for failure, _ in self._capped())
        return failures[len(failures) // 2] if failures else None

    def time_to_cap(self) -> list[int]:
        """When each run reached the maximum, in ms since the first failure, sorted."""
        return sorted(when for _, when in self._capped())

    def time_to_cap_percentiles(self) -> Percentiles | None:
        """The percentiles of `time_to_cap`; None if no run reaches the maximum."""
        times = self.time_to_cap()
        if not times:
            return None
        return Percentiles(*(times[len(times) * percent // 100] for percent in (5, 50, 95)))

    def outlived(self) -> int | None:
        """The first failure that comes later than 100 years, in the median; otherwise None."""
        later = (a.failure for a in self.attempts if a.at.median > _A_LIFE_MS)
        return next(later, None)

    def catch_up_from(self) -> tuple[int | None, int | None]:
        """The first failures after which the wait may exceed an hour, and after which it must.

        After such a wait the sender drops queued typing notices, receipts and presence, and catches
        up.
        """
        may = (a.failure for a in self.attempts if a.wait.most > CATCH_UP_MS)
        must = (a.failure for a in self.attempts if a.wait.least > CATCH_UP_MS)
        return next(may, None), next(must, None)
