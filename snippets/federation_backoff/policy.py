"""How long a destination is left alone."""

import random

from snippets.configuration.federation import FederationConfig

# Synapse's bounds for the jitter, on average 1.1.
LEAST_JITTER, MOST_JITTER = 0.8, 1.4

# Above this wait the sender of transactions drops queued typing notices, receipts and presence for
# the destination, and switches to catch-up (CATCHUP_RETRY_INTERVAL).
CATCH_UP_MS = 60 * 60 * 1000


# --8<-- [start:policy]
def next_interval(interval: int, config: FederationConfig, jitter: random.Random) -> int:
    """The wait in ms after a failure that follows a wait of `interval` ms.

    After a success `interval` is 0, and the wait is the minimum: without jitter, and not capped.
    Later waits grow by the multiplier and by jitter, are rounded down to whole ms, and then capped:
    at the maximum there is no jitter.

    Any error of the multiplier is raised: like Synapse, this does not check its type.
    """
    if not interval:
        return config.destination_min_retry_interval_ms
    grown = int(
        interval * config.destination_retry_multiplier * jitter.uniform(LEAST_JITTER, MOST_JITTER)
    )
    return min(grown, config.destination_max_retry_interval_ms)


# --8<-- [end:policy]
