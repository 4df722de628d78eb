"""`make record`: probes a configuration with two mistakes, and records the findings."""

import json
import re
import sys
from contextlib import ExitStack
from typing import Any

from snippets.reverse_proxies.recorded import PROBED
from snippets.reverse_proxies.report import as_json
from tests.real import Missing
from tests.real import proxy as proxies
from tests.real.homeserver import Homeserver, homeserver
from tests.real.releases import NEWEST
from tests.reverse_proxies.conftest import configuration
from tests.reverse_proxies.fronts import SHOWN
from tests.reverse_proxies.probing import findings, plan


def probed(running: Homeserver) -> dict[str, Any]:
    """The requests and findings, with a fixed lifetime for the test's certificate."""
    asked: list[str] = []
    with proxies.proxy(SHOWN.kind, SHOWN.text, running.port, extra=SHOWN.changes) as front:
        results = findings(plan(front, "example.com", SHOWN.federation_port), asked)
    text = re.sub(r"valid for \d+ days", "valid for 60 days", as_json([*results.values()]))
    return {"release": NEWEST, "asked": asked, "findings": json.loads(text)}


def main() -> int:
    with ExitStack() as stack:
        try:
            running = stack.enter_context(homeserver(NEWEST, configuration()))
            kept = probed(running)
        except Missing as missing:
            print(missing, file=sys.stderr)
            return 1
    PROBED.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    print(f"recorded {len(kept['findings'])} findings of the probe")
    return 0


if __name__ == "__main__":
    sys.exit(main())
