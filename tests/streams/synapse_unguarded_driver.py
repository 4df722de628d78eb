"""Does with Synapse's MultiWriterIdGenerator what ours refuses, and reports the result.

This file runs in the environment of a release. Its argument is the address of an empty database.
For each line that it reads, it prints one line.
"""

import asyncio
import sys
from typing import Any

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


if __name__ == "__main__":
    serve(lambda _: asyncio.run(unguarded(sys.argv[1])))
