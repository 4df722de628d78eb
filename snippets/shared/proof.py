"""What the page `How it is proven` shows of the figures, as Markdown."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

PROOF = Path(__file__).parents[2] / "docs" / "proof.json"

_ROWS = (
    ("Pages of the site, and labs", "{pages} and {labs}"),
    ("Python blocks run", "{python_blocks_run}"),
    ("Python blocks shown but not run", "{python_blocks_not_run}"),
    ("Outputs compared with what the page shows", "{outputs_compared}"),
    ("Lab cells run", "{lab_cells_run}"),
    ("Other blocks: commands and pages that a test runs", "{other_blocks_run}"),
    (
        "Other blocks: configurations with which a test starts a proxy",
        "{other_blocks_started}",
    ),
    ("Other blocks: only read, by the shell or by a parser", "{other_blocks_read}"),
    ("Other blocks: neither run nor read; each says why", "{other_blocks_not_run}"),
    ("Requests sent through real proxies and recorded", "{probes}"),
    ("Configurations whose values were compared with two releases'", "{configurations}"),
    ("Minor releases of Synapse that were run for the upgrade notes", "{releases}"),
    ("Upgrade notes, proven and not", "{notes_proven} and {notes_not_proven}"),
)


def read_figures() -> dict[str, Any]:
    """The figures, as they are published; `make update` writes them before this page."""
    figures: dict[str, Any] = json.loads(PROOF.read_text("utf-8"))
    return figures


def figures_table(proof: Mapping[str, Any]) -> str:
    """How much was run, and how."""
    rows = [f"| {what} | {how_many.format_map(proof)} |" for what, how_many in _ROWS]
    return "\n".join(["| What | How many |", "|:--|--:|", *rows])


def comparisons_table(proof: Mapping[str, Any]) -> str:
    """Which real programs ours were compared with."""
    lines = [
        "| Real program | What is compared | Schedules | Steps | Recorded | Refreshed by |",
        "|:--|:--|--:|--:|:--|:--|",
    ]
    for run in proof["comparisons"]:
        cells = (
            run["program"], run["compared"], run["schedules"], run["steps"], run["recorded"],
            f"`{run['command']}`",
        )  # fmt: skip
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def releases_sentence(started: Mapping[str, Iterable[str]]) -> str:
    """Which releases of Synapse a whole test run starts, by what it starts in each test."""
    releases = {release for of_one_test in started.values() for release in of_one_test}
    named = sorted(releases, key=lambda release: [int(part) for part in release.split(".")])
    tests = len(started)
    listed = ", ".join(named[:-1]) + f" and {named[-1]}"
    return (
        f"It starts {len(named)} releases of Synapse: {listed}. {tests} tests start one of them, "
        "as the run itself noted; a run that starts others fails."
    )
