"""A stream's database in PostgreSQL, through psycopg 3."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import psycopg

from snippets.streams.database import DatabaseUnavailable, Locked

CONNECT_TIMEOUT_S = 10
LOCK_TIMEOUT_S = 10
REFUSALS = (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)


class PostgresSequence:
    """A PostgreSQL sequence: `nextval` is never rolled back and never repeats."""

    def __init__(self, database: "PostgresDatabase", name: str) -> None:
        self._database = database
        self._name = name

    def get_next_mult(self, n: int) -> list[int]:
        """The next `n` numbers, lowest first; other connections may have some between them."""
        if n == 1:  # the usual case; this costs the server half as much
            return [self._database.execute("SELECT nextval(?::regclass)", (self._name,))[0][0]]
        rows = self._database.execute(
            "SELECT nextval(?::regclass) FROM generate_series(1, ?)", (self._name, n)
        )
        return [number for (number,) in rows]


class PostgresDatabase:
    """See Database. Statements are prepared on first use: they are few and run often."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connect()

    def _connect(self) -> None:
        try:
            self._connection = psycopg.connect(
                self._url,
                autocommit=True,
                connect_timeout=CONNECT_TIMEOUT_S,
                prepare_threshold=0,
            )
        except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
            raise DatabaseUnavailable(f"PostgreSQL cannot be reached: {_line(error)}") from None
        self._cursor = self._connection.cursor()

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of one statement."""
        try:
            cursor = self._cursor.execute(_psycopgs(sql), parameters)
            return [] if cursor.rownumber is None else cursor.fetchall()
        except psycopg.errors.LockNotAvailable:
            raise Locked(f"locked by another connection: {', '.join(parameters)}") from None
        except REFUSALS as error:
            raise DatabaseUnavailable(f"PostgreSQL refuses: {_line(error)}") from None
        except psycopg.OperationalError as error:
            raise DatabaseUnavailable(f"PostgreSQL went away: {_line(error)}") from None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commits all statements of the block, or none of them if it raises."""
        try:
            with self._connection.transaction():
                yield
        except psycopg.OperationalError as error:
            raise DatabaseUnavailable(f"PostgreSQL went away: {_line(error)}") from None

    def create_sequence(self, name: str) -> None:
        """Creates a sequence that has given out 1, unless it exists.

        It calls `nextval` after creating the sequence. With `START WITH 2`, `last_value` would be 2
        before 2 is given out (#18712).
        """
        if self.execute("SELECT to_regclass(?)", (name,)) == [(None,)]:
            with self.transaction():
                self.execute(f"CREATE SEQUENCE {name}")
                self.execute("SELECT nextval(?::regclass)", (name,))

    def sequence(self, name: str) -> PostgresSequence:
        """The sequence, for a generator."""
        return PostgresSequence(self, name)

    def last_value(self, name: str) -> int:
        """The highest number that the sequence has given out.

        An unused sequence shows its first number as `last_value`, so 1 is subtracted.
        """
        ((value,),) = self.execute(f"SELECT last_value - (NOT is_called)::int FROM {name}")
        return int(value)

    def set_last_value(self, name: str, value: int) -> None:
        """Makes the sequence continue after `value`."""
        self.execute("SELECT setval(?::regclass, ?)", (name, value))

    def repair_statement(self, name: str, value: int) -> str:
        """The SQL that makes the sequence continue after `value`; it never lowers the sequence."""
        return f"SELECT setval('{name}', GREATEST((SELECT last_value FROM {name}), {value}));"

    def lock(self, name: str) -> None:
        """Holds `name` until this connection ends. Raises Locked if another holds it for 10 s."""
        self.execute(f"SET lock_timeout = '{LOCK_TIMEOUT_S}s'")
        self.execute("SELECT pg_advisory_lock(hashtextextended(?, 0))", (name,))
        self.execute("RESET lock_timeout")

    def reconnect(self) -> None:
        """Replaces the connection with a new one that holds no locks."""
        self.close()
        self._connect()

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()


@lru_cache
def _psycopgs(sql: str) -> str:
    return sql.replace("?", "%s")


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
