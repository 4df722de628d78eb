"""How our database and bus code reacts to a real PostgreSQL and Redis that stop and start."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from snippets.streams.bus import CONNECTED, BusUnavailable
from snippets.streams.database import DatabaseUnavailable, Locked
from snippets.streams.open_database import open_database
from snippets.streams.postgresql import PostgresDatabase
from snippets.streams.redis_bus import RedisEndpoint
from snippets.streams.storage import StreamStore
from tests.real import postgres as postgresql
from tests.real import redis as redis_server

pytestmark = pytest.mark.slow


@pytest.fixture
def database() -> Iterator[postgresql.Server]:
    """A PostgreSQL for this test alone, which can be stopped and started."""
    with postgresql.server() as server:
        yield server


@pytest.fixture
def bus() -> Iterator[redis_server.Server]:
    """A Redis for this test alone, which can be stopped and started."""
    with redis_server.server() as server:
        yield server


def lines(endpoint: RedisEndpoint, count: int) -> list[str | None]:
    """The next lines; waits for them to arrive."""
    return [endpoint.receive(30) for _ in range(count)]


def test_a_line_reaches_every_endpoint_of_its_channel_and_no_other(
    bus: redis_server.Server,
) -> None:
    here, there = RedisEndpoint(bus.url, "a"), RedisEndpoint(bus.url, "a")
    elsewhere = RedisEndpoint(bus.url, "b")
    here.publish("REPLICATE")
    for endpoint in (here, there):
        assert lines(endpoint, 2) == [CONNECTED, "REPLICATE"]
    assert lines(elsewhere, 1) == [CONNECTED]
    assert elsewhere.receive(0) is None
    for endpoint in (here, there, elsewhere):
        endpoint.close()


@pytest.mark.proves("redis-keeps-no-line")
def test_redis_keeps_no_line_for_an_endpoint_that_connects_later(bus: redis_server.Server) -> None:
    here = RedisEndpoint(bus.url)
    here.publish("early")
    late = RedisEndpoint(bus.url)
    here.publish("REPLICATE")
    assert lines(late, 2) == [CONNECTED, "REPLICATE"]
    for endpoint in (here, late):
        endpoint.close()


@pytest.mark.proves("redis-delivers-in-order", "foreign-id-needs-a-lost-connection")
def test_redis_delivers_every_line_once_and_in_one_order_to_all(bus: redis_server.Server) -> None:
    senders = [RedisEndpoint(bus.url) for _ in range(3)]
    hearers = [RedisEndpoint(bus.url) for _ in range(2)]

    def send(number: int) -> None:
        for n in range(1000):
            senders[number].publish(f"{number} {n}")

    with ThreadPoolExecutor(len(senders)) as threads:
        list(threads.map(send, range(len(senders))))
    heard = [lines(hearer, 1 + 1000 * len(senders)) for hearer in hearers]
    assert heard[0] == heard[1]
    for number in range(len(senders)):
        of_this = [line for line in heard[0] if line and line.startswith(f"{number} ")]
        assert of_this == [f"{number} {n}" for n in range(1000)]
    for endpoint in (*senders, *hearers):
        endpoint.close()


def test_processes_meet_on_the_channel_streams_unless_they_name_another(
    bus: redis_server.Server,
) -> None:
    here, there = RedisEndpoint(bus.url), RedisEndpoint(bus.url, "streams")
    assert lines(there, 1) == [CONNECTED]
    here.publish("REPLICATE")
    assert lines(there, 1) == ["REPLICATE"]
    for endpoint in (here, there):
        endpoint.close()


def test_an_endpoint_that_lost_redis_reconnects_and_says_so(bus: redis_server.Server) -> None:
    waits: list[float] = []

    def start_again(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            bus.start()

    endpoint = RedisEndpoint(bus.url, wait=start_again)
    assert lines(endpoint, 1) == [CONNECTED]
    bus.stop()
    with pytest.raises(BusUnavailable, match="Redis went away at unix:"):
        endpoint.publish("lost")
    assert lines(endpoint, 3) == [None, None, None]
    assert lines(endpoint, 1) == [CONNECTED]
    endpoint.publish("found")
    assert lines(endpoint, 1) == ["found"]
    endpoint.close()


def test_a_line_that_is_not_text_stops_no_reader(bus: redis_server.Server) -> None:
    endpoint = RedisEndpoint(bus.url)
    assert lines(endpoint, 1) == [CONNECTED]
    endpoint._redis.publish("streams", b"\xff")
    endpoint.publish("REPLICATE")
    assert lines(endpoint, 2) == ["\ufffd", "REPLICATE"]
    endpoint.close()


def test_an_endpoint_can_be_closed_while_redis_is_down(bus: redis_server.Server) -> None:
    endpoint = RedisEndpoint(bus.url, wait=lambda _: None)
    lines(endpoint, 1)
    bus.stop()
    assert lines(endpoint, 1) == [None]
    endpoint.close()
    bus.start()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("unix:///nowhere", "Redis cannot be reached at unix:///nowhere: "),
        ("unix://:secret@/nowhere", "Redis cannot be reached at unix://***@/nowhere: "),
        ("redis://a..b:6379", "'redis://a..b:6379' is not a Redis address: "),
        ("redis://x?foo=1", "'redis://x?foo=1' is not a Redis address: "),
        ("http://x", "'http://x' is not a Redis address: write redis://HOST:PORT or unix://"),
    ],
)
def test_an_unreachable_redis_is_reported(url: str, message: str) -> None:
    with pytest.raises(BusUnavailable) as refused:
        RedisEndpoint(url)
    assert str(refused.value).startswith(message)


def test_an_outage_raises_and_leaves_the_fact_unwritten(database: postgresql.Server) -> None:
    with open_database(database.url()) as opened:
        store = StreamStore(opened)
        store.create()
        database.stop(signal.SIGQUIT)
        with pytest.raises(DatabaseUnavailable, match=r"^PostgreSQL went away: "):
            store.add(2, "w1", ["a"])
        with pytest.raises(DatabaseUnavailable, match=r"^PostgreSQL went away: "):
            store.record_position("w1", 2)
        with pytest.raises(DatabaseUnavailable, match=r"^PostgreSQL went away: "):
            opened.lock("facts w1")
        with pytest.raises(DatabaseUnavailable, match=r"^PostgreSQL cannot be reached: "):
            opened.reconnect()
        database.start()
        opened.reconnect()
        assert store.get_updates("w1", 1, 9).facts == []


def test_a_store_that_waits_out_an_outage_continues_with_its_lock(
    database: postgresql.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("snippets.streams.postgresql.LOCK_TIMEOUT_S", 0.01)
    errors: list[DatabaseUnavailable] = []

    def start_at_the_third(error: DatabaseUnavailable) -> None:
        errors.append(error)
        if len(errors) == 3:
            database.start()

    with open_database(database.url()) as opened:
        store = StreamStore(opened, on_outage=start_at_the_third)
        store.create()
        generator = store.load("w1", ["w1"])
        database.stop(signal.SIGQUIT)
        with generator.get_next() as stream_id:
            store.add(stream_id, "w1", ["a"])
        assert len(errors) == 3
        assert store.get_updates("w1", 1, 99).facts == [(stream_id, ["a"])]
        with open_database(database.url()) as other, pytest.raises(Locked):
            other.lock("facts w1")


@pytest.mark.proves("a-store-that-waits-writes-once")
def test_a_fact_is_written_once_if_its_commit_was_not_answered(
    database: postgresql.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    transaction = PostgresDatabase.transaction
    lost = iter([True])

    class Answerless(PostgresDatabase):
        def transaction(self) -> Any:
            return _AnswerLost(transaction(self)) if next(lost, False) else transaction(self)

    opened = PostgresDatabase(database.url())
    StreamStore(opened).create()
    opened.close()
    answerless = Answerless(database.url())
    store = StreamStore(answerless, on_outage=lambda _: None)
    store.add(2, "w1", ["a"])
    assert store.get_updates("w1", 1, 9).facts == [(2, ["a"])]
    answerless.close()


class _AnswerLost:
    """A transaction that commits, but the client gets no answer."""

    def __init__(self, transaction: Any) -> None:
        self._transaction = transaction

    def __enter__(self) -> None:
        self._transaction.__enter__()

    def __exit__(self, *error: Any) -> None:
        self._transaction.__exit__(*error)
        raise DatabaseUnavailable("the connection was lost after the commit")
