"""`make bench`: our generators compared with Synapse's in one run, as ratios."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from snippets.streams.open_database import open_database
from snippets.streams.storage import StreamStore
from tests import benchmarks
from tests.benchmarks import ratio
from tests.real import postgres, synapse
from tests.real.releases import NEWEST, OLD

HERE = Path(__file__).parent
RECORDED = HERE / "recorded" / "bench.json"
ROUNDS = 9
OPERATIONS = 2_000

ONE, SEVERAL = "StreamIdGenerator", "MultiWriterIdGenerator"
# What, generator, IDs pending, IDs finished above the oldest, operations of Synapse's in a round.
CASES = [
    ("nothing pending", ONE, 0, 0, OPERATIONS),
    ("1 000 pending", ONE, 1_000, 0, OPERATIONS),
    ("100 000 pending", ONE, 100_000, 0, OPERATIONS),
    ("nothing pending", SEVERAL, 0, 0, OPERATIONS),
    ("1 000 pending", SEVERAL, 1_000, 0, OPERATIONS),
    ("100 000 pending", SEVERAL, 100_000, 0, OPERATIONS),
    ("behind one stuck ID, 100 000 finished", SEVERAL, 1, 100_000, 20),
]
RELEASES = {ONE: OLD, SEVERAL: NEWEST}

# Ours against Synapse, and against the same statements sent bare.
STATEMENTS = (
    "SELECT nextval(%s::regclass)",
    "INSERT INTO stream_positions VALUES (%s, %s, %s) "
    "ON CONFLICT (stream_name, instance_name) DO UPDATE SET stream_id = EXCLUDED.stream_id "
    "WHERE EXCLUDED.stream_id > stream_positions.stream_id",
)


def in_memory(rounds: int, operations: int) -> Iterator[dict[str, Any]]:
    """One row for each case: Synapse's time per operation over ours."""
    for kind, release in RELEASES.items():
        cases = [case for case in CASES if case[1] == kind]
        asked = [
            {
                "kind": kind,
                "pending": pending,
                "finished": finished,
                "operations": operations,
                "slow": min(slow, operations),
                "rounds": rounds,
            }
            for _, _, pending, finished, slow in cases
        ]
        python = synapse.python(release)
        answers = synapse.ask(python, HERE / "synapse_bench_driver.py", asked, timeout_s=None)
        for (what, *_), times in zip(cases, answers, strict=True):
            yield {
                "what": f"{kind}, {what}",
                "against": f"Synapse {release}",
                "times_as_fast": ratio(times["synapse"], times["ours"]),
            }


@contextmanager
def synapse_on_postgres(url: str, operations: int, through: str) -> Iterator[Any]:
    """A function that runs one round of Synapse's generator and returns its seconds."""
    driver = HERE / "synapse_postgres_bench_driver.py"
    python = synapse.python(RELEASES[SEVERAL])
    with synapse.asking(python, driver, url, str(operations), through) as ask:
        yield lambda: ask(None)


def on_postgres(server: postgres.Server, rounds: int, operations: int) -> list[dict[str, Any]]:
    """Ours over Synapse's rate, and over that of the bare statements."""
    times: dict[str, list[float]] = {"pool": [], "connection": [], "ours": [], "bare": []}
    with (
        synapse_on_postgres(server.create("bench_pool"), operations, "pool") as on_pool,
        synapse_on_postgres(server.create("bench_one"), operations, "connection") as on_connection,
        open_database(server.create("bench_ours")) as database,
        psycopg.connect(server.url("bench_ours"), autocommit=True, prepare_threshold=0) as bare,
    ):
        store = StreamStore(database)
        store.create()
        generator = store.load("w1", ["w1"])
        cursor = bare.cursor()
        for _ in range(rounds):
            times["pool"].append(on_pool())
            times["connection"].append(on_connection())

            start = time.perf_counter()
            for _ in range(operations):
                with generator.get_next():
                    pass
                store.record_position("w1", generator.get_current_token_for_writer("w1"))
            times["ours"].append(time.perf_counter() - start)

            start = time.perf_counter()
            for _ in range(operations):
                cursor.execute(STATEMENTS[0], ("facts_sequence",))
                ((stream_id,),) = cursor.fetchall()
                cursor.execute(STATEMENTS[1], ("facts", "w1", stream_id))
            times["bare"].append(time.perf_counter() - start)
    what = f"{SEVERAL} on PostgreSQL, position recorded"
    against = {
        "pool": f"Synapse {RELEASES[SEVERAL]}",
        "connection": f"the generator of Synapse {RELEASES[SEVERAL]} without its connection pool",
        "bare": "the same statements, bare through psycopg",
    }
    return [
        {"what": what, "against": name, "times_as_fast": ratio(times[which], times["ours"])}
        for which, name in against.items()
    ]


def bench(rounds: int = ROUNDS, operations: int = OPERATIONS) -> dict[str, Any]:
    """The whole table. Raises Missing."""
    with postgres.server() as server:
        rows = [*in_memory(rounds, operations), *on_postgres(server, rounds, operations)]
    return benchmarks.table(rows, rounds, f"{postgres.version()} without fsync")


if __name__ == "__main__":
    sys.exit(benchmarks.main("tests.streams.bench", bench, RECORDED))
