"""A cache in front of the table `destinations`, with the staleness of Synapse's."""

import math
from collections import OrderedDict

from snippets.federation_backoff.clock import Clock
from snippets.federation_backoff.store import DestinationRetryTimings, Store

# Synapse's: 10,000 by `caches.global_factor`, 0.5; and `caches.cache_entry_ttl`.
MAX_ENTRIES = 5_000
ENTRY_TTL_MS = 30 * 60 * 1000


# --8<-- [start:cached]
class CachedDestinations:
    """A Store that remembers what it has read from another: rows, and that there is none.

    What is written through it counts at once. What anybody else writes to the table counts once
    nobody has asked for the destination for `ttl_ms`, or after `invalidate`, or after a restart.
    None is for ever. Synapse has the same rule, but looks for such entries every 30 seconds only.

    It keeps `max_entries`. What was not asked for for the longest time gives way first.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        ttl_ms: int | None = ENTRY_TTL_MS,
        max_entries: int = MAX_ENTRIES,
    ) -> None:
        self._store = store
        self._clock = clock
        self._ttl_ms = math.inf if ttl_ms is None else ttl_ms
        self._max_entries = max_entries
        # By destination, the last one asked for at the end: the row, and when it was asked for.
        self._entries: OrderedDict[str, tuple[DestinationRetryTimings | None, int]] = OrderedDict()

    def get_destination_retry_timings(self, destination: str) -> DestinationRetryTimings | None:
        """The row as it is remembered, or as it is in the table."""
        now = self._clock.time_msec()
        entry = self._entries.get(destination)
        if entry and now - entry[1] < self._ttl_ms:
            timings = entry[0]
        else:
            timings = self._store.get_destination_retry_timings(destination)
        self._entries[destination] = timings, now
        self._entries.move_to_end(destination)
        if len(self._entries) > self._max_entries:
            self._entries.popitem(last=False)
        return timings

    def set_destination_retry_timings(
        self, destination: str, failure_ts: int | None, retry_last_ts: int, retry_interval: int
    ) -> None:
        """Writes through; the next question goes to the table."""
        try:
            self._store.set_destination_retry_timings(
                destination, failure_ts, retry_last_ts, retry_interval
            )
        finally:  # a database that is lost meanwhile may have the row or not
            self.invalidate(destination)

    def invalidate(self, destination: str) -> None:
        """Forgets the destination: another process has written its row.

        Synapse's workers tell each other over replication.
        """
        self._entries.pop(destination, None)


# --8<-- [end:cached]
