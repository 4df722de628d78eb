"""`python -m snippets.configuration check homeserver.yaml`: what is wrong with a configuration."""

import argparse
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from snippets.shared.release import NEWEST, parse_release


def _release(text: str) -> str:
    try:
        parse_release(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m snippets.configuration", description=__doc__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser(
        "check",
        help="check the options that this guide covers",
        description="Checks `federation:` and the options of application services, and shows the "
        "values that Synapse goes by. Exits with 0 if all is well, 1 if there are problems, 2 if "
        "the file cannot be read.",
    )
    command.add_argument("file", help="homeserver.yaml, or - for standard input")
    command.add_argument(
        "--release", type=_release, default=NEWEST, help=f"of Synapse (default: {NEWEST})"
    )
    command.add_argument("--json", action="store_true", help="the result as JSON")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; the exit status."""
    options = parser().parse_args(arguments)
    try:
        from snippets.shared.document import Document, Unreadable
    except ModuleNotFoundError:
        print("check: this needs PyYAML: pip install pyyaml", file=sys.stderr)
        return 2
    from snippets.configuration.check import check_document, effective

    try:
        text = _read(options.file)
        document = Document(text)
    except OSError as error:
        return _unreadable(options, f"cannot be opened: {error.strerror}", None)
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        return _unreadable(options, "is not UTF-8", (line, 1))
    except Unreadable as error:
        return _unreadable(options, str(error), (error.line, error.column))
    problems = check_document(document, release=options.release)
    values = effective(document, release=options.release)
    if options.json:
        shown = None if values is None else {key: _plain(value) for key, value in values.items()}
        result = {
            "file": options.file,
            "release": options.release,
            "problems": [asdict(problem) for problem in problems],
            "effective": shown,
        }
        print(json.dumps(result, indent=2))
        return 1 if problems else 0
    for problem in problems:
        print(f"{options.file}:{problem.line}:{problem.column}: {problem.option} {problem.wrong}")
        print(_excerpt(document.lines[problem.line - 1], problem.line, problem.column))
        print(f"     {_sentence(problem.effective)}\n     {_sentence(problem.advice)}\n")
    count = {0: "no problems", 1: "1 problem"}.get(len(problems), f"{len(problems)} problems")
    print(f"{options.file}: {count} for Synapse {options.release}")
    if values is not None:
        print("It goes by:")
        for key, value in values.items():
            unit = " ms" if key.endswith(("_timeout", "_delay", "_interval")) else ""
            print(f"  {key:44} {json.dumps(_plain(value))}{unit}")
    return 1 if problems else 0


def _read(file: str) -> str:
    data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    return data.decode("utf-8")


def _unreadable(options: argparse.Namespace, message: str, place: tuple[int, int] | None) -> int:
    if options.json:
        line, column = place or (None, None)
        told = {"message": message, "line": line, "column": column}
        print(json.dumps({"file": options.file, "unreadable": told}, indent=2))
    else:
        at = f":{place[0]}:{place[1]}" if place else ""
        print(f"{options.file}{at}: {message}", file=sys.stderr)
    return 2


def _excerpt(line: str, number: int, column: int) -> str:
    """The line with a mark below the column; of a long line the part around it."""
    start = max(0, column - 60)
    part = "".join(c if c.isprintable() else " " for c in line[start : start + 100])
    return f"{number:4} | {part}\n     | {' ' * (column - 1 - start)}^"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _plain(value: Any) -> Any:
    """The value as JSON and a terminal can show it."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**63 else "beyond 2**63"
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return value[:100]
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    return f"a {type(value).__name__}"


if __name__ == "__main__":
    sys.exit(main())
