"""`make record`: asks the real Synapses again how they read durations and options."""

import datetime
import json
import sys
from pathlib import Path
from typing import Any

import yaml

from snippets.configuration import OPTIONS
from tests.configuration import configurations, durations
from tests.real import Missing, synapse

HERE = Path(__file__).parent / "recorded"
DURATIONS = HERE / "durations.json"
CONFIGURATIONS = HERE / "configurations.json"

# Releases that follow each other, where the newer one has options more.
NEIGHBOURS = (("1.86.0", "1.87.0"), ("1.89.0", "1.90.0"))
FILES = ("synapse/config/federation.py", "synapse/config/appservice.py")


def first_releases() -> dict[str, str | None]:
    """For each option the release that has it and whose forerunner has not; None if all have it.

    Read from the releases' wheels, which are fetched into a temporary folder.
    """
    texts = {
        release: "".join(synapse.wheel_files(release, FILES))
        for pair in NEIGHBOURS
        for release in pair
    }
    return {
        option.name: next(
            (
                newer.removesuffix(".0")
                for older, newer in NEIGHBOURS
                if f'"{option.name}"' in texts[newer] and f'"{option.name}"' not in texts[older]
            ),
            None,
        )
        for option in OPTIONS
    }


def main() -> int:
    values = [yaml.safe_load(text) for text in durations.TRAPS]
    try:
        pythons = {release: synapse.python(release) for release in synapse.COMPARED}
        first = first_releases()
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    read = {release: durations.synapses(python, values) for release, python in pythons.items()}
    _write(DURATIONS, {"traps": durations.TRAPS, "synapse": read})
    texts = configurations.CONFIGURATIONS
    found = {release: configurations.synapses(python, texts) for release, python in pythons.items()}
    _write(CONFIGURATIONS, {"first": first, "texts": texts, "synapse": found})
    return 0


def _write(path: Path, found: dict[str, Any]) -> None:
    path.parent.mkdir(exist_ok=True)
    recorded = {"recorded": datetime.date.today().isoformat(), **found}
    path.write_text(json.dumps(recorded, indent=2) + "\n", "utf-8")
    print(f"recorded {path.name}")


if __name__ == "__main__":
    sys.exit(main())
