"""`make bench`: the checker compared with Synapse's own reading of the same file, as ratios.

Each round starts both, one after the other, with the same Python, as somebody does at a prompt.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from snippets.shared.speed import recording
from tests import ROOT, benchmarks
from tests.benchmarks import ratio
from tests.configuration.deployments import install
from tests.real import synapse
from tests.real.releases import NEWEST

RECORDED = recording("configuration")
DEPLOYMENT = "synology"
ROUNDS, LINES = 20, (100, 900)
COMMANDS = {
    "ours": ["-m", "snippets.configuration", "check", "--exit-zero"],
    "synapse": ["-m", "synapse.config", "read", "server.server_name", "-c"],
}


def longer(file: Path, lines: int) -> None:
    """Adds entries of a list to a file until it has so many lines."""
    text = file.read_text("utf-8").rstrip("\n").split("\n")
    text.append("allowed_local_3pids:")
    while len(text) < lines:
        number = len(text)
        text += ["  - medium: email", rf"    pattern: '^[^@]+@part{number}\.example$'"]
    file.write_text("\n".join(text) + "\n", "utf-8")


def rounds_of(file: Path, rounds: int) -> dict[str, list[float]]:
    """The seconds of both in each round. Raises CalledProcessError if one refuses the file."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    python = synapse.python(NEWEST)
    for _ in range(rounds):
        for name, command in COMMANDS.items():
            start = time.perf_counter()
            subprocess.run(
                [python, *command, file],
                check=True, capture_output=True, cwd=file.parent, env=environment,
            )  # fmt: skip
            times[name].append(time.perf_counter() - start)
    return times


def rows(rounds: int) -> Iterator[dict[str, Any]]:
    """A row for each length of the file."""
    for lines in LINES:
        print(f"  a file of {lines} lines", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="guide-bench-") as folder:
            file = Path(install(DEPLOYMENT, Path(folder)).paths[0])
            longer(file, lines)
            times = rounds_of(file, rounds)
        yield {
            "what": f"Checking a file of {lines} lines, with the start of the program",
            "against": f"Synapse {NEWEST}, which reads it",
            "times_as_fast": ratio(times["synapse"], times["ours"]),
        }


def bench(rounds: int = ROUNDS) -> dict[str, Any]:
    """All that is recorded. Raises Missing."""
    return benchmarks.recorded(list(rows(rounds)), [], rounds, "both in the same Python")


if __name__ == "__main__":
    sys.exit(benchmarks.main("tests.configuration.bench", bench, RECORDED))
