"""Runs schedules through Synapse's own MultiWriterIdGenerator, on a real PostgreSQL.

This file runs in the environment of a release, so it imports nothing of ours except for the shared
driver code. Its argument is the address of an empty database. For each schedule that it reads, as
JSON (see several_writers.py), it prints one line: what changed in which process's view, at the
start and after every operation.
"""

import asyncio
import inspect
import sys
from collections import deque
from typing import Any

import psycopg2
from synapse.notifier import ReplicationNotifier
from synapse.storage.database import (
    LoggingDatabaseConnection,
    LoggingTransaction,
)
from synapse.storage.engines import create_engine
from synapse.storage.util.id_generators import (
    MultiWriterIdGenerator,
)

from tests.real.driver import serve

PROCESSES = ["w1", "w2", "w3", "r"]
ENGINE = create_engine({"name": "psycopg2", "args": {}})
TABLES = """
CREATE TABLE IF NOT EXISTS facts (stream_id BIGINT, instance_name TEXT);
CREATE TABLE IF NOT EXISTS stream_positions (
    stream_name TEXT, instance_name TEXT, stream_id BIGINT, UNIQUE (stream_name, instance_name));
CREATE SEQUENCE IF NOT EXISTS facts_sequence;
TRUNCATE facts, stream_positions;
SELECT setval('facts_sequence', 1);
"""


def named(function: Any, **wanted: Any) -> Any:
    """Calls a function with those keywords that this release has."""
    known = inspect.signature(function).parameters
    return function(**{name: value for name, value in wanted.items() if name in known})


class Pool:
    """The part of Synapse's DatabasePool that a generator needs, on one connection."""

    engine = ENGINE

    def __init__(self, connection: Any) -> None:
        self.connection = named(
            LoggingDatabaseConnection,
            conn=connection,
            engine=ENGINE,
            default_txn_name="facts",
            server_name="example.com",
        )

    async def runInteraction(
        self, desc: str, func: Any, *args: Any, db_autocommit: bool = False
    ) -> Any:
        after: list[Any] = []
        cursor = self.connection.cursor(
            txn_name=desc, after_callbacks=after, async_after_callbacks=[], exception_callbacks=[]
        )
        try:
            result = func(cursor, *args)
            self.connection.commit()
        finally:
            cursor.close()
        for callback, positional, named_arguments in after:
            callback(*positional, **named_arguments)
        return result


