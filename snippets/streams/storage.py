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
    """Another process already runs under this name."""


class StreamStore:
    """A stream in a database: the table `stream_name`, its sequence, and `stream_positions`.

    `on_outage` is called with the DatabaseUnavailable if the connection is lost while the store
    reserves, adds, records or gets updates. It raises, or waits a little and returns: then the
    store reconnects and continues. A store that continues writes every fact exactly once: it waits
    until the database has finished the lost connection's work, and checks whether the fact is
    there.

    Raises ValueError for a stream name with anything but lower-case letters, digits and
    underscores, and for `stream_positions` and `sequences`.
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
        """Creates the tables and the sequence if they are missing."""
        self._tables.create()

    # --8<-- [start:load]
    def load(self, instance_name: str, writers: Collection[str]) -> MultiWriterIdGenerator:
        """This process's generator, with all positions from the database.

        Only one process may write under one name: a second one gets WriterIsRunning. A process that
        replaces a killed one waits until the database has ended the killed one's work. Positions of
        writers that are no longer configured are deleted. Raises InconsistentStream.

        A writer's own position is that of `find_start`. Unlike in Synapse, a lower last row does
        not move it back. The position is recorded if there is none, for a process that starts while
        this one's first ID is pending.
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
        """Writes all rows of a fact in one transaction.

        A row is any value that JSON can represent. For another value, raises TypeError or
        ValueError and writes nothing.
        """
        data = [json.dumps(row, allow_nan=False) for row in rows]
        attempts = 0

        def insert() -> None:
            nonlocal attempts
            attempts += 1
            # The first attempt may have lost the connection after its commit.
            if attempts == 1 or not self._tables.has(stream_id):
                self._tables.insert(stream_id, instance_name, data)

        self._outlasting.run(insert)

    def record_position(self, instance_name: str, stream_id: int) -> None:
        """Records a writer's position, after the fact's own transaction; never lowers it.

        A process killed in between leaves rows beyond its position, and `load` finds them.
        """
        self._outlasting.run(lambda: self._tables.record_position(instance_name, stream_id))

    # --8<-- [end:write]
    # --8<-- [start:updates]
    def get_updates(self, instance_name: str, after: int, upto: int, limit: int = 100) -> Updates:
        """That writer's facts in (after, upto]: at most `limit` IDs, each with all its rows.

        If there are more, `limited` is true; pass the returned `upto` as the next `after`. Raises
        ValueError for a limit below 1.
        """
        if limit < 1:
            raise ValueError(f"limit is {limit}: write 1 or more")
        return self._outlasting.run(lambda: self._tables.updates(instance_name, after, upto, limit))

    # --8<-- [end:updates]
    def recorded_positions(self) -> dict[str, int]:
        """Each writer's position in the database."""
        return self._tables.positions()


class _Sequence:
    """The stream's sequence. It survives a lost connection, but may then skip a number."""

    def __init__(self, store: StreamStore) -> None:
        self._store = store

    def get_next_mult(self, n: int) -> list[int]:
        return self._store._outlasting.run(lambda: self._store._tables.next_numbers(n))
