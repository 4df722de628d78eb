"""What every command of the guide has in common: its arguments, its errors, its output."""

import argparse
import contextlib
import errno
import json
import os
import re
import select
import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from io import TextIOWrapper
from typing import Any, NoReturn, TextIO, TypeAlias

from snippets.shared.release import known_release

# The statuses that a shell reports for a program ended by SIGPIPE (13) or SIGINT (2): 128 plus the
# signal.
CLOSED_PIPE, INTERRUPTED = 141, 130
CANNOT = 2


class Colour(StrEnum):
    """A colour of the terminal's palette; the value is its number in ECMA-48."""

    RED, YELLOW, BLUE = "31", "33", "34"


class Parser(argparse.ArgumentParser):
    """Reports a wrong argument in one line, with status 2. With `--json` the line is JSON.

    Abbreviated options are rejected: a later option could change what they mean.
    """

    _as_json = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        ours = {
            "allow_abbrev": False,
            "formatter_class": argparse.RawDescriptionHelpFormatter,  # examples keep their lines
        }
        super().__init__(*args, **{**ours, **kwargs})

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> Any:
        """Notes `--json`, then parses. argparse calls this for each subcommand too."""
        given = " ".join(sys.argv[1:] if args is None else args).replace("=", " ")
        self._as_json = bool(re.search(r"(^| )--(format )?json( |$)", given))
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Prints the message and exits."""
        help_ = f"; `{self.prog} --help` shows what it takes"
        sys.exit(refuse(self.prog.split()[-1], message + help_, as_json=self._as_json))


# What `add_subparsers` returns: a package adds its commands to it.
Commands: TypeAlias = "argparse._SubParsersAction[Parser]"


def parse(
    package: str,
    description: str | None,
    add_commands: Callable[[Commands], None],
    arguments: Sequence[str] | None,
) -> argparse.Namespace:
    """The arguments of `python3 -m snippets.…`, where a package has commands of its own."""
    top = Parser(prog=f"python3 -m {package}", description=description)
    add_commands(top.add_subparsers(required=True, metavar="COMMAND"))
    return top.parse_args(arguments)


def release(text: str) -> str:
    """The argument type of a release: `1.90`, `1.90.0` or `latest`."""
    try:
        return known_release(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def refuse(command: str, message: str, *, as_json: bool = False, **place: Any) -> int:
    """Prints an error as one line and returns the exit status.

    As JSON the line is `{"error": message}` on standard output, with `file`, `line` and `column`
    added where they are known.
    """
    known = {name: part for name, part in place.items() if part is not None}
    if as_json:
        print(json.dumps({"error": message, **known}))
    else:
        at = ":".join(str(part) for part in known.values())
        warn(f"{command}: {at}: {message}" if at else f"{command}: {message}")
    return CANNOT


def warn(text: str) -> None:
    """Prints one line to standard error, if it is open."""
    if sys.stderr:  # `2>&-`: Python would print to standard output
        print(shown(text), file=sys.stderr)


def painted(text: str, colour: Colour) -> str:
    """The text in a colour if standard output is a terminal, or if FORCE_COLOR is set.

    NO_COLOR has the last word (no-color.org).
    """
    asked = os.environ.get("FORCE_COLOR") or sys.stdout.isatty()
    if os.environ.get("NO_COLOR") or not asked:
        return text
    return f"\x1b[{colour}m{text}\x1b[0m"


def shown(text: str) -> str:
    """The text as one line that is safe to print in a terminal.

    Control characters, line breaks and marks that change the direction of writing are escaped.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def shown_lines(text: str) -> str:
    """The same for a text of several lines, which stay separate."""
    return "\n".join(shown(line) for line in text.split("\n"))


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def start(main: Callable[[Sequence[str] | None], int]) -> NoReturn:
    """Runs a command and exits with its status.

    A closed pipe (`| head -1`) or Ctrl+C ends it quietly, a full disk with one line. Characters
    that the terminal's encoding lacks are escaped.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(_run(main))


def _run(main: Callable[[Sequence[str] | None], int]) -> int | str | None:
    try:
        status: int | str | None
        try:
            status = main(None)
        except SystemExit as left:  # from `--help` or a wrong argument
            status = left.code
        for stream in (sys.stdout, sys.stderr):
            if stream:
                stream.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        unusable = [_unusable(stream) for stream in (sys.stdout, sys.stderr)]
        if isinstance(error, BrokenPipeError) and any(unusable):
            return CLOSED_PIPE
        if error.errno != errno.ENOSPC:
            raise  # some other cause
        with contextlib.suppress(OSError):
            warn(f"cannot write: {error.strerror}")
        _unusable(sys.stderr)
        return CANNOT
    return status


def _unusable(stream: TextIO | None) -> bool:
    """Whether the stream cannot be written to. If so, its buffered text is discarded."""
    if not stream:
        return False
    try:
        stream.flush()
    except OSError:
        # Python flushes once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return True
    poll = select.poll()
    poll.register(stream, 0)
    return bool(poll.poll(0))  # POLLERR, which is always reported: the reader is gone
