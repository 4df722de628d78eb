"""The value of a sequence after PostgreSQL is switched over to its standby, and back, after a
crash, and after a table is restored on its own.
"""

import signal
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest

from tests.real import postgres as postgresql
from tests.real.fixtures import need
from tests.real.postgres import Server

pytestmark = pytest.mark.slow


def execute(server: Server, statement: str) -> object:
    """The first value of the answer."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        row = connection.execute(statement.encode()).fetchone()
    return row and row[0]


LAST_VALUE = "SELECT last_value FROM s"


@pytest.mark.proves("sequence-after-switching-over", "sequence-after-switching-back")
def test_a_sequence_is_higher_after_switching_over_and_lower_again_after_switching_back() -> None:
    need(postgresql.folder)
    with (
        postgresql.server() as first,
        tempfile.TemporaryDirectory(prefix="guide-pg-") as home,
    ):
        with psycopg.connect(first.url(), autocommit=True) as connection:
            connection.execute("CREATE SEQUENCE s")
        second = Server(Path(home), primary=first)
        second.start()
        try:
            assert execute(first, "SELECT max(nextval('s')) FROM generate_series(1, 140)") == 140
            first.stop()  # it ends once the standby has everything
            execute(second, "SELECT pg_promote()")
            ahead = execute(second, LAST_VALUE)
            assert isinstance(ahead, int)
            assert 140 < ahead <= 140 + 32
            first.follow(second)
            first.start()
        finally:
            second.stop()
        execute(first, "SELECT pg_promote()")
        assert execute(first, LAST_VALUE) == 140


@pytest.mark.proves("sequence-after-switching-over")
def test_a_sequence_is_higher_after_a_crash() -> None:
    need(postgresql.folder)
    with postgresql.server() as server:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute("CREATE SEQUENCE s")
        assert execute(server, "SELECT max(nextval('s')) FROM generate_series(1, 140)") == 140
        server.stop(signal.SIGQUIT)
        server.start()
        ahead = execute(server, LAST_VALUE)
        assert isinstance(ahead, int)
        assert 140 < ahead <= 140 + 32


@pytest.mark.proves("restored-table-has-no-sequence")
def test_a_table_that_is_restored_on_its_own_has_ids_beyond_the_sequence(postgres: Server) -> None:
    made = (
        "CREATE SEQUENCE s; CREATE TABLE facts (id BIGINT);"
        "INSERT INTO facts SELECT nextval('s') FROM generate_series(1, 9)"
    )
    here, there = (postgres.create(name) for name in ("dumped", "restored"))
    dump, psql = (str(postgresql.folder() / program) for program in ("pg_dump", "psql"))
    with psycopg.connect(here, autocommit=True) as source:
        source.execute(made)
    dumped = subprocess.run([dump, "--table=facts", here], check=True, capture_output=True)
    with psycopg.connect(there, autocommit=True) as target:
        target.execute("CREATE SEQUENCE s")
        subprocess.run([psql, there], input=dumped.stdout, check=True, capture_output=True)
        (row,) = target.execute("SELECT max(id) FROM facts").fetchone() or (None,)
        (next_id,) = target.execute("SELECT nextval('s')").fetchone() or (None,)
    assert (row, next_id) == (9, 1)
