"""What a stream needs from a database."""

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from snippets.streams import sequence


class DatabaseUnavailable(ConnectionError):
    """The database cannot be used. What was being written is stored as a whole or not at all."""


class Locked(RuntimeError):
    """Another connection holds the lock and does not release it."""


def without_credentials(url: str) -> str:
    """The address without user name and password, for messages."""
    return re.sub(r"(?<=//)[^/]*(?=@)", "***", url)


# --8<-- [start:database]
class Database(Protocol):
    """One connection, for one thread. Every method may raise DatabaseUnavailable."""

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of one statement, with `?` for each parameter.

        Outside `transaction` the statement is a transaction of its own.
        """

    def transaction(self) -> AbstractContextManager[None]:
        """Commits all statements of the block, or none of them if it raises."""

    def create_sequence(self, name: str) -> None:
        """Creates a sequence that has given out 1, unless it exists."""

    def sequence(self, name: str) -> sequence.Sequence:
        """The sequence, for a generator."""

    def last_value(self, name: str) -> int:
        """The highest number that the sequence has given out."""

    def set_last_value(self, name: str, value: int) -> None:
        """Makes the sequence continue after `value`."""

    def repair_statement(self, name: str, value: int) -> str:
        """The SQL that makes the sequence continue after `value`, for an administrator to run.

        It never lowers the sequence, whatever the value.
        """

    def lock(self, name: str) -> None:
        """Holds `name` until this connection ends. Waits for another holder, then raises Locked."""

    def reconnect(self) -> None:
        """Replaces the connection with a new one that holds no locks."""

    def close(self) -> None:
        """Closes the connection."""


# --8<-- [end:database]
