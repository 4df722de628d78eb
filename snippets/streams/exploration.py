"""Every schedule of a small stream, not only random ones, the shortest first."""

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple, Protocol, Self, TypeVar

from snippets.streams.world import Step


class State(Protocol):
    """One state of a small stream: `world.World` or `following.Following`."""

    def key(self) -> object:
        """Equal for two states in which the same can happen."""

    def steps(self) -> Iterable[Step]:
        """Everything that can happen next."""

    def after(self, step: Step) -> Self:
        """The state after this step."""

    def broken_promise(self, before: Self) -> str | None:
        """The promise that is broken after the state `before`, or None."""


S = TypeVar("S", bound=State)


class Exploration(NamedTuple):
    """How many states there are, and the shortest schedule that breaks a promise, if one does.

    `steps` is the length of the longest schedule that reaches a new state, as far as it was
    explored.
    """

    states: int
    steps: int
    broken_promise: str | None
    schedule: list[Step]


# --8<-- [start:explore]
def explore(start: S) -> Exploration:
    """Tries every order in which things can happen from `start` on, the shortest schedules first.

    The promises are checked in every state. The exploration ends at the first broken one.
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
