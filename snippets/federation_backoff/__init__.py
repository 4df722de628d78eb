"""Federation backoff: which destinations Synapse leaves alone, for how long, and why.

- A *destination* is another homeserver, by its server name.
- Its row in the table `destinations` has the *retry timings*, all in ms: `failure_ts` (it has been
  failing since), `retry_last_ts` (the last failed attempt), `retry_interval` (left alone for). A
  destination without a row, or with zeros, is *healthy*.
- A *limiter* stands around each request. Before it, it raises NotRetryingDestination while the
  destination is left alone. After it, the *decision* is to reset the row, to back off (a longer
  interval), or to keep the row as it is.
- The table may have a *cache* in front of it, as Synapse's has; an edit by hand counts late there.
- The *policy* computes the next interval from the last one: `min`, `max` and `multiplier` are the
  options `federation.destination_*`.
- A *behaviour* is what releases of Synapse do differently.
- *In-request retries* are the other layer: attempts within one request, seconds apart.

To understand the package read `policy`, `decision`, `behaviour` and `limiter`, in this order. The
limiter and the table belong together: what a limiter decides is stored by the table's rule, and
both differ by release.
"""

from snippets.federation_backoff.cached import CachedDestinations
from snippets.federation_backoff.clock import ManualClock, SystemClock
from snippets.federation_backoff.decision import Decision, decide
from snippets.federation_backoff.errors import (
    CodeMessageException,
    HttpResponseException,
    NotRetryingDestination,
    RequestSendFailed,
)
from snippets.federation_backoff.limiter import (
    RetryDestinationLimiter,
    get_retry_limiter,
    reset_retry_timings,
)
from snippets.federation_backoff.policy import next_interval
from snippets.federation_backoff.store import (
    DestinationRetryTimings,
    Destinations,
    open_postgresql,
    open_sqlite,
)

__all__ = [
    "CachedDestinations",
    "CodeMessageException",
    "Decision",
    "DestinationRetryTimings",
    "Destinations",
    "HttpResponseException",
    "ManualClock",
    "NotRetryingDestination",
    "RequestSendFailed",
    "RetryDestinationLimiter",
    "SystemClock",
    "decide",
    "get_retry_limiter",
    "next_interval",
    "open_postgresql",
    "open_sqlite",
    "reset_retry_timings",
]