class World:
    """Processes that share a stream, and the undelivered messages between them."""

    def __init__(self, connection: Any, positive: bool, careful: bool) -> None:
        self.connection = connection
        self.pool = Pool(connection)
        self.positive = positive
        self.careful = careful
        self.generators: dict[str, Any] = {}
        self.pending: dict[str, list[Any]] = {}
        self.queues: dict[tuple[str, str], deque[int]] = {}
        with connection.cursor() as cursor:
            cursor.execute(TABLES)
        connection.commit()

    def configure(self, writers: list[str]) -> None:
        self.writers = writers
        for name in PROCESSES:
            self.restart(name)

    def take_a_number(self) -> None:
        """Takes a number and leaves it unused, if another writer may have the last one pending."""
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT last_value FROM facts_sequence")
            ((last_value,),) = cursor.fetchall()
            cursor.execute(
                "SELECT stream_id FROM facts UNION SELECT stream_id FROM stream_positions"
            )
            if last_value != max((abs(stream_id) for (stream_id,) in cursor), default=1):
                cursor.execute("SELECT nextval('facts_sequence')")
        self.connection.commit()

    def record_position(self, name: str) -> None:
        """Records the position of a writer without a recorded one."""
        with self.connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO stream_positions VALUES ('facts', %s, %s) ON CONFLICT DO NOTHING",
                (name, self.generators[name].get_current_token_for_writer(name)),
            )
        self.connection.commit()

    def restart(self, name: str) -> None:
        """Restarts a process. With `careful`, takes the precautions that ours takes and Synapse
        does not.
        """
        careful = self.careful and name in self.writers
        if careful:
            self.take_a_number()
        # Without a writer's name, its own last row does not move its position back.
        own_rows_unnamed = f"NULLIF(instance_name, '{name}')"
        self.pending[name] = []
        for sender in PROCESSES:
            self.queues[sender, name] = deque()
        self.generators[name] = named(
            MultiWriterIdGenerator,
            db_conn=self.pool.connection,
            db=self.pool,
            notifier=ReplicationNotifier(),
            stream_name="facts",
            server_name="example.com",
            instance_name=name,
            tables=[("facts", own_rows_unnamed if self.careful else "instance_name", "stream_id")],
            sequence_name="facts_sequence",
            writers=self.writers,
            positive=self.positive,
        )
        self.pool.connection.commit()
        if careful:
            self.record_position(name)

    async def apply(self, op: list[Any]) -> None:
        action, *arguments = op
        if action == "reserve":
            await self.reserve(*arguments)
        elif action == "finish":
            await self.finish(*arguments)
        elif action == "commit":  # of a write that has not ended yet
            self.commit(*arguments)
        elif action == "announce":
            (name,) = arguments
            token = self.generators[name].get_current_token_for_writer(name)
            for to in self.generators:
                if to != name:
                    self.queues[name, to].append(token)
        elif action == "deliver":
            sender, to = arguments
            if self.queues[sender, to]:
                self.generators[to].advance(sender, self.queues[sender, to].popleft())
        elif action == "restart":
            self.restart(*arguments)
        elif action == "configure":
            self.configure(*arguments)

    async def reserve(self, name: str, n: int, meanwhile: list[Any]) -> None:
        """Reserves; `meanwhile` happens after the sequence has answered, before the answer is
        noted.
        """
        generator = self.generators[name]
        sequence = generator._sequence_gen
        answer = sequence.get_next_mult_txn

        def answer_and_wait(txn: LoggingTransaction, count: int) -> Any:
            sequence.get_next_mult_txn = answer
            numbers = answer(txn, count)
            for op in meanwhile:
                try:
                    self.apply(op).send(None)
                except StopIteration:
                    continue
            return numbers

        sequence.get_next_mult_txn = answer_and_wait
        manager = generator.get_next_mult(n)
        self.pending[name].append((await manager.__aenter__(), manager))

    def commit(self, name: str, which: int) -> None:
        stream_ids, _ = self.pending[name][which]
        self.store(name, stream_ids)

    def store(self, name: str, stream_ids: list[int]) -> None:
        """Stores the rows of a write, if they are not there."""
        with self.connection.cursor() as cursor:
            for stream_id in stream_ids:
                cursor.execute(
                    "INSERT INTO facts SELECT %s, %s "
                    "WHERE NOT EXISTS (SELECT FROM facts WHERE stream_id = %s)",
                    (stream_id, name, stream_id),
                )
        self.connection.commit()

    async def finish(self, name: str, which: int, succeeds: bool) -> None:
        stream_ids, manager = self.pending[name].pop(which)
        error = None if succeeds else RuntimeError("rolled back")
        if succeeds:
            self.store(name, stream_ids)
        await manager.__aexit__(error and type(error), error, None)

    def views(self) -> dict[str, Any]:
        """Every process's view, and the recorded positions."""
        views: dict[str, Any] = {}
        for name, generator in self.generators.items():
            views[name] = [
                generator.get_current_token(),
                getattr(generator, "get_minimal_local_current_token", int)(),
                [generator.get_current_token_for_writer(n) for n in ("w1", "w2", "w3", name)],
                [at for _, at in sorted(generator.get_positions().items())],
            ]
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT instance_name, stream_id FROM stream_positions ORDER BY 1")
            views["recorded"] = dict(cursor.fetchall())
        self.connection.commit()
        return views


async def changes(
    connection: Any, positive: bool, ops: list[Any], careful: bool = True
) -> list[dict[str, Any]]:
    """The views at the start, then for every operation the views that it changed."""
    world = World(connection, positive, careful)
    world.configure(PROCESSES[:3])
    before = world.views()
    changed = [before]
    for op in ops:
        await world.apply(op)
        after = world.views()
        changed.append({name: view for name, view in after.items() if view != before[name]})
        before = after
    return changed


if __name__ == "__main__":
    database = psycopg2.connect(sys.argv[1])
    serve(lambda schedule: asyncio.run(changes(database, **schedule)))
