"""`python3 -m snippets.configuration check homeserver.yaml`: what is wrong with a configuration."""

import argparse
import contextlib
import gc
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from snippets.configuration.codes import Severity
from snippets.shared.command_line import CANNOT, Commands, parse, refuse, release, start
from snippets.shared.release import NEWEST

if TYPE_CHECKING:
    from snippets.configuration.files import Files

FORMATS = ["text", "json", "github", "sarif"]

DESCRIPTION = """\
Checks the names and the values of all options. Exits with 1 if there are errors
or warnings, 2 if a file cannot be read, and 0 otherwise."""
EXAMPLE = """\
example:
  %(prog)s homeserver.yaml conf.d"""


def add_commands(commands: Commands) -> None:
    """Adds `check`."""
    command = commands.add_parser(
        "check",
        help="what is wrong with your homeserver.yaml",
        usage="%(prog)s [OPTIONS] FILE ...",
        description=DESCRIPTION,
        epilog=EXAMPLE,
    )
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "files",
        nargs="*",
        default=[],
        metavar="FILE",
        help="the files that Synapse is started with, in the same order; or folders with *.yaml, "
        "or - for standard input",
    )
    what.add_argument("--explain", metavar="CODE", help="explain the findings with this code")
    command.add_argument(
        "--release", type=release, default=NEWEST, help=f"release of Synapse (default: {NEWEST})"
    )
    command.add_argument(
        "--diff",
        type=release,
        metavar="RELEASE",
        help="only what differs between this release and the one of --release",
    )
    command.add_argument("--format", choices=FORMATS, default="text", help="of the result")
    command.add_argument(
        "--json", action="store_const", dest="format", const="json", help="short for --format json"
    )
    command.add_argument("--exit-zero", action="store_true", help="exit with 0 for findings, too")
    command.set_defaults(run=run)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; the exit status."""
    return run(parse("snippets.configuration", __doc__, add_commands, arguments))


def run(options: argparse.Namespace) -> int:
    """Runs `check`; the exit status."""
    try:
        return explain(options) if options.explain else check(options)
    except ModuleNotFoundError:
        return refuse(
            "check", "this needs PyYAML: pip install pyyaml", as_json=options.format == "json"
        )


@contextlib.contextmanager
def _without_collection() -> Iterator[None]:
    """Python does not look for garbage inside: a file of 900 lines takes a tenth less time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@_without_collection()
def check(options: argparse.Namespace) -> int:
    """Prints the findings in some files; the exit status."""
    from snippets.configuration.check import check_files
    from snippets.configuration.files import CannotRead, read_files
    from snippets.configuration.formats import REFUSALS, RESULTS
    from snippets.configuration.listed import Listed

    try:
        files = read_files(options.files)
    except CannotRead as error:
        if options.format in REFUSALS:
            print(REFUSALS[options.format](str(error), error.place))
            return CANNOT
        return refuse("check", str(error), as_json=options.format == "json", **error.place)
    if options.diff:
        return compare(options, files)
    listed = Listed(files.documents, files.registrations)
    checked = check_files(files.documents, release=options.release, listed=listed)
    files.registrations = listed.documents
    print(RESULTS[options.format](options.release, files, checked))
    bad = any(problem.severity is not Severity.NOTE for problem in checked.problems)
    return 1 if bad and not options.exit_zero else 0


def compare(options: argparse.Namespace, files: "Files") -> int:
    """Prints what differs between two releases; the exit status."""
    from snippets.configuration.difference import as_json, as_text, differences

    as_data = options.format == "json"
    if options.format not in ("text", "json"):
        return refuse("check", "--diff has the formats text and json")
    try:
        found = list(differences(files.documents, options.diff, options.release))
    except ValueError as error:
        return refuse("check", str(error), as_json=as_data)
    print((as_json if as_data else as_text)(options.diff, options.release, found))
    return 1 if found and not options.exit_zero else 0


def explain(options: argparse.Namespace) -> int:
    """Prints the explanation of a code; the exit status."""
    from snippets.configuration.explained import as_json, as_text, explained

    try:
        explanation = explained(options.explain)
    except ValueError as error:
        return refuse("check", str(error), as_json=options.format == "json")
    print(as_json(explanation) if options.format == "json" else as_text(explanation))
    return 0


if __name__ == "__main__":
    start(main)
