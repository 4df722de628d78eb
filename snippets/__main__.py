"""`synapse-guide`: every command of this guide. `python3 -m snippets` is the same.

The package of a command is imported when the command is asked for, so that each starts fast.
"""

import argparse
import importlib
import sys
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import NoReturn

from snippets import __version__
from snippets.shared.command_line import Parser, refuse, start
from snippets.shared.release import NEWEST_RUN, OLDEST

NAME = "synapse-guide"
PACKAGES = {
    "check": "configuration",
    "upgrade": "upgrade_notes",
    "backoff": "federation_backoff",
    "probe": "reverse_proxies",
    "streams": "streams",
}
GROUPS = {  # with commands of their own
    "backoff": "how long Synapse leaves a destination alone",
    "streams": "how Synapse's processes follow a stream",
}
DESCRIPTION = f"""\
Checks and explains your homeserver.
What it knows of Synapse {OLDEST} to {NEWEST_RUN} was run.

commands:
  check             what is wrong with your homeserver.yaml
  upgrade           what changes for you between two releases
  backoff schedule  when Synapse retries a destination that stays down
  backoff explain   what a row of the table destinations means
  probe             what your own server lets through, asked from outside
  streams demo      real processes write and follow a stream
  completion        a script with which your shell completes these commands"""
EXAMPLES = """\
examples:
  %(prog)s check homeserver.yaml
  %(prog)s backoff schedule --help"""
SHELLS = ("bash", "zsh", "fish")
COMPLETION = "Prints a script with which your shell completes commands, options and files."
COMPLETION_EXAMPLE = "example:\n  %(prog)s bash >> ~/.bashrc"


def parser(prog: str, wanted: Collection[str]) -> Parser:
    """The command line. Of commands that are not wanted it has only the name."""
    top = Parser(
        prog=prog,
        usage="%(prog)s [--help] [--version] COMMAND ...",
        description=DESCRIPTION,
        epilog=EXAMPLES,
    )
    version = f"{NAME} {__version__}, knows Synapse {OLDEST} to {NEWEST_RUN}"
    top.add_argument("--version", action="version", version=version)
    commands = top.add_subparsers(
        required=True, metavar="COMMAND", help=argparse.SUPPRESS, prog=prog
    )
    for name, package in PACKAGES.items():
        if name not in wanted:
            commands.add_parser(name)
            continue
        add_commands = importlib.import_module(f"snippets.{package}.__main__").add_commands
        if name in GROUPS:
            group = commands.add_parser(name, help=GROUPS[name])
            add_commands(group.add_subparsers(required=True, metavar="COMMAND"))
        else:
            add_commands(commands)
    command = commands.add_parser(
        "completion",
        help="a script with which your shell completes these commands",
        description=COMPLETION,
        epilog=COMPLETION_EXAMPLE,
    )
    command.add_argument("shell", choices=SHELLS)
    command.set_defaults(run=_completion)
    return top


def _completion(options: argparse.Namespace) -> int:
    try:
        import shtab
    except ModuleNotFoundError:
        return refuse("completion", "this needs shtab: pip install shtab")
    top = parser(NAME, PACKAGES)
    for every in _with_all_below(top):
        every.description = None  # then shells show the shorter summary
        for action in every._actions:
            if action.help == argparse.SUPPRESS:  # the help lists commands itself
                action.help = None
            if action.metavar == "FILE":
                action.complete = shtab.FILE  # type: ignore[attr-defined]
    print(shtab.complete(top, options.shell))
    return 0


def _with_all_below(command: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield command
    for action in command._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from _with_all_below(below)


def main(arguments: Sequence[str] | None = None, *, prog: str = NAME) -> int:
    """Runs the command line; the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    options = parser(prog, given[:1]).parse_args(given)
    status: int = options.run(options)
    return status


def command() -> NoReturn:
    """Runs `synapse-guide`."""
    start(main)


if __name__ == "__main__":
    start(partial(main, prog="python3 -m snippets"))
