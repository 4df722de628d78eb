"""What every command of the guide has in common: its arguments, its errors, its output."""

import argparse
import contextlib
import errno
import json
import os
import select
import sys
from collections.abc import Callable, Sequence
from io import TextIOWrapper
from typing import Any, NoReturn, TextIO

from snippets.shared.release import known_release

# What a shell reports of a program that SIGPIPE (13) or SIGINT (2) ended: 128 and the signal.
CLOSED_PIPE, INTERRUPTED = 141, 130
CANNOT = 2


class Parser(argparse.ArgumentParser):
    """Refuses arguments in one line, with status 2; as JSON where `--json` is among them.

    Options are written in full: an abbreviation would mean something else one day.
    """

    _as_json = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"allow_abbrev": False, **kwargs})

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
    known = {name: part for name, part in place.items() if part is not None}
    if as_json:
        print(json.dumps({"error": message, **known}))
    else:
        at = ":".join(str(part) for part in known.values())
        warn(f"{command}: {at}: {message}" if at else f"{command}: {message}")
    return CANNOT


def warn(text: str) -> None:
    """One line on standard error, if there is one."""
    if sys.stderr:  # `2>&-`: Python would print to standard output
        print(shown(text), file=sys.stderr)


def shown(text: str) -> str:
    """The text for a terminal, on one line: what a terminal would obey is escaped.

    That holds for control characters, line breaks, and marks that change the direction of writing.
    """
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def shown_lines(text: str) -> str:
    """The same for a text whose lines are its own."""
    return "\n".join(shown(line) for line in text.split("\n"))


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def start(main: Callable[[Sequence[str] | None], int]) -> NoReturn:
    """Runs a command and exits with its status.

    A closed pipe (`| head -1`) or Ctrl+C ends it quietly, a full disk with one line. What the
    terminal's encoding lacks is escaped.
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
        except SystemExit as left:  # of `--help` and of arguments that are refused
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
            raise  # it has another cause
        with contextlib.suppress(OSError):
            warn(f"cannot write: {error.strerror}")
        _unusable(sys.stderr)
        return CANNOT
    return status


def _unusable(stream: TextIO | None) -> bool:
    """Whether it cannot be written to. If so, what it still holds is thrown away."""
    if not stream:
        return False
    try:
        stream.flush()
    except OSError:
        # Python flushes once more as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return True
    poll = select.poll()
    poll.register(stream, 0)
    return bool(poll.poll(0))  # the reader is gone; that is reported without being asked for
