"""Every schedule of a small stream with several writers, not only random ones."""

from collections import deque
from collections.abc import Collection
from typing import NamedTuple

from snippets.streams.multi_writer_id_generator import MultiWriterIdGenerator
from snippets.streams.world import Step, World


class Exploration(NamedTuple):
    """How many states there are, and the shortest schedule that breaks a promise, if one does.

    `steps` is the length of the longest schedule that reaches a new state, as far as was explored.
    """

    states: int
    steps: int
    broken_promise: str | None
    schedule: list[Step]


# --8<-- [start:explore]
def explore(
    kind: type[MultiWriterIdGenerator] = MultiWriterIdGenerator,
    *,
    writers: Collection[str] = ("w1", "w2"),
    readers: Collection[str] = ("r",),
    facts: int = 1,
    crashes: int = 0,
) -> Exploration:
    """Goes through every order in which so many processes can do so many things.

    Each writer writes `facts` facts, one after the other: it asks for an ID, gets the answer
    later, commits or fails, completes, and tells the others, who hear of it in time or late.
    Up to `crashes` processes are killed, at any step, and start again. The six promises of
    `MultiWriterIdGenerator` are checked in every state. What is explored is the generator's
    `Positions` and reservations; its lock and its sign are not.
    """
    start = World(kind, tuple(writers), tuple(readers), facts, crashes)
    came_from: dict[object, tuple[object, Step] | None] = {start.key(): None}
    waiting = deque([(start, 0)])
    steps = 0
    while waiting:
        world, steps = waiting.popleft()
        for step in world.steps():
            after = world.after(step)
            if promise := after.broken_promise(world):
                schedule = [*_schedule_to(world.key(), came_from), step]
                return Exploration(len(came_from), steps, promise, schedule)
            if after.key() not in came_from:
                came_from[after.key()] = (world.key(), step)
                waiting.append((after, steps + 1))
    return Exploration(len(came_from), steps, None, [])


def _schedule_to(key: object, came_from: dict[object, tuple[object, Step] | None]) -> list[Step]:
    schedule: list[Step] = []
    while (before := came_from[key]) is not None:
        key, step = before
        schedule.append(step)
    return schedule[::-1]


# --8<-- [end:explore]
