"""`make record`: runs the limiters of the real Synapses again."""

import datetime
import json
import random
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.federation_backoff import decisions, in_request
from tests.federation_backoff.facts import FACTS
from tests.federation_backoff.sequences import (
    START_MS,
    Sequence,
    View,
    random_sequence,
    synapses,
)
from tests.real import Missing, source, synapse
from tests.real.releases import ERAS, NEWEST

HERE = Path(__file__).parent / "recorded"
DECISIONS = HERE / "decisions.json"
RELEASES_READ = HERE / "releases.json"
RELEASES = list(dict.fromkeys([*ERAS, NEWEST]))
SEQUENCES = 200


def recording(release: str) -> Path:
    """Where a release's views are kept."""
    return HERE / f"synapse-{release}-limiter.jsonl"


def recorded_sequence(release: str, number: int) -> Sequence:
    """The sequence of that number: random from a fixed seed."""
    return random_sequence(random.Random(f"{release} {number}"), release)


def compact(views: list[View]) -> list[Any]:
    """The views, with 0 for one after which nothing had changed, and times from the start on."""
    short: list[Any] = []
    before: list[Any] = [None, 0]
    for raised, row, told in views:
        if raised is None and [row, told] == before:
            short.append(0)
        else:
            short.append([_from_start(raised), _from_start(row), told])
        before = [row, told]
    return short


def _from_start(values: Any) -> Any:
    """Times are told by their size: intervals are shorter, or longer than any time."""
    if not isinstance(values, list):
        return values
    return [
        f"{value - START_MS:+}" if isinstance(value, int) and _is_time(value) else value
        for value in values
    ]


def _is_time(value: int) -> bool:
    return abs(value - START_MS) < START_MS // 2


def main() -> int:
    today = datetime.date.today().isoformat()
    HERE.mkdir(exist_ok=True)
    found = {}
    for release in RELEASES:
        try:
            python = synapse.python(release)
        except Missing as missing:
            print(missing, file=sys.stderr)
            return 1
        about = {
            "program": f"Synapse {release}",
            "compared": "RetryDestinationLimiter and the upsert, after every operation",
            "recorded": today,
            "command": "make record",
        }
        sequences = [recorded_sequence(release, number) for number in range(SEQUENCES)]
        seen = synapses(python, sequences)
        runs: Iterable[Any] = (
            {"schedule": number, "seen": compact(views)} for number, views in enumerate(seen)
        )
        lines = [json.dumps(line, separators=(",", ":")) for line in [about, *runs]]
        recording(release).write_text("\n".join(lines) + "\n", "utf-8")
        print(f"recorded {SEQUENCES} sequences from Synapse {release}")
        found[release] = decisions.synapses_decisions(release, python)
    table = {"recorded": today, "synapse": decisions.merged(found)}
    DECISIONS.write_text(json.dumps(table, indent=2) + "\n", "utf-8")
    in_request.record()
    source.write(RELEASES_READ, FACTS, today)
    return 0


if __name__ == "__main__":
    sys.exit(main())
