"""Lists what changes between the release that you have and the one that you want."""

import argparse
from collections.abc import Sequence

from snippets.shared.command_line import Commands, Parser, refuse, release, start
from snippets.shared.release import LATEST, NEWEST

EXAMPLE = """\
example:
  %(prog)s --from 1.89 --to latest homeserver.yaml conf.d"""


def add_commands(commands: Commands) -> None:
    """Adds `upgrade`."""
    summary = "what changes for you between two releases"
    _add_arguments(commands.add_parser("upgrade", help=summary, description=__doc__), "upgrade")


def _add_arguments(command: Parser, name: str) -> None:
    command.epilog = EXAMPLE
    command.set_defaults(run=run, name=name)
    command.add_argument(
        "--from",
        dest="start",
        required=True,
        type=release,
        metavar="RELEASE",
        help="the release that you have",
    )
    command.add_argument(
        "--to",
        dest="end",
        default=NEWEST,
        type=release,
        metavar="RELEASE",
        help=f"the release that you want (default: {LATEST}, which is {NEWEST})",
    )
    command.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help="homeserver.yaml, a folder of such files, or workers' files, in the order in which "
        "Synapse reads them; they decide which notes concern you",
    )
    command.add_argument(
        "--options",
        action="store_true",
        help="also list all options that were added or removed, or got another default",
    )
    command.add_argument("--json", action="store_true", help="the result as JSON")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; the exit status."""
    alone = Parser(prog="python3 -m snippets.upgrade_notes", description=__doc__)
    _add_arguments(alone, "upgrade_notes")
    return run(alone.parse_args(arguments))


def run(options: argparse.Namespace) -> int:
    """Runs `upgrade`; the exit status: 0, or 2 for what cannot be read."""
    try:
        from snippets.upgrade_notes.files import CannotRead, read_configuration
    except ModuleNotFoundError:
        return refuse(options.name, "this needs PyYAML: pip install pyyaml", as_json=options.json)
    from snippets.shared.history import read_history
    from snippets.upgrade_notes import advisor, report
    from snippets.upgrade_notes.notes import read_notes

    try:
        configuration = read_configuration(options.files) if options.files else None
        upgrade = advisor.examine_upgrade(
            read_notes(), read_history(), options.start, options.end, configuration
        )
    except CannotRead as error:
        return refuse(options.name, str(error), as_json=options.json, **error.place)
    except ValueError as error:
        return refuse(options.name, str(error), as_json=options.json)
    if options.json:
        print(report.as_json(upgrade, configuration))
    else:
        print(report.as_text(upgrade, configuration, options=options.options))
    return 0


if __name__ == "__main__":
    start(main)
