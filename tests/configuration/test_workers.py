"""Workers: the checker finds an error exactly where a real release does not start."""

import json
import os
from pathlib import Path

import pytest

from tests.configuration.deployments import Process
from tests.configuration.starting import errors, ours, synapses
from tests.configuration.workers import cases
from tests.real import synapse
from tests.real.fixtures import synapse_python

# `make test-releases` runs every release, so that each change is tied to the right release.
RUN = synapse.releases() if "EVERY_RELEASE" in os.environ else synapse.COMPARED


@pytest.mark.slow
@pytest.mark.proves("workers-are-checked-as-synapse-does")
@pytest.mark.parametrize("release", RUN)
def test_the_checker_finds_an_error_where_a_worker_or_listener_stops_the_start(
    release: str, tmp_path: Path
) -> None:
    started = []
    for number, (program, options) in enumerate(cases()):
        file = tmp_path / f"{number}.yaml"
        file.write_text(json.dumps(options))
        started.append(Process((str(file),), str(tmp_path), program))
    assert len(started) > 250
    theirs = synapses(synapse_python(release), started, logging=False)
    differing = {
        Path(process.paths[0]).read_text("utf-8"): (error, errors(found))
        for process, error in zip(started, theirs, strict=True)
        if (error is None) == bool(errors(found := ours(process.paths, release[:-2])))
    }
    assert differing == {}
