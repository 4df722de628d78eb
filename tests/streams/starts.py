"""States of a stream's tables, and how Synapse and ours start on each."""

from pathlib import Path
from typing import Any

from snippets.streams.consistency import InconsistentStream
from snippets.streams.open_database import open_database
from snippets.streams.storage import StreamStore
from tests.real import synapse

DRIVER = Path(__file__).with_name("synapse_start_driver.py")
STATES: list[dict[str, Any]] = [
    {"row": 5, "position": 5, "last_value": 5},
    {"row": 5, "position": 3, "last_value": 5},
    {"row": 5, "position": 7, "last_value": 9},
    {"row": 9, "position": 5, "last_value": 5},
    {"row": 5, "position": 9, "last_value": 5},
    {"row": -5, "position": -9, "last_value": 5},
    # The fifth state after a repair: the sequence raised, or the positions deleted.
    {"row": 5, "position": 9, "last_value": 9},
    {"row": 5, "position": None, "last_value": 5},
]


def synapses(python: Path, url: str) -> list[dict[str, Any]]:
    """How the release starts on each state."""
    return synapse.ask(python, DRIVER, STATES, url)


def ours() -> list[dict[str, Any]]:
    """How ours starts on each state, on SQLite."""
    return [_started(**state) for state in STATES]


def _started(row: int, position: int | None, last_value: int) -> dict[str, Any]:
    with open_database("sqlite::memory:") as database:
        store = StreamStore(database, positive=row > 0)
        store.create()
        store.add(row, "w1", [None])
        if position is not None:
            store.record_position("w1", position)
        database.set_last_value("facts_sequence", last_value)
        try:
            generator = store.load("w1", ["w1"])
        except InconsistentStream as error:
            return {"error": str(error)}
        after = database.last_value("facts_sequence")
        return {"token": generator.get_current_token(), "last_value": after}
