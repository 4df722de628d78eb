"""`make record`: runs real Synapse releases and rewrites the recordings in recorded/."""

import datetime
import json
import random
import re
import sys
from functools import cache, partial
from pathlib import Path
from typing import Any

from snippets.streams.open_database import open_database
from snippets.streams.recorded_tables import STARTS, STREAMS
from snippets.streams.storage import StreamStore
from tests import recordings
from tests.real import Missing, postgres, source, synapse
from tests.real.releases import NEWEST, OLD
from tests.recordings import Steps
from tests.streams import one_writer, several_writers, starts
from tests.streams.facts import FACTS

HERE = Path(__file__).parent / "recorded"
ONE_WRITER = HERE / f"synapse-{OLD}-one-writer.jsonl"
SEVERAL_WRITERS = HERE / f"synapse-{NEWEST}-several-writers.jsonl"
SEEDS = {ONE_WRITER: 20230807, SEVERAL_WRITERS: 20231010}
RELEASES_READ = HERE / "releases.json"

# Pairs of successive releases; the newer one has one stream more.
NEIGHBOURS = (
    ("1.134.0", "1.135.2"),
    ("1.147.1", "1.148.0"),
    ("1.151.0", "1.152.1"),
    ("1.158.0", "1.159.0"),
)


def one_writer_mass() -> list[Steps]:
    """Random schedules from the seed; half of them have one ID at a time."""
    rng = random.Random(SEEDS[ONE_WRITER])
    schedules = (one_writer.random_schedule(rng, most_at_once=1 + 2 * (n % 2)) for n in range(600))
    return list(map(one_writer.in_words, schedules))


def several_writers_mass() -> list[Steps]:
    """Random schedules from the seed."""
    rng = random.Random(SEEDS[SEVERAL_WRITERS])
    return [several_writers.in_words(several_writers.random_schedule(rng)) for _ in range(500)]


def _about(path: Path, release: str, compared: str) -> dict[str, Any]:
    return {
        "program": f"Synapse {release}",
        "compared": compared,
        "recorded": datetime.date.today().isoformat(),
        "command": "make record",
        "seed": SEEDS[path],
    }


def record_one_writer() -> None:
    """Runs the worked example and the mass on Synapse's generator. Raises Missing."""
    schedules = [one_writer.in_words(one_writer.WORKED_EXAMPLE), *one_writer_mass()]
    tokens = one_writer.synapses(
        synapse.python("1.90.0"), list(map(one_writer.from_words, schedules))
    )
    example, *mass = map(recordings.run, schedules, tokens)
    readable = recordings.choose(mass, one_writer.reached, [example])
    compared = "StreamIdGenerator, the current token after every step"
    recordings.write(ONE_WRITER, _about(ONE_WRITER, "1.90.0", compared), mass, readable)


def record_several_writers(url: str) -> None:
    """Runs the mass on Synapse's generators, on an empty PostgreSQL. Raises Missing."""
    schedules = several_writers_mass()
    views = several_writers.synapses(
        synapse.python("1.163.2"), url, map(several_writers.from_words, schedules)
    )
    mass = list(map(recordings.run, schedules, views))
    with open_database("sqlite::memory:") as database:
        StreamStore(database).create()
        readable = recordings.choose(mass, partial(several_writers.reached, database))
    compared = "MultiWriterIdGenerator, every view of three writers and a reader"
    about = _about(SEVERAL_WRITERS, "1.163.2", compared)
    recordings.write(SEVERAL_WRITERS, about, mass, readable)


def streams_of(python: Path) -> Any:
    """The driver's answer about the streams of one release."""
    driver = Path(__file__).with_name("synapse_streams_driver.py")
    (answer,) = synapse.ask(python, driver, [None])
    return answer


def first_releases() -> dict[str, str]:
    """For each stream added after 1.90, the first release that has it.

    Read from the releases' wheels, which are downloaded into a temporary folder.
    """
    return {
        name: newer.rpartition(".")[0]
        for older, newer in NEIGHBOURS
        for name in _streams(newer) - _streams(older)
    }


@cache
def _streams(release: str) -> set[str]:
    texts = synapse.wheel_files(release, ["synapse/replication/tcp/streams/*.py"])
    return {name for text in texts for name in re.findall(r'(?m)^    NAME = "(\w+)"', text)}


def main() -> int:
    try:
        record_one_writer()
        with postgres.server() as server:
            record_several_writers(server.url())
            started = {
                release: starts.synapses(synapse.python(release), server.create(f"starts_{number}"))
                for number, release in enumerate(synapse.COMPARED)
            }
        releases = {release: streams_of(synapse.python(release)) for release in synapse.COMPARED}
        source.write(RELEASES_READ, FACTS, datetime.date.today().isoformat())
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    today = datetime.date.today().isoformat()
    recording = {
        "recorded": today,
        "states": starts.STATES,
        "synapse": started,
        "ours": starts.ours(),
    }
    STARTS.write_text(json.dumps(recording, indent=2) + "\n")
    catalogue = {"recorded": today, "releases": releases, "first": first_releases()}
    STREAMS.write_text(json.dumps(catalogue, indent=2) + "\n")
    print(f"recorded the streams of {', '.join(releases)} in {STREAMS.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
