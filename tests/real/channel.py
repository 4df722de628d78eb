"""What the processes of a homeserver say to each other over Redis."""

from collections.abc import Iterator
from contextlib import contextmanager

import redis as redis_client

from tests.real.homeserver import PATIENCE_S, SERVER_NAME


class Channel:
    """Listens to the messages between the processes of a homeserver."""

    def __init__(self, url: str) -> None:
        self._client = redis_client.Redis.from_url(url)
        self._heard = self._client.pubsub(  # type: ignore[no-untyped-call]
            ignore_subscribe_messages=True
        )
        self._heard.subscribe(SERVER_NAME)
        assert self._heard.get_message(timeout=PATIENCE_S) is None  # subscribed

    def ask(self) -> None:
        """Sends REPLICATE, so that all processes send their positions."""
        self._client.publish(SERVER_NAME, "REPLICATE")

    def hears(self, *lines: str) -> list[str]:
        """What was said since the last call, until all of these lines have begun, in any order."""
        said: list[str] = []
        waited_for = set(lines)
        while waited_for:
            message = self._heard.get_message(timeout=PATIENCE_S)
            assert message, f"not said: {waited_for}"
            said.append(message["data"].decode())
            waited_for = {line for line in waited_for if not said[-1].startswith(line)}
        return said

    def close(self) -> None:
        self._heard.close()
        self._client.close()


@contextmanager
def listening(url: str) -> Iterator[Channel]:
    channel = Channel(url)
    try:
        yield channel
    finally:
        channel.close()
