"""Markdown tables of recorded starts and tables of real Synapse releases.

`make record` writes the two recordings in this folder.
"""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from snippets.shared.markdown import table
from snippets.streams.catalogue import NEW, OLD

STARTS = Path(__file__).with_name("starts.json")
STREAMS = Path(__file__).with_name("streams.json")


def starts_table() -> str:
    """For each state of the tables: how two releases, and ours, start on it."""
    recorded = json.loads(STARTS.read_text("utf-8"))
    starters = [recorded["synapse"][OLD], recorded["synapse"][NEW], recorded["ours"]]
    rows = []
    for number, state in enumerate(recorded["states"]):
        position = "none" if state["position"] is None else state["position"]
        starts = [_start(answers[number], state) for answers in starters]
        rows.append((state["row"], position, state["last_value"], *starts))
    numbers = ["Highest row", "Recorded position", "Sequence"]
    return table([*numbers, OLD, NEW, "Ours"], rows, right=numbers)


def _start(answer: dict[str, Any], state: dict[str, Any]) -> str:
    if "error" in answer:
        return "refuses to start"
    raised = abs(answer["last_value"]) != state["last_value"]
    sequence = f", sequence at {answer['last_value']}" if raised else ""
    return f"starts at {answer['token']}{sequence}"


def start_errors_table() -> str:
    """Each error of a release that refuses to start: what it means, and what to run."""
    synapse = json.loads(STARTS.read_text("utf-8"))["synapse"]
    releases = defaultdict(list)
    for release in (OLD, NEW):
        for answer in synapse[release]:
            if "error" in answer:
                releases[answer["error"]].append(release)
    rows = [
        (error, ", ".join(saying), _meaning(error), "[the repair](#the-repair)")
        for error, saying in releases.items()
    ]
    return table(["What Synapse says", "In", "What it means", "What to run"], rows)


def _meaning(error: str) -> str:
    if "stream position" in error:
        return "a recorded position is beyond the sequence"
    return "a row is beyond the sequence"


def generators_table() -> str:
    """The several-writer generators of the newest release: stream, sequence, columns of IDs."""
    generators = json.loads(STREAMS.read_text("utf-8"))["releases"][NEW]["generators"]
    rows = [
        (
            f"`{made['stream_name']}`{'' if made['positive'] else ' (negative)'}",
            f"`{made['sequence_name']}`",
            ", ".join(f"`{column}`" for column in made["columns"]),
        )
        for made in generators
    ]
    return table(["In `stream_positions`", "Sequence", "Columns of IDs"], rows)
