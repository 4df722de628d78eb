"""A stream's facts, its sequence and its writers' positions, written in Synapse's order."""

import json
from collections.abc import Collection
from typing import Any

from snippets.streams.consistency import check_consistency
from snippets.streams.database import Database, Locked
from snippets.streams.multi_writer_id_generator import MultiWriterIdGenerator
from snippets.streams.outage import OnOutage, Outlasting, raise_it
from snippets.streams.start import find_start
from snippets.streams.tables import Tables, Updates


class WriterIsRunning(RuntimeError):
    """A second process was started under the name of one that still runs."""


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
        on_outage: OnOutage = raise_it,
    ) -> None:
        self.stream_name = stream_name
        self.positive = positive
        self._database = database
        self._tables = Tables(database, stream_name, positive=positive)
        self._outlasting = Outlasting(database, on_outage)

    def create(self) -> None:
        """Creates tables and sequence where they are missing."""
        self._tables.create()

    # --8<-- [start:load]
    def load(self, instance_name: str, writers: Collection[str]) -> MultiWriterIdGenerator:
        """This process's generator, with all positions as the database has them.

        Only one process may write under one name: a second one gets WriterIsRunning, and
        one that follows a killed one waits until the database has ended the other's work.
        Positions of writers that are no longer configured are deleted. Raises
        InconsistentStream.

        A writer's own position is that of `find_start`; its last row, which may be lower,
        does not move it back, as it does in Synapse. And it is recorded where there is none, for
        a process that starts while this one's first ID is pending.
        """
        writes = not writers or instance_name in writers
        if writes:
            self._outlasting.hold(lambda: self._lock(instance_name))
        check_consistency(self._database, self.stream_name)
        start = find_start(self._tables, instance_name, writers)
        generator = MultiWriterIdGenerator(
            instance_name=instance_name,
            writers=writers,
            sequence=_Sequence(self) if writes else None,
            positions=start.positions,
            persisted=start.persisted,
            positive=self.positive,
        )
        if instance_name in writers:
            token = generator.get_current_token_for_writer(instance_name)
            self._tables.record_first_position(instance_name, token)
        return generator

    def _lock(self, instance_name: str) -> None:
        try:
            self._database.lock(f"{self.stream_name} {instance_name}")
        except Locked:
            raise WriterIsRunning(
                f"another process writes the stream {self.stream_name!r} as {instance_name!r}: "
                "give each process a name of its own"
            ) from None

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
            # The connection may have been lost after the commit.
            if attempts == 1 or not self._tables.has(stream_id):
                self._tables.insert(stream_id, instance_name, data)

        self._outlasting.run(insert)

    def record_position(self, instance_name: str, stream_id: int) -> None:
        """Records how far a writer has come, after the fact's own transaction; never lowers it.

        A process killed in between leaves rows beyond its position, which `load` finds.
        """
        self._outlasting.run(lambda: self._tables.record_position(instance_name, stream_id))

    # --8<-- [end:write]
    # --8<-- [start:updates]
    def get_updates(self, instance_name: str, after: int, upto: int, limit: int = 100) -> Updates:
        """What that writer wrote in (after, upto], at most `limit` IDs, each with all its rows.

        When there is more, `limited` is true and the next call goes on after `upto`. Raises
        ValueError for a limit below 1.
        """
        if limit < 1:
            raise ValueError(f"limit is {limit}: write 1 or more")
        return self._outlasting.run(lambda: self._tables.updates(instance_name, after, upto, limit))

    # --8<-- [end:updates]
    def recorded_positions(self) -> dict[str, int]:
        """Each writer's position as the database has it."""
        return self._tables.positions()


class _Sequence:
    """The stream's sequence, which outlives a lost connection: a number may then be skipped."""

    def __init__(self, store: StreamStore) -> None:
        self._store = store

    def get_next_mult(self, n: int) -> list[int]:
        return self._store._outlasting.run(lambda: self._store._tables.next_numbers(n))
