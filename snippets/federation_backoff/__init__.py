"""Federation backoff: which destinations Synapse leaves alone, for how long, and why.

The limiter and the table belong together: what a limiter decides is stored by the table's rule,
and both differ by release.
"""

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
