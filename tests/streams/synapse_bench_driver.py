"""Measures Synapse's generators and ours in turn, in one process, without a database.

This file runs in the environment of a release; ours needs nothing but the standard library. It
reads a case a line, as JSON, and prints the seconds that an operation took: see `measure`.
"""

import asyncio
import gc
import sqlite3
from time import perf_counter
from typing import Any

from synapse.notifier import ReplicationNotifier
from synapse.storage.database import LoggingDatabaseConnection
from synapse.storage.engines import create_engine
from synapse.storage.util import id_generators

from snippets.shared.floor import Floor
from snippets.streams.multi_writer_id_generator import MultiWriterIdGenerator
from snippets.streams.sequence import MemorySequence
from snippets.streams.stream_id_generator import StreamIdGenerator
from tests.real.driver import serve
from tests.streams.synapse_several_writers_driver import named
from tests.streams.workloads import WORKLOADS, write

ENGINE = create_engine({"name": "sqlite3", "args": {}})


class NoDatabase:
    """Replaces the database with a cursor that does nothing."""

    engine = ENGINE

    def execute(self, *_: Any) -> None:
        """Does nothing."""

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


def names(writers: int) -> list[str]:
    """The stream's writers; the first is measured."""
    return [f"w{number}" for number in range(1, writers + 1)]


def synapses(kind: str, writers: int) -> Any:
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
        writers=names(writers),
    )


def ours(kind: str, writers: int) -> Any:
    """Ours of the same name."""
    if kind == "StreamIdGenerator":
        return StreamIdGenerator()
    return MultiWriterIdGenerator(
        instance_name="w1", writers=names(writers), sequence=MemorySequence()
    )


async def measure(
    kind: str,
    workload: str,
    writers: int,
    size: int,
    operations: int,
    rounds: int,
    budget_s: float,
) -> dict[str, list[float]]:
    """The seconds of an operation in every round: the floor's, Synapse's and ours, in turn.

    Where a round of Synapse's would take more than a hundredth of the budget it gets fewer
    operations. Where one takes more than a third, its list is empty. After three rounds the
    budget also ends them.
    """
    ours_in, synapses_in = WORKLOADS[workload]
    gc.disable()  # as timeit does: a collection would look at everything that is pending
    floor = write(Floor(), 0)
    theirs = await synapses_in(synapses(kind, writers), size)
    own = ours_in(ours(kind, writers), size)
    one_s = await theirs(1)
    affordable = max(1, min(operations, int(budget_s / 100 / one_s)))
    times: dict[str, list[float]] = {"floor": [], "synapse": [], "ours": []}
    end = perf_counter() + budget_s
    for number in range(rounds):
        if number >= 3 and perf_counter() > end:
            break
        times["floor"].append(floor(operations))
        if one_s < budget_s / 3:
            times["synapse"].append(await theirs(affordable))
        times["ours"].append(own(operations))
    gc.enable()
    return times


if __name__ == "__main__":
    serve(lambda case: asyncio.run(measure(**case)))
