"""`python3 -m snippets.streams demo`: a stream with real processes."""

import argparse
import re
from collections.abc import Sequence

from snippets.shared.command_line import INTERRUPTED, Commands, parse, refuse, start
from snippets.streams import demo
from snippets.streams.demo_processes import ERRORS

DESCRIPTION = """\
Starts each writer and each reader as a process. Every reader must get every
fact, and each writer's facts in order. Exits with 0 if so, 1 if not, 2 if the
demo cannot run."""


def _count(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a count: write 1 or more")
    return number


def add_commands(commands: Commands) -> None:
    """Adds `demo`."""
    command = commands.add_parser(
        "demo",
        help="real processes write and follow a stream",
        description=DESCRIPTION,
        epilog="example:\n  %(prog)s --writers 3 --facts 1000",
    )
    command.add_argument("--writers", type=_count, default=3, help="number of writers (default: 3)")
    command.add_argument("--readers", type=_count, default=2, help="number of readers (default: 2)")
    command.add_argument(
        "--facts", type=_count, default=1000, help="number of facts in total (default: 1000)"
    )
    command.add_argument(
        "--database",
        metavar="URL",
        help="sqlite:PATH or postgresql://HOST/NAME, which keeps the facts "
        f"(PostgreSQL: in the schema {demo.SCHEMA}); default: SQLite in a temporary file",
    )
    command.add_argument(
        "--redis", metavar="URL", help="redis://HOST:PORT or unix://PATH; default: no Redis"
    )
    command.add_argument("--json", action="store_true", help="the result as JSON")
    command.set_defaults(run=run)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; the exit status."""
    return run(parse("snippets.streams", __doc__, add_commands, arguments))


def run(options: argparse.Namespace) -> int:
    """Runs `demo`; the exit status."""
    try:
        return demo.run(
            writers=options.writers,
            readers=options.readers,
            facts=options.facts,
            database=options.database,
            redis=options.redis,
            as_json=options.json,
        )
    except (demo.Failed, *ERRORS) as error:
        message = re.sub(r"\s*\n\s*", " ", str(error).strip())  # PostgreSQL's has several lines
        return refuse("demo", message, as_json=options.json)
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    start(main)
