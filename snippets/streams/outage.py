"""Continues after an outage of the database."""

from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn, TypeVar

from snippets.streams.database import Database, DatabaseUnavailable

Result = TypeVar("Result")
OnOutage = Callable[[DatabaseUnavailable], None]


def raise_it(error: DatabaseUnavailable) -> NoReturn:
    """The default `on_outage`: raises the error."""
    raise error


# --8<-- [start:outage]
class Outlasting:
    """Repeats an operation that lost its connection, as long as `on_outage` returns.

    First it reconnects and takes its lock again: without the lock, another process could write
    under the same name.
    """

    def __init__(self, database: Database, on_outage: OnOutage) -> None:
        self._database = database
        self._on_outage = on_outage
        self._take_lock: Callable[[], None] = lambda: None

    def hold(self, take_lock: Callable[[], None]) -> None:
        """Takes a lock now, and again after every reconnection."""
        take_lock()
        self._take_lock = take_lock

    def run(self, operation: Callable[[], Result]) -> Result:
        """The operation's result.

        The operation may run several times. A commit may have succeeded although its answer was
        lost, so an operation must check that first.
        """
        while True:
            try:
                return operation()
            except DatabaseUnavailable as error:
                self._on_outage(error)
                with suppress(DatabaseUnavailable):  # the next attempt raises it again
                    self._database.reconnect()
                    self._take_lock()


# --8<-- [end:outage]
