"""Does with Synapse's MultiWriterIdGenerator what ours refuses or survives, and reports the result.

This file runs in the environment of a release. Its argument is the address of an empty database.
For each line that it reads, the name of an experiment, it prints one line.
"""

import asyncio
import sys
from contextlib import suppress
from typing import Any
from unittest.mock import patch

import psycopg2

from tests.real.driver import serve
from tests.streams.synapse_several_writers_driver import Pool, World


async def unguarded(url: str) -> dict[str, Any]:
    """A reader's position of a writer, moved up and down; the IDs of two writers with one name."""
    world = World(psycopg2.connect(url), positive=True, careful=False)
    world.configure(["w1", "w2"])
    reader = world.generators["r"]
    positions = []
    for stream_id in (9, 5):
        reader.advance("w2", stream_id)
        positions.append(reader.get_current_token_for_writer("w2"))
    first = world.generators["w1"]
    world.pool = Pool(psycopg2.connect(url))  # as another process would have
    world.restart("w1")
    stream_ids = []
    for generator in (first, world.generators["w1"]):
        async with generator.get_next() as stream_id:
            stream_ids.append(stream_id)
    return {"advanced": positions, "written under one name": stream_ids}


async def cancelled(url: str) -> dict[str, Any]:
    """The last ID of a writer, and its own position, after a request was cancelled between the
    arrival of its number and the block.
    """
    world = World(psycopg2.connect(url), positive=True, careful=False)
    world.configure(["w1"])
    generator, pool = world.generators["w1"], world.pool
    answer = pool.runInteraction

    async def answer_and_cancel(*arguments: Any, **named: Any) -> None:
        await answer(*arguments, **named)
        raise asyncio.CancelledError

    cancelling = patch.object(pool, "runInteraction", answer_and_cancel)
    with cancelling, suppress(asyncio.CancelledError):
        async with generator.get_next():
            raise AssertionError("the block must not run")
    for _ in range(3):
        async with generator.get_next() as stream_id:
            pass
    return {"wrote": stream_id, "is at": generator.get_current_token_for_writer("w1")}


EXPERIMENTS = {"unguarded": unguarded, "cancelled": cancelled}

if __name__ == "__main__":
    serve(lambda name: asyncio.run(EXPERIMENTS[name](sys.argv[1])))
