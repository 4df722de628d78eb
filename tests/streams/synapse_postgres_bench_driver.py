"""Measures reserve + complete, with the recording of the position, as Synapse does it on
PostgreSQL.

This file runs in the environment of a release. It uses the release's generator on its DatabasePool,
in Twisted's reactor; or, to see the cost of the pool, directly on a connection. Its arguments are
the address of an empty database, the number of operations in a round, and "pool" or "connection".
It answers each line with the seconds of a round; "where" with what the rounds run on.
"""

import sys
import time
from functools import partial
from types import SimpleNamespace
from typing import Any

import psycopg2
from synapse.logging.context import LoggingContext
from synapse.notifier import ReplicationNotifier
from synapse.storage.database import DatabasePool, LoggingDatabaseConnection, make_pool
from synapse.storage.util.id_generators import MultiWriterIdGenerator
from twisted.internet import reactor

from tests.real.driver import serve_in_reactor
from tests.streams.synapse_several_writers_driver import ENGINE, TABLES, Pool


class WholePool(DatabasePool):  # type: ignore[misc]
    """Synapse's pool without the homeserver, which is not used here."""

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
    """Synapse's pool, or one connection in autocommit mode, as Synapse uses it here."""
    if through == "pool":
        pool = WholePool(url)
        pool._db_pool.start()
        return pool
    connection = psycopg2.connect(url)
    connection.autocommit = True
    return Pool(connection)


def where(ids: Any) -> dict[str, Any]:
    """What the generator runs on."""
    pool = ids._db
    return {
        "Synapse's own pool": type(pool).runInteraction is DatabasePool.runInteraction,
        "connections": len(pool._db_pool.connections),
        "in the reactor": reactor.running,
    }


async def answer(ids: Any, operations: int, request: str | None) -> Any:
    """The seconds of a round, or what the rounds run on."""
    if request == "where":
        return where(ids)
    with LoggingContext(name="bench", server_name="example.com"):
        start = time.perf_counter()
        for _ in range(operations):
            async with ids.get_next():
                pass
        return time.perf_counter() - start


if __name__ == "__main__":
    url, how_many, through = sys.argv[1:]
    serve_in_reactor(partial(answer, generator(url, pool_on(url, through)), int(how_many)))
