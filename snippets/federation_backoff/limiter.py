"""The limiter: decides before a request whether to make it, and stores afterwards how it went."""

import logging
import random
from types import TracebackType
from typing import Protocol

from snippets.configuration.federation import FederationConfig
from snippets.federation_backoff.behaviour import behaviour
from snippets.federation_backoff.clock import Clock
from snippets.federation_backoff.decision import Decision, decide
from snippets.federation_backoff.errors import NotRetryingDestination
from snippets.federation_backoff.policy import next_interval
from snippets.federation_backoff.store import Store
from snippets.shared.release import NEWEST

logger = logging.getLogger(__name__)


class Notifier(Protocol):
    """Wakes the tasks in this process that wait for a destination."""

    def notify_remote_server_up(self, server: str) -> None:
        """The destination is up: sends what is queued, and ends the waits between attempts."""


class ReplicationClient(Protocol):
    """Does the same in the other workers, with a REMOTE_SERVER_UP line."""

    def send_remote_server_up(self, server: str) -> None:
        """Tells the other workers."""


# --8<-- [start:get]
def get_retry_limiter(
    destination: str,
    clock: Clock,
    store: Store,
    ignore_backoff: bool = False,
    backoff_on_404: bool = False,
    backoff_on_all_error_codes: bool = False,
    *,
    jitter: random.Random,
    release: str = NEWEST,
    config: FederationConfig | None = None,
    notifier: Notifier | None = None,
    replication_client: ReplicationClient | None = None,
) -> "RetryDestinationLimiter":
    """A context manager for one request to the destination, if a request is allowed now.

    Raises NotRetryingDestination before the time `retry_last_ts + retry_interval`. With
    `ignore_backoff` it never raises that, and a failure then adds no wait. The stored wait counts:
    a lower maximum in `config` does not shorten it.

    Behaves like the limiter of `release`; `config` defaults to that release's defaults. The store
    has its own rule for writing: give it the same release.

    Raises ValueError for `backoff_on_all_error_codes` before 1.92, which added it.
    """
    if backoff_on_all_error_codes and not behaviour(release).knows_backoff_on_all_error_codes:
        raise ValueError(f"Synapse {release} has no backoff_on_all_error_codes: 1.92 has")
    timings = store.get_destination_retry_timings(destination)
    if timings and not ignore_backoff:
        due = timings.retry_last_ts + timings.retry_interval
        if due > clock.time_msec():
            raise NotRetryingDestination(timings.retry_last_ts, timings.retry_interval, destination)
    return RetryDestinationLimiter(
        destination,
        clock,
        store,
        timings.failure_ts if timings else None,
        timings.retry_interval if timings else 0,
        config or FederationConfig.read({}, release=release),
        jitter,
        release,
        ignore_backoff=ignore_backoff,
        backoff_on_404=backoff_on_404,
        backoff_on_all_error_codes=backoff_on_all_error_codes,
        notifier=notifier,
        replication_client=replication_client,
    )


# --8<-- [end:get]


# --8<-- [start:limiter]
class RetryDestinationLimiter:
    """Stores how the request went when its block ends.

    `failure_ts` and `retry_interval` are the values before the request. As in Synapse, it does not
    see what other requests to the destination write meanwhile: only the store's rule decides which
    write wins.

    The block's own error is always raised. An error of the backoff itself is logged and added to
    that error as a note; then nothing is stored. (In Synapse, if the multiplier is not a number,
    its error replaces the block's.)
    """

    def __init__(
        self,
        destination: str,
        clock: Clock,
        store: Store,
        failure_ts: int | None,
        retry_interval: int,
        config: FederationConfig,
        jitter: random.Random,
        release: str,
        *,
        ignore_backoff: bool = False,
        backoff_on_404: bool = False,
        backoff_on_all_error_codes: bool = False,
        notifier: Notifier | None = None,
        replication_client: ReplicationClient | None = None,
    ) -> None:
        self.destination = destination
        self.failure_ts = failure_ts
        self.retry_interval = retry_interval
        self._clock = clock
        self._store = store
        self._config = config
        self._jitter = jitter
        self._release = release
        self._ignore_backoff = ignore_backoff
        self._backoff_on_404 = backoff_on_404
        self._backoff_on_all_error_codes = backoff_on_all_error_codes
        self._notifier = notifier
        self._replication_client = replication_client

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        decision = decide(
            error,
            release=self._release,
            ignore_backoff=self._ignore_backoff,
            backoff_on_404=self._backoff_on_404,
            backoff_on_all_error_codes=self._backoff_on_all_error_codes,
        )
        try:
            if decision is Decision.BACK_OFF:
                now = self._clock.time_msec()
                interval = next_interval(self.retry_interval, self._config, self._jitter)
                first = now if self.failure_ts is None else self.failure_ts
                self._write(first, now, interval)
            elif decision is Decision.RESET and self.retry_interval:
                self._write(None, 0, 0)
        except Exception as failed:
            message = f"the backoff of {self.destination} was not stored: {failed!r}"
            logger.error(message)
            if error:
                error.add_note(message)

    def _write(self, failure_ts: int | None, retry_last_ts: int, retry_interval: int) -> None:
        self._store.set_destination_retry_timings(
            self.destination, failure_ts, retry_last_ts, retry_interval
        )
        recovered = bool(self.failure_ts) and not failure_ts
        if recovered or not behaviour(self._release).notifies_recoveries_only:
            _notify(self.destination, self._notifier, self._replication_client)


# --8<-- [end:limiter]


# --8<-- [start:reset]
def reset_retry_timings(
    origin: str,
    store: Store,
    notifier: Notifier | None = None,
    replication_client: ReplicationClient | None = None,
) -> None:
    """Ends the backoff of a server: it sent a signed request, or an administrator wants it.

    Synapse calls this for every authenticated request from a server that it leaves alone, and for
    the admin API `reset_connection`.
    """
    store.set_destination_retry_timings(origin, None, 0, 0)
    _notify(origin, notifier, replication_client)


# --8<-- [end:reset]


def _notify(
    server: str, notifier: Notifier | None, replication_client: ReplicationClient | None
) -> None:
    if notifier:
        notifier.notify_remote_server_up(server)
    if replication_client:
        replication_client.send_remote_server_up(server)
