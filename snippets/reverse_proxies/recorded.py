"""A recorded run of the probe: Apache with two mistakes, in front of a real Synapse.

`probed.json` in this folder has the requests and the findings; `make record` rewrites it.
"""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from snippets.reverse_proxies.finding import Finding, Verdict

PROBED = Path(__file__).with_name("probed.json")


def findings() -> list[Finding]:
    """The recorded findings."""
    return [
        Finding(**{**fields, "verdict": Verdict(fields["verdict"])})
        for fields in _read()["findings"]
    ]


def requests() -> Mapping[str, Counter[str]]:
    """The number of requests to each host:port, by method; `TLS` is a handshake without one."""
    sent: dict[str, Counter[str]] = {}
    for asked in _read()["asked"]:
        place, what = asked.split(": ", 1)
        sent.setdefault(place, Counter())[what.split(" ")[0]] += 1
    return sent


def _read() -> Any:
    return json.loads(PROBED.read_text("utf-8"))
