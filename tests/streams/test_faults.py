"""Faults around a stream: killed writers, restarted servers, lost and repeated lines.

In every run no fact is lost, applied twice, or out of its writer's order; no token passes a pending
ID; and the readers recover without help.
"""

import multiprocessing
import signal
import time
from collections import defaultdict, deque
from multiprocessing.connection import Connection
from random import Random
from typing import Any

import pytest

from snippets.streams import broken
from snippets.streams.bus import CONNECTED, InProcessBus, InProcessEndpoint
from snippets.streams.database import Database
from snippets.streams.multi_writer_id_generator import MultiWriterIdGenerator
from snippets.streams.open_database import open_database
from snippets.streams.reader import Reader
from snippets.streams.redis_bus import RedisEndpoint
from snippets.streams.replication import Replicate
from snippets.streams.storage import StreamStore
from snippets.streams.writer import Writer
from tests.real.postgres import Server
from tests.real.postgres import server as postgres_server
from tests.real.redis import Server as RedisServer
from tests.real.redis import server as redis_server
from tests.streams import parked_writer

WRITERS = ["w1", "w2", "w3"]
LONG_S = 60.0
PASSED = "a token passed a pending ID"
MOVED_FIRST = "a position moved before its rows were applied"
MISAPPLIED = "a fact was lost, applied twice, mixed or out of order"

Applied = dict[str, list[tuple[int, Any]]]


class MixingEndpoint(InProcessEndpoint):
    """An endpoint where each sender's lines arrive in order, but those of several senders in any
    order.
    """

    def __init__(self, inbox: Any, inboxes: list[Any], rng: Random) -> None:
        super().__init__(inbox, inboxes)
        self.rng = rng
        self.arrived: dict[str, deque[str]] = defaultdict(deque)

    def lose_connection(self) -> None:
        """Loses all undelivered lines and reconnects, like an endpoint on Redis."""
        while self.receive(0) is not None:
            pass
        self._inbox.put(CONNECTED)

    def receive(self, timeout_s: float) -> str | None:
        while (line := super().receive(0)) is not None:
            if line == CONNECTED:
                return line
            self.arrived[" ".join(line.split(" ")[2:3])].append(line)
        senders = [name for name, lines in self.arrived.items() if lines]
        return self.arrived[self.rng.choice(senders)].popleft() if senders else None


class LosingEndpoint(InProcessEndpoint):
    """An endpoint that drops, repeats and reorders lines, until `heal`."""

    def __init__(self, inbox: Any, inboxes: list[Any], rng: Random) -> None:
        super().__init__(inbox, inboxes)
        self.rng = rng
        self.healed = False

    def receive(self, timeout_s: float) -> str | None:
        line = super().receive(timeout_s)
        if line is None or line == CONNECTED or self.healed:
            return line
        fault = self.rng.random()
        if fault < 0.15:  # dropped
            return self.receive(timeout_s)
        if fault < 0.3:  # repeated
            self._inbox.put(line)
        elif fault < 0.45:  # delivered after everything that is waiting
            self._inbox.put(line)
            return self.receive(timeout_s)
        return line


