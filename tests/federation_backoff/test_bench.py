"""The benchmark measures what the page shows. No test here is timed."""

import json

import pytest

from tests.federation_backoff import bench
from tests.real.fixtures import synapse_python
from tests.real.releases import NEWEST

RECORDED = json.loads(bench.RECORDED.read_text("utf-8"))


def test_the_recorded_ratios_meet_their_targets() -> None:
    for row in RECORDED["rows"]:
        assert row["times_as_fast"] >= 2.0, row


@pytest.mark.slow
def test_the_bench_measures_every_recorded_row() -> None:
    synapse_python(NEWEST)
    rows = bench.bench(rounds=2, requests=10)["rows"]
    measured = [(row["what"], row["against"]) for row in rows]
    assert measured == [(row["what"], row["against"]) for row in RECORDED["rows"]]
    assert all(row["times_as_fast"] > 0 for row in rows)
