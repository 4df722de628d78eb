"""Measures Synapse's limiter and ours in turn, in one process, on SQLite.

This file runs in the environment of a release; ours needs nothing but the standard library. It
reads a case a line, as JSON, and prints the seconds that a request took in every round: Synapse's
through its connection pool, in Twisted's reactor, as it runs; Synapse's without the pool; ours;
and the floor's.
"""

import gc
import random
import sqlite3
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import closing
from itertools import cycle, islice
from time import perf_counter
from types import SimpleNamespace
from typing import Any

from synapse.logging.context import LoggingContext
from synapse.storage.database import DatabasePool, LoggingTransaction, make_pool
from synapse.storage.databases.main.transactions import TransactionWorkerStore
from synapse.storage.engines import create_engine
from synapse.util import retryutils
from synapse.util.clock import Clock
from twisted.internet import reactor

from snippets.configuration import FederationConfig
from snippets.federation_backoff import CachedDestinations, ManualClock, get_retry_limiter
from snippets.federation_backoff.cached import MAX_ENTRIES
from snippets.federation_backoff.store import TABLE, Destinations
from snippets.shared.floor import Floor
from tests.real.driver import federation_config, serve_in_reactor

SECTION = {
    "destination_min_retry_interval": 1,
    "destination_retry_multiplier": 2,
    "destination_max_retry_interval": 1000,
}
LONGER_THAN_ANY_WAIT_MS = 2_000
# A file, since in memory Synapse would prepare a whole database.
ENGINE = create_engine({"name": "sqlite3", "args": {"database": "homeserver.db"}})


class Failed(Exception):
    """The request failed."""


class WholePool(DatabasePool):  # type: ignore[misc]
    """Synapse's pool without the homeserver, which is not used here."""

    def __init__(self, path: str) -> None:
        args = {"database": path, "check_same_thread": False, "cp_min": 1, "cp_max": 1}
        config = SimpleNamespace(config={"name": "sqlite3", "args": args}, name="main")
        self._db_pool = make_pool(
            reactor=reactor, db_config=config, engine=ENGINE, server_name="example.com"
        )
        self.engine = ENGINE
        self.server_name = "example.com"
        self._txn_limit = 0
        self._current_txn_total_time = 0.0
        self._txn_perf_counters = SimpleNamespace(update=lambda *_: None)
        self._db_pool.start()


class BarePool(WholePool):
    """The same statements on one connection, without a pool."""

    def __init__(self, path: str) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)

    async def runInteraction(
        self, desc: str, func: Any, *args: Any, db_autocommit: bool = False, **kwargs: Any
    ) -> Any:
        after: list[Any] = []
        transaction = LoggingTransaction(
            txn=self.connection.cursor(),
            name=desc,
            server_name="example.com",
            database_engine=ENGINE,
            after_callbacks=after,
            async_after_callbacks=[],
            exception_callbacks=[],
        )
        result = func(transaction, *args, **kwargs)
        for callback, arguments, options in after:
            callback(*arguments, **options)
        return result


class Store(TransactionWorkerStore):  # type: ignore[misc]
    """Synapse's store with its cache, without the rest of the homeserver."""

    def __init__(self, pool: Any, hs: Any) -> None:
        self.db_pool = pool
        self.database_engine = ENGINE
        self.server_name = "example.com"
        self.hs = hs
        self.clock = Clock(reactor, server_name="example.com")


class Synapses:
    """Synapse's limiter on one of its pools."""

    def __init__(self, pool: Any, pause_ms: int) -> None:
        self._now = 10**12
        self._pause_ms = pause_ms
        self._left: list[Callable[[], Awaitable[None]]] = []
        self._hs = SimpleNamespace(
            config=SimpleNamespace(federation=federation_config(SECTION)),
            run_as_background_process=lambda _desc, function: self._left.append(function),
        )
        self._store = Store(pool, self._hs)

    def time_msec(self) -> int:
        return self._now

    async def request(self, destination: str, fails: bool) -> None:
        self._now += self._pause_ms
        try:
            with await retryutils.get_retry_limiter(
                destination=destination,
                our_server_name="example.com",
                hs=self._hs,
                clock=self,
                store=self._store,
            ):
                if fails:
                    raise Failed
        except Failed:
            pass
        while self._left:
            await self._left.pop()()


