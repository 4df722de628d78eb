"""Runs pytest and writes as JSON which tests passed, and in how many seconds each.

    python -P timed.py passed.json [pytest's arguments]

It runs in a copy of the repository, with that copy's `snippets/`: it imports nothing from here.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path

import pytest


class Passed:
    """A pytest plugin that notes how long each test took with what was set up for it."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.others: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] += report.duration
        if not report.passed:
            self.others.add(report.nodeid)


if __name__ == "__main__":
    noted = Passed()
    pytest.main(sys.argv[2:], plugins=[noted])
    passed = {test: took for test, took in noted.seconds.items() if test not in noted.others}
    Path(sys.argv[1]).write_text(json.dumps(passed), "utf-8")
