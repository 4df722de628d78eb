"""The table `destinations`, with Synapse's columns and its rule for writing."""

import sqlite3
from typing import Any, NamedTuple, Protocol

from snippets.federation_backoff.behaviour import behaviour
from snippets.shared.release import NEWEST


class DestinationRetryTimings(NamedTuple):
    """The stored timings of a failing destination: times in ms since 1970, intervals in ms."""

    failure_ts: int | None  # the first failure since the last success
    retry_last_ts: int  # the last failure
    retry_interval: int  # how long it is left alone after that


class Store(Protocol):
    """Where the limiter stores retry timings."""

    def get_destination_retry_timings(self, destination: str) -> DestinationRetryTimings | None:
        """The row, or None if there is none or it has been reset."""

    def set_destination_retry_timings(
        self, destination: str, failure_ts: int | None, retry_last_ts: int, retry_interval: int
    ) -> None:
        """Writes the row, or keeps the old one: the rule for writing decides."""


TABLE = """
CREATE TABLE IF NOT EXISTS destinations (
    destination TEXT PRIMARY KEY,
    retry_last_ts BIGINT,
    retry_interval BIGINT,
    failure_ts BIGINT,
    last_successful_stream_ordering BIGINT
)
"""

# --8<-- [start:upsert]
UPSERT = """
INSERT INTO destinations (destination, failure_ts, retry_last_ts, retry_interval)
VALUES (?, ?, ?, ?)
ON CONFLICT (destination) DO UPDATE SET
    failure_ts = EXCLUDED.failure_ts,
    retry_last_ts = EXCLUDED.retry_last_ts,
    retry_interval = EXCLUDED.retry_interval
WHERE EXCLUDED.retry_interval = 0
    OR destinations.retry_interval IS NULL
    OR destinations.retry_interval < EXCLUDED.retry_interval
"""

# Since 1.91. Without this, a failure at the maximum is not stored, since its wait is not longer
# than the previous one; then the destination is always due.
OR_NEWER = """
    OR EXCLUDED.retry_last_ts = 0
    OR destinations.retry_last_ts < EXCLUDED.retry_last_ts
"""
# --8<-- [end:upsert]


# --8<-- [start:destinations]
class Destinations:
    """A Store in a database, over a connection in autocommit mode.

    Its rule for writing is that of `release`; `placeholder` is the one of the database driver.
    """

    def __init__(self, connection: Any, *, release: str = NEWEST, placeholder: str = "?") -> None:
        self._connection = connection
        upsert = UPSERT + OR_NEWER if behaviour(release).stores_newer_rows else UPSERT
        self._upsert = upsert.replace("?", placeholder)
        self._select = (
            "SELECT failure_ts, retry_last_ts, retry_interval FROM destinations "
            f"WHERE destination = {placeholder}"
        )
        connection.execute(TABLE)

    def get_destination_retry_timings(self, destination: str) -> DestinationRetryTimings | None:
        """The row, or None if there is none or it has been reset."""
        row = self._connection.execute(self._select, (destination,)).fetchone()
        return DestinationRetryTimings(*row) if row and row[1] else None

    def set_destination_retry_timings(
        self, destination: str, failure_ts: int | None, retry_last_ts: int, retry_interval: int
    ) -> None:
        """Writes the row if the rule allows it, in one statement."""
        self._connection.execute(
            self._upsert, (destination, failure_ts, retry_last_ts, retry_interval)
        )

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()


def open_sqlite(path: str = ":memory:", *, release: str = NEWEST) -> Destinations:
    """The table in a SQLite file, or in memory."""
    return Destinations(sqlite3.connect(path, isolation_level=None), release=release)


# --8<-- [end:destinations]


def open_postgresql(url: str, *, release: str = NEWEST) -> Destinations:
    """The table in PostgreSQL; needs psycopg 3."""
    import psycopg  # imported here: SQLite does not need it

    return Destinations(psycopg.connect(url, autocommit=True), release=release, placeholder="%s")
