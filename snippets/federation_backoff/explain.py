"""Tells what a row of `destinations` means, by running the limiter on it."""

import json
import re
from dataclasses import dataclass

from snippets.configuration.federation import FederationConfig
from snippets.federation_backoff.clock import ManualClock
from snippets.federation_backoff.errors import RequestSendFailed
from snippets.federation_backoff.limiter import get_retry_limiter
from snippets.federation_backoff.policy import LEAST_JITTER, MOST_JITTER
from snippets.federation_backoff.schedule import Constant
from snippets.federation_backoff.store import DestinationRetryTimings, open_sqlite
from snippets.shared.release import NEWEST

COLUMNS = ("destination", "retry_last_ts", "retry_interval", "failure_ts")
_WRITE = (
    "write destination|retry_last_ts|retry_interval|failure_ts, as psql and sqlite3 print a row "
    "of destinations, or the JSON of the admin API"
)
# A row's fields are separated by bars, tabs or commas.
_SEPARATOR = re.compile(r"\s*[|\t,]\s*")


@dataclass(frozen=True)
class Explanation:
    """What a row means at one time. Times are in ms since 1970, intervals in ms."""

    destination: str
    timings: DestinationRetryTimings
    state: str  # "healthy", "left alone" or "due"
    failing_since: int | None
    due: int | None  # when the next request may be made
    left: int  # the wait until then
    after_success: DestinationRetryTimings | None
    # For the lowest and the highest jitter:
    after_failure: tuple[DestinationRetryTimings, DestinationRetryTimings]

    @property
    def failure_changes_nothing(self) -> bool:
        """Whether a failure leaves the row unchanged for any jitter: the destination stays due."""
        return all(after == self.timings for after in self.after_failure)


def parse_row(text: str) -> tuple[str, DestinationRetryTimings]:
    """Parses a pasted row: the destination and its timings. Raises ValueError.

    A fifth column, `last_successful_stream_ordering`, is ignored.
    """
    text = text.strip()
    if text.startswith("{"):
        try:
            pasted = json.loads(text)
        except ValueError as error:
            raise ValueError(f"this is not JSON ({error}): {_WRITE}") from None
        fields = [pasted.get(column) for column in COLUMNS]
    else:
        fields = [field or None for field in _SEPARATOR.split(text.removeprefix("|").strip())]
    if len(fields) not in (4, 5) or not isinstance(fields[0], str):
        raise ValueError(f"this is not a row of destinations: {_WRITE}")
    last, interval, failure = (
        _number(column, field) for column, field in zip(COLUMNS[1:], fields[1:4], strict=True)
    )
    return fields[0], DestinationRetryTimings(failure, last or 0, interval or 0)


def _number(column: str, field: object) -> int | None:
    if field is None or (isinstance(field, str) and field.lower() in ("null", "none")):
        return None
    try:
        number = int(str(field))
    except ValueError:
        number = 2**63
    if not -(2**63) <= number < 2**63:
        raise ValueError(f"{column} is {str(field)[:40]!r}: write a number of ms; {_WRITE}")
    return number


def explain(
    destination: str,
    timings: DestinationRetryTimings,
    now_ms: int,
    *,
    release: str = NEWEST,
    config: FederationConfig | None = None,
) -> Explanation:
    """What a row means at `now_ms`, and what the next request writes: it is run to find out."""
    due = timings.retry_last_ts + timings.retry_interval if timings.retry_last_ts else None
    left = max(0, due - now_ms) if due else 0
    return Explanation(
        destination,
        timings,
        "healthy" if due is None else "left alone" if left else "due",
        timings.failure_ts or None,
        due,
        left,
        _after(timings, now_ms + left, 1.0, False, release, config),
        (
            _after(timings, now_ms + left, LEAST_JITTER, True, release, config) or timings,
            _after(timings, now_ms + left, MOST_JITTER, True, release, config) or timings,
        ),
    )


def _after(
    timings: DestinationRetryTimings,
    now_ms: int,
    jitter: float,
    fails: bool,
    release: str,
    config: FederationConfig | None,
) -> DestinationRetryTimings | None:
    """The row after one request, at a time when requests are allowed."""
    store = open_sqlite(release=release)
    store.set_destination_retry_timings("it", *timings)
    try:
        with get_retry_limiter(
            "it",
            ManualClock(now_ms),
            store,
            jitter=Constant(jitter),
            release=release,
            config=config,
        ):
            if fails:
                raise RequestSendFailed(ConnectionRefusedError())
    except RequestSendFailed:
        pass
    return store.get_destination_retry_timings("it")
