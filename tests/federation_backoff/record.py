"""`make record`: records the limiters of real Synapse releases."""

import datetime
import json
import logging
import random
import sys
from functools import partial
from pathlib import Path

from snippets.federation_backoff import tables
from tests import recordings
from tests.federation_backoff import decisions, in_request
from tests.federation_backoff.facts import FACTS
from tests.federation_backoff.sequences import (
    compact,
    from_words,
    in_words,
    random_sequence,
    reached,
    synapses,
)
from tests.real import Missing, source, synapse
from tests.real.releases import ERAS, NEWEST
from tests.recordings import Steps

HERE = Path(__file__).parent / "recorded"
DECISIONS = tables.DECISIONS
RELEASES_READ = HERE / "releases.json"
RELEASES = list(dict.fromkeys([*ERAS, NEWEST]))
SEQUENCES = 200


def recording(release: str) -> Path:
    """The recording of a release's limiter."""
    return HERE / f"synapse-{release}-limiter.jsonl"


def mass(release: str) -> list[Steps]:
    """Random sequences, each with its own seed: the release and a number."""
    return [
        in_words(random_sequence(random.Random(f"{release} {number}"), release))
        for number in range(SEQUENCES)
    ]


def record_limiter(release: str, python: Path, today: str) -> None:
    """Runs the mass on the release's limiter, and writes the recording."""
    about = {
        "program": f"Synapse {release}",
        "compared": "RetryDestinationLimiter and the upsert, after every operation",
        "recorded": today,
        "command": "make record",
        "seed": release,
    }
    schedules = mass(release)
    views = map(compact, synapses(python, list(map(from_words, schedules))))
    runs = list(map(recordings.run, schedules, views))
    newer = RELEASES[RELEASES.index(release) + 1 :]
    readable = recordings.choose(runs, partial(reached, release=release, newer=newer))
    recordings.write(recording(release), about, runs, readable)


def main() -> int:
    logging.disable()  # our limiter logs every failure to store
    today = datetime.date.today().isoformat()
    tables = {}
    for release in RELEASES:
        try:
            python = synapse.python(release)
        except Missing as missing:
            print(missing, file=sys.stderr)
            return 1
        record_limiter(release, python, today)
        tables[release] = decisions.synapses_decisions(release, python)
    table = {"recorded": today, "synapse": decisions.merged(tables)}
    DECISIONS.write_text(json.dumps(table, indent=2) + "\n", "utf-8")
    in_request.record()
    source.write(RELEASES_READ, FACTS, today)
    return 0


if __name__ == "__main__":
    sys.exit(main())
