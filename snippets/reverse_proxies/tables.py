"""Markdown tables of recorded requests through real proxies.

`make record` writes the recording in this folder.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from snippets.shared.markdown import provenance, table

EXPOSURE = Path(__file__).with_name("exposure.json")
_WORDS = {"0": "none", "exposed": "**exposed**"}


def proven_with(proxy: str) -> str:
    """A sentence: the version of a proxy, such as `nginx`, and the day of its recording."""
    recorded = _read()
    versions, day = recorded["versions"], recorded["recorded"]
    return provenance(f"Proven with {versions[proxy]}, recorded on {day}.")


def recorded_with() -> str:
    """A sentence: the versions of all proxies, and the day of the recording."""
    recorded = _read()
    versions, day = recorded["versions"], recorded["recorded"]
    return provenance(f"Recorded on {day} with {', '.join(versions.values())}.")


def exposure_of_good() -> str:
    """What happens to each probe behind the configurations that the pages print."""
    return _exposure_table("good")


def exposure_of_broken() -> str:
    """The same behind configurations that are known to be bad."""
    return _exposure_table("broken")


def _read() -> Any:
    return json.loads(EXPOSURE.read_text("utf-8"))


def _exposure_table(kind: str) -> str:
    recorded = _read()
    rows = [
        (
            f"{probe}<br>{_shortened(target)}",
            *(_cell(ports, probe) for ports in recorded[kind].values()),
        )
        for probe, target in recorded["probes"].items()
    ]
    return table(["Probe", *recorded[kind]], rows)


def _shortened(target: str) -> str:
    short = target if len(target) < 42 else f"{target[:28]}…{target[-12:]}"
    return f"`{short.replace('|', '%7C')}`"


def _cell(ports: Mapping[str, Mapping[str, str]], probe: str) -> str:
    """What happens to it at each port; once if all ports do the same."""
    cells = [_WORDS.get(cells[probe], cells[probe]) for cells in ports.values()]
    return cells[0] if len(set(cells)) == 1 else " / ".join(cells)
