"""Loads the plugin for pages. It is here so that `pytest docs/streams/index.md` finds it too."""

import gc
import os

import pytest

pytest_plugins = [
    "tests.real.fixtures",
    "tests.real.provenance",
    "tests.docs.harness.plugin",
    "tests.docs.plugin",  # last: it imports from the others
]


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """For `-n auto` one process for each processor; one more where tests wait for real programs."""
    processors = os.cpu_count() or 1
    return processors if config.option.markexpr == "not slow" else processors + 1


def pytest_collection_finish() -> None:
    """The garbage collector need not look again and again at what lives as long as the run."""
    gc.collect()
    gc.freeze()