class Rounds:
    """Three writers and two readers in one process, on a faulty bus.

    `trusting` readers take rows from the wire. With `lines`, single lines are dropped, repeated and
    reordered; otherwise lines of several senders mix, and connections are lost with their
    undelivered lines.
    """

    def __init__(
        self,
        database: Database,
        rng: Random,
        *,
        lines: bool,
        trusting: bool,
        kind: type[Reader] = Reader,
    ) -> None:
        self.rng = rng
        self.lines = lines
        self.trusting = trusting
        self.kind = kind
        self.store = StreamStore(database)
        self.store.create()
        self.bus = InProcessBus()
        self.endpoints: list[MixingEndpoint | LosingEndpoint] = []
        self.generators: dict[str, MultiWriterIdGenerator] = {}
        self.writers: dict[str, Writer] = {}
        self.readers: list[Reader] = []
        self.applied: dict[str, Applied] = {}
        self.pending: dict[str, int] = {}
        for name in WRITERS:
            endpoint = self.place(name)
            writer = Writer(name, self.generators[name], self.store, endpoint)
            self.writers[name] = writer
            self.follow(name, endpoint, writer)
        for name in ("r1", "r2"):
            self.follow(name, self.place(name))

    def place(self, name: str) -> InProcessEndpoint:
        self.generators[name] = self.store.load(name, WRITERS)
        connected = self.bus.connect()
        kind = LosingEndpoint if self.lines else MixingEndpoint
        endpoint = kind(connected._inbox, connected._inboxes, self.rng)
        self.endpoints.append(endpoint)
        return endpoint

    def follow(self, name: str, endpoint: InProcessEndpoint, writer: Writer | None = None) -> None:
        applied: Applied = defaultdict(list)
        self.applied[name] = applied

        def on_rows(who: str, stream_id: int, rows: list[Any]) -> None:
            assert self.generators[name].get_positions()[who] < stream_id, MOVED_FIRST
            applied[who].append((stream_id, rows))

        reader = self.kind(
            name,
            self.generators[name],
            self.store,
            endpoint,
            on_rows,
            on_replicate=writer.say_position if writer else lambda: None,
            from_database=not self.trusting,
        )
        self.readers.append(reader)

    def round(self, number: int) -> None:
        """One write; while it is pending, others write and lines arrive."""
        name = self.rng.choice(WRITERS)
        with self.generators[name].get_next() as stream_id:
            self.pending[name] = stream_id
            if self.rng.random() < 0.5 and len(self.pending) < len(WRITERS):
                others = [other for other in WRITERS if other not in self.pending]
                self.write(self.rng.choice(others), -number)
            self.deliver()
            self.store.add(stream_id, name, [number] * self.rng.randint(1, 3))
            del self.pending[name]
        self.record(name)
        self.deliver()

    def write(self, name: str, number: int) -> None:
        self.writers[name].write([number, number])
        self.writers[name].send_updates()

    def record(self, name: str) -> None:
        own = self.generators[name].get_current_token_for_writer(name)
        self.store.record_position(name, own)
        self.writers[name].send_updates()

    def deliver(self) -> None:
        for _ in range(self.rng.randint(0, 6)):
            self.rng.choice(self.readers).receive()
            self.check_tokens()
        endpoint = self.rng.choice(self.endpoints)
        if isinstance(endpoint, MixingEndpoint) and self.rng.random() < 0.1:
            endpoint.lose_connection()
        if self.rng.random() < 0.3:
            self.rng.choice(list(self.writers.values())).send_updates()

    def check_tokens(self) -> None:
        for generator in self.generators.values():
            for name, stream_id in self.pending.items():
                assert generator.get_current_token() < stream_id, PASSED
                assert generator.get_current_token_for_writer(name) < stream_id, PASSED

    def heal(self) -> None:
        """Ends the faults; one process sends REPLICATE, and all answer with their positions."""
        for endpoint in self.endpoints:
            if isinstance(endpoint, LosingEndpoint):
                endpoint.healed = True
        self.endpoints[0].publish(str(Replicate()))
        self.writers[WRITERS[0]].say_position()
        busy = True
        while busy:
            for writer in self.writers.values():
                writer.send_updates()
            busy = sum(reader.receive() for reader in self.readers) > 0
            self.check_tokens()


def stored(store: StreamStore) -> Applied:
    """Every writer's facts in the database."""
    facts: Applied = {}
    for name in WRITERS:
        updates = store.get_updates(name, 1, 2**62, limit=10**6).facts
        facts[name] = updates
    return facts


def stored_and_applied(seed: int, **options: Any) -> tuple[Applied, list[Applied]]:
    """Runs a hundred rounds; returns what is stored then, and what each reader has applied."""
    with open_database("sqlite::memory:") as database:
        rounds = Rounds(database, Random(seed), **options)
        for number in range(100):
            rounds.round(number)
        rounds.heal()
        return stored(rounds.store), [
            {name: rounds.applied[reader][name] for name in WRITERS} for reader in ("r1", "r2")
        ]


def run(seed: int, **options: Any) -> None:
    """Runs a hundred rounds; after them each reader has applied exactly what is stored."""
    facts, by_reader = stored_and_applied(seed, **options)
    for applied in by_reader:
        assert applied == facts, MISAPPLIED


