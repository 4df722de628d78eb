"""`make bench`: our limiter compared with Synapse's in one run, as ratios."""

import sys
from pathlib import Path
from typing import Any

from tests import benchmarks
from tests.real import synapse
from tests.real.releases import NEWEST

HERE = Path(__file__).parent
RECORDED = HERE / "recorded" / "bench.json"
DRIVER = HERE / "synapse_bench_driver.py"
ROUNDS, REQUESTS = 9, 1000
AGAINST = {
    "pool": f"Synapse {NEWEST}",
    "connection": f"the limiter of Synapse {NEWEST} without its connection pool",
}


def bench(rounds: int = ROUNDS, requests: int = REQUESTS) -> dict[str, Any]:
    """The whole table. Raises Missing."""
    asked = {"rounds": rounds, "requests": requests}
    (cases,) = synapse.ask(synapse.python(NEWEST), DRIVER, [asked], timeout_s=None)
    rows = [
        {
            "what": f"RetryDestinationLimiter on SQLite, {case}",
            "against": against,
            "times_as_fast": benchmarks.ratio(times[name], times["ours"]),
        }
        for case, times in cases.items()
        for name, against in AGAINST.items()
    ]
    return benchmarks.table(rows, rounds, "SQLite without fsync")


if __name__ == "__main__":
    sys.exit(benchmarks.main("tests.federation_backoff.bench", bench, RECORDED))
