"""What a stream writes into its database, and how it starts from what it finds there."""

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from snippets.streams.consistency import InconsistentStream, repair
from snippets.streams.database import Database, DatabaseUnavailable, Locked
from snippets.streams.open_database import open_database
from snippets.streams.storage import StreamStore, WriterIsRunning
from tests.docs.guide import DOCS
from tests.real.postgres import Server

WRITERS = ["w1", "w2"]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:{tmp_path / 'stream.db'}"
    server: Server = request.getfixturevalue("postgres")
    return server.create(f"storage_{abs(hash(tmp_path))}")


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    with open_database(url) as opened:
        yield opened


@pytest.fixture
def store(database: Database) -> StreamStore:
    """An empty stream of facts."""
    created = StreamStore(database)
    created.create()
    return created


def write(store: StreamStore, name: str, *facts: list[object]) -> list[int]:
    """Writes facts like a process, and returns their IDs."""
    generator = store.load(name, WRITERS)
    stream_ids = []
    for rows in facts:
        with generator.get_next() as stream_id:
            store.add(stream_id, name, rows)
        store.record_position(name, generator.get_current_token_for_writer(name))
        stream_ids.append(stream_id)
    return stream_ids


@pytest.mark.proves("the-linear-token-starts-at-the-lowest")
def test_a_new_stream_is_at_1_and_its_first_id_is_2(store: StreamStore) -> None:
    assert store.load("r", WRITERS).get_positions() == {"w1": 1, "w2": 1}
    assert write(store, "w1", ["a"], ["b"]) == [2, 3]


@pytest.mark.proves("sequence-gives-no-id-twice")
def test_an_id_that_left_no_row_is_not_given_out_again_after_a_restart(store: StreamStore) -> None:
    with pytest.raises(OSError, match="rolled back"), store.load("w1", WRITERS).get_next() as lost:
        raise OSError("rolled back")
    assert lost == 2
    (after,) = write(store, "w1", ["a"])
    assert after > lost


def test_creating_the_tables_again_changes_nothing(store: StreamStore) -> None:
    write(store, "w1", ["a"])
    store.create()
    assert write(store, "w1", ["b"]) == [3]


def test_ids_asked_for_together_are_given_out_once(store: StreamStore) -> None:
    generator = store.load("w1", WRITERS)
    with generator.get_next_mult(3) as stream_ids:
        assert stream_ids == [2, 3, 4]
    with generator.get_next() as stream_id:
        assert stream_id == 5


def test_updates_are_the_facts_of_one_writer_with_all_their_rows(store: StreamStore) -> None:
    write(store, "w1", ["a", "b"])
    write(store, "w2", ["not this"])
    write(store, "w1", [{"c": None}])
    assert store.get_updates("w1", 1, 4) == ([(2, ["a", "b"]), (4, [{"c": None}])], 4, False)
    assert store.get_updates("w1", 2, 3) == ([], 3, False)


def test_limited_updates_end_between_facts_and_continue(store: StreamStore) -> None:
    write(store, "w1", ["a", "b", "c"], ["d"], ["e"])
    assert store.get_updates("w1", 1, 9, limit=1) == ([(2, ["a", "b", "c"])], 2, True)
    assert store.get_updates("w1", 2, 9, limit=2) == ([(3, ["d"]), (4, ["e"])], 4, True)
    assert store.get_updates("w1", 4, 9, limit=1) == ([], 9, False)


def test_a_hundred_facts_come_at_once_where_no_limit_is_given(store: StreamStore) -> None:
    facts_of_one_row: list[list[object]] = [[number] for number in range(101)]
    write(store, "w1", *facts_of_one_row)
    facts, upto, limited = store.get_updates("w1", 1, 999)
    assert (len(facts), upto, limited) == (100, 101, True)


def test_a_limit_is_1_or_more(store: StreamStore) -> None:
    with pytest.raises(ValueError, match="limit is 0: write 1 or more"):
        store.get_updates("w1", 1, 9, limit=0)


