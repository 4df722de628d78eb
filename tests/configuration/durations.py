"""Durations to try, and what the real Synapses make of them."""

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

DRIVER = Path(__file__).with_name("synapse_duration_driver.py")

# As they stand in homeserver.yaml: YAML reads them first, by the rules of YAML 1.1.
TRAPS = [
    "500", "'500'", "10m", "7d", "1y", "+5s", "'10 m'", "1_000", "1_000s", "'٣m'", "-5m", "0",
    "10:00", "010", "0x10", "1.5", "1.5h", "1h30m", "10ms", "10M", "'10 '", "'10m '", "1e3",
    "banana", "m", "''", "true", "null", "[1]",
]  # fmt: skip


def synapses(python: Path, values: Iterable[Any]) -> list[int | str]:
    """The milliseconds, or the name of the exception, for each value."""
    done = subprocess.run(
        [python, "-W", "ignore", DRIVER],
        input="".join(json.dumps(value) + "\n" for value in values),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
