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


class House:
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

    def said(self) -> list[str]:
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
def house(database: Database) -> House:
    settled = House(database)
    settled.said()
    return settled


def test_every_process_sends_its_position_when_one_asks(house: House) -> None:
    house.reader.resynchronise()
    house.settle()
    said = house.said()
    assert said[0] == "REPLICATE"
    assert sorted(said[1:]) == ["POSITION facts w1 1 1", "POSITION facts w2 1 1"]


def test_a_fact_is_announced_row_by_row_and_applied_once(house: House) -> None:
    house.writers["w1"].write(["a", "b"])
    house.settle()
    assert house.said()[:2] == ['RDATA facts w1 batch "a"', 'RDATA facts w1 2 "b"']
    assert house.applied == [("w1", 2, ["a", "b"])]
    assert house.generator.get_positions()["w1"] == 2


def test_an_id_without_a_row_is_announced_as_a_position(house: House) -> None:
    w1 = house.writers["w1"]
    with pytest.raises(TypeError):
        w1.write([{1, 2}])
    w1.send_updates()
    assert house.said() == ["POSITION facts w1 1 2"]


def test_a_quiet_writer_announces_its_new_position(house: House) -> None:
    house.writers["w1"].write(["a"])
    house.settle()
    assert 'RDATA facts w1 2 "a"' in house.said()
    assert house.generator.get_positions() == {"w1": 2, "w2": 2}
    assert house.generator.get_current_token() == 2


def test_facts_are_announced_in_limited_groups_and_none_is_left_out(database: Database) -> None:
    house = House(database, limit=2)
    for number in range(5):
        house.writers["w1"].write([number])
    house.settle()
    assert [rows for _, _, rows in house.applied] == [[0], [1], [2], [3], [4]]


def test_a_reader_catches_up_from_the_database_after_a_lost_connection(database: Database) -> None:
    house = House(database, limit=2)
    house.inbox.close()
    for number in range(5):
        house.writers["w1"].write([number])
    house.settle()
    assert house.applied == []
    house.bus._inboxes.append(house.inbox._inbox)
    house.inbox._inbox.put(CONNECTED)
    house.settle()
    assert [rows for _, _, rows in house.applied] == [[0], [1], [2], [3], [4]]


def test_rows_are_applied_before_the_position_moves(house: House) -> None:
    at: list[int] = []
    house.reader = house.new_reader(
        on_rows=lambda *_: at.append(house.generator.get_positions()["w1"])
    )
    house.settle()
    house.writers["w1"].write(["a"])
    house.settle()
    assert at == [1]


def test_the_broken_twin_moves_the_position_before_the_rows_are_applied(house: House) -> None:
    at: list[int] = []
    house.reader = house.new_reader(
        PositionFirst, on_rows=lambda *_: at.append(house.generator.get_positions()["w1"])
    )
    house.settle()
    house.writers["w1"].write(["a"])
    house.settle()
    assert at == [2]


def test_a_fact_that_could_not_be_applied_is_read_again(house: House) -> None:
    seen: list[Any] = []

    def fails_once(name: str, stream_id: int, rows: list[Any]) -> None:
        seen.append(rows)
        if len(seen) == 1:
            raise OSError("the cache is away")

    house.reader = house.new_reader(on_rows=fails_once)
    house.settle()
    house.writers["w1"].write(["a"])
    with pytest.raises(OSError, match="the cache is away"):
        house.settle()
    assert house.generator.get_positions()["w1"] == 1
    house.settle()
    assert seen == [["a"], ["a"]]
    assert house.generator.get_positions()["w1"] == 2


@pytest.mark.parametrize("trusted", [True, False])
def test_an_outage_while_catching_up_loses_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch, trusted: bool
) -> None:
    if not trusted:
        house.reader._synchronised.clear()
    house.writers["w1"].write(["missed"])
    get_updates = house.store.get_updates

    def away(*_: Any) -> None:
        raise DatabaseUnavailable("away")

    monkeypatch.setattr(house.store, "get_updates", away)
    house.spy.publish("POSITION facts w1 2 2")
    with pytest.raises(DatabaseUnavailable):
        house.reader.receive()
    monkeypatch.setattr(house.store, "get_updates", get_updates)
    house.writers["w1"].write(["later"])
    house.settle()
    assert house.applied == [("w1", 2, ["missed"]), ("w1", 3, ["later"])]


def test_a_reader_of_a_stream_with_any_writer_starts_where_it_was_loaded(
    database: Database,
) -> None:
    store = StreamStore(database)
    store.create()
    store.add(2, "w1", ["before"])
    database.set_last_value("facts_sequence", 2)
    bus = InProcessBus()
    others, place = bus.connect(), bus.connect()
    seen: list[Any] = []
    reader = Reader("r", store.load("r", []), store, place, lambda *fact: seen.append(fact))
    others.publish("POSITION facts w1 2 2")
    while reader.receive():
        pass
    assert seen == []


@pytest.mark.parametrize("name", ["w 1", ""])
def test_a_writers_name_is_one_word(house: House, name: str) -> None:
    generator = house.generator
    with pytest.raises(BadCommand, match="write one word"):
        Writer(name, generator, house.store, house.spy)