def test_a_negative_stream_is_the_mirror_image(database: Database) -> None:
    store = StreamStore(database, "backfill", positive=False)
    store.create()
    assert write(store, "w1", ["a"], ["b"], ["c"]) == [-2, -3, -4]
    assert store.get_updates("w1", -1, -4, limit=2) == ([(-2, ["a"]), (-3, ["b"])], -3, True)
    store.record_position("w1", -2)
    assert store.load("r", WRITERS).get_positions() == {"w1": -4, "w2": -4}


def test_a_row_that_json_cannot_represent_stores_nothing(store: StreamStore) -> None:
    with pytest.raises(TypeError):
        store.add(2, "w1", ["fine", {1, 2}])
    assert store.get_updates("w1", 1, 9).facts == []


def test_a_fact_is_stored_whole_or_not_at_all(store: StreamStore) -> None:
    store.add(2, "w1", ["there"])
    with pytest.raises(Exception, match=r"UNIQUE|unique|duplicate"):
        store.add(2, "w1", ["again", "and more"])
    assert store.get_updates("w1", 1, 9).facts == [(2, ["there"])]


def test_a_position_is_never_lowered(store: StreamStore) -> None:
    store.record_position("w1", 9)
    store.record_position("w1", 5)
    assert store.recorded_positions() == {"w1": 9}


@pytest.mark.proves("the-linear-token-starts-at-the-lowest", "an-unknown-outcome-announces-nothing")
def test_a_writer_that_crashed_before_recording_its_position_is_found_by_its_rows(
    store: StreamStore,
) -> None:
    generator = store.load("w1", WRITERS)
    store.load("w2", WRITERS)
    with generator.get_next() as stream_id:
        store.add(stream_id, "w1", ["a"])
    reader = store.load("r", WRITERS)
    assert reader.get_positions() == {"w1": 1, "w2": 1}
    assert reader.get_current_token() == 2


@pytest.mark.proves("a-start-deletes-positions-of-others")
def test_the_position_of_a_writer_that_was_removed_is_deleted(store: StreamStore) -> None:
    write(store, "w1", ["a"])
    write(store, "w2", ["b"])
    assert store.load("r", ["w1"]).get_positions() == {"w1": 2}
    assert store.recorded_positions() == {"w1": 2}


@pytest.mark.proves("the-linear-token-starts-at-the-lowest")
def test_a_stream_with_any_writer_is_loaded_from_its_rows(store: StreamStore) -> None:
    write(store, "w1", ["a"], ["b"])
    generator = store.load("anybody", [])
    assert generator.get_positions() == {"anybody": 3}
    with generator.get_next() as stream_id:
        assert stream_id == 4


@pytest.mark.proves("a-start-checks-the-sequence")
@pytest.mark.parametrize(
    ("break_it", "where"),
    [
        (lambda store: store.add(9, "w1", ["row"]), "the table 'facts' has ID 9"),
        (lambda store: store.record_position("w1", 9), "the table 'stream_positions' has ID 9"),
    ],
    ids=["row", "position"],
)
def test_a_sequence_behind_the_stored_ids_is_reported_with_the_repair(
    store: StreamStore, database: Database, break_it: Callable[[StreamStore], None], where: str
) -> None:
    break_it(store)
    with pytest.raises(InconsistentStream) as refused:
        store.load("r", WRITERS)
    assert str(refused.value) == (
        f"stream 'facts': {where}, but the sequence facts_sequence is at 1. Stop every process "
        f"of this homeserver, then run: {refused.value.repair}"
    )
    for _ in range(2):
        repair(database, store.stream_name)
    assert store.load("w1", WRITERS).get_positions()["w1"] == 9
    assert write(store, "w1", ["next"]) == [10]


def test_the_suggested_repair_works(store: StreamStore, database: Database) -> None:
    store.add(9, "w1", ["row"])
    store.record_position("w1", 12)
    with pytest.raises(InconsistentStream) as refused:
        store.load("r", WRITERS)
    database.execute(refused.value.repair)
    assert write(store, "w1", ["next"]) == [13]


