"""A stream's facts, its sequence and its writers' positions, written in Synapse's order."""

import json
import re
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Any, NamedTuple, NoReturn, TypeVar

from snippets.streams.consistency import check_consistency, read_numbers
from snippets.streams.database import Database, DatabaseUnavailable, Locked
from snippets.streams.multi_writer_id_generator import MultiWriterIdGenerator

Result = TypeVar("Result")


class WriterIsRunning(RuntimeError):
    """A second process was started under the name of one that still runs."""


class Updates(NamedTuple):
    """One writer's facts, each as (ID, its rows); all that there is up to the ID `upto`."""

    facts: list[tuple[int, list[Any]]]
    upto: int
    limited: bool


def raise_it(error: DatabaseUnavailable) -> NoReturn:
    """What a store does in an outage unless it is told otherwise."""
    raise error


class StreamStore:
    """A stream in a database: the table `stream_name`, its sequence, and `stream_positions`.

    `on_outage` is called with the DatabaseUnavailable when the connection is lost while this
    reserves, adds, records or gets updates. It raises, or returns to have the store reconnect
    and go on (so it had better wait a little). A store that goes on writes every fact exactly
    once: it first waits until the lost connection's work is settled, and looks whether the fact
    is there.

    Raises ValueError for a stream name other than letters, digits and underscores, and for that
    of a table beside it.
    """

    def __init__(
        self,
        database: Database,
        stream_name: str = "facts",
        *,
        positive: bool = True,
        on_outage: Callable[[DatabaseUnavailable], None] = raise_it,
    ) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", stream_name):
            raise ValueError(
                f"stream name {stream_name!r}: write lower-case letters, digits and underscores"
            )
        if stream_name in ("stream_positions", "sequences"):
            raise ValueError(f"stream name {stream_name!r} is a table of its own: write another")
        self.stream_name = stream_name
        self.positive = positive
        self._database = database
        self._on_outage = on_outage
        self._writer: str | None = None
        # How IDs compare in this stream's direction.
        self._after, self._upto, self._order = (
            (">", "<=", "ASC") if positive else ("<", ">=", "DESC")
        )

    def create(self) -> None:
        """Creates tables and sequence where they are missing."""
        with self._database.transaction():
            self._database.execute(
                f"CREATE TABLE IF NOT EXISTS {self.stream_name} (stream_id BIGINT NOT NULL, "
                "ordinal INT NOT NULL, instance_name TEXT NOT NULL, data TEXT NOT NULL, "
                "PRIMARY KEY (stream_id, ordinal))"
            )
            self._database.execute(
                f"CREATE INDEX IF NOT EXISTS {self.stream_name}_by_writer "
                f"ON {self.stream_name} (instance_name, stream_id, ordinal)"
            )
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS stream_positions (stream_name TEXT NOT NULL, "
                "instance_name TEXT NOT NULL, stream_id BIGINT NOT NULL, "
                "PRIMARY KEY (stream_name, instance_name))"
            )
        self._database.create_sequence(f"{self.stream_name}_sequence")

    # --8<-- [start:load]
    def load(self, instance_name: str, writers: Collection[str]) -> MultiWriterIdGenerator:
        """This process's generator, with all positions as the database has them.

        Only one process may write under one name: a second one gets WriterIsRunning, and
        one that follows a killed one waits until the database has ended the other's work.
        Positions of writers that are no longer configured are deleted. Raises
        InconsistentStream.

        A writer's own position is the sequence's last value, as in Synapse, with three cares
        that Synapse does not take. Where that number may be another writer's pending ID, it
        first takes a number of its own, and leaves it empty. Its last row, which may be lower,
        does not move the position back. And it records the position where there is none, for
        a process that starts while this one's first ID is pending.
        """
        is_writer = not writers or instance_name in writers
        if is_writer:
            self._lock(instance_name)
        check_consistency(self._database, self.stream_name)

        # Before the positions: a row of a writer that starts in between must not count.
        highest_row = read_numbers(self._database, self.stream_name).highest_row
        positions: dict[str, int] = {}
        if is_writer and writers:
            # Nothing of this process is pending now, whatever the sequence gave to it.
            now = self._signed(self._own_number())
        if writers:
            marks = ", ".join("?" * len(writers))
            self._database.execute(
                "DELETE FROM stream_positions WHERE stream_name = ? "
                f"AND instance_name NOT IN ({marks})",
                (self.stream_name, *writers),
            )
            positions.update(self._recorded_positions())
            if is_writer:
                positions[instance_name] = now
        if not positions:
            start = self._signed(max(highest_row, 1))
            positions = dict.fromkeys(writers or [instance_name], start)
            persisted: list[int] = []
        else:
            persisted = self._ids_from(min(positions.values(), key=abs))
        generator = MultiWriterIdGenerator(
            instance_name=instance_name,
            writers=writers,
            sequence=_Sequence(self) if is_writer else None,
            positions=positions,
            persisted=persisted,
            positive=self.positive,
        )
        if is_writer and writers:
            own = generator.get_current_token_for_writer(instance_name)
            self._database.execute(
                "INSERT INTO stream_positions VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (self.stream_name, instance_name, own),
            )
        return generator

    # --8<-- [end:load]
    # --8<-- [start:write]
    def add(self, stream_id: int, instance_name: str, rows: list[Any]) -> None:
        """Writes a fact: its rows, in a transaction of their own.

        A row is any value that JSON can hold. Raises TypeError or ValueError for another,
        and then nothing is written.
        """
        data = [json.dumps(row, allow_nan=False) for row in rows]
        attempts = 0

        def insert() -> None:
            nonlocal attempts
            attempts += 1
            if attempts > 1 and self._has(stream_id):
                return  # the connection was lost after the commit
            with self._database.transaction():
                for ordinal, text in enumerate(data):
                    self._database.execute(
                        f"INSERT INTO {self.stream_name} VALUES (?, ?, ?, ?)",
                        (stream_id, ordinal, instance_name, text),
                    )

        self._persist(insert)

    def record_position(self, instance_name: str, stream_id: int) -> None:
        """Records how far a writer has come, after the fact's own transaction; never lowers it.

        A process killed in between leaves rows beyond its position, which `load` finds.
        """
        self._persist(
            lambda: self._database.execute(
                "INSERT INTO stream_positions VALUES (?, ?, ?) "
                "ON CONFLICT (stream_name, instance_name) DO UPDATE "
                "SET stream_id = EXCLUDED.stream_id "
                f"WHERE EXCLUDED.stream_id {self._after} stream_positions.stream_id",
                (self.stream_name, instance_name, stream_id),
            )
        )

    # --8<-- [end:write]
    # --8<-- [start:updates]
    def get_updates(self, instance_name: str, after: int, upto: int, limit: int = 100) -> Updates:
        """What that writer wrote in (after, upto], at most `limit` IDs, each with all its rows.

        When there is more, `limited` is true and the next call goes on after `upto`. Raises
        ValueError for a limit below 1.
        """
        if limit < 1:
            raise ValueError(f"limit is {limit}: write 1 or more")
        between = (
            f"FROM {self.stream_name} WHERE instance_name = ? "
            f"AND stream_id {self._after} ? AND stream_id {self._upto} ?"
        )

        def select() -> Updates:
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

        return self._persist(select)

    # --8<-- [end:updates]
    def _persist(self, operation: Callable[[], Result]) -> Result:
        """The operation's result; it is tried again after an outage, if `on_outage` returns."""
        while True:
            try:
                return operation()
            except DatabaseUnavailable as error:
                self._on_outage(error)
                with suppress(DatabaseUnavailable):  # the next attempt meets it again
                    self._database.reconnect()
                    if self._writer is not None:
                        self._lock(self._writer)

    def _lock(self, instance_name: str) -> None:
        try:
            self._database.lock(f"{self.stream_name} {instance_name}")
        except Locked:
            raise WriterIsRunning(
                f"another process writes the stream {self.stream_name!r} as {instance_name!r}: "
                "give each process a name of its own"
            ) from None
        self._writer = instance_name

    def _own_number(self) -> int:
        """The sequence's last value, or the next one where the last may be pending."""
        row, position, last_value = read_numbers(self._database, self.stream_name)
        if last_value == max(row, position, 1):
            return last_value
        return _Sequence(self).get_next_mult(1)[0]

    def _signed(self, number: int) -> int:
        return number if self.positive else -number

    def _recorded_positions(self) -> list[tuple[Any, ...]]:
        return self._database.execute(
            "SELECT instance_name, stream_id FROM stream_positions WHERE stream_name = ?",
            (self.stream_name,),
        )

    def _ids_from(self, lowest: int) -> list[int]:
        found = self._database.execute(
            f"SELECT DISTINCT stream_id FROM {self.stream_name} WHERE ? {self._upto} stream_id",
            (lowest,),
        )
        return [stream_id for (stream_id,) in found]

    def _has(self, stream_id: int) -> bool:
        found = self._database.execute(
            f"SELECT 1 FROM {self.stream_name} WHERE stream_id = ? LIMIT 1", (stream_id,)
        )
        return bool(found)


class _Sequence:
    """The stream's sequence, which outlives a lost connection: a number may then be skipped."""

    def __init__(self, store: StreamStore) -> None:
        self._store = store

    def get_next_mult(self, n: int) -> list[int]:
        store = self._store
        name = f"{store.stream_name}_sequence"
        return store._persist(lambda: store._database.sequence(name).get_next_mult(n))