def test_an_interrupt_in_a_batch_repeats_no_row(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    w1 = house.writers["w1"]
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
    house.settle()
    assert house.applied == [("w1", 2, ["a", "b", "c"])]


@pytest.mark.parametrize("step", ["add", "record_position"])
def test_a_writer_with_an_unknown_outcome_sends_nothing_more(
    house: House, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def away(*_: Any) -> None:
        raise DatabaseUnavailable("away")

    w1 = house.writers["w1"]
    monkeypatch.setattr(house.store, step, away)
    with pytest.raises(DatabaseUnavailable):
        w1.write(["a"])
    with pytest.raises(OutcomeUnknown, match="start this process again"):
        w1.write(["b"])
    with pytest.raises(OutcomeUnknown, match="start this process again"):
        w1.send_updates()
    assert house.said() == []


def test_a_reader_on_a_bus_that_loses_lines_reads_every_fact_from_the_database(
    house: House,
) -> None:
    house.reader = house.new_reader(from_database=True)
    house.settle()
    house.writers["w1"].write(["lost"])
    house.writers["w1"].write(["batch", "and end"])
    house.writers["w1"].send_updates()
    lines = [house.inbox.receive(0) for _ in range(3)]
    assert lines[0] == 'RDATA facts w1 2 "lost"'
    house.inbox._inbox.put(lines[1])
    house.inbox._inbox.put(lines[2])
    house.settle()
    assert house.applied == [("w1", 2, ["lost"]), ("w1", 3, ["batch", "and end"])]


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
    house: House, caplog: pytest.LogCaptureFixture, line: str, message: str
) -> None:
    with caplog.at_level(logging.ERROR):
        house.spy.publish(line)
        house.writers["w1"].write(["a"])
        house.settle()
    assert message in caplog.text
    assert house.applied == [("w1", 2, ["a"])]


@pytest.mark.parametrize("line", ["REMOTE_SERVER_UP matrix.org", 'RDATA caches w1 99 ["x"]'])
def test_lines_of_other_streams_are_ignored(house: House, line: str) -> None:
    house.spy.publish(line)
    house.settle()
    assert house.applied == []
    assert house.generator.get_positions() == {"w1": 1, "w2": 1}


def test_a_process_ignores_its_own_lines(house: House) -> None:
    house.spy.publish('RDATA facts r 9 "x"')
    house.settle()
    assert house.applied == []


def test_a_wait_ends_when_the_position_is_reached(house: House) -> None:
    house.writers["w1"].write(["a"])
    house.writers["w1"].send_updates()
    house.reader.wait_for("w1", 2, timeout_s=60)
    assert house.applied == [("w1", 2, ["a"])]
    house.reader.wait_for("w1", 2, timeout_s=0)


def test_a_wait_that_is_too_long_says_where_the_writer_is(house: House) -> None:
    ticks = iter(range(100))
    house.reader = house.new_reader(clock=lambda: next(ticks))
    with pytest.raises(TimeoutError, match=r"'w1' is at 1 after 2\.5 s, not at 5"):
        house.reader.wait_for("w1", 5, timeout_s=2.5)


def test_a_wait_for_an_unknown_writer_is_refused_at_once(house: House) -> None:
    with pytest.raises(UnknownWriter, match="'w9' is not a writer of this stream"):
        house.reader.wait_for("w9", 5, timeout_s=60)


def test_tokens_of_a_negative_stream_are_positive_on_the_wire(database: Database) -> None:
    house = House(database, positive=False)
    house.said()
    house.writers["w1"].write(["a"])
    house.settle()
    assert house.said()[0] == 'RDATA facts w1 2 "a"'
    assert house.applied == [("w1", -2, ["a"])]
    house.reader.wait_for("w1", -2, timeout_s=0)
    house.reader.resynchronise()
    house.applied.clear()
    house.settle()
    assert house.applied == []
    assert house.generator.get_current_token() == -2


def failing(publish: Callable[[str], None], times: int) -> Callable[[str], None]:
    """A `publish` that fails this many times first."""
    left = iter(range(times))

    def fails(line: str) -> None:
        if next(left, None) is not None:
            raise BusUnavailable("gone")
        publish(line)

    return fails


def test_facts_that_could_not_be_announced_follow_later_after_a_position(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    w1 = house.writers["w1"]
    w1.write(["a", "b"])
    monkeypatch.setattr(w1._endpoint, "publish", failing(w1._endpoint.publish, 1))
    assert w1.send_updates() is False
    assert w1.send_updates() is True
    assert house.said() == [
        "POSITION facts w1 1 1",
        'RDATA facts w1 batch "a"',
        'RDATA facts w1 2 "b"',
    ]


def test_a_replicate_that_could_not_be_sent_is_sent_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.inbox, "publish", failing(house.inbox.publish, 2))
    house.reader.resynchronise()
    house.reader.receive()
    assert house.said() == []
    house.reader.receive()
    assert house.said() == ["REPLICATE"]


def test_an_endpoint_can_be_closed_twice(house: House) -> None:
    house.inbox.close()
    house.inbox.close()
    house.spy.publish("REPLICATE")
    assert house.inbox.receive(0) is None
