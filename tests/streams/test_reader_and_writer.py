"""The rules of announcing and following a stream, on the in-process bus."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from snippets.streams.broken import PositionFirst
from snippets.streams.bus import CONNECTED, BusUnavailable, InProcessBus
from snippets.streams.database import Database, DatabaseUnavailable
from snippets.streams.multi_writer_id_generator import UnknownWriter
from snippets.streams.open_database import open_database
from snippets.streams.reader import Reader
from snippets.streams.replication import BadCommand
from snippets.streams.storage import StreamStore
from snippets.streams.writer import OutcomeUnknown, Writer

WRITERS = ["w1", "w2"]
Applied = list[tuple[str, int, list[Any]]]


class Processes:
    """Two writers and a reader on one database and one bus, in one thread."""

    def __init__(self, database: Database, *, positive: bool = True, limit: int = 100) -> None:
        self.store = StreamStore(database, positive=positive)
        self.store.create()
        self.bus = InProcessBus()
        self.limit = limit
        self.applied: Applied = []
        self.own: list[Reader] = []
        self.spy = self.bus.connect()
        self.spy.receive(0)
        self.writers = {name: self.writer(name) for name in WRITERS}
        self.reader = self.new_reader()
        self.settle()

    def writer(self, name: str) -> Writer:
        generator, endpoint = self.store.load(name, WRITERS), self.bus.connect()
        writer = Writer(name, generator, self.store, endpoint, limit=self.limit)
        own = Reader(
            name, generator, self.store, endpoint, lambda *_: None, on_replicate=writer.say_position
        )
        self.own.append(own)
        return writer

    def new_reader(self, kind: type[Reader] = Reader, **options: Any) -> Reader:
        def on_rows(name: str, stream_id: int, rows: list[Any]) -> None:
            self.applied.append((name, stream_id, rows))

        options.setdefault("on_rows", on_rows)
        self.generator = self.store.load("r", WRITERS)
        self.inbox = self.bus.connect()
        return kind("r", self.generator, self.store, self.inbox, limit=self.limit, **options)

    def settle(self) -> None:
        """Runs until no process has anything left to send or receive."""
        busy = True
        while busy:
            for writer in self.writers.values():
                writer.send_updates()
            busy = sum(reader.receive() for reader in [self.reader, *self.own]) > 0

    def on_the_bus(self) -> list[str]:
        """The lines on the bus since the last call."""
        lines = []
        while (line := self.spy.receive(0)) is not None:
            lines.append(line)
        return lines


@pytest.fixture
def database() -> Iterator[Database]:
    with open_database("sqlite::memory:") as opened:
        yield opened


@pytest.fixture
def processes(database: Database) -> Processes:
    settled = Processes(database)
    settled.on_the_bus()
    return settled


@pytest.mark.proves("replicate-asks-for-positions")
def test_every_process_sends_its_position_when_one_asks(processes: Processes) -> None:
    processes.reader.resynchronise()
    processes.settle()
    said = processes.on_the_bus()
    assert said[0] == "REPLICATE"
    assert sorted(said[1:]) == ["POSITION facts w1 1 1", "POSITION facts w2 1 1"]


@pytest.mark.proves("rdata-carries-one-row")
def test_a_fact_is_announced_row_by_row_and_applied_once(processes: Processes) -> None:
    processes.writers["w1"].write(["a", "b"])
    processes.settle()
    assert processes.on_the_bus()[:2] == ['RDATA facts w1 batch "a"', 'RDATA facts w1 2 "b"']
    assert processes.applied == [("w1", 2, ["a", "b"])]
    assert processes.generator.get_positions()["w1"] == 2


@pytest.mark.proves("a-failed-write-counts-as-completed", "position-says-no-rows")
def test_an_id_without_a_row_is_announced_as_a_position(processes: Processes) -> None:
    w1 = processes.writers["w1"]
    with pytest.raises(TypeError):
        w1.write([{1, 2}])
    w1.send_updates()
    assert processes.on_the_bus() == ["POSITION facts w1 1 2"]


@pytest.mark.proves("quiet-writer-follows")
def test_after_a_gap_the_linear_token_waits_until_the_quiet_writer_says_its_new_position(
    processes: Processes, database: Database
) -> None:
    database.set_last_value("facts_sequence", 2)
    processes.writers["w1"].write(["a"])
    processes.writers["w1"].send_updates()
    while processes.reader.receive():
        pass
    assert processes.generator.get_positions() == {"w1": 3, "w2": 1}
    assert processes.generator.get_current_token() == 1
    assert processes.on_the_bus() == ['RDATA facts w1 3 "a"']
    processes.settle()
    assert processes.on_the_bus() == ["POSITION facts w2 1 3"]
    assert processes.generator.get_positions() == {"w1": 3, "w2": 3}
    assert processes.generator.get_current_token() == 3


@pytest.mark.proves("quiet-writer-follows")
def test_a_quiet_writer_with_a_pending_id_does_not_follow(processes: Processes) -> None:
    with processes.writers["w2"]._generator.get_next():  # 2
        processes.writers["w1"].write(["a"])
        processes.settle()
        assert not any("w2" in line for line in processes.on_the_bus())
        assert processes.generator.get_current_token() == 1


def test_facts_are_announced_in_limited_groups_and_none_is_left_out(database: Database) -> None:
    processes = Processes(database, limit=2)
    for number in range(5):
        processes.writers["w1"].write([number])
    processes.settle()
    assert [rows for _, _, rows in processes.applied] == [[0], [1], [2], [3], [4]]


def test_a_reader_catches_up_from_the_database_after_a_lost_connection(database: Database) -> None:
    processes = Processes(database, limit=2)
    processes.inbox.close()
    for number in range(5):
        processes.writers["w1"].write([number])
    processes.settle()
    assert processes.applied == []
    processes.bus._inboxes.append(processes.inbox._inbox)
    processes.inbox._inbox.put(CONNECTED)
    processes.settle()
    assert [rows for _, _, rows in processes.applied] == [[0], [1], [2], [3], [4]]


@pytest.mark.proves("rows-before-position")
def test_rows_are_applied_before_the_position_moves(processes: Processes) -> None:
    at: list[int] = []
    processes.reader = processes.new_reader(
        on_rows=lambda *_: at.append(processes.generator.get_positions()["w1"])
    )
    processes.settle()
    processes.writers["w1"].write(["a"])
    processes.settle()
    assert at == [1]


@pytest.mark.proves("position-first-is-too-early")
def test_the_broken_twin_moves_the_position_before_the_rows_are_applied(
    processes: Processes,
) -> None:
    at: list[int] = []
    processes.reader = processes.new_reader(
        PositionFirst, on_rows=lambda *_: at.append(processes.generator.get_positions()["w1"])
    )
    processes.settle()
    processes.writers["w1"].write(["a"])
    processes.settle()
    assert at == [2]


def test_a_fact_that_could_not_be_applied_is_read_again(processes: Processes) -> None:
    applied: list[Any] = []

    def fails_once(name: str, stream_id: int, rows: list[Any]) -> None:
        applied.append(rows)
        if len(applied) == 1:
            raise OSError("the cache is away")

    processes.reader = processes.new_reader(on_rows=fails_once)
    processes.settle()
    processes.writers["w1"].write(["a"])
    with pytest.raises(OSError, match="the cache is away"):
        processes.settle()
    assert processes.generator.get_positions()["w1"] == 1
    processes.settle()
    assert applied == [["a"], ["a"]]
    assert processes.generator.get_positions()["w1"] == 2


@pytest.mark.parametrize("trusted", [True, False])
def test_an_outage_while_catching_up_loses_nothing(
    processes: Processes, monkeypatch: pytest.MonkeyPatch, trusted: bool
) -> None:
    if not trusted:
        processes.reader._synchronised.clear()
    processes.writers["w1"].write(["missed"])
    get_updates = processes.store.get_updates

    def away(*_: Any) -> None:
        raise DatabaseUnavailable("away")

    monkeypatch.setattr(processes.store, "get_updates", away)
    processes.spy.publish("POSITION facts w1 2 2")
    with pytest.raises(DatabaseUnavailable):
        processes.reader.receive()
    monkeypatch.setattr(processes.store, "get_updates", get_updates)
    processes.writers["w1"].write(["later"])
    processes.settle()
    assert processes.applied == [("w1", 2, ["missed"]), ("w1", 3, ["later"])]


def test_a_reader_of_a_stream_with_any_writer_starts_where_it_was_loaded(
    database: Database,
) -> None:
    store = StreamStore(database)
    store.create()
    store.add(2, "w1", ["before"])
    database.set_last_value("facts_sequence", 2)
    bus = InProcessBus()
    others, place = bus.connect(), bus.connect()
    applied: list[Any] = []
    reader = Reader("r", store.load("r", []), store, place, lambda *fact: applied.append(fact))
    others.publish("POSITION facts w1 2 2")
    while reader.receive():
        pass
    assert applied == []


@pytest.mark.parametrize("name", ["w 1", ""])
def test_a_writers_name_is_one_word(processes: Processes, name: str) -> None:
    generator = processes.generator
    with pytest.raises(BadCommand, match="write one word"):
        Writer(name, generator, processes.store, processes.spy)


def test_an_interrupt_in_a_batch_repeats_no_row(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    w1 = processes.writers["w1"]
    w1.write(["a", "b", "c"])
    publish = w1._endpoint.publish

    def interrupted(line: str) -> None:
        if '"b"' in line:
            raise KeyboardInterrupt
        publish(line)

    monkeypatch.setattr(w1._endpoint, "publish", interrupted)
    with pytest.raises(KeyboardInterrupt):
        w1.send_updates()
    monkeypatch.setattr(w1._endpoint, "publish", publish)
    processes.settle()
    assert processes.applied == [("w1", 2, ["a", "b", "c"])]


@pytest.mark.proves("an-unknown-outcome-announces-nothing")
@pytest.mark.parametrize("step", ["add", "record_position"])
def test_a_writer_with_an_unknown_outcome_sends_nothing_more(
    processes: Processes, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def away(*_: Any) -> None:
        raise DatabaseUnavailable("away")

    w1 = processes.writers["w1"]
    monkeypatch.setattr(processes.store, step, away)
    with pytest.raises(DatabaseUnavailable):
        w1.write(["a"])
    with pytest.raises(OutcomeUnknown, match="start this process again"):
        w1.write(["b"])
    with pytest.raises(OutcomeUnknown, match="start this process again"):
        w1.send_updates()
    assert processes.on_the_bus() == []


@pytest.mark.proves("from-database-loses-nothing")
def test_a_reader_on_a_bus_that_loses_lines_reads_every_fact_from_the_database(
    processes: Processes,
) -> None:
    processes.reader = processes.new_reader(from_database=True)
    processes.settle()
    processes.writers["w1"].write(["lost"])
    processes.writers["w1"].write(["batch", "and end"])
    processes.writers["w1"].send_updates()
    lines = [processes.inbox.receive(0) for _ in range(3)]
    assert lines[0] == 'RDATA facts w1 2 "lost"'
    processes.inbox._inbox.put(lines[1])
    processes.inbox._inbox.put(lines[2])
    processes.settle()
    assert processes.applied == [("w1", 2, ["lost"]), ("w1", 3, ["batch", "and end"])]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("RDATA facts w1 5 [", "asking for positions after a line that is not a command: "),
        (
            "POSITION facts w9 1 5",
            "restart every process with the same writers: 'w9' is not a writer of this stream",
        ),
    ],
)
def test_a_wrong_line_is_logged_and_nothing_is_lost(
    processes: Processes, caplog: pytest.LogCaptureFixture, line: str, message: str
) -> None:
    with caplog.at_level(logging.ERROR):
        processes.spy.publish(line)
        processes.writers["w1"].write(["a"])
        processes.settle()
    assert message in caplog.text
    assert processes.applied == [("w1", 2, ["a"])]


@pytest.mark.parametrize("line", ["REMOTE_SERVER_UP matrix.org", 'RDATA caches w1 99 ["x"]'])
def test_lines_of_other_streams_are_ignored(processes: Processes, line: str) -> None:
    processes.spy.publish(line)
    processes.settle()
    assert processes.applied == []
    assert processes.generator.get_positions() == {"w1": 1, "w2": 1}


def test_a_process_ignores_its_own_lines(processes: Processes) -> None:
    processes.spy.publish('RDATA facts r 9 "x"')
    processes.settle()
    assert processes.applied == []


@pytest.mark.proves("rows-before-position")
def test_a_wait_ends_when_the_position_is_reached(processes: Processes) -> None:
    processes.writers["w1"].write(["a"])
    processes.writers["w1"].send_updates()
    processes.reader.wait_for("w1", 2, timeout_s=60)
    assert processes.applied == [("w1", 2, ["a"])]
    processes.reader.wait_for("w1", 2, timeout_s=0)


@pytest.mark.proves("our-wait-raises")
def test_a_wait_that_is_too_long_says_where_the_writer_is(processes: Processes) -> None:
    ticks = iter(range(100))
    processes.reader = processes.new_reader(clock=lambda: next(ticks))
    with pytest.raises(TimeoutError, match=r"'w1' is at 1 after 2\.5 s, not at 5"):
        processes.reader.wait_for("w1", 5, timeout_s=2.5)


def test_a_wait_for_an_unknown_writer_is_refused_at_once(processes: Processes) -> None:
    with pytest.raises(UnknownWriter, match="'w9' is not a writer of this stream"):
        processes.reader.wait_for("w9", 5, timeout_s=60)


def test_tokens_of_a_negative_stream_are_positive_on_the_wire(database: Database) -> None:
    processes = Processes(database, positive=False)
    processes.on_the_bus()
    processes.writers["w1"].write(["a"])
    processes.settle()
    assert processes.on_the_bus()[0] == 'RDATA facts w1 2 "a"'
    assert processes.applied == [("w1", -2, ["a"])]
    processes.reader.wait_for("w1", -2, timeout_s=0)
    processes.reader.resynchronise()
    processes.applied.clear()
    processes.settle()
    assert processes.applied == []
    assert processes.generator.get_current_token() == -2


def failing(publish: Callable[[str], None], times: int) -> Callable[[str], None]:
    """A `publish` that fails this many times first."""
    left = iter(range(times))

    def fails(line: str) -> None:
        if next(left, None) is not None:
            raise BusUnavailable("gone")
        publish(line)

    return fails


def test_facts_that_could_not_be_announced_follow_later_after_a_position(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    w1 = processes.writers["w1"]
    w1.write(["a", "b"])
    monkeypatch.setattr(w1._endpoint, "publish", failing(w1._endpoint.publish, 1))
    assert w1.send_updates() is False
    assert w1.send_updates() is True
    assert processes.on_the_bus() == [
        "POSITION facts w1 1 1",
        'RDATA facts w1 batch "a"',
        'RDATA facts w1 2 "b"',
    ]


def test_a_replicate_that_could_not_be_sent_is_sent_again(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes.inbox, "publish", failing(processes.inbox.publish, 2))
    processes.reader.resynchronise()
    processes.reader.receive()
    assert processes.on_the_bus() == []
    processes.reader.receive()
    assert processes.on_the_bus() == ["REPLICATE"]


def test_an_endpoint_can_be_closed_twice(processes: Processes) -> None:
    processes.inbox.close()
    processes.inbox.close()
    processes.spy.publish("REPLICATE")
    assert processes.inbox.receive(0) is None
