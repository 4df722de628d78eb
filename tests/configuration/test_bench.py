"""The benchmark measures what the page shows. No test here is timed."""

from pathlib import Path

import pytest

from snippets.configuration.files import read_files
from snippets.shared.speed import read_bench
from tests.configuration import bench
from tests.configuration.deployments import install
from tests.real.fixtures import synapse_python
from tests.real.releases import NEWEST


@pytest.mark.proves("the-checker-and-synapse-read-one-file")
@pytest.mark.slow
def test_the_bench_measures_every_recorded_row() -> None:
    """Both commands read each file, or the bench would end with an error."""
    synapse_python(NEWEST)
    for row, recorded in zip(
        bench.bench(rounds=1)["rows"], read_bench("configuration")["rows"], strict=True
    ):
        assert (row["what"], row["against"]) == (recorded["what"], recorded["against"])
        assert row["times_as_fast"] > 0


def test_a_file_is_made_longer_by_the_entries_of_a_list(tmp_path: Path) -> None:
    file = Path(install(bench.DEPLOYMENT, tmp_path).paths[0])
    before = read_files([str(file)]).documents[str(file)].values
    bench.longer(file, 900)
    assert 900 <= len(file.read_text("utf-8").splitlines()) <= 901
    after = read_files([str(file)]).documents[str(file)].values
    assert after == {**before, "allowed_local_3pids": after["allowed_local_3pids"]}
