"""Replays sequences of requests on the limiter of a real Synapse.

This file runs in the environment of a release. For each sequence that it reads, as JSON (see
sequences.py), it prints the view after every operation. The limiter and the statement that stores
are the release's own; clock, database connection and peers are replaced.
"""

import asyncio
import inspect
import logging
import random
import sqlite3
from types import SimpleNamespace
from typing import Any

from synapse.api.errors import CodeMessageException, HttpResponseException, RequestSendFailed
from synapse.federation.transport.server._base import Authenticator
from synapse.storage.databases.main.transactions import (
    DestinationRetryTimings,
    TransactionWorkerStore,
)
from synapse.util import retryutils

from tests.real.driver import federation_config, finish, serve

DESTINATION = "example.org"
TAKES_HS = "hs" in inspect.signature(retryutils.RetryDestinationLimiter).parameters
logging.disable()


def in_background(_desc: str, function: Any, *args: Any, **kwargs: Any) -> None:
    finish(function(*args))


if not TAKES_HS:
    retryutils.run_as_background_process = in_background


def outcome(name: str) -> Any:
    """What the request raises."""
    kind, _, code = name.partition(" ")
    if kind == "HttpResponseException":
        return HttpResponseException(int(code), "", b"")
    if kind == "CodeMessageException":
        return CodeMessageException(int(code), "")
    kinds: dict[str, Any] = {
        "success": lambda: None,
        "RequestSendFailed": lambda: RequestSendFailed(ConnectionRefusedError(), can_retry=True),
        "ValueError": ValueError,
        "CancelledError": asyncio.CancelledError,
        "GeneratorExit": GeneratorExit,
        "KeyboardInterrupt": KeyboardInterrupt,
    }
    return kinds[kind]()


class Peers:
    """Counts the notifications."""

    notices = 0

    def notify_remote_server_up(self, _server: str) -> None:
        self.notices += 1

    def send_remote_server_up(self, _server: str) -> None:
        self.notices += 1


class Store:
    """Synapse's statements on our connection; reads a row as Synapse does."""

    def __init__(self, federation: Any) -> None:
        self.hs = SimpleNamespace(config=SimpleNamespace(federation=federation))
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        self.connection.execute(
            "CREATE TABLE destinations (destination TEXT PRIMARY KEY, retry_last_ts BIGINT, "
            "retry_interval INTEGER, failure_ts BIGINT, last_successful_stream_ordering BIGINT)"
        )

    def row(self) -> list[Any] | None:
        row = self.connection.execute(
            "SELECT failure_ts, retry_last_ts, retry_interval FROM destinations"
        ).fetchone()
        return list(row) if row else None

    async def get_destination_retry_timings(self, _destination: str) -> Any:
        row = self.row()
        return DestinationRetryTimings(*row) if row and row[1] else None

    async def set_destination_retry_timings(self, *values: Any) -> None:
        TransactionWorkerStore._set_destination_retry_timings_txn(
            self, self.connection.cursor(), *values
        )

    def _invalidate_cache_and_stream(self, *_: Any) -> None:
        """Does nothing: there is no cache here."""


class Replay:
    """The limiter and table under one sequence."""

    def __init__(self, sequence: dict[str, Any]) -> None:
        self.now = sequence["start"]
        self.store = Store(federation_config(sequence["config"]))
        self.peers = Peers()
        self.under_way: dict[str, Any] = {}
        random.seed(sequence["seed"])
        if sequence["row"]:
            finish(self.store.set_destination_retry_timings(DESTINATION, *sequence["row"]))

    def time_msec(self) -> Any:
        return self.now

    def view(self, operation: str, *arguments: Any) -> list[Any]:
        raised = getattr(self, operation)(*arguments)
        return [raised, self.store.row(), self.peers.notices]

    def advance(self, ms: int) -> None:
        self.now += ms

    def due(self, ms: int) -> None:
        row = self.store.row()
        if row and row[1]:
            ahead = row[1] + (row[2] or 0) + ms - self.now
            if 0 < ahead < 2**52:
                self.now += ahead

    def acquire(self, name: str, options: dict[str, bool]) -> list[Any] | None:
        arguments = {
            "destination": DESTINATION,
            "clock": self,
            "store": self.store,
            "notifier": self.peers,
            "replication_client": self.peers,
            **options,
        }
        if TAKES_HS:
            arguments["hs"] = SimpleNamespace(run_as_background_process=in_background)
            arguments["our_server_name"] = "example.com"
        try:
            self.under_way[name] = finish(retryutils.get_retry_limiter(**arguments))
        except retryutils.NotRetryingDestination as refused:
            return ["NotRetryingDestination", refused.retry_last_ts, refused.retry_interval]
        return None

    def exit(self, name: str, outcome_name: str) -> str | None:
        limiter = self.under_way.pop(name, None)
        if not limiter:
            return "refused"
        error = outcome(outcome_name)
        try:
            with limiter:
                if error:
                    raise error
        except BaseException as raised:
            return type(raised).__name__
        return None

    def reset(self) -> None:
        authenticator = SimpleNamespace(
            store=self.store, notifier=self.peers, replication_client=self.peers
        )
        finish(Authenticator.reset_retry_timings(authenticator, DESTINATION))


def answer(sequence: dict[str, Any]) -> list[Any]:
    replay = Replay(sequence)
    return [replay.view(*operation) for operation in sequence["operations"]]


if __name__ == "__main__":
    serve(answer)
