"""What the subjects' benchmarks share: ratios, the machine, and the command line."""

import argparse
import datetime
import json
import os
import platform
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.real import Missing


def ratio(theirs: list[float], ours: list[float]) -> float:
    """The median over the rounds of their time over ours in the same round, in three digits."""
    median = statistics.median(a / b for a, b in zip(theirs, ours, strict=True))
    return float(f"{median:.3g}")


def machine() -> str:
    """What it was measured on, for a reader."""
    return (
        f"{os.cpu_count()} cores, {platform.system()} on {platform.machine()}, "
        f"Python {platform.python_version()}"
    )


def table(rows: list[dict[str, Any]], rounds: int, beside: str) -> dict[str, Any]:
    """What is recorded; `beside` names what else ran."""
    return {
        "recorded": datetime.date.today().isoformat(),
        "machine": f"{machine()}, {beside}",
        "rounds": rounds,
        "rows": rows,
    }


def main(module: str, bench: Callable[[], dict[str, Any]], recorded: Path) -> int:
    """Measures and prints, or records."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description="Measures.")
    parser.add_argument("--json", action="store_true", help="the table as JSON")
    parser.add_argument("--record", action="store_true", help="write it into the recordings, too")
    options = parser.parse_args()
    print("Measuring, up to a minute; the machine should be quiet", file=sys.stderr)
    try:
        measured = bench()
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    if options.record:
        recorded.write_text(json.dumps(measured, indent=2) + "\n", "utf-8")
    if options.json:
        print(json.dumps(measured, indent=2))
        return 0
    print(f"{measured['machine']}; medians of {measured['rounds']} rounds\n")
    for row in measured["rows"]:
        print(f"{row['times_as_fast']:8} times as fast: {row['what']}; against {row['against']}")
    return 0
