"""The little that a stream needs of a database."""

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from snippets.streams import sequence


class DatabaseUnavailable(ConnectionError):
    """The database cannot be used; what was being written is either whole or not there."""


class Locked(RuntimeError):
    """Another connection has the lock and keeps it."""


def without_credentials(url: str) -> str:
    """The address as a message may show it."""
    return re.sub(r"(?<=//)[^/]*(?=@)", "***", url)


# --8<-- [start:database]
class Database(Protocol):
    """One connection, for one thread. Every method may raise DatabaseUnavailable."""

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of one statement, with `?` for each parameter; its own transaction
        unless it stands in one.
        """

    def transaction(self) -> AbstractContextManager[None]:
        """All statements of the block, or with an exception none of them."""

    def create_sequence(self, name: str) -> None:
        """Creates a sequence that has given out 1, unless it is there already."""

    def sequence(self, name: str) -> sequence.Sequence:
        """The sequence, for a generator."""

    def last_value(self, name: str) -> int:
        """The highest number that the sequence has given out."""

    def set_last_value(self, name: str, value: int) -> None:
        """Lets the sequence go on after `value`."""

    def repair_statement(self, name: str, value: int) -> str:
        """The SQL that lets the sequence go on after `value`, for an administrator to run.

        It never lowers the sequence, whatever number is written into it.
        """

    def lock(self, name: str) -> None:
        """Holds `name` until this connection ends. While another has it, waits; then Locked."""

    def reconnect(self) -> None:
        """Replaces the connection by a new one, without its locks."""

    def close(self) -> None:
        """Ends the connection."""


# --8<-- [end:database]
