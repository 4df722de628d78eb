"""The table on SQLite and PostgreSQL."""

import random
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snippets.federation_backoff import DestinationRetryTimings, open_postgresql, open_sqlite
from tests.federation_backoff.sequences import DESTINATION, Replay, ours, random_sequence
from tests.real.postgres import Server
from tests.real.releases import ERAS, NEWEST

numbers = st.integers(-5, 2**62)
rows = st.tuples(numbers | st.none(), numbers, numbers)


def allowed(old: tuple[int | None, int, int], new: tuple[int | None, int, int], both: bool) -> bool:
    """The rule, written again: a reset, a longer wait, and since 1.91 a newer time."""
    longer = new[2] == 0 or old[2] < new[2]
    return longer or (both and (new[1] == 0 or old[1] < new[1]))


@given(rows, rows)
def test_a_row_is_replaced_by_a_reset_a_longer_wait_and_since_1_91_a_newer_one(
    old: tuple[int | None, int, int], new: tuple[int | None, int, int]
) -> None:
    for release, both in (("1.90", False), ("1.91", True)):
        store = open_sqlite(release=release)
        store.set_destination_retry_timings("a", *old)
        store.set_destination_retry_timings("b", *old)
        store.set_destination_retry_timings("a", *new)
        kept = new if allowed(old, new, both) else old
        timings = store.get_destination_retry_timings("a")
        assert timings == (DestinationRetryTimings(*kept) if kept[1] else None)
        untouched = store.get_destination_retry_timings("b")
        assert untouched == (DestinationRetryTimings(*old) if old[1] else None)


def test_a_sqlite_file_keeps_the_rows(tmp_path: Path) -> None:
    path = str(tmp_path / "homeserver.db")
    open_sqlite(path).set_destination_retry_timings("a", 1, 2, 3)
    assert open_sqlite(path).get_destination_retry_timings("a") == (1, 2, 3)
    assert open_sqlite(path).get_destination_retry_timings("b") is None


@pytest.mark.proves("postgresql-keeps-the-same-rows")
@pytest.mark.slow
def test_postgresql_and_sqlite_keep_the_same_rows(postgres: Server) -> None:
    url = postgres.create("backoff")
    with closing(open_postgresql(url)) as store:
        assert store.get_destination_retry_timings("a") is None
    rng = random.Random(1754)
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(60):
            release = rng.choice([*ERAS, NEWEST])
            sequence = random_sequence(rng, release)
            connection.execute("DELETE FROM destinations")
            replay = Replay(sequence, release, connection, "%s")
            assert replay.run(sequence["operations"]) == ours(sequence, release), DESTINATION
