"""What the subjects' benchmarks share: ratios, curves, the machine, and the command line."""

import argparse
import datetime
import json
import os
import platform
import statistics
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from snippets.shared.speed import as_text
from tests.real import Missing, synapse

Times = dict[str, list[float]]  # the seconds of an operation in each round, of each that took turns
Line = tuple[str, str]  # of which times, and its name for a reader


def ratio(theirs: list[float], ours: list[float]) -> float:
    """Their time over ours, each in its best round, in three digits.

    The best, as timeit advises: what makes a round slower is what else the machine does.
    """
    return _in_three_digits(min(theirs) / min(ours))


def median_ratio(theirs: list[float], ours: list[float]) -> float:
    """The median of their time divided by ours in the same round, to three digits.

    For what waits for a server: how fast that answers differs from round to round.
    """
    return _in_three_digits(statistics.median(a / b for a, b in zip(theirs, ours, strict=True)))


def _in_three_digits(number: float) -> float:
    return float(f"{number:.3g}")


def measured(release: str, driver: Path, what: str, asked: dict[str, Any]) -> Times:
    """A driver's answer, in a process of its own; says on the standard error what is measured.

    Raises Missing.
    """
    print(f"  {what}", file=sys.stderr, flush=True)
    times: Times
    (times,) = synapse.ask(synapse.python(release), driver, [asked], timeout_s=None)
    return times


def curve(
    of: str,
    operation: str,
    size: str,
    lines: Iterable[Line],
    release: str,
    driver: Path,
    cases: Iterable[tuple[int, dict[str, Any]]],
) -> dict[str, Any]:
    """The cost of an operation over that of the floor, by size, for each line.

    None where it is too slow to be measured.
    """
    points = [
        (number, measured(release, driver, f"{of}: {operation}; {size}: {number:,}", asked))
        for number, asked in cases
    ]
    return {
        "of": of,
        "operation": operation,
        "size": size,
        "sizes": [number for number, _ in points],
        "costs": {
            name: [ratio(times[key], times["floor"]) if times[key] else None for _, times in points]
            for key, name in lines
        },
    }


def machine() -> str:
    """A description of the machine, for readers."""
    return (
        f"{os.cpu_count()} cores, {platform.system()} on {platform.machine()}, "
        f"Python {platform.python_version()}"
    )


def recorded(
    rows: list[dict[str, Any]], curves: list[dict[str, Any]], rounds: int, beside: str
) -> dict[str, Any]:
    """The table to record; `beside` names the other programs that ran."""
    return {
        "recorded": datetime.date.today().isoformat(),
        "machine": f"{machine()}, {beside}",
        "rounds": rounds,
        "rows": rows,
        "curves": curves,
    }


def main(module: str, bench: Callable[[], dict[str, Any]], path: Path) -> int:
    """Measures, then prints or records."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description="Measures.")
    parser.add_argument("--json", action="store_true", help="all of it as JSON")
    parser.add_argument("--record", action="store_true", help=f"write it into {path.name}, too")
    options = parser.parse_args()
    print("Measuring, up to four minutes; the machine should be quiet", file=sys.stderr)
    try:
        found = bench()
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    if options.record:
        path.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(json.dumps(found, indent=1) if options.json else as_text(found))
    return 0
