"""A cache in front of the table `destinations`, as stale as Synapse's cache."""

import math
from collections import OrderedDict

from snippets.federation_backoff.clock import Clock
from snippets.federation_backoff.store import DestinationRetryTimings, Store

# Synapse's: 10,000 times `caches.global_factor`, 0.5; and `caches.cache_entry_ttl`.
MAX_ENTRIES = 5_000
ENTRY_TTL_MS = 30 * 60 * 1000


# --8<-- [start:cached]
class CachedDestinations:
    """A Store that caches what it reads from another one: a row, or that there is none.

    A write through the cache takes effect at once. Another process's write to the table takes
    effect after `ttl_ms` without a read of the destination, after `invalidate`, or after a restart.
    None for `ttl_ms` means never. Synapse has the same rule, but removes such entries only every 30
    seconds.

    It keeps `max_entries` destinations; the least recently used one is removed first.
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
        # By destination, least recently used first: the row, and when it was last used in ms.
        self._entries: OrderedDict[str, tuple[DestinationRetryTimings | None, int]] = OrderedDict()

    def get_destination_retry_timings(self, destination: str) -> DestinationRetryTimings | None:
        """The cached row, or the row in the table."""
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
        """Writes through; the next read goes to the table."""
        try:
            self._store.set_destination_retry_timings(
                destination, failure_ts, retry_last_ts, retry_interval
            )
        finally:  # if the connection was lost, the row may be written or not
            self.invalidate(destination)

    def invalidate(self, destination: str) -> None:
        """Removes the destination, since another process has written its row.

        Synapse's workers tell each other to do this, over replication.
        """
        self._entries.pop(destination, None)


# --8<-- [end:cached]
