"""Runs operations on the cache that a real Synapse has in front of the table `destinations`.

This file runs in the environment of a release. For each case that it reads, as JSON (see
test_cached.py), it prints the answer to each read; for {"default": true} the defaults, and for
{"caches": …} whether old entries are dropped. The cache,
the method that it wraps, the statement that writes and the sweep that drops old entries are the
release's own; clock and database connection are replaced.
"""

import inspect
import logging
import sqlite3
from types import SimpleNamespace
from typing import Any

from synapse.config.homeserver import HomeServerConfig
from synapse.storage.database import DatabasePool
from synapse.storage.databases.main.transactions import TransactionWorkerStore
from synapse.util.caches import lrucache
from twisted.internet import reactor

from tests.real.driver import finish, serve

logging.disable()
lrucache.USE_GLOBAL_LIST = True  # as with a time to live
COLUMNS = "failure_ts, retry_last_ts, retry_interval"


def in_background(_desc: str, function: Any, *args: Any) -> None:
    finish(function(*args))


class Time:
    """Replaces the reactor's time and Synapse's clock."""

    now_ms = 10**12

    def time(self) -> float:
        return self.now_ms / 1000


class Transaction(sqlite3.Cursor):
    """A cursor that stores what must be called after the transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self.after: list[tuple[Any, tuple[Any, ...]]] = []

    def call_after(self, function: Any, *arguments: Any) -> None:
        self.after.append((function, arguments))


class Pool(DatabasePool):  # type: ignore[misc]
    """Synapse's pool, replaced by one connection in autocommit mode."""

    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        self.connection.execute(
            "CREATE TABLE destinations (destination TEXT PRIMARY KEY, retry_last_ts BIGINT, "
            "retry_interval INTEGER, failure_ts BIGINT, last_successful_stream_ordering BIGINT)"
        )

    async def runInteraction(self, _desc: str, function: Any, *args: Any, **_: Any) -> Any:
        transaction = Transaction(self.connection)
        result = function(transaction, *args)
        for call, arguments in transaction.after:
            call(*arguments)
        return result


class Store(TransactionWorkerStore):  # type: ignore[misc]
    """Synapse's store, cache included, without the rest of the homeserver."""

    def __init__(self, clock: Time) -> None:
        self.db_pool = Pool()
        self.server_name = "example.com"
        self.hs = None
        self.clock = clock

    def _send_invalidation_to_replication(self, *_: Any) -> None:
        """Does nothing: there is no other process."""


class Cached:
    """The cache under one case."""

    def __init__(self, ttl_ms: int, max_entries: int) -> None:
        self.clock = Time()
        reactor.seconds = self.clock.time  # the cache of 1.90 uses the reactor's time
        lrucache.GLOBAL_ROOT = lrucache.ListNode.create_root_node()
        self.ttl_ms = ttl_ms
        self.store = Store(self.clock)
        self.store.get_destination_retry_timings.cache.cache.max_size = max_entries

    def read(self, destination: str) -> Any:
        answers: list[Any] = []
        self.store.get_destination_retry_timings(destination).addCallback(answers.append)
        (found,) = answers
        return found and [found.failure_ts, found.retry_last_ts, found.retry_interval]

    def write(self, *row: Any) -> None:
        finish(self.store.set_destination_retry_timings(*row))

    def edit(self, *row: Any) -> None:
        self.store.db_pool.connection.execute(
            f"INSERT OR REPLACE INTO destinations (destination, {COLUMNS}) VALUES (?, ?, ?, ?)", row
        )

    def invalidate(self, destination: str) -> None:
        self.store.get_destination_retry_timings.invalidate((destination,))

    def advance(self, ms: int) -> None:
        self.clock.now_ms += ms
        sweep = inspect.unwrap(lrucache._expire_old_entries)
        arguments = {"clock": self.clock, "expiry_seconds": self.ttl_ms / 1000}
        if inspect.iscoroutinefunction(sweep):
            finish(sweep(**arguments, autotune_config=None))
        else:
            hs = SimpleNamespace(run_as_background_process=in_background)
            sweep(**arguments, autotune_config=None, server_name="example.com", hs=hs)


def defaults() -> dict[str, int]:
    """The defaults, without options in homeserver.yaml."""
    caches = HomeServerConfig().caches
    caches.read_config({})
    caches.resize_all_caches()
    cache = Store(Time()).get_destination_retry_timings.cache
    return {"max_entries": cache.cache.max_size, "ttl_ms": caches.expiry_time_msec}


def sweeps(caches: dict[str, Any]) -> bool:
    """Whether Synapse drops old entries, with this section `caches` in homeserver.yaml."""
    config = HomeServerConfig()
    config.caches.read_config({"caches": caches})
    started: list[Any] = []
    clock = SimpleNamespace(looping_call=lambda function, *_: started.append(function))
    hs = SimpleNamespace(config=config, get_clock=lambda: clock, hostname="example.com")
    lrucache.setup_expire_lru_cache_entries(hs)
    return started == [lrucache._expire_old_entries]


def answers(case: dict[str, Any]) -> list[Any]:
    """The answer to each read of a case."""
    cached = Cached(case["ttl_ms"], case["max_entries"])
    answered = []
    for operation, *arguments in case["operations"]:
        answer = getattr(cached, operation)(*arguments)
        if operation == "read":
            answered.append(answer)
    return answered


def answer(case: dict[str, Any]) -> Any:
    if "caches" in case:
        return sweeps(case["caches"])
    return defaults() if "default" in case else answers(case)


serve(answer)
