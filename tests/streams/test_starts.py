"""What Synapse and ours make of tables that fit together, and of tables that do not."""

import json
from pathlib import Path

import pytest

from tests.real.postgres import Server
from tests.streams.record import STARTS
from tests.streams.starts import STATES, ours, synapses

RECORDING = json.loads(STARTS.read_text("utf-8"))


def test_the_recording_has_every_state() -> None:
    assert RECORDING["states"] == STATES
    assert RECORDING["ours"] == ours()


@pytest.mark.slow
def test_synapse_still_starts_as_recorded(
    synapse_1_90_python: Path, synapse_1_163_python: Path, postgres: Server
) -> None:
    for release, python in (("1.90.0", synapse_1_90_python), ("1.163.2", synapse_1_163_python)):
        url = postgres.create(f"starts_{release.replace('.', '_')}")
        assert synapses(python, url) == RECORDING["synapse"][release], release
