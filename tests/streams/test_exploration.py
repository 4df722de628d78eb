"""Every schedule of a small stream: the promises hold in every state, and each twin breaks one."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from snippets.streams import broken
from snippets.streams.bus import InProcessBus, InProcessEndpoint
from snippets.streams.database import Database
from snippets.streams.exploration import State, explore
from snippets.streams.following import Following
from snippets.streams.multi_writer_id_generator import MultiWriterIdGenerator
from snippets.streams.open_database import open_database
from snippets.streams.positions import Positions
from snippets.streams.reader import Reader
from snippets.streams.replication import Position, Rdata
from snippets.streams.storage import StreamStore
from snippets.streams.world import Step, World
from snippets.streams.writer import Writer

PAGE = Path("docs/streams/when-streams-go-wrong.md")

# A twin, the promise that it breaks, and the shortest schedule after which it does.
GENERATOR_TWINS = [
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
]
READER_TWINS = [
    (
        broken.BatchMixing,
        "r applies ['2b'] as w1's 2",
        "w1 gets 2, w1 commits 2, w1 completes 2, w2 gets 3, w2 fails 3, "
        "w1 announces, w2 announces, r hears w1, r hears w2, r hears w1",
    ),
    (
        broken.ForeignIdRace,
        "at rest, r has not applied w1's 2",
        "w1 gets 2, w1 commits 2, w1 completes 2, w1 announces, r hears w1, w2 hears w1, "
        "w2 hears w1, w2 announces, r hears w2, r hears w1, w1 hears w2",
    ),
    (
        broken.PositionFirst,
        "r is at w1's 2 before it applies it",
        "w1 gets 2, w1 commits 2, w1 completes 2, w1 announces, r hears w1, r hears w1",
    ),
]


def test_the_promises_hold_in_every_state_with_a_crash() -> None:
    found = explore(World(crashes=1))
    assert (found.broken_promise, found.schedule) == (None, [])
    assert (found.states, found.steps) == (3067, 14)


def test_the_promises_hold_in_every_state_with_messages_that_come_late() -> None:
    found = explore(World(writers=["w1"], facts=3, crashes=1))
    assert (found.broken_promise, found.states) == (None, 604)


@pytest.mark.proves("larger-streams-break-nothing")
@pytest.mark.slow
@pytest.mark.no_cover
def test_the_promises_hold_in_every_state_of_three_writers() -> None:
    found = explore(World(writers=("w1", "w2", "w3"), readers=()))
    assert (found.broken_promise, found.states) == (None, 20134)
    assert f"{found.states:,} states" in PAGE.read_text()


def test_the_readers_promises_hold_in_every_state() -> None:
    found = explore(Following())
    assert (found.broken_promise, found.states, found.steps) == (None, 1529, 21)


@pytest.mark.parametrize(
    ("facts", "faults", "states"), [(1, 2, 625), pytest.param(2, 1, 830, marks=pytest.mark.slow)]
)
def test_the_readers_promises_hold_in_every_state_when_connections_are_lost(
    facts: int, faults: int, states: int
) -> None:
    found = explore(Following(facts={"w1": facts}, faults=faults))
    assert (found.broken_promise, found.states) == (None, states)


@pytest.mark.proves("larger-streams-break-nothing")
@pytest.mark.slow
@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("facts", "readers", "states"),
    [({"w1": 1, "w2": 1}, (), 9348), ({"w1": 1, "w2": 0}, "r", 5378)],
)
def test_the_readers_promises_hold_in_every_state_of_two_writers_when_a_connection_is_lost(
    facts: dict[str, int], readers: Sequence[str], states: int
) -> None:
    found = explore(Following(facts=facts, readers=readers, faults=1))
    assert (found.broken_promise, found.states) == (None, states)
    assert f" {states:,}" in PAGE.read_text()


def test_a_reader_that_asks_the_database_needs_no_bus_that_keeps_every_line() -> None:
    found = explore(Following(facts={"w1": 2}, faults=2, single_lines=True, from_database=True))
    assert (found.broken_promise, found.states) == (None, 160)


class Counter(NamedTuple):
    """A counter that may rise by one or by five, and must not reach ten."""

    at: int = 0

    def key(self) -> object:
        return self.at

    def steps(self) -> list[Step]:
        return [Step("adds", "it", 1), Step("adds", "it", 5)]

    def after(self, step: Step) -> "Counter":
        return Counter(self.at + int(step.about))

    def broken_promise(self, before: "Counter") -> str | None:
        return f"from {before.at} to ten" if self.at >= 10 else None


@pytest.mark.proves("shortest-schedule-is-found")
def test_no_schedule_is_shorter_than_the_one_that_is_found() -> None:
    found = explore(Counter())
    assert (found.broken_promise, *map(str, found.schedule)) == (
        "from 5 to ten",
        "it adds 5",
        "it adds 5",
    )


def happens(schedule: Iterable[Step], start: State) -> str | None:
    """The promise that these steps break first; None if none is, or if a step cannot happen."""
    for step in schedule:
        if step not in start.steps():
            return None
        after = start.after(step)
        if promise := after.broken_promise(start):
            return promise
        start = after
    return None


@pytest.mark.proves("answer-on-its-way", "shortest-schedule-is-found", "no-step-too-many")
@pytest.mark.parametrize(
    ("start", "promise", "schedule"),
    [
        *((World(twin), *rest) for twin, *rest in GENERATOR_TWINS),
        *((Following(twin), *rest) for twin, *rest in READER_TWINS),
    ],
)
def test_the_shortest_schedule_that_breaks_a_twin_is_found(
    start: State, promise: str, schedule: str
) -> None:
    found = explore(start)
    assert found.broken_promise == promise
    assert ", ".join(map(str, found.schedule)) == schedule
    assert happens(found.schedule, start) == promise
    for n in range(len(found.schedule)):
        assert happens(found.schedule[:n] + found.schedule[n + 1 :], start) is None


class Overshoots(Positions):
    """Reports the ID after the completed one."""

    def complete(self, stream_ids: Sequence[int]) -> None:
        super().complete(stream_ids)
        self.own_token += 1


class Forgets(Positions):
    """Goes back to the start when an ID is reserved."""

    def reserve(self, reservation: object, stream_ids: Sequence[int]) -> None:
        super().reserve(reservation, stream_ids)
        self.linear = 1


class Underclaims(Positions):
    """Reports every writer at the start while an ID is pending."""

    def of(self, name: str) -> int:
        return 1 if self._pending else super().of(name)


class Overclaims(Positions):
    """Reports an ID as written when it has only asked for it."""

    def of(self, name: str) -> int:
        return max([super().of(name), *self._in_flight.values()]) + bool(self._in_flight)


@pytest.mark.parametrize(
    ("positions", "promise"),
    [
        (Forgets, "w1's linear token goes back from 2 to 1"),
        (Underclaims, "for w1, w1's token goes back from 2 to 1"),
        (Overclaims, "for w1, w1's token, 2, reaches its pending ID 2"),
        (Overshoots, "the recorded position 3 is beyond the sequence, 2"),
    ],
)
def test_each_promise_is_checked(positions: type[Positions], promise: str) -> None:
    class Twin(MultiWriterIdGenerator):
        view = positions

    found = explore(World(Twin, writers=["w1"], facts=2))
    assert found.broken_promise == promise


class Rushes(Reader):
    """Counts the writer's next ID as applied too."""

    def _handle_rdata(self, command: Rdata) -> None:
        super()._handle_rdata(command)
        if command.token:
            self._generator.advance(command.instance_name, command.token + 1)