@pytest.mark.proves("from-database-loses-nothing", "faults-lose-no-fact")
@pytest.mark.parametrize("seed", range(6))
def test_lines_that_are_dropped_repeated_and_reordered_lose_nothing(seed: int) -> None:
    run(seed, lines=True, trusting=False)


@pytest.mark.proves("faults-lose-no-fact")
@pytest.mark.parametrize("seed", range(12))
def test_lost_connections_lose_nothing(seed: int) -> None:
    run(seed, lines=False, trusting=True)


@pytest.mark.proves("trusting-reader-loses-lines")
def test_a_reader_that_trusts_a_bus_that_loses_single_lines_loses_facts_and_rows() -> None:
    facts, by_reader = stored_and_applied(0, lines=True, trusting=True)
    for applied in by_reader:
        lost, incomplete = [], []
        for name in WRITERS:
            got = dict(applied[name])
            lost += [one for one, _ in facts[name] if one not in got]
            incomplete += [
                one for one, rows in facts[name] if one in got and len(got[one]) < len(rows)
            ]
        assert lost
        assert incomplete


@pytest.mark.parametrize(
    ("twin", "broken_promise"),
    [
        (broken.BatchMixing, MISAPPLIED),
        (broken.ForeignIdRace, MISAPPLIED),
        (broken.PositionFirst, MOVED_FIRST),
    ],
)
def test_a_broken_twin_is_found_when_connections_are_lost(
    twin: type[Reader], broken_promise: str
) -> None:
    def all_runs() -> None:
        for seed in range(12):
            run(seed, lines=False, trusting=True, kind=twin)

    with pytest.raises(AssertionError, match=broken_promise):
        all_runs()