@pytest.mark.proves("statement-never-lowers")
def test_the_suggested_repair_never_lowers_the_sequence(
    store: StreamStore, database: Database
) -> None:
    statement = database.repair_statement("facts_sequence", 9)
    database.set_last_value("facts_sequence", 20)
    database.execute(statement)
    assert database.last_value("facts_sequence") == 20
    database.set_last_value("facts_sequence", 5)
    database.execute(statement)
    assert database.last_value("facts_sequence") == 9


@pytest.mark.proves("statement-never-lowers")
def test_a_lowered_sequence_gives_out_ids_a_second_time(database: Database) -> None:
    database.create_sequence("lowered")
    sequence = database.sequence("lowered")
    before = sequence.get_next_mult(3)
    database.set_last_value("lowered", before[0])
    assert sequence.get_next_mult(2) == before[1:]


@pytest.mark.proves("statement-never-lowers")
@pytest.mark.slow
def test_the_statement_of_the_page_is_the_one_that_never_lowers(postgres: Server) -> None:
    page = (DOCS / "streams" / "repairing-a-stream.md").read_text("utf-8")
    with open_database(postgres.create("printed")) as database:
        assert f'"{database.repair_statement("events_stream_seq", 9)}"' in page


@pytest.mark.proves("ours-refuses-a-second-process", "ours-differs-from-synapse")
def test_a_second_process_of_the_same_name_is_refused(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("snippets.streams.postgresql.LOCK_TIMEOUT_S", 0.01)
    monkeypatch.setattr("snippets.streams.sqlite.LOCK_TIMEOUT_S", 0.01)
    with open_database(url) as second:
        with open_database(url) as first:
            store = StreamStore(first)
            store.create()
            store.load("w1", WRITERS)
            store.load("w1", WRITERS)
            with pytest.raises(WriterIsRunning, match=r"'facts' as 'w1': give each process a name"):
                StreamStore(second).load("w1", WRITERS)
            StreamStore(second).load("w2", WRITERS)
            for reader in (store, StreamStore(second)):
                reader.load("r", WRITERS)
            with pytest.raises(Locked):
                first.lock("facts w2")
        StreamStore(second).load("w1", WRITERS)


def test_a_process_that_starts_on_a_new_stream_passes_no_pending_id(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_database(url) as reading, open_database(url) as writing:
        store = StreamStore(writing)
        store.create()
        slow = StreamStore(reading)
        recorded = slow._tables.positions

        def meanwhile() -> dict[str, int]:
            before = recorded()
            w1, w2 = store.load("w1", WRITERS), store.load("w2", WRITERS)
            w1.get_next().__enter__()  # 2, pending
            with w2.get_next() as stream_id:
                store.add(stream_id, "w2", ["b"])
            return before

        monkeypatch.setattr(slow._tables, "positions", meanwhile)
        assert slow.load("r", WRITERS).get_current_token() == 1


@pytest.mark.proves("no-number-within-a-transaction")
def test_a_number_is_not_given_out_inside_a_transaction() -> None:
    with open_database("sqlite::memory:") as database:
        store = StreamStore(database)
        store.create()
        generator = store.load("w1", ["w1"])
        with (
            pytest.raises(RuntimeError, match="reserve the ID before the transaction"),
            database.transaction(),
            generator.get_next(),
        ):
            pass


@pytest.mark.proves("a-sequence-does-not-roll-back")
@pytest.mark.slow
def test_a_number_stays_given_out_if_its_transaction_is_rolled_back(postgres: Server) -> None:
    with open_database(postgres.create("rolled_back")) as database:
        store = StreamStore(database)
        store.create()
        sequence = database.sequence("facts_sequence")

        def write_twice() -> None:
            with database.transaction():
                assert sequence.get_next_mult(1) == [2]
                store._tables.insert(2, "w1", ['"row"'])
                store._tables.insert(2, "w1", ['"row"'])

        with pytest.raises(psycopg.errors.UniqueViolation):
            write_twice()
        assert store.get_updates("w1", 1, 9).facts == []
        assert sequence.get_next_mult(1) == [3]


@pytest.mark.proves("another-writer-may-hold-ids-in-between")
@pytest.mark.slow
def test_numbers_that_are_asked_for_together_may_have_another_writers_in_between(
    postgres: Server,
) -> None:
    """The other writer asks for one at a time while many are fetched."""
    url, together = postgres.create("in_between"), 100_000
    fetched: list[int] = []
    with open_database(url) as many, open_database(url) as single:
        many.create_sequence("s")
        fetching = threading.Thread(
            target=lambda: fetched.extend(many.sequence("s").get_next_mult(together))
        )
        fetching.start()
        others = []
        while fetching.is_alive():
            others += single.sequence("s").get_next_mult(1)
        fetching.join()
    assert fetched == sorted(fetched)
    assert sorted(fetched + others) == list(range(2, 2 + together + len(others)))
    assert any(fetched[0] < other < fetched[-1] for other in others)


@pytest.mark.parametrize("name", ["stream_positions", "sequences"])
def test_a_stream_may_not_have_the_name_of_another_table(name: str, database: Database) -> None:
    with pytest.raises(ValueError, match="is a table of its own"):
        StreamStore(database, name)


@pytest.mark.parametrize("name", ["to device", "facts\n", "", "Facts", "facts; DROP TABLE users"])
def test_a_stream_name_is_letters_digits_and_underscores(name: str, database: Database) -> None:
    with pytest.raises(ValueError, match="write lower-case letters, digits and underscores"):
        StreamStore(database, name)


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ("mysql:x", ValueError, "'mysql:x' is not a database: write sqlite:PATH or postgresql://"),
        ("mysql://me:secret@x", ValueError, "'mysql://***@x' is not a database"),
        ("sqlite:/nowhere/x.db", DatabaseUnavailable, "SQLite cannot open '/nowhere/x.db'"),
        ("postgresql:///x?host=/nowhere", DatabaseUnavailable, "PostgreSQL cannot be reached: "),
        ("postgres:///x?host=/nowhere", DatabaseUnavailable, "PostgreSQL cannot be reached: "),
        ("postgresql:///x?wrong=1", DatabaseUnavailable, "PostgreSQL cannot be reached: "),
    ],
)
def test_a_database_that_cannot_be_opened_says_so_in_one_line(
    wrong: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as refused, open_database(wrong):
        pass
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


def test_a_locked_sqlite_file_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("snippets.streams.sqlite.BUSY_TIMEOUT_S", 0.0)
    url = f"sqlite:{tmp_path / 'stream.db'}"
    with open_database(url) as first, open_database(url) as second:
        StreamStore(first).create()
        with first.transaction():
            with pytest.raises(DatabaseUnavailable, match=r"^SQLite cannot use .*locked"):
                StreamStore(second).add(2, "w1", ["a"])
            with pytest.raises(DatabaseUnavailable, match=r"^SQLite cannot use .*locked"):
                StreamStore(second).record_position("w1", 2)


def test_a_mistake_in_sql_is_not_taken_for_an_outage(database: Database) -> None:
    with pytest.raises(Exception, match="no_such_table") as raised:
        database.execute("SELECT * FROM no_such_table")
    assert not isinstance(raised.value, DatabaseUnavailable)


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "snippets.streams.postgresql", raising=False)
    with pytest.raises(DatabaseUnavailable) as refused, open_database("postgresql://x"):
        pass
    assert str(refused.value).startswith(
        "PostgreSQL needs psycopg 3: pip install 'psycopg[binary]', or synapse-guide with its extra"
    )


def test_a_connection_can_be_replaced(store: StreamStore, database: Database) -> None:
    write(store, "w1", ["a"])
    database.reconnect()
    assert store.get_updates("w1", 1, 9).facts == [(2, ["a"])]


def test_a_database_in_memory_survives_a_reconnection() -> None:
    with open_database("sqlite::memory:") as database:
        store = StreamStore(database)
        store.create()
        database.reconnect()
        assert write(store, "w1", ["a"]) == [2]
