"""A run of the probe that was recorded: Apache with two mistakes, before a real Synapse.

`probed.json` beside this file has what was asked and what was found; `make record` rewrites it.
"""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from snippets.reverse_proxies.finding import Finding, Verdict

PROBED = Path(__file__).with_name("probed.json")


def findings() -> list[Finding]:
    """What was found."""
    return [
        Finding(**{**fields, "verdict": Verdict(fields["verdict"])})
        for fields in _read()["findings"]
    ]


def requests() -> Mapping[str, Counter[str]]:
    """How many were sent to each host:port, by their method; `TLS` is a handshake alone."""
    sent: dict[str, Counter[str]] = {}
    for asked in _read()["asked"]:
        place, what = asked.split(": ", 1)
        sent.setdefault(place, Counter())[what.split(" ")[0]] += 1
    return sent


def _read() -> Any:
    return json.loads(PROBED.read_text("utf-8"))
