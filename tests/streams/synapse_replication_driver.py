"""Feeds lines to Synapse's own handler of replication commands, for a stream with several writers.

This file runs in the environment of a release, so it imports nothing of ours except for drivers and
their shared code. Its argument is the address of an empty database. For each case that it reads, as
JSON (see `answer`), it prints one line.
"""

import asyncio
import sys
from functools import partial
from types import SimpleNamespace
from typing import Any

import psycopg2
from synapse.replication.tcp.commands import (
    PositionCommand,
    RdataCommand,
)
from synapse.replication.tcp.handler import (
    ReplicationCommandHandler,
)
from synapse.replication.tcp.streams._base import (
    ToDeviceStream,
    _StreamFromIdGen,
)

from tests.real.driver import serve
from tests.streams.synapse_several_writers_driver import World

COMMANDS = {"RDATA": RdataCommand, "POSITION": PositionCommand}


class Facts(_StreamFromIdGen):  # type: ignore[misc]
    """A stream of facts with rows of one word, under the name of a stream with such rows."""

    NAME = ToDeviceStream.NAME
    ROW_TYPE = ToDeviceStream.ROW_TYPE


async def received(
    connection: Any, facts: list[Any], positions: dict[str, int], lines: list[str]
) -> list[Any]:
    """What a reader applied, as [writer, token, rows], after reading `lines`.

    The database has `facts`, each [writer, ID, row], and the recorded `positions` from which the
    reader starts. A line of None is a new connection.
    """
    world = World(connection, positive=True, careful=False)
    world.writers = ["w1", "w2", "w3"]
    with connection.cursor() as cursor:
        for name, position in positions.items():
            cursor.execute(
                "INSERT INTO stream_positions VALUES ('facts', %s, %s)", (name, position)
            )
        cursor.execute("SELECT setval('facts_sequence', 1000)")
    world.restart("r")
    generator = world.generators["r"]
    applied: list[Any] = []

    async def updates(name: str, after: int, upto: int, limit: int) -> Any:
        rows = [(at, [row]) for writer, at, row in facts if writer == name and after < at <= upto]
        return rows, upto, False

    async def on_rdata(stream: str, name: str, token: int, rows: list[Any]) -> None:
        applied.append([name, token, [row.entity for row in rows]])
        generator.advance(name, token)

    async def on_position(stream: str, name: str, token: int) -> None:
        generator.advance(name, token)

    handler = object.__new__(ReplicationCommandHandler)
    handler._instance_name = "r"
    handler._streams = {Facts.NAME: Facts("r", updates, generator)}
    handler._streams_by_connection = {}
    handler._pending_batches = {}
    handler._replication_data_handler = SimpleNamespace(on_rdata=on_rdata, on_position=on_position)
    conn = object()
    for line in lines:
        if line is None:
            handler._streams_by_connection.clear()
            conn = object()
            continue
        name, _, rest = line.partition(" ")
        command = COMMANDS[name].from_line(rest)
        process = handler._process_rdata if name == "RDATA" else handler._process_position
        await process(Facts.NAME, conn, command)
    return applied


def written(lines: list[str]) -> list[str]:
    """Each line, parsed by Synapse and written again."""
    again = []
    for line in lines:
        name, _, rest = line.partition(" ")
        again.append(f"{name} {COMMANDS[name].from_line(rest).to_line()}")
    return again


def answer(connection: Any, case: dict[str, Any]) -> Any:
    """The answer to {"written": lines} or {"facts": ..., "positions": ..., "lines": ...}; see
    above.
    """
    if "written" in case:
        return written(case["written"])
    return asyncio.run(received(connection, **case))


if __name__ == "__main__":
    serve(partial(answer, psycopg2.connect(sys.argv[1])))
