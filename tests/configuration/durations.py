"""Durations to try, and how real Synapses read them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.real import synapse

DRIVER = Path(__file__).with_name("synapse_duration_driver.py")

# As written in homeserver.yaml: YAML 1.1 parses them first.
TRAPS = [
    "500", "'500'", "10m", "7d", "1y", "+5s", "'10 m'", "1_000", "1_000s", "'٣m'", "-5m", "0",
    "10:00", "010", "0x10", "1.5", "1.5h", "1h30m", "10ms", "10M", "'10 '", "'10m '", "1e3",
    "banana", "m", "''", "true", "null", "[1]",
]  # fmt: skip


def synapses(python: Path, values: Iterable[Any]) -> list[int | str]:
    """The milliseconds, or the name of the exception, for each value."""
    return synapse.ask(python, DRIVER, values)
