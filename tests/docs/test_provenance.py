"""What pages and names say of a run is what the run noted: tests/real/started.json."""

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.docs.fences import ROOT, pages
from tests.docs.named_tests import named_tests
from tests.real.provenance import read_started

STARTED = read_started()

# TO DO: these are named after Synapse, and start none. Other hands are at work on their files;
# rename each to what it shows, or let it start Synapse, and take it off this list.
NAMED_AFTER_SYNAPSE_ONLY: set[str] = set()
# TO DO: these lines of pages name a release that none of their tests starts.
UNPROVEN_LINES: dict[str, str] = {}


def _started(name: str) -> set[str]:
    return {r for file in named_tests()[name] for r in STARTED.get(f"{file}::{name}", [])}


def _is_wrongly_named(name: str) -> bool:
    """It has Synapse in its name, and neither starts one nor says that it reads a recording."""
    if "synapse" not in name or _started(name):
        return False
    return "still" in name or "record" not in name


def test_a_test_that_is_named_after_synapse_starts_one_or_says_that_it_reads_a_recording() -> None:
    assert {name for name in named_tests() if _is_wrongly_named(name)} == NAMED_AFTER_SYNAPSE_ONLY


def test_every_test_that_was_noted_to_start_synapse_is_there() -> None:
    there = {f"{file}::{name}" for name, files in named_tests().items() for file in files}
    assert set(STARTED) - there == set(), "`pytest --record-started` writes it anew"


def _lines_of_every_run() -> Iterator[tuple[str, set[str], set[str]]]:
    """Where it stands, the releases that a line names, and those that its tests start."""
    for page in pages():
        for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
            names = re.findall(r"`(test_\w+)`", line)
            if names and re.search(r"every (test )?run|every `make test`", line):
                said = set(re.findall(r"\b1\.\d+\.\d+\b", line))
                yield f"{page.name}:{number}", said, set().union(*map(_started, names))


def test_a_line_that_says_every_run_names_releases_that_its_tests_start() -> None:
    wrong = {
        where: ", ".join(sorted(said - started))
        for where, said, started in _lines_of_every_run()
        if not said <= started
    }
    assert wrong == UNPROVEN_LINES


def test_the_check_of_names_and_lines_finds_what_is_wrong() -> None:
    assert not _is_wrongly_named("test_synapse_still_starts_as_recorded")
    assert not _is_wrongly_named("test_a_page_fits")
    assert any(said and said <= started for _, said, started in _lines_of_every_run())


@pytest.mark.slow
def test_the_tests_that_are_found_are_those_that_pytest_collects() -> None:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run([*command, "tests"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    collected = {line.partition("[")[0] for line in done.stdout.splitlines() if "::" in line}
    assert collected == {
        f"{file}::{name}" for name, files in named_tests().items() for file in files
    }
