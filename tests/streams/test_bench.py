"""The benchmark measures what the page shows. No test here is timed."""

import json

import pytest

from tests.real.fixtures import synapse_python
from tests.real.postgres import Server
from tests.streams import bench

RECORDED = json.loads(bench.RECORDED.read_text("utf-8"))


def test_the_recorded_ratios_meet_their_targets() -> None:
    for row in RECORDED["rows"]:
        if "bare" in row["against"]:
            least = 0.8
        elif "stuck" in row["what"]:
            least = 500.0
        elif "without its connection pool" in row["against"]:
            least = 1.0
        else:
            least = 2.0
        assert row["times_as_fast"] >= least, row


@pytest.mark.slow
def test_the_bench_measures_every_recorded_row(
    postgres: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for release in bench.RELEASES.values():
        synapse_python(release)
    small = [(what, kind, min(n, 9), min(f, 9), 9) for what, kind, n, f, _ in bench.CASES]
    monkeypatch.setattr(bench, "CASES", small)
    rows = [*bench.in_memory(2, 9), *bench.on_postgres(postgres, 2, 9)]
    measured = [(row["what"], row["against"]) for row in rows]
    assert measured == [(row["what"], row["against"]) for row in RECORDED["rows"]]
    assert all(row["times_as_fast"] > 0 for row in rows)
