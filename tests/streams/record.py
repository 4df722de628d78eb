"""`make record`: asks the real Synapses again and rewrites the recordings in recorded/."""

import datetime
import json
import random
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tests.real import Missing, postgres, synapse
from tests.streams import one_writer, several_writers

HERE = Path(__file__).parent / "recorded"
ONE_WRITER = HERE / "synapse-1.90.0-one-writer.jsonl"
SEVERAL_WRITERS = HERE / "synapse-1.163.2-several-writers.jsonl"


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


def main() -> int:
    one, several = one_writer_schedules(), several_writers_schedules()
    try:
        _record(
            ONE_WRITER,
            "1.90.0",
            "StreamIdGenerator, the current token after every step",
            one,
            lambda python: one_writer.synapses(python, one),
        )
        with postgres.server() as server:
            _record(
                SEVERAL_WRITERS,
                "1.163.2",
                "MultiWriterIdGenerator, every view of three writers and a reader",
                several,
                lambda python: several_writers.synapses(python, server.url(), several),
            )
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
