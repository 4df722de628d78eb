"""`make record`: sends every probe through every proxy, and records the results."""

import datetime
import json
import sys
from typing import Any

from snippets.reverse_proxies.tables import EXPOSURE
from tests.real import Missing
from tests.reverse_proxies.clients import get
from tests.reverse_proxies.configurations import BROKEN, GOOD, Behind, running
from tests.reverse_proxies.targets import NAMES, PROBES, reached

# For each probe: "passes" if it may arrive and did, "exposed" if it arrived but may not, otherwise
# the proxy's own status, or 0 for none.
Cells = dict[str, str]


def cells(behind: Behind, port: int) -> Cells:
    """The result of every probe."""
    proxy, recorder = behind
    results = {}
    for name, target in PROBES.items():
        recorder.clear()
        status = get(proxy, port, target)
        arrived = "exposed" if reached(port, recorder.targets) else "passes"
        results[name] = arrived if recorder.requests else str(status)
    return results


def good(name: str) -> dict[str, Cells]:
    """The results for a printed configuration, by port."""
    with running(*GOOD[name]) as behind:
        return {str(port): cells(behind, port) for port in NAMES}


def broken(name: str) -> dict[str, Cells]:
    """The results for a configuration that is known to be bad."""
    twin = BROKEN[name]
    with running(twin.kind, twin.file) as behind:
        return {str(twin.port): cells(behind, twin.port)}


def main() -> int:
    try:
        recording: dict[str, Any] = {
            "recorded": datetime.date.today().isoformat(),
            "versions": {name: kind.version() for name, (kind, _) in GOOD.items()},
            "probes": PROBES,
            "good": {name: good(name) for name in GOOD},
            "broken": {name: broken(name) for name in BROKEN},
        }
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    EXPOSURE.write_text(json.dumps(recording, indent=1) + "\n", "utf-8")
    print(f"recorded {len(PROBES)} probes through {len(GOOD) + len(BROKEN)} configurations")
    return 0


if __name__ == "__main__":
    sys.exit(main())
