"""`make bench`: our generators compared with Synapse's in one run, as ratios."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from snippets.shared.speed import recording
from snippets.streams.open_database import open_database
from snippets.streams.storage import StreamStore
from tests import benchmarks
from tests.benchmarks import median_ratio, ratio
from tests.real import postgres, synapse
from tests.real.releases import NEWEST, OLD

HERE = Path(__file__).parent
DRIVER = HERE / "synapse_bench_driver.py"
RECORDED = recording("streams")
ROUNDS, OPERATIONS = 50, 100  # many short ones: some are free of what else the machine does
BUDGET_S = 3.0  # for the rounds of one point of a curve

ONE, SEVERAL = "StreamIdGenerator", "MultiWriterIdGenerator"
RELEASES = {ONE: OLD, SEVERAL: NEWEST}
FLOOR = "an empty context manager, a lock and a counter: the floor"
IDS = [100, 1_000, 10_000, 100_000, 1_000_000]
# Generator, workload, what an operation does, what the size counts, sizes.
CURVES: list[tuple[str, str, str, str, list[int]]] = [
    (ONE, "queue", "An ID completes, the oldest first", "IDs pending", IDS),
    (ONE, "behind", "An ID completes behind a stuck one", "IDs finished", IDS),
    (SEVERAL, "queue", "An ID completes, the oldest first", "IDs pending", IDS),
    (SEVERAL, "behind", "An ID completes behind a stuck one", "IDs finished", IDS),
    (SEVERAL, "write", "A writer completes an ID", "writers", [1, 2, 4, 8, 16, 32, 64]),
    (SEVERAL, "hear", "A writer hears of another's", "writers", [2, 4, 8, 16, 32, 64]),
]

# Ours against Synapse, and against the same statements sent bare.
STATEMENTS = (
    "SELECT nextval(%s::regclass)",
    "INSERT INTO stream_positions VALUES (%s, %s, %s) "
    "ON CONFLICT (stream_name, instance_name) DO UPDATE SET stream_id = EXCLUDED.stream_id "
    "WHERE EXCLUDED.stream_id > stream_positions.stream_id",
)


def asked(
    kind: str, workload: str, size: int, rounds: int, operations: int, budget_s: float
) -> dict[str, Any]:
    """What the driver is to measure."""
    if workload == "behind":  # few beside those that are finished: else there would be more
        operations = max(1, min(operations, size // 10))
    return {
        "kind": kind,
        "workload": workload,
        "writers": size if workload in ("write", "hear") else 3,
        "size": size,
        "rounds": rounds,
        "operations": operations,
        "budget_s": budget_s,
    }


def nothing_pending(rounds: int, operations: int) -> Iterator[dict[str, Any]]:
    """Two rows for each generator: Synapse's time over ours, and the floor's."""
    for kind, release in RELEASES.items():
        what = f"{kind}, nothing pending"
        case = asked(kind, "write", 3, rounds, operations, BUDGET_S)
        times = benchmarks.measured(release, DRIVER, what, case)
        for name, key in ((f"Synapse {release}", "synapse"), (FLOOR, "floor")):
            yield {
                "what": what,
                "against": name,
                "times_as_fast": ratio(times[key], times["ours"]),
            }


def curves(rounds: int, operations: int, budget_s: float = BUDGET_S) -> list[dict[str, Any]]:
    """How the cost grows with what is pending or finished, and with the writers."""
    return [
        benchmarks.curve(
            kind,
            operation,
            size,
            [("ours", "ours"), ("synapse", f"Synapse {RELEASES[kind]}")],
            RELEASES[kind],
            DRIVER,
            [(n, asked(kind, workload, n, rounds, operations, budget_s)) for n in sizes],
        )
        for kind, workload, operation, size, sizes in CURVES
    ]


@contextmanager
def synapse_on_postgres(url: str, operations: int, through: str) -> Iterator[Any]:
    """A function that runs one round of Synapse's generator and returns its seconds.

    Given "where", it returns what the rounds run on.
    """
    driver = HERE / "synapse_postgres_bench_driver.py"
    python = synapse.python(RELEASES[SEVERAL])
    with synapse.asking(python, driver, url, str(operations), through) as ask:
        yield lambda request=None: ask(request)


def on_postgres(server: postgres.Server, rounds: int, operations: int) -> list[dict[str, Any]]:
    """Ours over Synapse's rate, and over that of the bare statements."""
    print("  on PostgreSQL", file=sys.stderr, flush=True)
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
        {"what": what, "against": name, "times_as_fast": median_ratio(times[which], times["ours"])}
        for which, name in against.items()
    ]


def bench(rounds: int = ROUNDS, operations: int = OPERATIONS) -> dict[str, Any]:
    """All that is recorded. Raises Missing."""
    with postgres.server() as server:
        rows = [*nothing_pending(rounds, operations), *on_postgres(server, rounds, operations)]
    beside = f"{postgres.version()} without fsync"
    return benchmarks.recorded(rows, curves(rounds, operations), rounds, beside)


if __name__ == "__main__":
    sys.exit(benchmarks.main("tests.streams.bench", bench, RECORDED))
