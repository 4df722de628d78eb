"""Federation backoff: to which destinations Synapse stops sending, for how long, and why.

- A *destination* is another homeserver, by its server name.
- Its row in the table `destinations` has the *retry timings*, all in ms: `failure_ts` (since when
  it has been failing), `retry_last_ts` (the last failed attempt), `retry_interval` (how long it is
  left alone). A destination without a row, or with zeros, is *healthy*.
- A *limiter* is a context manager around each request. Before the request it raises
  NotRetryingDestination while the destination is left alone. After the request comes its
  *decision*: reset the row, back off (a longer interval), or keep the row as it is.
- The table may have a *cache* in front of it, as in Synapse; with it, an edit by hand takes effect
  late.
- The *policy* computes the next interval from the last one: `min`, `max` and `multiplier` are the
  options `federation.destination_*`.
- A *behaviour* is the rules of one group of releases, where releases differ.
- *In-request retries* are the other layer: attempts within one request, seconds apart.

To understand the package read `policy`, `decision`, `behaviour` and `limiter`, in this order. The
limiter and the table belong together: the table's own rule decides whether a limiter's decision is
stored, and both differ by release.
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
