"""Which releases of Synapse each test really started: recorded by the run, never typed.

Python reports every process that it starts. A process that runs the interpreter of a release's
environment counts for the running test; one that a fixture starts counts for each test that uses
the fixture. `started.json` has the releases by test. A run fails if it differs, and `pytest
--record-started` rewrites it.
"""

import json
import os
import sys
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.real import synapse

STARTED = Path(__file__).with_name("started.json")
_noting: list[set[str]] = []  # the current collectors: a test, and fixtures that are being set up
_by_fixture: dict[Any, set[str]] = {}
# In the process that reports: what each test started, and the tests that did not finish.
_started: defaultdict[str, set[str]] = defaultdict(set)
_incomplete: set[str] = set()


def read_started() -> dict[str, list[str]]:
    """The releases that each test starts, by the test's file and name."""
    started: dict[str, list[str]] = json.loads(STARTED.read_text("utf-8"))
    return started


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "subprocess.Popen" and _noting:
        executable, given, *_ = arguments
        release = synapse.release_of(Path(os.fsdecode(executable)))
        if release and "pip" not in given:  # pip creates the environment
            for noted in _noting:
                noted.add(release)


sys.addaudithook(_hear)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--record-started",
        action="store_true",
        help="write the releases of Synapse that tests start",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    _noting.append(set())
    try:
        return (yield)
    finally:
        _noting.pop()


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: Any) -> Generator[None, object, object]:
    _by_fixture[fixturedef] = set()
    _noting.append(_by_fixture[fixturedef])
    try:
        return (yield)
    finally:
        _noting.pop()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    if call.when == "call":
        request = getattr(item, "_request", None)  # pytest has no public attribute for it
        fixtures = request._fixture_defs.values() if request else ()
        releases = _noting[0].union(*(_by_fixture.get(fixture, set()) for fixture in fixtures))
        item.user_properties.append(("synapse", sorted(releases)))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    name = report.nodeid.partition("[")[0]
    if not report.passed:
        _incomplete.add(name)
    elif report.when == "call":
        for kind, releases in report.user_properties:
            if kind == "synapse" and isinstance(releases, list):
                _started[name].update(releases)


def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    if hasattr(config, "workerinput") or "EVERY_RELEASE" in os.environ or not _started:
        return
    chosen = config.option.keyword or config.option.markexpr or any("::" in a for a in config.args)
    if config.option.record_started:
        _record(whole=not chosen)
    elif problems := _problems(read_started(), whole=not chosen):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter = config.pluginmanager.getplugin("terminalreporter")
        for problem in problems:
            reporter.write_line(f"\n{problem}; `pytest --record-started FILE` writes it")


def _problems(recorded: dict[str, list[str]], *, whole: bool) -> list[str]:
    """The differences, for the tests that ran; in a full run all parameters of a test ran."""
    problems = []
    for name, releases in sorted(_started.items()):
        noted = set(recorded.get(name, []))
        new, gone = sorted(releases - noted), sorted(noted - releases)
        if new:
            problems.append(f"{name} starts Synapse {', '.join(new)}: started.json does not say so")
        if gone and whole and name not in _incomplete:
            problems.append(
                f"{name} does not start Synapse {', '.join(gone)}: started.json says so"
            )
    return problems


def _record(*, whole: bool) -> None:
    """Writes what ran; drops tests that a full run of their file no longer has."""
    files = {name.partition("::")[0] for name in _started}
    kept = {
        name: set(releases)
        for name, releases in read_started().items()
        if not whole or name in _incomplete or name.partition("::")[0] not in files
    }
    for name, releases in _started.items():
        kept[name] = releases | (kept.get(name, set()) if name in _incomplete else set())
    text = {
        name: sorted(releases, key=_order) for name, releases in sorted(kept.items()) if releases
    }
    STARTED.write_text(json.dumps(text, indent=1) + "\n", "utf-8")


def _order(release: str) -> list[int]:
    return [int(part) for part in release.split(".")]