class Child:
    """A writer's process, and the step at which it stops."""

    def __init__(self, name: str, first: int, database: str, redis: str) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["tests.streams.parked_writer"])
        self.name = name
        self.first = first
        self.pipe: Connection
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(
            target=parked_writer.write, args=(name, WRITERS, database, redis, first, theirs)
        )
        self.process.start()
        theirs.close()
        self.step = "started"
        self.fact, self.stream_id = first - 1, 0
        self.linear = self.own = 1

    def wait(self) -> None:
        """Waits until it stops at its next step."""
        assert self.pipe.poll(LONG_S), f"{self.name} is stuck after {self.step}"
        self.step, self.fact, self.stream_id, self.linear, self.own = self.pipe.recv()

    @property
    def pending(self) -> int | None:
        """Its pending ID: nobody can read the fact yet."""
        return self.stream_id if self.step in ("reserved", "uncommitted") else None

    def kill(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


class Processes:
    """Writers in their own processes and two readers in this one, on real servers."""

    def __init__(self, database: str, redis: str) -> None:
        self.database, self.redis = database, redis
        self.connections = [open_database(database) for _ in range(2)]
        self.readers: list[Reader] = []
        self.generators: list[MultiWriterIdGenerator] = []
        self.applied: list[Applied] = []
        for number, connection in enumerate(self.connections):
            self.store = StreamStore(connection.__enter__(), on_outage=parked_writer.soon)
            self.store.create()
            self.follow(f"r{number}")
        self.children = {name: self.start(name, 0) for name in WRITERS}
        self.committed: dict[str, set[int]] = {name: set() for name in WRITERS}
        self.killed_at: set[str] = set()
        for child in self.children.values():
            child.wait()

    def follow(self, name: str) -> None:
        applied: Applied = defaultdict(list)
        self.applied.append(applied)
        self.generators.append(self.store.load(name, WRITERS))
        self.readers.append(
            Reader(
                name,
                self.generators[-1],
                self.store,
                RedisEndpoint(self.redis, wait=lambda _: time.sleep(parked_writer.SOON_S)),
                lambda who, stream_id, rows: applied[who].append((stream_id, rows)),
            )
        )

    def start(self, name: str, first: int) -> Child:
        return Child(name, first, self.database, self.redis)

    def go_on(self, name: str) -> None:
        child = self.children[name]
        child.pipe.send("go")
        child.wait()
        if child.step == "committed":
            self.committed[name].add(child.fact)

    def kill(self, name: str, *, running: bool) -> None:
        """Kills a writer where it stops, or somewhere after that."""
        child = self.children[name]
        if running:
            child.pipe.send("go")
        else:
            self.killed_at.add(child.step)
        child.kill()
        self.children[name] = self.start(name, child.fact + 2)
        self.children[name].wait()

    def check(self) -> None:
        """While all writers are stopped, no token has reached a pending ID of one of them."""
        for reader in self.readers:
            while reader.receive():
                pass
        for child in self.children.values():
            if child.pending is None:
                continue
            for generator in self.generators:
                assert generator.get_current_token() < child.pending
                assert generator.get_current_token_for_writer(child.name) < child.pending
            assert child.own < child.pending
            for other in self.children.values():
                assert other.linear < child.pending

    def end(self) -> None:
        """Stops all writing; then every reader has applied exactly what is stored."""
        for name, child in self.children.items():
            while child.step != "announced":
                self.go_on(name)
            child.pipe.send("rest")
        facts = stored(self.store)
        for name in WRITERS:
            written = [fact for _, (fact,) in facts[name]]
            assert self.committed[name] <= set(written)
            assert len(set(written)) == len(written)
        for reader, applied in zip(self.readers, self.applied, strict=True):
            for name in WRITERS:
                if facts[name]:
                    reader.wait_for(name, facts[name][-1][0], LONG_S)
            assert {name: applied[name] for name in WRITERS} == facts

    def stop(self) -> None:
        for child in self.children.values():
            child.kill()
        for reader in self.readers:
            reader._endpoint.close()
        for connection in self.connections:
            connection.__exit__(None, None, None)


@pytest.mark.proves(
    "what-a-killed-writer-leaves",
    "a-row-may-be-beyond-the-position",
    "the-sequence-is-behind-neither",
)
@pytest.mark.slow
@pytest.mark.parametrize(
    ("step", "rows", "recorded"),
    [
        ("reserved", [], 1),
        ("uncommitted", [], 1),
        ("committed", [2], 1),
        ("completed", [2], 1),
        ("recorded", [2], 2),
    ],
)
def test_a_killed_writer_leaves_a_gap_or_a_row_and_the_next_start_finds_it(
    step: str, rows: list[int], recorded: int, postgres: Server, redis: RedisServer
) -> None:
    url = postgres.create(f"killed_{step}")
    with open_database(url) as database:
        store = StreamStore(database)
        store.create()
        child = Child("w1", 0, url, redis.url)
        try:
            child.wait()
            while child.step != step:
                child.pipe.send("go")
                child.wait()
        finally:
            child.kill()
        assert [stream_id for stream_id, _ in store.get_updates("w1", 1, 99).facts] == rows
        assert store.recorded_positions() == {"w1": recorded}
        assert database.last_value("facts_sequence") == 2
        assert store.load("r", WRITERS).get_current_token() == max([1, *rows])
        with store.load("w1", WRITERS).get_next() as next_id:
            assert next_id > 2


@pytest.mark.proves(
    "redis-announces-and-the-database-keeps",
    "pending-before-its-number-is-known",
    "killed-writers-lose-nothing",
    "faults-lose-no-fact",
    "killed-servers-lose-nothing",
)
@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "rounds"), [("writers", 150), ("postgresql", 30), ("redis", 60), ("all", 100)]
)
def test_killed_writers_and_restarted_servers_lose_nothing(what: str, rounds: int) -> None:
    rng = Random(f"{what} 1")
    faults = ["writers", "postgresql", "redis"] if what == "all" else [what]
    with postgres_server() as database, redis_server() as bus:
        processes = Processes(database.url(), bus.url)
        try:
            for _ in range(rounds):
                for name in WRITERS:
                    for _ in range(rng.randint(0, 3)):
                        processes.go_on(name)
                processes.check()
                fault = rng.choice(faults)
                if fault == "writers":
                    processes.kill(rng.choice(WRITERS), running=rng.random() < 0.5)
                elif fault == "postgresql":
                    database.stop(rng.choice((signal.SIGINT, signal.SIGQUIT)))
                    database.start()
                else:
                    bus.stop()
                    bus.start()
                processes.check()
            processes.end()
            if what == "writers":
                assert processes.killed_at == set(parked_writer.STEPS)
        finally:
            processes.stop()
