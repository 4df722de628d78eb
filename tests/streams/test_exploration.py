"""Every schedule of a small stream: the promises hold in each state, and each twin breaks one."""

from collections.abc import Sequence

import pytest

from snippets.streams import broken
from snippets.streams.exploration import explore
from snippets.streams.multi_writer_id_generator import MultiWriterIdGenerator
from snippets.streams.positions import Positions

THREE_WRITERS = ("w1", "w2", "w3")


def test_the_promises_hold_in_every_state_with_a_crash() -> None:
    found = explore(crashes=1)
    assert (found.broken_promise, found.schedule) == (None, [])
    assert (found.states, found.steps) == (3067, 14)


def test_the_promises_hold_in_every_state_with_messages_that_come_late() -> None:
    found = explore(writers=["w1"], facts=3, crashes=1)
    assert (found.broken_promise, found.states) == (None, 604)


@pytest.mark.slow
def test_the_promises_hold_in_every_state_of_three_writers() -> None:
    found = explore(writers=THREE_WRITERS, readers=())
    assert (found.broken_promise, found.states) == (None, 20134)


@pytest.mark.parametrize(
    ("twin", "promise", "schedule"),
    [
        (
            broken.NewWriterRace,
            "w1's linear token, 3, reaches a pending ID, 2",
            "w2 asks 2, w1 asks 3, w1 gets 3, w1 fails 3",
        ),
        (
            broken.AllocationRace,
            "w1's linear token, 3, reaches a pending ID, 2",
            "w1 asks 2, w2 asks 3, w2 gets 3, w2 fails 3, w1 hears w2",
        ),
        (
            broken.LeakedReservation,
            "at rest, w1 has the tokens [1], not 2",
            "w1 asks 2, w1 gets 2, w1 fails 2, w2 hears w1, r hears w1",
        ),
    ],
)
def test_the_shortest_schedule_that_breaks_a_twin_is_found(
    twin: type[MultiWriterIdGenerator], promise: str, schedule: str
) -> None:
    found = explore(twin)
    assert found.broken_promise == promise
    assert ", ".join(map(str, found.schedule)) == schedule


class Forgets(Positions):
    """Is back at the start when an ID is pending."""

    def reserve(self, reservation: object, stream_ids: Sequence[int]) -> None:
        super().reserve(reservation, stream_ids)
        self.linear = 1


class Denies(Positions):
    """Says that every writer is at the start while an ID is pending."""

    def of(self, name: str) -> int:
        return 1 if self._pending else super().of(name)


class Boasts(Positions):
    """Says of itself that it has written what it has only asked for."""

    def of(self, name: str) -> int:
        return max([super().of(name), *self._in_flight.values()]) + bool(self._in_flight)


@pytest.mark.parametrize(
    ("positions", "promise"),
    [
        (Forgets, "w1's linear token goes back from 2 to 1"),
        (Denies, "for w1, w1's token goes back from 2 to 1"),
        (Boasts, "for w1, w1's token, 2, reaches its pending ID 2"),
    ],
)
def test_each_promise_is_looked_at(positions: type[Positions], promise: str) -> None:
    class Twin(MultiWriterIdGenerator):
        view = positions

    found = explore(Twin, writers=["w1"], facts=2)
    assert found.broken_promise == promise
