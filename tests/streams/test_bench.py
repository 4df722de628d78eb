"""The benchmark measures what the page shows. No test here is timed."""

from pathlib import Path

import pytest

from snippets.shared.speed import read_bench
from tests.real import synapse
from tests.real.fixtures import synapse_python
from tests.real.postgres import Server
from tests.real.releases import NEWEST
from tests.streams import bench

RECORDED = read_bench("streams")
# How many times as fast ours is at least, by words of the row; the first that fits counts.
TARGETS = [
    (bench.ONE, bench.FLOOR, 1 / 1.6),
    (bench.SEVERAL, bench.FLOOR, 1 / 4),
    ("PostgreSQL", "bare", 0.7),
    ("PostgreSQL", "without its connection pool", 1.0),
    ("PostgreSQL", "Synapse", 2.0),
    (bench.SEVERAL, "Synapse", 4.0),
    (bench.ONE, "Synapse", 2.0),
]


def test_the_recorded_ratios_meet_their_targets() -> None:
    for row in RECORDED["rows"]:
        least = next(
            n for what, other, n in TARGETS if what in row["what"] and other in row["against"]
        )
        assert row["times_as_fast"] >= least, row


@pytest.mark.proves(
    "synapse-looks-through-what-finished",
    "a-slow-transaction-slows-until-it-ends",
    "a-restart-of-the-worker-ends-this",
)
@pytest.mark.slow
def test_a_completion_of_synapses_visits_all_that_finished_while_an_id_is_stuck() -> None:
    """Ours: `test_completing_after_a_stuck_id_does_not_visit_finished_ones`."""
    driver = Path(__file__).with_name("synapse_visits_driver.py")
    finished = [10, 1000]
    for count, (behind, afterwards) in zip(
        finished, synapse.ask(synapse_python(NEWEST), driver, finished), strict=True
    ):
        assert behind == count + 1
        assert afterwards == 1


@pytest.mark.proves("the-bench-runs-on-synapses-pool")
@pytest.mark.slow
def test_on_postgresql_the_bench_runs_on_one_connection_of_the_releases_own_pool(
    postgres: Server,
) -> None:
    synapse_python(bench.RELEASES[bench.SEVERAL])
    with bench.synapse_on_postgres(postgres.create("bench_where"), 9, "pool") as ask:
        assert ask() > 0
        where = ask("where")
    assert where == {"Synapse's own pool": True, "connections": 1, "in the reactor": True}


@pytest.mark.proves("the-bench-runs-on-synapses-pool", "too-slow-is-not-measured")
@pytest.mark.slow
def test_the_bench_measures_every_recorded_row(
    postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for release in bench.RELEASES.values():
        synapse_python(release)
    rows = [*bench.nothing_pending(2, 9), *bench.on_postgres(postgres, 2, 9)]
    assert [(row["what"], row["against"]) for row in rows] == [
        (row["what"], row["against"]) for row in RECORDED["rows"]
    ]
    assert all(row["times_as_fast"] > 0 for row in rows)

    small = [(*words, sizes[-1:] if sizes[-1] == 64 else [9]) for *words, sizes in bench.CURVES]
    monkeypatch.setattr(bench, "CURVES", small)
    curves = bench.curves(2, 9)
    for curve, recorded in zip(curves, RECORDED["curves"], strict=True):
        for same in ("of", "operation", "size"):
            assert curve[same] == recorded[same]
        assert [*curve["costs"]] == [*recorded["costs"]]
        assert all(cost > 0 for (cost,) in curve["costs"].values())

    assert bench.BUDGET_S / 3 == 1  # in seconds, for one operation
    monkeypatch.setattr(bench, "CURVES", small[-1:])
    ((ours,), (too_slow,)) = bench.curves(2, 9, budget_s=0.0)[0]["costs"].values()
    assert ours > 0
    assert too_slow is None
