"""Counts what was run and compared, for the page `How it is proven` and for proof.json."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import jupytext

from snippets.shared.history import read_history
from snippets.upgrade_notes.notes import read_notes
from tests.docs.checks import treatment
from tests.docs.fences import DOCS, ROOT, labs, pages, scan
from tests.real.provenance import read_started
from tests.real.releases import NEWEST

__all__ = ["PROOF", "figures", "read_started"]

PROOF = DOCS / "proof.json"
STREAMS, BACKOFF, CONFIGURATION, PROXIES = (
    ROOT / "tests" / subject / "recorded"
    for subject in ("streams", "federation_backoff", "configuration", "reverse_proxies")
)


def figures() -> dict[str, Any]:
    """The figures, as published at /proof.json."""
    fences = [fence for page in pages() for fence in scan(page)]
    python = [fence for fence in fences if fence.language == "python"]
    run = [fence for fence in python if not fence.not_run]
    shown = [fence.output for fence in run if fence.output]
    others = [f for f in fences if f.language != "python" and not any(f is o for o in shown)]
    treated = Counter(map(treatment, others))
    status = [note.proof.status for note in read_notes()]
    cells = [cell for lab in labs() for cell in jupytext.read(lab).cells]
    return {
        "pages": len(list(DOCS.rglob("*.md"))),
        "labs": len(labs()),
        "python_blocks_run": len(run),
        "python_blocks_not_run": len(python) - len(run),
        "outputs_compared": len(shown),
        "lab_cells_run": sum(cell.cell_type == "code" for cell in cells),
        "other_blocks_run": treated["run"],
        "other_blocks_started": treated["started"],
        "other_blocks_read": treated["read"],
        "other_blocks_not_run": treated["not run"],
        "bench": [_json(folder / "bench.json") for folder in (STREAMS, BACKOFF)],
        "starts": _json(STREAMS / "starts.json"),
        "generators": _json(STREAMS / "streams.json")["releases"][NEWEST]["generators"],
        "probes": _probes(_json(PROXIES / "exposure.json")),
        "configurations": len(_json(CONFIGURATION / "configurations.json")["texts"]),
        "releases": len(read_history().releases),
        "notes_proven": status.count("proven"),
        "notes_not_proven": status.count("not proven"),
        "durations": _json(CONFIGURATION / "durations.json"),
        "comparisons": [
            _comparison(path)
            for folder in (STREAMS, BACKOFF)
            for path in sorted(folder.glob("*.jsonl"))
        ],
    }


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _probes(exposure: dict[str, Any]) -> int:
    found = [*exposure["good"].values(), *exposure["broken"].values()]
    return sum(len(cells) for ports in found for cells in ports.values())


def _comparison(path: Path) -> dict[str, Any]:
    about, *runs = map(json.loads, path.read_text("utf-8").splitlines())
    return {**about, "schedules": len(runs), "steps": sum(len(run["seen"]) for run in runs)}
