"""Whether a release starts with configuration files, and what the checker says of them."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from snippets.configuration.check import Problem, check_files
from snippets.configuration.codes import Severity
from snippets.configuration.files import read_files
from snippets.configuration.listed import Listed
from tests.configuration.deployments import Process
from tests.real import synapse

# The codes of what is found in listeners and workers.
WORKERS = {
    "bad-listener", "bad-instance-map", "bad-writers", "bad-worker", "main-as-writer",
    "missing-worker-name", "not-reachable",
}  # fmt: skip
DRIVER = Path(__file__).with_name("synapse_start_driver.py")


def synapses(
    python: Path, processes: Iterable[Process], *, logging: bool = True
) -> list[str | None]:
    """The error with which each process ends, or None if it starts."""
    requests = [
        {
            "program": process.program,
            "folder": process.folder,
            "paths": process.paths,
            "logging": logging,  # whether some of them have a log_config
        }
        for process in processes
    ]
    return synapse.ask(python, DRIVER, requests)


def ours(paths: Sequence[str], release: str) -> list[Problem]:
    """What the checker finds in the same files."""
    files = read_files(paths)
    listed = Listed(files.documents, files.registrations)
    return check_files(files.documents, release=release, listed=listed).problems


def errors(problems: Iterable[Problem]) -> list[str]:
    """The codes of those with which Synapse does not start."""
    return [problem.code for problem in problems if problem.severity is Severity.ERROR]
