"""Markdown tables of recorded requests through real proxies.

`make record` writes the recording in this folder.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from snippets.shared.markdown import provenance, table

EXPOSURE = Path(__file__).with_name("exposure.json")
NOTHING = "0"  # no answer: the connection is closed

# The probe with which a section of the tables begins.
SECTIONS = {
    "client API": "What clients and other servers use",
    "root": "What only the server itself needs",
    "static": "Names that are nearly right",
    "dots to admin": "Dots that lead to the admin API",
    "metrics, encoded letter": "Encoded letters and doubled slashes",
    "backslash": "Backslashes, semicolons, control characters, fragments",
    "admin path ending like a client path, dots": "An admin path that ends like a client path",
    "doubly encoded dots": "Dots that are encoded once more",
    "absolute form": "Targets that are no path",
}


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
    recorded = _read()
    probes = {probe: f"{probe}<br>`{target}`" for probe, target in recorded["probes"].items()}
    return _exposure_table(recorded["good"], probes)


def exposure_of_broken() -> str:
    """The same behind configurations that are known to be bad and forward something; here the
    probes have only their names.
    """
    recorded = _read()
    forwarding = {
        name: ports
        for name, ports in recorded["broken"].items()
        if any(answer != NOTHING for answered in ports.values() for answer in answered.values())
    }
    return _exposure_table(forwarding, {probe: probe for probe in recorded["probes"]})


def _read() -> Any:
    return json.loads(EXPOSURE.read_text("utf-8"))


def _exposure_table(
    configurations: Mapping[str, Mapping[str, Mapping[str, str]]], probes: Mapping[str, str]
) -> str:
    """A line for each probe: as it is shown, and what happens to it behind each configuration.
    A section begins with a line that has only its name.
    """
    rows = []
    for probe, shown in probes.items():
        if probe in SECTIONS:
            rows.append((f"**{SECTIONS[probe]}**", *("" for _ in configurations)))
        rows.append((shown, *(_cell(ports, probe) for ports in configurations.values())))
    return table(["Probe", *configurations], rows)


def _cell(ports: Mapping[str, Mapping[str, str]], probe: str) -> str:
    """What happens to it, with a verdict; if the ports differ, at each port."""
    answers = {port: answered[probe] for port, answered in ports.items()}
    answer, *others = set(answers.values())
    if others:
        return "<br>".join(f"{port}: {_in_words(given)}" for port, given in answers.items())
    mark = {"passes": ".verdict", "exposed": ".verdict .bad"}.get(answer, ".verdict .good")
    return f"{_in_words(answer)} {{{mark}}}"


def _in_words(answer: str) -> str:
    """A number is the proxy's own answer."""
    if not answer.isdigit():
        return answer
    return f"{'refused' if answer.startswith('4') else 'answered'} {answer}"
