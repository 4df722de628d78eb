"""`make record`: asks the real Synapses again how they read durations."""

import datetime
import json
import sys
from pathlib import Path

import yaml

from tests.configuration.durations import TRAPS, synapses
from tests.real import Missing, synapse

DURATIONS = Path(__file__).parent / "recorded" / "durations.json"


def main() -> int:
    values = [yaml.safe_load(text) for text in TRAPS]
    try:
        read = {
            release: synapses(synapse.python(release), values) for release in synapse.releases()
        }
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    found = {"recorded": datetime.date.today().isoformat(), "traps": TRAPS, "synapse": read}
    DURATIONS.parent.mkdir(exist_ok=True)
    DURATIONS.write_text(json.dumps(found, indent=2) + "\n")
    print(f"recorded {len(TRAPS)} durations in {DURATIONS.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
