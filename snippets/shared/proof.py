"""The figures on the page `How it is proven`, as Markdown."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[2] / "docs"
PROOF = DOCS / "proof.json"

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
    """The published figures; `make update` writes them before it rewrites the page."""
    figures: dict[str, Any] = json.loads(PROOF.read_text("utf-8"))
    return figures


def figures_table(proof: Mapping[str, Any]) -> str:
    """A table: how much was run."""
    rows = [f"| {what} | {how_many.format_map(proof)} |" for what, how_many in _ROWS]
    return "\n".join(["| What | How many |", "|:--|--:|", *rows])


def comparisons_table(proof: Mapping[str, Any]) -> str:
    """A table: the real programs that ours are compared with."""
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


def headline_figures(proof: Mapping[str, Any]) -> str:
    """The figures that say most, for the home page."""
    steps = sum(row["steps"] for row in proof["comparisons"])
    notes = proof["notes_proven"], proof["notes_proven"] + proof["notes_not_proven"]
    figures = [
        (proof["releases"], "minor releases of Synapse, each of them run"),
        (steps, "steps compared with real Synapse, one by one"),
        (proof["probes"], "requests sent through four real proxies and recorded"),
        (proof["python_blocks_run"], "blocks of Python on these pages, all of them run"),
        ("{} of {}".format(*notes), "upgrade notes, seen before and after"),
    ]
    return "\n".join(
        f"- **{f'{figure:,}' if isinstance(figure, int) else figure}** {what}"
        for figure, what in figures
    )


def releases_sentence(started: Mapping[str, Iterable[str]]) -> str:
    """A sentence: which releases a full test run starts. `started` has them by test."""
    releases = {release for of_one_test in started.values() for release in of_one_test}
    named = sorted(releases, key=lambda release: [int(part) for part in release.split(".")])
    tests = len(started)
    listed = ", ".join(named[:-1]) + f" and {named[-1]}"
    return (
        f"It starts {len(named)} releases of Synapse: {listed}. {tests} tests start one of them, "
        "as the run itself noted; a run that starts others fails."
    )
