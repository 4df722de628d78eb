"""Every schedule of a small stream, not only random ones, shortest first."""

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple, Protocol, Self, TypeVar

from snippets.streams.world import Step


class Moment(Protocol):
    """A small stream at one moment: `world.World` or `following.Following`."""

    def key(self) -> object:
        """The same for two moments in which the same can happen."""

    def steps(self) -> Iterable[Step]:
        """Everything that can happen now."""

    def after(self, step: Step) -> Self:
        """The moment once this has happened."""

    def broken_promise(self, before: Self) -> str | None:
        """Which promise does not hold, the moment before being `before`."""


M = TypeVar("M", bound=Moment)


class Exploration(NamedTuple):
    """How many states there are, and the shortest schedule that breaks a promise, if one does.

    `steps` is the length of the longest schedule that reaches a new state, as far as was explored.
    """

    states: int
    steps: int
    broken_promise: str | None
    schedule: list[Step]


# --8<-- [start:explore]
def explore(start: M) -> Exploration:
    """Goes through every order in which things can happen from `start` on, shortest first.

    The promises are checked in every state; the first that is broken ends the exploration.
    """
    came_from: dict[object, tuple[object, Step] | None] = {start.key(): None}
    waiting = deque([(start, start.key(), 0)])
    steps = 0
    while waiting:
        before, key, steps = waiting.popleft()
        for step in before.steps():
            after = before.after(step)
            if promise := after.broken_promise(before):
                schedule = [*_schedule_to(key, came_from), step]
                return Exploration(len(came_from), steps, promise, schedule)
            if (after_key := after.key()) not in came_from:
                came_from[after_key] = (key, step)
                waiting.append((after, after_key, steps + 1))
    return Exploration(len(came_from), steps, None, [])


def _schedule_to(key: object, came_from: dict[object, tuple[object, Step] | None]) -> list[Step]:
    schedule: list[Step] = []
    while (before := came_from[key]) is not None:
        key, step = before
        schedule.append(step)
    return schedule[::-1]


# --8<-- [end:explore]
