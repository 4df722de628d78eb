"""Whole configurations of usual deployments: the checker says what a real start says."""

from pathlib import Path

import pytest

from tests.configuration.deployments import PROCESSES, install
from tests.configuration.starting import errors, ours, synapses
from tests.real.fixtures import synapse_python
from tests.real.releases import COMPARED, NEWEST, OLD

# The environment of this release has no authlib, which these need. The files are right.
NOT_HERE = {OLD: {"keycloak", "compose_demo", "compose_demo worker"}, NEWEST: set[str]()}


@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
def test_the_checker_finds_an_error_in_a_deployment_that_does_not_start_and_in_no_other(
    release: str, tmp_path: Path
) -> None:
    python = synapse_python(release)
    processes = {}
    for number, name in enumerate(PROCESSES):
        processes[name] = install(name, tmp_path / str(number))
    verdicts = dict(zip(processes, synapses(python, processes.values()), strict=True))
    assert {name for name, error in verdicts.items() if "authlib" in (error or "")} == (
        NOT_HERE[release]
    )
    refused = {name for name, error in verdicts.items() if error} - NOT_HERE[release]
    assert 8 <= len(refused) < len(PROCESSES) - 8
    found = {name: errors(ours(p.paths, release[:-2])) for name, p in processes.items()}
    reported = {name for name, codes in found.items() if codes} - NOT_HERE[release]
    assert reported - refused == set()
    assert refused - reported == set()


def test_a_deployment_shows_its_mistakes(tmp_path: Path) -> None:
    expected = {
        "debian": {"replaced-option", "registration-in-folder", "open-end", "unknown-option"},
        "container": {"repeated-option", "unknown-option", "placeholder-token", "matches-nothing"},
        "nixos": {"unknown-option", "not-true-or-false", "open-end"},
        "helm": {"unknown-option"},
        "helm old-worker": {"unknown-option", "bad-worker"},
        "systemd_workers event_persister1": {"bad-listener", "bad-writers", "not-reachable"},
        "bridges": {"removed-option", "shared-between-services", "shared-hs-token"},
        "first_bridge": {"relative-path", "registration-elsewhere", "refused-registration",
                         "no-server-name"},
    }  # fmt: skip
    for number, (name, codes) in enumerate(expected.items()):
        process = install(name, tmp_path / str(number))
        left = {problem.code for problem in ours(process.paths, NEWEST[:-2])}
        assert codes <= left, name
