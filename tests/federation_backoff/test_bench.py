"""The benchmark measures what the page shows. No test here is timed."""

import pytest

from snippets.shared.speed import read_bench
from tests.federation_backoff import bench
from tests.real.fixtures import synapse_python
from tests.real.releases import NEWEST


@pytest.mark.proves("a-failure-costs-the-same-among-many")
@pytest.mark.slow
def test_the_bench_measures_every_recorded_row(monkeypatch: pytest.MonkeyPatch) -> None:
    synapse_python(NEWEST)
    monkeypatch.setattr(bench, "DESTINATIONS", [1, 20])
    curves = bench.bench(rounds=2, requests=10)["curves"]
    for curve, recorded in zip(curves, read_bench("federation_backoff")["curves"], strict=True):
        for same in ("of", "operation", "size"):
            assert curve[same] == recorded[same]
        assert [*curve["costs"]] == [*recorded["costs"]]
        assert all(cost > 0 for line in curve["costs"].values() for cost in line)