class GoesBack(Reader):
    """Moves the position back after applying a fact."""

    def _handle_rdata(self, command: Rdata) -> None:
        super()._handle_rdata(command)
        if command.token:
            self._generator.advance(command.instance_name, command.token - 1)


class Skips(Reader):
    """Counts a fact as applied without applying its rows."""

    def _apply(self, name: str, token: int, rows: list[Any]) -> None:
        pass


class AppliesTwice(Reader):
    """Applies each fact twice."""

    def _apply(self, name: str, token: int, rows: list[Any]) -> None:
        super()._apply(name, token, rows)
        super()._apply(name, token, rows)


class Deaf(Reader):
    """Does not advance a writer on its POSITION."""

    def _handle_position(self, command: Position) -> None:
        self._synchronised.add(command.instance_name)


class Trusting(Reader):
    """Continues after a lost connection as if it had missed nothing."""

    def resynchronise(self) -> None:
        self._synchronised.add("w1")


class KeepsHalves(Reader):
    """Keeps part of a batch after its writer stopped sending."""

    def _handle_position(self, command: Position) -> None:
        half = self._batch(command.instance_name).copy()
        super()._handle_position(command)
        self._batch(command.instance_name).extend(half)


@pytest.mark.parametrize(
    ("start", "promise", "last_step"),
    [
        (Following(Rushes), "r's linear token, 3, reaches a pending ID, 3", "r hears w1"),
        (
            Following(GoesBack),
            "for r, advance('w1', 1): it is at 2, and a position never goes back",
            "r hears w1",
        ),
        (Following(Skips), "r has passed w1's 2 and not applied it", "r hears w1"),
        (Following(AppliesTwice), "r applies w1's 2 after w1's 2", "r hears w1"),
        (
            Following(Deaf, facts={"w1": 1, "w2": 0}),
            "at rest, r has the linear token 1, not 2",
            "w2 hears w1",
        ),
        (
            Following(Trusting, facts={"w1": 1}, faults=1),
            "at rest, r has the linear token 1, not 2",
            "r loses its connection",
        ),
        (
            Following(KeepsHalves, facts={"w1": 1}, faults=1),
            "r applies ['2a', '2a', '2b'] as w1's 2",
            "r hears w1",
        ),
        (
            Following(Reader, facts={"w1": 1}, faults=1, single_lines=True),
            "r applies ['2b'] as w1's 2",
            "r hears w1 out of order",
        ),
    ],
)
def test_each_promise_of_the_reader_is_checked(
    start: Following, promise: str, last_step: str
) -> None:
    found = explore(start)
    assert found.broken_promise == promise
    assert str(found.schedule[-1]) == last_step


