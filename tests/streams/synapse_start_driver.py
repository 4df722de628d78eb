"""Starts Synapse's MultiWriterIdGenerator on a database in a given state, and reports the result.

This file runs in the environment of a release. Its argument is the address of an empty database.
For each state that it reads, as JSON, it prints one line: see `started` and `sequence_made_with`.
"""

import asyncio
import sys
from functools import partial
from typing import Any

import psycopg2
from synapse.storage.engines import IncorrectDatabaseSetup

from tests.real.driver import serve
from tests.streams.synapse_several_writers_driver import World


def started(connection: Any, row: int, position: Any, last_value: int) -> dict[str, Any]:
    """The first sentence of the error, or the stream's token and the sequence after the start."""
    world = World(connection, positive=row > 0, careful=False)
    world.writers = ["w1"]
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO facts VALUES (%s, 'w1')", (row,))
        if position is not None:
            cursor.execute("INSERT INTO stream_positions VALUES ('facts', 'w1', %s)", (position,))
        cursor.execute("SELECT setval('facts_sequence', %s)", (last_value,))
    connection.commit()
    try:
        world.restart("w1")
    except IncorrectDatabaseSetup as error:
        connection.rollback()
        return {"error": " ".join(str(error).split()).partition(". ")[0] + "."}
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value FROM facts_sequence")
        ((after,),) = cursor.fetchall()
    return {"token": world.generators["w1"].get_current_token(), "last_value": after}


async def sequence_made_with(connection: Any, statements: str) -> dict[str, Any]:
    """The token of an empty stream with a sequence made by these statements, and its first ID."""
    world = World(connection, positive=True, careful=False)
    world.writers = ["w1"]
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SEQUENCE facts_sequence; {statements}")
    connection.commit()
    world.restart("w1")
    generator = world.generators["w1"]
    token = generator.get_current_token()
    async with generator.get_next() as stream_id:
        return {"token": token, "first": stream_id}


def answer(connection: Any, request: dict[str, Any]) -> dict[str, Any]:
    """The answer to a state, or to {"made_with": statements that make the sequence}."""
    if "made_with" in request:
        return asyncio.run(sequence_made_with(connection, request["made_with"]))
    return started(connection, **request)


if __name__ == "__main__":
    serve(partial(answer, psycopg2.connect(sys.argv[1])))
