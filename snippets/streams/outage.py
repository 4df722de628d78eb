"""Goes on after the database was away."""

from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn, TypeVar

from snippets.streams.database import Database, DatabaseUnavailable

Result = TypeVar("Result")
OnOutage = Callable[[DatabaseUnavailable], None]


def raise_it(error: DatabaseUnavailable) -> NoReturn:
    """What a store does in an outage unless another `on_outage` is given."""
    raise error


# --8<-- [start:outage]
class Outlasting:
    """Repeats what was under way when the connection was lost, as often as `on_outage` returns.

    It reconnects before, and takes its lock again: without the lock, another process could
    write under the same name.
    """

    def __init__(self, database: Database, on_outage: OnOutage) -> None:
        self._database = database
        self._on_outage = on_outage
        self._take_lock: Callable[[], None] = lambda: None

    def hold(self, take_lock: Callable[[], None]) -> None:
        """Takes a lock now, and again on every later connection."""
        take_lock()
        self._take_lock = take_lock

    def run(self, operation: Callable[[], Result]) -> Result:
        """The operation's result. It may run several times: a commit whose answer was lost is
        there all the same, so it looks first.
        """
        while True:
            try:
                return operation()
            except DatabaseUnavailable as error:
                self._on_outage(error)
                with suppress(DatabaseUnavailable):  # the next attempt meets it again
                    self._database.reconnect()
                    self._take_lock()


# --8<-- [end:outage]
