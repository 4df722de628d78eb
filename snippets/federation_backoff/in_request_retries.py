"""In-request retries: the attempts within one request, before it counts as a failure."""

import random
from collections.abc import Iterator

from snippets.configuration.federation import FederationConfig
from snippets.federation_backoff.errors import CodeMessageException
from snippets.federation_backoff.policy import LEAST_JITTER, MOST_JITTER


# --8<-- [start:delays]
def in_request_delays(
    config: FederationConfig, jitter: random.Random, *, long_retries: bool = False
) -> Iterator[float]:
    """The waits in ms between the attempts of one request that keeps failing.

    Short retries, for requests that somebody waits for: half a second, doubled each time. Long
    retries, for transactions: 4 seconds, times 4 each time. Each wait is capped, and **then**
    multiplied by the jitter, so it may be up to 40 % longer than its cap.

    As in Synapse, counts are not checked. One that never reaches 0 when counted down, such as -1 or
    2.5, continues until a number overflows, and raises OverflowError; long retries with -1 never
    end.
    """
    if long_retries:
        count, cap_s = config.max_long_retries, config.max_long_retry_delay_ms / 1000
    else:
        count, cap_s = config.max_short_retries, config.max_short_retry_delay_ms / 1000
    left = count
    while left:
        delay_s = 4 ** (count + 1 - left) if long_retries else 0.5 * 2 ** (count - left)
        yield min(delay_s, cap_s) * jitter.uniform(LEAST_JITTER, MOST_JITTER) * 1000
        left -= 1


# --8<-- [end:delays]


# --8<-- [start:repeated]
def is_repeated(error: Exception, *, timeout_ms: int | None = None) -> bool:
    """Whether a failed attempt is followed by another one within the same request.

    A 5xx, a 429, and any error before the headers of an answer are repeated; other codes are
    returned. A caller that sets its own timeout, `timeout_ms`, gets one attempt. A name that does
    not resolve is repeated like a refused connection, unless the caller disables that.
    """
    if timeout_ms:
        return False
    if isinstance(error, CodeMessageException):
        return 500 <= error.code < 600 or error.code == 429
    return True


# --8<-- [end:repeated]
