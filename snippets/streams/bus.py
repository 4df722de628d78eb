"""The bus: carries commands from one process to all others."""

import queue
from collections.abc import Callable
from typing import Any, Final, Protocol


class BusUnavailable(ConnectionError):
    """The bus cannot be reached; what was published may or may not have been sent."""


# What `receive` returns for a new connection: lines may have been missed before it.
CONNECTED: Final = "(connected)"


# --8<-- [start:bus]
class Endpoint(Protocol):
    """One process's connection to the bus."""

    def publish(self, line: str) -> None:
        """Sends a line to every other process (Redis: to this one too). Raises BusUnavailable."""

    def receive(self, timeout_s: float) -> str | None:
        """The next line, or CONNECTED after each (re)connection, or None after `timeout_s`.

        Lines of one sender arrive in the order sent, and none is missing between two CONNECTED.
        """

    def close(self) -> None:
        """Leaves the bus."""


# --8<-- [end:bus]
class InProcessBus:
    """A bus within one process, or between child processes with multiprocessing's `Queue`.

    Connect every endpoint before the first line is published.
    """

    def __init__(self, new_queue: Callable[[], Any] = queue.Queue) -> None:
        self._new_queue = new_queue
        self._inboxes: list[Any] = []

    def connect(self) -> "InProcessEndpoint":
        """A new endpoint."""
        inbox = self._new_queue()
        inbox.put(CONNECTED)
        self._inboxes.append(inbox)
        return InProcessEndpoint(inbox, self._inboxes)


class InProcessEndpoint:
    """See Endpoint."""

    def __init__(self, inbox: Any, inboxes: list[Any]) -> None:
        self._inbox = inbox
        self._inboxes = inboxes

    def publish(self, line: str) -> None:
        """Puts the line into every other process's inbox."""
        for inbox in self._inboxes:
            if inbox is not self._inbox:
                inbox.put(line)

    def receive(self, timeout_s: float) -> str | None:
        """The next line, or None after `timeout_s`; 0 does not wait."""
        try:
            line: str = self._inbox.get(timeout_s > 0, timeout_s or None)
        except queue.Empty:
            return None
        return line

    def close(self) -> None:
        """Leaves the bus: this inbox gets no more lines."""
        if self._inbox in self._inboxes:
            self._inboxes.remove(self._inbox)
