"""Measures Synapse's limiter and ours in turn, in one process, on SQLite.

This file runs in the environment of a release; ours needs nothing but the standard library. It
reads the rounds and the requests in a round, as JSON, and prints for each case the seconds of every
round: Synapse's through its connection pool, in Twisted's reactor, as it runs; Synapse's
without the pool; and ours.
"""

import random
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
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
from snippets.federation_backoff.store import TABLE, Destinations
from tests.real.driver import federation_config, serve_in_reactor

DESTINATION = "example.org"
SECTION = {
    "destination_min_retry_interval": 1,
    "destination_retry_multiplier": 2,
    "destination_max_retry_interval": 1000,
}
LONGER_THAN_ANY_WAIT_MS = 10_000
# For a file: in memory it would prepare a whole database.
ENGINE = create_engine({"name": "sqlite3", "args": {"database": "homeserver.db"}})


class Failed(Exception):
    """The request failed."""


class WholePool(DatabasePool):  # type: ignore[misc]
    """Synapse's pool without the homeserver: what that adds is not used here."""

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
    """The same statements on one connection, with nothing between."""

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
    """Synapse's store, cache included, without the rest of the homeserver."""

    def __init__(self, pool: Any, hs: Any) -> None:
        self.db_pool = pool
        self.database_engine = ENGINE
        self.server_name = "example.com"
        self.hs = hs
        self.clock = Clock(reactor, server_name="example.com")


class Synapses:
    """Synapse's limiter on one of its pools."""

    def __init__(self, pool: Any) -> None:
        self._now = 10**12
        self._left: list[Callable[[], Awaitable[None]]] = []
        self._hs = SimpleNamespace(
            config=SimpleNamespace(federation=federation_config(SECTION)),
            run_as_background_process=lambda _desc, function: self._left.append(function),
        )
        self._store = Store(pool, self._hs)

    def time_msec(self) -> int:
        return self._now

    async def request(self, fails: bool) -> None:
        self._now += LONGER_THAN_ANY_WAIT_MS
        try:
            with await retryutils.get_retry_limiter(
                destination=DESTINATION,
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
    """Our limiter and table, cache included."""

    def __init__(self, path: str) -> None:
        self._clock = ManualClock(10**12)
        self._config = FederationConfig.read({"federation": SECTION})
        self._jitter = random.Random(1)
        self._store = CachedDestinations(Destinations(connect(path)), self._clock)

    def request(self, fails: bool) -> None:
        self._clock.advance(LONGER_THAN_ANY_WAIT_MS)
        try:
            with get_retry_limiter(
                DESTINATION, self._clock, self._store, jitter=self._jitter, config=self._config
            ):
                if fails:
                    raise Failed
        except Failed:
            pass


def connect(path: str) -> sqlite3.Connection:
    """A connection that leaves the disk alone: the code is measured."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA journal_mode = MEMORY")
    return connection


# What happens to the requests, one after the other and again.
CASES = {
    "acquire and fail": [True],
    "acquire and fail, then acquire and succeed": [True, False],
    "acquire and succeed, healthy before": [False],
}


async def rounds(number: int, requests: int, folder: str) -> dict[str, dict[str, list[float]]]:
    """The seconds of every round of every case."""
    times: dict[str, dict[str, list[float]]] = {}
    for case, outcomes in CASES.items():
        paths = {name: f"{folder}/{case}-{name}.db" for name in ("pool", "connection", "ours")}
        connect(paths["pool"]).execute(TABLE)
        connect(paths["connection"]).execute(TABLE)
        pool, bare = WholePool(paths["pool"]), BarePool(paths["connection"])
        for pragma in ("PRAGMA synchronous = OFF", "PRAGMA journal_mode = MEMORY"):
            bare.connection.execute(pragma)
            await pool._db_pool.runWithConnection(lambda c, sql=pragma: c.execute(sql).fetchall())
        on_pool, on_connection, ours = Synapses(pool), Synapses(bare), Ours(paths["ours"])
        rounds = times[case] = {name: [] for name in paths}
        for _ in range(number):
            for name, synapses in (("pool", on_pool), ("connection", on_connection)):
                start = time.perf_counter()
                for request in range(requests):
                    await synapses.request(outcomes[request % len(outcomes)])
                rounds[name].append(time.perf_counter() - start)
            start = time.perf_counter()
            for request in range(requests):
                ours.request(outcomes[request % len(outcomes)])
            rounds["ours"].append(time.perf_counter() - start)
    return times


async def answer(asked: dict[str, int]) -> dict[str, dict[str, list[float]]]:
    """The times."""
    with (
        tempfile.TemporaryDirectory() as folder,
        LoggingContext(name="bench", server_name="example.com"),
    ):
        return await rounds(asked["rounds"], asked["requests"], folder)


if __name__ == "__main__":
    serve_in_reactor(answer)
