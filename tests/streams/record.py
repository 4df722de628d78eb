"""`make record`: asks the real Synapses again and rewrites the recordings in recorded/."""

import datetime
import json
import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

from tests.real import Missing, postgres, source, synapse
from tests.real.releases import NEWEST, OLD
from tests.streams import one_writer, several_writers, starts
from tests.streams.facts import FACTS

HERE = Path(__file__).parent / "recorded"
ONE_WRITER = HERE / f"synapse-{OLD}-one-writer.jsonl"
SEVERAL_WRITERS = HERE / f"synapse-{NEWEST}-several-writers.jsonl"
STREAMS = HERE / "streams.json"
STARTS = HERE / "starts.json"
RELEASES_READ = HERE / "releases.json"

# Releases that follow each other, where the newer one has a stream more.
NEIGHBOURS = (
    ("1.134.0", "1.135.2"),
    ("1.147.1", "1.148.0"),
    ("1.151.0", "1.152.1"),
    ("1.158.0", "1.159.0"),
)


def one_writer_schedules() -> list[str]:
    """The worked example, then random schedules from a fixed seed; half have one ID at a time."""
    rng = random.Random(20230807)
    return [
        one_writer.WORKED_EXAMPLE,
        *(one_writer.random_schedule(rng, most_at_once=1 + 2 * (n % 2)) for n in range(600)),
    ]


def several_writers_schedules() -> list[several_writers.Schedule]:
    """Random schedules from a fixed seed."""
    rng = random.Random(20231010)
    return [several_writers.random_schedule(rng) for _ in range(500)]


def _record(
    path: Path,
    release: str,
    compared: str,
    schedules: list[Any],
    answers: Callable[[Path], Iterable[Any]],
) -> None:
    lines: list[dict[str, Any]] = [
        {
            "program": f"Synapse {release}",
            "compared": compared,
            "recorded": datetime.date.today().isoformat(),
            "command": "make record",
        }
    ]
    python = synapse.python(release)
    for schedule, seen in zip(schedules, answers(python), strict=True):
        lines.append({"schedule": schedule, "seen": seen})
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines))
    print(f"recorded {len(schedules)} schedules from Synapse {release} in {path.name}")


def streams_of(python: Path) -> Any:
    """What the driver says of the streams of one release."""
    driver = Path(__file__).with_name("synapse_streams_driver.py")
    done = subprocess.run(
        [python, "-W", "ignore", driver], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def first_releases() -> dict[str, str]:
    """For each stream that came after 1.90, the release that has it and whose forerunner has not.

    Read from the releases' wheels, which are fetched into a temporary folder.
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
    one, several = one_writer_schedules(), several_writers_schedules()
    try:
        _record(
            ONE_WRITER,
            OLD,
            "StreamIdGenerator, the current token after every step",
            one,
            lambda python: one_writer.synapses(python, one),
        )
        with postgres.server() as server:
            _record(
                SEVERAL_WRITERS,
                NEWEST,
                "MultiWriterIdGenerator, every view of three writers and a reader",
                several,
                lambda python: several_writers.synapses(python, server.url(), several),
            )
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
    found = {"recorded": today, "states": starts.STATES, "synapse": started, "ours": starts.ours()}
    STARTS.write_text(json.dumps(found, indent=2) + "\n")
    catalogue = {"recorded": today, "releases": releases, "first": first_releases()}
    STREAMS.write_text(json.dumps(catalogue, indent=2) + "\n")
    print(f"recorded the streams of {', '.join(releases)} in {STREAMS.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
