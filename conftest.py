"""Loads the plugin for pages. It is here so that `pytest docs/streams/index.md` finds it too."""

import os

pytest_plugins = [
    "tests.real.fixtures",
    "tests.real.provenance",
    "tests.docs.harness.plugin",
    "tests.docs.plugin",  # last: it imports from the others
]


def pytest_xdist_auto_num_workers() -> int:
    """One process more than processors, for `-n auto`: half of the time tests wait for servers."""
    return (os.cpu_count() or 1) + 1
