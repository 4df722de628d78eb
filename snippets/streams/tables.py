"""The tables of one stream, and the SQL that reads and writes them."""

import json
import re
from collections.abc import Collection
from typing import Any, NamedTuple, Protocol

from snippets.streams.consistency import read_numbers
from snippets.streams.database import Database


class Updates(NamedTuple):
    """One writer's facts up to the ID `upto`, each as (ID, rows). If `limited`, there are more."""

    facts: list[tuple[int, list[Any]]]
    upto: int
    limited: bool


class Facts(Protocol):
    """A stream's facts, as writers and readers need them; `StreamStore` implements this."""

    stream_name: str
    positive: bool

    def add(self, stream_id: int, instance_name: str, rows: list[Any]) -> None:
        """Writes all rows of a fact in one transaction."""

    def record_position(self, instance_name: str, stream_id: int) -> None:
        """Records a writer's position; never lowers it."""

    def get_updates(self, instance_name: str, after: int, upto: int, limit: int) -> Updates:
        """That writer's facts in (after, upto], at most `limit` IDs."""


# --8<-- [start:tables]
class Tables:
    """A stream's table `stream_name`, its sequence, and its rows of `stream_positions`.

    Raises ValueError for a stream name with anything but lower-case letters, digits and
    underscores, and for `stream_positions` and `sequences`.
    """

    def __init__(self, database: Database, stream_name: str, *, positive: bool) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", stream_name):
            raise ValueError(
                f"stream name {stream_name!r}: write lower-case letters, digits and underscores"
            )
        if stream_name in ("stream_positions", "sequences"):
            raise ValueError(f"stream name {stream_name!r} is a table of its own: write another")
        self._database = database
        self._stream_name = stream_name
        self._sequence = f"{stream_name}_sequence"
        self._sign = 1 if positive else -1
        # How IDs compare in this stream's direction.
        self._after, self._upto, self._order = (
            (">", "<=", "ASC") if positive else ("<", ">=", "DESC")
        )

    # --8<-- [end:tables]
    # --8<-- [start:schema]
    def create(self) -> None:
        """Creates the tables and the sequence if they are missing."""
        with self._database.transaction():
            self._database.execute(
                f"CREATE TABLE IF NOT EXISTS {self._stream_name} (stream_id BIGINT NOT NULL, "
                "ordinal INT NOT NULL, instance_name TEXT NOT NULL, data TEXT NOT NULL, "
                "PRIMARY KEY (stream_id, ordinal))"
            )
            self._database.execute(
                f"CREATE INDEX IF NOT EXISTS {self._stream_name}_by_writer "
                f"ON {self._stream_name} (instance_name, stream_id, ordinal)"
            )
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS stream_positions (stream_name TEXT NOT NULL, "
                "instance_name TEXT NOT NULL, stream_id BIGINT NOT NULL, "
                "PRIMARY KEY (stream_name, instance_name))"
            )
        self._database.create_sequence(self._sequence)

    # --8<-- [end:schema]
    def next_numbers(self, n: int) -> list[int]:
        """The sequence's next numbers."""
        return self._database.sequence(self._sequence).get_next_mult(n)

    def own_number(self) -> int:
        """The sequence's last value, or its next one if the last one may be pending elsewhere."""
        row, position, last_value = read_numbers(self._database, self._stream_name)
        if last_value == max(row, position, 1):
            return self._sign * last_value
        return self._sign * self.next_numbers(1)[0]

    def last_row(self) -> int:
        """The last ID in the table; for an empty table, the ID before the first one."""
        return self._sign * max(read_numbers(self._database, self._stream_name).highest_row, 1)

    # --8<-- [start:positions]
    def positions(self) -> dict[str, int]:
        """The recorded position of each writer."""
        return dict(
            self._database.execute(
                "SELECT instance_name, stream_id FROM stream_positions WHERE stream_name = ?",
                (self._stream_name,),
            )
        )

    def keep_positions_of(self, writers: Collection[str]) -> None:
        """Deletes the positions of all other writers."""
        marks = ", ".join("?" * len(writers))
        self._database.execute(
            "DELETE FROM stream_positions WHERE stream_name = ? "
            f"AND instance_name NOT IN ({marks})",
            (self._stream_name, *writers),
        )

    def record_first_position(self, instance_name: str, stream_id: int) -> None:
        """Records a position if the writer has none."""
        self._database.execute(
            "INSERT INTO stream_positions VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (self._stream_name, instance_name, stream_id),
        )

    def record_position(self, instance_name: str, stream_id: int) -> None:
        """Records a position, unless a later one is recorded."""
        self._database.execute(
            "INSERT INTO stream_positions VALUES (?, ?, ?) "
            "ON CONFLICT (stream_name, instance_name) DO UPDATE "
            "SET stream_id = EXCLUDED.stream_id "
            f"WHERE EXCLUDED.stream_id {self._after} stream_positions.stream_id",
            (self._stream_name, instance_name, stream_id),
        )

    # --8<-- [end:positions]
    # --8<-- [start:facts]
    def insert(self, stream_id: int, instance_name: str, data: list[str]) -> None:
        """Writes a fact's rows in one transaction."""
        with self._database.transaction():
            for ordinal, text in enumerate(data):
                self._database.execute(
                    f"INSERT INTO {self._stream_name} VALUES (?, ?, ?, ?)",
                    (stream_id, ordinal, instance_name, text),
                )

    def has(self, stream_id: int) -> bool:
        """Whether a fact is in the table."""
        rows = self._database.execute(
            f"SELECT 1 FROM {self._stream_name} WHERE stream_id = ? LIMIT 1", (stream_id,)
        )
        return bool(rows)

    def ids_from(self, lowest: int) -> list[int]:
        """The IDs of all facts at or after `lowest`."""
        rows = self._database.execute(
            f"SELECT DISTINCT stream_id FROM {self._stream_name} WHERE ? {self._upto} stream_id",
            (lowest,),
        )
        return [stream_id for (stream_id,) in rows]

    def updates(self, instance_name: str, after: int, upto: int, limit: int) -> Updates:
        """A writer's facts in (after, upto]: at most `limit` IDs, each with all its rows."""
        between = (
            f"FROM {self._stream_name} WHERE instance_name = ? "
            f"AND stream_id {self._after} ? AND stream_id {self._upto} ?"
        )
        last = self._database.execute(
            f"SELECT DISTINCT stream_id {between} ORDER BY stream_id {self._order} "
            "LIMIT 1 OFFSET ?",
            (instance_name, after, upto, limit - 1),
        )
        end = last[0][0] if last else upto
        facts: list[tuple[int, list[Any]]] = []
        for stream_id, data in self._database.execute(
            f"SELECT stream_id, data {between} ORDER BY stream_id {self._order}, ordinal",
            (instance_name, after, end),
        ):
            if not facts or facts[-1][0] != stream_id:
                facts.append((stream_id, []))
            facts[-1][1].append(json.loads(data))
        return Updates(facts, end, limited=end != upto)

    # --8<-- [end:facts]