class Ours:
    """Our limiter and table, with our cache."""

    def __init__(self, path: str, pause_ms: int) -> None:
        self._clock = ManualClock(10**12)
        self._pause_ms = pause_ms
        self._config = FederationConfig.read({"federation": SECTION})
        self._jitter = random.Random(1)
        self._store = CachedDestinations(Destinations(connect(path)), self._clock)

    def time_msec(self) -> int:
        return self._clock.time_msec()

    def request(self, destination: str, fails: bool) -> None:
        self._clock.advance(self._pause_ms)
        try:
            with get_retry_limiter(
                destination, self._clock, self._store, jitter=self._jitter, config=self._config
            ):
                if fails:
                    raise Failed
        except Failed:
            pass


def connect(path: str) -> sqlite3.Connection:
    """A connection that does not wait for the disk: only the code is measured."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA journal_mode = MEMORY")
    return connection


# By case whether requests fail, and what the table has for each destination before the first.
CASES = {"every request fails": (True, (1, 1, 1)), "every request succeeds": (False, (None, 0, 0))}
INSERT = (
    "INSERT INTO destinations (destination, failure_ts, retry_last_ts, retry_interval) "
    "VALUES (?, ?, ?, ?)"
)


def names(destinations: int) -> list[str]:
    """The destinations, in an order that is the same in every run."""
    names = [f"{number}.example.org" for number in range(destinations)]
    random.Random(1).shuffle(names)
    return names


async def synapses_round(synapses: Synapses, batch: list[str], fails: bool) -> float:
    """The seconds of one request."""
    start = perf_counter()
    for destination in batch:
        await synapses.request(destination, fails)
    return (perf_counter() - start) / len(batch)


def our_round(ours: Ours, batch: list[str], fails: bool) -> float:
    """The seconds of one request."""
    start = perf_counter()
    for destination in batch:
        ours.request(destination, fails)
    return (perf_counter() - start) / len(batch)


def floors_round(floor: Floor, operations: int) -> float:
    """The seconds of one block."""
    start = perf_counter()
    for _ in range(operations):
        with floor.get_next():
            pass
    return (perf_counter() - start) / operations


async def measure(
    folder: str, destinations: int, case: str, rounds: int, operations: int
) -> dict[str, list[float]]:
    """The seconds of a request in every round: the floor's, Synapse's twice and ours, in turn.

    The destinations have their requests in turn. Before the rounds each has one, as far as the
    caches reach: of more than they hold, each pushes out another, and every request reads the
    table.
    """
    fails, row = CASES[case]
    every = names(destinations)
    paths = {name: f"{folder}/{name}.db" for name in ("pool", "connection", "ours")}
    for path in paths.values():
        with closing(connect(path)) as connection:
            connection.execute(TABLE)
            connection.execute("BEGIN")
            connection.executemany(INSERT, [(name, *row) for name in every])
            connection.execute("COMMIT")
    pool, bare = WholePool(paths["pool"]), BarePool(paths["connection"])
    for pragma in ("PRAGMA synchronous = OFF", "PRAGMA journal_mode = MEMORY"):
        bare.connection.execute(pragma)
        await pool._db_pool.runWithConnection(lambda c, sql=pragma: c.execute(sql).fetchall())
    # Each has its turn after its wait, and before the caches forget it.
    pause_ms = max(1, LONGER_THAN_ANY_WAIT_MS // destinations)
    on_pool, on_connection = Synapses(pool, pause_ms), Synapses(bare, pause_ms)
    ours, floor = Ours(paths["ours"], pause_ms), Floor()
    turns = cycle(every)
    times: dict[str, list[float]] = {"floor": [], **{name: [] for name in paths}}
    gc.disable()  # as timeit does
    batch = list(islice(turns, min(destinations, MAX_ENTRIES)))
    for _ in range(1 + rounds):
        times["floor"].append(floors_round(floor, operations))
        times["pool"].append(await synapses_round(on_pool, batch, fails))
        times["connection"].append(await synapses_round(on_connection, batch, fails))
        times["ours"].append(our_round(ours, batch, fails))
        batch = list(islice(turns, operations))
    if fails:  # each failure was written: the last one, too
        clocks = (on_pool.time_msec(), on_connection.time_msec(), ours.time_msec())
        for path, now in zip(paths.values(), clocks, strict=True):
            with closing(connect(path)) as connection:
                ((last,),) = connection.execute("SELECT max(retry_last_ts) FROM destinations")
                assert last == now
    return {name: seconds[1:] for name, seconds in times.items()}


async def answer(asked: dict[str, Any]) -> dict[str, list[float]]:
    """The times."""
    with (
        tempfile.TemporaryDirectory() as folder,
        LoggingContext(name="bench", server_name="example.com"),
    ):
        return await measure(folder, **asked)


if __name__ == "__main__":
    serve_in_reactor(answer)
