"""What the generators are given to do while they are measured.

Each workload prepares a generator and gives a function that does `n` operations and returns the
seconds that one took. Synapse's generators, whose blocks are `async with`, have the same in their
words. Nothing but the standard library is imported: this runs in the environment of a release.
"""

from collections import deque
from collections.abc import Awaitable, Callable
from itertools import count
from time import perf_counter
from typing import Any

Round = Callable[[int], float]
AsyncRound = Callable[[int], Awaitable[float]]


def write(generator: Any, size: int) -> Round:
    """Reserves an ID and completes it, with nothing pending."""

    def measured(n: int) -> float:
        start = perf_counter()
        for _ in range(n):
            with generator.get_next():
                pass
        return (perf_counter() - start) / n

    return measured


async def synapse_writes(generator: Any, size: int) -> AsyncRound:
    """The same."""

    async def measured(n: int) -> float:
        start = perf_counter()
        for _ in range(n):
            async with generator.get_next():
                pass
        return (perf_counter() - start) / n

    return measured


def queue(generator: Any, size: int) -> Round:
    """Reserves an ID and completes the oldest one: `size` are always pending."""
    pending = deque(generator.get_next() for _ in range(size))
    for block in pending:
        block.__enter__()

    def measured(n: int) -> float:
        start = perf_counter()
        for _ in range(n):
            block = generator.get_next()
            block.__enter__()
            pending.append(block)
            pending.popleft().__exit__(None, None, None)
        return (perf_counter() - start) / n

    return measured


async def synapse_queues(generator: Any, size: int) -> AsyncRound:
    """The same."""
    pending = deque(generator.get_next() for _ in range(size))
    for block in pending:
        await block.__aenter__()

    async def measured(n: int) -> float:
        start = perf_counter()
        for _ in range(n):
            block = generator.get_next()
            await block.__aenter__()
            pending.append(block)
            await pending.popleft().__aexit__(None, None, None)
        return (perf_counter() - start) / n

    return measured


def behind(generator: Any, size: int) -> Round:
    """Writes while one ID is stuck, and `size` are finished above it.

    They finished together, or Synapse would take for ever. At the end of a round the stuck one
    completes: else there would be more in each round.
    """
    writes = write(generator, size)

    def measured(n: int) -> float:
        with generator.get_next():
            with generator.get_next_mult(size):
                pass
            return writes(n)

    return measured


async def synapse_is_behind(generator: Any, size: int) -> AsyncRound:
    """The same."""
    writes = await synapse_writes(generator, size)

    async def measured(n: int) -> float:
        async with generator.get_next():
            async with generator.get_next_mult(size):
                pass
            return await writes(n)

    return measured


def hear(generator: Any, size: int) -> Round:
    """Hears of facts that the other writers, w2 and up, write in turn."""
    facts = count(2)

    def measured(n: int) -> float:
        start = perf_counter()
        for fact in range(n):
            generator.advance(f"w{2 + fact % (size - 1)}", next(facts))
        return (perf_counter() - start) / n

    return measured


async def synapse_hears(generator: Any, size: int) -> AsyncRound:
    """The same; Synapse's does not wait for it either."""
    heard = hear(generator, size)

    async def measured(n: int) -> float:
        return heard(n)

    return measured


# By name: ours, and Synapse's.
WORKLOADS = {
    "write": (write, synapse_writes),
    "queue": (queue, synapse_queues),
    "behind": (behind, synapse_is_behind),
    "hear": (hear, synapse_hears),
}