class Place(InProcessEndpoint):
    """An endpoint that receives the next line of a chosen sender."""

    def __init__(self, bus: InProcessBus) -> None:
        there = bus.connect()
        super().__init__(there._inbox, there._inboxes)
        self.sender = ""  # anybody
        self.arrived: list[str] = []

    def receive(self, timeout_s: float) -> str | None:
        while line := super().receive(0):
            self.arrived.append(line)
        heard = next((line for line in self.arrived if self.sender in line), None)
        if heard:
            self.arrived.remove(heard)
        return heard


class Replay:
    """Runs the steps of a schedule on a real database and bus; `applied` is what r applies."""

    def __init__(self, database: Database, kind: type[Reader]) -> None:
        self.store = StreamStore(database)
        self.store.create()
        bus = InProcessBus()
        self.places = {name: Place(bus) for name in ("r", "w1", "w2")}
        self.generators = {name: self.store.load(name, ["w1", "w2"]) for name in self.places}
        self.writers = {
            name: Writer(name, self.generators[name], self.store, self.places[name])
            for name in ("w1", "w2")
        }
        self.reserved: dict[str, AbstractContextManager[int]] = {}
        self.applied: list[tuple[str, int, list[Any], int]] = []
        self.readers = {
            name: kind(
                name,
                self.generators[name],
                self.store,
                place,
                self.apply if name == "r" else lambda *_: None,
            )
            for name, place in self.places.items()
        }
        while any(reader.receive() for reader in self.readers.values()):
            for writer in self.writers.values():
                writer.send_updates()

    def apply(self, name: str, stream_id: int, rows: list[Any]) -> None:
        at = self.generators["r"].get_positions()[name]
        self.applied.append((name, stream_id, rows, at))

    def takes(self, name: str, action: str, about: str = "") -> None:
        match action:
            case "gets":
                self.reserved[about] = self.generators[name].get_next()
                assert self.reserved[about].__enter__() == int(about)
            case "commits":
                self.store.add(int(about), name, [f"{about}a", f"{about}b"])
            case "completes" | "fails":
                self.reserved[about].__exit__(None, None, None)
            case "announces":
                assert self.writers[name].send_updates()
            case _:
                assert action == "hears"
                self.places[name].sender = about
                assert self.readers[name].receive()


ONCE = [("w1", 2, ["2a", "2b"], 1)]  # the writer, the ID, the rows, and r's position


@pytest.mark.proves("schedules-break-on-a-database")
@pytest.mark.parametrize(
    ("twin", "schedule", "applied"),
    [
        (twin, schedule, applied)
        for (twin, _, schedule), applied in zip(
            READER_TWINS, ([("w1", 2, ["2b"], 1)], [], [("w1", 2, ["2a", "2b"], 2)]), strict=True
        )
    ],
)
def test_the_shortest_schedule_breaks_the_twin_on_a_database_and_a_bus_too(
    twin: type[Reader], schedule: str, applied: list[Any]
) -> None:
    for kind, expected in ((twin, applied), (Reader, ONCE)):
        with open_database("sqlite::memory:") as database:
            replay = Replay(database, kind)
            for step in schedule.split(", "):
                replay.takes(*step.split())
            assert replay.applied == expected


class OneOrder(Following):
    """A bus like Redis: all processes hear all lines in one order; here r hears them first."""

    def steps(self) -> Iterator[Step]:
        for step in super().steps():
            sender, name = str(step.about), step.process
            lines = self.lines.get((sender, name), ())
            # As many are undelivered to r: it has neither heard nor lost this one.
            before_r = len(lines) <= len(self.lines.get((sender, "r"), ()))
            if not (step.action == "hears" and name != "r" != sender and before_r):
                yield step


@pytest.mark.proves("foreign-id-needs-a-lost-connection")
@pytest.mark.parametrize(
    ("twin", "faults", "broken_promise"),
    [
        (broken.BatchMixing, 0, "r applies ['2b'] as w1's 2"),
        (broken.ForeignIdRace, 0, None),
        pytest.param(
            broken.ForeignIdRace, 1, "at rest, r has not applied w1's 2", marks=pytest.mark.slow
        ),
    ],
)
def test_where_all_lines_have_one_order_a_foreign_id_needs_a_lost_connection(
    twin: type[Reader], faults: int, broken_promise: str | None
) -> None:
    facts = {"w1": 1, "w2": 1 - faults}
    assert explore(OneOrder(twin, facts=facts, faults=faults)).broken_promise == broken_promise
