"""Measures reserve + complete, with the position recorded, as Synapse does it on PostgreSQL.

This file runs in the environment of a release: its generator, on its DatabasePool, in Twisted's
reactor; or, to tell the two apart, on a connection with nothing between. Its arguments are the
address of an empty database, the number of operations in a round, and "pool" or "connection"; each
line read is answered by a round's seconds.
"""

import sys
import time
from types import SimpleNamespace
from typing import Any

import psycopg2
from synapse.logging.context import LoggingContext
from synapse.notifier import ReplicationNotifier
from synapse.storage.database import DatabasePool, make_pool
from synapse_several_writers_driver import (
    ENGINE,
    TABLES,
    LoggingDatabaseConnection,
    MultiWriterIdGenerator,
    Pool,
)
from twisted.internet import defer, reactor


class WholePool(DatabasePool):  # type: ignore[misc]
    """Synapse's pool without the homeserver: what that adds is not used here."""

    def __init__(self, url: str) -> None:
        args = {"dsn": url, "cp_min": 1, "cp_max": 1}
        config = SimpleNamespace(config={"name": "psycopg2", "args": args}, name="main")
        self._db_pool = make_pool(
            reactor=reactor, db_config=config, engine=ENGINE, server_name="example.com"
        )
        self.engine = ENGINE
        self.server_name = "example.com"
        self._txn_limit = 0
        self._current_txn_total_time = 0.0
        self._txn_perf_counters = SimpleNamespace(update=lambda *_: None)


def generator(url: str, pool: Any) -> Any:
    """Synapse's generator for the stream's only writer."""
    connection = psycopg2.connect(url)
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
    connection.commit()
    return MultiWriterIdGenerator(
        db_conn=LoggingDatabaseConnection(
            conn=connection, engine=ENGINE, default_txn_name="start", server_name="example.com"
        ),
        db=pool,
        notifier=ReplicationNotifier(),
        stream_name="facts",
        server_name="example.com",
        instance_name="w1",
        tables=[("facts", "instance_name", "stream_id")],
        sequence_name="facts_sequence",
        writers=["w1"],
    )


def pool_on(url: str, through: str) -> Any:
    """Synapse's pool, or one connection that commits each statement as Synapse has it here."""
    if through == "pool":
        pool = WholePool(url)
        pool._db_pool.start()
        return pool
    connection = psycopg2.connect(url)
    connection.autocommit = True
    return Pool(connection)


async def main(url: str, operations: int, through: str) -> None:
    """Answers each line."""
    pool = pool_on(url, through)
    ids = generator(url, pool)
    with LoggingContext(name="bench", server_name="example.com"):
        for _ in sys.stdin:
            start = time.perf_counter()
            for _ in range(operations):
                async with ids.get_next():
                    pass
            print(time.perf_counter() - start, flush=True)


def run() -> None:
    """Runs the reactor until the input ends."""
    done = defer.ensureDeferred(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
    done.addErrback(lambda failure: failure.printTraceback())
    done.addBoth(lambda _: reactor.stop())


reactor.callWhenRunning(run)
reactor.run()
