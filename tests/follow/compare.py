"""Runs the limiter and the generator of both releases with the same input, and lists the streams.

`python -m tests.follow.compare RELEASE FORMER` stores the results for the summary.
"""

import difflib
import json
import random
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.federation_backoff import decisions, sequences
from tests.follow import FOUND, run_step
from tests.real import postgres, synapse
from tests.streams import several_writers
from tests.streams.record import several_writers_mass, streams_of

COMPARED = FOUND / "compared.json"
RUNS = 100
LIMITER = (
    "synapse/util/retryutils.py",
    "synapse/storage/databases/main/transactions.py",
    "synapse/config/federation.py",
)
GENERATOR = ("synapse/storage/util/id_generators.py", "synapse/storage/util/sequence.py")


def changed_lines(old: Path, new: Path, files: Iterable[str]) -> int:
    """How many lines of Synapse's files were added or removed between two releases.

    `old` and `new` are the Pythons of the environments.
    """
    number = 0
    for file in files:
        before, after = (_source(python, file).splitlines() for python in (old, new))
        lines = list(difflib.unified_diff(before, after, n=0, lineterm=""))[2:]
        number += sum(not line.startswith("@@") for line in lines)
    return number


def _source(python: Path, file: str) -> str:
    paths = python.parents[1].glob(f"lib/python*/site-packages/{file}")  # none if it moved
    return "".join(path.read_text("utf-8") for path in paths)


def differing(old: Sequence[Any], new: Sequence[Any]) -> int:
    """The number of runs in which the releases differ."""
    return sum(one != other for one, other in zip(old, new, strict=True))


def limiter(release: str, former: str) -> dict[str, int]:
    """Compares the limiters: the same sequences, and the decision on each outcome of a request."""
    rng = random.Random(former)
    asked = [sequences.random_sequence(rng, former) for _ in range(RUNS)]
    old, new = synapse.python(former), synapse.python(release)
    decided = [decisions.synapses_decisions(n, p) for n, p in ((former, old), (release, new))]
    tables = [[(s, o, d) for s, row in t.items() for o, d in row.items()] for t in decided]
    return {
        "source": changed_lines(old, new, LIMITER),
        "runs": RUNS,
        "differing": differing(*(sequences.synapses(python, asked) for python in (old, new))),
        "decisions": len(set(tables[0]) ^ set(tables[1])),
    }


def generator(release: str, former: str) -> dict[str, int]:
    """Compares the several-writer generators, with the same schedules."""
    schedules = [several_writers.from_words(steps) for steps in several_writers_mass()[:RUNS]]
    old, new = synapse.python(former), synapse.python(release)
    with postgres.server() as server:
        seen = [
            several_writers.synapses(python, server.create(name), schedules)
            for name, python in (("old", old), ("new", new))
        ]
    return {
        "source": changed_lines(old, new, GENERATOR),
        "runs": RUNS,
        "differing": differing(*seen),
    }


def streams(release: str, former: str) -> dict[str, list[str]]:
    """The streams that were added or removed, and those with different writers."""
    old, new = (streams_of(synapse.python(name)) for name in (former, release))
    return {
        "new": sorted(set(new["streams"]) - set(old["streams"])),
        "gone": sorted(set(old["streams"]) - set(new["streams"])),
        "writers": sorted(
            name
            for name in {*old["stream_writers"], *new["stream_writers"]}
            if old["stream_writers"].get(name) != new["stream_writers"].get(name)
        ),
    }


def main(release: str, former: str) -> None:
    differences = {
        "limiter": limiter(release, former),
        "generator": generator(release, former),
        "streams": streams(release, former),
    }
    FOUND.mkdir(parents=True, exist_ok=True)
    COMPARED.write_text(json.dumps(differences, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(run_step(main, *sys.argv[1:]))
