"""`make bench`: our limiter compared with Synapse's in one run, as ratios."""

import sys
from pathlib import Path
from typing import Any

from snippets.shared.speed import recording
from tests import benchmarks
from tests.benchmarks import Line
from tests.real.releases import NEWEST

DRIVER = Path(__file__).with_name("synapse_bench_driver.py")
RECORDED = recording("federation_backoff")
ROUNDS, REQUESTS = 50, 60
DESTINATIONS = [1, 10, 100, 1_000, 10_000, 100_000]
LINES: list[Line] = [
    ("ours", "ours"),
    ("pool", f"Synapse {NEWEST}"),
    ("connection", "the same without its pool"),
]
# What a request does, by the driver's name for it.
CASES = {
    "every request succeeds": "One request, every request succeeds",
    "every request fails": "One request, every request fails",
}


def bench(rounds: int = ROUNDS, requests: int = REQUESTS) -> dict[str, Any]:
    """All that is recorded. Raises Missing."""
    curves = [
        benchmarks.curve("RetryDestinationLimiter", title, "destinations", LINES, NEWEST, DRIVER, [
            (size, {"destinations": size, "case": case, "rounds": rounds, "operations": requests})
            for size in DESTINATIONS
        ])
        for case, title in CASES.items()
    ]  # fmt: skip
    return benchmarks.recorded([], curves, rounds, "SQLite without fsync")


if __name__ == "__main__":
    sys.exit(benchmarks.main("tests.federation_backoff.bench", bench, RECORDED))
