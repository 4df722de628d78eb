"""One deadline for a whole request: resolving the name, connecting, TLS, sending, reading."""

import math
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any

# Bytes, headers included: far more than any answer here needs. More is not read.
MOST_RECEIVED = 1024 * 1024


class Deadline:
    """The moment, `seconds` from now, when all waiting ends."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._end = clock, clock() + seconds

    def left(self) -> float:
        """The seconds left. Raises TimeoutError if there are none."""
        left = self._end - self._clock()
        if left <= 0:
            raise TimeoutError
        return left


class TooMuch(OSError):
    """The other side never stops sending."""


class TimedSocket(ssl.SSLSocket):
    """A TLS connection with one deadline for all its calls together."""

    deadline = Deadline(math.inf)
    room = MOST_RECEIVED

    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
        """Receives. Raises TimeoutError after the deadline, TooMuch after MOST_RECEIVED bytes."""
        self.settimeout(self.deadline.left())
        count = super().recv_into(buffer, nbytes, flags)
        self.room -= count
        if self.room < 0:
            raise TooMuch
        return count

    def send(self, data: Any, flags: int = 0) -> int:
        """Sends. Raises TimeoutError after the deadline."""
        self.settimeout(self.deadline.left())
        return super().send(data, flags)


def connected(address: tuple[str, int], deadline: Deadline) -> socket.socket:
    """A TCP connection to the first address of a name that accepts one.

    Raises TimeoutError, socket.gaierror if the name has no address, or OSError.
    """
    addresses = _addresses(address, deadline)
    refused: OSError = OSError(0, "it has no address")
    for number, (family, kind, protocol, _, where) in enumerate(addresses):
        connecting = socket.socket(family, kind, protocol)
        connecting.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            # A network that drops IPv6 packets must leave time for IPv4.
            connecting.settimeout(deadline.left() / (len(addresses) - number))
            connecting.connect(where)
        except OSError as error:
            connecting.close()
            refused = error
        else:
            return connecting
    raise refused


def _addresses(address: tuple[str, int], deadline: Deadline) -> list[Any]:
    """The addresses of a name. The system's look-up has no deadline, so it runs in a thread."""
    results: queue.SimpleQueue[list[Any] | OSError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            results.put(list(socket.getaddrinfo(*address, type=socket.SOCK_STREAM)))
        except OSError as error:
            results.put(error)

    threading.Thread(target=look_up, daemon=True).start()
    try:
        result = results.get(timeout=deadline.left())
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(result, OSError):
        raise result
    return result
