"""Pages and test names agree with what a run started, as recorded in tests/real/started.json."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import unmeasured
from tests.docs.guide import ROOT, pages
from tests.docs.named_tests import named_tests
from tests.real import provenance
from tests.real.fixtures import synapse_python
from tests.real.provenance import read_releases, read_started
from tests.real.releases import COMPARED, NEWEST, OLD

STARTED = read_releases()


def _started(name: str) -> set[str]:
    return {r for file in named_tests().get(name, []) for r in STARTED.get(f"{file}::{name}", [])}


def _is_wrongly_named(name: str) -> bool:
    """Whether the name has Synapse in it, but the test starts none and names no recording."""
    if "synapse" not in name or _started(name):
        return False
    return "still" in name or "record" not in name


def test_a_test_named_after_a_server_starts_one_or_names_its_recording() -> None:
    assert {name for name in named_tests() if _is_wrongly_named(name)} == set()


def test_every_test_that_the_run_noted_exists() -> None:
    there = {f"{file}::{name}" for name, files in named_tests().items() for file in files}
    assert set(read_started()) - there == set(), "`pytest --record-started` writes it anew"


def _passages(text: str) -> Iterator[str]:
    """Paragraphs, list items and table rows."""
    passage = ""
    for line in [*text.splitlines(), ""]:
        if not line.strip() or re.match(r"\s*([-*] |\||\d+\. )", line):
            yield passage
            passage = ""
        passage += f"{line.strip()} "


def _unproven(passage: str) -> set[str]:
    """The releases that a passage claims its tests start with every run, although none does."""
    names = re.findall(r"`(test_\w+)`", passage)
    live = re.search(r"every (test )?run|every `make test`", passage)
    apart = "recorded on" in passage or "read in the source packages" in passage
    if not names or not live or apart:
        return set()
    return set(re.findall(r"\b1\.\d+\.\d+\b", passage)).difference(*map(_started, names))


def test_a_passage_that_says_every_run_names_releases_that_its_tests_start() -> None:
    wrong = {
        match[1]: unproven
        for page in pages()
        for passage in _passages(page.read_text("utf-8"))
        if (unproven := _unproven(passage)) and (match := re.search(r"`(test_\w+)`", passage))
    }
    assert wrong == {}


def test_a_name_or_passage_that_claims_too_much_is_found() -> None:
    (live,) = (name for name in named_tests() if name == "test_synapse_writes_the_same_token")
    assert not _is_wrongly_named(live)
    assert _is_wrongly_named("test_synapse_does_as_ours")
    assert _is_wrongly_named("test_synapse_still_does_what_was_recorded_and_is_not_there")
    assert not _is_wrongly_named("test_what_was_recorded_of_synapse_is_ours")
    assert _unproven(f"on 1.91.2, 1.163.2, with every test run, by `{live}`") == {"1.91.2"}
    assert _unproven(f"on 1.91.2, recorded, by `{live}`") == set()


@pytest.mark.slow
def test_the_tests_that_are_found_are_those_that_pytest_collects() -> None:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "tests"], cwd=ROOT, env=unmeasured(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
    collected = {line.partition("[")[0] for line in done.stdout.splitlines() if "::" in line}
    assert collected == {
        f"{file}::{name}" for name, files in named_tests().items() for file in files
    }


STARTING = """
import subprocess
import pytest
from tests.real import provenance
from tests.real.fixtures import synapse_python
from tests.real.releases import NEWEST, OLD

@pytest.fixture(scope="module")
def shared():
    subprocess.run([synapse_python(OLD), "-c", "pass"], check=True)

def test_one(shared):
    subprocess.run([synapse_python(NEWEST), "-c", "pass"], check=True)

def test_other(shared):
    pass

@pytest.fixture(scope="module")
def asking(request):
    request.getfixturevalue("shared")  # already started

def test_first_to_ask(asking):
    pass

def test_next_to_ask(asking):
    pass

def test_none():
    synapse_python(NEWEST)
"""


@pytest.mark.proves("run-notes-what-it-starts")
def test_a_whole_run_that_does_not_start_what_is_noted_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "tests/test_x.py::test_x"
    recorded = {name: ["Redis", "nginx"]}
    with monkeypatch.context() as this_run:  # the run of this test notes what it starts, too
        this_run.setattr(provenance, "_started", {name: {"Redis"}})
        whole, part = (provenance._problems(recorded, whole=whole) for whole in (True, False))
    assert whole == [f"{name} does not start nginx: started.json says so"]
    assert part == []


@pytest.mark.slow
@pytest.mark.proves("run-notes-what-it-starts")
def test_a_run_that_starts_a_release_that_is_not_noted_fails(tmp_path: Path) -> None:
    for release in COMPARED:
        synapse_python(release)
    file = tmp_path / "test_starting.py"
    file.write_text(STARTING)
    plugins = ["-p", "no:cacheprovider", "-p", "tests.real.fixtures", "-p", "tests.real.provenance"]
    command = [sys.executable, "-m", "pytest", "-q", *plugins, str(file)]
    done = subprocess.run(command, cwd=ROOT, env=unmeasured(), capture_output=True, text=True)
    assert "5 passed" in done.stdout, done
    assert done.returncode == 1
    complaints = re.findall(r"::(\w+) starts (.*): started\.json does not say so", done.stdout)
    assert complaints == [
        ("test_first_to_ask", f"Synapse {OLD}"),
        ("test_next_to_ask", f"Synapse {OLD}"),
        ("test_one", f"Synapse {NEWEST}, Synapse {OLD}"),
        ("test_other", f"Synapse {OLD}"),
    ]
