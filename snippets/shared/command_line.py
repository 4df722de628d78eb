"""What every command of the guide has in common: its arguments, its errors, its output."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from snippets.shared.release import known_release

# What a shell reports of a program that SIGPIPE (13) or SIGINT (2) ended: 128 and the signal.
CLOSED_PIPE, INTERRUPTED = 141, 130
CANNOT = 2


class Parser(argparse.ArgumentParser):
    """Refuses arguments in one line, with status 2; as JSON where `--json` is among them."""

    _as_json = False

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> Any:
        """As argparse does, which calls it for each command too."""
        self._as_json = "--json" in (sys.argv[1:] if args is None else args)
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Prints the message and exits."""
        help_ = f"; `{self.prog} --help` shows what it takes"
        sys.exit(refuse(self.prog.split()[-1], message + help_, as_json=self._as_json))


def release(text: str) -> str:
    """The type of an argument that names a release: `1.90`, `1.90.0`, or `latest`."""
    try:
        return known_release(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def refuse(command: str, message: str, *, as_json: bool = False, **place: Any) -> int:
    """Says in one line what is wrong and what to write instead; the exit status.

    As JSON the line is `{"error": message}` on standard output, with the place beside it: `file`,
    `line`, `column`, as far as they are known.
    """
    if as_json:
        print(json.dumps({"error": message, **place}))
    else:
        at = ":".join(str(part) for part in place.values() if part is not None)
        where = f"{command}: {at}" if at else command
        print(shown(f"{where}: {message}"), file=sys.stderr)
    return CANNOT


def shown(text: str) -> str:
    """The text for a terminal, on one line: what a terminal would obey is escaped.

    That holds for control characters, line breaks, and marks that change the direction of writing.
    """
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def start(main: Callable[[Sequence[str] | None], int]) -> NoReturn:
    """Runs a command and exits with its status; a closed pipe (`| head -1`) or Ctrl+C ends it
    quietly.
    """
    try:
        status = main(None)
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes once more as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = CLOSED_PIPE
    except KeyboardInterrupt:
        status = INTERRUPTED
    sys.exit(status)
