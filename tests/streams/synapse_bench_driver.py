"""Measures Synapse's generators and ours in turn, in one process, without a database.

This file runs in the environment of a release; ours needs nothing but the standard library. It
reads a case a line, as JSON (see `measure`), and prints the seconds per operation of every round,
Synapse's and ours.
"""

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from typing import Any

from synapse.notifier import ReplicationNotifier
from synapse.storage.database import LoggingDatabaseConnection
from synapse.storage.engines import create_engine
from synapse.storage.util import id_generators

from snippets.streams.multi_writer_id_generator import MultiWriterIdGenerator
from snippets.streams.sequence import MemorySequence
from snippets.streams.stream_id_generator import StreamIdGenerator
from tests.real.driver import serve
from tests.streams.synapse_several_writers_driver import named

ENGINE = create_engine({"name": "sqlite3", "args": {}})


class NoDatabase:
    """Runs what would ask the database, with a cursor that asks nobody."""

    engine = ENGINE

    def execute(self, *_: Any) -> None:
        """Asks nobody."""

    async def runInteraction(
        self, desc: str, func: Any, *args: Any, db_autocommit: bool = False
    ) -> Any:
        return func(self, *args)


def connection() -> Any:
    """An empty stream in memory, from which Synapse's generators load their start."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE facts (stream_id BIGINT, instance_name TEXT)")
    database.execute("CREATE TABLE stream_positions (stream_name, instance_name, stream_id)")
    return named(
        LoggingDatabaseConnection,
        conn=database,
        engine=ENGINE,
        default_txn_name="facts",
        server_name="example.com",
    )


def synapses(kind: str) -> Any:
    """Synapse's generator."""
    if kind == "StreamIdGenerator":
        notifier = ReplicationNotifier()
        return id_generators.StreamIdGenerator(connection(), notifier, "facts", "stream_id")
    return named(
        id_generators.MultiWriterIdGenerator,
        db_conn=connection(),
        db=NoDatabase(),
        notifier=ReplicationNotifier(),
        stream_name="facts",
        server_name="example.com",
        instance_name="w1",
        tables=[("facts", "instance_name", "stream_id")],
        sequence_name="facts_sequence",
        writers=["w1", "w2", "w3"],
    )


def ours(kind: str) -> Any:
    """Ours of the same name."""
    if kind == "StreamIdGenerator":
        return StreamIdGenerator()
    return MultiWriterIdGenerator(
        instance_name="w1", writers=["w1", "w2", "w3"], sequence=MemorySequence()
    )


async def synapses_time(generator: Any, pending: int, finished: int, operations: int) -> Any:
    """The rounds' times, one for each `send`."""
    stuck = [generator.get_next() for _ in range(pending)]
    for write in stuck:
        await write.__aenter__()
    await leave_finished(generator, finished)
    while True:
        start = time.perf_counter()
        for _ in range(operations):
            async with generator.get_next():
                pass
        yield (time.perf_counter() - start) / operations


async def leave_finished(generator: Any, finished: int) -> None:
    """So many IDs finished above the oldest pending one: together, or it takes for ever."""
    if finished:
        async with generator.get_next_mult(finished):
            pass


def ours_time(generator: Any, pending: int, finished: int, operations: int) -> Iterator[float]:
    """The rounds' times, one for each `next`."""
    stuck = [generator.get_next() for _ in range(pending)]
    for write in stuck:
        write.__enter__()
    if finished:
        with generator.get_next_mult(finished):
            pass
    while True:
        start = time.perf_counter()
        for _ in range(operations):
            with generator.get_next():
                pass
        yield (time.perf_counter() - start) / operations


async def measure(
    kind: str, pending: int, finished: int, operations: int, slow: int, rounds: int
) -> dict[str, list[float]]:
    """Both generators with so many IDs pending, and so many finished above the oldest.

    Rounds alternate. `slow` is the number of operations in a round of Synapse's, where
    `operations` would take minutes.
    """
    theirs = synapses_time(synapses(kind), pending, finished, slow)
    own = ours_time(ours(kind), pending, finished, operations)
    times: dict[str, list[float]] = {"synapse": [], "ours": []}
    for _ in range(rounds):
        times["synapse"].append(await anext(theirs))
        times["ours"].append(next(own))
    return times


if __name__ == "__main__":
    serve(lambda case: asyncio.run(measure(**case)))
