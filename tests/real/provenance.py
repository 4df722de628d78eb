"""Which real programs each test started: recorded by the run, never typed.

Python reports every process that it starts. A process that runs a program of PROGRAMS, or the
interpreter of a release's environment, counts for the running test; one that a fixture starts
counts for each test that uses the fixture. `started.json` has the programs by test, Synapse with
its release, and the day. A run fails if it differs, and `pytest --record-started` rewrites it.
"""

import datetime
import json
import os
import sys
from collections import defaultdict
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.real import synapse

STARTED = Path(__file__).with_name("started.json")
PROGRAMS = {
    "WebKitWebDriver": "WebKit",
    "apache2": "Apache",
    "caddy": "Caddy",
    "firefox-esr": "Firefox",
    "haproxy": "HAProxy",
    "httpd": "Apache",
    "nginx": "nginx",
    "postgres": "PostgreSQL",
    "redis-server": "Redis",
}
_DRIVER = "playwright/driver/node"  # it starts the browser
_ASKS_ONLY = {"-V", "-v", "--version", "version"}
_noting: list[set[str]] = []  # the current collectors: a test, and fixtures that are being set up
_by_fixture: dict[Any, set[str]] = {}
# In the process that reports: what each test started, and the tests that did not finish.
_started: defaultdict[str, set[str]] = defaultdict(set)
_incomplete: set[str] = set()


def read_started() -> dict[str, list[str]]:
    """The programs that each test starts, by the test's file and name."""
    started: dict[str, list[str]] = json.loads(STARTED.read_text("utf-8"))["tests"]
    return started


def read_day() -> str:
    """The day on which that was noted."""
    day: str = json.loads(STARTED.read_text("utf-8"))["recorded"]
    return day


def read_releases() -> dict[str, list[str]]:
    """The releases of Synapse that each test starts, by the test's file and name."""
    releases = {
        test: [name.removeprefix("Synapse ") for name in programs if name.startswith("Synapse ")]
        for test, programs in read_started().items()
    }
    return {test: named for test, named in releases.items() if named}


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "subprocess.Popen" and _noting:
        executable, given, *_ = arguments
        if program := _program(Path(os.fsdecode(executable)), map(os.fsdecode, given)):
            for noted in _noting:
                noted.add(program)


def _program(executable: Path, given: Iterable[str]) -> str | None:
    """The program that a process runs, with a release of Synapse; None if it is none of ours."""
    if release := synapse.release_of(executable):
        return None if "pip" in given else f"Synapse {release}"  # pip creates the environment
    if executable.as_posix().endswith(_DRIVER):
        return "Chromium"
    return None if _ASKS_ONLY.intersection(given) else PROGRAMS.get(executable.name)


sys.addaudithook(_hear)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--record-started",
        action="store_true",
        help="write the real programs that tests start",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    _noting.append(set())
    try:
        return (yield)
    finally:
        _noting.pop()


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: Any, request: Any) -> Generator[None, object, object]:
    noted: set[str] = set()
    _by_fixture[fixturedef] = noted
    before = set(request._fixture_defs.values())
    _noting.append(noted)
    try:
        return (yield)
    finally:
        _noting.pop()
        # What it asked for with `getfixturevalue` may have been started for an earlier test.
        for other in set(request._fixture_defs.values()) - before - {fixturedef}:
            noted |= _by_fixture.get(other, set())


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    if call.when == "call":
        request = getattr(item, "_request", None)  # pytest has no public attribute for it
        fixtures = request._fixture_defs.values() if request else ()
        programs = _noting[0].union(*(_by_fixture.get(fixture, set()) for fixture in fixtures))
        item.user_properties.append(("programs", sorted(programs)))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    name = report.nodeid.partition("[")[0]
    if not report.passed:
        _incomplete.add(name)
    elif report.when == "call":
        for kind, programs in report.user_properties:
            if kind == "programs" and isinstance(programs, list):
                _started[name].update(programs)


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
    for name, programs in sorted(_started.items()):
        noted = set(recorded.get(name, []))
        new, gone = sorted(programs - noted), sorted(noted - programs)
        if new:
            problems.append(f"{name} starts {', '.join(new)}: started.json does not say so")
        if gone and whole and name not in _incomplete:
            problems.append(f"{name} does not start {', '.join(gone)}: started.json says so")
    return problems


def _record(*, whole: bool) -> None:
    """Writes what ran; drops tests that a full run of their file no longer has."""
    files = {name.partition("::")[0] for name in _started}
    kept = {
        name: set(programs)
        for name, programs in read_started().items()
        if not whole or name in _incomplete or name.partition("::")[0] not in files
    }
    for name, programs in _started.items():
        kept[name] = programs | (kept.get(name, set()) if name in _incomplete else set())
    text = {
        name: sorted(programs, key=_order) for name, programs in sorted(kept.items()) if programs
    }
    noted = {"recorded": datetime.date.today().isoformat(), "tests": text}
    STARTED.write_text(json.dumps(noted, indent=1) + "\n", "utf-8")


def _order(program: str) -> tuple[str, list[int]]:
    name, _, release = program.partition(" ")
    return name, [int(part) for part in release.split(".") if part]
