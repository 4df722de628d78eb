"""A bus over Redis publish/subscribe, used as in Synapse: one channel, two connections."""

import time
from collections.abc import Callable
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from snippets.streams.bus import CONNECTED, BusUnavailable
from snippets.streams.database import without_credentials

RECONNECT_AFTER_S = 0.05


class RedisEndpoint:
    """See Endpoint. One process subscribes on one connection and publishes on another.

    Redis delivers in order and drops nothing while a subscriber stays connected. After a lost
    connection `receive` reconnects, then returns CONNECTED. `wait` is called with the seconds to
    wait between attempts. Raises BusUnavailable if Redis cannot be reached at the start.
    """

    def __init__(
        self, url: str, channel: str = "streams", *, wait: Callable[[float], None] = time.sleep
    ) -> None:
        # redis-py must not retry: a lost connection has to be reported, since lines may be lost.
        self._shown = without_credentials(url)
        never = Retry(NoBackoff(), 0)
        self._channel = channel
        self._wait = wait
        self._subscription: Any = None
        try:
            self._redis = redis.Redis.from_url(
                url, retry=never, decode_responses=True, encoding_errors="replace"
            )
            self._subscribe()
        except redis.RedisError as error:
            raise BusUnavailable(f"Redis cannot be reached at {self._shown}: {error}") from None
        except (TypeError, ValueError) as error:
            raise BusUnavailable(
                f"{self._shown!r} is not a Redis address: write redis://HOST:PORT or unix://PATH"
            ) from error

    def _subscribe(self) -> None:
        subscription: Any = self._redis.pubsub()  # type: ignore[no-untyped-call]
        subscription.subscribe(self._channel)
        self._subscription = subscription

    def publish(self, line: str) -> None:
        """Sends a line to every process, including this one. Raises BusUnavailable."""
        try:
            self._redis.publish(self._channel, line)
        except redis.RedisError as error:
            raise BusUnavailable(f"Redis went away at {self._shown}: {error}") from None

    def receive(self, timeout_s: float) -> str | None:
        """The next line, or CONNECTED after each (re)connection, or None after `timeout_s`."""
        try:
            if self._subscription is None:
                self._subscribe()
            message = self._subscription.get_message(timeout=timeout_s)
        except redis.RedisError:
            if self._subscription is not None:
                self._subscription.close()
                self._subscription = None
            self._wait(RECONNECT_AFTER_S)
            return None
        if message is None:
            return None
        return CONNECTED if message["type"] == "subscribe" else str(message["data"])

    def close(self) -> None:
        """Closes both connections."""
        self._redis.close()
