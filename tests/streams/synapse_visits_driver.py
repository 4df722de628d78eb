"""Counts what a completion looks at in Synapse's generator while an ID is stuck, and afterwards.

This file runs in the environment of a release. It reads how many IDs finish behind the stuck one,
and prints how many finished IDs the next completion visits: before the stuck one completes, and
after that.
"""

import asyncio
from collections.abc import Iterator
from typing import Any

from tests.real.driver import serve
from tests.streams.synapse_bench_driver import synapses

GENERATOR = "MultiWriterIdGenerator"


class Counted(set[int]):
    """A set that counts the visits to its members."""

    visits = 0

    def __iter__(self) -> Iterator[int]:
        for member in super().__iter__():
            self.visits += 1
            yield member


async def visits(finished: int) -> list[int]:
    ids = synapses(GENERATOR, writers=3)
    stuck = ids.get_next()
    await stuck.__aenter__()
    for _ in range(finished):
        async with ids.get_next():
            pass
    behind = await visits_of_one(ids)
    await stuck.__aexit__(None, None, None)
    return [behind, await visits_of_one(ids)]


async def visits_of_one(ids: Any) -> int:
    """Completes one ID."""
    counted = ids._finished_ids = Counted(ids._finished_ids)
    async with ids.get_next():
        pass
    return counted.visits


if __name__ == "__main__":
    serve(lambda finished: asyncio.run(visits(finished)))
