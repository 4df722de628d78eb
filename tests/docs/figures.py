"""Counts what was run and compared, for the page `How it is proven` and for proof.json."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import jupytext

from snippets.configuration.tables import CONFIGURATIONS, DURATIONS
from snippets.reverse_proxies.tables import EXPOSURE
from snippets.shared.history import read_history
from snippets.shared.speed import read_bench
from snippets.streams.recorded_tables import STARTS
from snippets.streams.recorded_tables import STREAMS as CATALOGUE
from snippets.upgrade_notes.notes import read_notes
from tests.docs.checks import treatment
from tests.docs.guide import DOCS, ROOT, labs, pages, scan
from tests.real.releases import NEWEST
from tests.recordings import read

STREAMS, BACKOFF = (
    ROOT / "tests" / subject / "recorded" for subject in ("streams", "federation_backoff")
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
        "bench": [read_bench(subject) for subject in ("streams", "federation_backoff")],
        "starts": _json(STARTS),
        "generators": _json(CATALOGUE)["releases"][NEWEST]["generators"],
        "probes": _probes(_json(EXPOSURE)),
        "configurations": len(_json(CONFIGURATIONS)["texts"]),
        "releases": len(read_history().releases),
        "notes_proven": status.count("proven"),
        "notes_not_proven": status.count("not proven"),
        "durations": _json(DURATIONS),
        "comparisons": [
            _comparison(path)
            for folder in (STREAMS, BACKOFF)
            for path in sorted(folder.glob("*.jsonl"))
        ],
    }


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _probes(exposure: dict[str, Any]) -> int:
    exposed = [*exposure["good"].values(), *exposure["broken"].values()]
    return sum(len(cells) for ports in exposed for cells in ports.values())


def _comparison(path: Path) -> dict[str, Any]:
    about = read(path).about
    mass = about["mass"]
    kept = {name: about[name] for name in ("program", "compared", "recorded", "command")}
    return {**kept, "schedules": mass["count"], "steps": mass["steps"]}
