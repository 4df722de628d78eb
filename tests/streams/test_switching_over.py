"""The value of a sequence after PostgreSQL is switched over to its standby, and back."""

import signal
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
