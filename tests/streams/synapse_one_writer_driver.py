"""Runs schedules through Synapse's own StreamIdGenerator, that of 1.90.0.

This file runs in the environment of that release, so it imports nothing of ours except for the
shared driver code. For each schedule that it reads, as JSON, {"start": 1, "step": 1, "ops":
[["reserve", [2]], ...]}, or the name of a case, it prints one line: the tokens at the start and
after every operation.
"""

import asyncio
import sqlite3
from typing import Any

from synapse.notifier import ReplicationNotifier
from synapse.storage.database import LoggingDatabaseConnection
from synapse.storage.engines import create_engine
from synapse.storage.util.id_generators import (
    StreamIdGenerator,
)

from tests.real.driver import serve

ENGINE = create_engine({"name": "sqlite3", "args": {}})


def table(start: int) -> sqlite3.Connection:
    """A stream's table with one row, which has the ID `start`."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE stream (stream_id BIGINT)")
    connection.execute("INSERT INTO stream VALUES (?)", (start,))
    return connection


def generator(connection: sqlite3.Connection, step: int = 1) -> Any:
    """Synapse's generator over that table."""
    wrapped = LoggingDatabaseConnection(connection, ENGINE, "stream")
    return StreamIdGenerator(wrapped, ReplicationNotifier(), "stream", "stream_id", step=step)


async def tokens(start: int, step: int, ops: list[tuple[str, list[int]]]) -> list[int]:
    """The current token at the start and after every operation. `reserve` takes several IDs
    together, and the operation that ends them names the same IDs.
    """
    ids = generator(table(start), step)
    pending: dict[int, Any] = {}
    current = [ids.get_current_token()]
    for action, stream_ids in ops:
        if action == "reserve":
            manager = ids.get_next() if len(stream_ids) == 1 else ids.get_next_mult(len(stream_ids))
            reserved = await manager.__aenter__()
            assert stream_ids == ([reserved] if isinstance(reserved, int) else list(reserved)), (
                stream_ids,
                reserved,
            )
            pending[stream_ids[0]] = manager
        else:
            error = RuntimeError("rolled back") if action == "fail" else None
            await pending.pop(stream_ids[0]).__aexit__(error and type(error), error, None)
        current.append(ids.get_current_token())
    return current


def negative_count() -> list[int]:
    """The tokens before and after `get_next_mult(-3)` on a fresh stream."""
    ids = generator(table(1))
    before = ids.get_current_token()
    ids.get_next_mult(-3)
    return [before, ids.get_current_token()]


async def never_entered() -> list[int]:
    """The tokens at the start, and after a write while another manager is never entered."""
    ids = generator(table(1))
    current = [ids.get_current_token()]
    ids.get_next()
    async with ids.get_next():
        pass
    return [*current, ids.get_current_token()]


async def restart_after_a_failure() -> list[int]:
    """The IDs given out before and after a restart, if the first one's write failed."""
    connection = table(3)
    handed_out = []
    for _ in range(2):
        async with generator(connection).get_next() as stream_id:
            handed_out.append(stream_id)
    return handed_out


def answer(request: Any) -> list[int]:
    """The answer to one line of input."""
    if request == "negative count":
        return negative_count()
    if request == "never entered":
        return asyncio.run(never_entered())
    if request == "restart after a failure":
        return asyncio.run(restart_after_a_failure())
    return asyncio.run(tokens(**request))


if __name__ == "__main__":
    serve(answer)
