"""Which writer holds a stream back: what recorded positions show, and what the query finds."""

import secrets
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from snippets.streams.consistency import stuck_writers_sql
from snippets.streams.open_database import open_database
from snippets.streams.storage import StreamStore
from tests.real.fixtures import synapse_python
from tests.real.homeserver import homeserver
from tests.real.postgres import Server
from tests.real.releases import NEWEST
from tests.streams.record import streams_of
from tests.streams.several_writers import synapses

pytestmark = pytest.mark.slow

WROTE = {name: [["reserve", name, 1, []], ["finish", name, 0, True]] for name in ("w1", "w2")}
LEAKED = ["reserve", "w1", 1, []]
WRITES_ON = [["reserve", "w1", 1, []], ["finish", "w1", 1, True]]  # while another ID is leaked

# With an operation of w2 in between, so that the healthy writer has the lower position.
STUCK = [*WROTE["w2"], *WROTE["w1"], LEAKED, *3 * WRITES_ON]
STUCK_AND_SILENT = [*WROTE["w2"], *WROTE["w1"], LEAKED]
HEALTHY = [*WROTE["w2"], *3 * WROTE["w1"]]
STUCK_FROM_THE_FIRST_ID = [*WROTE["w2"], LEAKED, *3 * WRITES_ON]

Rows = list[tuple[Any, ...]]
After = Callable[..., Rows]


@pytest.fixture
def after(postgres: Server) -> After:
    """Runs operations on Synapse's generator, then queries its database."""

    def ask(ops: list[Any], query: str, *, positive: bool) -> Rows:
        url = postgres.create(f"stuck_{secrets.token_hex(4)}")
        schedule = {"positive": positive, "ops": ops}
        synapses(synapse_python(NEWEST), url, [schedule], careful=False)
        with psycopg.connect(url) as connection:
            return connection.execute(query.encode()).fetchall()

    return ask


def query(positive: bool) -> str:
    return stuck_writers_sql("facts", ["facts.stream_id"], positive=positive)


@pytest.mark.proves("lowest-position-says-little")
def test_the_lowest_recorded_position_may_be_a_healthy_writers(after: After) -> None:
    recorded = "SELECT instance_name, stream_id FROM stream_positions ORDER BY stream_id"
    assert after(STUCK, recorded, positive=True) == [("w2", 2), ("w1", 3)]


@pytest.mark.proves(
    "a-pending-id-stops-the-stream",
    "a-stuck-write-stops-before-its-own-id",
    "a-row-may-be-beyond-the-position",
    "stuck-writer-has-rows-beyond",
)
@pytest.mark.parametrize("positive", [True, False])
def test_the_writer_with_rows_beyond_its_position_is_the_stuck_one(
    after: After, positive: bool
) -> None:
    sign = 1 if positive else -1
    assert after(STUCK, query(positive), positive=positive) == [("w1", sign * 3, sign * 7)]


@pytest.mark.proves(
    "a-pending-id-stops-the-stream",
    "a-restart-of-the-worker-ends-this",
    "restart-completes-what-was-stuck",
    "leaked-id-stops-the-tokens",
)
def test_a_restart_of_the_stuck_writer_raises_its_token_over_the_pending_id(
    postgres: Server,
) -> None:
    announced = [["announce", "w1"], ["deliver", "w1", "r"]]
    schedule = {"positive": True, "ops": [*STUCK, *announced, ["restart", "w1"], *announced]}
    url = postgres.create("stuck_restarted")
    (views,) = synapses(synapse_python(NEWEST), url, [schedule], careful=False)
    own = [view["w1"][1] for view in views if "w1" in view]
    assert own[-2:] == [3, 7]  # before and after
    heard = [view["r"][2][0] for view in views if "r" in view]
    assert heard[-2:] == [3, 7]  # by a reader, of w1


@pytest.mark.proves("stuck-writer-has-rows-beyond")
def test_a_writer_that_is_stuck_from_its_first_id_on_is_found(after: After) -> None:
    assert [name for name, *_ in after(STUCK_FROM_THE_FIRST_ID, query(True), positive=True)] == [
        "w1"
    ]


@pytest.mark.proves("silent-stuck-writer-is-not-named")
@pytest.mark.parametrize("ops", [HEALTHY, STUCK_AND_SILENT], ids=["healthy", "stuck and silent"])
def test_a_writer_without_rows_beyond_its_position_is_not_named(
    after: After, ops: list[Any]
) -> None:
    assert after(ops, query(True), positive=True) == []


@pytest.mark.proves("query-runs-on-each-stream")
def test_the_query_runs_on_every_stream_of_synapses_own_database(postgres: Server) -> None:
    generators = streams_of(synapse_python(NEWEST))["generators"]
    assert len(generators) > 10
    url = postgres.create("homeserver")
    config = {"database": {"name": "psycopg2", "args": conninfo_to_dict(url)}}
    with homeserver(NEWEST, config), psycopg.connect(url) as connection:
        for made in generators:
            sql = stuck_writers_sql(made["stream_name"], made["columns"], positive=made["positive"])
            assert connection.execute(sql.encode()).fetchall() == [], made


@pytest.mark.proves("healthy-writer-is-named-for-a-moment")
def test_synapses_healthy_writer_is_named_until_its_position_is_recorded_and_a_stuck_one_again(
    after: After,
) -> None:
    committed = [*WROTE["w1"], LEAKED, ["commit", "w1", 0]]
    assert after(committed, query(True), positive=True) == [("w1", 2, 3)]
    ended = [*committed, ["finish", "w1", 0, True]]
    assert after(ended, query(True), positive=True) == []
    later = [*STUCK, *WROTE["w2"], *WRITES_ON]
    assert after(later, query(True), positive=True) == [("w1", 3, 9)]


def test_ours_names_a_healthy_writer_between_its_commit_and_the_recording_of_its_position(
    postgres: Server,
) -> None:
    with open_database(postgres.create("healthy_writer")) as database:
        store = StreamStore(database)
        store.create()
        generator = store.load("w1", ["w1"])
        with generator.get_next() as stream_id:
            store.add(stream_id, "w1", ["a"])
        assert database.execute(query(True)) == [("w1", 1, stream_id)]
        store.record_position("w1", generator.get_current_token_for_writer("w1"))
        assert database.execute(query(True)) == []
