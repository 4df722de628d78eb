"""`make record`: asks the real Synapse again and rewrites the recording in recorded/."""

import datetime
import json
import random
import sys
from pathlib import Path

from tests.real import Missing, synapse
from tests.streams.replay import WORKED_EXAMPLE, random_schedule, synapses

RELEASE = "1.90.0"
RECORDING = Path(__file__).parent / "recorded" / f"synapse-{RELEASE}.jsonl"
SCHEDULES = 600


def schedules() -> list[str]:
    """The worked example, then random schedules from a fixed seed; half have one ID at a time."""
    rng = random.Random(20230807)
    return [
        WORKED_EXAMPLE,
        *(random_schedule(rng, most_at_once=1 + 2 * (n % 2)) for n in range(SCHEDULES)),
    ]


def main() -> int:
    try:
        python = synapse.python(RELEASE)
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    about = {
        "program": f"Synapse {RELEASE}",
        "compared": "StreamIdGenerator, the current token after every step",
        "recorded": datetime.date.today().isoformat(),
        "command": "make record",
    }
    lines = [json.dumps(about)]
    for schedule, tokens in zip(schedules(), synapses(python, schedules()), strict=True):
        lines.append(json.dumps({"schedule": schedule, "tokens": tokens}))
    RECORDING.parent.mkdir(exist_ok=True)
    RECORDING.write_text("\n".join(lines) + "\n", "utf-8")
    print(f"recorded {len(lines) - 1} schedules from Synapse {RELEASE} in {RECORDING.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
