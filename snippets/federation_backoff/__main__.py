"""`python3 -m snippets.federation_backoff schedule|explain`: computes backoff."""

import argparse
import sys
from collections.abc import Sequence

from snippets.configuration import (
    NEWEST,
    BadDuration,
    FederationConfig,
    parse_duration,
    parse_release,
)
from snippets.configuration.duration import spoken
from snippets.federation_backoff.clock import SystemClock
from snippets.federation_backoff.explain import explain, parse_row
from snippets.federation_backoff.report import (
    explanation_json,
    explanation_text,
    schedule_json,
    schedule_text,
)
from snippets.federation_backoff.schedule import Schedule
from snippets.shared.command_line import Commands, parse, refuse, release, shown, shown_lines, start


def _duration(text: str) -> int:
    try:
        ms = parse_duration(text)
    except BadDuration as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if not 0 < ms <= 2**62:
        raise argparse.ArgumentTypeError(f"{text!r} is not above 0 and up to 2**62 ms")
    return ms


def _multiplier(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 1 < number <= 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is not a multiplier: write a number above 1")
    return int(number) if number.is_integer() else number


def add_commands(commands: Commands) -> None:
    """Adds `schedule` and `explain`."""
    schedule = commands.add_parser(
        "schedule",
        help="when Synapse retries a destination that stays down",
        description="The earliest, median and latest time of every attempt, until the maximum is\n"
        "reached. Medians are of 2000 simulated runs with seeded jitter.",
        epilog="example:\n  %(prog)s --min 30s --multiplier 5 --max 12h",
    )
    row = commands.add_parser(
        "explain",
        help="what a row of the table destinations means",
        description="When the destination is due, and what the next success or failure writes.",
        epilog="example:\n  %(prog)s 'a.example|1763913000000|600000|1763913000000'",
    )
    row.add_argument(
        "row",
        help="destination|retry_last_ts|retry_interval|failure_ts, as psql or sqlite3 prints it, "
        "or the JSON of the admin API; - reads standard input",
    )
    row.add_argument("--now", type=int, metavar="MS", help="ms since 1970 (default: now)")
    for name, command in (("schedule", schedule), ("explain", row)):
        command.add_argument(
            "--min", type=_duration, metavar="TIME", help="destination_min_retry_interval"
        )
        command.add_argument(
            "--multiplier", type=_multiplier, metavar="N", help="destination_retry_multiplier"
        )
        command.add_argument(
            "--max", type=_duration, metavar="TIME", help="destination_max_retry_interval"
        )
        command.add_argument(
            "--release",
            type=release,
            default=NEWEST,
            help=f"use the defaults and rules of this release (default: {NEWEST})",
        )
        command.add_argument("--json", action="store_true", help="the result as JSON")
        command.set_defaults(run=run, command=name)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; the exit status."""
    return run(parse("snippets.federation_backoff", __doc__, add_commands, arguments))


def run(options: argparse.Namespace) -> int:
    """Runs `schedule` or `explain`; the exit status."""
    try:
        config = _config(options)
        if options.command == "schedule":
            schedule = Schedule(config)
            print(schedule_json(schedule) if options.json else schedule_text(schedule))
        else:
            row = sys.stdin.read() if options.row == "-" else options.row
            now = SystemClock().time_msec() if options.now is None else options.now
            destination, timings = parse_row(row)
            if not options.json:
                destination = shown(destination)
            explanation = explain(destination, timings, now, release=options.release, config=config)
            print(
                explanation_json(explanation)
                if options.json
                else shown_lines(explanation_text(explanation))
            )
    except UnicodeDecodeError:
        return refuse(options.command, "standard input is not UTF-8", as_json=options.json)
    except ValueError as error:
        return refuse(options.command, str(error), as_json=options.json)
    return 0


def _config(options: argparse.Namespace) -> FederationConfig:
    """The release's defaults with the given options. Raises ValueError for impossible ones."""
    given = {
        "destination_min_retry_interval": options.min,
        "destination_retry_multiplier": options.multiplier,
        "destination_max_retry_interval": options.max,
    }
    section = {name: value for name, value in given.items() if value is not None}
    if section and parse_release(options.release) < (1, 90):
        raise ValueError(f"Synapse {options.release} has no options for this: they came in 1.90")
    config = FederationConfig.read({"federation": section}, release=options.release)
    if config.destination_min_retry_interval_ms > config.destination_max_retry_interval_ms:
        raise ValueError(
            f"--min {spoken(config.destination_min_retry_interval_ms)} is above "
            f"--max {spoken(config.destination_max_retry_interval_ms)}: write a lower one"
        )
    return config


if __name__ == "__main__":
    start(main)
