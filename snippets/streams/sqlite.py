"""A stream's database in a SQLite file, or in memory: nothing to install, but one machine only."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from snippets.streams.database import DatabaseUnavailable, Locked

BUSY_TIMEOUT_S = 30.0
LOCK_TIMEOUT_S = 10.0


class SqliteSequence:
    """A sequence in a table, for writers in several processes.

    SQLite has no sequences. Synapse then counts in memory, so it allows one process only.
    """

    def __init__(self, database: "SqliteDatabase", name: str) -> None:
        self._database = database
        self._name = name

    def get_next_mult(self, n: int) -> list[int]:
        """The next `n` numbers, lowest first; contiguous.

        Raises RuntimeError inside a transaction: its rollback would give the numbers out again.
        """
        if self._database.in_transaction:
            raise RuntimeError("reserve the ID before the transaction: SQLite rolls it back")
        ((last,),) = self._database.execute(
            "UPDATE sequences SET last_value = last_value + ? WHERE name = ? RETURNING last_value",
            (n, self._name),
        )
        return list(range(last - n + 1, last + 1))


class SqliteDatabase:
    """See Database. A `:memory:` database is visible to this connection only.

    Each lock is an empty file beside the database; the file is not deleted.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._locks: dict[str, sqlite3.Connection] = {}
        self._connect()

    @property
    def in_transaction(self) -> bool:
        """Whether the next statement is part of a transaction."""
        return self._connection.in_transaction

    def _connect(self) -> None:
        try:
            self._connection = sqlite3.connect(
                self._path, timeout=BUSY_TIMEOUT_S, isolation_level=None
            )
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
        except sqlite3.Error as error:
            raise DatabaseUnavailable(f"SQLite cannot open {self._path!r}: {error}") from None

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of one statement."""
        try:
            return self._connection.execute(sql, parameters).fetchall()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname == "SQLITE_ERROR":  # a mistake in the statement
                raise
            raise DatabaseUnavailable(f"SQLite cannot use {self._path!r}: {error}") from None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commits all statements of the block, or none of them if it raises."""
        self.execute("BEGIN IMMEDIATE")
        with self._connection:
            yield

    def create_sequence(self, name: str) -> None:
        """Creates a sequence that has given out 1, unless it exists."""
        self.execute("CREATE TABLE IF NOT EXISTS sequences (name TEXT PRIMARY KEY, last_value)")
        self.execute("INSERT INTO sequences VALUES (?, 1) ON CONFLICT DO NOTHING", (name,))

    def sequence(self, name: str) -> SqliteSequence:
        """The sequence, for a generator."""
        return SqliteSequence(self, name)

    def last_value(self, name: str) -> int:
        """The highest number that the sequence has given out."""
        ((value,),) = self.execute("SELECT last_value FROM sequences WHERE name = ?", (name,))
        return int(value)

    def set_last_value(self, name: str, value: int) -> None:
        """Makes the sequence continue after `value`."""
        self.execute("UPDATE sequences SET last_value = ? WHERE name = ?", (value, name))

    def repair_statement(self, name: str, value: int) -> str:
        """The SQL that makes the sequence continue after `value`; it never lowers the sequence."""
        return f"UPDATE sequences SET last_value = MAX(last_value, {value}) WHERE name = '{name}';"

    def lock(self, name: str) -> None:
        """Holds `name` until this connection ends. Raises Locked if another holds it for 10 s."""
        if name in self._locks or self._path == ":memory:":
            return
        # SQLite locks a file: the operating system releases it when the process dies.
        path = f"{self._path}.{quote(name, safe='')}.lock"
        lock = sqlite3.connect(path, timeout=LOCK_TIMEOUT_S, isolation_level=None)
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            lock.close()
            raise Locked(name) from None
        self._locks[name] = lock

    def reconnect(self) -> None:
        """Replaces the connection with a new one; a `:memory:` database is kept."""
        if self._path != ":memory:":
            self.close()
            self._connect()

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()
        while self._locks:
            self._locks.popitem()[1].close()
