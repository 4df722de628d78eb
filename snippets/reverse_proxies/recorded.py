"""A recorded run of the probe: Apache with two mistakes, in front of a real Synapse.

`probed.json` in this folder has the requests and the findings; `make record` rewrites it.
"""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from snippets.reverse_proxies.finding import Finding, Verdict
from snippets.reverse_proxies.report import line, summary
from snippets.shared.markdown import provenance, table

COMMAND = "synapse-guide probe https://matrix.example.com --server-name example.com"
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


def session() -> str:
    """A block with the command and what it printed, and the release of Synapse."""
    printed = [*map(line, findings()), "", summary(findings())]
    return "\n".join(
        [
            '```{.console .notest title="Not run: a recording that a test repeats"}',
            f"$ {COMMAND}",
            *printed,
            "```",
            "",
            provenance(f"Recorded with Synapse {_read()['release']}."),
        ]
    )


def sent() -> str:
    """A table: the number of requests to each host:port, by method."""
    counts = requests()
    methods = list(dict.fromkeys(method for place in counts.values() for method in place))
    rows = [
        (f"`{place}`", *(count[method] or "" for method in methods))
        for place, count in counts.items()
    ]
    return table(["To", *methods], rows, right=methods)


def _read() -> Any:
    return json.loads(PROBED.read_text("utf-8"))
